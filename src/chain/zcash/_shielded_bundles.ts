/**
 * The shielded parts of v5 and v6 transactions (ZIP 225, ZIP 229), cut into what the digests of
 * ZIP 244 are made of. Nothing in them is judged: that is the node's work.
 *
 * @module
 */
import type { ByteReader } from "./byte_reader.ts";

/** cv, nullifier, rk. */
export const SAPLING_SPEND_LENGTH = 96;
/** cv, cmu, ephemeral key, 580 bytes of note ciphertext, 80 of outgoing ciphertext. */
export const SAPLING_OUTPUT_LENGTH = 756;
/** cv, nullifier, rk, cmx, ephemeral key, 580 bytes of note ciphertext, 80 of outgoing one. */
export const ACTION_LENGTH = 820;

/** Groth16, in v4 and for Sapling. */
export const GROTH16_PROOF_LENGTH = 192;
const SIGNATURE_LENGTH = 64;

/** A Sapling bundle; every field is a view. */
export interface SaplingBundle {
  readonly spendCount: number;
  readonly outputCount: number;
  readonly spends: Uint8Array;
  readonly outputs: Uint8Array;
  /** Zatoshis that leave the pool, as 8 bytes, signed. */
  readonly valueBalance: Uint8Array;
  /** 32 bytes; empty without spends. */
  readonly anchor: Uint8Array;
  readonly spendProofs: Uint8Array;
  readonly spendAuthSigs: Uint8Array;
  readonly outputProofs: Uint8Array;
  readonly bindingSig: Uint8Array;
}

/** An Orchard or Ironwood bundle, which have one shape; every field is a view. */
export interface ActionBundle {
  readonly actionCount: number;
  readonly actions: Uint8Array;
  /** 1 byte. */
  readonly flags: Uint8Array;
  /** Zatoshis that leave the pool, as 8 bytes, signed. */
  readonly valueBalance: Uint8Array;
  readonly anchor: Uint8Array;
  readonly proofs: Uint8Array;
  readonly spendAuthSigs: Uint8Array;
  readonly bindingSig: Uint8Array;
}

/** What leaves the pool, negative when value enters it; 0 for a bundle that is absent. */
export function valueBalanceOf(bundle: { valueBalance: Uint8Array } | undefined): bigint {
  if (bundle === undefined) return 0n;
  const { buffer, byteOffset } = bundle.valueBalance;
  return new DataView(buffer, byteOffset, 8).getBigInt64(0, true);
}

/** @returns undefined when there is neither spend nor output. */
export function readSaplingBundle(reader: ByteReader): SaplingBundle | undefined {
  const part = "transaction.sapling";
  const spendCount = reader.count(`${part}.spends`, SAPLING_SPEND_LENGTH);
  const spends = reader.take(spendCount * SAPLING_SPEND_LENGTH, `${part}.spends`);
  const outputCount = reader.count(`${part}.outputs`, SAPLING_OUTPUT_LENGTH);
  const outputs = reader.take(outputCount * SAPLING_OUTPUT_LENGTH, `${part}.outputs`);
  if (spendCount + outputCount === 0) return undefined;
  return {
    spendCount,
    outputCount,
    spends,
    outputs,
    valueBalance: reader.take(8, `${part}.valueBalance`),
    anchor: reader.take(spendCount > 0 ? 32 : 0, `${part}.anchor`),
    spendProofs: reader.take(spendCount * GROTH16_PROOF_LENGTH, `${part}.spendProofs`),
    spendAuthSigs: reader.take(spendCount * SIGNATURE_LENGTH, `${part}.spendAuthSigs`),
    outputProofs: reader.take(outputCount * GROTH16_PROOF_LENGTH, `${part}.outputProofs`),
    bindingSig: reader.take(SIGNATURE_LENGTH, `${part}.bindingSig`),
  };
}

/** @returns undefined when there is no action. */
export function readActionBundle(
  reader: ByteReader,
  pool: "orchard" | "ironwood",
): ActionBundle | undefined {
  const part = `transaction.${pool}`;
  const actionCount = reader.count(`${part}.actions`, ACTION_LENGTH);
  if (actionCount === 0) return undefined;
  return {
    actionCount,
    actions: reader.take(actionCount * ACTION_LENGTH, `${part}.actions`),
    flags: reader.take(1, `${part}.flags`),
    valueBalance: reader.take(8, `${part}.valueBalance`),
    anchor: reader.take(32, `${part}.anchor`),
    proofs: reader.sized(`${part}.proofs`),
    spendAuthSigs: reader.take(actionCount * SIGNATURE_LENGTH, `${part}.spendAuthSigs`),
    bindingSig: reader.take(SIGNATURE_LENGTH, `${part}.bindingSig`),
  };
}
