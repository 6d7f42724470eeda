import { type Clock, type Logger, reasonOf, systemClock, systemRandom } from "../../base/mod.ts";
import { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { formatSocketAddress, type ParsedConfig } from "../config/mod.ts";
import { HashRate } from "../../platform/observability/mod.ts";
import { RecordWriter } from "../../money/records/mod.ts";
import { PoolProcess } from "../../money/treasury/mod.ts";
import { sayConfigWarnings, sayStarted, sayStopped, sayStopping } from "./announcements.ts";
import { nodeProposer } from "./block_proposer.ts";
import { makeBooks, openTreasury } from "./books.ts";
import { Closers } from "./closers.ts";
import { makeDirectory } from "./directory.ts";
import { openDuplicates } from "./duplicates.ts";
import type { PoolEvent } from "./events.ts";
import { type Log, openLog } from "./log.ts";
import { openMeasures } from "./measures.ts";
import { LoginNotice } from "./login_notice.ts";
import { MinerActivity } from "./miner_activity.ts";
import { makeMiningCore, startVerifier } from "./mining_core.ts";
import { type MiningListener, openMiningListener } from "./mining_listener.ts";
import { makeMiningServices } from "./mining_services.ts";
import { makeNodes } from "./nodes.ts";
import { commonTerms, miningCoreOptions, workOptions } from "./options.ts";
import { openRecords, openSpool } from "./places.ts";
import { openConduct } from "./peer_conduct.ts";
import { PeerNetworks } from "./peer_networks.ts";
import { Pool } from "./pool.ts";
import { logShare } from "./share_lines.ts";
import { openStatusServer } from "./status_server.ts";
import { SummaryLine } from "./summary_line.ts";
import { SupportWatch } from "./support_watch.ts";

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
  const { config } = parsed;
  const ground = { clock, logger: log.logger, random: systemRandom };
  sayConfigWarnings(log.logger, parsed);
  const measures = opened.keep(openMeasures({ clock, log }), (measures) => measures.close());
  const { instruments, refusals } = measures;
  const networks = new PeerNetworks(config, ground);
  const activity = new MinerActivity(ground);
  const summary = opened.keep(new SummaryLine(ground), (summary) => summary.close());
  const emit = (event: PoolEvent): void => {
    activity.take(event);
    summary.take(event);
    if (config.logging.includeShareDetails) logShare(log.logger, event);
    observe(event);
  };

  // What is kept, and where miners connect.
  const records = opened.keep(await openRecords(parsed, ground), ({ store }) => store.close());
  const { conduct } = opened.keep(
    await openConduct(config, {
      ...{ ...ground, networks, refusals },
      database: records.database,
      metrics: instruments.conduct,
    }),
    ({ bans }) => bans.close(),
  );
  const spool = opened.keep(openSpool(parsed, log.logger), (spool) => spool.close());
  const mining = opened.keep(
    await openMiningListener(config, {
      ...{ ...ground, conduct, refusals, networks },
      metrics: instruments.transport,
    }),
    (mining) => mining.close(),
  );
  measures.metrics.watch({ connectionsActive: () => mining.active });

  // The chain: work in, blocks out.
  const nodes = makeNodes(config, clock);
  const { templates, jobs } = opened.keep(
    makeWorkSource(config, { ...ground, nodes, metrics: instruments.templates }),
    (work) => work.close(),
  );
  const blocks = { ...ground, nodes, spool, metrics: instruments.blocks };
  const submitter = new BlockSubmitter({}, blocks);

  // The money.
  const recording = { ...ground, store: records.store, metrics: instruments.records };
  const writer = new RecordWriter({}, recording);
  const books = makeBooks(config, {
    ...{ ...ground, records, nodes },
    metrics: instruments.money.payouts,
  });
  opened.keep(
    await PoolProcess.join(formatSocketAddress(config.server.listenAddr), commonTerms(config), {
      ...ground,
      database: records.database,
    }),
    (process) => process.leave(),
  );
  const treasury = opened.keep(
    await openTreasury(parsed, { ...ground, books, writer, nodes, metrics: instruments.money }),
    (treasury) => treasury.close(),
  );

  // The miners.
  const verifier = startVerifier(config, { ...ground, metrics: instruments.verifier });
  const hashRate = new HashRate();
  const duplicates = opened.keep(
    openDuplicates(config, { ...ground, metrics: instruments.claims }),
    (duplicates) => duplicates.close(),
  );
  const core = makeMiningCore(miningCoreOptions(config), {
    ...{ ...ground, verifier, duplicates: duplicates.claims, submitter, writer, emit },
    hashRate: { add: (work) => hashRate.add(work, clock.monotonic()) },
    metrics: instruments.shares,
  });
  const services = makeMiningServices(config, mining, {
    ...{ ...ground, core, writer, conduct, networks },
    directory: makeDirectory(config, { ...ground, accounts: books.accounts, nodes }),
    metrics: instruments.mining,
    proposer: nodeProposer(nodes),
    declarationMetrics: instruments.declaration,
    logins: new LoginNotice({ everyLogin: config.logging.includeMinerIps }, {
      ...{ ...ground, metric: instruments.loginsRefused },
    }),
  });
  const pool = opened.keep(
    new Pool(workOptions(config), {
      ...{ ...ground, templates, jobs, core, verifier, submitter, writer, emit },
      services,
      chainListeners: [treasury, { nodeUsable: () => submitter.wake() }],
    }),
    (pool) => pool.stop(),
  );

  // What is seen of it.
  const support = opened.keep(new SupportWatch({ ...ground, nodes }), (watch) => watch.close());
  const view = {
    pool,
    treasury,
    support,
    templates,
    submitter,
    writer,
    hashRate,
    activity,
    clock,
    config,
  };
  const http = openStatusServer(config, { ...ground, metrics: measures.metrics, view });
  opened.keep(http, (http) => http?.close());

  await submitter.recover();
  await treasury.run((atCap) => pool.limitLiability(atCap));
  const metricsUrl = http && `http://${formatSocketAddress(http)}`;
  summary.begin({
    connections: () => mining.active,
    channels: () => pool.channelCount,
    hashRate: () => hashRate.solutionsPerSecond(clock.monotonic()),
    height: () => pool.height,
  });
  sayStarted(log.logger, { config, mining, metricsUrl, treasury });
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
