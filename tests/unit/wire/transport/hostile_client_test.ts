import assert from "node:assert/strict";
import { concatBytes, systemRandom } from "../../../../src/base/mod.ts";
import {
  FIRST_PAYLOAD_LENGTH_MAX,
  type FrameConnection,
} from "../../../../src/wire/transport/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { SecondNoiseInitiator } from "../../../support/second_noise_initiator.ts";
import { SecondNoiseConnection } from "../../../support/second_noise_connection.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { frameBytes, marksOf } from "./_frames.ts";
import { authority } from "./_listening.ts";
import { type Loopback, loopback, readToEnd } from "./_loopback.ts";

/** Reads to the end: marks and the code of what was thrown. */
async function drain(connection: FrameConnection) {
  const marks: number[] = [];
  try {
    for await (const frames of connection.batches()) marks.push(...marksOf(frames));
    return { marks, code: undefined };
  } catch (error) {
    return { marks, code: (error as { code?: string }).code };
  }
}

/** The second client, connected. */
function secondClient(server: Loopback): Promise<SecondNoiseConnection> {
  return SecondNoiseConnection.connect({
    ...server.listener.address,
    authorityKey: authority.publicKey,
    unixTime: Math.floor(server.clock.now() / 1000),
    random: seededRandom(4),
  });
}

/** An honest client still gets in and out. */
async function checkService(server: Loopback): Promise<void> {
  const client = await server.dial();
  const connection = await server.next();
  client.send(frameBytes(9));
  const reading = drain(connection);
  client.close("done");
  assert.deepEqual(await reading, { marks: [9], code: undefined });
  await client.closed;
}

Deno.test("a session with the second implementation of the client, over TCP", async () => {
  const server = loopback("both");
  const dialing = secondClient(server);
  const connection = await server.next();
  const client = await dialing;
  assert.equal(connection.encrypted, true);
  assert.equal(connection.remoteAddress, "127.0.0.1");
  connection.limitPayload(100_000);
  const echo = (async () => {
    for await (const frames of connection.batches()) {
      for (const mark of marksOf(frames)) connection.send(frameBytes(mark, mark * 700));
    }
  })();
  for (const mark of [0, 1, 2, 100]) {
    await client.write(frameBytes(mark, mark * 900));
    assert.deepEqual(await client.read(), frameBytes(mark, mark * 700));
  }
  client.close();
  await echo;
  await server.end();
});

Deno.test("a flood of garbage is turned away connection by connection", async () => {
  const server = loopback("both");
  const attack = async (): Promise<void> => {
    const conn = await server.dialRaw();
    const garbage = systemRandom.bytes(4_096);
    garbage[0] = 0x80;
    await conn.write(garbage);
    await readToEnd(conn);
    conn.close();
  };
  const attacks = Array.from({ length: 25 }, attack);
  for (let i = 0; i < attacks.length; i++) {
    const { marks, code } = await drain(await server.next());
    assert.deepEqual(marks, []);
    assert.equal(code, "noise-decryption-failed");
  }
  await Promise.all(attacks);
  assert.equal(server.metrics["closed.protocol_error"], 25);
  await checkService(server);
  await server.end();
  assert.equal(server.metrics["active"], 0);
});

Deno.test("half a frame and a hang-up is no frame and no fault", async () => {
  for (const part of [1, 21, 22, 30]) {
    const server = loopback("noise");
    const noise = new SecondNoiseInitiator(seededRandom(part));
    const conn = await server.dialRaw();
    await conn.write(noise.act1);
    const act2 = new Uint8Array(234);
    const connection = await server.next();
    assert.equal(await conn.read(act2), 234);
    noise.readAct2(act2, {
      authorityKey: authority.publicKey,
      unixTime: Math.floor(server.clock.now() / 1000),
    });
    await conn.write(noise.seal(frameBytes(1, 10)).subarray(0, part));
    conn.close();
    assert.deepEqual(await drain(connection), { marks: [], code: undefined }, `${part} bytes`);
    await server.end();
  }
});

Deno.test("a handshake and frames that come one byte at a time are served", async () => {
  const server = loopback("both");
  const noise = new SecondNoiseInitiator(seededRandom(77));
  const conn = await server.dialRaw();
  conn.setNoDelay(true);
  const trickle = async (bytes: Uint8Array): Promise<void> => {
    for (const byte of bytes) await conn.write(Uint8Array.of(byte));
  };
  await trickle(noise.act1);
  const connection = await server.next();
  const act2 = new Uint8Array(234);
  assert.equal(await conn.read(act2), 234);
  noise.readAct2(act2, {
    authorityKey: authority.publicKey,
    unixTime: Math.floor(server.clock.now() / 1000),
  });
  const reading = drain(connection);
  await trickle(noise.seal(frameBytes(1, 0)));
  await trickle(noise.seal(frameBytes(2, 100)));
  conn.close();
  assert.deepEqual(await reading, { marks: [1, 2], code: undefined });
  await server.end();
});

