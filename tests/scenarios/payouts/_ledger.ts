/**
 * Scenarios 16 to 26, 31 and 32: what payments stand on. Outside of the engine a guard is a part
 * that is handed in; switched off, a naive part of the kind that older pools had stands in its place.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  displayHash,
  equalBytes,
  noMetrics,
  silentLogger,
  u256FromLe,
} from "../../../src/base/mod.ts";
import { type BlockLedger, ChainFollower } from "../../../src/chain/chain_follower/mod.ts";
import { makeJobTemplate, payAllTo } from "../../../src/chain/jobs/mod.ts";
import {
  blockFound,
  blockMatured,
  blockOrphaned,
  blockReturned,
  distribute,
  type JournalEntry,
  payoutReleased,
  payoutReserved,
  payoutSettled,
  PICO_PER_ZAT,
  ppsBlockFound,
  ppsCredit,
  splitByWeight,
  type Weighted,
} from "../../../src/money/ledger/mod.ts";
import { Balances } from "../../support/reference_balances.ts";
import { Journal, ppsHourPosted } from "../../support/reference_journal.ts";
import { epochAt } from "../../support/reference_schemes.ts";
import {
  OpenExtendedMiningChannelSuccess,
  SetTarget,
  UpdateChannel,
} from "../../../src/wire/protocol/mod.ts";
import { RecordWriter, type ShareRecord } from "../../../src/money/records/mod.ts";
import { StorageError } from "../../../src/platform/database/mod.ts";
import { MAX_MONEY_ZAT, p2shScript, parseTransaction } from "../../../src/chain/zcash/mod.ts";
import { madeTemplate, madeTransaction, NODE_SCRIPT } from "../../support/block_templates.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { saplingAddress, transparentAddress } from "../../support/payout_addresses.ts";
import { PayoutWorld } from "../../support/payout_world.ts";
import { PoolHarness, templateOn } from "../../support/pool_harness.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import type { Scenario } from "./_scenario.ts";
import { openStore, type TestStore } from "../../support/test_store.ts";

const MINER = transparentAddress(1);
const SUBSIDY = 41_666_668n;
const NETWORK_TARGET = (1n << 240n) - 1n;

function shareOf(serial: number, creditPicoZat = PICO_PER_ZAT): ShareRecord {
  const proofId = new Uint8Array(32);
  new DataView(proofId.buffer).setUint32(0, serial);
  return {
    ...{ proofId, minerId: MINER, workerName: "", target: (1n << 243n) - 1n, difficulty: 1 },
    ...{ jobId: 1, height: 100, timestampMs: 1_790_000_000_000, isBlock: false, creditPicoZat },
  };
}

/** A block's life in a journal, as the chain follower asks for it. */
class OneBlock implements BlockLedger {
  readonly journal = new Journal();
  readonly hash = new Uint8Array(32).fill(7);
  readonly height = 1_000;
  state: "accepted" | "immature" | "mature" | "orphaned" = "accepted";
  #round = 0;
  readonly #found: JournalEntry;

  constructor() {
    const weights = [{ minerId: "a", weight: 1n }, { minerId: "b", weight: 2n }];
    this.#found = blockFound(this.#block, distribute(SUBSIDY, 10_000, weights));
  }

  get #block() {
    return { hash: displayHash(this.hash), atMs: 1 };
  }

  watched = () =>
    Promise.resolve([
      { hash: this.hash, height: this.height, state: this.state, displaced: false },
    ]);
  hold = () => Promise.resolve();
  credit = () => this.#step("immature", this.#found);
  mature = () => this.#step("mature", blockMatured(this.#block, this.#found));
  orphan = () => this.#step("orphaned", blockOrphaned(this.#block, this.#found, ++this.#round));
  giveBack = () => this.#step("immature", blockReturned(this.#block, this.#found, this.#round));

  #step(state: OneBlock["state"], entry: JournalEntry): Promise<void> {
    this.journal.post(entry);
    this.state = state;
    return Promise.resolve();
  }
}

