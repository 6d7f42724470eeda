/**
 * Blocks that pay miners in their own coinbase: from the split that is written before its job leaves
 * to the payment, whatever database it lies in. Belongs to {@link ledgerSuite}.
 */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import type { CoinbasePayment } from "../../src/money/ledger/mod.ts";
import { isSettled, openHeight } from "../../src/money/books/coinbase_branch.ts";
import { planSplit } from "../../src/money/books/coinbase_plan.ts";
import {
  forgetSplits,
  holders,
  type NewSplit,
  splitOf,
  writeSplit,
} from "../../src/money/books/coinbase_splits.ts";
import { lastEpoch } from "../../src/money/books/epoch_rows.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import { UNKNOWN_FINDER } from "../../src/money/records/mod.ts";
import type { LedgerTest } from "./ledger_suite.ts";
import { MoneyBench } from "./money_suite.ts";
import { blockOf } from "./store_suite.ts";

/** 32 bytes that are like no others. */
const bytesOf = (n: number, fill: number): Uint8Array => {
  const bytes = new Uint8Array(32).fill(fill);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
};

/** Blocks and splits over one ledger, as pool processes write them. */
export class CoinbaseBench {
  readonly money: MoneyBench;

  constructor(money: MoneyBench) {
    this.money = money;
  }

  /** A split that has read all shares there are, written before its job leaves. */
  async promise(
    n: number,
    payments: readonly CoinbasePayment[],
    changes: Partial<NewSplit> = {},
  ): Promise<NewSplit> {
    const { database } = this.money.bench;
    const throughShare = await this.money.reader.watermark();
    const computed = await database.read(async (tx) => ({
      beside: await holders(tx),
      epoch: (await lastEpoch(tx))?.number ?? 0n,
    }));
    const split: NewSplit = {
      coinbaseTxid: bytesOf(n, 3),
      parent: bytesOf(n - 1, 9),
      height: 3_590_000 + n,
      throughShare,
      networkTarget: 2n ** 232n - 1n,
      valueZat: 1_000n,
      ...computed,
      payments,
      ...changes,
    };
    await database.transaction((tx) => writeSplit(tx, split));
    return split;
  }

  /** A miner finds the block of a coinbase; its share comes with it. */
  async find(n: number, coinbaseTxid: Uint8Array, valueZat = 1_000n): Promise<Uint8Array> {
    const { money } = this;
    const hash = bytesOf(n, 9);
    await money.write(money.share("finder", 1_000n, { proofId: hash, isBlock: true }));
    await money.bench.store.recordBlock(blockOf(1, {
      hash,
      coinbaseTxid,
      height: 3_590_000 + n,
      minerId: "finder",
      foundAtMs: money.bench.clock.now(),
      state: "accepted",
      valueZat,
      feesZat: 0n,
    }));
    return hash;
  }

  /** What a miner has: `immature/available/reserved/paid`. */
  async of(minerId: string): Promise<string> {
    const { immature, available, reserved, paid } = await this.money.bench.ledger.miner(minerId);
    return `${immature}/${available}/${reserved}/${paid}`;
  }

  /** The operators' documented view: `id miner amount txid`. */
  async payouts(): Promise<string[]> {
    const rows = await this.money.bench.database.read((tx) =>
      tx.query("SELECT id, miner_id, amount, txid FROM payouts ORDER BY id")
    );
    return rows.map(({ id, miner_id, amount, txid }) => `${id} ${miner_id} ${amount} ${txid}`);
  }
}

/** A pool whose miners `a` and `b` have 300 and 600 zatoshis available, and no share since. */
async function withDebts(money: MoneyBench): Promise<CoinbaseBench> {
  const bench = new CoinbaseBench(money);
  await money.epoch("pplns", { feePpm: 100_000, pplnsWindow: 2 });
  await money.write(money.share("a", 1n), money.share("b", 2n));
  const first = await bench.promise(1, []);
  const hash = await bench.find(1, first.coinbaseTxid);
  await money.settler.credit(hash);
  await money.settler.mature(hash);
  assert.deepEqual([await bench.of("a"), await bench.of("b")], ["0/300/0/0", "0/600/0/0"]);
  return bench;
}

const pay = (minerId: string, debtZat: bigint, partZat = 0n): CoinbasePayment => ({
  minerId,
  debtZat,
  partZat,
});

