import { assert, bytesToHex, type Clock, type Random } from "../../base/mod.ts";
import { type JournalEntry, networkFeePaid, payoutReserved } from "../ledger/mod.ts";
import type { PayoutBatchRow, PayoutRow } from "./tables/payout_rows.ts";
import type { PayoutStore } from "./payout_store.ts";
import type { SqlDatabase, SqlSession } from "../../platform/database/mod.ts";
import { describeDoubt } from "./_doubt.ts";
import { endingEntry } from "./_ending_entry.ts";
import { decodeState, encodeState } from "./_state_text.ts";
import { type Batch, transactionsOf } from "./batch.ts";
import {
  type BatchEvent,
  type BatchEventKind,
  type BatchState,
  isFinal,
  occupiesWallet,
} from "./batch_state.ts";
import { PayoutError } from "./errors.ts";
import type { PlannedBatch, PlannedPayout } from "./payment_plan.ts";
import { transition } from "./transition.ts";

/** The ledger as payments use it; entries are posted in the transaction of the state. */
export interface PayoutJournal {
  /** Once for each id; refuses to bring a miner's balance below 0. */
  post(entry: JournalEntry, tx: SqlSession): Promise<"posted" | "exists">;
}

/** A piece of the batches that are driven. */
export interface DrivenBatches {
  readonly batches: readonly Batch[];
  /** One for each batch that cannot be read. */
  readonly damaged: readonly PayoutError[];
  /** After which number the next piece begins; 0 after the last one. */
  readonly next: number;
}

/** In whose name a step is made: the payer by its fencing token, or an operator. */
export type Authority =
  | { readonly kind: "payer"; readonly token: number }
  | { readonly kind: "operator"; readonly actor: string };

/** What a new batch belongs to. */
export interface BatchOrigin {
  readonly mode: "zallet" | "external";
  readonly wallet: string;
  readonly run: number;
  /** The batch that this one is a half of. */
  readonly parent?: string;
  readonly half?: number;
}

export interface BatchBookModules {
  readonly database: SqlDatabase;
  readonly store: PayoutStore;
  readonly journal: PayoutJournal;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The one place where payments move money. Every step is a transaction that proves who makes it,
 * asks the transition function, writes the state with its event, and posts what the step means for
 * the ledger; so each of them happens as a whole or not at all.
 */
export class BatchBook {
  readonly #modules: BatchBookModules;

  constructor(modules: BatchBookModules) {
    this.#modules = modules;
  }

