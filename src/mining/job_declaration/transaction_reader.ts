import { type Clock, sleep } from "../../base/mod.ts";
import { parseTransaction, type Transaction, ZcashFormatError } from "../../chain/zcash/mod.ts";
import { DeclarationErrorCode } from "../../wire/protocol/mod.ts";
import { DeclarationRefusal } from "./refusal.ts";

/** How long transactions are read in one go: shares and new work wait meanwhile. */
const SLICE_MS = 4;

/** What follows a slice, for everything else: reading takes half of a core at the most. */
const PAUSE_MS = 4;

/** How long the transactions of one declaration may take, the slices of others included. */
const READING_LIMIT_MS = 5_000;

/**
 * Reads the transactions of all declarers: an id and an auth digest cost 0.2 to 0.4 ms, so that a
 * block of thousands read at once would stop the pool for seconds. Declarers take turns, slice by
 * slice.
 */
export class TransactionReader {
  readonly #clock: Clock;
  /** What was read once: the pool's own transactions come again with every declaration. */
  readonly #known = new WeakMap<Uint8Array, Transaction>();
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Reads transactions, each of which must fill its bytes.
   *
   * @throws {DeclarationRefusal} `invalidTransactions` for bytes that are none, `overloaded` when
   *   there was no time for all.
   */
  async read(serialized: readonly Uint8Array[]): Promise<Transaction[]> {
    const endsAt = this.#clock.monotonic() + READING_LIMIT_MS;
    const read: Transaction[] = [];
    while (read.length < serialized.length) {
      await this.#slice(() => read.push(this.#one(serialized[read.length] as Uint8Array)), () => {
        return read.length < serialized.length;
      });
      if (read.length < serialized.length && this.#clock.monotonic() >= endsAt) {
        throw new DeclarationRefusal(
          DeclarationErrorCode.overloaded,
          "the pool has no time to read the block's transactions now; declare fewer, or later",
        );
      }
    }
    return read;
  }

  #one(bytes: Uint8Array): Transaction {
    const known = this.#known.get(bytes);
    if (known !== undefined) return known;
    const transaction = readOne(bytes);
    this.#known.set(bytes, transaction);
    this.#known.set(transaction.bytes, transaction);
    return transaction;
  }

  /** Waits for the slices before, and takes a step again and again until the slice is over. */
  #slice(step: () => void, goesOn: () => boolean): Promise<void> {
    const clock = this.#clock;
    const slice = this.#last.then(() => {
      const endsAt = clock.monotonic() + SLICE_MS;
      while (goesOn() && clock.monotonic() < endsAt) step();
      return clock.monotonic() >= endsAt;
    });
    this.#last = slice.then((isUsedUp) => isUsedUp ? sleep(clock, PAUSE_MS) : undefined, () => {});
    return slice.then(() => {});
  }
}

function readOne(bytes: Uint8Array): Transaction {
  let transaction: Transaction;
  try {
    transaction = parseTransaction(bytes);
  } catch (error) {
    if (!(error instanceof ZcashFormatError)) throw error;
    throw invalid(`a transaction cannot be read: ${error.message}`);
  }
  const extra = bytes.length - transaction.bytes.length;
  if (extra > 0) throw invalid(`nothing is expected behind a transaction, not ${extra} bytes`);
  return transaction;
}

function invalid(message: string): DeclarationRefusal {
  return new DeclarationRefusal(DeclarationErrorCode.invalidTransactions, message);
}
