/**
 * Whom a block pays in its own coinbase, and how much: the rest goes to the pool's address.
 *
 * @module
 */

/** What a block has left for outputs, or what one output takes of it. */
export interface CoinbaseRoom {
  /** Bytes of outputs, each with its value and the length of its script. */
  readonly bytes: number;
  /** Signature operations that the block is charged for the scripts. */
  readonly sigops: number;
}

/** One who can be paid by a coinbase. Amounts are zatoshis, at least 0. */
export interface CoinbasePayee {
  readonly minerId: string;
  /** What is available to the payee: earned by blocks and shares before this block. */
  readonly debtZat: bigint;
  /** The payee's part of this very block; 0 under pay per share. */
  readonly partZat: bigint;
  /** Since when the payee waits, Unix milliseconds: the last payment, or the first credit. */
  readonly waitingSinceMs: number;
  /** What the output takes of the block. */
  readonly output: CoinbaseRoom;
}

/** What one output of a coinbase pays. Both together are at least 1 zatoshi. */
export interface CoinbasePayment {
  readonly minerId: string;
  /** Taken from what was available. */
  readonly debtZat: bigint;
  /** Taken from the payee's part of this block. */
  readonly partZat: bigint;
}

/** A miner's value, divided. */
export interface CoinbaseDivision {
  /** In the order of the outputs. */
  readonly payments: readonly CoinbasePayment[];
  /** What the pool's address gets, at least 0; with the payments it makes the value. */
  readonly restZat: bigint;
}

/** What {@link divideCoinbase} goes by. Amounts are zatoshis. */
export interface CoinbaseLimits {
  /** The miner's value of the block: its part of the subsidy and the collected fees. */
  readonly valueZat: bigint;
  /** The pool's fee, at most the value: it stays in the rest. */
  readonly feeZat: bigint;
  /** Who has less due is not paid; at least 1. */
  readonly minPayoutZat: bigint;
  readonly payeesMax: number;
  readonly room: CoinbaseRoom;
}

/**
 * Pays those with at least the minimum due, the longest waiting first (of several the smaller miner
 * id), each one whole, until the value less the fee, the places or the room are used up. The last one
 * takes what remains where that is at least the minimum: a debt first, since it is older than this
 * block. Nobody is passed over: where the next output has no room, the division ends.
 *
 * @param payees each miner once, in any order.
 * @throws {RangeError} when an amount is negative, the minimum is not positive, or the fee is larger
 * than the value.
 */
export function divideCoinbase(
  limits: CoinbaseLimits,
  payees: readonly CoinbasePayee[],
): CoinbaseDivision {
  const { valueZat, feeZat, minPayoutZat, payeesMax, room } = limits;
  if (feeZat < 0n || feeZat > valueZat || minPayoutZat < 1n) {
    throw new RangeError("Cannot divide a coinbase: fee or minimum is out of range");
  }
  const payments: CoinbasePayment[] = [];
  let left = valueZat - feeZat;
  let { bytes, sigops } = room;
  for (const payee of inTurn(payees, minPayoutZat)) {
    bytes -= payee.output.bytes;
    sigops -= payee.output.sigops;
    const full = payments.length >= payeesMax || bytes < 0 || sigops < 0;
    if (full || left < minPayoutZat) break;
    const payment = paidOf(payee, left);
    payments.push(payment);
    left -= payment.debtZat + payment.partZat;
  }
  return { payments, restZat: left + feeZat };
}

function inTurn(payees: readonly CoinbasePayee[], minPayoutZat: bigint): CoinbasePayee[] {
  return payees.filter(({ debtZat, partZat }) => {
    if (debtZat < 0n || partZat < 0n) {
      throw new RangeError("Cannot divide a coinbase: what is due to a payee is negative");
    }
    return debtZat + partZat >= minPayoutZat;
  }).sort(byTurn);
}

/** Compares for sorting: the longest waiting first, of several the smaller miner id. */
export function byTurn(
  a: Pick<CoinbasePayee, "minerId" | "waitingSinceMs">,
  b: Pick<CoinbasePayee, "minerId" | "waitingSinceMs">,
): number {
  return a.waitingSinceMs - b.waitingSinceMs || (a.minerId < b.minerId ? -1 : 1);
}

function paidOf({ minerId, debtZat, partZat }: CoinbasePayee, left: bigint): CoinbasePayment {
  const debt = least(debtZat, left);
  return { minerId, debtZat: debt, partZat: least(partZat, left - debt) };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
