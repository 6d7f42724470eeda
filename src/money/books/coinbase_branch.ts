/**
 * Blocks of a chain, known as the pool's own by their coinbases alone, and how far they are settled.
 *
 * @module
 */
import { displayHash, equalBytes } from "../../base/mod.ts";
import type { BlockState } from "../../chain/blocks/mod.ts";
import { placeholders, type SqlSession } from "../../platform/database/mod.ts";

/** A block of a chain. Hashes have 32 bytes in internal order. */
export interface ChainBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  /** Undefined for the genesis block. */
  readonly previousBlockHash: Uint8Array | undefined;
  readonly coinbaseTxid: Uint8Array;
}

/**
 * A block of a chain whose coinbase stands in a split for its parent, whoever found it. The id of a
 * coinbase says nothing of the parent: a stranger's copy of one on another block is not the pool's,
 * since it may stand above a block that pays the same debts.
 */
export interface OwnBlock extends ChainBlock {
  /** What the books know of it; undefined while it is not written there. */
  readonly state: BlockState | undefined;
  /** What the block brings, as the split has it. */
  readonly valueZat: bigint;
  /** True when its debts are set aside for it, or paid. */
  readonly isSettled: boolean;
}

/** Blocks that are looked up by one statement. */
const CHUNK = 500;

/** Those of a chain that are the pool's own and pay miners, in the order of the chain. */
export async function ownBlocks(
  tx: SqlSession,
  chain: readonly ChainBlock[],
): Promise<OwnBlock[]> {
  const found: OwnBlock[] = [];
  for (let from = 0; from < chain.length; from += CHUNK) {
    const piece = chain.slice(from, from + CHUNK);
    const rows = await tx.query(
      `SELECT coinbase_txid, parent, value_zat FROM coinbase_split
       WHERE coinbase_txid IN ${placeholders(1, piece.length)}`,
      piece.map(({ coinbaseTxid }) => coinbaseTxid),
    );
    if (rows.length === 0) continue;
    const splits = new Map(rows.map((row) => [displayHash(row.coinbase_txid as Uint8Array), row]));
    for (const block of piece) {
      const split = splits.get(displayHash(block.coinbaseTxid));
      const { previousBlockHash: parent } = block;
      if (split === undefined || parent === undefined) continue;
      if (!equalBytes(split.parent as Uint8Array, parent)) continue;
      found.push(await asOwn(tx, block, split.value_zat as bigint));
    }
  }
  return found;
}

/**
 * Whether every block of a chain that is the pool's own holds its debts or has paid them. Until then
 * a job on its tip pays no debts: an own block that is not settled may pay the same ones.
 *
 * @param chain at least the blocks up to the parent that the pool may have found since those before
 * were seen settled.
 */
export async function isSettled(
  tx: SqlSession,
  chain: readonly ChainBlock[],
): Promise<boolean> {
  return (await ownBlocks(tx, chain)).every((block) => block.isSettled);
}

/**
 * The lowest height at which a block may be the pool's own and its debts not paid; undefined when
 * there is none. What a chain that was looked up has left behind is closed by `forgetSplits`, and by
 * nothing else: a pool that was down for long looks up all that came meanwhile.
 */
export async function openHeight(tx: SqlSession): Promise<number | undefined> {
  const [row] = await tx.query(
    `SELECT min(height) AS height FROM coinbase_split
     WHERE closed = 0 AND NOT EXISTS (SELECT 1 FROM coinbase_payment
       WHERE coinbase_payment.split = coinbase_split.id AND state = 'paid')`,
  );
  return row?.height === null || row === undefined ? undefined : Number(row.height);
}

async function asOwn(tx: SqlSession, block: ChainBlock, valueZat: bigint): Promise<OwnBlock> {
  const [row] = await tx.query(
    `SELECT (SELECT state FROM block WHERE hash = $1) AS state,
       (SELECT state FROM coinbase_payment WHERE hash = $1) AS debts`,
    [block.hash],
  );
  const state = (row?.state ?? undefined) as BlockState | undefined;
  const { debts } = row ?? {};
  const isSettled = debts === "set-aside" || debts === "paid";
  return { ...block, valueZat, state, isSettled };
}
