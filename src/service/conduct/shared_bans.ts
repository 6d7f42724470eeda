import { type Clock, type Logger, Outage, type OutageWords, reasonOf } from "../../base/mod.ts";
import type { Ban, BanKey } from "./ban.ts";
import { type BanStore, textOf } from "./ban_store.ts";

/** How often the ledger is read for bans of others and of operators. */
const SYNC_EVERY_MS = 10_000;

/** Bans that this process holds; the oldest go. */
const BANS_MAX = 10_000;

/** Bans that wait to be written. */
const UNWRITTEN_MAX = 1_000;

const SYNC_WORDS: OutageWords = {
  level: "warn",
  event: "bans_not_shared",
  begins: "bans cannot be read from or written to the database; those that are known hold",
  endEvent: "bans_shared",
  ends: "bans are read and written again",
  patience: 1,
};

/** What shared bans work with. */
export interface SharedBansModules {
  readonly store: BanStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The bans that hold in this process: its own, those of the other processes of the ledger, those of
 * operators. What is asked is answered from memory. A ban that is known here ends by this process's
 * monotonic clock; of one that is learnt the database says what is left, at most the whole of it. So no
 * clock that jumps makes a ban longer than twice its duration.
 */
export class SharedBans {
  readonly #modules: SharedBansModules;
  readonly #outage: Outage;
  /** When each ends, in monotonic milliseconds; in the order in which they came. */
  readonly #endsAt = new Map<string, number>();
  #unwritten: Ban[] = [];
  #lastChange = 0n;
  #syncing: Promise<void> = Promise.resolve();
  #cancel: () => void = () => {};
  #closed = false;

  constructor(modules: SharedBansModules) {
    this.#modules = modules;
    this.#outage = new Outage(modules.logger, SYNC_WORDS);
  }

  /** Reads what the ledger has, and goes on doing so. */
  async start(): Promise<void> {
    await this.#sync();
    this.#later();
  }

  /** Bans that hold. */
  get size(): number {
    this.#forgetEnded();
    return this.#endsAt.size;
  }

  /** Whether this very ban holds. */
  has(key: BanKey): boolean {
    const endsAt = this.#endsAt.get(textOf(key));
    return endsAt !== undefined && endsAt > this.#modules.clock.monotonic();
  }

  /** Makes a ban, here at once and in the ledger within seconds. */
  add(ban: Ban): void {
    this.#hold(ban, ban.durationSecs);
    if (this.#unwritten.length < UNWRITTEN_MAX) this.#unwritten.push(ban);
  }

  /** Reads and writes once more, for tests and the end. */
  sync(): Promise<void> {
    return this.#syncing = this.#syncing.then(() => this.#sync());
  }

  /** Writes what is left and ends. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancel();
    await this.sync();
  }

  #later(): void {
    if (this.#closed) return;
    this.#cancel = this.#modules.clock.after(SYNC_EVERY_MS, () => {
      void this.sync().then(() => this.#later());
    });
  }

  /** Never rejects. */
  async #sync(): Promise<void> {
    const { store } = this.#modules;
    try {
      const bans = [...this.#unwritten];
      if (bans.length > 0) {
        await store.add(bans);
        this.#unwritten = this.#unwritten.slice(bans.length);
      }
      await this.#learn();
      this.#outage.succeeded();
    } catch (error) {
      this.#outage.failed(reasonOf(error));
    }
  }

  async #learn(): Promise<void> {
    for (const ban of await this.#modules.store.changes(this.#lastChange)) {
      this.#lastChange = ban.change;
      if (ban.isLifted) this.#endsAt.delete(textOf(ban));
      else this.#hold(ban, ban.leftSecs);
    }
  }

  #hold(key: BanKey, secs: number): void {
    const text = textOf(key);
    this.#endsAt.delete(text);
    this.#endsAt.set(text, this.#modules.clock.monotonic() + secs * 1_000);
    this.#forgetEnded();
    for (const oldest of this.#endsAt.keys()) {
      if (this.#endsAt.size <= BANS_MAX) break;
      this.#endsAt.delete(oldest);
    }
  }

  #forgetEnded(): void {
    const now = this.#modules.clock.monotonic();
    for (const [text, endsAt] of this.#endsAt) if (endsAt <= now) this.#endsAt.delete(text);
  }
}
