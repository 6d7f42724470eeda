import { reasonOf } from "../../base/mod.ts";
import { IdentityError, type MinerIdentity } from "../channels/mod.ts";
import {
  type CloseReason,
  decodeMessage,
  EQUIHASH_NONCE_LENGTH,
  ErrorCode,
  type Frame,
  type OpenExtendedMiningChannel,
  OpenMiningChannelError,
  type OpenStandardMiningChannel,
  Reconnect,
  type SetupConnection,
} from "../../wire/protocol/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import { ChannelDesk } from "./channel_desk.ts";
import { readWish } from "./channel_requests.ts";
import type { MiningServerOptions, SessionModules } from "./options.ts";
import { answerExtensions, answerSetup } from "./setup.ts";
import { ShareDesk } from "./share_desk.ts";
import { UpdateDesk } from "./update_desk.ts";

/** Payload bound before SetupConnection: its strings are at most 255 bytes each. */
const SETUP_PAYLOAD_MAX = 2_048;

/** Payload bound afterwards: a share has 1,389 bytes, RequestExtensions some more. */
const MINING_PAYLOAD_MAX = 8_192;

/** A request for a channel of either kind. */
type OpenRequest =
  | { readonly name: "OpenStandardMiningChannel"; readonly value: OpenStandardMiningChannel }
  | { readonly name: "OpenExtendedMiningChannel"; readonly value: OpenExtendedMiningChannel };

type SessionState =
  | { readonly kind: "awaiting_setup" }
  | { readonly kind: "ready"; readonly equihash: boolean }
  | { readonly kind: "ended" };

/** One connection's side of the SV2 mining protocol. Frames in, frames out, synchronous inside. */
export class MiningSession {
  readonly #connection: FrameConnection;
  readonly #options: MiningServerOptions;
  readonly #modules: SessionModules;
  readonly #channels: ChannelDesk;
  readonly #shares: ShareDesk;
  readonly #updates: UpdateDesk;
  /** Channels whose miners are being asked after. */
  #opening = 0;
  #state: SessionState = { kind: "awaiting_setup" };

  constructor(
    connection: FrameConnection,
    options: MiningServerOptions,
    modules: SessionModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#channels = new ChannelDesk(connection, options, modules);
    this.#shares = new ShareDesk(connection, modules, this.#channels);
    this.#updates = new UpdateDesk(connection, options, modules, this.#channels);
    connection.limitPayload(SETUP_PAYLOAD_MAX);
  }

  /** Shares that are being verified or wait for an earlier one. */
  get pendingShares(): number {
    return this.#shares.pending;
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#modules;
    const cancel = clock.after(this.#options.connectionTimeoutMs, () => {
      if (this.#channels.size === 0) this.#connection.close("no channel opened in time");
    });
    try {
      for await (const frames of this.#connection.batches()) {
        for (const frame of frames) this.#receive(frame);
        await this.#shares.room();
      }
    } catch (error) {
      this.#log("debug", "miner_protocol_error", reasonOf(error));
      this.#connection.close(reasonOf(error));
    } finally {
      cancel();
      this.#end();
    }
  }

