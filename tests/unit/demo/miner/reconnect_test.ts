import assert from "node:assert/strict";
import type { Random } from "../../../../src/base/mod.ts";
import { Backoff } from "../../../../src/demo/miner/mod.ts";
import { CloseChannel, NewEquihashJob, Reconnect } from "../../../../src/wire/protocol/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { jobOf, solution, Stage } from "./_scripted_pool.ts";

/** Randomness that always gives the same byte: the ends of the jitter. */
function constantRandom(byte: number): Random {
  return { bytes: (length) => new Uint8Array(length).fill(byte) };
}

Deno.test("waits double from one second to sixty, each off by at most a quarter", () => {
  const bases = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000);
  for (let seed = 0; seed < 50; seed++) {
    const backoff = new Backoff(seededRandom(seed));
    for (const base of bases) {
      const wait = backoff.next();
      assert.ok(wait >= Math.max(1000, base * 0.75) && wait <= base * 1.25, `${wait} of ${base}`);
    }
  }
  const [least, most] = [0x00, 0xff].map((byte) => {
    const backoff = new Backoff(constantRandom(byte));
    return bases.map(() => backoff.next());
  });
  assert.deepEqual(least, bases.map((base) => Math.max(1000, base * 0.75)));
  assert.deepEqual(most, bases.map((base) => base * 1.25));
});

Deno.test("a pool that cannot be reached is tried again, later and later", async () => {
  const stage = await Stage.open();
  stage.connectFault = new Error("refused");
  stage.pool.connection.close("gone");
  await stage.clock.advance(200_000);
  const waits = stage.of("closed").map((event) => event.retryInMs as number);
  assert.ok(waits.length >= 7, `${waits.length} attempts`);
  for (const [i, wait] of waits.entries()) {
    const base = Math.min(1000 * 2 ** i, 60_000);
    assert.ok(wait >= Math.max(1000, base * 0.75) && wait <= base * 1.25, `${wait} of ${base}`);
  }
  for (let i = 1; i < stage.attempts.length; i++) {
    const before = stage.attempts[i - 1]?.atMs as number;
    assert.equal((stage.attempts[i]?.atMs as number) - before, waits[i - 1], "the wait was kept");
  }
  await stage.stop();
});

Deno.test("a connection that held five minutes starts the waits at one second again", async () => {
  const stage = await Stage.open();
  for (const held of [0, 0, 299_000, 300_000]) {
    await stage.clock.advance(held);
    stage.pool.connection.close("gone");
    await settle();
    const wait = stage.of("closed").at(-1)?.retryInMs as number;
    await stage.clock.advance(wait);
    await stage.pool.accept();
  }
  const waits = stage.of("closed").map((event) => event.retryInMs as number);
  const bases = [1000, 2000, 4000, 1000];
  for (const [i, base] of bases.entries()) {
    const wait = waits[i] as number;
    assert.ok(wait >= Math.max(1000, base * 0.75) && wait <= base * 1.25, `${wait} of ${base}`);
  }
  await stage.stop();
});

const REDIRECTS = [
  { newHost: "", newPort: 0, hostname: "pool.example", port: 3333 },
  { newHost: "b.example", newPort: 0, hostname: "b.example", port: 3333 },
  { newHost: "", newPort: 4444, hostname: "pool.example", port: 4444 },
  { newHost: "b.example", newPort: 4444, hostname: "b.example", port: 4444 },
];

for (const { newHost, newPort, hostname, port } of REDIRECTS) {
  Deno.test(`Reconnect to "${newHost}":${newPort} leads to ${hostname}:${port}, and back when that is lost`, async () => {
    const stage = await Stage.open();
    await stage.pool.send(Reconnect.encode({ newHost, newPort }));
    await stage.pool.ended;
    await stage.clock.advance(1_250);
    assert.deepEqual(stage.attempts.at(-1)?.endpoint, { hostname, port });
    const setup = await stage.pool.expect("SetupConnection");
    assert.deepEqual([setup.endpointHost, setup.endpointPort], [hostname, port]);
    stage.pool.connection.close("gone");
    await stage.clock.advance(2_500);
    assert.deepEqual(stage.attempts.at(-1)?.endpoint, { hostname: "pool.example", port: 3333 });
    await stage.stop();
  });
}

Deno.test("Reconnect is followed during the setup too", async () => {
  const stage = new Stage();
  await settle();
  await stage.pool.expect("SetupConnection");
  await stage.pool.send(Reconnect.encode({ newHost: "b.example", newPort: 1 }));
  await stage.clock.advance(1_250);
  assert.deepEqual(stage.attempts.at(-1)?.endpoint, { hostname: "b.example", port: 1 });
  await stage.stop();
});

Deno.test("a new connection starts from nothing: setup, channel, sequence numbers, no old job", async () => {
  const stage = await Stage.searching();
  await stage.solver.last.find(solution(1), solution(2));
  stage.pool.connection.close("gone");
  await settle();
  assert.deepEqual(stage.of("share_unanswered").map((event) => event.sequenceNumber), [0, 1]);
  const searches = stage.solver.searches.length;
  await stage.clock.advance(1_250);
  await stage.pool.accept();
  assert.equal(stage.solver.searches.length, searches, "the old job is not worked on");
  await stage.pool.send(NewEquihashJob.encode(jobOf()));
  assert.equal(stage.solver.searches.length, searches, "the solver is still at its last nonce");
  await stage.solver.last.find(solution(9));
  assert.equal(stage.solver.searches.length, searches + 1);
  await stage.solver.last.find(solution(3));
  assert.equal((await stage.pool.expect("SubmitEquihashShare")).sequenceNumber, 0);
  await stage.stop();
});

Deno.test("a search that outlives its connection gives the new one no shares", async () => {
  const stage = await Stage.searching();
  const old = stage.solver.last;
  stage.pool.connection.close("gone");
  await stage.clock.advance(1_250);
  await stage.pool.accept();
  await old.find(solution(1));
  assert.deepEqual(stage.of("share_found"), []);
  assert.deepEqual(stage.pool.received, []);
  await stage.stop();
});

Deno.test("CloseChannel from the pool ends the connection with its reason", async () => {
  const stage = await Stage.open();
  await stage.pool.send(CloseChannel.encode({ channelId: 7, reasonCode: "liability-cap" }));
  await stage.pool.ended;
  assert.equal(stage.of("closed")[0]?.reason, "the pool closed the channel: liability-cap");
  await stage.stop();
});

Deno.test("bytes that are no protocol end the connection, not the miner", async () => {
  const truncated = NewEquihashJob.encode(jobOf()).slice(0, -1);
  truncated[3] = (truncated[3] as number) - 1;
  const tooLong = new Uint8Array([0, 0, 0, 0xff, 0xff, 0xff]);
  for (const bytes of [truncated, tooLong]) {
    const stage = await Stage.open();
    stage.pool.connection.send(bytes);
    await settle();
    assert.equal(stage.of("closed").length, 1);
    await stage.clock.advance(1_250);
    await stage.pool.accept();
    assert.equal(stage.of("channel_open").length, 2);
    await stage.stop();
  }
});
