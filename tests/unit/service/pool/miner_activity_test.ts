import assert from "node:assert/strict";
import { MinerActivity } from "../../../../src/service/pool/miner_activity.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const RIG = { minerId: "alice", workerName: "rig" };

function share(miner = RIG) {
  return {
    kind: "share_accepted" as const,
    ...{
      miner,
      work: 600_000n,
      difficulty: 1,
      jobId: 1,
      height: 1,
      creditPicoZat: 0n,
      isBlock: false,
    },
  };
}

function refused(miner: typeof RIG | undefined, reason: "stale" | "invalid") {
  const fault = reason === "stale" ? "stale" as const : "invalid_solution" as const;
  return { kind: "share_rejected" as const, miner, reason, fault };
}

function watched() {
  const clock = new FakeClock();
  const lines: { event: string; fields: Record<string, unknown> }[] = [];
  const logger = {
    log: (_level: string, event: string, _message: string, fields = {}) =>
      void lines.push({ event, fields }),
  };
  return { clock, lines, activity: new MinerActivity({ clock, logger }) };
}

Deno.test("a worker's shares are counted by reason, and its rate covers ten minutes", async () => {
  const { clock, activity } = watched();
  assert.equal(activity.of(RIG), undefined);
  activity.take(share());
  await clock.advance(600_000);
  activity.take(share());
  activity.take(refused(RIG, "stale"));
  activity.take(refused(undefined, "stale"));
  const found = activity.of(RIG);
  assert.deepEqual([found?.accepted, found?.rejected.stale, found?.rejected.invalid], [2, 1, 0]);
  assert.equal(found?.lastShareMs, clock.now());
  assert.equal(activity.of({ ...RIG, workerName: "other" }), undefined);
  await clock.advance(1_200_000);
  assert.equal(activity.of(RIG)?.solutionsPerSecond, 0);
});

Deno.test("a miner whose shares are mostly refused is one line in ten minutes, with the reasons", async () => {
  const { clock, lines, activity } = watched();
  for (let n = 0; n < 10; n++) {
    activity.take(share());
    activity.take(refused(RIG, "stale"));
  }
  assert.deepEqual(lines, [], "half of them is not most");
  const bad = () => {
    for (let n = 0; n < 20; n++) activity.take(n < 9 ? share() : refused(RIG, "invalid"));
  };
  bad();
  bad();
  assert.deepEqual(lines, [{
    event: "shares_mostly_refused",
    fields: { user: "alice.rig", stale: 0, duplicate: 0, invalid: 11, low_diff: 0 },
  }]);
  await clock.advance(600_000);
  bad();
  assert.equal(lines.length, 2);
});
