import {
  type Clock,
  HEADER_LENGTH,
  judgeAfter,
  type Logger,
  reasonOf,
  silentLogger,
} from "../../base/mod.ts";
import { VerifierClosedError, VerifierOverloadedError } from "./errors.ts";
import { FairQueue } from "./_fair_queue.ts";
import { NO_VERIFIER_METRICS, type VerifierMetrics } from "./metrics.ts";
import type { EquihashVerifier, VerifyRequest } from "./verifier.ts";
import type { WorkerVerifierModules, WorkerVerifierOptions } from "./worker_verifier_options.ts";
import { verifySolution } from "./verify_solution.ts";
import {
  BATCH_LIMIT,
  type BatchVerdicts,
  IN_FLIGHT_LIMIT,
  type SpawnVerifier,
  spawnVerifier,
  type VerifierPort,
  verifierWorkerSource,
} from "./_verifier_port.ts";

/** A batch takes a millisecond; after this long without an answer the worker counts as dead. */
const ANSWER_LIMIT_MS = 10_000;
/** How often that is looked at. One timer for all batches: one for each would cost as much as a check. */
const WATCH_MS = 2_500;
/** Workers that a share may bring down before it is checked on the calling thread. */
const ATTEMPT_LIMIT = 2;
/** Rest before a worker that failed is replaced, doubled with each failure in a row. */
const REST_MS = 50;
/** The longest such rest. */
const REST_LIMIT_MS = 10_000;
/** How long close() waits for what is under way. */
const CLOSE_LIMIT_MS = 5_000;

interface Pending {
  /** {@link VerifyRequest.header}. */
  readonly header: Uint8Array;
  readonly urgent: boolean;
  /** On the pool's own clock; undefined for a share that found an idle thread. */
  queuedAt: number | undefined;
  attempts: number;
  settle(verdict: boolean): void;
  reject(error: VerifierClosedError | VerifierOverloadedError): void;
}

interface Batch {
  readonly shares: readonly Pending[];
  /** On the clock of all threads. */
  readonly postedAt: number;
  /** On the pool's own clock. */
  readonly sentAt: number;
}

interface Slot {
  /** Undefined while the slot rests after a failure. */
  port: VerifierPort | undefined;
  /** Under way, oldest first: a thread answers in the order in which it was asked. */
  readonly batches: Batch[];
  failuresInRow: number;
  cancelRest: () => void;
}

/**
 * Starts worker threads that check Equihash solutions. Close it, or its threads keep the process
 * alive.
 *
 * @throws {RangeError} when there is to be no thread or no place in the queue.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { systemClock } from "../../base/mod.ts";
 *
 * const verifier = createWorkerVerifier(
 *   { threads: 2, queueCapacity: 1000 },
 *   { clock: systemClock },
 * );
 * const header = new Uint8Array(1487);
 * const source = { network: "192.0.2.1", id: 1 };
 * assert.equal(await verifier.verify({ header, source, urgent: false }), false);
 * await verifier.close();
 * ```
 */
export function createWorkerVerifier(
  options: WorkerVerifierOptions,
  modules: WorkerVerifierModules,
): EquihashVerifier {
  return new WorkerVerifier(options, modules);
}

/** Read once: the getter costs more than the clock. */
const { timeOrigin } = performance;

/** Milliseconds on a clock that all threads share, for telling how long a message travelled. */
function threadsNow(): number {
  return timeOrigin + performance.now();
}

/**
 * Worker threads behind a queue that is bounded and fair between networks and their connections.
 *
 * A share waits for a batch of its own turn: with `s` networks at work it is behind at most `s`
 * others for each of its own that wait, and behind the batches that the workers already hold.
 * A worker that dies is replaced and what it held is checked again, each share in a batch of its
 * own, so that a share which brings workers down meets nobody else's.
 */
class WorkerVerifier implements EquihashVerifier {
  readonly #clock: Clock;
  readonly #metrics: VerifierMetrics;
  readonly #logger: Logger;
  readonly #spawn: SpawnVerifier;
  readonly #queue: FairQueue<Pending>;
  /** Shares whose worker died. Bounded by what the workers can hold. */
  readonly #again: Pending[] = [];
  readonly #slots: Slot[];
  #dispatchPlanned = false;
  /** Stops the watch for workers that do not answer; undefined while no batch is under way. */
  #cancelWatch: (() => void) | undefined;
  #closing: { readonly done: Promise<void>; readonly finish: () => void } | undefined;