/** A node whose chain holds the block or a rival. */
class OneNode {
  readonly url = "http://node";
  tip = 1_000;
  rival = false;
  syncing = false;

  /** @param honest false for a reader that takes "no such block" for another block. */
  constructor(readonly block: OneBlock, readonly honest: boolean) {}

  getBestBlockHeightAndHash = () => Promise.resolve({ height: this.tip });

  getBlockHash = () => {
    if (this.syncing && this.honest) return Promise.reject(new Error("Block not found (-5)"));
    const other = this.rival || this.syncing;
    return Promise.resolve(other ? new Uint8Array(32).fill(8) : this.block.hash);
  };
}

function followerOf(node: OneNode, clock: FakeClock): ChainFollower {
  const metrics = noMetrics("matured", "orphaned", "returned", "failures");
  const modules = { nodes: [node], ledger: node.block, clock, logger: silentLogger, metrics };
  return new ChainFollower({}, modules);
}

async function grow(node: OneNode, follower: ChainFollower, blocks: number): Promise<void> {
  for (let count = 0; count < blocks; count++) {
    node.tip++;
    await follower.poll();
  }
}

async function orphanAt(depth: number, honest: boolean): Promise<void> {
  const clock = new FakeClock();
  const block = new OneBlock();
  const node = new OneNode(block, honest);
  const follower = followerOf(node, clock);
  await follower.poll();
  await grow(node, follower, depth - 1);
  const credited = block.journal.balances.summary().immature;
  assert.ok(credited > 0n);
  node.syncing = true;
  await grow(node, follower, 40);
  assert.equal(block.state, "immature", "a node that is syncing decides nothing");
  node.syncing = false;
  node.tip = 1_000 + depth;
  node.rival = true;
  await grow(node, follower, 40);
  assert.equal(block.state, "orphaned", `at depth ${depth}`);
  assert.deepEqual(block.journal.balances.all(), [], "exactly what was credited is taken back");
  node.rival = false;
  await grow(node, follower, 1);
  assert.equal(block.journal.balances.summary().immature, credited);
  await grow(node, follower, 100);
  assert.equal(block.journal.balances.summary().available, credited);
  assert.deepEqual(block.journal.balances.faults(), []);
  await follower.close();
}

/** The exact sum of many credits, hour by hour, as the journal gets it. */
function ppsTotals(carries: boolean): { exactPico: bigint; postedZat: bigint } {
  const random = seededRandom(18);
  let exactPico = 0n;
  let postedZat = 0n;
  let carryPicoZat = 0n;
  for (let hour = 0; hour < 1_000; hour++) {
    let creditPicoZat = 0n;
    const bytes = random.bytes(1_000);
    for (const byte of bytes) {
      const shareTarget = (1n << BigInt(241 + byte % 12)) - 1n - BigInt(byte);
      creditPicoZat += ppsCredit({
        ...{ shareTarget, networkTarget: NETWORK_TARGET, subsidyZat: SUBSIDY, feePpm: 10_000 },
      });
    }
    exactPico += creditPicoZat;
    const carried = carries ? carryPicoZat : 0n;
    const posted = ppsHourPosted({
      ...{ minerId: "a", hour, creditPicoZat, carryPicoZat: carried, atMs: 0 },
    });
    carryPicoZat = posted.carryPicoZat;
    const line = posted.entry?.lines.find(({ account }) => account === "miner:a:available");
    postedZat += line?.amountZat ?? 0n;
  }
  return { exactPico, postedZat };
}

/** What older pools did: each part rounded for itself. */
function naiveSplit(amount: bigint, shares: readonly Weighted[]) {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0n);
  return shares.map(({ minerId, weight }) => ({ minerId, amount: amount * weight / total }));
}

