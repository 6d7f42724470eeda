import { concatBytes } from "../../base/mod.ts";
import {
  type ChannelJob,
  type ChannelKind,
  type MinerIdentity,
  MiningChannel,
  PaceMemory,
  PrefixAccount,
} from "../channels/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import {
  CloseChannel,
  type CloseReason,
  EQUIHASH_NONCE_LENGTH,
  NewEquihashJob,
  OpenExtendedMiningChannelSuccess,
  OpenStandardMiningChannelSuccess,
  SetExtranoncePrefix,
  SetTarget,
} from "../../wire/protocol/mod.ts";
import { ShareAnswers } from "../shares/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import type { MiningServerModules, MiningServerOptions } from "./options.ts";

/**
 * Duplicates in a row after which a channel gets another nonce prefix: several machines search the
 * same nonces behind it, or one begins anew at the same nonce. Less happens by resending.
 */
const DUPLICATES_MAX = 8;

/** Channel and group ids come from one space and are never used again on a connection. */
const GROUP_ID = 1;

/** A channel and the answers that its miner waits for. */
export interface OpenChannel {
  readonly channel: MiningChannel;
  readonly answers: ShareAnswers;
  /** Duplicates since the last accepted share. */
  duplicates: number;
  /** The template at the last change of prefix: one change a parent, or prefixes would run out. */
  renewedFor: JobTemplate | undefined;
  /** When a target was last announced (monotonic milliseconds); undefined before the first time. */
  announcedAt: number | undefined;
  /** The target has moved, and no prefix was left to announce it with: the next parent brings it. */
  unannounced: boolean;
  /** What UpdateChannel has asked for and is not answered yet. */
  wish: TargetWish | undefined;
}

/** A change of target that a miner asks for. */
export interface TargetWish {
  /** The miner's easiest target. */
  readonly maxTarget: bigint;
  /** The target of his hash rate, when he told one. */
  readonly target?: bigint;
}

/** What a channel is opened with, after its wish was checked. */
export interface ChannelRequest {
  readonly requestId: number;
  readonly kind: ChannelKind;
  readonly miner: MinerIdentity;
  readonly target: bigint;
  readonly maxTarget: bigint;
}

/** The channels of one connection, and the work that they are sent. */
export class ChannelDesk {
  readonly #connection: FrameConnection;
  readonly #options: MiningServerOptions;
  readonly #modules: MiningServerModules;
  readonly #channels = new Map<number, OpenChannel>();
  readonly #prefixes: PrefixAccount;
  readonly #paces = new PaceMemory();
  #nextChannelId = GROUP_ID + 1;

  constructor(
    connection: FrameConnection,
    options: MiningServerOptions,
    modules: MiningServerModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#prefixes = new PrefixAccount(modules.prefixes);
  }

  /** Channels that are open. */
  get size(): number {
    return this.#channels.size;
  }

  /** The open channels. */
  all(): Iterable<OpenChannel> {
    return this.#channels.values();
  }

  /** The channel of this id, or undefined when it is not open. */
  find(channelId: number): OpenChannel | undefined {
    return this.#channels.get(channelId);
  }

