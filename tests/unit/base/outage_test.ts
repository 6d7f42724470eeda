import assert from "node:assert/strict";
import { Outage } from "../../../src/base/mod.ts";

function outageOf(patience?: number) {
  const lines: string[] = [];
  const outage = new Outage({
    log: (level, event, message, fields = {}) =>
      void lines.push(`${level} ${event} ${message} ${fields.failures ?? ""}`.trim()),
  }, {
    level: "error",
    event: "work_failed",
    begins: "could not work",
    endEvent: "work_resumed",
    ends: "work goes on",
    ...(patience === undefined ? {} : { patience }),
  });
  return { lines, outage };
}

Deno.test("an outage has one line when it begins and one when it ends, with its failures", () => {
  const { lines, outage } = outageOf();
  for (let round = 0; round < 2; round++) {
    for (let times = 0; times < 1_800; times++) outage.failed("the database is away");
    assert.equal(outage.isTold, true);
    assert.equal(outage.nextTryMs(5_000, 40_000), 40_000);
    outage.succeeded();
    outage.succeeded();
    assert.equal(outage.isTold, false);
    assert.deepEqual(lines.splice(0).filter((line) => !line.startsWith("debug")), [
      "error work_failed could not work: the database is away",
      "info work_resumed work goes on 1800",
    ]);
  }
});

Deno.test("one failure that heals is no outage, unless there is no patience", () => {
  const patient = outageOf();
  for (let times = 0; times < 5; times++) {
    assert.equal(patient.outage.nextTryMs(5_000, 40_000), 5_000);
    patient.outage.failed("one lost connection");
    assert.equal(patient.outage.nextTryMs(5_000, 40_000), 10_000);
    patient.outage.succeeded();
  }
  assert.deepEqual(
    patient.lines,
    Array(5).fill("debug work_failed could not work: one lost connection"),
  );
  const other = outageOf(1);
  other.outage.failed("gone");
  other.outage.succeeded();
  assert.deepEqual(other.lines, [
    "error work_failed could not work: gone",
    "info work_resumed work goes on 1",
  ]);
});
