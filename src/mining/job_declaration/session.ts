import { concatBytes, judgeAfter, ProtocolError, reasonOf } from "../../base/mod.ts";
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
  SetFullTemplateJobSuccess,
  type SetupConnection,
} from "../../wire/protocol/mod.ts";
import type { FrameConnection } from "../../wire/transport/mod.ts";
import {
  type Conversation,
  IdentityError,
  type ServiceRefusal,
  type WorkingMiner,
} from "../channels/mod.ts";
import { ShareAllowance } from "../shares/mod.ts";
import { Declarations, type SharedDeclarations } from "./declarations.ts";
import { DeclaredJobs } from "./declared_jobs.ts";
import { MissingTransactions } from "./missing_transactions.ts";
import type { Offer } from "./offers.ts";
import type { DeclarationModules, DeclarationOptions, ServiceGate } from "./options.ts";
import { DeclarationRefusal } from "./refusal.ts";
import { refusalLabel } from "./refusal_labels.ts";
import { ShareBatches } from "./share_batches.ts";

/** Payload bound before SetupConnection: its strings are at most 255 bytes each. */
const SETUP_PAYLOAD_MAX = 2_048;

/** Payload bound afterwards: 64 shares have 88,590 bytes, a coinbase may have as many. */
const DECLARATION_PAYLOAD_MAX = 131_072;

/** And where full templates may be declared: a block, and 10,000 ids and lengths beside it. */
const FULL_TEMPLATE_PAYLOAD_MAX = 2_600_000;

/** `submitter` of every job: there is none before the pool has the whole block. */
const POOL_SUBMITS = 0;

const SETUP_OFFER = { protocol: Protocol.jobDeclaration, supportedFlags: 0, flags: 0 };

/** What a session works with. */
export type DeclarationSessionModules = DeclarationModules & ServiceGate & SharedDeclarations;

type SessionState = "awaiting_setup" | "awaiting_extension" | "ready" | "ended";

/** One connection's side of Job Declaration. */
export class DeclarationSession implements Conversation {
  readonly #connection: FrameConnection;
  readonly #options: DeclarationOptions;
  readonly #modules: DeclarationSessionModules;
  readonly #jobs: DeclaredJobs;
  readonly #declarations: Declarations;
  readonly #missing: MissingTransactions;
  readonly #shares: ShareBatches;
  #state: SessionState = "awaiting_setup";
  #agent = "";
  #hasToken = false;
  /** The offer that was sent last. */
  #told: Offer | undefined;

  constructor(
    connection: FrameConnection,
    options: DeclarationOptions,
    modules: DeclarationSessionModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#jobs = new DeclaredJobs(options.tokensPerClientMax);
    this.#missing = new MissingTransactions(modules.clock, (frame) => connection.send(frame));
    this.#declarations = new Declarations({
      ...{
        options,
        modules,
        jobs: this.#jobs,
        missing: this.#missing,
        address: connection.remoteAddress,
        network: connection.network,
      },
      checkService: () => this.#checkService(),
    });
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
      this.#declarations.close();
    }
  }

  /** Offers new work; jobs on another parent are dead. */
  broadcast(_template: JobTemplate, cleanJobs: boolean): Iterable<void> {
    if (cleanJobs) this.#jobs.parentChanged();
    if (!this.#hasToken || this.#state !== "ready") return [];
    const frame = this.#news();
    if (frame === undefined) return [];
    this.#connection.send(frame);
    // A share of it takes its time; who is gone does not read this either.
    this.#connection.excuseSilence();
    return [];
  }

  /** Nothing here moves by time alone. */
  tick(): Iterable<void> {
    return [];
  }

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
        return void this.#allocate(message.value);
      case "SetCustomMiningJob":
        return void this.#declare(message.value);
      case "SetFullTemplateJob":
        return void this.#declareFull(message.value);
      case "ProvideMissingTransactions":
        return this.#missing.provide(message.value);
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

  async #allocate(request: AllocateMiningJobToken): Promise<void> {
    const { requestId, userIdentifier, requestedMode } = request;
    try {
      const mode = requestedMode ?? DeclarationMode.coinbaseOnly;
      const granted = await this.#declarations.allocate(userIdentifier, mode);
      this.#hasToken = true;
      const success = AllocateMiningJobTokenSuccess.encode({
        ...{ requestId, ...granted },
        coinbaseOutputMaxAdditionalSize: this.#options.additionalSizeMax,
        asyncMiningAllowed: false,
      });
      if (granted.grantedMode === DeclarationMode.fullTemplate) {
        this.#connection.limitPayload(FULL_TEMPLATE_PAYLOAD_MAX);
      }
      this.#connection.send(concatBytes(success, this.#news() ?? new Uint8Array(0)));
    } catch (error) {
      const { code, message } = this.#refused("token_refused", error);
      this.#connection.send(AllocateMiningJobTokenError.encode({ requestId, code, message }));
    }
  }

  async #declare(declared: SetCustomMiningJob): Promise<void> {
    const { channelId, requestId } = declared;
    const head = { channelId, requestId };
    try {
      const { jobId, targetLe: shareTarget } = await this.#declarations.declare(declared);
      this.#connection.send(SetCustomMiningJobSuccess.encode({ ...head, jobId, shareTarget }));
    } catch (error) {
      const { code, message } = this.#refused("declaration_refused", error);
      this.#connection.send(SetCustomMiningJobError.encode({ ...head, code, message }));
    }
  }

  async #declareFull(declared: SetFullTemplateJob): Promise<void> {
    const { channelId, requestId } = declared;
    const head = { channelId, requestId };
    try {
      const { jobId, targetLe: shareTarget } = await this.#declarations.declareFull(declared);
      this.#connection.send(
        SetFullTemplateJobSuccess.encode({ ...head, jobId, shareTarget, submitter: POOL_SUBMITS }),
      );
    } catch (error) {
      const { code, message } = this.#refused("declaration_refused", error);
      this.#connection.send(SetFullTemplateJobError.encode({ ...head, code, message }));
    }
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
    const connection = this.#connection;
    const { remoteAddress: address } = connection;
    this.#modules.conduct?.fault({ kind: "message", address, connection, code });
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
