/**
 * What a job may pay in its coinbase, as the ledger stands now. Computed ahead of the job; the ledger
 * checks it once more when it is written.
 *
 * @module
 */
import {
  type CoinbaseLimits,
  type CoinbasePayment,
  type CoinbaseRoom,
  divideCoinbase,
  PPM,
} from "../ledger/mod.ts";
import { type SqlDatabase, type SqlSession, StorageError } from "../../platform/database/mod.ts";
import type { BlockSettler } from "./block_settler.ts";
import { holders, type NewSplit } from "./coinbase_splits.ts";
import { lastEpoch } from "./epoch_rows.ts";
import type { MinerWork } from "./miner_work.ts";
import type { ShareReader } from "./share_reader.ts";

/** Whose block is divided. */
export interface PlannedJob {
  readonly networkTarget: bigint;
  /** Who has less due is not read; at least 1. */
  readonly minPayoutZat: bigint;
  /** What a payee's output takes of the block; undefined for who cannot or does not want to be paid so. */
  outputOf(minerId: string): CoinbaseRoom | undefined;
}

/** The part of a split that follows from the ledger. */
export interface SplitPlan extends Pick<NewSplit, "epoch" | "throughShare" | "beside"> {
  /** Divides a value by it. A lower value takes the plan of a higher one, never the other way. */
  divide(limits: Omit<CoinbaseLimits, "feeZat" | "minPayoutZat">): readonly CoinbasePayment[];
}

/** Who can be paid; all but the part is known before the value is. */
interface Candidate {
  readonly minerId: string;
  readonly debtZat: bigint;
  /** Work in the block's window. */
  readonly work: bigint;
  readonly waitingSinceMs: number;
  readonly output: CoinbaseRoom;
}

/** Payees that are read by one statement, which holds the event loop for some milliseconds. */
const CHUNK = 1_000;

/**
 * Reads what a job may pay, by all shares that are there.
 *
 * A part is rounded down: the block's own division gives at least that, whatever the value becomes,
 * and what it gives more is due later.
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
    const work = await settler.workAhead(tx, job, { epoch, through });
    let total = 0n;
    for (const each of work?.values() ?? []) total += each.work;
    const candidates = await candidatesOf(tx, job, work ?? new Map());
    return {
      ...{ epoch: epoch.number, throughShare: through, beside: await holders(tx) },
      divide(limits) {
        const feeZat = work === undefined
          ? 0n
          : limits.valueZat * BigInt(epoch.feePpm) / BigInt(PPM);
        const { minPayoutZat } = job;
        const payees = candidates.map(({ work, ...payee }) => ({
          ...payee,
          partZat: total === 0n ? 0n : (limits.valueZat - feeZat) * work / total,
        }));
        return divideCoinbase({ ...limits, feeZat, minPayoutZat }, payees).payments;
      },
    };
  });
}

/** Who was never paid waits longest. */
async function candidatesOf(
  tx: SqlSession,
  job: PlannedJob,
  work: ReadonlyMap<string, MinerWork>,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const known = new Set<string>();
  for (let after = "";;) {
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
      known.add(after);
      found.push({
        minerId: after,
        debtZat: row.balance_zat as bigint,
        work: work.get(after)?.work ?? 0n,
        waitingSinceMs: Number(row.paid_ms),
        output,
      });
    }
    if (rows.length < CHUNK) break;
  }
  for (const [minerId, { work: part }] of work) {
    const output = known.has(minerId) ? undefined : job.outputOf(minerId);
    if (output !== undefined) {
      found.push({ minerId, debtZat: 0n, work: part, waitingSinceMs: 0, output });
    }
  }
  return found;
}
