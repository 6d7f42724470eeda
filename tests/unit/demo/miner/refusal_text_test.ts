import assert from "node:assert/strict";
import { refusalText } from "../../../../src/demo/miner/refusal_text.ts";
import { ErrorCode } from "../../../../src/wire/protocol/mod.ts";

Deno.test("every refusal of a setup has the pool's code and words for people", () => {
  // The codes of SetupConnection.Error and OpenMiningChannel.Error, in the order of the declaration.
  const codes = Object.values(ErrorCode);
  const ofSetup = codes.slice(0, codes.indexOf(ErrorCode.invalidChannelId));
  assert(ofSetup.includes(ErrorCode.maxTargetOutOfRange));
  for (const code of ofSetup) {
    assert.match(
      refusalText("channel", code),
      new RegExp(`^the pool refused the channel: ${code}: \\w`),
    );
  }
  assert.equal(
    refusalText("channel", "invalid-user-identity"),
    "the pool refused the channel: invalid-user-identity: " +
      "the address is not one of this pool's network, or it or the worker's name is misspelled",
  );
  for (const unknown of ["made-up", "constructor"]) {
    assert.equal(refusalText("setup", unknown), `the pool refused the connection: ${unknown}`);
  }
});
