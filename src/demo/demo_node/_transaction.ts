/**
 * Transparent transactions of versions 5 and 6, and their digests (ZIP 225, 229 and 244).
 *
 * The demo chain carries no shielded parts: bytes that have one are refused as unreadable here.
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";
import { taggedHash } from "./_hashes.ts";
import { compactSize, i64Le, lengthPrefixed, u32Le, WireError, WireReader } from "./_wire.ts";

/** Where an input takes its value from; a coinbase names 32 zero bytes and index 2^32-1. */
export interface TransactionInput {
  readonly previousTxid: Uint8Array;
  readonly previousIndex: number;
  readonly scriptSig: Uint8Array;
  readonly sequence: number;
}

/** An amount and the script that guards it. */
export interface TransactionOutput {
  readonly valueZat: bigint;
  readonly script: Uint8Array;
}

/** All that a transparent transaction says. */
export interface TransactionFields {
  readonly version: 5 | 6;
  readonly branchId: number;
  readonly lockTime: number;
  readonly expiryHeight: number;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
}

/** A transaction with its bytes and its two digests, in internal order. */
export interface Transaction extends TransactionFields {
  readonly bytes: Uint8Array;
  readonly txid: Uint8Array;
  readonly authDigest: Uint8Array;
  /** One input, and that input names no output. */
  readonly coinbase: boolean;
}

const GROUP_ID = { 5: 0x26a7270a, 6: 0xd884b698 } as const;
const OVERWINTERED = 0x8000_0000;
/** Index of an input that spends nothing. */
export const NO_INDEX = 0xffff_ffff;
const NOTHING = new Uint8Array(0);
// 36 bytes of outpoint, an empty script's length and the sequence; a value and an empty script's
// length.
const INPUT_LENGTH_MIN = 41;
const OUTPUT_LENGTH_MIN = 9;

/** Writes a transaction down and computes its digests. */
export function makeTransaction(fields: TransactionFields): Transaction {
  const bytes = concatBytes(
    headerFields(fields),
    compactSize(fields.inputs.length),
    ...fields.inputs.flatMap((input) => [
      outpoint(input),
      lengthPrefixed(input.scriptSig),
      u32Le(input.sequence),
    ]),
    compactSize(fields.outputs.length),
    ...fields.outputs.map(encodeOutput),
    new Uint8Array(emptyBundles(fields.version)),
  );
  return withDigests(fields, bytes);
}

/**
 * Reads one transaction and leaves the reader behind it.
 *
 * @throws {WireError} for other versions, shielded parts or bytes that end too early.
 */
export function readTransaction(reader: WireReader, whole: Uint8Array): Transaction {
  const start = reader.position;
  const header = reader.u32();
  const version = (header & ~OVERWINTERED) >>> 0;
  if (header < OVERWINTERED || (version !== 5 && version !== 6)) {
    throw new WireError(`Parse("transaction version ${header.toString(16)} is not allowed")`);
  }
  if (reader.u32() !== GROUP_ID[version]) {
    throw new WireError('Parse("wrong transaction version group id")');
  }
  const branchId = reader.u32();
  const lockTime = reader.u32();
  const expiryHeight = reader.u32();
  const inputs = readMany(reader, INPUT_LENGTH_MIN, readInput);
  const outputs = readMany(reader, OUTPUT_LENGTH_MIN, readOutput);
  for (let i = 0; i < emptyBundles(version); i++) {
    if (reader.compactSize(0) !== 0) {
      throw new WireError('Parse("shielded bundles do not exist on the demo chain")');
    }
  }
  const bytes = whole.slice(start, reader.position);
  return withDigests({ version, branchId, lockTime, expiryHeight, inputs, outputs }, bytes);
}

/** Reads bytes that hold exactly one transaction. */
export function parseTransaction(bytes: Uint8Array): Transaction {
  const reader = new WireReader(bytes);
  const transaction = readTransaction(reader, bytes);
  if (reader.remaining > 0) throw new WireError('Parse("bytes after the transaction")');
  return transaction;
}

/** The outpoint's 36 bytes. */
export function outpoint(input: TransactionInput): Uint8Array {
  return concatBytes(input.previousTxid, u32Le(input.previousIndex));
}

