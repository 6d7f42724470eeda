/**
 * A thin typed shell around `npm:postgres`: integers arrive as bigint, bytes as Uint8Array, errors
 * as StorageError, and no call waits without a bound.
 *
 * @module
 */
import type postgres from "postgres";
import { type Clock, judgeAfter, PoolError, reasonOf } from "../../../base/mod.ts";
import { StorageError, type StorageErrorCode } from "../errors.ts";
import { type Client, LossyClient, lost } from "./client.ts";

/** One for shares, one for money, the rest for readers. */
const CONNECTIONS_MAX = 6;
const CONNECT_TIMEOUT_S = 5;
/** The server gives up a statement, and the wait for a lock, before we give up the server. */
const STATEMENT_TIMEOUT_MS = 30_000;
const LOCK_TIMEOUT_MS = 10_000;
/** A transaction whose client has gone silent must not keep its locks. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Without any answer for this long the server is taken for lost, and all connections are made anew. */
const SILENCE_MAX_MS = 45_000;
/**
 * After an attempt to connect that failed, calls fail at once for this long, twice as long after each
 * further one up to the last of these: ten thousand miners who come back must not each try a server
 * that is away. A connection that had worked is made again at once.
 */
const PAUSE_FIRST_MS = 250;
const PAUSE_LAST_MS = 5_000;
/** How long closing waits for what runs. */
const CLOSE_TIMEOUT_S = 5;

/** Connections to one server. */
export class PostgresConnection {
  /** The server and database without password, as it may stand in a log. */
  readonly place: string;
  readonly #url: URL;
  readonly #clock: Clock;
  #client: LossyClient | undefined;
  /** Attempts in a row that reached no server, what the last one said, and until when none is made. */
  #failures = 0;
  #failure: Error | undefined;
  #pausedUntil = -Infinity;
  #closed = false;

  /** @throws {StorageError} when the runtime does not let the client start. */
  constructor(url: string, clock: Clock) {
    requirePermission();
    this.#url = parsedUrl(url);
    this.#clock = clock;
    this.place = `${this.#url.hostname}:${portOf(this.#url)}/${databaseOf(this.#url)}`;
  }

  /**
   * Runs work with a client and gives what goes wrong a declared form.
   *
   * @param work calls `alive` whenever the server has answered.
   */
  async use<T>(work: (client: Client, alive: () => void) => Promise<T>): Promise<T> {
    if (this.#closed) {
      throw new StorageError("closed", "Cannot use the database: it is closed");
    }
    if (this.#client === undefined && this.#clock.monotonic() < this.#pausedUntil) {
      throw this.#failure ?? lost();
    }
    const client = this.#client ??= this.#connect();
    const silence = Promise.withResolvers<never>();
    let cancel: () => void = () => {};
    const alive = (): void => {
      cancel();
      cancel = judgeAfter(this.#clock, SILENCE_MAX_MS, () => {
        client.lose();
        silence.reject(new StorageError("io", `The database ${this.place} does not answer`));
      });
    };
    alive();
    try {
      return await Promise.race([work(client, alive), silence.promise]);
    } catch (thrown) {
      const declared = this.declared(thrown);
      if (this.#client !== client) this.#failure = declared;
      throw declared;
    } finally {
      cancel();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = undefined;
    await client?.end(CLOSE_TIMEOUT_S);
  }

  #connect(): LossyClient {
    const client = new LossyClient(this.#options(), () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.#failures = client.hasAnswered ? 0 : this.#failures + 1;
      const pauseMs = PAUSE_FIRST_MS * 2 ** (this.#failures - 1);
      this.#pausedUntil = this.#failures === 0
        ? -Infinity
        : this.#clock.monotonic() + Math.min(pauseMs, PAUSE_LAST_MS);
    });
    return client;
  }

  #options(): postgres.Options<Record<string, postgres.PostgresType>> & { readonly max: number } {
    const url = this.#url;
    const user = decodeURIComponent(url.username) || "postgres";
    const password = decodeURIComponent(url.password);
    const searchPath = url.searchParams.get("search_path");
    return {
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: portOf(url),
      user,
      database: databaseOf(url),
      // Every option is given, this one as a function: what is missing or empty the client looks up
      // in the environment, which the runtime need not allow.
      password: () => password,
      ssl: sslOf(url),
      ...UNDECLARED,
      max: CONNECTIONS_MAX,
      idle_timeout: 0,
      connect_timeout: CONNECT_TIMEOUT_S,
      max_lifetime: 0,
      keep_alive: 30,
      // Who calls repeats, with pauses of its own.
      backoff: () => 0,
      prepare: true,
      debug: false,
      publications: "none",
      target_session_attrs: "read-write",
      onnotice: () => {},
      types: TYPES,
      connection: {
        ...SESSION,
        ...(searchPath === null ? {} : { search_path: searchPath }),
      },
    };
  }

  /** What was thrown by a statement, as the error that callers know. */
  declared(thrown: unknown): Error {
    if (thrown instanceof PoolError || thrown instanceof RangeError) return thrown;
    if (thrown instanceof Error && !("code" in thrown)) return thrown;
    const reason = clientCode(thrown) === "CONNECTION_DESTROYED" ? NO_WRITES : reasonOf(thrown);
    const message = `Cannot use the database ${this.place}: ${reason}`;
    return new StorageError(codeOf(thrown), message, { cause: thrown });
  }
}

