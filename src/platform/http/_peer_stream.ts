import { Duplex } from "node:stream";
import { type Clock, judgeAfter, reasonOf } from "../../base/mod.ts";

/** An accepted connection, as far as it is needed. */
export type PeerSocket = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/** How long a peer may take. */
export interface PeerLimits {
  /** From the first byte of a request (or the connection) to its last. */
  readonly requestMs: number;
  /** Between an answer and the next request, and for taking an answer. */
  readonly idleMs: number;
}

/** Requests are a line and a few headers. */
const READ_LENGTH = 16 * 1024;
const TOO_LATE = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/**
 * One peer's connection as the stream that `node:http` is handed. It has its own time limits, since
 * `node:http` watches only the sockets that it has accepted itself.
 */
export class PeerStream extends Duplex {
  readonly #socket: PeerSocket;
  readonly #limits: PeerLimits;
  readonly #clock: Clock;
  #state: "waiting" | "reading" | "answering" = "reading";
  #cancel: () => void = () => {};
  /** Bytes that come while a whole request is being answered wait here for their turn. */
  #turn: PromiseWithResolvers<void> | undefined;

  constructor(socket: PeerSocket, limits: PeerLimits, clock: Clock) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#limits = limits;
    this.#clock = clock;
    this.#expect(limits.requestMs, () => this.#tooLate());
  }

  /** False while an answer is under way: then the peer has sent several requests in one go. */
  beginAnswer(): boolean {
    if (this.#state === "answering") return false;
    this.#state = "answering";
    return true;
  }

  /** The request is whole: what takes time now is ours. */
  requestRead(): void {
    this.#cancel();
    this.#turn ??= Promise.withResolvers();
  }

  /** The answer is on its way; a peer that does not take it loses its place. */
  answerSent(): void {
    this.#expect(this.#limits.idleMs, () => this.destroy());
  }

  /** The answer was handed to the system, not merely queued. */
  answerTaken(): void {
    this.#state = "waiting";
    this.#turn?.resolve();
    this.#turn = undefined;
    this.#expect(this.#limits.idleMs, () => this.destroy());
  }

  override _read(): void {
    this.#readOnce().catch((thrown) =>
      this.destroy(thrown instanceof Error ? thrown : new Error(reasonOf(thrown)))
    );
  }

  override _write(chunk: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    this.#writeAll(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.closeWrite().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancel();
    this.#turn?.resolve();
    try {
      this.#socket.close();
    } catch {
      // The runtime has closed it already.
    }
    done(error);
  }

  async #readOnce(): Promise<void> {
    const buffer = new Uint8Array(READ_LENGTH);
    const length = await this.#socket.read(buffer);
    await this.#turn?.promise;
    if (this.destroyed) return;
    if (length === null) return void this.push(null);
    this.#heard();
    this.push(buffer.subarray(0, length));
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  #heard(): void {
    if (this.#state !== "waiting") return;
    this.#state = "reading";
    this.#expect(this.#limits.requestMs, () => this.#tooLate());
  }

  #tooLate(): void {
    this.end(TOO_LATE, () => this.destroy());
  }

  #expect(limitMs: number, late: () => void): void {
    this.#cancel();
    if (!this.destroyed) this.#cancel = judgeAfter(this.#clock, limitMs, late);
  }
}
