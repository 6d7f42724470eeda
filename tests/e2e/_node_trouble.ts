/** How the pool tells of trouble with a node, and what miners hear when it is over. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import type { LivePool } from "../support/live_pool.ts";
import type { RawMiner } from "../support/raw_miner.ts";
import type { ZebraNode } from "../support/zebra.ts";

/** The reasons of `/health`; none when all is well. */
export async function healthReasons(pool: LivePool): Promise<string[]> {
  const response = await fetch(`${pool.running.metricsUrl}/health`);
  const { reasons } = await response.json() as { reasons: string[] };
  assert.equal(response.status, reasons.length === 0 ? 200 : 503);
  return reasons;
}

/** The next line that says what is the matter with the node. */
export async function nextTrouble(pool: LivePool, limitMs = 20_000): Promise<string> {
  const isTrouble = ({ event }: { event: string }) => event === "node_unusable";
  return (await pool.log.next("word on the node's trouble", isTrouble, limitMs)).value.message;
}

/** The next job whose parent is the node's best block. */
export async function jobOnTip(miner: RawMiner, node: ZebraNode) {
  const tip = await node.rpc("getbestblockhash");
  return await miner.nextJob((job) => displayHash(job.prevHash) === tip, 30_000);
}
