/**
 * What payments refuse, and what our node knows against a transaction, in the words of the external
 * payer: what holds, then what to call next.
 *
 * @module
 */
import { type Doubt, PayoutError, type RefusalFact } from "../payouts/mod.ts";

/** What a refusal means to the payer, and what leads on. */
export function refusalForPayer(error: PayoutError): string {
  const { fact } = error;
  return fact === undefined ? error.message : sentenceOf(fact);
}

/** What leads on from a transaction that may never pay its payout. */
export function doubtForPayer(doubt: Doubt): string {
  return doubt.kind === "unseen"
    ? `The pool's node has known nothing of transaction ${doubt.txid} since height ` +
      `${doubt.fromHeight}. If another transaction pays this payout, report that one with /sent.`
    : `Transaction ${doubt.txid} expired unmined at height ${doubt.expiryHeight}. Report the ` +
      "transaction that pays this payout instead with /sent, or give it back with /declined.";
}

function sentenceOf(fact: RefusalFact): string {
  switch (fact.kind) {
    case "no-step":
      return noStep(fact);
    case "mined":
      return `A block has transaction ${fact.txid}, which was reported for this payout: nothing is ` +
        "left to report.";
    case "taken":
      return `Transaction ${fact.txid} is the payment of another payout.`;
    case "older":
      return `Transaction ${fact.txid} was mined before this payout was handed over: report the ` +
        "one that pays it.";
    case "underpaid": {
      const beside = fact.othersZat === 0n
        ? ""
        : ` beside ${fact.othersZat} for other payouts that name it`;
      return `Transaction ${fact.txids.join(" and ")} pays ${fact.address} ${fact.paidZat} ` +
        `zatoshis, and ${fact.owedZat} are owed${beside}: report the one that pays this payout.`;
    }
    case "paused":
      return `The pool's payments are paused (${fact.reason}): settle when its operator has ` +
        "resumed them.";
    case "watermark":
      return `The watermark ${fact.lastMs} was settled: settle it again, or a later one.`;
  }
}

function noStep({ state, event }: RefusalFact & { readonly kind: "no-step" }): string {
  switch (state) {
    case "broadcast":
      return "This payout was reported as sent, and a block may yet have its transaction. Report " +
        "the transaction that pays it with /sent, or ask the pool's operator to release it.";
    case "mined":
    case "settled":
      return "A block has the transaction of this payout: nothing is left to report.";
    case "released":
    case "rejected":
    case "expired":
      return "This payout was given back and must not be paid: a later settlement hands its money " +
        "over again.";
    default:
      return `A payout that is ${state} cannot be reported as ${
        event === "reject" ? "declined" : "sent"
      }.`;
  }
}
