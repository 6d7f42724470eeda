import {
  type Clock,
  compareLe256,
  type Histogram,
  NONCE_LENGTH,
  u256ToLe,
} from "../../base/mod.ts";
import type { ChannelJob, MinerIdentity } from "../channels/mod.ts";
import type { EquihashVerifier, ShareSource } from "../equihash/mod.ts";
import type { JobBook, JobTemplate } from "../../chain/jobs/mod.ts";
import { sha256d } from "../../chain/zcash/mod.ts";
import type { DuplicateClaims } from "./duplicate_claims.ts";
import type { ShareLine } from "./share_line.ts";
import { encodeHeader } from "./solved_header.ts";
import type { ShareFault, ShareVerdict } from "./verdict.ts";

/** A share as the miner sent it, decoded. */
export interface ShareSubmission {
  readonly jobId: number;
  /** The nonce after nonce_1. */
  readonly nonce2: Uint8Array;
  /** Header time, Unix seconds. */
  readonly time: number;
  /** 1,344 bytes. */
  readonly solution: Uint8Array;
  /** Who found it, where several miners share a channel; else the channel's own miner. */
  readonly miner?: MinerIdentity;
  /** Its connection has sent more shares than it may: only a block is verified. */
  readonly isOverLimit?: boolean;
}

/** A share that is credited. */
export interface AcceptedShare {
  readonly miner: MinerIdentity;
  readonly job: ChannelJob;
  /** Header hash in internal order. */
  readonly hash: Uint8Array;
  readonly isBlock: boolean;
}

/** A share that is not credited. */
export interface RejectedShare {
  /** Undefined where the share names no channel that is open. */
  readonly miner: MinerIdentity | undefined;
  readonly fault: ShareFault;
}

/** A header that meets the network's target, with its solution verified. */
export interface BlockCandidate {
  readonly miner: MinerIdentity;
  readonly template: JobTemplate;
  /** Header hash in internal order. */
  readonly hash: Uint8Array;
  /** 1,487 bytes. */
  readonly header: Uint8Array;
  /** The parent is no longer the tip; the block is sent all the same. */
  readonly stale: boolean;
}

/**
 * Where verdicts go before the miner is answered, each once: shares are counted there and nowhere
 * else. The calls are synchronous and do not throw.
 */
export interface ShareSink {
  /** False while nothing more can be recorded: then shares are refused before they are checked. */
  ready(): boolean;
  /** False when it could not be recorded after all: then it is refused and not acknowledged. */
  accepted(share: AcceptedShare): boolean;
  rejected(share: RejectedShare): void;
  blockFound(candidate: BlockCandidate): void;
}

/** What this room measures. */
export interface ShareMetrics {
  /** From the decoded share to its verdict. */
  readonly validationSeconds: Histogram;
}

/** What the processor works with. */
export interface ShareModules {
  readonly verifier: EquihashVerifier;
  readonly book: JobBook;
  readonly duplicates: DuplicateClaims;
  readonly sink: ShareSink;
  readonly clock: Clock;
  readonly metrics: ShareMetrics;
}

/**
 * Judges shares: cheap checks first, the Equihash solution last, the duplicate check once more
 * with effect after it.
 *
 * Whether a job is alive is judged when its share arrives: a block that comes in while the share is
 * being verified does not take it away from the miner. A header that meets the network's target
 * passes every limit and is handed on even when its job has just died, or is not known under the id
 * that the miner gives; then it is not paid.
 */
export class ShareProcessor {
  readonly #modules: ShareModules;

  constructor(modules: ShareModules) {
    this.#modules = modules;
  }

  /**
   * @param source the connection, for fairness in the verifier.
   * @returns the verdict at once where a cheap check decides, else a promise that never rejects.
   */
  submit(
    channel: ShareLine,
    source: ShareSource,
    share: ShareSubmission,
  ): ShareVerdict | Promise<ShareVerdict> {
    return this.#timed(share.miner ?? channel.miner, () => this.#judge(channel, source, share));
  }

