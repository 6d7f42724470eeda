/** What was opened and has to be closed: newest first, each in any case. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  #closing: Promise<void> | undefined;

  /** Keeps how a part is closed, and hands the part on. */
  keep<T>(part: T, close: (part: T) => unknown): T {
    this.#closers.push(() => close(part));
    return part;
  }

  /** Closes all, whatever fails, and throws what failed first. */
  closeAll(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    let failure: { readonly reason: unknown } | undefined;
    for (const close of this.#closers.toReversed()) {
      try {
        await close();
      } catch (reason) {
        failure ??= { reason };
      }
    }
    if (failure !== undefined) throw failure.reason;
  }
}
