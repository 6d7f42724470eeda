/**
 * Pay per share: what one accepted share earns, exactly, at the moment it is accepted.
 *
 * @module
 */
import { PICO_PER_ZAT, PPM } from "./amounts.ts";

/** What the worth of a share depends on; all of it belongs to the job that the share solved. */
export interface PpsTerms {
  /** The target that was sent with the job: 1 to 2^256-1. */
  readonly shareTarget: bigint;
  /** The network's target in the job's header. */
  readonly networkTarget: bigint;
  /** The miner's part of the block's subsidy, without fees. */
  readonly subsidyZat: bigint;
  /** The pool's fee in parts per million, 0 to 1,000,000. */
  readonly feePpm: number;
}

/**
 * The expected value of a share: (1 - fee) · subsidy · (T_network + 1) / (T_share + 1), rounded
 * down to a whole 10^-12 zatoshi. Rounding takes less than 10^-6 zatoshi from a million shares.
 *
 * The fraction is the probability that a share is a block, so it never passes 1: a share target
 * that is harder than the network's (jobs are never sent with one) earns a whole block's worth.
 *
 * @returns 10^-12 zatoshis.
 * @throws {RangeError} when a target, the subsidy or the fee is outside its range.
 */
export function ppsCredit(terms: PpsTerms): bigint {
  const { shareTarget, networkTarget, subsidyZat, feePpm } = terms;
  checkTarget("share target", shareTarget);
  checkTarget("network target", networkTarget);
  if (subsidyZat < 0n) {
    throw new RangeError(
      `Cannot credit a share: subsidy of at least 0 expected, got ${subsidyZat}`,
    );
  }
  const minersPpm = BigInt(PPM - checkedFee(feePpm));
  const blockPicoZat = minersPpm * subsidyZat * (PICO_PER_ZAT / BigInt(PPM));
  if (shareTarget <= networkTarget) return blockPicoZat;
  return blockPicoZat * (networkTarget + 1n) / (shareTarget + 1n);
}

function checkTarget(name: string, target: bigint): void {
  if (target < 1n || target >> 256n !== 0n) {
    throw new RangeError(`Cannot credit a share: ${name} is outside 1 to 2^256-1`);
  }
}

function checkedFee(feePpm: number): number {
  if (!Number.isInteger(feePpm) || feePpm < 0 || feePpm > PPM) {
    throw new RangeError(
      `Cannot credit a share: fee of 0 to ${PPM} parts per million expected, got ${feePpm}`,
    );
  }
  return feePpm;
}
