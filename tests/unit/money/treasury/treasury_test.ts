import assert from "node:assert/strict";
import { displayHash, type Logger, silentLogger } from "../../../../src/base/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { createMetrics } from "../../../../src/platform/observability/mod.ts";
import { moneyInstruments } from "../../../../src/service/pool/money_instruments.ts";
import { Treasury } from "../../../../src/money/treasury/mod.ts";
import { makeBooks } from "../../../../src/service/pool/books.ts";
import { onPoolNetwork } from "../../../../src/service/pool/network_check.ts";
import { treasuryOptions } from "../../../../src/service/pool/options.ts";
import {
  type BlockRecord,
  openRecords,
  type Records,
  RecordWriter,
  type ShareRecord,
  type StoreLocation,
} from "../../../../src/money/records/mod.ts";
import {
  BlockSettler,
  HourCloser,
  LedgerReports,
  ShareReader,
} from "../../../../src/money/books/mod.ts";
import { ReadableLedger } from "../../../support/readable_ledger.ts";
import { StorageError } from "../../../../src/platform/database/mod.ts";
import { PayoutStore } from "../../../../src/money/payouts/mod.ts";
import type { NodeClient } from "../../../../src/chain/node/mod.ts";
import { inFolder } from "../../../support/command_line.ts";
import { type PoolView, reportHealth } from "../../../../src/service/pool/status.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { testWith } from "../../../support/requirements.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const ALICE = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const BOB = "t2UNzUUx8mWBCRYPRezvA363EYXyEpHokyi";
const HEIGHT = 1_000;
const VALUE = 41_667_069n;
const START_MS = 1_790_001_000_000;
const HASH = new Uint8Array(32).fill(9);

/** A node whose best chain has the block, or another one. */
class Chain {
  readonly url = "http://node";
  tip = HEIGHT;
  rival = false;
  network = "test";

  getBestBlockHeightAndHash() {
    return Promise.resolve({ height: this.tip, hash: new Uint8Array(32) });
  }
  getBlockHash(height: number) {
    if (height > this.tip) return Promise.resolve(undefined);
    return Promise.resolve(
      this.rival || height !== HEIGHT ? new Uint8Array(32).fill(1) : HASH,
    );
  }
  getBlockchainInfo() {
    return Promise.resolve({ chain: this.network });
  }
  zValidateAddress() {
    return Promise.resolve({ isValid: true, addressType: undefined, isScript: undefined });
  }
}

/** Records whose database fails at everything while it is away. */
function withOutages(records: Records, outage: { readonly away: boolean }): Records {
  const failing = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, name) => {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: never[]) =>
          outage.away && name !== "close"
            ? Promise.reject(new StorageError("io", "the database is away"))
            : Reflect.apply(member, target, args);
      },
    });
  return { ...records, store: failing(records.store), database: failing(records.database) };
}

