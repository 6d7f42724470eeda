import type { Config } from "./config_type.ts";
import type { ParsedConfig } from "./parse_config.ts";
import { mayKeep } from "./permissions.ts";
import { IN_MEMORY } from "./sections/database.ts";

/** Where one thing is kept on disk. */
export interface StoragePath {
  readonly path: string;
  /**
   * True when the operator named the place: then not being able to write there is a failure. A
   * default place may be given up for memory, with a warning.
   */
  readonly chosen: boolean;
}

/** The SQLite file, or {@link IN_MEMORY}. */
export function databasePath({ config, explicit }: Placed): StoragePath {
  const { path } = config.database;
  if (path !== undefined) return { path, chosen: true };
  return {
    path: within(config.server.dataDir, "zcash-pool.sqlite"),
    chosen: explicit.has("server.data_dir"),
  };
}

/**
 * Where the records end with the process: on purpose, or because nothing may be written to a place
 * that nobody chose. A place that was chosen is used in any case: if it cannot be, opening it says
 * why.
 */
export function areRecordsInMemory(parsed: Placed): boolean {
  if (parsed.config.database.url !== undefined) return false;
  const { path, chosen } = databasePath(parsed);
  return path === IN_MEMORY || !(chosen || mayKeep(path));
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
