/**
 * What the service shows over HTTP: metrics, health and status, for reading only.
 *
 * @module
 */
import type { Logger } from "../../base/mod.ts";
import { type HttpServer, jsonReply, type Route, serveHttp, textReply } from "../http/mod.ts";
import type { MetricsRegistry } from "./metrics_registry.ts";

/** Where it is shown. */
export interface StatusOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The longest that a request may take to come; 5 s unless given. */
  readonly requestTimeoutMs?: number;
}

/** Whether the service does its work. */
export interface HealthReport {
  readonly healthy: boolean;
  /** Why not, or what limits it, in sentences for the operator. */
  readonly reasons: readonly string[];
}

/** Values that a snapshot is made of; a bigint is shown as text, so that no digit is lost. */
export type StatusValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly StatusValue[]
  | { readonly [name: string]: StatusValue | undefined };

/** What is shown. */
export interface StatusModules {
  readonly metrics: MetricsRegistry;
  readonly health: () => HealthReport | Promise<HealthReport>;
  readonly status: () => StatusValue | Promise<StatusValue>;
  /** Who is connected; not served where it is not given. */
  readonly miners?: () => StatusValue;
  readonly logger: Logger;
}

/** Prometheus, a browser and a health check need a handful; strangers get no more than these. */
const CONNECTIONS_MAX = 64;
/** A request is one line and a few headers; who needs longer for it is not served. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Opens the server.
 *
 * - `/metrics`: Prometheus text format;
 * - `/health`: 200 or 503 with `{"status":"ok"|"failing","reasons":[…]}`;
 * - `/status`: the snapshot as JSON;
 * - `/miners`: who is connected, as JSON.
 *
 * @throws {HttpListenError} when the address is taken or not this machine's.
 */
export function startHttp(options: StatusOptions, modules: StatusModules): HttpServer {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return serveHttp({
    hostname: options.hostname,
    port: options.port,
    connectionsMax: CONNECTIONS_MAX,
    bodyLengthMax: 0,
    requestTimeoutMs,
  }, {
    routes: routesOf(modules),
    refusals: {
      notFound: "Not found. Try /metrics, /health, /status or /miners.",
      reply: (status, _, message) => textReply(status, message),
    },
    logger: modules.logger,
  });
}

function routesOf({ metrics, health, status, miners }: StatusModules): readonly Route[] {
  const shown = { method: "GET", access: "anyone" } as const;
  return [
    {
      ...shown,
      path: "/metrics",
      handle: async () => ({
        status: 200,
        type: metrics.contentType,
        body: await metrics.text(),
      }),
    },
    {
      ...shown,
      path: "/health",
      async handle() {
        const { healthy, reasons } = await health();
        return jsonReply(healthy ? 200 : 503, { status: healthy ? "ok" : "failing", reasons });
      },
    },
    { ...shown, path: "/status", handle: async () => jsonReply(200, await status()) },
    ...miners === undefined
      ? []
      : [{ ...shown, path: "/miners", handle: () => jsonReply(200, miners()) }],
  ];
}