/**
 * The settings of each connection. Those that change what a statement or a value means are all given:
 * an operator may have changed any of them for the server, the database or the role. Left to them are
 * `search_path`, which says where the ledger is, and `default_transaction_read_only`, by which
 * services forbid writes when a disk is nearly full: it fails loudly, and that is what it is for.
 */
const SESSION: Readonly<Record<string, string>> = {
  application_name: "zcash-pool",
  client_min_messages: "warning",
  statement_timeout: String(STATEMENT_TIMEOUT_MS),
  lock_timeout: String(LOCK_TIMEOUT_MS),
  idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_MS),
  // A connection that waits for work is no fault. All values are texts: the client leaves out a 0.
  idle_session_timeout: "0",
  // How values are written.
  client_encoding: "UTF8",
  bytea_output: "hex",
  DateStyle: "ISO, YMD",
  IntervalStyle: "iso_8601",
  TimeZone: "UTC",
  extra_float_digits: "1",
  // How statements are read.
  standard_conforming_strings: "on",
  transform_null_equals: "off",
  array_nulls: "on",
  // What they see. With row security off, rows that a policy would hide are an error: a sum over some
  // of the ledger must not be taken for the whole.
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  row_security: "off",
  // What a commit means. A payment is written before the wallet is called: it must not be forgotten.
  synchronous_commit: "on",
};

/** What it means that the client leaves a server which it has reached. */
const NO_WRITES = "the server takes no writes (it is read-only, or a standby), or it ended the " +
  "connection while it was made";

/** Options that the client has and its types do not declare. */
const UNDECLARED = { sslnegotiation: null, max_pipeline: 100 };

/** @throws {StorageError} for the other form that servers write bytes in. */
function bytesOf(text: string): Uint8Array {
  if (text.startsWith("\\x")) return Uint8Array.fromHex(text.slice(2));
  throw new StorageError("unreadable", "Cannot read a row: its bytes are not written in hex");
}

/** How values cross, by the type numbers of PostgreSQL's catalogue. */
const TYPES = {
  // smallint, integer, bigint, and numeric, which sums of bigint are.
  integers: {
    to: 20,
    from: [20, 21, 23, 1700],
    serialize: (value: unknown) => String(value),
    parse: (text: string) => text.includes(".") ? text : BigInt(text),
  },
  truth: {
    to: 16,
    from: [16],
    serialize: (value: unknown) => value === true || value === 1n ? "t" : "f",
    parse: (text: string) => text === "t" ? 1n : 0n,
  },
  bytes: {
    to: 17,
    from: [17],
    serialize: (value: Uint8Array) => `\\x${value.toHex()}`,
    parse: bytesOf,
  },
  // Moments stay the text that the server writes.
  moments: {
    to: 25,
    from: [1082, 1114, 1184],
    serialize: (value: unknown) => String(value),
    parse: (text: string) => text,
  },
  // deno-lint-ignore no-explicit-any -- the client's type for a type of values is open in this place
} as any;

/** SQLSTATE codes and classes (PostgreSQL manual, appendix A), and what the client itself says. */
const CODES: readonly (readonly [RegExp, StorageErrorCode])[] = [
  [/^53100$/, "full"],
  [/^(55P03|40001|40P01|55006)$/, "busy"],
  [/^23/, "constraint"],
  [/^(XX001|XX002)$/, "corrupt"],
  [/^42501$/, "no-permission"],
  // A statement or type that the schema does not have: a fault of this program.
  [/^(42|22)/, "constraint"],
  [/^(28|3D)/, "no-permission"],
];

function clientCode(thrown: unknown): string {
  return typeof thrown === "object" && thrown !== null && "code" in thrown
    ? String(thrown.code)
    : "";
}

function codeOf(thrown: unknown): StorageErrorCode {
  const code = clientCode(thrown);
  return CODES.find(([pattern]) => pattern.test(code))?.[1] ?? "io";
}

function parsedUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new StorageError("no-permission", "Cannot use the database: its URL cannot be read");
  }
  if (!/^postgres(ql)?:$/.test(url.protocol) || url.hostname === "") {
    throw new StorageError(
      "no-permission",
      "Cannot use the database: a URL like postgres://user:password@host:5432/name expected",
    );
  }
  return url;
}

const portOf = (url: URL): number => Number(url.port || 5432);

const databaseOf = (url: URL): string =>
  decodeURIComponent(url.pathname.slice(1)) || decodeURIComponent(url.username) || "postgres";

/** @throws {StorageError} for any other mode: it must not be taken for none. */
function sslOf(url: URL): "require" | "prefer" | "verify-full" | false {
  const mode = url.searchParams.get("sslmode") ?? "disable";
  if (mode === "require" || mode === "prefer" || mode === "verify-full") return mode;
  if (mode === "disable") return false;
  throw new StorageError("no-permission", "Cannot use the database: its sslmode is not known");
}

/** The client reads this one variable whatever it is given. */
function requirePermission(): void {
  const { state } = Deno.permissions.querySync({ name: "env", variable: "PGAPPNAME" });
  if (state === "granted") return;
  throw new StorageError(
    "no-permission",
    "Cannot use PostgreSQL: its client reads the variable PGAPPNAME; start with " +
      "--allow-env=PGAPPNAME",
  );
}
