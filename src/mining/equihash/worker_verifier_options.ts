import type { Clock, Logger } from "../../base/mod.ts";
import type { VerifierMetrics } from "./metrics.ts";
import type { SpawnVerifier } from "./_verifier_port.ts";

/** Settings of a worker verifier. */
export interface WorkerVerifierOptions {
  /** Worker threads, at least 1. */
  readonly threads: number;
  /** Ordinary shares that may wait for a thread (1.5 KB each). */
  readonly queueCapacity: number;
  /** Shares of one network that may wait; an eighth of the queue unless given. */
  readonly networkCapacity?: number;
}

/** What a worker verifier works with. */
export interface WorkerVerifierModules {
  readonly clock: Clock;
  readonly metrics?: VerifierMetrics;
  readonly logger?: Logger;
  /** How threads are made; tests replace it to make them fail. */
  readonly spawn?: SpawnVerifier;
}
