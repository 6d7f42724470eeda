import {
  type Clock,
  LOG_LEVELS,
  type LogFields,
  type Logger,
  type LogLevel,
  PoolError,
  reasonOf,
} from "../../base/mod.ts";
import { LineWriter, type WriteBytes } from "./line_writer.ts";
import { formatEntry, type LogFormat } from "./log_format.ts";
import { RepeatLimiter } from "./repeat_limiter.ts";

/** How long closing waits for an output that takes nothing: a terminal on hold, a reader that hangs. */
const CLOSE_LIMIT_MS = 1_000;

/** How the service logs. */
export interface LoggerOptions {
  /** Lines below it are not written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Lines go there too; appended to, made when missing. */
  readonly file?: string;
}

/** What the logger needs from others. */
export interface LoggerModules {
  readonly clock: Clock;
  /** Writes all of the bytes; standard output when not given. */
  readonly output?: WriteBytes;
}

/** The log file cannot be opened; the message says what to do. */
export class LogFileError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("log-file", message, options);
  }
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
  readonly #path: string | undefined;
  readonly #repeats = new RepeatLimiter();
  #handle: Deno.FsFile | undefined;

  constructor(options: LoggerOptions, modules: LoggerModules) {
    this.level = options.level;
    this.#format = options.format;
    this.#clock = modules.clock;
    this.#path = options.file;
    this.#output = new LineWriter(modules.output ?? writeToStandardOutput, {
      // A standard output that is gone can be told to nobody but the file, which has the lines.
      failed: () => {},
      recovered: (lost) => this.#output.push(this.#lostLine(lost)),
    });
    if (options.file === undefined) return;
    this.#handle = openFile(options.file);
    this.#file = new LineWriter((bytes) => this.#writeToFile(bytes), {
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
    if (this.#path === undefined) {
      const message = "there is no log file to open again: logging.file is not set";
      return this.log("info", "log_file_not_set", message);
    }
    try {
      const former = this.#handle;
      this.#handle = openFile(this.#path);
      // A write to it may be under way.
      void this.#file?.flush().then(() => former?.close());
      this.log("info", "log_file_reopened", "the log file was opened again", { file: this.#path });
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
    this.#handle?.close();
    this.#handle = undefined;
  }

  #push(line: string): void {
    this.#output.push(line);
    this.#file?.push(line);
  }

  #sayLeftOut(event: string, count: number): void {
    const message = "lines of an event that came too often were left out";
    this.#push(this.#line("warn", "log_repeats_left_out", message, { of: event, count }));
  }

  #line(level: LogLevel, event: string, message: string, fields: LogFields): string {
    return formatEntry({ timeMs: this.#clock.now(), level, event, message, fields }, this.#format);
  }

  #lostLine(lost: number): string {
    return this.#line("warn", "log_lines_lost", "log lines could not be written", { lost });
  }

  async #writeToFile(bytes: Uint8Array): Promise<void> {
    if (this.#handle === undefined) throw new LogFileError("the log is closed");
    await writeAll(this.#handle, bytes);
  }
}

/** Appends, so that several processes and a rotation by copying do not write over each other. */
function openFile(path: string): Deno.FsFile {
  if (Deno.permissions.querySync({ name: "write", path }).state !== "granted") {
    throw new LogFileError(
      `Cannot write the log file ${path}: the runtime was not allowed to; ` +
        `start with --allow-write=${path}`,
    );
  }
  try {
    // Not for everybody's eyes: lines may hold miners' IP addresses.
    return Deno.openSync(path, { append: true, create: true, mode: 0o640 });
  } catch (cause) {
    throw new LogFileError(`Cannot write the log file ${path}: ${reasonOf(cause)}`, { cause });
  }
}

function writeToStandardOutput(bytes: Uint8Array): Promise<void> {
  return writeAll(Deno.stdout, bytes);
}

async function writeAll(
  target: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await target.write(bytes.subarray(written));
  }
}
