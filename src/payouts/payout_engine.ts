import { PoolError, reasonOf, sleep } from "../base/mod.ts";
import { JournalError } from "../ledger/mod.ts";
import { type PayoutControl, type SqlSession, StorageError } from "../storage/mod.ts";
import { BatchDriver, type DriveContext } from "./_batch_driver.ts";
import { FeePoster } from "./_fee_poster.ts";
import { RunPlanner } from "./_run_planner.ts";
import { observe } from "./_observation.ts";
import { reservedFault } from "./_reserved_fault.ts";
import { SettledWatch } from "./_settled_watch.ts";
import { Shielding } from "./_shielding.ts";
import { TransactionWatch } from "./_transaction_watch.ts";
import { UnknownResolver } from "./_unknown_resolver.ts";
import { WalletGate, type WalletHealth } from "./_wallet_gate.ts";
import { type Batch, BatchBook } from "./batch_book.ts";
import type { ChainTip } from "./chain_port.ts";
import {
  LIVE_BATCHES_MAX,
  type PayoutEngineModules,
  type PayoutEngineOptions,
} from "./engine_options.ts";
import { CallError, PayoutError } from "./errors.ts";
import { ALL_GUARDS, type PayoutGuards } from "./guards.ts";
import { LEASE_MS, PayerLease } from "./payer_lease.ts";
import { describePlan, type HeldBack, type PaymentPlan } from "./payment_plan.ts";

/** What the last turn saw; for status pages. */
export interface PayoutStatus {
  readonly role: "payer" | "standby";
  readonly paused: boolean;
  readonly pausedReason: string;
  /** Why the wallet cannot be paid from; undefined while it can. */
  readonly walletTrouble: string | undefined;
  /** Batches that are not final. */
  readonly liveBatches: number;
  readonly unknownBatches: number;
  /** Payees who wait although they are owed enough, as of the last plan. */
  readonly heldBack: readonly HeldBack[];
  readonly shieldingBacklogZat: bigint;
  /** Unix milliseconds; when the next run is due. Undefined with an external payer, who decides. */
  readonly nextRunMs: number | undefined;
  readonly lastSettledMs: number;
}

/** New batches of one turn; the next turn goes on. */
const BATCHES_PER_TURN = 20;
/** Recipients put on hold in one run before a person has to look: then it is not about them. */
const QUARANTINES_MAX = 5;
/** Reasons to pause that are told until payments go on; more would be one fault in many forms. */
const ALARMS_MAX = 100;
/** Between two turns while something is on its way, and while nothing is. */
const BUSY_MS = 2_000;
const IDLE_MS = 10_000;

/**
 * Pays what is due. One turn after the other it renews its right to pay, drives every live batch as
 * far as it goes, shields coinbase, and opens a run when one is due; all that it knows stands in the
 * database, so that it can end at any point and another process goes on.
 */
export class PayoutEngine {
  readonly #options: PayoutEngineOptions;
  readonly #modules: PayoutEngineModules;
  readonly #guards: PayoutGuards;
  readonly #lease: PayerLease;
  readonly #book: BatchBook;
  readonly #driver: BatchDriver;
  readonly #planner: RunPlanner;
  readonly #gate: WalletGate | undefined;
  readonly #shielding: Shielding | undefined;
  readonly #settled: SettledWatch;
  readonly #fees: FeePoster;
  #status: PayoutStatus;
  #turning: Promise<void> | undefined;
  /** Number of the batch that the last turn ended with; 0 when it came to the end. */
  #drivenTo = 0;
  /** Why payments pause, while they do; each is said once. */
  readonly #alarms = new Set<string>();

