/**
 * What follows the transparent part of transactions v1 to v4 (Zcash protocol §7.1, ZIP 202,
 * ZIP 243). Their ids hash the bytes as they are, so the parts are only measured and counted.
 *
 * @module
 */
import { GROTH16_PROOF_LENGTH } from "./_shielded_bundles.ts";
import type { ByteReader } from "./byte_reader.ts";

/** cv, anchor, nullifier, rk, proof, signature. */
const SAPLING_SPEND_V4_LENGTH = 384;
/** cv, cmu, ephemeral key, both ciphertexts, proof. */
const SAPLING_OUTPUT_V4_LENGTH = 948;
/** A JoinSplit but for its proof: 304 bytes before it, 1,202 bytes of ciphertexts after it. */
const JOIN_SPLIT_REST_LENGTH = 1506;
/** BCTV14, in v2 and v3. */
const BCTV14_PROOF_LENGTH = 296;
/** The JoinSplits' public key and their one signature. */
const JOIN_SPLIT_SIGNATURE_LENGTH = 96;
/** Sapling's binding signature. */
const BINDING_SIGNATURE_LENGTH = 64;

/** Reads the JoinSplits of v2 to v4. @returns how many there are. */
export function skipJoinSplits(reader: ByteReader, version: number): number {
  const proofLength = version >= 4 ? GROTH16_PROOF_LENGTH : BCTV14_PROOF_LENGTH;
  const length = JOIN_SPLIT_REST_LENGTH + proofLength;
  const count = reader.count("transaction.joinSplits", length);
  reader.take(count * length, "transaction.joinSplits");
  if (count > 0) reader.take(JOIN_SPLIT_SIGNATURE_LENGTH, "transaction.joinSplitSig");
  return count;
}

/** Reads all of v4 that follows the expiry height. */
export function skipV4Bundles(
  reader: ByteReader,
): { valueBalance: bigint; spendCount: number; outputCount: number; joinSplitCount: number } {
  const valueBalance = reader.i64("transaction.sapling.valueBalance");
  const spendCount = reader.count("transaction.sapling.spends", SAPLING_SPEND_V4_LENGTH);
  reader.take(spendCount * SAPLING_SPEND_V4_LENGTH, "transaction.sapling.spends");
  const outputCount = reader.count("transaction.sapling.outputs", SAPLING_OUTPUT_V4_LENGTH);
  reader.take(outputCount * SAPLING_OUTPUT_V4_LENGTH, "transaction.sapling.outputs");
  const joinSplitCount = skipJoinSplits(reader, 4);
  if (spendCount + outputCount > 0) {
    reader.take(BINDING_SIGNATURE_LENGTH, "transaction.sapling.bindingSig");
  }
  return { valueBalance, spendCount, outputCount, joinSplitCount };
}
