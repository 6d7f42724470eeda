/**
 * The last check before a record is kept. What comes from the network has been limited long before;
 * these rules hold for every store, so that no row depends on a caller's care.
 *
 * @module
 */
import { MAX_MONEY_ZAT } from "../../chain/zcash/mod.ts";
import { BLOCK_STATES, type BlockState } from "../../chain/blocks/mod.ts";
import { PICO_PER_ZAT, PPM } from "../ledger/mod.ts";
import type { BlockRecord, ShareRecord, ShareTerms, WorkerRecord } from "./records.ts";

/** The width of the documented `miner_id` column; unified addresses are at most some 240 long. */
const MINER_ID_LENGTH_MAX = 255;
/** An SV2 user identity, address and worker together, has at most 255 bytes. */
const WORKER_NAME_LENGTH_MAX = 255;
/** Reasons are sentences of nodes, already shortened where they come in. */
const REASON_LENGTH_MAX = 500;
/** More rows in one call would hold the event loop for longer than a few milliseconds. */
export const BATCH_LENGTH_MAX = 2_000;

const JOB_ID_MAX = 2 ** 31 - 1;
const HEIGHT_MAX = 2 ** 32 - 1;
/** The year 2255: below 2^53 with room to spare, and beyond every real clock. */
const TIMESTAMP_MAX = 9_000_000_000_000;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** @throws {RangeError} naming the field. */
export function checkShare(share: ShareRecord): void {
  checkHash("proofId", share.proofId);
  checkName("minerId", share.minerId, 1, MINER_ID_LENGTH_MAX);
  checkName("workerName", share.workerName, 0, WORKER_NAME_LENGTH_MAX);
  checkTarget(share.target);
  checkDifficulty(share.difficulty);
  checkInteger("jobId", share.jobId, 0, JOB_ID_MAX);
  checkInteger("height", share.height, 0, HEIGHT_MAX);
  checkInteger("timestampMs", share.timestampMs, 0, TIMESTAMP_MAX);
  // One share never earns more than a block, and no block is worth more than all the money.
  require(
    share.creditPicoZat >= 0n && share.creditPicoZat <= CREDIT_MAX,
    "creditPicoZat is outside 0 to 21 million ZEC",
  );
  if (share.terms !== undefined) checkTerms(share.terms);
}

function checkTerms({ networkTarget, rewardZat, feePpm }: ShareTerms): void {
  checkTarget(networkTarget);
  require(rewardZat >= 0n && rewardZat <= MAX_MONEY_ZAT, "rewardZat is no amount");
  checkInteger("feePpm", feePpm, 0, PPM);
}

const CREDIT_MAX = MAX_MONEY_ZAT * PICO_PER_ZAT;

/** @throws {RangeError} naming the field. */
export function checkBlock(block: BlockRecord): void {
  checkHash("hash", block.hash);
  checkHash("previousBlockHash", block.previousBlockHash);
  checkInteger("height", block.height, 0, HEIGHT_MAX);
  checkName("minerId", block.minerId, 1, MINER_ID_LENGTH_MAX);
  checkName("workerName", block.workerName, 0, WORKER_NAME_LENGTH_MAX);
  checkInteger("foundAtMs", block.foundAtMs, 0, TIMESTAMP_MAX);
  if (block.coinbaseTxid !== undefined) checkHash("coinbaseTxid", block.coinbaseTxid);
  checkBlockState(block.state);
  for (const name of ["valueZat", "feesZat"] as const) {
    require(block[name] >= 0n && block[name] >> 63n === 0n, `${name} is outside 0 to 2^63-1`);
  }
}

/** @throws {RangeError} when the state is unknown. */
export function checkBlockState(state: BlockState): void {
  require(BLOCK_STATES.includes(state), "state is none of the known ones");
}

/**
 * The form in which a reason is kept. It may hold a node's words, and no words may keep a block's
 * state from being written: what cannot stand is replaced, what is too long is cut.
 */
export function keptReason(reason: string | undefined): string | undefined {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return reason?.replace(/[\x00-\x1f\x7f-\x9f]/g, " ").slice(0, REASON_LENGTH_MAX);
}

/** @throws {RangeError} naming the field. */
export function checkWorker(worker: WorkerRecord): void {
  checkName("minerId", worker.minerId, 1, MINER_ID_LENGTH_MAX);
  checkName("workerName", worker.workerName, 0, WORKER_NAME_LENGTH_MAX);
  checkTarget(worker.target);
  checkDifficulty(worker.difficulty);
  checkInteger("lastShareMs", worker.lastShareMs ?? 0, 0, TIMESTAMP_MAX);
}

/** @throws {RangeError} when a call brings more rows than one transaction should have. */
export function checkBatchLength(length: number): void {
  checkInteger("batch length", length, 0, BATCH_LENGTH_MAX);
}

/** @throws {RangeError} unless the value is 32 bytes. */
export function checkHash(name: string, value: Uint8Array): void {
  require(value.length === 32, `${name} has ${value.length} bytes, 32 expected`);
}

/** @throws {RangeError} when the value is no integer or outside its range. */
export function checkInteger(name: string, value: number, min: number, max: number): void {
  require(
    Number.isSafeInteger(value) && value >= min && value <= max,
    `${name} is ${value}, an integer of ${min} to ${max} expected`,
  );
}

function checkName(name: string, value: string, min: number, max: number): void {
  require(
    value.length >= min && value.length <= max && PRINTABLE_ASCII.test(value),
    `${name} is not ${min} to ${max} printable ASCII characters`,
  );
}

function checkTarget(target: bigint): void {
  require(target >= 1n && target >> 256n === 0n, "target is outside 1 to 2^256-1");
}

function checkDifficulty(difficulty: number): void {
  require(Number.isFinite(difficulty) && difficulty > 0, "difficulty is no positive number");
}

function require(condition: boolean, fault: string): void {
  if (!condition) throw new RangeError(`Cannot keep a record: ${fault}`);
}
