/** The sources by how many items of each wait, so that one with the most is found at once. */
export class SourceLengths<Key> {
  readonly #sources: Set<Key>[] = [];
  #greatest = 0;

  /** Most items that wait of one source. */
  get greatest(): number {
    return this.#greatest;
  }

  /** A source with that many; undefined when nothing waits. */
  longest(): Key | undefined {
    for (const source of this.#sources[this.#greatest] ?? []) return source;
    return undefined;
  }

  /** The source has `to` items now and had `from`. */
  move(source: Key, from: number, to: number): void {
    this.#sources[from]?.delete(source);
    if (to > 0) (this.#sources[to] ??= new Set()).add(source);
    this.#greatest = Math.max(this.#greatest, to);
    while (this.#greatest > 0 && this.#sources[this.#greatest]?.size === 0) this.#greatest--;
  }
}
