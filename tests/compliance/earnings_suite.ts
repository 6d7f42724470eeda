/**
 * What miners have earned when terms change, blocks come back and hours pass, and what reports say
 * of it, whatever database it lies in. Belongs to {@link ledgerSuite}.
 */
import assert from "node:assert/strict";
import { PICO_PER_BLOCK } from "../../src/money/ledger/mod.ts";
import { silentLogger } from "../../src/base/mod.ts";
import { createMetrics } from "../../src/platform/observability/mod.ts";
import { moneyInstruments } from "../../src/service/pool/money_instruments.ts";
import { MoneyWatch } from "../../src/money/treasury/money_watch.ts";
import { proportionalReport } from "../../src/money/treasury/mod.ts";
import { LedgerReports, ShareRetention } from "../../src/money/books/mod.ts";
import { type SqlDatabase, type SqlSession } from "../../src/platform/database/mod.ts";
import type { LedgerTest } from "./ledger_suite.ts";
import { MoneyBench } from "./money_suite.ts";
import { blockOf } from "./store_suite.ts";

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

type Test = (sentence: string, body: (money: MoneyBench) => Promise<void>) => void;

/** Declares the tests of one database. */
export function earningsSuite(declare: LedgerTest): void {
  const test: Test = (sentence, body) =>
    declare(sentence, async (bench) => {
      const money = new MoneyBench(bench);
      await body(money);
      await money.allHolds();
    });
  reportTests(test);
  exactWorkTests(test);
  termsTests(test);
  owedTests(test);
  roundTests(test);
  removalTests(test);
}

function reportTests(test: Test): void {
  test("reports count the blocks of the very hours whose shares they count", async (money) => {
    const { clock, database } = money.bench;
    const reports = new LedgerReports(database);
    const beganMs = clock.now();
    await money.epoch("prop", { feePpm: 0 });
    /** In the middle of an hour one block of so much is found with one share. */
    const hourWithBlock = async (n: number, valueZat: bigint): Promise<void> => {
      await clock.advance(30 * MINUTE_MS);
      await money.settler.credit(await money.find(n, "a", 4n, valueZat));
      await clock.advance(30 * MINUTE_MS);
      await money.closer.closeDue();
    };
    await hourWithBlock(1, 100n);
    await hourWithBlock(2, 200n);
    await clock.advance(10 * MINUTE_MS);
    await money.settler.credit(await money.find(3, "a", 4n, 400n));
    await clock.advance(MINUTE_MS);

    const look = async (fromMs: number, toMs: number) => {
      const period = { fromMs, toMs };
      const { rewardsZat, blocks, totalWork } = await proportionalReport(reports, period);
      const { blocksFound } = await reports.luck(period);
      const ofMiner = (await reports.miner(period, "a"))?.blocksFound;
      return { work: totalWork >> 32n, rewardsZat, blocks, blocksFound, ofMiner };
    };
    const counted = (work: bigint, rewardsZat: bigint, blocks: number) => ({
      ...{ work, rewardsZat, blocks },
      ...{ blocksFound: blocks, ofMiner: blocks },
    });
    // The hour that runs has a block, and its shares are in no report yet.
    assert.deepEqual(await look(0, clock.now()), counted(8n, 300n, 2));
    // A period that begins within the first hour begins with the second one.
    assert.deepEqual(await look(beganMs + 10 * MINUTE_MS, clock.now()), counted(4n, 200n, 1));
    // One that ends within the second hour has all of it, which began in it.
    const within = beganMs + HOUR_MS + 10 * MINUTE_MS;
    assert.deepEqual(await look(beganMs, within), counted(8n, 300n, 2));
    assert.deepEqual(await look(beganMs, beganMs + HOUR_MS), counted(4n, 100n, 1));
    assert.deepEqual(await look(within, clock.now()), counted(0n, 0n, 0));
  });

  test("luck of all time reads a row for each hour and miner, however long they worked", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pps");
    for (let hour = 0; hour < 3; hour++) {
      await money.write(
        money.paidShare("a", 2n ** 233n - 1n),
        money.paidShare("a", 2n ** 233n - 1n),
        money.paidShare("b", 2n ** 233n - 1n),
      );
      await money.settler.credit(await money.find(hour, "b"));
      await clock.advance(HOUR_MS);
      await money.closer.closeDue();
    }
    const statements: string[] = [];
    const watched: SqlDatabase = {
      kind: database.kind,
      close: () => database.close(),
      transaction: (work) => database.transaction(work),
      write: (work) => database.write(work),
      read: (work) => database.read((tx) => work(listening(tx, statements))),
    };
    const reports = new LedgerReports(watched);
    const half = PICO_PER_BLOCK / 2n;
    const all = { fromMs: 0, toMs: clock.now() };
    assert.deepEqual(await reports.luck(all), { expectedPicoBlocks: 9n * half, blocksFound: 3 });
    assert.deepEqual(await reports.expectations("", 1), [
      { minerId: "a", expectedPicoBlocks: 6n * half, blocksFound: 0 },
    ]);
    assert.deepEqual(await reports.expectations("a", 10), [
      { minerId: "b", expectedPicoBlocks: 3n * half, blocksFound: 3 },
    ]);
    assert.deepEqual(await reports.expectations("b", 10), []);
    assert.deepEqual(statements.filter((sql) => /miner_hour/.test(sql)), []);
  });
}

