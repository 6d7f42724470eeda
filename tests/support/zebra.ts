/**
 * Real zebrad processes for tests: on free ports, with directories and a TMPDIR of their own, and
 * gone without a trace when the test ends.
 *
 * @module
 */
import { RpcNodeClient } from "../../src/chain/node/mod.ts";
import type { CallLimits } from "../../src/chain/node/mod.ts";
import { until } from "./until.ts";

/** A P2SH address of Testnet and Regtest whose redeem script is OP_TRUE: anyone may spend it. */
export const ANYONE_CAN_SPEND_ADDRESS = "t2SRyAR26tXTnZHfpa3jPqeyYmxCbAZxUnh";
const STREAM_ADDRESS = "t2Gvxv2uNM7hbbACjNox4H6DjByoKZ2Fa3P";
const MINER_ADDRESS = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";

/** What a test says about its node; the rest of the configuration is made. */
export interface ZebraOptions {
  /** The sections below [network] and [network.testnet_parameters], as TOML. */
  readonly network: string;
  readonly minerAddress?: string | undefined;
  /** Keeps its chain over {@link ZebraNode.restart}. */
  readonly persistent?: boolean;
  /** Further sections as TOML. */
  readonly extra?: string;
  /** A whole configuration instead; its ports are 0 and its cookie folder is `cookie` in there. */
  readonly configuration?: (directory: string) => string;
}

/** Regtest: no proof of work, `generate` makes blocks. */
export function regtest(options: {
  /** Lines of [network.testnet_parameters.activation_heights]. */
  readonly upgrades?: string;
  /** 8 % to an address and 12 % to the lockbox from the first block on. */
  readonly fundingStreams?: boolean;
  /** Further lines of [network.testnet_parameters]. */
  readonly parameters?: string;
  readonly peers?: readonly string[];
} = {}): string {
  const streams = options.fundingStreams !== true ? "" : `
[[network.testnet_parameters.funding_streams]]
height_range = { start = 1, end = 10000 }
recipients = [
  { receiver = "MajorGrants", numerator = 8, addresses = ["${STREAM_ADDRESS}"] },
  { receiver = "Deferred", numerator = 12 },
]`;
  return `network = "Regtest"
initial_testnet_peers = ${JSON.stringify(options.peers ?? [])}
max_connections_per_ip = 8
crawl_new_peer_interval = "2s"

[network.testnet_parameters]
should_allow_unshielded_coinbase_spends = true
extend_funding_stream_addresses_as_required = true
${options.parameters ?? ""}

[network.testnet_parameters.activation_heights]
${options.upgrades ?? '"NU6.3" = 1\n"NU7" = 3'}
${streams}`;
}

/** A private Testnet with enforced proof of work (200,9): every second solution is a block. */
export function powTestnet(options: {
  readonly peers?: readonly string[];
  /** Big-endian; 7fff... is the easiest that zebrad 7.0.0 survives. */
  readonly targetLimit?: string;
} = {}): string {
  return `network = "Testnet"
initial_testnet_peers = ${JSON.stringify(options.peers ?? [])}
max_connections_per_ip = 8
crawl_new_peer_interval = "5s"

[network.testnet_parameters]
network_name = "PoolTest_1"
network_magic = [112, 111, 111, 108]
slow_start_interval = 0
target_difficulty_limit = "${options.targetLimit ?? "7f" + "ff".repeat(31)}"
disable_pow = false
lockbox_disbursements = []
funding_streams = []

[network.testnet_parameters.activation_heights]
"NU6.3" = 1
"NU7" = 4`;
}

/** Lines of log that are kept. */
const LOG_LINES_MAX = 5_000;
/** zebrad starts in under 5 seconds on an idle machine; this one may be busy. */
const START_LIMIT_MS = 90_000;

