import type { MiningChannel } from "../channels/mod.ts";

/** Channel and group ids come from one space and are never used again on a connection. */
export const GROUP_ID = 1;

/** The ids by which SV2 names the channels of one connection. */
export class ChannelIds {
  readonly #channels = new Map<number, MiningChannel>();
  readonly #ids = new Map<MiningChannel, number>();
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

  /** The id of an open channel. */
  idOf(channel: MiningChannel): number | undefined {
    return this.#ids.get(channel);
  }

  /** Ids and channels, oldest first; a channel may be removed on the way. */
  entries(): Iterable<[number, MiningChannel]> {
    return this.#channels.entries();
  }

  /** Forgets a channel that closes. */
  remove(id: number): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.#channels.delete(id);
    this.#ids.delete(channel);
  }
}
