/**
 * Windows of `pplns` by difficulty, whatever database the shares lie in. Belongs to
 * {@link ledgerSuite}.
 */
import assert from "node:assert/strict";
import { ShareRetention } from "../../src/money/books/mod.ts";
import type { LedgerTest } from "./ledger_suite.ts";
import { MoneyBench } from "./money_suite.ts";

const HOUR_MS = 3_600_000;
const BLOCKS = { feePpm: 0, pplnsWindow: 2, pplnsWindowUnit: "difficulty" } as const;

type Test = (sentence: string, body: (money: MoneyBench) => Promise<void>) => void;

/** What a share is kept with when the network expects so many solutions for a block. */
function terms(networkWork: bigint) {
  return { terms: { networkTarget: 2n ** 256n / networkWork - 1n, rewardZat: 0n, feePpm: 0 } };
}

/** Declares the tests of one database. */
export function windowSuite(declare: LedgerTest): void {
  const test: Test = (sentence, body) =>
    declare(sentence, async (bench) => {
      const money = new MoneyBench(bench);
      await body(money);
      await money.allHolds();
    });
  divisionTests(test);
  retentionTests(test);
}

function divisionTests(test: Test): void {
  test("pplns by difficulty: the oldest share counts for the part that fits", async (money) => {
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("out", 50n), money.share("cut", 8n), money.share("b", 5n));
    const hash = await money.find(1, "a", 4n, 1_200n, terms(6n));
    await money.write(money.share("late", 1_000n));
    await money.settler.credit(hash);
    // Two blocks of 6 solutions: 4 of a, 5 of b, and 3 of the 8 before these.
    const parts = await money.parts("a", "b", "cut", "out", "late");
    assert.deepEqual(parts, ["400/0", "500/0", "300/0", "0/0", "0/0"]);
  });

  test("pplns by difficulty: each block has the network's target of its own share", async (money) => {
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("a", 10n));
    const first = await money.find(1, "b", 2n, 400n, terms(1n));
    const second = await money.find(2, "c", 4n, 800n, terms(4n));
    await money.settler.credit(second);
    await money.settler.credit(first);
    // The first: 2 of b. The second: 4 of c, 2 of b, 2 of a.
    assert.deepEqual(await money.parts("a", "b", "c"), ["200/0", "600/0", "400/0"]);
  });

  test("pplns by difficulty: less work than the window is divided whole", async (money) => {
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("a", 3n));
    await money.settler.credit(await money.find(1, "b", 1n, 400n, terms(1_000n)));
    assert.deepEqual(await money.parts("a", "b"), ["300/0", "100/0"]);
  });

  test("pplns by difficulty: a block without its share has the target before it", async (money) => {
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("old", 100n), money.share("a", 8n, terms(5n)));
    await money.write(money.share("b", 2n));
    const { clock, store } = money.bench;
    const hash = await money.find(1, "c", 4n, 1_000n, { proofId: new Uint8Array(32) });
    await money.bench.database.transaction((tx) => tx.execute("DELETE FROM block_share"));
    await clock.advance(HOUR_MS);
    await money.settler.credit(hash);
    assert.equal((await store.blocks(1))[0]?.state, "immature");
    // Ten solutions: what was found for the block, 4 of b and a's newest.
    assert.deepEqual(await money.parts("a", "b", "c", "old"), ["400/0", "200/0", "400/0", "0/0"]);
  });

  test("pplns by difficulty: what another scheme paid is in no window", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    await money.write(money.paidShare("paid", 2n ** 243n - 1n));
    await clock.advance(1_000);
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("a", 1n), money.paidShare("late", 2n ** 243n - 1n));
    await money.settler.credit(await money.find(1, "b", 1n, 1_000n, terms(50_000n)));
    assert.deepEqual(await money.parts("a", "b", "paid", "late"), ["500/0", "500/0", "0/0", "0/0"]);
  });

  test("pplns by difficulty: a window of many pieces is exact, wherever it ends", async (money) => {
    await money.epoch("pplns", BLOCKS);
    const { database } = money.bench;
    const works: bigint[] = [];
    for (let n = 0; n < 9; n++) {
      const shares = Array.from({ length: 1_000 }, (_, at) => {
        works.unshift(BigInt(1 + (n * 7 + at) % 5));
        return money.share(`m${n}`, works[0] ?? 1n);
      });
      await money.write(...shares);
    }
    const range = { from: 0n, through: await money.reader.watermark() };
    for (const windowWork of [1n, 2n, 11_999n, 12_000n, 20_001n, 26_999n, 1_000_000n]) {
      const { work } = await database.read((tx) =>
        money.reader.workWindow(tx, range, windowWork << 32n)
      );
      assert.deepEqual(
        new Map([...work].map(([id, sum]) => [id, sum.work >> 32n])),
        plainWindow(works, windowWork),
      );
    }
  });

  test("pplns by difficulty: a window ends at a number of shares in any case", async (money) => {
    await money.epoch("pplns", BLOCKS);
    await money.write(...[1n, 2n, 4n, 8n].map((work) => money.share("a", work)));
    const range = { from: 0n, through: await money.reader.watermark() };
    const { work } = await money.bench.database.read((tx) =>
      money.reader.workWindow(tx, range, 1_000n << 32n, 3)
    );
    assert.equal(work.get("a")?.work, 14n << 32n);
  });
}

