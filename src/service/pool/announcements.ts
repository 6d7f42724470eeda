import type { LogFields, Logger } from "../../base/mod.ts";
import { type Config, formatSocketAddress, type SocketAddress } from "../config/mod.ts";
import { type Epoch, PICO_PER_ZAT } from "../../money/ledger/mod.ts";
import type { Listener } from "../../wire/transport/mod.ts";
import type { MiningListener } from "./mining_listener.ts";
import type { MoneyWarning } from "./money_warnings.ts";
import type { Pool } from "./pool.ts";

/** Where miners connect; an address that means "any" is none that they could use. */
export function connectText(minerUrl: string, { hostname, port }: SocketAddress): string {
  if (hostname !== "0.0.0.0" && hostname !== "::") return `miners connect to ${minerUrl}`;
  const url = minerUrl.replace(formatSocketAddress({ hostname, port }), `YOUR-POOL:${port}`);
  return `miners connect to port ${port} of this machine: ${url} with the name or address by ` +
    "which they reach it for YOUR-POOL";
}

/** What miners earn: as they were told, or not. */
type Terms = Pick<Epoch, "scheme" | "feePpm" | "pplnsWindow" | "pplnsWindowUnit">;

/** The terms as fields of a log line; the window only where it is looked at. */
export function termsFields(
  { scheme, feePpm, pplnsWindow, pplnsWindowUnit }: Terms,
): LogFields {
  return {
    scheme,
    pool_fee_percent: feePpm / 10_000,
    ...(scheme === "pplns"
      ? { pplns_window: pplnsWindow, pplns_window_unit: pplnsWindowUnit }
      : {}),
  };
}

/**
 * An epoch begins. A change is a warning: it may be a slip of the pen in the configuration. One of a
 * window that the scheme does not look at is none.
 */
export function sayTerms(logger: Logger, terms: Terms, former: Terms | undefined): void {
  if (former === undefined || termsText(former) === termsText(terms)) {
    const message = `shares are credited from now on by ${termsText(terms)}`;
    return logger.log("info", "terms_begin", message, termsFields(terms));
  }
  const message = `shares are credited from now on by ${termsText(terms)}; until now it was ` +
    `${termsText(former)}`;
  logger.log("warn", "terms_changed", message, termsFields(terms));
}

function termsText({ scheme, feePpm, pplnsWindow, pplnsWindowUnit }: Terms): string {
  const window = pplnsWindowUnit === "shares"
    ? `${pplnsWindow} shares`
    : `the work of ${pplnsWindow} blocks`;
  return `${scheme}${scheme === "pplns" ? ` over ${window}` : ""} with a fee of ${
    feePpm / 10_000
  } %`;
}

/** The pool serves. */
export function sayStarted(
  logger: Logger,
  { config, mining, metricsUrl, warnings }: {
    readonly config: Config;
    readonly mining: MiningListener;
    readonly metricsUrl: string | undefined;
    readonly warnings: readonly MoneyWarning[];
  },
): void {
  const { address } = mining.listener;
  logger.log("info", "pool_started", connectText(mining.url, address), {
    listen_addr: formatSocketAddress(address),
    noise: mining.noise,
    metrics: metricsUrl,
    pool_address: config.payout.poolAddress,
    ...termsFields({ ...config.payout, feePpm: config.payout.poolFeePpm }),
  });
  for (const { event, text } of warnings) logger.log("warn", event, text);
}

/** The pool was asked to stop. */
export function sayStopping(
  logger: Logger,
  { why, pool, listener }: {
    readonly why: string | undefined;
    readonly pool: Pick<Pool, "channelCount">;
    readonly listener: Pick<Listener, "active">;
  },
): void {
  logger.log(
    "info",
    "pool_stopping",
    "stopping: new connections refused, pending shares still answered",
    {
      signal: why,
      connections: listener.active,
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
