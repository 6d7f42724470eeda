import type { Clock, Logger, RejectReason } from "../../base/mod.ts";
import type { MinerIdentity } from "../../mining/channels/mod.ts";
import { HashRate } from "../../platform/observability/mod.ts";
import type { PoolEvent } from "./events.ts";
import { NoticeAllowance } from "./notice_allowance.ts";

/** Workers whose shares are counted by themselves; the one that was silent longest is forgotten. */
const WORKERS_MAX = 20_000;
/** Parts of the ten minutes that a worker's rate covers. */
const RATE_PARTS = 10;
/** Shares in a row of which most have to be refused before the operator is told. */
const SAMPLE = 20;

/** What a worker's shares came to since the process started. */
export interface WorkerActivity {
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  /** Unix milliseconds of the last accepted share. */
  readonly lastShareMs: number | undefined;
  /** Solutions a second over ten minutes. */
  readonly solutionsPerSecond: number;
}

interface Counted {
  accepted: number;
  readonly rejected: Record<RejectReason, number>;
  lastShareMs: number | undefined;
  readonly rate: HashRate;
  /** The shares since the last judgement. */
  sample: { shares: number; refused: Record<RejectReason, number> };
}

/** Counts the shares of each worker while the process runs, and logs whose are mostly refused. */
export class MinerActivity {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #workers = new Map<string, Counted>();
  readonly #allowance: NoticeAllowance;

  constructor(modules: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = modules.clock;
    this.#logger = modules.logger;
    this.#allowance = new NoticeAllowance(modules.clock);
  }

  /** Takes what the pool reports of shares; other events do not concern it. */
  take(event: PoolEvent): void {
    if (event.kind === "share_accepted") {
      const worker = this.#worker(event.miner);
      worker.accepted++;
      worker.lastShareMs = this.#clock.now();
      worker.rate.add(event.work, this.#clock.monotonic());
      this.#judge(worker, event.miner);
    } else if (event.kind === "share_rejected" && event.miner !== undefined) {
      const worker = this.#worker(event.miner);
      worker.rejected[event.reason]++;
      worker.sample.refused[event.reason]++;
      this.#judge(worker, event.miner);
    }
  }

  /** A worker's shares; undefined where none came since the start, or long ago. */
  of(miner: MinerIdentity): WorkerActivity | undefined {
    const worker = this.#workers.get(keyOf(miner));
    if (worker === undefined) return undefined;
    const { accepted, rejected, lastShareMs, rate } = worker;
    const solutionsPerSecond = rate.solutionsPerSecond(this.#clock.monotonic());
    return { accepted, rejected: { ...rejected }, lastShareMs, solutionsPerSecond };
  }

  /** The worker as the one that was heard last. */
  #worker(miner: MinerIdentity): Counted {
    const key = keyOf(miner);
    const worker = this.#workers.get(key) ?? {
      ...{ accepted: 0, rejected: none(), lastShareMs: undefined },
      rate: new HashRate({ buckets: RATE_PARTS }),
      sample: { shares: 0, refused: none() },
    };
    this.#workers.delete(key);
    this.#workers.set(key, worker);
    for (const oldest of this.#workers.keys()) {
      if (this.#workers.size <= WORKERS_MAX) break;
      this.#workers.delete(oldest);
    }
    return worker;
  }

  #judge(worker: Counted, miner: MinerIdentity): void {
    const { sample } = worker;
    if (++sample.shares < SAMPLE) return;
    worker.sample = { shares: 0, refused: none() };
    const refused = Object.values(sample.refused).reduce((sum, count) => sum + count, 0);
    if (refused * 2 <= sample.shares) return;
    if (this.#allowance.ask(keyOf(miner)) === undefined) return;
    const message = `most shares of a miner are refused: ${refused} of the last ${sample.shares}`;
    const user = keyOf(miner);
    this.#logger.log("info", "shares_mostly_refused", message, { user, ...sample.refused });
  }
}

function keyOf({ minerId, workerName }: MinerIdentity): string {
  return workerName === "" ? minerId : `${minerId}.${workerName}`;
}

function none(): Record<RejectReason, number> {
  return { stale: 0, duplicate: 0, invalid: 0, low_diff: 0 };
}
