/**
 * What every implementation of {@link TestStore} does. Each implementation's own test file calls
 * {@link storeSuite} with a way to open an empty store, and to open the same records again.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Clock } from "../../src/base/mod.ts";
import { type BlockRecord, type ShareRecord } from "../../src/money/records/mod.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type TestStore } from "../support/test_store.ts";
import { BATCH_LENGTH_MAX } from "../../src/money/records/checks.ts";

/** A place for one test's records. */
export interface StorePlace extends AsyncDisposable {
  open(): Promise<TestStore>;
  /** True when what was written is there after closing and opening again. */
  readonly lasting: boolean;
}

/** Share number `n`, different from all others; everything else as given. */
export function shareOf(n: number, changes: Partial<ShareRecord> = {}): ShareRecord {
  const proofId = new Uint8Array(32).fill(7);
  new DataView(proofId.buffer).setUint32(4, n);
  return {
    proofId,
    minerId: "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY",
    workerName: "rig-1",
    target: 2n ** 243n - 1n,
    difficulty: 1,
    jobId: 2 ** 31 - 1,
    height: 3_590_001,
    timestampMs: 1_795_400_000_000 + n,
    isBlock: false,
    creditPicoZat: 20_141_602_207_031_250n,
    ...changes,
  };
}

/** Block number `n`. */
export function blockOf(n: number, changes: Partial<BlockRecord> = {}): BlockRecord {
  return {
    hash: new Uint8Array(32).fill(n),
    height: 3_590_000 + n,
    previousBlockHash: new Uint8Array(32).fill(n - 1),
    minerId: "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY",
    workerName: "rig-1",
    foundAtMs: 1_795_400_000_000 + n,
    state: "submitted",
    valueZat: 41_667_069n,
    feesZat: 401n,
    ...changes,
  };
}

/** Declares the tests of one implementation; ignored where the program that it needs is missing. */
export function storeSuite(
  name: string,
  makePlace: (clock: Clock) => StorePlace,
  { ignore = false } = {},
): void {
  const test = (
    sentence: string,
    body: (store: TestStore, clock: FakeClock, reopen: () => Promise<TestStore>) => Promise<void>,
  ): void =>
    Deno.test({ name: `${name}: ${sentence}`, ignore }, async () => {
      const clock = new FakeClock(1_795_400_000_000);
      await using place = makePlace(clock);
      let store = await place.open();
      await body(store, clock, async () => {
        if (!place.lasting) return store;
        await store.close();
        return store = await place.open();
      });
      await store.close();
    });

  shareTests(test);
  blockTests(test);
  otherTests(test);
}

type Test = (
  sentence: string,
  body: (store: TestStore, clock: FakeClock, reopen: () => Promise<TestStore>) => Promise<void>,
) => void;

