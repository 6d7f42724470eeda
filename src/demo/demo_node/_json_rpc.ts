/**
 * JSON-RPC over the body of a request: versions 2.0, 1.0 and none, single calls and batches, in the
 * real node's manner.
 *
 * @module
 */
import { reasonOf } from "../../base/mod.ts";
import { ConnectionDrop, RpcError } from "./_rpc_error.ts";

/** Carries out one call. @throws {RpcError} for an error that is to be answered. */
export type Dispatch = (method: string, params: unknown[]) => Promise<unknown>;

/** The error for calls that are none. */
const INVALID_REQUEST = new RpcError(-32600, "Invalid request");
/** The error for bodies that cannot be read. */
const PARSE_ERROR = new RpcError(-32700, "Parse error");
// The shortest calls fit a body many thousand times; nobody needs that many.
const BATCH_LENGTH_MAX = 1_000;

/** What a body is answered with. */
export interface BodyAnswer {
  readonly status: 200 | 400;
  /** Empty for a notification. */
  readonly body: string;
}

/** Answers a body; one that is no JSON as the real node does where the credentials are right. */
export async function answerBody(body: string, dispatch: Dispatch): Promise<BodyAnswer> {
  // Its reader looks at the first sign, and only then at the rest.
  const status = /^\s*[{[]/.test(body) ? 200 : 400;
  const value = parse(body);
  if (status === 400 || value === undefined) {
    return { status, body: stringify(failure("2.0", null, PARSE_ERROR)) };
  }
  return { status, body: await answerValue(value, dispatch) };
}

async function answerValue(value: unknown, dispatch: Dispatch): Promise<string> {
  if (!Array.isArray(value)) return stringify(await answerCall(value, dispatch, false));
  if (value.length === 0 || value.length > BATCH_LENGTH_MAX) {
    return stringify(failure("2.0", null, INVALID_REQUEST));
  }
  const answers: unknown[] = [];
  for (const call of value) answers.push(await answerCall(call, dispatch, true));
  return stringify(answers.filter((answer) => answer !== undefined));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

async function answerCall(call: unknown, dispatch: Dispatch, inBatch: boolean): Promise<unknown> {
  if (!isRecord(call)) return failure("2.0", null, INVALID_REQUEST);
  const { jsonrpc, id, method, params = [] } = call;
  const modern = jsonrpc === "2.0";
  // Older calls must name both, and batches take only new ones.
  const old = jsonrpc === undefined || jsonrpc === "1.0";
  const complete = modern || (old && !inBatch && "id" in call && "params" in call);
  if (!complete || typeof method !== "string") {
    // Without an id a single call is not even recognised as one.
    return failure("2.0", id, "id" in call || inBatch ? INVALID_REQUEST : PARSE_ERROR);
  }
  try {
    const result = await dispatch(method, positional(params));
    if (modern && !("id" in call)) return undefined;
    return modern ? { jsonrpc, id, result } : { ...version(jsonrpc), id, result, error: null };
  } catch (error) {
    if (error instanceof ConnectionDrop) throw error;
    return failure(jsonrpc, id, error);
  }
}

function positional(params: unknown): unknown[] {
  if (Array.isArray(params)) return params;
  if (!isRecord(params) || Object.keys(params).length === 0) return [];
  throw new RpcError(-1, "Invalid params", "invalid type: map, expected a sequence");
}

function failure(jsonrpc: unknown, id: unknown, error: unknown) {
  const known = error instanceof RpcError ? error : new RpcError(-32603, reasonOf(error));
  const body = {
    code: known.rpcCode,
    message: known.message,
    ...(known.data === undefined ? {} : { data: known.data }),
  };
  return jsonrpc === "2.0"
    ? { jsonrpc, id: id ?? null, error: body }
    : { ...version(jsonrpc), id: id ?? null, result: null, error: body };
}

/** Calls without a version are answered without one. */
function version(jsonrpc: unknown) {
  return jsonrpc === undefined ? {} : { jsonrpc };
}

function stringify(answer: unknown): string {
  return answer === undefined ? "" : JSON.stringify(answer);
}

/** A JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
