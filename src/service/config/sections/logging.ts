import { LOG_LEVELS } from "../../../base/mod.ts";
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
      doc:
        "How long rotated log files are kept. `file` is rotated daily (UTC) and at 512 MiB, to " +
        "`pool.log.2026-12-01`; that needs permission for its folder, which should be its own.",
      unit: "days",
    }),
    include_miner_ips: preset(flag, false, {
      doc: "Write the IP addresses of miners into the log: a line for each login, and refused " +
        "connections. Without it no log line has one.",
      change: "live",
    }),
    include_share_details: preset(flag, false, {
      doc: "Write a line for each share, with miner, difficulty, job and verdict.",
      change: "live",
    }),
  },
} as const;