function withDigests(fields: TransactionFields, bytes: Uint8Array): Transaction {
  const [first] = fields.inputs;
  const coinbase = fields.inputs.length === 1 && first !== undefined && isNullInput(first);
  return { ...fields, bytes, txid: txidOf(fields), authDigest: authDigestOf(fields), coinbase };
}

/** An input that names no output: allowed once, in a coinbase. */
export function isNullInput(input: TransactionInput): boolean {
  return input.previousIndex === NO_INDEX && input.previousTxid.every((byte) => byte === 0);
}

/** Sapling spends and outputs, Orchard actions, and from version 6 Ironwood actions: all zero. */
function emptyBundles(version: 5 | 6): number {
  return version === 5 ? 3 : 4;
}

function headerFields(fields: TransactionFields): Uint8Array {
  return concatBytes(
    u32Le(OVERWINTERED + fields.version),
    u32Le(GROUP_ID[fields.version]),
    u32Le(fields.branchId),
    u32Le(fields.lockTime),
    u32Le(fields.expiryHeight),
  );
}

function encodeOutput(output: TransactionOutput): Uint8Array {
  return concatBytes(i64Le(output.valueZat), lengthPrefixed(output.script));
}

function readMany<T>(reader: WireReader, lengthMin: number, read: (r: WireReader) => T): T[] {
  return Array.from({ length: reader.compactSize(lengthMin) }, () => read(reader));
}

function readInput(reader: WireReader): TransactionInput {
  return {
    previousTxid: reader.take(32),
    previousIndex: reader.u32(),
    scriptSig: reader.lengthPrefixed(),
    sequence: reader.u32(),
  };
}

function readOutput(reader: WireReader): TransactionOutput {
  return { valueZat: reader.i64(), script: reader.lengthPrefixed() };
}

/** ZIP 244 "Txid digest"; version 6 has one more branch and another Orchard name (ZIP 229). */
function txidOf(fields: TransactionFields): Uint8Array {
  const parts = [
    taggedHash("ZTxIdHeadersHash", headerFields(fields)),
    transparentDigest(fields),
    taggedHash("ZTxIdSaplingHash", NOTHING),
  ];
  if (fields.version === 5) parts.push(taggedHash("ZTxIdOrchardHash", NOTHING));
  else {
    parts.push(taggedHash("ZTxIdOrchardH_v6", NOTHING), taggedHash("ZTxIdIronwd_H_v6", NOTHING));
  }
  return taggedHash("ZcashTxHash_", concatBytes(...parts), u32Le(fields.branchId));
}

function transparentDigest({ inputs, outputs }: TransactionFields): Uint8Array {
  if (inputs.length === 0 && outputs.length === 0) return taggedHash("ZTxIdTranspaHash", NOTHING);
  const sequences = inputs.map((input) => u32Le(input.sequence));
  return taggedHash(
    "ZTxIdTranspaHash",
    concatBytes(
      taggedHash("ZTxIdPrevoutHash", concatBytes(...inputs.map(outpoint))),
      taggedHash("ZTxIdSequencHash", concatBytes(...sequences)),
      taggedHash("ZTxIdOutputsHash", concatBytes(...outputs.map(encodeOutput))),
    ),
  );
}

/** ZIP 244 "Authorizing Data Commitment". */
function authDigestOf(fields: TransactionFields): Uint8Array {
  const scripts = fields.inputs.map((input) => lengthPrefixed(input.scriptSig));
  const parts = [taggedHash("ZTxAuthTransHash", concatBytes(...scripts))];
  if (fields.version === 5) {
    parts.push(taggedHash("ZTxAuthSapliHash", NOTHING), taggedHash("ZTxAuthOrchaHash", NOTHING));
  } else {
    parts.push(
      taggedHash("ZTxAuthSapliH_v6", NOTHING),
      taggedHash("ZTxAuthOrchaH_v6", NOTHING),
      taggedHash("ZTxAuthIrnwdH_v6", NOTHING),
    );
  }
  return taggedHash("ZTxAuthHash_", concatBytes(...parts), u32Le(fields.branchId));
}