/** What a share is kept with under schemes that pay at blocks. */
const UNPAID = { terms: { networkTarget: 2n ** 232n - 1n, rewardZat: 0n, feePpm: 0 } };
const EASY = 2n ** 243n - 1n;

/** Terms change in one process while another one still runs with the former. */
/** 9.9 solutions, difficulty 0.0012: in whole ones a tenth of it would be lost. */
const EASY_TARGET = 2n ** 256n * 10n / 99n - 1n;

function exactWorkTests(test: Test): void {
  for (const scheme of ["pplns", "prop"] as const) {
    test(`${scheme}: easy shares are worth what their work is worth`, async (money) => {
      await money.epoch(scheme, { feePpm: 0 });
      const easy = () => money.share("easy", 1n, { target: EASY_TARGET });
      await money.write(...Array.from({ length: 1_000 }, easy));
      await money.settler.credit(await money.find(1, "hard", 9_900n, 2_000_000n));
      assert.deepEqual(await money.parts("easy", "hard"), ["1000000/0", "1000000/0"]);
    });
  }

  test("pplns by difficulty: a window of easy shares holds as many as its work takes", async (money) => {
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: 2, pplnsWindowUnit: "difficulty" });
    for (let n = 0; n < 20; n++) {
      await money.write(money.share(`m${n}`, 1n, { target: EASY_TARGET }));
    }
    const terms = { networkTarget: 2n ** 256n / 54n - 1n, rewardZat: 0n, feePpm: 0 };
    const hash = await money.find(1, "finder", 9n, 108_000n, { terms });
    await money.settler.credit(hash);
    // 108 solutions: 9 of the finder and exactly ten times 9.9; an eleventh has no part in it.
    assert.deepEqual(await money.parts("finder", "m19", "m10", "m9"), [
      "9000/0",
      "9900/0",
      "9900/0",
      "0/0",
    ]);
  });

  test("hours that were closed in whole solutions stay as they are and are audited so", async (money) => {
    const { clock, database } = money.bench;
    const closeHour = async () => {
      await money.write(money.share("a", 1n, { target: EASY_TARGET }), money.share("b", 9n));
      await clock.advance(HOUR_MS);
      assert(await money.closer.closeDue() !== undefined);
    };
    await money.epoch("prop", { feePpm: 0 });
    await closeHour();
    await database.transaction(async (tx) => {
      await tx.execute("UPDATE share_hour SET work_bits = 0");
      await tx.execute("UPDATE miner_hour SET work = '9'");
    });
    await closeHour();
    await money.allHolds();
    const work = await new LedgerReports(database).work({ fromMs: 0, toMs: clock.now() });
    // 9 and 9.9 solutions in units of 2^-32, rounded down.
    assert.deepEqual([...work].sort(), [["a", 81_174_881_894n], ["b", 18n << 32n]]);
    await database.transaction((tx) => tx.execute("UPDATE miner_hour SET work = '9'"));
    const { invariants } = await money.audit();
    const broken = invariants.filter(({ holds }) => !holds).map(({ name }) => name);
    assert.deepEqual(broken, ["hours-equal-share-rows"]);
    await database.transaction((tx) => tx.execute("UPDATE share_hour SET work_bits = 0"));
  });
}

