import { systemRandom } from "../../../../src/base/mod.ts";
import {
  type AuthorityKeyPair,
  CertificateIssuer,
  type FinishedHandshake,
  generateAuthorityKeyPair,
  generateKeyPair,
  startHandshake,
} from "../../../../src/wire/noise/mod.ts";
import type {
  FrameConnection,
  Listener,
  ListenerLimits,
  ListenerSecurity,
  ListenModules,
} from "../../../../src/wire/transport/mod.ts";
import { SocketListener } from "../../../../src/wire/transport/listener.ts";
import { FakeAcceptor } from "../../../support/fake_acceptor.ts";
import { FakeClock, settle } from "../../../support/fake_clock.ts";
import type { TestSocket } from "../../../support/socket_pair.ts";
import { marksOf } from "./_frames.ts";
import { recordedMetrics } from "./_recorded_metrics.ts";

/** Keys are slow to make; one authority serves all tests of a file. */
export const authority: AuthorityKeyPair = generateAuthorityKeyPair(systemRandom);

/** What the listener of a test speaks. */
export type Speaks = "plain" | "noise" | "both" | "lines";

/** What came in on a connection and how it ended. */
export interface Served {
  readonly connection: FrameConnection;
  readonly marks: number[];
  error: unknown;
}

/** Takes all connections of a listener and reads them to their end. */
export function serveAll(listener: Listener): { served: Served[]; done: Promise<void> } {
  const served: Served[] = [];
  const readers: Promise<void>[] = [];
  const read = async (one: Served): Promise<void> => {
    try {
      for await (const frames of one.connection.batches()) one.marks.push(...marksOf(frames));
    } catch (error) {
      one.error = error;
    }
  };
  const done = (async () => {
    for await (const connection of listener.connections()) {
      const one: Served = { connection, marks: [], error: undefined };
      served.push(one);
      readers.push(read(one));
    }
    await Promise.all(readers);
  })();
  return { served, done };
}

/** An issuer on this clock. */
export function issuerOn(clock: FakeClock, validitySecs = 3_600): CertificateIssuer {
  return new CertificateIssuer({ authority, validitySecs }, { clock, random: systemRandom });
}

/** What a listener is told of what it speaks. */
export function securityOf(
  speaks: Speaks,
  issuer: CertificateIssuer,
  lines: { readonly linesToo?: boolean } = {},
): ListenerSecurity {
  if (speaks === "lines") return { kind: "lines" };
  if (speaks === "plain") return { kind: "plain", ...lines };
  return { kind: "noise", issuer, plainToo: speaks === "both", ...lines };
}

/** A listener on a port of memory. */
export function listening(
  speaks: Speaks,
  limits: Partial<ListenerLimits> = {},
  more: Partial<ListenModules> = {},
  lines: { readonly linesToo?: boolean } = {},
) {
  const clock = new FakeClock();
  const metrics = recordedMetrics();
  const acceptor = new FakeAcceptor();
  const issuer = issuerOn(clock);
  const security = securityOf(speaks, issuer, lines);
  const listener = new SocketListener(
    { hostname: "192.0.2.254", port: 3333, security, ...limits },
    { clock, random: systemRandom, metrics, ...more },
    acceptor,
  );
  return { listener, acceptor, clock, metrics: metrics.values, issuer };
}

/** Does the client's side of the handshake on a socket of memory. */
export async function shakeHandsAsClient(
  socket: TestSocket,
  clock: FakeClock,
  authorityKey: Uint8Array = authority.publicKey,
): Promise<FinishedHandshake> {
  const { act1, awaiting } = startHandshake(generateKeyPair(systemRandom));
  await socket.write(act1);
  await clock.advance(1);
  const act2 = new Uint8Array(234);
  const count = await socket.read(act2);
  await settle();
  return awaiting.finish(act2.subarray(0, count ?? 0), {
    authorityKey,
    unixTime: Math.floor(clock.now() / 1000),
    clockToleranceSecs: 0,
  });
}