function shareTests(test: Test): void {
  test("an empty store holds nothing", async (store) => {
    assert.deepEqual(await store.totals(), { shares: 0, blocks: 0, creditPicoZat: 0n });
    assert.equal(await store.minerTotals("nobody"), undefined);
    assert.deepEqual(await store.blocks(10), []);
    assert.equal(await store.loadWorker("nobody", ""), undefined);
  });

  test("shares are counted with the exact sum of their credits", async (store, _, reopen) => {
    const batch = Array.from({ length: 16 }, (_, n) => shareOf(n));
    assert.deepEqual(await store.recordShares(batch), { duplicates: 0 });
    // Sixteen shares of 20,141.60220703125 zatoshis (payouts reference, section 5.3).
    const expected = { shares: 16, blocks: 0, creditPicoZat: 322_265_635_312_500_000n };
    assert.deepEqual(await store.totals(), expected);
    assert.deepEqual(await (await reopen()).totals(), expected);
  });

  test("a share that is known is left out and counted, in one batch and across batches", async (store) => {
    assert.deepEqual(await store.recordShares([shareOf(1), shareOf(2), shareOf(1)]), {
      duplicates: 1,
    });
    assert.deepEqual(await store.recordShares([shareOf(2), shareOf(3)]), { duplicates: 1 });
    assert.equal((await store.totals()).shares, 3);
  });

  test("a batch that is repeated as a whole changes nothing", async (store, _, reopen) => {
    const batch = [shareOf(1), shareOf(2)];
    await store.recordShares(batch);
    const before = await store.totals();
    assert.deepEqual(await (await reopen()).recordShares(batch), { duplicates: 2 });
    assert.deepEqual(await (await reopen()).totals(), before);
  });

  test("a batch with one wrong row is refused and nothing of it is written", async (store) => {
    const wrong: Partial<ShareRecord>[] = [
      { jobId: 2 ** 31 },
      { jobId: -1 },
      { jobId: 1.5 },
      { height: -1 },
      { minerId: "" },
      { minerId: "a".repeat(256) },
      { minerId: "t1\u0000" },
      { workerName: "<b>\u202e" },
      { workerName: "line\nfeed" },
      { workerName: "w".repeat(256) },
      { target: 0n },
      { target: 2n ** 256n },
      { difficulty: 0 },
      { difficulty: NaN },
      { difficulty: Infinity },
      { timestampMs: NaN },
      { proofId: new Uint8Array(31) },
      { creditPicoZat: -1n },
      { creditPicoZat: 21_000_000n * 10n ** 20n + 1n },
      { terms: { networkTarget: 0n, rewardZat: 1n, feePpm: 0 } },
      { terms: { networkTarget: 1n, rewardZat: -1n, feePpm: 0 } },
      { terms: { networkTarget: 1n, rewardZat: 1n, feePpm: 1_000_001 } },
    ];
    for (const changes of wrong) {
      const row = JSON.stringify(changes, (_, value) => String(value));
      await assert.rejects(store.recordShares([shareOf(1), shareOf(2, changes)]), RangeError, row);
    }
    const tooMany = Array.from({ length: BATCH_LENGTH_MAX + 1 }, (_, n) => shareOf(n));
    await assert.rejects(store.recordShares(tooMany), RangeError);
    assert.equal((await store.totals()).shares, 0);
  });

  test("values at the edges of their ranges are kept exactly", async (store, _, reopen) => {
    const most = 21_000_000n * 10n ** 20n;
    await store.recordShares([
      shareOf(1, { creditPicoZat: most, target: 2n ** 256n - 1n, difficulty: 1e-9, jobId: 0 }),
      shareOf(2, { creditPicoZat: 1n, target: 1n, height: 2 ** 32 - 1, workerName: "" }),
      shareOf(3, { creditPicoZat: 999_999_999_999n, minerId: "~".repeat(255) }),
    ]);
    const reopened = await reopen();
    assert.equal((await reopened.totals()).creditPicoZat, most + 1_000_000_000_000n);
    assert.deepEqual(await reopened.minerTotals("~".repeat(255)), {
      shares: 1,
      creditPicoZat: 999_999_999_999n,
      lastShareMs: 1_795_400_000_003,
    });
  });

  test("a miner's sums join its workers and leave out other miners", async (store) => {
    await store.recordShares([
      shareOf(1, { workerName: "a" }),
      shareOf(9, { workerName: "b" }),
      shareOf(3, { minerId: "other" }),
    ]);
    const totals = await store.minerTotals(shareOf(0).minerId);
    assert.equal(totals?.shares, 2);
    assert.equal(totals.lastShareMs, shareOf(9).timestampMs);
    assert.equal(totals.creditPicoZat, 2n * shareOf(0).creditPicoZat);
  });

  test("identities below a height are forgotten in pieces, the shares stay", async (store) => {
    const low = (from: number): ShareRecord[] =>
      Array.from({ length: BATCH_LENGTH_MAX }, (_, n) => shareOf(from + n, { height: 5 }));
    await store.recordShares(low(0));
    await store.recordShares(low(BATCH_LENGTH_MAX).slice(0, 10));
    await store.recordShares([shareOf(1, { height: 6 })]);
    assert.equal(await store.forgetProofs(6), BATCH_LENGTH_MAX);
    assert.equal(await store.forgetProofs(6), 10);
    assert.equal(await store.forgetProofs(6), 0);
    assert.equal((await store.totals()).shares, BATCH_LENGTH_MAX + 11);
    assert.deepEqual(await store.recordShares([shareOf(1, { height: 6 })]), { duplicates: 1 });
  });

  test("any batches of any shares give the sums of a plain model", async (store) => {
    let first = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(
            fc.record({
              n: fc.integer({ min: 0, max: 40 }),
              credit: fc.bigInt({ min: 0n, max: 10n ** 21n }),
              miner: fc.constantFrom("a", "b", "c"),
            }),
            { maxLength: 12 },
          ),
          { maxLength: 6 },
        ),
        async (batches) => {
          first += 1_000;
          const before = await store.totals();
          const model = new Map<number, bigint>();
          for (const batch of batches) {
            const known = batch.length - new Set(batch.map(({ n }) => n)).size +
              new Set(batch.map(({ n }) => n).filter((n) => model.has(n))).size;
            for (const { n, credit } of batch) if (!model.has(n)) model.set(n, credit);
            const rows = batch.map(({ n, credit, miner }) =>
              shareOf(first + n, { creditPicoZat: credit, minerId: miner })
            );
            assert.deepEqual(await store.recordShares(rows), { duplicates: known });
          }
          const after = await store.totals();
          assert.equal(after.shares - before.shares, model.size);
          const sum = [...model.values()].reduce((a, b) => a + b, 0n);
          assert.equal(after.creditPicoZat - before.creditPicoZat, sum);
        },
      ),
      { numRuns: 40 },
    );
  });
}

