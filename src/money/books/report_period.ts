import type { SqlSession } from "../../platform/database/mod.ts";

/** A period by Unix milliseconds; shares and blocks are counted by the hours that begin in it. */
export interface ReportPeriod {
  readonly fromMs: number;
  /** Does not belong to the period. */
  readonly toMs: number;
}

/** All closed hours. */
export const ALL_TIME: ReportPeriod = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };

const HOUR_MS = 3_600_000;

/** The hours that begin in a period, as hours since 1970-01-01 (UTC). */
export function hoursOf({ fromMs, toMs }: ReportPeriod): { first: number; end: number } {
  return { first: Math.ceil(fromMs / HOUR_MS), end: Math.ceil(toMs / HOUR_MS) };
}

/**
 * Between which two moments (the second one does not belong to it) those blocks were found whose
 * shares the period's hours count: from the closing of the hour before to the closing of the last
 * one. Else luck would look too good by the blocks of an hour of which only a part belongs to it,
 * or which still runs.
 */
export async function closedSpan(tx: SqlSession, period: ReportPeriod): Promise<[number, number]> {
  const { first, end } = hoursOf(period);
  const [row] = await tx.query(
    `SELECT
       (SELECT closed_at_ms FROM share_hour WHERE hour < $1 ORDER BY hour DESC LIMIT 1) AS from_ms,
       (SELECT closed_at_ms FROM share_hour WHERE hour < $2 ORDER BY hour DESC LIMIT 1) AS to_ms`,
    [first, end],
  );
  return [Number(row?.from_ms ?? 0), Number(row?.to_ms ?? 0)];
}
