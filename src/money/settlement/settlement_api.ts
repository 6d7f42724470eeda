/**
 * The HTTP door of settlements: bearer token, JSON, everything bounded.
 *
 * @module
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createHash, timingSafeEqual } from "node:crypto";
import { concatBytes, type Logger, PoolError, reasonOf } from "../../base/mod.ts";
import { RequestTurns } from "./_request_turn.ts";
import { PayoutError, type PayoutErrorCode } from "../payouts/mod.ts";
import {
  type ExternalPayout,
  PAYOUT_PAGE_MAX,
  type SettlementHandler,
} from "./settlement_handler.ts";
import { SETTLEMENT_DOCUMENT } from "./settlement_document.ts";

export interface SettlementApiOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** What the payer sends as `Authorization: Bearer …`. */
  readonly token: string;
  /** The longest that a request may take to come; 10 s unless given. */
  readonly requestTimeoutMs?: number;
}

export interface SettlementApi {
  readonly hostname: string;
  readonly port: number;
  close(): Promise<void>;
}

/** One payer with a few connections; strangers get no further than these. */
const CONNECTIONS_MAX = 16;
const REQUEST_TIMEOUT_MS = 10_000;
/** How often those who take longer are looked for; 30 s unless given. */
const CHECKING_INTERVAL_MS = 1_000;
const HEADER_LENGTH_MAX = 8 * 1024;
/** The longest body is a reason. */
const BODY_LENGTH_MAX = 4 * 1024;
const REASON_LENGTH_MAX = 300;
/** Shown on terminals and kept by databases: nothing that moves a cursor or turns the writing round. */
const REASON = new RegExp(
  `^[^\\p{Cc}\\p{Cs}\\u2028-\\u202e\\u2066-\\u2069]{1,${REASON_LENGTH_MAX}}$`,
  "u",
);

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const STATUS: Readonly<Partial<Record<PayoutErrorCode, number>>> = {
  "bad-request": 400,
  "unknown-payout": 404,
  "refused": 409,
  "changed": 409,
};

/** Opens the door. */
export async function startSettlementApi(
  options: SettlementApiOptions,
  modules: { readonly handler: SettlementHandler; readonly logger: Logger },
): Promise<SettlementApi> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  const turns = new RequestTurns();
  const server = createServer({
    maxHeaderSize: HEADER_LENGTH_MAX,
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, requestTimeoutMs),
  }, (request, response) => {
    if (!turns.take(request, response)) return;
    answer(request, options.token, modules.handler).then(
      (reply) => send(response, reply),
      (thrown) => {
        modules.logger.log("error", "settlement_failed", reasonOf(thrown));
        const message = "It could not be done now; the log says why.";
        send(response, { status: 503, body: { error: "unavailable", message } });
      },
    );
  });
  server.maxConnections = CONNECTIONS_MAX;
  const port = await listen(server, options);
  server.on("error", (error) => modules.logger.log("warn", "settlement_error", reasonOf(error)));
  return {
    hostname: options.hostname,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  token: string,
  handler: SettlementHandler,
): Promise<Reply> {
  const url = URL.parse(request.url ?? "/", "http://pool");
  if (url === null) return fault(400, "bad-request", "The path cannot be read.");
  if (request.method === "GET" && url.pathname === "/openapi.json") {
    return { status: 200, body: SETTLEMENT_DOCUMENT };
  }
  if (!authorized(request.headers.authorization, token)) {
    return fault(401, "unauthorized", "A bearer token is expected.");
  }
  try {
    const route = `${request.method} ${url.pathname}`;
    if (request.method === "GET") return await read(url, handler);
    if (request.method === "POST") return await act(route, await readBody(request), handler);
    return fault(405, "method", "Only GET and POST are served.");
  } catch (thrown) {
    if (!(thrown instanceof PayoutError)) throw thrown;
    const status = STATUS[thrown.code];
    if (status === undefined) throw thrown;
    return fault(status, thrown.code, thrown.message);
  }
}

