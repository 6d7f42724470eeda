/** The blocks that accepted shares should have brought, by which an alert weighs those found. */
import assert from "node:assert/strict";
import { noMetrics, silentLogger } from "../../../../src/base/mod.ts";
import { BlockSubmitter, MemorySpool } from "../../../../src/chain/blocks/mod.ts";
import type { AcceptedShare } from "../../../../src/mining/shares/mod.ts";
import { RecordWriter, ShareRecorder } from "../../../../src/money/records/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { jobTemplate, numbered } from "../../../support/job_templates.ts";
import { openStore } from "../../../support/test_store.ts";

const MINER = { minerId: "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86", workerName: "rig" };
const NETWORK_TARGET = (1n << 230n) - 1n;

function jobOf(target: bigint): AcceptedShare["job"] {
  const template = jobTemplate({ networkTarget: NETWORK_TARGET });
  return {
    ...{ jobId: 1, template, nonce1: new Uint8Array(4) },
    ...{ target, targetLe: new Uint8Array(32), work: 1n },
  };
}

Deno.test("each accepted share adds its chance of a block, and refused ones add nothing", async () => {
  const clock = new FakeClock();
  const store = await openStore({ kind: "sqlite", path: ":memory:" }, { clock });
  const logger = silentLogger;
  let expected = 0;
  const recorder = new ShareRecorder({
    ...{ clock, logger, scheme: "pps", feePpm: 10_000, emit: () => {} },
    writer: new RecordWriter({ capacity: 3 }, { store, clock, logger }),
    submitter: new BlockSubmitter({}, { nodes: [], spool: new MemorySpool(), clock }),
    hashRate: { add: () => {} },
    metrics: {
      ...noMetrics("accepted", "rejected", "blocksFound"),
      blocksExpected: { increment: (by = 1) => void (expected += by) },
    },
  });
  const accept = (target: bigint, serial: number): boolean =>
    recorder.accepted({ miner: MINER, job: jobOf(target), hash: numbered(serial), isBlock: false });

  assert(accept((1n << 233n) - 1n, 1));
  assert(Math.abs(expected - 1 / 8) < 1e-9, "eight shares of this target bring a block");
  assert(accept(NETWORK_TARGET, 2));
  assert(Math.abs(expected - 9 / 8) < 1e-9);
  assert(accept(1n << 200n, 3));
  assert(Math.abs(expected - 17 / 8) < 1e-9, "a share brings at most one block");
  recorder.rejected({ miner: MINER, fault: "stale" });
  assert(!accept(NETWORK_TARGET, 4), "there is no room for it");
  assert(Math.abs(expected - 17 / 8) < 1e-9);
});
