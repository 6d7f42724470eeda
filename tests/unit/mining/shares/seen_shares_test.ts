import assert from "node:assert/strict";
import { SeenShares } from "../../../../src/mining/shares/mod.ts";

function bytes(value: number): Uint8Array {
  const array = new Uint8Array(32);
  new DataView(array.buffer).setUint32(0, value, true);
  return array;
}

Deno.test("a share is new once and seen ever after", () => {
  const seen = new SeenShares();
  seen.openParent(bytes(1));
  assert.equal(seen.look(bytes(1), bytes(100)), "new");
  assert.equal(seen.insert(bytes(1), bytes(100)), "new");
  assert.equal(seen.insert(bytes(1), bytes(100)), "seen");
  assert.equal(seen.look(bytes(1), bytes(100)), "seen");
});

Deno.test("shares of a parent that was never opened or is forgotten cannot be inserted", () => {
  const seen = new SeenShares();
  assert.equal(seen.insert(bytes(1), bytes(100)), "forgotten");
  for (let parent = 1; parent <= 17; parent++) seen.openParent(bytes(parent));
  assert.equal(seen.insert(bytes(1), bytes(100)), "forgotten");
  assert.equal(seen.insert(bytes(2), bytes(100)), "new");
});

Deno.test("a reorganization back to a known parent keeps its shares", () => {
  const seen = new SeenShares();
  seen.openParent(bytes(1));
  seen.insert(bytes(1), bytes(100));
  for (let parent = 2; parent <= 16; parent++) seen.openParent(bytes(parent));
  seen.openParent(bytes(1));
  seen.openParent(bytes(17));
  assert.equal(seen.insert(bytes(1), bytes(100)), "seen");
  assert.equal(seen.look(bytes(2), bytes(100)), "forgotten");
});

Deno.test("a full memory forgets the oldest parents first and then takes no more", () => {
  const seen = new SeenShares({ sharesMax: 3 });
  seen.openParent(bytes(1));
  for (let i = 0; i < 3; i++) assert.equal(seen.insert(bytes(1), bytes(i)), "new");
  seen.openParent(bytes(2));
  for (let i = 0; i < 3; i++) assert.equal(seen.insert(bytes(2), bytes(i)), "new");
  assert.equal(seen.look(bytes(1), bytes(0)), "forgotten");
  assert.equal(seen.insert(bytes(2), bytes(3)), "full");
  assert.equal(seen.size, 3);
});
