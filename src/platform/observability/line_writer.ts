/** Where lines go: writes all of the bytes, or rejects. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** What to do when lines are lost and when they flow again. */
export interface LineWriterEvents {
  /** Said once when writing begins to fail. */
  readonly failed: (error: unknown) => void;
  /** The number of lines that were lost up to now, said when one was written again. */
  readonly recovered: (lost: number) => void;
}

/** Characters that may wait for a slow disk or reader: some 20,000 lines. More are lost, counted. */
const WAITING_MAX = 4 * 1024 * 1024;
/** Characters joined into one write. */
const CHUNK_MAX = 64 * 1024;

/**
 * Takes lines without waiting and writes them in order, as many at once as have gathered. What
 * cannot be written is lost and counted: a full disk or a stalled reader must not stop the pool,
 * nor fill its memory.
 */
export class LineWriter {
  readonly #write: WriteBytes;
  readonly #events: LineWriterEvents;
  readonly #encoder = new TextEncoder();
  #lines: string[] = [];
  #waiting = 0;
  #writing: Promise<void> | undefined;
  #failing = false;
  #lost = 0;
  #lostInAll = 0;

  constructor(write: WriteBytes, events: LineWriterEvents) {
    this.#write = write;
    this.#events = events;
  }

  /** Lines lost since the start. */
  get lost(): number {
    return this.#lostInAll;
  }

  /** Queues a line, which has its line feed at the end. */
  push(line: string): void {
    if (this.#waiting + line.length > WAITING_MAX) {
      this.#lose(1);
      return;
    }
    this.#lines.push(line);
    this.#waiting += line.length;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything queued before the call is written or lost. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    // Lines that are logged in the same turn go into the same write.
    await Promise.resolve();
    for (let lines = this.#take(); lines.length > 0; lines = this.#take()) {
      try {
        await this.#write(this.#encoder.encode(lines.join("")));
        if (this.#lost > 0) this.#recover();
      } catch (thrown) {
        this.#lose(lines.length);
        if (!this.#failing) this.#events.failed(thrown);
        this.#failing = true;
      }
    }
    this.#writing = undefined;
  }

  #take(): string[] {
    let length = 0;
    let count = 0;
    while (count < this.#lines.length && length < CHUNK_MAX) {
      length += this.#lines[count]?.length ?? 0;
      count++;
    }
    this.#waiting -= length;
    return this.#lines.splice(0, count);
  }

  #lose(count: number): void {
    this.#lost += count;
    this.#lostInAll += count;
  }

  #recover(): void {
    const lost = this.#lost;
    this.#lost = 0;
    this.#failing = false;
    this.#events.recovered(lost);
  }
}
