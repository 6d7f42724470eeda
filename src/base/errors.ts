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

/** What the system's error codes mean for an operator; its own texts are the runtime's. */
const SYSTEM_REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another process has the port"],
  ["EADDRNOTAVAIL", "it is no address of this machine"],
  ["EACCES", "the system does not let this user do it"],
  ["EPERM", "the system does not let this user do it"],
  ["EEXIST", "a file of this name is in the way"],
  ["ENOTDIR", "a part of the path is a file and no folder"],
  ["EISDIR", "it is a folder"],
  ["ENOTEMPTY", "the folder is not empty"],
  ["ENOENT", "there is no such file or folder"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ELOOP", "its links lead round in a circle"],
  ["EXDEV", "it is on another file system"],
  ["EBUSY", "something else uses it"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system can only be read"],
  ["EFBIG", "the file may not become larger, see ulimit -f"],
  ["EINVAL", "the system does not take it"],
  ["ENXIO", "the device is not there"],
  ["ENODEV", "the device is not there"],
  ["EIO", "the disk does not work (input/output error)"],
  ["EMFILE", "this process has no file handle left, see ulimit -n"],
  ["ENFILE", "the system has no file handle left"],
  ["ENOMEM", "the system has no memory left"],
  ["ECONNREFUSED", "the connection was refused, nothing listens there"],
  ["ECONNRESET", "the other side ended the connection"],
  ["ECONNABORTED", "the other side ended the connection"],
  ["EPIPE", "the other side has closed its end"],
  ["ETIMEDOUT", "the other side did not answer in time"],
  ["EHOSTUNREACH", "no way leads to that address"],
  ["ENETUNREACH", "no way leads to that address"],
  ["ENETDOWN", "the network is down"],
  ["EAFNOSUPPORT", "this machine has no addresses of that kind"],
]);

/** The runtime's error for a missing permission; its text names flags that nobody should use. */
const NOT_CAPABLE = "NotCapable";

/** What the runtime begins with when a permission is missing: `Requires net access to …`. */
const REQUIRED = /^Requires ([a-z]+) access/;

/** What the runtime appends to a text of the system: its number, and the call that failed. */
const SYSTEM_NUMBER = / \(os error \d+\).*$/s;

/** How the runtime says that a name has no address; such errors have no code. */
const LOOKUP = /^failed to lookup address information: (.*)$/s;

/**
 * The text of anything that was thrown, for people: in our words where the system or the runtime
 * refused something, since their texts carry numbers, names of calls and advice of their own.
 */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === NOT_CAPABLE) {
    const kind = REQUIRED.exec(thrown.message)?.[1];
    return `a permission is missing${kind === undefined ? "" : `, --allow-${kind}`}; the command ` +
      '"flags" prints those that a configuration needs';
  }
  const lookup = LOOKUP.exec(thrown.message)?.[1];
  if (lookup !== undefined) {
    return lookup.startsWith("Temporary")
      ? "the address of that name cannot be looked up now"
      : "no address is known for that name";
  }
  const code = "code" in thrown ? String(thrown.code) : "";
  return SYSTEM_REASONS.get(code) ?? thrown.message.replace(SYSTEM_NUMBER, "");
}
