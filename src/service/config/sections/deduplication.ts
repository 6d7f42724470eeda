import { redisUrl } from "../address_types.ts";
import { SHARED_DEDUPLICATION } from "../capabilities.ts";
import { optional, preset } from "../declaration.ts";
import { flag, wholeNumber } from "../number_types.ts";

/** `[dedup]`: one share counts once, even between processes. */
export const deduplication = {
  doc: "Share deduplication between several pool processes.",
  keys: {
    enabled: preset(flag, false, {
      doc: "Ask Redis whether another process has seen a share.",
      pending: { capability: SHARED_DEDUPLICATION, off: false },
    }),
    redis_url: optional(redisUrl, "none", {
      doc: "The Redis server that all processes share.",
      pending: { capability: SHARED_DEDUPLICATION },
    }),
    window_seconds: preset(wholeNumber({ min: 1, max: 86_400 }), 60, {
      doc: "How long at least a share is remembered there.",
      unit: "seconds",
      pending: { capability: SHARED_DEDUPLICATION },
    }),
  },
} as const;