  constructor(options: WorkerVerifierOptions, modules: WorkerVerifierModules) {
    const { threads, queueCapacity } = options;
    if (!Number.isSafeInteger(threads) || threads < 1) {
      throw new RangeError(`Cannot verify with ${threads} threads: at least 1 expected`);
    }
    if (!Number.isSafeInteger(queueCapacity) || queueCapacity < 1) {
      throw new RangeError(`Cannot queue ${queueCapacity} shares: at least 1 expected`);
    }
    this.#clock = modules.clock;
    this.#metrics = modules.metrics ?? NO_VERIFIER_METRICS;
    this.#logger = modules.logger ?? silentLogger;
    const source = verifierWorkerSource();
    this.#spawn = modules.spawn ?? ((handlers) => spawnVerifier(source, handlers));
    this.#queue = new FairQueue({
      capacity: queueCapacity,
      networkCapacity: options.networkCapacity ?? Math.max(1, Math.floor(queueCapacity / 8)),
    });
    this.#slots = Array.from({ length: threads }, () => this.#newSlot());
  }

  get waiting(): number {
    return this.#queue.size + this.#again.length;
  }

  verify(request: VerifyRequest): Promise<boolean> | undefined {
    const { header, source, urgent } = request;
    if (header.length !== HEADER_LENGTH) return Promise.resolve(false);
    if (this.#closing !== undefined) return Promise.reject(new VerifierClosedError());
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const pending: Pending = {
      header,
      urgent,
      queuedAt: undefined,
      attempts: 0,
      settle: resolve,
      reject,
    };
    const idle = this.waiting === 0 ? this.#idleSlot() : undefined;
    if (idle !== undefined) {
      // The way of a share at low load; more out of the same chunk then travel together.
      this.#send(idle, [pending]);
      return promise;
    }
    pending.queuedAt = this.#clock.monotonic();
    if (urgent) this.#queue.addUrgent(pending);
    else {
      const homeless = this.#queue.offer(source, pending);
      if (homeless !== undefined) this.#metrics.refused.increment();
      if (homeless === pending) return undefined;
      homeless?.reject(new VerifierOverloadedError());
    }
    this.#planDispatch();
    return promise;
  }

  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.done;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancelLimit = this.#clock.after(CLOSE_LIMIT_MS, () => this.#finish());
    const finish = (): void => {
      cancelLimit();
      resolve();
    };
    this.#closing = { done: promise, finish };
    this.#finishWhenIdle();
    return promise;
  }

  /** A living worker that has nothing to do. */
  #idleSlot(): Slot | undefined {
    for (const slot of this.#slots) {
      if (slot.port !== undefined && slot.batches.length === 0) return slot;
    }
    return undefined;
  }

  #newSlot(): Slot {
    const slot: Slot = {
      port: undefined,
      batches: [],
      failuresInRow: 0,
      cancelRest: () => {},
    };
    this.#start(slot);
    return slot;
  }

  #start(slot: Slot): void {
    const port = this.#spawn({
      verdicts: (answer) => {
        // Not of a thread that was given up: what it held is with others.
        if (slot.port === port) this.#receive(slot, answer);
      },
      death: (reason) => this.#bury(slot, reason),
    });
    slot.port = port;
  }

  /** All shares that are asked for in one go, out of one chunk of a stream, travel together. */
  #planDispatch(): void {
    if (this.#dispatchPlanned) return;
    this.#dispatchPlanned = true;
    queueMicrotask(() => {
      this.#dispatchPlanned = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.waiting > 0) {
      const alive = this.#slots.filter((slot) => slot.port !== undefined);
      if (alive.length === 0) return this.#verifyHere(this.#queue.take(BATCH_LIMIT));
      const slot = alive.reduce((a, b) => b.batches.length < a.batches.length ? b : a);
      if (slot.batches.length >= IN_FLIGHT_LIMIT) break;
      const again = this.#again.shift();
      // What waits is spread over the threads before batches grow.
      const fairShare = Math.ceil(this.#queue.size / alive.length);
      this.#send(
        slot,
        again === undefined ? this.#queue.take(Math.min(BATCH_LIMIT, fairShare)) : [again],
      );
    }
    this.#metrics.waiting.set(this.waiting);
  }

  #send(slot: Slot, shares: readonly Pending[]): void {
    const postedAt = threadsNow();
    // First of all. What is measured is told after the answer: the system likes to wake a thread
    // on the processor of whoever wakes it, so that it waits for this one to rest.
    slot.port?.send(shares);
    slot.batches.push({ shares, postedAt, sentAt: this.#clock.monotonic() });
    this.#cancelWatch ??= judgeAfter(this.#clock, WATCH_MS, () => this.#watch());
  }

  /** Gives up workers whose oldest batch is over the limit; goes on while there are batches. */
  #watch(): void {
    this.#cancelWatch = undefined;
    const limit = this.#clock.monotonic() - ANSWER_LIMIT_MS;
    for (const slot of this.#slots) {
      const oldest = slot.batches[0];
      if (oldest !== undefined && oldest.sentAt <= limit) {
        this.#bury(slot, `no answer within ${ANSWER_LIMIT_MS} ms`);
      }
    }
    if (this.#slots.some((slot) => slot.batches.length > 0)) {
      this.#cancelWatch ??= judgeAfter(this.#clock, WATCH_MS, () => this.#watch());
    }
  }

  #receive(slot: Slot, message: BatchVerdicts): void {
    const returnedAt = threadsNow();
    const batch = slot.batches.shift();
    if (batch === undefined) return;
    for (let i = 0; i < batch.shares.length; i++) {
      batch.shares[i]?.settle(message.verdicts[i] === 1);
    }
    slot.failuresInRow = 0;
    if (this.waiting > 0) this.#dispatch();
    this.#measure(batch, message, returnedAt);
    if (this.#closing !== undefined) this.#finishWhenIdle();
  }

  async #measure(
    batch: Batch,
    { begunAt, endedAt }: BatchVerdicts,
    returnedAt: number,
  ): Promise<void> {
    // Whoever awaits a verdict goes on first.
    await undefined;
    const { queuedSeconds, sentSeconds, workedSeconds, returnedSeconds } = this.#metrics;
    for (const { queuedAt = batch.sentAt } of batch.shares) {
      queuedSeconds.observe((batch.sentAt - queuedAt) / 1000);
    }
    sentSeconds.observe(Math.max(0, begunAt - batch.postedAt) / 1000);
    returnedSeconds.observe(Math.max(0, returnedAt - endedAt) / 1000);
    const worked = (endedAt - begunAt) / batch.shares.length / 1000;
    for (let i = 0; i < batch.shares.length; i++) workedSeconds.observe(worked);
  }

  /** The slot's worker is dead: what it held goes to others, and it is replaced after a rest. */
  #bury(slot: Slot, reason: string): void {
    slot.port?.terminate();
    slot.port = undefined;
    this.#metrics.workerDeaths.increment();
    this.#logger.log("error", "verifier_worker_died", "a verifier thread died and is replaced", {
      reason,
    });
    const held = slot.batches.splice(0);
    for (const share of held.flatMap((batch) => batch.shares)) this.#tryAgain(share);
    const restMs = Math.min(REST_LIMIT_MS, REST_MS * 2 ** slot.failuresInRow++);
    slot.cancelRest = this.#clock.after(restMs, () => {
      this.#start(slot);
      this.#planDispatch();
    });
    this.#planDispatch();
  }

  #tryAgain(share: Pending): void {
    share.attempts++;
    if (share.attempts < ATTEMPT_LIMIT) this.#again.push(share);
    else this.#verifyHere([share]);
  }

  /**
   * The last resort: on the calling thread, when no worker is alive or the share outlived several.
   * The check has no loop without a fixed bound, so it ends; should it fail even here, the share
   * counts as invalid and an alarm is raised.
   */
  #verifyHere(shares: readonly Pending[]): void {
    for (const share of [...this.#again.splice(0), ...shares]) {
      try {
        share.settle(verifySolution(share.header));
      } catch (thrown) {
        this.#metrics.poisoned.increment();
        this.#logger.log("error", "verifier_poisoned", "a share could not be checked at all", {
          reason: reasonOf(thrown),
          urgent: share.urgent,
        });
        share.settle(false);
      }
    }
    if (this.#queue.size > 0) this.#clock.after(0, () => this.#planDispatch());
    this.#finishWhenIdle();
  }

  #finishWhenIdle(): void {
    const busy = this.waiting > 0 || this.#slots.some((slot) => slot.batches.length > 0);
    if (this.#closing !== undefined && !busy) this.#finish();
  }

  #finish(): void {
    this.#cancelWatch?.();
    const late = [...this.#again.splice(0), ...this.#queue.take(Infinity)];
    for (const slot of this.#slots) {
      slot.cancelRest();
      slot.port?.terminate();
      slot.port = undefined;
      for (const batch of slot.batches.splice(0)) late.push(...batch.shares);
    }
    for (const share of late) share.reject(new VerifierClosedError());
    this.#closing?.finish();
  }
}
