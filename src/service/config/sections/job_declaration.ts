import { preset } from "../declaration.ts";
import { DIFFICULTY_RANGE } from "../difficulty_range.ts";
import { decimalNumber, flag, wholeNumber, zatoshis } from "../number_types.ts";
import { choice } from "../text_types.ts";

/** `[jd]`: miners that choose their own blocks. */
export const jobDeclaration = {
  doc: "Job Declaration: miners that choose what stands in their blocks.",
  keys: {
    enabled: preset(flag, true, {
      doc: "Serve Job Declaration clients on `server.jd_listen_addr`.",
    }),
    full_template_enabled: preset(flag, false, {
      doc: "Let miners choose the transactions too: at most 32 connections at a time.",
    }),
    full_template_validation: preset(choice(["Minimal", "Standard", "Strict"]), "Standard", {
      doc: "Where the transactions of a miner's own block come from. Minimal: what is not in the " +
        "pool's templates the miner sends. Standard, Strict: Zebra's mempool is asked first. All " +
        "of the block is checked and judged by Zebra before a share of it counts, whatever stands " +
        "here.",
    }),
    token_lifetime_secs: preset(wholeNumber({ min: 10, max: 86_400 }), 300, {
      doc: "How long a token can be used for declaring. A job that was declared with it lives on " +
        "until its parent block is no longer the tip.",
      unit: "seconds",
    }),
    max_tokens_per_client: preset(wholeNumber({ min: 1, max: 10_000 }), 10, {
      doc: "Tokens that one connection may hold, and declared jobs that it may have alive.",
      unit: "tokens",
    }),
    coinbase_output_max_additional_size: preset(wholeNumber({ min: 0, max: 100_000 }), 256, {
      doc: "Bytes that a declared coinbase may be longer than the pool's own: room for a miner's " +
        "outputs.",
      unit: "bytes",
    }),
    min_pool_payout: preset(zatoshis, 10000, {
      as: "minPoolPayoutZat",
      doc:
        "What a declared block must pay the pool at least. Shares are credited by what it pays, " +
        "and never by more than the pool's own block would.",
      unit: "zatoshis",
    }),
    share_difficulty: preset(decimalNumber(DIFFICULTY_RANGE), 1000.0, {
      doc:
        "The difficulty of shares of declared jobs, where the network's is not easier. It never " +
        "moves and must be the same in all processes of a pool: a header whose shares had two " +
        "targets could be handed in under the better one.",
    }),
  },
} as const;
