import { PoolError } from "../../base/mod.ts";
import type { FinalVerdictState } from "./block_state.ts";
import type { FoundBlock } from "./found_block.ts";

/**
 * Where found blocks stand until it is known what became of them.
 *
 * Writing is synchronous on purpose: when {@link append} returns, the bytes are with the operating
 * system, so a kill -9 of this process at any later moment loses nothing, and no byte has gone to
 * a node before. {@link flush} adds safety against a power failure and may take its time.
 */
export interface BlockSpool {
  /**
   * Writes a block.
   *
   * @throws {SpoolError} when it could not be written.
   */
  append(found: FoundBlock): void;
  /** Resolves when all that was appended is on the disk; rejects with {@link SpoolError}. */
  flush(): Promise<void>;
  /**
   * Notes that it is known what became of a block; unknown hashes are ignored.
   *
   * @throws {SpoolError} when it could not be written; the block is then submitted again once.
   */
  markDone(hash: Uint8Array, state: FinalVerdictState): void;
  /** Blocks that are not done, oldest first. */
  unfinished(): FoundBlock[];
  /**
   * Brings all to the disk and lets go of it; may be called twice.
   *
   * @throws {SpoolError} when the disk fails; it is let go of all the same.
   */
  close(): void;
}

/** The spool cannot be used; `cause` has the operating system's reason. */
export class SpoolError extends PoolError {
  constructor(message: string, options?: ErrorOptions) {
    super("spool", message, options);
  }
}
