/**
 * Who is paid in which batch. Pure: the same dues give the same batches.
 *
 * @module
 */
import { formatZec } from "../ledger/mod.ts";
import {
  allowedUnder,
  KIND_NAMES,
  policyFor,
  type PrivacyPolicy,
  RECIPIENT_KINDS,
  type RecipientKind,
} from "../wallet/mod.ts";

/** What bounds payments. Undefined means no limit. */
export interface PayoutLimits {
  /** A smaller balance waits. */
  readonly minPayoutZat: bigint;
  /** Payees in one transaction; wallets refuse more than 50 outputs with their change. */
  readonly recipientsMax: number;
  readonly payeeMaxZat?: bigint;
  readonly batchMaxZat?: bigint;
  readonly dayMaxZat?: bigint;
  readonly privacyCeiling: PrivacyPolicy;
  /** Who bears the network's fee. */
  readonly feePayer: "pool" | "recipients";
}

/** One who is owed enough, and may be paid. */
export interface DuePayee {
  readonly minerId: string;
  /** Canonical. */
  readonly address: string;
  readonly kind: RecipientKind;
  readonly availableZat: bigint;
  /** When the payee was last paid, Unix milliseconds; 0 for never. */
  readonly lastPaidMs: number;
}

/** One payee's part of a batch. */
export interface PlannedPayout {
  readonly minerId: string;
  readonly address: string;
  /** What leaves the balance. */
  readonly amountZat: bigint;
  /** What of it stays with the pool for the network's fee; less than the amount. */
  readonly deductedZat: bigint;
}

/** The payouts of one transaction. */
export interface PlannedBatch {
  readonly kind: RecipientKind;
  readonly policy: PrivacyPolicy;
  /** In the order of their miner ids. */
  readonly payouts: readonly PlannedPayout[];
  readonly totalZat: bigint;
}

/** What may be spent on a plan. */
export interface PlanMeans {
  /** Spendable shielded funds. */
  readonly spendableZat: bigint;
  /** What was paid, or set aside and not released, in the last 24 hours. */
  readonly paidTodayZat: bigint;
  /** Whether the funds lie in the pool that unified addresses are paid in, and in Sapling. */
  readonly ironwoodFunds: boolean;
  readonly saplingFunds: boolean;
}

/** Payees that wait although they are owed enough, and why. */
export interface HeldBack {
  readonly reason: string;
  readonly minerIds: readonly string[];
}

/** A run as it would be. */
export interface PaymentPlan {
  readonly batches: readonly PlannedBatch[];
  readonly heldBack: readonly HeldBack[];
}

/** What is set apart for a batch's fee, whatever it will be: five times the present marginal fee. */
const FEE_BUDGET_PER_ACTION_ZAT = 5_000n;
/** Actions besides one for each recipient: more inputs than outputs, split change. */
const SPARE_ACTIONS = 10n;
/** The marginal fee (ZIP 2009): what is deducted for each payee when payees bear the fee. */
const MARGINAL_FEE_ZAT = 1_000n;

/** The most that a batch's fee can be (ZIP 317); a transaction that pays more is not sent. */
export function feeBudget(recipients: number): bigint {
  return FEE_BUDGET_PER_ACTION_ZAT * (BigInt(recipients) + SPARE_ACTIONS);
}

/**
 * Plans a run. Batches hold payees of one kind, so that one kind never stands in another's way and
 * the weaker privacy policies apply only where they are needed; a TEX payee is alone. When the
 * means do not suffice, those who were not paid for the longest time come first; nobody gets a part
 * of what would fit.
 */