function termsTests(test: Test): void {
  for (const scheme of ["pplns", "prop"] as const) {
    test(`${scheme}: a share that was paid as it came is no part of a block`, async (money) => {
      const { clock } = money.bench;
      await money.epoch("pps");
      await clock.advance(1_000);
      await money.epoch(scheme, { feePpm: 0, pplnsWindow: 2 });
      await money.write(money.share("a", 1n, UNPAID), money.paidShare("late", EASY));
      await money.settler.credit(await money.find(1, "b", 1n, 1_000n, UNPAID));
      assert.deepEqual(await money.parts("a", "b", "late"), ["500/0", "500/0", "0/0"]);
      await clock.advance(HOUR_MS);
      await money.closer.closeDue();
      assert.deepEqual(await money.parts("a", "b", "late"), ["500/0", "500/0", "0/20141"]);
    });
  }

  test("a block whose share was paid as it came is the pool's", async (money) => {
    const { clock, ledger } = money.bench;
    await money.epoch("pplns", { feePpm: 0 });
    await clock.advance(1_000);
    await money.epoch("pps");
    await clock.advance(1_000);
    await money.epoch("pplns", { feePpm: 0 });
    await money.write(money.share("a", 1n, UNPAID));
    const { terms, target, creditPicoZat } = money.paidShare("b", EASY);
    assert(terms !== undefined);
    const paid = { terms, target, creditPicoZat };
    await money.settler.credit(await money.find(1, "b", 1n, 1_000n, paid));
    assert.deepEqual(await money.parts("a", "b"), ["0/0", "0/0"]);
    assert.equal((await ledger.summary()).poolVariance, 1_000n);
  });

  test("a block whose share was not paid is divided, also when pps was begun meanwhile", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pplns", { feePpm: 0 });
    await money.write(money.share("a", 1n, UNPAID));
    await clock.advance(1_000);
    await money.epoch("pps");
    await money.write(money.paidShare("c", EASY), money.share("a", 2n, UNPAID));
    await money.settler.credit(await money.find(1, "b", 1n, 1_000n, UNPAID));
    assert.deepEqual(await money.parts("a", "b", "c"), ["750/0", "250/0", "0/0"]);
  });

  for (const [scheme, next] of [["prop", "pplns"], ["pplns", "prop"]] as const) {
    test(`${scheme}: a block without a share takes none that came under ${next}`, async (money) => {
      const { clock, store } = money.bench;
      await money.epoch(scheme, { feePpm: 0 });
      await money.write(money.share("a", 1n, UNPAID));
      // Its process was killed before the share was written; the next one runs with other terms.
      const { hash, ...left } = blockOf(1, {
        minerId: "a",
        foundAtMs: clock.now(),
        state: "accepted",
      });
      await store.recordBlock({ ...left, hash, valueZat: 1_000n, feesZat: 0n });
      await clock.advance(MINUTE_MS);
      await money.epoch(next, { feePpm: 0 });
      await money.write(money.share("b", 1n, UNPAID));
      await money.settler.credit(hash);
      assert.deepEqual(await money.parts("a", "b"), ["1000/0", "0/0"]);
      await money.settler.credit(await money.find(2, "c", 1n, 1_000n, UNPAID));
      assert.deepEqual(await money.parts("a", "b", "c"), ["1000/0", "500/0", "500/0"]);
    });
  }

  test("a clock that is set back within the hour does not divide by former terms", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    await clock.advance(30 * MINUTE_MS);
    await money.epoch("pplns", { feePpm: 0 });
    clock.jump(-20 * MINUTE_MS);
    await money.write(money.share("a", 1n, UNPAID));
    await money.settler.credit(await money.find(1, "b", 1n, 1_000n, UNPAID));
    assert.deepEqual(await money.parts("a", "b"), ["500/0", "500/0"]);
  });
}

