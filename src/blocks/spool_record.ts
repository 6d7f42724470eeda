/**
 * The records of the spool file: appended, never changed, each with its length and checksum.
 *
 *     magic "ZPS1" | kind u8 | 0 0 0 | payload length u32 | payload | first 8 bytes of SHA-256
 *
 * Numbers are little-endian; the checksum covers kind to payload. Payload of kind 1 (found):
 * hash 32, previous block hash 32, height u32, found at (Unix ms) u64, length of the miner's id
 * u16, the id in UTF-8, the block. Payload of kind 2 (done): hash 32, the state's name in ASCII.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { concatBytes, equalBytes } from "../base/mod.ts";
import type { FoundBlock } from "./found_block.ts";

/** One record. */
export type SpoolRecord =
  | { readonly kind: "found"; readonly found: FoundBlock }
  | { readonly kind: "done"; readonly hash: Uint8Array; readonly state: string };

/** A record and where it stands in the file. */
export interface PlacedRecord {
  readonly record: SpoolRecord;
  readonly offset: number;
  readonly length: number;
}

const MAGIC = new TextEncoder().encode("ZPS1");
const PREFIX_LENGTH = 12;
const CHECKSUM_LENGTH = 8;
const KIND_FOUND = 1;
const KIND_DONE = 2;
const FOUND_FIXED_LENGTH = 32 + 32 + 4 + 8 + 2;
/** A block has at most 2,000,000 bytes (Zcash protocol), an id at most 65,535. */
const PAYLOAD_LENGTH_MAX = 2_000_000 + 65_535 + FOUND_FIXED_LENGTH;

/** @throws {RangeError} when a field does not fit its place. */
export function encodeSpoolRecord(record: SpoolRecord): Uint8Array {
  const payload = record.kind === "found"
    ? encodeFound(record.found)
    : concatBytes(record.hash, new TextEncoder().encode(record.state));
  if (payload.length > PAYLOAD_LENGTH_MAX) {
    throw new RangeError(
      `Cannot write a spool record: at most ${PAYLOAD_LENGTH_MAX} bytes, received ${payload.length}`,
    );
  }
  const prefix = new Uint8Array(PREFIX_LENGTH);
  prefix.set(MAGIC);
  prefix[4] = record.kind === "found" ? KIND_FOUND : KIND_DONE;
  new DataView(prefix.buffer).setUint32(8, payload.length, true);
  const body = concatBytes(prefix, payload);
  return concatBytes(body, checksum(body.subarray(4)));
}

/**
 * Reads a whole file. What is torn or damaged is skipped up to the next record that is whole, so
 * that a tail cut by a crash, or one bad sector, costs no other block.
 *
 * @returns the whole records in order and how many bytes belong to none of them.
 */
export function scanSpool(bytes: Uint8Array): { records: PlacedRecord[]; damagedBytes: number } {
  const records: PlacedRecord[] = [];
  let damagedBytes = 0;
  for (let offset = 0; offset < bytes.length;) {
    const placed = readRecord(bytes, offset);
    if (placed === undefined) {
      const next = nextMagic(bytes, offset + 1);
      damagedBytes += next - offset;
      offset = next;
    } else {
      records.push(placed);
      offset += placed.length;
    }
  }
  return { records, damagedBytes };
}

function readRecord(bytes: Uint8Array, offset: number): PlacedRecord | undefined {
  if (bytes.length - offset < PREFIX_LENGTH + CHECKSUM_LENGTH) return undefined;
  if (!equalBytes(bytes.subarray(offset, offset + 4), MAGIC)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
  const payloadLength = view.getUint32(8, true);
  const length = PREFIX_LENGTH + payloadLength + CHECKSUM_LENGTH;
  if (payloadLength > PAYLOAD_LENGTH_MAX || bytes.length - offset < length) return undefined;
  const body = bytes.subarray(offset + 4, offset + length - CHECKSUM_LENGTH);
  const stated = bytes.subarray(offset + length - CHECKSUM_LENGTH, offset + length);
  if (!equalBytes(checksum(body), stated)) return undefined;
  const record = decodePayload(body[0], body.subarray(PREFIX_LENGTH - 4));
  return record === undefined ? undefined : { record, offset, length };
}

function encodeFound(found: FoundBlock): Uint8Array {
  const id = new TextEncoder().encode(found.minerId);
  if (id.length > 0xffff) {
    throw new RangeError(`Cannot write a spool record: miner's id of ${id.length} bytes`);
  }
  const fixed = new Uint8Array(FOUND_FIXED_LENGTH);
  const view = new DataView(fixed.buffer);
  fixed.set(found.hash, 0);
  fixed.set(found.previousBlockHash, 32);
  view.setUint32(64, found.height, true);
  view.setBigUint64(68, BigInt(Math.trunc(found.foundAt)), true);
  view.setUint16(76, id.length, true);
  return concatBytes(fixed, id, found.block);
}

/** Undefined for a kind or a shape that this version does not know. */
function decodePayload(kind: number | undefined, payload: Uint8Array): SpoolRecord | undefined {
  if (kind === KIND_DONE && payload.length >= 32) {
    const state = new TextDecoder().decode(payload.subarray(32));
    return { kind: "done", hash: payload.slice(0, 32), state };
  }
  if (kind !== KIND_FOUND || payload.length < FOUND_FIXED_LENGTH) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset);
  const idEnd = FOUND_FIXED_LENGTH + view.getUint16(76, true);
  if (idEnd > payload.length) return undefined;
  return {
    kind: "found",
    found: {
      hash: payload.slice(0, 32),
      previousBlockHash: payload.slice(32, 64),
      height: view.getUint32(64, true),
      foundAt: Number(view.getBigUint64(68, true)),
      minerId: new TextDecoder().decode(payload.subarray(FOUND_FIXED_LENGTH, idEnd)),
      block: payload.slice(idEnd),
    },
  };
}

function checksum(body: Uint8Array): Uint8Array {
  return createHash("sha256").update(body).digest().subarray(0, CHECKSUM_LENGTH);
}

function nextMagic(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(MAGIC[0] as number, from); at >= 0;) {
    if (equalBytes(bytes.subarray(at, at + 4), MAGIC)) return at;
    at = bytes.indexOf(MAGIC[0] as number, at + 1);
  }
  return bytes.length;
}
