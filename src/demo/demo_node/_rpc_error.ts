/**
 * Errors that a call is answered with, in the codes of the real node.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";

/** An error object of JSON-RPC. */
export class RpcError extends PoolError {
  readonly rpcCode: number;
  readonly data: string | undefined;

  constructor(rpcCode: number, message: string, data?: string) {
    super("demo-rpc", message);
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

/** The connection is to be closed without an answer. */
export class ConnectionDrop extends PoolError {
  constructor() {
    super("demo-connection-drop", "The connection is closed without an answer");
  }
}

/** The real node turns the usual -32602 into -1. */
export function invalidParams(detail: string): RpcError {
  return new RpcError(-1, "Invalid params", detail);
}
