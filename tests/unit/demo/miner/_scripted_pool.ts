/**
 * A pool that does what a test says, a solver that finds what a test says, and a miner between.
 *
 * @module
 */
import assert from "node:assert/strict";
import { hexToBytes } from "../../../../src/base/mod.ts";
import {
  type Endpoint,
  type MinerEvent,
  type MinerOptions,
  MiningClient,
  type Solver,
} from "../../../../src/demo/miner/mod.ts";
import {
  type DecodedMessage,
  decodeMessage,
  EXTENSION_EQUIHASH,
  NewEquihashJob,
  OpenExtendedMiningChannelSuccess,
  OpenStandardMiningChannelSuccess,
  RequestExtensionsSuccess,
  SetupConnectionSuccess,
} from "../../../../src/wire/protocol/mod.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { connectionPair, type MemoryConnection } from "../../../support/memory_connection.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

export type Message = DecodedMessage<"mining">;

type ValueOf<N extends Message["name"]> = (Message & { name: N })["value"];

/** nonce_1 that the scripted pool gives out. */
export const PREFIX: Uint8Array = hexToBytes("a1b2c3d4");

/** A target that every hash meets. */
export const EVERY_HASH: Uint8Array = new Uint8Array(32).fill(0xff);

/** A target that no hash meets. */
export const NO_HASH: Uint8Array = new Uint8Array(32);

/** The pool's end of one connection. */
export class PoolEnd {
  readonly connection: MemoryConnection;
  /** Everything that the miner sent and that was not taken by {@link expect}. */
  readonly received: Message[] = [];
  /** Resolves when the miner has closed. */
  readonly ended: Promise<void>;

  constructor(connection: MemoryConnection) {
    this.connection = connection;
    connection.limitPayload(4096);
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    for await (const frames of this.connection.batches()) {
      for (const frame of frames) {
        const message = decodeMessage("mining", frame);
        assert.ok(message !== undefined, "the miner sends declared messages only");
        assert.equal(frame.channelMsg, message.type.channelMsg, `${message.name} channel bit`);
        this.received.push(message);
      }
    }
  }

  /** Takes the oldest message, which must have this name. */
  async expect<N extends Message["name"]>(name: N): Promise<ValueOf<N>> {
    await settle();
    const message = this.received.shift();
    assert.equal(message?.name, name);
    return message?.value as ValueOf<N>;
  }

  async send(...frames: Uint8Array[]): Promise<void> {
    for (const frame of frames) this.connection.send(frame);
    await settle();
  }

  /** Answers the setup up to the request for a channel, which stays unanswered. */
  async acceptUntilChannel(): Promise<void> {
    await this.expect("SetupConnection");
    await this.send(SetupConnectionSuccess.encode({ usedVersion: 2, flags: 1 }));
    const { requestId } = await this.expect("RequestExtensions");
    const supportedExtensions = [EXTENSION_EQUIHASH];
    await this.send(RequestExtensionsSuccess.encode({ requestId, supportedExtensions }));
  }

  /** Answers every step of the setup; channel 7. */
  async accept(): Promise<void> {
    await this.acceptUntilChannel();
    await settle();
    const opened = {
      requestId: 1,
      channelId: 7,
      target: EVERY_HASH,
      extranoncePrefix: PREFIX,
      groupChannelId: 1,
    };
    if (this.received[0]?.name === "OpenStandardMiningChannel") {
      await this.expect("OpenStandardMiningChannel");
      await this.send(OpenStandardMiningChannelSuccess.encode(opened));
    } else {
      await this.expect("OpenExtendedMiningChannel");
      await this.send(OpenExtendedMiningChannelSuccess.encode({ ...opened, extranonceSize: 28 }));
    }
  }
}

/** A job of channel 7 that every hash solves. */
export function jobOf(change: Partial<NewEquihashJob> = {}): NewEquihashJob {
  return {
    channelId: 7,
    jobId: 1,
    futureJob: false,
    version: 4,
    prevHash: new Uint8Array(32).fill(1),
    merkleRoot: new Uint8Array(32).fill(2),
    blockCommitments: new Uint8Array(32).fill(3),
    nonce1: PREFIX,
    nonce2Len: 28,
    time: 1_800_000_000,
    bits: 0x1f07ffff,
    target: EVERY_HASH,
    cleanJobs: true,
    ...change,
  };
}

