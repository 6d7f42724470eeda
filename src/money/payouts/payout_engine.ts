import { Outage, Pause, PoolError, reasonOf } from "../../base/mod.ts";
import { JournalError } from "../ledger/mod.ts";
import type { PayoutControl } from "./tables/payout_rows.ts";
import { StorageError } from "../../platform/database/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import { BatchDriver, type DriveContext } from "./_batch_driver.ts";
import { type Dispute, DisputeList } from "./_dispute_list.ts";
import { FeePoster } from "./_fee_poster.ts";
import { pausePayments } from "./pause.ts";
import { PayeeCheck } from "./payee_check.ts";
import { PaymentRun } from "./_payment_run.ts";
import { RunPlanner } from "./_run_planner.ts";
import { observe } from "./_observation.ts";
import { SettledWatch } from "./_settled_watch.ts";
import { Shielding } from "./_shielding.ts";
import { takenIn } from "./_taken_transaction.ts";
import { TransactionWatch } from "./_transaction_watch.ts";
import { UnknownResolver } from "./_unknown_resolver.ts";
import { WaitNotice } from "./_wait_notice.ts";
import { type WalletHealth, WalletHealthCheck } from "./wallet_health.ts";
import type { Batch } from "./batch.ts";
import { BatchBook } from "./batch_book.ts";
import type { ChainTip } from "./chain_port.ts";
import {
  LIVE_BATCHES_MAX,
  type PayoutEngineModules,
  type PayoutEngineOptions,
} from "./engine_options.ts";
import { NO_WALLET_PAYS, PayoutError } from "./errors.ts";
import { LEASE_MS, PayerLease } from "./payer_lease.ts";
import type { HeldBack, PaymentPlan } from "./payment_plan.ts";

/** What the last turn saw; for status pages. */
export interface PayoutStatus {
  readonly role: "payer" | "standby";
  readonly paused: boolean;
  readonly pausedReason: string;
  /** Why the wallet cannot be paid from; undefined while it can. */
  readonly walletTrouble: string | undefined;
  /** What the node or the wallet failed with in the last turn; undefined when nothing did. */
  readonly waitReason: string | undefined;
  /** Batches that are not final. */
  readonly liveBatches: number;
  readonly unknownBatches: number;
  /** Batches whose transactions can be seen not to pay them. */
  readonly disputes: readonly Dispute[];
  /** Payees who wait although they are owed enough, as of the last plan or settlement. */
  readonly heldBack: readonly HeldBack[];
  readonly shieldingBacklogZat: bigint;
  /** Unix milliseconds; when the next run is due. Undefined with an external payer, who decides. */
  readonly nextRunMs: number | undefined;
  readonly lastSettledMs: number;
}

/** Between two turns while something is on its way, and while nothing is. */
const BUSY_MS = 2_000;
const IDLE_MS = 10_000;
/** The longest between two turns that fail: a database that is away is not asked more often. */
const FAILING_MS_MAX = LEASE_MS / 2;

/**
 * Pays what is due. One turn after the other it renews its right to pay, drives every live batch as
 * far as it goes, shields coinbase, and opens a run when one is due; all that it knows stands in the
 * database, so that it can end at any point and another process goes on.
 */
export class PayoutEngine {
  readonly #modules: PayoutEngineModules;
  readonly #lease: PayerLease;
  readonly #book: BatchBook;
  readonly #driver: BatchDriver;
  readonly #planner: RunPlanner;
  readonly #wallet: WalletHealthCheck | undefined;
  readonly #shielding: Shielding | undefined;
  readonly #settled: SettledWatch;
  readonly #fees: FeePoster;
  readonly #run: PaymentRun;
  readonly #disputes = new DisputeList();
  readonly #wait: WaitNotice;
  readonly #rest: Pause;
  readonly #outage: Outage;
  #status: PayoutStatus;
  #turning: Promise<void> | undefined;
  /** Number of the batch that the last turn ended with; 0 when it came to the end. */
  #drivenTo = 0;

