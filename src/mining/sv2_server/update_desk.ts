import { ErrorCode, type UpdateChannel, UpdateChannelError } from "../../wire/protocol/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import type { ChannelDesk, OpenChannel } from "./channel_desk.ts";
import { readWish } from "./channel_requests.ts";
import type { MiningServerModules, MiningServerOptions } from "./options.ts";

/**
 * Least time between two targets of one channel of which the miner asked for the second. Each costs
 * a nonce prefix and three messages; proxies ask about once a second.
 */
const INTERVAL_MS = 1_000;

/** Takes UpdateChannel of one connection and answers it, at once or with what else comes soon. */
export class UpdateDesk {
  readonly #connection: FrameConnection;
  readonly #options: MiningServerOptions;
  readonly #modules: MiningServerModules;
  readonly #channels: ChannelDesk;

  constructor(
    connection: FrameConnection,
    options: MiningServerOptions,
    modules: MiningServerModules,
    channels: ChannelDesk,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#channels = channels;
  }

  /** Refuses an update, obeys it, or keeps it until {@link tick} when a target has just been sent. */
  receive(update: UpdateChannel): void {
    const { channelId, nominalHashRate, maximumTarget } = update;
    const entry = this.#channels.find(channelId);
    if (entry === undefined) return this.#refuse(channelId, ErrorCode.invalidChannelId);
    const answer = readWish({ nominalHashRate, maxTarget: maximumTarget }, this.#options);
    if (!answer.accepted) return this.#refuse(channelId, answer.errorCode);
    const { maxTarget, target } = answer;
    // An update without a hash rate leaves the one that is waiting as it is.
    entry.wish = { ...entry.wish, maxTarget, ...(target === undefined ? {} : { target }) };
    this.#obey(entry);
  }

  /** Obeys what has waited long enough; called about once a second. */
  tick(): void {
    for (const entry of this.#channels.all()) this.#obey(entry);
  }

  #obey(entry: OpenChannel): void {
    const { channel, wish, announcedAt = -Infinity } = entry;
    const now = this.#modules.clock.monotonic();
    if (wish === undefined || now - announcedAt < INTERVAL_MS) return;
    entry.wish = undefined;
    if (channel.update(wish, now)) this.#channels.sendTarget(entry);
  }

  #refuse(channelId: number, errorCode: ErrorCode): void {
    this.#connection.send(UpdateChannelError.encode({ channelId, errorCode }));
  }
}
