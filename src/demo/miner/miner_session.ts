import { equalBytes, reasonOf } from "../../base/mod.ts";
import {
  CloseChannel,
  CloseReason,
  type DecodedMessage,
  type NewEquihashJob,
  SubmitEquihashShare,
  type SubmitSharesError,
  type SubmitSharesSuccess,
} from "../../wire/protocol/mod.ts";
import { ChannelSetup, messagesOf, redirectOf, type SessionEnd } from "./channel_setup.ts";
import type { Endpoint } from "./endpoint.ts";
import type { MinerConnection, MinerModules, MinerOptions } from "./interfaces.ts";
import { PendingShares } from "./pending_shares.ts";
import { type FoundShare, Search } from "./search.ts";
import { counterFrom, Work } from "./work.ts";

/** Jobs have at most 184 bytes; a pool has no reason to send anything much longer. */
const PAYLOAD_MAX = 4_096;

type State =
  | { readonly kind: "setup" }
  | { readonly kind: "open"; readonly channelId: number; readonly noncePrefix: Uint8Array }
  | { readonly kind: "ended"; readonly end: SessionEnd };

/** One connection of a miner: its setup, its channel, the jobs, and the search for shares. */
export class MinerSession {
  readonly #options: MinerOptions;
  readonly #modules: MinerModules;
  readonly #connection: MinerConnection;
  readonly #endpoint: Endpoint;
  readonly #pending = new PendingShares();
  readonly #search: Search;
  #state: State = { kind: "setup" };
  /** Counts clean_jobs: work of an earlier generation is dead. */
  #generation = 0;

