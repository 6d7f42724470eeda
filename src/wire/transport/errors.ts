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

/** Which address it was about. */
export interface TransportErrorFacts extends ErrorOptions {
  readonly hostname: string;
  readonly port: number;
}

/** Outside trouble with the network; trying again later may help. */
export class TransportError extends PoolError {
  declare readonly code: TransportErrorCode;
  /** The address that was listened on or connected to. */
  readonly hostname: string;
  readonly port: number;

  constructor(code: TransportErrorCode, message: string, facts: TransportErrorFacts) {
    super(code, message, facts);
    this.hostname = facts.hostname;
    this.port = facts.port;
  }
}
