import { type Clock, type Logger, reasonOf, systemClock } from "../../base/mod.ts";
import type { ParsedConfig } from "../config/mod.ts";
import type { HashRate } from "../../platform/observability/mod.ts";
import { sayConfigWarnings, sayStarted, sayStopped, sayStopping } from "./announcements.ts";
import { Closers } from "./closers.ts";
import type { PoolEvent } from "./events.ts";
import { type Log, openLog } from "./log.ts";
import type { MiningListener } from "./mining_listener.ts";
import type { Pool } from "./pool.ts";
import {
  beginStart,
  openChain,
  openMiners,
  openMoney,
  openPlaces,
  openView,
} from "./pool_parts.ts";

/** What the program that starts a pool may hand in. */
export interface StartOptions {
  readonly onEvent?: (event: PoolEvent) => void;
  /** Writes log lines instead of the one made from the configuration. */
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** A pool that serves. */
export interface RunningPool {
  readonly pool: Pool;
  readonly logger: Logger;
  /** Where miners connect. */
  readonly miningAddress: { readonly hostname: string; readonly port: number };
  /** What miners are given: `stratum2+tcp://host:port/KEY`, without a key when noise is off. */
  readonly minerUrl: string;
  /** What Stratum V1 miners are given, for each place where it is served: `stratum+tcp://host:port`. */
  readonly stratumUrls: readonly string[];
  /** What declarers are given; undefined where jobs are not declared. */
  readonly declarationUrl: string | undefined;
  /** Where metrics and status are, for example `http://127.0.0.1:9090`. */
  readonly metricsUrl: string | undefined;
  /** Estimated solutions a second of all miners. */
  hashRate(): number;
  /** Opens the log file again under its name, after a rotation; says so when there is none. */
  reopenLog(): void;
  /** Ends everything in order. @param why what the log says of it, for instance a signal's name. */
  stop(why?: string): Promise<void>;
}

/**
 * Starts everything that a configuration asks for.
 *
 * @throws {PoolError} of the room that cannot start, with what to do.
 */
export async function startPool(
  parsed: ParsedConfig,
  options: StartOptions = {},
): Promise<RunningPool> {
  const clock = options.clock ?? systemClock;
  const log = openLog(parsed.config, clock, options.logger);
  const opened = new Closers();
  try {
    const parts = await openParts(
      parsed,
      { clock, log, observe: options.onEvent ?? noObserver },
      opened,
    );
    return runningPool(parts, { clock, log, opened });
  } catch (error) {
    // What cannot be closed then is not what the operator has to mend.
    await opened.closeAll().catch(() => {});
    await log.close();
    throw error;
  }
}

/** What a running pool is seen and stopped by. */
interface Parts {
  readonly pool: Pool;
  readonly mining: MiningListener;
  readonly metricsUrl: string | undefined;
  readonly hashRate: HashRate;
}

/** All that a pool is made of, from the ground up; what has to be closed is kept with its closer. */
async function openParts(
  parsed: ParsedConfig,
  { clock, log, observe }: { clock: Clock; log: Log; observe: (event: PoolEvent) => void },
  opened: Closers,
): Promise<Parts> {
  sayConfigWarnings(log.logger, parsed);
  const start = beginStart(parsed, { clock, log, observe }, opened);
  const places = await openPlaces(start);
  const chain = openChain(start, places);
  const money = await openMoney(start, places, chain);
  const miners = openMiners(start, { places, chain, money });
  const metricsUrl = openView(start, { chain, money, miners });
  await chain.submitter.recover();
  await money.treasury.run((atCap) => miners.pool.limitLiability(atCap));
  start.summary.begin({
    connections: () => places.mining.active,
    channels: () => miners.pool.channelCount,
    hashRate: () => miners.hashRate.solutionsPerSecond(clock.monotonic()),
    height: () => miners.pool.height,
  });
  const { mining } = places;
  const { treasury } = money;
  sayStarted(log.logger, { config: parsed.config, mining, metricsUrl, treasury });
  return { pool: miners.pool, mining, metricsUrl, hashRate: miners.hashRate };
}

/** Sets the pool going, and gives its starter what it is seen and stopped by. */
function runningPool(
  { pool, mining, metricsUrl, hashRate }: Parts,
  { clock, log, opened }: { clock: Clock; log: Log; opened: Closers },
): RunningPool {
  const { logger } = log;
  pool.run().catch((error) => {
    logger.log("error", "pool_failed", reasonOf(error));
    // Without one of its loops a pool only seems to live: it goes down as by any fault.
    throw error;
  });
  const stop = async (why: string | undefined): Promise<void> => {
    sayStopping(logger, { why, pool, mining });
    let failed = true;
    try {
      await opened.closeAll();
      failed = false;
    } finally {
      sayStopped(logger, pool, failed);
      await log.close();
    }
  };
  let stopping: Promise<void> | undefined;
  return {
    ...{ pool, logger, metricsUrl },
    miningAddress: mining.listener.address,
    minerUrl: mining.url,
    stratumUrls: mining.stratum.map(({ url }) => url),
    declarationUrl: mining.declaration?.url,
    hashRate: () => hashRate.solutionsPerSecond(clock.monotonic()),
    reopenLog: () => log.reopen(),
    stop: (why) => stopping ??= stop(why),
  };
}

function noObserver(): void {}
