import {
  type Authority,
  BatchBook,
  type BatchStateKind,
  type Doubt,
  type HeldBack,
  pausePayments,
  PayeeCheck,
  type PaymentPlan,
  type PayoutEngineModules,
  PayoutError,
  type PayoutRow,
  type PlannedBatch,
  reservedFault,
  type SettlementOptions,
  transactionsOf,
} from "../payouts/mod.ts";
import type { SqlSession } from "../../platform/database/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import type { TransparentOutput } from "../../chain/zcash/mod.ts";
import { type DueAtWatermark, type Payable, SettlementDues } from "./_dues.ts";

/** Ten to the eleventh: as seconds the year 5138, as milliseconds 1973. */
const MILLISECONDS_MIN = 100_000_000_000;

/** What an external payer was handed under one watermark. */
export interface Settlement {
  /** Unix milliseconds: everything credited up to there, and not after it. */
  readonly watermarkMs: number;
  readonly run: number;
  readonly count: number;
  readonly totalZat: bigint;
  /** True when more was due than one settlement holds: settle a later watermark next. */
  readonly more: boolean;
}

/** A payout as an external payer sees it. */
export interface ExternalPayout extends PayoutRow {
  readonly state: BatchStateKind;
  /** Why the reported transaction is not its payment, so that another one has to be reported. */
  readonly dispute: string | undefined;
  /** Why it may never be; it is followed all the same. */
  readonly doubt: Doubt | undefined;
}

/** The wallet of all batches that somebody else pays. */
export const EXTERNAL_WALLET = "external";
/**
 * Payouts of one settlement: one transaction of the database holds them, some 5 s on a busy PostgreSQL
 * server, and whatever else moves money waits for it 10 s at most.
 */
export const SETTLEMENT_MAX = 500;
/** Payouts of one page. */
export const PAYOUT_PAGE_MAX = 500;
const PAYER: Authority & { readonly kind: "operator" } = {
  kind: "operator",
  actor: "external payer",
};

/**
 * What an external payer can do: have what is due set aside up to a watermark, see it, and report
 * for each payout that it was sent or will not be. Every action can be repeated.
 */
export class SettlementHandler {
  readonly #modules: PayoutEngineModules;
  readonly #book: BatchBook;
  readonly #dues: SettlementDues;
  readonly #payees: PayeeCheck;
  #heldBack: readonly HeldBack[] = [];
  #loggedHeldBack: readonly HeldBack[] = [];

  /** @param modules with a chain of its own: the handler chooses its node when it is asked something. */
  constructor(options: SettlementOptions, modules: PayoutEngineModules) {
    this.#modules = modules;
    this.#book = new BatchBook({ ...modules, journal: modules.ledger });
    this.#dues = new SettlementDues(options, modules);
    this.#payees = new PayeeCheck(modules);
  }

  /** Who is owed enough and is left out, as of the last settlement or {@link refreshHeldBack}. */
  get heldBack(): readonly HeldBack[] {
    return this.#heldBack;
  }

  /** Finds out who would be left out of a settlement now. */
  async refreshHeldBack(): Promise<void> {
    this.#heldBack = (await this.#dues.payable(this.#modules.clock.now(), Infinity)).heldBack;
  }

