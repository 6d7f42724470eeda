/**
 * Decides that a share is counted once. Where one process knows all shares this is its memory alone,
 * and nothing is waited for; where several processes share a store, the store is asked last.
 */
export interface DuplicateClaims {
  /**
   * Looks a share up without changing anything.
   *
   * @param parent hash of the job's parent block, 32 bytes in internal order, like all hashes here.
   * @returns "forgotten" when nothing is remembered of this parent.
   */
  look(parent: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten";

  /** Puts a verified share in; "full" when there is no room for it. */
  insert(parent: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten" | "full";

  /**
   * Claims a share that was new here against other processes; missing where there are none.
   *
   * Resolves within a bounded time, with "new" also when the store cannot be reached (no two
   * processes search the same headers, so that only a replay could be counted twice). Never rejects.
   */
  claim?(parent: Uint8Array, hash: Uint8Array): Promise<"new" | "seen">;
}
