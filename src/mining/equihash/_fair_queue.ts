import { ConnectionTurns } from "./_connection_turns.ts";
import { SourceLengths } from "./_source_lengths.ts";
import type { ShareSource } from "./verifier.ts";

/** Bounds of a {@link FairQueue}. */
export interface FairQueueBounds {
  /** Ordinary items in the whole queue. */
  readonly capacity: number;
  /** Ordinary items of one network, so that one cannot fill the queue for all. */
  readonly networkCapacity: number;
}

/**
 * A bounded queue in which the networks take turns, and in each of these its connections: an item
 * waits for at most as many items of each other network as its own has before it, however many
 * connections the other one has. When the queue is full, or a network's part of it, a source that has
 * fewer items than others takes the place of one of theirs, so that no number of flooding networks
 * keeps another out, and no connection its neighbours. Urgent items go first, in order of arrival,
 * and are not bounded here; whoever calls something urgent must have a reason that is rare.
 */
export class FairQueue<T> {
  readonly #bounds: FairQueueBounds;
  readonly #urgent: T[] = [];
  /** The order of the keys is the order of the turns. */
  readonly #networks = new Map<string, ConnectionTurns<T>>();
  readonly #lengths = new SourceLengths<string>();
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
   * @returns the item that has no place then: this one, or the newest of a source that has more of
   * them; undefined when all have one.
   */
  offer({ network, id }: ShareSource, item: T): T | undefined {
    const own = this.#networks.get(network) ?? new ConnectionTurns<T>();
    const isFull = this.#ordinaryCount >= this.#bounds.capacity;
    // Only where the other network still has at least as many afterwards.
    const isLongest = isFull && this.#lengths.greatest <= own.size + 1;
    if (isLongest || own.size >= this.#bounds.networkCapacity) return own.exchange(id, item);
    const displaced = isFull ? this.#takeNewest() : undefined;
    own.add(id, item);
    this.#networks.set(network, own);
    this.#lengths.move(network, own.size - 1, own.size);
    this.#ordinaryCount++;
    return displaced;
  }

  /** Takes up to `count` items, one of each network per turn. */
  take(count: number): T[] {
    const items = this.#urgent.splice(0, count);
    while (items.length < count && this.#ordinaryCount > 0) items.push(this.#takeTurn());
    return items;
  }

  /** Takes the newest item of a network that has most; the network keeps its turn. */
  #takeNewest(): T | undefined {
    const network = this.#lengths.longest();
    const own = network === undefined ? undefined : this.#networks.get(network);
    if (network === undefined || own === undefined) return undefined;
    const newest = own.takeNewest();
    if (own.size === 0) this.#networks.delete(network);
    this.#removed(network, own.size);
    return newest;
  }

  #takeTurn(): T {
    for (const [network, own] of this.#networks) {
      this.#networks.delete(network);
      const item = own.takeTurn();
      if (own.size > 0) this.#networks.set(network, own);
      this.#removed(network, own.size);
      return item;
    }
    throw new RangeError("Cannot take a turn: the queue is empty");
  }

  #removed(network: string, left: number): void {
    this.#lengths.move(network, left + 1, left);
    this.#ordinaryCount--;
  }
}
