/**
 * A thread of miners that only listen, of both protocols, and note when each new job came: their
 * reading takes nothing from the pool's own thread.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { systemClock, systemRandom } from "../../src/base/mod.ts";
import {
  decodeMessage,
  NewEquihashJob,
  OpenExtendedMiningChannel,
} from "../../src/wire/protocol/mod.ts";
import { EXTENSION_EQUIHASH, RequestExtensions } from "../../src/wire/protocol/mod.ts";
import { connect, connectLines, type FrameConnection } from "../../src/wire/transport/mod.ts";
import { MINER_ADDRESS, setupFrame } from "../support/pool_harness.ts";

/** What the thread is told. */
export interface ListeningOrder {
  readonly hostname: string;
  readonly port: number;
  /** Miners of each protocol; every second one that connects is of V1. */
  readonly miners: number;
}

/** What it says: ready, then for each new job of everybody the times in epoch milliseconds. */
export type ListeningReport =
  | { readonly kind: "ready" }
  | { readonly kind: "heard"; readonly v1: readonly number[]; readonly sv2: readonly number[] };

/** Pairs of miners that connect together. */
const AT_ONCE = 50;

const UTF8 = new TextEncoder();

let times: { v1: number[]; sv2: number[] } = { v1: [], sv2: [] };
let miners = 0;

/** The first job is part of connecting. */
let isReady = false;

function heard(protocol: "v1" | "sv2"): void {
  if (!isReady) return;
  times[protocol].push(performance.timeOrigin + performance.now());
  if (times.v1.length + times.sv2.length < 2 * miners) return;
  report({ kind: "heard", ...times });
  times = { v1: [], sv2: [] };
}

function report(said: ListeningReport): void {
  self.postMessage(said);
}

async function listenLines(order: ListeningOrder): Promise<void> {
  const connection = await connectLines(order, { clock: systemClock });
  const line = (id: number, method: string, params: readonly unknown[]): Uint8Array =>
    UTF8.encode(`${JSON.stringify({ id, method, params })}\n`);
  connection.send(line(1, "mining.subscribe", ["bench", null, "pool", 1]));
  connection.send(line(2, "mining.authorize", [`${MINER_ADDRESS}.v1`, "x"]));
  await new Promise<void>((first) => {
    void (async () => {
      for await (const lines of connection.batches()) {
        if (!lines.some((text) => text.includes('"mining.notify"'))) continue;
        first();
        heard("v1");
      }
    })();
  });
}

async function listenFrames(order: ListeningOrder): Promise<void> {
  const connection: FrameConnection = await connect(order, {
    clock: systemClock,
    random: systemRandom,
  });
  connection.limitPayload(65_536);
  connection.send(setupFrame());
  connection.send(
    RequestExtensions.encode({ requestId: 1, requestedExtensions: [EXTENSION_EQUIHASH] }),
  );
  connection.send(OpenExtendedMiningChannel.encode({
    requestId: 2,
    userIdentity: `${MINER_ADDRESS}.sv2`,
    nominalHashRate: 0,
    maxTarget: new Uint8Array(32).fill(0xff),
    minExtranonceSize: 8,
  }));
  await new Promise<void>((first) => {
    void (async () => {
      for await (const frames of connection.batches()) {
        const isJob = frames.some((frame) =>
          decodeMessage("mining", frame)?.name === NewEquihashJob.name
        );
        if (!isJob) continue;
        first();
        heard("sv2");
      }
    })();
  });
}

self.onmessage = async ({ data }: MessageEvent<ListeningOrder>) => {
  miners = data.miners;
  for (let at = 0; at < data.miners; at += AT_ONCE) {
    const pairs = Array.from({ length: Math.min(AT_ONCE, data.miners - at) });
    await Promise.all(pairs.flatMap(() => [listenFrames(data), listenLines(data)]));
  }
  isReady = true;
  report({ kind: "ready" });
};
