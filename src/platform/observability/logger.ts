import {
  type Clock,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LogLevel,
  reasonOf,
} from "../../base/mod.ts";
import { LineWriter, type WriteBytes } from "./line_writer.ts";
import { LogFile, writeAll } from "./log_file.ts";
import { formatEntry, type LogFormat } from "./log_format.ts";
import { RepeatLimiter } from "./repeat_limiter.ts";

/** How long closing waits for an output that takes nothing: a terminal on hold, a reader that hangs. */
const CLOSE_LIMIT_MS = 1_000;

const NOT_ROTATED =
  "the log file could not be rotated, or old ones not removed; it goes on under its " +
  "name and is tried again tomorrow";

/** How the service logs. */
export interface LoggerOptions {
  /** Lines below it are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Lines go there too; appended to, made when missing. */
  readonly file?: string;
  /** Days for which rotated files are kept; without it the logger does not rotate. */
  readonly retentionDays?: number;
  /** Lines have miners' IP addresses, in the field `miner_ip`; it is left out unless this is true. */
  readonly minerIps?: boolean;
}

/** What the logger needs from others. */
export interface LoggerModules {
  readonly clock: Clock;
  /** Writes all of the bytes; standard output when not given. */
  readonly output?: WriteBytes;
}

/** The service's log. */
export interface ServiceLogger extends Logger {
  /** May be changed while the service runs. */
  level: LogLevel;
  /** Lines that could not be written anywhere they should have gone. */
  readonly lost: number;
  /**
   * Opens the file again under its name, after something has moved it away. What was logged before
   * and is not written yet may stand in either; whether it went well, or there is no file, is logged.
   */
  reopen(): void;
  /** Resolves when what was logged before is written. */
  flush(): Promise<void>;
  /** Flushes, for a second at most, and closes the file. */
  close(): Promise<void>;
}

/**
 * Makes the service's log: every line to standard output, and to a file when one is set.
 *
 * A fault of the file while the service runs (a full disk) is said once on standard output; lines
 * that are lost are counted, and their number stands in the file when it can be written again. Of
 * a warning or error that comes too often only some lines are written, with the number of the rest.
 *
 * @throws {LogFileError} when the file cannot be opened at the start.
 */
export function createLogger(options: LoggerOptions, modules: LoggerModules): ServiceLogger {
  return new Log(options, modules);
}

class Log implements ServiceLogger {
  level: LogLevel;
  readonly #format: LogFormat;
  readonly #clock: Clock;
  readonly #output: LineWriter;
  readonly #file: LineWriter | undefined;
  readonly #logFile: LogFile | undefined;
  readonly #minerIps: boolean;
  readonly #repeats = new RepeatLimiter();

  constructor(options: LoggerOptions, modules: LoggerModules) {
    this.level = options.level;
    this.#format = options.format;
    this.#clock = modules.clock;
    this.#minerIps = options.minerIps ?? false;
    this.#output = new LineWriter(modules.output ?? writeToStandardOutput, {
      // A standard output that is gone can be told to nobody but the file, which has the lines.
      failed: () => {},
      recovered: (lost) => this.#output.push(this.#lostLine(lost)),
    });
    if (options.file === undefined) return;
    const { file: path, retentionDays } = options;
    const logFile = new LogFile({ path, retentionDays }, {
      clock: this.#clock,
      failed: (reason) => this.log("warn", "log_not_rotated", NOT_ROTATED, { reason }),
    });
    this.#logFile = logFile;
    this.#file = new LineWriter((bytes) => logFile.write(bytes), {
      failed: (error) =>
        this.#output.push(this.#line("error", "log_file_failed", "the log file cannot be written", {
          reason: reasonOf(error),
        })),
      recovered: (lost) => this.#file?.push(this.#lostLine(lost)),
    });
  }

  get lost(): number {
    return this.#output.lost + (this.#file?.lost ?? 0);
  }

  log(level: LogLevel, event: string, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return;
    // Lines of lower levels are asked for by the operator, one for each event if so configured.
    if (level === "warn" || level === "error") {
      const { granted, leftOut } = this.#repeats.ask(event, this.#clock.monotonic());
      if (!granted) return;
      if (leftOut > 0) this.#sayLeftOut(event, leftOut);
    }
    this.#push(this.#line(level, event, message, fields));
  }

  reopen(): void {
    const logFile = this.#logFile;
    if (logFile === undefined) {
      const message = "there is no log file to open again: logging.file is not set";
      return this.log("info", "log_file_not_set", message);
    }
    try {
      const closeFormer = logFile.reopen();
      // A write to it may be under way.
      void this.#file?.flush().then(closeFormer);
      this.log("info", "log_file_reopened", "the log file was opened again");
    } catch (thrown) {
      // The former file is still open: better there than nowhere.
      this.log("error", "log_file_not_reopened", reasonOf(thrown));
    }
  }

  async flush(): Promise<void> {
    await Promise.all([this.#output.flush(), this.#file?.flush()]);
  }

  async close(): Promise<void> {
    for (const [event, leftOut] of this.#repeats.settle()) this.#sayLeftOut(event, leftOut);
    const limit = Promise.withResolvers<void>();
    const cancel = this.#clock.after(CLOSE_LIMIT_MS, limit.resolve);
    await Promise.race([this.flush(), limit.promise]);
    cancel();
    this.#logFile?.close();
  }

  #push(line: string): void {
    this.#output.push(line);
    this.#file?.push(line);
  }

  #sayLeftOut(event: string, count: number): void {
    const message = "lines of an event that came too often were left out";
    this.#push(this.#line("warn", "log_repeats_left_out", message, { of: event, count }));
  }

  #line(level: LogLevel, event: string, message: string, given: LogFields): string {
    const fields = this.#minerIps ? given : { ...given, miner_ip: undefined };
    return formatEntry({ timeMs: this.#clock.now(), level, event, message, fields }, this.#format);
  }

  #lostLine(lost: number): string {
    return this.#line("warn", "log_lines_lost", "log lines could not be written", { lost });
  }
}

function writeToStandardOutput(bytes: Uint8Array): Promise<void> {
  return writeAll(Deno.stdout, bytes);
}
