import type { BlockLedger, WatchedBlock } from "../../chain/chain_follower/mod.ts";

/** Divides rewards after the shares that take part are written, and tells when something was booked. */
export class SettledBlocks implements BlockLedger {
  readonly #settler: BlockLedger;
  readonly #flush: () => Promise<void>;
  readonly #settled: () => void;

  constructor(
    modules: {
      readonly settler: BlockLedger;
      readonly flush: () => Promise<void>;
      readonly settled: () => void;
    },
  ) {
    this.#settler = modules.settler;
    this.#flush = modules.flush;
    this.#settled = modules.settled;
  }

  watched(fromHeight: number, limit: number): Promise<readonly WatchedBlock[]> {
    return this.#settler.watched(fromHeight, limit);
  }

  /** A block takes the shares up to its own, which wait in this process for the next batch. */
  async credit(hash: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#settler.credit(hash);
    this.#settled();
  }

  async hold(hash: Uint8Array): Promise<void> {
    await this.#settler.hold(hash);
    this.#settled();
  }

  async mature(hash: Uint8Array): Promise<void> {
    await this.#settler.mature(hash);
    this.#settled();
  }

  async orphan(hash: Uint8Array, reason: string): Promise<void> {
    await this.#settler.orphan(hash, reason);
    this.#settled();
  }

  async giveBack(hash: Uint8Array): Promise<void> {
    await this.#flush();
    await this.#settler.giveBack(hash);
    this.#settled();
  }
}
