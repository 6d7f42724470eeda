/** Bounds of a {@link FairQueue}. */
export interface FairQueueBounds {
  /** Ordinary items in the whole queue. */
  readonly capacity: number;
  /** Ordinary items of one source, so that one source cannot fill the queue for all. */
  readonly sourceCapacity: number;
}

/** The sources by how many items of each wait, so that one with the most is found at once. */
class SourceLengths {
  readonly #sources: Set<number>[] = [];
  #greatest = 0;

  /** Most items that wait of one source. */
  get greatest(): number {
    return this.#greatest;
  }

  /** A source with that many; undefined when nothing waits. */
  longest(): number | undefined {
    for (const source of this.#sources[this.#greatest] ?? []) return source;
    return undefined;
  }

  /** The source has `to` items now and had `from`. */
  move(source: number, from: number, to: number): void {
    this.#sources[from]?.delete(source);
    if (to > 0) (this.#sources[to] ??= new Set()).add(source);
    this.#greatest = Math.max(this.#greatest, to);
    while (this.#greatest > 0 && this.#sources[this.#greatest]?.size === 0) this.#greatest--;
  }
}

/**
 * A bounded queue in which the sources take turns: an item waits for at most as many items of each
 * other source as its own source has before it. When the queue is full a source that has fewer
 * items than others takes the place of one of theirs, so that no number of flooding sources keeps
 * another out. Urgent items go first, in order of arrival, and are not bounded here; whoever calls
 * something urgent must have a reason that is rare.
 */
export class FairQueue<T> {
  readonly #bounds: FairQueueBounds;
  readonly #urgent: T[] = [];
  /** The order of the keys is the order of the turns. */
  readonly #sources = new Map<number, T[]>();
  readonly #lengths = new SourceLengths();
  #ordinaryCount = 0;

  constructor(bounds: FairQueueBounds) {
    this.#bounds = bounds;
  }

  /** Items of both kinds. */
  get size(): number {
    return this.#ordinaryCount + this.#urgent.length;
  }

  /** Adds an item that goes before all ordinary ones. */
  addUrgent(item: T): void {
    this.#urgent.push(item);
  }

  /**
   * Adds an item.
   *
   * @returns the item that has no place then: this one, or, when the queue is full, the newest of
   * a source that has more of them; undefined when all have one.
   */
  offer(source: number, item: T): T | undefined {
    const own = this.#sources.get(source) ?? [];
    if (own.length >= this.#bounds.sourceCapacity) return item;
    const isFull = this.#ordinaryCount >= this.#bounds.capacity;
    // Only where the other source still has at least as many afterwards.
    if (isFull && this.#lengths.greatest <= own.length + 1) return item;
    const displaced = isFull ? this.#takeNewest() : undefined;
    own.push(item);
    this.#sources.set(source, own);
    this.#lengths.move(source, own.length - 1, own.length);
    this.#ordinaryCount++;
    return displaced;
  }

  /** Takes up to `count` items, one of each source per turn. */
  take(count: number): T[] {
    const items = this.#urgent.splice(0, count);
    while (items.length < count && this.#ordinaryCount > 0) items.push(this.#takeTurn());
    return items;
  }

  /** Takes the newest item of a source that has most; the source keeps its turn. */
  #takeNewest(): T | undefined {
    const source = this.#lengths.longest();
    const items = source === undefined ? undefined : this.#sources.get(source);
    if (source === undefined || items === undefined) return undefined;
    const newest = items.pop();
    this.#lengths.move(source, items.length + 1, items.length);
    this.#ordinaryCount--;
    return newest;
  }

  #takeTurn(): T {
    for (const [source, own] of this.#sources) {
      this.#sources.delete(source);
      const item = own.shift();
      if (item === undefined) continue;
      if (own.length > 0) this.#sources.set(source, own);
      this.#lengths.move(source, own.length + 1, own.length);
      this.#ordinaryCount--;
      return item;
    }
    throw new RangeError("Cannot take a turn: the queue is empty");
  }
}