function owedTests(test: Test): void {
  test("what miners have is known by miner, immature money with it; the pool's own is not", async (money) => {
    await money.epoch("prop", { feePpm: 0 });
    await money.write(money.share("a", 3n));
    await money.settler.credit(await money.find(1, "a", 1n, 400n));
    await money.epoch("pps");
    await money.write(money.paidShare("a", EASY), money.paidShare("b", EASY), money.share("c", 1n));
    await money.bench.clock.advance(HOUR_MS);
    await money.closer.closeDue();
    const holdings = await new LedgerReports(money.bench.database).holdings();
    assert.deepEqual([...holdings].sort(), [["a", 20_541n], ["b", 20_141n]]);
  });

  test("an hour that is closed while what is owed is looked at is counted once", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pps");
    await money.write(money.paidShare("a", EASY), money.paidShare("b", EASY));
    await clock.advance(HOUR_MS);
    let isClosed = false;
    const runningHour = {
      totalPicoZat: 0n,
      closedThrough: 0n,
      async refresh() {
        await money.running.refresh();
        this.totalPicoZat = money.running.totalPicoZat;
        this.closedThrough = money.running.closedThrough;
        if (!isClosed) await money.closer.closeDue();
        isClosed = true;
      },
    };
    const watch = new MoneyWatch({
      books: { reports: new LedgerReports(database), runningHour },
      clock,
      logger: silentLogger,
      metrics: moneyInstruments(createMetrics().registry),
    });
    const { openZat, availableZat, liabilityZat } = await watch.read();
    assert.deepEqual([openZat, availableZat, liabilityZat], [0n, 40_282n, 40_282n]);
    await watch.close();
  });
}

function roundTests(test: Test): void {
  test("prop: a block that returns has its round again, and the next one does not", async (money) => {
    await money.epoch("prop", { feePpm: 0 });
    await money.write(money.share("a", 3n));
    const first = await money.find(1, "a", 1n, 400n);
    await money.settler.credit(first);
    await money.settler.orphan(first, "gone");
    await money.settler.giveBack(first);
    await money.write(money.share("b", 3n));
    const second = await money.find(2, "b", 1n, 400n);
    await money.settler.credit(second);
    assert.deepEqual(await money.parts("a", "b"), ["400/0", "400/0"]);
    // What the next block took meanwhile it keeps: parts are computed once.
    await money.settler.orphan(second, "gone");
    await money.settler.credit(await money.find(3, "c", 4n, 800n));
    await money.settler.giveBack(second);
    assert.deepEqual(await money.parts("a", "b", "c"), ["400/0", "800/0", "400/0"]);
    await money.settler.credit(await money.find(4, "d", 1n, 10n));
    assert.deepEqual(await money.parts("a", "b", "c", "d"), ["400/0", "800/0", "400/0", "10/0"]);
  });

  for (const [scheme, parts] of [["pplns", "800/0"], ["prop", "800/0"]] as const) {
    test(`${scheme}: shares of a block that is not divided stay when terms change`, async (money) => {
      const { clock, database } = money.bench;
      await money.epoch(scheme, { feePpm: 0, pplnsWindow: 5 });
      for (let share = 0; share < 4; share++) await money.write(money.share("a", 1n));
      // In another hour, and on another day: what is removed goes as a whole.
      await clock.advance(25 * HOUR_MS);
      await money.closer.closeDue();
      const hash = await money.find(1, "b", 1n, 1_000n);
      await clock.advance(HOUR_MS);
      await money.closer.closeDue();
      await money.epoch("pps", { pplnsWindow: 1 });
      for (let share = 0; share < 2; share++) await money.write(money.paidShare("c", EASY));
      await clock.advance(HOUR_MS);
      await money.closer.closeDue();
      await clock.advance(8 * 24 * HOUR_MS);
      const retention = new ShareRetention({ days: 7 }, { database, clock });
      while ((await retention.removePiece()).more);
      await money.settler.credit(hash);
      assert.deepEqual(await money.parts("a", "b"), [parts, "200/0"]);
    });
  }

  test("pplns: a window is kept by its shares, whatever numbers they have", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: 3 });
    // A write that was undone uses up numbers in PostgreSQL.
    await money.write(money.share("a", 1n));
    await skipShareIds(database, 100);
    await money.write(money.share("a", 2n));
    await clock.advance(25 * HOUR_MS);
    await money.closer.closeDue();
    await skipShareIds(database, 100);
    const hash = await money.find(1, "b", 1n, 1_000n);
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    for (let share = 0; share < 4; share++) await money.write(money.share("c", 1n));
    await clock.advance(8 * 24 * HOUR_MS);
    const retention = new ShareRetention({ days: 7 }, { database, clock });
    while ((await retention.removePiece()).more);
    await money.settler.credit(hash);
    assert.deepEqual(await money.parts("a", "b"), ["750/0", "250/0"]);
  });
}

