import assert from "node:assert/strict";
import { concatBytes, type PeerFault, systemRandom } from "../../../../src/base/mod.ts";
import { CertificateIssuer, generateAuthorityKeyPair } from "../../../../src/wire/noise/mod.ts";
import { Admission, DEFAULT_LISTENER_LIMITS } from "../../../../src/wire/transport/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { RecordedConduct } from "../../../support/recorded_conduct.ts";
import { frameBytes } from "./_frames.ts";
import { listening, serveAll, shakeHandsAsClient } from "./_listening.ts";

/** Reads a socket to its end. */
async function readsNothing(socket: { read(buffer: Uint8Array): Promise<number | null> }) {
  assert.equal(await socket.read(new Uint8Array(1)), null);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A first frame as SetupConnection starts: extension_type 0, msg_type 0. */
const plainStart = frameBytes(0, 20);

Deno.test("one port serves Noise and plain clients, told apart by their first bytes", async () => {
  const { listener, acceptor, clock, metrics } = listening("both");
  const { served, done } = serveAll(listener);
  const plain = acceptor.dial("192.0.2.1");
  await plain.write(concatBytes(plainStart, frameBytes(7)));
  const sealed = acceptor.dial("192.0.2.2");
  const { codec } = await shakeHandsAsClient(sealed, clock);
  await sealed.write(codec.sealer.seal(concatBytes(frameBytes(1), frameBytes(2))));
  await settle();
  const seen = served.map(({ connection, marks }) => [
    connection.remoteAddress,
    connection.encrypted,
    marks,
  ]);
  assert.deepEqual(seen, [["192.0.2.1", false, [0, 7]], ["192.0.2.2", true, [1, 2]]]);
  assert.notEqual(served[0]?.connection.id, served[1]?.connection.id);
  assert.equal(metrics["total"], 2);
  assert.equal(metrics["noise"], 1);
  assert.equal(metrics["active"], 2);
  plain.close();
  sealed.close();
  await settle();
  assert.equal(metrics["active"], 0);
  await listener.close();
  await done;
  assert.equal(clock.pending, 0);
});

Deno.test("what the server sends, the client opens", async () => {
  const { listener, acceptor, clock } = listening("noise");
  const { served, done } = serveAll(listener);
  const socket = acceptor.dial();
  const { codec } = await shakeHandsAsClient(socket, clock);
  const sent = concatBytes(frameBytes(1, 180), frameBytes(2, 0));
  assert.equal(served[0]?.connection.send(sent), true);
  await settle();
  const bytes = new Uint8Array(1_000);
  const count = await socket.read(bytes) ?? 0;
  assert.deepEqual(concatBytes(...codec.opener.push(bytes.subarray(0, count))), sent);
  socket.close();
  await listener.close();
  await done;
});

Deno.test("a plain start is recognized however it is cut, and loses no byte", async () => {
  const bytes = concatBytes(plainStart, frameBytes(3));
  for (let at = 1; at < 20; at++) {
    const { listener, acceptor } = listening("both");
    const { served, done } = serveAll(listener);
    const socket = acceptor.dial();
    await socket.write(bytes.subarray(0, at));
    await settle();
    assert.equal(served.length, at < 11 ? 0 : 1, `cut at ${at}`);
    await socket.write(bytes.subarray(at));
    await settle();
    socket.close();
    await listener.close();
    await done;
    assert.deepEqual(served.map((each) => each.marks), [[0, 3]], `cut at ${at}`);
  }
});

Deno.test("a first message that comes byte by byte is a handshake all the same", async () => {
  const { listener, acceptor, clock } = listening("both");
  const { served, done } = serveAll(listener);
  const socket = acceptor.dial();
  socket.writeMax = 1;
  const write = socket.write.bind(socket);
  socket.write = async (bytes) => {
    for (let at = 0; at < bytes.length; at++) await write(bytes.subarray(at, at + 1));
    return bytes.length;
  };
  const { codec } = await shakeHandsAsClient(socket, clock);
  await socket.write(codec.sealer.seal(frameBytes(5)));
  // Each byte is a read, and a network that is read so often waits for its turns.
  for (let turn = 0; turn < 60; turn++) await clock.advance(1);
  assert.deepEqual(served.map((each) => each.marks), [[5]]);
  socket.close();
  await listener.close();
  await done;
});

Deno.test("a plain client is refused as soon as it is certain where Noise is required", async () => {
  const { listener, acceptor, clock, metrics } = listening("noise");
  const { served, done } = serveAll(listener);
  const socket = acceptor.dial();
  await socket.write(plainStart.subarray(0, 10));
  await settle();
  assert.equal(metrics["refused.plain"], undefined);
  await socket.write(plainStart.subarray(10, 11));
  await settle();
  await readsNothing(socket);
  assert.equal(metrics["refused.plain"], 1);
  assert.equal(served.length, 0);
  await listener.close();
  await done;
  assert.equal(clock.pending, 0);
});

Deno.test("a plain listener hands a connection out before anything is read", async () => {
  const { listener, acceptor } = listening("plain");
  const { served, done } = serveAll(listener);
  const socket = acceptor.dial();
  await settle();
  assert.equal(served.length, 1);
  await socket.write(plainStart);
  socket.close();
  await listener.close();
  await done;
  assert.deepEqual(served[0]?.marks, [0]);
});

Deno.test("a Noise client of a plain listener is refused by the frame decoder", async () => {
  const { listener, acceptor } = listening("plain");
  const { served, done } = serveAll(listener);
  const socket = acceptor.dial();
  // As a header these bytes announce 0xa5a5a5 bytes of payload.
  await socket.write(new Uint8Array(64).fill(0xa5));
  await settle();
  socket.close();
  await listener.close();
  await done;
  assert.equal((served[0]?.error as { code?: string }).code, "frame-too-long");
});

Deno.test("a client that says nothing, or half, is let go when its time is over", async () => {
  for (const start of [new Uint8Array(0), Uint8Array.of(0, 0), new Uint8Array(63).fill(0x80)]) {
    const { listener, acceptor, clock, metrics } = listening("both", {
      handshakeTimeoutMs: 10_000,
    });
    const { served, done } = serveAll(listener);
    const socket = acceptor.dial();
    await clock.advance(1);
    if (start.length > 0) await socket.write(start);
    await clock.advance(9_998);
    assert.equal(metrics["handshake.timeout"], undefined);
    await clock.advance(2);
    assert.equal(metrics["handshake.timeout"], 1);
    await readsNothing(socket);
    assert.equal(served.length, 0);
    await listener.close();
    await done;
    assert.equal(clock.pending, 0);
  }
});

Deno.test("a handshake that waited for our own standstill is finished after it", async () => {
  const { listener, acceptor, clock, metrics } = listening("noise", { handshakeTimeoutMs: 10_000 });
  const { served, done } = serveAll(listener);
  const honest = acceptor.dial("192.0.2.1");
  const silent = acceptor.dial("192.0.2.2");
  await settle();
  clock.standStill(14_000);
  await shakeHandsAsClient(honest, clock);
  assert.equal(served.length, 1);
  assert.equal(metrics["handshake.timeout"], undefined);
  await clock.advance(10_000);
  assert.equal(metrics["handshake.timeout"], 1);
  await readsNothing(silent);
  honest.close();
  await listener.close();
  await done;
  assert.equal(clock.pending, 0);
});

Deno.test("a client that does not take the answer is let go when its time is over", async () => {
  const { listener, acceptor, clock, metrics } = listening("noise", { handshakeTimeoutMs: 10_000 });
  const socket = acceptor.dial();
  socket.peer?.holdWrites();
  await socket.write(new Uint8Array(64).fill(0x80));
  await clock.advance(10_000);
  assert.equal(metrics["handshake.timeout"], 1);
  await listener.close();
  assert.equal(clock.pending, 0);
});

Deno.test("clients that hang up, break, or speak in text are counted by what they did", async () => {
  const { listener, acceptor, metrics } = listening("both");
  const { served, done } = serveAll(listener);
  const gone = acceptor.dial();
  await gone.write(Uint8Array.of(1, 2, 3));
  gone.close();
  const broken = acceptor.dial();
  await settle();
  broken.peer?.fail("connection reset by peer");
  const text = acceptor.dial();
  const subscribe = '{"id": 1, "method": "mining.subscribe", "params": ["miner/1", null]}\n';
  await text.write(new TextEncoder().encode(subscribe));
  await settle();
  await readsNothing(text);
  assert.equal(metrics["handshake.closed"], 1);
  assert.equal(metrics["handshake.socket_error"], 1);
  assert.equal(metrics["handshake.text"], 1);
  assert.equal(served.length, 0);
  await listener.close();
  await done;
});

Deno.test("a client that does not finish its handshake is reported with its address", async () => {
  const faults: PeerFault[] = [];
  const conduct = new RecordedConduct(faults);
  const { listener, acceptor, clock } = listening("noise", {}, { conduct });
  const { done } = serveAll(listener);
  // A balancer that checks whether the port is open does nobody harm.
  acceptor.dial("192.0.2.1").close();
  const half = acceptor.dial("192.0.2.2");
  await half.write(Uint8Array.of(1, 2, 3));
  half.close();
  await acceptor.dial("192.0.2.3").write(plainStart);
  await acceptor.dial("192.0.2.4").write(new Uint8Array(64).fill(0x61));
  acceptor.dial("192.0.2.5");
  const broken = acceptor.dial("192.0.2.6");
  await settle();
  broken.peer?.fail("connection reset by peer");
  await clock.advance(60_000);
  const late = acceptor.dial("192.0.2.7");
  await settle();
  await listener.close();
  await done;
  late.close();
  assert.deepEqual(faults.map(({ kind, address, code }) => [kind, address, code]).sort(), [
    ["handshake", "192.0.2.2", "closed"],
    ["handshake", "192.0.2.3", "plain"],
    ["handshake", "192.0.2.4", "text"],
    ["handshake", "192.0.2.5", "timeout"],
  ]);
});

Deno.test("connections over the bounds are closed at once and counted by the bound", async () => {
  const rows = [
    { limits: { maxConnections: 2 }, reason: "max_connections", addresses: ["a", "b", "c"] },
    {
      limits: { maxConnectionsPerIp: 2 },
      reason: "max_connections_per_ip",
      addresses: ["a", "a", "a"],
    },
    { limits: { maxHandshakes: 2 }, reason: "max_handshakes", addresses: ["a", "b", "c"] },
    {
      limits: { maxHandshakesPerIp: 2 },
      reason: "max_handshakes_per_ip",
      addresses: ["a", "a", "a"],
    },
  ];
  for (const { limits, reason, addresses } of rows) {
    const told: string[] = [];
    const { listener, acceptor, clock, metrics } = listening("both", limits, {
      refused: (reason, address) => void told.push(`${reason} ${address}`),
    });
    const [first, , third] = addresses.map((address) => acceptor.dial(address));
    assert.ok(first !== undefined && third !== undefined);
    await settle();
    await readsNothing(third);
    assert.equal(metrics[`refused.${reason}`], 1, reason);
    assert.deepEqual(told, [`${reason} ${addresses[2]}`]);
    first.close();
    await settle();
    const next = acceptor.dial(addresses[2]);
    await next.write(plainStart);
    await settle();
    assert.equal(metrics["total"], 1, `${reason}: a place was free again`);
    next.close();
    await listener.close();
    assert.equal(clock.pending, 0, reason);
  }
});

Deno.test("listeners that share their counting have their bounds together", async () => {
  const admission = new Admission({
    ...DEFAULT_LISTENER_LIMITS,
    maxConnections: 3,
    maxConnectionsPerIp: 2,
  });
  const [one, other] = [
    listening("plain", {}, { admission }),
    listening("lines", {}, { admission }),
  ];
  one.acceptor.dial("192.0.2.1");
  other.acceptor.dial("192.0.2.1");
  await settle();
  other.acceptor.dial("192.0.2.1");
  one.acceptor.dial("192.0.2.2");
  await settle();
  one.acceptor.dial("192.0.2.3");
  await settle();
  assert.equal(other.metrics["refused.max_connections_per_ip"], 1);
  assert.equal(one.metrics["refused.max_connections"], 1);
  for (const { listener, clock } of [one, other]) {
    const closing = listener.close();
    await clock.advance(2_000);
    await closing;
  }
  assert.equal(admission.connections, 0);
});

Deno.test("handshakes that are done make room for others, connections stay counted", async () => {
  const { listener, acceptor, metrics } = listening("both", {
    maxHandshakes: 1,
    maxConnections: 3,
  });
  const { served, done } = serveAll(listener);
  const sockets = [];
  for (let i = 0; i < 4; i++) {
    const socket = acceptor.dial();
    await settle();
    if (i < 3) await socket.write(plainStart);
    await settle();
    sockets.push(socket);
  }
  assert.equal(served.length, 3);
  assert.equal(metrics["refused.max_connections"], 1);
  for (const socket of sockets) socket.close();
  await listener.close();
  await done;
});

Deno.test("the place of a connection is free again when it is closed", async () => {
  const { listener, acceptor, metrics } = listening("plain", { maxConnections: 1 });
  const { served, done } = serveAll(listener);
  for (let i = 1; i <= 3; i++) {
    const socket = acceptor.dial();
    await settle();
    assert.equal(served.length, i);
    socket.close();
    await settle();
  }
  assert.equal(metrics["refused.max_connections"], undefined);
  await listener.close();
  await done;
});

Deno.test("a handshake whose client is gone by its turn is not computed", async () => {
  let drawn = 0;
  const random = {
    bytes(length: number): Uint8Array {
      drawn++;
      return systemRandom.bytes(length);
    },
  };
  const { listener, acceptor, clock } = listening("noise", {}, { random });
  const sockets = [acceptor.dial(), acceptor.dial()];
  for (const socket of sockets) await socket.write(new Uint8Array(64).fill(0x80));
  await settle();
  const closing = listener.close();
  await clock.advance(1);
  await closing;
  assert.equal(drawn, 0);
});

Deno.test("a fault of ours in a handshake is logged as an error and costs one connection", async () => {
  const lines: string[] = [];
  const logger = { log: (level: string, event: string) => void lines.push(`${level} ${event}`) };
  const random = { bytes: (length: number) => new Uint8Array(length) };
  const { listener, acceptor, clock } = listening("both", {}, { random, logger });
  const { served, done } = serveAll(listener);
  const unlucky = acceptor.dial();
  await unlucky.write(new Uint8Array(64).fill(0x80));
  await clock.advance(1);
  await readsNothing(unlucky);
  assert.deepEqual(lines, ["debug handshake_failed", "error handshake_fault"]);
  const plain = acceptor.dial();
  await plain.write(plainStart);
  await settle();
  assert.deepEqual(served.map((each) => each.marks), [[0]]);
  plain.close();
  await listener.close();
  await done;
});

Deno.test("one port serves lines too, and hands out what was read to know them", async () => {
  for (const speaks of ["plain", "both"] as const) {
    const { listener, acceptor, clock, metrics } = listening(speaks, {}, {}, { linesToo: true });
    const { served, done } = serveAll(listener);
    const lines: string[] = [];
    const reading = (async () => {
      for await (const connection of listener.lineConnections()) {
        for await (const batch of connection.batches()) lines.push(...batch);
      }
    })();
    const first = '{"id": 1, "method": "mining.subscribe", "params": ["miner/1", null]}';
    const miner = acceptor.dial("192.0.2.1");
    await miner.write(bytesOf(`${first}\n{"id":2}\r\n{"id":`));
    const plain = acceptor.dial("192.0.2.2");
    await plain.write(plainStart);
    if (speaks === "both") await shakeHandsAsClient(acceptor.dial("192.0.2.3"), clock);
    await miner.write(bytesOf("3}\n"));
    await settle();
    assert.deepEqual(lines, [first, '{"id":2}', '{"id":3}'], speaks);
    assert.deepEqual(served.map(({ connection }) => connection.encrypted), [
      false,
      ...(speaks === "both" ? [true] : []),
    ]);
    assert.equal(metrics["active"], speaks === "both" ? 3 : 2);
    miner.close();
    for (const { connection } of served) connection.close("done");
    const closing = listener.close();
    await clock.advance(2_000);
    await Promise.all([closing, done, reading]);
    assert.equal(clock.pending, 0);
  }
});

Deno.test("lines are refused at once where they are not served, as HTTP is everywhere", async () => {
  const rows = [
    {
      speaks: "noise",
      linesToo: false,
      text: '{"id":1,"method":"mining.subscribe","params":[]}\n',
    },
    { speaks: "both", linesToo: false, text: '{"id":1}\n' },
    { speaks: "noise", linesToo: false, text: "GET / HTTP/1.1\r\nHost: x\r\n\r\n" },
    { speaks: "both", linesToo: true, text: "GET / HTTP/1.0\r\n\r\n" },
    { speaks: "plain", linesToo: true, text: "POST /login HTTP/1.1\r\n" },
    { speaks: "both", linesToo: true, text: "SSH-2.0-OpenSSH_9.9p1 Debian\r\n" },
  ] as const;
  for (const { speaks, linesToo, text } of rows) {
    const faults: PeerFault[] = [];
    const conduct = new RecordedConduct(faults);
    const { listener, acceptor, clock, metrics } = listening(speaks, {}, { conduct }, { linesToo });
    const socket = acceptor.dial();
    await socket.write(bytesOf(text));
    // No time passes.
    await readsNothing(socket);
    assert.equal(metrics["handshake.text"], 1, text);
    assert.deepEqual(faults, [{ kind: "handshake", address: "192.0.2.9", code: "text" }]);
    await listener.close();
    assert.equal(clock.pending, 0);
  }
});

Deno.test("text too short to be certain is counted as text when its time is over", async () => {
  const { listener, acceptor, clock, metrics } = listening("both", { handshakeTimeoutMs: 10_000 });
  const impatient = acceptor.dial();
  await impatient.write(bytesOf("hello\r\n"));
  impatient.close();
  const patient = acceptor.dial();
  await patient.write(bytesOf("hello\r\n"));
  await clock.advance(10_000);
  await readsNothing(patient);
  assert.equal(metrics["handshake.text"], 2);
  assert.equal(metrics["handshake.timeout"], undefined);
  await listener.close();
});

Deno.test("a listener of lines hands a connection out before anything is read", async () => {
  const { listener, acceptor, clock } = listening("lines");
  const iterator = listener.lineConnections();
  acceptor.dial("192.0.2.7");
  const { value } = await iterator.next();
  assert.equal(value?.remoteAddress, "192.0.2.7");
  const closing = listener.close();
  value?.close("done");
  await clock.advance(2_000);
  await closing;
});

Deno.test("clients that the pool does not admit are closed unread", async () => {
  const { listener, acceptor, metrics } = listening("both", {}, {
    admits: (address) => address !== "192.0.2.66",
  });
  const banned = acceptor.dial("192.0.2.66");
  const fine = acceptor.dial("192.0.2.1");
  await fine.write(plainStart);
  await settle();
  await readsNothing(banned);
  assert.equal(metrics["refused.not_admitted"], 1);
  assert.equal(metrics["total"], 1);
  fine.close();
  await listener.close();
});

Deno.test("listeners that share their numbering have no id in common", async () => {
  let last = 100;
  const { listener, acceptor } = listening("plain", {}, { nextConnectionId: () => ++last });
  const { served, done } = serveAll(listener);
  const sockets = [acceptor.dial(), acceptor.dial()];
  await settle();
  assert.deepEqual(served.map((each) => each.connection.id), [101, 102]);
  for (const socket of sockets) socket.close();
  await listener.close();
  await done;
});

Deno.test("a failure to accept is counted and the listener goes on", async () => {
  const { listener, acceptor, clock, metrics } = listening("plain");
  const { served, done } = serveAll(listener);
  acceptor.failOnce("Too many open files (os error 24)");
  acceptor.failOnce("Too many open files (os error 24)");
  const socket = acceptor.dial();
  await settle();
  assert.equal(metrics["acceptFailures"], 1);
  assert.equal(served.length, 0, "it waits, so that a system without handles is not hammered");
  await clock.advance(200);
  assert.equal(metrics["acceptFailures"], 2);
  assert.equal(served.length, 1);
  socket.close();
  await listener.close();
  await done;
  assert.equal(clock.pending, 0);
});

Deno.test("strangers cannot take the last descriptors: those who came last give theirs back", async () => {
  for (const code of ["EMFILE", "ENFILE"]) {
    const { listener, acceptor, clock, metrics } = listening("both", {
      maxConnectionsPerIp: 10_000,
    });
    const { served, done } = serveAll(listener);
    const miners = Array.from({ length: 300 }, (_, i) => acceptor.dial(`10.0.0.${i % 200}`));
    for (const miner of miners) await miner.write(plainStart);
    await settle();
    const silent = Array.from({ length: 100 }, () => acceptor.dial("192.0.2.66"));
    acceptor.failOnce("Too many open files (os error 24)", code);
    await settle();
    assert(silent.every((socket) => socket.peer?.isClosed), "strangers first");
    assert.equal(metrics["refused.descriptors"], 100);
    // 192 are reserved.
    const closing = served.filter((_, i) => i >= 300 - 92).map(({ connection }) => connection);
    assert(closing.every((connection) => !connection.send(frameBytes(1))));
    assert.equal(served[300 - 93]?.connection.send(frameBytes(1)), true);
    await clock.advance(2_000);
    assert.equal(metrics["active"], 208);
    const late = acceptor.dial("192.0.2.67");
    await settle();
    await readsNothing(late);
    assert.equal(metrics["refused.descriptors"], 101, "the reserve is not given away again");
    for (const miner of miners) if (miner.isClosed === false) miner.close();
    await settle();
    const back = acceptor.dial("192.0.2.67");
    await back.write(plainStart);
    await settle();
    assert.equal(metrics["active"], 1);
    back.close();
    await listener.close();
    await done;
    assert.equal(clock.pending, 0);
  }
});

Deno.test("accepting that fails for a while is one line when it begins and one when it ends", async () => {
  const lines: string[] = [];
  const logger = { log: (level: string, event: string) => void lines.push(`${level} ${event}`) };
  const { listener, acceptor, clock } = listening("plain", {}, { logger });
  for (let i = 0; i < 30; i++) acceptor.failOnce("Too many open files (os error 24)", "EMFILE");
  await clock.advance(3_000);
  acceptor.dial();
  await clock.advance(100);
  assert.deepEqual(lines.filter((line) => !line.startsWith("debug")), [
    "warn accept_failed",
    "info accept_recovered",
  ]);
  const closing = listener.close();
  await clock.advance(2_000);
  await closing;
});

Deno.test("closing while busy ends handshakes and untaken connections, and leaves taken ones", async () => {
  const { listener, acceptor, clock, metrics } = listening("both");
  const taken = acceptor.dial("192.0.2.1");
  await taken.write(plainStart);
  const iterator = listener.connections()[Symbol.asyncIterator]();
  const connection = (await iterator.next()).value;
  assert.ok(connection !== undefined);
  const untaken = acceptor.dial("192.0.2.2");
  await untaken.write(plainStart);
  const silent = acceptor.dial("192.0.2.3");
  const halfway = acceptor.dial("192.0.2.4");
  await halfway.write(new Uint8Array(64).fill(0x80));
  await settle();
  const closing = listener.close();
  const again = listener.close();
  untaken.close();
  await clock.advance(1);
  await Promise.all([closing, again]);
  await readsNothing(silent);
  await readsNothing(halfway);
  assert.equal(metrics["active"], 1);
  assert.equal(Object.keys(metrics).some((name) => name.startsWith("handshake.")), false);
  assert.equal(connection.send(frameBytes(1)), true, "the taken one still works");
  connection.close("done");
  taken.close();
  await connection.closed;
  assert.equal(clock.pending, 0);
});

Deno.test("a client that is accepted in the moment of closing is let go", async () => {
  for (let microtasks = 0; microtasks < 12; microtasks++) {
    const { listener, acceptor, clock } = listening("noise");
    await settle();
    acceptor.dial();
    for (let i = 0; i < microtasks; i++) await Promise.resolve();
    let closed = false;
    void listener.close().then(() => closed = true);
    await settle();
    assert.equal(closed, true, `closed after ${microtasks} microtasks`);
    assert.equal(clock.pending, 0);
  }
});

Deno.test("connections that nobody takes have their places, and close with the listener", async () => {
  const { listener, acceptor, clock, metrics } = listening("plain", { maxConnections: 2 });
  acceptor.dial();
  acceptor.dial();
  await settle();
  assert.equal(metrics["active"], 2);
  const third = acceptor.dial();
  await settle();
  await readsNothing(third);
  assert.equal(metrics["refused.max_connections"], 1);
  const closing = listener.close();
  // Their clients do not hang up, so that closing takes its full time.
  await clock.advance(2_000);
  await closing;
  assert.equal(metrics["active"], 0);
  assert.equal(metrics["closed.local"], 2);
  assert.equal(clock.pending, 0);
});

Deno.test("a certificate is renewed while connections stand, and they do not notice", async () => {
  const { listener, acceptor, clock, issuer } = listening("noise", { idleTimeoutMs: 1e9 });
  const { served, done } = serveAll(listener);
  const early = acceptor.dial("192.0.2.1");
  const first = await shakeHandsAsClient(early, clock);
  const shown = issuer.current().certificate;
  await clock.advance(2 * 3_600_000);
  const late = acceptor.dial("192.0.2.2");
  const second = await shakeHandsAsClient(late, clock);
  assert.notDeepEqual(issuer.current().certificate, shown);
  assert.ok(second.certificate.validFrom > first.certificate.notValidAfter);
  await early.write(first.codec.sealer.seal(frameBytes(1)));
  await late.write(second.codec.sealer.seal(frameBytes(2)));
  await settle();
  assert.deepEqual(served.map((each) => each.marks), [[1], [2]]);
  early.close();
  late.close();
  await listener.close();
  await done;
});

Deno.test("another identity is shown from the next handshake on", async () => {
  const { listener, acceptor, clock } = listening("noise");
  const { served, done } = serveAll(listener);
  const early = acceptor.dial("192.0.2.1");
  const first = await shakeHandsAsClient(early, clock);
  const authority = generateAuthorityKeyPair(systemRandom);
  listener.replaceIdentity(
    new CertificateIssuer({ authority, validitySecs: 60 }, { clock, random: systemRandom }),
  );
  const late = acceptor.dial("192.0.2.2");
  await assert.rejects(shakeHandsAsClient(late, clock), { code: "certificate-signature" });
  const later = acceptor.dial("192.0.2.3");
  const second = await shakeHandsAsClient(later, clock, authority.publicKey);
  assert.notDeepEqual(second.serverKeyX, first.serverKeyX);
  await early.write(first.codec.sealer.seal(frameBytes(1)));
  await settle();
  assert.deepEqual(served[0]?.marks, [1]);
  for (const socket of [early, late, later]) socket.close();
  await listener.close();
  await done;
});

Deno.test("a storm of handshakes is worked off one per turn, and all get in", async () => {
  const { listener, acceptor, clock, metrics } = listening("noise");
  const { served, done } = serveAll(listener);
  const sockets = Array.from({ length: 30 }, () => acceptor.dial());
  await Promise.all(sockets.map((socket) => socket.write(systemRandom.bytes(64))));
  await settle();
  assert.equal(metrics["total"] ?? 0, 0);
  await clock.advance(1);
  assert.equal(served.length, 30);
  for (const socket of sockets) socket.close();
  await listener.close();
  await done;
});