async function worldOf(
  payout: string,
  location: StoreLocation = { kind: "sqlite", path: ":memory:" },
  { logger = silentLogger, nowMs = START_MS }: { logger?: Logger; nowMs?: number } = {},
) {
  const clock = new FakeClock(nowMs);
  const outage = { away: false };
  const records = withOutages(await openRecords(location, { clock }), outage);
  const { database } = records;
  const writer = new RecordWriter({}, {
    store: records.store,
    clock,
    logger: silentLogger,
  });
  const chain = new Chain();
  const parsed = parseConfig(`[payout]\npool_address = "${POOL}"\n${payout}\n`);
  const { config } = parsed;
  const { registry } = createMetrics();
  const metrics = moneyInstruments(registry);
  // Only these four questions are asked of it here.
  const nodes = [chain as unknown as NodeClient];
  const ground = { clock, random: seededRandom(2), logger };
  const books = makeBooks(config, { ...ground, records, nodes, metrics: metrics.payouts });
  const treasury = await Treasury.open(treasuryOptions(parsed), {
    ...{ books, writer, clock, logger, metrics },
    chainNodes: nodes.map((node) => onPoolNetwork(node, config)),
  });
  const limits: boolean[] = [];
  await treasury.run((atCap) => void limits.push(atCap));
  let shares = 0;
  const share = (minerId: string, difficulty: bigint, changes: Partial<ShareRecord> = {}): void => {
    const proofId = new Uint8Array(32);
    new DataView(proofId.buffer).setUint32(0, ++shares);
    assert(writer.offer({
      proofId,
      minerId,
      workerName: "",
      target: 2n ** 243n / difficulty - 1n,
      difficulty: Number(difficulty),
      jobId: 1,
      height: HEIGHT,
      timestampMs: clock.now(),
      isBlock: false,
      creditPicoZat: 0n,
      ...changes,
    }));
  };
  const block: BlockRecord = {
    hash: HASH,
    height: HEIGHT,
    previousBlockHash: new Uint8Array(32).fill(8),
    minerId: ALICE,
    workerName: "",
    foundAtMs: clock.now(),
    state: "accepted",
    valueZat: VALUE,
    feesZat: 401n,
  };
  const newTip = async (tip: number): Promise<void> => {
    chain.tip = tip;
    treasury.parentChanged(tip + 1);
    for (let turn = 0; turn < 20; turn++) await settle();
  };
  return {
    ...{
      clock,
      outage,
      database,
      books,
      writer,
      chain,
      treasury,
      limits,
      share,
      block,
      newTip,
      registry,
    },
    ledger: new ReadableLedger(database),
    store: records.store,
    async close(): Promise<void> {
      await treasury.close();
      await writer.close();
      await records.store.close();
    },
  };
}

