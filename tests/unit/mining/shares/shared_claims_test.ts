import assert from "node:assert/strict";
import { noMetrics } from "../../../../src/base/mod.ts";
import {
  type ClaimOutcome,
  SeenShares,
  SharedClaims,
  type SharedSets,
} from "../../../../src/mining/shares/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const PARENT = new Uint8Array(32).fill(9);
const SET = `zcash-pool:shares:${"09".repeat(32)}`;
const WINDOW_MS = 60_000;

function hashOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

/** A store that several memories share, which answers, fails or is silent as told. */
class ScriptedSets implements SharedSets {
  mode: "answers" | "fails" | "silent" = "answers";
  asked = 0;
  readonly kept: [string, number][] = [];
  readonly #members = new Set<string>();

  add(set: string, member: string, ttlMs: number): Promise<boolean> {
    this.asked++;
    assert.equal(ttlMs, WINDOW_MS);
    if (this.mode === "fails") return Promise.reject(new Error("READONLY"));
    if (this.mode === "silent") return new Promise(() => {});
    const key = `${set} ${member}`;
    const isNew = !this.#members.has(key);
    this.#members.add(key);
    return Promise.resolve(isNew);
  }

  keep(set: string, ttlMs: number): Promise<void> {
    this.kept.push([set, ttlMs]);
    return Promise.resolve();
  }
}

function memory(store: SharedSets, clock: FakeClock) {
  const lines: string[] = [];
  const outcomes: ClaimOutcome[] = [];
  const usable: number[] = [];
  const claims = new SharedClaims({ windowMs: WINDOW_MS }, {
    local: new SeenShares(),
    store,
    clock,
    logger: { log: (level, event) => level !== "debug" && lines.push(event) },
    metrics: {
      ...noMetrics("seconds"),
      claims: { increment: (outcome) => void outcomes.push(outcome) },
      usable: { set: (value) => void usable.push(value) },
    },
  });
  claims.openParent(PARENT);
  return { claims, lines, outcomes, usable };
}

Deno.test("a share at two processes is new to one of them", async () => {
  const [clock, store] = [new FakeClock(), new ScriptedSets()];
  const [one, two] = [memory(store, clock), memory(store, clock)];
  for (const { claims } of [one, two]) assert.equal(claims.insert(PARENT, hashOf(1)), "new");
  assert.equal(await one.claims.claim(PARENT, hashOf(1)), "new");
  assert.equal(await two.claims.claim(PARENT, hashOf(1)), "seen");
  assert.equal(await two.claims.claim(PARENT, hashOf(2)), "new");
  assert.deepEqual(two.outcomes, ["seen", "new"]);
});

Deno.test("a store that is silent delays a share by 20 ms, and the next ones not at all", async () => {
  const [clock, store] = [new FakeClock(), new ScriptedSets()];
  const { claims, outcomes, usable, lines } = memory(store, clock);
  store.mode = "silent";
  let verdict: string | undefined;
  const claimed = claims.claim(PARENT, hashOf(1)).then((word) => verdict = word);
  await clock.advance(19);
  assert.equal(verdict, undefined);
  await clock.advance(1);
  await claimed;
  assert.equal(verdict, "new");
  assert.equal(await claims.claim(PARENT, hashOf(2)), "new");
  assert.equal(store.asked, 1);
  await clock.advance(500);
  store.mode = "fails";
  assert.equal(await claims.claim(PARENT, hashOf(3)), "new");
  assert.deepEqual(outcomes, ["failed", "not_asked", "failed"]);
  assert.deepEqual([lines, usable.at(-1)], [["dedup_unavailable"], 0]);

  await clock.advance(500);
  store.mode = "answers";
  assert.equal(await claims.claim(PARENT, hashOf(4)), "new");
  assert.deepEqual([lines, usable.at(-1)], [["dedup_unavailable", "dedup_available"], 1]);
});

Deno.test("what is known of the parent is kept while it is worked on, and no longer", async () => {
  const [clock, store] = [new FakeClock(), new ScriptedSets()];
  const { claims } = memory(store, clock);
  await clock.advance(2 * WINDOW_MS);
  assert.deepEqual(store.kept, Array.from({ length: 4 }, () => [SET, WINDOW_MS]));
  claims.openParent(hashOf(8));
  store.kept.length = 0;
  await clock.advance(WINDOW_MS / 2);
  assert.deepEqual(store.kept.map(([set]) => set), [`zcash-pool:shares:${"08".repeat(32)}`]);
  claims.close();
  assert.equal(clock.pending, 0);
});
