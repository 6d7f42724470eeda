/**
 * A whole pool on a clock that stands still: memory connections, templates that the test hands out,
 * a verifier that believes solutions by their first byte, records in memory.
 *
 * @module
 */
import { SeenShares } from "../../src/mining/shares/mod.ts";
import { BoundedQueue, noMetrics, type PeerFault, silentLogger } from "../../src/base/mod.ts";
import { type BlockNode, BlockSubmitter, MemorySpool } from "../../src/chain/blocks/mod.ts";
import { type RefusedLogin, RememberedWorkers } from "../../src/mining/channels/mod.ts";
import type { EquihashVerifier, VerifyRequest } from "../../src/mining/equihash/mod.ts";
import { JobFactory, payAllTo } from "../../src/chain/jobs/mod.ts";
import {
  type ChainListener,
  makeMiningCore,
  type MiningService,
  Pool,
  type PoolEvent,
} from "../../src/service/pool/mod.ts";
import {
  decodeMessage,
  EXTENSION_EQUIHASH,
  type MessageType,
  type MessageValue,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  Protocol,
  PROTOCOL_VERSION,
  RequestExtensions,
  SetupConnection,
  SubmitEquihashShare,
} from "../../src/wire/protocol/mod.ts";
import type { Scheme } from "../../src/money/ledger/mod.ts";
import { RecordWriter } from "../../src/money/records/mod.ts";
import type { TemplateEvent } from "../../src/chain/template_provider/mod.ts";
import type { FrameConnection, LineConnection } from "../../src/wire/transport/mod.ts";
import {
  type BlockTemplate,
  p2shScript,
  sha256d,
  targetOfDifficulty,
} from "../../src/chain/zcash/mod.ts";
import { madeTemplate } from "./block_templates.ts";
import { Declarer } from "./declarer.ts";
import type { FullTemplateLevel } from "../../src/mining/job_declaration/mod.ts";
import { FakeClock, settle } from "./fake_clock.ts";
import { RecordedConduct } from "./recorded_conduct.ts";
import { connectionPair, type MemoryConnection } from "./memory_connection.ts";
import { seededRandom } from "./seeded_random.ts";
import { MemoryLines, StratumMiner } from "./stratum_miner.ts";
import { openStore, type TestStore } from "./test_store.ts";
import { parseUserIdentity } from "./parse_user_identity.ts";
import {
  declarationService,
  recordedWorkers,
  stratumService,
  sv2Service,
} from "../../src/service/pool/mining_services.ts";

/** Testnet address that harness miners use. */
export const MINER_ADDRESS = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

/** The easiest target: every header is a share. */
export const ANY_TARGET: bigint = (1n << 256n) - 1n;

/** A solution that the harness's verifier takes for right begins with this byte. */
export const GOOD_SOLUTION = 1;

/** Settings of a harness that tests vary. */
export interface HarnessOptions {
  readonly nonce1Length?: number;
  readonly initialDifficulty?: number;
  readonly minDifficulty?: number;
  readonly jobRefreshMs?: number;
  readonly drainMs?: number;
  readonly channelsMax?: number;
  readonly maxSharesPerSecond?: number;
  readonly seed?: number;
  readonly scheme?: Scheme;
  readonly unknownCoinbase?: "as-the-node-made-it";
  /** The least that a declared block pays the pool. */
  readonly poolPayoutMinZat?: bigint;
  /** Of shares of declared jobs. */
  readonly declaredDifficulty?: number;
  readonly tokensPerClientMax?: number;
  /** How full templates are judged; none may be declared unless given. */
  readonly fullTemplates?: FullTemplateLevel;
  /** Beside Stratum V2. */
  readonly services?: readonly MiningService[];
  readonly chainListeners?: readonly ChainListener[];
  /** Of a world with more in it than this pool; a clock of its own unless given. */
  readonly clock?: FakeClock;
  /** Where blocks go; unless given, a node that takes each. */
  readonly node?: BlockNode;
  /** What outlives a killed process; one that ends with it unless given. */
  readonly spool?: MemorySpool;
}

