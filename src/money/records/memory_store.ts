import { bytesToHex, type Clock, type RejectReason } from "../../base/mod.ts";
import { type BlockState, isChainState } from "../../chain/blocks/mod.ts";
import {
  BATCH_LENGTH_MAX,
  checkBatchLength,
  checkBlock,
  checkBlockState,
  checkHash,
  checkInteger,
  checkReject,
  checkShare,
  checkWorker,
  checkWriteId,
  keptReason,
} from "./checks.ts";
import { StorageError } from "../../platform/database/mod.ts";
import type {
  BlockEvent,
  BlockRecord,
  MinerTotals,
  RejectCount,
  ShareRecord,
  Store,
  StoreTotals,
  WorkerRecord,
  WriteId,
} from "./store.ts";

/** Blocks are kept whole; at one in a few minutes this is a year of a large pool. */
const BLOCKS_MAX = 200_000;
/** As many workers as are remembered; the one saved longest ago goes first. */
const WORKERS_MAX = 100_000;
/** Miners with sums of their own. The first ones stay, later ones count in the totals only. */
const MINERS_MAX = 100_000;
/**
 * Heights whose share identities are kept. A replay of older work is refused as stale long before
 * it gets here; without this bound memory would grow with every share when nobody forgets them.
 */
const PROOF_HEIGHTS_MAX = 200;
/** Days of refused shares that are kept. */
const REJECT_DAYS_MAX = 400;

/**
 * Records that live as long as the process: for a pool that may write no file. It keeps sums, not
 * share rows, and the identities of the newest heights, so that its memory does not grow with time.
 */
export class MemoryStore implements Store {
  readonly #clock: Clock;
  readonly #proofs = new Map<number, Set<string>>();
  readonly #blocks = new Map<string, { block: BlockRecord; events: BlockEvent[] }>();
  readonly #workers = new Map<string, WorkerRecord>();
  readonly #miners = new Map<string, MinerTotals>();
  readonly #rejects = new Map<number, Record<RejectReason, number>>();
  readonly #sequences = new Map<string, number>();
  #shares = 0;
  #creditPicoZat = 0n;
  #closed = false;

  constructor(modules: { clock: Clock }) {
    this.#clock = modules.clock;
  }

