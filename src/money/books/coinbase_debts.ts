/**
 * Debts on their way through a block's coinbase: set aside when the block is credited, given up for a
 * rival that holds the best chain or when the block is orphaned, paid when it is mature.
 *
 * Two blocks cannot both be in one chain when each pays what the other one pays. A split names the
 * blocks beside which it was computed: of two blocks of which neither names the other, one is a rival,
 * and the one that is seen in the best chain takes the debts.
 *
 * @module
 */
import { displayHash, equalBytes } from "../../base/mod.ts";
import {
  coinbasePaid,
  debtsGivenUp,
  debtsSetAside,
  type JournalEntry,
  type PostedBlock,
} from "../ledger/mod.ts";
import { insertRows, type SqlSession } from "../../platform/database/mod.ts";
import { holders, splitOf, type StoredSplit } from "./coinbase_splits.ts";
import { postEntry } from "./journal_rows.ts";

/** A block as its debts are kept. */
interface DebtBlock {
  readonly hash: Uint8Array;
  readonly atMs: number;
}

interface Payment {
  readonly state: "set-aside" | "given-up" | "paid";
  readonly round: number;
}

/** The block is in the best chain: it holds its debts, in place of its rivals. */
export async function holdDebts(
  tx: SqlSession,
  block: DebtBlock,
  split: StoredSplit,
): Promise<void> {
  const former = await paymentOf(tx, block.hash);
  if (former !== undefined && former.state !== "given-up") return;
  for (const rival of await rivalsOf(tx, block, split)) await giveUpDebts(tx, rival);
  const round = (former?.round ?? 0) + 1;
  await tx.execute(
    `INSERT INTO coinbase_payment (hash, split, state, round) VALUES ($1, $2, 'set-aside', $3)
     ON CONFLICT (hash) DO UPDATE SET state = excluded.state, round = excluded.round`,
    [block.hash, split.id, round],
  );
  await post(tx, debtsSetAside(posted(block), split.payments, round));
}

/** The block is off the best chain; nothing happens when it holds no debts. */
export async function giveUpDebts(tx: SqlSession, block: DebtBlock): Promise<void> {
  const payment = await paymentOf(tx, block.hash);
  if (payment?.state !== "set-aside") return;
  await tx.execute("UPDATE coinbase_payment SET state = 'given-up' WHERE hash = $1", [block.hash]);
  const split = await splitOfBlock(tx, block.hash);
  await post(tx, debtsGivenUp(posted(block), split?.payments ?? [], payment.round));
}

/** The block is mature, and that is posted: its outputs are payments. */
export async function payDebts(
  tx: SqlSession,
  block: DebtBlock,
  split: StoredSplit,
): Promise<void> {
  await holdDebts(tx, block, split);
  const payment = await paymentOf(tx, block.hash);
  if (payment?.state !== "set-aside") return;
  await tx.execute("UPDATE coinbase_payment SET state = 'paid' WHERE hash = $1", [block.hash]);
  await post(tx, coinbasePaid(posted(block), split.payments));
  await writePayouts(tx, block, split);
}

/** The split of a block's coinbase; undefined for one that pays the pool's address alone. */
export async function splitOfBlock(
  tx: SqlSession,
  hash: Uint8Array,
): Promise<StoredSplit | undefined> {
  const [row] = await tx.query("SELECT coinbase_txid FROM block WHERE hash = $1", [hash]);
  return await splitOf(tx, (row?.coinbase_txid ?? undefined) as Uint8Array | undefined);
}

async function rivalsOf(
  tx: SqlSession,
  { hash, atMs }: DebtBlock,
  split: StoredSplit,
): Promise<DebtBlock[]> {
  const names = (list: readonly Uint8Array[], one: Uint8Array): boolean =>
    list.some((other) => equalBytes(other, one));
  const rivals: DebtBlock[] = [];
  for (const holder of await holders(tx)) {
    if (names(split.beside, holder)) continue;
    const other = await splitOfBlock(tx, holder);
    if (other !== undefined && !names(other.beside, hash)) rivals.push({ hash: holder, atMs });
  }
  return rivals;
}

async function paymentOf(tx: SqlSession, hash: Uint8Array): Promise<Payment | undefined> {
  const [row] = await tx.query("SELECT state, round FROM coinbase_payment WHERE hash = $1", [hash]);
  return row === undefined
    ? undefined
    : { state: row.state as Payment["state"], round: Number(row.round) };
}

/** The numbers of payouts by transactions and by coinbases are one sequence. */
async function writePayouts(
  tx: SqlSession,
  { hash, atMs }: DebtBlock,
  { coinbaseTxid, payments }: StoredSplit,
): Promise<void> {
  const [row] = await tx.query(
    `SELECT coalesce(max(number), 0) AS last FROM (
       SELECT max(number) AS number FROM payout
       UNION ALL SELECT max(number) FROM coinbase_payout
     ) AS numbers`,
  );
  const last = row?.last as bigint;
  const txid = displayHash(coinbaseTxid);
  await insertRows(
    tx,
    "coinbase_payout (number, hash, miner_id, amount_zat, txid, at_ms)",
    payments.map(({ minerId, debtZat, partZat }, index) => [
      last + BigInt(index + 1),
      hash,
      minerId,
      debtZat + partZat,
      txid,
      atMs,
    ]),
    "",
  );
  await insertRows(
    tx,
    "payout_last (miner_id, at_ms)",
    payments.map(({ minerId }) => [minerId, atMs]),
    "ON CONFLICT (miner_id) DO UPDATE SET at_ms = excluded.at_ms",
  );
}

function posted({ hash, atMs }: DebtBlock): PostedBlock {
  return { hash: displayHash(hash), atMs };
}

async function post(tx: SqlSession, entry: JournalEntry | undefined): Promise<void> {
  if (entry !== undefined) await postEntry(tx, entry);
}
