/**
 * What a node answers with, and the strict reading of it: an answer that lacks a field or has it
 * in another type is refused, because acting on half an answer would mine on the wrong chain.
 *
 * @module
 */
import { hashFromDisplay, hexToBytes } from "../../base/mod.ts";
import {
  type BlockSubsidy,
  parseBlockSubsidy,
  TemplateError,
  type TransparentOutput,
} from "../zcash/mod.ts";
import { NodeError, printable } from "./node_error.ts";

/** Part of `getblockchaininfo`. */
export interface BlockchainInfo {
  /** "main" or "test"; Regtest says "test" too. */
  readonly chain: string;
  /** Height of the best block. */
  readonly blocks: number;
  readonly bestBlockHash: Uint8Array;
  readonly estimatedHeight: number;
  /** Branch ids of the tip and of the block after it. */
  readonly consensus: { readonly chainTip: number; readonly nextBlock: number };
}

/** Part of verbose `getblockheader`. */
export interface BlockHeaderInfo {
  readonly hash: Uint8Array;
  readonly height: number;
  /** 1 for the tip; -1 for a block that has just left the best chain. */
  readonly confirmations: number;
  /** Undefined for the genesis block. */
  readonly previousBlockHash: Uint8Array | undefined;
  /** Seconds of Unix time. */
  readonly time: number;
}

/** `getbestblockheightandhash`. */
export interface BestBlock {
  readonly height: number;
  readonly hash: Uint8Array;
}

/** `validateaddress` and `z_validateaddress`. */
export interface AddressInfo {
  readonly isValid: boolean;
  /** Only of `z_validateaddress`: "p2pkh", "p2sh", "sapling", "unified" ... */
  readonly addressType: string | undefined;
  /** Only of `validateaddress`. */
  readonly isScript: boolean | undefined;
}

/** Part of verbose `getrawtransaction`. */
export interface TransactionPlace {
  /** Of its block; undefined in the mempool, -1 for a block off the best chain. */
  readonly height: number | undefined;
  /** 0 in the mempool. */
  readonly confirmations: number;
  readonly blockHash: Uint8Array | undefined;
}

/** `getdeprecationinfo` on Mainnet: the node stops itself at this height. */
export interface DeprecationInfo {
  readonly blockHeight: number;
  /** Seconds of Unix time, the node's estimate; undefined when it gives none. */
  readonly estimatedTime: number | undefined;
}

/** Part of `getnetworkinfo`. */
export interface NetworkInfo {
  /** As "/Zebra:7.0.0/". */
  readonly subversion: string;
  /** Peers. */
  readonly connections: number;
}

/** @throws {NodeError} `malformed`. */
export function readTransactionPlace(answer: unknown): TransactionPlace {
  const place = new AnswerReader("getrawtransaction", answer);
  return {
    height: place.optionalInteger("height"),
    confirmations: place.optionalInteger("confirmations") ?? 0,
    blockHash: place.has("blockhash") ? place.hash("blockhash") : undefined,
  };
}

/**
 * Reads the transparent outputs out of verbose `getrawtransaction`.
 *
 * @throws {NodeError} `malformed`.
 */
export function readTransactionOutputs(answer: unknown): TransparentOutput[] {
  const method = "getrawtransaction";
  return new AnswerReader(method, answer).list("vout").map((output) => {
    const valueZat = output.integer("valueZat");
    if (valueZat < 0) throw malformed(method, "an output of less than nothing");
    return { valueZat: BigInt(valueZat), script: output.object("scriptPubKey").hexBytes("hex") };
  });
}

/** Heights are lock times below 500,000,000 (Zcash protocol §7.1). */
const HEIGHT_MAX = 499_999_999;

/** Reads fields of one answer and says which one is wrong. */
class AnswerReader {
  readonly #method: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(method: string, answer: unknown) {
    if (typeof answer !== "object" || answer === null || Array.isArray(answer)) {
      throw malformed(method, "an object is expected");
    }
    this.#method = method;
    this.#fields = answer as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  object(name: string): AnswerReader {
    return new AnswerReader(`${this.#method}.${name}`, this.#fields[name]);
  }

