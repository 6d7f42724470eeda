import { type SqlSession, StorageError } from "../../platform/database/mod.ts";
import type { SettledBlock } from "./block_settlement_rows.ts";
import {
  epochBefore,
  epochOfKind,
  epochOfShare,
  firstEpoch,
  type StoredEpoch,
} from "./epoch_rows.ts";

/** Longer than two processes that begin an epoch and write a share at one time can differ. */
const CLOCK_AHEAD_MS = 3_600_000;

/**
 * The terms of a block's finding. Before the first epoch every share was paid for at its acceptance,
 * so that such a block is the pool's. An epoch that begins long after the block whose share was
 * written under it tells that a clock was wrong (one that starts in 1970 would put the block before
 * all terms): the share counts then, whose row id no clock can move.
 *
 * Another process may have begun other terms while the one that found the block still ran with the
 * former: whether the share itself was paid for tells which of them the block belongs to.
 */
export async function epochOf(tx: SqlSession, block: SettledBlock): Promise<StoredEpoch> {
  const { foundAtMs, share, paidAtShares } = block;
  const byTime = await epochBefore(tx, foundAtMs);
  const byShare = share === undefined ? undefined : await epochOfShare(tx, share);
  const ahead = byShare !== undefined && byShare.fromMs > foundAtMs + CLOCK_AHEAD_MS;
  const epoch = ahead ? byShare : byTime ?? byShare ?? await epochBeforeAll(tx);
  const fits = ({ scheme }: StoredEpoch): boolean =>
    paidAtShares === undefined || (scheme === "pps") === paidAtShares;
  if (fits(epoch)) return epoch;
  if (byShare !== undefined && fits(byShare)) return byShare;
  const former = await epochOfKind(tx, epoch, paidAtShares === true);
  return former ?? (paidAtShares === true ? { ...epoch, scheme: "pps" } : epoch);
}

async function epochBeforeAll(tx: SqlSession): Promise<StoredEpoch> {
  const first = await firstEpoch(tx);
  if (first !== undefined) return { ...first, scheme: "pps" };
  throw new StorageError("busy", "Cannot divide a block: no epoch has begun");
}