  /**
   * A share that nobody is credited for, as of a channel that was closed while it was on its way: it
   * earns nothing, and a block is handed on all the same. Arguments and result are those of {@link submit}.
   *
   * @param countedFor among whose refused shares it counts; undefined where that is nobody here.
   */
  submitLate(
    channel: ShareLine,
    source: ShareSource,
    share: ShareSubmission,
    countedFor: MinerIdentity | undefined,
  ): ShareVerdict | Promise<ShareVerdict> {
    return this.#timed(
      countedFor,
      () => this.#judge(channel, source, share, "unknown_channel"),
    );
  }

  /** Rejects a share that names no channel. */
  refuse(fault: ShareFault): ShareVerdict {
    return this.#report(rejected(fault), undefined, this.#modules.clock.monotonic());
  }

  #timed(
    miner: MinerIdentity | undefined,
    judge: () => ShareVerdict | Promise<ShareVerdict>,
  ): ShareVerdict | Promise<ShareVerdict> {
    const startedAt = this.#modules.clock.monotonic();
    const verdict = judge();
    if (!(verdict instanceof Promise)) return this.#report(verdict, miner, startedAt);
    return verdict.then((settled) => this.#report(settled, miner, startedAt));
  }

  #judge(
    channel: ShareLine,
    source: ShareSource,
    share: ShareSubmission,
    unpaid?: ShareFault,
  ): ShareVerdict | Promise<ShareVerdict> {
    const { book, duplicates, sink, verifier } = this.#modules;
    const known = channel.job(share.jobId);
    const job = known ?? this.#jobOfBlock(channel, share);
    if (job === undefined) return rejected("unknown_job");
    const { template } = job;
    if (job.nonce1.length + share.nonce2.length !== NONCE_LENGTH) return rejected("nonce_length");
    if (share.time < template.minTime || share.time > template.maxTime) return rejected("time");

    const header = encodeHeader(job, share);
    const hash = sha256d(header);
    const isBlock = compareLe256(hash, u256ToLe(template.networkTarget)) <= 0;
    const stale = !book.isLive(template);
    const fault = unpaid ?? (known === undefined ? "unknown_job" : stale ? "stale" : undefined);
    if (fault !== undefined && !isBlock) return rejected(fault);
    if (compareLe256(hash, job.targetLe) > 0) return rejected("low_difficulty");
    const looked = duplicates.look(template.previousBlockHash, hash);
    if (looked === "seen") return rejected("duplicate");
    if (!isBlock && looked === "forgotten") return rejected("stale");
    if (!isBlock && share.isOverLimit === true) return rejected("rate_limited");
    if (!isBlock && !sink.ready()) return rejected("overloaded");

    const verified = verifier.verify({ header, source, urgent: isBlock });
    if (verified === undefined) return rejected("overloaded");
    const miner = share.miner ?? channel.miner;
    const checked: CheckedShare = { channel, miner, job, hash, header, isBlock, stale, fault };
    return verified.then(
      (valid) => valid ? this.#settle(checked) : rejected("invalid_solution"),
      // The verifier only fails when it is closed under a share, or when its queue has become too
      // full for this one; neither is the miner's fault.
      () => rejected("overloaded"),
    );
  }

  /** A share of an unknown job may be a block of one that the channel was sent. */
  #jobOfBlock(channel: ShareLine, share: ShareSubmission): ChannelJob | undefined {
    for (const job of channel.suspects(this.#modules.clock.monotonic())) {
      if (job.nonce1.length + share.nonce2.length !== NONCE_LENGTH) return undefined;
      const hash = sha256d(encodeHeader(job, share));
      if (compareLe256(hash, u256ToLe(job.template.networkTarget)) <= 0) return job;
    }
    return undefined;
  }

  #settle(share: CheckedShare): ShareVerdict | Promise<ShareVerdict> {
    const { duplicates, sink } = this.#modules;
    const { miner, job: { template }, hash, header, isBlock, stale, fault } = share;
    const inserted = duplicates.insert(template.previousBlockHash, hash);
    if (inserted === "seen") return rejected("duplicate");
    // The block goes first: nothing that follows may delay it.
    if (isBlock) sink.blockFound({ miner, template, hash, header, stale });
    if (fault !== undefined) return rejected(fault);
    if (inserted === "forgotten") return rejected("stale");
    if (inserted === "full") return rejected("overloaded");
    const claimed = duplicates.claim?.(template.previousBlockHash, hash);
    // A block is told to the other processes, and neither waits for the store nor heeds its word.
    if (claimed === undefined || isBlock) return this.#credit(share);
    return claimed.then((claim) => claim === "seen" ? rejected("duplicate") : this.#credit(share));
  }

  #credit({ channel, miner, job, hash, isBlock }: CheckedShare): ShareVerdict {
    const { sink, clock } = this.#modules;
    if (!sink.accepted({ miner, job, hash, isBlock })) return rejected("overloaded");
    channel.shareAccepted(job, clock.monotonic());
    return { kind: "accepted", hash, job, isBlock };
  }

  #report(
    verdict: ShareVerdict,
    miner: MinerIdentity | undefined,
    startedAt: number,
  ): ShareVerdict {
    const { metrics, clock, sink } = this.#modules;
    metrics.validationSeconds.observe((clock.monotonic() - startedAt) / 1000);
    if (verdict.kind === "rejected") sink.rejected({ miner, fault: verdict.reason });
    return verdict;
  }
}

/** A share that passed the cheap checks. */
interface CheckedShare extends Omit<BlockCandidate, "template"> {
  readonly channel: ShareLine;
  readonly job: ChannelJob;
  readonly isBlock: boolean;
  /** Why it is not paid although it may be a block. */
  readonly fault: ShareFault | undefined;
}

function rejected(reason: ShareFault): ShareVerdict {
  return { kind: "rejected", reason };
}
