import { type Clock, PoolError, silentLogger, systemRandom } from "../../base/mod.ts";
import type { NodeClient } from "../../chain/node/mod.ts";
import { type Config, databasePath, IN_MEMORY, type ParsedConfig } from "../config/mod.ts";
import { NO_PAYOUT_METRICS } from "../../money/payouts/mod.ts";
import { openRecords, type StoreLocation } from "../../money/records/mod.ts";
import {
  Books,
  type BooksModules,
  Treasury,
  type TreasuryModules,
} from "../../money/treasury/mod.ts";
import { makeNodes } from "./nodes.ts";
import { onPoolNetwork } from "./network_check.ts";
import { poolNetwork, treasuryOptions } from "./options.ts";
import { chainOf, paymentOptions, walletOf } from "./payment_parts.ts";

/** As long as PostgreSQL waits for one: a pool that runs beside a command writes several times a second. */
const LOCK_WAIT_MS = 10_000;

/** There are no books to open. */
export class BooksError extends PoolError {
  constructor(message: string) {
    super("no-books", message);
  }
}

/**
 * Opens the books of a configuration's pool.
 *
 * @param options `create` makes a database that is not there yet.
 * @throws {BooksError} when there are none; {StorageError} when they cannot be used.
 */
export async function openBooks(
  parsed: ParsedConfig,
  options: { readonly create?: boolean },
  modules: { readonly clock: Clock },
): Promise<Books> {
  const { clock } = modules;
  const records = await openRecords(location(parsed, options.create ?? false), modules);
  const ground = { clock, random: systemRandom, logger: silentLogger };
  return makeBooks(parsed.config, {
    ...{ ...ground, records, nodes: makeNodes(parsed.config, clock) },
    metrics: NO_PAYOUT_METRICS,
  });
}

/** The books of a configuration on records that are open. @param nodes in order of preference. */
export function makeBooks(
  config: Config,
  modules: Omit<BooksModules, "newChain" | "wallet"> & { readonly nodes: readonly NodeClient[] },
): Books {
  const { nodes, ...rest } = modules;
  return new Books({ network: poolNetwork(config), payments: paymentOptions(config) }, {
    ...rest,
    newChain: () => chainOf(config, nodes),
    wallet: walletOf(config, rest.clock),
  });
}

/**
 * Opens what keeps the books moving.
 *
 * @throws {PayoutError} `mode` while money is reserved for another wallet; {StorageError}.
 */
export function openTreasury(
  parsed: ParsedConfig,
  modules: Omit<TreasuryModules, "chainNodes"> & { readonly nodes: readonly NodeClient[] },
): Promise<Treasury> {
  const { nodes, ...rest } = modules;
  const chainNodes = nodes.map((node) => onPoolNetwork(node, parsed.config));
  return Treasury.open(treasuryOptions(parsed), { ...rest, chainNodes });
}

function location(parsed: ParsedConfig, create: boolean): StoreLocation {
  const { url } = parsed.config.database;
  if (url !== undefined) return { kind: "postgres", url: url.reveal() };
  const { path } = databasePath(parsed);
  if (path === IN_MEMORY) {
    throw new BooksError(
      "Cannot open the books: database.path is :memory:, so that they are the running pool's alone",
    );
  }
  if (!create && !isFile(path)) {
    throw new BooksError(
      `Cannot open the books: there are none at ${path}; set server.data_dir, database.path or ` +
        "database.url as the pool has them, or start the pool once",
    );
  }
  return { kind: "sqlite", path, lockWaitMs: LOCK_WAIT_MS };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
