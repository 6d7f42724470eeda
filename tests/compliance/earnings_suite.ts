/**
 * What miners have earned when terms change, blocks come back and hours pass, and what reports say
 * of it, whatever database it lies in. Belongs to {@link ledgerSuite}.
 */
import assert from "node:assert/strict";
import { PICO_PER_BLOCK } from "../../src/ledger/mod.ts";
import { proportionalReport } from "../../src/pool/mod.ts";
import { LedgerReports, type SqlDatabase } from "../../src/storage/mod.ts";
import type { LedgerTest } from "./ledger_suite.ts";
import { MoneyBench } from "./money_suite.ts";

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
      return { work: totalWork, rewardsZat, blocks, blocksFound, ofMiner };
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
      read: (work) =>
        database.read((tx) =>
          work({
            kind: tx.kind,
            query: (sql, parameters) => {
              statements.push(sql);
              return tx.query(sql, parameters);
            },
            execute: (sql, parameters) => tx.execute(sql, parameters),
          })
        ),
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