  /**
   * Sets aside what was due at the watermark. A watermark that was settled gives the same answer.
   *
   * @param watermarkMs Unix milliseconds, not in the future; more than any before.
   * @throws {PayoutError} `bad-request`, or `refused` while payments are paused.
   * @throws {RpcError} when our node cannot be asked about an address that was never paid.
   */
  async settle(watermarkMs: number): Promise<Settlement> {
    const { database, store, clock } = this.#modules;
    if (!Number.isSafeInteger(watermarkMs) || watermarkMs < 1 || watermarkMs > clock.now()) {
      throw new PayoutError(
        "bad-request",
        "Cannot settle: a watermark in Unix milliseconds, not in the future, is expected",
      );
    }
    if (watermarkMs < MILLISECONDS_MIN) {
      throw new PayoutError(
        "bad-request",
        "Cannot settle: the watermark looks like seconds; Unix milliseconds are expected",
      );
    }
    const former = await database.read((tx) => this.#former(tx, watermarkMs));
    if (former !== undefined) return former;
    await this.#requireSums();
    // Before the transaction: within it each question would ask for a second connection to the database,
    // and those that wait for this very transaction may have them all.
    const { addresses, heldBack } = await this.#payable(watermarkMs);
    const { settlement, isNew } = await database.transaction(async (tx) => {
      const known = await this.#former(tx, watermarkMs);
      if (known !== undefined) return { settlement: known, isNew: false };
      const last = await store.settlements.lastWatermark(tx, clock.now());
      if (watermarkMs < last) {
        throw new PayoutError("bad-request", `Cannot settle: the watermark ${last} was settled`, {
          fact: { kind: "watermark", lastMs: last },
        });
      }
      const control = await store.control.read(tx);
      if (control.paused) {
        throw new PayoutError("refused", `Cannot settle: paused (${control.pausedReason})`, {
          fact: { kind: "paused", reason: control.pausedReason },
        });
      }
      const run = control.run + 1;
      await store.control.openRun(tx, run, clock.now());
      await store.control.closeRun(tx);
      await store.settlements.insert(tx, { watermarkMs, run, atMs: clock.now() });
      await this.#reserveAll(tx, { watermarkMs, run, addresses });
      return { settlement: await this.#report(tx, watermarkMs, run), isNew: true };
    });
    if (isNew) {
      this.#logSettlement(settlement);
      this.#logHeldBack(heldBack);
    }
    return settlement;
  }

  /** Payouts with a number above `after`, oldest first. */
  async payouts(after: number, limit: number): Promise<ExternalPayout[]> {
    const { database, store } = this.#modules;
    return await database.read(async (tx) => {
      const rows = await store.payouts.list(tx, after, Math.min(limit, PAYOUT_PAGE_MAX));
      const payouts: ExternalPayout[] = [];
      for (const row of rows) payouts.push(await this.#withState(tx, row));
      return payouts;
    });
  }

  /** @throws {PayoutError} `unknown-payout`. */
  async payout(id: string): Promise<ExternalPayout> {
    return await this.#modules.database.read(async (tx) =>
      await this.#withState(tx, await this.#find(tx, id))
    );
  }

  /**
   * The payer has sent it; from now on our node follows the transaction. While no block has the one
   * that was reported before, another one takes its place; the trail keeps both.
   *
   * @throws {PayoutError} `refused` when a block has that one, when the payout was declined, or when
   * the transaction is known and does not pay the payout.
   * @throws {RpcError} when our node cannot be asked for the one that was reported before.
   */
  async sent(id: string, txid: string): Promise<ExternalPayout> {
    if (!/^[0-9a-f]{64}$/.test(txid)) {
      throw new PayoutError(
        "bad-request",
        "Cannot report: a transaction id of 64 lower-case hexadecimal digits is expected",
      );
    }
    await this.#requireUnmined(id, txid);
    const outputs = await this.#outputs(id, txid);
    return await this.#change(id, async (tx, payout) => {
      const owners = await this.#modules.store.attempts.ownersOf(tx, txid);
      if (owners.includes(payout.batch)) return;
      const { batch, createdAtMs } = payout;
      const named = { batch, createdAtMs, payouts: [payout], txid, outputs };
      await this.#payees.refuseForeign(tx, named);
      const kind = payout.state === "broadcast" ? "correct" : "send";
      await this.#apply(tx, payout, { kind, transactions: [{ txid }] });
    });
  }

