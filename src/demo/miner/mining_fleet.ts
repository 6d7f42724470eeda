import type { MinerModules, MinerOptions, Solver } from "./interfaces.ts";
import type { MinerEvent } from "./miner_event.ts";
import { MiningClient } from "./mining_client.ts";
import { SolverTurns } from "./solver_turns.ts";

/** What the miners of a fleet share; the solver and the options may differ by miner. */
export interface FleetModules extends Omit<MinerModules, "solver" | "onEvent"> {
  /** Told of everything, with the index of the miner from 0. */
  readonly onEvent: (event: MinerEvent, miner: number) => void;
  /** The solver of a miner; miners that share one take turns. */
  readonly solverOf: (miner: number) => Solver;
}

/**
 * Runs several miners, each with a connection of its own, until the signal fires.
 *
 * @param optionsOf what miner `index` is told to be.
 * @throws what the first miner that fails throws, after the others have stopped.
 */
export async function runMiners(
  count: number,
  optionsOf: (index: number) => MinerOptions,
  modules: FleetModules,
  signal: AbortSignal,
): Promise<void> {
  const { connect, connectLines, clock, random } = modules;
  const solvers = new Map<Solver, Solver>();
  const solverOf = (index: number): Solver => {
    const solver = modules.solverOf(index);
    const turns = solvers.get(solver) ?? new SolverTurns(solver);
    solvers.set(solver, turns);
    return turns;
  };
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const runs = Array.from({ length: count }, async (_, index) => {
    const client = new MiningClient(optionsOf(index), {
      connect,
      connectLines,
      clock,
      random,
      solver: solverOf(index),
      onEvent: (event) => modules.onEvent(event, index),
    });
    try {
      await client.run(stop);
    } catch (error) {
      failed.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(runs);
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}
