import { HEADER_PREFIX_LENGTH, NONCE_LENGTH, SOLUTION_LENGTH } from "../../base/mod.ts";
import { ByteReader } from "./byte_reader.ts";
import { ZcashFormatError } from "./format_error.ts";

/** A solution of Equihash (48,5), which only the genesis block of Regtest has. */
const REGTEST_SOLUTION_LENGTH = 36;

/** A block header (Zcash protocol §7.6). Hashes in internal order. */
export interface BlockHeader {
  /** 4 for every block so far. */
  readonly version: number;
  /** hashPrevBlock, 32 bytes. */
  readonly previousBlockHash: Uint8Array;
  /** hashMerkleRoot, 32 bytes. */
  readonly merkleRoot: Uint8Array;
  /**
   * hashBlockCommitments, 32 bytes, from NU5; before that the Sapling or chain history root, before
   * Sapling without meaning.
   */
  readonly blockCommitments: Uint8Array;
  /** Unix seconds, unsigned 32 bits. */
  readonly time: number;
  /** nBits, the target in compact form. */
  readonly bits: number;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
  /** 1,344 bytes; 36 in the genesis block of Regtest. */
  readonly solution: Uint8Array;
}

/**
 * Writes the 108 bytes before the nonce.
 *
 * @throws {RangeError} when a hash does not have 32 bytes.
 */
export function encodeHeaderPrefix(header: Omit<BlockHeader, "nonce" | "solution">): Uint8Array {
  checkLength("previousBlockHash", header.previousBlockHash, 32);
  checkLength("merkleRoot", header.merkleRoot, 32);
  checkLength("blockCommitments", header.blockCommitments, 32);
  const bytes = new Uint8Array(HEADER_PREFIX_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, header.version, true);
  bytes.set(header.previousBlockHash, 4);
  bytes.set(header.merkleRoot, 36);
  bytes.set(header.blockCommitments, 68);
  view.setUint32(100, header.time, true);
  view.setUint32(104, header.bits, true);
  return bytes;
}

/**
 * Reads a header at the start of the bytes; its byte fields are views of them.
 *
 * @returns the header and how many bytes it takes: 1,487, or 177 for the genesis block of Regtest.
 * @throws {ZcashFormatError} when bytes are missing or the solution has any other length.
 */
export function decodeBlockHeader(bytes: Uint8Array): { header: BlockHeader; length: number } {
  const reader = new ByteReader(bytes);
  const fields = {
    version: reader.u32("header.version"),
    previousBlockHash: reader.take(32, "header.previousBlockHash"),
    merkleRoot: reader.take(32, "header.merkleRoot"),
    blockCommitments: reader.take(32, "header.blockCommitments"),
    time: reader.u32("header.time"),
    bits: reader.u32("header.bits"),
    nonce: reader.take(NONCE_LENGTH, "header.nonce"),
  };
  const start = reader.offset;
  const length = reader.compactSize("header.solution");
  if (length !== SOLUTION_LENGTH && length !== REGTEST_SOLUTION_LENGTH) {
    throw new ZcashFormatError(
      "header.solution",
      start,
      `length ${SOLUTION_LENGTH} or ${REGTEST_SOLUTION_LENGTH} expected, received ${length}`,
    );
  }
  const solution = reader.take(length, "header.solution");
  return { header: { ...fields, solution }, length: reader.offset };
}

function checkLength(field: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(
      `Cannot write a header: ${field} of ${length} bytes expected, received ${bytes.length}`,
    );
  }
}
