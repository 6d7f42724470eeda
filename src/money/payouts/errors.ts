/**
 * How payments fail.
 *
 * @module
 */
import { PoolError } from "../../base/mod.ts";
import type { BatchEventKind, BatchStateKind } from "./batch_state.ts";

/**
 * - `refused`: the step is not allowed in the state that the batch is in;
 * - `fenced`: another process has become the payer; this one must stop sending;
 * - `unknown-batch`, `unknown-payout`: nothing is known under that id;
 * - `changed`: somebody else has moved the batch meanwhile; read it again;
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

/** What a step was refused for, where the caller says it in words of its own. */
export type RefusalFact =
  /** Nothing leads on from the state by that event. */
  | { readonly kind: "no-step"; readonly state: BatchStateKind; readonly event: BatchEventKind }
  /** A block has the transaction that was named before. */
  | { readonly kind: "mined"; readonly txid: string }
  /** The transaction pays another batch, and only that. */
  | { readonly kind: "taken"; readonly txid: string }
  /** It paid another batch before this one was handed over. */
  | { readonly kind: "older"; readonly txid: string; readonly batch: string }
  | UnderpaymentFact
  | { readonly kind: "paused"; readonly reason: string }
  /** That watermark, Unix milliseconds, was settled; an earlier one is no more. */
  | { readonly kind: "watermark"; readonly lastMs: number };

/** The transactions pay an address less than is owed to it, in zatoshis. */
export interface UnderpaymentFact {
  readonly kind: "underpaid";
  readonly txids: readonly string[];
  readonly address: string;
  readonly paidZat: bigint;
  readonly owedZat: bigint;
  /** Owed there to other payouts that name the same transactions. */
  readonly othersZat: bigint;
}

/** Why there are no runs without a wallet, or with one of somebody else. */
export const NO_WALLET_PAYS = 'no wallet of this pool pays, only with payout.wallet = "zallet"';

/** A payment step was refused. Nothing of it was done. */
export class PayoutError extends PoolError {
  declare readonly code: PayoutErrorCode;
  /** More than the code, where there is more to know. */
  readonly fact: RefusalFact | undefined;

  constructor(
    code: PayoutErrorCode,
    message: string,
    options?: ErrorOptions & { readonly fact?: RefusalFact },
  ) {
    super(code, message, options);
    this.fact = options?.fact;
  }
}
