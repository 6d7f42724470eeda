import { ByteReader } from "./byte_reader.ts";
import { ZcashFormatError } from "./format_error.ts";
import { sha256d } from "./hashes.ts";
import { skipJoinSplits, skipV4Bundles } from "./_legacy_bundles.ts";
import { readActionBundle, readSaplingBundle, valueBalanceOf } from "./_shielded_bundles.ts";
import { digestTransaction } from "./transaction_digests.ts";
import {
  readInputs,
  readOutputs,
  type TransparentInput,
  type TransparentOutput,
} from "./transparent.ts";

/** Set in the first four bytes of every transaction since Overwinter (ZIP 202). */
const OVERWINTERED = 0x8000_0000;

/** The version group ids that belong to the overwintered versions (ZIP 202, 243, 225, 229). */
const VERSION_GROUP_IDS: Readonly<Record<number, number>> = {
  3: 0x03c4_8270,
  4: 0x892f_2085,
  5: 0x26a7_270a,
  6: 0xd884_b698,
};

/** What transactions before v5 count as in the auth data tree (ZIP 244). */
const LEGACY_AUTH_DIGEST_BYTE = 0xff;

/** How many shielded things of each kind a transaction has. */
export interface ShieldedCounts {
  readonly joinSplits: number;
  readonly saplingSpends: number;
  readonly saplingOutputs: number;
  readonly orchardActions: number;
  readonly ironwoodActions: number;
}

/** A transaction of any version from v1 to v6. Byte fields are views of what was parsed. */
export interface Transaction {
  /** 1 to 6. */
  readonly version: number;
  /** From v5 on. */
  readonly consensusBranchId: number | undefined;
  readonly lockTime: number;
  /** From v3 on. */
  readonly expiryHeight: number | undefined;
  readonly inputs: readonly TransparentInput[];
  readonly outputs: readonly TransparentOutput[];
  readonly shielded: ShieldedCounts;
  /**
   * Zatoshis that leave the Sapling, Orchard and Ironwood pools, negative when value enters them.
   * In a coinbase with a shielded miner output this is minus the miner's value.
   */
  readonly valueBalanceZat: bigint;
  /** 32 bytes, internal order. */
  readonly txid: Uint8Array;
  /** 32 bytes, internal order; ff x 32 before v5. */
  readonly authDigest: Uint8Array;
  /** The transaction as it was serialized. */
  readonly bytes: Uint8Array;
  /** Where the input count starts in {@link bytes}. */
  readonly transparentStart: number;
  /** The first byte of {@link bytes} after the outputs. */
  readonly transparentEnd: number;
}

/**
 * Reads one transaction of version 1 to 6 with all its pools, and computes its id and auth digest
 * (Zcash protocol §7.1, ZIP 225, ZIP 229, ZIP 244). Proofs, signatures and sums are not judged.
 *
 * @param offset where it starts; what follows it is left alone.
 * @throws {ZcashFormatError} when the bytes are no transaction; says which part and where.
 */
export function parseTransaction(bytes: Uint8Array, offset = 0): Transaction {
  const reader = new ByteReader(bytes, offset);
  const header = reader.u32("transaction.header");
  const overwintered = (header & OVERWINTERED) !== 0;
  const version = header & 0x7fff_ffff;
  const least = overwintered ? 3 : 1;
  const most = overwintered ? 6 : 2;
  if (version < least || version > most) {
    const form = overwintered ? "overwintered " : "";
    throw new ZcashFormatError("transaction.header", offset, `${form}version ${version} unknown`);
  }
  if (overwintered) checkVersionGroup(reader, version);
  return version >= 5
    ? parseModern(reader, offset, version === 5 ? 5 : 6)
    : parseLegacy(reader, offset, version);
}

function checkVersionGroup(reader: ByteReader, version: number): void {
  const start = reader.offset;
  const id = reader.u32("transaction.versionGroupId");
  const expected = VERSION_GROUP_IDS[version] ?? 0;
  if (id !== expected) {
    const hex = (value: number) => value.toString(16).padStart(8, "0");
    throw new ZcashFormatError(
      "transaction.versionGroupId",
      start,
      `${hex(expected)} expected in version ${version}, received ${hex(id)}`,
    );
  }
}

function parseLegacy(reader: ByteReader, offset: number, version: number): Transaction {
  const transparentStart = reader.offset - offset;
  const inputs = readInputs(reader);
  const outputs = readOutputs(reader);
  const transparentEnd = reader.offset - offset;
  const lockTime = reader.u32("transaction.lockTime");
  const expiryHeight = version >= 3 ? reader.u32("transaction.expiryHeight") : undefined;
  const v4 = version === 4 ? skipV4Bundles(reader) : undefined;
  const joinSplits = v4?.joinSplitCount ?? (version >= 2 ? skipJoinSplits(reader, version) : 0);
  const bytes = reader.since(offset);
  return {
    version,
    consensusBranchId: undefined,
    lockTime,
    expiryHeight,
    inputs,
    outputs,
    shielded: {
      joinSplits,
      saplingSpends: v4?.spendCount ?? 0,
      saplingOutputs: v4?.outputCount ?? 0,
      orchardActions: 0,
      ironwoodActions: 0,
    },
    valueBalanceZat: v4?.valueBalance ?? 0n,
    txid: sha256d(bytes),
    authDigest: new Uint8Array(32).fill(LEGACY_AUTH_DIGEST_BYTE),
    bytes,
    transparentStart,
    transparentEnd,
  };
}

function parseModern(reader: ByteReader, offset: number, version: 5 | 6): Transaction {
  const consensusBranchId = reader.u32("transaction.consensusBranchId");
  const lockTime = reader.u32("transaction.lockTime");
  const expiryHeight = reader.u32("transaction.expiryHeight");
  const header = reader.since(offset);
  const transparentStart = reader.offset - offset;
  const inputs = readInputs(reader);
  const outputs = readOutputs(reader);
  const transparentEnd = reader.offset - offset;
  const sapling = readSaplingBundle(reader);
  const orchard = readActionBundle(reader, "orchard");
  const ironwood = version === 6 ? readActionBundle(reader, "ironwood") : undefined;
  const parts = { version, header, consensusBranchId, inputs, outputs, sapling, orchard, ironwood };
  const { txid, authDigest } = digestTransaction(parts);
  return {
    version,
    consensusBranchId,
    lockTime,
    expiryHeight,
    inputs,
    outputs,
    shielded: {
      joinSplits: 0,
      saplingSpends: sapling?.spendCount ?? 0,
      saplingOutputs: sapling?.outputCount ?? 0,
      orchardActions: orchard?.actionCount ?? 0,
      ironwoodActions: ironwood?.actionCount ?? 0,
    },
    valueBalanceZat: valueBalanceOf(sapling) + valueBalanceOf(orchard) + valueBalanceOf(ironwood),
    txid,
    authDigest,
    bytes: reader.since(offset),
    transparentStart,
    transparentEnd,
  };
}