/** A verifier that settles when the test says so, or at once. */
export class ScriptedVerifier implements EquihashVerifier {
  readonly held: { readonly request: VerifyRequest; readonly settle: (valid: boolean) => void }[] =
    [];
  hold = false;
  full = false;
  calls = 0;

  get waiting(): number {
    return this.held.length;
  }

  verify(request: VerifyRequest): Promise<boolean> | undefined {
    if (this.full && !request.urgent) return undefined;
    this.calls++;
    const valid = request.header[143] === GOOD_SOLUTION;
    if (!this.hold) return Promise.resolve(valid);
    return new Promise((resolve) => this.held.push({ request, settle: resolve }));
  }

  /** Settles what is held by what it is. */
  release(): void {
    for (const { request, settle } of this.held.splice(0)) {
      settle(request.header[143] === GOOD_SOLUTION);
    }
  }

  close(): Promise<void> {
    for (const { settle } of this.held.splice(0)) settle(false);
    return Promise.resolve();
  }
}

/** A pool and everything around it. */
export class PoolHarness {
  readonly clock: FakeClock;
  readonly verifier = new ScriptedVerifier();
  readonly events: PoolEvent[] = [];
  /** Faults of peers that were reported; `conduct` can turn peers away. */
  readonly faults: PeerFault[] = [];
  /** What a miner is told at its login. */
  loginNotice: string | undefined;
  /** Logins that came to nothing. */
  readonly refusedLogins: RefusedLogin[] = [];
  readonly conduct = new RecordedConduct(this.faults);
  readonly submitted: Uint8Array[] = [];
  readonly store: TestStore;
  readonly writer: RecordWriter;
  readonly pool: Pool;
  readonly submitter: BlockSubmitter;
  readonly #connections = new BoundedQueue<FrameConnection>(1_000);
  readonly #declarers = new BoundedQueue<FrameConnection>(1_000);
  /** What the node says of a declared block; left out, it accepts. */
  judgeProposal: (block: Uint8Array, signal: AbortSignal) => Promise<string | null> = () =>
    Promise.resolve(null);
  /** What the node has in its mempool or a block; left out, nothing. */
  findTransaction: (txid: Uint8Array, signal: AbortSignal) => Promise<Uint8Array | undefined> =
    () => Promise.resolve(undefined);
  /** What the node says of outputs; left out, all are there. */
  isUnspent: (txid: Uint8Array, index: number, signal: AbortSignal) => Promise<boolean> = () =>
    Promise.resolve(true);
  readonly #lines = new BoundedQueue<LineConnection>(1_000);
  readonly #templates = new BoundedQueue<TemplateEvent>(1_000);
  #lastId = 0;

