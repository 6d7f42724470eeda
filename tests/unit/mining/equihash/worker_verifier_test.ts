import assert from "node:assert/strict";
import { HEADER_LENGTH, systemClock } from "../../../../src/base/mod.ts";
import {
  createWorkerVerifier,
  NO_VERIFIER_METRICS,
  VerifierClosedError,
  VerifierOverloadedError,
  type VerifyRequest,
} from "../../../../src/mining/equihash/mod.ts";
import {
  type SpawnVerifier,
  spawnVerifier,
  verifierWorkerSource,
} from "../../../../src/mining/equihash/_verifier_port.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { ScriptedWorkers } from "../../../support/scripted_workers.ts";
import { realShare, realShares } from "../../../vectors/equihash/_data.ts";

const valid = realShare();

function broken(share: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(share);
  copy[200] = (copy[200] as number) ^ 1;
  return copy;
}

const sourceOf = (network: number) => ({ network: `192.0.2.${network}`, id: network });

/** @param network the number of one; each has one connection here. */
function request(header: Uint8Array, network = 1, urgent = false): VerifyRequest {
  return { header, source: sourceOf(network), urgent };
}

/** A verifier of scripted workers, which answer when the test says so. */
function scripted({ threads = 1, queueCapacity = 64, networkCapacity = 64 } = {}) {
  const clock = new FakeClock();
  const workers = new ScriptedWorkers();
  const counts = { deaths: 0, poisoned: 0, refused: 0 };
  const metrics = {
    ...NO_VERIFIER_METRICS,
    workerDeaths: { increment: () => void counts.deaths++ },
    poisoned: { increment: () => void counts.poisoned++ },
    refused: { increment: () => void counts.refused++ },
  };
  const verifier = createWorkerVerifier(
    { threads, queueCapacity, networkCapacity },
    { clock, metrics, spawn: workers.spawn },
  );
  return { clock, workers, counts, verifier };
}

/** A share that scripted workers can tell apart: its first bytes are a number. */
function numbered(number: number): Uint8Array {
  const share = new Uint8Array(HEADER_LENGTH);
  new DataView(share.buffer).setUint32(0, number);
  return share;
}

Deno.test("worker threads give the verdict of each share", async () => {
  const verifier = createWorkerVerifier(
    { threads: 2, queueCapacity: 1000, networkCapacity: 1000 },
    { clock: systemClock, metrics: NO_VERIFIER_METRICS },
  );
  const requests = realShares.flatMap(({ share }, source) => [
    { header: share, source: sourceOf(source), urgent: source % 7 === 0 },
    { header: broken(share), source: sourceOf(source), urgent: source % 5 === 0 },
  ]);
  const verdicts = await Promise.all(requests.map((each) => verifier.verify(each)));
  assert.deepEqual(verdicts, realShares.flatMap(() => [true, false]));
  assert.equal(verifier.waiting, 0);
  await verifier.close();
});

Deno.test("close answers what threads are busy with, and measures where the time went", async () => {
  const seen = { queued: 0, sent: 0, worked: 0, returned: 0 };
  const histogram = (name: keyof typeof seen) => ({
    observe(seconds: number): void {
      assert.ok(seconds >= 0 && seconds < 10, `${name}: ${seconds}`);
      seen[name]++;
    },
  });
  const metrics = {
    ...NO_VERIFIER_METRICS,
    queuedSeconds: histogram("queued"),
    sentSeconds: histogram("sent"),
    workedSeconds: histogram("worked"),
    returnedSeconds: histogram("returned"),
  };
  const verifier = createWorkerVerifier(
    { threads: 2, queueCapacity: 400, networkCapacity: 400 },
    { clock: systemClock, metrics },
  );
  const verdicts = Array.from({ length: 300 }, (_, i) => verifier.verify(request(valid, i % 9)));
  await verifier.close();
  assert.deepEqual(await Promise.all(verdicts), Array.from({ length: 300 }, () => true));
  assert.deepEqual([seen.queued, seen.worked], [300, 300], "one value a share");
  assert.ok(seen.sent === seen.returned && seen.sent < 300, "one value a batch");
});

