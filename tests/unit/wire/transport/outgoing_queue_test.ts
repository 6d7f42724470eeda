import assert from "node:assert/strict";
import { OutgoingQueue } from "../../../../src/wire/transport/_outgoing_queue.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import { socketPair } from "../../../support/socket_pair.ts";

/** The bound of a queue where nothing else is asked for. */
const LIMIT = 256 * 1024;

/** A queue whose socket takes nothing until the test lets it. */
function held() {
  const { near, far } = socketPair();
  near.holdWrites();
  const queue = new OutgoingQueue(LIMIT, {
    socket: near,
    encode: (plain) => plain,
    clock: new FakeClock(),
    onSent: () => {},
    onFailure: (error) => assert.fail(String(error)),
  });
  return { queue, near, far };
}

/** `length` bytes that say which ones they are. */
function piece(mark: number, length: number): Uint8Array {
  return new Uint8Array(length).fill(mark % 251);
}

Deno.test("small frames that wait take little more than their bytes, up to the bound", async () => {
  const { queue } = held();
  let count = 0;
  while (queue.offer(piece(count, 30))) count++;
  assert.equal(count, Math.floor(LIMIT / 30));
  assert(queue.pieces < count / 32, `${queue.pieces} arrays`);
  queue.stop();
  assert.equal(queue.pieces, 0);
  await settle();
});

Deno.test("what waited packed is written whole and in order, and what is sent meanwhile after it", async () => {
  const { queue, near, far } = held();
  const expected: number[] = [];
  const offer = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const bytes = piece(expected.length, 1 + expected.length % 90);
      assert.equal(queue.offer(bytes), true);
      expected.push(...bytes);
    }
  };
  offer(1_000);
  await settle();
  offer(1_000);
  const received: number[] = [];
  const reading = (async () => {
    const buffer = new Uint8Array(5_000);
    for (let count = 0;;) {
      received.push(...buffer.subarray(0, count));
      if (received.length === expected.length) return;
      count = await far.read(buffer) ?? 0;
    }
  })();
  near.writeMax = 7_000;
  near.letWrite();
  offer(500);
  await reading;
  await queue.drained();
  assert.deepEqual(received, expected);
  assert.equal(queue.pieces, 0);
  assert(near.writes.length < 60, "in few writes");
});
