import type { BlockState } from "../blocks/mod.ts";

/** A found block that is still watched. */
export interface WatchedBlock {
  /** 32 bytes, internal order. */
  readonly hash: Uint8Array;
  readonly height: number;
  readonly state: BlockState;
  /** Immature, and debts that its coinbase pays are set aside for a rival. */
  readonly displaced: boolean;
}

/**
 * The money side of found blocks. Each step is one transaction that does nothing when the block is
 * not in the state that it starts from, so that a step that was repeated counts once.
 */
export interface BlockLedger {
  /**
   * Every pending and immature block, however deep it lies by now (a pool that was down for long has
   * not credited it yet), and the rejected, mature and orphaned ones at least as high as this: another
   * node may have taken what one refused, and the chain may change its mind about the others.
   *
   * @returns at most `limit`, those of the lowest height first.
   */
  watched(fromHeight: number, limit: number): Promise<readonly WatchedBlock[]>;
  /** pending or rejected → immature: the reward is divided and credited, not yet due. */
  credit(hash: Uint8Array): Promise<void>;
  /** The best chain has an immature block: debts in its coinbase are set aside for it again. */
  hold(hash: Uint8Array): Promise<void>;
  /** immature → mature: what was credited is due, or paid by the block's own coinbase. */
  mature(hash: Uint8Array): Promise<void>;
  /**
   * pending, immature or mature → orphaned: exactly what was credited is taken back; what was due
   * already is borne by the pool.
   */
  orphan(hash: Uint8Array, reason: string): Promise<void>;
  /** orphaned → immature, or mature again where it was: the same credits once more. */
  giveBack(hash: Uint8Array): Promise<void>;
}
