/** A ledger in memory: shares go as soon as their hour is booked, and none that is still needed. */
import assert from "node:assert/strict";
import { ShareRetention } from "../../../../src/money/books/mod.ts";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { treasuryOptions } from "../../../../src/service/pool/options.ts";
import { ledgerSuite } from "../../../compliance/ledger_suite.ts";
import { MoneyBench } from "../../../compliance/money_suite.ts";

const HOUR_MS = 3_600_000;
const TARGET = 2n ** 243n - 1n;

const test = ledgerSuite("ledger in memory", () => ({
  open: (clock) => openRecords({ kind: "sqlite", path: ":memory:" }, { clock }),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}));

class MemoryBench extends MoneyBench {
  readonly #retention = new ShareRetention(
    { days: treasuryOptions(IN_MEMORY).shareRetentionDays },
    this.bench,
  );

  async closeHour(): Promise<void> {
    await this.bench.clock.advance(HOUR_MS);
    await this.closer.closeDue();
    await this.removeAll();
  }

  async removeAll(): Promise<void> {
    while ((await this.#retention.removePiece()).more);
  }

  async rows(): Promise<number> {
    const [row] = await this.bench.database.read((tx) =>
      tx.query("SELECT count(*) AS count FROM share")
    );
    return Number(row?.count);
  }
}

const IN_MEMORY = parseConfig(
  '[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n' +
    '[database]\npath = ":memory:"\nshare_retention_days = 30\n',
);

test("shares of an hour that is not booked stay, and go when it is", async (bench) => {
  const money = new MemoryBench(bench);
  await money.epoch("pps", { pplnsWindow: 1 });
  const hour = () => Array.from({ length: 20 }, () => money.paidShare("a", TARGET));
  await money.write(...hour());
  await money.removeAll();
  assert.equal(await money.rows(), 20);
  for (let passed = 0; passed < 5; passed++) {
    await money.closeHour();
    // The last share is the whole window, and its hour stays with it.
    assert.equal(await money.rows(), 20, `after ${passed} hours`);
    await money.write(...hour());
    assert.equal(await money.rows(), 40);
  }
  await money.closeHour();
  // 120 shares of 20,141.60220703125 zatoshis.
  assert.equal((await bench.ledger.miner("a")).available, 2_416_992n);
  await money.allHolds();
});

test("the window of pplns is never cut", async (bench) => {
  const money = new MemoryBench(bench);
  await money.epoch("pplns", { feePpm: 0, pplnsWindow: 4 });
  await money.write(money.share("gone", 1n));
  await money.closeHour();
  await money.write(money.share("a", 1n), money.share("b", 1n), money.share("c", 1n));
  for (let passed = 0; passed < 3; passed++) await money.closeHour();
  assert.equal(await money.rows(), 4);
  await money.settler.credit(await money.find(1, "d", 1n, 400n));
  assert.deepEqual(await money.parts("a", "b", "c", "d", "gone"), [
    ...["100/0", "100/0", "100/0", "100/0", "0/0"],
  ]);
  await money.closeHour();
  await money.allHolds();
});

test("an open round of prop is never cut", async (bench) => {
  const money = new MemoryBench(bench);
  await money.epoch("prop", { feePpm: 0, pplnsWindow: 1 });
  await money.write(money.share("a", 1n), money.share("b", 1n));
  for (let passed = 0; passed < 3; passed++) await money.closeHour();
  await money.settler.credit(await money.find(1, "a", 2n, 400n));
  assert.deepEqual(await money.parts("a", "b"), ["300/0", "100/0"]);
  await money.closeHour();
  await money.write(money.share("b", 1n));
  await money.closeHour();
  assert.equal(await money.rows(), 1, "a round that is divided goes");
  await money.allHolds();
});
