import assert from "node:assert/strict";
import type { ShareFault } from "../../../../src/mining/shares/mod.ts";
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

Deno.test("the wire specification names the faults of a share in the order of the checks", () => {
  const page = Deno.readTextFileSync(
    new URL("../../../../src/wire/protocol/README.md", import.meta.url),
  );
  const [, section = ""] = page.split("## 9. Shares");
  const named = [...section.matchAll(/^\d+\. [^(]*\((?:[^`)]*)`([a-z-]+)`\)/gm)].map(([, code]) =>
    code
  );
  // The order is that of ShareProcessor, whose own test goes through all pairs.
  const order: readonly ShareFault[] = [
    "unknown_channel",
    "unknown_job",
    "nonce_length",
    "time",
    "stale",
    "low_difficulty",
    "duplicate",
    "rate_limited",
    "overloaded",
    "invalid_solution",
  ];
  assert.deepEqual(named, order.map((fault) => SHARE_ERROR_CODES[fault]));
});