  recordShares(batch: readonly ShareRecord[]): Promise<{ duplicates: number }> {
    return this.#do(() => {
      checkBatchLength(batch.length);
      batch.forEach(checkShare);
      let duplicates = 0;
      for (const share of batch) if (!this.#addShare(share)) duplicates++;
      return { duplicates };
    });
  }

  recordRejects(counts: readonly RejectCount[], id: WriteId): Promise<void> {
    return this.#do(() => {
      checkBatchLength(counts.length);
      counts.forEach(checkReject);
      checkWriteId(id);
      if ((this.#sequences.get(id.writer) ?? 0) >= id.sequence) return;
      this.#sequences.set(id.writer, id.sequence);
      for (const { day, reason, count } of counts) {
        const sums = this.#rejects.get(day) ?? noRejects();
        sums[reason] += count;
        this.#rejects.set(day, sums);
      }
      keepNewest(this.#rejects, REJECT_DAYS_MAX);
    });
  }

  recordBlock(block: BlockRecord): Promise<boolean> {
    return this.#do(() => {
      checkBlock(block);
      const key = bytesToHex(block.hash);
      if (this.#blocks.has(key)) return false;
      const kept = withState(
        {
          ...block,
          hash: block.hash.slice(),
          previousBlockHash: block.previousBlockHash.slice(),
        },
        block.state,
        block.reason,
      );
      this.#blocks.set(key, { block: kept, events: [event(block.foundAtMs, kept)] });
      keepNewest(this.#blocks, BLOCKS_MAX);
      return true;
    });
  }

  updateBlock(hash: Uint8Array, state: BlockState, reason?: string): Promise<boolean> {
    return this.#do(() => {
      checkHash("hash", hash);
      checkBlockState(state);
      const entry = this.#blocks.get(bytesToHex(hash));
      if (entry === undefined) return false;
      const moved = withState(entry.block, state, reason);
      if (!isChainState(entry.block.state) || isChainState(state)) entry.block = moved;
      entry.events.push(event(this.#clock.now(), moved));
      return true;
    });
  }

  blocks(limit: number, states?: readonly BlockState[]): Promise<BlockRecord[]> {
    return this.#do(() => {
      checkInteger("limit", limit, 1, 1_000);
      return [...this.#blocks.values()].reverse().map(({ block }) => block)
        .filter((block) => states?.includes(block.state) ?? true).slice(0, limit);
    });
  }

  blockEvents(hash: Uint8Array): Promise<BlockEvent[]> {
    return this.#do(() => [...this.#blocks.get(bytesToHex(hash))?.events ?? []]);
  }

  saveWorkers(workers: readonly WorkerRecord[]): Promise<void> {
    return this.#do(() => {
      checkBatchLength(workers.length);
      workers.forEach(checkWorker);
      for (const worker of workers) {
        const key = workerKey(worker.minerId, worker.workerName);
        const former = this.#workers.get(key);
        this.#workers.delete(key);
        this.#workers.set(key, { ...former, ...worker });
      }
      keepNewest(this.#workers, WORKERS_MAX);
    });
  }

  loadWorker(minerId: string, workerName: string): Promise<WorkerRecord | undefined> {
    return this.#do(() => this.#workers.get(workerKey(minerId, workerName)));
  }

  rejectsSince(day: number): Promise<Record<RejectReason, number>> {
    return this.#do(() => {
      const sums = noRejects();
      for (const [ofDay, counts] of this.#rejects) {
        if (ofDay < day) continue;
        for (const reason of Object.keys(sums) as RejectReason[]) sums[reason] += counts[reason];
      }
      return sums;
    });
  }

  totals(): Promise<StoreTotals> {
    return this.#do(() => ({
      shares: this.#shares,
      blocks: this.#blocks.size,
      creditPicoZat: this.#creditPicoZat,
    }));
  }

  minerTotals(minerId: string): Promise<MinerTotals | undefined> {
    return this.#do(() => this.#miners.get(minerId));
  }

  forgetProofs(belowHeight: number): Promise<number> {
    return this.#do(() => {
      let forgotten = 0;
      for (const [height, proofs] of this.#proofs) {
        if (height >= belowHeight) continue;
        for (const proof of proofs) {
          if (forgotten === BATCH_LENGTH_MAX) return forgotten;
          proofs.delete(proof);
          forgotten++;
        }
        this.#proofs.delete(height);
      }
      return forgotten;
    });
  }

  ping(): Promise<void> {
    return this.#do(() => {});
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #addShare(share: ShareRecord): boolean {
    const proofs = this.#proofs.get(share.height) ?? new Set();
    const key = bytesToHex(share.proofId);
    if (proofs.has(key)) return false;
    this.#proofs.set(share.height, proofs.add(key));
    if (this.#proofs.size > PROOF_HEIGHTS_MAX) {
      this.#proofs.delete(Math.min(...this.#proofs.keys()));
    }
    this.#shares++;
    this.#creditPicoZat += share.creditPicoZat;
    const miner = this.#miners.get(share.minerId);
    if (miner !== undefined || this.#miners.size < MINERS_MAX) {
      this.#miners.set(share.minerId, {
        minerId: share.minerId,
        shares: (miner?.shares ?? 0) + 1,
        creditPicoZat: (miner?.creditPicoZat ?? 0n) + share.creditPicoZat,
        lastShareMs: Math.max(miner?.lastShareMs ?? 0, share.timestampMs),
      });
    }
    return true;
  }

  /** Runs a call as a whole; what it throws becomes a rejection, as callers of a store expect. */
  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async #do<T>(call: () => T): Promise<T> {
    if (this.#closed) throw new StorageError("closed", "Cannot use the records: they are closed");
    return call();
  }
}

function withState(block: BlockRecord, state: BlockState, reason?: string): BlockRecord {
  const { reason: _former, ...rest } = block;
  const kept = keptReason(reason);
  return { ...rest, state, ...(kept === undefined ? {} : { reason: kept }) };
}

function workerKey(minerId: string, workerName: string): string {
  // Neither part can hold a line feed.
  return `${minerId}\n${workerName}`;
}

function event(atMs: number, block: { state: BlockState; reason?: string }): BlockEvent {
  return {
    atMs,
    state: block.state,
    ...(block.reason === undefined ? {} : { reason: block.reason }),
  };
}

function noRejects(): Record<RejectReason, number> {
  return { stale: 0, duplicate: 0, invalid: 0, low_diff: 0 };
}

/** Drops the entries that were added first until at most `max` are left. */
function keepNewest<K, V>(map: Map<K, V>, max: number): void {
  for (const key of map.keys()) {
    if (map.size <= max) return;
    map.delete(key);
  }
}
