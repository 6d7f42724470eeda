/**
 * How coinbases divide what their blocks bring, as it stands in the ledger before the job leaves.
 * A block is the pool's own when the id of its coinbase stands here, whoever found it: a tag or an
 * address that it pays could be copied by anybody.
 *
 * @module
 */
import { equalBytes, u256FromLe, u256ToLe } from "../../base/mod.ts";
import type { CoinbasePayment } from "../ledger/mod.ts";
import {
  insertRows,
  placeholders,
  type SqlSession,
  StorageError,
} from "../../platform/database/mod.ts";

/** How the coinbase of a job divides its value. Hashes have 32 bytes in internal order. */
export interface NewSplit {
  readonly coinbaseTxid: Uint8Array;
  readonly parent: Uint8Array;
  readonly height: number;
  /** The number of the terms by which it was computed. */
  readonly epoch: bigint;
  /** Row id of the last share that it has read, which ends the block's window. */
  readonly throughShare: bigint;
  /** The network's target for the job. */
  readonly networkTarget: bigint;
  readonly valueZat: bigint;
  /** Own blocks that held debts when it was computed: {@link holders}. */
  readonly beside: readonly Uint8Array[];
  /** In the order of the outputs. */
  readonly payments: readonly CoinbasePayment[];
}

/** The same as it is stored. */
export interface StoredSplit extends NewSplit {
  readonly id: bigint;
}

/** Blocks that can hold debts at one time: as many as are followed through the chain in one round. */
const HOLDERS_MAX = 1_500;

/** Blocks for whose coinbases debts are set aside, in the order of their hashes. */
export async function holders(tx: SqlSession): Promise<Uint8Array[]> {
  const rows = await tx.query(
    `SELECT hash FROM coinbase_payment WHERE state = 'set-aside' ORDER BY hash
     LIMIT ${HOLDERS_MAX + 1}`,
  );
  if (rows.length > HOLDERS_MAX) {
    throw new StorageError(
      "busy",
      `Cannot divide a coinbase: over ${HOLDERS_MAX} blocks hold debts`,
    );
  }
  return rows.map((row) => row.hash as Uint8Array);
}

/**
 * Writes a split, within the caller's transaction; its job may leave when that is committed.
 *
 * @throws {StorageError} `busy` when the ledger has moved since it was computed: another block holds
 * debts now, or what it pays is not available any more. Then it is computed again.
 * @throws {RangeError} when it pays more than the block's value.
 */
