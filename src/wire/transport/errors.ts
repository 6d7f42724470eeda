import { PoolError } from "../../base/mod.ts";

/** Why there is no connection, or no listener. */
export type TransportErrorCode =
  /** The address is in use, not this machine's, or not permitted. */
  | "listen-failed"
  /** The address is unknown, nobody listens there, or the network failed. */
  | "connect-failed"
  /** No answer in time. */
  | "handshake-timeout"
  /** The server hung up in the middle of the handshake: it may not speak Noise. */
  | "handshake-closed"
  /** The caller's signal. */
  | "connect-aborted";

/** Outside trouble with the network; trying again later may help. */
export class TransportError extends PoolError {
  declare readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}
