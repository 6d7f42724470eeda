import { createHash } from "node:crypto";
import { bytesToHex, type Random, systemClock, systemRandom } from "../../base/mod.ts";
import { parseConfig, type ParsedConfig } from "../../service/config/mod.ts";
import { createSolver } from "../../mining/equihash/mod.ts";
import { runMiners } from "../../demo/miner/mod.ts";
import { generateAuthorityKeyPair, parsePoolUrl } from "../../wire/noise/mod.ts";
import { createLogger } from "../../platform/observability/mod.ts";
import {
  ListenError,
  type RunningPool,
  type StartOptions,
  startPool,
} from "../../service/pool/mod.ts";
import { connect, connectLines } from "../../wire/transport/mod.ts";
import { watchPayouts } from "./payout_watch.ts";
import { startDemoNodeProcess } from "./demo_node_process.ts";
import {
  type DemoCounts,
  type DemoReport,
  jsonReport,
  SOLUTIONS_PER_SHARE,
  wordsReport,
} from "./demo_report.ts";

/** What the demo is asked for. */
export interface DemoOptions {
  /** Ends by itself after this time. */
  readonly forMs?: number;
  readonly miners: number;
  /** Makes the demo chain and the miners' nonces the same each time. */
  readonly seed?: string;
  /** 0 picks a free one. */
  readonly metricsPort: number;
  /** Without Noise. */
  readonly plain: boolean;
  /** What the miners speak: all V2, all V1, or one after the other on one port. */
  readonly protocols: "v2" | "v1" | "both";
  readonly json: boolean;
  /** Blocks pay the miners in their coinbases, by a ledger in this folder; in memory and unpaid else. */
  readonly payingFolder?: string;
}

/** A transparent Testnet address of nobody in particular, for the pool's blocks. */
const POOL_ADDRESS = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";

/** Another one, to which the miners' work is credited. */
const MINER_ADDRESS = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** Solutions behind a share of difficulty 1. */
const SOLUTIONS_OF_DIFFICULTY_1 = 8_192;

/** One CPU core finds about 2.5 solutions a second, so that a share a second comes of it. */
const SHARES_PER_MINUTE = 60;

/** Blocks until a reward of a demo that pays is due; 100 on every real chain. */
const MATURITY = 3;

/** How often the running line is printed. */
const RUNNING_LINE_MS = 10_000;

/**
 * Runs node, pool and miners until the signal fires or the time is over.
 *
 * @param print writes one line to standard output.
 * @returns what was counted.
 */
