import assert from "node:assert/strict";
import { concatBytes } from "../../../src/base/mod.ts";
import { type Frame } from "../../../src/wire/protocol/mod.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { connectionPair, type MemoryConnection } from "../../support/memory_connection.ts";
import { encodeFrame } from "../../support/encode_frame.ts";

function frame(msgType: number, payloadLength = 3): Uint8Array {
  const payload = new Uint8Array(payloadLength).fill(msgType);
  return encodeFrame({ extensionType: 0, channelMsg: false, msgType, payload });
}

async function drain(connection: MemoryConnection) {
  const batches: number[][] = [];
  let code: string | undefined;
  try {
    for await (const frames of connection.batches()) {
      batches.push(frames.map((each: Frame) => each.msgType));
    }
  } catch (error) {
    code = (error as { code?: string }).code;
  }
  return { batches, code };
}

Deno.test("what one end sends the other receives in batches, until one of them closes", async () => {
  const clock = new FakeClock();
  const { client, server } = connectionPair({ clock, remoteAddress: "192.0.2.5", id: 3 });
  assert.deepEqual([server.remoteAddress, server.id, client.id], ["192.0.2.5", 3, 3]);
  const reading = drain(server);
  assert.equal(client.send(concatBytes(frame(1), frame(2))), true);
  assert.equal(client.send(frame(3)), true);
  await settle();
  await clock.advance(50);
  client.send(frame(4));
  client.close("done");
  assert.deepEqual(await reading, { batches: [[1, 2, 3], [4]], code: undefined });
  assert.equal(server.lastReceivedAt, 50);
  assert.equal(await server.closed, "the peer closed the connection");
  assert.equal(await client.closed, "done");
  assert.equal(server.send(frame(5)), false);
});

Deno.test("bounds hold in memory as they do on sockets", async () => {
  const clock = new FakeClock();
  const slow = connectionPair({ clock, queuedBytesMax: 20 });
  assert.equal(slow.client.send(frame(1)), true);
  assert.equal(slow.client.send(frame(1)), true);
  assert.equal(slow.client.send(frame(1)), false);
  assert.equal(slow.client.closeReason, "the peer reads too slowly");

  const long = connectionPair({ clock });
  long.server.limitPayload(5);
  long.client.send(concatBytes(frame(1, 5), frame(2, 6)));
  assert.deepEqual(await drain(long.server), { batches: [[1]], code: "frame-too-long" });

  const raw = connectionPair({ clock });
  const reading = drain(raw.server);
  for (const byte of frame(7)) raw.server.deliverRaw(Uint8Array.of(byte));
  raw.client.close("done");
  assert.deepEqual(await reading, { batches: [[7]], code: undefined });
});

Deno.test("a reader that leaves closes its end", async () => {
  const { client, server } = connectionPair({ clock: new FakeClock() });
  client.send(frame(1));
  for await (const _frames of server.batches()) break;
  assert.equal(await server.closed, "nobody reads any more");
  assert.deepEqual(await drain(client), { batches: [], code: undefined });
});
