/**
 * What a job may pay in its coinbase, as the ledger stands now. Computed ahead of the job; the ledger
 * checks it once more when it is written.
 *
 * @module
 */
import {
  type CoinbaseLimits,
  type CoinbasePayee,
  type CoinbaseRoom,
  divideCoinbase,
} from "../ledger/mod.ts";
import { type SqlDatabase, type SqlSession, StorageError } from "../../platform/database/mod.ts";
import type { BlockSettler } from "./block_settler.ts";
import { holders, type NewSplit, splitOf } from "./coinbase_splits.ts";
import { lastEpoch } from "./epoch_rows.ts";
import type { ShareReader } from "./share_reader.ts";

/** What is divided, and within what. */
export interface PlannedJob extends Omit<CoinbaseLimits, "feeZat"> {
  readonly networkTarget: bigint;
  /** What a payee's output takes of the block; undefined for who cannot or does not want to be paid so. */
  outputOf(minerId: string): CoinbaseRoom | undefined;
}

/** The part of a split that follows from the ledger. */
export type SplitPlan = Pick<NewSplit, "epoch" | "throughShare" | "beside" | "payments">;

/** Payees that are read by one statement. */
const CHUNK = 2_000;

/**
 * Whether every block of a chain that is the pool's own holds its debts or has paid them. Until then
 * a job on its tip pays no debts: an own block that is not settled may pay the same ones.
 *
 * @param chain at least the blocks up to the parent that the pool may have found since those before
 * were seen settled.
 */
export async function isSettled(
  tx: SqlSession,
  chain: readonly { readonly hash: Uint8Array; readonly coinbaseTxid?: Uint8Array }[],
): Promise<boolean> {
  for (const { hash, coinbaseTxid } of chain) {
    if (await splitOf(tx, coinbaseTxid) === undefined) continue;
    const [row] = await tx.query("SELECT state FROM coinbase_payment WHERE hash = $1", [hash]);
    if (row?.state !== "set-aside" && row?.state !== "paid") return false;
  }
  return true;
}

/**
 * Divides the value of a job among those who can be paid, by all shares that are there.
 *
 * @throws {StorageError} `busy` before the first terms, or when more blocks hold debts than can.
 */
export async function planSplit(
  job: PlannedJob,
  { database, reader, settler }: {
    readonly database: SqlDatabase;
    readonly reader: ShareReader;
    readonly settler: BlockSettler;
  },
): Promise<SplitPlan> {
  const through = await reader.watermark();
  return await database.read(async (tx) => {
    const epoch = await lastEpoch(tx);
    if (epoch === undefined) {
      throw new StorageError("busy", "Cannot divide a coinbase: no epoch has begun");
    }
    const ahead = await settler.partsAhead(tx, job, { epoch, through });
    const parts = new Map(ahead?.parts.map(({ minerId, amountZat }) => [minerId, amountZat]));
    const payees = await payeesOf(tx, job, parts);
    const { payments } = divideCoinbase({ ...job, feeZat: ahead?.feeZat ?? 0n }, payees);
    return { epoch: epoch.number, throughShare: through, beside: await holders(tx), payments };
  });
}

/** Who was never paid waits longest. */
async function payeesOf(
  tx: SqlSession,
  job: PlannedJob,
  parts: ReadonlyMap<string, bigint>,
): Promise<CoinbasePayee[]> {
  const payees: CoinbasePayee[] = [];
  let after = "";
  for (;;) {
    const rows = await tx.query(
      `SELECT owner, balance_zat, coalesce(at_ms, 0) AS paid_ms FROM journal_account
       LEFT JOIN payout_last ON payout_last.miner_id = owner
       WHERE part = 'available' AND owner > $1 ORDER BY owner LIMIT ${CHUNK}`,
      [after],
    );
    for (const row of rows) {
      after = row.owner as string;
      const output = job.outputOf(after);
      if (output === undefined) continue;
      const waitingSinceMs = Number(row.paid_ms);
      const debtZat = row.balance_zat as bigint;
      payees.push({
        minerId: after,
        debtZat,
        partZat: parts.get(after) ?? 0n,
        waitingSinceMs,
        output,
      });
    }
    if (rows.length < CHUNK) break;
  }
  const known = new Set(payees.map(({ minerId }) => minerId));
  for (const [minerId, partZat] of parts) {
    const output = known.has(minerId) ? undefined : job.outputOf(minerId);
    if (output !== undefined) {
      payees.push({ minerId, debtZat: 0n, partZat, waitingSinceMs: 0, output });
    }
  }
  return payees;
}
