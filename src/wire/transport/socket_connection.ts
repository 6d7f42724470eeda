import { assert, type Clock, reasonOf, sleep } from "../../base/mod.ts";
import type { Frame } from "../protocol/mod.ts";
import type { FrameCodec } from "./_frame_codec.ts";
import { turnsOf } from "./_frame_turns.ts";
import { OutgoingQueue } from "./_outgoing_queue.ts";
import { type ByteSocket, closeQuietly } from "./byte_socket.ts";
import type { FrameConnection } from "./frame_connection.ts";
import {
  type ConnectionLimits,
  DISCARDED_BYTES_MAX,
  READ_BUFFER_LENGTH_MAX,
  READ_BUFFER_LENGTH_MIN,
} from "./limits.ts";
import type { CloseCause, TransportMetrics } from "./metrics.ts";

/** What a connection is told at its beginning. */
export interface SocketConnectionOptions {
  readonly id: number;
  readonly remoteAddress: string;
  readonly limits: ConnectionLimits;
  /** Bytes of the first frame that were read to tell plain from Noise. */
  readonly early?: Uint8Array;
}

/** What a connection works with. */
export interface SocketConnectionModules {
  /** Owned by the connection from here on. */
  readonly socket: ByteSocket;
  readonly codec: FrameCodec;
  readonly clock: Clock;
  readonly metrics: TransportMetrics;
}

/** A {@link FrameConnection} on a socket whose handshake, if any, is done. */
export class SocketConnection implements FrameConnection {
  readonly id: number;
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  readonly closed: Promise<string>;
  readonly #limits: ConnectionLimits;
  readonly #modules: SocketConnectionModules;
  readonly #outgoing: OutgoingQueue;
  #early: Uint8Array | undefined;
  #buffer = new Uint8Array(0);
  #iterated = false;
  #lastReceivedAt: number;
  /** The read under way and when it began. */
  #reading: { readonly done: Promise<number | null>; readonly since: number } | undefined;
  #atEnd = false;
  #closing: string | undefined;
  #released = false;
  #cancelWatch: () => void = () => {};
  #cancelCloseTimer: () => void = () => {};
  #resolveClosed: (reason: string) => void = () => {};

