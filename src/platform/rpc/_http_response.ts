/**
 * Reads one HTTP/1.1 response (RFC 9112) from chunks of bytes; owns no connection.
 *
 * Only what a JSON-RPC server answers with is understood: a body of a stated length, a chunked
 * body, or a body that ends with the connection. Interim responses (1xx) are skipped.
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";

/** A whole response. */
export interface HttpResponse {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Head lines of a JSON-RPC server take some 200 bytes; this leaves room for a proxy's. */
const HEAD_LENGTH_MAX = 16 * 1024;
/** The least room for a body. */
const BODY_LENGTH_FIRST = 4 * 1024;
/** A chunk-size line is a few hexadecimal digits; extensions are not expected. */
const CHUNK_LINE_LENGTH_MAX = 256;

type BodyKind =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until_close" };

/** Fed with chunks until it hands out the response. */
export class HttpResponseReader {
  readonly #bodyLengthMax: number;
  #pending = new Uint8Array(0);
  #head: { status: number; body: BodyKind } | undefined;
  /** Bytes of heads and trailers, interim ones included: a peer could send those without end. */
  #headLength = 0;
  /** Grows by doubling: chunks can have one byte each, and a list of those takes 100 times as much. */
  #body = new Uint8Array(0);
  #bodyLength = 0;
  #chunkLeft: number | undefined;
  #afterChunk = false;
  #trailers = false;
  #received = 0;

  /** @param bodyLengthMax bytes of body that are accepted; more throws as soon as it is known. */
  constructor(bodyLengthMax: number) {
    this.#bodyLengthMax = bodyLengthMax;
  }

  /** Bytes taken so far. */
  get received(): number {
    return this.#received;
  }

  /**
   * Takes the next bytes (copied where they are kept).
   *
   * @returns the response once it is whole, else undefined.
   * @throws {SyntaxError} when this is no HTTP response or its body is over the bound.
   */
  push(chunk: Uint8Array): HttpResponse | undefined {
    this.#received += chunk.length;
    this.#pending = this.#pending.length === 0
      ? Uint8Array.from(chunk)
      : concatBytes(this.#pending, chunk);
    while (this.#head === undefined) {
      if (!this.#readHead()) return undefined;
    }
    return this.#readBody(this.#head);
  }

  /**
   * The connection has ended.
   *
   * @returns the response when its body ends with the connection, else undefined: it is torn.
   */
  end(): HttpResponse | undefined {
    return this.#head?.body.kind === "until_close" ? this.#whole(this.#head.status) : undefined;
  }

  /** False when the head is not whole yet. */
  #readHead(): boolean {
    const end = indexOfBlankLine(this.#pending);
    const length = this.#headLength + (end < 0 ? this.#pending.length : end);
    if (length > HEAD_LENGTH_MAX) throw new SyntaxError("HTTP head is too long");
    if (end < 0) return false;
    this.#headLength = length;
    const head = parseHead(latin1(this.#pending.subarray(0, end)));
    this.#pending = this.#pending.subarray(end + 4);
    if (head.status >= 200) this.#head = head;
    return true;
  }

  #readBody(head: { status: number; body: BodyKind }): HttpResponse | undefined {
    if (head.body.kind === "chunked") {
      return this.#readChunks() ? this.#whole(head.status) : undefined;
    }
    this.#keep(this.#pending);
    this.#pending = new Uint8Array(0);
    if (head.body.kind === "until_close") return undefined;
    if (head.body.length > this.#bodyLengthMax) throw tooLarge(this.#bodyLengthMax);
    return this.#bodyLength >= head.body.length
      ? this.#whole(head.status, head.body.length)
      : undefined;
  }

  /** True when the last chunk and the trailers are read (RFC 9112 section 7.1). */
  #readChunks(): boolean {
    for (;;) {
      if (this.#chunkLeft === undefined) {
        const line = this.#takeLine();
        if (line === undefined) return false;
        if (this.#trailers) {
          if (line === "") return true;
          this.#headLength += line.length + 2;
          if (this.#headLength > HEAD_LENGTH_MAX) {
            throw new SyntaxError("HTTP trailers are too long");
          }
        } else if (this.#afterChunk) {
          if (line !== "") throw new SyntaxError("HTTP chunk does not end where it says");
          this.#afterChunk = false;
        } else if (!/^[0-9a-fA-F]{1,8}(;|$)/.test(line)) {
          throw new SyntaxError("HTTP chunk has no size");
        } else {
          const size = Number.parseInt(line, 16);
          if (size === 0) this.#trailers = true;
          else this.#chunkLeft = size;
        }
        continue;
      }
      const part = this.#pending.subarray(0, this.#chunkLeft);
      if (part.length === 0) return false;
      this.#keep(part);
      this.#pending = this.#pending.subarray(part.length);
      this.#chunkLeft -= part.length;
      if (this.#chunkLeft === 0) {
        this.#chunkLeft = undefined;
        this.#afterChunk = true;
      }
    }
  }

  #takeLine(): string | undefined {
    const end = this.#pending.indexOf(0x0a);
    if (end < 0) {
      if (this.#pending.length > CHUNK_LINE_LENGTH_MAX) {
        throw new SyntaxError("HTTP chunk line is too long");
      }
      return undefined;
    }
    const line = latin1(this.#pending.subarray(0, end));
    this.#pending = this.#pending.subarray(end + 1);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    const length = this.#bodyLength + part.length;
    if (length > this.#bodyLengthMax) throw tooLarge(this.#bodyLengthMax);
    if (length > this.#body.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#body.length, BODY_LENGTH_FIRST));
      grown.set(this.#body.subarray(0, this.#bodyLength));
      this.#body = grown;
    }
    this.#body.set(part, this.#bodyLength);
    this.#bodyLength = length;
  }

  #whole(status: number, length = this.#bodyLength): HttpResponse {
    return { status, body: this.#body.subarray(0, length) };
  }
}

function parseHead(text: string): { status: number; body: BodyKind } {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new SyntaxError("answer does not start as HTTP/1.1 does");
  let body: BodyKind = { kind: "until_close" };
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "transfer-encoding") {
      if (value.toLowerCase() !== "chunked") {
        throw new SyntaxError("HTTP transfer encoding is none that a node uses");
      }
      // Chunked takes precedence over a length (RFC 9112 section 6.3).
      return { status: Number(status), body: { kind: "chunked" } };
    }
    if (name === "content-length") {
      if (!/^\d{1,12}$/.test(value)) throw new SyntaxError("HTTP content length is no number");
      body = { kind: "length", length: Number(value) };
    }
  }
  return { status: Number(status), body };
}

function indexOfBlankLine(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(0x0d); at >= 0; at = bytes.indexOf(0x0d, at + 1)) {
    if (bytes[at + 1] === 0x0a && bytes[at + 2] === 0x0d && bytes[at + 3] === 0x0a) return at;
  }
  return -1;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function tooLarge(bound: number): SyntaxError {
  return new SyntaxError(`HTTP body is larger than ${bound} bytes`);
}
