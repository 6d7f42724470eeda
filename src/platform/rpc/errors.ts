import { PoolError } from "../../base/mod.ts";

/**
 * How a call over HTTP failed; whoever must not repeat what may have been done decides by this.
 *
 * - `credentials`: the cookie file cannot be read; nothing was asked;
 * - `not-connected`: no connection was made; nothing was asked;
 * - `broken`: the connection broke within the answer;
 * - `timeout`: there was no whole answer in time;
 * - `aborted`: the caller's signal fired;
 * - `malformed`: what came is no HTTP answer, or is too large.
 */
export type HttpCallErrorKind =
  | "credentials"
  | "not-connected"
  | "broken"
  | "timeout"
  | "aborted"
  | "malformed";

/** A call over HTTP failed. The code is `http-` and the kind. */
export class HttpCallError extends PoolError {
  readonly kind: HttpCallErrorKind;

  constructor(kind: HttpCallErrorKind, message: string, options?: ErrorOptions) {
    super(`http-${kind}`, message, options);
    this.kind = kind;
  }
}
