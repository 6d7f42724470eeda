import type { HttpResponse } from "../../platform/rpc/mod.ts";
import { NodeError, printable } from "./node_error.ts";

/**
 * The result of a JSON-RPC response.
 *
 * @throws {NodeError} of kind `rpc` for a JSON-RPC error, `busy` for HTTP 429, `malformed` else.
 */
export function readRpcAnswer(method: string, id: number, response: HttpResponse): unknown {
  if (response.status === 429) {
    throw new NodeError("busy", `Cannot call ${method}: the node has no free connection`);
  }
  const answer = parseObject(method, response);
  if (answer.error !== undefined && answer.error !== null) throw rpcError(method, answer.error);
  if (response.status !== 200) throw malformed(method, `HTTP status ${response.status}`);
  if (answer.id !== id) throw malformed(method, "it belongs to another request");
  if (!("result" in answer)) throw malformed(method, "neither result nor error");
  return answer.result;
}

function parseObject(method: string, response: HttpResponse): Record<string, unknown> {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(response.body));
  } catch (cause) {
    throw malformed(method, `no JSON (HTTP status ${response.status})`, cause);
  }
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
    throw malformed(method, "no JSON-RPC object");
  }
  return answer as Record<string, unknown>;
}

/** Zebra says "Invalid params" and puts what is wrong into `data`. */
function rpcError(method: string, error: unknown): NodeError {
  const { code, message, data } = Object(error) as Record<string, unknown>;
  if (!Number.isSafeInteger(code) || typeof message !== "string") {
    return malformed(method, "an error without code and message");
  }
  const detail = typeof data === "string" ? `: ${data}` : "";
  const rpcMessage = printable(`${message}${detail}`);
  return new NodeError("rpc", `The node refuses ${method}: ${rpcMessage} (${code as number})`, {
    rpcCode: code as number,
    rpcMessage,
  });
}

function malformed(method: string, reason: string, cause?: unknown): NodeError {
  return new NodeError("malformed", `Cannot use the node's answer to ${method}: ${reason}`, {
    cause,
  });
}
