import type { PayoutControl, PayoutEventRow, PayoutRow } from "./tables/payout_rows.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import { PayeeCheck } from "./payee_check.ts";
import { takenIn } from "./_taken_transaction.ts";
import { TransactionWatch } from "./_transaction_watch.ts";
import { UnknownResolver } from "./_unknown_resolver.ts";
import { type Batch, transactionsOf } from "./batch.ts";
import { type Authority, BatchBook } from "./batch_book.ts";
import { type BatchState, type BatchStateKind, occupiesWallet } from "./batch_state.ts";
import type { PayoutEngineModules, PayoutEngineOptions } from "./engine_options.ts";
import { NO_WALLET_PAYS, PayoutError } from "./errors.ts";

/** Who does something about payments, and why. Both are kept. */
export interface OperatorAction {
  readonly actor: string;
  readonly reason: string;
}

/** All that is known of a batch. */
export interface BatchReport {
  readonly batch: Batch;
  readonly feeZat: bigint | undefined;
  readonly events: readonly PayoutEventRow[];
}

/** States in which nothing that this program does itself can end in another transaction. */
const RESOLVABLE: readonly BatchStateKind[] = ["unknown", "parked", "handed"];

/** States that last, in which a batch keeps all others of its wallet waiting. */
const VACATABLE: readonly BatchStateKind[] = ["unknown", "parked"];

/** Height from which a batch without an attempt is searched for. */
const FROM_THE_START = 0;

/**
 * What an operator can do about payments. It works from any process beside the one that pays: every
 * action is one transaction, leaves a row in the trail, and is refused when the batch has moved on.
 */
export class PayoutOperator {
  readonly #modules: PayoutEngineModules;
  readonly #book: BatchBook;
  readonly #watch: TransactionWatch;
  readonly #payees: PayeeCheck;
  readonly #resolver: UnknownResolver | undefined;

  constructor(options: PayoutEngineOptions, modules: PayoutEngineModules) {
    const { chain, wallet } = modules;
    const { settleDepth } = options;
    this.#modules = modules;
    this.#book = new BatchBook({ ...modules, journal: modules.ledger });
    this.#watch = new TransactionWatch({ chain, wallet, settleDepth });
    this.#payees = new PayeeCheck(modules);
    const findTaken = takenIn(modules);
    this.#resolver = wallet &&
      new UnknownResolver({
        ...modules,
        wallet,
        watch: this.#watch,
        settleDepth,
        findTaken,
      });
  }