export async function writeSplit(tx: SqlSession, split: NewSplit): Promise<void> {
  const paid = split.payments.reduce((sum, { debtZat, partZat }) => sum + debtZat + partZat, 0n);
  if (paid > split.valueZat) {
    throw new RangeError(
      `Cannot divide a coinbase: ${paid} zatoshis of ${split.valueZat} are paid`,
    );
  }
  const held = await holders(tx);
  const same = held.length === split.beside.length &&
    held.every((hash, index) => equalBytes(hash, split.beside[index] ?? new Uint8Array(0)));
  if (!same || !await available(tx, split.payments)) {
    throw new StorageError("busy", "Cannot divide a coinbase: the ledger has moved meanwhile");
  }
  const [row] = await tx.query(
    `INSERT INTO coinbase_split
       (coinbase_txid, parent, height, epoch, through_share, network_target, value_zat, beside)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [
      split.coinbaseTxid,
      split.parent,
      split.height,
      split.epoch,
      split.throughShare,
      u256ToLe(split.networkTarget),
      split.valueZat,
      joined(split.beside),
    ],
  );
  const id = row?.id as bigint;
  await insertRows(
    tx,
    "coinbase_payee (split, miner_id, place, debt_zat, part_zat)",
    split.payments.map(({ minerId, debtZat, partZat }, place) => [
      id,
      minerId,
      place,
      debtZat,
      partZat,
    ]),
    "",
  );
}

/** The split of a coinbase; undefined when it is none of the pool's. */
export async function splitOf(
  tx: SqlSession,
  coinbaseTxid: Uint8Array | undefined,
): Promise<StoredSplit | undefined> {
  if (coinbaseTxid === undefined) return undefined;
  const [row] = await tx.query(
    `SELECT id, parent, height, epoch, through_share, network_target, value_zat, beside
     FROM coinbase_split WHERE coinbase_txid = $1`,
    [coinbaseTxid],
  );
  if (row === undefined) return undefined;
  const id = row.id as bigint;
  return {
    id,
    coinbaseTxid,
    parent: row.parent as Uint8Array,
    height: Number(row.height),
    epoch: row.epoch as bigint,
    throughShare: row.through_share as bigint,
    networkTarget: u256FromLe(row.network_target as Uint8Array),
    valueZat: row.value_zat as bigint,
    beside: parted(row.beside as Uint8Array),
    payments: await paymentsOf(tx, id),
  };
}

/** What a stored split pays, in the order of the outputs. */
export async function paymentsOf(tx: SqlSession, split: bigint): Promise<CoinbasePayment[]> {
  const rows = await tx.query(
    "SELECT miner_id, debt_zat, part_zat FROM coinbase_payee WHERE split = $1 ORDER BY place",
    [split],
  );
  return rows.map((row) => ({
    minerId: row.miner_id as string,
    debtZat: row.debt_zat as bigint,
    partZat: row.part_zat as bigint,
  }));
}

/** Splits that are removed in one transaction. */
const FORGOTTEN_MAX = 50;

/**
 * Ends what is open of lower heights, after the chain above was looked up: splits that a known block
 * has are closed, others are removed, since their jobs are dead. Nodes follow no reorganisation so deep.
 *
 * @returns whether there may be more: at most {@link FORGOTTEN_MAX} are removed.
 */
export async function forgetSplits(tx: SqlSession, below: number): Promise<boolean> {
  await tx.execute(
    `UPDATE coinbase_split SET closed = 1 WHERE closed = 0 AND height < $1
       AND EXISTS (SELECT 1 FROM block WHERE block.coinbase_txid = coinbase_split.coinbase_txid)`,
    [below],
  );
  const rows = await tx.query(
    `SELECT id FROM coinbase_split WHERE closed = 0 AND height < $1
       AND NOT EXISTS (SELECT 1 FROM block
         WHERE block.coinbase_txid = coinbase_split.coinbase_txid)
     ORDER BY height LIMIT ${FORGOTTEN_MAX}`,
    [below],
  );
  if (rows.length > 0) {
    const ids = rows.map((row) => row.id as bigint);
    const list = placeholders(1, ids.length);
    await tx.execute(`DELETE FROM coinbase_payee WHERE split IN ${list}`, ids);
    await tx.execute(`DELETE FROM coinbase_split WHERE id IN ${list}`, ids);
  }
  return rows.length === FORGOTTEN_MAX;
}

async function available(tx: SqlSession, payments: readonly CoinbasePayment[]): Promise<boolean> {
  const debts = payments.filter(({ debtZat }) => debtZat > 0n);
  if (debts.length === 0) return true;
  const rows = await tx.query(
    `SELECT owner, balance_zat FROM journal_account
     WHERE part = 'available' AND owner IN ${placeholders(1, debts.length)}`,
    debts.map(({ minerId }) => minerId),
  );
  const balances = new Map(rows.map((row) => [row.owner, row.balance_zat as bigint]));
  return debts.every(({ minerId, debtZat }) => debtZat <= (balances.get(minerId) ?? 0n));
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(32 * hashes.length);
  hashes.forEach((hash, index) => bytes.set(hash, 32 * index));
  return bytes;
}

function parted(bytes: Uint8Array): Uint8Array[] {
  return Array.from(
    { length: bytes.length / 32 },
    (_, index) => bytes.slice(32 * index, 32 * index + 32),
  );
}
