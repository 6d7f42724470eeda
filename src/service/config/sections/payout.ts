import { SCHEMES, WINDOW_UNITS } from "../../../money/ledger/mod.ts";
import { optional, preset, required } from "../declaration.ts";
import { flag, hoursAsMs, percentAsPpm, wholeNumber, zecAsZat } from "../number_types.ts";
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
      doc: "What the pool keeps of each reward. May stand in quotes. A change begins a new epoch.",
      unit: "percent",
    }),
    scheme: preset(choice(SCHEMES), "pps", {
      doc: "How rewards are shared: `pps` credits each share at once with its expected value, " +
        "`pplns` shares a block by the work in the last `pplns_window`, `prop` by that " +
        "since the pool's block before, `solo` gives it to its finder. A change begins a new epoch.",
    }),
    pplns_window: preset(wholeNumber({ min: 1, max: 100_000_000 }), 100000, {
      doc:
        "How far `pplns` looks back, in `pplns_window_unit`: a number of accepted shares, or from 2 " +
        "to 100 times the network's difficulty. A change begins a new epoch.",
      unit: "`pplns_window_unit`",
    }),
    pplns_window_unit: preset(choice(WINDOW_UNITS), "shares", {
      doc: "With `difficulty` the window is the newest shares whose work sums to that of " +
        "`pplns_window` blocks at the found block's target (at most 10,000,000 shares), which many " +
        "easy shares do not push anybody out of. A change begins a new epoch.",
    }),
    wallet: preset(choice(["none", "coinbase", "zallet", "external"]), "none", {
      doc:
        "What pays the miners: `none` keeps accounts only, `coinbase` pays those who agreed to it " +
        "by outputs of the pool's own blocks, without a wallet, `zallet` is driven by [wallet], " +
        "`external` serves the [settlement] interface to a program that pays.",
    }),
    coinbase_payees_max: preset(wholeNumber({ min: 1, max: 1_000 }), 100, {
      doc: 'Miners whom one block pays with `wallet = "coinbase"`: each is 34 bytes of the block.',
      unit: "outputs",
    }),
    min_payout: preset(zecAsZat, 0.01, {
      as: "minPayoutZat",
      doc: "A smaller balance waits. At least 0.0001. May stand in quotes.",
      unit: "ZEC",
    }),
    payout_interval_hours: preset(hoursAsMs({ min: "0.01", max: "8760" }), 24, {
      as: "payoutIntervalMs",
      doc: "Time between two payment runs; fractions are allowed. After an outage one run makes " +
        'up for all that were missed. Means nothing with `wallet = "coinbase"`: blocks pay.',
      unit: "hours",
    }),
    liability_cap: optional(zecAsZat, "no limit, with a warning under `pps`", {
      as: "liabilityCapZat",
      doc: "While what is owed to miners under `pps` is at least this, no channel is opened and " +
        "open ones are closed with the reason `liability-cap`. What was accepted stays credited.",
      unit: "ZEC",
    }),
    reserve_floor: optional(zecAsZat, "no floor", {
      as: "reserveFloorZat",
      doc: "As `liability_cap`, while the wallet's spendable funds less what is owed to miners " +
        "under `pps` are below this. Takes effect with the wallet `zallet` only, which tells its " +
        "funds.",
      unit: "ZEC",
    }),
    coinbase_maturity: preset(wholeNumber({ min: 1, max: 1000 }), 100, {
      doc: "Depth at which a found block's reward is due. Less than 100 on Regtest only.",
      unit: "blocks",
    }),
    start_paused: preset(flag, false, {
      doc: "Start with payments paused; `payouts resume` lets them go.",
    }),
  },
} as const;
