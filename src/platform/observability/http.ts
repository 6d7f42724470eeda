/**
 * The service's own HTTP door: metrics, health and status, for reading only.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Logger, PoolError, reasonOf } from "../../base/mod.ts";
import type { MetricsRegistry } from "./metrics_registry.ts";

/** Where the door stands. */
export interface HttpOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** The longest that a request's line and headers may take. */
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
export interface HttpModules {
  readonly metrics: MetricsRegistry;
  readonly health: () => HealthReport | Promise<HealthReport>;
  readonly status: () => StatusValue | Promise<StatusValue>;
  readonly logger: Logger;
}

/** An open door. */
export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The address cannot be listened on. */
export class HttpListenError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("http-listen", message, options);
  }
}

/** Prometheus, a browser and a health check need a handful; strangers get no more than these. */
const CONNECTIONS_MAX = 64;
/** A request is one line and a few headers; who needs longer for it is not served. */
const REQUEST_TIMEOUT_MS = 5_000;
/** Longer than the usual 15 s between two scrapes, so that these share a connection. */
const KEEP_ALIVE_MS = 30_000;
/** Bytes of a request's headers. */
const HEADER_LENGTH_MAX = 8 * 1024;

/**
 * Opens the door.
 *
 * - `/metrics`: Prometheus text format;
 * - `/health`: 200 or 503 with `{"status":"ok"|"failing","reasons":[…]}`;
 * - `/status`: the snapshot as JSON.
 *
 * @throws {HttpListenError} when the address is taken or not this machine's.
 */
export async function startHttp(options: HttpOptions, modules: HttpModules): Promise<HttpServer> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const answering = new WeakSet<Socket>();
  const server = createServer({
    maxHeaderSize: HEADER_LENGTH_MAX,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
  }, (request, response) => {
    if (!takeTurn(answering, request, response)) return;
    answer(request, modules).then(
      (reply) => send(request, response, reply),
      (thrown) => {
        modules.logger.log("error", "http_failed", reasonOf(thrown));
        send(request, response, plain(500, "The answer could not be made; the log says why."));
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, options);
  // After listening an error can only concern a single connection, which is closed by itself.
  server.on("error", (error) => modules.logger.log("warn", "http_error", reasonOf(error)));
  return { hostname: options.hostname, port, close: () => close(server) };
}

/**
 * One request at a time on a connection: whoever sends further ones without waiting for the answer
 * could have any number of answers made and never read them.
 *
 * @returns false when the connection was ended for that.
 */
function takeTurn(
  answering: WeakSet<Socket>,
  { socket }: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (answering.has(socket)) {
    socket.destroy();
    return false;
  }
  answering.add(socket);
  // Written to the system, not merely queued: a peer that does not read keeps its turn.
  response.once("finish", () => answering.delete(socket));
  return true;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

async function answer(request: IncomingMessage, modules: HttpModules): Promise<Reply> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "Only GET and HEAD are served.");
  }
  switch (request.url?.split("?")[0]) {
    case "/metrics":
      return {
        status: 200,
        type: modules.metrics.contentType,
        body: await modules.metrics.text(),
      };
    case "/health": {
      const { healthy, reasons } = await modules.health();
      return json(healthy ? 200 : 503, { status: healthy ? "ok" : "failing", reasons });
    }
    case "/status":
      return json(200, await modules.status());
    default:
      return plain(404, "There are /metrics, /health and /status.");
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  // The peer may be gone already; writing to it then is nothing to report.
  response.on("error", () => {});
  response.writeHead(reply.status, {
    "content-type": reply.type,
    "content-length": new TextEncoder().encode(reply.body).length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'",
    ...(reply.status === 405 ? { allow: "GET, HEAD" } : {}),
    // A body that was announced is not read: the connection ends instead.
    ...(hasBody(request) ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : reply.body);
}

function hasBody(request: IncomingMessage): boolean {
  const { headers } = request;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function plain(status: number, text: string): Reply {
  return { status, type: "text/plain; charset=utf-8", body: `${text}\n` };
}

function json(status: number, value: StatusValue): Reply {
  const body = JSON.stringify(
    value,
    (_, inner) => typeof inner === "bigint" ? inner.toString() : inner,
  );
  return { status, type: "application/json", body: `${body}\n` };
}

function listen(server: Server, options: HttpOptions): Promise<number> {
  const { hostname, port } = options;
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(
        new HttpListenError(`Cannot listen on ${hostname}:${port}: ${cause.message}`, { cause }),
      );
    server.once("error", failed);
    server.listen(port, hostname, () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
