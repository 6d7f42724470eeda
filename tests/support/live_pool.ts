/**
 * A pool as the command `run` starts it: from a configuration, with real sockets, files and
 * threads, in a directory of its own; and miners that connect to it as strangers do.
 *
 * @module
 */
import {
  bytesToHex,
  type LogFields,
  type LogLevel,
  systemClock,
  systemRandom,
} from "../../src/base/mod.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { createSolver } from "../../src/mining/equihash/mod.ts";
import { type MinerEvent, runMiners, type Solver } from "../../src/demo/miner/mod.ts";
import { generateAuthorityKeyPair, parsePoolUrl } from "../../src/wire/noise/mod.ts";
import { type PoolEvent, type RunningPool, startPool } from "../../src/service/pool/mod.ts";
import { type BlockRecord } from "../../src/money/records/mod.ts";
import { connect, connectLines } from "../../src/wire/transport/mod.ts";
import { parseStratumUrl } from "../../src/wire/stratum/mod.ts";
import { EventLog } from "./event_log.ts";
import { openStore } from "./test_store.ts";

/** What the pool's blocks pay: another address than any node's own. */
export const POOL_ADDRESS = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const MINER_ADDRESS = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** What stands in the coinbase of its blocks. */
export const POOL_TAG = "live pool test";

/** One solution in two is a share, so that every block of the easiest chain is one too. */
const SHARE_DIFFICULTY = 2 / 8_192;

/** A line of the pool's log. */
export interface LogLine {
  readonly level: LogLevel;
  readonly event: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** How a pool is started; the rest is the product's own. */
export interface LivePoolOptions {
  /** In order of preference. */
  readonly nodes: readonly string[];
  readonly cookiePath?: string;
  /** Lines of the section [zebra]. */
  readonly zebra?: string;
  /** Lines of the section [mining]. */
  readonly mining?: string;
  /** Lines of the section [jd]; left out, jobs are not declared. */
  readonly jd?: string;
}

/** A miner that works until it is told to stop. */
export interface LiveMiner extends AsyncDisposable {
  readonly events: EventLog<MinerEvent>;
}

export class LivePool implements AsyncDisposable {
  readonly running: RunningPool;
  readonly events: EventLog<PoolEvent>;
  readonly log: EventLog<LogLine>;
  readonly #directory: string;

  private constructor(
    directory: string,
    running: RunningPool,
    events: EventLog<PoolEvent>,
    log: EventLog<LogLine>,
  ) {
    this.#directory = directory;
    this.running = running;
    this.events = events;
    this.log = log;
  }

  static async start(options: LivePoolOptions): Promise<LivePool> {
    const directory = await Deno.makeTempDir({ prefix: "zcash-pool-live-" });
    const events = new EventLog<PoolEvent>(describeEvent);
    const log = new EventLog<LogLine>(({ event, message }) => `${event}: ${message}`);
    try {
      const running = await startPool(parseConfig(configuration(options, directory)), {
        onEvent: (event) => events.add(event),
        logger: {
          log: (level, event, message, fields = {}) => log.add({ level, event, message, fields }),
        },
      });
      return new LivePool(directory, running, events, log);
    } catch (thrown) {
      await Deno.remove(directory, { recursive: true });
      throw thrown;
    }
  }

  /** The next block that came to an end, good or bad. */
  async outcome(limitMs = 60_000): Promise<Extract<PoolEvent, { kind: "block_outcome" }>> {
    const { value } = await this.events.next(
      "settled block",
      (event) => event.kind === "block_outcome" && event.outcome.state !== "submitted",
      limitMs,
    );
    return value as Extract<PoolEvent, { kind: "block_outcome" }>;
  }

