import { PoolError } from "../../base/mod.ts";

/**
 * What kind of trouble a call to the wallet or the node met; decided by this and never by text.
 *
 * - `rpc`: a well-formed JSON-RPC error that answers our request; `rpcCode` tells which;
 * - `unauthorized`: credentials are missing or refused (HTTP 401 and 403);
 * - `unreachable`: no connection was made, so nothing was asked;
 * - `no-answer`: the connection broke, the time was over, or what came is no JSON-RPC answer:
 *   whether the call was executed is unknown;
 * - `nonsense`: an answer that lacks what the method answers with.
 */
export type CallTrouble = "rpc" | "unauthorized" | "unreachable" | "no-answer" | "nonsense";

/** A call to the wallet, or a payment call to the node, failed. */
export class CallError extends PoolError {
  readonly trouble: CallTrouble;
  /** The JSON-RPC error code when the trouble is `rpc`. */
  readonly rpcCode: number | undefined;
  /** The other side's own words when the trouble is `rpc`: printable ASCII, bounded. */
  readonly rpcMessage: string | undefined;

  constructor(
    trouble: CallTrouble,
    message: string,
    options?: ErrorOptions & { rpcCode?: number; rpcMessage?: string },
  ) {
    super(`call-${trouble}`, message, options);
    this.trouble = trouble;
    this.rpcCode = options?.rpcCode;
    this.rpcMessage = options?.rpcMessage;
  }
}
