/** Reading a template provider in a test that runs in real time. */
import { equalBytes } from "../../src/base/mod.ts";
import type { TemplateEvent, TemplateProvider } from "../../src/chain/template_provider/mod.ts";

/** An event, when it came, and whether it is a template on another parent than the one before. */
interface SeenEvent {
  readonly event: TemplateEvent;
  readonly at: number;
  readonly newParent: boolean;
}

/** Keeps the events with the time of their coming, and lets a test wait for one. */
export class ProviderEvents {
  readonly seen: SeenEvent[] = [];
  readonly #waiters = new Set<() => void>();
  readonly #reading: Promise<void>;
  #next = 0;

  constructor(provider: TemplateProvider) {
    this.#reading = this.#read(provider);
  }

  /**
   * The next event for which `wanted` holds; those before it are passed over.
   *
   * @throws when none comes within the limit.
   */
  async next(
    what: string,
    wanted: (event: TemplateEvent, newParent: boolean) => boolean,
    limitMs = 20_000,
  ): Promise<SeenEvent> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      while (this.#next < this.seen.length) {
        const item = this.seen[this.#next++];
        if (item !== undefined && wanted(item.event, item.newParent)) return item;
      }
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        const kinds = this.seen.map(({ event }) => JSON.stringify(event, shorten)).join("\n");
        throw new Error(`no event "${what}" within ${limitMs} ms; seen:\n${kinds}`);
      }
      await this.#more(leftMs);
    }
  }

  /** The next template on another parent whose block has this height. */
  async newParent(height: number): Promise<number> {
    const { at } = await this.next(
      `new parent, height ${height}`,
      (event, isNew) => isNew && event.kind === "template" && event.template.height === height,
    );
    return at;
  }

  /** The next word that there is no work; its reason. */
  async unusable(): Promise<string> {
    const { event } = await this.next("unusable", (item) => item.kind === "unusable");
    return event.kind === "unusable" ? event.reason : "";
  }

  /** Resolves when the provider was closed and all is read. */
  get ended(): Promise<void> {
    return this.#reading;
  }

  async #read(provider: TemplateProvider): Promise<void> {
    let parent: Uint8Array = new Uint8Array();
    for await (const event of provider.events()) {
      const hash = event.kind === "template" ? event.template.previousBlockHash : parent;
      this.seen.push({ event, at: performance.now(), newParent: !equalBytes(hash, parent) });
      parent = hash;
      for (const waiter of this.#waiters) waiter();
    }
  }

  #more(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, limitMs);
      this.#waiters.add(finish);
    });
  }
}

function shorten(key: string, value: unknown): unknown {
  if (key !== "template") return typeof value === "bigint" ? String(value) : value;
  const { height, longPollId } = value as { height: number; longPollId: string };
  return { height, longPollId };
}
