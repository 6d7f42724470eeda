import assert from "node:assert/strict";
import fc from "fast-check";
import { type LogFields, type Logger, noMetrics, silentLogger } from "../../../../src/base/mod.ts";
import {
  RecordWriter,
  type RecordWriterOptions,
  type ShareRecord,
} from "../../../../src/money/records/mod.ts";
import { StorageError } from "../../../../src/platform/database/mod.ts";
import { blockOf, shareOf } from "../../../compliance/store_suite.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { openStore, type TestStore } from "../../../support/test_store.ts";

/**
 * A store that can be told to fail: before its work (nothing happened) or after it (all happened,
 * but the caller hears of a failure), as databases do at the worst moment.
 */
class FailingStore {
  readonly calls: string[] = [];
  readonly batches: number[] = [];
  fail: "no" | "before" | "after" = "no";
  /** Only this call fails, when it is set. */
  only: string | undefined;
  readonly store: TestStore;

  /** When each batch of shares came, on the monotonic clock. */
  readonly times: number[] = [];

  constructor(inner: TestStore, clock: FakeClock) {
    this.store = new Proxy(inner, {
      get: (target, name) => {
        // deno-lint-ignore no-explicit-any -- a proxy stands for methods of every type
        const method = (target as any)[name].bind(target);
        return async (...values: unknown[]) => {
          this.calls.push(String(name));
          if (name === "recordShares") {
            this.batches.push((values[0] as unknown[]).length);
            this.times.push(clock.monotonic());
          }
          const fails = this.only === undefined || this.only === name;
          if (this.fail === "before" && fails) throw new StorageError("busy", "database is locked");
          const result = await method(...values);
          if (this.fail === "after" && fails) throw new StorageError("io", "the answer was lost");
          return result;
        };
      },
    });
  }
}

async function setUp(options: RecordWriterOptions = {}, logger: Logger = silentLogger) {
  const clock = new FakeClock();
  const inner = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const failing = new FailingStore(inner, clock);
  const writer = new RecordWriter(options, {
    store: failing.store,
    clock,
    logger,
  });
  return { clock, inner, failing, writer };
}

Deno.test("record writer: a share is written within the interval, together with those after it", async () => {
  const { clock, failing, writer, inner } = await setUp();
  writer.offer(shareOf(1));
  await clock.advance(200);
  writer.offer(shareOf(2));
  await clock.advance(49);
  assert.equal((await inner.totals()).shares, 0);
  assert.equal(writer.waiting, 2);
  await clock.advance(1);
  assert.equal((await inner.totals()).shares, 2);
  assert.deepEqual(failing.batches, [2]);
  assert.equal(writer.waiting, 0);
  await writer.close();
  assert.equal(clock.pending, 0);
});

Deno.test("record writer: a full batch is written at once and in order", async () => {
  const { clock, failing, writer, inner } = await setUp({ batchSize: 10 });
  for (let n = 0; n < 25; n++) writer.offer(shareOf(n));
  await settle();
  assert.deepEqual(failing.batches, [10, 10]);
  await clock.advance(250);
  assert.deepEqual(failing.batches, [10, 10, 5]);
  assert.equal((await inner.totals()).shares, 25);
  await writer.close();
});

Deno.test("record writer: a block goes before the shares that wait, and does not wait for time", async () => {
  const { failing, writer, inner } = await setUp();
  writer.offer(shareOf(1));
  const recorded = writer.recordBlock(blockOf(1));
  writer.offer(shareOf(2, { isBlock: true }));
  assert.equal(await recorded, true);
  await settle();
  assert.deepEqual(failing.calls.slice(0, 2), ["recordBlock", "recordShares"]);
  assert.deepEqual(failing.batches, [2]);
  assert.equal(await writer.updateBlock(blockOf(1).hash, "accepted"), true);
  assert.equal((await inner.blocks(1))[0]?.state, "accepted");
  assert.equal(await writer.recordBlock(blockOf(1)), false);
  await writer.close();
});

for (const kind of ["recordShares", "recordBlock", "saveWorkers"]) {
  Deno.test(`record writer: while ${kind} fails, records of every other kind are written`, async () => {
    const { clock, failing, writer, inner } = await setUp();
    failing.fail = "before";
    failing.only = kind;
    writer.offer(shareOf(1));
    // The worker of share and block: whichever of them is written first gives it its row.
    const { minerId, workerName } = shareOf(1);
    writer.noteWorker({ minerId, workerName, target: 1n, difficulty: 1, lastShareMs: 1 });
    const recorded = writer.recordBlock(blockOf(1));
    await clock.advance(60_000);
    const written = {
      recordShares: (await inner.totals()).shares === 1,
      recordBlock: (await inner.totals()).blocks === 1,
      saveWorkers: (await inner.loadWorker(minerId, workerName)) !== undefined,
    };
    for (const [name, isWritten] of Object.entries(written)) {
      assert.equal(isWritten, name !== kind, name);
    }
    failing.fail = "no";
    await clock.advance(5_000);
    await recorded;
    await writer.close();
    assert.equal((await inner.totals()).shares, 1);
  });
}

