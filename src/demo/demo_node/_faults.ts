/**
 * Misbehaviour on order: what calls are to suffer before, or instead of, being answered.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import { sleep } from "../../base/mod.ts";
import { ConnectionDrop, RpcError } from "./_rpc_error.ts";

/** One kind of misbehaviour. */
export type Fault =
  /** Answers late. */
  | { readonly kind: "lag"; readonly delayMs: number }
  /** Never answers, and does nothing of what was asked. */
  | { readonly kind: "hang" }
  /** Answers with an error. */
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  /** Closes the connection without an answer. */
  | { readonly kind: "close" };

/** Whom a fault meets. */
export interface FaultScope {
  /** Only calls of this method; all when left out. */
  readonly method?: string;
  /** How many calls; all until the fault is cleared when left out. */
  readonly times?: number;
}

/** More would be a test gone wrong. */
const FAULTS_MAX = 100;

/** Faults in the order in which they were set; a call meets the first that fits. */
export class Faults {
  readonly #clock: Clock;
  #faults: { fault: Fault; method: string | undefined; left: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(fault: Fault, { method, times = Infinity }: FaultScope = {}): void {
    if (this.#faults.length >= FAULTS_MAX) throw new RangeError("Cannot set another fault");
    this.#faults.push({ fault, method, left: times });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Lets a call of this method suffer what is due. */
  async suffer(method: string, signal: AbortSignal): Promise<void> {
    const entry = this.#faults.find((candidate) =>
      candidate.method === undefined || candidate.method === method
    );
    if (entry === undefined) return;
    entry.left -= 1;
    if (entry.left <= 0) this.#faults = this.#faults.filter((other) => other !== entry);
    const { fault } = entry;
    switch (fault.kind) {
      case "lag":
        return await sleep(this.#clock, fault.delayMs, signal);
      case "hang":
        await aborted(signal);
        // Whoever asked is gone: what it asked for is not done behind its back.
        throw new ConnectionDrop();
      case "error":
        throw new RpcError(fault.code, fault.message);
      case "close":
        throw new ConnectionDrop();
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
