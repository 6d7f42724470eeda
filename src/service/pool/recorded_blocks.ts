import type { BlockLedger, WatchedBlock, WatchedState } from "../../chain/chain_follower/mod.ts";
import type { BlockState, Store } from "../../money/records/mod.ts";

/** What a block's recorded state means to whoever follows it. */
const WATCHED: ReadonlyMap<BlockState, WatchedState> = new Map([
  ["submitted", "accepted"],
  ["accepted", "accepted"],
  ["side_chain", "accepted"],
  ["unknown", "accepted"],
  ["rejected", "refused"],
  ["immature", "immature"],
  ["mature", "mature"],
  ["orphaned", "orphaned"],
]);

/** The store gives no more in one call. */
const BLOCKS_MAX = 1_000;

/** The states of found blocks where there is no ledger, because records live in memory. */
export class RecordedBlocks implements BlockLedger {
  readonly #store: Pick<Store, "blocks" | "updateBlock">;

  constructor(store: Pick<Store, "blocks" | "updateBlock">) {
    this.#store = store;
  }

  async watched(fromHeight: number, limit: number): Promise<WatchedBlock[]> {
    const blocks = await this.#store.blocks(BLOCKS_MAX, [...WATCHED.keys()]);
    return blocks.flatMap(({ hash, height, state }): WatchedBlock[] => {
      const watched = WATCHED.get(state);
      const undecided = watched === "accepted" || watched === "immature";
      const followed = undecided || height >= fromHeight;
      return watched === undefined || !followed ? [] : [{ hash, height, state: watched }];
    }).sort((a, b) => a.height - b.height).slice(0, limit);
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
