import { type Clock, type Logger, reasonOf, systemClock, systemRandom } from "../../base/mod.ts";
import { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { formatSocketAddress, type ParsedConfig } from "../config/mod.ts";
import { createWorkerVerifier } from "../../mining/equihash/mod.ts";
import { addRuntimeMetrics, createMetrics, HashRate } from "../../platform/observability/mod.ts";
import { AddressVerdicts, MinerDirectory } from "../../money/accounts/mod.ts";
import { RecordWriter } from "../../money/records/mod.ts";
import { PoolProcess, Treasury } from "../../money/treasury/mod.ts";
import { sayStarted, sayStopped, sayStopping } from "./announcements.ts";
import { makeBooks } from "./books.ts";
import { Closers } from "./closers.ts";
import type { PoolEvent } from "./events.ts";
import { makeInstruments } from "./instruments.ts";
import { type Log, openLog } from "./log.ts";
import { CountedConduct } from "./conduct.ts";
import { makeMiningCore } from "./mining_core.ts";
import { type MiningListener, openMiningListener } from "./mining_listener.ts";
import { makeNodes } from "./nodes.ts";
import {
  commonTerms,
  miningCoreOptions,
  miningServerOptions,
  poolNetwork,
  treasuryOptions,
  workOptions,
} from "./options.ts";
import { onPoolNetwork } from "./network_check.ts";
import { openRecords, openSpool } from "./places.ts";
import { Pool } from "./pool.ts";
import { openStatusServer } from "./status_server.ts";
import { SupportWatch } from "./support_watch.ts";
import { Sv2Service } from "./sv2_service.ts";
import { makeWorkSource } from "./work_source.ts";

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
  /** Where metrics and status are, for example `http://127.0.0.1:9090`. */
  readonly metricsUrl: string | undefined;
  /** Estimated solutions a second of all miners. */
  hashRate(): number;
  /** Opens the log file again under its name, after a rotation; says so when there is none. */
  reopenLog(): void;
  /** Ends everything in order. @param why what the log says of it, for instance a signal's name. */
  stop(why?: string): Promise<void>;
}

/** Shares that may wait for a verifier thread: about a second's work of one thread. */
const VERIFIER_QUEUE_MAX = 8_192;

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
      { clock, log, emit: options.onEvent ?? noObserver },
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

/** All that a pool is made of, from the ground up: each part is kept with what closes it. */
async function openParts(
  parsed: ParsedConfig,
  ground: { clock: Clock; log: Log; emit: (event: PoolEvent) => void },
  opened: Closers,
): Promise<Parts> {
  const { config, warnings } = parsed;
  const { clock, log, emit } = ground;
  const { logger } = log;
  const random = systemRandom;
  for (const { message } of warnings) logger.log("warn", "config_warning", message);

  const metrics = createMetrics();
  opened.keep(addRuntimeMetrics(metrics.registry, clock), (end) => end());
  log.measureBy(metrics.registry);
  const instruments = makeInstruments(metrics);
  const conduct = new CountedConduct(instruments.peerFaults);

  const records = await openRecords(parsed, { clock, logger });
  const { store } = opened.keep(records, ({ store }) => store.close());
  const spool = opened.keep(openSpool(parsed, logger), (spool) => spool.close());
  const mining = opened.keep(
    openMiningListener(config, { clock, logger, conduct, metrics: instruments.transport }),
    ({ listener }) => listener.close(),
  );

  const nodes = makeNodes(config, clock);
  const work = opened.keep(
    makeWorkSource(config, { nodes, clock, logger, metrics: instruments.templates }),
    (work) => work.close(),
  );
  const { templates, jobs } = work;
  const submitter = new BlockSubmitter({}, {
    ...{ nodes, spool, clock, logger },
    metrics: instruments.blocks,
  });
  const writer = new RecordWriter({}, {
    ...{ store, clock, logger },
    metrics: instruments.records,
  });
  const { money } = instruments;
  const books = makeBooks(config, {
    ...{ records, nodes, clock, random, logger },
    metrics: money.payouts,
  });
  opened.keep(
    await PoolProcess.join(formatSocketAddress(config.server.listenAddr), commonTerms(config), {
      ...{ database: records.database, clock, random, logger },
    }),
    (process) => process.leave(),
  );
  const treasury = opened.keep(
    await Treasury.open(treasuryOptions(parsed), {
      ...{ books, writer, clock, logger },
      chainNodes: nodes.map((node) => onPoolNetwork(node, config)),
      metrics: money,
    }),
    (treasury) => treasury.close(),
  );

  const verifier = createWorkerVerifier(
    { threads: config.mining.validationThreads, queueCapacity: VERIFIER_QUEUE_MAX },
    { clock, logger, metrics: instruments.verifier },
  );
  const hashRate = new HashRate();
  const core = makeMiningCore(miningCoreOptions(config), {
    ...{ clock, random, logger, verifier, submitter, writer, emit },
    hashRate: { add: (work) => hashRate.add(work, clock.monotonic()) },
    metrics: instruments.shares,
  });
  const directory = new MinerDirectory(poolNetwork(config), {
    ...{ accounts: books.accounts, clock, logger },
    verdicts: new AddressVerdicts({}, { nodes, clock, logger }),
  });
  const sv2 = new Sv2Service(miningServerOptions(config), {
    ...{ clock, logger, core, writer },
    listener: mining.listener,
    identify: (userIdentity) => directory.identify(userIdentity),
    metrics: instruments.mining,
    conduct,
  });
  const pool = opened.keep(
    new Pool(workOptions(config), {
      ...{ clock, logger, templates, jobs, core, verifier, submitter, writer, emit },
      services: [sv2],
      chainListeners: [treasury, { nodeUsable: () => submitter.wake() }],
    }),
    (pool) => pool.stop(),
  );
  const support = opened.keep(new SupportWatch({ nodes, clock, logger }), (watch) => watch.close());
  const view = { pool, treasury, support, templates, submitter, writer, hashRate, clock, config };
  const http = openStatusServer(config, { logger, metrics, view });
  opened.keep(http, (http) => http?.close());

  await submitter.recover();
  await treasury.run((atCap) => pool.limitLiability(atCap));
  const metricsUrl = http && `http://${formatSocketAddress(http)}`;
  sayStarted(logger, { config, mining, metricsUrl, treasury });
  return { pool, mining, metricsUrl, hashRate };
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
    sayStopping(logger, { why, pool, listener: mining.listener });
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
    hashRate: () => hashRate.solutionsPerSecond(clock.monotonic()),
    reopenLog: () => log.reopen(),
    stop: (why) => stopping ??= stop(why),
  };
}

function noObserver(): void {}
