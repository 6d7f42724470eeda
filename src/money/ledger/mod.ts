/** Pure arithmetic of money: amounts, credits, exact splits, schemes, and the journal's rules. */
export * from "./account.ts";
export * from "./amounts.ts";
export * from "./block_postings.ts";
export * from "./coinbase_postings.ts";
export * from "./coinbase_split.ts";
export * from "./distribution.ts";
export * from "./epoch.ts";
export * from "./journal_entry.ts";
export * from "./largest_remainder.ts";
export * from "./luck.ts";
export * from "./payout_postings.ts";
export * from "./pps.ts";
export * from "./pps_postings.ts";
export * from "./proportional_equivalent.ts";
export * from "./work.ts";
