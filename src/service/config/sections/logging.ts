import { LOG_LEVELS } from "../../../base/mod.ts";
import { LOG_DETAILS, LOG_RETENTION } from "../capabilities.ts";
import { optional, preset } from "../declaration.ts";
import { flag, wholeNumber } from "../number_types.ts";
import { choice, filePath } from "../text_types.ts";

/** `[logging]`: what the pool says. */
export const logging = {
  doc: "What the pool says, how, and where.",
  keys: {
    level: preset(choice(LOG_LEVELS), "info", {
      doc: "The least urgent lines that are written.",
      change: "live",
    }),
    format: preset(choice(["json", "pretty"]), "json", {
      doc: "One JSON object a line, or lines for people.",
    }),
    file: optional(filePath, "standard output", {
      doc: "A file to which the lines are appended. SIGHUP opens it again, after a rotation.",
    }),
    retention_days: preset(wholeNumber({ min: 1, max: 3650 }), 90, {
      doc: "How long log files are kept.",
      unit: "days",
      pending: { capability: LOG_RETENTION },
    }),
    include_miner_ips: preset(flag, false, {
      doc: "Write the addresses of miners into the log.",
      change: "live",
      pending: { capability: LOG_DETAILS, off: false },
    }),
    include_share_details: preset(flag, false, {
      doc: "Write a line for each share.",
      change: "live",
      pending: { capability: LOG_DETAILS, off: false },
    }),
  },
} as const;