  /** Sets the money aside: available becomes reserved, and the batch and its payouts are there. */
  async reserve(plan: PlannedBatch, origin: BatchOrigin, by: Authority): Promise<Batch> {
    return await this.#modules.database.transaction(async (tx) => {
      await this.prove(tx, by);
      return await this.reserveIn(tx, plan, origin, by);
    });
  }

  /** As {@link reserve}, within a transaction that has proved who makes it. */
  async reserveIn(
    tx: SqlSession,
    plan: PlannedBatch,
    origin: BatchOrigin,
    by: Authority,
  ): Promise<Batch> {
    const { store, journal, clock } = this.#modules;
    const handedOver = origin.mode === "external";
    const event: BatchEvent = { kind: handedOver ? "hand_over" : "reserve" };
    const result = transition({ kind: "planned" }, event);
    assert(result.ok, "a planned batch can be reserved");
    const atMs = clock.now();
    const row = await this.#newRow(tx, plan, origin, { state: result.state, atMs });
    const firstNumber = await store.payouts.nextNumber(tx);
    const payouts = plan.payouts.map((payout, at) =>
      newPayout(payout, row, { position: at + 1, number: firstNumber + at })
    );
    await store.batches.insert(tx, row, payouts);
    for (const { id, minerId, amountZat } of payouts) {
      await journal.post(payoutReserved({ payoutId: id, minerId, amountZat, atMs }), tx);
    }
    await this.#append(tx, row.id, event.kind, result.state, by, `run ${origin.run}`);
    return { row, state: result.state, payouts };
  }

  /**
   * Moves a batch by one event.
   *
   * @throws {PayoutError} `refused`, `changed` (somebody else moved it), or `fenced`.
   */
  async apply(batch: Batch, event: BatchEvent, by: Authority): Promise<Batch> {
    return await this.#modules.database.transaction(async (tx) => {
      await this.prove(tx, by);
      return await this.applyIn(tx, batch, event, by);
    });
  }

  /** As {@link apply}, within a transaction that has proved who makes it. */
  async applyIn(
    tx: SqlSession,
    batch: Batch,
    event: BatchEvent,
    by: Authority,
  ): Promise<Batch> {
    const result = transition(batch.state, event);
    if (!result.ok) {
      throw new PayoutError("refused", `Cannot change batch ${batch.row.id}: ${result.refusal}`, {
        fact: { kind: "no-step", state: batch.state.kind, event: event.kind },
      });
    }
    const { state } = result;
    const row = await this.#save(tx, batch, state);
    if (event.kind === "intend") await this.#keepAttempt(tx, row.id, event, by);
    if (event.kind === "correct" || event.kind === "dispute") await this.#disclaim(tx, batch);
    await this.#claim(tx, row, state);
    await this.#append(tx, row.id, event.kind, state, by, detailOf(event, state, batch.state));
    await this.#move(tx, batch, state);
    return { row, state, payouts: batch.payouts };
  }

  /**
   * Lets other batches of the wallet be sent beside this one while it stays in its state.
   *
   * @throws {PayoutError} `changed` when somebody else has moved it.
   */
  async vacate(tx: SqlSession, batch: Batch, by: Authority, reason: string): Promise<void> {
    const { row, state } = batch;
    if (!await this.#modules.store.batches.vacateWallet(tx, row)) throw justChanged(row);
    await this.#append(tx, row.id, "allow_others", state, by, reason);
  }

  /** Throws unless the authority still has its power; the payer's row is locked by that. */
  async prove(tx: SqlSession, by: Authority): Promise<void> {
    if (by.kind === "operator") return;
    if (await this.#modules.store.control.fence(tx, by.token)) return;
    throw new PayoutError("fenced", "Another process has become the payer; this one stops");
  }

  async find(id: string): Promise<Batch | undefined> {
    return await this.#modules.database.read((tx) => this.findIn(tx, id));
  }

  /**
   * As {@link find}, within a transaction.
   *
   * @throws {PayoutError} `damaged` when what is stored is no state.
   */
  async findIn(tx: SqlSession, id: string): Promise<Batch | undefined> {
    const row = await this.#modules.store.batches.find(tx, id);
    return row === undefined ? undefined : await this.#whole(tx, row);
  }

  /**
   * Batches that a payer drives, oldest first: those that are not final and not handed to somebody.
   *
   * @param after the number of the last one of the piece before; 0 for the first piece.
   */
  async driven(after: number, limit: number): Promise<DrivenBatches> {
    const { database, store } = this.#modules;
    return await database.read(async (tx) => {
      const rows = await store.batches.driven(tx, after, limit);
      const batches: Batch[] = [];
      const damaged: PayoutError[] = [];
      for (const row of rows) {
        try {
          batches.push(await this.#whole(tx, row));
        } catch (thrown) {
          if (!(thrown instanceof PayoutError)) throw thrown;
          damaged.push(thrown);
        }
      }
      return { batches, damaged, next: rows.length < limit ? 0 : rows.at(-1)?.number ?? 0 };
    });
  }

  /** Batches that were settled from a moment on, newest first. */
  async settledSince(sinceMs: number, limit: number): Promise<Batch[]> {
    const { database, store } = this.#modules;
    return await database.read(async (tx) => {
      const batches: Batch[] = [];
      for (const row of await store.batches.settledSince(tx, sinceMs, limit)) {
        batches.push(await this.#whole(tx, row));
      }
      return batches;
    });
  }

  async #whole(tx: SqlSession, row: PayoutBatchRow): Promise<Batch> {
    const payouts = await this.#modules.store.payouts.ofBatch(tx, row.id);
    return { row, state: decodeState(row), payouts };
  }

  async #newRow(
    tx: SqlSession,
    plan: PlannedBatch,
    origin: BatchOrigin,
    { state, atMs }: { state: BatchState; atMs: number },
  ): Promise<PayoutBatchRow> {
    const number = await this.#modules.store.batches.nextNumber(tx);
    return {
      // The random part keeps the markers of two databases (a restored one too) apart.
      id: `${number}-${bytesToHex(this.#modules.random.bytes(6))}`,
      number,
      mode: origin.mode,
      wallet: origin.wallet,
      kind: plan.kind,
      policy: plan.policy,
      run: origin.run,
      state: state.kind,
      stateText: encodeState(state),
      version: 1,
      occupies: false,
      isFinal: false,
      recipientAtFault: false,
      recipients: plan.payouts.length,
      totalZat: plan.totalZat,
      createdAtMs: atMs,
      changedAtMs: atMs,
      parent: origin.parent,
      half: origin.half,
    };
  }

  async #save(tx: SqlSession, batch: Batch, state: BatchState): Promise<PayoutBatchRow> {
    const atFault = state.kind === "released" || state.kind === "rejected";
    const next = {
      state: state.kind,
      stateText: encodeState(state),
      // An operator's permission to send beside a batch holds while it stays unknown, or parked.
      occupies: occupiesWallet(state.kind) &&
        (batch.state.kind !== state.kind || batch.row.occupies),
      isFinal: isFinal(state.kind),
      recipientAtFault: atFault && state.recipientAtFault,
      changedAtMs: this.#modules.clock.now(),
    };
    if (!await this.#modules.store.batches.saveState(tx, batch.row, next)) {
      throw justChanged(batch.row);
    }
    return { ...batch.row, ...next, version: batch.row.version + 1 };
  }

  async #keepAttempt(
    tx: SqlSession,
    batch: string,
    { intent }: BatchEvent & { kind: "intend" },
    by: Authority,
  ): Promise<void> {
    assert(by.kind === "payer", "only the payer calls the wallet");
    await this.#modules.store.attempts.insert(tx, {
      batch,
      number: intent.attempt,
      token: by.token,
      method: intent.method,
      atMs: intent.atMs,
      startHeight: intent.startHeight,
    });
  }

  /** A transaction belongs to one batch: otherwise one payment would settle two. */
  async #claim(tx: SqlSession, row: PayoutBatchRow, state: BatchState): Promise<void> {
    for (const { txid } of transactionsOf(state)) {
      const claim = { txid, batch: row.id, shared: row.mode === "external" };
      if (await this.#modules.store.attempts.claimTransaction(tx, claim)) continue;
      throw new PayoutError("refused", `Transaction ${txid} belongs to another batch`, {
        fact: { kind: "taken", txid },
      });
    }
  }

  /** What is not its payment may be another one's. */
  async #disclaim(tx: SqlSession, { row, state }: Batch): Promise<void> {
    for (const { txid } of transactionsOf(state)) {
      await this.#modules.store.attempts.disclaimTransaction(tx, { txid, batch: row.id });
    }
  }

  async #append(
    tx: SqlSession,
    batch: string,
    event: BatchEventKind | "allow_others",
    state: BatchState,
    by: Authority,
    detail: string,
  ): Promise<void> {
    await this.#modules.store.trail.appendEvent(tx, batch, {
      atMs: this.#modules.clock.now(),
      event,
      state: state.kind,
      actor: by.kind === "payer" ? `payer ${by.token}` : by.actor,
      detail,
    });
  }

  /** What the new state means for money; most mean nothing. */
  async #move(tx: SqlSession, batch: Batch, state: BatchState): Promise<void> {
    if (state.kind !== "settled" && state.kind !== "released") return;
    const { store, journal, clock } = this.#modules;
    const atMs = clock.now();
    const ended = state.kind;
    // With several transactions the last one reaches the payee.
    const txid = ended === "settled" ? state.transactions.at(-1)?.txid : undefined;
    for (const payout of batch.payouts) {
      await journal.post(endingEntry(payout, { ended, atMs }), tx);
    }
    await store.payouts.end(tx, batch.row.id, { ended, txid, atMs });
    if (ended === "settled") await store.control.recordSettled(tx, atMs);
  }

  /** Posts the network's fee of a settled batch, once. */
  async postFee(batch: PayoutBatchRow, feeZat: bigint, by: Authority): Promise<void> {
    const { database, store, journal, clock } = this.#modules;
    await database.transaction(async (tx) => {
      await this.prove(tx, by);
      if (!await store.batches.recordFee(tx, batch.id, feeZat) || feeZat === 0n) return;
      const entry = networkFeePaid({ batchId: batch.id, feeZat, atMs: clock.now() });
      await journal.post(entry, tx);
    });
  }
}

