import assert from "node:assert/strict";
import { WorkTurns } from "../../../../src/wire/transport/_work_turns.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

Deno.test("pieces of work are done in order, one per turn of the event loop", async () => {
  // A clock whose turns the test takes by hand.
  const turns: (() => void)[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    after: (_delayMs: number, callback: () => void) => {
      turns.push(callback);
      return () => {};
    },
  };
  const done: number[] = [];
  const work = new WorkTurns(clock);
  const results = [1, 2, 3].map((each) => work.run("192.0.2.1", () => done.push(each)));
  assert.deepEqual(done, []);
  for (let turn = 1; turn <= 3; turn++) {
    assert.equal(turns.length, 1, "one turn is asked for at a time");
    turns.shift()?.();
    assert.equal(done.length, turn);
  }
  assert.deepEqual(await Promise.all(results), [1, 2, 3]);
  assert.deepEqual(done, [1, 2, 3]);
  assert.equal(turns.length, 0);
});

Deno.test("work that throws rejects for its owner and does not stop the rest", async () => {
  const clock = new FakeClock();
  const work = new WorkTurns(clock);
  const failing = work.run("192.0.2.1", () => {
    throw new Error("no good");
  });
  const refused = assert.rejects(failing, /no good/);
  const fine = work.run("192.0.2.1", () => 5);
  await clock.advance(1);
  await refused;
  assert.equal(await fine, 5);
  assert.equal(clock.pending, 0);
});

Deno.test("a network waits for one piece of each other one, however many wait there", async () => {
  const clock = new FakeClock();
  const work = new WorkTurns(clock);
  const done: string[] = [];
  const run = (network: string, piece: string) => work.run(network, () => done.push(piece));
  const all = [
    ...Array.from({ length: 100 }, (_, i) => run("192.0.2.1", `a${i}`)),
    ...[run("192.0.2.2", "b0"), run("192.0.2.2", "b1"), run("192.0.2.3", "c0")],
  ];
  for (let turn = 0; turn < all.length; turn++) await clock.advance(1);
  assert.deepEqual(done.slice(0, 6), ["a0", "b0", "c0", "a1", "b1", "a2"]);
  assert.equal(done.length, all.length);
});