  private constructor(store: TestStore, options: HarnessOptions) {
    const { clock = new FakeClock() } = options;
    this.clock = clock;
    const random = seededRandom(options.seed ?? 1);
    const logger = silentLogger;
    this.store = store;
    this.writer = new RecordWriter({}, { store, clock, logger });
    const node = options.node ?? {
      url: "http://node",
      submitBlock: (block: Uint8Array) => {
        this.submitted.push(block);
        return Promise.resolve(null);
      },
      proposeBlock: () => Promise.resolve(null),
      getBlockHash: () => {
        const block = this.submitted.at(-1);
        return Promise.resolve(block === undefined ? undefined : sha256d(block.subarray(0, 1_487)));
      },
    };
    const submitter = this.submitter = new BlockSubmitter({}, {
      nodes: [node],
      spool: options.spool ?? new MemorySpool(),
      clock,
    });
    const { connections, declarers, lineConnections, templates } = this.#sources();
    const emit = (event: PoolEvent): void => void this.events.push(event);
    const core = makeMiningCore({
      nonce1Length: options.nonce1Length ?? 4,
      scheme: options.scheme ?? "pps",
      feePpm: 10_000,
    }, {
      ...{ clock, random, logger, submitter, emit, writer: this.writer, verifier: this.verifier },
      duplicates: new SeenShares(),
      hashRate: { add: () => {} },
      metrics: {
        ...noMetrics("validationSeconds"),
        ...noMetrics("accepted", "rejected", "blocksFound", "blocksExpected"),
      },
    });
    const settings = {
      nonce1Length: options.nonce1Length ?? 4,
      bounds: {
        easiest: targetOfDifficulty(options.minDifficulty ?? 1e-6),
        hardest: targetOfDifficulty(1_000_000),
      },
      initialTarget: targetOfDifficulty(options.initialDifficulty ?? 1e-6),
      targetSharesPerMinute: 5,
      silenceMs: 75_000,
      connectionTimeoutMs: 30_000,
      maxSharesPerSecond: () => options.maxSharesPerSecond ?? 1_000,
      channelsPerConnectionMax: 1_000,
      channelsMax: options.channelsMax ?? 1_000,
    };
    const modules = {
      ...{ clock, logger, core, random },
      workers: new RememberedWorkers(recordedWorkers(this.writer, clock)),
      directory: {
        // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
        identify: async (userIdentity: string) => parseUserIdentity(userIdentity, "test"),
      },
      metrics: noMetrics("channelsOpen", "jobsSent", "retargets"),
      conduct: this.conduct,
      logins: {
        accepted: () => this.loginNotice,
        refused: (login: RefusedLogin) => void this.refusedLogins.push(login),
      },
    };
    const sv2 = sv2Service(settings, connections, modules);
    const stratum = stratumService(
      { ...settings, serverVersion: "zcash-pool/test" },
      lineConnections,
      modules,
    );
    const declaration = declarationService(
      {
        tokenLifetimeMs: 300_000,
        tokensPerClientMax: options.tokensPerClientMax ?? 10,
        additionalSizeMax: 256,
        poolPayoutMinZat: options.poolPayoutMinZat ?? 10_000n,
        maxSharesPerSecond: settings.maxSharesPerSecond,
        shareTarget: targetOfDifficulty(options.declaredDifficulty ?? 1e-6),
        fullTemplates: options.fullTemplates,
        isWorkWeighed: options.scheme === "pplns" || options.scheme === "prop",
        connectionTimeoutMs: 30_000,
      },
      declarers,
      {
        ...modules,
        proposer: { propose: (block, signal) => this.judgeProposal(block, signal) },
        transactions: {
          transaction: (txid, signal) => this.findTransaction(txid, signal),
          isUnspent: (txid, index, signal) => this.isUnspent(txid, index, signal),
        },
        metrics: {
          ...noMetrics("tokens", "jobs", "fullTemplateJobs", "refusals"),
          validationSeconds: noMetrics("coinbase_only", "minimal", "standard", "strict"),
        },
      },
    );
    this.pool = new Pool({
      jobRefreshMs: options.jobRefreshMs ?? 30_000,
      jobMaxAgeMs: 120_000,
      drainMs: options.drainMs ?? 0,
    }, {
      ...{ clock, logger, templates, core, submitter, emit },
      jobs: new JobFactory({
        split: payAllTo(p2shScript(new Uint8Array(20).fill(0x33))),
        tag: new TextEncoder().encode("test pool"),
        processBytes: random.bytes(8),
        unknownCoinbase: options.unknownCoinbase ?? "refuse",
      }),
      services: [stratum, sv2, declaration, ...options.services ?? []],
      chainListeners: options.chainListeners ?? [],
      verifier: this.verifier,
      writer: this.writer,
    });
    void this.pool.run();
  }

  /** Starts a pool. @param store records that others use too; in memory and its own unless given. */
  static async start(options: HarnessOptions = {}, store?: TestStore): Promise<PoolHarness> {
    const clock = new FakeClock();
    return new PoolHarness(
      store ?? await openStore({ kind: "sqlite", path: ":memory:" }, { clock }),
      options,
    );
  }

  /** Hands a template to the pool, as the template provider does. */
  async template(template: BlockTemplate): Promise<void> {
    this.#templates.offer({ kind: "template", template, nodeUrl: "http://node" });
    await settle();
  }

  /** Says that no node is usable. */
  async unusable(told: { parentLost?: true; sinceMs?: number } = {}): Promise<void> {
    this.#templates.offer({ kind: "unusable", reason: "the node is away", sinceMs: 0, ...told });
    await settle();
  }

  /** Says that a node is usable again. */
  async usable(): Promise<void> {
    this.#templates.offer({ kind: "usable" });
    await settle();
  }

