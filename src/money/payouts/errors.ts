/**
 * How payments fail.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";

/**
 * - `refused`: the step is not allowed in the state that the batch is in;
 * - `fenced`: another process has become the payer; this one must stop sending;
 * - `unknown-batch`, `unknown-payout`: nothing is known under that id;
 * - `changed`: somebody else has moved the batch meanwhile; look again;
 * - `mode`: another wallet mode, or another wallet, still has money reserved;
 * - `confirmation`: a dangerous action was not confirmed as it has to be;
 * - `not-on-chain`, `on-chain`: the chain says otherwise than the operator;
 * - `damaged`: a row of the database does not say what this program has written there;
 * - `bad-request`: an argument that no payment can have.
 */
export type PayoutErrorCode =
  | "refused"
  | "fenced"
  | "unknown-batch"
  | "unknown-payout"
  | "changed"
  | "mode"
  | "confirmation"
  | "not-on-chain"
  | "on-chain"
  | "damaged"
  | "bad-request";

/** Why there are no runs without a wallet, or with one of somebody else. */
export const NO_WALLET_PAYS = 'no wallet of this pool pays, only with payout.wallet = "zallet"';

/** A payment step was refused. Nothing of it was done. */
export class PayoutError extends PoolError {
  declare readonly code: PayoutErrorCode;

  constructor(code: PayoutErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

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
