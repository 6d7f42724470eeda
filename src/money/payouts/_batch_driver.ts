import { type Clock, type Logger } from "../../base/mod.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase } from "../../platform/database/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import { type Batch, recipientsOf } from "./batch.ts";
import type { Authority, BatchBook } from "./batch_book.ts";
import type { BatchEvent, BatchState, Intent } from "./batch_state.ts";
import type { ChainPort, ChainTip } from "./chain_port.ts";
import { describeDoubt } from "./_doubt.ts";
import { hasPassed } from "./_elapsed.ts";
import { EXPIRY_BLOCKS_MAX, LIFE_BLOCKS_MIN, OPERATION_MS_MAX } from "./engine_options.ts";
import {
  type OperationStatus,
  type PaymentRequest,
  type PrivacyPolicy,
  verifyPayment,
  type WalletFeatures,
  type WalletPort,
} from "../wallet/mod.ts";
import type { PayoutMetrics } from "./metrics.ts";
import { feeBudget } from "./payment_plan.ts";
import type { PayeeCheck } from "./payee_check.ts";
import type { FindTaken } from "./_taken_transaction.ts";
import type { TransactionWatch } from "./_transaction_watch.ts";
import type { UnknownResolver } from "./_unknown_resolver.ts";
import type { WaitNotice } from "./_wait_notice.ts";

/** What holds during one turn of the engine. */
export interface DriveContext {
  readonly token: number;
  readonly tip: ChainTip;
  readonly paused: boolean;
  /** Undefined while the wallet is unhealthy: then nothing new is asked of it. */
  readonly wallet: { readonly features: WalletFeatures; readonly syncedHeight: number } | undefined;
}

export interface BatchDriverModules {
  readonly book: BatchBook;
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly wallet: WalletPort | undefined;
  readonly chain: ChainPort;
  readonly watch: TransactionWatch;
  readonly payees: PayeeCheck;
  readonly resolver: UnknownResolver | undefined;
  readonly findTaken: FindTaken;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PayoutMetrics;
  /** Whether this process is surely the payer at this moment. */
  readonly isPayer: () => boolean;
  /** Keeps the right to pay while the wallet works. */
  readonly whileWorking: <T>(work: () => Promise<T>) => Promise<T>;
  /** Hears why a batch cannot be followed. */
  readonly wait: WaitNotice;
  /** The wallet has done what it was not asked for: everything stops. */
  readonly alarm: (reason: string) => Promise<void>;
}

/** A batch passes at most this many states in one turn. */
const STEPS_MAX = 8;

/** Drives one batch from state to state, as far as it goes now. */
export class BatchDriver {
  readonly #modules: BatchDriverModules;
  /** Batches whose intent was committed by this process, and whose call has not begun. */
  readonly #mayCall = new Set<string>();
  /** What the wallet answered last, until it is written down: the database may be away meanwhile. */
  #answered: { readonly batch: string; readonly event: BatchEvent } | undefined;
  /** The refusal by our node that was logged last; one batch at most waits to be sent. */
  #refusal = "";

  constructor(modules: BatchDriverModules) {
    this.#modules = modules;
  }

  /** Trouble with wallet or node ends the turn of this batch, and changes nothing. */
  async advance(batch: Batch, context: DriveContext): Promise<Batch> {
    let current = batch;
    try {
      for (let step = 0; step < STEPS_MAX; step++) {
        const next = await this.#step(current, context);
        if (next === undefined) break;
        current = next;
      }
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      const text = "a batch of payouts cannot be followed now";
      const { row: { id }, state: { kind } } = current;
      this.#modules.wait.meet(text, thrown, { batch: id, state: kind });
    }
    return current;
  }

