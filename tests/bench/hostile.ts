/**
 * What honest miners notice while strangers attack the pool, one way after another: the pool is a
 * process of its own, the strangers are one that has the processor only when nobody else wants it, as
 * if they were elsewhere, and honest miners are here.
 *
 *     deno task bench:hostile [--long] [--json]
 *
 * For each attack: how long honest miners wait for the answer to a message and for the verdict of a
 * share that has to be verified (50th and 99th percentile, and the latter as a multiple of the
 * undisturbed one of the same run), the time from the node's new block to their job, the processor
 * time of pool and strangers, the pool's memory, who was refused, closed and banned. With `--long`
 * 10,000 connections and 20 s each.
 *
 * @module
 */
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import {
  EXTENSION_EQUIHASH,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  RequestExtensions,
  SubmitSharesError,
  UpdateChannel,
  UpdateChannelError,
} from "../../src/wire/protocol/mod.ts";
import { MINER_ADDRESS, setupFrame } from "../support/pool_harness.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { garbageShare, joined, RawClient } from "../support/raw_client.ts";
import { type AttackOrder, ATTACKS, proxyHeader } from "./_hostile_attacks.ts";

const IS_LONG = Deno.args.includes("--long");
const MS = IS_LONG ? 20_000 : 4_000;

/** How often an honest miner asks: more than a large one sends, less than its network's credit. */
const ASK_MS = 40;

/** Connections at one time; fewer where each costs the attacker's own machine much. */
const CROWDS: Readonly<Record<string, number>> = {
  "idle miners": IS_LONG ? 9_000 : 1_000,
  "silent connections": IS_LONG ? 2_000 : 500,
};
const CROWD = IS_LONG ? 100 : 40;

/** Hard enough that no header of a stranger is a block. */
const LIMIT = (1n << 256n) / 65_536n;

const CONFIGURATION = `
[server]
listen_addr = "127.0.0.1:0"
proxy_protocol = true
trusted_proxies = ["127.0.0.1"]
[stratum_v1]
enabled = true
listen_addr = "127.0.0.1:0"
start_difficulty = 1
[mining]
min_difficulty = 0.00013
validation_threads = 1
[payout]
pool_address = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v"
[security]
noise_enabled = true
noise_private_key = "${"5a".repeat(32)}"
[[security.allow]]
cidr = "198.51.100.0/24"
bans = false
[jd]
enabled = false
[metrics]
listen_addr = "127.0.0.1:0"
[zebra]
`;

/** Percentiles. */
interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** What was seen during one attack. */
interface Row {
  readonly attack: string;
  /** The honest miners' waits in ms, for the answer to a message and for a verdict. */
  readonly message: Waits;
  readonly share: Waits;
  /** From the node's new block to the job, the worst. */
  readonly jobMs: number;
  readonly memoryMb: number;
  /** Processor time of the pool, all its threads, and of the strangers, in cores. */
  readonly poolCores: number;
  readonly strangerCores: number;
  readonly refused: number;
  readonly closed: number;
  readonly bans: number;
}

/** Shares without a solution that a miner hands in before it counts as one who sends garbage. */
const SHARES_MAX = 40;

/** Honest miners come from networks of their own. */
let hosts = 0;

/** Opens a channel so easy that every header is worth a check. */
async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect({ hostname: "127.0.0.1", port });
  const host = hosts++;
  await client.send(joined([
    proxyHeader("198.51.100", host),
    setupFrame(),
    RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
    OpenExtendedMiningChannel.encode({
      requestId: 2,
      userIdentity: `${MINER_ADDRESS}.honest${host}`,
      nominalHashRate: 1e-3,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    }),
  ]));
  await client.hear(NewEquihashJob);
  return client;
}

/** What the honest miners do until they are stopped, and how long they waited. */
class Honest {
  readonly messages: number[] = [];
  readonly shares: number[] = [];
  readonly #port: number;
  #client: RawClient;
  #stopped = false;
  readonly #working: Promise<unknown>;

  private constructor(port: number, client: RawClient) {
    this.#port = port;
    this.#client = client;
    this.#working = Promise.all([this.#ask(), this.#mine()]);
  }

  static async begin(port: number): Promise<Honest> {
    return new Honest(port, await connect(port));
  }

  get jobs(): number {
    return this.#client.heard(NewEquihashJob).length;
  }

  async job(count: number): Promise<void> {
    await this.#client.hear(NewEquihashJob, count);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.#client.close();
  }

