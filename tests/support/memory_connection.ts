/**
 * Two {@link FrameConnection}s that are each other's peer, without sockets, timers or waiting: what
 * one sends the other receives in a microtask. For whole pools with their miners on a fake clock.
 *
 * @module
 */
import type { Clock } from "../../src/base/mod.ts";
import { type Frame, FrameDecoder } from "../../src/wire/protocol/mod.ts";
import {
  DEFAULT_CONNECTION_LIMITS,
  FIRST_PAYLOAD_LENGTH_MAX,
  type FrameConnection,
} from "../../src/wire/transport/mod.ts";

/** How a pair is made. */
export interface ConnectionPairOptions {
  readonly clock: Clock;
  /** The id of both ends; 1 where it is left out. */
  readonly id?: number;
  /** What the server sees as the client's address. */
  readonly remoteAddress?: string;
  /** What both ends say of themselves; nothing is encrypted. */
  readonly encrypted?: boolean;
  /** Bytes that may wait for an end that does not read. */
  readonly queuedBytesMax?: number;
}

/** The two ends. */
export interface ConnectionPair {
  readonly client: MemoryConnection;
  readonly server: MemoryConnection;
}

/** Makes two connected ends. */
export function connectionPair(options: ConnectionPairOptions): ConnectionPair {
  const address = options.remoteAddress ?? "192.0.2.1";
  const client = new MemoryConnection(options, "192.0.2.254");
  const server = new MemoryConnection(options, address);
  MemoryConnection.join(client, server);
  return { client, server };
}

/** One end of a pair. */
export class MemoryConnection implements FrameConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly network: string;
  readonly encrypted: boolean;
  readonly closed: Promise<string>;
  readonly #clock: Clock;
  readonly #queuedBytesMax: number;
  readonly #decoder = new FrameDecoder({ maxPayloadLength: FIRST_PAYLOAD_LENGTH_MAX });
  #peer: MemoryConnection | undefined;
  #inbox: Uint8Array[] = [];
  #inboxBytes = 0;
  #peerEnded = false;
  #reason: string | undefined;
  #lastReceivedAt: number;
  #wake: () => void = () => {};
  #resolveClosed: (reason: string) => void = () => {};

  constructor(options: ConnectionPairOptions, remoteAddress: string) {
    this.id = options.id ?? 1;
    this.remoteAddress = remoteAddress;
    this.network = remoteAddress;
    this.encrypted = options.encrypted ?? false;
    this.#clock = options.clock;
    this.#queuedBytesMax = options.queuedBytesMax ?? DEFAULT_CONNECTION_LIMITS.queuedBytesMax;
    this.#lastReceivedAt = options.clock.monotonic();
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
  }

  /** Makes two ends each other's peer. */
  static join(one: MemoryConnection, other: MemoryConnection): void {
    one.#peer = other;
    other.#peer = one;
  }

  get lastReceivedAt(): number {
    return this.#lastReceivedAt;
  }

  /** Why this end was closed; undefined while it is open. */
  get closeReason(): string | undefined {
    return this.#reason;
  }

  send(frames: Uint8Array): boolean {
    const peer = this.#peer;
    if (this.#reason !== undefined || peer === undefined) return false;
    if (peer.#inboxBytes > 0 && peer.#inboxBytes + frames.length > this.#queuedBytesMax) {
      this.close("the peer reads too slowly");
      return false;
    }
    peer.#deliver(frames);
    return true;
  }

  async *batches(): AsyncGenerator<Frame[], void> {
    try {
      while (this.#reason === undefined) {
        const frames = this.#takeInbox();
        if (frames.length > 0) yield frames;
        if (this.#decoder.fault !== undefined) {
          this.close(this.#decoder.fault.message);
          throw this.#decoder.fault;
        }
        if (frames.length > 0 || this.#inbox.length > 0) continue;
        if (this.#peerEnded) return this.close("the peer closed the connection");
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      this.close("nobody reads any more");
    }
  }

  /** There is no idle timeout in memory. */
  excuseSilence(): void {}

  close(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const peer = this.#peer;
    if (peer !== undefined) {
      peer.#peerEnded = true;
      peer.#wake();
    }
    this.#wake();
    this.#resolveClosed(reason);
  }

  limitPayload(maxPayloadLength: number): void {
    this.#decoder.maxPayloadLength = maxPayloadLength;
  }

  /** Bytes arrive, whole frames or not; tests may call it to send what no honest peer sends. */
  deliverRaw(bytes: Uint8Array): void {
    this.#deliver(bytes);
  }

  #deliver(bytes: Uint8Array): void {
    if (this.#reason !== undefined) return;
    // A copy, as the wire makes one: the sender's later changes do not show.
    this.#inbox.push(bytes.slice());
    this.#inboxBytes += bytes.length;
    this.#lastReceivedAt = this.#clock.monotonic();
    this.#wake();
  }

  #takeInbox(): Frame[] {
    const chunks = this.#inbox;
    this.#inbox = [];
    this.#inboxBytes = 0;
    const frames: Frame[] = [];
    for (const chunk of chunks) {
      try {
        frames.push(...this.#decoder.push(chunk));
      } catch {
        // The decoder keeps its fault, and the frames in front of it come first.
        break;
      }
    }
    return frames;
  }
}
