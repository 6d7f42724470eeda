import type { WorkerRecord } from "./records.ts";

/**
 * Workers that are noted and not written yet: several times the default of 10,000 connections.
 * Beyond it the one noted longest ago is forgotten: it starts again from the initial difficulty.
 */
const WORKERS_MAX = 50_000;

/** The latest state of workers between writes. */
export class WorkerMemory {
  readonly #noted = new Map<string, WorkerRecord>();

  note(worker: WorkerRecord): void {
    const { minerId, workerName, target, difficulty } = worker;
    const key = `${minerId}\n${workerName}`;
    const lastShareMs = worker.lastShareMs ?? this.#noted.get(key)?.lastShareMs;
    this.#noted.delete(key);
    this.#noted.set(key, {
      minerId,
      workerName,
      target,
      difficulty,
      ...(lastShareMs === undefined ? {} : { lastShareMs }),
    });
    if (this.#noted.size <= WORKERS_MAX) return;
    for (const oldest of this.#noted.keys()) {
      this.#noted.delete(oldest);
      break;
    }
  }

  find(minerId: string, workerName: string): WorkerRecord | undefined {
    return this.#noted.get(`${minerId}\n${workerName}`);
  }

  /** Those noted longest ago, at most `limit`. */
  next(limit: number): WorkerRecord[] {
    const workers: WorkerRecord[] = [];
    for (const worker of this.#noted.values()) {
      if (workers.length >= limit) break;
      workers.push(worker);
    }
    return workers;
  }

  /** Forgets these unless they were noted again while they were being written. */
  written(workers: readonly WorkerRecord[]): void {
    for (const worker of workers) {
      const key = `${worker.minerId}\n${worker.workerName}`;
      if (this.#noted.get(key) === worker) this.#noted.delete(key);
    }
  }
}
