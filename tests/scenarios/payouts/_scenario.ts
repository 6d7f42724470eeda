import type { PayoutGuards } from "../../../src/money/payouts/guards.ts";

/** One of the cases that payments have to pass, and the guard that makes it pass. */
export interface Scenario {
  /** 1 to 36. */
  readonly number: number;
  readonly what: string;
  /** What the scenario proves; without it the scenario fails, which `test:guards` shows. */
  readonly guard: string;
  /**
   * @param guarded false switches the guard off.
   * @param databaseUrl an empty database, for scenarios of one world; SQLite without it.
   */
  readonly run: (guarded: boolean, databaseUrl?: string) => Promise<void> | void;
}

/** What a scenario's world is made with. */
export interface ScenarioWorld {
  readonly off: readonly (keyof PayoutGuards)[];
  readonly databaseUrl?: string;
}

/** A scenario of the engine, whose guards are switched by its options. */
export function engineScenario(
  number: number,
  what: string,
  guard: keyof PayoutGuards,
  run: (on: ScenarioWorld) => Promise<void>,
): Scenario {
  return {
    ...{ number, what, guard },
    run: (guarded, databaseUrl) =>
      run({ off: guarded ? [] : [guard], ...(databaseUrl === undefined ? {} : { databaseUrl }) }),
  };
}

/** The name of the scenario's test. */
export function testName({ number, what, guard }: Omit<Scenario, "run">): string {
  return `payout scenario ${String(number).padStart(2, "0")}: ${what} (guard: ${guard})`;
}
