import { displayHash, equalBytes, u256ToLe } from "../../base/mod.ts";
import { JsonFields } from "./_json_fields.ts";
import { BLOCK_LENGTH_MAX, MINED_TRANSACTION_LENGTH_MIN } from "./block_length.ts";
import { BitsError, targetFromBits } from "./target.ts";
import { TemplateError } from "./template_error.ts";
import { MAX_MONEY_ZAT } from "./transparent.ts";

/**
 * A transaction that the node chose for the block, in block order.
 *
 * Only the node's word binds `txid` and `authDigest` to `data`: a wrong one makes a block that is
 * refused, nothing worse, so that nothing is parsed here.
 */
export interface TemplateTransaction {
  /** The serialized transaction. */
  readonly data: Uint8Array;
  /** 32 bytes, internal order. */
  readonly txid: Uint8Array;
  /** 32 bytes, internal order; ff x 32 before v5. */
  readonly authDigest: Uint8Array;
  /** What the transaction pays, in zatoshis. */
  readonly fee: bigint;
  readonly sigops: number;
}

/** What getblocktemplate answers, checked for form. Hashes are 32 bytes in internal order. */
export interface BlockTemplate {
  /** Of the block to be made. */
  readonly height: number;
  /** Header version. */
  readonly version: number;
  readonly previousBlockHash: Uint8Array;
  /** The network's target in compact form. */
  readonly bits: number;
  /** The same as a number. */
  readonly target: bigint;
  /** Header times that the node takes lie within [minTime, maxTime]; Unix seconds. */
  readonly minTime: number;
  readonly curTime: number;
  readonly maxTime: number;
  /** The chain's history up to the parent; depends on nothing in the new block. */
  readonly chainHistoryRoot: Uint8Array;
  /** The header's commitment for the coinbase as the node made it. */
  readonly blockCommitments: Uint8Array;
  /** The merkle root for the coinbase as the node made it. */
  readonly merkleRoot: Uint8Array;
  /** The auth data root for the coinbase as the node made it. */
  readonly authDataRoot: Uint8Array;
  /** The node's coinbase, serialized. */
  readonly coinbase: Uint8Array;
  readonly coinbaseTxid: Uint8Array;
  readonly coinbaseAuthDigest: Uint8Array;
  /** Fees that the coinbase collects, in zatoshis; from NU7 less than all (ZIP 235). */
  readonly coinbaseFee: bigint;
  readonly transactions: readonly TemplateTransaction[];
  /** Greatest size of a block in bytes, as the node says. */
  readonly sizeLimit: number;
  /** Greatest number of signature operations in a block, as the node says. */
  readonly sigopLimit: number;
  readonly longPollId: string;
  /** Only in answers to a long poll. False alone says nothing about the parent. */
  readonly submitOld: boolean | undefined;
}

/** As many as fit in the greatest block. */
const TRANSACTIONS_MAX = Math.ceil(BLOCK_LENGTH_MAX / MINED_TRANSACTION_LENGTH_MIN);

/** The shortest serialization with an input or output of any kind. */
const TRANSACTION_LENGTH_MIN = 10;

const U32_MAX = 0xffff_ffff;

/** Heights are lock times below 500,000,000 (Zcash protocol §7.1). */
export const HEIGHT_MAX = 499_999_999;

/** Zebra's has 46 characters. */
const LONG_POLL_ID_LENGTH_MAX = 256;

/**
 * Reads an answer of getblocktemplate in template mode.
 *
 * @param json the `result` of the answer, as JSON.parse gave it.
 * @throws {TemplateError} `malformed`, with the path of the field, what was expected and what was
 *   there; or `does-not-add-up` when two fields that say the same differ.
 */
export function parseBlockTemplate(json: unknown): BlockTemplate {
  const fields = new JsonFields("template", json);
  const sizeLimit = fields.integer("sizelimit", 1, BLOCK_LENGTH_MAX);
  const sigopLimit = fields.integer("sigoplimit", 1, U32_MAX);
  const coinbase = fields.object("coinbasetxn");
  return {
    height: fields.integer("height", 1, HEIGHT_MAX),
    version: fields.integer("version", 4, 0x7fff_ffff),
    previousBlockHash: fields.hash("previousblockhash"),
    ...readTarget(fields),
    ...readTimes(fields),
    ...readRoots(fields),
    coinbase: coinbase.bytes("data", TRANSACTION_LENGTH_MIN, sizeLimit),
    coinbaseTxid: coinbase.hash("hash"),
    coinbaseAuthDigest: coinbase.hash("authdigest"),
    // The node writes the fees that the coinbase collects as a negative fee.
    coinbaseFee: BigInt(-coinbase.integer("fee", -Number(MAX_MONEY_ZAT), 0)),
    transactions: readTransactions(fields, { sizeLimit, sigopLimit }),
    sizeLimit,
    sigopLimit,
    longPollId: fields.text("longpollid", LONG_POLL_ID_LENGTH_MAX),
    submitOld: fields.optionalBoolean("submitold"),
  };
}

function readTarget(fields: JsonFields): Pick<BlockTemplate, "bits" | "target"> {
  const text = fields.text("bits", 8);
  if (!/^[0-9a-fA-F]{8}$/.test(text)) throw fields.fault("bits", "8 hexadecimal digits", text);
  const bits = Number.parseInt(text, 16);
  try {
    const target = targetFromBits(bits);
    checkSame("target", fields.hash("target"), u256ToLe(target), "bits");
    return { bits, target };
  } catch (cause) {
    if (!(cause instanceof BitsError)) throw cause;
    throw fields.fault("bits", "a target in compact form", text);
  }
}

function readTimes(
  fields: JsonFields,
): Pick<BlockTemplate, "minTime" | "curTime" | "maxTime"> {
  const minTime = fields.integer("mintime", 1, U32_MAX);
  const maxTime = fields.integer("maxtime", minTime, U32_MAX);
  return { minTime, maxTime, curTime: fields.integer("curtime", minTime, maxTime) };
}

function readRoots(
  fields: JsonFields,
): Pick<BlockTemplate, "merkleRoot" | "authDataRoot" | "chainHistoryRoot" | "blockCommitments"> {
  const roots = fields.object("defaultroots");
  const blockCommitments = roots.hash("blockcommitmentshash");
  checkSame(
    "blockcommitmentshash",
    fields.hash("blockcommitmentshash"),
    blockCommitments,
    "defaultroots.blockcommitmentshash",
  );
  return {
    merkleRoot: roots.hash("merkleroot"),
    authDataRoot: roots.hash("authdataroot"),
    chainHistoryRoot: roots.hash("chainhistoryroot"),
    blockCommitments,
  };
}

function readTransactions(
  fields: JsonFields,
  limits: { sizeLimit: number; sigopLimit: number },
): TemplateTransaction[] {
  let bytesLeft = limits.sizeLimit;
  return fields.objects("transactions", TRANSACTIONS_MAX).map((item) => {
    const data = item.bytes("data", TRANSACTION_LENGTH_MIN, bytesLeft);
    bytesLeft -= data.length;
    return {
      data,
      txid: item.hash("hash"),
      authDigest: item.hash("authdigest"),
      fee: BigInt(item.integer("fee", 0, Number(MAX_MONEY_ZAT))),
      sigops: item.integer("sigops", 0, limits.sigopLimit),
    };
  });
}

function checkSame(field: string, found: Uint8Array, other: Uint8Array, otherField: string): void {
  if (equalBytes(found, other)) return;
  throw new TemplateError(
    "does-not-add-up",
    `template.${field} is ${displayHash(found)}, but ${otherField} says ${displayHash(other)}`,
  );
}
