/**
 * Variable difficulty: holds a channel near a wanted number of shares a minute.
 *
 * Shares of a steady miner arrive as a Poisson process, so a count alone says how surprising it
 * is. Within a window the number of shares is compared with the number that the wanted rate would
 * give; the target moves when the difference is larger than chance explains
 * ({@link SURPRISE} standard deviations), at once for a flood and the later the smaller the
 * difference. That one rule replaces tables of "so much per cent after a number of seconds".
 *
 * All values are in work: the expected number of Equihash solutions for one share. It steers
 * only; what is credited is the exact integer of the target that a job was sent with.
 *
 * @module
 */
import { DIFFICULTY_1_TARGET, targetOfDifficulty, workOfTarget } from "../../chain/zcash/mod.ts";

/**
 * How many standard deviations a count must be off. Every second asks anew, so the value must be
 * high: 3 leaves a steady miner alone for tens of minutes.
 */
const SURPRISE = 3;

/** Fewer shares than this say too little to raise the difficulty: 16 shares are right to 25 %. */
const RAISE_SHARES_MIN = 16;

/**
 * Expected shares after which a miner without any is eased: a right target is that silent once in
 * twenty times, and costs little then; a wrong one costs the miner all its work.
 */
const SILENT_SHARES_MAX = 3;

/** Differences below this factor are left alone: they would only cost messages. */
const DEAD_ZONE = 1.2;

/** A window older than this forgets its first half, so that a change of pace shows. */
const WINDOW_MS = 600_000;

/** The least time between two retargets of one channel, so that replies in flight are counted. */
const RETARGET_INTERVAL_MS = 1_000;

/** One retarget eases at most by this factor: silence may also mean a short loss of power. */
const EASE_FACTOR_MAX = 4;

/** What a channel's difficulty is held to. */
export interface VardiffOptions {
  /** Wanted shares a minute, above 0. */
  readonly targetSharesPerMinute: number;
  /** A channel without a share for this long is eased by half even if its rate would allow it. */
  readonly silenceMs: number;
}

/** The target that gives a miner of `hashRate` solutions a second (above 0) the wanted pace. */
export function targetForHashRate(hashRate: number, targetSharesPerMinute: number): bigint {
  const work = Math.max(1, hashRate * 60 / targetSharesPerMinute);
  return targetOfDifficulty(work / Number(workOfTarget(DIFFICULTY_1_TARGET)));
}

/** The state of one channel. Synchronous; time is handed in as monotonic milliseconds. */
export class Vardiff {
  readonly #options: VardiffOptions;
  #windowStart: number;
  #shares = 0;
  #retargetedAt: number;
  #heardAt: number;
  #heard = false;

  constructor(options: VardiffOptions, nowMs: number) {
    this.#options = options;
    this.#windowStart = nowMs;
    this.#retargetedAt = nowMs;
    this.#heardAt = nowMs;
  }

  /** True from the first share on. */
  get isHeard(): boolean {
    return this.#heard;
  }

  /**
   * Counts a share that met its target. Shares of jobs with an earlier target count by their
   * part of the present work, so that shares in flight do not look like a second flood.
   *
   * @param share the share's work divided by the channel's present work.
   */
  shareAccepted(nowMs: number, share = 1): void {
    this.#heard = true;
    this.#heardAt = nowMs;
    this.#shares += share;
  }

  /**
   * The factor by which the channel's work should change now, or undefined when it is good.
   * A returned factor starts a new window.
   *
   * @param mayEase false holds factors below 1 back.
   */
  retarget(nowMs: number, mayEase = true): number | undefined {
    if (nowMs - this.#retargetedAt < RETARGET_INTERVAL_MS) return undefined;
    const factor = this.#factor(nowMs);
    if (factor !== undefined && factor < 1 && !mayEase) return undefined;
    if (factor === undefined) this.#forget(nowMs);
    else this.restart(nowMs);
    return factor;
  }

  /** Starts a new window: the target was changed from outside or by {@link retarget}. */
  restart(nowMs: number): void {
    this.#retargetedAt = nowMs;
    this.beginWindow(nowMs);
  }

  /** Starts a new window and puts the next retarget off no further. */
  beginWindow(nowMs: number): void {
    this.#windowStart = nowMs;
    this.#shares = 0;
  }

  #factor(nowMs: number): number | undefined {
    const elapsed = nowMs - this.#windowStart;
    const expected = this.#options.targetSharesPerMinute * elapsed / 60_000;
    if (!this.#heard) return expected >= SILENT_SHARES_MAX ? 1 / EASE_FACTOR_MAX : undefined;
    const surprise = SURPRISE * Math.sqrt(Math.max(expected, 1));
    if (this.#shares > expected + surprise && this.#shares >= RAISE_SHARES_MIN) {
      const factor = this.#shares / expected;
      return factor > DEAD_ZONE ? factor : undefined;
    }
    if (this.#shares < expected - surprise) {
      // Half a share stands for none, so that a silent window has a finite answer.
      const factor = Math.max(this.#shares, 0.5) / expected;
      return factor < 1 / DEAD_ZONE ? Math.max(factor, 1 / EASE_FACTOR_MAX) : undefined;
    }
    const silent = nowMs - Math.max(this.#heardAt, this.#retargetedAt);
    return silent >= this.#options.silenceMs ? 1 / 2 : undefined;
  }

  #forget(nowMs: number): void {
    const elapsed = nowMs - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    this.#windowStart += elapsed / 2;
    this.#shares /= 2;
  }
}
