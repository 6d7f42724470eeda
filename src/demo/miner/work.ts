/**
 * A job as the miner works on it: the header's beginning, the nonces that are tried, and the hash
 * that decides whether a solution is a share.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../../base/mod.ts";
import type { SolveRequest } from "./interfaces.ts";

/** version, hashPrevBlock, hashMerkleRoot, hashBlockCommitments, nTime, nBits. */
const HEADER_PREFIX_LENGTH = 4 + 3 * 32 + 4 + 4;
const TIME_OFFSET = HEADER_PREFIX_LENGTH - 8;

/** The size 1,344 in Bitcoin's compact form, as it stands in front of the solution in a header. */
const SOLUTION_SIZE = Uint8Array.of(0xfd, 0x40, 0x05);

/** One nonce to search: nonce_1 and nonce_2. */
export interface Attempt extends SolveRequest {
  readonly nonce2: Uint8Array;
  readonly time: number;
}

/** What a job consists of, in whatever it came. Hashes are 32 bytes in internal order. */
export interface WorkFields {
  /** As the pool named it. */
  readonly jobId: number | string;
  readonly version: number;
  readonly prevHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  readonly blockCommitments: Uint8Array;
  /** The first bytes of the nonce, and how many the miner chooses. */
  readonly nonce1: Uint8Array;
  readonly nonce2Len: number;
  readonly time: number;
  readonly bits: number;
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
}

/** One job of the pool. Everything is copied out of the message. */
export class Work {
  readonly jobId: number | string;
  /** 32 bytes little-endian. */
  readonly target: Uint8Array;
  /** How many clean_jobs came before or with it. */
  readonly generation: number;
  readonly #nonce1: Uint8Array;
  readonly #nonce2Length: number;
  readonly #time: number;
  readonly #prefix: Uint8Array;
  #tried = 0n;

  constructor(job: WorkFields, generation: number) {
    this.jobId = job.jobId;
    this.generation = generation;
    this.target = job.target.slice();
    this.#nonce1 = job.nonce1.slice();
    this.#nonce2Length = job.nonce2Len;
    this.#time = job.time;
    this.#prefix = headerPrefix(job);
  }

  /**
   * The next nonce.
   *
   * @param counter a number that grows with every attempt of the connection: the pool may send the
   *   same header again under another job id, and nonces that start over would only find the same
   *   shares twice.
   */
  attempt(counter: bigint): Attempt {
    const nonces = 1n << BigInt(8 * this.#nonce2Length);
    // A short nonce_2 is soon used up; a later time makes the same nonces new ones.
    const time = this.#time + Number(this.#tried / nonces);
    this.#tried++;
    const nonce2 = littleEndian(counter % nonces, this.#nonce2Length);
    const prefix = this.#prefix.slice();
    new DataView(prefix.buffer).setUint32(TIME_OFFSET, time, true);
    return { headerPrefix: prefix, nonce: concatBytes(this.#nonce1, nonce2), nonce2, time };
  }
}

/** SHA-256d of the whole header, 32 bytes in internal order: what is compared with the target. */
export function headerHash(attempt: Attempt, solution: Uint8Array): Uint8Array {
  const header = concatBytes(attempt.headerPrefix, attempt.nonce, SOLUTION_SIZE, solution);
  return sha256(sha256(header));
}

/** The bytes as a little-endian number; the first counter of a connection. */
export function counterFrom(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function headerPrefix(job: WorkFields): Uint8Array {
  const prefix = new Uint8Array(HEADER_PREFIX_LENGTH);
  const view = new DataView(prefix.buffer);
  view.setUint32(0, job.version, true);
  prefix.set(job.prevHash, 4);
  prefix.set(job.merkleRoot, 36);
  prefix.set(job.blockCommitments, 68);
  view.setUint32(TIME_OFFSET, job.time, true);
  view.setUint32(TIME_OFFSET + 4, job.bits, true);
  return prefix;
}

function littleEndian(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, rest = value; i < length; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
