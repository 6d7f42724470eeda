/**
 * The HTTP interface of settlements: bearer token, JSON, everything bounded.
 *
 * @module
 */
import { type Logger, Outage, reasonOf } from "../../base/mod.ts";
import {
  type HttpReply,
  type HttpRequest,
  type HttpServer,
  jsonReply,
  type Route,
  serveHttp,
} from "../../platform/http/mod.ts";
import { PayoutError, type PayoutErrorCode } from "../payouts/mod.ts";
import {
  type ExternalPayout,
  PAYOUT_PAGE_MAX,
  type SettlementHandler,
} from "./settlement_handler.ts";
import { doubtForPayer, refusalForPayer } from "./_payer_words.ts";
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

/** One payer with a few connections; strangers get no further than these. */
const CONNECTIONS_MAX = 16;
const REQUEST_TIMEOUT_MS = 10_000;
/** The longest body is a reason. */
const BODY_LENGTH_MAX = 4 * 1024;
const REASON_LENGTH_MAX = 300;
/** Shown on terminals and kept by databases: nothing that moves a cursor or turns the writing round. */
const REASON = new RegExp(
  `^[^\\p{Cc}\\p{Cs}\\u2028-\\u202e\\u2066-\\u2069]{1,${REASON_LENGTH_MAX}}$`,
  "u",
);

const STATUS: Readonly<Partial<Record<PayoutErrorCode, number>>> = {
  "bad-request": 400,
  "unknown-payout": 404,
  "refused": 409,
  "changed": 409,
};

/**
 * Opens the interface.
 *
 * @throws {HttpListenError} when the address is taken or not this machine's.
 */
export function startSettlementApi(
  options: SettlementApiOptions,
  modules: { readonly handler: SettlementHandler; readonly logger: Logger },
): HttpServer {
  const { hostname, port, token, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  // The answer refers to the log, so that the first failure stands there.
  const outage = new Outage(modules.logger, {
    level: "warn",
    event: "settlement_failing",
    begins: "settlement requests fail",
    endEvent: "settlement_recovered",
    ends: "settlement requests are served again",
    patience: 1,
  });
  return serveHttp({
    hostname,
    port,
    token,
    requestTimeoutMs,
    connectionsMax: CONNECTIONS_MAX,
    bodyLengthMax: BODY_LENGTH_MAX,
  }, {
    routes: routesOf(modules.handler).map((route) => ({
      ...route,
      handle: (request) => answered(route, request, outage),
    })),
    refusals: { notFound: "Not found. See /openapi.json.", reply: fault },
    logger: modules.logger,
  });
}

/** What payments refuse is answered; everything else only logged. */
async function answered(route: Route, request: HttpRequest, outage: Outage): Promise<HttpReply> {
  try {
    const reply = await route.handle(request);
    outage.succeeded();
    return reply;
  } catch (thrown) {
    const status = thrown instanceof PayoutError ? STATUS[thrown.code] : undefined;
    if (thrown instanceof PayoutError && status !== undefined) {
      return fault(status, thrown.code, refusalForPayer(thrown));
    }
    outage.failed(reasonOf(thrown));
    return fault(503, "unavailable", "Temporarily unavailable; see the pool's log.");
  }
}

function routesOf(handler: SettlementHandler): readonly Route[] {
  const read = { method: "GET", access: "bearer" } as const;
  const act = { method: "POST", access: "bearer" } as const;
  return [
    {
      ...read,
      path: "/openapi.json",
      access: "anyone",
      handle: () => jsonReply(200, SETTLEMENT_DOCUMENT),
    },
    { ...read, path: "/v1/payouts", handle: ({ query }) => listPayouts(query, handler) },
    {
      ...read,
      path: /^\/v1\/payouts\/([0-9a-f.-]{1,64})$/,
      handle: async ({ parameters: [id = ""] }) =>
        jsonReply(200, written(await handler.payout(id))),
    },
    { ...act, path: "/v1/settlements", handle: (request) => settle(request, handler) },
    {
      ...act,
      path: /^\/v1\/payouts\/([0-9a-f.-]{1,64})\/sent$/,
      handle: (request) => reportSent(request, handler),
    },
    {
      ...act,
      path: /^\/v1\/payouts\/([0-9a-f.-]{1,64})\/declined$/,
      handle: (request) => reportDeclined(request, handler),
    },
  ];
}

async function listPayouts(query: URLSearchParams, handler: SettlementHandler): Promise<HttpReply> {
  const after = integer(query.get("after") ?? "0");
  const limit = integer(query.get("limit") ?? String(PAYOUT_PAGE_MAX));
  if (limit < 1 || limit > PAYOUT_PAGE_MAX) throw bad(`a limit of 1 to ${PAYOUT_PAGE_MAX}`);
  const payouts = await handler.payouts(after, limit);
  return jsonReply(200, { payouts: payouts.map(written) });
}

async function settle(request: HttpRequest, handler: SettlementHandler): Promise<HttpReply> {
  const { watermark_ms: watermark } = await readBody(request);
  if (typeof watermark !== "number") throw bad("watermark_ms, a whole number,");
  const { watermarkMs, run, count, totalZat, more } = await handler.settle(watermark);
  return jsonReply(200, { watermark_ms: watermarkMs, run, count, total_zat: totalZat, more });
}

async function reportSent(request: HttpRequest, handler: SettlementHandler): Promise<HttpReply> {
  const { txid } = await readBody(request);
  if (typeof txid !== "string") throw bad("txid, a text,");
  const [id = ""] = request.parameters;
  return jsonReply(200, written(await handler.sent(id, txid)));
}

async function reportDeclined(
  request: HttpRequest,
  handler: SettlementHandler,
): Promise<HttpReply> {
  const { reason } = await readBody(request);
  if (typeof reason !== "string" || !REASON.test(reason)) {
    throw bad(`reason, a text of 1 to ${REASON_LENGTH_MAX} characters in one line,`);
  }
  const [id = ""] = request.parameters;
  return jsonReply(200, written(await handler.declined(id, reason)));
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
    dispute: payout.dispute ?? (payout.doubt && doubtForPayer(payout.doubt)) ?? null,
    created_at_ms: payout.createdAtMs,
  };
}

async function readBody(request: HttpRequest): Promise<Readonly<Record<string, unknown>>> {
  const body = await request.body();
  if (body === undefined) throw bad(`a body of at most ${BODY_LENGTH_MAX} bytes`);
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
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

function fault(status: number, error: string, message: string): HttpReply {
  return jsonReply(status, { error, message });
}
