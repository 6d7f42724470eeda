import type { Logger } from "../../base/mod.ts";
import {
  type Config,
  formatSocketAddress,
  type ParsedConfig,
  type SocketAddress,
} from "../config/mod.ts";
import { PICO_PER_ZAT } from "../../money/ledger/mod.ts";
import { termsFields, type Treasury } from "../../money/treasury/mod.ts";
import type { MiningListener } from "./mining_listener.ts";
import { moneyWarningText } from "./money_warning_text.ts";
import { isPoolShielded } from "./options.ts";
import type { Pool } from "./pool.ts";

/** Where miners connect; an address that means "any" is none that they could use. */
export function connectText(minerUrl: string, { hostname, port }: SocketAddress): string {
  if (hostname !== "0.0.0.0" && hostname !== "::") return `miners connect to ${minerUrl}`;
  const url = minerUrl.replace(formatSocketAddress({ hostname, port }), `YOUR-POOL:${port}`);
  return `miners connect to port ${port} of this machine: ${url} with the name or address by ` +
    "which they reach it for YOUR-POOL";
}

/** What the configuration has that is no fault and may be none of the operator's intentions. */
export function sayConfigWarnings(logger: Logger, { warnings }: ParsedConfig): void {
  for (const { message } of warnings) logger.log("warn", "config_warning", message);
}

/** The pool serves. */
export function sayStarted(
  logger: Logger,
  { config, mining, metricsUrl, treasury }: {
    readonly config: Config;
    readonly mining: MiningListener;
    readonly metricsUrl: string | undefined;
    readonly treasury: Pick<Treasury, "warnings" | "settlementAddress">;
  },
): void {
  const { address } = mining.listener;
  logger.log("info", "pool_started", connectText(mining.url, address), {
    listen_addr: formatSocketAddress(address),
    noise: mining.noise,
    ...(mining.stratum.length === 0
      ? {}
      : { stratum_v1: mining.stratum.map(({ url }) => url).join(", ") }),
    ...(mining.declaration === undefined ? {} : { job_declaration: mining.declaration.url }),
    metrics: metricsUrl,
    pool_address: config.payout.poolAddress,
    ...termsFields({ ...config.payout, feePpm: config.payout.poolFeePpm }),
  });
  if (mining.declaration !== undefined && isPoolShielded(config)) {
    logger.log(
      "warn",
      "declaration_not_possible",
      "payout.pool_address is shielded, and nobody but the node can tell what a declared coinbase " +
        "pays it: every job declared on server.jd_listen_addr is refused; use a transparent " +
        "address, or set jd.enabled = false",
    );
  }
  const { settlementAddress, warnings } = treasury;
  if (settlementAddress !== undefined) {
    const message = `an external payer settles at http://${formatSocketAddress(settlementAddress)}`;
    logger.log("info", "settlement_api", message);
  }
  for (const warning of warnings) logger.log("warn", warning.event, moneyWarningText(warning));
}

/** The pool was asked to stop. */
export function sayStopping(
  logger: Logger,
  { why, pool, mining }: {
    readonly why: string | undefined;
    readonly pool: Pick<Pool, "channelCount">;
    readonly mining: Pick<MiningListener, "active">;
  },
): void {
  logger.log(
    "info",
    "pool_stopping",
    "stopping: new connections refused, pending shares still answered",
    {
      signal: why,
      connections: mining.active,
      channels: pool.channelCount,
    },
  );
}

/**
 * Everything has ended; what it came to since the start.
 *
 * @param failed true when something could not be closed, or written.
 */
export function sayStopped(logger: Logger, pool: Pick<Pool, "totals">, failed: boolean): void {
  const { accepted, rejected, blocksFound, blocksAccepted, creditPicoZat } = pool.totals;
  const message = failed
    ? "not everything could be closed or written, the lines before say what"
    : "everything is closed and written";
  logger.log(failed ? "error" : "info", "pool_stopped", message, {
    shares_accepted: accepted,
    shares_rejected: Object.values(rejected).reduce((sum, count) => sum + count, 0),
    blocks_found: blocksFound,
    blocks_accepted: blocksAccepted,
    credited_zat: (creditPicoZat / PICO_PER_ZAT).toString(),
  });
}
