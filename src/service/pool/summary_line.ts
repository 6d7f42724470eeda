import type { Clock, Logger } from "../../base/mod.ts";
import type { PoolEvent } from "./events.ts";

/** One line a minute. */
const EVERY_MS = 60_000;

/** What a summary is made from beside the events, asked for when the line is due. */
export interface SummarySources {
  readonly connections: () => number;
  readonly channels: () => number;
  /** Solutions a second. */
  readonly hashRate: () => number;
  /** Height that is worked on; undefined while there is no work. */
  readonly height: () => number | undefined;
}

/** Says once a minute what goes on: the line that an operator reads first. */
export class SummaryLine {
  readonly #clock: Clock;
  readonly #logger: Logger;
  #cancel: () => void = () => {};
  #accepted = 0;
  #rejected = 0;
  #lastBlock: { readonly height: number; readonly atMs: number } | undefined;

  constructor(modules: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = modules.clock;
    this.#logger = modules.logger;
  }

  /** Counts what the pool reports. */
  take(event: PoolEvent): void {
    if (event.kind === "share_accepted") this.#accepted++;
    else if (event.kind === "share_rejected") this.#rejected++;
    else if (event.kind === "block_found") {
      this.#lastBlock = { height: event.height, atMs: this.#clock.now() };
    }
  }

  /** Begins to write lines. */
  begin(sources: SummarySources): void {
    this.#cancel = this.#clock.after(EVERY_MS, () => {
      this.#write(sources);
      this.begin(sources);
    });
  }

  /** Ends them. */
  close(): void {
    this.#cancel();
  }

  #write({ connections, channels, hashRate, height }: SummarySources): void {
    const last = this.#lastBlock;
    this.#logger.log("info", "summary", "the last minute", {
      connections: connections(),
      channels: channels(),
      hashrate_sol_s: Math.round(hashRate() * 100) / 100,
      shares_accepted: this.#accepted,
      shares_rejected: this.#rejected,
      height: height() ?? null,
      ...(last === undefined ? {} : {
        last_block: last.height,
        last_block_at: new Date(last.atMs).toISOString(),
      }),
    });
    this.#accepted = 0;
    this.#rejected = 0;
  }
}