  /** Connects a client of which nothing is known yet. */
  async connect(remoteAddress = "192.0.2.1"): Promise<HarnessMiner> {
    const id = ++this.#lastId;
    const { client, server } = connectionPair({ clock: this.clock, id, remoteAddress });
    client.limitPayload(65_536);
    this.#connections.offer(server);
    await settle();
    return new HarnessMiner(client);
  }

  /** The client's end of a connection for declaring, on which nothing was said. */
  async declarerConnection(remoteAddress?: string): Promise<FrameConnection> {
    const { client, server } = connectionPair({
      clock: this.clock,
      id: ++this.#lastId,
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
    });
    this.#declarers.offer(server);
    await settle();
    return client;
  }

  /** Connects a declarer that has set up its connection. */
  async connectDeclarer(remoteAddress?: string): Promise<Declarer> {
    const declarer = new Declarer(await this.declarerConnection(remoteAddress));
    await declarer.setup();
    return declarer;
  }

  /** Connects a Stratum V1 miner that has said nothing yet. */
  async connectLines(remoteAddress = "192.0.2.1"): Promise<StratumMiner> {
    const id = ++this.#lastId;
    const connection = new MemoryLines({ clock: this.clock, id, remoteAddress });
    this.#lines.offer(connection);
    await settle();
    return new StratumMiner(connection);
  }

  /** Connects a Stratum V1 miner and takes it to its first work. */
  async connectStratum(worker = `${MINER_ADDRESS}.rig`, password = "x"): Promise<StratumMiner> {
    const miner = await this.connectLines();
    await miner.subscribe();
    await miner.authorize(worker, password);
    return miner;
  }

  /** Gives the pool a connection that the test has made. */
  async serve(connection: FrameConnection): Promise<void> {
    this.#connections.offer(connection);
    await settle();
  }

  /** Gives the pool a Stratum V1 connection that the test has made. */
  async serveLines(connection: LineConnection): Promise<void> {
    this.#lines.offer(connection);
    await settle();
  }

  /** Connects a client and takes it to an open channel. */
  async connectMiner(
    userIdentity = `${MINER_ADDRESS}.rig`,
    remoteAddress?: string,
  ): Promise<HarnessMiner> {
    const miner = await this.connect(remoteAddress);
    await miner.setup();
    await miner.open(userIdentity);
    return miner;
  }

  /** Events of one kind. */
  eventsOf<K extends PoolEvent["kind"]>(kind: K): Extract<PoolEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<PoolEvent, { kind: K }> =>
      event.kind === kind
    );
  }

  /** Stops the pool, letting its timers run. */
  async stop(): Promise<void> {
    let done = false;
    const stopping = this.pool.stop().finally(() => done = true);
    stopping.catch(() => {});
    for (let step = 0; step < 2_000 && !done; step++) await this.clock.advance(10);
    await stopping;
    await this.store.close();
  }

  #sources() {
    const connections = this.#connections;
    const declarers = this.#declarers;
    const lines = this.#lines;
    const templates = this.#templates;
    return {
      lineConnections: {
        async *connections() {
          for await (const batch of lines) yield* batch;
        },
        close: () => Promise.resolve(lines.close()),
      },
      declarers: {
        async *connections() {
          for await (const batch of declarers) yield* batch;
        },
        close: () => Promise.resolve(declarers.close()),
      },
      connections: {
        async *connections() {
          for await (const batch of connections) yield* batch;
        },
        close: () => Promise.resolve(connections.close()),
      },
      templates: {
        async *events() {
          for await (const batch of templates) yield* batch;
        },
        close: () => Promise.resolve(templates.close()),
      },
    };
  }
}

/** A share that a test sends; what is left out is right. */
export interface ShareWish {
  readonly jobId?: number;
  readonly time?: number;
  readonly nonce2?: Uint8Array;
  readonly solution?: Uint8Array;
  readonly channelId?: number;
}

/** A client in a test's hands: it sends what the test says and keeps all that it hears. */
export class HarnessMiner {
  readonly connection: MemoryConnection;
  readonly received: { readonly type: { readonly name: string }; readonly value: unknown }[] = [];
  #sequence = 0;

