/**
 * A PostgreSQL server of a test's own: in a directory of its own, on a free port of 127.0.0.1, gone
 * when the test is over.
 *
 * @module
 */
import { findProgram } from "./requirements.ts";
import { until } from "./until.ts";

/** Each of these changes what statements, values, waits or commits mean. */
const ODD_DEFAULTS: Readonly<Record<string, string>> = {
  bytea_output: "escape",
  DateStyle: "SQL, DMY",
  IntervalStyle: "sql_standard",
  TimeZone: "Pacific/Kiritimati",
  extra_float_digits: "-15",
  client_encoding: "LATIN1",
  standard_conforming_strings: "off",
  backslash_quote: "off",
  transform_null_equals: "on",
  array_nulls: "off",
  quote_all_identifiers: "on",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  row_security: "on",
  synchronous_commit: "off",
  statement_timeout: "1000",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "1000",
  idle_session_timeout: "1000",
  search_path: "nowhere",
  client_min_messages: "debug1",
};

/** What is killed loses nothing by these: only the machine's own end would, and no test ends that. */
const QUICK: Readonly<Record<string, string>> = { fsync: "off", full_page_writes: "off" };

/** As an operator has it who looks at the ledger. */
const OPERATOR_SESSION = [
  ...["bytea_output=hex", "DateStyle=ISO", "TimeZone=UTC", "extra_float_digits=1"],
  ...[
    "quote_all_identifiers=off",
    "standard_conforming_strings=on",
    "default_transaction_isolation=read\\ committed",
  ],
  ...["statement_timeout=0", "lock_timeout=0", "client_min_messages=warning"],
];

const lines = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings).map(([name, value]) => `${name} = '${value}'\n`).join("");

/** How long a server may take to start on a busy machine. */
const START_LIMIT_MS = 60_000;

/** The server's accounts trust whoever connects: it can only be reached on this machine. */
const OWNER = "postgres";

/** A running server. */
export class PostgresCluster implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  #server: Deno.ChildProcess;
  #schemas = 0;

  private constructor(directory: string, port: number, server: Deno.ChildProcess) {
    this.#directory = directory;
    this.port = port;
    this.#server = server;
  }

  /**
   * Makes a cluster (some 1.5 s) and starts its server.
   *
   * @param options.defaults `odd`: what a session has that does not say what it needs is as far from
   * the usual as servers let it be; `usual`: as after an installation, for measurements.
   */
  static async start(
    { defaults = "odd" }: { readonly defaults?: "odd" | "usual" } = {},
  ): Promise<PostgresCluster> {
    const directory = await Deno.makeTempDir({ prefix: "zcash-pool-postgres-" });
    try {
      if (Deno.uid() === 0) await run("chown", [`${OWNER}:`, directory]);
      await asOwner("initdb", [
        "--pgdata",
        `${directory}/data`,
        "--username",
        OWNER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
      ]);
      const port = freePort();
      if (defaults === "odd") {
        await Deno.writeTextFile(
          `${directory}/data/postgresql.conf`,
          `\n${lines({ ...ODD_DEFAULTS, ...QUICK })}`,
          {
            append: true,
          },
        );
      }
      const server = serve(directory, port);
      const cluster = new PostgresCluster(directory, port, server);
      await cluster.#ready();
      return cluster;
    } catch (thrown) {
      await Deno.remove(directory, { recursive: true });
      throw thrown;
    }
  }

  /** A URL for an empty schema that no other test uses. */
  async newSchema(): Promise<string> {
    this.#schemas++;
    const name = `test_${this.#schemas}`;
    await this.psql(`CREATE SCHEMA ${name}`);
    return this.url(name);
  }

  /** The URL of a schema. */
  url(schema = "public"): string {
    return `postgres://${OWNER}@127.0.0.1:${this.port}/postgres?search_path=${schema}`;
  }

  /** Runs statements as an operator would; gives the rows as text, columns parted by `|`. */
  async psql(sql: string, schema = "public"): Promise<string> {
    return await run(
      program("psql"),
      ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql],
      {
        PGHOST: "127.0.0.1",
        PGPORT: String(this.port),
        PGUSER: OWNER,
        PGDATABASE: "postgres",
        PGCLIENTENCODING: "UTF8",
        PGOPTIONS: [`search_path=${schema}`, ...OPERATOR_SESSION].map((each) => `-c ${each}`)
          .join(" "),
      },
    );
  }

  /** kill -9 of the server, as when its machine's memory runs out. */
  async kill(): Promise<void> {
    this.#server.kill("SIGKILL");
    await this.#server.status;
  }

  /** Stops the server in order, breaking its connections. */
  async stop(): Promise<void> {
    this.#server.kill("SIGINT");
    await this.#server.status;
  }

  /** Starts it again after {@link kill} or {@link stop}. */
  async restart(): Promise<void> {
    this.#server = serve(this.#directory, this.port);
    await this.#ready();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#server.kill("SIGQUIT");
    } catch {
      // It has ended already.
    }
    await this.#server.status;
    await Deno.remove(this.#directory, { recursive: true });
  }

  /** Resolves when the server answers. */
  async #ready(): Promise<void> {
    let last: unknown;
    const answers = (): Promise<boolean> =>
      this.psql("SELECT 1").then(() => true, (thrown) => {
        last = thrown;
        return false;
      });
    await until(() => `the server does not answer: ${last}`, answers, START_LIMIT_MS);
  }
}

function serve(directory: string, port: number): Deno.ChildProcess {
  const [command, args] = ownersCommand("postgres", [
    "-D",
    `${directory}/data`,
    "-p",
    String(port),
    "-c",
    "listen_addresses=127.0.0.1",
    "-c",
    "unix_socket_directories=",
    "-c",
    "max_connections=40",
    "-c",
    "shared_buffers=128MB",
    "-c",
    "max_wal_size=2GB",
  ]);
  return new Deno.Command(command, {
    args,
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** PostgreSQL refuses to run as root: there it gets the account that Debian makes for it. */
function ownersCommand(name: string, args: readonly string[]): [string, string[]] {
  if (Deno.uid() !== 0) return [program(name), [...args]];
  const change = [`--reuid=${OWNER}`, `--regid=${OWNER}`, "--clear-groups"];
  return ["setpriv", [...change, program(name), ...args]];
}

async function asOwner(name: string, args: readonly string[]): Promise<void> {
  await run(...ownersCommand(name, args));
}

function program(name: string): string {
  const server = findProgram("postgres");
  if (server === undefined) throw new Error("PostgreSQL is not installed");
  // Its other programs lie beside the real file, not always beside a link to it.
  return Deno.realPathSync(server).replace(/postgres$/, name);
}

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: "/",
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`${command}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
