import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { coinbaseTxidOf, parseAddress, parseTransaction } from "../../../../src/chain/zcash/mod.ts";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { PayoutStore } from "../../../../src/money/payouts/mod.ts";
import { giveUpDebts } from "../../../../src/money/books/coinbase_debts.ts";
import { splitOf } from "../../../../src/money/books/coinbase_splits.ts";
import { START_MS } from "../../../compliance/ledger_suite.ts";
import { MoneyBench } from "../../../compliance/money_suite.ts";
import { madeTemplate, madeTransaction } from "../../../support/block_templates.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { transparentAddress } from "../../../support/payout_addresses.ts";
import { PayingPool, POOL_SCRIPT } from "../../../support/paying_pool.ts";
import { ReadableLedger } from "../../../support/readable_ledger.ts";
import { TestChain } from "../../../support/test_chain.ts";

const [A = "", B = "", C = ""] = [1, 2, 3].map((n) => `${transparentAddress(n)}#coinbase`);
/** Has not consented. */
const D = transparentAddress(4);
const HEIGHT = 3_600_000;
const VALUE = 41_666_668n;

const scriptOf = (minerId: string): string =>
  bytesToHex(parseAddress(minerId.replace("#coinbase", "")).scriptPubKey ?? new Uint8Array(0));

/** A ledger, a chain, and processes on both. */
class World {
  readonly clock: FakeClock;
  readonly chain = new TestChain(HEIGHT);
  readonly events: string[] = [];
  readonly money: MoneyBench;
  readonly #pools: PayingPool[] = [];

  private constructor(clock: FakeClock, money: MoneyBench) {
    this.clock = clock;
    this.money = money;
  }

  /** A has 30,000,000 available, B 20,000,000 and D 10,000,000. */
  static async run(body: (world: World) => Promise<void>): Promise<void> {
    const clock = new FakeClock(START_MS);
    const { store, database } = await openRecords({ kind: "sqlite", path: ":memory:" }, { clock });
    const ledger = new ReadableLedger(database);
    const world = new World(clock, new MoneyBench({ clock, store, database, ledger }));
    try {
      await world.#owe([[A, 30_000_000n], [B, 20_000_000n], [D, 10_000_000n]]);
      await body(world);
      await world.money.allHolds();
    } finally {
      await Promise.all(world.#pools.map((pool) => pool.close()));
      await store.close();
    }
  }

  /** Each finds a block alone that matures. */
  async #owe(debts: readonly (readonly [string, bigint])[]): Promise<void> {
    let n = 0;
    for (const [minerId, valueZat] of debts) {
      await this.clock.advance(1);
      await this.money.epoch("solo", { feePpm: 0 });
      const hash = await this.money.find(++n, minerId, 1n, valueZat);
      await this.money.settler.credit(hash);
      await this.money.settler.mature(hash);
    }
    await this.clock.advance(1);
    await this.money.epoch("pplns", { feePpm: 0, pplnsWindow: 4 });
    await this.money.write(this.money.share(D, 1n));
  }

  pool(options: { minPayoutZat?: bigint; payeesMax?: number } = {}): PayingPool {
    const { store, database } = this.money.bench;
    const pool = new PayingPool(
      { seed: this.#pools.length + 1, minPayoutZat: 1_000n, ...options },
      {
        ...{ store, database, nodes: [this.chain], clock: this.clock },
        logger: { log: (_level, event) => void this.events.push(event) },
      },
    );
    this.#pools.push(pool);
    return pool;
  }

  template(transactions = 0) {
    const { hash, height } = this.chain.tip;
    return {
      ...madeTemplate({
        height: height + 1,
        transactions: Array.from({ length: transactions }, (_, i) => madeTransaction(i)),
      }),
      previousBlockHash: hash,
    };
  }

  /** Hands the tip's template to a process and lets it divide. */
  async tell(pool: PayingPool): Promise<string[]> {
    pool.template(this.template());
    await this.quiet();
    return paidBy(pool);
  }

  named(event: string): number {
    return this.events.filter((each) => each === event).length;
  }

  async quiet(): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await settle();
  }

  async of(minerId: string): Promise<string> {
    const { available, reserved, immature } = await this.money.bench.ledger.miner(minerId);
    return `${available}/${reserved}/${immature}`;
  }

  async splits(): Promise<number> {
    const [row] = await this.money.bench.database.read((tx) =>
      tx.query("SELECT count(*) AS count FROM coinbase_split")
    );
    return Number(row?.count);
  }
}

