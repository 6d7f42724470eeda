import assert from "node:assert/strict";
import { IdentityError, readUserIdentity } from "../../../../src/mining/channels/mod.ts";
import { parseUserIdentity } from "../../../support/parse_user_identity.ts";

const TRANSPARENT = "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY";
const SAPLING = "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya";

Deno.test("a user identity is an address or an account, with or without a worker", () => {
  const rows: [string, string, string, string][] = [
    [TRANSPARENT, "address", TRANSPARENT, ""],
    [`${TRANSPARENT}.rig-7`, "address", TRANSPARENT, "rig-7"],
    [` ${TRANSPARENT}.a.b `, "address", TRANSPARENT, "a.b"],
    [`${SAPLING.toUpperCase()}.x`, "address", SAPLING, "x"],
    ["alice", "account", "alice", ""],
    ["Alice.rig_1", "account", "alice", "rig_1"],
    ["a-b_9", "account", "a-b_9", ""],
    ["a".repeat(32), "account", "a".repeat(32), ""],
  ];
  for (const [text, kind, payee, worker] of rows) {
    const identity = readUserIdentity(text, "main");
    assert.equal(identity.kind, kind, text);
    assert.equal(
      identity.kind === "address" ? identity.address.canonical : identity.name,
      payee,
      text,
    );
    assert.equal(identity.workerName, worker, text);
  }
});

Deno.test("consent stands behind a user identity, with and without a worker", () => {
  for (
    const text of [`${TRANSPARENT}#coinbase`, `${TRANSPARENT}.rig-7#Coinbase`, "alice#coinbase"]
  ) {
    assert.equal(readUserIdentity(text, "main").consents, true, text);
    assert.equal(
      readUserIdentity(text.slice(0, -"#coinbase".length), "main").consents,
      false,
      text,
    );
  }
});

Deno.test("what is neither is refused with what is expected", () => {
  const rows: [string, RegExp][] = [
    ["", /empty/],
    ["al", /t1/],
    ["9lives", /t1/],
    ["a".repeat(33), /t1/],
    ["tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86", /t1/],
    [`${TRANSPARENT.slice(0, -1)}Z`, /character/],
    [`${TRANSPARENT}.rig 1`, /worker name/],
    [`${TRANSPARENT}.<b>`, /worker name/],
    [`${TRANSPARENT}.${"w".repeat(65)}`, /worker name/],
    ["alice.\u0000", /worker name/],
    ["älice", /letters and digits/],
  ];
  for (const [text, expected] of rows) {
    assert.throws(
      () => readUserIdentity(text, "main"),
      (error) => error instanceof IdentityError && expected.test(error.message),
      text,
    );
  }
});

Deno.test("an account that nobody has is refused; the answer also says what an address looks like", () => {
  assert.throws(
    () => parseUserIdentity("alice.rig", "main"),
    (error) =>
      error instanceof IdentityError && /no account of that name/.test(error.message) &&
      /t1/.test(error.message) && error.code === "unknown-user",
  );
});
