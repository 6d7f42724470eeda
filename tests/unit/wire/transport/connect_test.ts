import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/base/mod.ts";
import { generateAuthorityKeyPair, NoiseError } from "../../../../src/wire/noise/mod.ts";
import {
  connect,
  type ConnectOptions,
  listen,
  TransportError,
} from "../../../../src/wire/transport/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { frameBytes, marksOf } from "./_frames.ts";
import { authority } from "./_listening.ts";
import { loopback } from "./_loopback.ts";

/** A server of one connection that does what the test says. */
async function withServer(
  serve: (conn: Deno.TcpConn) => Promise<void>,
  client: (address: { hostname: string; port: number }, accepted: Promise<void>) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  const serving = accepting.then(serve);
  try {
    await client(listener.addr, accepting.then(() => {}));
    await serving;
  } finally {
    listener.close();
  }
}

function dial(options: ConnectOptions, clock = new FakeClock()) {
  return connect(options, { clock, random: systemRandom });
}

/** Waits for the client to hang up. */
async function untilGone(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1_000);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  } finally {
    conn.close();
  }
}

Deno.test("a client gets what the server sends, encrypted and plain", async () => {
  const server = loopback("both");
  for (const plain of [false, true]) {
    const client = await server.dial({ plain, id: 42 });
    assert.equal(client.encrypted, !plain);
    assert.equal(client.id, 42);
    assert.equal(client.remoteAddress, "127.0.0.1");
    client.send(frameBytes(0));
    const connection = await server.next();
    const echo = (async () => {
      for await (const frames of connection.batches()) {
        for (const mark of marksOf(frames)) connection.send(frameBytes(mark + 1));
      }
    })();
    for await (const frames of client.batches()) {
      assert.deepEqual(marksOf(frames), [1]);
      break;
    }
    await client.closed;
    await echo;
  }
  await server.end();
});

Deno.test("a server of another authority is not believed, and without a key anyone is", async () => {
  const server = loopback("noise");
  const other = generateAuthorityKeyPair(systemRandom).publicKey;
  const refused = server.dial({ authorityKey: other });
  const first = await server.next();
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof NoiseError);
    assert.equal(error.code, "certificate-signature");
    return true;
  });
  first.close("done");
  const { authorityKey: _, ...anyone } = {
    ...server.listener.address,
    authorityKey: authority.publicKey,
  };
  const client = await dial(anyone, server.clock);
  const second = await server.next();
  client.close("done");
  second.close("done");
  await client.closed;
  await server.end();
});

Deno.test("a certificate is judged by the client's clock, ten seconds either way", async () => {
  const server = loopback("noise");
  const now = server.clock.now();
  const rows: readonly [number, string | undefined][] = [
    [-70_000, undefined],
    [-71_000, "certificate-not-yet-valid"],
    [3_610_000, undefined],
    [3_611_000, "certificate-expired"],
  ];
  for (const [offset, code] of rows) {
    const dialing = dial(
      { ...server.listener.address, authorityKey: authority.publicKey },
      new FakeClock(now + offset),
    );
    const connection = await server.next();
    if (code === undefined) (await dialing).close("done");
    else await assert.rejects(dialing, { code }, `${offset} ms`);
    connection.close("done");
    await connection.closed;
  }
  await server.end();
});

Deno.test("a port that is taken cannot be listened on, and the error says which", async () => {
  const server = loopback("plain");
  const { port } = server.listener.address;
  const options = { hostname: "127.0.0.1", port, security: { kind: "plain" as const } };
  assert.throws(
    () => listen(options, { clock: new FakeClock(), random: systemRandom }),
    (error) => {
      assert.ok(error instanceof TransportError);
      assert.equal(error.code, "listen-failed");
      assert.deepEqual([error.hostname, error.port], ["127.0.0.1", port]);
      assert.ok(error.message.includes(`127.0.0.1 port ${port}`));
      return true;
    },
  );
  await server.end();
});

Deno.test("nobody listening is a connection that failed", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  listener.close();
  const clock = new FakeClock();
  await assert.rejects(dial({ hostname, port }, clock), (error) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "connect-failed");
    assert.ok(error.cause instanceof Deno.errors.ConnectionRefused);
    return true;
  });
  assert.equal(clock.pending, 0);
});

Deno.test("a server that hangs up in the handshake, early or late, is said to", async () => {
  for (const answer of [0, 1, 233]) {
    const serve = async (conn: Deno.TcpConn): Promise<void> => {
      await conn.read(new Uint8Array(64));
      if (answer > 0) await conn.write(new Uint8Array(answer));
      conn.close();
    };
    await withServer(serve, async (address) => {
      await assert.rejects(dial(address), { code: "handshake-closed" }, `${answer} bytes`);
    });
  }
});

Deno.test("a server that resets the connection in the handshake has hung up as well", async () => {
  const serve = async (conn: Deno.TcpConn): Promise<void> => {
    // One byte of 64 is read: closing with unread bytes makes the system send a reset.
    await conn.read(new Uint8Array(1));
    conn.close();
  };
  await withServer(serve, async (address) => {
    await assert.rejects(dial(address), { code: "handshake-closed" });
  });
});

Deno.test("a server that answers with garbage is not believed", async () => {
  const serve = async (conn: Deno.TcpConn): Promise<void> => {
    await conn.write(systemRandom.bytes(234));
    await untilGone(conn);
  };
  await withServer(serve, async (address) => {
    await assert.rejects(dial(address), { code: "noise-decryption-failed" });
  });
});

Deno.test("a server that says nothing is given up after the timeout", async () => {
  const clock = new FakeClock();
  await withServer(untilGone, async (address, accepted) => {
    const dialing = dial({ ...address, handshakeTimeoutMs: 3_000 }, clock);
    const refused = assert.rejects(dialing, { code: "handshake-timeout" });
    await accepted;
    await clock.advance(3_000);
    await refused;
  });
  assert.equal(clock.pending, 0);
});

Deno.test("connecting can be given up, before it begins and on the way", async () => {
  const clock = new FakeClock();
  await withServer(untilGone, async (address, accepted) => {
    const controller = new AbortController();
    const dialing = dial({ ...address, signal: controller.signal }, clock);
    const refused = assert.rejects(dialing, { code: "connect-aborted" });
    await accepted;
    controller.abort();
    await refused;
    await assert.rejects(
      dial({ ...address, signal: AbortSignal.abort() }, clock),
      { code: "connect-aborted" },
    );
  });
  assert.equal(clock.pending, 0);
});

Deno.test("an established connection does not end with the signal that could stop connecting", async () => {
  const server = loopback("noise");
  const controller = new AbortController();
  const client = await server.dial({ signal: controller.signal });
  const connection = await server.next();
  controller.abort();
  assert.equal(client.send(frameBytes(1)), true);
  const seen: number[] = [];
  client.close("done");
  for await (const frames of connection.batches()) seen.push(...marksOf(frames));
  assert.deepEqual(seen, [1]);
  await client.closed;
  await server.end();
});
