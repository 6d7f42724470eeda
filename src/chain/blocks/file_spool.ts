import { displayHash, reasonOf, silentLogger } from "../../base/mod.ts";
import type { Logger } from "../../base/mod.ts";
import { type BlockSpool, SpoolError } from "./block_spool.ts";
import type { FinalVerdictState } from "./block_state.ts";
import type { FoundBlock } from "./found_block.ts";
import { encodeSpoolRecord, scanSpool } from "./spool_record.ts";

/** How a spool file is kept. */
export interface FileSpoolOptions {
  readonly path: string;
  /** The file is rewritten without its finished blocks when it is longer than this, in bytes. */
  readonly compactAtLength?: number;
}

/** Some 4 of the greatest blocks, or a thousand of the size that is usual today. */
const COMPACT_AT_LENGTH = 16 * 1024 * 1024;
/** More than any number of unfinished blocks makes; a longer file is not ours. */
const FILE_LENGTH_MAX = 1024 * 1024 * 1024;

interface Place {
  readonly offset: number;
  readonly length: number;
}

/** {@link BlockSpool} in an append-only file that one process owns at a time. */
export class FileSpool implements BlockSpool {
  readonly #path: string;
  readonly #compactAtLength: number;
  readonly #logger: Logger;
  /** Where in the file the unfinished blocks stand, by hash, oldest first. */
  readonly #places = new Map<string, Place>();
  #file: Deno.FsFile;
  #length: number;
  #closed = false;

  private constructor(
    options: FileSpoolOptions,
    file: Deno.FsFile,
    modules: { readonly length: number; readonly logger: Logger },
  ) {
    const { length, logger } = modules;
    this.#logger = logger;
    this.#path = options.path;
    this.#compactAtLength = options.compactAtLength ?? COMPACT_AT_LENGTH;
    this.#file = file;
    this.#length = length;
  }

  /**
   * Opens or makes the file (mode 0600), reads what is unfinished and drops the rest.
   *
   * @throws {SpoolError} without read and write permission, when the file cannot be opened, or
   * when another process has it open.
   */
  static open(
    options: FileSpoolOptions,
    modules: { readonly logger: Logger } = { logger: silentLogger },
  ): FileSpool {
    checkPermissions(options.path);
    const file = attempt(`open ${options.path}`, () => openLocked(options.path));
    try {
      return attempt(`read ${options.path}`, () => {
        const length = file.statSync().size;
        if (length > FILE_LENGTH_MAX) throw new RangeError(`it has ${length} bytes`);
        const spool = new FileSpool(options, file, { length, logger: modules.logger });
        spool.#load();
        return spool;
      });
    } catch (thrown) {
      file.close();
      throw thrown;
    }
  }

  append(found: FoundBlock): void {
    const record = encodeSpoolRecord({ kind: "found", found });
    const place = { offset: this.#length, length: record.length };
    this.#write(record);
    this.#places.set(displayHash(found.hash), place);
  }

  async flush(): Promise<void> {
    const file = this.#file;
    try {
      await file.syncData();
    } catch (cause) {
      // Compacted or closed meanwhile: both bring to the disk what is there first.
      if (this.#closed || file !== this.#file) return;
      throw new SpoolError(`Cannot flush ${this.#path}: ${reasonOf(cause)}`, { cause });
    }
  }

  markDone(hash: Uint8Array, state: FinalVerdictState): void {
    if (!this.#places.delete(displayHash(hash))) return;
    this.#write(encodeSpoolRecord({ kind: "done", hash, state }));
    if (this.#length > this.#compactAtLength) this.#tryCompact();
  }

  unfinished(): FoundBlock[] {
    return attempt(`read ${this.#path}`, () => {
      const found: FoundBlock[] = [];
      for (const place of this.#places.values()) {
        const { records: [placed] } = scanSpool(readAt(this.#file, place));
        if (placed?.record.kind === "found") found.push(placed.record.found);
      }
      return found;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      attempt(`flush ${this.#path}`, () => this.#file.syncDataSync());
    } finally {
      this.#file.close();
    }
  }

  #load(): void {
    const bytes = readAt(this.#file, { offset: 0, length: this.#length });
    const { records, damagedBytes } = scanSpool(bytes);
    for (const { record, offset, length } of records) {
      if (record.kind === "done") this.#places.delete(displayHash(record.hash));
      else this.#places.set(displayHash(record.found.hash), { offset, length });
    }
    if (damagedBytes > 0) {
      this.#logger.log(
        "warn",
        "block_spool_damaged",
        "the block spool has a part that is no whole record; it is skipped. A process that was " +
          "killed while writing leaves one.",
        { path: this.#path, bytes: damagedBytes },
      );
    }
    if (bytes.length > 0) this.#tryCompact();
  }

  /** Room is all that it wins: on a full disk the file goes on being used as it is. */
  #tryCompact(): void {
    try {
      this.#compact();
    } catch (thrown) {
      this.#logger.log(
        "warn",
        "block_spool_not_compacted",
        `the block spool could not be made shorter and is used as it is: ${reasonOf(thrown)}`,
        { path: this.#path, bytes: this.#length },
      );
    }
  }

  /**
   * Writes what is unfinished into a new file and puts it in the place of the old one. A crash
   * leaves either the old or the new file, and both hold every unfinished block.
   */
  #compact(): void {
    const path = `${this.#path}.new`;
    Deno.openSync(path, { write: true, create: true, truncate: true, mode: 0o600 }).close();
    const file = openLocked(path);
    const places = new Map<string, Place>();
    let length = 0;
    try {
      for (const [hash, place] of this.#places) {
        writeAll(file, readAt(this.#file, place));
        places.set(hash, { offset: length, length: place.length });
        length += place.length;
      }
      file.syncSync();
      Deno.renameSync(path, this.#path);
    } catch (thrown) {
      // What it holds already is in the old file, and takes the room that is missing.
      file.truncateSync();
      file.close();
      throw thrown;
    }
    this.#file.close();
    this.#file = file;
    this.#length = length;
    for (const [hash, place] of places) this.#places.set(hash, place);
  }

  #write(record: Uint8Array): void {
    attempt(`write ${this.#path}`, () => {
      try {
        writeAll(this.#file, record);
      } catch (thrown) {
        // A part of a record may stand there now (disk full), in the room of a shorter one.
        this.#file.truncateSync(this.#length);
        throw thrown;
      } finally {
        this.#length = this.#file.statSync().size;
      }
    });
  }
}

function openLocked(path: string): Deno.FsFile {
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
  if (file.tryLockSync(true)) return file;
  file.close();
  throw new Error("another process has it open");
}

function readAt(file: Deno.FsFile, place: Place): Uint8Array {
  const bytes = new Uint8Array(place.length);
  file.seekSync(place.offset, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const length = file.readSync(bytes.subarray(at));
    if (length === null) throw new Error("it is shorter than it was");
    at += length;
  }
  return bytes;
}

/** The file is open for appending, so what was read before does not move the place of a write. */
function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

/** Asked first, because opening without the permission would prompt on a terminal. */
function checkPermissions(path: string): void {
  for (const target of [path, `${path}.new`]) {
    for (const name of ["read", "write"] as const) {
      if (Deno.permissions.querySync({ name, path: target }).state !== "granted") {
        throw new SpoolError(
          `Cannot open the block spool: the permission is missing, start with ` +
            `--allow-read=DIR --allow-write=DIR for the directory of ${path}`,
        );
      }
    }
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof SpoolError) throw cause;
    throw new SpoolError(`Cannot ${what}: ${reasonOf(cause)}`, { cause });
  }
}
