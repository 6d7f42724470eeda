/**
 * What can be said of a block by itself, and how it is written as JSON.
 *
 * @module
 */

/** A transparent output of a coinbase, as people read it. */
export interface OutputReport {
  readonly valueZat: bigint;
  /** Hexadecimal scriptPubKey. */
  readonly script: string;
  readonly form: "p2pkh" | "p2sh" | "other";
}

/** A coinbase, as people read it. */
export interface CoinbaseReport {
  readonly version: number;
  /** 8 hexadecimal digits; null before v5. */
  readonly consensusBranchId: string | null;
  readonly expiryHeight: number | null;
  /** Hexadecimal. */
  readonly scriptSig: string;
  /** The scriptSig's printable ASCII, other bytes as dots. */
  readonly scriptText: string;
  readonly outputs: readonly OutputReport[];
  /** Zatoshis that it pays into shielded pools. */
  readonly shieldedZat: bigint;
}

/**
 * All that can be said of a block by itself. Hashes are in display form; what could not be read or
 * was not checked is null.
 */
export interface BlockReport {
  /** `sound` when {@link faults} is empty. A sound block may still break rules of its chain. */
  readonly verdict: "sound" | "broken";
  /** What is wrong, each one sentence. */
  readonly faults: readonly string[];
  /** Bytes that were given. */
  readonly size: number;
  readonly hash: string | null;
  readonly height: number | null;
  readonly version: number | null;
  readonly previousBlockHash: string | null;
  readonly merkleRoot: string | null;
  /** From NU5 on a commitment that also covers the chain before it: shown, not checked. */
  readonly blockCommitments: string | null;
  /** Unix seconds. */
  readonly time: number | null;
  /** 8 hexadecimal digits. */
  readonly bits: string | null;
  /** The target as 64 hexadecimal digits. */
  readonly target: string | null;
  /** As it stands in the header. */
  readonly nonce: string | null;
  /** Bytes. */
  readonly solutionLength: number | null;
  /** Whether the hash is at most the target. */
  readonly powValid: boolean | null;
  /** Whether the solution solves Equihash (200,9). */
  readonly equihashValid: boolean | null;
  /** Why {@link equihashValid} is null, where it is. */
  readonly equihashNote: string | null;
  readonly merkleRootValid: boolean | null;
  /** Transactions that the block announces. */
  readonly transactionCount: number | null;
  /** Of the transactions that could be read, in block order. */
  readonly txids: readonly string[];
  readonly authDigests: readonly string[];
  /** Computed from the transactions; no block carries it. */
  readonly authDataRoot: string | null;
  readonly coinbase: CoinbaseReport | null;
}

/** A value as JSON has it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * A report as JSON: names in lower case with underscores (`pow_valid`, `auth_data_root`), amounts as
 * decimal text, so that no reader rounds them.
 */
export function blockReportJson(report: BlockReport): { readonly [key: string]: JsonValue } {
  return jsonObject(report);
}

function jsonObject(fields: object): { readonly [key: string]: JsonValue } {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [underscored(key), jsonValue(value)]),
  );
}

function jsonValue(value: unknown): JsonValue {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === "object" && value !== null) return jsonObject(value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return value;
  }
  return null;
}

function underscored(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
