import { reasonOf } from "../base/mod.ts";
import { minerAccount } from "../ledger/mod.ts";
import type { PayoutRow, SqlSession } from "../storage/mod.ts";
import { type AddressNetwork, parseAddress } from "../zcash/mod.ts";
import { type Authority, BatchBook, transactionsOf } from "./batch_book.ts";
import { decodeState } from "./_state_text.ts";
import type { BatchStateKind } from "./batch_state.ts";
import type { PayoutEngineModules } from "./engine_options.ts";
import { PayoutError } from "./errors.ts";
import { pausePayments } from "./_pause.ts";
import type { HeldBack } from "./payment_plan.ts";
import { reservedFault } from "./_reserved_fault.ts";

export interface SettlementOptions {
  readonly network: AddressNetwork;
  readonly minPayoutZat: bigint;
}

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
}

/** One who was owed enough at a watermark and is not being paid. */
interface DueAtWatermark {
  readonly minerId: string;
  readonly amountZat: bigint;
  /** Why he is on hold; undefined when he is not. */
  readonly hold: string | undefined;
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
/** Credits of one miner after a watermark; a miner has one an hour, or some for each block. */
const CREDITS_MAX = 10_000;

const PAYER: Authority & { readonly kind: "operator" } = {
  kind: "operator",
  actor: "external payer",
};

/**
 * What an external payer can do: have what is due set aside up to a watermark, see it, and report
 * for each payout that it was sent or will not be. Every action can be repeated.
 */
export class SettlementDesk {
  readonly #options: SettlementOptions;
  readonly #modules: PayoutEngineModules;
  readonly #book: BatchBook;
  #heldBack: readonly HeldBack[] = [];

  constructor(options: SettlementOptions, modules: PayoutEngineModules) {
    this.#options = options;
    this.#modules = modules;
    this.#book = new BatchBook({ ...modules, journal: modules.ledger });
  }

  /** Who is owed enough and is left out, as of the last settlement or {@link look}. */
  get heldBack(): readonly HeldBack[] {
    return this.#heldBack;
  }

  /** Looks who would be left out of a settlement now. */
  async look(): Promise<void> {
    this.#heldBack = (await this.#payees(this.#modules.clock.now(), Infinity)).heldBack;
  }

  /**
   * Sets aside what was due at the watermark. A watermark that was settled gives the same answer.
   *
   * @param watermarkMs Unix milliseconds, not in the future; more than any before.
   * @throws {PayoutError} `bad-request`, or `refused` while payments are paused.
   */
  async settle(watermarkMs: number): Promise<Settlement> {
    const { database, store, clock } = this.#modules;
    if (!Number.isSafeInteger(watermarkMs) || watermarkMs < 1 || watermarkMs > clock.now()) {
      throw new PayoutError("bad-request", "Cannot settle: a watermark in the past is expected");
    }
    const former = await database.read((tx) => this.#former(tx, watermarkMs));
    if (former !== undefined) return former;
    await this.#requireSums();
    // Before the transaction: within it each look would ask for a second connection to the database,
    // and those that wait for this very transaction may have them all.
    const { addresses, heldBack } = await this.#payees(watermarkMs, SETTLEMENT_MAX);
    const { settlement, isNew } = await database.transaction(async (tx) => {
      const known = await this.#former(tx, watermarkMs);
      if (known !== undefined) return { settlement: known, isNew: false };
      const last = await store.settlements.lastWatermark(tx);
      if (watermarkMs < last) {
        throw new PayoutError("bad-request", `Cannot settle: the watermark ${last} was settled`);
      }
      const control = await store.control.read(tx);
      if (control.paused) {
        throw new PayoutError("refused", `Cannot settle: paused (${control.pausedReason})`);
      }
      const run = control.run + 1;
      await store.control.openRun(tx, run, clock.now());
      await store.control.closeRun(tx);
      await store.settlements.insert(tx, { watermarkMs, run, atMs: clock.now() });
      await this.#reserveAll(tx, { watermarkMs, run, addresses });
      return { settlement: await this.#report(tx, watermarkMs, run), isNew: true };
    });
    if (isNew) {
      this.#heldBack = heldBack;
      this.#tellSettlement(settlement);
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
   * The payer has sent it; from now on our node follows the transaction.
   *
   * @throws {PayoutError} `refused` when it was reported with another transaction, or declined.
   */
  async sent(id: string, txid: string): Promise<ExternalPayout> {
    if (!/^[0-9a-f]{64}$/.test(txid)) {
      throw new PayoutError(
        "bad-request",
        "Cannot report: 64 lower-case hexadecimal digits expected",
      );
    }
    return await this.#change(id, async (tx, payout) => {
      const owners = await this.#modules.store.attempts.ownersOf(tx, txid);
      if (owners.includes(payout.batch)) return;
      await this.#refuseOlder(tx, { txid, payout, owners });
      await this.#apply(tx, payout, { kind: "send", transactions: [{ txid }] });
    });
  }

  /** The payer has not sent it and never will: the money is due again. */
  async declined(id: string, reason: string): Promise<ExternalPayout> {
    return await this.#change(id, async (tx, payout) => {
      if (payout.state === "released") return;
      await this.#apply(tx, payout, { kind: "reject", reason, recipientAtFault: false });
      await this.#apply(tx, payout, { kind: "release" });
    });
  }