  async #step(batch: Batch, context: DriveContext): Promise<Batch | undefined> {
    const { state } = batch;
    switch (state.kind) {
      case "reserved":
        return await this.#begin(batch, context);
      case "building": {
        const next = await this.#applyIfAny(batch, await this.#build(batch, state), context);
        this.#answered = undefined;
        return next;
      }
      case "built":
        return await this.#applyIfAny(batch, await this.#send(state, context), context);
      case "parked": {
        const event = await this.#modules.watch.followUnsent([state.transaction], context.tip);
        return await this.#applyIfAny(batch, event, context);
      }
      case "unknown": {
        const event = await this.#modules.resolver?.resolve(batch, state, context.tip);
        return await this.#applyIfAny(batch, event, context);
      }
      case "broadcast":
        return await this.#applyIfAny(batch, await this.#follow(batch, state, context), context);
      case "mined": {
        const event = await this.#modules.watch.followMined(state.transactions, context.tip);
        return await this.#applyIfAny(batch, event, context);
      }
      case "rejected":
      case "expired":
        return await this.#release(batch, context);
      case "planned":
      case "handed":
      case "settled":
      case "released":
        return undefined;
    }
  }

  async #follow(
    batch: Batch,
    state: BatchState & { kind: "broadcast" },
    { tip }: DriveContext,
  ): Promise<BatchEvent | undefined> {
    if (state.dispute !== undefined) return undefined;
    const { database, store, watch, payees } = this.#modules;
    if (batch.row.mode === "external") {
      return await payees.judge(batch, await watch.followReported(state, tip));
    }
    const startHeight = await database.read((tx) => store.attempts.startHeight(tx, batch.row.id));
    return await payees.judge(batch, await watch.followSent(state, tip, startHeight));
  }

  async #applyIfAny(
    batch: Batch,
    event: BatchEvent | undefined,
    { token }: DriveContext,
  ): Promise<Batch | undefined> {
    if (event === undefined) return undefined;
    const next = await this.#modules.book.apply(batch, event, { kind: "payer", token });
    this.#measure(next, event);
    return next;
  }

  /** Commits the intent; only then may the wallet be called, and only by this process. */
  async #begin(batch: Batch, context: DriveContext): Promise<Batch | undefined> {
    const { wallet } = context;
    if (wallet === undefined || context.paused) return undefined;
    const method = batch.row.kind === "tex" && wallet.features.sendMany
      ? "z_sendmany"
      : wallet.features.method;
    if (method === undefined) return undefined;
    const atMs = this.#modules.clock.now();
    const intent: Intent = { attempt: 1, method, atMs, startHeight: wallet.syncedHeight };
    const next = await this.#applyIfAny(batch, { kind: "intend", intent }, context);
    this.#mayCall.add(batch.row.id);
    return next;
  }

  async #build(
    batch: Batch,
    state: BatchState & { kind: "building" },
  ): Promise<BatchEvent | undefined> {
    const { id } = batch.row;
    if (state.opid !== undefined) return await this.#poll(batch, state.opid);
    if (this.#answered?.batch === id) return this.#answered.event;
    if (this.#mayCall.delete(id)) {
      if (!this.#modules.isPayer()) return undefined;
      this.#answered = { batch: id, event: await this.#call(batch, state.intent) };
      return this.#answered.event;
    }
    const reason = "the process ended while it was calling the wallet";
    // By this method nothing is sent before its bytes are stored.
    return state.intent.method === "pczt" ? rejection(reason) : this.#lost(reason);
  }

  #call(batch: Batch, intent: Intent): Promise<BatchEvent> {
    const policy = batch.row.policy as PrivacyPolicy;
    const request = { recipients: recipientsOf(batch), policy };
    return this.#modules.whileWorking(() =>
      intent.method === "pczt" ? this.#makeHere(request, intent) : this.#makeThere(request)
    );
  }

  /** The path on which nothing is sent before it is stored. */
  async #makeHere(request: PaymentRequest, { startHeight }: Intent): Promise<BatchEvent> {
    const { wallet } = this.#modules;
    if (wallet === undefined) return rejection("there is no wallet");
    const outcome = await wallet.build(request);
    if (outcome.kind !== "built") {
      const atFault = outcome.kind === "refused" && outcome.recipientAtFault;
      return rejection(outcome.reason, atFault);
    }
    const { payment } = outcome;
    const verified = verifyPayment(payment, request.recipients, {
      feeMaxZat: feeBudget(request.recipients.length),
      expiryMax: startHeight + EXPIRY_BLOCKS_MAX,
    });
    if (typeof verified !== "string") {
      return { kind: "build", transaction: { hex: payment.hex, ...verified } };
    }
    const reason = `the wallet made another transaction than asked for: ${verified}`;
    await this.#modules.alarm(reason);
    return rejection(reason);
  }

  /** The path on which the wallet sends by itself. */
  async #makeThere(request: PaymentRequest): Promise<BatchEvent> {
    const { wallet } = this.#modules;
    if (wallet === undefined) return rejection("there is no wallet");
    const outcome = await wallet.send(request);
    switch (outcome.kind) {
      case "started":
        return { kind: "operation_started", opid: outcome.opid };
      case "refused":
        return rejection(outcome.reason, outcome.recipientAtFault);
      case "unknown":
        return this.#lost(outcome.reason);
    }
  }

  async #poll(batch: Batch, opid: string): Promise<BatchEvent | undefined> {
    const { wallet } = this.#modules;
    if (wallet === undefined) return undefined;
    const status = await wallet.operation(opid);
    const foreign = await this.#foreignOf(batch, status);
    if (foreign !== undefined) {
      const reason = `the wallet names transaction ${foreign}, which belongs to another batch`;
      await this.#modules.alarm(`batch ${batch.row.id}: ${reason}`);
      return this.#lost(reason);
    }
    return this.#judge(batch, status);
  }

  /** A transaction of another batch among those that the wallet names. */
  async #foreignOf({ row }: Batch, status: OperationStatus): Promise<string | undefined> {
    if (!("txids" in status)) return undefined;
    return await this.#modules.findTaken(status.txids, row.id);
  }

  #judge(batch: Batch, status: OperationStatus): BatchEvent | undefined {
    switch (status.kind) {
      case "running":
        // It is asked further; but the wallet's list is read too, and an operator can step in.
        return "intent" in batch.state && this.#worksTooLong(batch.state.intent)
          ? this.#lost("the wallet has said for an hour that it works on it")
          : undefined;
      case "sent":
        return { kind: "send", transactions: status.txids.map((txid) => ({ txid })) };
      case "not_broadcast": {
        const transactions = status.txids.map((txid) => ({ txid }));
        return this.#lost("the wallet made the transaction and does not send it", transactions);
      }
      case "missing":
        return this.#lost("the wallet has forgotten the operation");
      case "failed":
        return this.#lost(status.reason);
      case "refused":
        // Of two transactions the first may be out when the second is refused.
        return batch.row.kind === "tex"
          ? this.#lost(status.reason)
          : rejection(status.reason, status.recipientAtFault);
    }
  }

  #worksTooLong({ atMs }: Intent): boolean {
    return hasPassed(this.#modules.clock.now(), { sinceMs: atMs, ms: OPERATION_MS_MAX });
  }

  /** Hands stored bytes to our node, unless they have too little life left. */
  async #send(
    { transaction }: BatchState & { kind: "built" },
    { tip, paused }: DriveContext,
  ): Promise<BatchEvent | undefined> {
    const { chain, watch, logger } = this.#modules;
    const sent: BatchEvent = { kind: "send", transactions: [transaction] };
    // It may be out already: the process can have ended between sending and writing that down.
    if (await watch.anySeen([transaction])) return sent;
    if (paused || !tip.synced) return undefined;
    const { hex = "", expiryHeight = 0, txid } = transaction;
    const life = expiryHeight - tip.height;
    if (expiryHeight !== 0 && life < LIFE_BLOCKS_MIN) {
      const reason = `it expires at height ${expiryHeight}, our node is at ${tip.height}`;
      logger.log("error", "payout_parked", "payment not sent: too little time before it expires", {
        txid,
        expiry_height: expiryHeight,
        height: tip.height,
      });
      return { kind: "park", reason };
    }
    if (!this.#modules.isPayer()) return undefined;
    const outcome = await chain.broadcast(hex);
    if (outcome.kind === "taken" || await watch.anySeen([transaction])) return sent;
    this.#logRefusal(txid, outcome.reason);
    return undefined;
  }

  /** It is handed over again every turn, until it is taken or too old: what is new is logged. */
  #logRefusal(txid: string, reason: string): void {
    const refusal = `${txid} ${reason}`;
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    this.#modules.logger.log(
      "warn",
      "payout_refused_by_node",
      "our node refused a payment; retrying until it expires",
      { txid, reason },
    );
  }

  /** Gives the money back; a recipient whom the wallet refuses alone is put on hold with it. */
  async #release(batch: Batch, { token }: DriveContext): Promise<Batch> {
    const { book, database, store, clock } = this.#modules;
    const by: Authority = { kind: "payer", token };
    const { state, payouts: [first, ...others] } = batch;
    const released = await database.transaction(async (tx) => {
      await book.prove(tx, by);
      const next = await book.applyIn(tx, batch, { kind: "release" }, by);
      const alone = first !== undefined && others.length === 0;
      if (alone && state.kind === "rejected" && state.recipientAtFault) {
        await store.holds.put(tx, {
          minerId: first.minerId,
          reason: `the wallet refuses ${first.address}: ${state.reason}`,
          actor: `payer ${token}`,
          atMs: clock.now(),
        });
      }
      return next;
    });
    this.#measure(released, { kind: "release" });
    return released;
  }

  #lost(
    reason: string,
    transactions: readonly { readonly txid: string }[] = [],
  ): BatchEvent {
    return { kind: "lose_track", reason, atMs: this.#modules.clock.now(), transactions };
  }

  #measure({ row, state }: Batch, event: BatchEvent): void {
    const { metrics, logger } = this.#modules;
    if (state.kind === "settled") metrics.settledZat.increment(Number(row.totalZat));
    if (state.kind === "released") metrics.releasedZat.increment(Number(row.totalZat));
    if (state.kind === "unknown" && event.kind === "lose_track") {
      metrics.unknownOutcomes.increment();
      logger.log("error", "payout_unknown", "the outcome of a payment is unknown", {
        batch: row.id,
        reason: event.reason,
      });
      return;
    }
    if (event.kind === "dispute") {
      const text = "the transaction named for a batch does not pay it; operator action needed";
      logger.log("error", "payout_disputed", text, { batch: row.id, reason: event.reason });
      return;
    }
    if (event.kind === "doubt") {
      const text = "the transaction of a payment may never be mined; check its payer";
      const reason = describeDoubt(event.doubt);
      logger.log("warn", "payout_doubted", text, { batch: row.id, reason });
      return;
    }
    if (event.kind === "miss" || event.kind === "see") return;
    logger.log("info", "payout_step", `batch of payouts is ${state.kind}`, {
      batch: row.id,
      state: state.kind,
      payees: row.recipients,
      zatoshis: row.totalZat,
    });
  }
}

function rejection(reason: string, recipientAtFault = false): BatchEvent {
  return { kind: "reject", reason, recipientAtFault };
}
