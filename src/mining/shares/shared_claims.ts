import {
  bytesToHex,
  type Clock,
  type CounterBy,
  type Gauge,
  type Histogram,
  type Logger,
  Outage,
  reasonOf,
} from "../../base/mod.ts";
import type { DuplicateClaims } from "./duplicate_claims.ts";
import type { SeenShares } from "./seen_shares.ts";

/** How long a share waits for the store's word before it is judged without. */
const ANSWER_LIMIT_MS = 20;

/** After a failure the store is asked again no earlier, so that not every share waits for it. */
const REST_MS = 500;

/** Bytes of a header hash that stand for it, as in the local memory. */
const KEY_BYTES = 16;

/** What a claim came to. */
export const CLAIM_OUTCOMES = ["new", "seen", "failed", "not_asked"] as const;

/** One of {@link CLAIM_OUTCOMES}. */
export type ClaimOutcome = typeof CLAIM_OUTCOMES[number];

/** What is measured of a store that several processes share. */
export interface ClaimMetrics {
  readonly claims: CounterBy<ClaimOutcome>;
  /** 1 while the store answers, else 0. */
  readonly usable: Gauge;
  readonly seconds: Histogram;
}

/** Sets of short texts that several processes share, each with a time after which it is gone. */
export interface SharedSets {
  /** Adds a member and lets the set live `ttlMs` from now. @returns false when it was in. */
  add(set: string, member: string, ttlMs: number): Promise<boolean>;
  /** Lets a set live `ttlMs` from now, if there is one. */
  keep(set: string, ttlMs: number): Promise<void>;
}

/**
 * The local memory of shares, and beside it a store that other processes share. Its word only ever
 * refuses a share that another process has counted: where it is slow or unreachable a share is judged
 * by the local memory alone, and the ledger's unique key still counts it once.
 *
 * The shares of a parent are one set, which is kept alive while this process works on that parent
 * and for at least the window after it.
 */
export class SharedClaims implements DuplicateClaims {
  readonly #windowMs: number;
  readonly #local: SeenShares;
  readonly #store: SharedSets;
  readonly #clock: Clock;
  readonly #metrics: ClaimMetrics;
  readonly #outage: Outage;
  #restUntilMs = -Infinity;
  #cancelKeep: (() => void) | undefined;

  constructor(options: { readonly windowMs: number }, modules: {
    readonly local: SeenShares;
    readonly store: SharedSets;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: ClaimMetrics;
  }) {
    this.#windowMs = options.windowMs;
    this.#local = modules.local;
    this.#store = modules.store;
    this.#clock = modules.clock;
    this.#metrics = modules.metrics;
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "dedup_unavailable",
      begins: "shared deduplication unavailable, shares are judged by local memory",
      endEvent: "dedup_available",
      ends: "shared deduplication available again",
    });
    this.#metrics.usable.set(1);
  }

  /** Begins to remember the shares of a parent, and keeps what others know of them. */
  openParent(previousBlockHash: Uint8Array): void {
    this.#local.openParent(previousBlockHash);
    this.#keepAlive(setOf(previousBlockHash));
  }

  look(parent: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten" {
    return this.#local.look(parent, hash);
  }

  insert(parent: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten" | "full" {
    return this.#local.insert(parent, hash);
  }

  claim(parent: Uint8Array, hash: Uint8Array): Promise<"new" | "seen"> {
    const startedAt = this.#clock.monotonic();
    if (startedAt < this.#restUntilMs) {
      this.#metrics.claims.increment("not_asked");
      return Promise.resolve("new");
    }
    const member = bytesToHex(hash.subarray(0, KEY_BYTES));
    return this.#inTime(this.#store.add(setOf(parent), member, this.#windowMs)).then(
      (isNew) => {
        this.#metrics.seconds.observe((this.#clock.monotonic() - startedAt) / 1_000);
        this.#answered();
        const outcome = isNew ? "new" : "seen";
        this.#metrics.claims.increment(outcome);
        return outcome;
      },
      (reason) => {
        this.#failed(reason);
        this.#metrics.claims.increment("failed");
        return "new";
      },
    );
  }

  /** Releases the timer. */
  close(): void {
    this.#cancelKeep?.();
  }

  /** A parent may live for hours without a share here, and the others must not forget it either. */
  #keepAlive(set: string): void {
    this.#cancelKeep?.();
    this.#cancelKeep = this.#clock.after(this.#windowMs / 2, () => {
      this.#keepAlive(set);
      this.#inTime(this.#store.keep(set, this.#windowMs)).then(
        () => this.#answered(),
        (reason) => this.#failed(reason),
      );
    });
  }

  #inTime<T>(answer: Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const cancel = this.#clock.after(
      ANSWER_LIMIT_MS,
      () => late.reject(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)),
    );
    return Promise.race([answer, late.promise]).finally(cancel);
  }

  #answered(): void {
    this.#outage.succeeded();
    this.#metrics.usable.set(1);
  }

  #failed(reason: unknown): void {
    this.#restUntilMs = this.#clock.monotonic() + REST_MS;
    this.#outage.failed(reasonOf(reason));
    if (this.#outage.isTold) this.#metrics.usable.set(0);
  }
}

function setOf(parent: Uint8Array): string {
  return `zcash-pool:shares:${bytesToHex(parent)}`;
}
