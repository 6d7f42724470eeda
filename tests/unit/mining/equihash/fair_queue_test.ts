import assert from "node:assert/strict";
import fc from "fast-check";
import { FairQueue } from "../../../../src/mining/equihash/_fair_queue.ts";

/** A connection, alone in its network unless that is given. */
const of = (id: number, network = id) => ({ network: `192.0.2.${network}`, id });

Deno.test("a fair queue lets the sources take turns", () => {
  const queue = new FairQueue<string>({ capacity: 10, networkCapacity: 10 });
  for (const item of ["a1", "a2", "a3", "a4"]) queue.offer(of(1), item);
  queue.offer(of(2), "b1");
  queue.offer(of(3), "c1");
  queue.offer(of(2), "b2");
  assert.deepEqual(queue.take(3), ["a1", "b1", "c1"]);
  assert.deepEqual(queue.take(10), ["a2", "b2", "a3", "a4"]);
  assert.equal(queue.size, 0);
  assert.deepEqual(queue.take(5), []);
});

Deno.test("a fair queue hands out urgent items first and never refuses them", () => {
  const queue = new FairQueue<string>({ capacity: 1, networkCapacity: 1 });
  assert.equal(queue.offer(of(1), "ordinary"), undefined);
  assert.equal(queue.offer(of(2), "too many"), "too many");
  for (const item of ["u1", "u2", "u3"]) queue.addUrgent(item);
  assert.equal(queue.size, 4);
  assert.deepEqual(queue.take(2), ["u1", "u2"]);
  assert.deepEqual(queue.take(2), ["u3", "ordinary"]);
});

Deno.test("a source that has filled its part is refused while others are served", () => {
  const queue = new FairQueue<number>({ capacity: 8, networkCapacity: 2 });
  assert.deepEqual([1, 2, 3].map((item) => queue.offer(of(7), item)), [undefined, undefined, 3]);
  assert.equal(queue.offer(of(8), 4), undefined);
  queue.take(1);
  assert.equal(queue.offer(of(7), 5), undefined);
});

Deno.test("in a full queue a source with fewer items takes the newest place of one with most", () => {
  const queue = new FairQueue<string>({ capacity: 6, networkCapacity: 4 });
  for (const item of ["a1", "a2", "a3", "b1", "b2", "b3"]) {
    queue.offer(of(item.startsWith("a") ? 1 : 2), item);
  }
  const lost = ["c1", "c2"].map((item) => queue.offer(of(3), item));
  assert.deepEqual(lost.toSorted(), ["a3", "b3"]);
  // All have two now: nobody has to give way, and nobody gets more.
  assert.deepEqual(["a4", "b4", "c3"].map((item, i) => queue.offer(of(1 + i), item)), [
    "a4",
    "b4",
    "c3",
  ]);
  assert.deepEqual(queue.take(10), ["a1", "b1", "c1", "a2", "b2", "c2"]);
});

Deno.test("however many sources flood a full queue, another one's first items find a place", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(2)), { maxLength: 200 });
  fc.assert(fc.property(steps, (arrivals) => {
    const queue = new FairQueue<number>({ capacity: 12, networkCapacity: 8 });
    const waiting = new Map<number, number>();
    const count = (source: number, by: number) =>
      waiting.set(source, (waiting.get(source) ?? 0) + by);
    for (const [source, taken] of arrivals) {
      const own = waiting.get(source) ?? 0;
      const lost = queue.offer(of(source), source);
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
      networkCapacity: 60,
    });
    const counts = new Map<number, number>();
    for (const source of sources) {
      const rank = counts.get(source) ?? 0;
      counts.set(source, rank + 1);
      assert.equal(queue.offer(of(source), { source, rank }), undefined);
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

Deno.test("a network with a hundred connections has the turns of one", () => {
  const queue = new FairQueue<string>({ capacity: 1_000, networkCapacity: 1_000 });
  for (let id = 1; id <= 100; id++) {
    for (const item of ["first", "second"]) queue.offer(of(id, 1), `${item} of ${id}`);
  }
  for (const item of ["b1", "b2", "b3"]) queue.offer(of(200, 2), item);
  assert.deepEqual(queue.take(6), [
    ...["first of 1", "b1", "first of 2", "b2", "first of 3", "b3"],
  ]);
  // Among themselves its connections take turns too.
  assert.deepEqual(queue.take(98).slice(-2), ["first of 100", "second of 1"]);
});

Deno.test("in a network's part a connection takes the place of a neighbour with more", () => {
  const queue = new FairQueue<string>({ capacity: 100, networkCapacity: 4 });
  for (const item of ["a1", "a2", "a3", "a4"]) queue.offer(of(1, 1), item);
  assert.equal(queue.offer(of(1, 1), "a5"), "a5");
  assert.equal(queue.offer(of(2, 1), "b1"), "a4");
  assert.equal(queue.offer(of(2, 1), "b2"), "a3");
  assert.equal(queue.offer(of(2, 1), "b3"), "b3", "both have two now");
  assert.equal(queue.size, 4);
  assert.deepEqual(queue.take(9), ["a1", "b1", "a2", "b2"]);
});

Deno.test("in a full queue the network with most gives way to itself, never to a longer one", () => {
  const queue = new FairQueue<string>({ capacity: 4, networkCapacity: 4 });
  for (const item of ["a1", "a2", "a3"]) queue.offer(of(1, 1), item);
  queue.offer(of(9, 2), "z1");
  assert.equal(queue.offer(of(2, 1), "b1"), "a3", "a neighbour's place");
  assert.equal(queue.offer(of(3, 3), "c1"), "a2", "another network's newest");
  assert.deepEqual(queue.take(9).toSorted(), ["a1", "b1", "c1", "z1"]);
});