/** One call of the solver that waits for the test. */
export interface Search {
  readonly headerPrefix: Uint8Array;
  readonly nonce: Uint8Array;
  /** Ends the search. */
  find(...solutions: Uint8Array[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

/** A solution of the right length; nobody but a pool could tell that it is none. */
export function solution(filler: number): Uint8Array {
  return new Uint8Array(1344).fill(filler);
}

/** A solver whose searches end when the test says. */
export class ScriptedSolver implements Solver {
  readonly searches: Search[] = [];
  #underWay = false;

  solve(input: { headerPrefix: Uint8Array; nonce: Uint8Array }): Promise<Uint8Array[]> {
    assert.ok(!this.#underWay, "one nonce at a time");
    this.#underWay = true;
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array[]>();
    this.searches.push({
      ...input,
      find: (...solutions) => {
        this.#underWay = false;
        resolve(solutions);
        return settle();
      },
      fail: (error) => {
        this.#underWay = false;
        reject(error);
        return settle();
      },
    });
    return promise;
  }

  /** The newest search. */
  get last(): Search {
    const search = this.searches.at(-1);
    assert.ok(search !== undefined, "nothing is searched");
    return search;
  }
}

export const OPTIONS: MinerOptions = {
  endpoint: { hostname: "pool.example", port: 3333 },
  userIdentity: "tmExample.rig",
  channel: "extended",
  nominalHashRate: 2.5,
};

/** A running miner with everything around it. */
export class Stage {
  readonly clock = new FakeClock();
  readonly solver = new ScriptedSolver();
  readonly events: MinerEvent[] = [];
  readonly controller = new AbortController();
  /** Endpoints that the miner connected to, in order. */
  readonly attempts: { readonly endpoint: Endpoint; readonly atMs: number }[] = [];
  readonly pools: PoolEnd[] = [];
  /** Why connecting fails; undefined lets it succeed. */
  connectFault: Error | undefined;
  readonly run: Promise<void>;

  constructor(options: Partial<MinerOptions> = {}, seed = 1) {
    const client = new MiningClient({ ...OPTIONS, ...options }, {
      connect: (endpoint) => {
        this.attempts.push({ endpoint, atMs: this.clock.monotonic() });
        if (this.connectFault !== undefined) return Promise.reject(this.connectFault);
        const pair = connectionPair({ clock: this.clock });
        this.pools.push(new PoolEnd(pair.server));
        return Promise.resolve(pair.client);
      },
      solver: this.solver,
      clock: this.clock,
      random: seededRandom(seed),
      onEvent: (event) => this.events.push(event),
    });
    this.run = client.run(this.controller.signal);
    // Tests that expect a rejection await `run` later.
    this.run.catch(() => {});
  }

  /** The newest connection's other end. */
  get pool(): PoolEnd {
    const pool = this.pools.at(-1);
    assert.ok(pool !== undefined, "nobody connected");
    return pool;
  }

  /** A miner with an open channel. */
  static async open(options: Partial<MinerOptions> = {}, seed = 1): Promise<Stage> {
    const stage = new Stage(options, seed);
    await settle();
    await stage.pool.accept();
    return stage;
  }

  /** A miner that searches a job. */
  static async searching(job: Partial<NewEquihashJob> = {}): Promise<Stage> {
    const stage = await Stage.open();
    await stage.pool.send(NewEquihashJob.encode(jobOf(job)));
    return stage;
  }

  /** Events of a kind, in order. */
  of<K extends MinerEvent["kind"]>(kind: K): Extract<MinerEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<MinerEvent, { kind: K }> =>
      event.kind === kind
    );
  }

  /** Stops the miner and sees that nothing of it is left. */
  async stop(): Promise<void> {
    this.controller.abort();
    await this.run;
    for (const pool of this.pools) await pool.ended;
    assert.equal(this.clock.pending, 0, "a timer was left behind");
  }
}
