import {
  DECLARED_SHARES_MAX,
  DeclaredShareError,
  type PushSolution,
  type SubmitSharesJd,
  SubmitSharesJdResponse,
} from "../../wire/protocol/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import {
  OVER_LIMIT_PAUSE_MS,
  PendingVerdicts,
  REJECTS,
  type ShareAllowance,
  type ShareFault,
  type ShareProcessor,
  type ShareVerdict,
} from "../shares/mod.ts";
import { type Clock, type Conduct, sleep } from "../../base/mod.ts";
import type { DeclaredJobs } from "./declared_jobs.ts";

/** Shares of one connection in the verifier from which on nothing more is read from it. */
const VERDICTS_UNDER_WAY_MAX = 256;

/** What declarers are told of a fault. */
const FIRST_ERRORS: Readonly<Record<ShareFault, DeclaredShareError>> = {
  unknown_channel: DeclaredShareError.unknownJob,
  unknown_job: DeclaredShareError.unknownJob,
  stale: DeclaredShareError.staleJob,
  nonce_length: DeclaredShareError.invalidSolution,
  time: DeclaredShareError.staleJob,
  low_difficulty: DeclaredShareError.lowDifficulty,
  duplicate: DeclaredShareError.duplicate,
  invalid_solution: DeclaredShareError.invalidSolution,
  // The protocol has no word for it; a miner sees it as a share that came late.
  overloaded: DeclaredShareError.staleJob,
  rate_limited: DeclaredShareError.staleJob,
};

type DeclaredShare = SubmitSharesJd["shares"][number];

/** What the shares of a connection are judged by. */
interface ShareBatchesParts {
  readonly connection: FrameConnection;
  readonly jobs: DeclaredJobs;
  readonly shares: ShareProcessor;
  readonly allowance: ShareAllowance;
  readonly clock: Clock;
  readonly conduct: Conduct | undefined;
}

/** Takes the shares of one declarer and answers each batch when its last verdict is there. */
export class ShareBatches {
  readonly #parts: ShareBatchesParts;
  /** More came since the last reading than may. */
  #isOverLimit = false;
  readonly #underWay = new PendingVerdicts(VERDICTS_UNDER_WAY_MAX);

  constructor(parts: ShareBatchesParts) {
    this.#parts = parts;
    void parts.connection.closed.then(() => this.#underWay.abandon());
  }

  /** Shares that are being verified. */
  get pending(): number {
    return this.#underWay.count;
  }

  /** Resolves when further shares may be read; undefined when that is now. */
  room(): Promise<void> | undefined {
    if (!this.#isOverLimit) return this.#underWay.room();
    this.#isOverLimit = false;
    return sleep(this.#parts.clock, OVER_LIMIT_PAUSE_MS).then(() => this.#underWay.room());
  }

  /** Whether a batch has as many shares as it may. */
  static fits({ shares: { length } }: SubmitSharesJd): boolean {
    return length >= 1 && length <= DECLARED_SHARES_MAX;
  }

  /** Has a batch judged. */
  submit({ channelId, requestId, jobId, shares }: SubmitSharesJd): void {
    const found = this.#parts.jobs.find(jobId);
    const isMismatch = found !== undefined && found.job.channelId !== channelId;
    const answer = (errors: readonly DeclaredShareError[]): void => {
      const wrong = errors.filter((error) => error !== DeclaredShareError.none);
      this.#parts.connection.send(SubmitSharesJdResponse.encode({
        channelId,
        requestId,
        accepted: errors.length - wrong.length,
        rejected: wrong.length,
        firstError: wrong[0] ?? DeclaredShareError.none,
      }));
    };
    if (isMismatch) {
      for (const _ of shares) this.#parts.shares.refuse("unknown_channel");
      return answer(shares.map(() => DeclaredShareError.channelMismatch));
    }
    const verdicts = shares.map((share) => this.#count(jobId, this.#judge(jobId, share)));
    void Promise.all(verdicts).then((settled) => answer(settled.map(errorOf)));
  }

  /** A solution is a share too, and counts once: whichever way it comes first. */
  push({ channelId, jobId, ...share }: PushSolution): void {
    const found = this.#parts.jobs.find(jobId);
    if (found === undefined || found.job.channelId !== channelId) {
      this.#parts.shares.refuse("unknown_job");
      return;
    }
    void this.#count(jobId, this.#judge(jobId, share));
  }

  #judge(
    jobId: number,
    { version, nonce, ...share }: DeclaredShare,
  ): ShareVerdict | Promise<ShareVerdict> {
    const { allowance, clock, connection, jobs, shares } = this.#parts;
    const isOverLimit = !allowance.take(clock.monotonic());
    if (isOverLimit) this.#isOverLimit = true;
    const found = jobs.find(jobId);
    if (found === undefined) return shares.refuse("unknown_job");
    const { job, isPaid } = found;
    if (version !== job.work.template.version) return shares.refuse("stale");
    const submission = { ...share, jobId, nonce2: nonce, isOverLimit };
    return isPaid
      ? shares.submit(job, connection, submission)
      : shares.submitLate(job, connection, submission, job.miner);
  }

  async #count(
    jobId: number,
    verdict: ShareVerdict | Promise<ShareVerdict>,
  ): Promise<ShareVerdict> {
    const miner = this.#parts.jobs.find(jobId)?.job.miner;
    this.#underWay.begin();
    const settled = await verdict;
    this.#underWay.end();
    if (miner !== undefined) this.#tell(miner.minerId, settled);
    return settled;
  }

  /** Tells how its declarer behaves. */
  #tell(identity: string, verdict: ShareVerdict): void {
    const { connection, conduct } = this.#parts;
    const peer = { address: connection.remoteAddress, connection, identity };
    if (verdict.kind === "accepted") return conduct?.credited(peer);
    const { reason } = verdict;
    if (reason === "rate_limited") conduct?.limited("max_shares_per_second", peer.address);
    if (REJECTS[reason].isMisconduct) conduct?.fault({ ...peer, kind: "share", code: reason });
  }
}

function errorOf(verdict: ShareVerdict): DeclaredShareError {
  return verdict.kind === "accepted" ? DeclaredShareError.none : FIRST_ERRORS[verdict.reason];
}
