import assert from "node:assert/strict";
import {
  BoundedQueue,
  compareLe256,
  deadline,
  displayHash,
  equalBytes,
  hashFromDisplay,
  judgeAfter,
  sleep,
  u256FromLe,
  u256ToLe,
  within,
} from "../../../src/base/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

Deno.test("256-bit numbers survive the way through 32 little-endian bytes at the edges", () => {
  for (
    const value of [
      0n,
      1n,
      255n,
      256n,
      (1n << 64n) - 1n,
      1n << 64n,
      (1n << 243n) - 1n,
      (1n << 256n) - 1n,
    ]
  ) {
    const bytes = u256ToLe(value);
    assert.equal(bytes.length, 32);
    assert.equal(u256FromLe(bytes), value);
    assert.equal(bytes[0], Number(value & 0xffn));
  }
  for (const value of [-1n, 1n << 256n]) assert.throws(() => u256ToLe(value), RangeError);
  for (const length of [0, 31, 33]) {
    assert.throws(() => u256FromLe(new Uint8Array(length)), RangeError);
  }
});

Deno.test("comparing 32 bytes gives the order of the numbers", () => {
  const values = [0n, 1n, 0xffn, 0x100n, 1n << 128n, (1n << 128n) + 1n, (1n << 256n) - 1n];
  for (const a of values) {
    for (const b of values) {
      const order = Math.sign(compareLe256(u256ToLe(a), u256ToLe(b)));
      assert.equal(order, a < b ? -1 : a > b ? 1 : 0, `${a} and ${b}`);
    }
  }
});

Deno.test("a displayed hash is the reverse of the internal one and is read back", () => {
  const hash = Uint8Array.from({ length: 32 }, (_, i) => i);
  assert.ok(displayHash(hash).startsWith("1f1e"));
  assert.ok(equalBytes(hashFromDisplay(displayHash(hash)), hash));
  for (const text of ["", "00", "g".repeat(64), "0".repeat(63)]) {
    assert.throws(() => hashFromDisplay(text), RangeError);
  }
});

Deno.test("a bounded queue refuses what is over its bound and hands out batches in order", async () => {
  const queue = new BoundedQueue<number>(3);
  assert.deepEqual([1, 2, 3, 4].map((item) => queue.offer(item)), [true, true, true, false]);
  const batches: number[][] = [];
  const reading = (async () => {
    for await (const batch of queue) batches.push(batch);
  })();
  await settle();
  assert.equal(queue.size, 0);
  queue.offer(5);
  queue.close();
  assert.equal(queue.offer(6), false);
  await reading;
  assert.deepEqual(batches, [[1, 2, 3], [5]]);
});

Deno.test("sleep ends at its time or with its signal, and leaves no timer behind", async () => {
  const clock = new FakeClock();
  const ended: string[] = [];
  void sleep(clock, 100).then(() => ended.push("time"));
  const controller = new AbortController();
  void sleep(clock, 1_000, controller.signal).then(() => ended.push("signal"));
  await clock.advance(99);
  assert.deepEqual(ended, []);
  await clock.advance(1);
  controller.abort();
  await settle();
  assert.deepEqual(ended, ["time", "signal"]);
  assert.equal(clock.pending, 0);
});

Deno.test("what is held against others is judged once more after a standstill of our own", async () => {
  const rows = [
    // A timer of a busy machine is not a standstill.
    { stoodMs: 10_999, isJudgedAtOnce: true },
    { stoodMs: 11_000, isJudgedAtOnce: false },
    { stoodMs: 3_600_000, isJudgedAtOnce: false },
  ];
  for (const { stoodMs, isJudgedAtOnce } of rows) {
    const clock = new FakeClock();
    let judged = 0;
    judgeAfter(clock, 10_000, () => judged++);
    clock.standStill(stoodMs);
    await clock.advance(0);
    assert.equal(judged, isJudgedAtOnce ? 1 : 0, `${stoodMs} ms`);
    await clock.advance(9_999);
    assert.equal(judged, isJudgedAtOnce ? 1 : 0, `${stoodMs} ms`);
    // The second time it is judged however late it is.
    clock.standStill(60_000);
    await clock.advance(0);
    assert.equal(judged, 1, `${stoodMs} ms`);
    assert.equal(clock.pending, 0);
  }
});

Deno.test("a judgement can be called off before and after a standstill", async () => {
  const clock = new FakeClock();
  const cancels = [0, 1].map(() => judgeAfter(clock, 5, () => assert.fail("called off")));
  cancels[0]?.();
  clock.standStill(60_000);
  await clock.advance(0);
  // It is set again for a second at the least, so that what came is read.
  await clock.advance(999);
  assert.equal(clock.pending, 1);
  cancels[1]?.();
  cancels[1]?.();
  assert.equal(clock.pending, 0);
});

Deno.test("an answer that came during our standstill is no missed deadline", async () => {
  const clock = new FakeClock();
  const limit = deadline(clock, 3_000);
  const answer = Promise.withResolvers<string>();
  const awaited = within(clock, 3_000, answer.promise);
  clock.standStill(14_000);
  await clock.advance(0);
  answer.resolve("here");
  assert.equal(await awaited, "here");
  assert.equal(limit.signal.aborted, false);
  limit.done();
  assert.equal(clock.pending, 0);
});

Deno.test("a deadline fires at its time, with its parent, and never after it is done", async () => {
  const clock = new FakeClock();
  const late = deadline(clock, 50);
  const done = deadline(clock, 50);
  const parent = new AbortController();
  const child = deadline(clock, 5_000, parent.signal);
  done.done();
  await clock.advance(50);
  parent.abort();
  assert.deepEqual([late.signal.aborted, done.signal.aborted, child.signal.aborted], [
    true,
    false,
    true,
  ]);
  assert.equal(late.signal.reason.name, "TimeoutError");
});
