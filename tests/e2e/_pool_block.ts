/** A pool's block as a node tells of it, held against what it must be. */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import { verifySolution } from "../../src/mining/equihash/mod.ts";
import { blockReportJson, inspectBlock } from "../../src/chain/zcash/mod.ts";
import { POOL_ADDRESS, POOL_TAG } from "../support/live_pool.ts";
import type { ZebraNode } from "../support/zebra.ts";

/** States in the records of a block that the node took: those that follow "accepted" included. */
export const ON_CHAIN: ReadonlySet<string> = new Set(["accepted", "immature", "mature"]);

/** The part of `getblock` with verbosity 2 that is looked at. */
export interface NodeBlock {
  readonly height: number;
  readonly confirmations: number;
  readonly previousblockhash: string;
  readonly tx: readonly NodeTransaction[];
}

/** One of its transactions. */
export interface NodeTransaction {
  readonly txid: string;
  readonly version: number;
  readonly vin: readonly { readonly coinbase?: string; readonly txid?: string }[];
  readonly vout: readonly {
    readonly valueZat: number;
    readonly scriptPubKey: { readonly addresses?: readonly string[] };
  }[];
}

/** Part of `getblocksubsidy`. */
interface Subsidy {
  readonly miner: number;
  readonly fundingstreams?: readonly { readonly valueZat: number; readonly address: string }[];
}

/** A block of the node's best chain; undefined when it is not on it. */
export async function readBlock(node: ZebraNode, hash: Uint8Array): Promise<NodeBlock | undefined> {
  try {
    return await node.rpc("getblock", displayHash(hash), 2) as NodeBlock;
  } catch {
    return undefined;
  }
}

/** The same, asked until the node has it: blocks take a moment from node to node. */
export async function readRelayedBlock(node: ZebraNode, hash: Uint8Array): Promise<NodeBlock> {
  // Two rounds of the other node's search for blocks.
  const deadline = performance.now() + 150_000;
  for (;;) {
    const block = await readBlock(node, hash);
    if (block !== undefined) return block;
    assert.ok(performance.now() < deadline, `${displayHash(hash)} did not reach the other node`);
    // A node tells nobody when a block has come, so it is asked.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * The block is on the best chain and sound by our own inspection as well, carries the pool's tag, pays the pool exactly its due and every
 * funding stream what the node says it must get.
 *
 * @param feesZat what the miner may claim of the block's fees.
 */
export async function assertPoolBlock(
  node: ZebraNode,
  block: NodeBlock,
  feesZat = 0,
): Promise<void> {
  assert.ok(block.confirmations >= 1, "it is on the best chain");
  const bytes = Uint8Array.fromHex(await node.rpc("getblock", String(block.height), 0) as string);
  const report = inspectBlock(bytes, verifySolution);
  assert.deepEqual([report.verdict, report.faults], ["sound", []]);
  assert.deepEqual(blockReportJson(report)["txids"], block.tx.map(({ txid }) => txid));
  const [coinbase] = block.tx;
  const script = new TextDecoder("latin1").decode(
    Uint8Array.fromHex(coinbase?.vin[0]?.coinbase ?? ""),
  );
  assert.ok(script.includes(POOL_TAG), `the tag stands in ${JSON.stringify(script)}`);
  const subsidy = await node.rpc("getblocksubsidy", block.height) as Subsidy;
  const expected = [
    [POOL_ADDRESS, Math.round(subsidy.miner * 1e8) + feesZat],
    ...(subsidy.fundingstreams ?? []).map(({ address, valueZat }) => [address, valueZat]),
  ];
  const paid = coinbase?.vout.map(({ scriptPubKey, valueZat }) => [
    scriptPubKey.addresses?.[0],
    valueZat,
  ]);
  assert.deepEqual(paid, expected, `coinbase of block ${block.height}`);
}
