import { concatBytes, sleep } from "../../base/mod.ts";
import {
  type SubmitEquihashShare,
  SubmitSharesError,
  SubmitSharesSuccess,
} from "../../wire/protocol/mod.ts";
import {
  OVER_LIMIT_PAUSE_MS,
  PendingVerdicts,
  REJECTS,
  type ShareAllowance,
  type ShareFault,
  type ShareVerdict,
} from "../shares/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import type { ChannelSession, MiningChannel } from "../channels/mod.ts";
import type { ChannelIds } from "./_channel_ids.ts";
import { SHARE_ERROR_CODES } from "./error_codes.ts";
import type { SessionModules } from "./options.ts";
import { ShareAnswers } from "./share_answers.ts";

/**
 * Accepted shares wait this long for others before they are acknowledged together; far below what a
 * person or a network notices.
 */
const ACKNOWLEDGE_DELAY_MS = 2;

/**
 * Shares of one connection in the verifier from which on nothing more is read from it: a large
 * proxy's burst, some 25 ms of one thread. A header that meets the network's target passes every
 * other limit, and where the network's target is easy (Regtest, a young test network) anybody can
 * make such headers without end; this bound holds for them too.
 */
const VERDICTS_UNDER_WAY_MAX = 256;

/** What a share handler works with. */
export interface ShareHandlerParts {
  readonly connection: FrameConnection;
  readonly modules: SessionModules;
  readonly channels: ChannelSession;
  readonly ids: ChannelIds;
  /** What the connection may send. */
  readonly allowance: ShareAllowance;
}

/** Takes the shares of one connection and answers them. */
export class ShareHandler {
  readonly #parts: ShareHandlerParts;
  /** The answers of each channel, by its id; there from its first share to its close. */
  readonly #answers = new Map<number, ShareAnswers>();
  readonly #unacknowledged = new Map<number, ShareAnswers>();
  readonly #underWay = new PendingVerdicts(VERDICTS_UNDER_WAY_MAX);
  /** More came since the last reading than may. */
  #isOverLimit = false;
  #cancelFlush: (() => void) | undefined;

  constructor(parts: ShareHandlerParts) {
    this.#parts = parts;
    void parts.connection.closed.then(() => this.#underWay.abandon());
  }

  /** Shares that are being verified or wait for an earlier one. */
  get pending(): number {
    let pending = 0;
    for (const answers of this.#answers.values()) pending += answers.waiting;
    return pending;
  }

  /** Resolves when further shares may be read; undefined when that is now. */
  room(): Promise<void> | undefined {
    if (!this.#isOverLimit) return this.#underWay.room();
    this.#isOverLimit = false;
    return sleep(this.#parts.modules.clock, OVER_LIMIT_PAUSE_MS).then(() => this.#underWay.room());
  }

  /** Has a share judged and answers it when its verdict is there. */
  submit(share: SubmitEquihashShare): void {
    const { channelId, sequenceNumber } = share;
    const { connection, ids, allowance, modules: { clock, shares } } = this.#parts;
    const isOverLimit = !allowance.take(clock.monotonic());
    if (isOverLimit) this.#isOverLimit = true;
    const channel = ids.find(channelId);
    if (channel === undefined) return this.#submitLate(share);
    const answers = this.#answersOf(channelId);
    const settle = answers.submitted(sequenceNumber);
    const answer = (verdict: ShareVerdict): void => {
      settle(verdict);
      this.#unacknowledged.set(channelId, answers);
      this.#answer(channel, share, verdict);
    };
    this.#await(shares.submit(channel, connection, { ...share, isOverLimit }), answer);
  }

  /** A share of no open channel is refused; where it was open until lately, a block is not lost. */
  #submitLate(share: SubmitEquihashShare): void {
    const { channelId, sequenceNumber } = share;
    const { connection, ids, modules: { shares } } = this.#parts;
    const closed = ids.findClosed(channelId);
    const verdict = closed === undefined
      ? shares.refuse("unknown_channel")
      : shares.submitLate(closed, connection, share, closed.miner);
    // Whatever else is wrong with it, this is what its miner has to know.
    this.#await(verdict, () => this.#reject(channelId, sequenceNumber, "unknown_channel"));
  }

  #await(
    verdict: ShareVerdict | Promise<ShareVerdict>,
    answer: (verdict: ShareVerdict) => void,
  ): void {
    if (!(verdict instanceof Promise)) return answer(verdict);
    this.#underWay.begin();
    void verdict.then((settled) => {
      this.#underWay.end();
      answer(settled);
    });
  }

  /** Sends what is accepted and not yet acknowledged. */
  flush(): void {
    this.close();
    const frames: Uint8Array[] = [];
    for (const [channelId, answers] of this.#unacknowledged) {
      const taken = answers.take();
      if (taken === undefined) continue;
      frames.push(SubmitSharesSuccess.encode({
        channelId,
        lastSequenceNumber: taken.lastSequenceNumber,
        newSubmitsAcceptedCount: taken.count,
        newSharesSum: taken.difficulty,
      }));
    }
    this.#unacknowledged.clear();
    if (frames.length > 0) this.#parts.connection.send(concatBytes(...frames));
  }

  /** A channel is closed: nobody waits for its shares any more. */
  channelClosed(channelId: number): void {
    this.#answers.delete(channelId);
  }

  /** Releases the timer. */
  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
  }

  #answersOf(channelId: number): ShareAnswers {
    let answers = this.#answers.get(channelId);
    if (answers === undefined) {
      answers = new ShareAnswers();
      this.#answers.set(channelId, answers);
    }
    return answers;
  }

  #answer(
    channel: MiningChannel,
    { channelId, sequenceNumber }: SubmitEquihashShare,
    verdict: ShareVerdict,
  ): void {
    const { channels, connection, modules: { clock, conduct } } = this.#parts;
    if (verdict.kind === "rejected") {
      this.#reject(channelId, sequenceNumber, verdict.reason, channel);
      if (verdict.reason === "duplicate") channels.shareRepeated(channel);
    } else {
      const { remoteAddress: address } = connection;
      conduct?.credited({ address, connection, identity: channel.miner.minerId });
      channels.shareAccepted(channel);
    }
    if (verdict.kind === "accepted" && verdict.isBlock) this.flush();
    else this.#cancelFlush ??= clock.after(ACKNOWLEDGE_DELAY_MS, () => this.flush());
  }

  #reject(
    channelId: number,
    sequenceNumber: number,
    fault: ShareFault,
    channel?: MiningChannel,
  ): void {
    const { connection, modules: { conduct } } = this.#parts;
    const { remoteAddress: address } = connection;
    connection.send(SubmitSharesError.encode({
      channelId,
      sequenceNumber,
      errorCode: SHARE_ERROR_CODES[fault],
    }));
    if (fault === "rate_limited") conduct?.limited("max_shares_per_second", address);
    if (!REJECTS[fault].isMisconduct) return;
    const named = channel === undefined ? {} : { identity: channel.miner.minerId };
    conduct?.fault({ kind: "share", address, connection, ...named, code: fault });
  }
}