  /** Sends new work to every channel. */
  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    this.#channels.broadcast(template, cleanJobs);
  }

  /** Obeys what miners asked for, then lets vardiff look; called about once a second. */
  tick(): void {
    this.#updates.tick();
    for (const entry of this.#channels.all()) this.#channels.retarget(entry);
  }

  /** Asks the miner to come back later, to the same address, and closes. */
  reconnect(reason: string): void {
    this.#shares.flush();
    if (this.#state.kind === "ready") {
      this.#connection.send(Reconnect.encode({ newHost: "", newPort: 0 }));
    }
    this.#connection.close(reason);
  }

  /** Ends every channel; the connection stays, and learns the same when it asks for another one. */
  closeChannels(reasonCode: CloseReason): void {
    this.#shares.flush();
    this.#channels.dismissAll(reasonCode);
  }

  #receive(frame: Frame): void {
    if (this.#state.kind === "ended") return;
    const message = decodeMessage("mining", frame);
    if (this.#state.kind === "awaiting_setup") {
      if (message?.name !== "SetupConnection") {
        return this.#drop("the first frame is not SetupConnection");
      }
      return this.#setup(message.value);
    }
    switch (message?.name) {
      case "RequestExtensions": {
        const answer = answerExtensions(message.value);
        this.#state = { ...this.#state, equihash: this.#state.equihash || answer.equihash };
        this.#connection.send(answer.frame);
        return;
      }
      case "OpenStandardMiningChannel":
      case "OpenExtendedMiningChannel":
        return this.#open(message);
      case "UpdateChannel":
        return this.#updates.receive(message.value);
      case "CloseChannel":
        return this.#channels.close(message.value.channelId);
      case "SubmitEquihashShare":
        return this.#shares.submit(message.value);
      case "SetupConnection":
        return this.#drop("SetupConnection was sent twice");
      default:
        // Unknown or unexpected messages are passed over, as the specification asks.
        this.#log("debug", "miner_message_ignored", "a message of the miner was ignored");
    }
  }

  #setup(setup: SetupConnection): void {
    const answer = answerSetup(setup);
    this.#connection.send(answer.frame);
    if (!answer.accepted) {
      this.#state = { kind: "ended" };
      this.#connection.close(answer.errorCode);
      return;
    }
    this.#state = { kind: "ready", equihash: false };
    this.#connection.limitPayload(MINING_PAYLOAD_MAX);
  }

  #open(message: OpenRequest): void {
    const { requestId, userIdentity } = message.value;
    const refuse = (errorCode: ErrorCode, why: string): void => {
      this.#log("debug", "channel_refused", why);
      this.#connection.send(OpenMiningChannelError.encode({ requestId, errorCode }));
    };
    if (this.#refusesPaidWork(refuse)) return;
    if (this.#state.kind !== "ready" || !this.#state.equihash) {
      return refuse(ErrorCode.extensionNotNegotiated, "the Equihash extension was not negotiated");
    }
    const freeNonceBytes = EQUIHASH_NONCE_LENGTH - this.#options.nonce1Length;
    if (
      message.name === "OpenExtendedMiningChannel" &&
      message.value.minExtranonceSize > freeNonceBytes
    ) {
      return refuse(
        ErrorCode.minExtranonceSizeTooLarge,
        `only ${freeNonceBytes} nonce bytes are free`,
      );
    }
    const wish = readWish(message.value, this.#options);
    if (!wish.accepted) return refuse(wish.errorCode, "the wish is outside of the limits");
    if (this.#channels.size + this.#opening >= this.#options.channelsPerConnectionMax) {
      return refuse(ErrorCode.channelCapacityExhausted, "no further channel can be served");
    }
    this.#opening++;
    this.#introduce(userIdentity, wish.target).then(
      ({ miner, target }) => {
        // In the same moment in which the channel is counted itself: it must not count twice.
        this.#opening--;
        // The cap may have been reached meanwhile; nobody closes the channel later for it.
        if (this.#state.kind !== "ready" || this.#refusesPaidWork(refuse)) return;
        const { maxTarget } = wish;
        const kind = message.name === "OpenExtendedMiningChannel" ? "extended" : "standard";
        if (this.#channels.open({ requestId, kind, miner, target, maxTarget })) return;
        refuse(ErrorCode.channelCapacityExhausted, "no further channel can be served");
      },
      (error) => {
        this.#opening--;
        if (this.#state.kind !== "ready") return;
        if (error instanceof IdentityError) {
          return refuse(error.code, error.message);
        }
        this.#log("error", "channel_not_opened", reasonOf(error));
        this.#drop("a channel could not be opened");
      },
    );
  }

  /** Refuses while the pool takes no paid work; true when it did. */
  #refusesPaidWork(refuse: (errorCode: ErrorCode, why: string) => void): boolean {
    const refusal = this.#modules.refusal();
    if (refusal === undefined) return false;
    refuse(refusal, "the pool takes no paid work now");
    return true;
  }

  /** Who the miner is, and the target that it starts with: the one it asks for, or its last one. */
  async #introduce(
    userIdentity: string,
    wished: bigint | undefined,
  ): Promise<{ miner: MinerIdentity; target: bigint }> {
    const { identify, workers } = this.#modules;
    const miner = await identify(userIdentity);
    const target = wished ?? await workers.lastTarget(miner) ?? this.#options.initialTarget;
    return { miner, target };
  }

  #drop(why: string): void {
    this.#log("debug", "miner_dropped", why);
    this.#state = { kind: "ended" };
    this.#connection.close(why);
  }

  #end(): void {
    this.#state = { kind: "ended" };
    this.#shares.close();
    this.#channels.closeAll();
  }

  #log(level: "debug" | "error", event: string, message: string): void {
    this.#modules.logger.log(level, event, message, { connection: this.#connection.id });
  }
}
