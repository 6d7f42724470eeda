/**
 * What honest miners notice while strangers attack the pool, one way after another: a pool as a
 * process of its own, the strangers in a thread of theirs, two honest miners here.
 *
 *     deno task bench:hostile [--long] [--json]
 *
 * For each attack: the 99th percentile of the honest miners' answers as a multiple of the undisturbed
 * one of the same run, the time from the node's new block to the honest miners' job, the pool's
 * memory, who was refused, closed and banned. With `--long` 10,000 connections and 20 s each.
 *
 * @module
 */
import { startDemoNode } from "../../src/demo/demo_node/mod.ts";
import { NewEquihashJob, UpdateChannel, UpdateChannelError } from "../../src/wire/protocol/mod.ts";
import { PoolProcess } from "../support/pool_process.ts";
import { RawClient, sessionStart } from "../support/raw_client.ts";
import { joined } from "../support/raw_client.ts";
import { type AttackOrder, ATTACKS, proxyHeader } from "./_hostile_attacks.ts";

const IS_LONG = Deno.args.includes("--long");
const MS = IS_LONG ? 20_000 : 3_000;

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
[jd]
enabled = false
[metrics]
listen_addr = "127.0.0.1:0"
[zebra]
`;

/** What was seen during one attack. */
interface Row {
  readonly attack: string;
  /** Of the honest miners' answers, in ms. */
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
  /** From the node's new block to the job, the worst. */
  readonly jobMs: number;
  readonly memoryMb: number;
  readonly refused: number;
  readonly closed: number;
  readonly bans: number;
}

/** An honest miner that asks something all the time and times the answers. */
class Honest {
  readonly times: number[] = [];
  readonly #client: RawClient;
  #stopped = false;
  readonly #asking: Promise<void>;

  private constructor(client: RawClient) {
    this.#client = client;
    this.#asking = this.#ask();
  }

  static async connect(port: number, host: number): Promise<Honest> {
    const client = await RawClient.connect({ hostname: "127.0.0.1", port });
    await client.send(joined([proxyHeader("198.51.100", host), sessionStart()]));
    await client.hear(NewEquihashJob);
    return new Honest(client);
  }

  get jobs(): number {
    return this.#client.heard(NewEquihashJob).length;
  }

  async job(count: number): Promise<void> {
    await this.#client.hear(NewEquihashJob, count);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#asking;
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
      this.times.push(performance.now() - from);
      await pause(5);
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
  const honest = [await Honest.connect(port, 1), await Honest.connect(port, 2)];
  const rows = [await watch("undisturbed", honest, String(metrics), undefined)];
  for (const attack of Object.keys(ATTACKS)) {
    const isLines = attack === "JSON bombs" || attack.startsWith("line");
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
  for (const each of honest) each.times.length = 0;
  const attacking = order === undefined ? pause(MS) : perform(order);
  let jobMs = 0;
  for (let block = 0; block < 3; block++) {
    await pause(MS / 4);
    const wanted = honest.map((each) => each.jobs + 1);
    const from = performance.now();
    node.control.generate(1);
    await Promise.all(honest.map((each, index) => each.job(wanted[index] ?? 1)));
    jobMs = Math.max(jobMs, performance.now() - from);
  }
  await attacking;
  const after = await read(metricsUrl);
  const times = honest.flatMap((each) => each.times).sort((a, b) => a - b);
  const at = (part: number): number => times[Math.floor(times.length * part)] ?? NaN;
  const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return {
    ...{ attack, p50: at(0.5), p99: at(0.99), answers: times.length, jobMs },
    memoryMb: (after.get("process_resident_memory_bytes") ?? 0) / 1e6,
    refused: grown("pool_connections_refused_total"),
    closed: grown("pool_connections_closed_for_faults_total"),
    bans: grown("pool_bans_total"),
  };
}

/** Has an attack made in a thread of its own. */
async function perform(order: AttackOrder): Promise<void> {
  const thread = new Worker(new URL("./_hostile_attacks.ts", import.meta.url), { type: "module" });
  const done = new Promise((resolve, reject) => {
    thread.onmessage = resolve;
    thread.onerror = reject;
  });
  thread.postMessage(order);
  await done;
  thread.terminate();
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
  const calm = rows[0]?.p99 ?? NaN;
  console.log("| attack | p50 ms | p99 ms | times | new job ms | MB | refused | closed | bans |");
  console.log("|---|---|---|---|---|---|---|---|---|");
  for (const row of rows) {
    const figures = [row.p50, row.p99, row.p99 / calm, row.jobMs].map((each) => each.toFixed(1));
    const counts = [row.memoryMb.toFixed(0), row.refused, row.closed, row.bans];
    console.log(`| ${[row.attack, ...figures, ...counts].join(" | ")} |`);
  }
}
