import { type Clock, displayHash, judgeAfter, type Logger, PoolError } from "../../base/mod.ts";
import type { NoncePrefixes } from "../../mining/channels/mod.ts";
import type { JobBook, JobSource, JobTemplate } from "../../chain/jobs/mod.ts";
import type { SeenShares } from "../../mining/shares/mod.ts";
import type { TemplateEvent } from "../../chain/template_provider/mod.ts";
import type { BlockTemplate } from "../../chain/zcash/mod.ts";
import type { PayingWork } from "./paying_work.ts";

/**
 * The least time between the word that no node is usable and the withdrawal: a node that was last
 * heard before this program stood still had no chance to confirm its work meanwhile.
 */
const UNHEARD_GRACE_MS = 10_000;

/** What the operator decided about work. */
export interface WorkDistributorOptions {
  /** The shortest time between two refreshes on the same parent. */
  readonly jobRefreshMs: number;
  /** Without a usable node for this time, work is withdrawn and miners are sent away. */
  readonly jobMaxAgeMs: number;
}

/** Who gets the work. */
export interface WorkReceiver {
  broadcast(template: JobTemplate, cleanJobs: boolean): void;
  closeAll(reason: string): void;
  /** Whether channels may be opened: not while there is no work and none in sight. */
  admit(open: boolean): void;
}

/** Hears what becomes of the chain that work is made for, from the one place that knows. */
export interface ChainListener {
  /** Work on a new parent goes out. @param height of the block that is worked on. */
  parentChanged?(height: number): void;
  /** After a time in which no node was, some node is usable again: what waits may go on. */
  nodeUsable?(): void;
}

/** What the distributor works with. */
export interface WorkDistributorModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly book: JobBook;
  readonly source: JobSource;
  /** Divides work so that it pays miners in its coinbase; left out where nobody is paid so. */
  readonly paying?: Pick<PayingWork, "begin" | "drop">;
  readonly seen: Pick<SeenShares, "openParent">;
  readonly prefixes: NoncePrefixes;
  readonly receiver: WorkReceiver;
  readonly chainListeners: readonly ChainListener[];
  /** Told of each template that becomes work. */
  readonly onWork: (template: JobTemplate, newParent: boolean) => void;
}

/** Turns templates into work: which goes out, when, and when there is none. */
export class WorkDistributor {
  readonly #options: WorkDistributorOptions;
  readonly #modules: WorkDistributorModules;
  #sentAt = -Infinity;
  /** The node's time (Unix seconds), and when it was that: monotonic. */
  #nodeTime = { seconds: 0, at: 0 };
  /** Whether the log knows that work goes on with a coinbase that could not be read. */
  #unreadLogged = false;
  #waiting: JobTemplate | undefined;
  /** The newest that was made of a template, also while the same is out with a divided coinbase. */
  #newest: JobTemplate | undefined;
  #cancelRefresh: (() => void) | undefined;
  #cancelWithdrawal: (() => void) | undefined;

  constructor(options: WorkDistributorOptions, modules: WorkDistributorModules) {
    this.#options = options;
    this.#modules = modules;
    this.#expectWork(0);
  }

  /** Takes one event of the template provider. */
  handle(event: TemplateEvent): void {
    switch (event.kind) {
      case "template":
        return this.#take(event.template);
      case "usable":
        this.#workExpected();
        for (const listener of this.#modules.chainListeners) listener.nodeUsable?.();
        return;
      case "unusable":
        // Shares on a parent that the node has left would earn for a block that nobody wants.
        if (event.parentLost) this.#void();
        return this.#expectWork(event.sinceMs);
    }
  }

  /** Releases the timers. */
  close(): void {
    this.#cancelRefresh?.();
    this.#workExpected();
  }

  #take(template: BlockTemplate): void {
    let work: JobTemplate;
    try {
      work = this.#modules.source.make(template);
    } catch (error) {
      if (!(error instanceof PoolError)) throw error;
      return this.#refuse(template, error);
    }
    this.#workExpected();
    this.#logUnread(work);
    const { clock, book } = this.#modules;
    this.#nodeTime = { seconds: work.time, at: clock.monotonic() };
    this.#newest = work;
    if (!book.isLive(work)) return this.#begin(work);
    // A job without transactions earns no fees: the first full one does not wait for its turn.
    if (book.current?.empty === true && !work.empty) return this.#begin(work);
    if (this.#sentAt + this.#options.jobRefreshMs <= clock.monotonic()) return this.#renew(work);
    this.#waiting = work;
  }

  /** Nothing is waited for; who is paid by its coinbase follows. */
  #begin(work: JobTemplate): void {
    this.#send(work);
    this.#modules.paying?.begin(work, this.#divided);
  }