  constructor(
    options: MinerOptions,
    modules: MinerModules & { readonly connection: MinerConnection; readonly endpoint: Endpoint },
  ) {
    this.#options = options;
    this.#modules = modules;
    this.#connection = modules.connection;
    this.#endpoint = modules.endpoint;
    this.#search = new Search(
      counterFrom(modules.random.bytes(16)),
      modules,
      (share) => this.#submit(share),
    );
  }

  /** Runs until the connection ends or the signal fires; rejects only when the solver fails. */
  async run(signal: AbortSignal): Promise<SessionEnd> {
    const stop = (): void => this.#leave();
    signal.addEventListener("abort", stop, { once: true });
    try {
      if (signal.aborted) stop();
      await Promise.all([this.#converse(), this.#search.run()]);
    } finally {
      signal.removeEventListener("abort", stop);
      this.#finish({ reason: "the search failed" });
    }
    return this.#state.kind === "ended" ? this.#state.end : { reason: "the connection ended" };
  }

  async #converse(): Promise<void> {
    let end: SessionEnd = { reason: "the pool closed the connection" };
    try {
      end = await this.#setUpAndListen() ?? end;
    } catch (error) {
      end = { reason: reasonOf(error) };
    }
    this.#finish(end);
  }

  async #setUpAndListen(): Promise<SessionEnd | undefined> {
    const connection = this.#connection;
    connection.limitPayload(PAYLOAD_MAX);
    const messages = messagesOf(connection);
    const { clock, onEvent } = this.#modules;
    const modules = { connection, messages, endpoint: this.#endpoint, clock };
    try {
      const outcome = await new ChannelSetup(this.#options, modules).run();
      if (outcome.kind === "ended") return outcome.end;
      if (this.#state.kind === "ended") return undefined;
      this.#state = { kind: "open", ...outcome.channel };
      onEvent({ kind: "channel_open", ...outcome.channel });
      return await this.#listen(messages);
    } finally {
      await messages.return(undefined);
    }
  }

  async #listen(
    messages: AsyncIterable<DecodedMessage<"mining">>,
  ): Promise<SessionEnd | undefined> {
    for await (const message of messages) {
      if (this.#state.kind !== "open") return undefined;
      const end = this.#receive(message, this.#state);
      if (end !== undefined) return end;
    }
    return undefined;
  }

  /** Takes one message of the open channel; returns why the session ends, if it does. */
  #receive(
    message: DecodedMessage<"mining">,
    state: Extract<State, { kind: "open" }>,
  ): SessionEnd | undefined {
    const { onEvent } = this.#modules;
    switch (message.name) {
      case "NewEquihashJob":
        this.#takeJob(message.value, state);
        return undefined;
      case "SubmitShares.Success":
        this.#accepted(message.value);
        return undefined;
      case "SubmitShares.Error":
        this.#rejected(message.value);
        return undefined;
      case "SetTarget":
        onEvent({ kind: "target", target: message.value.maximumTarget.slice() });
        return undefined;
      case "SetExtranoncePrefix": {
        const noncePrefix = message.value.extranoncePrefix.slice();
        this.#state = { ...state, noncePrefix };
        onEvent({ kind: "nonce_prefix", noncePrefix });
        return undefined;
      }
      case "CloseChannel":
        return { reason: `the pool closed the channel: ${message.value.reasonCode}` };
      case "Reconnect":
        return redirectOf(message.value, this.#endpoint);
      case "SetGroupChannel":
        return undefined;
      default:
        this.#warn(`${message.name} came on an open channel`);
        return undefined;
    }
  }

  #takeJob(job: NewEquihashJob, state: Extract<State, { kind: "open" }>): void {
    if (job.channelId !== state.channelId) {
      return this.#warn(`a job came for channel ${job.channelId}, which is not open`);
    }
    // A future job can never become active: there is no message for it.
    if (job.futureJob) return this.#warn(`job ${job.jobId} is a future job`);
    if (!equalBytes(job.nonce1, state.noncePrefix)) {
      this.#warn(`nonce_1 of job ${job.jobId} is not the channel's prefix`);
    }
    if (job.cleanJobs) this.#generation++;
    const { jobId, cleanJobs } = job;
    this.#search.turnTo(new Work(job, this.#generation));
    this.#modules.onEvent({ kind: "job", jobId, cleanJobs, target: job.target.slice() });
  }

  /** Submits a share. */
  #submit({ work, attempt, solution, hash }: FoundShare): void {
    if (this.#state.kind !== "open") return;
    if (this.#pending.full) return this.#warn("a share is dropped: the pool answers no shares");
    const { jobId } = work;
    const share = this.#pending.add({ jobId, hash, sentAt: this.#modules.clock.monotonic() });
    const { sequenceNumber } = share;
    this.#modules.onEvent({ kind: "share_found", sequenceNumber, jobId, hash });
    this.#connection.send(SubmitEquihashShare.encode({
      channelId: this.#state.channelId,
      sequenceNumber,
      jobId: Number(jobId),
      nonce2: attempt.nonce2,
      time: attempt.time,
      solution,
    }));
  }

  #accepted(success: SubmitSharesSuccess): void {
    const shares = this.#pending.acceptedUpTo(success.lastSequenceNumber);
    if (shares.length !== success.newSubmitsAcceptedCount) {
      this.#warn(
        `${success.newSubmitsAcceptedCount} shares acknowledged, ${shares.length} waited for it`,
      );
    }
    const now = this.#modules.clock.monotonic();
    for (const { sentAt, ...share } of shares) {
      this.#modules.onEvent({ kind: "share_accepted", ...share, answerMs: now - sentAt });
    }
  }

  #rejected(error: SubmitSharesError): void {
    const share = this.#pending.rejected(error.sequenceNumber);
    if (share === undefined) {
      return this.#warn(`share ${error.sequenceNumber} was refused and does not wait`);
    }
    const { sentAt, ...rest } = share;
    const answerMs = this.#modules.clock.monotonic() - sentAt;
    this.#modules.onEvent({ kind: "share_rejected", ...rest, answerMs, code: error.errorCode });
  }

  /** The owner wants to stop: says goodbye to the pool. */
  #leave(): void {
    if (this.#state.kind === "open") {
      const { channelId } = this.#state;
      const reasonCode = CloseReason.clientRequest;
      this.#connection.send(CloseChannel.encode({ channelId, reasonCode }));
    }
    this.#finish({ reason: "stopped" });
  }

  /** Ends the session once; later calls change nothing. */
  #finish(end: SessionEnd): void {
    if (this.#state.kind === "ended") return;
    this.#state = { kind: "ended", end };
    this.#connection.close(end.reason);
    this.#search.end();
    for (const { sequenceNumber, jobId } of this.#pending.takeAll()) {
      this.#modules.onEvent({ kind: "share_unanswered", sequenceNumber, jobId });
    }
  }

  #warn(message: string): void {
    this.#modules.onEvent({ kind: "warning", message });
  }
}
