import { Session } from "node:inspector";

/** A range of the source that ran, as V8 names it. */
interface CoverageRange {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly CoverageRange[] }[];
}

/**
 * Which blocks of `src/` have run, told by the engine itself. An input that reaches a new block is
 * worth to be changed further.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#post("Profiler.enable");
    await coverage.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    await coverage.news();
    return coverage;
  }

  /** Blocks that ever ran. */
  get size(): number {
    return this.#seen.size;
  }

  /** How many blocks ran since the last call and never before. */
  async news(): Promise<number> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as {
      result: ScriptCoverage[];
    };
    const before = this.#seen.size;
    for (const { url, functions } of result) {
      if (!url.includes("/src/")) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) this.#seen.add(`${url}:${startOffset}:${endOffset}`);
        }
      }
    }
    return this.#seen.size - before;
  }

  stop(): void {
    this.#session.disconnect();
  }

  #post(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#session.post(
        method,
        params,
        (error: unknown, result: unknown) => error ? reject(error) : resolve(result),
      );
    });
  }
}
