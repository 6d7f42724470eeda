/**
 * Blocks: the 1,487-byte header, the two trees over the transactions and the commitment that
 * binds them (Zcash protocol §7.6, ZIP 244).
 *
 * @module
 */
import { concatBytes } from "../../base/mod.ts";
import { SOLUTION_LENGTH } from "./_equihash.ts";
import { sha256Twice, taggedHash } from "./_hashes.ts";
import { readTransaction, type Transaction } from "./_transaction.ts";
import { compactSize, lengthPrefixed, u32Le, WireError, WireReader } from "./_wire.ts";

/** The header's fields; hashes in internal order. */
export interface Header {
  readonly version: number;
  readonly previousBlockHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly blockCommitments: Uint8Array;
  readonly time: number;
  readonly bits: number;
  readonly nonce: Uint8Array;
  readonly solution: Uint8Array;
}

/** A whole block as read, with its hash. */
export interface Block {
  readonly header: Header;
  readonly hash: Uint8Array;
  readonly transactions: readonly Transaction[];
  readonly bytes: Uint8Array;
}

/** Bytes of a header with a (200,9) solution. */
export const HEADER_LENGTH = 1487;
/** The header's part that Equihash takes in, nonce included. */
export const EQUIHASH_INPUT_LENGTH = 140;
/** The most bytes of a block, all counted. */
export const BLOCK_LENGTH_MAX = 2_000_000;
// The shortest transparent transaction: 20 header bytes, two counts and three empty bundles.
const TRANSACTION_LENGTH_MIN = 25;

/** Reads a header off the front of a block. @throws {WireError} when it is none. */
export function readHeader(reader: WireReader): Header {
  const version = reader.u32();
  // The top bit is a sign: such a version is below 4.
  if (version < 4 || version > 0x7fff_ffff) {
    throw new WireError('Parse("version must be at least 4")');
  }
  const header = {
    version,
    previousBlockHash: reader.take(32),
    merkleRoot: reader.take(32),
    blockCommitments: reader.take(32),
    time: reader.u32(),
    bits: reader.u32(),
    nonce: reader.take(32),
    solution: reader.lengthPrefixed(),
  };
  if (header.solution.length !== SOLUTION_LENGTH) {
    throw new WireError('Parse("incorrect equihash solution size")');
  }
  return header;
}

/** The header's 1,487 bytes. */
export function encodeHeader(header: Header): Uint8Array {
  return concatBytes(
    u32Le(header.version),
    header.previousBlockHash,
    header.merkleRoot,
    header.blockCommitments,
    u32Le(header.time),
    u32Le(header.bits),
    header.nonce,
    lengthPrefixed(header.solution),
  );
}

/** Header and transactions as one run of bytes. */
export function encodeBlock(header: Header, transactions: readonly Transaction[]): Uint8Array {
  return concatBytes(
    encodeHeader(header),
    compactSize(transactions.length),
    ...transactions.map((transaction) => transaction.bytes),
  );
}

/** Reads a whole block. @throws {WireError} for anything that is not exactly one block. */
export function parseBlock(bytes: Uint8Array): Block {
  if (bytes.length > BLOCK_LENGTH_MAX) throw new WireError('Parse("block is too large")');
  const reader = new WireReader(bytes);
  const header = readHeader(reader);
  const count = reader.compactSize(TRANSACTION_LENGTH_MIN);
  const transactions = Array.from({ length: count }, () => readTransaction(reader, bytes));
  if (reader.remaining > 0) throw new WireError('Parse("bytes after the block")');
  return { header, hash: sha256Twice(bytes.subarray(0, HEADER_LENGTH)), transactions, bytes };
}

/** The tree over txids: SHA-256 twice, an odd level repeats its last node. */
export function merkleRoot(txids: readonly Uint8Array[]): Uint8Array {
  let level = [...txids];
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] as Uint8Array;
      above.push(sha256Twice(concatBytes(left, level[i + 1] ?? left)));
    }
    level = above;
  }
  return level[0] ?? new Uint8Array(32);
}

/** The tree over auth digests, filled up with zero leaves to a power of two (ZIP 244). */
export function authDataRoot(digests: readonly Uint8Array[]): Uint8Array {
  let width = 1;
  while (width < digests.length) width *= 2;
  let level = Array.from({ length: width }, (_, i) => digests[i] ?? new Uint8Array(32));
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const pair = concatBytes(level[i] as Uint8Array, level[i + 1] as Uint8Array);
      above.push(taggedHash("ZcashAuthDatHash", pair));
    }
    level = above;
  }
  return level[0] as Uint8Array;
}

/** The header's commitment field (ZIP 244, "Block Header Changes"). */
export function blockCommitments(historyRoot: Uint8Array, authRoot: Uint8Array): Uint8Array {
  return taggedHash("ZcashBlockCommit", concatBytes(historyRoot, authRoot, new Uint8Array(32)));
}
