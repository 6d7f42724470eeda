import {
  type Clock,
  type Counter,
  type CounterBy,
  displayHash,
  type Logger,
  PoolError,
  reasonOf,
  type RejectReason,
} from "../../base/mod.ts";
import type { BlockOutcome, BlockSubmitter, FoundBlock } from "../../chain/blocks/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { MinerIdentity } from "../../mining/channels/mod.ts";
import { ppsCredit, type Scheme } from "../ledger/mod.ts";
import {
  type AcceptedShare,
  type BlockCandidate,
  type RejectedShare,
  REJECTS,
  type ShareFault,
  type ShareSink,
} from "../../mining/shares/mod.ts";
import { coinbaseTxidOf, difficultyOfTarget } from "../../chain/zcash/mod.ts";
import type { RecordWriter } from "./record_writer.ts";
import type { ShareTerms } from "./records.ts";

/** What becomes of shares and of the blocks among them. */
export type ShareEvent =
  | {
    readonly kind: "share_accepted";
    readonly miner: MinerIdentity;
    /** Expected solutions behind the share. */
    readonly work: bigint;
    readonly difficulty: number;
    readonly jobId: number;
    readonly height: number;
    /** 10^-12 zatoshis. */
    readonly creditPicoZat: bigint;
    readonly isBlock: boolean;
  }
  | {
    readonly kind: "share_rejected";
    readonly miner: MinerIdentity | undefined;
    readonly reason: RejectReason;
    readonly fault: ShareFault;
  }
  | { readonly kind: "block_found"; readonly height: number; readonly hash: Uint8Array }
  | { readonly kind: "block_outcome"; readonly outcome: BlockOutcome };

/** What this process counted since its start. */
export interface ShareTotals {
  readonly accepted: number;
  readonly rejected: Readonly<Record<RejectReason, number>>;
  readonly blocksFound: number;
  readonly blocksAccepted: number;
  /** 10^-12 zatoshis credited to miners. */
  readonly creditPicoZat: bigint;
}

/** What the recorder counts for the operator's metrics. */
export interface ShareCounters {
  readonly accepted: Counter;
  readonly rejected: CounterBy<RejectReason>;
  readonly blocksFound: Counter;
  /** For each accepted share the chance that it meets the network target: 0 to 1. */
  readonly blocksExpected: Counter;
}

/** What the recorder works with. */
export interface ShareRecorderModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly writer: RecordWriter;
  readonly submitter: BlockSubmitter;
  /** Work of accepted shares, for the hash rate. */
  readonly hashRate: { add(work: bigint): void };
  readonly metrics: ShareCounters;
  readonly scheme: Scheme;
  readonly feePpm: number;
  readonly emit: (event: ShareEvent) => void;
}

/** Where verdicts become records, credits, blocks and events; every share is counted here, once. */
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

  accepted({ miner, job, hash, isBlock }: AcceptedShare): boolean {
    const { clock, writer, hashRate, metrics, emit } = this.#modules;
    const { template } = job;
    const terms = this.#termsOf(template);
    const creditPicoZat = ppsCredit({
      shareTarget: job.target,
      networkTarget: terms.networkTarget,
      subsidyZat: terms.rewardZat,
      feePpm: terms.feePpm,
    });
    const target = this.#countedTarget(job);
    const difficulty = difficultyOfTarget(target);
    const taken = writer.offer({
      ...miner,
      proofId: hash,
      target,
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
    metrics.accepted.increment();
    metrics.blocksExpected.increment(chanceOfBlock(job.target, template.networkTarget));
    this.#creditPicoZat += creditPicoZat;
    hashRate.add(job.work);
    emit({
      kind: "share_accepted",
      miner,
      work: job.work,
      difficulty,
      jobId: job.jobId,
      height: template.height,
      creditPicoZat,
      isBlock,
    });
    return true;
  }

  blockFound({ miner, template, hash, header, stale }: BlockCandidate): void {
    const { clock, logger, submitter, metrics, emit } = this.#modules;
    const { minerId, workerName } = miner;
    const { height, previousBlockHash, minerValueZat: valueZat, feesZat } = template;
    // Its row is written when the submitter says that it is on its way, as after a restart.
    submitter.submit({
      hash,
      height,
      previousBlockHash,
      block: template.encodeBlock(header),
      minerId,
      foundAt: clock.now(),
      worth: { workerName, valueZat, feesZat },
    });
    this.#blocksFound++;
    metrics.blocksFound.increment();
    logger.log("info", "block_found", `block found at height ${height}${stale ? ", stale" : ""}`, {
      height,
      hash: displayHash(hash),
      stale,
    });
    emit({ kind: "block_found", height, hash });
  }

  rejected({ miner, fault }: RejectedShare): void {
    const { metrics, emit } = this.#modules;
    const reason = REJECTS[fault].rejectReason;
    this.#rejected[reason]++;
    metrics.rejected.increment(reason);
    emit({ kind: "share_rejected", miner, reason, fault });
  }

  /** Pay per share is paid for by the value in the terms; else the work itself counts for less. */
  #countedTarget({ target, creditTarget = target }: AcceptedShare["job"]): bigint {
    return this.#modules.scheme === "pps" ? target : creditTarget;
  }

  /** Only pay per share owes something for the share itself; the other schemes divide blocks. */
  #termsOf({ networkTarget, minerValueZat, feesZat }: JobTemplate): ShareTerms {
    const { scheme, feePpm } = this.#modules;
    return { networkTarget, rewardZat: scheme === "pps" ? minerValueZat - feesZat : 0n, feePpm };
  }

  /** Fulfilled when the books have it. */
  #settled(outcome: BlockOutcome): Promise<void> {
    const { emit } = this.#modules;
    if (outcome.state === "submitted") return this.#recordBlock(outcome.found);
    if (outcome.state === "accepted") this.#blocksAccepted++;
    const kept = this.#updateBlock(outcome);
    emit({ kind: "block_outcome", outcome });
    return kept;
  }

  /** Of a block that an earlier run has found the row is there, or was never written. */
  #recordBlock({ worth, block: bytes, foundAt, ...found }: FoundBlock): Promise<void> {
    if (worth === undefined) return Promise.resolve();
    const coinbaseTxid = coinbaseTxidOf(bytes);
    const block = {
      ...found,
      ...worth,
      foundAtMs: foundAt,
      state: "submitted",
      ...(coinbaseTxid === undefined ? {} : { coinbaseTxid }),
    } as const;
    return this.#alarmed(this.#modules.writer.recordBlock(block));
  }

  /** Holds no bytes of the block while the records are away. */
  #updateBlock({ hash, state, reason, found: { worth } }: BlockOutcome): Promise<void> {
    const written = this.#modules.writer.updateBlock(hash, state, reason).then((known) => {
      if (!known) throw new PoolError("unknown-block", `${displayHash(hash)} has no row`);
    });
    const kept = this.#alarmed(written);
    // Telling again would not help: only an earlier version's spool says nothing of the worth.
    return worth === undefined ? kept.catch(() => {}) : kept;
  }

  async #alarmed(kept: Promise<unknown>): Promise<void> {
    try {
      await kept;
    } catch (error) {
      const message = `a found block is not in the books: ${reasonOf(error)}`;
      this.#modules.logger.log("error", "block_not_recorded", message);
      throw error;
    }
  }
}

/** How often a solution that meets the share's target meets the network's as well. For display only. */
function chanceOfBlock(shareTarget: bigint, networkTarget: bigint): number {
  return shareTarget <= networkTarget ? 1 : Number(networkTarget) / Number(shareTarget);
}
