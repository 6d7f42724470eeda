/**
 * What the pool says in Stratum V1 (ZIP 301), as lines with their line feed. All hexadecimal is
 * lower case and in the order of the block header, but for the target, which is a number with its
 * most significant digit first.
 *
 * @module
 */
import { bytesToHex, reversed } from "../../base/mod.ts";
import type { StratumError } from "./errors.ts";

const UTF8 = new TextEncoder();

/** Work for a miner: every field of the block header but nonce and solution. */
export interface StratumJob {
  /** Names the job in mining.submit. */
  readonly jobId: string;
  readonly version: number;
  /** 32 bytes, internal order, like the next two. */
  readonly previousBlockHash: Uint8Array;
  readonly merkleRoot: Uint8Array;
  /** hashBlockCommitments: ZIP 301 calls the field RESERVED. */
  readonly blockCommitments: Uint8Array;
  /** Unix seconds. */
  readonly time: number;
  readonly bits: number;
  /** Every earlier job is dead. */
  readonly cleanJobs: boolean;
}

/** The answer to a request. @param id as JSON text. @param result any JSON value. */
export function resultLine(id: string, result: unknown): Uint8Array {
  return UTF8.encode(`{"id":${id},"result":${JSON.stringify(result)},"error":null}\n`);
}

/** The refusal of a request: an error triple (ZIP 301, Error Objects). */
export function errorLine(id: string, { code, message }: StratumError): Uint8Array {
  const error = JSON.stringify([code, message, null]);
  return UTF8.encode(`{"id":${id},"result":null,"error":${error}}\n`);
}

/** mining.set_target: holds for the jobs that follow. @param targetLe 32 bytes, little-endian. */
export function setTargetLine(targetLe: Uint8Array): Uint8Array {
  return notice("mining.set_target", [bytesToHex(reversed(targetLe))]);
}

/** mining.notify, with exactly the eight parameters of ZIP 301. */
export function notifyLine(job: StratumJob): Uint8Array {
  return notice("mining.notify", [
    job.jobId,
    u32Hex(job.version),
    bytesToHex(job.previousBlockHash),
    bytesToHex(job.merkleRoot),
    bytesToHex(job.blockCommitments),
    u32Hex(job.time),
    u32Hex(job.bits),
    job.cleanJobs,
  ]);
}

/** mining.set_extranonce: NONCE_1 of the jobs that follow. */
export function setExtranonceLine(nonce1: Uint8Array): Uint8Array {
  return notice("mining.set_extranonce", [bytesToHex(nonce1)]);
}

/** client.reconnect without parameters: to the same address. */
export function reconnectLine(): Uint8Array {
  return notice("client.reconnect", []);
}

/** client.show_message: a text for the person at the miner. */
export function showMessageLine(message: string): Uint8Array {
  return notice("client.show_message", [message]);
}

function notice(method: string, params: readonly unknown[]): Uint8Array {
  return UTF8.encode(`{"id":null,"method":"${method}","params":${JSON.stringify(params)}}\n`);
}

/** Four bytes, little-endian, as they stand in the header. */
function u32Hex(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytesToHex(bytes);
}
