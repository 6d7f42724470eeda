import { bytesToHex, type Random } from "../base/mod.ts";

/**
 * Gives out nonce_1, the first bytes of the 32-byte header nonce (ZIP 301 NONCE_1, the SV2
 * extranonce_prefix). All channels of a process work on the same merkle root, so two channels with
 * one prefix would search the same nonces: live prefixes never repeat, and a released one rests
 * until every job that it served is dead. Jobs die with their parent block, hence the epochs.
 */
export class NoncePrefixes {
  readonly #length: number;
  readonly #size: bigint;
  readonly #live = new Set<bigint>();
  /** Released prefixes that a job of the current parent may still know. */
  #resting = new Set<bigint>();
  #next: bigint;

  /**
   * @param length bytes of each prefix, 1 to 31.
   * @param random where the first prefix is drawn from, so that restarts do not begin alike.
   */
  constructor(length: number, random: Random) {
    if (!Number.isInteger(length) || length < 1 || length > 31) {
      throw new RangeError(
        `Cannot divide the nonce: nonce_1 of 1 to 31 bytes expected, received ${length}`,
      );
    }
    this.#length = length;
    this.#size = 1n << BigInt(8 * length);
    this.#next = BigInt(`0x${bytesToHex(random.bytes(length))}`);
  }

  /** Prefixes in use by channels. */
  get live(): number {
    return this.#live.size;
  }

  /** A prefix that no live channel has and no live job was sent with; undefined when there is none. */
  tryAllocate(): Uint8Array | undefined {
    const taken = BigInt(this.#live.size + this.#resting.size);
    if (taken >= this.#size) return undefined;
    // At most `taken` candidates are refused before a free one must come.
    for (;;) {
      const candidate = this.#next;
      this.#next = (candidate + 1n) % this.#size;
      if (this.#live.has(candidate) || this.#resting.has(candidate)) continue;
      this.#live.add(candidate);
      return this.#bytesOf(candidate);
    }
  }

  /** Ends a prefix's use; it rests until {@link parentChanged}. Unknown ones are ignored. */
  release(prefix: Uint8Array): void {
    const value = BigInt(`0x${bytesToHex(prefix)}`);
    if (this.#live.delete(value)) this.#resting.add(value);
  }

  /** All jobs sent so far are dead: resting prefixes may be given out again. */
  parentChanged(): void {
    this.#resting = new Set();
  }

  #bytesOf(value: bigint): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    for (let i = this.#length - 1, rest = value; i >= 0; i--, rest >>= 8n) {
      bytes[i] = Number(rest & 0xffn);
    }
    return bytes;
  }
}