const weighted = fc.uniqueArray(
  fc.record({
    minerId: fc.string({ minLength: 1, maxLength: 8 }),
    weight: fc.bigInt({ min: 0n, max: 1n << 200n }),
  }),
  { minLength: 1, maxLength: 30, selector: ({ minerId }) => minerId },
).filter((list) => list.some(({ weight }) => weight > 0n));

/** One random step of the life of money. */
const step = fc.record({
  kind: fc.constantFrom("found", "mature", "orphan", "return", "reserve", "settle", "release"),
  which: fc.nat({ max: 5 }),
  amount: fc.bigInt({ min: 1n, max: 100_000_000n }),
});

function entryOf(
  { kind, which, amount }: { kind: string; which: number; amount: bigint },
  at: number,
  found: ReadonlyMap<number, JournalEntry>,
): JournalEntry | undefined {
  const block = { hash: String(which), atMs: at };
  const first = found.get(which);
  const payout = { payoutId: `${which}`, minerId: `m${which % 2}`, amountZat: amount, atMs: at };
  switch (kind) {
    case "found":
      return first === undefined
        ? blockFound(block, distribute(amount, 10_000, [{ minerId: `m${which % 2}`, weight: 1n }]))
        : undefined;
    case "mature":
      return first && blockMatured(block, first);
    case "orphan":
      return first && blockOrphaned(block, first, 1);
    case "return":
      return first && blockReturned(block, first, 1);
    case "reserve":
      return payoutReserved(payout);
    case "settle":
      return payoutSettled(payout);
    default:
      return payoutReleased(payout);
  }
}

/** Posts what the journal takes, and holds the invariants after every step. */
function walk(steps: readonly { kind: string; which: number; amount: bigint }[], guarded: boolean) {
  const journal = new Journal();
  const unguarded = new Balances();
  const found = new Map<number, JournalEntry>();
  const seen: JournalEntry[] = [];
  steps.forEach((each, at) => {
    const entry = entryOf(each, at, found);
    if (entry === undefined) return;
    try {
      if (guarded) {
        if (journal.post(entry) === "posted") seen.push(entry);
      } else unguarded.apply(entry);
    } catch {
      return;
    }
    if (each.kind === "found") found.set(each.which, entry);
    assert.deepEqual((guarded ? journal.balances : unguarded).faults(), [], `after step ${at}`);
  });
  if (guarded) assert.deepEqual(Balances.of(seen).all(), journal.balances.all());
}

/** The store without its memory of proofs, as a cache that was emptied would leave it. */
async function replay(guarded: boolean): Promise<void> {
  const clock = new FakeClock();
  const store = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const shares = [1, 2, 3].map((serial) => shareOf(serial));
  await store.recordShares(shares);
  if (!guarded) await store.forgetProofs(1_000);
  const { duplicates } = await store.recordShares(shares);
  assert.equal((await store.minerTotals(MINER))?.creditPicoZat, 3n * PICO_PER_ZAT);
  assert.equal(duplicates, 3);
  await store.close();
}

