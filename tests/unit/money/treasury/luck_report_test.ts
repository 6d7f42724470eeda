import assert from "node:assert/strict";
import type { LogFields } from "../../../../src/base/mod.ts";
import { PICO_PER_BLOCK, ppsCredit } from "../../../../src/money/ledger/mod.ts";
import { createMetrics } from "../../../../src/platform/observability/mod.ts";
import { luckOf, proportionalReport } from "../../../../src/money/treasury/mod.ts";
import { moneyInstruments } from "../../../../src/service/pool/money_instruments.ts";
import { MoneyWatch } from "../../../../src/money/treasury/money_watch.ts";
import type { LedgerReports, MinerExpectation } from "../../../../src/money/books/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("so few blocks are suspicious below 1 in 10,000, and exactly there", () => {
  // The chance of none at all is e^-expected: e^-9.2 is above 1/10,000, e^-9.3 below.
  const none = (expected: number) =>
    luckOf({
      expectedPicoBlocks: BigInt(Math.round(expected * 10)) * PICO_PER_BLOCK / 10n,
      blocksFound: 0,
    });
  assert.equal(none(9.2).suspicious, false);
  assert.equal(none(9.3).suspicious, true);
  assert.equal(luckOf({ expectedPicoBlocks: 0n, blocksFound: 0 }).ratio, undefined);
  assert.equal(luckOf({ expectedPicoBlocks: 40n * PICO_PER_BLOCK, blocksFound: 20 }).ratio, 0.5);
});

Deno.test("with the expected number of blocks credits and the proportional formula agree to a zatoshi", async () => {
  const subsidyZat = 41_666_668n;
  const networkTarget = 2n ** 230n - 1n;
  const shareTarget = 2n ** 240n - 1n;
  const feePpm = 12_345;
  // A share is a block once in 1,024 times; 3,072 shares of all miners stand for three blocks.
  const shares = new Map([["alice", 1_000n], ["bob", 2_000n], ["carol", 72n]]);
  const workOfShare = 2n ** 256n / (shareTarget + 1n);
  const report = await proportionalReport({
    work: () =>
      Promise.resolve(new Map([...shares].map(([id, count]) => [id, count * workOfShare]))),
    // Two fees within the period would be two rows.
    rewards: () => Promise.resolve([{ feePpm, rewardsZat: 3n * subsidyZat, blocks: 3 }]),
  }, { fromMs: 0, toMs: 1 });
  const credit = ppsCredit({ shareTarget, networkTarget, subsidyZat, feePpm });
  for (const [minerId, count] of shares) {
    const difference = report.equivalentOf(minerId) - count * credit;
    assert(difference < 10n ** 12n && difference > -(10n ** 12n), minerId);
  }
  assert.equal(report.equivalentOf("nobody"), 0n);
  assert.equal(report.blocks, 3);
});

Deno.test("a miner who holds blocks back is named once a day, and counted", async () => {
  const clock = new FakeClock();
  const named: LogFields[] = [];
  const miner = (minerId: string, expected: bigint, blocksFound: number): MinerExpectation => ({
    minerId,
    expectedPicoBlocks: expected * PICO_PER_BLOCK,
    blocksFound,
  });
  const miners = [miner("honest", 10n, 9), miner("thief", 30n, 5)];
  let blocksFound = 14;
  // Only these questions are asked.
  const reports = {
    luck: () => Promise.resolve({ expectedPicoBlocks: 40n * PICO_PER_BLOCK, blocksFound }),
    position: () => Promise.resolve({ sums: new Map(), closedThrough: 0n }),
    blockCounts: () => Promise.resolve(new Map()),
    expectations: (after: string) => Promise.resolve(after === "" ? miners : []),
  } as unknown as LedgerReports;
  const openHour = {
    refresh: () => Promise.resolve(),
    totalPicoZat: 0n,
    closedThrough: 0n,
  };
  const { registry } = createMetrics();
  const watch = new MoneyWatch({
    books: { reports, runningHour: openHour },
    clock,
    logger: {
      log: (_level, event, _message, fields = {}) => {
        if (event === "block_withholding_suspected") named.push(fields);
      },
    },
    metrics: moneyInstruments(registry),
  });
  await watch.lookForWithholding();
  await watch.lookForWithholding();
  assert.deepEqual(watch.suspects, ["thief"]);
  assert.deepEqual(named.map(({ miner }) => miner), ["thief"]);
  await clock.advance(24 * 3_600_000);
  await watch.lookForWithholding();
  assert.equal(named.length, 2);
  assert.match(await registry.text(), /^pool_miners_suspected 1$/m);
  assert.match(await registry.text(), /^pool_luck_ratio 0\.35$/m);

  // A block that is booked is counted with the next poll, within a minute of the last one.
  blocksFound = 20;
  watch.blockSettled();
  await watch.run();
  assert.match(await registry.text(), /^pool_luck_ratio 0\.35$/m);
  await clock.advance(60_000);
  assert.match(await registry.text(), /^pool_luck_ratio 0\.5$/m);
  await watch.close();
});
