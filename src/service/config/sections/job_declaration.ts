import { JOB_DECLARATION } from "../capabilities.ts";
import { preset } from "../declaration.ts";
import { flag, wholeNumber, zatoshis } from "../number_types.ts";
import { choice } from "../text_types.ts";

const pending = { capability: JOB_DECLARATION };

/** `[jd]`: miners that choose their own blocks. */
export const jobDeclaration = {
  doc: "Job Declaration: miners that choose what stands in their blocks.",
  keys: {
    enabled: preset(flag, true, {
      doc: "Serve Job Declaration clients.",
      pending: { capability: JOB_DECLARATION, off: false, anyValue: true },
    }),
    full_template_enabled: preset(flag, false, {
      doc: "Let miners choose the transactions too.",
      pending: { capability: JOB_DECLARATION, off: false, anyValue: true },
    }),
    full_template_validation: preset(choice(["Minimal", "Standard", "Strict"]), "Standard", {
      doc: "How much of a miner's own block is checked: the pool's output only, the known " +
        "transactions as well, or everything.",
      pending,
    }),
    token_lifetime_secs: preset(wholeNumber({ min: 10, max: 86_400 }), 300, {
      doc: "How long a token for a job can be used.",
      unit: "seconds",
      pending,
    }),
    max_tokens_per_client: preset(wholeNumber({ min: 1, max: 10_000 }), 10, {
      doc: "Unused tokens that one client may hold.",
      unit: "tokens",
      pending,
    }),
    coinbase_output_max_additional_size: preset(wholeNumber({ min: 0, max: 100_000 }), 256, {
      doc: "Room for a miner's own coinbase outputs.",
      unit: "bytes",
      pending,
    }),
    min_pool_payout: preset(zatoshis, 10000, {
      as: "minPoolPayoutZat",
      doc: "What a miner's own block must pay the pool at least.",
      unit: "zatoshis",
      pending,
    }),
  },
} as const;
