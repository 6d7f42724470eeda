import {
  concatBytes,
  judgeAfter,
  NONCE_LENGTH,
  ProtocolError,
  reasonOf,
  SOLUTION_LENGTH,
} from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import {
  type AllocateMiningJobToken,
  AllocateMiningJobTokenError,
  AllocateMiningJobTokenSuccess,
  answerExtensions,
  answerSetup,
  DeclarationErrorCode,
  DeclarationMode,
  type DecodedMessage,
  decodeMessage,
  type Frame,
  Protocol,
  Reconnect,
  type SetCustomMiningJob,
  SetCustomMiningJobError,
  SetCustomMiningJobSuccess,
  type SetFullTemplateJob,
  SetFullTemplateJobError,
  type SetupConnection,
} from "../../wire/protocol/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import {
  type Conversation,
  IdentityError,
  type ServiceRefusal,
  type WorkingMiner,
} from "../channels/mod.ts";
import { encodeHeader, ShareAllowance } from "../shares/mod.ts";
import { judgeDeclaration } from "./declaration.ts";
import type { DeclarationRate } from "./declaration_rate.ts";
import { DeclaredJob, declaredWork } from "./declared_job.ts";
import { DeclaredJobs } from "./declared_jobs.ts";
import type { Offer, Offers } from "./offers.ts";
import type { DeclarationModules, DeclarationOptions, ServiceGate } from "./options.ts";
import type { ProposalQueue } from "./proposal_queue.ts";
import { DeclarationRefusal } from "./refusal.ts";
import { refusalLabel } from "./refusal_labels.ts";
import { ShareBatches } from "./share_batches.ts";
import type { TokenBook, TokenPurse } from "./tokens.ts";

/** Payload bound before SetupConnection: its strings are at most 255 bytes each. */
const SETUP_PAYLOAD_MAX = 2_048;

/** Payload bound afterwards: 64 shares have 88,590 bytes, a coinbase may have as many. */
const DECLARATION_PAYLOAD_MAX = 131_072;

/** Bytes of a user identity, as on a mining connection. */
const USER_IDENTITY_LENGTH_MAX = 255;

/** Declarations of one connection that wait for the one before them. */
const DECLARATIONS_WAITING_MAX = 4;

/** Why a full template is refused: this version has no check for the transactions of others. */
const NO_FULL_TEMPLATES = "full templates are not offered by this version of the pool: " +
  "ask for a token of mode 0 and declare by SetCustomMiningJob";

const SETUP_OFFER = { protocol: Protocol.jobDeclaration, supportedFlags: 0, flags: 0 };

/** What a session works with: what is its own to use, and what all sessions share. */
export interface DeclarationSessionModules extends DeclarationModules, ServiceGate {
  readonly offers: Offers;
  readonly proposals: ProposalQueue;
  readonly rate: DeclarationRate;
  readonly tokens: TokenBook;
}

type SessionState = "awaiting_setup" | "awaiting_extension" | "ready" | "ended";

/** One connection's side of Job Declaration. */
export class DeclarationSession implements Conversation {
  readonly #connection: FrameConnection;
  readonly #options: DeclarationOptions;
  readonly #modules: DeclarationSessionModules;
  readonly #jobs: DeclaredJobs;
  readonly #purse: TokenPurse;
  readonly #shares: ShareBatches;
  #state: SessionState = "awaiting_setup";
  #agent = "";
  /** Tokens whose miners are being looked up. */
  #allocating = 0;
  #hasToken = false;
  /** The offer that was sent last. */
  #told: Offer | undefined;
  #declaring: Promise<void> = Promise.resolve();
  #declarationsWaiting = 0;

