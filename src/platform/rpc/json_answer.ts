import { malformed, printable, type RpcError, type RpcPeer } from "./errors.ts";

/** What a text has to look like. */
export interface TextShape {
  readonly pattern: RegExp;
  /** As in "a transaction id expected". */
  readonly name: string;
}

/** Between which numbers a whole one has to be, both included. */
export interface IntegerShape {
  readonly min: number;
  readonly max: number;
  /** As in "a height expected". */
  readonly name: string;
}

const ANY_TEXT: TextShape = { pattern: /^/, name: "a text" };
const ANY_INTEGER: IntegerShape = {
  min: Number.MIN_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
  name: "a whole number",
};

/**
 * Reads the object that a node or wallet answered with, field by field, and says which field is not
 * what it should be: an answer that lacks a field or has it in another type is refused, because
 * acting on half an answer would mine on the wrong chain or pay twice. Methods that begin with
 * `optional` give undefined for a field that is absent or null, and refuse it all the same when it
 * has another type.
 *
 * What a field means in Zcash stands with the caller, as a {@link TextShape} or
 * {@link IntegerShape}.
 */
export class JsonAnswer {
  readonly #peer: RpcPeer;
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /**
   * @param path where the value is: the method, and the fields that lead there.
   * @throws {RpcError} `malformed` when the value is no object, as every method here.
   */
  constructor(peer: RpcPeer, path: string, value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw malformed(peer, path, "an object expected");
    }
    this.#peer = peer;
    this.#path = path;
    this.#fields = value as Record<string, unknown>;
  }

  /** The objects of a list that stands alone. */
  static list(peer: RpcPeer, path: string, value: unknown): JsonAnswer[] {
    if (!Array.isArray(value)) throw malformed(peer, path, "a list expected");
    return value.map((item, at) => new JsonAnswer(peer, `${path}[${at}]`, item));
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  /** As it came. */
  value(name: string): unknown {
    return this.#fields[name];
  }

  object(name: string): JsonAnswer {
    return new JsonAnswer(this.#peer, `${this.#path}.${name}`, this.#fields[name]);
  }

  optionalObject(name: string): JsonAnswer | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  objects(name: string): JsonAnswer[] {
    return JsonAnswer.list(this.#peer, `${this.#path}.${name}`, this.#fields[name]);
  }

  /** Nothing for a list that is absent. */
  optionalObjects(name: string): JsonAnswer[] {
    return this.has(name) ? this.objects(name) : [];
  }

  /** As it came: not for a log line before it has been through {@link printable}. */
  text(name: string, shape: TextShape = ANY_TEXT): string {
    const value = this.#fields[name];
    if (typeof value !== "string" || !shape.pattern.test(value)) throw this.fault(name, shape.name);
    return value;
  }

  optionalText(name: string, shape?: TextShape): string | undefined {
    return this.has(name) ? this.text(name, shape) : undefined;
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
      throw this.fault(name, "a list of texts");
    }
    return value as string[];
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== "boolean") throw this.fault(name, "true or false");
    return value;
  }

  optionalFlag(name: string): boolean | undefined {
    return this.has(name) ? this.flag(name) : undefined;
  }

  /** Exact: a number above 2^53 would have lost digits before it got here and is refused. */
  integer(name: string, shape: IntegerShape = ANY_INTEGER): number {
    const value = this.#fields[name];
    if (
      typeof value !== "number" || !Number.isSafeInteger(value) || value < shape.min ||
      value > shape.max
    ) throw this.fault(name, shape.name);
    return value;
  }

  optionalInteger(name: string, shape?: IntegerShape): number | undefined {
    return this.has(name) ? this.integer(name, shape) : undefined;
  }

  /** For a field whose reading is the caller's. */
  fault(name: string, expected: string): RpcError {
    return malformed(this.#peer, printable(`${this.#path}.${name}`), `${expected} expected`);
  }
}
