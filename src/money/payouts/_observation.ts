import type { PayoutControl } from "./tables/payout_rows.ts";
import { BATCH_STATE_KINDS } from "./batch_state.ts";
import type { PayoutEngineModules } from "./engine_options.ts";

/** What the database says at the end of a turn. */
export interface Observation {
  readonly control: PayoutControl;
  /** Batches that are not final, by their state. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Reads how payments stand and shows it in the metrics. */
export async function observe(
  { database, store, metrics, clock }: Pick<
    PayoutEngineModules,
    "database" | "store" | "metrics" | "clock"
  >,
): Promise<Observation> {
  // A moment of a clock that was ahead is no age.
  const age = (sinceMs: number): number => Math.max(0, clock.now() - sinceMs) / 1_000;
  const { control, counts, oldest, held, reserved } = await database.read(async (tx) => ({
    control: await store.control.read(tx),
    counts: await store.batches.stateCounts(tx),
    oldest: (await store.batches.live(tx, 1)).at(0),
    held: await store.holds.all(tx),
    reserved: await store.payouts.reservedTotal(tx),
  }));
  const { lastSettledMs } = control;
  for (const kind of BATCH_STATE_KINDS) metrics.batches[kind].set(counts.get(kind) ?? 0);
  metrics.reservedZat.set(Number(reserved));
  metrics.heldPayees.set(held.length);
  metrics.oldestBatchSeconds.set(oldest === undefined ? 0 : age(oldest.createdAtMs));
  metrics.sinceSettledSeconds.set(lastSettledMs === 0 ? 0 : age(lastSettledMs));
  return { control, counts };
}