  constructor(connection: MemoryConnection) {
    this.connection = connection;
    void this.#listen();
  }

  /** What came of one kind, oldest first. */
  heard<T>(type: MessageType<T>): T[] {
    // A decoded message has the value of its own type, which is what is compared.
    return this.received.filter((message) => message.type.name === type.name)
      .map((message) => message.value as T);
  }

  /** Sends a frame and lets the pool answer. */
  async send(frame: Uint8Array): Promise<void> {
    this.connection.send(frame);
    await settle();
  }

  async setup(): Promise<void> {
    await this.send(setupFrame());
    await this.send(
      RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
    );
  }

  async open(
    userIdentity: string,
    wish: { nominalHashRate?: number; maxTarget?: Uint8Array; minExtranonceSize?: number } = {},
  ): Promise<void> {
    await this.send(OpenExtendedMiningChannel.encode({
      requestId: 7,
      userIdentity,
      nominalHashRate: wish.nominalHashRate ?? 0,
      maxTarget: wish.maxTarget ?? new Uint8Array(32).fill(0xff),
      minExtranonceSize: wish.minExtranonceSize ?? 8,
    }));
  }

  /** The newest job. */
  get job(): MessageValue<typeof NewEquihashJob> {
    const job = this.heard(NewEquihashJob).at(-1);
    if (job === undefined) throw new Error("no job came");
    return job;
  }

  /** Sends a share of the newest job and returns its sequence number. */
  async share(wish: ShareWish = {}): Promise<number> {
    const sequenceNumber = this.#sequence++;
    const job = this.heard(NewEquihashJob).at(-1);
    const nonce2 = wish.nonce2 ?? numberedBytes(job?.nonce2Len ?? 28, sequenceNumber + 1);
    await this.send(SubmitEquihashShare.encode({
      channelId: wish.channelId ?? job?.channelId ?? 2,
      sequenceNumber,
      jobId: wish.jobId ?? job?.jobId ?? 0,
      nonce2,
      time: wish.time ?? job?.time ?? 0,
      solution: wish.solution ?? goodSolution(),
    }));
    return sequenceNumber;
  }

  /** Sends a share as it is. */
  async submit(share: MessageValue<typeof SubmitEquihashShare>): Promise<void> {
    await this.send(SubmitEquihashShare.encode(share));
  }

  async #listen(): Promise<void> {
    for await (const frames of this.connection.batches()) {
      for (const frame of frames) {
        const message = decodeMessage("mining", { ...frame, payload: frame.payload.slice() });
        if (message !== undefined) this.received.push(message);
      }
    }
  }
}

/** A SetupConnection frame, right unless told otherwise. */
export function setupFrame(
  wish: { protocol?: number; minVersion?: number; maxVersion?: number; flags?: number } = {},
): Uint8Array {
  return SetupConnection.encode({
    protocol: wish.protocol ?? Protocol.mining,
    minVersion: wish.minVersion ?? PROTOCOL_VERSION,
    maxVersion: wish.maxVersion ?? PROTOCOL_VERSION,
    flags: wish.flags ?? 0,
    endpointHost: "pool.test",
    endpointPort: 3333,
    vendor: "test",
    hardwareVersion: "",
    firmware: "",
    deviceId: "",
  });
}

/** 1,344 bytes that the scripted verifier takes for a solution. */
export function goodSolution(): Uint8Array {
  const solution = new Uint8Array(1_344);
  solution[0] = GOOD_SOLUTION;
  return solution;
}

/** `length` bytes that stand for a number. */
export function numberedBytes(length: number, value: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, rest = value; i < length && rest > 0; i++, rest = Math.floor(rest / 256)) {
    bytes[i] = rest & 0xff;
  }
  return bytes;
}

/** A template on parent number `parent`, with a network target that no harness share meets. */
export function templateOn(
  parent: number,
  wish: { height?: number; target?: bigint; transactions?: BlockTemplate["transactions"] } = {},
): BlockTemplate {
  const { height = 1_000 + parent, target = 1n, transactions = [] } = wish;
  return {
    ...madeTemplate({ height, transactions }),
    previousBlockHash: numberedBytes(32, parent),
    target,
  };
}
