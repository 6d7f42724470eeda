/**
 * Copies of a PostgreSQL ledger by its own programs, `pg_dump`, `pg_restore` and `psql`.
 *
 * @module
 */
import { type Clock, reasonOf } from "../../../base/mod.ts";
import { PostgresConnection } from "../postgres/connection.ts";
import { BackupError } from "./backup_error.ts";
import { blankNewerSetting, REPLACEMENT_ENDS, replacementBegins } from "./postgres_replacement.ts";

/** Where the programs are when they are not found by their names. */
export interface PostgresTools {
  /** Folder of the programs; the search path when not given. */
  readonly folder?: string;
}

const utf8 = new TextEncoder();

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
  await replace(schema, from, { url, tools });
}

/** Hands the copy, as statements, to one session that commits only when all of it has arrived. */
async function replace(
  schema: string,
  from: string,
  at: { readonly url: string; readonly tools: PostgresTools },
): Promise<void> {
  const session = start(
    "psql",
    ["--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--file=-"],
    { ...at, stdin: "piped" },
  );
  const restore = start(
    "pg_restore",
    ["--no-owner", "--no-privileges", `--schema=${schema}`, "--file=-", from],
    { ...at, stdin: "null" },
  );
  const endings = Promise.allSettled([
    ...[ended("psql", session), session.stdout.cancel()],
    ended("pg_restore", restore),
  ]);
  const input = session.stdin.getWriter();
  // A session that has ended takes nothing more: its own complaint says why.
  const send = (bytes: Uint8Array): Promise<boolean> =>
    input.write(bytes).then(() => true, () => false);
  let isTaken = await send(utf8.encode(replacementBegins(schema)));
  let isHead = true;
  for await (const chunk of restore.stdout) {
    if (isHead) blankNewerSetting(chunk);
    isHead = false;
    isTaken = isTaken && await send(chunk);
    if (!isTaken) break;
  }
  if (isTaken && (await restore.status).success) await send(utf8.encode(REPLACEMENT_ENDS));
  await input.close().catch(() => {});
  // The session's complaint comes first: the other program only sees that nobody listens any more.
  for (const ending of await endings) if (ending.status === "rejected") throw ending.reason;
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

/** Runs a program to its end and gives what it printed. */
async function run(
  program: string,
  args: readonly string[],
  at: { readonly url: string; readonly tools: PostgresTools },
): Promise<string> {
  const child = start(program, args, { ...at, stdin: "null" });
  const [printed] = await Promise.all([new Response(child.stdout).text(), ended(program, child)]);
  return printed;
}

/** @throws {BackupError} when it cannot be started. */
function start(
  program: string,
  args: readonly string[],
  at: {
    readonly url: string;
    readonly tools: PostgresTools;
    readonly stdin: "null" | "piped";
  },
): Deno.ChildProcess {
  const { folder } = at.tools;
  const command = folder === undefined ? program : `${folder.replace(/\/+$/, "")}/${program}`;
  if (Deno.permissions.querySync({ name: "run", command }).state !== "granted") {
    throw new BackupError(
      `Cannot run ${program}: the permission is missing, add --allow-run=${command}`,
    );
  }
  try {
    return new Deno.Command(command, {
      args: [...args],
      env: connectionOf(new URL(at.url)),
      stdin: at.stdin,
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "it is not installed here, or not found; --postgres-bin names its folder"
      : reasonOf(cause);
    throw new BackupError(`Cannot run ${program}: ${reason}`, { cause });
  }
}

/** @throws {BackupError} with its complaint, when a program ends without success. */
async function ended(program: string, child: Deno.ChildProcess): Promise<void> {
  const [complaint, { success }] = await Promise.all([
    new Response(child.stderr).text(),
    child.status,
  ]);
  if (success) return;
  const shown = complaint.replace(/\s+/g, " ").trim().slice(0, COMPLAINT_LENGTH_MAX);
  throw new BackupError(`${program} failed: ${shown}`);
}

/** As the pool itself connects. By the environment: everybody who lists processes sees arguments, and a password is among these. */
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
