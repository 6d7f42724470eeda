import assert from "node:assert/strict";
import fc from "fast-check";
import { FairQueue } from "../../../../src/mining/equihash/_fair_queue.ts";

Deno.test("a fair queue lets the sources take turns", () => {
  const queue = new FairQueue<string>({ capacity: 10, sourceCapacity: 10 });
  for (const item of ["a1", "a2", "a3", "a4"]) queue.offer(1, item);
  queue.offer(2, "b1");
  queue.offer(3, "c1");
  queue.offer(2, "b2");
  assert.deepEqual(queue.take(3), ["a1", "b1", "c1"]);
  assert.deepEqual(queue.take(10), ["a2", "b2", "a3", "a4"]);
  assert.equal(queue.size, 0);
  assert.deepEqual(queue.take(5), []);
});

Deno.test("a fair queue hands out urgent items first and never refuses them", () => {
  const queue = new FairQueue<string>({ capacity: 1, sourceCapacity: 1 });
  assert.equal(queue.offer(1, "ordinary"), undefined);
  assert.equal(queue.offer(2, "too many"), "too many");
  for (const item of ["u1", "u2", "u3"]) queue.addUrgent(item);
  assert.equal(queue.size, 4);
  assert.deepEqual(queue.take(2), ["u1", "u2"]);
  assert.deepEqual(queue.take(2), ["u3", "ordinary"]);
});

Deno.test("a source that has filled its part is refused while others are served", () => {
  const queue = new FairQueue<number>({ capacity: 8, sourceCapacity: 2 });
  assert.deepEqual([1, 2, 3].map((item) => queue.offer(7, item)), [undefined, undefined, 3]);
  assert.equal(queue.offer(8, 4), undefined);
  queue.take(1);
  assert.equal(queue.offer(7, 5), undefined);
});

Deno.test("in a full queue a source with fewer items takes the newest place of one with most", () => {
  const queue = new FairQueue<string>({ capacity: 6, sourceCapacity: 4 });
  for (const item of ["a1", "a2", "a3", "b1", "b2", "b3"]) {
    queue.offer(item.startsWith("a") ? 1 : 2, item);
  }
  const lost = ["c1", "c2"].map((item) => queue.offer(3, item));
  assert.deepEqual(lost.toSorted(), ["a3", "b3"]);
  // All have two now: nobody has to give way, and nobody gets more.
  assert.deepEqual(["a4", "b4", "c3"].map((item, i) => queue.offer(1 + i, item)), [
    "a4",
    "b4",
    "c3",
  ]);
  assert.deepEqual(queue.take(10), ["a1", "b1", "c1", "a2", "b2", "c2"]);
});

Deno.test("however many sources flood a full queue, another one's first items find a place", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(2)), { maxLength: 200 });
  fc.assert(fc.property(steps, (arrivals) => {
    const queue = new FairQueue<number>({ capacity: 12, sourceCapacity: 8 });
    const waiting = new Map<number, number>();
    const count = (source: number, by: number) =>
      waiting.set(source, (waiting.get(source) ?? 0) + by);
    for (const [source, taken] of arrivals) {
      const own = waiting.get(source) ?? 0;
      const lost = queue.offer(source, source);
      count(source, 1);
      if (lost !== undefined) count(lost, -1);
      // Two places of twelve are everybody's, with six sources.
      if (own < 2) assert.ok((waiting.get(source) ?? 0) > own, `source ${source} was kept out`);
      for (const item of queue.take(taken)) count(item, -1);
      assert.equal(queue.size, [...waiting.values()].reduce((sum, n) => sum + n, 0));
      assert.ok(queue.size <= 12);
    }
  }));
});

Deno.test("nobody waits for more items of another source than turns of its own", () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 });
  fc.assert(fc.property(arrivals, fc.integer({ min: 1, max: 9 }), (sources, batch) => {
    const queue = new FairQueue<{ source: number; rank: number }>({
      capacity: 60,
      sourceCapacity: 60,
    });
    const counts = new Map<number, number>();
    for (const source of sources) {
      const rank = counts.get(source) ?? 0;
      counts.set(source, rank + 1);
      assert.equal(queue.offer(source, { source, rank }), undefined);
    }
    const order = [];
    while (queue.size > 0) order.push(...queue.take(batch));
    assert.equal(order.length, sources.length);
    // Taking turns from a standing start: ranks never fall.
    for (let i = 1; i < order.length; i++) {
      assert.ok((order[i - 1]?.rank ?? 0) <= (order[i]?.rank ?? 0));
    }
  }));
});
