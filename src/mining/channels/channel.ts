import { u256ToLe } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { workOfTarget } from "../../chain/zcash/mod.ts";
import { JobMemory } from "./_job_memory.ts";
import { StatedTarget } from "./_stated_target.ts";
import { BurstMeter } from "./burst_meter.ts";
import type { ChannelJob } from "./channel_job.ts";
import type { MinerIdentity } from "./miner_identity.ts";
import type { MeasuredPace } from "./pace_memory.ts";
import { Vardiff, type VardiffOptions } from "./vardiff.ts";
import type { WorkerState } from "./worker_memory.ts";

/** Bits of a target that vardiff chose: right to a thousandth, and 2,048 of them to each doubling. */
const SIGNIFICANT_BITS = 12;

/**
 * In a burst only a harder target by this factor begins a new window: with smaller steps a miner could
 * begin anew every second for hours. Below it the window's shares are right enough.
 */
const STEP_PERCENT = 120n;

/**
 * Jobs against which a share of an unknown job is held, and how often: 64 headers are hashed in a third
 * of a millisecond.
 */
const SUSPECTS_MAX = 64;
const SUSPECTS_INTERVAL_MS = 1_000;

/** Fixed point of the factor by which a target is divided. */
const FACTOR_ONE = 1_000_000n;

/** The operator's limits, as targets: a harder share has a smaller target. */
export interface TargetBounds {
  /** Target of `min_difficulty`. */
  readonly easiest: bigint;
  /** Target of `max_difficulty`. */
  readonly hardest: bigint;
}

/** Where a channel begins. */
export interface TargetStart {
  /** First target wished for; held to the bounds. */
  readonly target: bigint;
  /** The target of the stated hash rate where that is believed. */
  readonly stated?: bigint | undefined;
  /** The target of a rate that an earlier session has shown to be too high. */
  readonly disproved?: bigint | undefined;
}

/** What a channel is opened with. */
export interface ChannelOptions {
  readonly miner: MinerIdentity;
  readonly nonce1: Uint8Array;
  readonly bounds: TargetBounds;
  readonly start: TargetStart;
  /** The miner's own easiest target. */
  readonly maxTarget: bigint;
  /**
   * The target of the first job, whatever the miner wishes, where it knew its prefix before it said
   * what it wishes: by then it may have searched headers that others were sent.
   */
  readonly firstTarget?: bigint | undefined;
  readonly vardiff: VardiffOptions;
  /** The target stays unless shares come in a burst. */
  readonly isSteady?: boolean | undefined;
  /** What was measured of a channel before this one: no easier target is begun with. */
  readonly pace?: MeasuredPace | undefined;
  /** Monotonic milliseconds. */
  readonly nowMs: number;
}

/** One miner's line of work: its nonce prefix, its target, and the jobs that it was sent. */
export class MiningChannel {
  readonly miner: MinerIdentity;
  readonly #bounds: TargetBounds;
  readonly #vardiff: Vardiff;
  readonly #meter: BurstMeter;
  readonly #jobs = new JobMemory();
  readonly #isSteady: boolean;
  readonly #stated: StatedTarget;
  readonly #firstTarget: bigint | undefined;
  #nonce1: Uint8Array;
  #maxTarget: bigint;
  #target: bigint;
  #suspectsAt = -Infinity;

  constructor(options: ChannelOptions) {
    this.miner = options.miner;
    this.#nonce1 = options.nonce1;
    this.#bounds = options.bounds;
    this.#maxTarget = options.maxTarget;
    this.#isSteady = options.isSteady ?? false;
    this.#firstTarget = options.firstTarget;
    this.#vardiff = new Vardiff(options.vardiff, options.nowMs);
    const { pace, nowMs, start } = options;
    this.#stated = new StatedTarget(start.stated, start.disproved);
    this.#meter = pace?.meter ?? new BurstMeter(options.vardiff.targetSharesPerMinute, nowMs);
    this.#target = this.#held(harderOf(start.target, pace?.target ?? start.target));
  }

  /** nonce_1 of the jobs to come; earlier jobs keep theirs. */
  get nonce1(): Uint8Array {
    return this.#nonce1;
  }

  /** The target of jobs on other headers to come, before the network's target is regarded. */
  get target(): bigint {
    return this.#target;
  }