  list(name: string): AnswerReader[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw malformed(this.#method, `${name}: a list expected`);
    return value.map((item: unknown, at) =>
      new AnswerReader(`${this.#method}.${name}[${at}]`, item)
    );
  }

  integer(name: string): number {
    const value = this.#fields[name];
    if (!Number.isSafeInteger(value)) throw malformed(this.#method, `${name}: an integer expected`);
    return value as number;
  }

  /** Of a block in the chain; a nonsense one would make young blocks look deep. */
  height(name: string): number {
    const value = this.integer(name);
    if (value < 0 || value > HEIGHT_MAX) {
      throw malformed(this.#method, `${name}: a height of 0 to ${HEIGHT_MAX} expected`);
    }
    return value;
  }

  optionalInteger(name: string): number | undefined {
    const value = this.#fields[name];
    return Number.isSafeInteger(value) ? value as number : undefined;
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string") throw malformed(this.#method, `${name}: a text expected`);
    return printable(value);
  }

  boolean(name: string): boolean {
    const value = this.#fields[name];
    if (typeof value !== "boolean") throw malformed(this.#method, `${name}: a boolean expected`);
    return value;
  }

  hash(name: string): Uint8Array {
    return readHash(this.#method, this.#fields[name]);
  }

  hexBytes(name: string): Uint8Array {
    return readHexBytes(this.#method, this.#fields[name]);
  }

  /** Zebra gives this one hash as an array of 32 numbers in internal order. */
  hashArray(name: string): Uint8Array {
    const value = this.#fields[name];
    const isByte = (item: unknown): boolean =>
      Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
    if (!Array.isArray(value) || value.length !== 32 || !value.every(isByte)) {
      throw malformed(this.#method, `${name}: 32 byte values expected`);
    }
    return Uint8Array.from(value as number[]);
  }

  branchId(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== "string" || !/^[0-9a-f]{8}$/.test(value)) {
      throw malformed(this.#method, `${name}: 8 hexadecimal digits expected`);
    }
    return Number.parseInt(value, 16);
  }
}

/** @throws {NodeError} of kind `malformed`, as all functions here. */
export function readBlockchainInfo(answer: unknown): BlockchainInfo {
  const reader = new AnswerReader("getblockchaininfo", answer);
  const consensus = reader.object("consensus");
  return {
    chain: reader.text("chain"),
    blocks: reader.height("blocks"),
    bestBlockHash: reader.hash("bestblockhash"),
    estimatedHeight: reader.integer("estimatedheight"),
    consensus: {
      chainTip: consensus.branchId("chaintip"),
      nextBlock: consensus.branchId("nextblock"),
    },
  };
}

/** Reads verbose `getblockheader`. */
export function readBlockHeader(answer: unknown): BlockHeaderInfo {
  const reader = new AnswerReader("getblockheader", answer);
  return {
    hash: reader.hash("hash"),
    height: reader.height("height"),
    confirmations: reader.integer("confirmations"),
    previousBlockHash: reader.has("previousblockhash")
      ? reader.hash("previousblockhash")
      : undefined,
    time: reader.integer("time"),
  };
}

/** Reads `getbestblockheightandhash`. */
export function readBestBlock(answer: unknown): BestBlock {
  const reader = new AnswerReader("getbestblockheightandhash", answer);
  return { height: reader.height("height"), hash: reader.hashArray("hash") };
}

/** Reads `getblocksubsidy`. */
export function readBlockSubsidy(answer: unknown): BlockSubsidy {
  try {
    return parseBlockSubsidy(answer);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw malformed("getblocksubsidy", cause.message, cause);
  }
}

/** Reads `validateaddress` and `z_validateaddress`. */
export function readAddressInfo(method: string, answer: unknown): AddressInfo {
  const reader = new AnswerReader(method, answer);
  return {
    isValid: reader.boolean("isvalid"),
    addressType: reader.has("address_type") ? reader.text("address_type") : undefined,
    isScript: reader.has("isscript") ? reader.boolean("isscript") : undefined,
  };
}

/** Reads `getdeprecationinfo`. */
export function readDeprecationInfo(answer: unknown): DeprecationInfo | undefined {
  const reader = new AnswerReader("getdeprecationinfo", answer);
  if (!reader.has("end_of_service")) return undefined;
  const end = reader.object("end_of_service");
  return {
    blockHeight: end.integer("block_height"),
    // For display only, so another form than seconds is left out rather than refused.
    estimatedTime: end.optionalInteger("estimated_time"),
  };
}

/** Reads `getnetworkinfo`. */
export function readNetworkInfo(answer: unknown): NetworkInfo {
  const reader = new AnswerReader("getnetworkinfo", answer);
  return { subversion: reader.text("subversion"), connections: reader.integer("connections") };
}

/** Reads a hash in display order. */
export function readHash(method: string, answer: unknown): Uint8Array {
  if (typeof answer !== "string" || !/^[0-9a-f]{64}$/.test(answer)) {
    throw malformed(method, "a hash of 64 hexadecimal digits is expected");
  }
  return hashFromDisplay(answer);
}

/** Reads serialized bytes. */
export function readHexBytes(method: string, answer: unknown): Uint8Array {
  if (typeof answer !== "string" || answer.length % 2 !== 0 || !/^[0-9a-f]*$/.test(answer)) {
    throw malformed(method, "hexadecimal digits are expected");
  }
  return hexToBytes(answer);
}

/** Reads what `submitblock` and proposal mode answer: null or a short text. */
export function readVerdict(method: string, answer: unknown): string | null {
  if (answer === null) return null;
  if (typeof answer !== "string" || answer === "") {
    throw malformed(method, "null or a text is expected");
  }
  return printable(answer);
}

function malformed(method: string, reason: string, cause?: unknown): NodeError {
  return new NodeError("malformed", `Cannot use the node's answer to ${method}: ${reason}`, {
    cause,
  });
}