for (const fail of ["before", "after"] as const) {
  Deno.test(`record writer: a write that fails ${fail} its work is repeated and counts once`, async () => {
    const { clock, failing, writer, inner } = await setUp({ batchSize: 10 });
    failing.fail = fail;
    for (let n = 0; n < 15; n++) writer.offer(shareOf(n));
    const recorded = writer.recordBlock(blockOf(1));
    await clock.advance(60_000);
    assert.equal(writer.failing, true);
    assert.equal(writer.waiting, 15);
    failing.fail = "no";
    await clock.advance(10_000);
    assert.equal(writer.failing, false);
    assert.equal(writer.waiting, 0);
    await recorded;
    assert.deepEqual(await inner.totals(), {
      shares: 15,
      blocks: 1,
      creditPicoZat: 15n * shareOf(0).creditPicoZat,
    });
    await writer.close();
  });
}

Deno.test("record writer: duplicates are counted, but not a batch that meets its own first try", async () => {
  const clock = new FakeClock();
  const inner = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  await inner.recordShares([shareOf(1)]);
  const failing = new FailingStore(inner, clock);
  const counts = { written: 0, duplicates: 0 };
  const count = (name: keyof typeof counts) => ({
    increment: (by = 1) => void (counts[name] += by),
  });
  const writer = new RecordWriter({}, {
    store: failing.store,
    clock,
    logger: silentLogger,
    metrics: {
      written: count("written"),
      duplicates: count("duplicates"),
      ...noMetrics("retries", "waiting", "batchSeconds"),
    },
  });
  writer.offer(shareOf(1));
  writer.offer(shareOf(2));
  await writer.flush();
  assert.deepEqual(counts, { written: 1, duplicates: 1 });
  failing.fail = "after";
  writer.offer(shareOf(3));
  await clock.advance(1_000);
  failing.fail = "no";
  const closing = writer.close();
  await clock.advance(5_000);
  await closing;
  assert.deepEqual(counts, { written: 2, duplicates: 1 });
});

