import { type Clock, type Logger, PoolError, reasonOf } from "../../base/mod.ts";
import { type BlockSpool, FileSpool, MemorySpool } from "../../chain/blocks/mod.ts";
import {
  areRecordsInMemory,
  blockSpoolPath,
  databasePath,
  IN_MEMORY,
  mayKeep,
  type ParsedConfig,
  type StoragePath,
} from "../config/mod.ts";
import { openRecords as openAt, type Records } from "../../money/records/mod.ts";

/** What the configuration asks for cannot be kept where it would have to be. */
export class PlaceError extends PoolError {
  declare readonly code: "unusable-folder" | "payments-in-memory";
}

/**
 * A ledger in memory never pays: with the process it forgets what was paid.
 *
 * @throws {PlaceError} `payments-in-memory` when it would have to.
 */
export function requireLastingPayments(parsed: ParsedConfig): void {
  const { wallet } = parsed.config.payout;
  if (wallet === "none" || !areRecordsInMemory(parsed)) return;
  throw new PlaceError(
    "payments-in-memory",
    `payout.wallet is "${wallet}", and the ledger would be in memory, which forgets with the ` +
      `process what was paid; ${advice(databasePath(parsed))}, or set payout.wallet = "none"`,
  );
}

/**
 * Opens the records: the PostgreSQL database, the SQLite file, or memory where nothing may be
 * written and the operator named no place.
 *
 * @throws {PlaceError} when its folder cannot be made, or a ledger in memory would have to pay;
 * {StorageError} when the place cannot be used.
 */
export async function openRecords(
  parsed: ParsedConfig,
  modules: { readonly clock: Clock; readonly logger: Logger },
): Promise<Records> {
  requireLastingPayments(parsed);
  const { url, path } = parsed.config.database;
  if (url !== undefined) return await openAt({ kind: "postgres", url: url.reveal() }, modules);
  const place = databasePath(parsed);
  if (!areRecordsInMemory(parsed)) {
    makeFolder(place.path, path === undefined ? "server.data_dir" : "database.path");
    return await openAt({ kind: "sqlite", path: place.path, asPool: true }, modules);
  }
  modules.logger.log(
    "warn",
    "records_in_memory",
    "shares, blocks and credits are kept in memory and lost when the pool ends, single shares " +
      `when their hour is booked; ${advice(place)}`,
  );
  return await openAt({ kind: "sqlite", path: IN_MEMORY }, modules);
}

/**
 * Opens the block spool, in memory where nothing may be written.
 *
 * @throws {PlaceError} when its folder cannot be made, {SpoolError} when the file cannot be used.
 */
export function openSpool(parsed: ParsedConfig, logger: Logger): BlockSpool {
  const place = blockSpoolPath(parsed);
  // An operator who keeps records in memory on purpose wants no files.
  const isUsable = place.chosen || mayKeep(place.path);
  if (parsed.config.database.path !== IN_MEMORY && isUsable) {
    makeFolder(place.path, "server.data_dir");
    return FileSpool.open({ path: place.path }, { logger });
  }
  logger.log(
    "warn",
    "blocks_in_memory",
    `a found block that is not settled is lost when the pool is killed; ${advice(place)}`,
  );
  return new MemorySpool();
}

function advice({ path }: StoragePath): string {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/"))) || ".";
  return path === IN_MEMORY
    ? "set database.path to keep them"
    : `to keep them start with --allow-read=${folder} --allow-write=${folder}`;
}

/** Makes the folder of a file, unless it is there; `key` is the setting that named it. */
function makeFolder(path: string, key: string): void {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
  if (folder === "" || !mayKeep(folder)) return;
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new PlaceError(
      "unusable-folder",
      `Cannot make the folder ${folder} of ${key}: ${reasonOf(cause)}; make it and give it ` +
        "to the user that the pool runs as, or name another one",
      { cause },
    );
  }
}
