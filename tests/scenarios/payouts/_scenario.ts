import { type PayoutProgram, POOL_PROGRAM } from "../../support/payout_program.ts";
import { type Guard, wrongProgram } from "./_wrong_program.ts";

/** One of the cases that payments have to pass, and the guard that makes it pass. */
export interface Scenario {
  /** 1 to 36. */
  readonly number: number;
  readonly what: string;
  /** What the scenario proves; without it the scenario fails, which `test:guards` shows. */
  readonly guard: string;
  /**
   * @param guarded false runs the program without the guard.
   * @param databaseUrl an empty database, for scenarios of one world; SQLite without it.
   */
  readonly run: (guarded: boolean, databaseUrl?: string) => Promise<void> | void;
}

/** What a scenario's world is made with. */
export interface ScenarioWorld {
  readonly program: PayoutProgram;
  readonly databaseUrl?: string;
}

/** A scenario of the engine, whose guard is a statement of its text. */
export function engineScenario(
  number: number,
  what: string,
  guard: Guard,
  run: (on: ScenarioWorld) => Promise<void>,
): Scenario {
  return {
    ...{ number, what, guard },
    async run(guarded, databaseUrl) {
      const program = guarded ? POOL_PROGRAM : await wrongProgram(guard);
      await run({ program, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
    },
  };
}

/** The name of the scenario's test. */
export function testName({ number, what, guard }: Omit<Scenario, "run">): string {
  return `payout scenario ${String(number).padStart(2, "0")}: ${what} (guard: ${guard})`;
}
