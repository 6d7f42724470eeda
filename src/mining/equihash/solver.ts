import { HEADER_PREFIX_LENGTH, NONCE_LENGTH, SOLUTION_LENGTH } from "../../base/mod.ts";
import { solverModule } from "../../../wasm/modules.js";
import glueText from "../../../wasm/pkg/equihash_solver.js" with { type: "text" };
import { SolverError } from "./errors.ts";
import { serveSolver, type SolutionsMessage, type ToSolver } from "./_solver_worker.ts";
import { spawnFromSource, type SpawnWorker, type WorkerPort } from "./_worker_port.ts";

/** What is to be solved: a header but for its solution. */
export interface SolveRequest {
  /** Version to nBits, 108 bytes. */
  readonly headerPrefix: Uint8Array;
  /** 32 bytes. */
  readonly nonce: Uint8Array;
}

/** Finds Equihash (200,9) solutions in a thread of its own, with 150 MB of memory. */
export interface Solver {
  /**
   * Finds all solutions of one nonce (1.88 on average, often none), in about a second. One call
   * at a time: between two the caller may stop or change to another job.
   *
   * @returns solutions of 1,344 bytes.
   * @throws {SolverError} when a call is under way, the thread fails, or the solver is closed.
   * @throws {RangeError} when a part of the request has another length.
   */
  solve(request: SolveRequest): Promise<Uint8Array[]>;
  /** Ends the thread; a call under way is rejected. */
  close(): void;
}

/**
 * Makes a solver; its thread starts with the first call and again after a failure.
 *
 * @param modules `spawn` makes the thread; tests replace it.
 */
export function createSolver(
  modules: { readonly spawn?: SpawnWorker<ToSolver, SolutionsMessage> } = {},
): Solver {
  return new WorkerSolver(
    modules.spawn ?? ((handlers) => spawnFromSource(solverWorkerSource(), handlers)),
  );
}

function solverWorkerSource(): string {
  return `${glueText}\n(${serveSolver.toString()})(self, { initSync, solve });\n`;
}

class WorkerSolver implements Solver {
  readonly #spawn: SpawnWorker<ToSolver, SolutionsMessage>;
  #port: WorkerPort<ToSolver> | undefined;
  #underWay: PromiseWithResolvers<Uint8Array[]> | undefined;
  #closed = false;

  constructor(spawn: SpawnWorker<ToSolver, SolutionsMessage>) {
    this.#spawn = spawn;
  }

  solve({ headerPrefix, nonce }: SolveRequest): Promise<Uint8Array[]> {
    checkLength("header prefix", headerPrefix, HEADER_PREFIX_LENGTH);
    checkLength("nonce", nonce, NONCE_LENGTH);
    if (this.#closed) return Promise.reject(new SolverError("the solver was closed"));
    if (this.#underWay !== undefined) {
      return Promise.reject(new SolverError("another nonce is being solved"));
    }
    this.#underWay = Promise.withResolvers();
    this.#port ??= this.#start();
    this.#port.post({ kind: "solve", headerPrefix, nonce });
    return this.#underWay.promise;
  }

  close(): void {
    this.#closed = true;
    this.#end("the solver was closed");
  }

  #start(): WorkerPort<ToSolver> {
    const port = this.#spawn({
      message: ({ solutions }) => {
        const { resolve } = this.#underWay ?? Promise.withResolvers();
        this.#underWay = undefined;
        resolve(split(solutions));
      },
      death: (reason) => this.#end(reason),
    });
    port.post({ kind: "start", module: solverModule });
    return port;
  }

  #end(reason: string): void {
    this.#port?.terminate();
    this.#port = undefined;
    const underWay = this.#underWay;
    this.#underWay = undefined;
    underWay?.reject(new SolverError(reason));
  }
}

function checkLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new RangeError(`Cannot solve: ${what} of ${length} bytes expected, got ${bytes.length}`);
  }
}

function split(solutions: Uint8Array): Uint8Array[] {
  return Array.from(
    { length: solutions.length / SOLUTION_LENGTH },
    (_, i) => solutions.slice(i * SOLUTION_LENGTH, (i + 1) * SOLUTION_LENGTH),
  );
}
