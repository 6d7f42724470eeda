import assert from "node:assert/strict";
import { concatBytes, type Conduct, type PeerFault } from "../../../../src/base/mod.ts";
import { PlainFrameCodec } from "../../../../src/wire/transport/_frame_codec.ts";
import {
  type ConnectionLimits,
  DEFAULT_CONNECTION_LIMITS,
  FIRST_PAYLOAD_LENGTH_MAX,
  type FrameConnection,
} from "../../../../src/wire/transport/mod.ts";
import { OutgoingBudget } from "../../../../src/wire/transport/outgoing_budget.ts";
import { framesOn } from "../../../../src/wire/transport/_framed_connection.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { socketPair } from "../../../support/socket_pair.ts";
import { RecordedConduct } from "../../../support/recorded_conduct.ts";
import { frameBytes, marksOf } from "./_frames.ts";
import { recordedMetrics } from "./_recorded_metrics.ts";

/** A connection on a socket of memory, with its peer's end in the test's hands. */
function connected(
  limits: Partial<ConnectionLimits> = {},
  early?: Uint8Array,
  conduct: Conduct = new RecordedConduct(),
  outgoing = new OutgoingBudget(),
) {
  const { near, far } = socketPair();
  const clock = new FakeClock();
  const metrics = recordedMetrics();
  const connection = framesOn(
    {
      id: 1,
      remoteAddress: near.remoteAddress,
      limits: { ...DEFAULT_CONNECTION_LIMITS, ...limits },
      ...(early === undefined ? {} : { early }),
    },
    {
      socket: near,
      codec: new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX),
      clock,
      metrics,
      conduct,
      outgoing,
    },
  );
  let reason: string | undefined;
  void connection.closed.then((given) => reason = given);
  return { connection, near, far, clock, metrics, closedWith: () => reason };
}

/** Reads a connection to its end: marks by batch, and what it threw. */
function reading(connection: FrameConnection) {
  const state = { batches: [] as number[][], error: undefined as unknown, ended: false };
  const done = (async () => {
    try {
      for await (const frames of connection.batches()) state.batches.push(marksOf(frames));
    } catch (error) {
      state.error = error;
    }
    state.ended = true;
  })();
  return { state, done };
}

