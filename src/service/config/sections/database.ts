import { postgresUrl } from "../address_types.ts";
import { optional, preset } from "../declaration.ts";
import { wholeNumber } from "../number_types.ts";
import { filePath } from "../text_types.ts";

/** The name that SQLite has for a database without a file. */
export const IN_MEMORY = ":memory:";

/** `[database]`: where shares, blocks and credits are kept. */
export const database = {
  doc: "Where shares, blocks and credits are kept.",
  keys: {
    url: optional(postgresUrl, "SQLite is used", {
      doc: "A PostgreSQL database, instead of SQLite. Behind a `?` it may say `sslmode` " +
        "(`disable`, which is the default, `prefer`, `require`, `verify-full`) and `search_path`.",
    }),
    path: optional(filePath, "`zcash-pool.sqlite` in server.data_dir", {
      doc: 'The SQLite file. ":memory:" keeps nothing beyond the process. Without permission to ' +
        "write it the records are kept in memory, with a warning, unless the path was set.",
    }),
    share_retention_days: preset(wholeNumber({ min: 1, max: 3650 }), 7, {
      doc: "How long single shares are kept before only their hourly sums are. Never inside the " +
        "PPLNS window. Journal, blocks and payouts are never deleted.",
      unit: "days",
    }),
  },
} as const;
