import assert from "node:assert/strict";
import type { Logger } from "../../../../src/base/mod.ts";
import { sayTerms } from "../../../../src/money/treasury/terms.ts";

Deno.test("terms: the first are told, a change is a warning with what held before", () => {
  const lines: unknown[] = [];
  const log: Logger = { log: (...line) => void lines.push(line) };
  const terms = {
    scheme: "pps",
    feePpm: 10_000,
    pplnsWindow: 100_000,
    pplnsWindowUnit: "shares",
  } as const;
  sayTerms(log, terms, undefined);
  sayTerms(log, { ...terms, pplnsWindow: 7 }, terms);
  sayTerms(log, { ...terms, feePpm: 100_000 }, terms);
  const shares = { ...terms, scheme: "pplns", pplnsWindow: 7 } as const;
  sayTerms(log, shares, terms);
  sayTerms(log, { ...shares, pplnsWindowUnit: "difficulty" }, shares);
  assert.deepEqual(lines, [
    ...Array(2).fill([
      "info",
      "terms_begin",
      "shares are credited from now on by pps with a fee of 1 %",
      { scheme: "pps", pool_fee_percent: 1 },
    ]),
    [
      "warn",
      "terms_changed",
      "shares are credited from now on by pps with a fee of 10 %; until now it was pps with a fee of 1 %",
      { scheme: "pps", pool_fee_percent: 10 },
    ],
    [
      "warn",
      "terms_changed",
      "shares are credited from now on by pplns over 7 shares with a fee of 1 %; until now it was " +
      "pps with a fee of 1 %",
      { scheme: "pplns", pool_fee_percent: 1, pplns_window: 7, pplns_window_unit: "shares" },
    ],
    [
      "warn",
      "terms_changed",
      "shares are credited from now on by pplns over the work of 7 blocks with a fee of 1 %; until " +
      "now it was pplns over 7 shares with a fee of 1 %",
      { scheme: "pplns", pool_fee_percent: 1, pplns_window: 7, pplns_window_unit: "difficulty" },
    ],
  ]);
});