function justChanged({ id }: PayoutBatchRow): PayoutError {
  return new PayoutError("changed", `Cannot change batch ${id}: it was just changed`);
}

function newPayout(
  payout: PlannedPayout,
  row: PayoutBatchRow,
  { position, number }: { position: number; number: number },
): PayoutRow {
  return {
    id: `${row.id}.${position}`,
    number,
    batch: row.id,
    minerId: payout.minerId,
    address: payout.address,
    amountZat: payout.amountZat,
    deductedZat: payout.deductedZat,
    ended: undefined,
    txid: undefined,
    createdAtMs: row.createdAtMs,
    endedAtMs: undefined,
  };
}

function detailOf(event: BatchEvent, state: BatchState, before: BatchState): string {
  if ("reason" in event) return event.reason;
  if (event.kind === "doubt") return describeDoubt(event.doubt);
  if (event.kind === "miss") return `not at our node at height ${event.height}`;
  if (event.kind === "correct") return `${txidsOf(state)} instead of ${txidsOf(before)}`;
  if (event.kind === "operation_started") return event.opid;
  if (event.kind === "intend") return `attempt ${event.intent.attempt} by ${event.intent.method}`;
  return txidsOf(state);
}

function txidsOf(state: BatchState): string {
  const transactions = "transactions" in state ? state.transactions : transactionsOf(state);
  return transactions.map(({ txid }) => txid).join(" ");
}
