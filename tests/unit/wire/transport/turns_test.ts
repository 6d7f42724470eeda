import assert from "node:assert/strict";
import { concatBytes, ProtocolError, systemClock } from "../../../../src/base/mod.ts";
import type { Frame } from "../../../../src/wire/protocol/mod.ts";
import { PlainFrameCodec } from "../../../../src/wire/transport/_frame_codec.ts";
import { turnsOf } from "../../../../src/wire/transport/_turns.ts";
import { UNITS_PER_TURN_MAX } from "../../../../src/wire/transport/limits.ts";
import {
  DEFAULT_CONNECTION_LIMITS,
  FIRST_PAYLOAD_LENGTH_MAX,
  type FrameConnection,
  Intake,
} from "../../../../src/wire/transport/mod.ts";
import { framesOn } from "../../../../src/wire/transport/_framed_connection.ts";
import { socketPair, type TestSocket } from "../../../support/socket_pair.ts";
import { frameBytes, marksOf } from "./_frames.ts";
import { recordedMetrics } from "./_recorded_metrics.ts";

/** Frames that a flooder's one read holds. */
const FLOOD = 1_000;

/** Far less than the flood: a few turns. */
const FEW = 200;

/** A connection on the machine's clock, so that its turns are those of the event loop. */
function connected(
  early: Uint8Array = new Uint8Array(0),
  intake = new Intake(systemClock),
): { readonly connection: FrameConnection; readonly far: TestSocket } {
  const { near, far } = socketPair();
  const codec = new PlainFrameCodec(FIRST_PAYLOAD_LENGTH_MAX);
  const connection = framesOn(
    { id: 1, remoteAddress: near.remoteAddress, limits: DEFAULT_CONNECTION_LIMITS, early },
    { socket: near, codec, clock: systemClock, metrics: recordedMetrics(), intake },
  );
  return { connection, far };
}

/** Small frames, all of which one read has brought. */
function flood(): { readonly marks: number[]; readonly bytes: Uint8Array } {
  const marks = Array.from({ length: FLOOD }, (_, i) => i % 100);
  return { marks, bytes: concatBytes(...marks.map((mark) => frameBytes(mark, 40))) };
}

Deno.test("another connection's frame is handled between two turns of one that floods", async () => {
  const { marks, bytes } = flood();
  const intake = new Intake(systemClock);
  const flooder = connected(bytes, intake);
  const honest = connected(undefined, intake);
  const heard: number[] = [];
  let heardAtAnswer = 0;
  const sent = Promise.withResolvers<number>();
  const flooding = (async () => {
    for await (const frames of flooder.connection.batches()) {
      // It comes after the turn in which the flood begins to be handled.
      if (heard.length === 0) {
        systemClock.after(0, () => sent.resolve(honest.far.write(frameBytes(7))));
      }
      heard.push(...marksOf(frames));
    }
  })();
  const answering = (async () => {
    for await (const _ of honest.connection.batches()) heardAtAnswer = heard.length;
  })();
  flooder.far.close();
  await flooding;
  await sent.promise;
  honest.far.close();
  await answering;
  assert.deepEqual(heard, marks, "every frame, in order");
  assert(heardAtAnswer > 0, "the flood had begun");
  assert(heardAtAnswer <= FEW, `after ${heardAtAnswer} frames of the flood`);
});

Deno.test("a connection that is closed between two turns hands nothing more out", async () => {
  const { connection, far } = connected(flood().bytes);
  const heard: number[] = [];
  for await (const frames of connection.batches()) {
    heard.push(...marksOf(frames));
    systemClock.after(0, () => connection.close("seen enough"));
  }
  far.close();
  assert.equal(await connection.closed, "seen enough");
  assert(heard.length <= FEW, `${heard.length} frames`);
});

/** A stream that counts what was asked of it. */
function* counted(length: number, state: { decoded: number }): Generator<Frame, void> {
  for (; state.decoded < length; state.decoded++) {
    yield { extensionType: 0, channelMsg: false, msgType: 1, payload: new Uint8Array() };
  }
}

Deno.test("what waits for a later turn is not decoded before", () => {
  const state = { decoded: 0 };
  const lengths: number[] = [];
  for (const { units, isFull } of turnsOf(counted(2 * UNITS_PER_TURN_MAX + 3, state))) {
    assert(state.decoded < (lengths.length + 1) * UNITS_PER_TURN_MAX + 1);
    assert.equal(isFull, units.length === UNITS_PER_TURN_MAX);
    lengths.push(units.length);
  }
  assert.deepEqual(lengths, [UNITS_PER_TURN_MAX, UNITS_PER_TURN_MAX, 3]);
});

Deno.test("a fault comes behind the frames in front of it, and a fault of ours goes up", () => {
  const failing = (error: Error) =>
    turnsOf((function* () {
      yield* counted(2, { decoded: 0 });
      throw error;
    })());
  const fault = new ProtocolError("frame-too-long", "too long", "drop_connection");
  const turns = [...failing(fault)];
  assert.deepEqual(turns.map(({ units, isFull }) => [units.length, isFull]), [[2, false]]);
  assert.equal(turns[0]?.fault, fault);
  assert.throws(() => [...failing(new Error("ours"))], /ours/);
});