Deno.test("record writer: pauses between tries grow from 50 ms to 5 s and stay there", async () => {
  const { clock, failing, writer } = await setUp();
  failing.fail = "before";
  writer.offer(shareOf(1));
  await clock.advance(250);
  await clock.advance(30_000);
  const pauses = failing.times.slice(1).map((time, i) => time - (failing.times[i] ?? NaN));
  assert.deepEqual(pauses.slice(0, 9), [50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  failing.fail = "no";
  await clock.advance(5_000);
  await writer.close();
});

Deno.test("record writer: refuses when as many shares wait as may, and takes them again later", async () => {
  const { clock, failing, writer, inner } = await setUp({ capacity: 20, batchSize: 10 });
  failing.fail = "before";
  for (let n = 0; n < 20; n++) assert.equal(writer.offer(shareOf(n)), true);
  assert.equal(writer.accepting, false);
  assert.equal(writer.offer(shareOf(20)), false);
  failing.fail = "no";
  await clock.advance(5_000);
  assert.equal(writer.accepting, true);
  assert.equal(writer.offer(shareOf(20)), true);
  await writer.close();
  assert.equal((await inner.totals()).shares, 21);
});

Deno.test("record writer: refuses when a share has waited too long for a failing store", async () => {
  const { clock, failing, writer } = await setUp({ lagMaxMs: 60_000 });
  failing.fail = "before";
  writer.offer(shareOf(1));
  await clock.advance(59_999);
  assert.equal(writer.offer(shareOf(2)), true);
  await clock.advance(1);
  assert.equal(writer.offer(shareOf(3)), false);
  failing.fail = "no";
  await clock.advance(5_000);
  assert.equal(writer.offer(shareOf(3)), true);
  await writer.close();
});

Deno.test("record writer: a wrong record is the caller's fault and is not taken", async () => {
  const { writer } = await setUp();
  assert.throws(() => writer.offer(shareOf(1, { jobId: 2 ** 31 })), RangeError);
  assert.throws(() => writer.offer(shareOf(1, { workerName: "\u001b[2J" })), RangeError);
  await assert.rejects(writer.recordBlock(blockOf(1, { valueZat: -1n })), RangeError);
  await assert.rejects(writer.updateBlock(new Uint8Array(3), "accepted"), RangeError);
  assert.equal(writer.waiting, 0);
  await writer.close();
});

Deno.test("record writer: closing writes what waits and takes nothing more", async () => {
  const { clock, writer, inner } = await setUp();
  writer.offer(shareOf(1));
  await writer.close();
  assert.equal((await inner.totals()).shares, 1);
  assert.notEqual(await inner.loadWorker(shareOf(1).minerId, "rig-1"), undefined);
  assert.equal(writer.offer(shareOf(2)), false);
  await assert.rejects(writer.recordBlock(blockOf(1)), StorageError);
  await writer.close();
  assert.equal(clock.pending, 0);
});

Deno.test("record writer: closing gives up after its time, says how much is lost, and leaves nothing hanging", async () => {
  const lines: [string, LogFields | undefined][] = [];
  const logger: Logger = { log: (_, event, _message, fields) => lines.push([event, fields]) };
  const { clock, failing, writer } = await setUp({}, logger);
  failing.fail = "before";
  writer.offer(shareOf(1));
  const block = assert.rejects(writer.recordBlock(blockOf(1)), StorageError);
  const second = assert.rejects(writer.recordBlock(blockOf(2)), StorageError);
  const closing = assert.rejects(
    writer.close(),
    (error: unknown) =>
      error instanceof StorageError && error.code === "unwritten" &&
      /1 accepted shares/.test(error.message),
  );
  await clock.advance(10_000);
  await closing;
  await block;
  await second;
  assert.deepEqual(lines, [
    ["records_failing", { shares_waiting: 1 }],
    ["records_lost", { shares_waiting: 1 }],
  ]);
  assert.equal(clock.pending, 0);
});

Deno.test("record writer: a worker resumes where its last share or note left it", async () => {
  const { clock, writer, inner } = await setUp();
  writer.offer(shareOf(1, { target: 1_000n, difficulty: 3 }));
  assert.equal((await writer.loadWorker(shareOf(1).minerId, "rig-1"))?.target, 1_000n);
  writer.noteWorker({
    minerId: shareOf(1).minerId,
    workerName: "rig-1",
    target: 2_000n,
    difficulty: 1.5,
  });
  await clock.advance(10_000);
  assert.equal(
    (await inner.loadWorker(shareOf(1).minerId, "rig-1"))?.lastShareMs,
    shareOf(1).timestampMs,
  );
  assert.equal((await inner.loadWorker(shareOf(1).minerId, "rig-1"))?.target, 2_000n);
  assert.equal((await writer.loadWorker(shareOf(1).minerId, "rig-1"))?.target, 2_000n);
  assert.equal(await writer.loadWorker("unknown", ""), undefined);
  await writer.close();
});

Deno.test("record writer: identities are forgotten when the slow writes are due", async () => {
  const { clock, inner, writer } = await setUp();
  writer.offer(shareOf(1, { height: 100 }));
  writer.forgetProofs(101);
  await clock.advance(10_000);
  assert.deepEqual(await inner.recordShares([shareOf(1, { height: 100 })]), { duplicates: 0 });
  await writer.close();
});

Deno.test("record writer: whatever fails and when, every share taken is written once and in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.record({
            kind: fc.constant("offer" as const),
            count: fc.integer({ min: 1, max: 30 }),
          }),
          fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 3_000 }) }),
          fc.record({
            kind: fc.constant("fail" as const),
            how: fc.constantFrom("no" as const, "before" as const, "after" as const),
          }),
        ),
        { maxLength: 12 },
      ),
      async (steps) => {
        const { clock, failing, writer, inner } = await setUp({ batchSize: 7, capacity: 60 });
        const written: number[] = [];
        const record = inner.recordShares.bind(inner);
        inner.recordShares = async (batch: readonly ShareRecord[]) => {
          const result = await record(batch);
          if (result.duplicates === 0) written.push(...batch.map(({ timestampMs }) => timestampMs));
          return result;
        };
        const taken: number[] = [];
        let n = 0;
        for (const step of steps) {
          if (step.kind === "wait") await clock.advance(step.ms);
          else if (step.kind === "fail") failing.fail = step.how;
          else {
            for (let i = 0; i < step.count; i++, n++) {
              if (writer.offer(shareOf(n))) taken.push(shareOf(n).timestampMs);
            }
          }
        }
        failing.fail = "no";
        await clock.advance(60_000);
        await writer.close();
        assert.deepEqual(written, taken);
        assert.equal((await inner.totals()).shares, taken.length);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("record writer: a store that is away is known before a share has to wait for it", async () => {
  const lines: string[] = [];
  const logger: Logger = { log: (level, event) => void lines.push(`${level} ${event}`) };
  const { clock, failing, writer } = await setUp({}, logger);
  await clock.advance(10_000);
  assert.equal(writer.failing, false);
  failing.fail = "before";
  await clock.advance(25_000);
  assert.equal(writer.failing, true);
  assert.equal(writer.accepting, true);
  failing.fail = "no";
  await clock.advance(10_000);
  assert.equal(writer.failing, false);
  assert.deepEqual(lines, ["error records_failing", "info records_recovered"]);
  failing.fail = "before";
  await clock.advance(10_000);
  // Nothing waits: the end of a pool is not held up by a store that is away.
  await writer.close();
  assert.equal(clock.pending, 0);
});
