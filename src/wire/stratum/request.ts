/**
 * What miners say in Stratum V1 (ZIP 301), read from one line of untrusted JSON. Parameters that a
 * method can do without may be missing, and those that it does not know are passed over, because
 * miners differ in both.
 *
 * @module
 */
import { hexToBytes, NONCE_LENGTH, SOLUTION_LENGTH } from "../../base/mod.ts";
import { type StratumError, StratumErrorCode } from "./errors.ts";
import { asText, type JsonObject, readJson } from "./untrusted_json.ts";

/** A request that the pool knows, by its method. */
export type StratumRequest =
  | { readonly method: "mining.subscribe"; readonly userAgent: string }
  | { readonly method: "mining.authorize"; readonly worker: string; readonly password: string }
  | ({ readonly method: "mining.submit" } & StratumShare)
  | {
    readonly method: "mining.suggest_target";
    /** 0 to 2^256-1. */
    readonly target: bigint;
  }
  | {
    readonly method: "mining.suggest_difficulty";
    /** Above 0, finite; difficulty 1 is 2^243-1. */
    readonly difficulty: number;
  }
  | {
    readonly method:
      | "mining.extranonce.subscribe"
      | "mining.get_transactions"
      | "mining.multi_version"
      | "mining.ping"
      | "client.get_version";
  };

/** A solution as a miner hands it in. */
export interface StratumShare {
  /** As it was authorized. */
  readonly worker: string;
  /** As it stood in mining.notify. */
  readonly jobId: string;
  /** nTime of the header, Unix seconds. */
  readonly time: number;
  /** The nonce behind NONCE_1, 0 to 32 bytes. */
  readonly nonce2: Uint8Array;
  /** 1,344 bytes, without the compact size in front. */
  readonly solution: Uint8Array;
}

/** What a line holds; a batch holds several. */
export type LineItem =
  /** `id` as JSON text, to be repeated as it is; undefined where no answer is expected. */
  | { readonly kind: "request"; readonly id: string | undefined; readonly request: StratumRequest }
  | { readonly kind: "refused"; readonly id: string; readonly error: StratumError }
  /** The miner's answer to something that the pool has said. */
  | { readonly kind: "response" }
  /** Nothing that could be answered. */
  | { readonly kind: "broken"; readonly fault: LineFault };

/** Why a line can be answered by nothing but the end of the connection. */
export type LineFault = "not-json" | "too-deep" | "no-object" | "no-id" | "bad-id" | "batch-length";

/** Requests in one line at the most. */
const BATCH_LENGTH_MAX = 32;

/** Characters of a worker's name: as many bytes as SV2 has for a user_identity. */
const WORKER_LENGTH_MAX = 255;

/** Bytes of a user agent that are kept; longer ones are cut. */
const USER_AGENT_LENGTH_MAX = 64;

/** The compact size of a solution, 1,344, as hexadecimal digits. */
const SOLUTION_SIZE_DIGITS = "fd4005";

const SOLUTION_DIGITS = 2 * SOLUTION_LENGTH;

/** Reads a line; never throws. */
export function readLine(line: string): readonly LineItem[] {
  const read = readJson(line);
  if (read.kind === "broken") return [read];
  const { values } = read;
  if (values.length === 0 || values.length > BATCH_LENGTH_MAX) {
    return [{ kind: "broken", fault: "batch-length" }];
  }
  return values.map(readItem);
}

function readItem(item: JsonObject | undefined): LineItem {
  if (item === undefined) return { kind: "broken", fault: "no-object" };
  const { id } = item;
  if (id === "bad") return { kind: "broken", fault: "bad-id" };
  const method = item.member("method");
  if (method === undefined && (item.has("result") || item.has("error"))) {
    return { kind: "response" };
  }
  const params = item.member("params");
  const request = typeof method === "string"
    ? readRequest(method, Array.isArray(params) ? params : [])
    : refuse(StratumErrorCode.invalidRequest, "method: a text expected");
  if ("method" in request) return { kind: "request", id, request };
  return id === undefined
    ? { kind: "broken", fault: "no-id" }
    : { kind: "refused", id, error: request };
}

