import { PoolError } from "../../base/mod.ts";

/**
 * What kind of trouble a call to a node met; the caller decides by this and never by text.
 *
 * - `unreachable`: no connection, or the connection broke before the answer was whole;
 * - `unauthorized`: credentials are missing or refused. Zebra closes the connection without any
 *   answer then, so this is also what a connection looks like that is closed twice in a row;
 * - `busy`: the node has no free connection (HTTP 429; Zebra serves 100 at once);
 * - `timeout`: no whole answer within the call's own time limit;
 * - `aborted`: the caller's signal fired;
 * - `rpc`: the node answered with a JSON-RPC error; `rpcCode` and `rpcMessage` tell which;
 * - `malformed`: the answer is not what the method answers with, or is too large.
 */
export type NodeErrorKind =
  | "unreachable"
  | "unauthorized"
  | "busy"
  | "timeout"
  | "aborted"
  | "rpc"
  | "malformed";

/** A call to a node failed. The code is `node-` and the kind. */
export class NodeError extends PoolError {
  readonly kind: NodeErrorKind;
  /** The JSON-RPC error code when `kind` is `rpc`. */
  readonly rpcCode: number | undefined;
  /** The node's own words when `kind` is `rpc`: printable ASCII, at most 500 characters. */
  readonly rpcMessage: string | undefined;

  constructor(
    kind: NodeErrorKind,
    message: string,
    options?: ErrorOptions & { rpcCode?: number; rpcMessage?: string },
  ) {
    super(`node-${kind}`, message, options);
    this.kind = kind;
    this.rpcCode = options?.rpcCode;
    this.rpcMessage = options?.rpcMessage;
  }
}

/** Long enough for every sentence that Zebra 7 answers with, short enough for a log line. */
const NODE_TEXT_LENGTH_MAX = 500;

/** A text of the node as it may stand in a log line: printable ASCII, at most 500 characters. */
export function printable(text: string): string {
  const clean = text.slice(0, NODE_TEXT_LENGTH_MAX).replaceAll(/[^\x20-\x7e]/g, "?");
  return text.length > NODE_TEXT_LENGTH_MAX ? `${clean}...` : clean;
}