  /** A transaction that was mined before the payout was handed over cannot be its payment. */
  async #refuseOlder(
    tx: SqlSession,
    { txid, payout, owners }: {
      readonly txid: string;
      readonly payout: ExternalPayout;
      readonly owners: readonly string[];
    },
  ): Promise<void> {
    for (const owner of owners) {
      const row = await this.#modules.store.batches.find(tx, owner);
      const minedBefore = row !== undefined && row.changedAtMs < payout.createdAtMs &&
        (row.state === "mined" || row.state === "settled");
      if (!minedBefore) continue;
      throw new PayoutError(
        "refused",
        `Transaction ${txid} paid batch ${owner} before payout ${payout.id} was handed over`,
      );
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
    if (before.state !== after.state) this.#tellStep(after);
    return after;
  }

  #tellSettlement({ watermarkMs, run, count, totalZat }: Settlement): void {
    const fields = { watermark_ms: watermarkMs, run, payouts: count, zatoshis: totalZat };
    const text = "What is due was set aside for the external payer.";
    this.#modules.logger.log("info", "payout_settlement", text, fields);
    for (const { reason, minerIds } of this.#heldBack) {
      const leftOut = `Payees who are owed enough were left out: ${reason}`;
      this.#modules.logger.log("warn", "payees_left_out", leftOut, { payees: minerIds.length });
    }
  }