Deno.test("silent clients are let go when their time is over, and honest ones get in", async () => {
  const server = loopback("both", { maxHandshakes: 5, handshakeTimeoutMs: 10_000 });
  const silent = await Promise.all(Array.from({ length: 6 }, () => server.dialRaw()));
  // The sixth is over the bound: that it is closed says that the others were accepted.
  const ends = silent.map(readToEnd);
  await Promise.any(ends);
  assert.equal(server.metrics["refused.max_handshakes"], 1);
  await server.clock.advance(10_000);
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0, 0, 0]);
  assert.equal(server.metrics["handshake.timeout"], 5);
  for (const conn of silent) conn.close();
  await checkService(server);
  await server.end();
});

Deno.test("a client that never reads costs a bounded amount and is closed", async () => {
  const server = loopback("noise", { queuedBytesMax: 100_000 });
  const client = await secondClientThatNeverReads(server);
  const { connection } = client;
  const reading = drain(connection);
  const frame = frameBytes(1, 50_000);
  let sent = 0;
  // The system's buffers take some megabytes first; then the queue fills.
  while (connection.send(frame)) {
    sent += frame.length;
    assert.ok(sent < 200_000_000, "the queue has no bound");
    await settle();
  }
  assert.equal(await connection.closed, "the peer reads too slowly");
  assert.deepEqual(await reading, { marks: [], code: undefined });
  assert.equal(server.metrics["closed.slow_reader"], 1);
  client.conn.close();
  await checkService(server);
  await server.end();
});

async function secondClientThatNeverReads(server: Loopback) {
  const conn = await server.dialRaw();
  await conn.write(new SecondNoiseInitiator(seededRandom(8)).act1);
  return { conn, connection: await server.next() };
}

Deno.test("clients that reset their connection leave nothing behind", async () => {
  const server = loopback("both");
  for (let i = 0; i < 10; i++) {
    const conn = await server.dialRaw();
    await conn.write(frameBytes(0, 4));
    const connection = await server.next();
    const reading = drain(connection);
    connection.send(frameBytes(1, 30_000));
    await conn.read(new Uint8Array(1));
    // Closing with unread bytes makes the system send a reset.
    conn.close();
    const { marks, code } = await reading;
    assert.deepEqual([marks, code], [[0], undefined]);
    await connection.closed;
  }
  await checkService(server);
  await server.end();
  assert.equal(server.metrics["active"], 0);
});

Deno.test("a Stratum V1 miner on this port is told from a Noise client and closed", async () => {
  const server = loopback("both");
  const conn = await server.dialRaw();
  const text = '{"id":1,"method":"mining.subscribe","params":["cgminer/4.10","","pool",3333]}\n';
  await conn.write(new TextEncoder().encode(text));
  assert.equal(await readToEnd(conn), 0);
  conn.close();
  assert.equal(server.metrics["handshake.text"], 1);
  await server.end();
});

Deno.test("the last frame before a close arrives, though the client goes on sending", async () => {
  const server = loopback("both");
  const client = await server.dial({ plain: true });
  // A plain client is seen by its first frame.
  client.send(frameBytes(0, 20));
  const connection = await server.next();
  const reading = drain(client);
  for (let i = 0; i < 40; i++) client.send(frameBytes(2, 1_000));
  connection.send(concatBytes(frameBytes(4, 500), frameBytes(5)));
  connection.close("refused");
  const { marks, code } = await reading;
  assert.deepEqual([marks, code], [[4, 5], undefined]);
  assert.equal(await connection.closed, "refused");
  assert.equal(await client.closed, "the peer closed the connection");
  await server.end();
});

Deno.test("all that is queued is sent before a close, however much", async () => {
  const server = loopback("noise");
  const client = await server.dial();
  const connection = await server.next();
  client.limitPayload(10_000);
  const reading = drain(client);
  const marks = Array.from({ length: 100 }, (_, i) => i);
  for (const mark of marks) assert.equal(connection.send(frameBytes(mark, 2_000)), true);
  connection.close("that is all");
  assert.deepEqual(await reading, { marks, code: undefined });
  await client.closed;
  await server.end();
});

Deno.test("a frame over the limit closes an encrypted connection as well", async () => {
  const server = loopback("noise");
  const client = await server.dial();
  const connection = await server.next();
  client.send(
    concatBytes(
      frameBytes(1, FIRST_PAYLOAD_LENGTH_MAX),
      frameBytes(2, FIRST_PAYLOAD_LENGTH_MAX + 1),
    ),
  );
  const reading = drain(client);
  assert.deepEqual(await drain(connection), { marks: [1], code: "noise-payload-too-large" });
  await reading;
  await server.end();
});
