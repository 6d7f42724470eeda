import { type Clock, PoolError, reasonOf } from "../../base/mod.ts";

const DAY_MS = 86_400_000;
/** A file that has grown to this is rotated before its day is over. */
const SIZE_MAX = 512 * 1024 * 1024;
/** Files of one day; beyond it the last one grows. */
const FILES_PER_DAY_MAX = 1_000;

/** The log file cannot be opened; the message says what to do. */
export class LogFileError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("log-file", message, options);
  }
}

/** How a log file is kept. */
export interface LogFileOptions {
  readonly path: string;
  /** Days for which a rotated file is kept after the day of its lines; kept without end if absent. */
  readonly retentionDays?: number | undefined;
  /** Bytes after which a file is rotated before its day is over; 512 MiB unless given. */
  readonly sizeMax?: number;
}

/**
 * A log file that is rotated when a day (UTC) is over and when it is large: `pool.log` becomes
 * `pool.log.2026-12-01`, then `pool.log.2026-12-01.1`, and files whose retention is over are removed.
 * Something else may rotate it as well; what is not ours to move any more is opened anew.
 */
export class LogFile {
  readonly #options: LogFileOptions;
  readonly #clock: Clock;
  readonly #failed: (reason: string) => void;
  readonly #rotates: boolean;
  #handle: Deno.FsFile | undefined;
  #day: string;
  #size: number;

  /**
   * @param modules.failed hears why a rotation failed; the file goes on under its name, and is tried
   *   again when the next day begins.
   * @throws {LogFileError} when the file cannot be opened.
   */
  constructor(
    options: LogFileOptions,
    modules: { readonly clock: Clock; readonly failed: (reason: string) => void },
  ) {
    this.#options = options;
    this.#clock = modules.clock;
    this.#failed = modules.failed;
    this.#handle = openFile(options.path);
    this.#rotates = options.retentionDays !== undefined && mayUseFolder(options.path);
    const { size, mtime } = this.#handle.statSync();
    this.#size = size;
    const today = dayOf(this.#clock.now());
    const written = mtime === null || size === 0 ? today : dayOf(mtime.getTime());
    this.#day = written < today ? written : today;
    if (this.#rotates) this.#attempt(() => this.#prune());
  }

  /** False where the runtime may not rename beside the file, so that something else has to rotate. */
  get rotates(): boolean {
    return this.#rotates;
  }

  /** Appends; one write at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#rotateIfDue();
    if (this.#handle === undefined) throw new LogFileError("the log is closed");
    this.#size += bytes.length;
    await writeAll(this.#handle, bytes);
  }

  /**
   * Opens the file again under its name.
   *
   * @returns closes the former one; call it when writes that are under way have ended.
   * @throws {LogFileError} when it cannot be opened; the former one stays.
   */
  reopen(): () => void {
    const former = this.#handle;
    this.#handle = openFile(this.#options.path);
    this.#size = this.#handle.statSync().size;
    this.#day = dayOf(this.#clock.now());
    return () => former?.close();
  }

  close(): void {
    this.#handle?.close();
    this.#handle = undefined;
  }

  #rotateIfDue(): void {
    const today = dayOf(this.#clock.now());
    const { sizeMax = SIZE_MAX } = this.#options;
    if (!this.#rotates || (today <= this.#day && this.#size < sizeMax)) return;
    this.#attempt(() => {
      const { path } = this.#options;
      // What has been moved away by something else is not moved once more.
      if (this.#isStillThere()) Deno.renameSync(path, freeName(path, this.#day));
      this.reopen()();
      this.#prune();
    });
    // A rotation that failed is not tried again with every line.
    this.#day = today;
    this.#size = 0;
  }

  #isStillThere(): boolean {
    const own = this.#handle?.statSync();
    try {
      const named = Deno.statSync(this.#options.path);
      return own !== undefined && own.dev === named.dev && own.ino === named.ino;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  #prune(): void {
    const { path, retentionDays = Infinity } = this.#options;
    const { folder, name } = partsOf(path);
    for (const entry of Deno.readDirSync(folder)) {
      if (!entry.isFile || !entry.name.startsWith(`${name}.`)) continue;
      const [, day] = /^(\d{4}-\d{2}-\d{2})(\.\d+)?$/.exec(entry.name.slice(name.length + 1)) ?? [];
      if (day === undefined) continue;
      const keptUntil = Date.parse(day) + (1 + retentionDays) * DAY_MS;
      if (keptUntil <= this.#clock.now()) Deno.removeSync(`${folder}/${entry.name}`);
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#failed(reasonOf(thrown));
    }
  }
}

/** Writes all of the bytes. */
export async function writeAll(
  target: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await target.write(bytes.subarray(written));
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

function mayUseFolder(path: string): boolean {
  const { folder } = partsOf(path);
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name, path: folder }).state === "granted"
  );
}

/** A name that no file has. @param day of the lines. */
function freeName(path: string, day: string): string {
  for (let n = 0; n < FILES_PER_DAY_MAX; n++) {
    const name = n === 0 ? `${path}.${day}` : `${path}.${day}.${n}`;
    try {
      Deno.lstatSync(name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return name;
      throw error;
    }
  }
  throw new LogFileError(`there are ${FILES_PER_DAY_MAX} files of ${day} already`);
}

function partsOf(path: string): { folder: string; name: string } {
  const end = path.lastIndexOf("/");
  const folder = end < 0 ? "." : end === 0 ? "/" : path.slice(0, end);
  return { folder, name: path.slice(end + 1) };
}

/** `2026-12-01`, UTC; the order of texts is that of days. */
function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
