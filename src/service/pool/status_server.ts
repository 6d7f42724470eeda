import type { Logger } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { MINING_PROTOCOLS } from "./mining_service.ts";
import { HttpListenError, type HttpServer } from "../../platform/http/mod.ts";
import { type PoolMetrics, startHttp } from "../../platform/observability/mod.ts";
import { ListenError } from "./mining_listener.ts";
import { type PoolView, reportHealth, reportMiners, reportStatus } from "./status.ts";

/**
 * Lets metrics see the pool, and serves metrics, health and status where the configuration wants it.
 *
 * @throws {PoolError} `listen-failed` that names the setting.
 */
export function openStatusServer(
  config: Config,
  modules: { readonly logger: Logger; readonly metrics: PoolMetrics; readonly view: PoolView },
): HttpServer | undefined {
  const { logger, metrics, view } = modules;
  const { clock, hashRate, templates, support } = view;
  metrics.watch({
    hashRate: () => hashRate.solutionsPerSecond(clock.monotonic()),
    templateAgeSeconds: () => (clock.monotonic() - (templates.lastConfirmedAt ?? 0)) / 1000,
    zebraConnected: () => templates.status().some(({ state }) => state === "usable"),
  });
  metrics.registry.gaugeOf(
    "pool_zebra_support_left_seconds",
    "Seconds until a Zebra node stops itself at its end of support; +Inf when none is known to.",
    () => support.secondsLeft(),
  );
  metrics.registry.gaugesOf(
    "pool_channels_by_protocol",
    "Mining channels that are open, by what their miners speak.",
    "protocol",
    MINING_PROTOCOLS,
    (protocol) => view.pool.channelsOf(protocol),
  );
  if (!config.metrics.enabled) return undefined;
  try {
    return startHttp(config.metrics.listenAddr, {
      logger,
      metrics: metrics.registry,
      health: () => reportHealth(view),
      status: () => reportStatus(view),
      miners: () => reportMiners(view),
    });
  } catch (error) {
    if (!(error instanceof HttpListenError)) throw error;
    throw new ListenError({
      what: "Cannot serve metrics",
      key: "metrics.listen_addr",
      address: config.metrics.listenAddr,
    }, error.cause);
  }
}
