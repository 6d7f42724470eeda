/**
 * Strangers who say anything in any order, a node that changes its mind at the wrong moment, and an
 * honest miner among them: a whole pool on a clock that the test moves. A seed decides everything;
 * a failure names it.
 */
import assert from "node:assert/strict";
import { bytesToHex } from "../../src/base/mod.ts";
import {
  CloseChannel,
  type MessageType,
  type MessageValue,
  MINING_MESSAGES,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  OpenStandardMiningChannel,
  SubmitSharesSuccess,
  UpdateChannel,
} from "../../src/wire/protocol/mod.ts";
import { settle } from "../support/fake_clock.ts";
import {
  goodSolution,
  type HarnessMiner,
  MINER_ADDRESS,
  numberedBytes,
  PoolHarness,
  setupFrame,
  type ShareWish,
  templateOn,
} from "../support/pool_harness.ts";
import { type SeededChoices, seededChoices } from "../support/seeded_choices.ts";

const SEEDS = 40;
const STEPS = 200;
const STRANGERS = 3;

/** Parents that the node goes to and fro between. */
const PARENTS = 5;

/** Every second header is a block. */
const EASY_TARGET = 1n << 255n;

/** Values of a 32-bit float that the wire can carry and arithmetic stumbles over. */
const ODD_FLOATS = [NaN, Infinity, -Infinity, -1, -0, 1e-45, 3.4e38, 1e15, 1e16, 0.1, 1];

const ODD_IDENTITIES = [
  "",
  ".",
  `${MINER_ADDRESS}.`,
  `${MINER_ADDRESS}..x`,
  `${MINER_ADDRESS}.${"w".repeat(200)}`,
  "' OR 1=1 --",
  "\u0000\u001b[31m",
  "t1".padEnd(255, "9"),
  `${MINER_ADDRESS}.rig`,
];

const MESSAGES = MINING_MESSAGES as unknown as readonly MessageType<unknown>[];

/** A client, and which of its channels are open as far as both sides said. */
class Stranger {
  readonly miner: HarnessMiner;
  readonly #closed = new Set<number>();
  /** It has sent a part of a frame: what follows may be read as the rest of it. */
  #torn = false;

  constructor(miner: HarnessMiner) {
    this.miner = miner;
  }

  async hangUp(): Promise<void> {
    this.miner.connection.close("gone");
    await settle();
  }

  async sendBroken(bytes: Uint8Array): Promise<void> {
    this.#torn = true;
    await this.miner.send(bytes);
  }

  get isConnected(): boolean {
    return this.miner.connection.closeReason === undefined;
  }