/** A store that is away while it is told to be; a careless one says nothing of it. */
function storeAway(store: TestStore, away: { now: boolean }, honest: boolean): TestStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === "recordShares") {
        return async (batch: readonly ShareRecord[]) => {
          if (!away.now) return await target.recordShares(batch);
          if (honest) throw new StorageError("io", "the database is away");
          return { duplicates: 0 };
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

export const LEDGER: readonly Scenario[] = [
  {
    number: 16,
    what: "a block orphaned at depth 1, 50 or 99 and returned; a syncing node's -5 decides nothing",
    guard: "silenceIsNoOrphan",
    async run(guarded) {
      for (const depth of [1, 50, 99]) await orphanAt(depth, guarded);
    },
  },
  {
    number: 17,
    what:
      "two blocks at one height are two rows, one block over two paths is one row and one credit",
    guard: "uniqueBlock",
    async run(guarded) {
      const clock = new FakeClock();
      const store = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
      const journal = new Journal();
      const arrive = async (fill: number, path: string): Promise<void> => {
        const hash = new Uint8Array(32).fill(fill);
        const previousBlockHash = new Uint8Array(32);
        const fresh = await store.recordBlock({
          ...{ hash, height: 100, previousBlockHash, minerId: MINER, workerName: "" },
          ...{ foundAtMs: 1, state: "accepted", valueZat: SUBSIDY, feesZat: 0n },
        });
        if (!fresh && guarded) return;
        const name = guarded ? displayHash(hash) : `${displayHash(hash)}:${path}`;
        journal.post(ppsBlockFound({ hash: name, atMs: 1 }, SUBSIDY));
      };
      await arrive(1, "sv2");
      await arrive(1, "sv1");
      await arrive(2, "sv2");
      assert.equal((await store.blocks(10)).length, 2);
      assert.equal(journal.balances.of("block-income:immature"), -2n * SUBSIDY);
      await store.close();
    },
  },
  {
    number: 18,
    what: "pay per share over a million random shares is the exact sum to within one zatoshi",
    guard: "carry",
    run(guarded) {
      const { exactPico, postedZat } = ppsTotals(guarded);
      const missing = exactPico - postedZat * PICO_PER_ZAT;
      assert.ok(missing >= 0n && missing < PICO_PER_ZAT, `${missing} pico-zatoshis are missing`);
    },
  },
  {
    number: 19,
    what:
      "any weights and reward: the parts sum exactly, more weight never gets less, in any order",
    guard: "largestRemainder",
    run(guarded) {
      const split = guarded ? splitByWeight : naiveSplit;
      fc.assert(
        fc.property(fc.bigInt({ min: 0n, max: MAX_MONEY_ZAT }), weighted, (reward, list) => {
          const parts = split(reward, list);
          assert.equal(parts.reduce((sum, { amount }) => sum + amount, 0n), reward);
          const amounts = new Map(parts.map(({ minerId, amount }) => [minerId, amount]));
          for (const a of list) {
            for (const b of list) {
              if (a.weight <= b.weight) continue;
              assert.ok((amounts.get(a.minerId) ?? 0n) >= (amounts.get(b.minerId) ?? 0n));
            }
          }
          for (const { minerId, amount } of split(reward, list.toReversed())) {
            assert.equal(amount, amounts.get(minerId));
          }
        }),
        { numRuns: 200, seed: 19 },
      );
    },
  },
  {
    number: 20,
    what: "after every step of any random sequence of events all invariants of the ledger hold",
    guard: "checkedPosting",
    run(guarded) {
      const steps = fc.array(step, { maxLength: 60 });
      fc.assert(fc.property(steps, (list) => walk(list, guarded)), { numRuns: 300, seed: 20 });
    },
  },
  {
    number: 21,
    what: "the difficulty changes between job and share: credited by the job's target",
    guard: "targetOfTheJob",
    async run(guarded) {
      const harness = await PoolHarness.start();
      const template = templateOn(1, { target: 1n << 220n });
      await harness.template(template);
      const miner = await harness.connectMiner();
      const { jobId, channelId } = miner.job;
      const first = miner.heard(OpenExtendedMiningChannelSuccess)[0]?.target;
      await miner.send(UpdateChannel.encode({
        ...{ channelId, nominalHashRate: 50, maximumTarget: new Uint8Array(32).fill(0xff) },
      }));
      const newer = miner.heard(SetTarget).at(-1)?.maximumTarget;
      assert.ok(first !== undefined && newer !== undefined);
      assert.notEqual(miner.job.jobId, jobId);
      await miner.share({ jobId });
      await harness.clock.advance(1_000);
      const outputs = parseTransaction(template.coinbase).outputs;
      const miners = outputs.find(({ script }) => equalBytes(script, NODE_SCRIPT));
      const subsidyZat = (miners?.valueZat ?? 0n) - template.coinbaseFee;
      const rule = guarded ? first : newer;
      const terms = { networkTarget: template.target, subsidyZat, feePpm: 10_000 };
      const expected = ppsCredit({ ...terms, shareTarget: u256FromLe(rule) });
      const minerId = harness.eventsOf("share_accepted")[0]?.miner.minerId ?? "";
      assert.equal((await harness.store.minerTotals(minerId))?.creditPicoZat, expected);
      await harness.stop();
    },
  },
  {
    number: 22,
    what: "scheme and fee change while shares are in flight: each share has the terms of its job",
    guard: "epochs",
    async run(guarded) {
      await using world = await PayoutWorld.open({ method: "pczt" });
      const { ledger } = world;
      const first = {
        scheme: "pps",
        feePpm: 10_000,
        pplnsWindow: 100,
        pplnsWindowUnit: "shares",
      } as const;
      await ledger.beginEpoch(first, 1_000);
      await ledger.beginEpoch({ ...first, feePpm: 20_000 }, 2_000);
      await ledger.beginEpoch({ ...first, scheme: "pplns", feePpm: 20_000 }, 3_000);
      await ledger.beginEpoch({ ...first, scheme: "pplns", feePpm: 20_000 }, 4_000);
      const epochs = await ledger.epochs();
      assert.deepEqual(epochs.map(({ fromMs }) => fromMs), [1_000, 2_000, 3_000]);
      const termsOf = (jobMadeMs: number) =>
        guarded ? epochAt(epochs, jobMadeMs) : epochAt(epochs, Number.MAX_SAFE_INTEGER);
      // The job was made at 1,999, the share came at 2,500.
      const cases = [[1_999, "pps", 10_000], [2_000, "pps", 20_000], [3_500, "pplns", 20_000]];
      for (const [at, scheme, feePpm] of cases as [number, string, number][]) {
        const terms = termsOf(at);
        assert.deepEqual([terms.scheme, terms.feePpm], [scheme, feePpm], `job of ${at}`);
      }
      assert.throws(() => epochAt(epochs, 999), RangeError);
    },
  },
  {
    number: 23,
    what:
      "the cache of shares is emptied: no balance changes, a replayed share is not credited twice",
    guard: "uniqueProof",
    run: replay,
  },
  {
    number: 24,
    what: "the database is away for a minute: no acknowledged share is lost and no payment runs",
    guard: "failedWriteIsRepeated",
    async run(guarded) {
      const clock = new FakeClock();
      const store = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
      const away = { now: false };
      const writer = new RecordWriter({}, {
        store: storeAway(store, away, guarded),
        clock,
        logger: silentLogger,
      });
      for (let second = 0; second < 100; second++) {
        away.now = second >= 10 && second < 70;
        assert.ok(writer.offer(shareOf(second)), "it goes on taking shares");
        await clock.advance(1_000);
      }
      await writer.flush();
      assert.equal((await store.totals()).shares, 100);
      const closing = writer.close();
      await clock.advance(1_000);
      await closing;
      await store.close();

      await using world = await PayoutWorld.open({ method: "pczt" });
      await world.credit(MINER, 5_000_000n);
      const gone = () => Promise.reject(new StorageError("io", "the database is away"));
      const engine = world.processOn({ ...world.database, transaction: gone, read: gone });
      await assert.rejects(engine.turn(), { code: "io" });
      assert.equal(world.wallet.calls.size, 0);
      assert.equal((await world.balance(MINER)).available, 5_000_000n);
    },
  },
  {
    number: 25,
    what: "balances made again from the journal are the stored ones after any number of payments",
    guard: "balancesFollowTheJournal",
    async run(guarded) {
      await using world = await PayoutWorld.open({ method: "pczt" });
      for (let number = 1; number <= 9; number++) {
        await world.credit(transparentAddress(number), 1_000_000n * BigInt(number));
        await world.credit(saplingAddress(number), 2_000_001n * BigInt(number));
      }
      const engine = world.process();
      await world.live(engine, 2, 1);
      await world.credit(MINER, 77_777_777n);
      await world.live(engine, 1, 11);
      if (!guarded) {
        await world.database.transaction((tx) =>
          tx.execute("UPDATE journal_account SET balance_zat = balance_zat + 1 WHERE name = $1", [
            `miner:${MINER}:available`,
          ])
        );
      }
      const stored = await world.ledger.balances();
      const rebuilt = (await world.balances()).all();
      assert.deepEqual(
        stored.map(({ account, amountZat }) => [account, amountZat]).sort(),
        rebuilt.sort(),
      );
    },
  },
  {
    number: 26,
    what: "amounts above 2^53 zatoshis pass ledger, database and JSON unchanged",
    guard: "bigintOnly",
    async run(guarded) {
      await using world = await PayoutWorld.open({ method: "pczt" });
      const through = (amount: bigint): bigint => guarded ? amount : BigInt(Number(amount));
      // All the money there is lies below 2^53; the sums of a pool over the years need not.
      let sum = 0n;
      for (let count = 0n; count < 6n; count++) {
        const amount = MAX_MONEY_ZAT - 2n * count - 1n;
        sum += amount;
        await world.credit(MINER, amount);
      }
      assert.ok(sum > 2n ** 53n && sum % 2n === 0n);
      await world.credit(MINER, 1n);
      sum += 1n;
      const { available } = await world.balance(MINER);
      assert.equal(through(available), sum);
      const json = JSON.stringify({ amount: through(available).toString() });
      assert.equal(BigInt((JSON.parse(json) as { amount: string }).amount), sum);
    },
  },
  {
    number: 31,
    what:
      "the block value is subsidy plus fees less six tenths of them, and gross fees stay outside",
    guard: "valueFromTheCoinbase",
    run(guarded) {
      for (const gross of [0n, 1n, 2n, 1_001n, 2_000n, 123_456_789n]) {
        const collected = gross - gross * 6n / 10n;
        const template = madeTemplate({
          transactions: gross === 0n ? [] : [madeTransaction(1, { fee: gross })],
          coinbaseFee: collected,
          outputs: [{ valueZat: SUBSIDY + collected, script: NODE_SCRIPT }],
        });
        const job = makeJobTemplate(template, {
          split: payAllTo(p2shScript(new Uint8Array(20).fill(1))),
          processBytes: new Uint8Array(8),
          tag: new TextEncoder().encode("test"),
          serial: 1,
        });
        const value = guarded ? job.minerValueZat : SUBSIDY + gross;
        assert.equal(value, SUBSIDY + collected, `fees of ${gross}`);
        assert.equal(job.feesZat, collected);
      }
    },
  },
  {
    number: 32,
    what: "jobs before and after an upgrade height are credited each by its own subsidy",
    guard: "subsidyOfTheJob",
    run(guarded) {
      const before = 125_000_000n;
      const shareTarget = (1n << 243n) - 1n;
      const terms = { shareTarget, networkTarget: NETWORK_TARGET, feePpm: 0 };
      const subsidies = [before, before, SUBSIDY, before, SUBSIDY];
      const exact = subsidies.map((subsidyZat) => ppsCredit({ ...terms, subsidyZat }));
      const booked = subsidies.map((subsidyZat) =>
        ppsCredit({ ...terms, subsidyZat: guarded ? subsidyZat : SUBSIDY })
      );
      const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);
      const work = (shareTarget + 1n) / (NETWORK_TARGET + 1n);
      assert.equal(sum(booked), sum(exact));
      assert.equal(sum(exact), (3n * before + 2n * SUBSIDY) * PICO_PER_ZAT / work);
    },
  },
];
