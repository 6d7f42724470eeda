import assert from "node:assert/strict";
import { REJECT_REASONS } from "../../../../src/base/mod.ts";
import { REJECTS, type ShareFault } from "../../../../src/mining/shares/mod.ts";

const FAULTS = Object.keys(REJECTS) as ShareFault[];

Deno.test("every reject has a reason of the guide, and what honest miners meet is no misconduct", () => {
  for (const fault of FAULTS) {
    assert.ok(REJECT_REASONS.includes(REJECTS[fault].rejectReason), fault);
  }
  const misconduct = FAULTS.filter((fault) => REJECTS[fault].isMisconduct);
  assert.deepEqual(misconduct, ["nonce_length", "invalid_solution"]);
  assert.equal(REJECTS.stale.rejectReason, "stale");
  assert.equal(REJECTS.duplicate.rejectReason, "duplicate");
  assert.equal(REJECTS.low_difficulty.rejectReason, "low_diff");
  assert.equal(REJECTS.invalid_solution.rejectReason, "invalid");
});
