import { MAX_MONEY_ZAT } from "../ledger/mod.ts";
import { CallError } from "./errors.ts";

/** A block height (Zcash protocol §7.6) is below 2^31; an expiry height below 500,000,000. */
const HEIGHT_MAX = 2 ** 31 - 1;

/** Reads one answer of the wallet or node and says which field is not what it should be. */
export class JsonAnswer {
  readonly #path: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  /** @throws {CallError} `nonsense` when the value is no object. */
  constructor(path: string, value: unknown) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new CallError("nonsense", `${path}: an object expected`);
    }
    this.#path = path;
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  object(name: string): JsonAnswer {
    return new JsonAnswer(`${this.#path}.${name}`, this.#fields[name]);
  }

  optionalObject(name: string): JsonAnswer | undefined {
    return this.has(name) ? this.object(name) : undefined;
  }

  /** Objects of a list. */
  objects(name: string): JsonAnswer[] {
    return answerList(`${this.#path}.${name}`, this.#fields[name]);
  }

  /** Objects of a list; nothing for a list that is absent. */
  optionalObjects(name: string): JsonAnswer[] {
    return this.has(name) ? this.objects(name) : [];
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string") throw this.#fault(name, "a text");
    return value;
  }

  optionalText(name: string): string | undefined {
    return this.has(name) ? this.text(name) : undefined;
  }

  texts(name: string): string[] {
    const value = this.#fields[name];
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
      throw this.#fault(name, "a list of texts");
    }
    return value as string[];
  }

  txid(name: string): string {
    const value = this.text(name);
    if (!isTxid(value)) throw this.#fault(name, "a transaction id");
    return value.toLowerCase();
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== "boolean") throw this.#fault(name, "true or false");
    return value;
  }

  optionalFlag(name: string): boolean | undefined {
    return this.has(name) ? this.flag(name) : undefined;
  }

  integer(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw this.#fault(name, "a whole number");
    }
    return value;
  }

  optionalInteger(name: string): number | undefined {
    return this.has(name) ? this.integer(name) : undefined;
  }

  /**
   * Zatoshis, none or more; a number above 2^53 would have lost digits before it got here and is
   * refused, as is more than there can be.
   */
  zat(name: string): bigint {
    const amountZat = BigInt(this.integer(name));
    if (amountZat < 0n || amountZat > MAX_MONEY_ZAT) throw this.#fault(name, "an amount");
    return amountZat;
  }

  /** A height of the chain. */
  height(name: string): number {
    const value = this.integer(name);
    if (value < 0 || value > HEIGHT_MAX) throw this.#fault(name, "a height");
    return value;
  }

  optionalHeight(name: string): number | undefined {
    return this.has(name) ? this.height(name) : undefined;
  }

  /** A plain decimal number, given as text or as a JSON number. */
  decimal(name: string): string {
    const value = this.#fields[name];
    const text = typeof value === "number" ? value.toFixed(8) : value;
    if (typeof text !== "string" || !/^\d{1,9}(\.\d{1,8})?$/.test(text)) {
      throw this.#fault(name, "an amount");
    }
    return text;
  }

  #fault(name: string, expected: string): CallError {
    return new CallError("nonsense", `${this.#path}.${name}: ${expected} expected`);
  }
}

/** The objects of a list. */
export function answerList(path: string, value: unknown): JsonAnswer[] {
  if (!Array.isArray(value)) throw new CallError("nonsense", `${path}: a list expected`);
  return value.map((item, at) => new JsonAnswer(`${path}[${at}]`, item));
}

/** 64 hexadecimal digits. */
export function isTxid(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}