  /** Nothing is sent until {@link resume}; survives restarts. */
  async pause(by: OperatorAction): Promise<void> {
    const atMs = this.#modules.clock.now();
    await this.#act(
      "pause",
      "",
      by,
      (tx) => this.#modules.store.control.pause(tx, { ...by, atMs }),
    );
  }

  async resume(by: OperatorAction): Promise<void> {
    await this.#act("resume", "", by, (tx) => this.#modules.store.control.resume(tx));
  }

  /**
   * A run begins with the payer's next turn, whenever the last one was.
   *
   * @returns what holds then: while payments are paused, the run begins when they are resumed.
   * @throws {PayoutError} `refused` where no wallet of this pool pays.
   */
  async runNow(by: OperatorAction): Promise<PayoutControl> {
    if (this.#modules.wallet === undefined) {
      throw new PayoutError("refused", `Cannot begin a run: ${NO_WALLET_PAYS}`);
    }
    await this.#act("run", "", by, (tx) => this.#modules.store.control.requestRun(tx));
    return await this.control();
  }

  /** This miner is not paid until {@link unhold}. */
  async hold(minerId: string, by: OperatorAction): Promise<void> {
    const atMs = this.#modules.clock.now();
    await this.#act(
      "hold",
      minerId,
      by,
      (tx) => this.#modules.store.holds.put(tx, { minerId, ...by, atMs }),
    );
  }

  /** False when the miner was not on hold. */
  async unhold(minerId: string, by: OperatorAction): Promise<boolean> {
    return await this.#act(
      "unhold",
      minerId,
      by,
      (tx) => this.#modules.store.holds.remove(tx, minerId),
    );
  }

  /**
   * Says which transaction paid a batch whose outcome is unknown, that an external payer has, that
   * the wallet works on without end, or for which another transaction was named that our node does
   * not know or that does not pay it. Where our own wallet may yet pay it, its list has to agree.
   *
   * @throws {PayoutError} `not-on-chain` when our node knows no such transaction, `on-chain` when it
   * knows the one that was named, `refused` when it belongs to another batch, can be seen to pay less
   * than is owed, or the batch is in no state for it.
   */
  async resolve(batchId: string, txid: string, by: OperatorAction): Promise<Batch> {
    if (!/^[0-9a-f]{64}$/.test(txid)) {
      throw new PayoutError(
        "bad-request",
        "Cannot resolve a batch: 64 hexadecimal digits expected",
      );
    }
    const batch = await this.#find(batchId);
    const corrects = batch.state.kind === "broadcast";
    if (!corrects && !isResolvable(batch.state)) {
      throw new PayoutError(
        "refused",
        `Cannot resolve batch ${batchId}: it is ${batch.state.kind}`,
      );
    }
    const seen = await this.#watch.anySeen([{ txid }]);
    const outputs = seen ? await this.#payees.outputs(batch.payouts, [txid]) : undefined;
    if (outputs === undefined) {
      throw new PayoutError(
        "not-on-chain",
        `Cannot resolve batch ${batchId}: our node has no transaction ${txid}`,
      );
    }
    if (corrects && await this.#watch.anySeen(transactionsOf(batch.state))) {
      throw new PayoutError(
        "on-chain",
        `Cannot resolve batch ${batchId}: the transaction that was named for it is out`,
      );
    }
    await this.#requireOwn(batch, txid);
    const known = transactionsOf(batch.state).find((transaction) => transaction.txid === txid);
    return await this.#act(
      "resolve",
      batchId,
      { ...by, reason: `${txid}: ${by.reason}` },
      async (tx) => {
        const { row: { id, createdAtMs }, payouts } = batch;
        await this.#payees.refuseForeign(tx, { batch: id, createdAtMs, payouts, txid, outputs });
        const kind = corrects ? "correct" : "send";
        const event = { kind, transactions: [known ?? { txid }] } as const;
        return await this.#book.applyIn(tx, batch, event, authorityOf(by));
      },
    );
  }

  /**
   * Gives the money of a batch back although nothing is proved: the word of the operator.
   *
   * @param confirmation the batch's id, typed once more.
   * @throws {PayoutError} `confirmation`; `on-chain` when a transaction of it is found, or when the
   * wallet's own list cannot be read completely, so that one may be there.
   */
  async release(batchId: string, confirmation: string, by: OperatorAction): Promise<Batch> {
    const batch = await this.#find(batchId);
    if (confirmation !== batchId) {
      throw new PayoutError(
        "confirmation",
        `Cannot release batch ${batchId}: the id has to be typed once more to confirm it`,
      );
    }
    if (batch.state.kind === "building") {
      throw new PayoutError(
        "refused",
        `Cannot release batch ${batchId}: the wallet was just asked to pay it; when it does not ` +
          "report its outcome for an hour, or has been restarted, the batch becomes unknown",
      );
    }
    await this.#refuseIfSent(batch);
    const event = { kind: "release_by_hand", reason: `by ${by.actor}: ${by.reason}` } as const;
    return await this.#act(
      "release",
      batchId,
      by,
      (tx) => this.#book.applyIn(tx, batch, event, authorityOf(by)),
    );
  }

  /**
   * Lets other batches be sent beside one whose outcome is unknown, or whose transaction waits to be
   * too old, for as long as it stays so. Should both choose the same notes, the chain takes one of
   * the two transactions; the other one's batch is due again when it has expired.
   *
   * @throws {PayoutError} `refused` for a batch that keeps no other one waiting, or whose transaction
   * is being made or sent at this moment; `changed` when it was moved meanwhile.
   */
  async allowOthers(batchId: string, by: OperatorAction): Promise<void> {
    const batch = await this.#find(batchId);
    const { occupies, state } = batch.row;
    if (!occupies || !VACATABLE.includes(batch.state.kind)) {
      const why = occupies ? `it is ${state}` : `it is ${state} and keeps no other one waiting`;
      throw new PayoutError("refused", `Cannot let others pass batch ${batchId}: ${why}`);
    }
    await this.#act(
      "allow-others",
      batchId,
      by,
      (tx) => this.#book.vacate(tx, batch, authorityOf(by), by.reason),
    );
  }

  /** A batch with every event. */
  async show(batchId: string): Promise<BatchReport> {
    const batch = await this.#find(batchId);
    const { database, store } = this.#modules;
    return await database.read(async (tx) => ({
      batch,
      feeZat: await store.batches.feeOf(tx, batchId),
      events: await store.trail.events(tx, batchId),
    }));
  }

  async control(): Promise<PayoutControl> {
    return await this.#modules.database.read((tx) => this.#modules.store.control.read(tx));
  }

  /** The newest payouts of one miner. */
  async payoutsOf(minerId: string, limit: number): Promise<PayoutRow[]> {
    return await this.#modules.database.read((tx) =>
      this.#modules.store.payouts.ofMiner(tx, minerId, limit)
    );
  }

  async #find(batchId: string): Promise<Batch> {
    const batch = await this.#book.find(batchId);
    if (batch === undefined) {
      throw new PayoutError("unknown-batch", `There is no batch ${JSON.stringify(batchId)}`);
    }
    return batch;
  }

  /**
   * While our wallet may be at work on a batch, or has named another transaction for it, only its own
   * list can say which one is the batch's: beside any other one it could pay a second time.
   */
  async #requireOwn(batch: Batch, txid: string): Promise<void> {
    if (!await this.#mayPayYet(batch)) return;
    const { database, store } = this.#modules;
    const from = await database.read((tx) => store.attempts.startHeight(tx, batch.row.id));
    const found = await this.#resolver?.scan(batch, from ?? FROM_THE_START);
    if (found?.matches.some((match) => match.txid === txid) === true) return;
    throw new PayoutError(
      "refused",
      `Cannot resolve batch ${batch.row.id}: its wallet may pay it by another transaction, and ` +
        `does not list ${txid} as the payment; when it has been restarted it sends nothing more`,
    );
  }

  async #mayPayYet({ row, state }: Batch): Promise<boolean> {
    if (row.mode !== "zallet") return false;
    if (state.kind === "broadcast" || state.kind === "building") return true;
    return await this.#isRunning(state);
  }

  async #refuseIfSent(batch: Batch): Promise<void> {
    const { id } = batch.row;
    if (await this.#watch.anySeen(transactionsOf(batch.state))) {
      throw new PayoutError("on-chain", `Cannot release batch ${id}: its transaction is out`);
    }
    if (batch.row.mode !== "zallet" || !mayBeInWallet(batch.state.kind)) return;
    const { database, store, wallet } = this.#modules;
    if (this.#resolver === undefined || wallet?.identity !== batch.row.wallet) {
      throw new PayoutError(
        "on-chain",
        `Cannot release batch ${id}: the wallet that was asked to pay it (${batch.row.wallet}) is ` +
          "not the one of this configuration, so that its list cannot be searched",
      );
    }
    await this.#refuseIfRunning(batch);
    const from = await database.read((tx) => store.attempts.startHeight(tx, id));
    const { matches, complete } = await this.#resolver.scan(batch, from ?? FROM_THE_START);
    if (matches.length > 0) {
      throw new PayoutError(
        "on-chain",
        `Cannot release batch ${id}: the wallet made transaction ${matches[0]?.txid} for it`,
      );
    }
    if (!complete) {
      throw new PayoutError(
        "on-chain",
        `Cannot release batch ${id}: the wallet's list of transactions cannot be read completely`,
      );
    }
  }

  /** A wallet that is still at work may send in a moment. */
  async #refuseIfRunning({ row, state }: Batch): Promise<void> {
    if (!await this.#isRunning(state)) return;
    throw new PayoutError(
      "on-chain",
      `Cannot release batch ${row.id}: the wallet says that it works on it; when it has been ` +
        "restarted it sends nothing more",
    );
  }

  async #isRunning(state: BatchState): Promise<boolean> {
    if (!("opid" in state) || state.opid === undefined) return false;
    return (await this.#modules.wallet?.operation(state.opid))?.kind === "running";
  }

  /** One transaction: the action and its row in the trail. */
  async #act<T>(
    action: string,
    subject: string,
    { actor, reason }: OperatorAction,
    work: (tx: SqlSession) => Promise<T>,
  ): Promise<T> {
    if (actor === "" || reason === "") {
      throw new PayoutError("bad-request", `Cannot ${action}: an actor and a reason are expected`);
    }
    const { database, store, clock } = this.#modules;
    return await database.transaction(async (tx) => {
      const result = await work(tx);
      await store.trail.appendAction(tx, { atMs: clock.now(), actor, action, subject, reason });
      return result;
    });
  }
}

function authorityOf({ actor }: OperatorAction): Authority {
  return { kind: "operator", actor };
}

/** While a batch is built, that holds once the wallet has given its operation a name. */
function isResolvable(state: BatchState): boolean {
  return RESOLVABLE.includes(state.kind) ||
    (state.kind === "building" && state.opid !== undefined);
}

/**
 * A parked transaction is in the wallet's list and was never sent: finding it there says nothing. One
 * that was sent may be absent from our node and still be sent again by the wallet.
 */
function mayBeInWallet(kind: BatchStateKind): boolean {
  return (occupiesWallet(kind) && kind !== "parked") || kind === "broadcast";
}
