/**
 * Makes commits survive a loss of power without holding the event loop.
 *
 * SQLite would flush its write-ahead log inside COMMIT (`synchronous = FULL`), and everything would
 * stand still for as long as the disk takes. The log is flushed here instead, by the runtime's
 * asynchronous call on a handle of its own; the kernel flushes per file, not per handle, and a call
 * of the store resolves only after it.
 */
export class WalSync {
  readonly #file: Deno.FsFile;

  private constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  /**
   * Opens the log of an open database; undefined where that was not permitted.
   *
   * @param databasePath the file itself, never a link to it.
   */
  static open(databasePath: string): WalSync | undefined {
    const path = `${databasePath}-wal`;
    if (Deno.permissions.querySync({ name: "write", path }).state !== "granted") return undefined;
    return new WalSync(Deno.openSync(path, { write: true }));
  }

  /**
   * Takes the log for this process, for as long as it is open; SQLite itself locks other files.
   *
   * @returns false when another process has it.
   */
  claim(): boolean {
    return this.#file.tryLockSync(true);
  }

  /** True when another process has claimed the log of a database; false where that cannot be seen. */
  static isClaimed(databasePath: string): boolean {
    let log: Deno.FsFile;
    try {
      log = Deno.openSync(`${databasePath}-wal`);
    } catch {
      return false;
    }
    const isFree = log.tryLockSync(true);
    log.close();
    return !isFree;
  }

  /** Resolves when everything committed before the call is on the disk. */
  flush(): Promise<void> {
    return this.#file.syncData();
  }

  close(): void {
    this.#file.close();
  }
}
