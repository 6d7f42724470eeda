import { concatBytes, reasonOf } from "../base/mod.ts";
import { IdentityError, type MinerIdentity, MiningChannel } from "../channels/mod.ts";
import type { JobTemplate } from "../jobs/mod.ts";
import {
  decodeMessage,
  EQUIHASH_NONCE_LENGTH,
  ErrorCode,
  type Frame,
  NewEquihashJob,
  type OpenExtendedMiningChannel,
  OpenExtendedMiningChannelSuccess,
  OpenMiningChannelError,
  type OpenStandardMiningChannel,
  OpenStandardMiningChannelSuccess,
  Reconnect,
  SetExtranoncePrefix,
  SetTarget,
  type SubmitEquihashShare,
  SubmitSharesError,
  SubmitSharesSuccess,
  type UpdateChannel,
  UpdateChannelError,
} from "../protocol/mod.ts";
import { REJECTS, ShareAnswers, type ShareVerdict } from "../shares/mod.ts";
import { DIFFICULTY_1_TARGET, workOfTarget } from "../zcash/mod.ts";
import type { FrameConnection } from "../transport/mod.ts";
import { readWish } from "./channel_requests.ts";
import type { MiningServerModules, MiningServerOptions } from "./options.ts";
import { answerExtensions, answerSetup } from "./setup.ts";

/** Payload bound before SetupConnection: its strings are at most 255 bytes each. */
const SETUP_PAYLOAD_MAX = 2_048;

/** Payload bound afterwards: a share has 1,389 bytes, RequestExtensions some more. */
const MINING_PAYLOAD_MAX = 8_192;

/**
 * Accepted shares wait so long for others before they are acknowledged together; far below what a
 * person or a network notices.
 */
const ACKNOWLEDGE_DELAY_MS = 2;

/** SV2 sums shares by difficulty; one of difficulty 1 stands for 8,192 expected solutions. */
const WORK_OF_DIFFICULTY_1 = workOfTarget(DIFFICULTY_1_TARGET);

/**
 * Duplicates in a row after which a channel gets another nonce prefix: several machines search the
 * same nonces behind it, or one begins anew at the same nonce. Less happens by resending.
 */
const DUPLICATES_MAX = 8;

/** A channel and the answers that its miner waits for. */
interface OpenChannel {
  readonly channel: MiningChannel;
  readonly answers: ShareAnswers;
  /** Duplicates since the last accepted share. */
  duplicates: number;
  /** The template at the last change of prefix: one change a parent, or prefixes would run out. */
  renewedFor: JobTemplate | undefined;
}

type SessionState =
  | { readonly kind: "awaiting_setup" }
  | { readonly kind: "ready"; readonly equihash: boolean }
  | { readonly kind: "ended" };

/** One connection's side of the SV2 mining protocol. Frames in, frames out, synchronous inside. */
export class MiningSession {
  readonly #connection: FrameConnection;
  readonly #options: MiningServerOptions;
  readonly #modules: MiningServerModules;
  readonly #channels = new Map<number, OpenChannel>();
  readonly #unacknowledged = new Set<OpenChannel>();
  /** Channel and group ids come from one space and are never used again on a connection. */
  readonly #groupId = 1;
  #nextChannelId = 2;
  /** Channels whose miners are being asked after. */
  #opening = 0;
  #state: SessionState = { kind: "awaiting_setup" };
  #cancelFlush: (() => void) | undefined;

  constructor(
    connection: FrameConnection,
    options: MiningServerOptions,
    modules: MiningServerModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    connection.limitPayload(SETUP_PAYLOAD_MAX);
  }

