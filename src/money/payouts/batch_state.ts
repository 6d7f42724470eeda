/**
 * Where a batch of payouts stands. A batch is the payouts of one transaction, or, in the mode
 * `external`, one payout that somebody else sends.
 *
 *     planned → reserved → building → built → broadcast → mined → settled
 *
 * with the side states `parked` (built, but not fit to be sent), `unknown` (it is not known
 * whether a transaction exists), `handed` (an external payer has it), `rejected` (nothing was
 * created), `expired` (proved never to happen) and `released` (the money is due again).
 *
 * @module
 */
import type { SendMethod, SentTransaction } from "../wallet/mod.ts";

/** Written and committed before the wallet is called. */
export interface Intent {
  /** 1 for the batch's first attempt. */
  readonly attempt: number;
  readonly method: SendMethod;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** The height that the wallet had scanned: a transaction of this attempt is found from there. */
  readonly startHeight: number;
}

/** A transaction in a block of the best chain. */
export interface MinedTransaction extends SentTransaction {
  readonly height: number;
  /** Display order. */
  readonly blockHash: string;
}

/** The states, each with exactly what is known in it. */
export type BatchState =
  | { readonly kind: "planned" }
  | { readonly kind: "reserved" }
  | { readonly kind: "handed" }
  | { readonly kind: "building"; readonly intent: Intent; readonly opid?: string }
  | { readonly kind: "built"; readonly intent: Intent; readonly transaction: SentTransaction }
  | {
    readonly kind: "parked";
    readonly intent: Intent;
    readonly transaction: SentTransaction;
    readonly reason: string;
  }
  | {
    readonly kind: "unknown";
    readonly intent: Intent;
    readonly reason: string;
    /** Unix milliseconds since when it is unknown. */
    readonly sinceMs: number;
    readonly opid?: string;
    /** Transactions that the wallet has named, though nobody saw them on the chain. */
    readonly transactions: readonly SentTransaction[];
  }
  | {
    readonly kind: "broadcast";
    readonly transactions: readonly SentTransaction[];
    /**
     * Why they are not its payment: they can be seen to pay less. Then they are not followed any
     * more, and an operator, or an external payer, has to name the right one.
     */
    readonly dispute?: string;
    /**
     * The height at which our node was first asked for them and did not have them; absent while it
     * does.
     */
    readonly unseenFrom?: number;
    /** Why it may never be the payment. It is followed all the same, because it may yet be. */
    readonly doubt?: Doubt;
  }
  | { readonly kind: "mined"; readonly transactions: readonly MinedTransaction[] }
  | { readonly kind: "settled"; readonly transactions: readonly MinedTransaction[] }
  | { readonly kind: "rejected"; readonly reason: string; readonly recipientAtFault: boolean }
  | { readonly kind: "expired"; readonly reason: string }
  | { readonly kind: "released"; readonly reason: string; readonly recipientAtFault: boolean };

/** What our node knows against a transaction that is said to be out. */
export type Doubt =
  /** It has been in neither chain nor mempool since that height. */
  | { readonly kind: "unseen"; readonly txid: string; readonly fromHeight: number }
  /** Proof: it can be mined no more. Only of what an external payer has reported. */
  | { readonly kind: "expired"; readonly txid: string; readonly expiryHeight: number };

/** The names of the states. */
export type BatchStateKind = BatchState["kind"];

/** All names, in the order in which reports show them. */
export const BATCH_STATE_KINDS = [
  "planned",
  "reserved",
  "handed",
  "building",
  "built",
  "parked",
  "unknown",
  "broadcast",
  "mined",
  "settled",
  "rejected",
  "expired",
  "released",
] as const satisfies readonly BatchStateKind[];

/** What can happen to a batch. */
export type BatchEvent =
  /** The money is set aside. */
  | { readonly kind: "reserve" }
  /** The money is set aside and the payout is shown to an external payer. */
  | { readonly kind: "hand_over" }
  /** The wallet is about to be called. */
  | { readonly kind: "intend"; readonly intent: Intent }
  /** The wallet has begun, under this operation id. */
  | { readonly kind: "operation_started"; readonly opid: string }
  /** A transaction exists here, and nowhere else. */
  | { readonly kind: "build"; readonly transaction: SentTransaction }
  /** It has, or soon will have, no life left: it is not sent. */
  | { readonly kind: "park"; readonly reason: string }
  /** A transaction is out: the node has it, or the wallet says that it sent it. */
  | { readonly kind: "send"; readonly transactions: readonly SentTransaction[] }
  /** The wrong transaction was named: the caller has seen this one, and not that. */
  | { readonly kind: "correct"; readonly transactions: readonly SentTransaction[] }
  /** Proof that nothing was created. */
  | { readonly kind: "reject"; readonly reason: string; readonly recipientAtFault: boolean }
  /** The outcome of the call is unknown. */
  | {
    readonly kind: "lose_track";
    readonly reason: string;
    readonly atMs: number;
    readonly transactions: readonly SentTransaction[];
  }
  /** Its transactions can be seen not to pay it: they are somebody else's, or too small. */
  | { readonly kind: "dispute"; readonly reason: string }
  /** Our node does not have what is said to be out. */
  | { readonly kind: "miss"; readonly height: number }
  /** Our node has it in its mempool again, or reports more of it. */
  | { readonly kind: "see"; readonly transactions: readonly SentTransaction[] }
  /** It has been missed for long, or has expired: the payer has to say more. */
  | { readonly kind: "doubt"; readonly doubt: Doubt }
  /** All its transactions stand in blocks of the best chain. */
  | { readonly kind: "mine"; readonly transactions: readonly MinedTransaction[] }
  /** A reorganisation has taken a transaction out again. */
  | { readonly kind: "unmine" }
  /** Deep enough. */
  | { readonly kind: "settle" }
  /** Proof that no transaction of it can be mined any more. */
  | { readonly kind: "expire"; readonly reason: string }
  /** The money goes back. */
  | { readonly kind: "release" }
  /** An operator says that nothing was or will be sent; the caller has checked for the contrary. */
  | { readonly kind: "release_by_hand"; readonly reason: string };

/** The names of the events. */
export type BatchEventKind = BatchEvent["kind"];

/** The states in which nothing can happen any more. */
export function isFinal(kind: BatchStateKind): boolean {
  return kind === "settled" || kind === "released";
}

/**
 * The states in which the wallet may be choosing, or have chosen, notes that no chain shows yet.
 * Notes are not locked, so only one batch of a wallet is in one of them.
 */
export function occupiesWallet(kind: BatchStateKind): boolean {
  return kind === "building" || kind === "built" || kind === "parked" || kind === "unknown";
}
