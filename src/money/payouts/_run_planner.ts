import type { SqlSession } from "../../platform/database/mod.ts";
import type { Due, PayoutEngineModules, PayoutEngineOptions } from "./engine_options.ts";
import { payeeAddress } from "./payee_address.ts";
import { holdIfRefused, isFirstPayment } from "./refused_addresses.ts";
import {
  batchOf,
  type DuePayee,
  type HeldBack,
  type PaymentPlan,
  type PlannedBatch,
  planPayments,
} from "./payment_plan.ts";
import {
  type PrivacyPolicy,
  type RecipientKind,
  recipientKind,
  type SpendableFunds,
  type WalletFeatures,
} from "../wallet/mod.ts";

/** What one page of due miners holds; further pages follow. */
const PAGE_LENGTH = 1_000;
/** Miners of one plan: those beyond wait for the next one of the same run. */
const DUE_MAX = 20_000;
const DAY_MS = 86_400_000;
/**
 * A clock that jumps would let the limit of a day be paid with each jump; no clock moves the chain. At
 * 25 s a block it is half a day, so that it holds back no payment whose day is over by a clock that
 * is right, also while blocks come slowly.
 */
const HALF_DAY_BLOCKS = 1_728;

/** A half of a refused batch, to be tried alone. */
export interface HalfBatch {
  readonly plan: PlannedBatch;
  readonly parent: string;
  readonly half: number;
}

/** What a run can pay from. */
interface Means {
  readonly funds: SpendableFunds;
  readonly features: WalletFeatures;
  /** Of the wallet. */
  readonly syncedHeight: number;
}

/** Says who is to be paid next. */
export class RunPlanner {
  readonly #options: PayoutEngineOptions;
  readonly #modules: PayoutEngineModules;

  constructor(options: PayoutEngineOptions, modules: PayoutEngineModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** What a run would pay now to miners whom it has not tried yet. */
  async plan(
    run: number,
    means: Means,
  ): Promise<PaymentPlan> {
    const { database, store, ledger, clock } = this.#modules;
    const { limits } = this.#options;
    const read = await database.read(async (tx) => ({
      taken: await store.payouts.minersTaken(tx, run),
      holds: new Map((await store.holds.all(tx)).map(({ minerId, reason }) => [minerId, reason])),
      lastPaid: await store.payouts.lastPaid(tx),
      paidTodayZat: await store.payouts.paidSince(tx, {
        ms: clock.now() - DAY_MS,
        nowMs: clock.now(),
        height: means.syncedHeight - HALF_DAY_BLOCKS,
      }),
      due: await this.#allDue(tx, ledger),
    }));
    const heldBack = new Map<string, string[]>();
    const payees: DuePayee[] = [];
    for (const { minerId, availableZat } of read.due) {
      if (read.taken.has(minerId)) continue;
      const held = read.holds.get(minerId);
      const payee = held === undefined ? await this.#payee(minerId, means) : held;
      if (typeof payee === "string") {
        heldBack.set(payee, [...heldBack.get(payee) ?? [], minerId]);
        continue;
      }
      payees.push({ minerId, availableZat, lastPaidMs: read.lastPaid.get(minerId) ?? 0, ...payee });
    }
    const { ironwood, orchard, sapling } = means.funds;
    const wanted = payees.reduce((sum, { availableZat }) => sum + availableZat, 0n);
    const plan = planPayments(
      payees,
      limits,
      {
        spendableZat: ironwood + orchard + sapling,
        paidTodayZat: read.paidTodayZat,
        ironwoodFunds: ironwood > wanted || orchard + sapling === 0n,
        saplingFunds: sapling > wanted || orchard + ironwood === 0n,
      },
    );
    const before = [...heldBack].map(([reason, minerIds]): HeldBack => ({ reason, minerIds }));
    return { batches: plan.batches, heldBack: [...before, ...plan.heldBack] };
  }

  /** The next half of a batch that was refused because of one of its recipients. */
  async nextHalf(run: number): Promise<HalfBatch | undefined> {
    const { database, store } = this.#modules;
    return await database.read(async (tx) => {
      const [next] = await store.batches.unsplit(tx, run);
      if (next === undefined) return undefined;
      const payouts = await store.payouts.ofBatch(tx, next.batch.id);
      const middle = Math.ceil(payouts.length / 2);
      const own = next.half === 1 ? payouts.slice(0, middle) : payouts.slice(middle);
      const { kind, policy, id } = next.batch;
      const plan = batchOf(kind as RecipientKind, policy as PrivacyPolicy, own);
      return { plan, parent: id, half: next.half };
    });
  }

  /** The batch without those whom the node says cannot be paid; they are held. */
  async withoutInvalid(batch: PlannedBatch): Promise<PlannedBatch> {
    const refused = new Set<string>();
    for (const payout of batch.payouts) {
      const isFirst = await isFirstPayment(this.#modules, payout);
      if (isFirst && await holdIfRefused(this.#modules, payout, "payer")) {
        refused.add(payout.minerId);
      }
    }
    if (refused.size === 0) return batch;
    const payouts = batch.payouts.filter(({ minerId }) => !refused.has(minerId));
    const totalZat = payouts.reduce((sum, { amountZat }) => sum + amountZat, 0n);
    return { ...batch, payouts, totalZat };
  }

  async #allDue(tx: SqlSession, ledger: PayoutEngineModules["ledger"]): Promise<Due[]> {
    const all: Due[] = [];
    const minZat = this.#options.limits.minPayoutZat;
    for (let after = ""; all.length < DUE_MAX;) {
      const page = await ledger.due(tx, { minZat, after, limit: PAGE_LENGTH });
      all.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_LENGTH) break;
      after = last.minerId;
    }
    return all;
  }

  /** Address and kind of a miner, or why the miner cannot be paid now. */
  async #payee(
    minerId: string,
    { features, syncedHeight }: Pick<Means, "features" | "syncedHeight">,
  ): Promise<{ address: string; kind: RecipientKind } | string> {
    const tipHeight = () => Promise.resolve(syncedHeight);
    const { network } = this.#options;
    const payee = await payeeAddress(this.#modules, minerId, { network, tipHeight });
    if ("held" in payee) return payee.held;
    const { address } = payee;
    const kind = recipientKind(address);
    if (kind === "tex" && !features.sendMany) return "the wallet cannot pay TEX addresses";
    return { address: address.canonical, kind };
  }
}
