/**
 * The tables `block`, `block_share` and `block_settlement`, as the division of rewards uses them.
 *
 * @module
 */
import { displayHash, u256FromLe } from "../../base/mod.ts";
import { StorageError } from "../../platform/database/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { BlockState } from "../../chain/blocks/mod.ts";

/** A found block with what was made of it so far. */
export interface SettledBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly state: BlockState;
  readonly finderId: string;
  readonly foundAtMs: number;
  readonly valueZat: bigint;
  /** Undefined where it is not known. */
  readonly coinbaseTxid: Uint8Array | undefined;
  /** Row id of the share that found it; undefined when that was not accepted or is not written. */
  readonly share: bigint | undefined;
  /**
   * Whether that share was paid for at its acceptance, as under `pps`; undefined when that is not
   * known.
   */
  readonly paidAtShares: boolean | undefined;
  /** The network's target for that share's job; undefined when that is not known. */
  readonly networkTarget: bigint | undefined;
  /** Undefined while its reward is not divided. */
  readonly settlement: Settlement | undefined;
}

/** What became of a divided reward. */
export interface Settlement {
  readonly matured: boolean;
  /** How often it was orphaned before its maturity. */
  readonly orphaned: number;
  /** How often it was lost after it. */
  readonly lost: number;
}

/**
 * A block by its hash.
 *
 * @throws {StorageError} `constraint` when there is none.
 */
export async function readBlock(tx: SqlSession, hash: Uint8Array): Promise<SettledBlock> {
  const [row] = await tx.query(
    `SELECT block.height, block.state, block.found_at_ms, block.value_zat, block.coinbase_txid,
       miner.miner_id,
       block_share.share, share_terms.reward_zat, share_terms.network_target,
       block_settlement.hash AS settled,
       block_settlement.matured, block_settlement.orphaned, block_settlement.lost
     FROM block JOIN worker ON worker.id = block.worker JOIN miner ON miner.id = worker.miner
     LEFT JOIN block_share ON block_share.hash = block.hash
     LEFT JOIN share ON share.id = block_share.share
     LEFT JOIN share_terms ON share_terms.id = share.terms
     LEFT JOIN block_settlement ON block_settlement.hash = block.hash
     WHERE block.hash = $1`,
    [hash],
  );
  if (row === undefined) {
    throw new StorageError(
      "constraint",
      `Cannot settle ${displayHash(hash)}: no such block is known`,
    );
  }
  return {
    hash,
    height: Number(row.height),
    state: row.state as BlockState,
    finderId: row.miner_id as string,
    foundAtMs: Number(row.found_at_ms),
    valueZat: row.value_zat as bigint,
    coinbaseTxid: (row.coinbase_txid ?? undefined) as Uint8Array | undefined,
    share: (row.share ?? undefined) as bigint | undefined,
    paidAtShares: row.reward_zat === null ? undefined : (row.reward_zat as bigint) > 0n,
    networkTarget: row.network_target === null
      ? undefined
      : u256FromLe(row.network_target as Uint8Array),
    settlement: row.settled === null ? undefined : {
      matured: row.matured === 1n,
      orphaned: Number(row.orphaned),
      lost: Number(row.lost),
    },
  };
}

/** Moves a block to a state of the chain. */
export async function moveBlock(
  tx: SqlSession,
  hash: Uint8Array,
  state: BlockState,
  reason: string,
): Promise<void> {
  await tx.execute("UPDATE block SET state = $1, reason = $2 WHERE hash = $3", [
    state,
    reason === "" ? null : reason,
    hash,
  ]);
}
