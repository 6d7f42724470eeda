import { type BlockState, PENDING_STATES } from "../../chain/blocks/mod.ts";
import type { BlockLedger, WatchedBlock } from "../../chain/chain_follower/mod.ts";
import type { Store } from "../../money/records/mod.ts";

/** Followed however deep they lie. */
const UNDECIDED: readonly BlockState[] = [...PENDING_STATES, "immature"];

/** The store gives no more in one call. */
const BLOCKS_MAX = 1_000;

/** The states of found blocks where there is no ledger, because records live in memory. */
export class RecordedBlocks implements BlockLedger {
  readonly #store: Pick<Store, "blocks" | "updateBlock">;

  constructor(store: Pick<Store, "blocks" | "updateBlock">) {
    this.#store = store;
  }

  async watched(fromHeight: number, limit: number): Promise<WatchedBlock[]> {
    const blocks = await this.#store.blocks(BLOCKS_MAX);
    return blocks.filter(({ height, state }) => height >= fromHeight || UNDECIDED.includes(state))
      .sort((a, b) => a.height - b.height).slice(0, limit);
  }

  async credit(hash: Uint8Array): Promise<void> {
    await this.#store.updateBlock(hash, "immature");
  }

  async mature(hash: Uint8Array): Promise<void> {
    await this.#store.updateBlock(hash, "mature");
  }

  async orphan(hash: Uint8Array, reason: string): Promise<void> {
    await this.#store.updateBlock(hash, "orphaned", reason);
  }

  async giveBack(hash: Uint8Array): Promise<void> {
    await this.#store.updateBlock(hash, "immature", "returned to the best chain");
  }
}
