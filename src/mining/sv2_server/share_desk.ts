import { concatBytes } from "../../base/mod.ts";
import {
  type SubmitEquihashShare,
  SubmitSharesError,
  SubmitSharesSuccess,
} from "../../wire/protocol/mod.ts";
import { REJECTS, type ShareFault, type ShareVerdict } from "../shares/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import { DIFFICULTY_1_TARGET, workOfTarget } from "../../chain/zcash/mod.ts";
import { PendingVerdicts } from "./_pending_verdicts.ts";
import type { ChannelDesk, OpenChannel } from "./channel_desk.ts";
import type { MiningServerModules } from "./options.ts";

/**
 * Accepted shares wait so long for others before they are acknowledged together; far below what a
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

/** SV2 sums shares by difficulty; one of difficulty 1 stands for 8,192 expected solutions. */
const WORK_OF_DIFFICULTY_1 = workOfTarget(DIFFICULTY_1_TARGET);

/** Takes the shares of one connection and answers them. */
export class ShareDesk {
  readonly #connection: FrameConnection;
  readonly #modules: MiningServerModules;
  readonly #channels: ChannelDesk;
  readonly #unacknowledged = new Set<OpenChannel>();
  readonly #underWay = new PendingVerdicts(VERDICTS_UNDER_WAY_MAX);
  #cancelFlush: (() => void) | undefined;

  constructor(connection: FrameConnection, modules: MiningServerModules, channels: ChannelDesk) {
    this.#connection = connection;
    this.#modules = modules;
    this.#channels = channels;
    void connection.closed.then(() => this.#underWay.abandon());
  }

  /** Shares that are being verified or wait for an earlier one. */
  get pending(): number {
    let pending = 0;
    for (const { answers } of this.#channels.all()) pending += answers.waiting;
    return pending;
  }

  /** Resolves when further shares may be read; undefined when that is now. */
  room(): Promise<void> | undefined {
    return this.#underWay.room();
  }

  /** Has a share judged and answers it when its verdict is there. */
  submit(share: SubmitEquihashShare): void {
    const { channelId, sequenceNumber } = share;
    const { shares } = this.#modules;
    const entry = this.#channels.find(channelId);
    if (entry === undefined) {
      shares.refuse("unknown_channel");
      return this.#reject(channelId, sequenceNumber, "unknown_channel");
    }
    const settle = entry.answers.submitted(sequenceNumber);
    const answer = (verdict: ShareVerdict): void => {
      settle(verdict);
      this.#answer(entry, sequenceNumber, verdict);
    };
    const verdict = shares.submit(entry.channel, this.#connection.id, share);
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

  /** Releases the timer. */
  close(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
  }

  #answer(entry: OpenChannel, sequenceNumber: number, verdict: ShareVerdict): void {
    this.#unacknowledged.add(entry);
    if (verdict.kind === "rejected") {
      this.#reject(entry.channel.id, sequenceNumber, verdict.reason);
      if (verdict.reason === "duplicate") this.#channels.countDuplicate(entry);
    } else {
      entry.duplicates = 0;
      this.#channels.retarget(entry);
    }
    if (verdict.kind === "accepted" && verdict.isBlock) this.flush();
    else this.#cancelFlush ??= this.#modules.clock.after(ACKNOWLEDGE_DELAY_MS, () => this.flush());
  }

  #reject(channelId: number, sequenceNumber: number, fault: ShareFault): void {
    const { errorCode } = REJECTS[fault];
    this.#modules.onReject(this.#channels.find(channelId)?.channel.miner, fault);
    this.#connection.send(SubmitSharesError.encode({ channelId, sequenceNumber, errorCode }));
  }
}
