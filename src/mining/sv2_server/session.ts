import { concatBytes, judgeAfter, ProtocolError, reasonOf, u256FromLe } from "../../base/mod.ts";
import {
  type ChannelFact,
  ChannelSession,
  type Conversation,
  type ServiceRefusal,
  type WorkingMiner,
} from "../channels/mod.ts";
import {
  answerExtensions,
  answerSetup,
  type CloseChannel,
  DeclarationErrorCode,
  type DecodedMessage,
  decodeMessage,
  ErrorCode,
  type Frame,
  MiningSetupFlags,
  MiningSuccessFlags,
  type OpenExtendedMiningChannel,
  OpenMiningChannelError,
  type OpenStandardMiningChannel,
  Protocol,
  Reconnect,
  type SetCustomMiningJobOnChannel,
  SetCustomMiningJobOnChannelError,
  type SetupConnection,
  type UpdateChannel,
  UpdateChannelError,
} from "../../wire/protocol/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { ShareAllowance } from "../shares/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import { ChannelIds, GROUP_ID } from "./_channel_ids.ts";
import { factFrame, openedFrames } from "./channel_frames.ts";
import { OPEN_ERROR_CODES, UPDATE_ERROR_CODES } from "./error_codes.ts";
import type { MiningServerOptions, SessionModules } from "./options.ts";
import { ShareHandler } from "./share_handler.ts";

/** Payload bound before SetupConnection: its strings are at most 255 bytes each. */
const SETUP_PAYLOAD_MAX = 2_048;

/** Payload bound afterwards: a share has 1,389 bytes, RequestExtensions some more. */
const MINING_PAYLOAD_MAX = 8_192;

/** What is served here. The version of a Zcash header carries no search space. */
const SETUP_OFFER = {
  protocol: Protocol.mining,
  supportedFlags: MiningSetupFlags.requiresStandardJobs,
  flags: MiningSuccessFlags.requiresFixedVersion,
};

/** A request for a channel of either kind. */
type OpenMessage =
  | { readonly name: "OpenStandardMiningChannel"; readonly value: OpenStandardMiningChannel }
  | { readonly name: "OpenExtendedMiningChannel"; readonly value: OpenExtendedMiningChannel };

type SessionState =
  | { readonly kind: "awaiting_setup" }
  | { readonly kind: "ready"; readonly equihash: boolean }
  | { readonly kind: "ended" };

/** One connection's side of the SV2 mining protocol. Frames in, frames out, synchronous inside. */
export class MiningSession implements Conversation {
  readonly #connection: FrameConnection;
  readonly #options: MiningServerOptions;
  readonly #modules: SessionModules;
  readonly #channels: ChannelSession;
  readonly #ids = new ChannelIds();
  readonly #shares: ShareHandler;
  #state: SessionState = { kind: "awaiting_setup" };
  #agent = "";

