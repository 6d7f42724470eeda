/**
 * What the test miner is handed: a way to connect, a solver, time and randomness. It shares no
 * code with the pool but the wire format, so that one mistake cannot agree with itself.
 *
 * @module
 */
import type { Clock, Random } from "../../base/mod.ts";
import type { Frame } from "../../wire/protocol/mod.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MinerEvent } from "./miner_event.ts";

/** What is to be solved: a header but for its solution. */
export interface SolveRequest {
  /** version to bits, 108 bytes. */
  readonly headerPrefix: Uint8Array;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

/** Finds Equihash (200,9) solutions. */
export interface Solver {
  /**
   * All solutions of one nonce, 1,344 bytes each; often none, on average about two. Called again
   * only when the call before has settled.
   */
  solve(request: SolveRequest): Promise<Uint8Array[]>;
}

/** The part of a connection that a miner uses; the transport's FrameConnection has it. */
export interface MinerConnection {
  readonly encrypted: boolean;
  /** All whole frames of each read; ends when the connection does; throws on a broken stream. */
  batches(): AsyncIterable<Frame[]>;
  /** Queues whole plain frames; false when the connection is closed. */
  send(frames: Uint8Array): boolean;
  /** Idempotent. */
  close(reason: string): void;
  /** Greatest payload that is taken from the pool, bytes. */
  limitPayload(maxPayloadLength: number): void;
}

/**
 * Opens a connection, handshake included. Reconnect may name another endpoint: its certificate
 * must be signed by the same authority, which is for this function to see to.
 */
export type Connect = (endpoint: Endpoint, signal: AbortSignal) => Promise<MinerConnection>;

/** What a miner works with. */
export interface MinerModules {
  readonly connect: Connect;
  readonly solver: Solver;
  readonly clock: Clock;
  /** Decides the first nonce and the jitter of waits. */
  readonly random: Random;
  /** Told of everything that happens, synchronously; must not throw. */
  readonly onEvent: (event: MinerEvent) => void;
}

/** What a miner is told to be. */
export interface MinerOptions {
  readonly endpoint: Endpoint;
  /** `address` or `address.worker`. */
  readonly userIdentity: string;
  readonly channel: "standard" | "extended";
  /** Solutions a second; 0 when not known. */
  readonly nominalHashRate: number;
  /** Easiest target that is accepted, 32 bytes little-endian; any when absent. */
  readonly maxTarget?: Uint8Array;
  /** How the miner calls itself in SetupConnection. */
  readonly firmware?: string;
}