  /** The same parent: where miners are paid by coinbases, the shares since then are read first. */
  #renew(work: JobTemplate): void {
    const { paying, clock } = this.#modules;
    if (paying === undefined) return this.#send(work);
    this.#waiting = undefined;
    this.#sentAt = clock.monotonic();
    this.#scheduleRefresh();
    paying.begin(work, this.#divided);
  }

  /** What comes of {@link #renew}, and after {@link #begin}; late word of a dead parent is none. */
  readonly #divided = {
    divided: (work: JobTemplate): void => {
      if (this.#modules.book.isLive(work)) this.#send(work);
    },
    undivided: (plain: JobTemplate): void => {
      const { book } = this.#modules;
      if (book.isLive(plain) && book.current !== plain) this.#send(plain);
    },
  };

  /**
   * Sends the newest work on the same parent, or the same with a newer time: a header's time is what
   * the network's difficulty follows, and miners have only that of their job.
   */
  #refresh(): void {
    const { clock, book } = this.#modules;
    const newest = this.#waiting ?? this.#newest;
    if (newest === undefined) return;
    // Work that no node confirms is not renewed.
    if (this.#cancelWithdrawal !== undefined) return this.#scheduleRefresh();
    const { seconds, at } = this.#nodeTime;
    const work = newest.atTime(seconds + Math.floor((clock.monotonic() - at) / 1_000));
    this.#newest = work;
    if (work !== book.current) return this.#renew(work);
    this.#scheduleRefresh();
  }

  #scheduleRefresh(): void {
    this.#cancelRefresh?.();
    const { clock } = this.#modules;
    this.#cancelRefresh = clock.after(this.#options.jobRefreshMs, () => this.#refresh());
  }

  #send(work: JobTemplate): void {
    const { clock, book, seen, prefixes, receiver, chainListeners } = this.#modules;
    this.#waiting = undefined;
    this.#sentAt = clock.monotonic();
    this.#scheduleRefresh();
    const newParent = book.activate(work);
    if (newParent) {
      seen.openParent(work.previousBlockHash);
      prefixes.parentChanged();
    }
    receiver.admit(true);
    receiver.broadcast(work, newParent);
    if (newParent) { for (const listener of chainListeners) listener.parentChanged?.(work.height); }
    this.#modules.onWork(work, newParent);
  }

  /** The operator must learn of it at once, and once: every template will be like that. */
  #logUnread({ unread, height }: JobTemplate): void {
    if ((unread !== undefined) === this.#unreadLogged) return;
    this.#unreadLogged = unread !== undefined;
    const { logger } = this.#modules;
    if (unread === undefined) {
      logger.log("info", "coinbase_read", "the node's coinbase can be read again", { height });
      return;
    }
    logger.log(
      "error",
      "coinbase_unread",
      `${unread.message}; mining.unknown_coinbase: it is mined as the node made it, unchecked, ` +
        "and nothing is credited from its value. Update the pool",
      { height, code: unread.code },
    );
  }

  /** The template is not to be mined; work on an older parent must not go on in its place. */
  #refuse(template: BlockTemplate, error: PoolError): void {
    const { book, logger } = this.#modules;
    logger.log("error", "template_refused", `template refused: ${error.message}`, {
      height: template.height,
      parent: displayHash(template.previousBlockHash),
      code: error.code,
    });
    if (book.current === undefined || !book.isLive(template)) {
      this.#void();
      this.#expectWork(0);
    }
  }

  /** All work is dead, also the refresh that waits for its turn: it has the same parent. */
  #void(): void {
    this.#cancelRefresh?.();
    this.#cancelRefresh = undefined;
    this.#waiting = undefined;
    this.#newest = undefined;
    this.#modules.paying?.drop();
    this.#modules.book.withdraw();
  }

  #expectWork(sinceMs: number): void {
    const { clock } = this.#modules;
    const waitMs = Math.max(UNHEARD_GRACE_MS, this.#options.jobMaxAgeMs - sinceMs);
    this.#cancelWithdrawal ??= judgeAfter(clock, waitMs, () => this.#withdraw());
  }

  #workExpected(): void {
    this.#cancelWithdrawal?.();
    this.#cancelWithdrawal = undefined;
  }

  #withdraw(): void {
    const { logger, receiver } = this.#modules;
    const seconds = Math.round(this.#options.jobMaxAgeMs / 1000);
    logger.log(
      "error",
      "work_withdrawn",
      `no usable template for ${seconds} s: work is withdrawn and miners are sent to their other pools`,
    );
    this.#void();
    receiver.admit(false);
    receiver.closeAll("the pool has no work");
  }
}
