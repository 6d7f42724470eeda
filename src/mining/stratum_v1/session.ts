import { bytesToHex, concatBytes, judgeAfter, reasonOf } from "../../base/mod.ts";
import type { JobTemplate } from "../../chain/jobs/mod.ts";
import { ShareAllowance } from "../shares/mod.ts";
import { targetOfDifficulty } from "../../chain/zcash/mod.ts";
import type { LineConnection } from "../../wire/transport/mod.ts";
import {
  errorLine,
  type LineItem,
  readLine,
  reconnectLine,
  resultLine,
  showMessageLine,
  type StratumError,
  type StratumRequest,
} from "../../wire/stratum/mod.ts";
import {
  type ChannelFact,
  ChannelSession,
  COINBASE_CONSENT,
  type Conversation,
  IdentityError,
  type MiningChannel,
  type OpenAnswer,
  type OpenRefusal,
  type ServiceRefusal,
  type WorkingMiner,
} from "../channels/mod.ts";
import { SentJobs } from "./_sent_jobs.ts";
import { NOT_SUBSCRIBED, OPEN_ERRORS, TOO_MANY_WORKERS, UNAUTHORIZED } from "./answers.ts";
import type { SessionModules, StratumServerOptions } from "./options.ts";
import { type PasswordOptions, readPassword } from "./password.ts";
import { ShareHandler } from "./share_handler.ts";
import { Workers, WORKERS_MAX } from "./workers.ts";

/** The easiest target that there is: a miner that names none takes any. */
const ANY_TARGET = (1n << 256n) - 1n;

/** Bytes of a session id; miners want a text there and do nothing with it (resuming is not offered). */
const SESSION_ID_LENGTH = 8;

/** Shares without any authorized worker, after which the connection is closed. */
const STRAY_SHARES_MAX = 16;

type Authorize = Extract<StratumRequest, { readonly method: "mining.authorize" }>;

/** A worker who waits to be let in. Of its password the options are kept and not the text. */
interface Applicant {
  readonly worker: string;
  readonly options: PasswordOptions;
}

/** One connection's side of Stratum V1: one channel, shared by the workers of the connection. */
export class StratumSession implements Conversation {
  readonly #connection: LineConnection;
  readonly #options: StratumServerOptions;
  readonly #modules: SessionModules;
  readonly #channels: ChannelSession;
  readonly #sent: SentJobs;
  readonly #shares: ShareHandler;
  readonly #workers = new Workers();
  /** Authorizations in the order in which they came: one after another, so that one opens the channel. */
  #authorizing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #channel: MiningChannel | undefined;
  #isSubscribed = false;
  #agent = "";
  /** The miner has said that its NONCE_1 may change. */
  #changesPrefixes = false;
  /** What it asked for before it had a channel. */
  #suggested: bigint | undefined;
  /** The easiest target that it takes. */
  #easiest = ANY_TARGET;
  #strayShares = 0;
  #ended = false;

