import assert from "node:assert/strict";
import fc from "fast-check";
import { FairQueue } from "../../../src/equihash/_fair_queue.ts";

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
  assert.ok(queue.offer(1, "ordinary"));
  assert.equal(queue.offer(2, "too many"), false);
  for (const item of ["u1", "u2", "u3"]) queue.addUrgent(item);
  assert.equal(queue.size, 4);
  assert.deepEqual(queue.take(2), ["u1", "u2"]);
  assert.deepEqual(queue.take(2), ["u3", "ordinary"]);
});

Deno.test("a source that has filled its part is refused while others are served", () => {
  const queue = new FairQueue<number>({ capacity: 8, sourceCapacity: 2 });
  assert.deepEqual([1, 2, 3].map((item) => queue.offer(7, item)), [true, true, false]);
  assert.ok(queue.offer(8, 4));
  queue.take(1);
  assert.ok(queue.offer(7, 5));
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
      assert.ok(queue.offer(source, { source, rank }));
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