  /** What the payer does is a step of a batch like the pool's own. */
  #tellStep({ batch, state, amountZat }: ExternalPayout): void {
    const { metrics, logger } = this.#modules;
    const declined = state === "released";
    if (declined) metrics.releasedZat.increment(Number(amountZat));
    const text = declined
      ? "The external payer declined a payout: it is due again. payouts show has his reason."
      : `A batch of payouts is ${state}.`;
    const fields = { batch, state, payees: 1, zatoshis: amountZat };
    logger.log(declined ? "warn" : "info", "payout_step", text, fields);
  }

  async #apply(
    tx: SqlSession,
    payout: PayoutRow,
    event: Parameters<BatchBook["applyIn"]>[2],
  ): Promise<void> {
    const { store } = this.#modules;
    const row = await store.batches.find(tx, payout.batch);
    if (row === undefined || row.mode !== "external") {
      throw new PayoutError("refused", `Payout ${payout.id} is not paid by an external payer`);
    }
    const payouts = await store.payouts.ofBatch(tx, row.id);
    await this.#book.applyIn(tx, { row, state: decodeState(row), payouts }, event, PAYER);
  }

  /** What was settled under the watermark before; undefined for a new one. */
  async #former(tx: SqlSession, watermarkMs: number): Promise<Settlement | undefined> {
    const run = await this.#modules.store.settlements.runOf(tx, watermarkMs);
    return run === undefined ? undefined : await this.#report(tx, watermarkMs, run);
  }

  /** Money whose sums do not hold is handed to nobody, and payments pause. */
  async #requireSums(): Promise<void> {
    const fault = await reservedFault(this.#modules);
    if (fault === undefined) return;
    this.#modules.metrics.invariantViolations.increment();
    await pausePayments(this.#modules, { actor: PAYER.actor, reason: fault });
    throw new PayoutError("refused", `Cannot settle: ${fault}`);
  }

  /**
   * Where those are paid to whom something is due at the watermark, by their ids, and who of them
   * cannot be paid; no further than to `addressesMax` addresses.
   */
  async #payees(watermarkMs: number, addressesMax: number): Promise<{
    readonly addresses: ReadonlyMap<string, string>;
    readonly heldBack: readonly HeldBack[];
  }> {
    const due = await this.#modules.database.read(async (tx) => {
      const all: DueAtWatermark[] = [];
      for await (const each of this.#due(tx, watermarkMs)) all.push(each);
      return all;
    });
    const addresses = new Map<string, string>();
    const heldBack = new Map<string, string[]>();
    for (const { minerId, hold } of due) {
      if (addresses.size >= addressesMax) break;
      const payee = hold === undefined ? await this.#payee(minerId) : { held: hold };
      if ("address" in payee) addresses.set(minerId, payee.address);
      else heldBack.getOrInsert(payee.held, []).push(minerId);
    }
    return {
      addresses,
      heldBack: [...heldBack].map(([reason, minerIds]) => ({ reason, minerIds })),
    };
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
    for await (const { minerId, amountZat, hold } of this.#due(tx, watermarkMs)) {
      const address = addresses.get(minerId);
      // A hold may have come since the addresses were looked up.
      if (address === undefined || hold !== undefined) continue;
      await this.#book.reserveIn(
        tx,
        {
          kind: "transparent",
          policy: "NoPrivacy",
          totalZat: amountZat,
          payouts: [{ minerId, address, amountZat, deductedZat: 0n }],
        },
        { mode: "external", wallet: EXTERNAL_WALLET, run },
        PAYER,
      );
    }
  }

  /** Who is not being paid, and what was due to him at the watermark. */
  async *#due(tx: SqlSession, watermarkMs: number): AsyncGenerator<DueAtWatermark> {
    const { ledger, store } = this.#modules;
    const { minPayoutZat } = this.#options;
    const taken = await store.payouts.minersLive(tx);
    const holds = new Map(
      (await store.holds.all(tx)).map(({ minerId, reason }) => [minerId, reason]),
    );
    for (let after = "";;) {
      const page = await ledger.due(tx, { minZat: minPayoutZat, after, limit: PAYOUT_PAGE_MAX });
      for (const { minerId, availableZat } of page) {
        if (taken.has(minerId)) continue;
        const amountZat = availableZat - await this.#creditedAfter(tx, minerId, watermarkMs);
        if (amountZat < minPayoutZat) continue;
        yield { minerId, amountZat, hold: holds.get(minerId) };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAYOUT_PAGE_MAX) return;
      after = last.minerId;
    }
  }

  async #creditedAfter(tx: SqlSession, minerId: string, watermarkMs: number): Promise<bigint> {
    const account = minerAccount(minerId, "available");
    const range = { fromMs: watermarkMs + 1, limit: CREDITS_MAX };
    const lines = await this.#modules.ledger.entriesOf(account, range, tx);
    return lines.reduce((sum, { amountZat }) => amountZat > 0n ? sum + amountZat : sum, 0n);
  }

  /** The address of a miner, or why he cannot be paid now. */
  async #payee(
    minerId: string,
  ): Promise<{ readonly address: string } | { readonly held: string }> {
    const payee = await this.#modules.payees.payee(minerId);
    if ("held" in payee) return payee;
    try {
      return { address: parseAddress(payee.address.trim(), this.#options.network).canonical };
    } catch (thrown) {
      return { held: `the address cannot be paid: ${reasonOf(thrown)}` };
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
    const batch = await this.#modules.store.batches.find(tx, row.batch);
    if (batch === undefined) return { ...row, state: "planned" };
    const state = decodeState(batch);
    return { ...row, state: state.kind, txid: row.txid ?? transactionsOf(state)[0]?.txid };
  }
}
