/**
 * How long from a template with a new parent to every miner's new job, of Stratum V1 and of Stratum
 * V2 (over Noise) in one run: one pool, one port, as many miners of each, listening in a thread of
 * their own.
 *
 *     deno task bench:v1 [MINERS_OF_EACH]
 *
 * @module
 */
import { systemClock, systemRandom } from "../../src/base/mod.ts";
import {
  authorityKeyPairOf,
  CertificateIssuer,
  generateAuthorityKeyPair,
} from "../../src/wire/noise/mod.ts";
import { Admission, DEFAULT_LISTENER_LIMITS, listen } from "../../src/wire/transport/mod.ts";
import { PoolHarness, templateOn } from "../support/pool_harness.ts";
import type { ListeningOrder, ListeningReport } from "./_listening_miners.ts";

const BLOCKS = 20;
const miners = Number(Deno.args[0] ?? 1_000);

const connections = 2 * miners + 100;
const limits = {
  ...DEFAULT_LISTENER_LIMITS,
  ...{ maxConnections: connections, maxConnectionsPerIp: connections },
  ...{ maxHandshakes: connections, maxHandshakesPerIp: connections },
};
const authority = authorityKeyPairOf(generateAuthorityKeyPair(systemRandom).secretKey);
const issuer = new CertificateIssuer(
  { authority, validitySecs: 3_600 },
  { clock: systemClock, random: systemRandom },
);
const listener = listen({
  ...limits,
  hostname: "127.0.0.1",
  port: 0,
  security: { kind: "noise", issuer, plainToo: true, linesToo: true },
}, { clock: systemClock, random: systemRandom, admission: new Admission(limits) });
// One address may have half of what is left.
const pool = await PoolHarness.start({ channelsMax: 2 * connections });
await pool.template(templateOn(1));
void (async () => {
  for await (const connection of listener.connections()) void pool.serve(connection);
})();
void (async () => {
  for await (const connection of listener.lineConnections()) void pool.serveLines(connection);
})();

const thread = new Worker(new URL("./_listening_miners.ts", import.meta.url), { type: "module" });
const reports: ListeningReport[] = [];
let wake: () => void = () => {};
thread.onmessage = ({ data }: MessageEvent<ListeningReport>) => {
  reports.push(data);
  wake();
};
async function nextReport(): Promise<ListeningReport> {
  for (;;) {
    const report = reports.shift();
    if (report !== undefined) return report;
    await new Promise<void>((resolve) => wake = resolve);
  }
}

thread.postMessage({ ...listener.address, miners } satisfies ListeningOrder);
await nextReport();

const all: { v1: number[]; sv2: number[] } = { v1: [], sv2: [] };
for (let block = 0; block < BLOCKS; block++) {
  const begun = performance.timeOrigin + performance.now();
  await pool.template(templateOn(2 + block));
  const report = await nextReport();
  if (report.kind !== "heard") throw new Error("the miners were ready already");
  for (const protocol of ["v1", "sv2"] as const) {
    all[protocol].push(...report[protocol].map((at) => at - begun));
  }
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

console.log(`${miners} miners of each, ${BLOCKS} blocks; milliseconds: half, 95 %, last`);
const rows = { v1: [0.5, 0.95, 1], sv2: [0.5, 0.95, 1] };
for (const protocol of ["v1", "sv2"] as const) {
  const sorted = all[protocol].sort((a, b) => a - b);
  rows[protocol] = rows[protocol].map((part) => quantile(sorted, part));
  console.log(`${protocol}  ${rows[protocol].map((value) => value.toFixed(1)).join("  ")}`);
}
const ratios = rows.v1.map((value, at) => value / (rows.sv2[at] ?? NaN));
console.log(`ratio V1 to SV2  ${ratios.map((ratio) => ratio.toFixed(2)).join("  ")}`);
thread.terminate();
Deno.exit(0);
