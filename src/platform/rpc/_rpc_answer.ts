import type { HttpResponse } from "./_http_response.ts";
import { malformed, printable, RpcError, type RpcPeer } from "./errors.ts";

/** Which call is answered. */
export interface AnsweredCall {
  readonly peer: RpcPeer;
  readonly method: string;
  readonly id: number;
}

/**
 * The result of a JSON-RPC response.
 *
 * @throws {RpcError} of kind `rpc` for a JSON-RPC error, `busy` for HTTP 429, `malformed` else.
 */
export function readRpcAnswer(call: AnsweredCall, response: HttpResponse): unknown {
  const { peer, method, id } = call;
  const { status } = response;
  if (status === 429) {
    throw new RpcError(peer, "busy", `Cannot call ${method}: the ${peer} has no free connection`);
  }
  const answer = parseObject(call, response);
  // An answer to something else says nothing of this call, an error least of all.
  if (answer.id !== id) throw malformed(peer, method, "it belongs to another request");
  if (answer.error !== undefined && answer.error !== null) throw rpcError(call, answer.error);
  if (status !== 200) throw malformed(peer, method, `HTTP status ${status}`);
  if (!("result" in answer)) throw malformed(peer, method, "neither result nor error");
  return answer.result;
}

function parseObject(
  { peer, method }: AnsweredCall,
  { status, body }: HttpResponse,
): Record<string, unknown> {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    const other = `something else than a ${peer} may listen there`;
    throw malformed(peer, method, `no JSON (HTTP status ${status}), ${other}`, cause);
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw malformed(peer, method, `no JSON-RPC object (HTTP status ${status})`);
  }
  return answer as Record<string, unknown>;
}

/** Zebra says "Invalid params" and puts what is wrong into `data`. */
function rpcError({ peer, method }: AnsweredCall, error: unknown): RpcError {
  const { code, message, data } = Object(error) as Record<string, unknown>;
  if (typeof code !== "number" || !Number.isSafeInteger(code) || typeof message !== "string") {
    return malformed(peer, method, "an error without code and message");
  }
  const detail = typeof data === "string" ? `: ${data}` : "";
  const rpcMessage = printable(`${message}${detail}`);
  const text = `The ${peer} refuses ${method}: ${rpcMessage} (${code})`;
  return new RpcError(peer, "rpc", text, { rpcCode: code, rpcMessage });
}
