/**
 * The narrow door between payments and a wallet.
 *
 * @module
 */
import type { PrivacyPolicy } from "./privacy.ts";

/** How a transaction is made: by steps that send nothing, or by one call that does all. */
export type SendMethod = "pczt" | "z_sendmany";

/** A transaction as far as it is known. */
export interface SentTransaction {
  /** 64 hexadecimal digits, display order. */
  readonly txid: string;
  /** The serialized transaction, when we have it: then it can be sent again and again. */
  readonly hex?: string;
  /** The last height at which it can be mined; 0 for one that never expires. */
  readonly expiryHeight?: number;
  readonly feeZat?: bigint;
}

/** What a wallet turned out to be able to do. */
export interface WalletFeatures {
  /** The best way to send, undefined when there is none. */
  readonly method: SendMethod | undefined;
  /** TEX payees need two transactions, which only `z_sendmany` makes. */
  readonly sendMany: boolean;
  readonly shieldCoinbase: boolean;
  readonly listTransactions: boolean;
}

/** Where the wallet stands. */
export interface WalletStatus {
  /** True while it refuses to spend: encrypted, catching up, recovering. */
  readonly locked: boolean;
  /** The height of the node as the wallet sees it. */
  readonly nodeHeight: number;
  /** Display order. */
  readonly nodeHash: string;
  /** Up to here every block is scanned; undefined when it does not say. */
  readonly syncedHeight: number | undefined;
}

/** What can be spent, in zatoshis. */
export interface SpendableFunds {
  readonly transparent: bigint;
  /** Mature transparent coinbase: only shielding can spend it. */
  readonly coinbase: bigint;
  readonly sapling: bigint;
  readonly orchard: bigint;
  readonly ironwood: bigint;
}

/** One recipient of a payment. */
export interface PaymentRecipient {
  readonly address: string;
  readonly amountZat: bigint;
  /** Text; absent for transparent recipients. */
  readonly memo?: string;
}

/** A payment to be made. */
export interface PaymentRequest {
  readonly recipients: readonly PaymentRecipient[];
  readonly policy: PrivacyPolicy;
}

/** A transaction made and signed, and not sent. */
export interface BuiltPayment {
  readonly hex: string;
  /** Display order; the wallet's word, to be compared with the bytes. */
  readonly txid: string;
}

/**
 * What the wallet said to a request to make a payment. `refused` is its own word, in a well-formed
 * answer, that nothing was created; `unknown` is everything else.
 */
export type BuildOutcome =
  | { readonly kind: "built"; readonly payment: BuiltPayment }
  | { readonly kind: "refused"; readonly reason: string; readonly recipientAtFault: boolean }
  | { readonly kind: "failed"; readonly reason: string };

/** What the wallet said to a request to make and send a payment. */
export type SendOutcome =
  | { readonly kind: "started"; readonly opid: string }
  | { readonly kind: "refused"; readonly reason: string; readonly recipientAtFault: boolean }
  | { readonly kind: "unknown"; readonly reason: string };

/** What is known of an operation. `missing` means forgotten, not failed. */
export type OperationStatus =
  | { readonly kind: "running" }
  | { readonly kind: "missing" }
  | { readonly kind: "sent"; readonly txids: readonly string[] }
  /** Transactions were made and the wallet does not send them. */
  | { readonly kind: "not_broadcast"; readonly txids: readonly string[] }
  /** Failed before anything was created. */
  | { readonly kind: "refused"; readonly reason: string; readonly recipientAtFault: boolean }
  /** Failed, and a transaction may exist all the same. */
  | { readonly kind: "failed"; readonly reason: string };

/** What the wallet knows of one transaction. */
export interface WalletTransaction {
  readonly txid: string;
  readonly expiryHeight?: number;
  readonly feeZat?: bigint;
}

/** One of the wallet's own transactions, for finding a payment again. */
export interface RecentTransaction extends WalletTransaction {
  readonly outputs: readonly {
    readonly address: string | undefined;
    readonly amountZat: bigint;
    /** Undefined where the wallet does not report it. */
    readonly isChange: boolean | undefined;
    readonly memo: string | undefined;
  }[];
}

/** One page of own transactions. A page that failed may hold anything: it never means "no match". */
export type RecentPage =
  | { readonly kind: "rows"; readonly transactions: readonly RecentTransaction[] }
  | { readonly kind: "failed"; readonly reason: string };

/** What became of a request to shield. */
export type ShieldOutcome =
  | { readonly kind: "nothing" }
  | {
    readonly kind: "started";
    readonly opid: string;
    readonly valueZat: bigint;
    readonly remainingCount: number;
  }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** Mature transparent coinbase that waits to be shielded. */
export interface ShieldingBacklog {
  /** Undefined when the wallet cannot count them. */
  readonly count: number | undefined;
  readonly valueZat: bigint;
}

/**
 * A wallet as payments use it. Methods that ask reject with `RpcError`; methods that act resolve
 * with an outcome and reject only with a fault of this program.
 */
export interface WalletPort {
  /** Stable: names the wallet and account that money is reserved against. */
  readonly identity: string;
  probe(): Promise<WalletFeatures>;
  status(): Promise<WalletStatus>;
  spendable(): Promise<SpendableFunds>;
  /** Makes and signs; nothing is sent, whatever happens. */
  build(request: PaymentRequest): Promise<BuildOutcome>;
  /** Makes, signs and sends. */
  send(request: PaymentRequest): Promise<SendOutcome>;
  operation(opid: string): Promise<OperationStatus>;
  /** Undefined when the wallet says that it does not know it. */
  transaction(txid: string): Promise<WalletTransaction | undefined>;
  /** Own transactions from a height on, unmined ones included, page by page. */
  recent(fromHeight: number): AsyncIterable<RecentPage>;
  backlog(): Promise<ShieldingBacklog>;
  shieldCoinbase(limit: number): Promise<ShieldOutcome>;
}

/** A wallet's transaction as a batch keeps it. */
export function toSent({ txid, expiryHeight, feeZat }: WalletTransaction): SentTransaction {
  return {
    txid,
    ...(expiryHeight === undefined ? {} : { expiryHeight }),
    ...(feeZat === undefined ? {} : { feeZat }),
  };
}