/** One zebrad with its directory; the RPC address stays the same over restarts. */
export class ZebraNode implements AsyncDisposable {
  readonly directory: string;
  readonly #binary: string;
  #options: ZebraOptions;
  readonly #log: string[] = [];
  readonly #waiters = new Set<() => void>();
  #rpcAddress = "127.0.0.1:0";
  #peerAddress = "127.0.0.1:0";
  #process: Deno.ChildProcess | undefined;
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(binary: string, options: ZebraOptions) {
    this.#binary = binary;
    this.#options = options;
    this.directory = Deno.makeTempDirSync({ prefix: "zcash-pool-zebra-" });
  }

  /** Starts a node and resolves when its RPC port is open. */
  static async start(binary: string, options: ZebraOptions): Promise<ZebraNode> {
    const node = new ZebraNode(binary, options);
    try {
      await node.restart();
      return node;
    } catch (thrown) {
      await node[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  get url(): string {
    return `http://${this.#rpcAddress}`;
  }

  /** Where peers find it. */
  get peerAddress(): string {
    return this.#peerAddress;
  }

  get cookiePath(): string {
    return `${this.directory}/cookie/.cookie`;
  }

  get pid(): number {
    if (this.#process === undefined) throw new Error("zebrad does not run");
    return this.#process.pid;
  }

  /** The newest lines of its log. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** The pool's client for this node. */
  client(limits: Partial<CallLimits> = {}): RpcNodeClient {
    const credentials = { kind: "cookie", path: this.cookiePath } as const;
    return new RpcNodeClient({ url: this.url, credentials, limits });
  }

  /** Any call, for what the pool itself never asks; rejects with the node's error. */
  async rpc(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const cookie = await Deno.readTextFile(this.cookiePath);
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(cookie.trim())}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    const answer = await response.json() as { result?: unknown; error?: { message: string } };
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  /** `generate`: display hashes of the new blocks. */
  async generate(count = 1): Promise<string[]> {
    return await this.rpc("generate", count) as string[];
  }

  /** Starts it (again), from now on with other options where given. */
  async restart(changed: Partial<ZebraOptions> = {}): Promise<void> {
    this.#options = { ...this.#options, ...changed };
    await this.#write(this.#options);
    const temporary = `${this.directory}/tmp`;
    await Deno.mkdir(temporary, { recursive: true });
    const since = this.#log.length;
    this.#process = new Deno.Command(this.#binary, {
      args: ["-c", `${this.directory}/zebrad.toml`, "start"],
      env: { TMPDIR: temporary, RUST_BACKTRACE: "0" },
      cwd: this.directory,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#reading = Promise.all([
      this.#read(this.#process.stdout),
      this.#read(this.#process.stderr),
    ]);
    const opened = /Opened RPC endpoint at (127\.0\.0\.1:\d+)/;
    this.#rpcAddress = await this.#find(opened, since);
    this.#peerAddress = await this.#find(
      /Opened Zcash protocol endpoint at (127\.0\.0\.1:\d+)/,
      since,
    );
  }

  /** Resolves when the log has a line with `pattern` from now on. */
  async logged(pattern: RegExp): Promise<void> {
    await this.#find(new RegExp(`(${pattern.source})`, pattern.flags), this.#log.length);
  }

  /** SIGKILL, SIGSTOP, SIGCONT ...; after SIGKILL or SIGTERM resolves when the process is gone. */
  async signal(signal: Deno.Signal): Promise<void> {
    const process = this.#process;
    if (process === undefined) return;
    process.kill(signal);
    if (signal !== "SIGKILL" && signal !== "SIGTERM") return;
    await process.status;
    await this.#reading;
    this.#process = undefined;
  }

  /** Ends the process, by force if it must be, and removes its directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    const process = this.#process;
    if (process !== undefined) {
      // A stopped process takes no other signal.
      for (const signal of ["SIGCONT", "SIGTERM"] as const) {
        try {
          process.kill(signal);
        } catch {
          // It has ended by itself.
        }
      }
      const timer = setTimeout(() => process.kill("SIGKILL"), 15_000);
      await process.status;
      clearTimeout(timer);
      await this.#reading;
    }
    await Deno.remove(this.directory, { recursive: true });
  }

  async #write(options: ZebraOptions): Promise<void> {
    const address = "minerAddress" in options ? options.minerAddress : MINER_ADDRESS;
    const state = options.persistent === true
      ? `cache_dir = "${this.directory}/state"\nephemeral = false`
      : "ephemeral = true";
    await Deno.mkdir(`${this.directory}/cookie`, { recursive: true });
    await Deno.writeTextFile(
      `${this.directory}/zebrad.toml`,
      options.configuration?.(this.directory) ?? `[network]
listen_addr = "${this.#peerAddress}"
cache_dir = false
${options.network}

[state]
${state}

[mempool]
debug_enable_at_height = 0

[mining]
${address === undefined ? "" : `miner_address = "${address}"`}

[rpc]
listen_addr = "${this.#rpcAddress}"
cookie_dir = "${this.directory}/cookie"

[tracing]
filter = "info"
use_color = false
${options.extra ?? ""}
`,
    );
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.#log.push(...lines);
      if (this.#log.length > LOG_LINES_MAX) this.#log.fill("", 0, this.#log.length - LOG_LINES_MAX);
      for (const waiter of this.#waiters) waiter();
    }
    for (const waiter of this.#waiters) waiter();
  }

  /** The first group of the pattern in a line from `since` on. */
  async #find(pattern: RegExp, since: number): Promise<string> {
    const deadline = Date.now() + START_LIMIT_MS;
    let ended = false;
    this.#process?.status.then(() => ended = true);
    for (let next = since;;) {
      for (; next < this.#log.length; next++) {
        const found = pattern.exec(this.#log[next] ?? "")?.[1];
        if (found !== undefined) return found;
      }
      if (ended || Date.now() > deadline) {
        const tail = this.#log.slice(-15).join("\n");
        throw new Error(`zebrad ${ended ? "has ended" : "does not log"} (${pattern}):\n${tail}`);
      }
      await this.#nextLines();
    }
  }

  /** Resolves at the next lines, or after a second so that deadlines are seen. */
  #nextLines(): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, 1_000);
      this.#waiters.add(finish);
    });
  }
}

