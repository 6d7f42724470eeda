import type { TemplateEvent } from "./template_event.ts";

/**
 * Hands events to one reader and keeps only what still matters for a slow one: the last word on
 * usability and the last template, so it never holds more than two events.
 */
export class EventMailbox implements AsyncIterable<TemplateEvent> {
  #events: TemplateEvent[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  put(event: TemplateEvent): void {
    if (this.#closed) return;
    const isTemplate = event.kind === "template";
    const replaced = this.#events.find((other) => (other.kind === "template") === isTemplate);
    const others = this.#events.filter((other) => other !== replaced);
    this.#events = [...others, event];
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<TemplateEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event !== undefined) {
        yield event;
      } else if (this.#closed) {
        return;
      } else {
        await new Promise<void>((resolve) => this.#wake = resolve);
        this.#wake = undefined;
      }
    }
  }
}
