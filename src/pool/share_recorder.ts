import {
  type Clock,
  type Counter,
  displayHash,
  type Logger,
  reasonOf,
  type RejectReason,
} from "../base/mod.ts";
import type { BlockOutcome, BlockSubmitter } from "../blocks/mod.ts";
import type { MinerIdentity } from "../channels/mod.ts";
import type { JobTemplate } from "../jobs/mod.ts";
import { ppsCredit, type Scheme } from "../ledger/mod.ts";
import {
  type AcceptedShare,
  type BlockCandidate,
  REJECTS,
  type ShareFault,
  type ShareSink,
} from "../shares/mod.ts";
import type { RecordWriter, ShareTerms } from "../storage/mod.ts";
import { difficultyOfTarget } from "../zcash/mod.ts";
import type { PoolEvent } from "./events.ts";

/** What this process counted since its start. */
export interface ShareTotals {
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly blocksFound: number;
  readonly blocksAccepted: number;
  /** 10^-12 zatoshis credited to miners. */
  readonly creditPicoZat: bigint;
}

/** What the recorder works with. */
export interface ShareRecorderModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: RecordWriter;
  readonly submitter: BlockSubmitter;
  /** Work of accepted shares, for the hash rate. */
  readonly hashRate: { add(work: bigint): void };
  readonly blocksFound: Counter;
  readonly scheme: Scheme;
  readonly feePpm: number;
  readonly emit: (event: PoolEvent) => void;
}

/** Where verdicts become records, credits, blocks and events. */
export class ShareRecorder implements ShareSink {
  readonly #modules: ShareRecorderModules;
  #accepted = 0;
  readonly #rejected: Record<RejectReason, number> = {
    stale: 0,
    duplicate: 0,
    invalid: 0,
    low_diff: 0,
  };
  #blocksFound = 0;
  #blocksAccepted = 0;
  #creditPicoZat = 0n;

  constructor(modules: ShareRecorderModules) {
    this.#modules = modules;
    modules.submitter.outcomes((outcome) => this.#settled(outcome));
  }

  /** Counts since the start of the process. */
  get totals(): ShareTotals {
    return {
      accepted: this.#accepted,
      rejected: { ...this.#rejected },
      blocksFound: this.#blocksFound,
      blocksAccepted: this.#blocksAccepted,
      creditPicoZat: this.#creditPicoZat,
    };
  }

  ready(): boolean {
    return this.#modules.writer.accepting;
  }

  accepted({ channel, job, hash, isBlock }: AcceptedShare): boolean {
    const { clock, writer, hashRate, emit } = this.#modules;
    const { template } = job;
    const terms = this.#termsOf(template);
    const creditPicoZat = ppsCredit({
      shareTarget: job.target,
      networkTarget: terms.networkTarget,
      subsidyZat: terms.rewardZat,
      feePpm: terms.feePpm,
    });
    const difficulty = difficultyOfTarget(job.target);
    const taken = writer.offer({
      ...channel.miner,
      proofId: hash,
      target: job.target,
      difficulty,
      jobId: job.jobId,
      height: template.height,
      timestampMs: clock.now(),
      isBlock,
      creditPicoZat,
      terms,
    });
    // Room was promised before the share was verified; a burst of verdicts may have used it up.
    if (!taken) return false;
    this.#accepted++;
    this.#creditPicoZat += creditPicoZat;
    hashRate.add(job.work);
    emit({
      kind: "share_accepted",
      miner: channel.miner,
      work: job.work,
      difficulty,
      creditPicoZat,
      isBlock,
    });
    return true;
  }

  blockFound({ channel, template, hash, header, stale }: BlockCandidate): void {
    const { clock, logger, writer, submitter, emit } = this.#modules;
    const { minerId, workerName } = channel.miner;
    const { height, previousBlockHash } = template;
    const foundAt = clock.now();
    submitter.submit({
      hash,
      height,
      previousBlockHash,
      block: template.encodeBlock(header),
      minerId,
      foundAt,
    });
    this.#blocksFound++;
    this.#modules.blocksFound.increment();
    logger.log("info", "block_found", `block found at height ${height}${stale ? ", stale" : ""}`, {
      height,
      hash: displayHash(hash),
      stale,
    });
    writer.recordBlock({
      hash,
      height,
      previousBlockHash,
      minerId,
      workerName,
      foundAtMs: foundAt,
      state: "submitted",
      valueZat: template.minerValueZat,
      feesZat: template.feesZat,
    }).catch((error) => this.#alarm("block_not_recorded", reasonOf(error)));
    emit({ kind: "block_found", height, hash });
  }

  /** Counts a refused share. */
  rejected(miner: MinerIdentity | undefined, fault: ShareFault): void {
    const reason = REJECTS[fault].rejectReason;
    this.#rejected[reason]++;
    this.#modules.writer.countReject(miner?.minerId ?? "", reason);
    this.#modules.emit({ kind: "share_rejected", miner, reason, fault });
  }

  /** Only pay per share owes something for the share itself; the other schemes divide blocks. */
  #termsOf({ networkTarget, minerValueZat, feesZat }: JobTemplate): ShareTerms {
    const { scheme, feePpm } = this.#modules;
    return { networkTarget, rewardZat: scheme === "pps" ? minerValueZat - feesZat : 0n, feePpm };
  }

  #settled(outcome: BlockOutcome): void {
    const { writer, emit } = this.#modules;
    if (outcome.state === "submitted") return;
    if (outcome.state === "accepted") this.#blocksAccepted++;
    writer.updateBlock(outcome.hash, outcome.state, outcome.reason)
      .catch((error) => this.#alarm("block_not_recorded", reasonOf(error)));
    emit({ kind: "block_outcome", outcome });
  }

  #alarm(event: string, message: string): void {
    this.#modules.logger.log("error", event, message);
  }
}
