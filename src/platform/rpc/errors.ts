import { PoolError } from "../../base/mod.ts";

/** Who is called, in facts and in messages. */
export type RpcPeer = "node" | "wallet";

/**
 * What kind of trouble a call met; the caller decides by this and never by text.
 *
 * - `unreachable`: no connection was made, so nothing was asked;
 * - `unauthorized`: credentials are missing, cannot be read or are refused; nothing was done;
 * - `busy`: the peer has no free connection (HTTP 429; Zebra serves 100 at once); nothing was done;
 * - `broken`: the connection ended before the answer was whole: whether it was done is unknown;
 * - `timeout`: no whole answer within the call's own time limit: unknown as well;
 * - `aborted`: the caller's signal fired: unknown as well;
 * - `rpc`: a JSON-RPC error that answers this very call; `rpcCode` and `rpcMessage` tell which;
 * - `malformed`: no answer to this call, too large, without what the method answers with, or one
 *   that contradicts what is known. What was done is unknown.
 */
export type RpcErrorKind =
  | "unreachable"
  | "unauthorized"
  | "busy"
  | "broken"
  | "timeout"
  | "aborted"
  | "rpc"
  | "malformed";

/** A call to a node or wallet failed. The code is the peer and the kind, as `node-unreachable`. */
export class RpcError extends PoolError {
  readonly peer: RpcPeer;
  readonly kind: RpcErrorKind;
  /** The JSON-RPC error code when `kind` is `rpc`. */
  readonly rpcCode: number | undefined;
  /** The peer's own words when `kind` is `rpc`: printable ASCII, at most 500 characters. */
  readonly rpcMessage: string | undefined;

  constructor(
    peer: RpcPeer,
    kind: RpcErrorKind,
    message: string,
    options?: ErrorOptions & { rpcCode?: number; rpcMessage?: string },
  ) {
    super(`${peer}-${kind}`, message, options);
    this.peer = peer;
    this.kind = kind;
    this.rpcCode = options?.rpcCode;
    this.rpcMessage = options?.rpcMessage;
  }
}

/** An answer that cannot be used. */
export function malformed(
  peer: RpcPeer,
  method: string,
  reason: string,
  cause?: unknown,
): RpcError {
  const message = `Cannot use the ${peer}'s answer to ${method}: ${reason}`;
  return new RpcError(peer, "malformed", message, { cause });
}

/** Long enough for every sentence that Zebra 7 answers with, short enough for a log line. */
const PEER_TEXT_LENGTH_MAX = 500;

/** A text of the peer as it may stand in a log line: printable ASCII, at most 500 characters. */
export function printable(text: string): string {
  const clean = text.slice(0, PEER_TEXT_LENGTH_MAX).replaceAll(/[^\x20-\x7e]/g, "?");
  return text.length > PEER_TEXT_LENGTH_MAX ? `${clean}...` : clean;
}
