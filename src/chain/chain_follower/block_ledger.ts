/** Where a block stands as far as money is concerned. */
export type WatchedState = "accepted" | "refused" | "immature" | "mature" | "orphaned";

/** A found block that is still watched. */
export interface WatchedBlock {
  /** 32 bytes, internal order. */
  readonly hash: Uint8Array;
  readonly height: number;
  /**
   * `accepted` stands for every block whose reward is not credited yet, `refused` for one that a node
   * has refused: another node may have taken it. The best chain decides.
   */
  readonly state: WatchedState;
}

/**
 * The money side of found blocks. Each step is one transaction that does nothing when the block is
 * not in the state that it starts from, so that a step that was repeated counts once.
 */
export interface BlockLedger {
  /**
   * Every accepted and immature block, however deep it lies by now (a pool that was away for long has
   * not credited it yet), and the refused, mature and orphaned ones at least as high as this.
   *
   * @returns at most `limit`, those of the lowest height first.
   */
  watched(fromHeight: number, limit: number): Promise<readonly WatchedBlock[]>;
  /** accepted or refused → immature: the reward is divided and credited, not yet due. */
  credit(hash: Uint8Array): Promise<void>;
  /** immature → mature: what was credited is due. */
  mature(hash: Uint8Array): Promise<void>;
  /**
   * accepted, immature or mature → orphaned: exactly what was credited is taken back; what was due
   * already is borne by the pool.
   */
  orphan(hash: Uint8Array, reason: string): Promise<void>;
  /** orphaned → immature, or mature again where it was: the same credits once more. */
  giveBack(hash: Uint8Array): Promise<void>;
}
