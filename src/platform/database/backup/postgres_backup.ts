/**
 * Copies of a PostgreSQL ledger by its own programs, `pg_dump` and `pg_restore`.
 *
 * @module
 */
import { type Clock, reasonOf } from "../../../base/mod.ts";
import { PostgresConnection } from "../postgres/connection.ts";
import { BackupError } from "./backup_error.ts";

/** Where the programs are when they are not found by their names. */
export interface PostgresTools {
  /** Folder of `pg_dump` and `pg_restore`; the search path when not given. */
  readonly folder?: string;
}

/** What is shown of a program's complaint. */
const COMPLAINT_LENGTH_MAX = 500;

/**
 * Writes a copy of one moment to a new file, while others read and write the original.
 *
 * @throws {BackupError} when the file exists already, or the program is missing or fails.
 */
export async function backupPostgres(
  url: string,
  to: string,
  tools: PostgresTools = {},
): Promise<void> {
  try {
    // Only its owner may read it, before anything stands in it.
    await Deno.writeFile(to, new Uint8Array(), { createNew: true, mode: 0o600 });
  } catch (cause) {
    const reason = cause instanceof Deno.errors.AlreadyExists
      ? "it exists already"
      : reasonOf(cause);
    throw new BackupError(`Cannot write the backup ${to}: ${reason}`, { cause });
  }
  try {
    await run("pg_dump", [
      "--format=custom",
      "--no-owner",
      "--no-privileges",
      `--schema=${schemaOf(new URL(url))}`,
      `--file=${to}`,
    ], { url, tools });
  } catch (error) {
    await Deno.remove(to);
    throw error;
  }
}

/**
 * Puts a copy into a database, in one transaction: it has all of the copy afterwards, or is as it
 * was. What the database has of this program is replaced.
 *
 * @throws {BackupError} when the copy is none of a ledger in that schema, a pool uses the database,
 * or a program is missing or fails.
 */
export async function restorePostgres(
  url: string,
  from: string,
  modules: { readonly clock: Clock },
  tools: PostgresTools = {},
): Promise<void> {
  const contents = await run("pg_restore", ["--list", from], { url, tools });
  const schema = schemaOf(new URL(url));
  if (!contents.includes(` TABLE ${schema} schema_migration `)) {
    throw new BackupError(`Cannot restore ${from}: it holds no ledger for the schema ${schema}`);
  }
  await requireAlone(url, modules.clock);
  await run("pg_restore", [
    "--no-owner",
    "--no-privileges",
    "--clean",
    "--if-exists",
    "--exit-on-error",
    "--single-transaction",
    `--dbname=${databaseOf(new URL(url))}`,
    from,
  ], { url, tools });
}

/** Replacing tables under a pool that runs would stop it, or wait for it. */
async function requireAlone(url: string, clock: Clock): Promise<void> {
  const connection = new PostgresConnection(url, clock);
  try {
    const [row] = await connection.use((client) =>
      client.unsafe(
        `SELECT count(*) AS pools FROM pg_stat_activity
         WHERE application_name = 'zcash-pool' AND datname = current_database()
           AND pid <> pg_backend_pid()`,
      )
    );
    if (row?.pools !== 0n) {
      throw new BackupError("Cannot restore: a pool or command uses the database; stop it first");
    }
  } finally {
    await connection.close();
  }
}

async function run(
  program: string,
  args: readonly string[],
  at: { readonly url: string; readonly tools: PostgresTools },
): Promise<string> {
  const { folder } = at.tools;
  const command = folder === undefined ? program : `${folder.replace(/\/+$/, "")}/${program}`;
  if (Deno.permissions.querySync({ name: "run", command }).state !== "granted") {
    throw new BackupError(
      `Cannot run ${program}: the permission is missing, add --allow-run=${command}`,
    );
  }
  let ended: Deno.CommandOutput;
  try {
    ended = await new Deno.Command(command, {
      args: [...args],
      env: connectionOf(new URL(at.url)),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it is not installed here, or not found; --postgres-bin names its folder"
      : reasonOf(cause);
    throw new BackupError(`Cannot run ${program}: ${reason}`, { cause });
  }
  if (ended.success) return new TextDecoder().decode(ended.stdout);
  const complaint = new TextDecoder().decode(ended.stderr).replace(/\s+/g, " ").trim();
  throw new BackupError(`${program} failed: ${complaint.slice(0, COMPLAINT_LENGTH_MAX)}`);
}

/** As the pool itself connects. By the environment: whoever lists processes sees arguments, and a password is among these. */
function connectionOf(url: URL): Record<string, string> {
  return {
    PGHOST: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    PGPORT: url.port === "" ? "5432" : url.port,
    PGDATABASE: databaseOf(url),
    PGCONNECT_TIMEOUT: "10",
    PGSSLMODE: url.searchParams.get("sslmode") ?? "disable",
    ...(url.username === "" ? {} : { PGUSER: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { PGPASSWORD: decodeURIComponent(url.password) }),
  };
}

/** As the connection has it: PostgreSQL's own default is `public`. */
function schemaOf(url: URL): string {
  return url.searchParams.get("search_path") ?? "public";
}

function databaseOf(url: URL): string {
  return decodeURIComponent(url.pathname.slice(1));
}