/** Declares the tests of one database. */
export function coinbaseSuite(declare: LedgerTest): void {
  const test = (
    sentence: string,
    body: (bench: CoinbaseBench, money: MoneyBench) => Promise<void>,
  ): void =>
    declare(sentence, async (ledger) => {
      const money = new MoneyBench(ledger);
      await body(await withDebts(money), money);
      await money.allHolds();
    });
  lifeTests(test);
  rivalTests(test);
  planTests(test);
  branchTests(test);
  refusalTests(test);
}

type Test = (
  sentence: string,
  body: (bench: CoinbaseBench, money: MoneyBench) => Promise<void>,
) => void;

function lifeTests(test: Test): void {
  test(
    "a coinbase pays debts and parts of its own block, once it is mature",
    async (bench, { settler, ...money }) => {
      await bench.money.write(bench.money.share("a", 1n), bench.money.share("b", 2n));
      // Of 1,000 the pool's fee is 100; a has 300 of the block and b 600.
      const split = await bench.promise(2, [pay("a", 300n, 300n), pay("b", 200n, 100n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      await settler.credit(hash);
      assert.deepEqual(
        [await bench.of("a"), await bench.of("b"), await bench.of("finder")],
        ["300/0/300/0", "600/400/200/0", "0/0/0/0"],
        "the finder's own share came after the split",
      );
      assert.deepEqual(await bench.payouts(), []);
      await settler.mature(hash);
      await settler.mature(hash);
      assert.deepEqual([await bench.of("a"), await bench.of("b")], ["0/0/0/600", "0/900/0/300"]);
      const txid = displayHash(split.coinbaseTxid);
      assert.deepEqual(await bench.payouts(), [
        `1 a 600 ${txid}`,
        `2 b 300 ${txid}`,
      ]);
      assert.equal(await money.bench.ledger.balance("pool-fee"), 200n);
    },
  );

  test("the shares after a split belong to the next block", async (bench, { settler }) => {
    const { money } = bench;
    await money.write(money.share("a", 1n), money.share("a", 1n));
    const second = await bench.promise(2, [pay("a", 100n, 900n)]);
    await money.write(money.share("b", 1n));
    await settler.credit(await bench.find(2, second.coinbaseTxid));
    assert.deepEqual([await bench.of("a"), await bench.of("b")], ["900/200/100/0", "0/600/0/0"]);
    const third = await bench.promise(3, []);
    await settler.credit(await bench.find(3, third.coinbaseTxid));
    // The window is of two shares: that of b, and the one of 1,000 times the work that found block 2.
    assert.equal(await bench.of("b"), "1/600/0/0");
  });

  test("under pps a coinbase pays balances, and its income is the pool's", async (bench, money) => {
    const { settler } = money;
    await money.bench.clock.advance(1);
    await money.epoch("pps");
    const split = await bench.promise(2, [pay("b", 600n), pay("a", 250n)]);
    const hash = await bench.find(2, split.coinbaseTxid);
    await settler.credit(hash);
    assert.deepEqual([await bench.of("a"), await bench.of("b")], ["0/50/250/0", "0/0/600/0"]);
    await settler.mature(hash);
    assert.deepEqual([await bench.of("a"), await bench.of("b")], ["0/50/0/250", "0/0/0/600"]);
    assert.equal(await money.bench.ledger.balance("pool-variance"), 1_000n);
  });

  test(
    "an orphan gives its debts back, and takes them again when it returns",
    async (bench, { settler }) => {
      const split = await bench.promise(2, [pay("a", 300n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      await settler.credit(hash);
      await settler.orphan(hash, "test");
      assert.equal(await bench.of("a"), "0/300/0/0");
      await settler.orphan(hash, "test");
      await settler.giveBack(hash);
      await settler.giveBack(hash);
      assert.equal((await bench.of("a")).endsWith("/0/300/0"), true);
      await settler.orphan(hash, "test");
      await settler.giveBack(hash);
      await settler.mature(hash);
      assert.equal((await bench.of("a")).endsWith("/0/300"), true);
      assert.equal((await bench.payouts()).length, 1);
    },
  );

  test(
    "a block whose coinbase stands in no split pays nobody's debts",
    async (bench, { settler }) => {
      await bench.promise(2, [pay("a", 300n)]);
      const hash = await bench.find(2, bytesOf(77, 3));
      await settler.credit(hash);
      await settler.mature(hash);
      assert.equal((await bench.of("a")).endsWith("/300/0/0"), true);
      assert.deepEqual(await bench.payouts(), []);
    },
  );
}

function rivalTests(test: Test): void {
  test(
    "of two blocks with the same debts the one in the best chain holds them",
    async (bench, { settler, bench: { database } }) => {
      const one = await bench.promise(2, [pay("a", 300n)]);
      const other = await bench.promise(3, [pay("a", 200n), pay("b", 600n)]);
      const [first, second] = [
        await bench.find(2, one.coinbaseTxid),
        await bench.find(3, other.coinbaseTxid),
      ];
      const debts = async () => {
        const [a = "", b = ""] = [await bench.of("a"), await bench.of("b")];
        return `${a.split("/").slice(1).join("/")} ${b.split("/").slice(1).join("/")}`;
      };
      await settler.credit(first);
      assert.equal(await debts(), "0/300/0 600/0/0");
      await settler.credit(second);
      assert.equal(await debts(), "100/200/0 0/600/0");
      const displaced = (await settler.watched(0, 10)).filter((block) => block.displaced);
      assert.deepEqual(displaced.map(({ hash }) => displayHash(hash)), [displayHash(first)]);
      await settler.hold(first);
      await settler.hold(first);
      assert.equal(await debts(), "0/300/0 600/0/0");
      assert.deepEqual(await database.read(holders), [first]);
      await settler.mature(first);
      await settler.orphan(second, "test");
      // The share of b that block 1 has paid is in the window of the mature block too.
      assert.equal(await debts(), "0/0/300 602/0/0");
    },
  );

  test(
    "a block beside whose debts a split was computed is no rival of it",
    async (bench, { settler }) => {
      const one = await bench.promise(2, [pay("a", 300n)]);
      const first = await bench.find(2, one.coinbaseTxid);
      await settler.credit(first);
      const other = await bench.promise(3, [pay("b", 600n)]);
      const second = await bench.find(3, other.coinbaseTxid);
      await settler.credit(second);
      assert.deepEqual(
        [(await bench.of("a")).slice(-7), (await bench.of("b")).slice(-7)],
        ["0/300/0", "0/600/0"],
      );
      // Both leave the best chain and come back, the second one first.
      await settler.orphan(first, "test");
      await settler.orphan(second, "test");
      await settler.giveBack(second);
      await settler.giveBack(first);
      assert.deepEqual(
        [(await bench.of("a")).slice(-7), (await bench.of("b")).slice(-7)],
        ["0/300/0", "0/600/0"],
      );
    },
  );

  test(
    "a rival that matures takes the debts that another block holds",
    async (bench, { settler }) => {
      const one = await bench.promise(2, [pay("a", 300n)]);
      const other = await bench.promise(3, [pay("a", 300n)]);
      const [first, second] = [
        await bench.find(2, one.coinbaseTxid),
        await bench.find(3, other.coinbaseTxid),
      ];
      await settler.credit(first);
      await settler.credit(second);
      await settler.mature(first);
      assert.equal((await bench.payouts()).length, 1);
      await settler.orphan(second, "test");
      assert.equal((await bench.of("a")).endsWith("/0/300"), true);
    },
  );
}

function planTests(test: Test): void {
  const value = { valueZat: 1_000n, payeesMax: 100, room: { bytes: 1_000, sigops: 100 } };
  const job = {
    ...{ networkTarget: 2n ** 232n - 1n, minPayoutZat: 100n },
    outputOf: (minerId: string) => minerId === "finder" ? undefined : { bytes: 34, sigops: 1 },
  };

  test(
    "a plan pays balances and parts, who was never paid first, and nobody without an output",
    async (bench, money) => {
      const { settler, reader, bench: { database } } = money;
      const plan = async () => {
        const { divide, ...rest } = await planSplit(job, { database, reader, settler });
        return { ...rest, payments: divide(value) };
      };
      await money.write(money.share("b", 1n), money.share("c", 1n));
      const first = await plan();
      assert.deepEqual(first.payments, [pay("a", 300n), pay("b", 600n)]);
      assert.deepEqual(first.beside, []);
      const split = await bench.promise(2, [pay("a", 200n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      await settler.credit(hash);
      assert.deepEqual((await plan()).beside, [hash]);
      await settler.mature(hash);
      // Block 2 has brought b and c 450 each, and a was paid by it; its finder has half of the window.
      await money.write(money.share("c", 1_000n));
      const next = await plan();
      assert.deepEqual(next.payments, [pay("b", 900n)]);
      assert.equal(next.throughShare, await reader.watermark());
    },
  );

  test(
    "a plan under prop pays balances alone, since an orphan may add shares to the round",
    async (bench, money) => {
      const { settler, reader, bench: { database, clock } } = money;
      await clock.advance(1);
      await money.epoch("prop");
      await money.write(money.share("a", 1n));
      const payments = (await planSplit(job, { database, reader, settler })).divide(value);
      assert.deepEqual(payments, [pay("a", 300n), pay("b", 600n)]);
      const split = await bench.promise(2, payments);
      const hash = await bench.find(2, split.coinbaseTxid);
      await settler.credit(hash);
      await settler.mature(hash);
      assert.deepEqual(await bench.of("b"), "0/0/0/600");
    },
  );

  test(
    "a chain is settled when each of its own blocks holds its debts or has paid them",
    async (bench, { settler, bench: { database } }) => {
      const split = await bench.promise(2, [pay("a", 300n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      const block = { hash, height: split.height, coinbaseTxid: split.coinbaseTxid };
      const chain = [
        { ...block, hash: bytesOf(70, 9), coinbaseTxid: bytesOf(70, 3), previousBlockHash: hash },
        { ...block, previousBlockHash: split.parent },
      ];
      const settled = () => database.read((tx) => isSettled(tx, chain));
      assert.equal(await settled(), false);
      await settler.credit(hash);
      assert.equal(await settled(), true);
      await settler.orphan(hash, "test");
      assert.equal(await settled(), false);
      await settler.giveBack(hash);
      await settler.mature(hash);
      assert.equal(await settled(), true);
      // The same coinbase on another parent is a stranger's copy.
      const copy = { ...block, hash: bytesOf(71, 9), previousBlockHash: bytesOf(72, 9) };
      assert.equal(await database.read((tx) => isSettled(tx, [copy])), true);
      const twin = { ...copy, previousBlockHash: split.parent };
      assert.equal(await database.read((tx) => isSettled(tx, [twin])), false);
    },
  );
}

function branchTests(test: Test): void {
  test(
    "the chain is open from the lowest split that is not paid on, and dead splits go",
    async (bench, { settler, bench: { database } }) => {
      const open = () => database.read(openHeight);
      assert.equal(await open(), undefined, "the first block's is paid");
      const two = await bench.promise(2, [pay("a", 300n)]);
      await bench.promise(5, [pay("a", 300n)]);
      assert.equal(await open(), 3_590_002);
      const hash = await bench.find(2, two.coinbaseTxid);
      await settler.credit(hash);
      await settler.mature(hash);
      assert.equal(await open(), 3_590_005);
      for (let split = 0; split < 59; split++) {
        const changes = { coinbaseTxid: bytesOf(1_000 + split, 3) };
        await bench.promise(5, [pay("b", 100n)], changes);
      }
      // An orphan is never paid; shares at great heights alone close nothing.
      const four = await bench.promise(4, [pay("b", 100n)]);
      const orphan = await bench.find(4, four.coinbaseTxid);
      await settler.credit(orphan);
      await settler.orphan(orphan, "test");
      const { money } = bench;
      await money.write(money.share("a", 1n, { height: 3_690_000 }));
      assert.equal(await open(), 3_590_004);
      const forget = () => database.transaction((tx) => forgetSplits(tx, 3_590_006));
      assert.deepEqual([await forget(), await forget(), await forget()], [true, false, false]);
      assert.equal(await open(), undefined);
      assert.notEqual(await database.read((tx) => splitOf(tx, two.coinbaseTxid)), undefined);
    },
  );

  test(
    "a block that was recognised in the chain gets its finder once",
    async (bench, { settler, bench: { store } }) => {
      const { money } = bench;
      await money.write(money.share("b", 1n));
      const split = await bench.promise(2, [pay("a", 300n)]);
      const block = blockOf(1, {
        hash: bytesOf(2, 9),
        coinbaseTxid: split.coinbaseTxid,
        height: 3_590_002,
        foundAtMs: money.bench.clock.now(),
        state: "submitted",
        valueZat: 1_000n,
        feesZat: 0n,
      });
      const known = { ...block, minerId: UNKNOWN_FINDER, workerName: "" };
      await store.recordBlock(known);
      await settler.credit(block.hash);
      assert.equal(await bench.of("a"), "0/0/300/0");
      const finder = async () => (await store.blocks(1)).map(({ minerId }) => minerId);
      assert.deepEqual(await finder(), [UNKNOWN_FINDER]);
      await store.recordBlock({ ...block, minerId: "finder", feesZat: 7n });
      await store.recordBlock({ ...block, minerId: "other" });
      assert.deepEqual(await finder(), ["finder"]);
      await settler.mature(block.hash);
    },
  );

  test(
    "a recognised block waits for its finder where nobody has a share of it",
    async (bench, { settler, bench: { store, clock } }) => {
      const { money } = bench;
      for (const scheme of ["pps", "pplns"] as const) {
        await clock.advance(1);
        await money.epoch(scheme, { feePpm: 0 });
      }
      const split = await bench.promise(2, [pay("a", 300n)]);
      const block = blockOf(1, {
        hash: bytesOf(2, 9),
        coinbaseTxid: split.coinbaseTxid,
        height: 3_590_002,
        foundAtMs: clock.now(),
        state: "submitted",
        valueZat: 1_000n,
        feesZat: 0n,
      });
      await store.recordBlock({ ...block, minerId: UNKNOWN_FINDER, workerName: "" });
      await assert.rejects(
        settler.credit(block.hash),
        (error) => error instanceof StorageError && error.code === "busy",
      );
      await store.recordBlock({ ...block, minerId: "finder" });
      await settler.credit(block.hash);
      assert.equal((await bench.of("finder")).split("/")[0], "1000");
    },
  );
}

function refusalTests(test: Test): void {
  test(
    "a split is refused when the ledger has moved since it was computed",
    async (bench, { settler }) => {
      const busy = (error: unknown) => error instanceof StorageError && error.code === "busy";
      await assert.rejects(bench.promise(2, [pay("a", 301n)]), busy);
      await assert.rejects(bench.promise(2, [pay("nobody", 1n)]), busy);
      await assert.rejects(bench.promise(2, [pay("a", 300n)], { valueZat: 299n }), RangeError);
      const one = await bench.promise(2, [pay("a", 300n)]);
      await settler.credit(await bench.find(2, one.coinbaseTxid));
      await assert.rejects(bench.promise(3, [], { beside: [] }), busy);
      await assert.rejects(bench.promise(3, [pay("a", 1n)]), busy);
    },
  );

  test(
    "a block that pays more of itself than its miners' part is not credited",
    async (bench, { settler }) => {
      const { money } = bench;
      await money.write(money.share("a", 1n), money.share("b", 2n));
      const split = await bench.promise(2, [pay("a", 0n, 301n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      await assert.rejects(
        settler.credit(hash),
        (error) => error instanceof StorageError && error.code === "corrupt",
      );
      assert.equal(await money.state(hash), "accepted");
    },
  );

  test(
    "the audit finds a zatoshi that was changed in a split, and one in a payout",
    async (bench, money) => {
      const { settler } = money;
      const split = await bench.promise(2, [pay("a", 300n)]);
      const hash = await bench.find(2, split.coinbaseTxid);
      await settler.credit(hash);
      await settler.mature(hash);
      const faults = async (sql: string): Promise<string[]> => {
        await money.bench.database.transaction((tx) => tx.execute(sql));
        const { invariants } = await money.audit();
        return invariants.filter(({ holds }) => !holds).map(({ name }) => name);
      };
      assert.deepEqual(
        await faults("UPDATE coinbase_payee SET debt_zat = debt_zat + 1"),
        ["paid-equals-settled-payouts", "coinbases-equal-splits"],
      );
      assert.deepEqual(await faults("UPDATE coinbase_payee SET debt_zat = debt_zat - 1"), []);
      assert.deepEqual(
        await faults("UPDATE coinbase_payout SET amount_zat = amount_zat + 1"),
        ["coinbases-equal-splits"],
      );
      assert.deepEqual(await faults("UPDATE coinbase_payout SET amount_zat = amount_zat - 1"), []);
      const moved = "UPDATE coinbase_split SET through_share = through_share + ";
      assert.deepEqual(await faults(`${moved} 1`), ["coinbases-equal-splits"]);
      assert.deepEqual(await faults(`${moved} -1`), []);
    },
  );
}
