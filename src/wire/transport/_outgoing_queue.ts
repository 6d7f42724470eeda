import { type Clock, concatBytes } from "../../base/mod.ts";
import { type ByteSocket, writeAll } from "./byte_socket.ts";
import { WRITE_BATCH_LENGTH } from "./limits.ts";

/** Arrays that wait one by one before they are packed: more than a turn's answers are. */
const LOOSE_MAX = 64;

/** What an outgoing queue works with. */
export interface OutgoingQueueModules {
  readonly socket: ByteSocket;
  /** Plain bytes to bytes for the wire, in the order of the calls. */
  readonly encode: (plain: Uint8Array) => Uint8Array;
  readonly clock: Clock;
  /** Told how many plain bytes more wait, or, below 0, how many fewer. */
  readonly onQueued?: (by: number) => void;
  /** Told how many bytes the socket took. */
  readonly onSent: (count: number) => void;
  /** Told once when writing failed; nothing is written after that. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Frames or lines that wait to be written. What is sent in one turn of the event loop goes out in one write,
 * and so does all that gathers while a write is under way. Frames wait plain and are sealed when they
 * are written; every channel's job is its own, so nothing is shared among readers. Many small frames
 * are packed together, for an array of 30 bytes takes 230 and the bound counts the 30: what waits is
 * at most the bound, or one send where nothing waited, and besides it the sealed form of one write.
 */
export class OutgoingQueue {
  readonly #limit: number;
  readonly #modules: OutgoingQueueModules;
  /** In order; those in front are packed. */
  #waiting: Uint8Array[] = [];
  #packed = 0;
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #stopped = false;
  #progressAt = 0;

  /** @param limit plain bytes; {@link offer} refuses when more would wait. */
  constructor(limit: number, modules: OutgoingQueueModules) {
    this.#limit = limit;
    this.#modules = modules;
  }

  /** Since when the write that is under way has made no progress; undefined when there is none. */
  get stalledSince(): number | undefined {
    return this.#running === undefined ? undefined : this.#progressAt;
  }

  /** Plain bytes that wait, those of the write under way included. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Arrays that wait: each takes some 200 bytes beyond those that are counted. */
  get pieces(): number {
    return this.#waiting.length;
  }

  /**
   * Adds frames; false when the bound is passed or the queue has stopped. An empty queue takes
   * frames of any length, so that the bound need not know the largest message.
   */
  offer(frames: Uint8Array): boolean {
    if (this.#stopped) return false;
    if (this.#queuedBytes > 0 && this.#queuedBytes + frames.length > this.#limit) return false;
    this.#waiting.push(frames);
    this.#count(frames.length);
    if (this.#stopped) return false;
    if (this.#waiting.length - this.#packed >= LOOSE_MAX) this.#pack();
    if (this.#running === undefined) {
      this.#progressAt = this.#modules.clock.monotonic();
      // Starting in a microtask lets the rest of this turn's frames join the first write.
      this.#running = Promise.resolve().then(() => this.#run());
    }
    return true;
  }

  /** Resolves when everything is written or nothing more will be. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Forgets what waits. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = [];
    this.#packed = 0;
    if (this.#queuedBytes > 0) this.#count(-this.#queuedBytes);
  }

  #count(by: number): void {
    this.#queuedBytes += by;
    this.#modules.onQueued?.(by);
  }

  /** Makes one array of those that are not packed yet. */
  #pack(): void {
    this.#waiting.push(concatBytes(...this.#waiting.splice(this.#packed)));
    this.#packed++;
  }

  async #run(): Promise<void> {
    const { socket, encode, clock, onSent, onFailure } = this.#modules;
    try {
      while (this.#waiting.length > 0) {
        const plain = this.#takeBatch();
        await writeAll(socket, encode(plain), (count) => {
          this.#progressAt = clock.monotonic();
          onSent(count);
        });
        if (!this.#stopped) this.#count(-plain.length);
      }
    } catch (error) {
      this.stop();
      onFailure(error);
    } finally {
      this.#running = undefined;
    }
  }

  /** The first frames that wait: as many as fit into a write, at least one send's. */
  #takeBatch(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const frames of this.#waiting) {
      if (count > 0 && length + frames.length > WRITE_BATCH_LENGTH) break;
      length += frames.length;
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    this.#packed = Math.max(0, this.#packed - count);
    return batch.length === 1 ? batch[0] as Uint8Array : concatBytes(...batch);
  }
}
