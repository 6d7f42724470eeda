import type { Config } from "./config_type.ts";
import type { ParsedConfig } from "./parse_config.ts";

/** Where one thing is kept on disk. */
export interface StoragePath {
  readonly path: string;
  /**
   * True when the operator named the place: then not being able to write there is a failure. A
   * default place may be given up for memory, with a warning.
   */
  readonly chosen: boolean;
}

/** The name that SQLite has for a database without a file. */
export const IN_MEMORY = ":memory:";

/** The SQLite file, or {@link IN_MEMORY}. */
export function databasePath({ config, explicit }: Placed): StoragePath {
  const { path } = config.database;
  if (path !== undefined) return { path, chosen: true };
  return {
    path: within(config.server.dataDir, "zcash-pool.sqlite"),
    chosen: explicit.has("server.data_dir"),
  };
}

/** The append-only file of blocks that were found. */
export function blockSpoolPath({ config, explicit }: Placed): StoragePath {
  return {
    path: within(config.server.dataDir, "blocks.spool"),
    chosen: explicit.has("server.data_dir"),
  };
}

type Placed = Pick<ParsedConfig, "explicit"> & {
  readonly config: Pick<Config, "server" | "database">;
};

function within(directory: string, name: string): string {
  return `${directory.replace(/\/+$/, "")}/${name}`;
}