  constructor(
    connection: FrameConnection,
    options: DeclarationOptions,
    modules: DeclarationSessionModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#jobs = new DeclaredJobs(options.tokensPerClientMax);
    this.#purse = modules.tokens.open();
    const { clock, shares, conduct } = modules;
    this.#shares = new ShareBatches({
      ...{ connection, clock, shares, conduct },
      jobs: this.#jobs,
      allowance: new ShareAllowance(
        options.maxSharesPerSecond(connection.remoteAddress),
        clock.monotonic(),
      ),
    });
    connection.limitPayload(SETUP_PAYLOAD_MAX);
  }

  get agent(): string {
    return this.#agent;
  }

  *miners(): Iterable<WorkingMiner> {
    for (const { miner, work: { target } } of this.#jobs.live()) yield { miner, target };
  }

  /** Declared jobs that are alive. */
  get channelCount(): number {
    return this.#jobs.size;
  }

  /** Shares that are being verified. */
  get pendingShares(): number {
    return this.#shares.pending;
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#modules;
    const cancel = judgeAfter(clock, this.#options.connectionTimeoutMs, () => {
      if (!this.#hasToken) this.#connection.close("no token asked for in time");
    });
    try {
      for await (const frames of this.#connection.batches()) {
        for (const frame of frames) {
          this.#receive(frame);
          await this.#shares.room();
        }
      }
    } catch (error) {
      this.#log("debug", "declarer_protocol_error", reasonOf(error));
      this.#connection.close(reasonOf(error));
    } finally {
      cancel();
      this.#state = "ended";
      this.#purse.close();
    }
  }

  /** Offers new work; jobs on another parent are dead. */
  broadcast(_template: JobTemplate, cleanJobs: boolean): void {
    if (cleanJobs) this.#jobs.parentChanged();
    if (!this.#hasToken || this.#state !== "ready") return;
    const frame = this.#news();
    if (frame === undefined) return;
    this.#connection.send(frame);
    // A share of it takes its time; who is gone does not read this either.
    this.#connection.excuseSilence();
  }

  /** Nothing here moves by time alone. */
  tick(): void {}

  /** Asks the declarer to come back later, to the same address, and closes. */
  reconnect(reason: string): void {
    if (this.#state === "ready" || this.#state === "awaiting_extension") {
      this.#connection.send(Reconnect.encode({ newHost: "", newPort: 0 }));
    }
    this.#connection.close(reason);
  }

  /** Jobs are paid no more; the declarer learns why when it asks for another one. */
  closeChannels(_reason: ServiceRefusal): void {
    this.#jobs.retireAll();
  }

  #receive(frame: Frame): void {
    if (this.#state === "ended") return;
    const message = this.#decode(frame);
    if (this.#state === "awaiting_setup") {
      if (message?.name !== "SetupConnection") {
        return this.#drop("setup-expected", "the first frame is not SetupConnection");
      }
      return this.#setup(message.value);
    }
    switch (message?.name) {
      case "RequestExtensions": {
        const answer = answerExtensions(message.value);
        if (answer.equihash) this.#state = "ready";
        this.#connection.send(answer.frame);
        return;
      }
      case "AllocateMiningJobToken":
        return this.#allocate(message.value);
      case "SetCustomMiningJob":
        return this.#declare(message.value);
      case "SetFullTemplateJob":
        return this.#refuseFullTemplate(message.value);
      case "SubmitSharesJd":
        if (ShareBatches.fits(message.value)) return this.#shares.submit(message.value);
        return this.#drop("batch-size", "a batch has no shares or too many");
      case "PushSolution":
        return this.#shares.push(message.value);
      case "SetupConnection":
        return this.#drop("setup-repeated", "SetupConnection was sent twice");
      default:
        // Unknown or unexpected messages are passed over, as the specification asks.
        this.#log("debug", "declarer_message_ignored", "a message of the declarer was ignored");
    }
  }

  #decode(frame: Frame): DecodedMessage<"job_declaration"> | undefined {
    try {
      return decodeMessage("job_declaration", frame);
    } catch (error) {
      if (error instanceof ProtocolError) this.#reportFault(error.code);
      throw error;
    }
  }

  #setup(setup: SetupConnection): void {
    const answer = answerSetup(setup, SETUP_OFFER);
    this.#connection.send(answer.frame);
    if (!answer.accepted) {
      this.#state = "ended";
      this.#connection.close(answer.errorCode);
      return;
    }
    this.#agent = `${setup.vendor} ${setup.firmware}`.trim();
    this.#state = "awaiting_extension";
    this.#connection.limitPayload(DECLARATION_PAYLOAD_MAX);
  }

  #allocate({ requestId, userIdentifier, requestedMode }: AllocateMiningJobToken): void {
    this.#allocating++;
    this.#makeToken(userIdentifier, requestedMode ?? DeclarationMode.coinbaseOnly).then(
      (frame) => {
        this.#allocating--;
        if (this.#state === "ended") return;
        this.#connection.send(frame(requestId));
      },
      (error) => {
        this.#allocating--;
        const { code, message } = this.#refused("token_refused", error);
        this.#connection.send(AllocateMiningJobTokenError.encode({ requestId, code, message }));
      },
    );
  }

  /** @returns the success with the newest template behind it, for a request's number. */
  async #makeToken(
    userIdentifier: string,
    mode: number,
  ): Promise<(requestId: number) => Uint8Array> {
    const { identify, metrics } = this.#modules;
    this.#checkService();
    if (mode !== DeclarationMode.coinbaseOnly) {
      throw new DeclarationRefusal(DeclarationErrorCode.notOffered, NO_FULL_TEMPLATES);
    }
    if (this.#allocating > this.#options.tokensPerClientMax) throw tooManyAtOnce("tokens");
    if (new TextEncoder().encode(userIdentifier).length > USER_IDENTITY_LENGTH_MAX) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.refusedIdentity,
        `a user_identifier of at most ${USER_IDENTITY_LENGTH_MAX} bytes is expected`,
      );
    }
    const miner = await identify(userIdentifier);
    // The cap may have been reached meanwhile, or the connection have ended.
    this.#checkService();
    const { template } = this.#modules.offers.newest();
    const token = this.#purse.allocate(miner);
    this.#hasToken = true;
    metrics.tokens.increment();
    const success = {
      token,
      coinbaseOutput: template.minerOutputs[0]?.script ?? new Uint8Array(0),
      coinbaseOutputMaxAdditionalSize: this.#options.additionalSizeMax,
      asyncMiningAllowed: false,
      grantedMode: DeclarationMode.coinbaseOnly,
    };
    return (requestId) =>
      concatBytes(
        AllocateMiningJobTokenSuccess.encode({ requestId, ...success }),
        this.#news() ?? new Uint8Array(0),
      );
  }

  #declare(declared: SetCustomMiningJob): void {
    const { channelId, requestId } = declared;
    const head = { channelId, requestId };
    this.#declarationsWaiting++;
    const made = this.#declarationsWaiting > DECLARATIONS_WAITING_MAX
      ? Promise.reject(tooManyAtOnce("declarations"))
      : this.#declaring.then(() => this.#makeJob(declared));
    // One after another: a declarer has one block before the node at a time.
    if (this.#declarationsWaiting <= DECLARATIONS_WAITING_MAX) {
      this.#declaring = made.then(() => {}, () => {});
    }
    made.then(
      ({ jobId, targetLe: shareTarget }) => {
        this.#declarationsWaiting--;
        this.#connection.send(SetCustomMiningJobSuccess.encode({ ...head, jobId, shareTarget }));
      },
      (error) => {
        this.#declarationsWaiting--;
        const { code, message } = this.#refused("declaration_refused", error);
        this.#connection.send(SetCustomMiningJobError.encode({ ...head, code, message }));
      },
    );
  }

  /**
   * The job of a declaration. It has a number, and with it shares, only when the node has accepted
   * its block: what the pool cannot be paid for is never credited.
   */
  async #makeJob(declared: SetCustomMiningJob) {
    const { book, offers, proposals, rate, metrics } = this.#modules;
    this.#checkService();
    const { miner } = this.#purse.find(declared.token);
    rate.count(this.#connection.remoteAddress, miner.minerId);
    const block = judgeDeclaration(declared, offers, this.#options);
    const { template } = block;
    await proposals.judge(() => unsolved(template, declared.time));
    this.#checkService();
    if (!book.isLive(template)) {
      throw new DeclarationRefusal(
        DeclarationErrorCode.stalePrevHash,
        "the tip has changed while the block was judged; declare on the next template",
      );
    }
    const work = declaredWork(block, book.nextJobId(), this.#options);
    this.#jobs.add(declared.token, new DeclaredJob(miner, declared.channelId, work));
    metrics.jobs.increment();
    return work;
  }

  #refuseFullTemplate({ channelId, requestId }: SetFullTemplateJob): void {
    const refusal = new DeclarationRefusal(DeclarationErrorCode.notOffered, NO_FULL_TEMPLATES);
    const { code, message } = this.#refused("declaration_refused", refusal);
    this.#connection.send(
      SetFullTemplateJobError.encode({ channelId, requestId, code, message }),
    );
  }

  /** @throws {DeclarationRefusal} when nothing can be had here now. */
  #checkService(): void {
    if (this.#state === "awaiting_extension") {
      throw new DeclarationRefusal(
        DeclarationErrorCode.other,
        "RequestExtensions with 0x455a is expected first",
      );
    }
    if (this.#state === "ended") {
      throw new DeclarationRefusal(DeclarationErrorCode.other, "the connection has ended");
    }
    if (this.#modules.refusal() === undefined) return;
    throw new DeclarationRefusal(
      DeclarationErrorCode.notOffered,
      "the pool owes its miners as much as it lets itself owe and takes no paid work now",
    );
  }

  /** The newest offer, unless it was sent already or there is none. */
  #news(): Uint8Array | undefined {
    try {
      const offer = this.#modules.offers.newest();
      if (offer === this.#told) return undefined;
      this.#told = offer;
      return offer.frame;
    } catch (error) {
      if (error instanceof DeclarationRefusal) return undefined;
      throw error;
    }
  }

  /** Counts a refusal and gives it its place in the protocol. */
  #refused(event: string, error: unknown): { code: DeclarationErrorCode; message: string } {
    const { code, message, isOurs } = answerOf(error);
    this.#modules.metrics.refusals.increment(refusalLabel(code));
    this.#log(isOurs ? "error" : "debug", event, isOurs ? reasonOf(error) : message);
    return { code, message };
  }

  /** Ends the connection for a fault of the peer's. */
  #drop(code: string, why: string): void {
    this.#reportFault(code);
    this.#log("debug", "declarer_dropped", why);
    this.#state = "ended";
    this.#connection.close(why);
  }

  #reportFault(code: string): void {
    const { remoteAddress: address } = this.#connection;
    this.#modules.conduct?.fault({ kind: "message", address, code });
  }

  #log(level: "debug" | "error", event: string, message: string): void {
    this.#modules.logger.log(level, event, message, { connection: this.#connection.id });
  }
}

function answerOf(
  error: unknown,
): { code: DeclarationErrorCode; message: string; isOurs: boolean } {
  if (error instanceof DeclarationRefusal) {
    return { code: error.answer, message: error.message, isOurs: false };
  }
  if (error instanceof IdentityError) {
    const isBusy = error.code === "overloaded";
    const code = isBusy ? DeclarationErrorCode.overloaded : DeclarationErrorCode.refusedIdentity;
    return { code, message: error.message, isOurs: false };
  }
  const message = "the pool could not do it; its log says why";
  return { code: DeclarationErrorCode.other, message, isOurs: true };
}

function tooManyAtOnce(what: string): DeclarationRefusal {
  return new DeclarationRefusal(
    DeclarationErrorCode.overloaded,
    `too many ${what} are asked for at once; wait for the answers`,
  );
}

/** The block without a solution, as proposal mode wants it. */
function unsolved(template: JobTemplate, time: number): Uint8Array {
  const job = { template, nonce1: new Uint8Array(0) };
  const nonce2 = new Uint8Array(NONCE_LENGTH);
  const solution = new Uint8Array(SOLUTION_LENGTH);
  return template.encodeBlock(encodeHeader(job, { time, nonce2, solution }));
}