  /**
   * Connects miners. "cpu" solvers keep a core busy each; "one a nonce" hands in the first solution
   * of a nonce only: where every second one is a block, two of one nonce are two blocks of one
   * height in the same moment, and nodes part over which came first until the next block. Without
   * a solver a miner only listens.
   */
  connect(
    options: {
      readonly solver?: "cpu" | "cpu, one a nonce";
      readonly miners?: number;
      /** SV2 over Noise where nothing is said. */
      readonly protocol?: "stratum1";
    } = {},
  ): LiveMiner {
    const events = new EventLog<MinerEvent>(({ kind }) => kind);
    const stop = new AbortController();
    const miners = options.miners ?? 1;
    const solvers = options.solver === undefined
      ? []
      : Array.from({ length: miners }, () => createSolver());
    const { protocol } = options;
    const { authorityKey, ...endpoint } = protocol === undefined
      ? parsePoolUrl(this.running.minerUrl)
      : { ...this.#stratumEndpoint(), authorityKey: undefined };
    const run = runMiners(miners, (index) => ({
      endpoint,
      userIdentity: `${MINER_ADDRESS}.live${index}`,
      channel: "extended",
      nominalHashRate: 0,
      ...(protocol === undefined ? {} : { protocol }),
    }), {
      connect: (target, signal) =>
        connect({ ...target, signal, ...(authorityKey === undefined ? {} : { authorityKey }) }, {
          clock: systemClock,
          random: systemRandom,
        }),
      connectLines: (target, signal) => connectLines({ ...target, signal }, { clock: systemClock }),
      clock: systemClock,
      random: systemRandom,
      solverOf: (index) => {
        const solver = solvers[index] ?? IDLE_SOLVER;
        return options.solver === "cpu, one a nonce" ? oneSolution(solver) : solver;
      },
      onEvent: (event) => events.add(event),
    }, stop.signal);
    run.catch((thrown) => {
      events.fail(thrown);
      this.events.fail(thrown);
    });
    return {
      events,
      async [Symbol.asyncDispose]() {
        stop.abort();
        await run.catch(() => {});
        for (const solver of solvers) solver.close();
      },
    };
  }

  #stratumEndpoint() {
    const endpoint = parseStratumUrl(this.running.stratumUrls[0] ?? "");
    if (endpoint === undefined) throw new Error("the pool serves no Stratum V1");
    return endpoint;
  }

  /** Stops the pool and reads what it has recorded of blocks and shares. */
  async stopAndRead(): Promise<{ readonly blocks: BlockRecord[]; readonly shares: number }> {
    await this.running.stop();
    const path = `${this.#directory}/records.sqlite`;
    const store = await openStore({ kind: "sqlite", path }, { clock: systemClock });
    try {
      return { blocks: await store.blocks(1_000), shares: (await store.totals()).shares };
    } finally {
      await store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop();
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Takes work and finds nothing. */
const IDLE_SOLVER: Solver = { solve: () => new Promise(() => {}) };

function oneSolution(solver: Solver): Solver {
  return { solve: async (request) => (await solver.solve(request)).slice(0, 1) };
}

function configuration(options: LivePoolOptions, directory: string): string {
  const urls = options.nodes.map((url) => JSON.stringify(url)).join(", ");
  const cookie = options.cookiePath === undefined ? "" : `cookie_file = "${options.cookiePath}"`;
  return `
[server]
listen_addr = "127.0.0.1:0"
jd_listen_addr = "127.0.0.1:0"
data_dir = "${directory}"
[zebra]
urls = [${urls}]
${cookie}
${options.zebra ?? ""}
[mining]
initial_difficulty = ${SHARE_DIFFICULTY}
min_difficulty = ${SHARE_DIFFICULTY}
target_shares_per_minute = 60
validation_threads = 1
tag = "${POOL_TAG}"
${options.mining ?? ""}
[stratum_v1]
enabled = true
listen_addr = "127.0.0.2:0"
start_difficulty = ${SHARE_DIFFICULTY}
[payout]
pool_address = "${POOL_ADDRESS}"
[security]
noise_enabled = true
require_noise = true
noise_private_key = "${bytesToHex(generateAuthorityKeyPair(systemRandom).secretKey)}"
[database]
path = "${directory}/records.sqlite"
[jd]
${options.jd ?? "enabled = false"}
[metrics]
listen_addr = "127.0.0.1:0"
`;
}

function describeEvent(event: PoolEvent): string {
  if (event.kind === "block_outcome") return `block ${event.outcome.state} ${event.outcome.reason}`;
  if (event.kind === "work") return `work at ${event.height}, new parent ${event.newParent}`;
  return event.kind;
}
