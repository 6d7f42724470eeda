import { bytesToHex, type Random } from "../../base/mod.ts";
import { PrefixOrder } from "./_prefix_order.ts";

/**
 * Gives out nonce_1, the first bytes of the 32-byte header nonce (ZIP 301 NONCE_1). All channels of a process work on the same merkle root, so two channels with
 * one prefix would search the same nonces: live prefixes never repeat, and a released one rests
 * until every job that it served is dead. Jobs die with their parent block, hence the epochs.
 */
export class NoncePrefixes {
  readonly #size: bigint;
  readonly #order: PrefixOrder;
  /** By their places in the order, as everything here. */
  readonly #live = new Set<bigint>();
  /** The places of those that live, by the prefixes' own bytes. */
  readonly #places = new Map<string, bigint>();
  /**
   * Prefixes that were released since the parent changed and given out before it did. Those given
   * out since then need no place here, however many come and go: they lie behind {@link #next},
   * which never passes its place at the change.
   */
  #resting = new Set<bigint>();
  /** Prefixes that were released since the parent changed. */
  #released = 0;
  #parents = 0;
  #next = 0n;
  /** Where {@link #next} stood when the parent changed, and how far it has come since. */
  #start = 0n;
  #passed = 0n;

  /**
   * @param length bytes of each prefix, 1 to 31.
   * @param random gives the secret of their order, another one for each process.
   */
  constructor(length: number, random: Random) {
    if (!Number.isInteger(length) || length < 1 || length > 31) {
      throw new RangeError(
        `Cannot divide the nonce: nonce_1 of 1 to 31 bytes expected, received ${length}`,
      );
    }
    this.#size = 1n << BigInt(8 * length);
    this.#order = new PrefixOrder(length, random);
  }

  /** Prefixes in use by channels. */
  get live(): number {
    return this.#live.size;
  }

  /** Prefixes that can still be given out before the parent changes. */
  get free(): bigint {
    return this.#size - BigInt(this.#live.size + this.#released);
  }

  /** Counts the parents, so that an account of one parent can be told from the next one's. */
  get parents(): number {
    return this.#parents;
  }

  /** A prefix that no live channel has and no live job was sent with; undefined when there is none. */
  tryAllocate(): Uint8Array | undefined {
    // At most as many are passed over as were in use when the parent changed.
    while (this.#passed < this.#size) {
      const candidate = this.#next;
      this.#next = (candidate + 1n) % this.#size;
      this.#passed++;
      if (this.#live.has(candidate) || this.#resting.has(candidate)) continue;
      this.#live.add(candidate);
      const prefix = this.#order.prefixAt(candidate);
      this.#places.set(bytesToHex(prefix), candidate);
      return prefix;
    }
    return undefined;
  }

  /** Ends a prefix's use; it rests until {@link parentChanged}. Unknown ones are ignored. */
  release(prefix: Uint8Array): void {
    const key = bytesToHex(prefix);
    const place = this.#places.get(key);
    if (place === undefined) return;
    this.#places.delete(key);
    this.#live.delete(place);
    this.#released++;
    if (!this.#isBehind(place)) this.#resting.add(place);
  }

  /** All jobs sent so far are dead: resting prefixes may be given out again. */
  parentChanged(): void {
    this.#resting = new Set();
    this.#released = 0;
    this.#parents++;
    this.#start = this.#next;
    this.#passed = 0n;
  }

  /** Whether the sequence has passed this place since the parent changed. */
  #isBehind(place: bigint): boolean {
    return (place - this.#start + this.#size) % this.#size < this.#passed;
  }
}
