import { type Clock, type Logger, reasonOf, sleep } from "../../base/mod.ts";
import type { BlockState } from "../../chain/blocks/mod.ts";
import { checkBlock, checkBlockState, checkHash, checkShare, checkWorker } from "./checks.ts";
import { StorageError } from "../../platform/database/mod.ts";
import { WorkerMemory } from "./_worker_memory.ts";
import type { RecordStore } from "./record_store.ts";
import {
  NO_RECORD_WRITER_METRICS,
  RECORD_WRITER_DEFAULTS,
  type RecordWriterMetrics,
  type RecordWriterModules,
  type RecordWriterOptions,
} from "./record_writer_options.ts";
import type { BlockRecord, ShareRecord, WorkerRecord } from "./records.ts";

/** Pauses after failures double from the first to the last of these. */
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 5_000;
/** Blocks are rare, and each one stands in the block spool as well. */
const BLOCK_STEPS_MAX = 10_000;

interface WaitingShare {
  readonly share: ShareRecord;
  readonly sinceMs: number;
}

interface BlockStep {
  readonly write: () => Promise<boolean>;
  readonly done: (known: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Stands between the share path and a {@link RecordStore}: takes records without waiting, writes them in
 * batches and in order, and repeats a write that failed until it succeeds.
 *
 * What may be lost: when the process is killed, the shares that were accepted within the last
 * `intervalMs` and the time of one write; while the store fails, at most `capacity` shares or those
 * of `lagMaxMs`, whichever is less, because then {@link offer} refuses and the pool has to stop.
 * What a resolved write covers survives also a loss of power. Blocks are written at once, before
 * the shares that wait. Nothing is counted twice: shares and blocks have an identity.
 */
export class RecordWriter {
  readonly #options: Required<RecordWriterOptions>;
  readonly #store: RecordStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: RecordWriterMetrics;
  readonly #workers: WorkerMemory;
  readonly #giveUp = new AbortController();
  readonly #blockSteps: BlockStep[] = [];
  #shares: WaitingShare[] = [];
  /** Shares at the head of the queue that do not wait for a full batch any more. */
  #due = 0;
  /** The batch that is being written, unchanged until that has succeeded. */
  #batch: { readonly shares: ShareRecord[]; tried: boolean } | undefined;
  #slowDue = false;
  #forgetBelow = 0;
  #pump: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelSlowTimer: (() => void) | undefined;
  #failing = false;
  #closed = false;

  constructor(options: RecordWriterOptions, modules: RecordWriterModules) {
    this.#options = { ...RECORD_WRITER_DEFAULTS, ...options };
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#logger = modules.logger;
    this.#metrics = modules.metrics ?? NO_RECORD_WRITER_METRICS;
    this.#workers = new WorkerMemory();
    this.#armSlowTimer();
  }

  /** Shares that are not written yet. */
  get waiting(): number {
    return this.#shares.length;
  }

  /** False when the next {@link offer} would refuse: the pool should take no shares. */
  get accepting(): boolean {
    const oldest = this.#shares[0];
    return !this.#closed && this.#shares.length < this.#options.capacity &&
      (oldest === undefined || this.#clock.monotonic() - oldest.sinceMs < this.#options.lagMaxMs);
  }

  /** True while the last write failed and is being repeated, or the store does not answer. */
  get failing(): boolean {
    return this.#failing;
  }

  /**
   * Takes an accepted share. A share that is a block is written at once, with all before it.
   *
   * @returns false when it was not taken, and then it must not be acknowledged.
   * @throws {RangeError} when the record is wrong in itself.
   */
  offer(share: ShareRecord): boolean {
    if (!this.accepting) return false;
    checkShare(share);
    this.#shares.push({ share, sinceMs: this.#clock.monotonic() });
    this.#workers.note({ ...share, lastShareMs: share.timestampMs });
    if (share.isBlock) this.#due = this.#shares.length;
    this.#wake();
    return true;
  }

  /** Remembers where a worker stands, for instance when it leaves; written with the next ones. */
  noteWorker(worker: WorkerRecord): void {
    checkWorker(worker);
    this.#workers.note(worker);
  }

  /** What is remembered of a worker, noted or written. */
  async loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined> {
    return this.#workers.find(minerId, workerName) ??
      await this.#store.loadWorker(minerId, workerName);
  }

  /** Resolves when the block is durable; false when it was known. Tried until it succeeds. */
  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async recordBlock(block: BlockRecord): Promise<boolean> {
    checkBlock(block);
    return this.#blockStep(() => this.#store.recordBlock(block));
  }

  /** Resolves when the step is durable; false when no such block is known. */
  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean> {
    checkHash("hash", hash);
    checkBlockState(state);
    return this.#blockStep(() => this.#store.updateBlock(hash, state, reason));
  }

  /** Lets the store forget the identities of shares below this height when there is time. */
  forgetProofs(belowHeight: number): void {
    this.#forgetBelow = Math.max(this.#forgetBelow, belowHeight);
  }

  /** Resolves when everything taken before the call is written. */
  async flush(): Promise<void> {
    do {
      this.#due = this.#shares.length;
      this.#slowDue = true;
      await this.#startPump();
    } while (this.#due > 0 || this.#slowDue);
  }

  /**
   * Takes nothing more and writes what waits. The store stays open: its owner closes it.
   *
   * @throws {StorageError} `unwritten` when that did not succeed within `closeTimeoutMs`.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const cancel = this.#clock.after(this.#options.closeTimeoutMs, () => this.#giveUp.abort());
    this.#cancelTimer?.();
    this.#cancelSlowTimer?.();
    try {
      await this.flush();
    } catch (thrown) {
      for (const step of this.#blockSteps.splice(0)) step.failed(thrown);
      throw thrown;
    } finally {
      cancel();
    }
  }

  #blockStep(write: () => Promise<boolean>): Promise<boolean> {
    if (this.#closed) return Promise.reject(closed());
    if (this.#blockSteps.length >= BLOCK_STEPS_MAX) {
      const message = `Cannot take a block: ${BLOCK_STEPS_MAX} wait for the store`;
      return Promise.reject(new StorageError("full", message));
    }
    return new Promise((done, failed) => {
      this.#blockSteps.push({ write, done, failed });
      void this.#startPump();
    });
  }

  /** Starts writing when a batch is full or due, else makes sure that it will be due in time. */
  #wake(): void {
    this.#metrics.waiting.set(this.#shares.length);
    if (this.#pump !== undefined || this.#shares.length === 0) return;
    if (this.#due > 0 || this.#shares.length >= this.#options.batchSize) {
      void this.#startPump();
      return;
    }
    this.#cancelTimer ??= this.#clock.after(this.#options.intervalMs, () => {
      this.#cancelTimer = undefined;
      this.#due = this.#shares.length;
      void this.#startPump();
    });
  }

  #armSlowTimer(): void {
    this.#cancelSlowTimer = this.#clock.after(this.#options.slowIntervalMs, () => {
      this.#slowDue = true;
      void this.#startPump().then(() => this.#probe(), () => {});
      this.#armSlowTimer();
    });
  }

  /** Where nothing is written, a store that is away is known before a share has to wait for it. */
  async #probe(): Promise<void> {
    const failure = await this.#store.ping().then(() => undefined, (reason) => ({ reason }));
    // The run that writes meanwhile finds out by that, and knows it better.
    if (this.#pump === undefined && !this.#closed) this.#judge(failure);
  }

  /** One run at a time writes; a caller that starts it while it runs waits for the same one. */
  #startPump(): Promise<void> {
    this.#pump ??= this.#writeAll().finally(() => {
      this.#pump = undefined;
      if (!this.#closed) this.#wake();
    });
    // A run fails only when closing gives up; then `flush` throws, and nobody else has to hear it.
    this.#pump.catch(() => {});
    return this.#pump;
  }

  /**
   * Writes all that is due. Each turn tries every kind once, so that rows of one kind that cannot
   * be written never stand in front of another kind: a block gets its row whatever became of a
   * batch of shares.
   */
  async #writeAll(): Promise<void> {
    let pauseMs = RETRY_FIRST_MS;
    while (this.#isAnythingDue()) {
      const failure = await this.#writeTurn();
      if (failure === undefined) {
        pauseMs = RETRY_FIRST_MS;
        continue;
      }
      if (this.#giveUp.signal.aborted) throw this.#unwritten(failure.reason);
      await sleep(this.#clock, pauseMs, this.#giveUp.signal);
      pauseMs = Math.min(pauseMs * 2, RETRY_LAST_MS);
    }
  }

  #isAnythingDue(): boolean {
    return this.#blockSteps.length > 0 || this.#areSharesDue() || this.#slowDue;
  }

  #areSharesDue(): boolean {
    return this.#due > 0 || this.#shares.length >= this.#options.batchSize;
  }

  /** @returns what failed first, after everything was tried. */
  async #writeTurn(): Promise<{ readonly reason: unknown } | undefined> {
    let failure: { readonly reason: unknown } | undefined;
    let answered = false;
    for (const write of [this.#writeBlocks, this.#writeShares, this.#writeSlow]) {
      try {
        answered = await write.call(this) || answered;
      } catch (reason) {
        failure ??= { reason };
        this.#metrics.retries.increment();
      }
    }
    // A turn without anything to write says nothing of the store.
    if (answered || failure !== undefined) this.#judge(failure);
    return failure;
  }

  /** Says when the store begins to fail, and when it works again. */
  #judge(failure: { readonly reason: unknown } | undefined): void {
    if (failure !== undefined && !this.#failing) {
      this.#say("error", "records_failing", reasonOf(failure.reason));
    } else if (failure === undefined && this.#failing) {
      this.#say("info", "records_recovered", "records are written again");
    }
    this.#failing = failure !== undefined;
  }

  /** As every kind: @returns true when the store has answered. */
  async #writeBlocks(): Promise<boolean> {
    const any = this.#blockSteps.length > 0;
    for (let step = this.#blockSteps[0]; step !== undefined; step = this.#blockSteps[0]) {
      const done = await step.write();
      this.#blockSteps.shift();
      step.done(done);
    }
    return any;
  }

  async #writeShares(): Promise<boolean> {
    if (!this.#areSharesDue()) return false;
    const batch = this.#batch ??= {
      shares: this.#shares.slice(0, this.#options.batchSize).map(({ share }) => share),
      tried: false,
    };
    const { shares, tried } = batch;
    batch.tried = true;
    const startedAt = this.#clock.monotonic();
    const { duplicates } = await this.#store.recordShares(shares);
    this.#batch = undefined;
    this.#shares.splice(0, shares.length);
    this.#due = Math.max(0, this.#due - shares.length);
    // A batch that was tried before may meet its own rows: the first try may have written them.
    const foreign = tried ? 0 : duplicates;
    this.#metrics.waiting.set(this.#shares.length);
    this.#metrics.written.increment(shares.length - foreign);
    this.#metrics.duplicates.increment(foreign);
    this.#metrics.batchSeconds.observe((this.#clock.monotonic() - startedAt) / 1_000);
    return true;
  }

  /** One piece of workers or old identities; between pieces blocks and shares go first. */
  async #writeSlow(): Promise<boolean> {
    if (!this.#slowDue) return false;
    const workers = this.#workers.next(this.#options.batchSize);
    if (workers.length > 0) {
      await this.#store.saveWorkers(workers);
      this.#workers.written(workers);
      return true;
    }
    const below = this.#forgetBelow;
    const forgotten = below === 0 ? 0 : await this.#store.forgetProofs(below);
    if (forgotten === 0) this.#slowDue = false;
    return below !== 0;
  }

  #unwritten(cause: unknown): StorageError {
    const shares = this.#shares.length;
    this.#say("error", "records_lost", "closing gave up on records that could not be written");
    return new StorageError(
      "unwritten",
      `Cannot write the last records: ${shares} accepted shares are lost, ${reasonOf(cause)}`,
      { cause },
    );
  }

  #say(level: "info" | "error", event: string, message: string): void {
    this.#logger.log(level, event, message, { shares_waiting: this.#shares.length });
  }
}

function closed(): StorageError {
  return new StorageError("closed", "Cannot take records: the writer is closed");
}
