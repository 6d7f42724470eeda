import {
  type Clock,
  hexToBytes,
  type Logger,
  PoolError,
  reasonOf,
  systemClock,
  systemRandom,
  systemReason,
} from "../../base/mod.ts";
import { BlockSubmitter } from "../../chain/blocks/mod.ts";
import {
  type Config,
  formatSocketAddress,
  type ParsedConfig,
  type SocketAddress,
} from "../config/mod.ts";
import { createWorkerVerifier } from "../../mining/equihash/mod.ts";
import { JobFactory } from "../../chain/jobs/mod.ts";
import { authorityKeyPairOf, CertificateIssuer, formatPoolUrl } from "../../wire/noise/mod.ts";
import {
  addRuntimeMetrics,
  createLogger,
  createMetrics,
  HashRate,
  HttpListenError,
  type HttpServer,
  type PoolMetrics,
  type ServiceLogger,
  startHttp,
} from "../../platform/observability/mod.ts";
import { RecordWriter } from "../../money/records/mod.ts";
import { TemplateProvider } from "../../chain/template_provider/mod.ts";
import { listen, type Listener, type ListenerSecurity } from "../../wire/transport/mod.ts";
import { connectText, sayStopped, sayStopping, termsFields } from "./announcements.ts";
import type { PoolEvent } from "./events.ts";
import { type Instruments, makeInstruments } from "./instruments.ts";
import { checkNetwork } from "./network_check.ts";
import { jobFactoryOptions, poolOptions } from "./options.ts";
import { openRecords, openSpool } from "./places.ts";
import { Pool } from "./pool.ts";
import { SubsidyCheck } from "./subsidy_check.ts";
import { SupportWatch } from "./support_watch.ts";
import { Treasury } from "./treasury.ts";
import { type PoolView, reportHealth, reportStatus } from "./status.ts";
import { makeNodes } from "./nodes.ts";

