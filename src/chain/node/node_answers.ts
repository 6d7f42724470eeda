/**
 * What a node answers with, and the strict reading of it: an answer that lacks a field or has it
 * in another type is refused, because acting on half an answer would mine on the wrong chain.
 *
 * @module
 */
import { hashFromDisplay, hexToBytes } from "../../base/mod.ts";
import {
  type IntegerShape,
  JsonAnswer,
  malformed,
  printable,
  type TextShape,
} from "../../platform/rpc/mod.ts";
import {
  type BlockSubsidy,
  HEIGHT_MAX,
  MAX_MONEY_ZAT,
  parseBlockSubsidy,
  TemplateError,
  type TransparentOutput,
} from "../zcash/mod.ts";

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

/** Part of `getblock` with verbosity 1: where a block stands, and its first transaction. */
export interface BlockLinks {
  readonly height: number;
  /** Undefined for the genesis block. */
  readonly previousBlockHash: Uint8Array | undefined;
  readonly coinbaseTxid: Uint8Array;
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
  /** The last height at which it can be mined; 0 for one that never expires; undefined if not told. */
  readonly expiryHeight: number | undefined;
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

/** In display order, as Zebra writes hashes everywhere but in one place. */
const HASH: TextShape = { pattern: /^[0-9a-f]{64}$/, name: "a hash of 64 hexadecimal digits" };
const BRANCH_ID: TextShape = { pattern: /^[0-9a-f]{8}$/, name: "8 hexadecimal digits" };
const HEX = /^[0-9a-f]*$/;
/** Of a block in the chain; a wild one would make young blocks look deep. */
const HEIGHT: IntegerShape = {
  min: 0,
  max: HEIGHT_MAX,
  name: `a height of 0 to ${HEIGHT_MAX}`,
};
/** Zatoshis of an output. */
const VALUE: IntegerShape = {
  min: 0,
  max: Number(MAX_MONEY_ZAT),
  name: "an amount of none or more",
};

/** @throws {RpcError} of kind `malformed`, as all functions here. */
export function readTransactionPlace(answer: unknown): TransactionPlace {
  const place = answerOf("getrawtransaction", answer);
  return {
    height: place.optionalInteger("height"),
    confirmations: place.optionalInteger("confirmations") ?? 0,
    blockHash: optionalHash(place, "blockhash"),
    expiryHeight: place.optionalInteger("expiryheight"),
  };
}

/** Reads the transparent outputs out of verbose `getrawtransaction`. */
export function readTransactionOutputs(answer: unknown): TransparentOutput[] {
  return answerOf("getrawtransaction", answer).objects("vout").map((output) => ({
    valueZat: BigInt(output.integer("valueZat", VALUE)),
    script: readHexBytes("getrawtransaction", output.object("scriptPubKey").value("hex")),
  }));
}

/** Reads whether `gettxout` shows an output: it answers null for one that is spent or unknown. */
export function readUnspent(answer: unknown): boolean {
  if (answer === null) return false;
  answerOf("gettxout", answer).integer("confirmations");
  return true;
}

/** Reads `getblockchaininfo`. */
export function readBlockchainInfo(answer: unknown): BlockchainInfo {
  const info = answerOf("getblockchaininfo", answer);
  const consensus = info.object("consensus");
  return {
    chain: printable(info.text("chain")),
    blocks: info.integer("blocks", HEIGHT),
    bestBlockHash: hashFromDisplay(info.text("bestblockhash", HASH)),
    estimatedHeight: info.integer("estimatedheight"),
    consensus: {
      chainTip: Number.parseInt(consensus.text("chaintip", BRANCH_ID), 16),
      nextBlock: Number.parseInt(consensus.text("nextblock", BRANCH_ID), 16),
    },
  };
}

/** Reads verbose `getblockheader`. */
export function readBlockHeader(answer: unknown): BlockHeaderInfo {
  const header = answerOf("getblockheader", answer);
  return {
    hash: hashFromDisplay(header.text("hash", HASH)),
    height: header.integer("height", HEIGHT),
    confirmations: header.integer("confirmations"),
    previousBlockHash: optionalHash(header, "previousblockhash"),
    time: header.integer("time"),
  };
}

/** Reads `getblock` with verbosity 1. */
export function readBlockLinks(answer: unknown): BlockLinks {
  const block = answerOf("getblock", answer);
  const [coinbase] = block.texts("tx");
  if (coinbase === undefined || !HASH.pattern.test(coinbase)) throw block.fault("tx", HASH.name);
  return {
    height: block.integer("height", HEIGHT),
    previousBlockHash: optionalHash(block, "previousblockhash"),
    coinbaseTxid: hashFromDisplay(coinbase),
  };
}

/** Reads `getbestblockheightandhash`. */
export function readBestBlock(answer: unknown): BestBlock {
  const best = answerOf("getbestblockheightandhash", answer);
  return { height: best.integer("height", HEIGHT), hash: hashArray(best, "hash") };
}

/** Reads `getblocksubsidy`. */
export function readBlockSubsidy(answer: unknown): BlockSubsidy {
  try {
    return parseBlockSubsidy(answer);
  } catch (cause) {
    if (!(cause instanceof TemplateError)) throw cause;
    throw malformed("node", "getblocksubsidy", cause.message, cause);
  }
}

/** Reads `validateaddress` and `z_validateaddress`. */
export function readAddressInfo(method: string, answer: unknown): AddressInfo {
  const info = answerOf(method, answer);
  const addressType = info.optionalText("address_type");
  return {
    isValid: info.flag("isvalid"),
    addressType: addressType === undefined ? undefined : printable(addressType),
    isScript: info.optionalFlag("isscript"),
  };
}

/** Reads `getdeprecationinfo`. */
export function readDeprecationInfo(answer: unknown): DeprecationInfo | undefined {
  const end = answerOf("getdeprecationinfo", answer).optionalObject("end_of_service");
  if (end === undefined) return undefined;
  const time = end.value("estimated_time");
  return {
    blockHeight: end.integer("block_height"),
    // For display only, so another form than seconds is left out rather than refused.
    estimatedTime: Number.isSafeInteger(time) ? time as number : undefined,
  };
}

/** Reads `getnetworkinfo`. */
export function readNetworkInfo(answer: unknown): NetworkInfo {
  const info = answerOf("getnetworkinfo", answer);
  return {
    subversion: printable(info.text("subversion")),
    connections: info.integer("connections"),
  };
}

/** Reads a hash in display order. */
export function readHash(method: string, answer: unknown): Uint8Array {
  if (typeof answer !== "string" || !HASH.pattern.test(answer)) {
    throw malformed("node", method, `${HASH.name} expected`);
  }
  return hashFromDisplay(answer);
}

/** Reads serialized bytes. */
export function readHexBytes(method: string, answer: unknown): Uint8Array {
  if (typeof answer !== "string" || answer.length % 2 !== 0 || !HEX.test(answer)) {
    throw malformed("node", method, "hexadecimal digits expected");
  }
  return hexToBytes(answer);
}

/** Reads what `submitblock` and proposal mode answer: null or a short text. */
export function readVerdict(method: string, answer: unknown): string | null {
  if (answer === null) return null;
  if (typeof answer !== "string" || answer === "") {
    throw malformed("node", method, "null or a text expected");
  }
  return printable(answer);
}

function answerOf(method: string, answer: unknown): JsonAnswer {
  return new JsonAnswer("node", method, answer);
}

function optionalHash(answer: JsonAnswer, name: string): Uint8Array | undefined {
  const hash = answer.optionalText(name, HASH);
  return hash === undefined ? undefined : hashFromDisplay(hash);
}

/** Zebra gives this one hash as an array of 32 numbers in internal order. */
function hashArray(answer: JsonAnswer, name: string): Uint8Array {
  const value = answer.value(name);
  const isByte = (item: unknown): boolean =>
    Number.isInteger(item) && (item as number) >= 0 && (item as number) <= 255;
  if (!Array.isArray(value) || value.length !== 32 || !value.every(isByte)) {
    throw answer.fault(name, "32 byte values");
  }
  return Uint8Array.from(value as number[]);
}