/** All that the far end can read without waiting. */
async function received(far: ReturnType<typeof socketPair>["far"], length: number) {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await far.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

Deno.test("frames come in batches of what was read at once, and end with the peer", async () => {
  const { connection, far, closedWith, metrics, clock } = connected();
  const { state, done } = reading(connection);
  await far.write(concatBytes(frameBytes(1), frameBytes(2), frameBytes(3).subarray(0, 7)));
  await settle();
  await far.write(frameBytes(3).subarray(7));
  await settle();
  assert.deepEqual(state.batches, [[1, 2], [3]]);
  assert.equal(metrics.values["received"], 30);
  far.close();
  await done;
  assert.equal(state.error, undefined);
  assert.equal(await connection.closed, "the peer closed the connection");
  assert.equal(closedWith(), "the peer closed the connection");
  assert.equal(metrics.values["closed.peer"], 1);
  assert.equal(clock.pending, 0, "no timer is left");
});

Deno.test("what was read before the connection began comes first", async () => {
  const { connection, far } = connected(
    {},
    concatBytes(frameBytes(1), frameBytes(2).subarray(0, 3)),
  );
  const { state, done } = reading(connection);
  await settle();
  assert.deepEqual(state.batches, [[1]]);
  await far.write(concatBytes(frameBytes(2).subarray(3), frameBytes(3)));
  far.close();
  await done;
  assert.deepEqual(state.batches, [[1], [2, 3]]);
});

Deno.test("payloads stay as they were while later frames are read", async () => {
  const { connection, far } = connected();
  const kept: Uint8Array[] = [];
  const done = (async () => {
    for await (const frames of connection.batches()) {
      for (const frame of frames) kept.push(frame.payload);
    }
  })();
  for (let mark = 1; mark <= 20; mark++) {
    await far.write(frameBytes(mark, 600));
    await settle();
  }
  far.close();
  await done;
  assert.equal(kept.length, 20);
  kept.forEach((payload, i) =>
    assert.ok(payload.every((byte) => byte === i + 1), `frame ${i + 1}`)
  );
});

Deno.test("a burst larger than any read buffer arrives whole and in order", async () => {
  const { connection, far, clock } = connected();
  const { state, done } = reading(connection);
  const marks = Array.from({ length: 3_000 }, (_, i) => i % 100);
  await far.write(concatBytes(...marks.map((mark) => frameBytes(mark, 100))));
  far.close();
  await clock.advance(0);
  await done;
  assert.deepEqual(state.batches.flat(), marks);
  assert.ok(state.batches.length > 3, "it was read in pieces");
});

Deno.test("a frame over the limit ends the stream after the frames in front of it", async () => {
  const { connection, far, metrics, clock } = connected();
  connection.limitPayload(100);
  const { state, done } = reading(connection);
  await far.write(concatBytes(frameBytes(1, 100), frameBytes(2, 101)));
  await settle();
  far.close();
  await done;
  assert.deepEqual(state.batches, [[1]]);
  assert.equal((state.error as { code?: string }).code, "frame-too-long");
  assert.equal(metrics.values["closed.protocol_error"], 1);
  await connection.closed;
  assert.equal(clock.pending, 0);
});

Deno.test("a limit that is raised while frames are handled holds for the next read", async () => {
  const { connection, far } = connected();
  const lengths: number[] = [];
  const done = (async () => {
    for await (const frames of connection.batches()) {
      for (const frame of frames) lengths.push(frame.payload.length);
      connection.limitPayload(5_000);
    }
  })();
  await far.write(frameBytes(1, 900));
  await settle();
  await far.write(frameBytes(2, 5_000));
  far.close();
  await done;
  assert.deepEqual(lengths, [900, 5_000]);
});

Deno.test("frames sent in one turn go out in one write, and while one waits, in the next", async () => {
  const { connection, near, far, metrics } = connected();
  near.holdWrites();
  for (const mark of [1, 2, 3]) assert.equal(connection.send(frameBytes(mark)), true);
  await settle();
  for (const mark of [4, 5]) assert.equal(connection.send(frameBytes(mark)), true);
  await settle();
  near.letWrite();
  await settle();
  assert.deepEqual(near.writes, [30, 20]);
  const expected = concatBytes(...[1, 2, 3, 4, 5].map((mark) => frameBytes(mark)));
  assert.deepEqual(await received(far, 50), expected);
  assert.equal(metrics.values["sent"], 50);
  connection.close("done");
  far.close();
  await connection.closed;
});

Deno.test("a write is not larger than its bound, unless one send is", async () => {
  const { connection, near, far } = connected({ queuedBytesMax: 1_000_000 });
  near.holdWrites();
  connection.send(frameBytes(1, 94));
  await settle();
  for (let i = 0; i < 3; i++) connection.send(frameBytes(2, 39_994));
  connection.send(frameBytes(3, 99_994));
  near.letWrite();
  await settle();
  assert.deepEqual(near.writes, [100, 40_000, 40_000, 40_000, 100_000]);
  connection.close("done");
  far.close();
  await connection.closed;
});

Deno.test("a socket that takes a few bytes at a time gets all of them", async () => {
  const { connection, near, far } = connected();
  near.writeMax = 7;
  const sent = concatBytes(frameBytes(1, 90), frameBytes(2, 33));
  connection.send(sent);
  assert.deepEqual(await received(far, sent.length), sent);
  connection.close("done");
  far.close();
  await connection.closed;
});

Deno.test("a peer that does not read is closed when the queue's bound is passed", async () => {
  const { connection, near, clock, metrics } = connected({ queuedBytesMax: 100 });
  near.holdWrites();
  const { done } = reading(connection);
  for (let i = 0; i < 10; i++) assert.equal(connection.send(frameBytes(i)), true);
  await settle();
  assert.equal(connection.send(frameBytes(11)), false);
  assert.equal(near.isClosed, true, "at once, without waiting for what is queued");
  assert.equal(connection.send(frameBytes(12)), false);
  assert.equal(await connection.closed, "the peer reads too slowly");
  await done;
  assert.equal(metrics.values["closed.slow_reader"], 1);
  assert.equal(clock.pending, 0);
});

Deno.test("what waits on all connections together has a bound, whoever has most goes", async () => {
  const outgoing = new OutgoingBudget(1_000);
  const stuck = connected({}, undefined, undefined, outgoing);
  const other = connected({}, undefined, undefined, outgoing);
  stuck.near.holdWrites();
  other.near.holdWrites();
  for (let i = 0; i < 10; i++) assert.equal(stuck.connection.send(frameBytes(i, 60)), true);
  const large = frameBytes(1, 400);
  assert.equal(other.connection.send(large), true);
  const reason = "most waits for this peer, and too much for all together";
  assert.equal(await stuck.connection.closed, reason);
  assert.equal(outgoing.total, large.length);
  other.connection.close("enough");
  other.near.close();
});

Deno.test("one send may be larger than the queue's bound when nothing waits", async () => {
  const { connection, far } = connected({ queuedBytesMax: 100 });
  assert.equal(connection.send(frameBytes(1, 5_000)), true);
  assert.equal((await received(far, 5_006)).length, 5_006);
  await settle();
  assert.equal(connection.send(frameBytes(2, 5_000)), true);
  assert.equal(connection.send(frameBytes(3)), false);
  await connection.closed;
});

Deno.test("a peer that takes no byte of a write for so long is closed", async () => {
  const { connection, near, far, clock, metrics } = connected({ writeTimeoutMs: 5_000 });
  const { done } = reading(connection);
  near.holdWrites();
  connection.send(frameBytes(1));
  await clock.advance(4_999);
  assert.equal(near.isClosed, false);
  // Bytes that come in do not help it.
  await far.write(frameBytes(1));
  await clock.advance(1);
  assert.equal(near.isClosed, true);
  assert.match(await connection.closed, /nothing was taken/);
  await done;
  assert.equal(metrics.values["closed.slow_reader"], 1);
});

Deno.test("a peer that takes bytes slowly, but takes them, stays", async () => {
  const { connection, near, far, clock } = connected({ writeTimeoutMs: 5_000 });
  near.writeMax = 10;
  connection.send(frameBytes(1, 34));
  for (let i = 0; i < 4; i++) {
    near.holdWrites();
    await clock.advance(3_000);
    near.letWrite();
    await settle();
  }
  assert.equal(near.isClosed, false);
  assert.deepEqual(await received(far, 40), frameBytes(1, 34));
  connection.close("done");
  far.close();
  await connection.closed;
});

Deno.test("a silent peer is closed after the idle timeout and not before", async () => {
  const { connection, near, far, clock, metrics } = connected({ idleTimeoutMs: 60_000 });
  const { state, done } = reading(connection);
  await clock.advance(59_000);
  await far.write(frameBytes(1));
  await settle();
  assert.equal(connection.lastReceivedAt, 59_000);
  await clock.advance(59_999);
  assert.equal(near.isClosed, false);
  await clock.advance(1);
  assert.equal(near.isClosed, true);
  await done;
  assert.equal(state.error, undefined);
  assert.match(await connection.closed, /nothing came/);
  assert.equal(metrics.values["closed.idle"], 1);
  assert.equal(clock.pending, 0);
});

Deno.test("our own standstill is not the peer's silence", async () => {
  const { connection, near, far, clock, metrics } = connected({ idleTimeoutMs: 10_000 });
  const { state, done } = reading(connection);
  await clock.advance(1_000);
  // What comes while the process is stopped waits in the system.
  clock.standStill(14_000);
  const sent = far.write(frameBytes(1));
  await clock.advance(0);
  await sent;
  assert.equal(near.isClosed, false);
  assert.deepEqual(state.batches, [[1]]);
  await clock.advance(9_999);
  assert.equal(near.isClosed, false);
  // Who stays silent after it is let go.
  await clock.advance(10_000);
  assert.equal(near.isClosed, true);
  await done;
  assert.equal(metrics.values["closed.idle"], 1);
  assert.equal(clock.pending, 0);
});

Deno.test("a peer that was given something that takes its time has the whole timeout for it", async () => {
  const { connection, near, clock } = connected({ idleTimeoutMs: 60_000 });
  const { done } = reading(connection);
  await clock.advance(59_999);
  connection.excuseSilence();
  await clock.advance(59_999);
  assert.equal(near.isClosed, false);
  await clock.advance(1);
  assert.equal(near.isClosed, true);
  await done;
});

Deno.test("a byte now and then keeps a connection, as half a frame is no silence", async () => {
  const { connection, near, far, clock } = connected({ idleTimeoutMs: 60_000 });
  const { done } = reading(connection);
  for (const byte of frameBytes(1)) {
    await clock.advance(59_000);
    await far.write(Uint8Array.of(byte));
    await settle();
  }
  assert.equal(near.isClosed, false);
  far.close();
  await done;
});

Deno.test("a consumer that is busy for long is not its peer's silence", async () => {
  const { connection, near, far, clock } = connected({ idleTimeoutMs: 60_000 });
  let goOn = (): void => {};
  const done = (async () => {
    for await (const _frames of connection.batches()) {
      await new Promise<void>((resolve) => goOn = resolve);
    }
  })();
  await far.write(frameBytes(1));
  await clock.advance(600_000);
  assert.equal(near.isClosed, false);
  goOn();
  await settle();
  await clock.advance(59_000);
  assert.equal(near.isClosed, false, "the timeout begins when reading does");
  await clock.advance(61_000);
  assert.equal(near.isClosed, true);
  await done;
});

Deno.test("nothing is read while the consumer is busy", async () => {
  const { connection, far, metrics } = connected();
  let goOn = (): void => {};
  const done = (async () => {
    for await (const _frames of connection.batches()) {
      await new Promise<void>((resolve) => goOn = resolve);
    }
  })();
  await far.write(frameBytes(1));
  await settle();
  await far.write(frameBytes(2));
  await settle();
  assert.equal(metrics.values["received"], 10);
  goOn();
  await settle();
  assert.equal(metrics.values["received"], 20);
  goOn();
  far.close();
  await done;
});

Deno.test("closing sends what is queued, then the end, and waits for the peer's end", async () => {
  const { connection, near, far, clock, closedWith, metrics } = connected();
  const { state, done } = reading(connection);
  near.holdWrites();
  connection.send(frameBytes(1));
  connection.close("that is all");
  connection.close("another reason");
  assert.equal(connection.send(frameBytes(2)), false);
  await settle();
  assert.equal(closedWith(), undefined);
  near.letWrite();
  assert.deepEqual(await received(far, 100), frameBytes(1));
  assert.equal(near.isClosed, false, "a close now could destroy what the peer has not read");
  await far.write(frameBytes(3));
  await settle();
  far.close();
  await done;
  assert.equal(await connection.closed, "that is all");
  assert.deepEqual(state.batches, [], "what came after the close is thrown away");
  assert.equal(near.isClosed, true);
  assert.equal(metrics.values["closed.local"], 1);
  assert.equal(clock.pending, 0);
});

Deno.test("closing does not wait for ever: neither for a write nor for the peer's end", async () => {
  for (const held of [true, false]) {
    const { connection, near, clock, closedWith } = connected({ closeTimeoutMs: 2_000 });
    const { done } = reading(connection);
    if (held) near.holdWrites();
    connection.send(frameBytes(1));
    connection.close("that is all");
    await clock.advance(1_999);
    assert.equal(closedWith(), undefined);
    await clock.advance(1);
    assert.equal(closedWith(), "that is all");
    assert.equal(near.isClosed, true);
    await done;
    assert.equal(clock.pending, 0);
  }
});

Deno.test("a peer that goes on sending into a closing connection is cut off by count", async () => {
  const { connection, near, far, clock } = connected();
  connection.close("that is all");
  for (let i = 0; i < 300 && !near.isClosed; i++) {
    await far.write(new Uint8Array(1_024));
    if (i % 10 === 0) await settle();
  }
  await settle();
  assert.equal(near.isClosed, true);
  assert.equal(clock.pending, 0);
});

Deno.test("a socket that breaks ends reading quietly, and says so in the reason", async () => {
  const { connection, near, clock, metrics } = connected();
  const { state, done } = reading(connection);
  await settle();
  near.fail("connection reset by peer");
  await done;
  assert.equal(state.error, undefined);
  assert.match(await connection.closed, /connection reset by peer/);
  assert.equal(connection.send(frameBytes(1)), false);
  assert.equal(metrics.values["closed.socket_error"], 1);
  assert.equal(clock.pending, 0);
});

Deno.test("a socket that breaks under a write ends the connection once", async () => {
  const { connection, near, clock, metrics } = connected();
  const { done } = reading(connection);
  near.holdWrites();
  connection.send(frameBytes(1));
  await settle();
  near.fail("broken pipe");
  await done;
  assert.match(await connection.closed, /broken pipe/);
  const closes = Object.entries(metrics.values).filter(([name]) => name.startsWith("closed."));
  assert.deepEqual(closes, [["closed.socket_error", 1]]);
  assert.equal(clock.pending, 0);
});

Deno.test("a socket that breaks while it is closed is closed all the same", async () => {
  const { connection, near, clock } = connected();
  near.holdWrites();
  connection.send(frameBytes(1));
  connection.close("that is all");
  await settle();
  near.fail("broken pipe");
  assert.equal(await connection.closed, "that is all");
  assert.equal(clock.pending, 0);
});

Deno.test("a reader that leaves closes the connection", async () => {
  const { connection, far } = connected();
  await far.write(frameBytes(1));
  for await (const _frames of connection.batches()) break;
  far.close();
  assert.equal(await connection.closed, "nobody reads any more");
});

Deno.test("a connection that is closed before it is read gives nothing", async () => {
  const { connection, far } = connected({}, frameBytes(1));
  connection.close("not wanted");
  const { state, done } = reading(connection);
  await done;
  assert.deepEqual(state.batches, []);
  far.close();
  await connection.closed;
});

Deno.test("a broken stream is a frame fault of its peer, and a hang-up is none", async () => {
  const faults: PeerFault[] = [];
  const conduct = new RecordedConduct(faults);
  for (const length of [FIRST_PAYLOAD_LENGTH_MAX, FIRST_PAYLOAD_LENGTH_MAX + 1]) {
    const { connection, far } = connected({}, undefined, conduct);
    const { done } = reading(connection);
    await far.write(frameBytes(1, length));
    await settle();
    far.close();
    await done;
  }
  assert.deepEqual(faults, [{ kind: "frame", address: "192.0.2.9", code: "frame-too-long" }]);
});

Deno.test("batches are iterated once", async () => {
  const { connection, far } = connected();
  const { done } = reading(connection);
  await assert.rejects(connection.batches().next(), { code: "assertion-failed" });
  far.close();
  await done;
  await connection.closed;
});

Deno.test("closing from inside of the loop that reads ends the loop", async () => {
  const { connection, far } = connected();
  let batches = 0;
  await far.write(frameBytes(1));
  const done = (async () => {
    for await (const _frames of connection.batches()) {
      batches++;
      connection.close("seen enough");
    }
  })();
  await settle();
  await far.write(frameBytes(2));
  await done;
  assert.equal(batches, 1);
  far.close();
  assert.equal(await connection.closed, "seen enough");
});