  constructor(
    connection: FrameConnection,
    options: MiningServerOptions,
    modules: SessionModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#channels = new ChannelSession(options, modules, {
      address: connection.remoteAddress,
      changesPrefixes: true,
      tell: (facts) => this.#tell(facts),
      awaitShare: () => connection.excuseSilence(),
    });
    this.#shares = new ShareHandler({
      connection,
      modules,
      channels: this.#channels,
      ids: this.#ids,
      allowance: new ShareAllowance(
        options.maxSharesPerSecond(connection.remoteAddress),
        modules.clock.monotonic(),
      ),
    });
    connection.limitPayload(SETUP_PAYLOAD_MAX);
  }

  get agent(): string {
    return this.#agent;
  }

  *miners(): Iterable<WorkingMiner> {
    for (const [, { miner, target }] of this.#ids.entries()) yield { miner, target };
  }

  /** Channels that are open. */
  get channelCount(): number {
    return this.#channels.size;
  }

  /** Shares that are being verified or wait for an earlier one. */
  get pendingShares(): number {
    return this.#shares.pending;
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#modules;
    const cancel = judgeAfter(clock, this.#options.connectionTimeoutMs, () => {
      if (this.#channels.size > 0) return;
      this.#modules.conduct?.limited("connection_timeout_secs", this.#connection.remoteAddress);
      this.#connection.close("no channel opened in time");
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
      this.#release();
    }
  }

  /** Sends new work to every channel. */
  *broadcast(template: JobTemplate, cleanJobs: boolean): Generator<void, void> {
    if (cleanJobs) this.#ids.parentChanged();
    yield* this.#channels.broadcast(template, cleanJobs);
  }

  /** Moves what time moves; called about once a second. */
  tick(): Iterable<void> {
    return this.#channels.tick();
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
  closeChannels(reason: ServiceRefusal): void {
    this.#shares.flush();
    this.#channels.dismissAll(reason);
  }

  #receive(frame: Frame): void {
    if (this.#state.kind === "ended") return;
    const message = this.#decode(frame);
    if (this.#state.kind === "awaiting_setup") {
      if (message?.name !== "SetupConnection") {
        return this.#drop("setup-expected", "the first frame is not SetupConnection");
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
        return this.#update(message.value);
      case "CloseChannel":
        return this.#close(message.value);
      case "SubmitEquihashShare":
        return this.#shares.submit(message.value);
      case "SetCustomMiningJob":
        return this.#refuseDeclared(message.value);
      case "SetupConnection":
        return this.#drop("setup-repeated", "SetupConnection was sent twice");
      default:
        // Unknown or unexpected messages are passed over, as the specification asks.
        this.#log("debug", "miner_message_ignored", "a message of the miner was ignored");
    }
  }

  #decode(frame: Frame): DecodedMessage<"mining"> | undefined {
    try {
      return decodeMessage("mining", frame);
    } catch (error) {
      if (error instanceof ProtocolError) this.#reportFault(error.code);
      throw error;
    }
  }

  #setup(setup: SetupConnection): void {
    const answer = answerSetup(setup, SETUP_OFFER);
    this.#connection.send(answer.frame);
    if (!answer.accepted) {
      this.#state = { kind: "ended" };
      this.#connection.close(answer.errorCode);
      return;
    }
    this.#agent = `${setup.vendor} ${setup.firmware}`.trim();
    this.#state = { kind: "ready", equihash: false };
    this.#connection.limitPayload(MINING_PAYLOAD_MAX);
  }

  #open(message: OpenMessage): void {
    const { requestId, userIdentity, nominalHashRate, maxTarget } = message.value;
    const extended = message.name === "OpenExtendedMiningChannel";
    const refuse = (errorCode: ErrorCode, why: string): void => {
      this.#log("debug", "channel_refused", why);
      this.#connection.send(OpenMiningChannelError.encode({ requestId, errorCode }));
    };
    if (this.#state.kind !== "ready" || !this.#state.equihash) {
      const why = "the Equihash extension was not negotiated";
      const refusal = "extension-not-negotiated";
      const { remoteAddress: address } = this.#connection;
      this.#modules.logins?.refused({ userIdentity, address, refusal, why });
      return refuse(ErrorCode.extensionNotNegotiated, why);
    }
    this.#channels.open({
      userIdentity,
      nominalHashRate,
      maxTarget: u256FromLe(maxTarget),
      freeNonceBytes: extended ? message.value.minExtranonceSize : 0,
    }, (answer) => {
      switch (answer.kind) {
        case "refused":
          return refuse(OPEN_ERROR_CODES[answer.refusal], answer.why);
        case "failed":
          this.#log("error", "channel_not_opened", answer.reason);
          return this.#end("a channel could not be opened");
        case "opened": {
          const channelId = this.#ids.add(answer.channel);
          const kind = extended ? "extended" : "standard";
          const frames = openedFrames(answer, { requestId, channelId }, kind);
          this.#connection.send(concatBytes(...frames));
        }
      }
    });
  }

  #update({ channelId, nominalHashRate, maximumTarget }: UpdateChannel): void {
    const refuse = (errorCode: ErrorCode): void =>
      void this.#connection.send(UpdateChannelError.encode({ channelId, errorCode }));
    const channel = this.#ids.find(channelId);
    if (channel === undefined) return refuse(ErrorCode.invalidChannelId);
    const maxTarget = u256FromLe(maximumTarget);
    const refusal = this.#channels.update(channel, { nominalHashRate, maxTarget });
    if (refusal !== undefined) refuse(UPDATE_ERROR_CODES[refusal]);
  }

  /** Named, so that a declarer does not ask for tokens and channels again and again. */
  #refuseDeclared({ channelId, requestId }: SetCustomMiningJobOnChannel): void {
    const code = DeclarationErrorCode.notOffered;
    const message = "declared jobs are not mined on channels here: hand their shares in by " +
      "SubmitSharesJd on the connection that declared them";
    this.#connection.send(
      SetCustomMiningJobOnChannelError.encode({ channelId, requestId, code, message }),
    );
  }

  /** Closes a channel, or all when the id is the group's: this server makes one a connection. */
  #close({ channelId }: CloseChannel): void {
    for (const [id, channel] of this.#ids.entries()) {
      if (id !== channelId && channelId !== GROUP_ID) continue;
      this.#channels.close(channel);
      this.#forget(id);
    }
  }

  /** Sends facts as one packet. */
  #tell(facts: readonly ChannelFact[]): void {
    const frames: Uint8Array[] = [];
    for (const fact of facts) {
      const channelId = this.#ids.idOf(fact.channel);
      // Every open channel has an id; a fact of one without is of a channel that is gone.
      if (channelId === undefined) continue;
      frames.push(factFrame(fact, channelId));
      if (fact.kind === "closed") this.#forget(channelId);
    }
    if (frames.length > 0) this.#connection.send(concatBytes(...frames));
  }

  #forget(channelId: number): void {
    this.#ids.remove(channelId);
    this.#shares.channelClosed(channelId);
  }

  /** Ends the connection for a fault of the peer's. */
  #drop(code: string, why: string): void {
    this.#reportFault(code);
    this.#end(why);
  }

  #end(why: string): void {
    this.#log("debug", "miner_dropped", why);
    this.#state = { kind: "ended" };
    this.#connection.close(why);
  }

  #reportFault(code: string): void {
    const connection = this.#connection;
    const [identity, ...others] = new Set(this.#ids.miners());
    this.#modules.conduct?.fault({
      kind: "message",
      address: connection.remoteAddress,
      connection,
      // Of several it is not known whose software it was.
      ...(identity === undefined || others.length > 0 ? {} : { identity }),
      code,
    });
  }

  #release(): void {
    this.#state = { kind: "ended" };
    this.#shares.close();
    this.#channels.end();
  }

  #log(level: "debug" | "error", event: string, message: string): void {
    this.#modules.logger.log(level, event, message, { connection: this.#connection.id });
  }
}