  constructor(options: PayoutEngineOptions, modules: PayoutEngineModules) {
    const { wallet, chain, clock, logger, metrics, database, store, ledger } = modules;
    const { settleDepth } = options;
    this.#modules = modules;
    this.#lease = new PayerLease(modules);
    this.#wait = new WaitNotice(logger);
    this.#rest = new Pause(clock);
    this.#outage = new Outage(logger, {
      level: "error",
      event: "payouts_failing",
      begins: "payments fail and are retried",
      endEvent: "payouts_recovered",
      ends: "payments work again",
    });
    this.#book = new BatchBook({ ...modules, journal: ledger });
    const watch = new TransactionWatch({ chain, wallet, settleDepth });
    const findTaken = takenIn(modules);
    const resolver = wallet &&
      new UnknownResolver({ wallet, watch, clock, logger, settleDepth, findTaken });
    this.#driver = new BatchDriver({
      ...{ book: this.#book, database, store, wallet, chain, watch, resolver, findTaken },
      payees: new PayeeCheck(modules),
      ...{ clock, logger, metrics },
      isPayer: () => this.#lease.token !== undefined,
      whileWorking: (work) => this.#whileWorking(work),
      wait: this.#wait,
      alarm: (reason) => this.#pause(reason),
    });
    this.#settled = new SettledWatch({
      ...{ book: this.#book, chain, clock, logger, metrics },
      alarm: (reason) => this.#pause(reason),
    });
    this.#fees = new FeePoster({ book: this.#book, database, store, wallet, metrics });
    this.#planner = new RunPlanner(options, modules);
    this.#run = new PaymentRun({
      ...{ options, modules, book: this.#book, driver: this.#driver },
      planner: this.#planner,
      alarm: (reason) => this.#pause(reason),
    });
    this.#wallet = wallet && new WalletHealthCheck({ wallet, chain, metrics });
    if (wallet !== undefined && options.shieldingLimit !== undefined) {
      const parts = { database, store, book: this.#book, wallet, clock, logger, metrics };
      this.#shielding = new Shielding(options.shieldingLimit, parts);
    }
    this.#status = {
      role: "standby",
      paused: false,
      pausedReason: "",
      walletTrouble: undefined,
      waitReason: undefined,
      liveBatches: 0,
      unknownBatches: 0,
      disputes: [],
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
    const { logger } = this.#modules;
    signal.addEventListener("abort", () => this.#rest.end(), { once: true });
    while (!signal.aborted) {
      try {
        await this.turn();
        this.#outage.succeeded();
      } catch (thrown) {
        // Whatever went wrong, the mining goes on; what was not committed is tried again.
        this.#outage.failed(reasonOf(thrown));
      }
      if (!signal.aborted) await this.#rest.wait(this.#pauseMs());
    }
    try {
      await this.#lease.release();
    } catch (thrown) {
      const text = "could not release the payer lease; it expires by itself";
      logger.log("warn", "payer_lease_not_released", text, { reason: reasonOf(thrown) });
    }
  }

  /** Begins the next turn now: what payments wait for may be there, such as a node. */
  wake(): void {
    this.#rest.wake();
  }

  #pauseMs(): number {
    const { failures } = this.#outage;
    if (failures > 0) return Math.min(BUSY_MS * 2 ** (failures - 1), FAILING_MS_MAX);
    return this.#status.liveBatches > 0 ? BUSY_MS : IDLE_MS;
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
    const { metrics, database, store } = this.#modules;
    const token = await this.#lease.hold();
    metrics.payer.set(token === undefined ? 0 : 1);
    this.#wait.begin();
    const tip = token === undefined ? undefined : await this.#tip();
    const control = await database.read((tx) => store.control.read(tx));
    if (token === undefined || tip === undefined) {
      const role = token === undefined ? "standby" : "payer";
      this.#status = { ...this.#status, role, waitReason: this.#wait.reason };
      this.#noticePause(control);
      return;
    }
    const health = await this.#wallet?.check(tip);
    const wallet = health?.healthy === true ? health : undefined;
    const context: DriveContext = { token, tip, paused: control.paused, wallet };
    try {
      await this.#work(context, control, health);
      this.#wait.end();
    } catch (thrown) {
      await this.#failed(thrown);
    } finally {
      await this.#observe(health);
    }
  }

  /** Undefined while payments wait for our nodes. */
  async #tip(): Promise<ChainTip | undefined> {
    try {
      return await this.#modules.chain.tip();
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      this.#wait.meet("no node can be asked for the chain: payments wait", thrown);
      return undefined;
    }
  }

  /** What a run would pay now; changes nothing. */
  async dryRun(): Promise<PaymentPlan> {
    const { chain, database, store } = this.#modules;
    if (this.#wallet === undefined) {
      throw new PayoutError("refused", `Cannot plan a run: ${NO_WALLET_PAYS}`);
    }
    const health = await this.#wallet.check(await chain.tip());
    if (!health.healthy) throw new PayoutError("refused", `Cannot plan a run: ${health.trouble}`);
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
    await this.#tolerant(() => this.#settled.check(context.tip));
    if (!sound || control.paused || health?.healthy !== true) return;
    await this.#tolerant(() => this.#shielding?.turn(context.token));
    await this.#tolerant(() => this.#run.advance(context, control, health));
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
        const paused = context.paused || !sound;
        this.#disputes.note(await this.#driver.advance(batch, { ...context, paused }));
      } catch (thrown) {
        if (thrown instanceof PayoutError && thrown.code === "fenced") throw thrown;
        const fault = thrown instanceof PoolError ? thrown : undrivable(batch, thrown);
        await this.#failed(fault);
        sound = false;
      }
    }
    if (next === 0) this.#disputes.endRound();
    return sound;
  }

  /** The wallet or node may fail at any call; what was to be done is done in a later turn. */
  async #tolerant(work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      this.#wait.meet("the wallet or node failed: payments wait", thrown);
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
    await pausePayments(this.#modules, { actor: "payer", reason });
    // The next observation has nothing new to log.
    this.#status = { ...this.#status, paused: true };
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

  /** A pause outlives the process that began it, and other processes begin and end one. */
  #noticePause({ paused, pausedReason }: PayoutControl): void {
    const { metrics, logger } = this.#modules;
    const before = this.#status.paused;
    this.#status = { ...this.#status, paused, pausedReason };
    metrics.paused.set(paused ? 1 : 0);
    if (paused === before) return;
    if (paused) logger.log("warn", "payouts_paused", `payments are paused: ${pausedReason}`);
    else logger.log("info", "payouts_resumed", "payments resumed");
  }

  /** Logged when it begins and when it ends; the words of a trouble may change meanwhile. */
  #noticeWallet(health: WalletHealth | undefined): void {
    const { logger } = this.#modules;
    const before = this.#status.walletTrouble;
    const trouble = health?.healthy === false ? health.trouble : undefined;
    this.#status = { ...this.#status, walletTrouble: trouble };
    if ((trouble === undefined) === (before === undefined)) return;
    if (trouble === undefined) {
      logger.log("info", "wallet_usable", "the wallet is usable again");
    } else {
      logger.log("warn", "wallet_unusable", `payments are stopped: ${trouble}`);
    }
  }

  #nextRunMs(control: PayoutControl): number | undefined {
    if (this.#wallet === undefined) return undefined;
    return Math.max(this.#modules.clock.now(), this.#run.dueMs(control));
  }

  async #observe(health: WalletHealth | undefined): Promise<void> {
    const { control, counts } = await observe(this.#modules);
    this.#noticePause(control);
    this.#noticeWallet(health);
    this.#status = {
      ...this.#status,
      role: "payer",
      waitReason: this.#wait.reason,
      liveBatches: counts.values().reduce((sum, count) => sum + count, 0),
      unknownBatches: counts.get("unknown") ?? 0,
      disputes: this.#disputes.disputes,
      heldBack: this.#run.heldBack,
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
