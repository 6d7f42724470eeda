/**
 * What blocks pay miners in their coinbases, as it stands in the chain, against what the ledger says.
 *
 * @module
 */
import { displayHash, equalBytes } from "../../base/mod.ts";
import {
  decodeBlockHeader,
  parseAddress,
  parseTransaction,
  type Transaction,
} from "../../chain/zcash/mod.ts";
import { coinbaseAddressOf } from "../accounts/mod.ts";
import { type PaidBlock, paidBlocks } from "../books/mod.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";

/** The questions that are asked of a node here. */
export interface ChainAuditNode {
  /** Undefined above the tip. */
  getBlockHash(height: number): Promise<Uint8Array | undefined>;
  /** The serialized block. */
  getBlock(hash: Uint8Array): Promise<Uint8Array | undefined>;
}

/** What was compared. Amounts are zatoshis. */
export interface ChainAudit {
  readonly blocks: number;
  readonly outputs: number;
  readonly paidZat: bigint;
  /** The height of the last block that was compared; undefined where there was none. */
  readonly through: number | undefined;
  /** What differs, at most {@link FAULTS_MAX}. */
  readonly faults: readonly string[];
  /** Faults that are not listed. */
  readonly moreFaults: number;
}

/** The first ones tell. */
const FAULTS_MAX = 20;

/** Blocks that are read from the ledger at once. */
const PAGE = 100;

/** Bytes of the count in front of a block's transactions, by its first one; else it is one byte. */
const COUNT_LENGTHS: Readonly<Record<number, number>> = { 0xfd: 3, 0xfe: 5, 0xff: 9 };

/**
 * Compares every output that a block owes a miner, from a height on, in the order of heights: so an
 * audit that was broken off goes on from the last height that it has told.
 *
 * @param told is called after each block.
 * @throws {RpcError} when the node does not answer; {StorageError}.
 */
export async function auditChain(
  fromHeight: number,
  { database, node, told }: {
    readonly database: SqlDatabase;
    readonly node: ChainAuditNode;
    readonly told?: (height: number) => void;
  },
): Promise<ChainAudit> {
  const faults: string[] = [];
  let found = 0;
  const fault = (text: string): void => {
    found++;
    if (faults.length < FAULTS_MAX) faults.push(text);
  };
  let [blocks, outputs, paidZat] = [0, 0, 0n];
  let through: number | undefined;
  let after = { height: fromHeight, id: 0n };
  for (;;) {
    const page = await database.read((tx) => paidBlocks(tx, after, PAGE));
    for (const block of page) {
      const compared = await compareBlock(block, node, fault);
      blocks++;
      outputs += compared.outputs;
      paidZat += compared.paidZat;
      through = block.height;
      after = { height: block.height, id: block.id };
      told?.(block.height);
    }
    if (page.length < PAGE) break;
  }
  return { blocks, outputs, paidZat, through, faults, moreFaults: found - faults.length };
}

async function compareBlock(
  block: PaidBlock,
  node: ChainAuditNode,
  fault: (text: string) => void,
): Promise<{ outputs: number; paidZat: bigint }> {
  const nothing = { outputs: 0, paidZat: 0n };
  const name = `block ${block.height} (${displayHash(block.hash)})`;
  const hash = await node.getBlockHash(block.height);
  if (hash === undefined || !equalBytes(hash, block.hash)) {
    // What is not mature may be reorganised away, and the follower takes it back in its time.
    if (block.state === "paid") fault(`${name} has paid by the ledger and is not in the chain`);
    return nothing;
  }
  const bytes = await node.getBlock(hash);
  if (bytes === undefined) {
    fault(`${name} is in the chain, and the node does not hand it out`);
    return nothing;
  }
  const coinbase = coinbaseOf(bytes);
  if (!equalBytes(coinbase.txid, block.coinbaseTxid)) {
    fault(
      `${name} has coinbase ${displayHash(coinbase.txid)}, not ${displayHash(block.coinbaseTxid)}`,
    );
    return nothing;
  }
  return { outputs: block.owed.length, paidZat: comparePayees(block, coinbase, name, fault) };
}

function comparePayees(
  block: PaidBlock,
  coinbase: Transaction,
  name: string,
  fault: (text: string) => void,
): bigint {
  const paid = new Map<string, bigint>();
  for (const { script, valueZat } of coinbase.outputs) {
    const key = script.toHex();
    paid.set(key, (paid.get(key) ?? 0n) + valueZat);
  }
  let sumZat = 0n;
  for (const { minerId, promisedZat, bookedZat } of block.owed) {
    const address = coinbaseAddressOf(minerId);
    const script = address === undefined ? undefined : parseAddress(address).scriptPubKey;
    const onChain = script === undefined ? 0n : paid.get(script.toHex()) ?? 0n;
    sumZat += onChain;
    if (onChain !== promisedZat) {
      fault(`${name} pays ${minerId} ${onChain} zat, ${promisedZat} by the ledger's split`);
    }
    if (block.state === "paid" && bookedZat !== onChain) {
      fault(
        `${name} pays ${minerId} ${onChain} zat, ${bookedZat ?? "nothing"} by the list of payouts`,
      );
    }
  }
  return sumZat;
}

function coinbaseOf(block: Uint8Array): Transaction {
  const { length } = decodeBlockHeader(block);
  return parseTransaction(block, length + (COUNT_LENGTHS[block[length] ?? 0] ?? 1));
}