  /** Opens a channel and sends its success and first job; false when no further one can be served. */
  open(request: ChannelRequest): boolean {
    const { clock, prefixes } = this.#modules;
    const { channelsPerConnectionMax, channelsMax } = this.#options;
    if (this.size >= channelsPerConnectionMax || prefixes.live >= channelsMax) return false;
    const nonce1 = this.#prefixes.tryOpen();
    if (nonce1 === undefined) return false;
    const nowMs = clock.monotonic();
    const channel = new MiningChannel({
      ...request,
      pace: this.#paces.take(nowMs),
      id: this.#nextChannelId++,
      nonce1,
      bounds: this.#options.bounds,
      vardiff: this.#options,
      nowMs,
    });
    this.#channels.set(channel.id, {
      channel,
      answers: new ShareAnswers(),
      duplicates: 0,
      renewedFor: undefined,
      announcedAt: undefined,
      unannounced: false,
      wish: undefined,
    });
    this.#countChannels();
    this.#welcome(request.requestId, channel);
    return true;
  }

  /** Closes a channel, or all when the id is the group's: this server makes one a connection. */
  close(channelId: number): void {
    if (channelId === GROUP_ID) return this.closeAll();
    const entry = this.#channels.get(channelId);
    if (entry === undefined) return;
    this.#channels.delete(channelId);
    this.#modules.workers.remember(entry.channel.miner, entry.channel.target);
    this.#paces.keep(entry.channel.pace, this.#modules.clock.monotonic());
    this.#prefixes.close(entry.channel.nonce1);
    this.#countChannels();
  }

  /** Closes every channel. */
  closeAll(): void {
    for (const id of [...this.#channels.keys()]) this.close(id);
  }

  /** Closes every channel and tells the miner why. */
  dismissAll(reasonCode: CloseReason): void {
    const frames = [...this.#channels.keys()].map((channelId) =>
      CloseChannel.encode({ channelId, reasonCode })
    );
    this.closeAll();
    if (frames.length > 0) this.#connection.send(concatBytes(...frames));
  }

  /** Sends new work to every channel. */
  broadcast(template: JobTemplate, cleanJobs: boolean): void {
    const frames: Uint8Array[] = [];
    for (const entry of this.#channels.values()) {
      const { channel } = entry;
      const job = this.#issue(channel, template);
      if (entry.unannounced && cleanJobs) {
        entry.unannounced = false;
        frames.push(targetFrame(channel, job));
      }
      frames.push(jobFrame(channel, job, cleanJobs));
    }
    if (frames.length > 0) this.#connection.send(concatBytes(...frames));
  }

  /** Lets vardiff look at a channel, and tells its miner when the target moved. */
  retarget(entry: OpenChannel): void {
    const { channel } = entry;
    if (!this.#channels.has(channel.id)) return;
    if (!channel.retarget(this.#modules.clock.monotonic())) return;
    this.#modules.workers.remember(channel.miner, channel.target);
    this.sendTarget(entry);
  }

  /**
   * Sends target and job together: the job in hand keeps the target that it was sent with. The new
   * job searches other nonces, so that what a solution is worth is settled before it is found: with
   * one header under two targets a miner would hand in good hashes for the harder one and all others
   * for the easier one, and be paid more than his work.
   */
  sendTarget(entry: OpenChannel): void {
    const { channel } = entry;
    entry.announcedAt = this.#modules.clock.monotonic();
    this.#modules.metrics.retargets.increment();
    const renewal = this.#renewNonce1(channel);
    // Where no prefix is left for this connection, the jobs of the next parent have the new target.
    entry.unannounced = renewal === undefined;
    if (renewal === undefined) return;
    this.#sendWithJob(channel, (job) => concatBytes(renewal, targetFrame(channel, job)));
  }

  /** Counts a duplicate share; many in a row give the channel other nonces to search. */
  countDuplicate(entry: OpenChannel): void {
    const { book } = this.#modules;
    const { channel } = entry;
    if (++entry.duplicates < DUPLICATES_MAX || book.current === undefined) return;
    if (entry.renewedFor !== undefined && book.isLive(entry.renewedFor)) return;
    if (!this.#channels.has(channel.id)) return;
    const renewal = this.#renewNonce1(channel);
    if (renewal === undefined) return;
    entry.duplicates = 0;
    entry.renewedFor = book.current;
    this.#sendWithJob(channel, () => renewal);
  }

  /** Gives a channel another prefix; what tells its miner, undefined when no prefix is left. */
  #renewNonce1(channel: MiningChannel): Uint8Array | undefined {
    // The old prefix rests with the jobs that it served; shares of these stay good.
    const nonce1 = this.#prefixes.tryRenew(channel.nonce1);
    if (nonce1 === undefined) return undefined;
    channel.replaceNonce1(nonce1);
    return SetExtranoncePrefix.encode({ channelId: channel.id, extranoncePrefix: nonce1 });
  }

  #welcome(requestId: number, channel: MiningChannel): void {
    const template = this.#modules.book.current;
    const job = template === undefined ? undefined : this.#issue(channel, template);
    const common = {
      requestId,
      channelId: channel.id,
      target: job?.targetLe ?? channel.targetLe,
      extranoncePrefix: channel.nonce1,
      groupChannelId: GROUP_ID,
    };
    const success = channel.kind === "extended"
      ? OpenExtendedMiningChannelSuccess.encode({
        ...common,
        extranonceSize: EQUIHASH_NONCE_LENGTH - channel.nonce1.length,
      })
      : OpenStandardMiningChannelSuccess.encode(common);
    this.#connection.send(
      job === undefined ? success : concatBytes(success, jobFrame(channel, job, true)),
    );
  }

  /** Sends what speaks of the jobs to come, and the first of these right behind it. */
  #sendWithJob(channel: MiningChannel, encode: (job?: ChannelJob) => Uint8Array): void {
    const template = this.#modules.book.current;
    const job = template === undefined ? undefined : this.#issue(channel, template);
    const message = encode(job);
    this.#connection.send(
      job === undefined ? message : concatBytes(message, jobFrame(channel, job, false)),
    );
  }

  #issue(channel: MiningChannel, template: JobTemplate): ChannelJob {
    this.#modules.metrics.jobsSent.increment();
    return channel.issue(template, this.#modules.book.nextJobId());
  }

  #countChannels(): void {
    this.#modules.metrics.channelsOpen.set(this.#modules.prefixes.live);
  }
}

/** A job is never harder than the network's target; announced is what the job will have. */
function targetFrame(channel: MiningChannel, job: ChannelJob | undefined): Uint8Array {
  const maximumTarget = job?.targetLe ?? channel.targetLe;
  return SetTarget.encode({ channelId: channel.id, maximumTarget });
}

function jobFrame(channel: MiningChannel, job: ChannelJob, cleanJobs: boolean): Uint8Array {
  const { template, nonce1 } = job;
  return NewEquihashJob.encode({
    channelId: channel.id,
    jobId: job.jobId,
    futureJob: false,
    version: template.version,
    prevHash: template.previousBlockHash,
    merkleRoot: template.merkleRoot,
    blockCommitments: template.blockCommitments,
    nonce1,
    nonce2Len: EQUIHASH_NONCE_LENGTH - nonce1.length,
    time: template.time,
    bits: template.bits,
    target: job.targetLe,
    cleanJobs,
  });
}