function removalTests(test: Test): void {
  test("what old shares are needed for is looked for once, in steps, holding up nobody", async (money) => {
    const { clock, database, store } = money.bench;
    const WINDOW = 25_000;
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: WINDOW });
    const share = money.share("a", 1n);
    const write = async (count: number) => {
      for (let left = count; left > 0; left -= 2_000) {
        await store.recordShares(Array.from({ length: Math.min(left, 2_000) }, () => {
          const { proofId } = money.share("a", 1n);
          return { ...share, proofId };
        }));
      }
    };
    await write(4_500);
    await clock.advance(25 * HOUR_MS);
    await money.closer.closeDue();
    await clock.advance(8 * 24 * HOUR_MS);
    const reads: string[] = [];
    const writes: string[] = [];
    const retention = new ShareRetention({ days: 7 }, {
      database: {
        ...{ kind: database.kind, close: () => database.close() },
        read: (work) => database.read((tx) => work(listening(tx, reads))),
        transaction: (work) => database.transaction((tx) => work(listening(tx, writes))),
        write: (work) => database.write(work),
      },
      clock,
    });
    const rows = () =>
      database.read(async (tx) =>
        Number((await tx.query("SELECT count(*) AS n FROM share"))[0]?.n)
      );
    // One share too few: the oldest one is still the last of the window.
    await write(WINDOW - 1);
    assert.equal((await retention.removePiece()).more, false);
    assert.equal(await rows(), WINDOW + 4_499);
    await write(1);
    reads.length = 0;
    while ((await retention.removePiece()).more);
    assert.equal(await rows(), WINDOW);
    const steps = (list: string[]) => list.filter((sql) => /OFFSET/.test(sql)).length;
    assert.deepEqual([steps(reads), steps(writes)], [2, 0]);
  });
}

function listening(tx: SqlSession, statements: string[]): SqlSession {
  return {
    kind: tx.kind,
    query: (sql, parameters) => {
      statements.push(sql);
      return tx.query(sql, parameters);
    },
    execute: (sql, parameters) => tx.execute(sql, parameters),
  };
}

/** So many numbers of shares are given to nobody. */
async function skipShareIds(database: SqlDatabase, count: number): Promise<void> {
  await database.transaction(async (tx) => {
    if (tx.kind === "sqlite") {
      await tx.execute("UPDATE sqlite_sequence SET seq = seq + $1 WHERE name = 'share'", [count]);
    } else {
      await tx.query(
        "SELECT nextval(pg_get_serial_sequence('share', 'id')) FROM generate_series(1, $1::int)",
        [count],
      );
    }
  });
}
