/**
 * Copies of a SQLite ledger: made while the pool writes, and put in its place again.
 *
 * @module
 */
import { reasonOf } from "../../../base/mod.ts";
import { StorageError } from "../errors.ts";
import { Database, translated } from "../sqlite/database.ts";
import { APPLICATION_ID } from "../sqlite/schema.ts";
import { BackupError } from "./backup_error.ts";

/** How long a copy waits for a writer. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * Writes a copy of one moment to a new file, while others read and write the original. The copy is
 * checked before it gets its name, and only its owner can read it.
 *
 * @throws {BackupError} when there is a file of that name already, or it cannot be written;
 * {StorageError} what SQLite reports.
 */
export async function backupSqlite(path: string, to: string): Promise<void> {
  if (isThere(to)) throw new BackupError(`Cannot write the backup ${to}: it exists already`);
  const part = `${to}.part`;
  removeIfThere(part);
  try {
    // Made first, because SQLite gives its files the rights of everybody's.
    Deno.writeFileSync(part, new Uint8Array(), { createNew: true, mode: 0o600 });
  } catch (cause) {
    throw new BackupError(`Cannot write the backup ${to}: ${reasonOf(cause)}`, { cause });
  }
  try {
    const database = new Database(path);
    try {
      requireOwn(database);
      database.script(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
      await database.copyInto(part);
    } finally {
      database.close();
    }
    // The copy is one file, whatever it is opened by: no log beside it.
    takeAlone(part);
    checkSqlite(part);
    await flushed(part);
    await Deno.rename(part, to);
  } finally {
    removeIfThere(part);
  }
}

/**
 * Puts a copy in the place of a ledger. What stood there is kept beside it under another name.
 *
 * @param aside the name that the present ledger gets, when there is one.
 * @throws {BackupError} when the copy cannot be used, a program has the ledger open, or a file
 * cannot be written.
 */
export async function restoreSqlite(
  from: string,
  paths: { readonly path: string; readonly aside: string },
): Promise<{ readonly kept: string | undefined }> {
  const { path, aside } = paths;
  checkSqlite(from);
  const part = `${path}.part`;
  removeIfThere(part);
  try {
    await copyTo(from, part);
    await Deno.chmod(part, 0o600);
    await flushed(part);
  } catch (cause) {
    removeIfThere(part);
    throw new BackupError(`Cannot restore ${from}: ${reasonOf(cause)}`, { cause });
  }
  const present = isThere(path);
  try {
    if (present) takeAlone(path);
    setAside(path, aside);
  } catch (error) {
    removeIfThere(part);
    throw error;
  }
  await Deno.rename(part, path);
  return { kept: present ? aside : undefined };
}

/** What SQLite keeps beside a file, and what it would take for part of the next one there. */
const LOGS = ["-wal", "-shm", "-journal"] as const;

/**
 * Moves what stands in the place of a ledger, its logs too: those of a process that was killed hold
 * writes, which SQLite would bring into whatever file it finds beside them.
 */
function setAside(path: string, aside: string): void {
  const present = ["", ...LOGS].filter((end) => isThere(path + end));
  for (const end of present) {
    if (isThere(aside + end)) {
      throw new BackupError(`Cannot replace ${path}: ${aside + end} exists already`);
    }
  }
  try {
    for (const end of present) Deno.renameSync(path + end, aside + end);
  } catch (cause) {
    throw new BackupError(`Cannot move ${path} away: ${reasonOf(cause)}`, { cause });
  }
}

/**
 * Makes sure that a file is a whole ledger of this program.
 *
 * @throws {BackupError} when it is missing or damaged; {StorageError} when it is no such database.
 */
export function checkSqlite(path: string): void {
  if (!isThere(path)) throw new BackupError(`Cannot read ${path}: there is no such file`);
  const database = new Database(path, { readOnly: true });
  try {
    requireOwn(database);
    const verdict = translated(
      `Cannot read the database ${path}`,
      () => database.pragma("integrity_check"),
    );
    if (verdict !== "ok") throw new BackupError(`Cannot use ${path}: it is damaged (${verdict})`);
  } finally {
    database.close();
  }
}

function requireOwn(database: Database): void {
  const owner = translated(
    `Cannot read the database ${database.path}`,
    () => database.pragma("application_id"),
  );
  if (owner !== APPLICATION_ID) {
    throw new StorageError(
      "foreign-database",
      `Cannot use ${database.path}: the file belongs to another program`,
    );
  }
}

/**
 * Leaving the write-ahead log needs the file to oneself, and brings all of it into the file. What is
 * no database any more, nobody can have open as one.
 */
function takeAlone(path: string): void {
  const database = new Database(path);
  try {
    const mode = translated("Cannot leave its log", () => database.pragma("journal_mode = DELETE"));
    if (mode !== "delete") throw new StorageError("busy", "it is in use");
  } catch (cause) {
    const code = cause instanceof StorageError ? cause.code : "io";
    if (code === "not-a-database" || code === "corrupt") return;
    const reason = code === "busy" ? "a program has it open; stop the pool first" : "it fails";
    throw new BackupError(`Cannot replace ${path}: ${reason} (${reasonOf(cause)})`, { cause });
  } finally {
    database.close();
  }
}

async function flushed(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true });
  await file.sync();
}

/** Copies to a folder that is made when it is not there: on a new machine no pool has run yet. */
async function copyTo(from: string, to: string): Promise<void> {
  try {
    await Deno.copyFile(from, to);
  } catch (thrown) {
    const folder = to.slice(0, Math.max(0, to.lastIndexOf("/")));
    if (!(thrown instanceof Deno.errors.NotFound) || folder === "") throw thrown;
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    await Deno.copyFile(from, to);
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new BackupError(`Cannot look at ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function removeIfThere(path: string): void {
  if (isThere(path)) Deno.removeSync(path);
}
