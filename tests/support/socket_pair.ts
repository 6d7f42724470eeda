/**
 * Two byte sockets that are each other's peer, in memory. A test may stop one from taking bytes, let
 * it take a few at a time, and break it.
 *
 * @module
 */
import type { ByteSocket } from "../../src/wire/transport/byte_socket.ts";

/** Makes two connected sockets. */
export function socketPair(): { readonly near: TestSocket; readonly far: TestSocket } {
  const near = new TestSocket();
  const far = new TestSocket();
  TestSocket.join(near, far);
  return { near, far };
}

/** One end of a pair. */
export class TestSocket implements ByteSocket {
  readonly remoteAddress = "192.0.2.9";
  /** Lengths of the writes as they were asked for. */
  readonly writes: number[] = [];
  /** Bytes that one write takes at most. */
  writeMax = Infinity;
  #peer: TestSocket | undefined;
  #inbox: Uint8Array[] = [];
  #peerEnded = false;
  #held = false;
  #closed = false;
  #broken: Error | undefined;
  #wakers = new Set<() => void>();

  /** Makes two sockets each other's peer. */
  static join(one: TestSocket, other: TestSocket): void {
    one.#peer = other;
    other.#peer = one;
  }

  /** The other end. */
  get peer(): TestSocket | undefined {
    return this.#peer;
  }

  /** True after {@link close}. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Writes wait until {@link letWrite}. */
  holdWrites(): void {
    this.#held = true;
  }

  /** Lets what waits be written. */
  letWrite(): void {
    this.#held = false;
    this.#wake();
  }

  /** Reads and writes reject, those that wait too. */
  fail(message: string): void {
    this.#broken = new Error(message);
    this.#wake();
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      this.#check();
      const chunk = this.#inbox[0];
      if (chunk !== undefined) {
        const count = Math.min(chunk.length, buffer.length);
        buffer.set(chunk.subarray(0, count));
        if (count === chunk.length) this.#inbox.shift();
        else this.#inbox[0] = chunk.subarray(count);
        return count;
      }
      if (this.#peerEnded) return null;
      await this.#sleep();
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.writes.push(bytes.length);
    for (;;) {
      this.#check();
      if (!this.#held) break;
      await this.#sleep();
    }
    const taken = bytes.slice(0, Math.min(bytes.length, this.writeMax));
    this.#peer?.receive(taken);
    return taken.length;
  }

  async closeWrite(): Promise<void> {
    await Promise.resolve();
    this.#check();
    this.#endPeer();
  }

  close(): void {
    if (this.#closed) throw new Error("Bad resource ID");
    this.#closed = true;
    this.#wake();
    this.#endPeer();
  }

  /** Bytes come from the peer. */
  receive(bytes: Uint8Array): void {
    this.#inbox.push(bytes);
    this.#wake();
  }

  #endPeer(): void {
    if (this.#peer === undefined) return;
    this.#peer.#peerEnded = true;
    this.#peer.#wake();
  }

  #check(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#closed) throw new Error("operation canceled");
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => this.#wakers.add(resolve));
  }

  #wake(): void {
    const wakers = this.#wakers;
    this.#wakers = new Set();
    for (const wake of wakers) wake();
  }
}