  /** What was measured of the miner. */
  get pace(): MeasuredPace {
    return { meter: this.#meter, target: this.#target };
  }

  /** What a later channel of the miner should know. */
  get state(): WorkerState {
    return { target: this.#target, disproved: this.#stated.disproved };
  }

  /** True from the first accepted share on. */
  get isHeard(): boolean {
    return this.#vardiff.isHeard;
  }

  /** Whether the next job of a template has another target than the job before it. */
  movesTarget(template: JobTemplate): boolean {
    return this.#jobs.newest?.target !== this.targetOn(template);
  }

  /** The target that a job on new headers of a template has. */
  targetOn(template: JobTemplate): bigint {
    return eased(this.#target, template);
  }

  /**
   * Makes the job that is sent now and remembers it. While its headers are those of an earlier job, a
   * target that has moved since has to wait: a solution of them may be found already.
   */
  issue(template: JobTemplate, jobId: number): ChannelJob {
    const nonce1 = this.#nonce1;
    const isFirst = this.#jobs.newest === undefined;
    const wish = eased((isFirst ? this.#firstTarget : undefined) ?? this.#target, template);
    const target = this.#jobs.otherTarget(template, nonce1, wish) ?? wish;
    const { newest } = this.#jobs;
    // Jobs of one target share its values: there are many of them.
    const values = newest?.target === target
      ? newest
      : { target, targetLe: u256ToLe(target), work: workOfTarget(target) };
    const { targetLe, work } = values;
    const job: ChannelJob = { jobId, template, target: values.target, targetLe, work, nonce1 };
    this.#jobs.add(job);
    return job;
  }

  /** The job of this id, alive or dead, or undefined when it was never sent or is forgotten. */
  job(jobId: number): ChannelJob | undefined {
    return this.#jobs.find(jobId);
  }

  /**
   * The jobs that a share of an unknown job may be of, newest first: it may be a block all the same.
   * None when that was asked less than a second ago, so that it costs little.
   */
  suspects(nowMs: number): readonly ChannelJob[] {
    if (nowMs - this.#suspectsAt < SUSPECTS_INTERVAL_MS) return [];
    this.#suspectsAt = nowMs;
    return this.#jobs.latest(SUSPECTS_MAX);
  }

  /** Counts an accepted share for vardiff. */
  shareAccepted(job: ChannelJob, nowMs: number): void {
    this.#meter.count(nowMs);
    this.#vardiff.shareAccepted(nowMs, Number(job.work) / Number(workOfTarget(this.#target)));
  }

  /**
   * Moves the target when the pace of shares asks for it; true when it changed.
   *
   * @param mayEase false keeps it from becoming easier now.
   */
  retarget(nowMs: number, mayEase = true): boolean {
    if (this.#isSteady && !this.#meter.exceeds(nowMs)) return false;
    const factor = this.#vardiff.retarget(nowMs, mayEase && !this.#isSteady);
    if (factor === undefined) return false;
    const divisor = BigInt(Math.max(1, Math.round(factor * Number(FACTOR_ONE))));
    const changed = this.#setTarget(rounded(this.#target * FACTOR_ONE / divisor));
    if (changed) this.#stated.moved(this.#target);
    return changed;
  }

  /** No share could come until now, for want of work or of us: that time says nothing of the miner. */
  passOver(nowMs: number): void {
    this.#vardiff.restart(nowMs);
  }

  /**
   * Obeys the miner: a new hash rate (as the target that it asks for) and a new easiest target. True
   * when the target changed. While a burst of shares is remembered the miner's word makes nothing
   * easier: only vardiff does, by what it measures. A rate that was shown to be too high is not
   * believed again.
   */
  update(wish: { target?: bigint; maxTarget: bigint }, nowMs: number): boolean {
    this.#maxTarget = wish.maxTarget;
    if (wish.target === undefined) return this.#setTarget(this.#target);
    const wished = rounded(wish.target);
    if (!this.#stated.tryBelieve(wished)) return this.#setTarget(this.#target);
    if (this.#meter.exceeds(nowMs)) return this.#updateInBurst(wished, nowMs);
    this.#vardiff.restart(nowMs);
    return this.#setTarget(wished);
  }

  /** Gives the channel another prefix for the jobs to come. */
  replaceNonce1(nonce1: Uint8Array): void {
    this.#nonce1 = nonce1;
  }

  #updateInBurst(wished: bigint, nowMs: number): boolean {
    const before = this.#target;
    const changed = this.#setTarget(harderOf(wished, before));
    if (this.#target * STEP_PERCENT <= before * 100n) this.#vardiff.beginWindow(nowMs);
    return changed;
  }

  #setTarget(wish: bigint): boolean {
    const target = this.#held(wish);
    if (target === this.#target) return false;
    this.#target = target;
    return true;
  }

  #held(target: bigint): bigint {
    const easiest = this.#maxTarget < this.#bounds.easiest ? this.#maxTarget : this.#bounds.easiest;
    if (target > easiest) return easiest;
    // The miner's own limit wins over max_difficulty: it was asked for and harms nobody.
    return target < this.#bounds.hardest && easiest >= this.#bounds.hardest
      ? this.#bounds.hardest
      : target;
  }
}

/** Never harder than the network's target: a block must never hide below the share target. */
function eased(target: bigint, { networkTarget }: JobTemplate): bigint {
  return target > networkTarget ? target : networkTarget;
}

function harderOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/**
 * The next harder target of twelve significant bits, as 2^243-1 is one. Every target that shares were
 * made for has a lasting row in the records: without rounding each retarget of each miner would be
 * another one.
 */
function rounded(target: bigint): bigint {
  const length = target.toString(2).length;
  const step = 1n << BigInt(Math.max(0, length - SIGNIFICANT_BITS));
  const steps = (target + 1n) / step;
  return steps > 0n ? steps * step - 1n : target;
}