  /** The nonce prefix of each open channel. */
  prefixes(): Map<number, string> {
    const open = new Map<number, string>();
    if (!this.isConnected) return open;
    for (const { type, value } of this.miner.received) {
      const { channelId, extranoncePrefix } = value as MessageValue<typeof CloseChannel> & {
        readonly extranoncePrefix?: Uint8Array;
      };
      if (type.name === CloseChannel.name) this.#closed.add(channelId);
      if (extranoncePrefix !== undefined) open.set(channelId, bytesToHex(extranoncePrefix));
    }
    for (const id of this.#closed) open.delete(id);
    return open;
  }

  async closeChannel(channelId: number): Promise<void> {
    if (this.#torn) return;
    const open = this.prefixes();
    // The group of a connection has the id 1 and stands for all its channels.
    const ids = channelId === 1 ? [...open.keys()] : open.has(channelId) ? [channelId] : [];
    for (const id of ids) this.#closed.add(id);
    await this.miner.send(CloseChannel.encode({ channelId, reasonCode: "bye" }));
  }
}

/** A pool among strangers, and what must hold whatever they do. */
class World {
  readonly harness: PoolHarness;
  readonly honest: Stranger;
  readonly strangers: Stranger[] = [];
  #nonce = 0;
  /** Shares of the honest miner that were credited. */
  #owed = 0;
  /** The parent that work is handed out on. */
  #tip: Uint8Array | undefined;

  private constructor(harness: PoolHarness, honest: Stranger) {
    this.harness = harness;
    this.honest = honest;
  }

  static async create(seed: number): Promise<World> {
    const harness = await PoolHarness.start({ seed, nonce1Length: 1, channelsMax: 60 });
    const first = templateOn(1);
    await harness.template(first);
    const world = new World(harness, new Stranger(await harness.connectMiner()));
    world.#tip = first.previousBlockHash;
    return world;
  }

  /** Lets strangers in until there are enough; most begin as honest miners do. */
  async admit(choose: SeededChoices): Promise<void> {
    while (this.strangers.filter((one) => one.isConnected).length < STRANGERS) {
      const miner = await this.harness.connect();
      if (choose.below(4) > 0) await miner.setup();
      if (choose.below(4) > 0) await miner.open(`${MINER_ADDRESS}.rig`);
      this.strangers.push(new Stranger(miner));
    }
  }

  /** A new tip, a refresh on the same one, or one that was left before (a reorg). */
  async nodeSays(choose: SeededChoices): Promise<void> {
    const target = choose.below(4) === 0 ? EASY_TARGET : 1n;
    const template = templateOn(1 + choose.below(PARENTS), { target });
    await this.harness.template(template);
    this.#tip = template.previousBlockHash;
  }

  async nodeIsAway(choose: SeededChoices): Promise<void> {
    const parentLost = choose.below(2) === 0;
    await this.harness.unusable(parentLost ? { parentLost } : {});
    if (parentLost) this.#tip = undefined;
    await this.harness.clock.advance(choose.of([0, 1_000, 60_000]));
  }

  /** Sends a share; when it is credited its job must stand on the tip. */
  async share(
    { miner }: Stranger,
    job: MessageValue<typeof NewEquihashJob> | undefined,
    wish: ShareWish,
  ): Promise<boolean> {
    const before = this.harness.eventsOf("share_accepted").length;
    await miner.share(wish);
    const accepted = this.harness.eventsOf("share_accepted").length - before;
    assert(accepted <= 1, "a share is counted once");
    if (accepted === 1) assert.deepEqual(job?.prevHash, this.#tip, "no job outlives its parent");
    return accepted === 1;
  }

  /** The honest miner is served, whatever happened before. */
  async checkService(): Promise<void> {
    const { miner } = this.honest;
    assert.equal(miner.connection.closeReason, undefined, "the honest miner is connected");
    if (this.#tip === undefined) return;
    const { job } = miner;
    assert.deepEqual(job.prevHash, this.#tip, "the honest miner has work on the tip");
    // Vardiff raises the difficulty of whoever sends fast; the harness's solutions are free.
    for (let tries = 0; !await this.share(this.honest, job, this.#nextNonce(job)); tries++) {
      const refusal = this.harness.eventsOf("share_rejected").at(-1)?.fault;
      assert(refusal === "low_difficulty" && tries < 500, `an honest share is ${refusal}`);
    }
    this.#owed++;
    await this.harness.clock.advance(2);
    assert.equal(acknowledgedTo(this.honest), this.#owed, "an honest share is acknowledged");
  }

  #nextNonce({ nonce2Len }: MessageValue<typeof NewEquihashJob>): ShareWish {
    return { nonce2: numberedBytes(nonce2Len, 1_000 + this.#nonce++) };
  }

  checkPrefixes(): void {
    const prefixes = [this.honest, ...this.strangers].flatMap((
      one,
    ) => [...one.prefixes().values()]);
    assert.equal(new Set(prefixes).size, prefixes.length, "no two live channels have one prefix");
    assert.equal(this.harness.pool.channelCount, prefixes.length, "no channel is left behind");
  }

  /** Everybody leaves; what was acknowledged is written, once. */
  async end(): Promise<void> {
    const { harness } = this;
    for (const { miner } of this.strangers) miner.connection.close("gone");
    await harness.clock.advance(10);
    assert.equal(harness.pool.channelCount, this.honest.prefixes().size);
    const accepted = harness.eventsOf("share_accepted").length;
    const acknowledged = [this.honest, ...this.strangers].map(acknowledgedTo)
      .reduce((sum, count) => sum + count, 0);
    assert(acknowledged <= accepted, `${acknowledged} acknowledged, ${accepted} accepted`);
    await harness.clock.advance(1_000);
    assert.equal((await harness.store.totals()).shares, accepted, "each share is written once");
    const found = harness.eventsOf("block_found").map(({ hash }) => bytesToHex(hash));
    assert.equal(new Set(found).size, found.length, "no block is found twice");
    assert.equal(harness.submitted.length, found.length, "no block is lost");
    await harness.stop();
    assert.equal(harness.clock.pending, 0, "no timer is left");
  }
}

/** Shares that a client was told to be accepted. */
function acknowledgedTo({ miner }: Stranger): number {
  return miner.heard(SubmitSharesSuccess)
    .reduce((sum, success) => sum + success.newSubmitsAcceptedCount, 0);
}

type Action = (world: World, stranger: Stranger, choose: SeededChoices) => unknown;

const ACTIONS: readonly Action[] = [
  (_, { miner }, choose) => miner.send(setupFrame({ flags: choose.of([0, 0, 1, 2, 2 ** 31]) })),
  (_, { miner }) => miner.setup(),
  (_, { miner }) => miner.open(`${MINER_ADDRESS}.rig`),
  openMany,
  (_, { miner }, choose) => miner.send(anyOpen(choose)),
  (_, { miner }, choose) => miner.send(anyUpdate(choose)),
  (_, stranger, choose) => stranger.closeChannel(choose.of([1, 2, 3, 4, 0, 2 ** 32 - 1])),
  ...new Array<Action>(8).fill(anyShare),
  (_, { miner }, choose) => miner.send(anyMessage(choose)),
  (_, stranger, choose) =>
    stranger.sendBroken(
      choose.below(2) === 0 ? brokenMessage(choose) : choose.bytes(choose.below(3_000)),
    ),
  (_, stranger, choose) => choose.below(3) === 0 && stranger.hangUp(),
  (world, _, choose) => world.nodeSays(choose),
  (world, _, choose) => world.nodeSays(choose),
  (world, _, choose) => world.nodeIsAway(choose).then(() => world.nodeSays(choose)),
  ({ harness }, _, choose) => harness.clock.advance(choose.of([1, 3, 999, 1_000, 31_000])),
];

function anyMessage(choose: SeededChoices): Uint8Array {
  const type = choose.of(MESSAGES.filter(({ name }) => name !== CloseChannel.name));
  return type.encode(type.sample(choose));
}

function brokenMessage(choose: SeededChoices): Uint8Array {
  const frame = anyMessage(choose).slice();
  const at = choose.below(frame.length);
  // Its number stays, for a CloseChannel would close what the world believes to be open.
  if (at === 2 || choose.below(2) === 0) return frame.subarray(0, at);
  frame[at] = choose.below(256);
  return frame;
}

function anyOpen(choose: SeededChoices): Uint8Array {
  const common = {
    requestId: choose.below(2 ** 32),
    userIdentity: choose.of(ODD_IDENTITIES),
    nominalHashRate: choose.of(ODD_FLOATS),
    maxTarget: anyTarget(choose),
  };
  return choose.below(2) === 0
    ? OpenStandardMiningChannel.encode(common)
    : OpenExtendedMiningChannel.encode({
      ...common,
      minExtranonceSize: choose.of([0, 8, 31, 32, 65_535]),
    });
}

/** So many that the nonce space of one byte is gone round several times. */
async function openMany(_: World, { miner }: Stranger): Promise<void> {
  for (let i = 0; i < 25; i++) await miner.open(`${MINER_ADDRESS}.rig${i}`);
}

function anyUpdate(choose: SeededChoices): Uint8Array {
  return UpdateChannel.encode({
    channelId: choose.below(5),
    nominalHashRate: choose.of(ODD_FLOATS),
    maximumTarget: anyTarget(choose),
  });
}

function anyTarget(choose: SeededChoices): Uint8Array {
  return choose.of([new Uint8Array(32).fill(0xff), new Uint8Array(32), choose.bytes(32)]);
}

/** Good, repeated, of another's channel, of an old or unknown job, with odd time or solution. */
function anyShare(world: World, stranger: Stranger, choose: SeededChoices): Promise<unknown> {
  const { miner } = stranger;
  const job = choose.of([miner.heard(NewEquihashJob).at(-1), ...miner.heard(NewEquihashJob)]);
  const oddTime = choose.below(8) === 0 ? choose.of([1, -1, 100_000, -100_000]) : 0;
  return world.share(stranger, job, {
    jobId: job?.jobId ?? choose.below(2 ** 31),
    time: ((job?.time ?? 0) + oddTime) >>> 0,
    channelId: choose.below(6) === 0 ? choose.below(5) : job?.channelId ?? 2,
    nonce2: choose.below(2) === 0
      ? numberedBytes(job?.nonce2Len ?? 31, 1 + choose.below(5))
      : choose.bytes(choose.of([31, 31, 31, 0, 30, 32])),
    solution: choose.below(4) === 0 ? choose.bytes(1_344) : goodSolution(),
  });
}

async function live(seed: number): Promise<void> {
  const choose = seededChoices(seed);
  const world = await World.create(seed);
  for (let step = 0; step < STEPS; step++) {
    await world.admit(choose);
    const stranger = choose.of(world.strangers.filter((one) => one.isConnected));
    await choose.of(ACTIONS)(world, stranger, choose);
    if (step % 10 > 0) continue;
    world.checkPrefixes();
    await world.checkService();
  }
  await world.end();
}

Deno.test("whatever strangers say and the node does, the honest miner is served and each share counts once", async () => {
  for (let seed = 0; seed < SEEDS; seed++) {
    try {
      await live(seed);
    } catch (cause) {
      throw new Error(`seed ${seed}`, { cause });
    }
  }
});
