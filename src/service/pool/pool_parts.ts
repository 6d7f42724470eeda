import { type Clock, systemRandom } from "../../base/mod.ts";
import { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { BranchReader } from "../../chain/chain_follower/mod.ts";
import { formatSocketAddress, type ParsedConfig } from "../config/mod.ts";
import { HashRate } from "../../platform/observability/mod.ts";
import { RecordWriter } from "../../money/records/mod.ts";
import { PoolProcess } from "../../money/treasury/mod.ts";
import { declarationNode } from "./declaration_node.ts";
import { makeBooks, openTreasury } from "./books.ts";
import type { Closers } from "./closers.ts";
import { makeDirectory } from "./directory.ts";
import { openDuplicates } from "./duplicates.ts";
import type { PoolEvent } from "./events.ts";
import type { Log } from "./log.ts";
import { LoginNotice } from "./login_notice.ts";
import { openMeasures } from "./measures.ts";
import { MinerActivity } from "./miner_activity.ts";
import { makeMiningCore, startVerifier } from "./mining_core.ts";
import { openMiningListener } from "./mining_listener.ts";
import { makeMiningServices } from "./mining_services.ts";
import { makeNodes } from "./nodes.ts";
import { OpenPromises } from "./open_promises.ts";
import { commonTerms, miningCoreOptions, poolOptions } from "./options.ts";
import { PayingWork } from "./paying_work.ts";
import { openConduct } from "./peer_conduct.ts";
import { PeerNetworks } from "./peer_networks.ts";
import { openRecords, openSpool } from "./places.ts";
import { Pool } from "./pool.ts";
import { logShare } from "./share_lines.ts";
import { openStatusServer } from "./status_server.ts";
import { SummaryLine } from "./summary_line.ts";
import { SupportWatch } from "./support_watch.ts";
import { makeWorkSource } from "./work_source.ts";

/** What all parts of a pool stand on. */
export type Start = ReturnType<typeof beginStart>;

/** What is kept, and where miners connect. */
export type Places = Awaited<ReturnType<typeof openPlaces>>;

/** Work in, blocks out. */
export type Chain = ReturnType<typeof openChain>;

/** From the accepted share to the zatoshi on the chain. */
export type Money = Awaited<ReturnType<typeof openMoney>>;

/** Who mines, and the pool that serves them. */
export type Miners = ReturnType<typeof openMiners>;

/** The ground: time, log, metrics, and where events go. */
export function beginStart(
  parsed: ParsedConfig,
  { clock, log, observe }: { clock: Clock; log: Log; observe: (event: PoolEvent) => void },
  opened: Closers,
) {
  const { config } = parsed;
  const ground = { clock, logger: log.logger, random: systemRandom };
  const measures = opened.keep(openMeasures({ clock, log }), (measures) => measures.close());
  const activity = new MinerActivity(ground);
  const summary = opened.keep(new SummaryLine(ground), (summary) => summary.close());
  const emit = (event: PoolEvent): void => {
    activity.take(event);
    summary.take(event);
    if (config.logging.includeShareDetails) logShare(log.logger, event);
    observe(event);
  };
  const networks = new PeerNetworks(config, ground);
  return { ...{ parsed, config, ground, measures, activity, summary }, emit, networks, opened };
}

/** Opens records and spool, and listens. */
export async function openPlaces(
  { parsed, config, ground, measures, networks, opened }: Start,
) {
  const { instruments, refusals } = measures;
  const records = opened.keep(await openRecords(parsed, ground), ({ store }) => store.close());
  const { conduct } = opened.keep(
    await openConduct(config, {
      ...{ ...ground, networks, refusals },
      database: records.database,
      metrics: instruments.conduct,
    }),
    ({ bans }) => bans.close(),
  );
  const spool = opened.keep(openSpool(parsed, ground.logger), (spool) => spool.close());
  const mining = opened.keep(
    await openMiningListener(config, {
      ...{ ...ground, conduct, refusals, networks },
      metrics: instruments.transport,
    }),
    (mining) => mining.close(),
  );
  measures.metrics.watch({ connectionsActive: () => mining.active });
  return { records, conduct, spool, mining };
}

/** Talks to the nodes. */
export function openChain({ config, ground, measures, opened }: Start, { spool }: Places) {
  const { instruments } = measures;
  const nodes = makeNodes(config, ground.clock);
  const { templates, jobs } = opened.keep(
    makeWorkSource(config, { ...ground, nodes, metrics: instruments.templates }),
    (work) => work.close(),
  );
  const blocks = { ...ground, nodes, spool, metrics: instruments.blocks };
  return { nodes, templates, jobs, submitter: new BlockSubmitter({}, blocks) };
}

/** Opens the books, joins the pools on the same ledger, and gets the money ready. */
export async function openMoney(
  { parsed, config, ground, measures, opened }: Start,
  { records }: Places,
  { nodes }: Chain,
) {
  const { instruments } = measures;
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
  return { writer, books, treasury };
}

/** Starts the verifier and makes the pool with every way to mine. */
export function openMiners(
  { config, ground, measures, networks, emit, opened }: Start,
  { places, chain, money }: {
    readonly places: Places;
    readonly chain: Chain;
    readonly money: Money;
  },
) {
  const { instruments } = measures;
  const { conduct, mining } = places;
  const { nodes, templates, jobs, submitter } = chain;
  const { writer, books, treasury } = money;
  const verifier = startVerifier(config, { ...ground, metrics: instruments.verifier });
  const hashRate = new HashRate();
  const duplicates = opened.keep(
    openDuplicates(config, { ...ground, metrics: instruments.claims }),
    (duplicates) => duplicates.close(),
  );
  const core = makeMiningCore(miningCoreOptions(config), {
    ...{ ...ground, verifier, duplicates: duplicates.claims, submitter, writer, emit },
    hashRate: { add: (work) => hashRate.add(work, ground.clock.monotonic()) },
    metrics: instruments.shares,
  });
  const services = makeMiningServices(config, mining, {
    ...{ ...ground, core, writer, conduct, networks },
    directory: makeDirectory(config, { ...ground, accounts: books.accounts, nodes }),
    metrics: instruments.mining,
    judge: declarationNode(nodes),
    declarationMetrics: instruments.declaration,
    logins: new LoginNotice({
      everyLogin: config.logging.includeMinerIps,
      paysByCoinbase: config.payout.wallet === "coinbase",
    }, { ...ground, metric: instruments.loginsRefused }),
  });
  const coinbases = { ...ground, money: treasury.coinbases, branch: new BranchReader(nodes) };
  const pays = config.payout.wallet === "coinbase";
  const paying = pays ? new PayingWork(coinbases) : undefined;
  const promises = pays ? [] : [new OpenPromises({ ...coinbases, nodes })];
  const pool = opened.keep(
    new Pool(poolOptions(config), {
      ...{ ...ground, templates, jobs, core, verifier, submitter, writer, emit },
      ...(paying === undefined ? {} : { paying }),
      services,
      chainListeners: [treasury, ...promises, { nodeUsable: () => submitter.wake() }],
    }),
    (pool) => pool.stop(),
  );
  return { pool, hashRate };
}

/** Shows metrics, health and status; where, or undefined when the configuration wants none. */
export function openView(
  { config, ground, measures, activity, opened }: Start,
  { chain, money, miners }: {
    readonly chain: Chain;
    readonly money: Money;
    readonly miners: Miners;
  },
): string | undefined {
  const { templates, submitter, nodes } = chain;
  const { treasury, writer } = money;
  const support = opened.keep(new SupportWatch({ ...ground, nodes }), (watch) => watch.close());
  const { clock } = ground;
  const parts = { treasury, support, templates, submitter, writer, activity };
  const http = opened.keep(
    openStatusServer(config, {
      ...ground,
      metrics: measures.metrics,
      view: { ...parts, ...miners, clock, config },
    }),
    (http) => http?.close(),
  );
  return http && `http://${formatSocketAddress(http)}`;
}
