/**
 * The root of the declared errors. They are told apart by class or `code`, never by text.
 *
 * - the peer's fault: {@link ProtocolError}, with what is to be done;
 * - outside trouble (node, database, disk): a room's own subclass of {@link PoolError}, retried
 *   within bounds by its caller;
 * - a fault of ours: {@link assert}; the unit that is at work dies.
 *
 * @module
 */

/** Anything that this program declares as a way to fail. */
export class PoolError extends Error {
  /** Stable, lower-case, with dashes. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** What a peer's fault costs it. */
export type Consequence = "answer" | "close_channel" | "drop_connection";

/** The peer broke the protocol; `code` is the SV2 error code where one is sent. */
export class ProtocolError extends PoolError {
  readonly consequence: Consequence;

  constructor(code: string, message: string, consequence: Consequence, options?: ErrorOptions) {
    super(code, message, options);
    this.consequence = consequence;
  }
}

/** A fault of this program, never of a peer's input. */
export class AssertionError extends PoolError {
  constructor(message: string) {
    super("assertion-failed", message);
  }
}

/** @throws {AssertionError} when the condition does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** The text of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
