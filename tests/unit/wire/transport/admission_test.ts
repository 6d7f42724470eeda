import assert from "node:assert/strict";
import { Admission, type Ticket } from "../../../../src/wire/transport/admission.ts";
import {
  DEFAULT_LISTENER_LIMITS,
  type ListenerLimits,
} from "../../../../src/wire/transport/mod.ts";

function admission(limits: Partial<ListenerLimits>): Admission {
  return new Admission({ ...DEFAULT_LISTENER_LIMITS, ...limits });
}

/** The ticket, or the reason of the refusal. */
function ask(door: Admission, address: string): Ticket | string {
  const answer = door.admit(address);
  return "ticket" in answer ? answer.ticket : answer.refused;
}

function admitted(door: Admission, address: string): Ticket {
  const answer = ask(door, address);
  assert.ok(typeof answer !== "string", `${address}: ${answer as string}`);
  return answer;
}

Deno.test("connections are bounded in all and per address, and released places are free", () => {
  const door = admission({ maxConnections: 3, maxConnectionsPerIp: 2 });
  const first = admitted(door, "192.0.2.1");
  admitted(door, "192.0.2.1");
  assert.equal(ask(door, "192.0.2.1"), "max_connections_per_ip");
  assert.equal(ask(door, "::ffff:192.0.2.1"), "max_connections_per_ip");
  admitted(door, "192.0.2.2");
  assert.equal(ask(door, "192.0.2.3"), "max_connections");
  first.release();
  admitted(door, "192.0.2.1");
  assert.equal(door.connections, 3);
});

Deno.test("addresses of one IPv6 network share their bound", () => {
  const door = admission({ maxConnectionsPerIp: 1 });
  admitted(door, "2001:db8::1");
  assert.equal(ask(door, "2001:db8::ffff"), "max_connections_per_ip");
  admitted(door, "2001:db8:0:1::1");
});

Deno.test("handshakes are bounded in all and per address until they are done", () => {
  const door = admission({ maxHandshakes: 3, maxHandshakesPerIp: 2 });
  const first = admitted(door, "192.0.2.1");
  admitted(door, "192.0.2.1");
  assert.equal(ask(door, "192.0.2.1"), "max_handshakes_per_ip");
  const third = admitted(door, "192.0.2.2");
  assert.equal(ask(door, "192.0.2.3"), "max_handshakes");
  first.handshakeDone();
  first.handshakeDone();
  admitted(door, "192.0.2.3");
  assert.equal(ask(door, "192.0.2.4"), "max_handshakes");
  third.release();
  admitted(door, "192.0.2.1");
  assert.equal(door.handshakes, 3);
  assert.equal(door.connections, 4);
});

Deno.test("nothing is kept of addresses without connections, and releasing twice counts once", () => {
  const door = admission({});
  const tickets = Array.from({ length: 50 }, (_, i) => admitted(door, `192.0.2.${i % 25}`));
  assert.equal(door.addresses, 25);
  for (const ticket of tickets) {
    ticket.handshakeDone();
    ticket.release();
    ticket.release();
    ticket.handshakeDone();
  }
  assert.deepEqual([door.connections, door.handshakes, door.addresses], [0, 0, 0]);
});

Deno.test("a refused client leaves no trace", () => {
  const door = admission({ maxConnections: 0 });
  assert.equal(ask(door, "192.0.2.1"), "max_connections");
  assert.deepEqual([door.connections, door.handshakes, door.addresses], [0, 0, 0]);
});

Deno.test("what is learnt of descriptors is kept: fewer connections than there were, never more again", () => {
  const door = admission({ maxConnectionsPerIp: 10_000, maxHandshakesPerIp: 10_000 });
  const tickets = Array.from({ length: 1_000 }, () => admitted(door, "192.0.2.1"));
  assert.equal(door.outOfDescriptors(), 192);
  assert.equal(ask(door, "192.0.2.2"), "descriptors");
  for (const ticket of tickets.splice(0, 193)) ticket.release();
  tickets.push(admitted(door, "192.0.2.2"));
  assert.equal(ask(door, "192.0.2.2"), "descriptors");
  // Something else holds many for a while: half of the miners stay.
  for (const ticket of tickets.splice(0, 708)) ticket.release();
  assert.equal(door.outOfDescriptors(), 50);
  assert.equal(admission({}).outOfDescriptors(), 0);
});
