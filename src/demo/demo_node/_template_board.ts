/**
 * The one template that is always ready, and those who wait for another (the real node's behaviour
 * since 7.0.0).
 *
 * After a new tip a coinbase-only template comes first and the full one a moment later; every five
 * seconds the full one is built again. The latest allowed time is part of a template's id and moves
 * with the clock here, so every rebuild ends the waiting, with the same parent and
 * `submitold: false`: this is how the real node behaves on young test networks.
 *
 * @module
 */
import type { Clock } from "../../base/mod.ts";
import type { Chain } from "./_chain.ts";
import type { Mempool } from "./_mempool.ts";
import { ConnectionDrop } from "./_rpc_error.ts";
import { buildTemplate, type Template, type TemplateSpoiler } from "./_template.ts";

/** How long the mempool takes to follow a new tip. */
const FULL_TEMPLATE_DELAY_MS = 3;
/** How often the template is built again. */
const REBUILD_INTERVAL_MS = 5_000;

/** How the board builds. */
export interface TemplateBoardOptions {
  readonly minerScript: Uint8Array;
  readonly extraCoinbaseData: Uint8Array;
}

/** Holds the current template. */
export class TemplateBoard {
  readonly #options: TemplateBoardOptions;
  readonly #chain: Chain;
  readonly #mempool: Mempool;
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #current: Template;
  #spoil: TemplateSpoiler | undefined;
  #cancelTimer: () => void = () => {};
  #closed = false;
  #drops = 0;

  constructor(
    options: TemplateBoardOptions,
    modules: { chain: Chain; mempool: Mempool; clock: Clock },
  ) {
    this.#options = options;
    this.#chain = modules.chain;
    this.#mempool = modules.mempool;
    this.#clock = modules.clock;
    this.#current = this.#build(true);
    this.#rebuildIn(REBUILD_INTERVAL_MS);
    this.#chain.onTip(() => this.#startAnew());
  }

  /** The template that a plain call gets. */
  get current(): Template {
    return this.#current;
  }

  /** Calls that wait for another template now. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when the current template has another id than `longPollId`, or when cancelled.
   *
   * @throws {ConnectionDrop} when the waiting are dropped.
   */
  async another(longPollId: string, signal: AbortSignal): Promise<Template> {
    const drops = this.#drops;
    while (!signal.aborted && !this.#closed && this.#current.longPollId === longPollId) {
      await this.#nextPublication(signal);
      if (this.#drops !== drops) throw new ConnectionDrop();
    }
    return this.#current;
  }

  /** Builds the full template again at once. */
  rebuild(): void {
    this.#publish(true);
    this.#rebuildIn(REBUILD_INTERVAL_MS);
  }

  /** For tests: from now on templates are wrong in some way, or right again. */
  spoil(spoiler: TemplateSpoiler | undefined): void {
    this.#spoil = spoiler;
    this.rebuild();
  }

  /** For tests: the connections of all that wait are closed unanswered. */
  dropWaiting(): void {
    this.#drops += 1;
    this.#wake();
  }

  /** Ends all waiting. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#wake();
  }

  #startAnew(): void {
    if (this.#closed) return;
    this.#publish(false);
    this.#rebuildIn(FULL_TEMPLATE_DELAY_MS);
  }

  #rebuildIn(delayMs: number): void {
    this.#cancelTimer();
    if (!this.#closed) this.#cancelTimer = this.#clock.after(delayMs, () => this.rebuild());
  }

  #publish(full: boolean): void {
    this.#current = this.#build(full);
    this.#wake();
  }

  #build(full: boolean): Template {
    return buildTemplate({
      ...this.#options,
      rules: this.#chain.rules,
      parent: this.#chain.tip,
      transactions: full ? this.#mempool.transactions : [],
      nowMs: this.#clock.now(),
      spoil: this.#spoil,
    });
  }

  #nextPublication(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        this.#waiting.delete(finish);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      this.#waiting.add(finish);
      signal.addEventListener("abort", finish, { once: true });
    });
  }

  #wake(): void {
    for (const finish of [...this.#waiting]) finish();
  }
}