  constructor(
    connection: LineConnection,
    options: StratumServerOptions,
    modules: SessionModules,
  ) {
    this.#connection = connection;
    this.#options = options;
    this.#modules = modules;
    this.#sent = new SentJobs(modules.lines);
    const mayChange = (): boolean => this.#changesPrefixes;
    this.#channels = new ChannelSession(options, modules, {
      address: connection.remoteAddress,
      get changesPrefixes() {
        return mayChange();
      },
      tell: (facts) => this.#tell(facts),
      awaitShare: () => connection.excuseSilence(),
    });
    this.#shares = new ShareHandler({
      ...{ connection, modules },
      channels: this.#channels,
      jobIdOf: (text) => this.#sent.find(text),
      allowance: new ShareAllowance(
        options.maxSharesPerSecond(connection.remoteAddress),
        modules.clock.monotonic(),
      ),
    });
  }

  get agent(): string {
    return this.#agent;
  }

  *miners(): Iterable<WorkingMiner> {
    if (this.#channel === undefined) return;
    const { target } = this.#channel;
    for (const miner of this.#workers.identities()) yield { miner, target };
  }

  /** Channels that are open: one, once a worker is authorized. */
  get channelCount(): number {
    return this.#channels.size;
  }

  /** Shares that are being verified. */
  get pendingShares(): number {
    return this.#shares.pending;
  }

  /** Runs until the connection ends; never rejects. */
  async run(): Promise<void> {
    const { clock } = this.#modules;
    const cancel = judgeAfter(clock, this.#options.connectionTimeoutMs, () => {
      if (this.#channel !== undefined) return;
      this.#modules.conduct?.limited("connection_timeout_secs", this.#connection.remoteAddress);
      this.#connection.close("no worker authorized in time");
    });
    try {
      for await (const lines of this.#connection.batches()) {
        for (const line of lines) {
          for (const item of readLine(line)) this.#receive(item);
        }
        await this.#shares.room();
      }
    } catch (error) {
      this.#log("debug", "miner_protocol_error", reasonOf(error));
      this.#connection.close(reasonOf(error));
    } finally {
      cancel();
      this.#ended = true;
      this.#channels.end();
    }
  }

  /** Sends new work. */
  broadcast(template: JobTemplate, cleanJobs: boolean): Iterable<void> {
    return this.#channels.broadcast(template, cleanJobs);
  }

  /** Moves what time moves; called about once a second. */
  tick(): Iterable<void> {
    return this.#channels.tick();
  }

  /** Asks the miner to come back to the same address, and closes. */
  reconnect(reason: string): void {
    if (this.#isSubscribed) this.#send(reconnectLine());
    this.#end(reason);
  }

  /** Ends the channel; Stratum V1 has no other way to say so than a text and the connection's end. */
  closeChannels(reason: ServiceRefusal): void {
    this.#channels.dismissAll(reason);
  }

  #receive(item: LineItem): void {
    if (this.#ended) return;
    switch (item.kind) {
      case "request":
        return this.#handle(item.request, item.id);
      case "refused":
        return this.#refuse(item.id, item.error);
      case "response":
        return;
      case "broken":
        return this.#drop(item.fault, `the line cannot be answered: ${item.fault}`);
    }
  }

  #handle(request: StratumRequest, id: string | undefined): void {
    switch (request.method) {
      case "mining.subscribe":
        this.#agent = request.userAgent;
        return this.#subscribe(id);
      case "mining.authorize":
        return this.#authorize(request, id);
      case "mining.submit":
        return this.#submit(request, id);
      case "mining.extranonce.subscribe":
        this.#changesPrefixes = true;
        this.#answer(id, true);
        return this.#channels.announceWaiting();
      case "mining.suggest_target":
        return this.#suggest(request.target, id);
      case "mining.suggest_difficulty":
        return this.#suggest(targetOfDifficulty(request.difficulty), id);
      case "mining.get_transactions":
        return this.#answer(id, []);
      case "mining.multi_version":
        return this.#answer(id, true);
      case "mining.ping":
        return this.#answer(id, "pong");
      case "client.get_version":
        return this.#answer(id, this.#options.serverVersion);
    }
  }

  /** Asked again it gives the same NONCE_1, and a session that it names is not resumed (ZIP 301). */
  #subscribe(id: string | undefined): void {
    const nonce1 = this.#channel?.nonce1 ?? this.#channels.reserve();
    if (nonce1 === undefined) {
      this.#refuse(id, OPEN_ERRORS["no-capacity"]);
      return this.#end("no further channel can be served");
    }
    this.#isSubscribed = true;
    const sessionId = bytesToHex(this.#modules.random.bytes(SESSION_ID_LENGTH));
    this.#answer(id, [sessionId, bytesToHex(nonce1)]);
  }

  #authorize({ worker, password }: Authorize, id: string | undefined): void {
    if (!this.#isSubscribed) return this.#refuse(id, NOT_SUBSCRIBED);
    if (this.#workers.find(worker) !== undefined) return this.#answer(id, true);
    if (this.#workers.size + this.#waiting >= WORKERS_MAX) {
      return this.#refuse(id, TOO_MANY_WORKERS);
    }
    this.#waiting++;
    const applicant = { worker, options: readPassword(password) };
    this.#authorizing = this.#authorizing.then(async () => {
      this.#waiting--;
      if (this.#ended) return;
      if (this.#channel === undefined) await this.#openFor(applicant, id);
      else await this.#addWorker(applicant, id);
    });
  }

  /** The first worker opens the channel, with what its password asks for. */
  #openFor({ worker, options }: Applicant, id: string | undefined): Promise<void> {
    const { difficulty, minDifficulty } = options;
    this.#easiest = minDifficulty === undefined ? ANY_TARGET : targetOfDifficulty(minDifficulty);
    const wanted = difficulty === undefined ? this.#suggested : targetOfDifficulty(difficulty);
    return new Promise((done) => {
      // A session that has ended is not answered any more.
      void this.#connection.closed.then(() => done());
      this.#channels.open({
        userIdentity: identityOf({ worker, options }),
        nominalHashRate: 0,
        maxTarget: this.#easiest,
        ...(wanted === undefined ? {} : { target: wanted }),
        isSteady: difficulty !== undefined,
        freeNonceBytes: 0,
      }, (answer) => {
        this.#opened(answer, worker, id);
        done();
      });
    });
  }

  #opened(answer: OpenAnswer, worker: string, id: string | undefined): void {
    switch (answer.kind) {
      case "refused":
        return this.#refuseWorker(id, answer.refusal, answer.why);
      case "failed":
        this.#log("error", "channel_not_opened", answer.reason);
        return this.#end("a channel could not be opened");
      case "opened": {
        const { channel, targetLe, job, notice } = answer;
        this.#channel = channel;
        this.#workers.add(worker, channel.miner);
        const work = job === undefined ? this.#sent.target(targetLe) : this.#sent.job(job, true);
        const result = id === undefined ? [] : [resultLine(id, true)];
        const told = notice === undefined ? [] : [showMessageLine(notice)];
        return this.#send(concatBytes(...result, ...work, ...told));
      }
    }
  }

  /** Shares of further workers are credited to them; the channel stays the first one's. */
  async #addWorker({ worker, options }: Applicant, id: string | undefined): Promise<void> {
    const { remoteAddress: address } = this.#connection;
    const refuse = (refusal: OpenRefusal, why: string): void => {
      this.#modules.logins?.refused({ userIdentity: worker, address, refusal, why });
      this.#refuseWorker(id, refusal, why);
    };
    try {
      const miner = await this.#modules.identify(identityOf({ worker, options }));
      if (this.#modules.conduct?.isBanned(address, miner.minerId) === true) {
        return refuse("banned", "a worker is banned");
      }
      this.#workers.add(worker, miner);
      const notice = this.#modules.logins?.accepted(miner, address);
      this.#answer(id, true);
      if (notice !== undefined) this.#send(showMessageLine(notice));
    } catch (error) {
      if (error instanceof IdentityError) return refuse(error.code, error.message);
      this.#log("error", "channel_not_opened", reasonOf(error));
      this.#end("a worker could not be looked up");
    }
  }

  #refuseWorker(id: string | undefined, refusal: OpenRefusal, why: string): void {
    this.#log("debug", "channel_refused", why);
    this.#refuse(id, OPEN_ERRORS[refusal]);
  }

  #submit(
    share: Extract<StratumRequest, { readonly method: "mining.submit" }>,
    id: string | undefined,
  ): void {
    if (!this.#isSubscribed) return this.#stray(id, NOT_SUBSCRIBED);
    if (this.#channel === undefined) return this.#stray(id, UNAUTHORIZED);
    const miner = this.#workers.find(share.worker);
    // Developer-fee miners submit under names of their own now and then: only that share is lost.
    if (miner === undefined) return this.#shares.refuse(this.#channel, share, id, UNAUTHORIZED);
    this.#shares.submit(this.#channel, share, miner, id);
  }

  /** A share on a connection that has authorized nobody. */
  #stray(id: string | undefined, error: StratumError): void {
    this.#refuse(id, error);
    if (++this.#strayShares >= STRAY_SHARES_MAX) {
      this.#drop("stray-shares", "shares came and no worker was authorized");
    }
  }

  #suggest(target: bigint, id: string | undefined): void {
    this.#suggested = target;
    this.#answer(id, true);
    if (this.#channel === undefined) return;
    const maxTarget = this.#easiest;
    this.#channels.update(this.#channel, { nominalHashRate: 0, maxTarget, target });
  }

  #tell(facts: readonly ChannelFact[]): void {
    if (facts.some(({ kind }) => kind === "closed")) {
      this.#send(showMessageLine(OPEN_ERRORS["liability-cap"].message));
      return this.#end("the pool takes no paid work now");
    }
    this.#send(this.#sent.encode(facts));
  }

  #answer(id: string | undefined, result: unknown): void {
    if (id !== undefined) this.#send(resultLine(id, result));
  }

  #refuse(id: string | undefined, error: StratumError): void {
    if (id !== undefined) this.#send(errorLine(id, error));
  }

  #send(lines: Uint8Array): void {
    this.#connection.send(lines);
  }

  /** Ends the connection for a fault of the peer's. */
  #drop(code: string, why: string): void {
    const connection = this.#connection;
    const { remoteAddress: address } = connection;
    const identity = this.#channel?.miner.minerId;
    const named = identity === undefined ? {} : { identity };
    this.#modules.conduct?.fault({ kind: "message", address, connection, ...named, code });
    this.#end(why);
  }

  #end(why: string): void {
    this.#log("debug", "miner_dropped", why);
    this.#ended = true;
    this.#connection.close(why);
  }

  #log(level: "debug" | "error", event: string, message: string): void {
    this.#modules.logger.log(level, event, message, { connection: this.#connection.id });
  }
}

/** What a worker's name and password say together, as Stratum V2 writes it. */
function identityOf({ worker, options }: Applicant): string {
  const isSaid = !options.coinbase || worker.toLowerCase().endsWith(COINBASE_CONSENT);
  return isSaid ? worker : worker + COINBASE_CONSENT;
}