async function read(url: URL, handler: SettlementHandler): Promise<Reply> {
  if (url.pathname === "/v1/payouts") {
    const after = integer(url.searchParams.get("after") ?? "0");
    const limit = integer(url.searchParams.get("limit") ?? String(PAYOUT_PAGE_MAX));
    if (limit < 1 || limit > PAYOUT_PAGE_MAX) throw bad(`a limit of 1 to ${PAYOUT_PAGE_MAX}`);
    const payouts = await handler.payouts(after, limit);
    return { status: 200, body: { payouts: payouts.map(written) } };
  }
  const id = /^\/v1\/payouts\/([0-9a-f.-]{1,64})$/.exec(url.pathname)?.[1];
  if (id === undefined) return fault(404, "not-found", "There is /openapi.json.");
  return { status: 200, body: written(await handler.payout(id)) };
}

async function act(
  route: string,
  body: Readonly<Record<string, unknown>>,
  handler: SettlementHandler,
): Promise<Reply> {
  if (route === "POST /v1/settlements") {
    const { watermark_ms: watermark } = body;
    if (typeof watermark !== "number") throw bad("watermark_ms, a whole number,");
    const { watermarkMs, run, count, totalZat, more } = await handler.settle(watermark);
    const total = totalZat.toString();
    return { status: 200, body: { watermark_ms: watermarkMs, run, count, total_zat: total, more } };
  }
  const [, id, action] = /^POST \/v1\/payouts\/([0-9a-f.-]{1,64})\/(sent|declined)$/.exec(route) ??
    [];
  if (id === undefined) return fault(404, "not-found", "There is /openapi.json.");
  if (action === "sent") {
    if (typeof body.txid !== "string") throw bad("txid, a text,");
    return { status: 200, body: written(await handler.sent(id, body.txid)) };
  }
  const { reason } = body;
  if (typeof reason !== "string" || !REASON.test(reason)) {
    throw bad(`reason, a text of 1 to ${REASON_LENGTH_MAX} characters in one line,`);
  }
  return { status: 200, body: written(await handler.declined(id, reason)) };
}

function written(payout: ExternalPayout): Record<string, unknown> {
  return {
    id: payout.id,
    number: payout.number,
    miner_id: payout.minerId,
    address: payout.address,
    amount_zat: payout.amountZat.toString(),
    state: payout.state,
    txid: payout.txid ?? null,
    dispute: payout.dispute ?? null,
    created_at_ms: payout.createdAtMs,
  };
}

/** Digests have one length, so that the time of the comparison says nothing of the token. */
function authorized(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/.exec(header ?? "")?.[1];
  if (given === undefined || token === "") return false;
  const digest = (text: string): Uint8Array => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > BODY_LENGTH_MAX) throw bad(`a body of at most ${BODY_LENGTH_MAX} bytes`);
    parts.push(Uint8Array.from(part));
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(concatBytes(...parts)));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw bad("a JSON object");
}

function integer(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw bad("a whole number");
  return Number(text);
}

function bad(expected: string): PayoutError {
  return new PayoutError("bad-request", `Cannot read the request: ${expected} is expected`);
}

function fault(status: number, error: string, message: string): Reply {
  return { status, body: { error, message } };
}

function send(response: ServerResponse, { status, body }: Reply): void {
  // The peer may be gone already; writing to it then is nothing to report.
  response.on("error", () => {});
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": new TextEncoder().encode(text).length,
    "cache-control": "no-store",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
    ...(status === 400 || status === 401 ? { connection: "close" } : {}),
  });
  response.end(text);
}

function listen(server: Server, { hostname, port }: SettlementApiOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(
        new PoolError(
          "settlement-listen",
          `Cannot listen on ${hostname}:${port}: ${cause.message}`,
          {
            cause,
          },
        ),
      );
    server.once("error", failed);
    server.listen(port, hostname, () => {
      server.off("error", failed);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
