import { postgresUrl } from "../address_types.ts";
import { POSTGRES } from "../capabilities.ts";
import { optional } from "../declaration.ts";
import { filePath } from "../text_types.ts";

/** `[database]`: where shares, blocks and credits are kept. */
export const database = {
  doc: "Where shares, blocks and credits are kept.",
  keys: {
    url: optional(postgresUrl, "SQLite is used", {
      doc: "A PostgreSQL database.",
      pending: { capability: POSTGRES },
    }),
    path: optional(filePath, "`zcash-pool.sqlite` in server.data_dir", {
      doc: 'The SQLite file. ":memory:" keeps nothing beyond the process. Without permission to ' +
        "write it the records are kept in memory, with a warning, unless the path was set.",
    }),
  },
} as const;