/** What the newest work pays, `A 30000000` and so on; the pool's rest last. */
function paidBy(pool: PayingPool): string[] {
  const names = new Map([[A, "A"], [B, "B"], [C, "C"], [D, "D"]].map(([id = "", name]) => [
    scriptOf(id),
    name,
  ]));
  return (pool.work?.minerOutputs ?? []).map(({ script, valueZat }) =>
    `${names.get(bytesToHex(script)) ?? "pool"} ${valueZat}`
  );
}

const test = (sentence: string, body: (world: World) => Promise<void>): void =>
  Deno.test(`paying work: ${sentence}`, () => World.run(body));

test("a new tip has plain work at once, and work that pays miners when the ledger has it", async (world) => {
  const pool = world.pool();
  pool.template(world.template(1));
  assert.deepEqual(paidBy(pool), [`pool ${pool.work?.minerValueZat}`]);
  assert.deepEqual(pool.sent.map(({ cleanJobs }) => cleanJobs), [true]);
  await world.quiet();
  assert.deepEqual(pool.sent.map(({ cleanJobs }) => cleanJobs), [true, false]);
  const { work } = pool;
  const value = work?.minerValueZat ?? 0n;
  assert.deepEqual(paidBy(pool), ["A 30000000", `B ${value - 30_000_000n}`, "pool 0"].slice(0, 3));
  const split = await world.money.bench.database.read((tx) => splitOf(tx, work?.coinbaseTxid));
  assert.equal(split?.height, HEIGHT + 1);
  assert.deepEqual(split?.parent, world.chain.tip.hash);
  assert.equal(split?.valueZat, value);
  assert.equal(split?.throughShare, await world.money.reader.watermark());
  const block = work?.encodeBlock(new Uint8Array(1_487));
  assert.deepEqual(coinbaseTxidOf(block ?? new Uint8Array(0)), split?.coinbaseTxid);
});

test("a block that its finder never wrote is known by its coinbase, and pays once", async (world) => {
  const [dead, other] = [world.pool({ payeesMax: 1 }), world.pool()];
  assert.deepEqual(await world.tell(dead), ["A 30000000", `pool ${VALUE - 30_000_000n}`]);
  world.chain.add(dead.work?.coinbaseTxid);
  const paid = await world.tell(other);
  assert.deepEqual(paid, ["B 20000000", `pool ${VALUE - 20_000_000n}`]);
  assert.equal((await world.of(A)).split("/")[1], "30000000");
  assert.deepEqual(world.named("block_recognised"), 1);
  world.chain.extend(100);
  const [block] = await world.money.bench.store.blocks(1);
  assert.equal(block?.minerId, "#unknown");
  // Its finder comes back and writes it.
  const { hash, height, previousBlockHash, valueZat } = block ?? assert.fail();
  const spooled = { hash, height, previousBlockHash, valueZat, workerName: "rig", minerId: C };
  await world.money.bench.store.recordBlock({
    ...{ ...spooled, foundAtMs: START_MS, state: "submitted", feesZat: 5n },
  });
  const [written] = await world.money.bench.store.blocks(1);
  assert.deepEqual([written?.minerId, written?.feesZat, written?.state], [C, 5n, "immature"]);
});

test("a copy of a coinbase on another parent is a stranger's, and settles nothing", async (world) => {
  const pool = world.pool({ payeesMax: 1 });
  const fork = world.chain.tip;
  await world.tell(pool);
  const copied = pool.work?.coinbaseTxid;
  world.chain.add(copied, world.chain.add(undefined, fork));
  assert.deepEqual(await world.tell(pool), ["A 30000000", `pool ${VALUE - 30_000_000n}`]);
  assert.equal(await world.of(A), "30000000/0/0");
  assert.deepEqual(world.named("block_recognised"), 0);
});

test("while the chain cannot be read jobs pay the pool alone, and are replaced as soon as it can", async (world) => {
  const pool = world.pool();
  await world.tell(pool);
  world.chain.add(pool.work?.coinbaseTxid);
  world.chain.failure = new Error("the node is away");
  assert.deepEqual(await world.tell(pool), [`pool ${VALUE}`]);
  await world.clock.advance(60_000);
  assert.deepEqual(paidBy(pool), [`pool ${VALUE}`]);
  assert.equal(world.named("coinbases_not_divided") > 0, true);
  world.chain.failure = undefined;
  await world.clock.advance(31_000);
  await world.quiet();
  assert.equal(
    paidBy(pool)[0]?.startsWith("B "),
    true,
    "A and a part of B are in the block before",
  );
});