function blockTests(test: Test): void {
  test("a block is kept once, whatever comes later under its hash", async (store, _, reopen) => {
    assert.equal(await store.recordBlock(blockOf(1)), true);
    assert.equal(await store.recordBlock(blockOf(1, { height: 9, minerId: "other" })), false);
    assert.deepEqual(await (await reopen()).blocks(10), [blockOf(1)]);
  });

  test("two blocks of one height are both kept, newest first", async (store) => {
    await store.recordBlock(blockOf(1, { height: 7 }));
    await store.recordBlock(blockOf(2, { height: 7 }));
    const hashes = (await store.blocks(10)).map(({ hash }) => hash[0]);
    assert.deepEqual(hashes, [2, 1]);
    assert.equal((await store.blocks(1)).length, 1);
    assert.equal((await store.totals()).blocks, 2);
  });

  test(
    "a block moves through its states, each with its reason or none",
    async (store, _, reopen) => {
      await store.recordBlock(blockOf(1));
      assert.equal(
        await store.updateBlock(blockOf(1).hash, "rejected", "bad\u0000merkle\nroot"),
        true,
      );
      assert.deepEqual(await store.blocks(1), [
        blockOf(1, { state: "rejected", reason: "bad merkle root" }),
      ]);
      assert.equal(await store.updateBlock(blockOf(1).hash, "accepted"), true);
      const reopened = await reopen();
      assert.deepEqual(await reopened.blocks(1), [blockOf(1, { state: "accepted" })]);
    },
  );

  test("a late word of a node does not undo what the chain made of a block", async (store) => {
    await store.recordBlock(blockOf(1));
    await store.updateBlock(blockOf(1).hash, "immature", "in the best chain");
    assert.equal(await store.updateBlock(blockOf(1).hash, "accepted", "late"), true);
    const [block] = await store.blocks(1);
    assert.deepEqual([block?.state, block?.reason], ["immature", "in the best chain"]);
    await store.updateBlock(blockOf(1).hash, "orphaned");
    assert.equal((await store.blocks(1))[0]?.state, "orphaned");
  });

  test("an unknown block cannot be moved", async (store) => {
    assert.equal(await store.updateBlock(blockOf(1).hash, "accepted"), false);
    assert.deepEqual(await store.blocks(1), []);
  });

  test("blocks are found by their states", async (store) => {
    await store.recordBlock(blockOf(1, { state: "accepted" }));
    await store.recordBlock(blockOf(2, { state: "immature" }));
    await store.recordBlock(blockOf(3, { state: "mature" }));
    const found = await store.blocks(10, ["accepted", "mature"]);
    assert.deepEqual(found.map(({ state }) => state), ["mature", "accepted"]);
    assert.deepEqual(await store.blocks(10, []), []);
  });

  test("amounts beyond 2^53 and long reasons are kept", async (store, _, reopen) => {
    await store.recordBlock(blockOf(1, { valueZat: 2n ** 63n - 1n, feesZat: 2n ** 53n + 1n }));
    await store.updateBlock(blockOf(1).hash, "unknown", "x".repeat(600));
    const [block] = await (await reopen()).blocks(1);
    assert.equal(block?.valueZat, 2n ** 63n - 1n);
    assert.equal(block.feesZat, 2n ** 53n + 1n);
    assert.equal(block.reason, "x".repeat(500));
  });

  test("a wrong block or question is refused", async (store) => {
    const wrong: Partial<BlockRecord>[] = [
      { hash: new Uint8Array(0) },
      { previousBlockHash: new Uint8Array(33) },
      { valueZat: -1n },
      { valueZat: 2n ** 63n },
      { height: NaN },
      { workerName: "\u007f" },
    ];
    for (const changes of wrong) {
      await assert.rejects(store.recordBlock(blockOf(1, changes)), RangeError);
    }
    await assert.rejects(store.blocks(0), RangeError);
    await assert.rejects(store.blocks(1_001), RangeError);
  });
}

