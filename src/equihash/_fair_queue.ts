/** Bounds of a {@link FairQueue}. */
export interface FairQueueBounds {
  /** Ordinary items in the whole queue. */
  readonly capacity: number;
  /** Ordinary items of one source, so that one source cannot fill the queue for all. */
  readonly sourceCapacity: number;
}

/**
 * A bounded queue in which the sources take turns: an item waits for at most as many items of each
 * other source as its own source has before it. Urgent items go first, in order of arrival, and
 * are not bounded here; whoever calls something urgent must have a reason that is rare.
 */
export class FairQueue<T> {
  readonly #bounds: FairQueueBounds;
  readonly #urgent: T[] = [];
  /** The order of the keys is the order of the turns. */
  readonly #sources = new Map<number, T[]>();
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

  /** Adds an item; false when the queue, or the source's part of it, is full. */
  offer(source: number, item: T): boolean {
    if (this.#ordinaryCount >= this.#bounds.capacity) return false;
    const own = this.#sources.get(source);
    if (own === undefined) this.#sources.set(source, [item]);
    else if (own.length >= this.#bounds.sourceCapacity) return false;
    else own.push(item);
    this.#ordinaryCount++;
    return true;
  }

  /** Takes up to `count` items, one of each source per turn. */
  take(count: number): T[] {
    const items = this.#urgent.splice(0, count);
    while (items.length < count && this.#ordinaryCount > 0) items.push(this.#takeTurn());
    return items;
  }

  #takeTurn(): T {
    for (const [source, own] of this.#sources) {
      this.#sources.delete(source);
      const item = own.shift();
      if (item === undefined) continue;
      if (own.length > 0) this.#sources.set(source, own);
      this.#ordinaryCount--;
      return item;
    }
    throw new RangeError("Cannot take a turn: the queue is empty");
  }
}