test("the shares until a refresh are read for it, and no plain work comes between", async (world) => {
  const pool = world.pool();
  await world.tell(pool);
  const before = pool.sent.length;
  await world.money.write(world.money.share(C, 1n));
  await world.clock.advance(30_000);
  await world.quiet();
  const since = pool.sent.slice(before);
  assert.equal(since.length, 1);
  const split = await world.money.bench.database.read((tx) => splitOf(tx, pool.work?.coinbaseTxid));
  assert.equal(split?.throughShare, await world.money.reader.watermark());
  assert.equal(await world.splits(), 2);
  const { inputs } = parseTransaction(pool.work?.coinbase ?? new Uint8Array(0));
  assert.notEqual(inputs[0]?.sequence, 0xffff_ffff);
});

test("a payee on hold, and a pause, change the work within two seconds", async (world) => {
  const { control, holds } = new PayoutStore();
  const { database } = world.money.bench;
  const pool = world.pool();
  await world.tell(pool);
  const entry = { atMs: START_MS, actor: "test", reason: "test" };
  await database.transaction((tx) => holds.put(tx, { ...entry, minerId: A }));
  await world.clock.advance(2_000);
  await world.quiet();
  assert.deepEqual(paidBy(pool), ["B 20000000", `pool ${VALUE - 20_000_000n}`]);
  await database.transaction((tx) => control.pause(tx, entry));
  await world.clock.advance(2_000);
  await world.quiet();
  assert.deepEqual(paidBy(pool), [`pool ${VALUE}`]);
  assert.equal(pool.sent.at(-1)?.cleanJobs, false);
  // A block that was found by the work before stands.
  const paying = pool.sent.at(-3)?.work;
  world.chain.add(paying?.coinbaseTxid);
  await world.tell(pool);
  assert.equal((await world.of(A)).split("/")[1], "30000000");
});

test("a plan that took too long is not used", async (world) => {
  const pool = world.pool();
  const plan = pool.money.plan.bind(pool.money);
  pool.money.plan = async (target) => {
    const made = await plan(target);
    world.clock.standStill(2_001);
    return made;
  };
  assert.deepEqual(await world.tell(pool), [`pool ${VALUE}`]);
  pool.money.plan = plan;
  await world.clock.advance(2_000);
  await world.quiet();
  assert.equal(paidBy(pool)[0], "A 30000000");
});

test("a new tip drops what was under way for the one before", async (world) => {
  const pool = world.pool();
  const first = world.chain.tip.hash;
  pool.template(world.template());
  world.chain.extend(1);
  await world.tell(pool);
  assert.deepEqual(
    pool.sent.map(({ work, cleanJobs }) => [work.previousBlockHash === first, cleanJobs]),
    [[true, true], [false, true], [false, false]],
  );
});

test("where nobody has enough the plain work stays", async (world) => {
  const pool = world.pool({ minPayoutZat: 50_000_000n });
  await world.tell(pool);
  assert.equal(pool.sent.length, 1);
  assert.equal(await world.splits(), 0);
});

test("work is not promised on a block that has lost its debts since it was settled", async (world) => {
  const { database } = world.money.bench;
  const pool = world.pool({ payeesMax: 1 });
  await world.tell(pool);
  world.chain.add(pool.work?.coinbaseTxid);
  const plan = pool.money.plan.bind(pool.money);
  pool.money.plan = async (target) => {
    // Another process sees a rival in its chain, after the block was seen settled.
    await database.transaction((tx) => giveUpDebts(tx, { hash: world.chain.tip.hash, atMs: 1 }));
    return await plan(target);
  };
  assert.deepEqual(await world.tell(pool), [`pool ${VALUE}`]);
  pool.money.plan = plan;
  await world.clock.advance(2_000);
  await world.quiet();
  assert.equal(paidBy(pool)[0], "B 20000000", "the block holds its debts again");
});

test("splits that no block can have any more are removed", async (world) => {
  const pool = world.pool();
  await world.tell(pool);
  const kept = pool.work?.coinbaseTxid;
  await world.clock.advance(30_000);
  await world.quiet();
  assert.equal(await world.splits(), 2);
  world.chain.add(kept);
  world.chain.extend(1_001);
  await world.tell(pool);
  assert.equal(await world.splits(), 2, "the block's own and the newest");
  const split = await world.money.bench.database.read((tx) => splitOf(tx, kept));
  assert.notEqual(split, undefined);
});

test("the pool's output keeps its script, whoever is paid", async (world) => {
  const pool = world.pool();
  await world.tell(pool);
  assert.deepEqual(pool.work?.minerOutputs.at(-1)?.script, POOL_SCRIPT);
  assert.deepEqual(pool.work?.undivided.minerOutputs, [{ valueZat: VALUE, script: POOL_SCRIPT }]);
});
