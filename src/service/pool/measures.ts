import type { Clock } from "../../base/mod.ts";
import {
  addRuntimeMetrics,
  createMetrics,
  type PoolMetrics,
} from "../../platform/observability/mod.ts";
import { type Instruments, makeInstruments } from "./instruments.ts";
import type { Log } from "./log.ts";
import { RefusalNotice } from "./refusal_notice.ts";

/** All that is measured of a pool. */
export interface Measures {
  readonly metrics: PoolMetrics;
  readonly instruments: Instruments;
  /** What the log says of those that are refused something. */
  readonly refusals: RefusalNotice;
  close(): void;
}

/** Begins to measure: the runtime and the log at once, the rooms by their instruments. */
export function openMeasures(modules: { readonly clock: Clock; readonly log: Log }): Measures {
  const metrics = createMetrics();
  const close = addRuntimeMetrics(metrics.registry, modules.clock);
  modules.log.measureBy(metrics.registry);
  const instruments = makeInstruments(metrics);
  const refusals = new RefusalNotice({ clock: modules.clock, logger: modules.log.logger });
  return { metrics, instruments, refusals, close };
}
