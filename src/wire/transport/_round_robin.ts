/** What waits of several sources that take turns: one item of each, in the order in which they came. */
export class RoundRobin<T> {
  /** The order of the keys is the order of the turns; none is empty. */
  readonly #sources = new Map<string, T[]>();
  #size = 0;

  /** Items that wait, of all sources. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item behind those of its source. */
  add(source: string, item: T): void {
    const own = this.#sources.get(source);
    if (own === undefined) this.#sources.set(source, [item]);
    else own.push(item);
    this.#size++;
  }

  /** Takes the next source's first item; undefined when nothing waits. */
  take(): T | undefined {
    for (const [source, own] of this.#sources) {
      this.#sources.delete(source);
      const item = own.shift();
      if (own.length > 0) this.#sources.set(source, own);
      this.#size--;
      return item;
    }
    return undefined;
  }
}
