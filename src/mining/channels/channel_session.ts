import { NONCE_LENGTH, reasonOf, u256ToLe } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { TargetPace } from "./_target_pace.ts";
import { isDisproved } from "./_stated_target.ts";
import { MiningChannel, type TargetStart } from "./channel.ts";
import type { ChannelJob } from "./channel_job.ts";
import { type ChannelWish, readWish, type WishRefusal } from "./channel_wish.ts";
import type {
  ChannelConversation,
  ChannelFact,
  OpenAnswer,
  OpenRefusal,
  OpenRequest,
  ServiceRefusal,
} from "./facts.ts";
import { IdentityError, type MinerIdentity } from "./miner_identity.ts";
import { PaceMemory } from "./pace_memory.ts";
import type { PrefixAccount } from "./prefix_account.ts";
import type { ChannelModules, ChannelSettings } from "./settings.ts";

/**
 * Duplicates in a row after which a channel gets another nonce prefix: several machines search the
 * same nonces behind it, or one begins anew at the same nonce. Less happens by resending.
 */
const DUPLICATES_MAX = 8;

/** Between two ticks, which come every second: more is a standstill of this program. */
const STANDSTILL_MS = 5_000;

/** Channels that one step of {@link ChannelSession.broadcast} serves: half a millisecond. */
const CHANNELS_PER_STEP = 8;

/** A change of target that a miner asks for. */
interface TargetWish {
  /** The miner's easiest target. */
  readonly maxTarget: bigint;
  /** The target of the hash rate, where one was given. */
  readonly target?: bigint;
}

/** What a channel starts with. */
interface StartWish {
  readonly start: TargetStart;
  readonly maxTarget: bigint;
  readonly isSteady: boolean | undefined;
}

/** A channel that is open, and what the session knows of it. */
interface OpenChannel {
  readonly channel: MiningChannel;
  /** Duplicates since the last accepted share. */
  duplicates: number;
  /** The template at the last change of prefix: one change a parent, or prefixes would run out. */
  renewedFor: JobTemplate | undefined;
  readonly pace: TargetPace;
  /** The target has moved and could not be announced: jobs on other headers bring it. */
  unannounced: boolean;
  /** What the miner has asked for and is not answered yet. */
  wish: TargetWish | undefined;
}

/** The channels of one connection and the work that they are sent; the module's page says how. */
export class ChannelSession {
  readonly #settings: ChannelSettings;
  readonly #modules: ChannelModules;
  readonly #conversation: ChannelConversation;
  readonly #channels = new Map<MiningChannel, OpenChannel>();
  readonly #prefixes: PrefixAccount;
  readonly #paces = new PaceMemory();
  /** A prefix that was told to the miner before it has a channel. */
  #reserved: Uint8Array | undefined;
  /** Channels whose miners are being looked up. */
  #opening = 0;
  #tickedAt: number;
  #ended = false;

  constructor(
    settings: ChannelSettings,
    modules: ChannelModules,
    conversation: ChannelConversation,
  ) {
    this.#settings = settings;
    this.#modules = modules;
    this.#conversation = conversation;
    this.#prefixes = modules.prefixes.enter(conversation.address);
    this.#tickedAt = modules.clock.monotonic();
  }

  /** Channels that are open. */
  get size(): number {
    return this.#channels.size;
  }

  /**
   * Sets a prefix aside for the next channel, where the miner has to know it before it says who it
   * is (ZIP 301); the same one until a channel has it.
   *
   * @returns undefined when no further channel can be served.
   */
  reserve(): Uint8Array | undefined {
    const { prefixes } = this.#modules;
    // An address gets as many as it leaves for all others.
    const left = this.#settings.channelsMax - prefixes.live;
    if (this.#reserved === undefined && this.#prefixes.live < left) {
      this.#reserved = this.#prefixes.tryOpen();
    }
    return this.#reserved;
  }

