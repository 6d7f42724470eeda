/**
 * A stream of units in both directions: frames, or lines. How they stand on the wire makes no
 * difference to its user.
 */
export interface Connection<Unit> {
  /** Differs among the connections of one listener. */
  readonly id: number;
  /** The peer's IP address as text, without port. */
  readonly remoteAddress: string;
  /**
   * With whom the connection shares its part of time and memory: the connections of one IPv4 address,
   * or of one IPv6 network of 64 bits. Behind a balancer that does not say whose connection it passes
   * on each is a network of its own.
   */
  readonly network: string;
  /**
   * Resolves with the reason when the connection is closed and everything that it held is released.
   * Never rejects.
   */
  readonly closed: Promise<string>;
  /** When the last byte came, in milliseconds of the monotonic clock. */
  readonly lastReceivedAt: number;

  /**
   * The units that come in, in order, whole ones of what was read at once; to be iterated once. A
   * batch is short, and the event loop turns between two of one read, so that a peer who sends much
   * does not keep the others waiting. Nothing is read while the consumer is busy, so that a slow
   * consumer slows its peer. Ends when the peer or we close; units stay as they are for as long as
   * they are kept.
   *
   * @throws {ProtocolError} when the stream is broken; units that came whole before the fault were
   * handed out, and the connection is closed.
   */
  batches(): AsyncIterable<Unit[]>;

  /**
   * Queues one or several whole units, in order, as plain bytes. They are taken as they are and must
   * not be changed afterwards.
   *
   * @returns false when the connection is closed or closing, or when the peer reads so slowly that
   * the queue's bound is passed; then the connection is closed.
   */
  send(units: Uint8Array): boolean;

  /** The peer was given something that takes its time: its silence counts from now on. */
  excuseSilence(): void;

  /**
   * Takes nothing more in either direction, sends what is queued within a bounded time, and closes.
   * The first call's reason counts, later calls do nothing.
   */
  close(reason: string): void;
}
