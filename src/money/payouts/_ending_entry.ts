import { type JournalEntry, payoutReleased, payoutSettled } from "../ledger/mod.ts";
import type { PayoutRow } from "./tables/payout_rows.ts";

/** What the end of a payout means for money: it is paid, or due again. */
export function endingEntry(
  payout: PayoutRow,
  { ended, atMs }: { readonly ended: "settled" | "released"; readonly atMs: number },
): JournalEntry {
  const { id, minerId, amountZat } = payout;
  const posted = { payoutId: id, minerId, amountZat, atMs };
  return ended === "settled"
    ? withDeduction(payoutSettled(posted), payout)
    : payoutReleased(posted);
}

/** Where payees bear the fee, their part goes to the account that fees are paid from. */
function withDeduction(entry: JournalEntry, { deductedZat, minerId }: PayoutRow): JournalEntry {
  if (deductedZat === 0n) return entry;
  return {
    ...entry,
    lines: [
      ...entry.lines.map((line) =>
        line.account === `paid-out:${minerId}`
          ? { ...line, amountZat: line.amountZat - deductedZat }
          : line
      ),
      { account: "pool-fee", amountZat: deductedZat },
    ],
  };
}
