import glueText from "../../../wasm/pkg/equihash_verifier.js" with { type: "text" };
import { verifierModule } from "../../../wasm/modules.js";
import { assert } from "../../base/mod.ts";
import {
  ANSWERED,
  ASKED,
  ENDED,
  sharedLayout,
  sharedLength,
  type SharedSlot,
  sharedSlots,
} from "./_shared_batches.ts";
import { serveVerifier, type StartVerifier } from "./_verifier_worker.ts";
import { spawnFromSource, type WorkerPort } from "./_worker_port.ts";

/** A thread that checks batches, as the pool sees it. */
export interface VerifierPort {
  /**
   * Hands over a batch; at most as many may be under way, and each with as many shares, as the
   * thread was made for.
   */
  send(shares: readonly UncheckedShare[]): void;
  /** Ends the thread; neither handler is called afterwards. */
  terminate(): void;
}

/** What a thread is sent of a share. */
export interface UncheckedShare {
  /** 1,487 bytes: header, compact size, solution. */
  readonly header: Uint8Array;
}

/** The verdicts of the oldest batch under way. Times are milliseconds since 1970, comparable between threads. */
export interface BatchVerdicts {
  /**
   * One byte per share of the batch, then bytes without meaning; 1 is valid. A view of memory that
   * the next batch may use: it is read before the handler sends one.
   */
  readonly verdicts: Uint8Array;
  readonly begunAt: number;
  readonly endedAt: number;
}

/** What a thread calls back. */
export interface VerifierHandlers {
  verdicts(answer: BatchVerdicts): void;
  /** The thread failed and will say nothing more. */
  death(reason: string): void;
}

/** Makes a thread. Tests hand in their own, which can be killed. */
export type SpawnVerifier = (handlers: VerifierHandlers) => VerifierPort;

/** Batches that a worker has at most: the second one lies ready when the first is done. */
export const IN_FLIGHT_LIMIT = 2;

/**
 * Shares in one batch, when as many wait. Waking a thread costs as much as a check: sixteen shares
 * pay for it together, while a batch still takes half a millisecond, which is what an urgent share
 * may have to wait for. With eight, two threads were 1.8 times as fast as one, with sixteen 1.9.
 */
export const BATCH_LIMIT = 16;

/** The program of a verifier's worker: the generated glue, then what answers. */
export function verifierWorkerSource(): string {
  return `${glueText}\n(${serveVerifier.toString()})(self, { Checker, initSync });\n`;
}

/**
 * Starts a thread that is spoken to through shared memory: that takes half of the time that
 * messages take when the threads were idle (figures in wasm/README.md).
 */
export function spawnVerifier(source: string, handlers: VerifierHandlers): VerifierPort {
  return new SharedMemoryPort(source, handlers);
}

class SharedMemoryPort implements VerifierPort {
  readonly #layout = sharedLayout(IN_FLIGHT_LIMIT, BATCH_LIMIT);
  readonly #shared = new SharedArrayBuffer(sharedLength(this.#layout));
  readonly #counters = new Int32Array(this.#shared, 0, 3);
  readonly #slots = sharedSlots(this.#shared, this.#layout);
  readonly #handlers: VerifierHandlers;
  readonly #worker: WorkerPort<StartVerifier>;
  #asked = 0;
  #answered = 0;
  #ended = false;

  constructor(source: string, handlers: VerifierHandlers) {
    this.#handlers = handlers;
    const death = (reason: string): void => {
      this.terminate();
      handlers.death(reason);
    };
    this.#worker = spawnFromSource<StartVerifier, string>(source, { message: death, death });
    this.#worker.post({ module: verifierModule, shared: this.#shared, layout: this.#layout });
    this.#listen();
  }

  send(shares: readonly UncheckedShare[]): void {
    const slot = this.#slot(this.#asked);
    slot.count[0] = shares.length;
    let at = 0;
    for (const { header } of shares) {
      slot.shares.set(header, at);
      at += this.#layout.shareLength;
    }
    this.#asked = (this.#asked + 1) | 0;
    Atomics.store(this.#counters, ASKED, this.#asked);
    Atomics.notify(this.#counters, ASKED);
  }

  terminate(): void {
    this.#end();
    this.#worker.terminate();
  }

  #end(): void {
    this.#ended = true;
    // The worker wakes because the counter changed, and sees that it is to end.
    Atomics.store(this.#counters, ENDED, 1);
    Atomics.add(this.#counters, ASKED, 1);
    Atomics.notify(this.#counters, ASKED);
    // Wakes the listener here, which then returns.
    Atomics.notify(this.#counters, ANSWERED);
  }

  async #listen(): Promise<void> {
    while (!this.#ended) {
      const waiting = Atomics.waitAsync(this.#counters, ANSWERED, this.#answered);
      if (waiting.async) await waiting.value;
      while (!this.#ended && Atomics.load(this.#counters, ANSWERED) !== this.#answered) {
        this.#handOver();
      }
      // Whoever awaits a verdict goes on before this arms the next wait, which takes a while.
      await undefined;
    }
  }

  #handOver(): void {
    const slot = this.#slot(this.#answered);
    this.#answered = (this.#answered + 1) | 0;
    // By index: destructuring goes through an iterator, which costs a microsecond after a rest.
    const begunAt = slot.times[0] ?? 0;
    const endedAt = slot.times[1] ?? 0;
    this.#handlers.verdicts({ verdicts: slot.verdicts, begunAt, endedAt });
  }

  #slot(batch: number): SharedSlot {
    const slot = this.#slots[batch & (this.#layout.slots - 1)];
    assert(slot !== undefined, "the number of slots is a power of two");
    return slot;
  }
}
