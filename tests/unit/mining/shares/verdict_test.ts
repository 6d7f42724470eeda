import assert from "node:assert/strict";
import { REJECT_REASONS } from "../../../../src/base/mod.ts";
import { ErrorCode } from "../../../../src/wire/protocol/mod.ts";
import { REJECTS, SHARE_FAULTS } from "../../../../src/mining/shares/mod.ts";

Deno.test("every reject has a code, a reason of the guide, and never bans for what honest miners meet", () => {
  const codes: readonly string[] = Object.values(ErrorCode);
  const banned: string[] = [];
  for (const fault of SHARE_FAULTS) {
    const { errorCode, rejectReason, countsForBan } = REJECTS[fault];
    assert.ok(codes.includes(errorCode), fault);
    assert.ok(REJECT_REASONS.includes(rejectReason), fault);
    if (countsForBan) banned.push(fault);
  }
  assert.deepEqual(banned, ["nonce_length", "invalid_solution"]);
  assert.equal(REJECTS.stale.rejectReason, "stale");
  assert.equal(REJECTS.duplicate.rejectReason, "duplicate");
  assert.equal(REJECTS.low_difficulty.rejectReason, "low_diff");
  assert.equal(REJECTS.invalid_solution.rejectReason, "invalid");
});

Deno.test("no two rejects share a code, so that a miner can tell them apart", () => {
  const codes = SHARE_FAULTS.map((fault) => REJECTS[fault].errorCode);
  assert.equal(new Set(codes).size, codes.length);
});
