/** Connections that a balancer passes on: whose limits count, and whose word is taken. */
import assert from "node:assert/strict";
import { concatBytes } from "../../../../src/base/mod.ts";
import type { ListenerLimits, ListenModules } from "../../../../src/wire/transport/mod.ts";
import { settle } from "../../../support/fake_clock.ts";
import { RecordedConduct } from "../../../support/recorded_conduct.ts";
import { frameBytes } from "./_frames.ts";
import { listening, serveAll, type Speaks } from "./_listening.ts";

const BALANCER = "10.0.0.1";
const CLIENT = "203.0.113.5";

const text = (line: string): Uint8Array => new TextEncoder().encode(line);
const version1 = (address = CLIENT): Uint8Array =>
  text(`PROXY TCP4 ${address} 10.0.0.1 4711 3333\r\n`);

/** Version 2, command PROXY, TCP over IPv6: addresses, ports. */
function version2(): Uint8Array {
  const signature = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
  const addresses = new Uint8Array(36);
  addresses.set([0x20, 0x01, 0x0d, 0xb8]);
  addresses[15] = 7;
  return concatBytes(signature, Uint8Array.of(0x21, 0x21, 0, 36), addresses);
}

function behindBalancer(
  speaks: Speaks,
  options: {
    sendHeader?: boolean;
    limits?: Partial<ListenerLimits>;
    more?: Partial<ListenModules>;
  } = {},
) {
  const unnamed: string[] = [];
  const stage = listening(speaks, options.limits ?? {}, {
    proxies: {
      isTrusted: (address) => address === BALANCER,
      sendHeader: options.sendHeader ?? true,
      headerMissing: (address) => void unnamed.push(address),
    },
    ...options.more,
  });
  return { ...stage, ...serveAll(stage.listener), unnamed };
}

Deno.test("both versions of the header name the client, wherever the bytes are cut", async () => {
  for (
    const [header, address] of [[version1(), CLIENT], [version2(), "2001:db8:0:0:0:0:0:7"]] as const
  ) {
    for (const step of [1, 7, 1_000]) {
      const { listener, acceptor, served, done, unnamed } = behindBalancer("plain");
      const socket = acceptor.dial(BALANCER);
      const bytes = concatBytes(header, frameBytes(1), frameBytes(2));
      for (let at = 0; at < bytes.length; at += step) {
        await socket.write(bytes.slice(at, at + step));
        await settle();
      }
      assert.equal(served[0]?.connection.remoteAddress, address);
      assert.deepEqual(served[0]?.marks, [1, 2], `${address} ${step}`);
      assert.deepEqual(unnamed, []);
      socket.close();
      await listener.close();
      await done;
    }
  }
});

Deno.test("a header in front of lines and of Noise is taken off", async () => {
  const { listener, acceptor } = behindBalancer("lines");
  const socket = acceptor.dial(BALANCER);
  await socket.write(concatBytes(version1(), text('{"id":1}\n')));
  const lines = listener.lineConnections();
  const { value: connection } = await lines.next();
  assert.equal(connection?.remoteAddress, CLIENT);
  const batches = connection?.batches()[Symbol.asyncIterator]();
  assert.deepEqual((await batches?.next())?.value, ['{"id":1}']);
  socket.close();
  await listener.close();
});

Deno.test("a stranger's header is no header", async () => {
  const conduct = new RecordedConduct();
  const { listener, acceptor, served, done, metrics } = behindBalancer("both", {
    more: { conduct },
  });
  const socket = acceptor.dial("198.51.100.1");
  await socket.write(version1());
  await settle();
  assert.equal(served.length, 0);
  assert.equal(metrics["handshake.text"], 1);
  assert.deepEqual(conduct.faults.map(({ address }) => address), ["198.51.100.1"]);
  await listener.close();
  await done;
});

Deno.test("limits of an address are those of the client behind the balancer", async () => {
  const limits = { maxConnectionsPerIp: 2, maxHandshakesPerIp: 2 };
  const { listener, acceptor, served, done, metrics } = behindBalancer("plain", { limits });
  const sockets = [];
  for (const address of [CLIENT, CLIENT, CLIENT, "203.0.113.6", "203.0.113.6"]) {
    const socket = acceptor.dial(BALANCER);
    sockets.push(socket);
    await socket.write(version1(address));
    await settle();
  }
  assert.equal(served.length, 4);
  assert.equal(metrics["refused.max_connections_per_ip"], 1);
  sockets[0]?.close();
  await settle();
  const again = acceptor.dial(BALANCER);
  await again.write(version1());
  await settle();
  assert.equal(served.length, 5);
  for (const socket of [...sockets.slice(1), again]) socket.close();
  await listener.close();
  await done;
});

Deno.test("who is not admitted is turned away behind the balancer too, and the balancer never", async () => {
  const admits = (address: string): boolean => address !== CLIENT && address !== BALANCER;
  const { listener, acceptor, served, done, metrics } = behindBalancer("plain", {
    more: { admits },
  });
  const sockets = [];
  for (const address of [CLIENT, "203.0.113.6"]) {
    const socket = acceptor.dial(BALANCER);
    sockets.push(socket);
    await socket.write(version1(address));
    await settle();
  }
  assert.deepEqual(served.map(({ connection }) => connection.remoteAddress), ["203.0.113.6"]);
  assert.equal(metrics["refused.not_admitted"], 1);
  for (const socket of sockets) socket.close();
  await listener.close();
  await done;
});

Deno.test("a balancer without a header has no limit of an address, and is named", async () => {
  for (const sendHeader of [false, true]) {
    const limits = { maxConnectionsPerIp: 1, maxHandshakesPerIp: 1 };
    const { listener, acceptor, served, done, unnamed } = behindBalancer("plain", {
      ...{ sendHeader, limits },
    });
    const sockets = Array.from({ length: 5 }, () => acceptor.dial(BALANCER));
    for (const [client, socket] of sockets.entries()) {
      await socket.write(frameBytes(client + 1));
      await settle();
    }
    assert.deepEqual(served.map(({ marks }) => marks), [[1], [2], [3], [4], [5]]);
    assert.deepEqual(new Set(unnamed), new Set([BALANCER]));
    for (const socket of sockets) socket.close();
    await listener.close();
    await done;
  }
});

Deno.test("a broken header and a balancer's own check are counted and nobody's fault", async () => {
  const conduct = new RecordedConduct();
  const { listener, acceptor, metrics, clock } = behindBalancer("plain", { more: { conduct } });
  await acceptor.dial(BALANCER).write(text("PROXY TCP4 nobody nowhere 1 2\r\n"));
  acceptor.dial(BALANCER).close();
  await settle();
  assert.equal(metrics["handshake.proxy_header"], 1);
  assert.equal(metrics["handshake.closed"], 1);
  assert.deepEqual(conduct.faults, []);
  // Nobody can wait in front of the header for longer than a handshake may take.
  await acceptor.dial(BALANCER).write(text("PROX"));
  await clock.advance(10_001);
  assert.equal(metrics["handshake.timeout"], 1);
  await listener.close();
});