/** The same window share by share: newest first, a thousand of each miner. */
function plainWindow(works: readonly bigint[], windowWork: bigint): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  let left = windowWork;
  works.forEach((work, at) => {
    const part = work < left ? work : left;
    const minerId = `m${8 - Math.floor(at / 1_000)}`;
    if (part > 0n) sums.set(minerId, (sums.get(minerId) ?? 0n) + part);
    left -= part;
  });
  return sums;
}

function retentionTests(test: Test): void {
  test("pplns by difficulty: shares go when four windows of work came after them", async (money) => {
    const { clock, database, store } = money.bench;
    await money.epoch("pplns", BLOCKS);
    const write = async (count: number) => {
      for (let left = count; left > 0; left -= 2_000) {
        const some = Array.from({ length: Math.min(left, 2_000) }, () => money.share("a", 1n));
        await store.recordShares(some);
      }
    };
    await money.write(money.share("a", 1n, terms(1_000n)), money.share("a", 1n, terms(10n)));
    await write(4_498);
    await clock.advance(25 * HOUR_MS);
    await money.closer.closeDue();
    await clock.advance(8 * 24 * HOUR_MS);
    const retention = new ShareRetention({ days: 7 }, { database, clock });
    const rows = () =>
      database.read(async (tx) =>
        Number((await tx.query("SELECT count(*) AS n FROM share"))[0]?.n)
      );
    // Two blocks of 1,000 solutions, four times: 8,000 shares. One too few.
    await write(7_999);
    while ((await retention.removePiece()).more);
    assert.equal(await rows(), 12_499);
    await write(1);
    while ((await retention.removePiece()).more);
    assert.equal(await rows(), 8_000);
    await money.settler.credit(await money.find(1, "b", 1_000n, 1_000n, terms(1_000n)));
    assert.deepEqual(await money.parts("a", "b"), ["500/0", "500/0"]);
  });

  test("pplns by difficulty: shares of a block that is not divided stay when terms change", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pplns", BLOCKS);
    await money.write(money.share("a", 3n), money.share("a", 1n));
    await clock.advance(25 * HOUR_MS);
    await money.closer.closeDue();
    const hash = await money.find(1, "b", 1n, 1_000n, terms(2n));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await money.epoch("pps", { pplnsWindow: 1 });
    for (let n = 0; n < 2; n++) await money.write(money.paidShare("c", 2n ** 243n - 1n));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await clock.advance(8 * 24 * HOUR_MS);
    const retention = new ShareRetention({ days: 7 }, { database, clock });
    while ((await retention.removePiece()).more);
    await money.settler.credit(hash);
    assert.deepEqual(await money.parts("a", "b"), ["750/0", "250/0"]);
  });
}