Deno.test("pplns: a block is divided by work when the chain has it, due at 100, taken back when it goes", async () => {
  const world = await worldOf('scheme = "pplns"\npplns_window = 3');
  const { ledger } = world;
  world.share(BOB, 100n);
  world.share(ALICE, 2n);
  world.share(BOB, 2n);
  world.share(ALICE, 4n, { proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  await world.newTip(HEIGHT);
  // The fee is 1 %, rounded down; the window of three has works 2, 2 and 4.
  const fee = VALUE / 100n;
  const parts = [(VALUE - fee) * 6n / 8n, (VALUE - fee) * 2n / 8n] as const;
  const alice = await ledger.miner(ALICE);
  const bob = await ledger.miner(BOB);
  assert.equal(alice.immature + bob.immature + fee, VALUE);
  assert(alice.immature - parts[0] <= 1n && bob.immature - parts[1] <= 1n);

  await world.newTip(HEIGHT + 99);
  assert.equal((await ledger.miner(ALICE)).available, alice.immature);
  assert.equal((await world.store.blocks(1))[0]?.state, "mature");

  world.chain.rival = true;
  for (const tip of [100, 101, 102]) await world.newTip(HEIGHT + tip);
  assert.equal((await world.store.blocks(1))[0]?.state, "orphaned");
  const summary = await ledger.summary();
  // What was due already stays with the miners: the pool bears the loss.
  assert.equal(summary.available, alice.immature + bob.immature);
  assert.equal(summary.poolVariance, -VALUE);
  await world.close();
});

Deno.test("pplns by difficulty: the configured window is so many blocks' work at the block's target", async () => {
  const world = await worldOf(
    'scheme = "pplns"\npool_fee_percent = 0\npplns_window_unit = "difficulty"\npplns_window = 2',
  );
  // Four shares of difficulty 1 make a block: the window is eight of them.
  const terms = { networkTarget: 2n ** 241n - 1n, rewardZat: 0n, feePpm: 0 };
  for (const miner of [BOB, BOB, ALICE, BOB]) world.share(miner, 2n, { terms });
  world.share(ALICE, 3n, { terms, proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  await world.newTip(HEIGHT);
  // Newest first: 3 of Alice, 2 of Bob, 2 of Alice, and 1 of Bob's 2.
  const [alice, bob] = [await world.ledger.miner(ALICE), await world.ledger.miner(BOB)];
  assert.equal(alice.immature + bob.immature, VALUE);
  const exact = Number(VALUE) * 5 / 8;
  assert(Math.abs(Number(alice.immature) - exact) < 1_000, `${alice.immature} of ${VALUE}`);
  await world.close();
});

Deno.test("pps: an hour of shares is booked when it is over, and the cap stops paid work before", async () => {
  const world = await worldOf('scheme = "pps"\nliability_cap = "0.00020141"');
  const credit = 20_141_602_207_031_250n;
  const terms = { networkTarget: 2n ** 230n, rewardZat: 41_666_668n, feePpm: 10_000 };
  world.share(ALICE, 1n, { creditPicoZat: credit, terms });
  await world.clock.advance(5_000);
  assert.equal(world.limits.at(-1), true);
  assert.match(await world.registry.text(), /^pool_liability_zatoshis 20141$/m);
  assert.match(await world.registry.text(), /^pool_liability_cap_reached 1$/m);
  assert.equal((await world.ledger.miner(ALICE)).available, 0n);
  await world.clock.advance(3_600_000);
  assert.equal((await world.ledger.miner(ALICE)).available, 20_141n);
  const report = await world.books.reports.miner({ fromMs: 0, toMs: world.clock.now() }, ALICE);
  assert.deepEqual([report?.minerId, report?.shares, report?.creditPicoZat], [ALICE, 1, credit]);
  await world.close();
});

Deno.test("luck is told when an hour is closed, and not before a block was to be expected", async () => {
  const world = await worldOf('scheme = "pps"');
  const metric = async () => /^pool_luck_ratio (.*)$/m.exec(await world.registry.text())?.[1];
  const status = () => world.treasury.status.luckRatio;
  assert.deepEqual([await metric(), status()], ["Nan", undefined]);
  // The network's target is 2^13 times as hard as difficulty 1.
  const terms = { networkTarget: 2n ** 230n - 1n, rewardZat: 0n, feePpm: 0 };
  const hour = async (blocks: number): Promise<void> => {
    await world.clock.advance(3_600_000 - world.clock.now() % 3_600_000 + 1_000);
    for (let n = 0; n < blocks; n++) world.share(ALICE, 2n ** 13n, { terms });
    await world.writer.flush();
    await world.store.recordBlock({
      ...world.block,
      hash: crypto.getRandomValues(new Uint8Array(32)),
      foundAtMs: world.clock.now(),
    });
  };
  world.share(ALICE, 2n ** 12n, { terms });
  await world.writer.flush();
  await hour(3);
  await world.clock.advance(600_000);
  assert.deepEqual([await metric(), status()], ["Nan", undefined]);
  assert.equal(world.treasury.status.luck?.expected, 0.5);
  await hour(0);
  await world.clock.advance(600_000);
  assert.equal(Number(await metric()).toFixed(3), (1 / 3.5).toFixed(3));
  assert.equal(status()?.toFixed(3), (1 / 3.5).toFixed(3));
  await world.close();
});

Deno.test("an orphan before its maturity takes back exactly what it credited, and gives it back", async () => {
  const world = await worldOf('scheme = "prop"');
  const { ledger } = world;
  world.share(ALICE, 3n);
  world.share(BOB, 5n);
  world.share(ALICE, 7n, { proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  await world.newTip(HEIGHT);
  const before = await ledger.summary();
  assert.equal(before.immature + before.poolFee, VALUE);
  world.chain.rival = true;
  for (const tip of [20, 21, 22]) await world.newTip(HEIGHT + tip);
  const gone = await ledger.summary();
  assert.deepEqual([gone.immature, gone.poolFee, gone.liability], [0n, 0n, 0n]);
  world.chain.rival = false;
  await world.newTip(HEIGHT + 23);
  assert.deepEqual(await ledger.summary(), before);
  const entries = await ledger.entries();
  assert.deepEqual(entries.map(({ id }) => id), [
    `block:${displayHash(HASH)}:found`,
    `block:${displayHash(HASH)}:orphaned:1`,
    `block:${displayHash(HASH)}:returned:1`,
  ]);
  await world.close();
});

Deno.test("a node that was set to another network orphans no block", async () => {
  const world = await worldOf('scheme = "prop"');
  world.share(ALICE, 7n, { proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  await world.newTip(HEIGHT);
  const before = await world.ledger.summary();
  world.chain.network = "main";
  world.chain.rival = true;
  for (const tip of [20, 21, 22, 120, 121, 122]) await world.newTip(HEIGHT + tip);
  assert.deepEqual(await world.ledger.summary(), before);
  assert.equal((await world.store.blocks(1))[0]?.state, "immature");
  await world.close();
});

Deno.test("an hour without the database is a line at its beginning and one at its end for each duty", async () => {
  const lines: string[] = [];
  let asked = 0;
  const logger: Logger = {
    log: (level, event) => {
      if (level === "debug") asked++;
      else lines.push(`${level} ${event}`);
    },
  };
  const world = await worldOf(
    'scheme = "pps"\nliability_cap = "1"\nwallet = "external"\n[settlement]\n' +
      'listen_addr = "127.0.0.1:0"\ntoken = "sixteen characters"',
    { kind: "sqlite", path: ":memory:" },
    { logger },
  );
  lines.length = 0;
  world.outage.away = true;
  for (let minute = 0; minute < 60; minute++) {
    await world.clock.advance(60_000);
    await world.newTip(HEIGHT + minute);
  }
  const begun = lines.splice(0).toSorted();
  assert.deepEqual(begun, [
    "error blocks_not_followed",
    "error hour_not_closed",
    "error payouts_failing",
    "warn ledger_not_audited",
    "warn ledger_unreadable",
    "warn liability_not_known",
  ]);
  assert(asked > 100 && asked < 600, `${asked} failures in an hour`);
  world.outage.away = false;
  await world.clock.advance(120_000);
  for (const event of ["blocks_followed_again", "hours_closed_again", "ledger_readable"]) {
    assert.equal(lines.filter((line) => line === `info ${event}`).length, 1, event);
  }
  assert(!lines.some((line) => !line.startsWith("info")), lines.join());
  await world.close();
});

Deno.test("a found block is credited when its node is usable again, without a new parent", async () => {
  const world = await worldOf('scheme = "prop"');
  world.share(ALICE, 7n, { proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  world.treasury.nodeUsable();
  for (let turn = 0; turn < 20; turn++) await settle();
  assert.equal((await world.store.blocks(1))[0]?.state, "immature");
  await world.close();
});

Deno.test("with an external payer the status has who would be left out, from the start", async () => {
  await inFolder(async (folder) => {
    const location = { kind: "sqlite", path: `${folder}/pool.sqlite` } as const;
    const external = `min_payout = "0.0001"\nwallet = "external"\n[settlement]\n` +
      'listen_addr = "127.0.0.1:0"\ntoken = "sixteen characters"';
    const before = await worldOf(external, location);
    const terms = { networkTarget: 2n ** 230n, rewardZat: 41_666_668n, feePpm: 10_000 };
    before.share(ALICE, 1n, { creditPicoZat: 20_141n * 10n ** 12n, terms });
    await before.writer.flush();
    await before.clock.advance(3_600_000);
    // With all duties waiting for the database at once, no timer is left that would give it turns.
    const available = async () => (await before.ledger.miner(ALICE)).available;
    for (let turn = 0; turn < 200 && await available() === 0n; turn++) await settle();
    assert.equal(await available(), 20_141n);
    await before.database.transaction((tx) =>
      new PayoutStore().holds.put(tx, {
        ...{ minerId: ALICE, reason: "asked to wait", actor: "test", atMs: 1 },
      })
    );
    await before.close();
    const world = await worldOf(external, location, { nowMs: before.clock.now() });
    for (let turn = 0; turn < 20; turn++) await settle();
    assert.deepEqual(world.treasury.status.payments?.heldBack, [
      { reason: "asked to wait", minerIds: [ALICE] },
    ]);
    await world.close();
  });
});

Deno.test("the log tells when new terms hold, and nothing while the same do", async () => {
  await inFolder(async (folder) => {
    const events: string[] = [];
    const logger: Logger = {
      log: (level, event) => void (event.startsWith("terms") && events.push(`${level} ${event}`)),
    };
    const location = { kind: "sqlite", path: `${folder}/pool.sqlite` } as const;
    for (const fee of ["1", "1", "10", "10"]) {
      await (await worldOf(`pool_fee_percent = ${fee}`, location, { logger })).close();
    }
    assert.deepEqual(events, ["info terms_begin", "warn terms_changed"]);
  });
});

testWith("postgres", "reports are the same in both databases", async () => {
  await using cluster = await PostgresCluster.start();
  const reports = await Promise.all([
    reportsIn({ kind: "sqlite", path: ":memory:" }),
    cluster.newSchema().then((url) => reportsIn({ kind: "postgres", url })),
  ]);
  assert.deepEqual(reports[1], reports[0]);
});

/** Everything that reports tell after an hour of shares, a block and its maturity. */
async function reportsIn(location: StoreLocation): Promise<unknown> {
  const clock = new FakeClock(1_790_001_000_000);
  const { store, database } = await openRecords(location, { clock });
  const ledger = new ReadableLedger(database);
  await ledger.beginEpoch({
    scheme: "pplns",
    feePpm: 12_345,
    pplnsWindow: 100,
    pplnsWindowUnit: "shares",
  }, clock.now());
  const terms = { networkTarget: 2n ** 230n, rewardZat: 0n, feePpm: 12_345 };
  await store.recordShares([ALICE, BOB, ALICE, BOB, ALICE].map((minerId, index) => ({
    proofId: index === 4 ? HASH : new Uint8Array(32).fill(index + 50),
    minerId,
    workerName: "rig",
    target: 2n ** 243n / BigInt(index + 1) - 1n,
    difficulty: index + 1,
    jobId: 1,
    height: HEIGHT,
    timestampMs: clock.now(),
    isBlock: index === 4,
    creditPicoZat: 0n,
    terms,
  })));
  await store.recordBlock({
    hash: HASH,
    height: HEIGHT,
    previousBlockHash: new Uint8Array(32).fill(8),
    minerId: ALICE,
    workerName: "rig",
    foundAtMs: clock.now(),
    state: "accepted",
    valueZat: VALUE,
    feesZat: 401n,
  });
  const reader = new ShareReader(database);
  const settler = new BlockSettler({ database, reader, clock });
  await settler.credit(HASH);
  await settler.mature(HASH);
  await clock.advance(3_600_000);
  await new HourCloser({ database, reader, clock }).closeDue();
  const reports = new LedgerReports(database);
  const period = { fromMs: 0, toMs: clock.now() };
  const told = {
    miners: await reports.miners(period, [ALICE, BOB]),
    alice: await reports.miner(period, ALICE),
    nobody: await reports.miner(period, "nobody"),
    work: [...await reports.work(period)].sort(),
    rewards: await reports.rewards(period),
    luck: await reports.luck(period),
    counts: [...await reports.blockCounts()],
    sums: [...(await reports.position()).sums].sort(),
    epochs: await reports.epochs(10),
    journal: await reports.journal(period, 0n, 100),
    movements: await reports.movements(BOB, 10),
  };
  await store.close();
  assert.equal(told.journal.length > 0 && told.miners.length === 2, true);
  return told;
}

Deno.test("a ledger that is written but cannot be read is no healthy pool", async () => {
  const world = await worldOf('scheme = "pplns"');
  const health = () =>
    reportHealth({
      templates: { status: () => [{ state: "usable" }] },
      pool: { height: HEIGHT },
      writer: { failing: world.writer.failing, accepting: world.writer.accepting },
      treasury: world.treasury,
    } as unknown as PoolView);
  const rename = (from: string, to: string) =>
    world.database.transaction((tx) => tx.execute(`ALTER TABLE ${from} RENAME TO ${to}`));
  world.share(ALICE, 4n, { proofId: HASH, isBlock: true });
  await world.store.recordBlock(world.block);
  await rename("block_settlement", "away");
  await world.newTip(HEIGHT);
  assert.deepEqual(health(), { healthy: true, reasons: [] }, "once may pass");
  await world.newTip(HEIGHT + 1);
  assert.deepEqual(health(), { healthy: false, reasons: ["found blocks cannot be credited"] });
  await rename("away", "block_settlement");
  await world.newTip(HEIGHT + 2);
  assert.equal(health().healthy, true);
  await rename("share_hour", "away");
  await world.clock.advance(3_600_000);
  await world.clock.advance(120_000);
  assert.deepEqual(health().reasons, [
    "hours of shares cannot be booked",
    "the ledger cannot be read",
  ]);
  await world.close();
});
