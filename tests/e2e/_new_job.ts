/** From a foreign block to NewEquihashJob at a miner, through the whole pool. */
import { LivePool } from "../support/live_pool.ts";
import { NodeProxy, type ProxiedCall } from "../support/node_proxy.ts";
import { RawMiner } from "../support/raw_miner.ts";
import { untilTemplate, type ZebraNode } from "../support/zebra.ts";
import { displayHash } from "../../src/base/mod.ts";
import { blockOf } from "./_node_block.ts";

/** How the pool hears of the block. */
export type Way = "long poll" | "poll" | "both";

/** Milliseconds, ascending. */
export interface NewJobTimes {
  readonly way: Way;
  /** From handing the block to the node, so the node's own check of it (some 3 ms) is in it. */
  readonly fromSubmit: readonly number[];
  /** From the node's answer that it took the block; negative when the job was faster than that. */
  readonly fromAnswer: readonly number[];
  /** Transactions of the first work on each new parent. */
  readonly transactions: readonly number[];
}

const MINER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86.latency";

/** What is kept from the pool, so that each way shows what it can do alone. */
function withheld(way: Way, { method, params }: ProxiedCall): boolean {
  const isLongPoll = JSON.stringify(params).includes("longpollid");
  if (way === "poll") return isLongPoll;
  return way === "long poll" && method === "getbestblockheightandhash";
}

/**
 * The pool as an operator starts it, with a Noise miner that listens.
 *
 * @param source makes the foreign blocks, when it is not the node itself; it has the same chain.
 */
export async function measureNewJobs(
  node: ZebraNode,
  way: Way,
  blocks: number,
  source: ZebraNode = node,
): Promise<NewJobTimes> {
  await untilTemplate(node);
  await using proxy = await NodeProxy.start(node.url);
  proxy.tampering = { withhold: (call) => withheld(way, call) };
  // Without plain polls the node would count as silent after some seconds.
  const zebra = way === "long poll" ? "failover_timeout_ms = 60000" : "";
  await using pool = await LivePool.start({
    nodes: [proxy.url],
    cookiePath: node.cookiePath,
    zebra,
  });
  await using miner = await RawMiner.open(pool.running.minerUrl, MINER);
  await miner.nextJob();
  const client = node.client();
  const fromSubmit: number[] = [];
  const fromAnswer: number[] = [];
  for (let count = 0; count < blocks; count++) {
    // All phases of the poll's interval, and slow enough for the pace of long polls.
    await new Promise((resolve) => setTimeout(resolve, 300 + (count * 137) % 500));
    const { hash, block } = await blockOf(source.client(), { nonce: count });
    const parent = displayHash(hash);
    const submitted = performance.now();
    const [answered, { at }] = await Promise.all([
      client.submitBlock(block).then(() => performance.now()),
      miner.nextJob((job) => displayHash(job.prevHash) === parent && job.cleanJobs),
    ]);
    if (source !== node) await source.client().submitBlock(block);
    fromSubmit.push(at - submitted);
    fromAnswer.push(at - answered);
  }
  const ascending = (a: number, b: number): number => a - b;
  const works = pool.events.seen.flatMap(({ value }) =>
    value.kind === "work" && value.newParent ? [value.transactions] : []
  );
  return {
    way,
    fromSubmit: fromSubmit.sort(ascending),
    fromAnswer: fromAnswer.sort(ascending),
    transactions: works.slice(1),
  };
}

/** The value below which this share of all lies. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** One line for people. */
export function newJobLine({ fromSubmit, fromAnswer }: NewJobTimes, title: string): string {
  const row = (times: readonly number[]): string =>
    [0, 0.5, 0.99].map((share) => quantile(times, share).toFixed(1)).join(" / ");
  return `${title.padEnd(27)} ${String(fromSubmit.length).padStart(3)} blocks: ` +
    `min / median / 99 % ${row(fromSubmit)} ms from submitting, ` +
    `${row(fromAnswer)} ms from the node's answer`;
}
