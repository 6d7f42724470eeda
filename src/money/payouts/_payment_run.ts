import type { PayoutControl } from "./tables/payout_rows.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import type { BatchDriver, DriveContext } from "./_batch_driver.ts";
import { hasPassed } from "./_elapsed.ts";
import { reservedFault } from "./reserved_fault.ts";
import type { RunPlanner } from "./_run_planner.ts";
import type { WalletHealth } from "./wallet_health.ts";
import type { Batch } from "./batch.ts";
import type { BatchBook } from "./batch_book.ts";
import type { PayoutEngineModules, PayoutEngineOptions } from "./engine_options.ts";
import { describePlan, type HeldBack } from "./payment_plan.ts";

/** New batches of one turn; the next turn goes on. */
const BATCHES_PER_TURN = 20;
/** Recipients put on hold in one run before payments pause: then it is not about them. */
const QUARANTINES_MAX = 5;

export interface PaymentRunParts {
  readonly options: PayoutEngineOptions;
  readonly modules: PayoutEngineModules;
  readonly book: BatchBook;
  readonly driver: BatchDriver;
  readonly planner: RunPlanner;
  /** Pauses payments until an operator resumes them. */
  alarm(reason: string): Promise<void>;
}

/** A payment run: opened when it is due, it pays batch after batch until nobody is left to pay. */
export class PaymentRun {
  readonly #parts: PaymentRunParts;
  #heldBack: readonly HeldBack[] = [];

  constructor(parts: PaymentRunParts) {
    this.#parts = parts;
  }

  /** Payees who wait although they are owed enough, as of the last plan. */
  get heldBack(): readonly HeldBack[] {
    return this.#heldBack;
  }

  /**
   * When the next run is due, in Unix milliseconds; 0 when it is due now.
   */
  dueMs({ runRequested, lastRunMs }: PayoutControl): number {
    const { options: { intervalMs: ms }, modules: { clock } } = this.#parts;
    const isDue = runRequested || hasPassed(clock.now(), { sinceMs: lastRunMs, ms });
    return isDue ? 0 : lastRunMs + ms;
  }

  /** Opens a run when one is due, and goes on with the open one as far as one turn goes. */
  async advance(
    context: DriveContext,
    control: PayoutControl,
    health: WalletHealth & { healthy: true },
  ): Promise<void> {
    const { modules: { database, store, wallet }, driver } = this.#parts;
    const run = control.runOpen ? control.run : await this.#open(context, control);
    if (run === undefined) return;
    for (let count = 0; count < BATCHES_PER_TURN; count++) {
      const identity = wallet?.identity ?? "";
      if (await database.read((tx) => store.batches.walletOccupied(tx, identity))) return;
      if ((await database.read((tx) => store.control.read(tx))).paused) return;
      const batch = await this.#reserveNext(run, context, health);
      if (batch === undefined) {
        await this.#asPayer(context.token, (tx) => store.control.closeRun(tx));
        return;
      }
      await driver.advance(batch, context);
    }
  }

  /** The number of the new run; undefined while none is due, or the books forbid it. */
  async #open({ token }: DriveContext, control: PayoutControl): Promise<number | undefined> {
    const { clock, store, logger } = this.#parts.modules;
    if (clock.now() < this.dueMs(control) || !await this.#sumsHold()) return undefined;
    const run = control.run + 1;
    await this.#asPayer(token, (tx) => store.control.openRun(tx, run, clock.now()));
    logger.log("info", "payout_run", "payment run started", { run });
    return run;
  }

  async #reserveNext(
    run: number,
    context: DriveContext,
    health: WalletHealth & { healthy: true },
  ): Promise<Batch | undefined> {
    const { book, modules, options, planner } = this.#parts;
    const by = { kind: "payer", token: context.token } as const;
    const origin = { mode: "zallet", wallet: modules.wallet?.identity ?? "", run } as const;
    if (await this.#tooManyHeld(run)) return undefined;
    const half = await planner.nextHalf(run);
    if (half !== undefined) {
      const { plan, ...place } = half;
      return await book.reserve(plan, { ...origin, ...place }, by);
    }
    const plan = await planner.plan(run, health);
    this.#heldBack = plan.heldBack;
    if (options.dryRun === true) {
      for (const line of describePlan(plan)) {
        modules.logger.log("info", "payout_dry_run", line, { run });
      }
      return undefined;
    }
    const [next] = plan.batches;
    if (next === undefined) return undefined;
    const checked = await planner.withoutInvalid(next);
    // All of it was put on hold: the next plan is without them.
    if (checked.payouts.length === 0) return await this.#reserveNext(run, context, health);
    return await book.reserve(checked, origin, by);
  }

  /** When the wallet refuses one recipient after the other, it is not about them. */
  async #tooManyHeld(run: number): Promise<boolean> {
    const { database, store } = this.#parts.modules;
    const refused = await database.read((tx) => store.batches.refusedAlone(tx, run));
    if (refused <= QUARANTINES_MAX) return false;
    await this.#parts.alarm(
      `the wallet has refused ${refused} recipients of run ${run} one by one`,
    );
    return true;
  }

  /** The reserved accounts have to be what live payouts hold; else money stops. */
  async #sumsHold(): Promise<boolean> {
    const { alarm, modules } = this.#parts;
    const fault = await reservedFault(modules);
    if (fault === undefined) return true;
    modules.metrics.invariantViolations.increment();
    await alarm(fault);
    return false;
  }

  async #asPayer(token: number, work: (tx: SqlSession) => Promise<void>): Promise<void> {
    const { book, modules } = this.#parts;
    await modules.database.transaction(async (tx) => {
      await book.prove(tx, { kind: "payer", token });
      await work(tx);
    });
  }
}