  async #ask(): Promise<void> {
    const question = UpdateChannel.encode({
      channelId: 999_999,
      nominalHashRate: 1,
      maximumTarget: new Uint8Array(32).fill(0xff),
    });
    for (let asked = 1; !this.#stopped; asked++) {
      const from = performance.now();
      await this.#client.send(question);
      await this.#client.hear(UpdateChannelError, asked);
      this.messages.push(performance.now() - from);
      await pause(ASK_MS);
    }
  }

  /** Shares without a solution pass all the way to the verifier and back, as others do. */
  async #mine(): Promise<void> {
    while (!this.#stopped) {
      const client = await connect(this.#port);
      for (let sent = 1; sent <= SHARES_MAX && !this.#stopped; sent++) {
        const job = client.heard(NewEquihashJob).at(-1);
        if (job === undefined) throw new Error("an honest miner has no job");
        const from = performance.now();
        await client.send(garbageShare(job, sent));
        await client.hear(SubmitSharesError, sent);
        this.shares.push(performance.now() - from);
        await pause(ASK_MS);
      }
      await client.close();
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const folder = await Deno.makeTempDir({ prefix: "zcash-pool-bench-" });
const node = await startDemoNode({ powLimit: LIMIT, transactionIntervalMs: 0 });
const pool = await PoolProcess.start(folder, `${CONFIGURATION}url = "${node.url}"`);
try {
  const url = await pool.minerUrl();
  const port = Number(/:(\d+)/.exec(url.replace("stratum2+tcp://", ""))?.[1]);
  const { metrics, stratum_v1: lines } = await pool.line("pool_started");
  const linesPort = Number(/:(\d+)$/.exec(String(lines))?.[1]);
  const honest = await Promise.all([Honest.begin(port), Honest.begin(port)]);
  await pause(1_000);
  const rows = [await watch("undisturbed", honest, String(metrics), undefined)];
  for (const attack of Object.keys(ATTACKS)) {
    const isLines = attack === "JSON bombs" || attack.startsWith("line") ||
      attack.startsWith("V1");
    const order = {
      attack,
      port: isLines ? linesPort : port,
      ms: MS,
      size: CROWDS[attack] ?? CROWD,
    };
    rows.push(await watch(attack, honest, String(metrics), order));
  }
  for (const each of honest) await each.stop();
  report(rows);
} finally {
  await pool.end("SIGTERM");
  await node.close();
  await Deno.remove(folder, { recursive: true });
}

async function watch(
  attack: string,
  honest: readonly Honest[],
  metricsUrl: string,
  order: AttackOrder | undefined,
): Promise<Row> {
  const before = await read(metricsUrl);
  for (const each of honest) each.messages.length = each.shares.length = 0;
  const from = performance.now();
  const attacking = order === undefined ? pause(MS).then(() => 0) : perform(order);
  let jobMs = 0;
  for (let block = 0; block < 3; block++) {
    await pause(MS / 4);
    const wanted = honest.map((each) => each.jobs + 1);
    const from = performance.now();
    node.control.generate(1);
    await Promise.all(honest.map((each, index) => each.job(wanted[index] ?? 1)));
    jobMs = Math.max(jobMs, performance.now() - from);
  }
  const strangerSeconds = await attacking;
  const seconds = (performance.now() - from) / 1_000;
  const after = await read(metricsUrl);
  const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return {
    ...{ attack, jobMs },
    message: waitsOf(honest.flatMap((each) => each.messages)),
    share: waitsOf(honest.flatMap((each) => each.shares)),
    poolCores: grown("process_cpu_seconds_total") / seconds,
    strangerCores: strangerSeconds / seconds,
    memoryMb: (after.get("process_resident_memory_bytes") ?? 0) / 1e6,
    refused: grown("pool_connections_refused_total"),
    closed: grown("pool_connections_closed_for_faults_total"),
    bans: grown("pool_bans_total"),
  };
}

function waitsOf(times: number[]): Waits {
  times.sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), count: times.length };
}

/** Has an attack made by a process of its own; its processor time in seconds. */
async function perform(order: AttackOrder): Promise<number> {
  const program = new URL("./_hostile_attacks.ts", import.meta.url).pathname;
  const child = new Deno.Command("nice", {
    args: ["-n", "10", Deno.execPath(), "run", "-A", "--quiet", program, JSON.stringify(order)],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let seconds = 0;
  const watching = setInterval(() => seconds = processorSeconds(child.pid) ?? seconds, 100);
  await child.status;
  clearInterval(watching);
  return seconds;
}

/** proc(5): utime and stime, in ticks of a hundredth of a second; undefined where it has ended. */
function processorSeconds(pid: number): number | undefined {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

/** The metrics, those with labels summed. */
async function read(url: string): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const line of (await (await fetch(`${url}/metrics`)).text()).split("\n")) {
    const [, name, value] = /^([a-z_0-9]+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Number(value));
  }
  return sums;
}

function report(rows: readonly Row[]): void {
  if (Deno.args.includes("--json")) return console.log(JSON.stringify({ ms: MS, rows }));
  const calm = rows[0];
  console.log(
    "| attack | message p50/p99 ms | times | share p50/p99 ms | times | new job ms | pool cores |" +
      " strangers' cores | MB | refused | closed | bans |",
  );
  console.log(`|${"---|".repeat(12)}`);
  for (const row of rows) {
    const waits = ({ p50, p99 }: Waits): string => `${p50.toFixed(1)} / ${p99.toFixed(1)}`;
    const times = (kind: "message" | "share"): string =>
      (row[kind].p99 / (calm?.[kind].p99 ?? NaN)).toFixed(1);
    console.log(`| ${
      [
        ...[row.attack, waits(row.message), times("message"), waits(row.share), times("share")],
        ...[row.jobMs.toFixed(0), row.poolCores.toFixed(2), row.strangerCores.toFixed(2)],
        ...[row.memoryMb.toFixed(0), row.refused, row.closed, row.bans],
      ].join(" | ")
    } |`);
  }
}