Deno.test("a share of another length is invalid without a thread", async () => {
  const { verifier, workers } = scripted();
  assert.equal(await verifier.verify(request(valid.subarray(1))), false);
  assert.equal(workers.batches.length, 0);
  await verifier.close();
});

Deno.test("a worker that dies is replaced and its shares are checked again", async () => {
  // The product's own worker with a trap door: a share that begins with ff bytes brings it down.
  const trapDoor = `
    const check = Checker.prototype.check;
    Checker.prototype.check = function (count) {
      const first = new Uint8Array(wasm.memory.buffer, this.sharesOffset(), 1)[0];
      if (first === 0xff) throw new Error("hit");
      check.call(this, count);
    };`;
  const spawn: SpawnVerifier = (handlers) =>
    spawnVerifier(verifierWorkerSource() + trapDoor, handlers);
  let deaths = 0;
  const metrics = { ...NO_VERIFIER_METRICS, workerDeaths: { increment: () => void deaths++ } };
  const verifier = createWorkerVerifier(
    { threads: 2, queueCapacity: 100, networkCapacity: 100 },
    { clock: systemClock, metrics, spawn },
  );
  const poison = Uint8Array.from(valid).fill(0xff, 0, 4);
  const requests = [request(poison), ...realShares.map(({ share }) => request(share))];
  const verdicts = await Promise.all(requests.map((each) => verifier.verify(each)));
  assert.deepEqual(verdicts, [false, ...realShares.map(() => true)]);
  assert.equal(deaths, 2, "one by its batch, one alone, then checked here");
  assert.equal(await verifier.verify(request(valid)), true);
  await verifier.close();
});

Deno.test("the first share starts at once, the next travel in batches, two per worker", async () => {
  const { verifier, workers } = scripted();
  const verdicts = Array.from({ length: 31 }, (_, i) => verifier.verify(request(numbered(i))));
  await workers.settle();
  assert.deepEqual(workers.batches.map(({ numbers }) => numbers.length), [1, 16]);
  assert.equal(verifier.waiting, 14);
  await workers.answerAll((number) => number % 3 === 0);
  assert.deepEqual(await Promise.all(verdicts), Array.from({ length: 31 }, (_, i) => i % 3 === 0));
  await verifier.close();
});

Deno.test("a flooding source delays another by no more than what workers hold and a turn", async () => {
  const { verifier, workers } = scripted();
  for (let i = 0; i < 60; i++) void verifier.verify(request(numbered(i), 1));
  await workers.settle();
  const held = workers.batches.flatMap(({ numbers }) => numbers).length;
  void verifier.verify(request(numbered(1000), 2));
  await workers.answerAll(() => true);
  const order = workers.seen;
  assert.ok(order.indexOf(1000) <= held + 1, `position ${order.indexOf(1000)} behind ${held}`);
  await verifier.close();
});

Deno.test("the queue refuses what is over its bound, but nothing urgent", async () => {
  const { verifier, workers, counts } = scripted({ queueCapacity: 4, networkCapacity: 3 });
  for (let i = 0; i < 17; i++) void verifier.verify(request(numbered(i), i, true));
  await workers.settle();
  const answers = [1, 1, 1, 1, 2].map((source) => verifier.verify(request(numbered(99), source)));
  assert.deepEqual(answers.map((a) => a !== undefined), [true, true, true, false, true]);
  assert.equal(counts.refused, 1);
  // Full: the second share of one source takes the place of the third of another.
  const displaced = assert.rejects(answers[2] as Promise<boolean>, VerifierOverloadedError);
  assert.ok(verifier.verify(request(numbered(99), 2)) !== undefined);
  await displaced;
  assert.equal(verifier.verify(request(numbered(99), 2)), undefined);
  assert.equal(counts.refused, 3);
  const urgent = verifier.verify(request(numbered(77), 3, true));
  assert.equal(verifier.waiting, 5);
  await workers.answerAll((number) => number === 77);
  assert.equal(await urgent, true);
  assert.ok(workers.seen.indexOf(77) < workers.seen.indexOf(99), "urgent goes first");
  await verifier.close();
});

