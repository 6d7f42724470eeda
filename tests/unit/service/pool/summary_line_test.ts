import assert from "node:assert/strict";
import { SummaryLine } from "../../../../src/service/pool/summary_line.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const MINER = { minerId: "alice", workerName: "rig" };

Deno.test("one line a minute says what the minute brought, until it is closed", async () => {
  const clock = new FakeClock(1_795_400_000_000);
  const lines: Record<string, unknown>[] = [];
  const summary = new SummaryLine({
    clock,
    logger: {
      log: (level, event, _message, fields) => void lines.push({ level, event, ...fields }),
    },
  });
  let height: number | undefined = undefined;
  summary.begin({
    connections: () => 3,
    channels: () => 2,
    hashRate: () => 12.3456,
    height: () => height,
  });
  await clock.advance(59_999);
  assert.equal(lines.length, 0);
  await clock.advance(1);
  const still = { level: "info", event: "summary", connections: 3, channels: 2 };
  const none = { shares_accepted: 0, shares_rejected: 0, height: null };
  assert.deepEqual(lines, [{ ...still, hashrate_sol_s: 12.35, ...none }]);

  height = 7;
  summary.take({
    ...{ kind: "share_accepted", miner: MINER, work: 1n, difficulty: 1, jobId: 1, height: 7 },
    ...{ creditPicoZat: 0n, isBlock: true },
  });
  summary.take({ kind: "share_rejected", miner: MINER, reason: "stale", fault: "stale" });
  summary.take({ kind: "block_found", height: 7, hash: new Uint8Array(32) });
  const foundAt = new Date(clock.now()).toISOString();
  await clock.advance(60_000);
  assert.deepEqual(lines[1], {
    ...{ ...still, hashrate_sol_s: 12.35, shares_accepted: 1, shares_rejected: 1, height: 7 },
    ...{ last_block: 7, last_block_at: foundAt },
  });
  await clock.advance(60_000);
  assert.equal(lines[2]?.shares_accepted, 0);
  summary.close();
  await clock.advance(600_000);
  assert.equal(lines.length, 3);
});
