import { type Clock, type Logger, Outage, reasonOf } from "../../base/mod.ts";
import { formatZec } from "../ledger/mod.ts";

/** How far the pool lets itself owe. */
export interface LiabilityLimits {
  /** At this much owed no paid work is taken. */
  readonly capZat?: bigint;
  /** So much must be left of the wallet's funds when everything owed is taken off. */
  readonly floorZat?: bigint;
}

/** Where the guard gets its figures and what it moves. */
export interface LiabilityGuardModules {
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is owed to miners now, shares included that no journal entry covers yet. */
  readonly owed: () => Promise<bigint>;
  /** What the wallet can spend; undefined when it does not say. */
  readonly spendable: () => Promise<bigint | undefined>;
  /** Stops paid work, or lets it go on. */
  readonly limit: (atCap: boolean) => void;
}

/** A large pool credits some 5 ZEC an hour: within this time less than a hundredth of one. */
const POLL_MS = 5_000;

/** The longest pause while the figures cannot be had. */
const AWAY_MS = 40_000;

/**
 * Keeps a pool that pays per share from owing more than its operator wants: at the cap it takes no
 * further paid work, and what was accepted stays credited. A figure that cannot be had changes
 * nothing: trouble with the database must not send miners away, and is reported by itself.
 */
export class LiabilityGuard {
  readonly #limits: LiabilityLimits;
  readonly #modules: LiabilityGuardModules;
  readonly #outage: Outage;
  #atCap = false;
  #closed = false;
  #cancel: (() => void) | undefined;
  #polling: Promise<void> | undefined;

  constructor(limits: LiabilityLimits, modules: LiabilityGuardModules) {
    this.#limits = limits;
    this.#modules = modules;
    this.#outage = new Outage(modules.logger, {
      level: "warn",
      event: "liability_not_known",
      begins: "could not compare what is owed to miners with its limit; the last verdict holds",
      endEvent: "liability_known",
      ends: "what is owed to miners is compared with its limit again",
    });
  }

  /** True while paid work is refused. */
  get atCap(): boolean {
    return this.#atCap;
  }

  /** Polls now and from then on every few seconds; does nothing when there are no limits. */
  async run(): Promise<void> {
    const { capZat, floorZat } = this.#limits;
    if (this.#closed || (capZat === undefined && floorZat === undefined)) return;
    this.#polling = this.poll();
    await this.#polling;
    if (this.#closed) return;
    const waitMs = this.#outage.nextTryMs(POLL_MS, AWAY_MS);
    this.#cancel = this.#modules.clock.after(waitMs, () => void this.run());
  }

  /** Compares the figures with the limits once. */
  async poll(): Promise<void> {
    const { logger, limit } = this.#modules;
    let reason: string | undefined;
    try {
      reason = await this.#excess();
    } catch (error) {
      return this.#outage.failed(reasonOf(error));
    }
    this.#outage.succeeded();
    const atCap = reason !== undefined;
    if (atCap !== this.#atCap) {
      logger.log(
        atCap ? "error" : "info",
        atCap ? "liability_cap_reached" : "liability_cap_left",
        atCap
          ? `no paid work is taken and channels are closed: ${reason}`
          : "paid work is taken again: less is owed to miners than the limits allow",
      );
    }
    this.#atCap = atCap;
    if (!this.#closed) limit(atCap);
  }

  /** Waits for the poll that is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#polling;
  }

  /** Which limit is passed and by which figures. */
  async #excess(): Promise<string | undefined> {
    const { capZat, floorZat } = this.#limits;
    const owed = await this.#modules.owed();
    if (capZat !== undefined && owed >= capZat) {
      return `${formatZec(owed)} ZEC are owed, payout.liability_cap is ${formatZec(capZat)}`;
    }
    if (floorZat === undefined) return undefined;
    const spendable = await this.#modules.spendable();
    if (spendable === undefined || spendable - owed >= floorZat) return undefined;
    return `the wallet can spend ${formatZec(spendable)} ZEC and ${formatZec(owed)} are owed, ` +
      `payout.reserve_floor is ${formatZec(floorZat)}`;
  }
}
