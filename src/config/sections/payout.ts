import { OTHER_SCHEMES, PAYMENTS } from "../capabilities.ts";
import { preset, required } from "../declaration.ts";
import { hoursAsMs, percentAsPpm, wholeNumber, zecAsZat } from "../number_types.ts";
import { addressText, choice } from "../text_types.ts";

/** `[payout]`: who is paid what. */
export const payout = {
  doc: "The pool's address, its fee, and how miners are paid.",
  keys: {
    pool_address: required(addressText, {
      doc: "The Zcash address that the pool's blocks pay. With a transparent one the pool writes " +
        "and checks the coinbase output itself.",
    }),
    pool_fee_percent: preset(percentAsPpm, 1.0, {
      as: "poolFeePpm",
      doc: "What the pool keeps of each reward. May stand in quotes.",
      unit: "percent",
    }),
    scheme: preset(choice(["pps", "pplns", "prop", "solo"]), "pps", {
      doc: "How rewards are shared: `pps` credits each share at once with its expected value.",
      pending: { capability: OTHER_SCHEMES, off: "pps" },
    }),
    pplns_window: preset(wholeNumber({ min: 1, max: 100_000_000 }), 100000, {
      doc: "How many accepted shares `pplns` looks back.",
      unit: "shares",
      pending: { capability: OTHER_SCHEMES },
    }),
    wallet: preset(choice(["none", "coinbase", "zallet", "external"]), "none", {
      doc: "What pays the miners. `none` keeps accounts only.",
      pending: { capability: PAYMENTS, off: "none" },
    }),
    min_payout: preset(zecAsZat, 0.01, {
      as: "minPayoutZat",
      doc: "A smaller balance waits. May stand in quotes.",
      unit: "ZEC",
      pending: { capability: PAYMENTS },
    }),
    payout_interval_hours: preset(hoursAsMs({ min: "0.01", max: "8760" }), 24, {
      as: "payoutIntervalMs",
      doc: "Time between two payment runs; fractions are allowed.",
      unit: "hours",
      pending: { capability: PAYMENTS },
    }),
  },
} as const;