export function planPayments(
  due: readonly DuePayee[],
  limits: PayoutLimits,
  means: PlanMeans,
): PaymentPlan {
  const held = new Map<string, string[]>();
  const hold = (reason: string, minerId: string): void => {
    held.set(reason, [...held.get(reason) ?? [], minerId]);
  };
  const groups = new Map<RecipientKind, PlannedPayout[]>();
  let spendable = means.spendableZat;
  let dayLeft = limits.dayMaxZat === undefined ? undefined : limits.dayMaxZat - means.paidTodayZat;
  // Each payee is counted with the fee that it can cause, the fixed part with the first of a kind.
  for (const payee of inOrder(merged(due))) {
    const amountZat = least(payee.availableZat, limits.payeeMaxZat, limits.batchMaxZat);
    if (amountZat < limits.minPayoutZat) continue;
    const policy = policyOf(payee.kind, means);
    if (!allowedUnder(limits.privacyCeiling, policy)) {
      hold(ceilingReason(payee.kind, policy, limits.privacyCeiling), payee.minerId);
      continue;
    }
    const group = groups.get(payee.kind) ?? [];
    const own = payee.kind === "tex" || group.length % limits.recipientsMax === 0;
    const cost = amountZat + (own ? feeBudget(1) : FEE_BUDGET_PER_ACTION_ZAT);
    if (cost > spendable) {
      hold("the wallet's spendable funds do not suffice", payee.minerId);
      continue;
    }
    if (dayLeft !== undefined && amountZat > dayLeft) {
      hold("the limit of one day is reached", payee.minerId);
      continue;
    }
    spendable -= cost;
    if (dayLeft !== undefined) dayLeft -= amountZat;
    const deductedZat = limits.feePayer === "recipients" ? deduction(amountZat) : 0n;
    const { minerId, address } = payee;
    groups.set(payee.kind, [...group, { minerId, address, amountZat, deductedZat }]);
  }
  const batches = RECIPIENT_KINDS.flatMap((kind) =>
    cut(groups.get(kind) ?? [], kind, limits)
      .map((payouts) => batchOf(kind, policyOf(kind, means), payouts))
  );
  return { batches, heldBack: [...held].map(([reason, minerIds]) => ({ reason, minerIds })) };
}

/** A batch of one kind; the payouts in the order of their miner ids. */
export function batchOf(
  kind: RecipientKind,
  policy: PrivacyPolicy,
  payouts: readonly PlannedPayout[],
): PlannedBatch {
  const ordered = payouts.toSorted((a, b) => a.minerId < b.minerId ? -1 : 1);
  const totalZat = ordered.reduce((sum, { amountZat }) => sum + amountZat, 0n);
  return { kind, policy, payouts: ordered, totalZat };
}

function policyOf(kind: RecipientKind, means: PlanMeans): PrivacyPolicy {
  return policyFor(kind, kind === "sapling" ? means.saplingFunds : means.ironwoodFunds);
}

function ceilingReason(kind: RecipientKind, needed: PrivacyPolicy, ceiling: PrivacyPolicy): string {
  return `${KIND_NAMES[kind]} need the privacy policy ${needed}, and the ceiling is ${ceiling}`;
}

/** A miner stands in a run once. */
function merged(due: readonly DuePayee[]): DuePayee[] {
  const byMiner = new Map<string, DuePayee>();
  for (const payee of due) {
    const former = byMiner.get(payee.minerId);
    const availableZat = payee.availableZat + (former?.availableZat ?? 0n);
    byMiner.set(payee.minerId, { ...payee, availableZat });
  }
  return [...byMiner.values()];
}

function inOrder(due: readonly DuePayee[]): DuePayee[] {
  return due.toSorted((a, b) =>
    a.lastPaidMs === b.lastPaidMs
      ? (a.minerId < b.minerId ? -1 : 1)
      : (a.lastPaidMs < b.lastPaidMs ? -1 : 1)
  );
}

function cut(
  payouts: readonly PlannedPayout[],
  kind: RecipientKind,
  limits: PayoutLimits,
): PlannedPayout[][] {
  const lengthMax = kind === "tex" ? 1 : limits.recipientsMax;
  const batches: PlannedPayout[][] = [];
  let total = 0n;
  for (const payout of payouts) {
    const last = batches.at(-1);
    const over = limits.batchMaxZat !== undefined && total + payout.amountZat > limits.batchMaxZat;
    if (last === undefined || last.length >= lengthMax || over) {
      batches.push([payout]);
      total = payout.amountZat;
    } else {
      last.push(payout);
      total += payout.amountZat;
    }
  }
  return batches;
}

/** One marginal fee, and one half of the two that every transaction has at least. */
function deduction(amountZat: bigint): bigint {
  const wanted = 2n * MARGINAL_FEE_ZAT;
  // Never more than a tenth: with the least minimum payout it is a fifth of a percent and more.
  return wanted < amountZat / 10n ? wanted : amountZat / 10n;
}

function least(first: bigint, ...others: readonly (bigint | undefined)[]): bigint {
  return others.reduce<bigint>((a, b) => b !== undefined && b < a ? b : a, first);
}

/** A plan in words, for a dry run. */
export function describePlan(plan: PaymentPlan): string[] {
  const batches = plan.batches.map(({ kind, policy, payouts, totalZat }) =>
    `${formatZec(totalZat)} ZEC to ${payouts.length} ${KIND_NAMES[kind]} (${policy})`
  );
  const held = plan.heldBack.map(({ reason, minerIds }) =>
    `${minerIds.length} payees wait: ${reason}`
  );
  return [...batches, ...held];
}
