import { redisUrl } from "../address_types.ts";
import { optional, preset } from "../declaration.ts";
import { flag, wholeNumber } from "../number_types.ts";

/** `[dedup]`: one share counts once, even between processes. */
export const deduplication = {
  doc: "Share deduplication between several pool processes.",
  keys: {
    enabled: preset(flag, false, {
      doc: "Ask Redis whether another process has seen a share.",
    }),
    redis_url: optional(redisUrl, "none", {
      doc: "The Redis server that all processes share, version 6 or later; `rediss:` for TLS.",
    }),
    window_seconds: preset(wholeNumber({ min: 1, max: 86_400 }), 60, {
      doc: "How long at least a share is remembered there.",
      unit: "seconds",
    }),
  },
} as const;
