import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { NoncePrefixes } from "../../../../src/mining/channels/mod.ts";
import { PrefixOrder } from "../../../../src/mining/channels/_prefix_order.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const zeros = { bytes: (length: number): Uint8Array => new Uint8Array(length) };

function allocate(prefixes: NoncePrefixes): Uint8Array {
  const prefix = prefixes.tryAllocate();
  assert.ok(prefix !== undefined);
  return prefix;
}

Deno.test("nonce prefixes of live channels never repeat and run out at the size of the space", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const seen = new Set<string>();
  for (let i = 0; i < 256; i++) seen.add(bytesToHex(allocate(prefixes)));
  assert.equal(seen.size, 256);
  assert.equal(prefixes.tryAllocate(), undefined);
});

Deno.test("a released nonce prefix rests until the parent block changes", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const all = Array.from({ length: 256 }, () => allocate(prefixes));
  const released = all[7] as Uint8Array;
  prefixes.release(released);
  assert.equal(prefixes.live, 255);
  assert.equal(prefixes.tryAllocate(), undefined);
  prefixes.parentChanged();
  assert.deepEqual(allocate(prefixes), released);
});

Deno.test("releasing a nonce prefix twice gives it to one channel only", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const first = allocate(prefixes);
  prefixes.release(first);
  prefixes.release(first);
  prefixes.parentChanged();
  const seen = Array.from({ length: 256 }, () => bytesToHex(allocate(prefixes)));
  assert.equal(new Set(seen).size, 256);
});

Deno.test("nonce prefixes go round at the end of the space", () => {
  const prefixes = new NoncePrefixes(1, zeros);
  const first = allocate(prefixes);
  prefixes.release(first);
  for (let i = 1; i < 256; i++) prefixes.release(allocate(prefixes));
  prefixes.parentChanged();
  assert.deepEqual(allocate(prefixes), first);
});

Deno.test("no nonce prefix tells the one that follows it", () => {
  const value = (prefix: Uint8Array) => Number.parseInt(bytesToHex(prefix), 16);
  const orders = [zeros, seededRandom(1)].map((random) => {
    const prefixes = new NoncePrefixes(4, random);
    return Array.from({ length: 64 }, () => value(allocate(prefixes)));
  });
  for (const order of orders) {
    const steps = order.slice(1).map((prefix, at) => (prefix - (order[at] ?? 0)) >>> 0);
    assert.equal(new Set(steps).size, 63);
    assert(order.every((prefix, at) => prefix !== at));
  }
  assert.notDeepEqual(orders[0], orders[1], "another process has another order");
});

Deno.test("no two places have one prefix, at every length", () => {
  for (let length = 1; length <= 31; length++) {
    const order = new PrefixOrder(length, seededRandom(length));
    const places = length === 1
      ? Array.from({ length: 256 }, (_, place) => BigInt(place))
      : [0n, 1n, 2n, 1n << BigInt(4 * length), (1n << BigInt(8 * length)) - 1n];
    const prefixes = places.map((place) => order.prefixAt(place));
    assert(prefixes.every((prefix) => prefix.length === length));
    assert.equal(new Set(prefixes.map((prefix) => bytesToHex(prefix))).size, places.length);
  }
});

Deno.test("a nonce prefix length outside 1 to 31 is refused", () => {
  for (const length of [0, 32, -1, 1.5, NaN]) {
    assert.throws(() => new NoncePrefixes(length, zeros), RangeError, String(length));
  }
});

Deno.test("whatever comes and goes, a prefix is free when no channel and no job of this parent has it", () => {
  const step = fc.oneof(
    { weight: 300, arbitrary: fc.constant("open" as const) },
    { weight: 250, arbitrary: fc.nat(255) },
    { weight: 1, arbitrary: fc.constant("parent" as const) },
  );
  const sequence = fc.array(step, { minLength: 200, maxLength: 2_000 });
  fc.assert(
    fc.property(sequence, fc.nat(255), (steps, start) => {
      const prefixes = new NoncePrefixes(1, { bytes: () => Uint8Array.of(start) });
      // The rule as it reads: what is live, and what any job of this parent was sent with.
      const live: number[] = [];
      const resting = new Set<number>();
      for (const what of steps) {
        if (what === "open") {
          const [prefix] = prefixes.tryAllocate() ?? [];
          assert.equal(prefix === undefined, live.length + resting.size === 256);
          if (prefix === undefined) continue;
          assert(!live.includes(prefix) && !resting.has(prefix));
          live.push(prefix);
        } else if (what === "parent") {
          prefixes.parentChanged();
          resting.clear();
        } else if (live.length > 0) {
          const [released = 0] = live.splice(what % live.length, 1);
          prefixes.release(Uint8Array.of(released));
          resting.add(released);
        }
        assert.equal(prefixes.live, live.length);
      }
    }),
    { numRuns: 100 },
  );
});
