import assert from "node:assert/strict";
import {
  OPEN_ERROR_CODES,
  SHARE_ERROR_CODES,
  UPDATE_ERROR_CODES,
} from "../../../../src/mining/sv2_server/error_codes.ts";

Deno.test("no two reasons share a code, so that a miner can tell them apart", () => {
  for (const table of [OPEN_ERROR_CODES, SHARE_ERROR_CODES, UPDATE_ERROR_CODES]) {
    const codes = Object.values(table);
    assert.equal(new Set(codes).size, codes.length);
  }
});