function otherTests(test: Test): void {
  const worker = {
    minerId: "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY",
    workerName: "rig-1",
    target: 2n ** 240n + 12_345n,
    difficulty: 7.99,
    lastShareMs: 1_795_400_000_000,
  };

  test("a worker's last state is remembered and replaced", async (store, _, reopen) => {
    await store.recordShares([shareOf(1), shareOf(2, { workerName: "" })]);
    await store.saveWorkers([worker, { ...worker, workerName: "" }]);
    const { lastShareMs: _unknown, ...later } = worker;
    await store.saveWorkers([{ ...later, target: 5n }]);
    const reopened = await reopen();
    assert.deepEqual(await reopened.loadWorker(worker.minerId, "rig-1"), { ...worker, target: 5n });
    assert.deepEqual(await reopened.loadWorker(worker.minerId, ""), { ...worker, workerName: "" });
    assert.equal(await reopened.loadWorker(worker.minerId, "rig-2"), undefined);
  });

  test("a worker that only has shares has no state to resume from", async (store) => {
    await store.recordShares([shareOf(1)]);
    assert.equal(await store.loadWorker(shareOf(1).minerId, shareOf(1).workerName), undefined);
  });

  test("a wrong worker is refused with the whole call", async (store) => {
    await assert.rejects(store.saveWorkers([worker, { ...worker, target: 0n }]), RangeError);
    assert.equal(await store.loadWorker(worker.minerId, worker.workerName), undefined);
  });

  test("after closing every call is refused, and closing again is nothing", async (store) => {
    await store.ping();
    await store.close();
    await store.close();
    const closed = (error: unknown): boolean =>
      error instanceof StorageError && error.code === "closed";
    await assert.rejects(store.recordShares([shareOf(1)]), closed);
    await assert.rejects(store.recordBlock(blockOf(1)), closed);
    await assert.rejects(store.blocks(1), closed);
    await assert.rejects(store.loadWorker("a", ""), closed);
    await assert.rejects(store.ping(), closed);
  });
}
