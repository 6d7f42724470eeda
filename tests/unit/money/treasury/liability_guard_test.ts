import assert from "node:assert/strict";
import {
  LiabilityGuard,
  type LiabilityLimits,
} from "../../../../src/money/treasury/liability_guard.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

function guardOf(limits: LiabilityLimits) {
  const clock = new FakeClock();
  const figures: { owed: bigint | Error; spendable: bigint | undefined } = {
    owed: 0n,
    spendable: undefined,
  };
  const heard: boolean[] = [];
  const lines: string[] = [];
  const guard = new LiabilityGuard(limits, {
    clock,
    logger: {
      log: (level, event, _message, { failures } = {}) =>
        void (level !== "debug" && lines.push(`${level} ${event} ${failures ?? ""}`.trim())),
    },
    owed: () =>
      figures.owed instanceof Error ? Promise.reject(figures.owed) : Promise.resolve(figures.owed),
    spendable: () => Promise.resolve(figures.spendable),
    limit: (atCap) => void heard.push(atCap),
  });
  return { clock, figures, heard, lines, guard };
}

Deno.test("paid work ends exactly at the cap and goes on below it", async () => {
  const { clock, figures, heard, guard } = guardOf({ capZat: 100n });
  figures.owed = 99n;
  await guard.run();
  figures.owed = 100n;
  await clock.advance(5_000);
  figures.owed = 99n;
  await clock.advance(5_000);
  assert.deepEqual(heard, [false, true, false]);
  await guard.close();
  assert.equal(clock.pending, 0);
});

Deno.test("the floor counts what the wallet has left after everything owed, where it tells", async () => {
  const { clock, figures, heard, guard } = guardOf({ floorZat: 50n });
  figures.owed = 100n;
  await guard.run();
  figures.spendable = 149n;
  await clock.advance(5_000);
  figures.spendable = 150n;
  await clock.advance(5_000);
  assert.deepEqual(heard, [false, true, false]);
  await guard.close();
});

Deno.test("figures that cannot be had change nothing", async () => {
  const { clock, figures, heard, guard } = guardOf({ capZat: 100n });
  figures.owed = 200n;
  await guard.run();
  figures.owed = new Error("the database is away");
  await clock.advance(5_000);
  assert.deepEqual(heard, [true]);
  assert.equal(guard.atCap, true);
  await guard.close();
});

Deno.test("an hour without figures is two lines and few looks, and the last verdict holds", async () => {
  const { clock, figures, heard, lines, guard } = guardOf({ capZat: 100n });
  figures.owed = 200n;
  await guard.run();
  figures.owed = new Error("the database is away");
  await clock.advance(3_600_000);
  assert.deepEqual(lines, ["error liability_cap_reached", "warn liability_not_known"]);
  assert.deepEqual(heard, [true]);
  figures.owed = 1n;
  await clock.advance(40_000);
  const failures = Number(lines[2]?.split(" ").at(-1));
  assert(failures > 80 && failures < 100, `${failures} looks in an hour`);
  assert.deepEqual(lines.slice(3), ["info liability_cap_left"]);
  await guard.close();
});

Deno.test("without limits nothing is looked at", async () => {
  const { clock, heard, guard } = guardOf({});
  await guard.run();
  assert.equal(clock.pending, 0);
  assert.deepEqual(heard, []);
});