  constructor(options: SocketConnectionOptions, modules: SocketConnectionModules) {
    this.id = options.id;
    this.remoteAddress = options.remoteAddress;
    this.encrypted = modules.codec.encrypted;
    this.#limits = options.limits;
    this.#modules = modules;
    this.#early = options.early;
    this.#lastReceivedAt = modules.clock.monotonic();
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    this.#outgoing = new OutgoingQueue(options.limits.queuedBytesMax, {
      socket: modules.socket,
      codec: modules.codec,
      clock: modules.clock,
      onSent: (count) => modules.metrics.sentBytes.increment(count),
      onFailure: (error) => this.#abort("socket_error", `cannot write: ${reasonOf(error)}`),
    });
    this.#watch();
  }

  get lastReceivedAt(): number {
    return this.#lastReceivedAt;
  }

  send(frames: Uint8Array): boolean {
    if (this.#closing !== undefined) return false;
    if (this.#outgoing.offer(frames)) return true;
    this.#abort("slow_reader", "the peer reads too slowly");
    return false;
  }

  close(reason: string): void {
    this.#close("local", reason);
  }

  limitPayload(maxPayloadLength: number): void {
    this.#modules.codec.limitPayload(maxPayloadLength);
  }

  async *batches(): AsyncGenerator<Frame[], void> {
    assert(!this.#iterated, "the batches of a connection are iterated once");
    this.#iterated = true;
    if (this.#closing !== undefined) return;
    try {
      let chunk: Uint8Array | undefined = this.#early ?? new Uint8Array(0);
      this.#early = undefined;
      while (chunk !== undefined) {
        yield* this.#handOut(chunk);
        chunk = this.#closing === undefined ? await this.#read() : undefined;
      }
    } finally {
      this.#close("local", "nobody reads any more");
    }
  }

  /** Hands out the frames of what was read, as many a turn as fairness to others allows. */
  async *#handOut(chunk: Uint8Array): AsyncGenerator<Frame[], void> {
    const { clock, codec } = this.#modules;
    for (const { frames, fault, isFull } of turnsOf(codec.decode(chunk))) {
      if (frames.length > 0) yield frames;
      if (this.#closing !== undefined) return;
      if (fault !== undefined) {
        this.#close("protocol_error", fault.message);
        throw fault;
      }
      if (isFull) await sleep(clock, 0);
      if (this.#closing !== undefined) return;
    }
  }

  /** The next bytes, valid until the next call; undefined when there are no more for the user. */
  async #read(): Promise<Uint8Array | undefined> {
    const buffer = this.#readBuffer();
    let count: number | null = 0;
    try {
      while (count === 0) count = await this.#readInto(buffer);
    } catch (error) {
      this.#abort("socket_error", `cannot read: ${reasonOf(error)}`);
      return undefined;
    }
    if (count === null) {
      this.#close("peer", "the peer closed the connection");
      return undefined;
    }
    if (this.#closing !== undefined) return undefined;
    this.#lastReceivedAt = this.#modules.clock.monotonic();
    this.#adaptBuffer(count);
    return buffer.subarray(0, count);
  }

  async #readInto(buffer: Uint8Array): Promise<number | null> {
    const { socket, clock, metrics } = this.#modules;
    this.#reading = { done: socket.read(buffer), since: clock.monotonic() };
    try {
      const count = await this.#reading.done;
      if (count === null) this.#atEnd = true;
      else metrics.receivedBytes.increment(count);
      return count;
    } finally {
      this.#reading = undefined;
    }
  }

  /** The buffer is used again for each read: frames never keep a part of it. */
  #readBuffer(): Uint8Array {
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(READ_BUFFER_LENGTH_MIN);
    return this.#buffer;
  }

  /** A full buffer is followed by a larger one, a nearly empty large one by the smallest. */
  #adaptBuffer(used: number): void {
    const length = this.#buffer.length;
    if (used === length && length < READ_BUFFER_LENGTH_MAX) {
      this.#buffer = new Uint8Array(Math.min(length * 4, READ_BUFFER_LENGTH_MAX));
    } else if (used <= READ_BUFFER_LENGTH_MIN && length > READ_BUFFER_LENGTH_MIN) {
      this.#buffer = new Uint8Array(READ_BUFFER_LENGTH_MIN);
    }
  }

  /** Looks at the two timeouts when the nearer of them can have passed. */
  #watch(): void {
    const { idleTimeoutMs, writeTimeoutMs } = this.#limits;
    const now = this.#modules.clock.monotonic();
    // Silence counts only while we listen: a busy consumer is not the peer's fault.
    const silentSince = this.#reading === undefined
      ? now
      : Math.max(this.#lastReceivedAt, this.#reading.since);
    const idleLeft = silentSince + idleTimeoutMs - now;
    const writeLeft = (this.#outgoing.stalledSince ?? now) + writeTimeoutMs - now;
    if (idleLeft <= 0) return this.#abort("idle", `nothing came for ${idleTimeoutMs} ms`);
    if (writeLeft <= 0) {
      return this.#abort("slow_reader", `nothing was taken for ${writeTimeoutMs} ms`);
    }
    const delayMs = Math.ceil(Math.min(idleLeft, writeLeft));
    this.#cancelWatch = this.#modules.clock.after(delayMs, () => this.#watch());
  }

  /** Ends the connection in good order; see {@link FrameConnection.close}. */
  #close(cause: CloseCause, reason: string): void {
    if (!this.#beginClosing(cause, reason)) return;
    const { clock } = this.#modules;
    this.#cancelCloseTimer = clock.after(this.#limits.closeTimeoutMs, () => this.#release(reason));
    void this.#hangUp(reason);
  }

  /** Ends the connection at once. */
  #abort(cause: CloseCause, reason: string): void {
    this.#beginClosing(cause, reason);
    this.#release(this.#closing ?? reason);
  }

  /** False when the connection was closing already. */
  #beginClosing(cause: CloseCause, reason: string): boolean {
    if (this.#closing !== undefined) return false;
    this.#closing = reason;
    this.#cancelWatch();
    this.#modules.metrics.connectionsClosed.increment(cause);
    return true;
  }

  /**
   * Sends what is queued and the end of the stream, then waits for the peer's end: closing a socket
   * with unread bytes would reset the connection, and the peer might lose our last message.
   */
  async #hangUp(reason: string): Promise<void> {
    try {
      await this.#outgoing.drained();
      if (!this.#released) await this.#modules.socket.closeWrite();
      if (!this.#released) await this.#discardUntilEnd();
    } catch {
      // A socket that fails while it is closed on purpose has nothing more to tell.
    }
    this.#release(reason);
  }

  async #discardUntilEnd(): Promise<void> {
    let discarded = await this.#reading?.done ?? 0;
    const buffer = new Uint8Array(READ_BUFFER_LENGTH_MIN);
    while (!this.#atEnd && !this.#released && discarded < DISCARDED_BYTES_MAX) {
      discarded += await this.#readInto(buffer) ?? 0;
    }
  }

  #release(reason: string): void {
    if (this.#released) return;
    this.#released = true;
    this.#cancelCloseTimer();
    this.#outgoing.stop();
    closeQuietly(this.#modules.socket);
    this.#resolveClosed(reason);
  }
}
