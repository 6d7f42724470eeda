/**
 * Gathers pieces of a stream into runs of a wanted length. What lies whole in the piece at hand is
 * handed out as a view of it; only what is cut by the end of a piece is copied, so that memory
 * follows the bytes that came and not the number of pieces.
 */
export class ByteGatherer {
  /** The piece at hand and how much of it is used. */
  #chunk = EMPTY;
  #offset = 0;
  /** What earlier pieces left, in the first `#heldLength` bytes. */
  #held = EMPTY;
  #heldLength = 0;

  /** Bytes that wait. */
  get size(): number {
    return this.#heldLength + this.#chunk.length - this.#offset;
  }

  /** Takes the next piece; the last one must have been used up or kept. */
  feed(chunk: Uint8Array): void {
    this.keep();
    this.#chunk = chunk;
    this.#offset = 0;
  }

  /**
   * The next `length` bytes, or undefined while there are fewer.
   *
   * @returns a view that holds until the next call of any method.
   */
  take(length: number): Uint8Array | undefined {
    if (this.size < length) return undefined;
    if (this.#heldLength >= length) return this.#takeHeld(length);
    if (this.#heldLength > 0) {
      this.#hold(length - this.#heldLength);
      return this.#takeHeld(length);
    }
    const view = this.#chunk.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }

  /** Copies what is left of the piece at hand, whose memory may then be used for something else. */
  keep(): void {
    this.#hold(this.#chunk.length - this.#offset);
    this.#chunk = EMPTY;
    this.#offset = 0;
    if (this.#heldLength === 0) this.#held = EMPTY;
  }

  #takeHeld(length: number): Uint8Array {
    const taken = this.#held.subarray(0, length);
    // What comes later goes behind the taken view, which stays as it is.
    this.#held = this.#held.subarray(length);
    this.#heldLength -= length;
    return taken;
  }

  #hold(count: number): void {
    const needed = this.#heldLength + count;
    if (needed > this.#held.length) {
      // Doubling keeps a peer that sends single bytes from making us copy all of them each time.
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(this.#chunk.subarray(this.#offset, this.#offset + count), this.#heldLength);
    this.#heldLength = needed;
    this.#offset += count;
  }
}

const EMPTY: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