  /**
   * Looks the miner up and opens a channel with its first job.
   *
   * @param answer is called once, at once or later, in the moment in which the channel opens; not at
   *   all when the session has ended.
   */
  open(request: OpenRequest, answer: (answer: OpenAnswer) => void): void {
    const refuse = (refusal: OpenRefusal, why: string): void => {
      const { userIdentity } = request;
      const { address } = this.#conversation;
      this.#modules.logins?.refused({ userIdentity, address, refusal, why });
      if (refusal === "no-capacity") {
        this.#modules.conduct?.limited("channels", this.#conversation.address);
      }
      answer({ kind: "refused", refusal, why });
    };
    const refusal = this.#modules.refusal();
    if (refusal !== undefined) return refuse(refusal, "the pool takes no paid work now");
    const free = NONCE_LENGTH - this.#settings.nonce1Length;
    if (request.freeNonceBytes > free) {
      return refuse("nonce-prefix-too-long", `only ${free} nonce bytes are free`);
    }
    const wish = readWish(request, this.#settings);
    if (!wish.accepted) return refuse(wish.refusal, "the wish is outside of the limits");
    if (this.size + this.#opening >= this.#settings.channelsPerConnectionMax) {
      return refuse("no-capacity", "no further channel can be served");
    }
    this.#opening++;
    this.#introduce(request.userIdentity, wish.target).then(
      ({ miner, start }) => {
        // In the same moment in which the channel is counted itself: it must not count twice.
        this.#opening--;
        if (this.#ended) return;
        const { address } = this.#conversation;
        if (this.#modules.conduct?.isBanned(address, miner.minerId) === true) {
          return refuse("banned", "the miner is banned");
        }
        // The cap may have been reached meanwhile; nobody closes the channel later for it.
        const late = this.#modules.refusal();
        if (late !== undefined) return refuse(late, "the pool takes no paid work now");
        const { maxTarget } = wish;
        const channel = this.#create(miner, { start, maxTarget, isSteady: request.isSteady });
        if (channel === undefined) return refuse("no-capacity", "no further channel can be served");
        this.#welcome(channel, answer);
      },
      (error) => {
        this.#opening--;
        if (this.#ended) return;
        if (error instanceof IdentityError) return refuse(error.code, error.message);
        answer({ kind: "failed", reason: reasonOf(error) });
      },
    );
  }

  /**
   * Takes a new hash rate (0: no change) and easiest target. It is obeyed at once, or by a later
   * {@link tick} when a target has just been announced; nothing is told where nothing changes.
   *
   * @returns why it is refused; undefined when it is not.
   */
  update(channel: MiningChannel, wished: ChannelWish): WishRefusal | undefined {
    const entry = this.#channels.get(channel);
    if (entry === undefined) return undefined;
    const wish = readWish(wished, this.#settings);
    if (!wish.accepted) return wish.refusal;
    const { maxTarget, target } = wish;
    // An update without a hash rate leaves the one that is waiting as it is.
    entry.wish = { ...entry.wish, maxTarget, ...(target === undefined ? {} : { target }) };
    this.#obey(entry);
    return undefined;
  }

  /** The conversation can change prefixes from now on: targets that waited for that are announced. */
  announceWaiting(): void {
    for (const entry of this.#channels.values()) if (entry.unannounced) this.#announce(entry);
  }

  /** A share of the channel was accepted: variable difficulty may answer it at once. */
  shareAccepted(channel: MiningChannel): void {
    const entry = this.#channels.get(channel);
    if (entry === undefined) return;
    entry.duplicates = 0;
    this.#retarget(entry);
  }

  /** A share of the channel was a duplicate; many in a row give it other nonces to search. */
  shareRepeated(channel: MiningChannel): void {
    const { book } = this.#modules;
    const entry = this.#channels.get(channel);
    if (entry === undefined) return;
    if (++entry.duplicates < DUPLICATES_MAX || book.current === undefined) return;
    if (entry.renewedFor !== undefined && book.isLive(entry.renewedFor)) return;
    const renewal = this.#renewNonce1(channel);
    if (renewal === undefined) return;
    entry.duplicates = 0;
    entry.renewedFor = book.current;
    const job = this.#issue(channel, book.current);
    this.#conversation.tell([renewal, { kind: "job", channel, job, cleanJobs: false }]);
  }

  /**
   * Obeys what miners asked for, then lets vardiff poll; called about once a second. Done in the steps
   * of what it returns, a few channels in each.
   */
  *tick(): Generator<void, void> {
    const now = this.#modules.clock.monotonic();
    const stoodStill = now - this.#tickedAt > STANDSTILL_MS;
    this.#tickedAt = now;
    // A machine that was paused has not read yet what its miners sent.
    if (stoodStill) { for (const channel of this.#channels.keys()) channel.passOver(now); }
    let count = 0;
    for (const entry of this.#channels.values()) {
      this.#obey(entry);
      this.#retarget(entry);
      if (++count % CHANNELS_PER_STEP === 0) yield;
    }
  }

  /** Gives new work to every channel, in the steps of what it returns, a few channels in each. */
  *broadcast(template: JobTemplate, cleanJobs: boolean): Generator<void, void> {
    let facts: ChannelFact[] = [];
    let count = 0;
    for (const entry of this.#channels.values()) {
      if (count++ === CHANNELS_PER_STEP) {
        this.#conversation.tell(facts);
        yield;
        facts = [];
        count = 1;
        // Closed meanwhile.
        if (!this.#channels.has(entry.channel)) continue;
      }
      const { channel } = entry;
      if (cleanJobs) this.#beginParent(entry);
      const moves = channel.movesTarget(template);
      const job = this.#issue(channel, template);
      if (entry.unannounced && job.target === channel.targetOn(template)) {
        entry.unannounced = false;
        if (moves) facts.push({ kind: "target", channel, targetLe: job.targetLe });
      }
      facts.push({ kind: "job", channel, job, cleanJobs });
    }
    if (facts.length > 0) this.#conversation.tell(facts);
  }

  /** Closes a channel by the miner's word; nothing is told. */
  close(channel: MiningChannel): void {
    if (!this.#channels.delete(channel)) return;
    const { workers, clock } = this.#modules;
    workers.remember(channel.miner, channel.state);
    this.#paces.keep(channel.pace, clock.monotonic());
    this.#prefixes.close(channel.nonce1);
    this.#countChannels();
  }

  /** Closes every channel by the miner's word. */
  closeAll(): void {
    for (const channel of [...this.#channels.keys()]) this.close(channel);
  }

  /** Closes every channel and tells the miner why. */
  dismissAll(reason: ServiceRefusal): void {
    const channels = [...this.#channels.keys()];
    this.closeAll();
    if (channels.length === 0) return;
    this.#conversation.tell(channels.map((channel) => ({ kind: "closed", channel, reason })));
  }

  /** Closes every channel for good: the connection has ended, and nothing is told any more. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.closeAll();
    if (this.#reserved !== undefined) this.#prefixes.close(this.#reserved);
    this.#reserved = undefined;
    this.#modules.prefixes.leave(this.#conversation.address);
    this.#countChannels();
  }

  /**
   * Who the miner is, and where it starts: at the rate that it states, while that can be believed, or
   * at its last target.
   */
  async #introduce(
    userIdentity: string,
    stated: bigint | undefined,
  ): Promise<{ miner: MinerIdentity; start: TargetStart }> {
    const { identify, workers } = this.#modules;
    const miner = await identify(userIdentity);
    const disproved = workers.recent(miner)?.disproved;
    if (stated !== undefined && !isDisproved(stated, disproved)) {
      return { miner, start: { target: stated, stated, disproved } };
    }
    const target = await workers.lastTarget(miner) ?? stated ?? this.#settings.initialTarget;
    return { miner, start: { target, disproved } };
  }

  /** Opens a channel; undefined when no further one can be served. */
  #create(miner: MinerIdentity, wish: StartWish): MiningChannel | undefined {
    const { clock } = this.#modules;
    if (this.size >= this.#settings.channelsPerConnectionMax) return undefined;
    // A miner that knows its prefix may know solutions: what these are worth is settled already.
    const firstTarget = this.#reserved === undefined ? undefined : this.#settings.initialTarget;
    const nonce1 = this.reserve();
    if (nonce1 === undefined) return undefined;
    this.#reserved = undefined;
    const nowMs = clock.monotonic();
    const channel = new MiningChannel({
      miner,
      ...wish,
      pace: this.#paces.take(nowMs),
      ...{ nonce1, firstTarget },
      bounds: this.#settings.bounds,
      vardiff: this.#settings,
      nowMs,
    });
    this.#channels.set(channel, {
      channel,
      duplicates: 0,
      renewedFor: undefined,
      pace: new TargetPace(),
      unannounced: firstTarget !== undefined && firstTarget !== channel.target,
      wish: undefined,
    });
    this.#countChannels();
    return channel;
  }

  #welcome(channel: MiningChannel, answer: (answer: OpenAnswer) => void): void {
    const notice = this.#modules.logins?.accepted(channel.miner, this.#conversation.address);
    const template = this.#modules.book.current;
    const job = template === undefined ? undefined : this.#issue(channel, template);
    const targetLe = job?.targetLe ?? u256ToLe(channel.target);
    answer({ kind: "opened", channel, targetLe, job, notice });
    if (this.#conversation.changesPrefixes) this.announceWaiting();
  }

  /** The headers of a new parent are others: what the miner asked for needs no other prefix. */
  #beginParent(entry: OpenChannel): void {
    const { channel, wish, pace } = entry;
    pace.parentChanged();
    entry.wish = undefined;
    if (wish === undefined || !channel.update(wish, this.#modules.clock.monotonic())) return;
    this.#modules.metrics.retargets.increment();
    entry.unannounced = true;
  }

  /** Obeys what the miner asked for, where it has waited long enough. */
  #obey(entry: OpenChannel): void {
    const { channel, wish, pace } = entry;
    const now = this.#modules.clock.monotonic();
    if (wish === undefined || !pace.allows(now)) return;
    entry.wish = undefined;
    if (channel.update(wish, now)) this.#announce(entry);
  }

  /** Lets vardiff poll a channel, and announces the target when it moved. */
  #retarget(entry: OpenChannel): void {
    const { channel, pace } = entry;
    const now = this.#modules.clock.monotonic();
    if (this.#modules.book.current === undefined) return channel.passOver(now);
    const before = channel.target;
    if (!channel.retarget(now, pace.allows(now))) return;
    this.#modules.workers.remember(channel.miner, channel.state);
    this.#announce(entry);
    if (channel.target > before && !channel.isHeard) this.#conversation.awaitShare();
  }

  /**
   * Announces target and job together: the job in hand keeps the target that it was sent with. The
   * new job searches other nonces, so that what a solution is worth is settled before it is found:
   * with one header under two targets a miner would hand in good hashes for the harder one and all
   * others for the easier one, and be paid more than the work done.
   */
  #announce(entry: OpenChannel): void {
    const { clock, metrics, book } = this.#modules;
    const { channel } = entry;
    // Where the network's target is the easier one, a change may be none: it would waste a prefix.
    if (book.current !== undefined && !channel.movesTarget(book.current)) {
      entry.unannounced = false;
      return;
    }
    entry.pace.count(clock.monotonic());
    metrics.retargets.increment();
    const renewal = this.#renewNonce1(channel);
    // Where there is no other prefix, the next job on other headers has the new target.
    entry.unannounced = renewal === undefined;
    if (renewal === undefined) return;
    if (book.current === undefined) {
      return this.#conversation.tell([renewal, {
        kind: "target",
        channel,
        targetLe: u256ToLe(channel.target),
      }]);
    }
    const job = this.#issue(channel, book.current);
    this.#conversation.tell([
      renewal,
      // A job is never harder than the network's target; announced is what the job has.
      { kind: "target", channel, targetLe: job.targetLe },
      { kind: "job", channel, job, cleanJobs: false },
    ]);
  }

  /** Gives a channel another prefix; what tells its miner, undefined when there is no other one. */
  #renewNonce1(channel: MiningChannel): ChannelFact | undefined {
    if (!this.#conversation.changesPrefixes) return undefined;
    // The old prefix rests with the jobs that it served; shares of these stay good.
    const nonce1 = this.#prefixes.tryRenew(channel.nonce1);
    if (nonce1 === undefined) return undefined;
    channel.replaceNonce1(nonce1);
    return { kind: "prefix", channel, nonce1 };
  }

  #issue(channel: MiningChannel, template: JobTemplate): ChannelJob {
    this.#modules.metrics.jobsSent.increment();
    return channel.issue(template, this.#modules.book.nextJobId());
  }

  #countChannels(): void {
    this.#modules.metrics.channelsOpen.set(this.#modules.prefixes.live);
  }
}
