/**
 * Connections that a balancer passes on: whose they are stands in front of everything else.
 *
 * @module
 */
import type { ByteSocket } from "./byte_socket.ts";
import { PROXY_HEADER_LENGTH_MAX, readProxyHeader } from "./proxy_header.ts";

/** Balancers in front of the pool, and what they say. */
export interface TrustedProxies {
  /** Whether an address is one of theirs: their word on whose connection it is is taken. */
  isTrusted(address: string): boolean;
  /** Whether they were told to send the PROXY header; where not, none is read. */
  readonly sendHeader: boolean;
  /** A balancer passed a connection on without a header, so that nobody knows whose it is. */
  headerMissing(address: string): void;
}

/** What the first bytes of a balancer's connection say. */
export type PassedOn =
  /** Whose connection it is; `socket` has what comes behind the header. */
  | { readonly kind: "client"; readonly address: string; readonly socket: ByteSocket }
  /** The balancer's own, as of a health check, or one without a header. */
  | { readonly kind: "unnamed"; readonly hasHeader: boolean; readonly socket: ByteSocket }
  /** They begin as a header and are none. */
  | { readonly kind: "malformed" }
  | { readonly kind: "closed" };

/** Reads the PROXY header; rejects with what the socket rejects with. */
export async function readPassedOn(socket: ByteSocket): Promise<PassedOn> {
  const buffer = new Uint8Array(PROXY_HEADER_LENGTH_MAX);
  for (let length = 0;;) {
    const count = await socket.read(buffer.subarray(length));
    if (count === null) return { kind: "closed" };
    length += count;
    const header = readProxyHeader(buffer.subarray(0, length));
    // No header is longer than the buffer, so that there is room while one is incomplete.
    if (header.kind === "incomplete") continue;
    if (header.kind === "malformed") return { kind: "malformed" };
    const begins = header.kind === "header" ? header.length : 0;
    const rest = new SocketWithRest(buffer.slice(begins, length), socket);
    if (header.kind === "header" && header.source !== undefined) {
      return { kind: "client", address: header.source.address, socket: rest };
    }
    return { kind: "unnamed", hasHeader: header.kind === "header", socket: rest };
  }
}

/** A socket of which more was read than its reader is to know. */
class SocketWithRest implements ByteSocket {
  #rest: Uint8Array;
  readonly #socket: ByteSocket;

  constructor(rest: Uint8Array, socket: ByteSocket) {
    this.#rest = rest;
    this.#socket = socket;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) return this.#socket.read(buffer);
    const part = this.#rest.subarray(0, buffer.length);
    buffer.set(part);
    this.#rest = this.#rest.subarray(part.length);
    return Promise.resolve(part.length);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#socket.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#socket.closeWrite();
  }

  close(): void {
    this.#socket.close();
  }
}