/** What whoever starts a pool may hand in. */
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
  const { config } = parsed;
  const clock = options.clock ?? systemClock;
  const ownLogger = options.logger === undefined ? makeLogger(config, clock) : undefined;
  const logger: Logger = options.logger ?? ownLogger as ServiceLogger;
  // What was opened is closed again, newest first, when a later step fails, and at the end.
  const opened: Closer[] = [];
  const closeAll = (): Promise<void> => closeInTurn(opened.reverse());
  if (ownLogger !== undefined) opened.push(() => ownLogger.close());
  try {
    for (const { message } of parsed.warnings) logger.log("warn", "config_warning", message);
    const metrics = createMetrics();
    opened.push(addRuntimeMetrics(metrics.registry, clock));
    const instruments = makeInstruments(metrics);
    if (ownLogger !== undefined) {
      metrics.registry.counterOf(
        "pool_log_lines_lost_total",
        "Log lines that could not be written.",
        () => ownLogger.lost,
      );
    }
    const records = await openRecords(parsed, { clock, logger });
    const { store } = records;
    opened.push(() => store.close());
    const spool = openSpool(parsed, logger);
    opened.push(() => spool.close());
    const security = listenerSecurity(config, clock);
    const listener = openListener(config, security, { clock, logger, instruments });
    opened.push(() => listener.close());

    const factory = new JobFactory(jobFactoryOptions(config, systemRandom.bytes(8)));
    const nodes = makeNodes(config, clock);
    const templates = new TemplateProvider({
      pollIntervalMs: config.zebra.pollIntervalMs,
      failoverTimeoutMs: config.zebra.failoverTimeoutMs,
    }, {
      nodes,
      clock,
      logger,
      metrics: instruments.templates,
      // A node whose templates cannot be mined is left for the next one.
      check: (template, node) => subsidies.check(template, node),
      admit: (node, options) => checkNetwork(node, config, options),
    });
    const subsidies = new SubsidyCheck({
      factory,
      clock,
      logger,
      onLateFault: () => templates.recheck(),
    });
    opened.push(() => subsidies.close());
    const submitter = new BlockSubmitter({}, {
      nodes,
      spool,
      clock,
      logger,
      metrics: instruments.blocks,
    });
    const writer = new RecordWriter({}, {
      store,
      clock,
      logger,
      metrics: instruments.records,
    });
    const hashRate = new HashRate();
    const treasury = await Treasury.open(config, {
      records,
      writer,
      nodes,
      clock,
      random: systemRandom,
      logger,
      metrics: instruments.money,
    });
    opened.push(() => treasury.close());
    const pool = new Pool(poolOptions(config), {
      clock,
      logger,
      random: systemRandom,
      listener,
      templates,
      jobs: factory,
      submitter,
      writer,
      verifier: createWorkerVerifier({
        threads: config.mining.validationThreads,
        queueCapacity: VERIFIER_QUEUE_MAX,
      }, { clock, logger, metrics: instruments.verifier }),
      identify: (userIdentity) => treasury.identify(userIdentity),
      hashRate: { add: (work) => hashRate.add(work, clock.monotonic()) },
      metrics: { ...instruments, blocksFound: metrics.blocksFound },
      onEvent: (event) => {
        if (event.kind === "work" && event.newParent) treasury.parentChanged(event.height);
        options.onEvent?.(event);
      },
    });
    opened.push(() => pool.stop());
    const support = new SupportWatch({ nodes, clock, logger });
    opened.push(() => support.close());
    metrics.registry.gaugeOf(
      "pool_zebra_support_left_seconds",
      "Seconds until a Zebra node stops itself at its end of support; +Inf when none is known to.",
      () => support.secondsLeft(),
    );
    const view: PoolView = {
      treasury,
      support,
      pool,
      templates,
      submitter,
      writer,
      store,
      hashRate,
      clock,
      config,
    };
    const http = await openHttp(config, metrics, view, logger);
    if (http !== undefined) opened.push(() => http.close());
    await submitter.recover();
    await treasury.run((atCap) => pool.limitLiability(atCap));
    const running = pool.run();
    running.catch((error) => {
      logger.log("error", "pool_failed", reasonOf(error));
      // Without one of its loops a pool only seems to live: it goes down as by any fault.
      throw error;
    });
    const stop = once(async (why?: string) => {
      sayStopping(logger, { why, pool, listener });
      // Behind everything that ends, and in front of the log itself.
      const behindLog = ownLogger === undefined ? 0 : 1;
      opened.splice(behindLog, 0, (failed) => sayStopped(logger, pool, failed));
      await closeAll();
    });
    return {
      ...announce({ config, logger, listener, security, http, treasury }),
      pool,
      logger,
      hashRate: () => hashRate.solutionsPerSecond(clock.monotonic()),
      reopenLog: () => ownLogger?.reopen(),
      stop,
    };
  } catch (error) {
    // What cannot be closed then is not what the operator has to mend.
    await closeAll().catch(() => {});
    throw error;
  }
}

function makeLogger(config: Config, clock: Clock): ServiceLogger {
  const { level, format, file } = config.logging;
  return createLogger({ level, format, ...(file === undefined ? {} : { file }) }, { clock });
}

function listenerSecurity(config: Config, clock: Clock): ListenerSecurity {
  const { noiseEnabled, noisePrivateKey, requireNoise, noiseCertValiditySecs } = config.security;
  if (!noiseEnabled || noisePrivateKey === undefined) return { kind: "plain" };
  const authority = authorityKeyPairOf(hexToBytes(noisePrivateKey.reveal()));
  const issuer = new CertificateIssuer(
    { authority, validitySecs: noiseCertValiditySecs },
    { clock, random: systemRandom },
  );
  return { kind: "noise", issuer, plainToo: !requireNoise };
}

