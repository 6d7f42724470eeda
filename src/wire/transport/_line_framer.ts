import { ProtocolError } from "../../base/mod.ts";
import type { Framer } from "./_framer.ts";
import { LINE_LENGTH_MAX } from "./limits.ts";

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

const NOTHING = new Uint8Array(0);

/** A line that has begun gets so much memory first; it doubles as the line grows. */
const FIRST_RESERVE = 256;

/**
 * Lines on a stream of bytes. Of a line that is spread over pieces every byte is copied a constant
 * number of times, however small the pieces are; nothing is kept of a stream that stands between two
 * lines.
 */
export class LineFramer implements Framer<string> {
  readonly #text = new TextDecoder("utf-8", { fatal: true });
  /** The beginning of a line that is not whole yet, in the first `#heldLength` bytes. */
  #held = NOTHING;
  #heldLength = 0;

  /** Bytes that are set aside for the line that is not whole yet. */
  get reserved(): number {
    return this.#held.length;
  }

  encode(lines: Uint8Array): Uint8Array {
    return lines;
  }

  /** @throws {ProtocolError} `line-too-long`, `line-not-utf8`; consequence `drop_connection`. */
  *decode(chunk: Uint8Array): Generator<string, void> {
    let at = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, at)) {
      const line = this.#complete(chunk.subarray(at, end));
      at = end + 1;
      if (line.length > 0) yield this.#textOf(line);
    }
    this.#hold(chunk.subarray(at));
  }

  /** The line that ends with these bytes; it may be a view of them. */
  #complete(last: Uint8Array): Uint8Array {
    let line = last;
    if (this.#heldLength > 0) {
      this.#hold(last);
      line = this.#held.subarray(0, this.#heldLength);
      this.#held = NOTHING;
      this.#heldLength = 0;
    } else {
      checkLength(last.length);
    }
    return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
  }

  #hold(part: Uint8Array): void {
    const needed = this.#heldLength + part.length;
    checkLength(needed);
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(FIRST_RESERVE, needed, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(part, this.#heldLength);
    this.#heldLength = needed;
  }

  #textOf(line: Uint8Array): string {
    try {
      return this.#text.decode(line);
    } catch (cause) {
      throw new ProtocolError(
        "line-not-utf8",
        `line of ${line.length} bytes: not UTF-8`,
        "drop_connection",
        { cause },
      );
    }
  }
}

/** With its carriage return, if any, a line may be one byte longer. */
function checkLength(length: number): void {
  if (length <= LINE_LENGTH_MAX + 1) return;
  throw new ProtocolError(
    "line-too-long",
    `line: more than ${LINE_LENGTH_MAX} bytes without a line feed`,
    "drop_connection",
  );
}