  constructor(options: PayoutEngineOptions, modules: PayoutEngineModules) {
    const guards = options.guards ?? ALL_GUARDS;
    const { wallet, chain, clock, logger, metrics, database, store, ledger } = modules;
    const { settleDepth } = options;
    this.#options = options;
    this.#modules = modules;
    this.#guards = guards;
    this.#lease = new PayerLease(modules);
    this.#book = new BatchBook({ ...modules, journal: ledger, guards });
    const watch = new TransactionWatch({ chain, wallet, settleDepth, guards });
    const isTaken = (txid: string, batch: string): Promise<boolean> =>
      database.read(async (tx) =>
        (await store.attempts.ownersOf(tx, txid)).some((owner) => owner !== batch)
      );
    const resolver = wallet &&
      new UnknownResolver({ wallet, watch, clock, logger, settleDepth, guards, isTaken });
    this.#driver = new BatchDriver({
      ...{ book: this.#book, database, store, wallet, chain, watch, resolver },
      ...{ clock, logger, metrics, guards },
      isPayer: () => this.#lease.token !== undefined || !guards.fencing,
      whileWorking: (work) => this.#whileWorking(work),
      alarm: (reason) => this.#pause(reason),
    });
    this.#settled = new SettledWatch({
      ...{ book: this.#book, chain, clock, logger, metrics },
      alarm: (reason) => this.#pause(reason),
    });
    this.#fees = new FeePoster({ book: this.#book, database, store, wallet, metrics });
    this.#planner = new RunPlanner(options, modules);
    this.#gate = wallet && new WalletGate({ wallet, chain, metrics, guards });
    if (wallet !== undefined && options.shieldingLimit !== undefined) {
      const parts = { database, store, book: this.#book, wallet, clock, logger, metrics };
      this.#shielding = new Shielding(options.shieldingLimit, parts);
    }
    this.#status = {
      role: "standby",
      paused: false,
      pausedReason: "",
      walletTrouble: undefined,
      liveBatches: 0,
      unknownBatches: 0,
      heldBack: [],
      shieldingBacklogZat: 0n,
      nextRunMs: undefined,
      lastSettledMs: 0,
    };
  }

  /** What the last turn saw. */
  get status(): PayoutStatus {
    return this.#status;
  }

  /** Takes turns until the signal fires, then gives the right to pay back. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#modules;
    while (!signal.aborted) {
      try {
        await this.turn();
      } catch (thrown) {
        // Whatever went wrong, the mining goes on; what was not committed is tried again.
        logger.log("error", "payouts_failed", "A turn of the payments failed.", {
          reason: reasonOf(thrown),
        });
      }
      const busy = this.#status.liveBatches > 0;
      await sleep(clock, busy ? BUSY_MS : IDLE_MS, signal);
    }
    try {
      await this.#lease.release();
    } catch (thrown) {
      logger.log("warn", "payouts_failed", "The right to pay was not given back.", {
        reason: reasonOf(thrown),
      });
    }
  }

  /** Gives the right to pay back, for a process that ends or was used for one command. */
  async release(): Promise<void> {
    await this.#lease.release();
  }

  /**
   * One turn; joined when one is under way. Rejects with what the database reports; then nothing
   * more is done in this turn.
   */
  turn(): Promise<void> {
    this.#turning ??= this.#turn().finally(() => this.#turning = undefined);
    return this.#turning;
  }

  async #turn(): Promise<void> {
    const { metrics, chain, database, store, logger } = this.#modules;
    const token = await this.#lease.hold();
    metrics.payer.set(token === undefined ? 0 : 1);
    if (token === undefined) {
      this.#status = { ...this.#status, role: "standby" };
      return;
    }
    let tip: ChainTip;
    try {
      tip = await chain.tip();
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      logger.log("warn", "payouts_wait", "Our nodes do not tell the chain: payments wait.", {
        reason: thrown.message,
      });
      return;
    }
    const control = await database.read((tx) => store.control.read(tx));
    if (!control.paused) this.#alarms.clear();
    const health = await this.#gate?.look(tip);
    const wallet = health?.well === true ? health : undefined;
    const context: DriveContext = { token, tip, paused: control.paused, wallet };
    try {
      await this.#work(context, control, health);
    } catch (thrown) {
      await this.#failed(thrown);
    } finally {
      await this.#observe(health);
    }
  }

  /** What a run would pay now; changes nothing. */
  async dryRun(): Promise<PaymentPlan> {
    const { chain, database, store } = this.#modules;
    if (this.#gate === undefined) {
      throw new PayoutError(
        "refused",
        'Cannot plan a run: no wallet of this pool pays, only with payout.wallet = "zallet"',
      );
    }
    const health = await this.#gate.look(await chain.tip());
    if (!health.well) throw new PayoutError("refused", `Cannot plan a run: ${health.trouble}`);
    const { run } = await database.read((tx) => store.control.read(tx));
    return await this.#planner.plan(run + 1, health);
  }

  async #work(
    context: DriveContext,
    control: PayoutControl,
    health: WalletHealth | undefined,
  ): Promise<void> {
    const sound = await this.#driveAll(context);
    const fees = { token: context.token, askWallet: context.wallet !== undefined };
    for (const row of await this.#fees.due()) {
      await this.#tolerant(() => this.#fees.post(row, fees));
    }
    await this.#tolerant(() => this.#settled.look(context.tip));
    if (!sound || (control.paused && this.#guards.pause) || health?.well !== true) return;
    await this.#tolerant(() => this.#shielding?.turn(context.token));
    await this.#tolerant(() => this.#advanceRun(context, control, health));
  }

  /**
   * Drives a piece of the live batches. One that cannot go on stops no other one that is on its way,
   * but nothing new is sent beside it.
   *
   * @returns false when there is such a one.
   */
  async #driveAll(context: DriveContext): Promise<boolean> {
    const { batches, damaged, next } = await this.#book.driven(this.#drivenTo, LIVE_BATCHES_MAX);
    this.#drivenTo = next;
    for (const fault of damaged) await this.#failed(fault);
    let sound = damaged.length === 0;
    for (const batch of batches) {
      try {
        await this.#driver.advance(batch, sound ? context : { ...context, paused: true });
      } catch (thrown) {
        if (thrown instanceof PayoutError && thrown.code === "fenced") throw thrown;
        const fault = thrown instanceof PoolError ? thrown : undrivable(batch, thrown);
        await this.#failed(fault);
        sound = false;
      }
    }
    return sound;
  }

  /** Opens a run when one is due, and pays batch after batch of an open one. */
  async #advanceRun(
    context: DriveContext,
    control: PayoutControl,
    health: WalletHealth & { well: true },
  ): Promise<void> {
    const { clock, database, store, logger } = this.#modules;
    let { run } = control;
    if (!control.runOpen) {
      if (clock.now() < this.#runDueMs(control) || !await this.#sumsHold()) return;
      run += 1;
      await this.#asPayer(context.token, (tx) => store.control.openRun(tx, run, clock.now()));
      logger.log("info", "payout_run", "A payment run begins.", { run });
    }
    for (let count = 0; count < BATCHES_PER_TURN; count++) {
      const wallet = this.#modules.wallet?.identity ?? "";
      if (await database.read((tx) => store.batches.walletOccupied(tx, wallet))) return;
      if ((await database.read((tx) => store.control.read(tx))).paused && this.#guards.pause) {
        return;
      }
      const batch = await this.#reserveNext(run, context, health);
      if (batch === undefined) {
        await this.#asPayer(context.token, (tx) => store.control.closeRun(tx));
        return;
      }
      await this.#driver.advance(batch, context);
    }
  }

  async #reserveNext(
    run: number,
    context: DriveContext,
    health: WalletHealth & { well: true },
  ): Promise<Batch | undefined> {
    const { token } = context;
    const by = { kind: "payer", token } as const;
    const origin = { mode: "zallet", wallet: this.#modules.wallet?.identity ?? "", run } as const;
    if (this.#guards.bisection) {
      if (await this.#tooManyHeld(run)) return undefined;
      const half = await this.#planner.nextHalf(run);
      if (half !== undefined) {
        const { plan, ...place } = half;
        return await this.#book.reserve(plan, { ...origin, ...place }, by);
      }
    }
    const plan = await this.#planner.plan(run, health);
    this.#status = { ...this.#status, heldBack: plan.heldBack };
    if (this.#options.dryRun === true) {
      const { logger } = this.#modules;
      for (const line of describePlan(plan)) logger.log("info", "payout_dry_run", line, { run });
      return undefined;
    }
    const [next] = plan.batches;
    if (next === undefined) return undefined;
    const checked = await this.#planner.withoutInvalid(next);
    // All of it was put on hold: the next plan is without them.
    if (checked.payouts.length === 0) return await this.#reserveNext(run, context, health);
    return await this.#book.reserve(checked, origin, by);
  }

  /** When the wallet refuses one recipient after the other, it is not about them. */
  async #tooManyHeld(run: number): Promise<boolean> {
    const { database, store } = this.#modules;
    const refused = await database.read((tx) => store.batches.refusedAlone(tx, run));
    if (refused <= QUARANTINES_MAX) return false;
    await this.#pause(`the wallet has refused ${refused} recipients of run ${run} one by one`);
    return true;
  }

  /** The reserved accounts have to be what live payouts hold; else money stops. */
  async #sumsHold(): Promise<boolean> {
    if (!this.#guards.invariantCheck) return true;
    const fault = await reservedFault(this.#modules);
    if (fault === undefined) return true;
    this.#modules.metrics.invariantViolations.increment();
    await this.#pause(fault);
    return false;
  }

  async #asPayer(
    token: number,
    work: (tx: SqlSession) => Promise<void>,
  ): Promise<void> {
    await this.#modules.database.transaction(async (tx) => {
      await this.#book.prove(tx, { kind: "payer", token });
      await work(tx);
    });
  }

  /** The wallet or node may fail at any call; what was to be done is done in a later turn. */
  async #tolerant(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof CallError)) throw thrown;
      this.#modules.logger.log(
        "warn",
        "payouts_wait",
        "The wallet or node failed: payments wait.",
        {
          reason: thrown.message,
        },
      );
    }
  }

  /** Another payer is no failure; a fault of the money is, and stops it. */
  async #failed(thrown: unknown): Promise<void> {
    if (thrown instanceof PayoutError && (thrown.code === "fenced" || thrown.code === "changed")) {
      this.#modules.logger.log("warn", "payouts_wait", thrown.message);
      return;
    }
    const broken = thrown instanceof StorageError && thrown.code === "constraint";
    if (broken || thrown instanceof JournalError || thrown instanceof PayoutError) {
      this.#modules.metrics.invariantViolations.increment();
      await this.#pause(`a payment could not be booked: ${thrown.message}`);
      return;
    }
    throw thrown;
  }

  async #pause(reason: string): Promise<void> {
    const { database, store, clock, logger } = this.#modules;
    const atMs = clock.now();
    if (this.#alarms.size < ALARMS_MAX && !this.#alarms.has(reason)) {
      logger.log("error", "payouts_paused", `Payments pause: ${reason}.`);
      this.#alarms.add(reason);
    }
    await database.transaction(async (tx) => {
      // What keeps them paused comes with every turn, and is kept once.
      if (!await store.control.pause(tx, { actor: "payer", reason, atMs })) return;
      await store.trail.appendAction(tx, {
        atMs,
        actor: "payer",
        action: "pause",
        subject: "",
        reason,
      });
    });
  }

  /** Renews the right to pay while the wallet makes proofs, which can take minutes. */
  async #whileWorking<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#modules;
    let ended = false;
    let cancel = (): void => {};
    const renew = (): void => {
      cancel = clock.after(LEASE_MS / 6, () => {
        this.#lease.hold().catch(() => {}).finally(() => ended || renew());
      });
    };
    renew();
    try {
      return await work();
    } finally {
      ended = true;
      cancel();
    }
  }

  #nextRunMs(control: PayoutControl): number | undefined {
    if (this.#gate === undefined) return undefined;
    return Math.max(this.#modules.clock.now(), this.#runDueMs(control));
  }

  /** A run that began more than an interval ahead was begun by a clock that was wrong. */
  #runDueMs({ runRequested, lastRunMs }: PayoutControl): number {
    const { intervalMs } = this.#options;
    const ahead = lastRunMs - this.#modules.clock.now() > intervalMs;
    return runRequested || ahead ? 0 : lastRunMs + intervalMs;
  }

  async #observe(health: WalletHealth | undefined): Promise<void> {
    const { control, counts } = await observe(this.#modules);
    this.#status = {
      ...this.#status,
      role: "payer",
      paused: control.paused,
      pausedReason: control.pausedReason,
      walletTrouble: health?.well === false ? health.trouble : undefined,
      liveBatches: counts.values().reduce((sum, count) => sum + count, 0),
      unknownBatches: counts.get("unknown") ?? 0,
      shieldingBacklogZat: this.#shielding?.backlog.valueZat ?? 0n,
      nextRunMs: this.#nextRunMs(control),
      lastSettledMs: control.lastSettledMs,
    };
  }
}

/** What is stored has the name of a state and not its parts, or this program is wrong about it. */
function undrivable({ row }: Batch, cause: unknown): PayoutError {
  return new PayoutError("damaged", `Cannot drive batch ${row.id}: ${reasonOf(cause)}`, { cause });
}
