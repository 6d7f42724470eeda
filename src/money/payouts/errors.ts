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