  /** Shares that are being verified or wait for an earlier one. */
  get pendingShares(): number {
    let pending = 0;
    for (const { answers } of this.#channels.values()) pending += answers.waiting;
    return pending;
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
    const frames: Uint8Array[] = [];
    for (const { channel } of this.#channels.values()) {
      frames.push(this.#jobFrame(channel, template, cleanJobs));
    }
    if (frames.length > 0) this.#connection.send(concatBytes(...frames));
  }

  /** Lets vardiff look at every channel; called about once a second. */
  tick(): void {
    for (const { channel } of this.#channels.values()) this.#retarget(channel);
  }

  /** Sends what is accepted and not yet acknowledged. */
  flush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    const frames: Uint8Array[] = [];
    for (const { channel, answers } of this.#unacknowledged) {
      const taken = answers.take();
      if (taken === undefined) continue;
      frames.push(SubmitSharesSuccess.encode({
        channelId: channel.id,
        lastSequenceNumber: taken.lastSequenceNumber,
        newSubmitsAcceptedCount: taken.count,
        newSharesSum: taken.work / WORK_OF_DIFFICULTY_1,
      }));
    }
    this.#unacknowledged.clear();
    if (frames.length > 0) this.#connection.send(concatBytes(...frames));
  }

  /** Asks the miner to come back later, to the same address, and closes. */
  reconnect(reason: string): void {
    this.flush();
    if (this.#state.kind === "ready") {
      this.#connection.send(Reconnect.encode({ newHost: "", newPort: 0 }));
    }
    this.#connection.close(reason);
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
        return this.#update(message.value);
      case "CloseChannel":
        return this.#close(message.value.channelId);
      case "SubmitEquihashShare":
        return this.#submit(message.value);
      case "SetupConnection":
        return this.#drop("SetupConnection was sent twice");
      default:
        // Unknown or unexpected messages are passed over, as the specification asks.
        this.#log("debug", "miner_message_ignored", "a message of the miner was ignored");
    }
  }

  #setup(setup: Parameters<typeof answerSetup>[0]): void {
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

  #open(
    message:
      | {
        readonly name: "OpenStandardMiningChannel";
        readonly value: OpenStandardMiningChannel;
      }
      | {
        readonly name: "OpenExtendedMiningChannel";
        readonly value: OpenExtendedMiningChannel;
      },
  ): void {
    const { requestId, userIdentity } = message.value;
    const refuse = (errorCode: ErrorCode, why: string): void => {
      this.#log("debug", "channel_refused", why);
      this.#connection.send(OpenMiningChannelError.encode({ requestId, errorCode }));
    };
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
    const open = (miner: MinerIdentity, target: bigint): void => {
      const kind = message.name === "OpenExtendedMiningChannel" ? "extended" : "standard";
      const channel = this.#make({ kind, miner, maxTarget: wish.maxTarget, target });
      if (channel !== undefined) return this.#welcome(requestId, channel);
      refuse(ErrorCode.channelCapacityExhausted, "no further channel can be served");
    };
    this.#opening++;
    this.#introduce(userIdentity, wish.target).then(
      ({ miner, target }) => {
        if (this.#state.kind === "ready") open(miner, target);
      },
      (error) => {
        if (this.#state.kind !== "ready") return;
        if (error instanceof IdentityError) {
          return refuse(ErrorCode.invalidUserIdentity, error.message);
        }
        this.#log("error", "channel_not_opened", reasonOf(error));
        this.#drop("a channel could not be opened");
      },
    ).finally(() => this.#opening--);
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

  #make(wish: {
    kind: "standard" | "extended";
    miner: MinerIdentity;
    maxTarget: bigint;
    target: bigint;
  }): MiningChannel | undefined {
    const { clock, prefixes } = this.#modules;
    if (this.#channels.size >= this.#options.channelsPerConnectionMax) return undefined;
    if (prefixes.live >= this.#options.channelsMax) return undefined;
    const nonce1 = prefixes.tryAllocate();
    if (nonce1 === undefined) return undefined;
    return new MiningChannel({
      ...wish,
      id: this.#nextChannelId++,
      nonce1,
      bounds: this.#options.bounds,
      vardiff: this.#options,
      nowMs: clock.monotonic(),
    });
  }

  #welcome(requestId: number, channel: MiningChannel): void {
    this.#channels.set(channel.id, {
      channel,
      answers: new ShareAnswers(),
      duplicates: 0,
      renewedFor: undefined,
    });
    this.#modules.metrics.channelsOpen.set(this.#modules.prefixes.live);
    const template = this.#modules.book.current;
    // The job is made first, because the target of the answer is the one that it is sent with.
    const job = template === undefined ? undefined : this.#jobFrame(channel, template, true);
    const common = {
      requestId,
      channelId: channel.id,
      target: channel.targetLe,
      extranoncePrefix: channel.nonce1,
      groupChannelId: this.#groupId,
    };
    const success = channel.kind === "extended"
      ? OpenExtendedMiningChannelSuccess.encode({
        ...common,
        extranonceSize: EQUIHASH_NONCE_LENGTH - channel.nonce1.length,
      })
      : OpenStandardMiningChannelSuccess.encode(common);
    this.#connection.send(job === undefined ? success : concatBytes(success, job));
  }

