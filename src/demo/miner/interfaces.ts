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

/** A connection of lines, as far as a Stratum V1 miner uses it; the transport has it. */
export interface MinerLines {
  /** The lines of each read; ends when the connection does; throws on a broken stream. */
  batches(): AsyncIterable<string[]>;
  /** Queues whole lines; false when the connection is closed. */
  send(lines: Uint8Array): boolean;
  /** Idempotent. */
  close(reason: string): void;
}

/** Opens a connection of lines. */
export type ConnectLines = (endpoint: Endpoint, signal: AbortSignal) => Promise<MinerLines>;

/**
 * Opens a connection, handshake included. Reconnect may name another endpoint: its certificate
 * must be signed by the same authority, which is for this function to see to.
 */
export type Connect = (endpoint: Endpoint, signal: AbortSignal) => Promise<MinerConnection>;

/** What a miner works with. */
export interface MinerModules {
  readonly connect: Connect;
  /** For Stratum V1; without it only Stratum V2 is spoken. */
  readonly connectLines?: ConnectLines | undefined;
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
  /** What the miner speaks; Stratum V2 unless it is said. */
  readonly protocol?: "stratum2" | "stratum1";
  /** `address` or `address.worker`. */
  readonly userIdentity: string;
  readonly channel: "standard" | "extended";
  /** Solutions a second; 0 when not known. */
  readonly nominalHashRate: number;
  /** Easiest target that is accepted, 32 bytes little-endian; any when absent. */
  readonly maxTarget?: Uint8Array;
  /** For Stratum V1: options such as `d=0.01`. */
  readonly password?: string;
  /** How the miner calls itself. */
  readonly firmware?: string;
}
