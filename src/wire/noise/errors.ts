import { PoolError, ProtocolError } from "../../base/mod.ts";

/** What can be wrong with what a Noise peer sent. */
export type NoiseErrorCode =
  /** A handshake message of another length than the pattern prescribes. */
  | "noise-message-length"
  /** A ciphertext that does not open: altered, out of order, or sealed with another key. */
  | "noise-decryption-failed"
  /** A frame whose header announces more payload than is allowed in the present state. */
  | "noise-payload-too-large"
  /** The counter of one direction is used up. */
  | "noise-counter-exhausted"
  /** A certificate of another version than 0. */
  | "certificate-version"
  /** A certificate whose time has not come. */
  | "certificate-not-yet-valid"
  /** A certificate whose time is over. */
  | "certificate-expired"
  /** A certificate that the expected authority did not sign for this server's key. */
  | "certificate-signature";

/**
 * The peer broke the Noise protocol. Nothing is reported to it: the connection is dropped (SV2 spec
 * §4.6).
 */
export class NoiseError extends ProtocolError {
  declare readonly code: NoiseErrorCode;

  constructor(code: NoiseErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, "drop_connection", options);
  }
}

/**
 * A key in text form, or a pool's address, that cannot be read. The message never repeats the text:
 * it may be a secret.
 */
export class KeyTextError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("key-text", message, options);
  }
}