Deno.test("a worker that does not answer counts as dead and another checks its shares", async () => {
  const { verifier, workers, clock, counts } = scripted({ threads: 2 });
  const verdict = verifier.verify(request(numbered(5)));
  await clock.advance(10_000);
  assert.equal(counts.deaths, 1);
  await workers.answerAll((number) => number === 5);
  assert.equal(await verdict, true);
  await clock.advance(50);
  assert.equal(workers.started, 3);
  await verifier.close();
});

Deno.test("our own standstill is not the worker's silence, and a dead worker is still noticed", async () => {
  const { verifier, workers, clock, counts } = scripted({ threads: 2 });
  const verdict = verifier.verify(request(numbered(5)));
  clock.standStill(14_000);
  await clock.advance(0);
  assert.equal(counts.deaths, 0);
  await workers.answerAll((number) => number === 5);
  assert.equal(await verdict, true);
  const second = verifier.verify(request(numbered(6)));
  clock.standStill(14_000);
  await clock.advance(2_500);
  assert.equal(counts.deaths, 1);
  await clock.advance(50);
  await workers.answerAll((number) => number === 6);
  assert.equal(await second, true);
  await verifier.close();
});

Deno.test("a late answer of a worker that was given up changes nothing", async () => {
  const { verifier, workers, clock } = scripted({ threads: 2 });
  const verdict = verifier.verify(request(numbered(5)));
  await workers.settle();
  const [batch] = workers.batches;
  await clock.advance(10_000);
  batch?.answer([1]);
  await workers.answerAll(() => false);
  assert.equal(await verdict, false);
  await verifier.close();
});

Deno.test("while no worker lives, shares are checked on the calling thread", async () => {
  const { verifier, workers } = scripted();
  workers.killAll("test");
  const verdicts = [valid, broken(valid)].map((share) => verifier.verify(request(share)));
  assert.deepEqual(await Promise.all(verdicts), [true, false]);
  await verifier.close();
});

Deno.test("the rest before a replacement grows while workers fail in a row", async () => {
  const { verifier, workers, clock } = scripted();
  for (const restMs of [50, 100, 200, 400]) {
    const before = workers.started;
    workers.killAll("test");
    await clock.advance(restMs - 1);
    assert.equal(workers.started, before);
    await clock.advance(1);
    assert.equal(workers.started, before + 1);
  }
  await verifier.close();
});

Deno.test("close answers what is under way, then refuses", async () => {
  const { verifier, workers } = scripted();
  const verdicts = Array.from({ length: 20 }, (_, i) => verifier.verify(request(numbered(i))));
  await workers.settle();
  const closed = verifier.close();
  await assert.rejects(
    () => verifier.verify(request(valid)) ?? Promise.resolve(),
    VerifierClosedError,
  );
  await workers.answerAll(() => true);
  await closed;
  assert.deepEqual(await Promise.all(verdicts), Array.from({ length: 20 }, () => true));
  assert.equal(workers.alive, 0);
});

Deno.test("close gives up after its bound and rejects what is left", async () => {
  const { verifier, workers, clock } = scripted();
  const verdicts = Array.from({ length: 20 }, (_, i) => verifier.verify(request(numbered(i))));
  const settled = Promise.allSettled(verdicts);
  const closed = verifier.close();
  await clock.advance(5_000);
  await closed;
  for (const result of await settled) {
    assert.ok(result.status === "rejected" && result.reason instanceof VerifierClosedError);
  }
  assert.equal(workers.alive, 0);
  assert.equal(clock.pending, 0, "no timer is left");
});

Deno.test("a verifier needs at least one thread and one place in the queue", () => {
  const modules = { clock: systemClock, metrics: NO_VERIFIER_METRICS };
  for (const [threads, queueCapacity] of [[0, 1], [1, 0], [1.5, 1], [1, NaN]] as const) {
    assert.throws(() => createWorkerVerifier({ threads, queueCapacity }, modules), RangeError);
  }
});
