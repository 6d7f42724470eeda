/**
 * Runs the actions of a seed and, where something does not hold, finds the fewest of them that show
 * it.
 *
 * @module
 */
import { SCHEMES } from "../../src/money/ledger/epoch.ts";
import { act, type Action, actionsOf } from "./actions.ts";
import { SimWorld } from "./sim_world.ts";
import { Violation } from "./violation.ts";

/** What a run gave. */
export interface SimResult {
  readonly seed: number;
  readonly shares: number;
  readonly accepted: number;
  readonly starts: number;
  /** What did not hold. */
  readonly failure: Error | undefined;
  readonly actions: readonly Action[];
}

/** Runs of a failing list at the most while it is cut down. */
const SHRINK_RUNS_MAX = 400;

/** Runs the actions of a seed. */
export function simulate(seed: number, count: number): Promise<SimResult> {
  return runActions(seed, actionsOf(seed, count));
}

/** Runs a list of actions. @param seed decides the scheme, and what is shown. */
export async function runActions(seed: number, actions: readonly Action[]): Promise<SimResult> {
  const scheme = SCHEMES[seed % SCHEMES.length] ?? "pps";
  const world = await SimWorld.open(scheme);
  let failure: Error | undefined;
  // Enough to begin with, so that no run is without miners.
  const opening: Action[] = [
    { name: "connect sv2", a: 0, b: 0 },
    { name: "connect stratum", a: 1, b: 0 },
  ];
  try {
    for (const action of [...opening, ...actions]) {
      await act(world, action);
      world.check();
    }
    await world.end();
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
    await world.abandon();
  }
  return { seed, actions, failure, ...world.counts };
}

/** The failing actions of a result with everything left out that the failure does not need. */
export async function shrinkActions(result: SimResult): Promise<SimResult> {
  let shortest = result;
  let runs = 0;
  for (let size = shortest.actions.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < shortest.actions.length && runs < SHRINK_RUNS_MAX;) {
      runs++;
      const { actions } = shortest;
      const smaller = [...actions.slice(0, at), ...actions.slice(at + size)];
      const again = await runActions(result.seed, smaller);
      if (isSame(again.failure, result.failure)) shortest = again;
      else at += size;
    }
  }
  return shortest;
}

function isSame(a: Error | undefined, b: Error | undefined): boolean {
  if (a instanceof Violation && b instanceof Violation) return a.rule === b.rule;
  return a?.message === b?.message;
}
