import { sleep } from "../../base/mod.ts";
import type { LineConnection } from "../../wire/transport/mod.ts";
import {
  errorLine,
  resultLine,
  type StratumError,
  type StratumShare,
} from "../../wire/stratum/mod.ts";
import type { ChannelSession, MinerIdentity, MiningChannel } from "../channels/mod.ts";
import {
  OVER_LIMIT_PAUSE_MS,
  PendingVerdicts,
  REJECTS,
  type ShareAllowance,
  type ShareSubmission,
  type ShareVerdict,
} from "../shares/mod.ts";
import { SHARE_ERRORS } from "./answers.ts";
import type { SessionModules } from "./options.ts";

/** Shares of one connection in the verifier from which on nothing more is read from it. */
const VERDICTS_UNDER_WAY_MAX = 256;

/** No job has this id: a share of an unknown one may still be a block, so it is judged too. */
const UNKNOWN_JOB = -1;

/** What a share handler works with. */
export interface ShareHandlerParts {
  readonly connection: LineConnection;
  readonly modules: SessionModules;
  readonly channels: ChannelSession;
  /** The channel's job of an id as it stood in mining.notify. */
  readonly jobIdOf: (text: string) => number | undefined;
  /** What the connection may send. */
  readonly allowance: ShareAllowance;
}

/** Takes the shares of one connection and answers each by its id. */
export class ShareHandler {
  readonly #parts: ShareHandlerParts;
  readonly #underWay = new PendingVerdicts(VERDICTS_UNDER_WAY_MAX);
  /** More came since the last reading than may. */
  #isOverLimit = false;

  constructor(parts: ShareHandlerParts) {
    this.#parts = parts;
    void parts.connection.closed.then(() => this.#underWay.abandon());
  }

  /** Shares that are being verified. */
  get pending(): number {
    return this.#underWay.count;
  }

  /** Resolves when further shares may be read; undefined when that is now. */
  room(): Promise<void> | undefined {
    if (!this.#isOverLimit) return this.#underWay.room();
    this.#isOverLimit = false;
    return sleep(this.#parts.modules.clock, OVER_LIMIT_PAUSE_MS).then(() => this.#underWay.room());
  }

  /** Has a share judged and answers it when its verdict is there. @param miner who is credited. */
  submit(
    channel: MiningChannel,
    share: StratumShare,
    miner: MinerIdentity,
    id: string | undefined,
  ): void {
    const { connection, modules: { shares } } = this.#parts;
    const submission = { ...this.#submissionOf(share), miner };
    const verdict = shares.submit(channel, connection, submission);
    this.#await(verdict, (settled) => this.#answer(channel, miner, id, settled));
  }

  /** Refuses a share that cannot be credited to anybody; when it is a block that is not lost. */
  refuse(
    channel: MiningChannel,
    share: StratumShare,
    id: string | undefined,
    error: StratumError,
  ): void {
    const { connection, modules: { shares } } = this.#parts;
    // The connection's own workers have nothing to do with it.
    const verdict = shares.submitLate(channel, connection, this.#submissionOf(share), undefined);
    this.#await(verdict, () => {
      if (id !== undefined) connection.send(errorLine(id, error));
    });
  }

  #submissionOf({ jobId, time, nonce2, solution }: StratumShare): ShareSubmission {
    const { allowance, jobIdOf, modules: { clock } } = this.#parts;
    const isOverLimit = !allowance.take(clock.monotonic());
    if (isOverLimit) this.#isOverLimit = true;
    return { jobId: jobIdOf(jobId) ?? UNKNOWN_JOB, time, nonce2, solution, isOverLimit };
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

  #answer(
    channel: MiningChannel,
    { minerId }: MinerIdentity,
    id: string | undefined,
    verdict: ShareVerdict,
  ): void {
    const { connection, channels, modules: { conduct } } = this.#parts;
    const peer = { address: connection.remoteAddress, connection, identity: minerId };
    if (verdict.kind === "accepted") {
      conduct?.credited(peer);
      if (id !== undefined) connection.send(resultLine(id, true));
      return channels.shareAccepted(channel);
    }
    const { reason } = verdict;
    if (id !== undefined) connection.send(errorLine(id, SHARE_ERRORS[reason]));
    if (reason === "rate_limited") conduct?.limited("max_shares_per_second", peer.address);
    if (REJECTS[reason].isMisconduct) conduct?.fault({ ...peer, kind: "share", code: reason });
    if (reason === "duplicate") channels.shareRepeated(channel);
  }
}