/**
 * Two connected nodes of a private Testnet with proof of work; resolves when `a` serves templates,
 * some 7 seconds later. `b` does so 6 seconds later still: see {@link untilTemplate}.
 *
 * Both get the genesis block before they meet: a node that looks for it among its peers waits up
 * to 77 seconds.
 *
 * @param genesis the Testnet's genesis block, hexadecimal.
 * @param options `whileEmpty` and `whileAlone` look at `a` while it has no block, then no peer.
 */
export async function startPowPair(
  binary: string,
  genesis: string,
  options: {
    readonly whileEmpty?: (a: ZebraNode) => Promise<void>;
    readonly whileAlone?: (a: ZebraNode) => Promise<void>;
  } = {},
): Promise<{ a: ZebraNode; b: ZebraNode } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const shared = { network: powTestnet(), persistent: true };
  const a = stack.use(await ZebraNode.start(binary, shared));
  const b = stack.use(await ZebraNode.start(binary, shared));
  await options.whileEmpty?.(a);
  for (const node of [a, b]) await node.rpc("submitblock", genesis);
  await options.whileAlone?.(a);
  for (const node of [a, b]) await node.signal("SIGTERM");
  // The one that is dialed has to listen first: a dial that fails is never repeated.
  await b.restart();
  await a.restart({ network: powTestnet({ peers: [b.peerAddress] }) });
  await untilTemplate(a);
  const owned = stack.move();
  return { a, b, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Worst case of a first sync round, by the node's own timing. */
const SYNC_LIMIT_MS = 180_000;

/** Resolves when the node gives templates. */
export async function untilTemplate(node: ZebraNode): Promise<void> {
  let last: unknown;
  // zebrad tells nobody when its first sync round ends, so it is asked.
  const answers = (): Promise<boolean> =>
    node.rpc("getblocktemplate").then(() => true, (thrown) => {
      last = thrown;
      return false;
    });
  await until(() => `the node gives no template: ${last}`, answers, SYNC_LIMIT_MS);
}
