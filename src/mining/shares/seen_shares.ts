import { bytesToHex } from "../../base/mod.ts";
import type { DuplicateClaims } from "./duplicate_claims.ts";

/**
 * Parents whose shares are remembered. More than a channel remembers jobs (12), so that no job
 * that is still known outlives the memory of its shares.
 */
const PARENTS_MAX = 16;

/**
 * Shares remembered in all. 10,000 miners send some 833 a second, 21,000 a block and 340,000 in 16
 * blocks; three times that is some 100 MB at worst.
 */
const SHARES_MAX = 1_000_000;

/** Bytes of a header hash that stand for it: 2^64 tries for a collision, which would lose a share. */
const KEY_BYTES = 16;

/**
 * Remembers accepted shares by header hash, grouped by the parent block of their job. A group is
 * dropped as a whole, and a share of a dropped parent is refused as stale: it can never be counted
 * twice. Only verified shares are put in, so that garbage cannot fill the memory.
 */
export class SeenShares implements DuplicateClaims {
  readonly #groups = new Map<string, Set<string>>();
  readonly #sharesMax: number;
  #size = 0;

  constructor(options: { sharesMax?: number } = {}) {
    this.#sharesMax = options.sharesMax ?? SHARES_MAX;
  }

  /** Shares remembered now. */
  get size(): number {
    return this.#size;
  }

  /** Begins to remember the shares of a parent; one that is known becomes the newest again. */
  openParent(previousBlockHash: Uint8Array): void {
    const key = bytesToHex(previousBlockHash);
    const known = this.#groups.get(key);
    this.#groups.delete(key);
    this.#groups.set(key, known ?? new Set());
    while (this.#groups.size > PARENTS_MAX) this.#dropOldest();
  }

  look(previousBlockHash: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten" {
    const group = this.#groups.get(bytesToHex(previousBlockHash));
    if (group === undefined) return "forgotten";
    return group.has(keyOf(hash)) ? "seen" : "new";
  }

  /** Full when the current parent alone has used up the memory. */
  insert(previousBlockHash: Uint8Array, hash: Uint8Array): "new" | "seen" | "forgotten" | "full" {
    const looked = this.look(previousBlockHash, hash);
    if (looked !== "new") return looked;
    const parent = bytesToHex(previousBlockHash);
    while (this.#size >= this.#sharesMax && this.#oldest() !== parent) this.#dropOldest();
    if (this.#size >= this.#sharesMax) return "full";
    this.#groups.get(parent)?.add(keyOf(hash));
    this.#size++;
    return "new";
  }

  #oldest(): string | undefined {
    for (const key of this.#groups.keys()) return key;
    return undefined;
  }

  #dropOldest(): void {
    const oldest = this.#oldest();
    if (oldest === undefined) return;
    this.#size -= this.#groups.get(oldest)?.size ?? 0;
    this.#groups.delete(oldest);
  }
}

function keyOf(hash: Uint8Array): string {
  // The last bytes of a header hash are zeros (it is below the target): the first ones differ.
  return String.fromCharCode(...hash.subarray(0, KEY_BYTES));
}
