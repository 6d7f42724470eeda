import { nodeUrl } from "../address_types.ts";
import { optional, preset } from "../declaration.ts";
import { flag, wholeNumber, zecAsZat } from "../number_types.ts";
import { asciiText, choice, filePath, secretText } from "../text_types.ts";

/**
 * What a payment may reveal, from the least to the most, as far as it lies in one line
 * (z_sendmany's `privacyPolicy`): amounts between shielded pools, then transparent recipients too.
 */
const PRIVACY_CEILINGS = [
  "FullPrivacy",
  "AllowRevealedAmounts",
  "AllowRevealedRecipients",
] as const;

/** `[wallet]`: the wallet that `payout.wallet = "zallet"` drives. */
export const wallet = {
  doc: 'The wallet that pays miners; used with `payout.wallet = "zallet"` only.',
  keys: {
    url: optional(nodeUrl, 'none: payout.wallet must not be "zallet"', {
      doc: "The RPC address of the wallet. Wallets and nodes share default ports: none is guessed.",
    }),
    cookie_file: optional(filePath, "no cookie is sent", {
      doc: "The file `.cookie` in the wallet's data directory; it is read again when the wallet " +
        "refuses the old one.",
    }),
    user: optional(asciiText({ min: 1, max: 128 }), "no user", {
      doc: "The user, for a wallet with fixed credentials.",
    }),
    password: optional(secretText, "no password", {
      doc: "The password that belongs to `user`.",
    }),
    account: optional(
      asciiText({ min: 1, max: 1000 }),
      'none: payout.wallet must not be "zallet"',
      {
        doc:
          "The paying account's UUID, or an address of it. Not the address that miners or block " +
          "explorers know: whoever knows it can send memos that disturb the wallet's lists.",
      },
    ),
    shielding: preset(flag, true, {
      doc: "Shield mature coinbase outputs when the pool's address is transparent.",
    }),
    shielding_batch: preset(wholeNumber({ min: 1, max: 200 }), 50, {
      doc: "Coinbase outputs that are shielded at once.",
      unit: "outputs",
    }),
    recipients_per_batch: preset(wholeNumber({ min: 1, max: 1000 }), 45, {
      doc: "Miners that one transaction pays. Wallets refuse more than 50 with their change.",
      unit: "miners",
    }),
    privacy_ceiling: preset(choice(PRIVACY_CEILINGS), "AllowRevealedRecipients", {
      doc:
        "The most that a payment may reveal. The least that a batch needs is used; payees that " +
        "need more than this are held.",
    }),
    settle_confirmations: preset(wholeNumber({ min: 3, max: 100 }), 10, {
      doc: "Depth at which a payment is final.",
      unit: "blocks",
    }),
    fee_payer: preset(choice(["pool", "recipients"]), "pool", {
      doc: "Who bears the network's fee of a payment.",
    }),
    max_per_payee: optional(zecAsZat, "no limit", {
      as: "maxPerPayeeZat",
      doc: "What one miner is paid at most in one run; the rest waits for the next.",
      unit: "ZEC",
    }),
    max_per_batch: optional(zecAsZat, "no limit", {
      as: "maxPerBatchZat",
      doc: "What one transaction pays at most.",
      unit: "ZEC",
    }),
    max_per_day: optional(zecAsZat, "no limit", {
      as: "maxPerDayZat",
      doc: "What is paid in 24 hours at most, and in 1728 blocks, whatever the clock says.",
      unit: "ZEC",
    }),
    dry_run: preset(flag, false, {
      doc: "Plan and log the batches of each run, and send nothing.",
    }),
  },
} as const;
