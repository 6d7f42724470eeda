/**
 * What paying a miner means for the journal: set aside before the wallet is spoken to, and then
 * either settled or given back, never both.
 *
 * @module
 */
import { type Account, minerAccount, paidOut } from "./account.ts";
import { type JournalEntry, makeEntry } from "./journal_entry.ts";

/** One amount owed to one payee. */
export interface PostedPayout {
  readonly payoutId: string;
  readonly minerId: string;
  /** At least 1. */
  readonly amountZat: bigint;
  readonly atMs: number;
}

/** The amount is set aside for a payment. */
export function payoutReserved(payout: PostedPayout): JournalEntry {
  return moved(payout, "reserved", "available", "reserved", "set aside for a payment");
}

/**
 * The payment is deep enough in the chain. Its id is that of {@link payoutReleased}, whose place in
 * the journal can be taken once: a payout that was given back cannot be settled, nor the reverse.
 */
export function payoutSettled(payout: PostedPayout): JournalEntry {
  return moved(payout, "ended", "reserved", "paid", "payment settled");
}

/** It is proved that the payment will never happen: the amount is due again. */
export function payoutReleased(payout: PostedPayout): JournalEntry {
  return moved(payout, "ended", "reserved", "available", "payment released");
}

/** The chain's fee for a batch, borne by the pool. */
export function networkFeePaid(
  batch: { readonly batchId: string; readonly feeZat: bigint; readonly atMs: number },
): JournalEntry {
  if (batch.feeZat <= 0n) throw new RangeError("Cannot post a network fee: it is not positive");
  return makeEntry({
    id: `batch:${batch.batchId}:fee`,
    atMs: batch.atMs,
    reason: "network fee of a payment",
    lines: [
      { account: "pool-fee", amountZat: -batch.feeZat },
      { account: "network-fee", amountZat: batch.feeZat },
    ],
  });
}

type Place = "available" | "reserved" | "paid";

function moved(
  { payoutId, minerId, amountZat, atMs }: PostedPayout,
  step: string,
  from: Place,
  to: Place,
  reason: string,
): JournalEntry {
  if (amountZat <= 0n) throw new RangeError("Cannot post a payout: its amount is not positive");
  const place = (part: Place): Account =>
    part === "paid" ? paidOut(minerId) : minerAccount(minerId, part);
  return makeEntry({
    id: `payout:${payoutId}:${step}`,
    atMs,
    reason,
    lines: [
      { account: place(from), amountZat: -amountZat },
      { account: place(to), amountZat },
    ],
  });
}
