/**
 * The OpenAPI document of the settlement interface; served at `/openapi.json` and held against the
 * answers by the tests.
 *
 * @module
 */
import { BATCH_STATE_KINDS } from "../payouts/mod.ts";

const AMOUNT = {
  type: "string",
  pattern: "^[0-9]{1,19}$",
  description: "Zatoshis (10^-8 ZEC) as text: a JSON number could lose digits.",
} as const;

const TXID = { type: "string", pattern: "^[0-9a-f]{64}$" } as const;

const SETTLEMENT = {
  type: "object",
  additionalProperties: false,
  required: ["watermark_ms", "run", "count", "total_zat", "more"],
  properties: {
    watermark_ms: { type: "integer", description: "Unix milliseconds." },
    run: { type: "integer" },
    count: { type: "integer", description: "Payouts of this settlement." },
    total_zat: AMOUNT,
    more: { type: "boolean", description: "More was due: settle a later watermark next." },
  },
} as const;

const PAYOUT = {
  type: "object",
  additionalProperties: false,
  required: [
    ...["id", "number", "miner_id", "address", "amount_zat", "state", "txid", "dispute"],
    "created_at_ms",
  ],
  properties: {
    id: { type: "string" },
    number: { type: "integer", description: "Grows; the cursor of the list." },
    miner_id: { type: "string" },
    address: { type: "string" },
    amount_zat: AMOUNT,
    state: { type: "string", enum: BATCH_STATE_KINDS },
    txid: {
      ...TXID,
      nullable: true,
      description: "As it was reported; in a block once the state is settled.",
    },
    dispute: {
      type: "string",
      nullable: true,
      description:
        "Why the transaction that was reported does not pay it, or may never, and what to call.",
    },
    created_at_ms: { type: "integer" },
  },
} as const;

const FAULT = {
  type: "object",
  additionalProperties: false,
  required: ["error", "message"],
  properties: { error: { type: "string" }, message: { type: "string" } },
} as const;

const ID = { name: "id", in: "path", required: true, schema: { type: "string" } } as const;

function body(schema: unknown): unknown {
  return { required: true, content: { "application/json": { schema } } };
}

function answers(schema: unknown): unknown {
  const content = (of: unknown): unknown => ({ "application/json": { schema: of } });
  return {
    200: { description: "Done, now or before.", content: content(schema) },
    default: { description: "Refused; nothing was changed.", content: content(FAULT) },
  };
}

/** The document. */
export const SETTLEMENT_DOCUMENT = {
  openapi: "3.0.3",
  info: {
    title: "zcash-pool settlement",
    version: "1",
    description:
      "What an external payer is handed, and what it reports. Every call may be repeated.",
  },
  components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
  security: [{ token: [] }],
  paths: {
    "/v1/settlements": {
      post: {
        summary: "Sets aside what was due at a watermark.",
        requestBody: body({
          type: "object",
          required: ["watermark_ms"],
          properties: { watermark_ms: { type: "integer" } },
        }),
        responses: answers(SETTLEMENT),
      },
    },
    "/v1/payouts": {
      get: {
        summary: "Payouts in the order of their numbers.",
        parameters: [
          { name: "after", in: "query", schema: { type: "integer", minimum: 0 } },
          { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 500 } },
        ],
        responses: answers({
          type: "object",
          additionalProperties: false,
          required: ["payouts"],
          properties: { payouts: { type: "array", items: PAYOUT } },
        }),
      },
    },
    "/v1/payouts/{id}": {
      get: { summary: "One payout.", parameters: [ID], responses: answers(PAYOUT) },
    },
    "/v1/payouts/{id}/sent": {
      post: {
        summary: "It was sent by this transaction.",
        description: "Another transaction takes the place of one that no block has.",
        parameters: [ID],
        requestBody: body({ type: "object", required: ["txid"], properties: { txid: TXID } }),
        responses: answers(PAYOUT),
      },
    },
    "/v1/payouts/{id}/declined": {
      post: {
        summary: "It was not sent and never will be.",
        description: "Refused while a transaction that was reported may yet be mined.",
        parameters: [ID],
        requestBody: body({
          type: "object",
          required: ["reason"],
          properties: {
            reason: {
              type: "string",
              minLength: 1,
              maxLength: 300,
              description: "One line, without control characters.",
            },
          },
        }),
        responses: answers(PAYOUT),
      },
    },
  },
} as const;
