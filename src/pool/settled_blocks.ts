import type { BlockLedger, WatchedBlock } from "../chain_follower/mod.ts";

/** Divides rewards after the shares that take part are written. */
export class SettledBlocks implements BlockLedger {
  readonly #settler: BlockLedger;
  readonly #flush: () => Promise<void>;

  constructor(modules: { readonly settler: BlockLedger; readonly flush: () => Promise<void> }) {
    this.#settler = modules.settler;
    this.#flush = modules.flush;
  }

  watched(fromHeight: number, limit: number): Promise<readonly WatchedBlock[]> {
    return this.#settler.watched(fromHeight, limit);
  }

  /** A block takes the shares up to its own, which wait in this process for the next batch. */
  async credit(hash: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#settler.credit(hash);
  }

  mature(hash: Uint8Array): Promise<void> {
    return this.#settler.mature(hash);
  }

  orphan(hash: Uint8Array, reason: string): Promise<void> {
    return this.#settler.orphan(hash, reason);
  }

  async giveBack(hash: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#settler.giveBack(hash);
  }
}
