/** Pure arithmetic of money: amounts as text, pay-per-share credit, exact splits. */
export * from "./amounts.ts";
export * from "./largest_remainder.ts";
export * from "./pps.ts";