function readRequest(method: string, params: readonly unknown[]): StratumRequest | StratumError {
  switch (method) {
    case "mining.subscribe":
      return { method, userAgent: asText(params[0]).slice(0, USER_AGENT_LENGTH_MAX) };
    case "mining.authorize":
      return readAuthorize(params);
    case "mining.submit":
      return readSubmit(params);
    case "mining.suggest_target":
      return readTarget(params);
    case "mining.suggest_difficulty":
      return readDifficulty(params);
    case "mining.extranonce.subscribe":
    case "mining.get_transactions":
    case "mining.multi_version":
    case "mining.ping":
    case "client.get_version":
      return { method };
    default:
      return refuse(StratumErrorCode.methodNotFound, "Method not found");
  }
}

function readAuthorize(params: readonly unknown[]): StratumRequest | StratumError {
  const worker = asText(params[0]).trim();
  if (worker.length > WORKER_LENGTH_MAX) {
    return refuse(
      StratumErrorCode.unauthorizedWorker,
      `user: at most ${WORKER_LENGTH_MAX} characters expected, received ${worker.length}`,
    );
  }
  return { method: "mining.authorize", worker, password: asText(params[1]) };
}

function readSubmit(params: readonly unknown[]): StratumRequest | StratumError {
  const [worker, jobId, time, nonce2, solution] = params.map(asText);
  if (solution === undefined || worker === undefined || jobId === undefined) {
    return wrong(`five parameters expected, received ${params.length}`);
  }
  const timeBytes = readHex(time, 8, 8);
  if (timeBytes === undefined) return wrong("time: 8 hexadecimal digits expected");
  const nonceBytes = readHex(nonce2, 0, 2 * NONCE_LENGTH);
  if (nonceBytes === undefined) {
    return wrong(`NONCE_2: at most ${2 * NONCE_LENGTH} hexadecimal digits expected, in pairs`);
  }
  const solutionBytes = readSolution(solution);
  if (solutionBytes === undefined) {
    return wrong(
      `solution: ${SOLUTION_SIZE_DIGITS} and ${SOLUTION_DIGITS} hexadecimal digits expected, ` +
        `received ${solution.length} characters`,
    );
  }
  return {
    method: "mining.submit",
    worker: worker.trim(),
    jobId,
    time: new DataView(timeBytes.buffer).getUint32(0, true),
    nonce2: nonceBytes,
    solution: solutionBytes,
  };
}

/** With the compact size in front, as the header has it, or without, as some miners send it. */
function readSolution(text: string): Uint8Array | undefined {
  const hasSize = text.length === SOLUTION_SIZE_DIGITS.length + SOLUTION_DIGITS &&
    text.slice(0, SOLUTION_SIZE_DIGITS.length).toLowerCase() === SOLUTION_SIZE_DIGITS;
  const digits = hasSize ? text.slice(SOLUTION_SIZE_DIGITS.length) : text;
  return readHex(digits, SOLUTION_DIGITS, SOLUTION_DIGITS);
}

function readTarget(params: readonly unknown[]): StratumRequest | StratumError {
  const digits = asText(params[0]);
  if (!/^[0-9a-fA-F]{64}$/.test(digits)) {
    return wrong("target: 64 hexadecimal digits expected, the most significant first");
  }
  return { method: "mining.suggest_target", target: BigInt(`0x${digits}`) };
}

function readDifficulty(params: readonly unknown[]): StratumRequest | StratumError {
  const difficulty = Number(params[0]);
  return difficulty > 0 && Number.isFinite(difficulty)
    ? { method: "mining.suggest_difficulty", difficulty }
    : wrong("difficulty: a number above 0 expected");
}

function readHex(text: string | undefined, least: number, most: number): Uint8Array | undefined {
  if (text === undefined || text.length < least || text.length > most) return undefined;
  try {
    return hexToBytes(text);
  } catch {
    // An odd number of digits, or something else than a digit.
    return undefined;
  }
}

function wrong(what: string): StratumError {
  return refuse(StratumErrorCode.other, what);
}

function refuse(code: StratumErrorCode, message: string): StratumError {
  return { code, message };
}