  #update(update: UpdateChannel): void {
    const { channelId } = update;
    const refuse = (errorCode: ErrorCode): void => {
      this.#connection.send(UpdateChannelError.encode({ channelId, errorCode }));
    };
    const entry = this.#channels.get(channelId);
    if (entry === undefined) return refuse(ErrorCode.invalidChannelId);
    const wish = readWish(
      { nominalHashRate: update.nominalHashRate, maxTarget: update.maximumTarget },
      this.#options,
    );
    if (!wish.accepted) return refuse(wish.errorCode);
    const { maxTarget, target } = wish;
    const now = this.#modules.clock.monotonic();
    if (entry.channel.update(target === undefined ? { maxTarget } : { maxTarget, target }, now)) {
      this.#sendTarget(entry.channel);
    }
  }

  #close(channelId: number): void {
    // A group's id closes all its members; this server makes one group a connection.
    if (channelId === this.#groupId) {
      for (const id of [...this.#channels.keys()]) this.#release(id);
      return;
    }
    this.#release(channelId);
  }

  #submit(share: SubmitEquihashShare): void {
    const { channelId, sequenceNumber } = share;
    const entry = this.#channels.get(channelId);
    if (entry === undefined) {
      const verdict = this.#modules.shares.refuse("unknown_channel");
      return this.#reject(channelId, sequenceNumber, verdict);
    }
    const settle = entry.answers.submitted(sequenceNumber);
    const verdict = this.#modules.shares.submit(entry.channel, this.#connection.id, share);
    if (verdict instanceof Promise) {
      verdict.then((settled) => this.#answer(entry, sequenceNumber, settled, settle));
    } else this.#answer(entry, sequenceNumber, verdict, settle);
  }

  #answer(
    entry: OpenChannel,
    sequenceNumber: number,
    verdict: ShareVerdict,
    settle: (verdict: ShareVerdict) => void,
  ): void {
    settle(verdict);
    this.#unacknowledged.add(entry);
    if (verdict.kind === "rejected") {
      this.#reject(entry.channel.id, sequenceNumber, verdict);
      if (verdict.reason === "duplicate") this.#countDuplicate(entry);
    } else {
      entry.duplicates = 0;
      this.#retarget(entry.channel);
    }
    if (verdict.kind === "accepted" && verdict.isBlock) this.flush();
    else this.#cancelFlush ??= this.#modules.clock.after(ACKNOWLEDGE_DELAY_MS, () => this.flush());
  }

  #reject(channelId: number, sequenceNumber: number, verdict: ShareVerdict): void {
    if (verdict.kind !== "rejected") return;
    const { errorCode } = REJECTS[verdict.reason];
    this.#modules.onReject(this.#channels.get(channelId)?.channel.miner, verdict.reason);
    this.#connection.send(SubmitSharesError.encode({ channelId, sequenceNumber, errorCode }));
  }

  #retarget(channel: MiningChannel): void {
    if (!this.#channels.has(channel.id)) return;
    if (!channel.retarget(this.#modules.clock.monotonic())) return;
    this.#modules.workers.remember(channel.miner, channel.target);
    this.#sendTarget(channel);
  }

  /** Target and job go together: the job in hand keeps the target that it was sent with. */
  #sendTarget(channel: MiningChannel): void {
    this.#modules.metrics.retargets.increment();
    const template = this.#modules.book.current;
    const job = template === undefined ? undefined : this.#jobFrame(channel, template, false);
    const target = SetTarget.encode({ channelId: channel.id, maximumTarget: channel.targetLe });
    this.#connection.send(job === undefined ? target : concatBytes(target, job));
  }

  #countDuplicate(entry: OpenChannel): void {
    const { book, prefixes } = this.#modules;
    const { channel } = entry;
    const template = book.current;
    if (++entry.duplicates < DUPLICATES_MAX || template === undefined) return;
    if (entry.renewedFor !== undefined && book.isLive(entry.renewedFor)) return;
    if (!this.#channels.has(channel.id)) return;
    const nonce1 = prefixes.tryAllocate();
    if (nonce1 === undefined) return;
    entry.duplicates = 0;
    entry.renewedFor = template;
    // The old prefix rests with the jobs that it served; shares of these stay good.
    prefixes.release(channel.nonce1);
    channel.replaceNonce1(nonce1);
    this.#connection.send(concatBytes(
      SetExtranoncePrefix.encode({ channelId: channel.id, extranoncePrefix: nonce1 }),
      this.#jobFrame(channel, template, false),
    ));
  }

  #jobFrame(channel: MiningChannel, template: JobTemplate, cleanJobs: boolean): Uint8Array {
    const job = channel.issue(template, this.#modules.book.nextJobId());
    this.#modules.metrics.jobsSent.increment();
    return NewEquihashJob.encode({
      channelId: channel.id,
      jobId: job.jobId,
      futureJob: false,
      version: template.version,
      prevHash: template.previousBlockHash,
      merkleRoot: template.merkleRoot,
      blockCommitments: template.blockCommitments,
      nonce1: job.nonce1,
      nonce2Len: EQUIHASH_NONCE_LENGTH - job.nonce1.length,
      time: template.time,
      bits: template.bits,
      target: job.targetLe,
      cleanJobs,
    });
  }

  #release(channelId: number): void {
    const entry = this.#channels.get(channelId);
    if (entry === undefined) return;
    this.#channels.delete(channelId);
    this.#modules.workers.remember(entry.channel.miner, entry.channel.target);
    this.#modules.prefixes.release(entry.channel.nonce1);
    this.#modules.metrics.channelsOpen.set(this.#modules.prefixes.live);
  }

  #drop(why: string): void {
    this.#log("debug", "miner_dropped", why);
    this.#state = { kind: "ended" };
    this.#connection.close(why);
  }

  #end(): void {
    this.#state = { kind: "ended" };
    this.#cancelFlush?.();
    for (const id of [...this.#channels.keys()]) this.#release(id);
  }

  #log(level: "debug" | "error", event: string, message: string): void {
    this.#modules.logger.log(level, event, message, { connection: this.#connection.id });
  }
}
