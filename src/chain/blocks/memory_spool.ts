import { displayHash } from "../../base/mod.ts";
import type { BlockSpool } from "./block_spool.ts";
import type { FoundBlock } from "./found_block.ts";

/**
 * A spool for a pool that may write no file: blocks survive nodes that are away, not the process.
 */
export class MemorySpool implements BlockSpool {
  readonly #unfinished = new Map<string, FoundBlock>();

  append(found: FoundBlock): void {
    this.#unfinished.set(displayHash(found.hash), found);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  markDone(hash: Uint8Array): void {
    this.#unfinished.delete(displayHash(hash));
  }

  unfinished(): FoundBlock[] {
    return [...this.#unfinished.values()];
  }

  close(): void {}
}
