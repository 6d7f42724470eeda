import { clientNetwork, type Clock, type Conduct, judgeAfter, reasonOf } from "../../base/mod.ts";
import { OutgoingQueue } from "./_outgoing_queue.ts";
import { type ByteSocket, closeQuietly } from "./byte_socket.ts";
import {
  type ConnectionLimits,
  DISCARDED_BYTES_MAX,
  READ_BUFFER_LENGTH_MAX,
  READ_BUFFER_LENGTH_MIN,
} from "./limits.ts";
import type { OutgoingBudget, SlowReader } from "./outgoing_budget.ts";
import type { CloseCause, TransportMetrics } from "./metrics.ts";

/** What a connection is told at its beginning. */
export interface ByteConnectionOptions {
  readonly id: number;
  readonly remoteAddress: string;
  /** See {@link Connection.network}; the address's own where it is left out. */
  readonly network?: string;
  readonly limits: ConnectionLimits;
  /** Bytes that were read already, to tell what the peer speaks. */
  readonly early?: Uint8Array;
}

/** What a connection works with. */
export interface ByteConnectionModules {
  /** Owned by the connection from here on. */
  readonly socket: ByteSocket;
  /** What is sent passes here when it is written, in order: a framer that seals. */
  readonly encode: (plain: Uint8Array) => Uint8Array;
  readonly clock: Clock;
  readonly metrics: TransportMetrics;
  /** Bounds what waits on all connections together. */
  readonly outgoing?: OutgoingBudget;
  /** Hears of silence, and a framer's user of broken streams. */
  readonly conduct?: Conduct;
}

/**
 * A stream of bytes on a socket, within limits of time and memory: what every connection is, whatever
 * stands on it. A framer makes frames or lines of it.
 */
export class ByteConnection implements SlowReader {
  readonly id: number;
  readonly remoteAddress: string;
  readonly network: string;
  /** See {@link Connection.closed}. */
  readonly closed: Promise<string>;
  readonly #limits: ConnectionLimits;
  readonly #modules: ByteConnectionModules;
  readonly #outgoing: OutgoingQueue;
  #early: Uint8Array | undefined;
  #buffer = new Uint8Array(0);
  #lastReceivedAt: number;
  #excusedAt = -Infinity;
  /** The read under way and when it began. */
  #reading: { readonly done: Promise<number | null>; readonly since: number } | undefined;
  #atEnd = false;
  #closing: string | undefined;
  #released = false;
  #cancelWatch: () => void = () => {};
  #cancelCloseTimer: () => void = () => {};
  #resolveClosed: (reason: string) => void = () => {};

  constructor(options: ByteConnectionOptions, modules: ByteConnectionModules) {
    this.id = options.id;
    this.remoteAddress = options.remoteAddress;
    this.network = options.network ?? clientNetwork(options.remoteAddress);
    this.#limits = options.limits;
    this.#modules = modules;
    this.#early = options.early;
    this.#lastReceivedAt = modules.clock.monotonic();
    this.closed = new Promise((resolve) => this.#resolveClosed = resolve);
    this.#outgoing = new OutgoingQueue(options.limits.queuedBytesMax, {
      socket: modules.socket,
      encode: modules.encode,
      clock: modules.clock,
      onQueued: (by) => modules.outgoing?.changed(this, by),
      onSent: (count) => modules.metrics.sentBytes.increment(count),
      onFailure: (error) => this.#abort("socket_error", `cannot write: ${reasonOf(error)}`),
    });
    this.#watch();
  }

  /** When the last byte came, in milliseconds of the monotonic clock. */
  get lastReceivedAt(): number {
    return this.#lastReceivedAt;
  }

  /** True from the moment in which closing begins. */
  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Plain bytes that wait to be written. */
  get queuedBytes(): number {
    return this.#outgoing.queuedBytes;
  }

  /** See {@link SlowReader.giveUp}. */
  giveUp(): void {
    this.#abort("slow_reader", "most waits for this peer, and too much for all together");
  }

  /** See {@link Connection.send}. */
  send(plain: Uint8Array): boolean {
    if (this.#closing !== undefined) return false;
    if (this.#outgoing.offer(plain)) return true;
    this.#abort("slow_reader", "the peer reads too slowly");
    return false;
  }

  /** See {@link Connection.excuseSilence}. */
  excuseSilence(): void {
    this.#excusedAt = this.#modules.clock.monotonic();
  }

  /**
   * Takes nothing more in either direction, sends what is queued within a bounded time, and closes.
   * The first call counts.
   */
  close(reason: string, cause: CloseCause = "local"): void {
    if (!this.#beginClosing(cause, reason)) return;
    const { clock } = this.#modules;
    const { closeTimeoutMs } = this.#limits;
    this.#cancelCloseTimer = judgeAfter(clock, closeTimeoutMs, () => this.#release(reason));
    void this.#hangUp(reason);
  }

  /** The next bytes, valid until the next call; undefined when there are no more for the user. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#closing !== undefined) return undefined;
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return early;
    const buffer = this.#readBuffer();
    let count: number | null = 0;
    try {
      while (count === 0) count = await this.#readInto(buffer);
    } catch (error) {
      this.#abort("socket_error", `cannot read: ${reasonOf(error)}`);
      return undefined;
    }
    if (count === null) {
      this.close("the peer closed the connection", "peer");
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

  /** The buffer is used again for each read: framers never keep a part of it. */
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
      : Math.max(this.#lastReceivedAt, this.#excusedAt, this.#reading.since);
    const idleLeft = silentSince + idleTimeoutMs - now;
    const writeLeft = (this.#outgoing.stalledSince ?? now) + writeTimeoutMs - now;
    if (idleLeft <= 0) {
      this.#modules.conduct?.limited("idle_timeout_secs", this.remoteAddress);
      return this.#abort("idle", `nothing came for ${idleTimeoutMs} ms`);
    }
    if (writeLeft <= 0) {
      return this.#abort("slow_reader", `nothing was taken for ${writeTimeoutMs} ms`);
    }
    const delayMs = Math.ceil(Math.min(idleLeft, writeLeft));
    this.#cancelWatch = judgeAfter(this.#modules.clock, delayMs, () => this.#watch());
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
