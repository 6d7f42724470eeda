/**
 * What a job may pay in its coinbase, as the ledger stands now. Computed ahead of the job; the ledger
 * checks it once more when it is written.
 *
 * @module
 */
import {
  byTurn,
  type CoinbaseLimits,
  type CoinbasePayee,
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
  readonly outputOf: (minerId: string) => CoinbaseRoom | undefined;
}

/** The part of a split that follows from the ledger. */
export interface SplitPlan extends Pick<NewSplit, "epoch" | "throughShare" | "beside"> {
  /** Divides a value by it. A lower value takes the plan of a higher one, never the other way. */
  divide(limits: Omit<CoinbaseLimits, "feeZat" | "minPayoutZat">): readonly CoinbasePayment[];
}

/** Who has something due, or work in the block's window; all but the part is known before the value. */
interface Candidate {
  readonly minerId: string;
  readonly debtZat: bigint;
  readonly work: bigint;
  readonly waitingSinceMs: number;
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
    const candidates = await candidatesOf(tx, work ?? new Map());
    return {
      ...{ epoch: epoch.number, throughShare: through, beside: await holders(tx) },
      divide(limits) {
        const feeZat = work === undefined
          ? 0n
          : limits.valueZat * BigInt(epoch.feePpm) / BigInt(PPM);
        const dividedZat = limits.valueZat - feeZat;
        const partOf = (work: bigint) => total === 0n ? 0n : dividedZat * work / total;
        const payees = firstInTurn(candidates, { ...job, partOf, payeesMax: limits.payeesMax });
        return divideCoinbase({ ...limits, feeZat, minPayoutZat: job.minPayoutZat }, payees)
          .payments;
      },
    };
  });
}

/**
 * As many as one coinbase can pay: parts are computed, and outputs asked for, no further than that.
 *
 * @param candidates in turn.
 */
function firstInTurn(
  candidates: readonly Candidate[],
  { minPayoutZat, payeesMax, outputOf, partOf }: PlannedJob & {
    readonly payeesMax: number;
    readonly partOf: (work: bigint) => bigint;
  },
): CoinbasePayee[] {
  const first: CoinbasePayee[] = [];
  for (const { work, ...payee } of candidates) {
    if (first.length >= payeesMax) break;
    const partZat = partOf(work);
    if (payee.debtZat + partZat < minPayoutZat) continue;
    const output = outputOf(payee.minerId);
    if (output !== undefined) first.push({ ...payee, partZat, output });
  }
  return first;
}

/** In turn; who was never paid waits longest. */
async function candidatesOf(
  tx: SqlSession,
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
      known.add(after);
      found.push({
        minerId: after,
        debtZat: row.balance_zat as bigint,
        work: work.get(after)?.work ?? 0n,
        waitingSinceMs: Number(row.paid_ms),
      });
    }
    if (rows.length < CHUNK) break;
  }
  for (const [minerId, { work: part }] of work) {
    if (!known.has(minerId)) found.push({ minerId, debtZat: 0n, work: part, waitingSinceMs: 0 });
  }
  return found.sort(byTurn);
}
