import type { NoncePrefixes } from "./nonce_prefixes.ts";

/**
 * What one network of clients (an IPv4 address, 64 bits of an IPv6 one) takes of the nonce prefixes of a parent block. A prefix that was given back
 * rests until the parent changes, so a peer that changes targets, or opens and closes channels, for long
 * enough would use up a short nonce_1 for everybody. Here a network gets no further prefix once it
 * has spent as many as are left: changes take half of what there was, openings and closings half of
 * the rest, and a newcomer always finds some. Reconnecting changes nothing of that. An honest one spends a few a parent, so it meets
 * this bound only where the space is as good as used up.
 */
export class PrefixAccount {
  readonly #prefixes: NoncePrefixes;
  #parents: number;
  /** Prefixes given back since the parent changed: for another one, and with their channel. */
  #renewed = 0;
  #closed = 0;
  #live = 0;

  constructor(prefixes: NoncePrefixes) {
    this.#prefixes = prefixes;
    this.#parents = prefixes.parents;
  }

  /** Prefixes in use by channels. */
  get live(): number {
    return this.#live;
  }

  /** True when nothing would be forgotten without it. */
  get isIdle(): boolean {
    this.#beginParent();
    return this.#live === 0 && this.#renewed + this.#closed === 0;
  }

  /**
   * A prefix for a new channel; undefined when none is left for this network. What its channels
   * spent on changes does not count here: nobody is refused a channel for these.
   */
  tryOpen(): Uint8Array | undefined {
    this.#beginParent();
    if (BigInt(this.#closed) >= this.#prefixes.free) return undefined;
    const prefix = this.#prefixes.tryAllocate();
    if (prefix !== undefined) this.#live++;
    return prefix;
  }

  /** Another prefix in the place of this one, which then rests; undefined when none is left. */
  tryRenew(prefix: Uint8Array): Uint8Array | undefined {
    this.#beginParent();
    if (BigInt(this.#renewed + this.#closed) >= this.#prefixes.free) return undefined;
    const renewed = this.#prefixes.tryAllocate();
    if (renewed === undefined) return undefined;
    this.#prefixes.release(prefix);
    this.#renewed++;
    return renewed;
  }

  /** Gives the prefix of a channel back that closes. */
  close(prefix: Uint8Array): void {
    this.#beginParent();
    this.#prefixes.release(prefix);
    this.#live--;
    this.#closed++;
  }

  #beginParent(): void {
    if (this.#parents === this.#prefixes.parents) return;
    this.#parents = this.#prefixes.parents;
    this.#renewed = 0;
    this.#closed = 0;
  }
}
