/**
 * What strangers do to a pool, each for some seconds; run as a process of its own, so that what the
 * honest ones notice is the pool's doing. Addresses are said by the PROXY header.
 *
 * @module
 */
import { numberedBytes } from "../support/pool_harness.ts";
import { garbageShare, joined, RawClient, sessionStart } from "../support/raw_client.ts";
import { u256ToLe } from "../../src/base/mod.ts";
import {
  EXTENSION_EQUIHASH,
  NewEquihashJob,
  OpenExtendedMiningChannel,
  RequestExtensions,
  UpdateChannel,
} from "../../src/wire/protocol/mod.ts";
import { MINER_ADDRESS, setupFrame } from "../support/pool_harness.ts";

/** Where, which, and for how long. */
export interface AttackOrder {
  readonly attack: string;
  readonly port: number;
  readonly ms: number;
  /** Connections at one time. */
  readonly size: number;
}

/** One stranger's connection, used until `until` (ms of `performance.now()`). */
type Stranger = (client: RawClient, until: number) => Promise<void>;

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

/** The header of a balancer for a stranger's address; 256 addresses take turns. */
export function proxyHeader(network: string, host: number): Uint8Array {
  return text(`PROXY TCP4 ${network}.${host % 256} 127.0.0.1 4711 3333\r\n`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends the same again and again until the time is over or the pool hangs up. */
function flood(start: Uint8Array, next: () => Uint8Array): Stranger {
  return async (client, until) => {
    if (!await client.send(start)) return;
    while (performance.now() < until && !client.hasEnded && await client.send(next())) {
      await pause(0);
    }
  };
}

/** One byte a second. */
function trickle(start: Uint8Array, bytes: Uint8Array): Stranger {
  return async (client, until) => {
    await client.send(start);
    for (let at = 0; performance.now() < until && !client.hasEnded; at++) {
      await client.send(bytes.subarray(at % bytes.length, at % bytes.length + 1));
      await pause(1_000);
    }
  };
}

/** Shares of a channel that wants work of this rate; solutions are none. */
function shares(nominalHashRate: number): Stranger {
  return async (client, until) => {
    await client.send(joined([
      setupFrame(),
      RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
      OpenExtendedMiningChannel.encode({
        requestId: 2,
        userIdentity: `${MINER_ADDRESS}.bad`,
        nominalHashRate,
        maxTarget: new Uint8Array(32).fill(0xff),
        minExtranonceSize: 8,
      }),
    ]));
    const job = await client.hear(NewEquihashJob);
    for (let sequence = 0; performance.now() < until && !client.hasEnded;) {
      const frames = Array.from({ length: 20 }, () => garbageShare(job, ++sequence));
      if (!await client.send(joined(frames))) return;
      await pause(1);
    }
  };
}

const update = UpdateChannel.encode({
  channelId: 2,
  nominalHashRate: 1e6,
  maximumTarget: u256ToLe((1n << 256n) - 1n),
});

const opens = joined(
  Array.from({ length: 100 }, (_, requestId) =>
    OpenExtendedMiningChannel.encode({
      requestId,
      userIdentity: `${MINER_ADDRESS}.c${requestId}`,
      nominalHashRate: 0,
      maxTarget: new Uint8Array(32).fill(0xff),
      minExtranonceSize: 8,
    })),
);

const nothing: Stranger = async (client, until) => {
  while (performance.now() < until && !client.hasEnded) await pause(250);
};

const idleMiner: Stranger = async (client, until) => {
  await client.send(sessionStart());
  await nothing(client, until);
};

/** A name for each request, so that nothing that is remembered of one helps with the next. */
function named(name: () => string, requests: (name: string) => readonly unknown[]): Stranger {
  const lines = (): Uint8Array =>
    text(
      Array.from({ length: 15 }, () => requests(name())).flat()
        .map((request) => `${JSON.stringify(request)}\n`).join(""),
    );
  return flood(text(`{"id":1,"method":"mining.subscribe","params":["x","","",0]}\n`), lines);
}

let names = 0;

/** Every attack, in the order of the table; `reads` is false where the stranger never reads. */
export const ATTACKS: Readonly<Record<string, { stranger: Stranger; reads?: false }>> = {
  "connections that come and go": { stranger: () => Promise.resolve() },
  "silent connections": { stranger: nothing },
  "handshake, a byte a second": { stranger: trickle(new Uint8Array(0), numberedBytes(64, 255)) },
  "frame, a byte a second": { stranger: trickle(sessionStart(), new Uint8Array(64)) },
  "line, a byte a second": { stranger: trickle(text('{"id":1,"method":"mining.'), text("x")) },
  "handshakes (ECDH)": {
    stranger: async (client) => {
      await client.send(crypto.getRandomValues(new Uint8Array(64)));
      await pause(20);
    },
  },
  "garbage": {
    stranger: flood(new Uint8Array(0), () => crypto.getRandomValues(new Uint8Array(16_384))),
  },
  "shares above their target": { stranger: shares(1e9) },
  "solutions that are none": { stranger: shares(1e-3) },
  "channel openings": { stranger: flood(sessionStart(), () => opens) },
  "UpdateChannel": { stranger: flood(sessionStart(), () => joined(Array(50).fill(update))) },
  "readers that never read": {
    stranger: flood(sessionStart(50), () => joined(Array(50).fill(update))),
    reads: false,
  },
  "huge frames": {
    stranger: flood(sessionStart(), () => Uint8Array.of(0, 0, 0x1c, 0xff, 0xff, 0xff, 0, 0, 0, 0)),
  },
  "JSON bombs": {
    stranger: flood(
      new Uint8Array(0),
      () => text(`{"id":1,"method":"mining.subscribe","params":${"[".repeat(8_000)}\n`),
    ),
  },
  // Fifteen in a packet, as was seen at other pools; each with another worker of somebody else's.
  "V1 authorizations": {
    stranger: named(
      () => `${MINER_ADDRESS}.w${names++}`,
      (name) => [{ id: 2, method: "mining.authorize", params: [name, "x"] }],
    ),
  },
  "V1 requests that are not served": {
    stranger: named(
      () => `${names++}`,
      (name) => [{ id: 3, method: "mining.get_transactions", params: [name] }],
    ),
  },
  "idle miners": { stranger: idleMiner },
};

/** Keeps `size` strangers at work until the time is over. */
async function attack({ attack, port, ms, size }: AttackOrder): Promise<void> {
  const { stranger, reads } = ATTACKS[attack] ?? { stranger: nothing };
  const until = performance.now() + ms;
  let host = 0;
  const place = async (): Promise<void> => {
    while (performance.now() < until) {
      try {
        const client = await RawClient.connect({ hostname: "127.0.0.1", port }, {
          reads: reads ?? true,
        });
        // Whoever is not read from waits for ever otherwise.
        const end = setTimeout(() => void client.close(), Math.max(0, until - performance.now()));
        await client.send(proxyHeader("203.0.113", host++));
        await stranger(client, until).catch(() => {});
        clearTimeout(end);
        await client.close();
      } catch {
        // Refused, or this machine has no port left for the moment.
      }
      await pause(1);
    }
  };
  await Promise.all(Array.from({ length: size }, place));
}

/** The process's side of {@link AttackOrder}; the table's own process imports the names alone. */
if (import.meta.main) {
  await attack(JSON.parse(Deno.args[0] ?? ""));
  Deno.exit(0);
}