export async function runDemo(
  options: DemoOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<DemoCounts> {
  const elapsedMs = (): number => performance.now();
  const report = options.json ? jsonReport(print) : wordsReport(print, elapsedMs);
  const node = await startDemoNodeProcess(options.seed === undefined ? {} : { seed: options.seed });
  try {
    return await withPool(options, { nodeUrl: node.url, report, signal, elapsedMs });
  } finally {
    await node.stop();
  }
}

interface Stage {
  readonly nodeUrl: string;
  readonly report: DemoReport;
  readonly signal: AbortSignal;
  readonly elapsedMs: () => number;
}

async function withPool(options: DemoOptions, stage: Stage): Promise<DemoCounts> {
  const { report, elapsedMs } = stage;
  let firstShareMs: number | undefined;
  const parsed = demoConfig(options, stage.nodeUrl);
  const pool = await startDemoPool(parsed, {
    logger: createLogger({ level: "error", format: "pretty" }, {
      clock: systemClock,
      output: async (bytes) => void await Deno.stderr.write(bytes),
    }),
    onEvent(event) {
      if (event.kind === "share_accepted") firstShareMs ??= elapsedMs();
      report.event(event);
    },
  });
  const count = (): DemoCounts => {
    const { accepted, rejected, blocksAccepted, creditPicoZat } = pool.pool.totals;
    return {
      sharesAccepted: accepted,
      sharesRejected: rejected,
      blocksAccepted,
      creditPicoZat,
      hashRate: pool.hashRate(),
      ...(firstShareMs === undefined
        ? { secondsToFirstShare: undefined }
        : { secondsToFirstShare: Math.round(firstShareMs) / 1000 }),
    };
  };
  report.ready({
    node: stage.nodeUrl,
    pool: pool.minerUrl,
    ...(pool.stratumUrls[0] === undefined ? {} : { stratum: pool.stratumUrls[0] }),
    metrics: pool.metricsUrl ?? "",
  });
  const line = setInterval(() => report.running(count()), RUNNING_LINE_MS);
  const payouts = options.payingFolder === undefined
    ? undefined
    : await watchPayouts(parsed, report);
  try {
    await mine(options, pool, stage.signal);
  } finally {
    clearInterval(line);
    await payouts?.close();
    await pool.stop();
  }
  const counts = count();
  report.summary(counts);
  return counts;
}

/** Of the address in a configuration that nobody wrote it names what the command line has for it. */
async function startDemoPool(parsed: ParsedConfig, options: StartOptions): Promise<RunningPool> {
  try {
    return await startPool(parsed, options);
  } catch (thrown) {
    const isOfOption = thrown instanceof ListenError &&
      thrown.attempt.key === "metrics.listen_addr";
    if (!isOfOption) throw thrown;
    throw new ListenError({ ...thrown.attempt, key: "--metrics-port" }, thrown.cause);
  }
}

async function mine(options: DemoOptions, pool: RunningPool, signal: AbortSignal): Promise<void> {
  const { authorityKey, ...endpoint } = parsePoolUrl(pool.minerUrl);
  const solvers = Array.from({ length: options.miners }, () => createSolver());
  const limit = new AbortController();
  const timer = options.forMs === undefined
    ? undefined
    : setTimeout(() => limit.abort(), Math.max(0, options.forMs - performance.now()));
  try {
    await runMiners(
      options.miners,
      (index) => ({
        endpoint,
        protocol: protocolOf(options, index),
        userIdentity: userOf(options, index),
        channel: "extended",
        nominalHashRate: 0,
      }),
      {
        connect: (target, stop) =>
          connect({
            ...target,
            signal: stop,
            ...(authorityKey === undefined ? { plain: true } : { authorityKey }),
          }, { clock: systemClock, random: systemRandom }),
        connectLines: (target, stop) =>
          connectLines({ ...target, signal: stop }, { clock: systemClock }),
        clock: systemClock,
        random: options.seed === undefined ? systemRandom : seededRandom(options.seed),
        solverOf: (index) => solvers[index] ?? createSolver(),
        onEvent: () => {},
      },
      AbortSignal.any([signal, limit.signal]),
    );
  } finally {
    clearTimeout(timer);
    for (const solver of solvers) solver.close();
  }
}

/** Who is paid by coinbases has agreed to it. */
function userOf({ payingFolder }: DemoOptions, index: number): string {
  const user = `${MINER_ADDRESS}.cpu${index + 1}`;
  return payingFolder === undefined ? user : `${user}#coinbase`;
}

function protocolOf({ protocols }: DemoOptions, index: number): "stratum1" | "stratum2" {
  if (protocols === "both") return index % 2 === 0 ? "stratum2" : "stratum1";
  return protocols === "v1" ? "stratum1" : "stratum2";
}

/** The configuration as an operator would write it, with figures for one CPU. */
function demoConfig(options: DemoOptions, nodeUrl: string): ParsedConfig {
  const shareDifficulty = SOLUTIONS_PER_SHARE / SOLUTIONS_OF_DIFFICULTY_1;
  const noise = options.plain ? "" : `
    noise_enabled = true
    require_noise = ${options.protocols === "v2"}
    noise_private_key = "${bytesToHex(generateAuthorityKeyPair(systemRandom).secretKey)}"`;
  const { payingFolder } = options;
  const payments = payingFolder === undefined ? "" : `
    scheme = "pplns"
    pplns_window = 100
    wallet = "coinbase"
    coinbase_maturity = ${MATURITY}`;
  return parseConfig(`
    [server]
    listen_addr = "127.0.0.1:0"${
    payingFolder === undefined ? "" : `
    data_dir = ${JSON.stringify(payingFolder)}`
  }
    [stratum_v1]
    enabled = ${options.protocols !== "v2"}
    listen_addr = "127.0.0.1:0"
    start_difficulty = ${shareDifficulty}
    [zebra]
    url = "${nodeUrl}"
    [mining]
    initial_difficulty = ${shareDifficulty}
    min_difficulty = ${shareDifficulty}
    target_shares_per_minute = ${SHARES_PER_MINUTE}
    validation_threads = 1
    tag = "zcash-pool demo"
    network = "${payingFolder === undefined ? "auto" : "regtest"}"
    [payout]
    pool_address = "${POOL_ADDRESS}"${payments}
    ${payingFolder === undefined ? '[database]\n    path = ":memory:"' : ""}
    [jd]
    enabled = false
    [metrics]
    listen_addr = "127.0.0.1:${options.metricsPort}"
    [security]${noise}
  `);
}

/** Random bytes that a text decides: SHA-256 over the seed and a counter. */
function seededRandom(seed: string): Random {
  let counter = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let offset = 0; offset < length; offset += 32) {
        const block = createHash("sha256").update(`${seed} ${counter++}`).digest();
        bytes.set(block.subarray(0, Math.min(32, length - offset)), offset);
      }
      return bytes;
    },
  };
}