function openListener(
  config: Config,
  security: ListenerSecurity,
  modules: { clock: Clock; logger: Logger; instruments: Instruments },
): Listener {
  const { hostname, port } = config.server.listenAddr;
  const { handshakeTimeoutSecs, idleTimeoutSecs, maxConnectionsPerIp } = config.security;
  try {
    return listen({
      hostname,
      port,
      security,
      maxConnections: config.server.maxConnections,
      maxConnectionsPerIp,
      maxHandshakesPerIp: maxConnectionsPerIp,
      handshakeTimeoutMs: handshakeTimeoutSecs * 1_000,
      idleTimeoutMs: idleTimeoutSecs * 1_000,
    }, {
      clock: modules.clock,
      logger: modules.logger,
      random: systemRandom,
      metrics: modules.instruments.transport,
    });
  } catch (error) {
    const cause = error instanceof Error ? error.cause ?? error : error;
    throw listenFault("Cannot listen for miners", "server.listen_addr", config.server, cause);
  }
}

async function openHttp(
  config: Config,
  metrics: PoolMetrics,
  view: PoolView,
  logger: Logger,
): Promise<HttpServer | undefined> {
  metrics.watch({
    hashRate: () => view.hashRate.solutionsPerSecond(view.clock.monotonic()),
    templateAgeSeconds: () =>
      (view.clock.monotonic() - (view.templates.lastConfirmedAt ?? 0)) / 1000,
    zebraConnected: () => view.templates.status().some(({ state }) => state === "usable"),
  });
  if (!config.metrics.enabled) return undefined;
  try {
    return await startHttp(config.metrics.listenAddr, {
      logger,
      metrics: metrics.registry,
      health: () => reportHealth(view),
      status: () => reportStatus(view),
    });
  } catch (error) {
    if (!(error instanceof HttpListenError)) throw error;
    throw listenFault("Cannot serve metrics", "metrics.listen_addr", config.metrics, error.cause);
  }
}

/** An address that cannot be listened on, with the setting that names it. */
function listenFault(
  what: string,
  key: string,
  section: { readonly listenAddr: SocketAddress },
  cause: unknown,
): PoolError {
  const address = formatSocketAddress(section.listenAddr);
  const message = `${what} on ${address}, ${key}: ${systemReason(cause)}`;
  return new PoolError("listen-failed", message, { cause });
}

function announce(started: {
  config: Config;
  logger: Logger;
  listener: Listener;
  security: ListenerSecurity;
  http: HttpServer | undefined;
  treasury: Treasury;
}): Pick<RunningPool, "miningAddress" | "minerUrl" | "metricsUrl"> {
  const { config, logger, listener, security, http } = started;
  const { hostname, port } = listener.address;
  const minerUrl = formatPoolUrl({
    hostname,
    port,
    ...(security.kind === "noise" ? { authorityKey: security.issuer.authorityKey } : {}),
  });
  const metricsUrl = http && `http://${formatSocketAddress(http)}`;
  logger.log("info", "pool_started", connectText(minerUrl, listener.address), {
    listen_addr: formatSocketAddress(listener.address),
    noise: security.kind === "noise",
    metrics: metricsUrl,
    pool_address: config.payout.poolAddress,
    ...termsFields({ ...config.payout, feePpm: config.payout.poolFeePpm }),
  });
  for (const { event, text } of started.treasury.warnings) logger.log("warn", event, text);
  return { miningAddress: listener.address, minerUrl, metricsUrl };
}

/** Closes one thing; is told whether something failed before it. */
type Closer = (failed: boolean) => void | Promise<void>;

/** Closes all, whatever fails, and throws what failed first. */
async function closeInTurn(closers: readonly Closer[]): Promise<void> {
  let failure: { readonly reason: unknown } | undefined;
  for (const close of closers) {
    try {
      await close(failure !== undefined);
    } catch (reason) {
      failure ??= { reason };
    }
  }
  if (failure !== undefined) throw failure.reason;
}

function once(run: (why?: string) => Promise<void>): (why?: string) => Promise<void> {
  let running: Promise<void> | undefined;
  return (why) => running ??= run(why);
}