  /**
   * The payer has not sent it and never will, or what it sent has expired: the money is due again.
   *
   * @throws {PayoutError} `refused` while what was reported may yet be mined.
   */
  async declined(id: string, reason: string): Promise<ExternalPayout> {
    return await this.#change(id, async (tx, payout) => {
      if (payout.state === "released") return;
      await this.#apply(tx, payout, { kind: "reject", reason, recipientAtFault: false });
      await this.#apply(tx, payout, { kind: "release" });
    });
  }

  /** @throws {PayoutError} `refused` when a block has another transaction that was reported. */
  async #requireUnmined(id: string, txid: string): Promise<void> {
    const { state, dispute, txid: former } = await this.payout(id);
    if (state !== "broadcast" || dispute !== undefined) return;
    if (former === undefined || former === txid) return;
    await this.#modules.chain.tip();
    if ((await this.#modules.chain.transaction(former)).kind !== "mined") return;
    throw new PayoutError("refused", `Cannot report payout ${id}: a block has ${former}`, {
      fact: { kind: "mined", txid: former },
    });
  }

  /**
   * What the transaction pays in the open; undefined for one that our node does not know yet, or
   * while it cannot be asked: then the engine checks when the transaction is mined.
   */
  async #outputs(id: string, txid: string): Promise<readonly TransparentOutput[] | undefined> {
    const payout = await this.#modules.database.read((tx) => this.#find(tx, id));
    try {
      await this.#modules.chain.tip();
      return await this.#payees.outputs([payout], [txid]);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      return undefined;
    }
  }

  async #change(
    id: string,
    work: (tx: SqlSession, payout: ExternalPayout) => Promise<void>,
  ): Promise<ExternalPayout> {
    const { before, after } = await this.#modules.database.transaction(async (tx) => {
      const before = await this.#withState(tx, await this.#find(tx, id));
      await work(tx, before);
      return { before, after: await this.#withState(tx, await this.#find(tx, id)) };
    });
    const corrected = before.txid !== after.txid;
    if (before.state !== after.state || corrected) this.#logStep(after);
    return after;
  }

  /** What a settlement of now would hand over; changes nothing. */
  async plan(): Promise<PaymentPlan> {
    const { database, clock } = this.#modules;
    const now = clock.now();
    const { addresses, heldBack } = await this.#dues.payable(now, SETTLEMENT_MAX);
    const batches = await database.read(async (tx) => {
      const planned: PlannedBatch[] = [];
      for await (const due of this.#dues.list(tx, now, addresses)) {
        const address = addresses.get(due.minerId);
        if (address !== undefined && due.hold === undefined) planned.push(batchOf(due, address));
      }
      return planned;
    });
    return { batches, heldBack };
  }

  #logSettlement({ watermarkMs, run, count, totalZat }: Settlement): void {
    const fields = { watermark_ms: watermarkMs, run, payouts: count, zatoshis: totalZat };
    const text = "what is due was set aside for the external payer";
    // A payer may ask every minute, and mostly for nothing.
    this.#modules.logger.log(count === 0 ? "debug" : "info", "payout_settlement", text, fields);
  }

  /** Who is left out mostly stays so from settlement to settlement: what is new is logged. */
  #logHeldBack(heldBack: readonly HeldBack[]): void {
    const { logger } = this.#modules;
    const former = new Set(this.#loggedHeldBack.flatMap(({ minerIds }) => minerIds));
    this.#heldBack = this.#loggedHeldBack = heldBack;
    for (const { reason, minerIds } of heldBack) {
      if (minerIds.every((minerId) => former.has(minerId))) continue;
      const text = `payees who are owed enough were left out: ${reason}`;
      logger.log("warn", "payees_left_out", text, { payees: minerIds.length });
    }
  }

  /** What the payer does is a step of a batch like the pool's own. */
  #logStep({ batch, state, amountZat }: ExternalPayout): void {
    const { metrics, logger } = this.#modules;
    const declined = state === "released";
    if (declined) metrics.releasedZat.increment(Number(amountZat));
    const text = declined
      ? "the external payer declined a payout: it is due again; payouts show has the reason"
      : `batch of payouts is ${state}`;
    const fields = { batch, state, payees: 1, zatoshis: amountZat };
    logger.log(declined ? "warn" : "info", "payout_step", text, fields);
  }

  async #apply(
    tx: SqlSession,
    payout: PayoutRow,
    event: Parameters<BatchBook["applyIn"]>[2],
  ): Promise<void> {
    const batch = await this.#book.findIn(tx, payout.batch);
    if (batch?.row.mode !== "external") {
      throw new PayoutError("refused", `Payout ${payout.id} is not paid by an external payer`);
    }
    await this.#book.applyIn(tx, batch, event, PAYER);
  }

  /** What was settled under the watermark before; undefined for a new one. */
  async #former(tx: SqlSession, watermarkMs: number): Promise<Settlement | undefined> {
    const run = await this.#modules.store.settlements.runOf(tx, watermarkMs);
    return run === undefined ? undefined : await this.#report(tx, watermarkMs, run);
  }

  /** Those whose addresses our node takes too, as many as there are or as one settlement holds. */
  async #payable(watermarkMs: number): Promise<Payable> {
    for (;;) {
      const payable = await this.#dues.payable(watermarkMs, SETTLEMENT_MAX);
      const refused = await this.#dues.holdRefused(payable.addresses, PAYER.actor);
      // Others have their places: a settlement that is not full says that nothing more is due.
      if (refused === 0) return payable;
    }
  }

  /** Money whose sums do not hold is handed to nobody, and payments pause. */
  async #requireSums(): Promise<void> {
    const fault = await reservedFault(this.#modules);
    if (fault === undefined) return;
    this.#modules.metrics.invariantViolations.increment();
    await pausePayments(this.#modules, { actor: PAYER.actor, reason: fault });
    throw new PayoutError("refused", `Cannot settle: ${fault}`);
  }

  /** One batch for each payee: so each of them ends for itself. */
  async #reserveAll(
    tx: SqlSession,
    { watermarkMs, run, addresses }: {
      readonly watermarkMs: number;
      readonly run: number;
      readonly addresses: ReadonlyMap<string, string>;
    },
  ): Promise<void> {
    for await (const { minerId, amountZat, hold } of this.#dues.list(tx, watermarkMs, addresses)) {
      const address = addresses.get(minerId);
      // A hold may have come since the addresses were looked up.
      if (address === undefined || hold !== undefined) continue;
      await this.#book.reserveIn(
        tx,
        batchOf({ minerId, amountZat }, address),
        { mode: "external", wallet: EXTERNAL_WALLET, run },
        PAYER,
      );
    }
  }

  async #report(tx: SqlSession, watermarkMs: number, run: number): Promise<Settlement> {
    const totals = await this.#modules.store.payouts.runTotals(tx, run);
    return { watermarkMs, run, ...totals, more: totals.count >= SETTLEMENT_MAX };
  }

  async #find(tx: SqlSession, id: string): Promise<PayoutRow> {
    const row = await this.#modules.store.payouts.find(tx, id);
    if (row === undefined) {
      throw new PayoutError(
        "unknown-payout",
        `There is no payout ${JSON.stringify(id.slice(0, 64))}`,
      );
    }
    return row;
  }

  async #withState(tx: SqlSession, row: PayoutRow): Promise<ExternalPayout> {
    const state = (await this.#book.findIn(tx, row.batch))?.state;
    if (state === undefined) {
      return { ...row, state: "planned", dispute: undefined, doubt: undefined };
    }
    const { dispute, doubt } = state.kind === "broadcast" ? state : {};
    const txid = row.txid ?? transactionsOf(state)[0]?.txid;
    return { ...row, state: state.kind, txid, dispute, doubt };
  }
}

/** One payee by itself: so each of them ends for itself. */
function batchOf(
  { minerId, amountZat }: Pick<DueAtWatermark, "minerId" | "amountZat">,
  address: string,
): PlannedBatch {
  return {
    kind: "transparent",
    policy: "NoPrivacy",
    totalZat: amountZat,
    payouts: [{ minerId, address, amountZat, deductedZat: 0n }],
  };
}
