import type { MiningChannel } from "../channels/mod.ts";

/** Channel and group ids come from one space and are never used again on a connection. */
export const GROUP_ID = 1;

/** Channels that were closed since the parent changed and may have shares on their way. */
const CLOSED_MAX = 64;

/** The ids by which SV2 names the channels of one connection. */
export class ChannelIds {
  readonly #channels = new Map<number, MiningChannel>();
  readonly #ids = new Map<MiningChannel, number>();
  readonly #closed = new Map<number, MiningChannel>();
  #next = GROUP_ID + 1;

  /** Names a channel that opens. */
  add(channel: MiningChannel): number {
    const id = this.#next++;
    this.#channels.set(id, channel);
    this.#ids.set(channel, id);
    return id;
  }

  /** The channel of an id; undefined when none is open under it. */
  find(id: number): MiningChannel | undefined {
    return this.#channels.get(id);
  }

  /** The channel that had an id and was closed since the parent changed. */
  findClosed(id: number): MiningChannel | undefined {
    return this.#closed.get(id);
  }

  /** The id of an open channel. */
  idOf(channel: MiningChannel): number | undefined {
    return this.#ids.get(channel);
  }

  /** A block of a closed channel would be stale now; and its jobs hold their templates. */
  parentChanged(): void {
    this.#closed.clear();
  }

  /** Ids and channels, oldest first; a channel may be removed on the way. */
  entries(): Iterable<[number, MiningChannel]> {
    return this.#channels.entries();
  }

  /** Who is credited on the open channels, each as often as it has one. */
  *miners(): Generator<string, void> {
    for (const { miner } of this.#channels.values()) yield miner.minerId;
  }

  /** Takes the id from a channel that closes. */
  remove(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#channels.delete(id);
    this.#ids.delete(channel);
    this.#closed.set(id, channel);
    for (const oldest of this.#closed.keys()) {
      if (this.#closed.size <= CLOSED_MAX) break;
      this.#closed.delete(oldest);
    }
  }
}
