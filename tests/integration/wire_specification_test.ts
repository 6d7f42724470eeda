import assert from "node:assert/strict";
import { decodeMessage, dumpFrames } from "../../src/wire/protocol/mod.ts";
import { assertSection } from "../support/marked_section.ts";
import { wireSession } from "./_wire_session.ts";

const README = new URL("../../src/wire/protocol/README.md", import.meta.url);

Deno.test("the session in the wire specification is what this pool says, byte for byte", async () => {
  const frames = await wireSession();
  const told = frames.map(({ direction, frame }) => {
    const message = decodeMessage("mining", frame);
    const code = message?.name === "SubmitShares.Error" ? ` ${message.value.errorCode}` : "";
    return `${direction} ${message?.name}${code}`;
  });
  assert.deepEqual(told, [
    "client SetupConnection",
    "server SetupConnection.Success",
    "client RequestExtensions",
    "server RequestExtensions.Success",
    "client OpenExtendedMiningChannel",
    "server OpenExtendedMiningChannel.Success",
    "server NewEquihashJob",
    "client SubmitEquihashShare",
    "server SubmitShares.Success",
    "client UpdateChannel",
    "server SetExtranoncePrefix",
    "server SetTarget",
    "server NewEquihashJob",
    "client SubmitEquihashShare",
    "server SubmitShares.Error difficulty-too-low",
    "server NewEquihashJob",
    "client SubmitEquihashShare",
    "server SubmitShares.Error stale-share",
    "client CloseChannel",
    "server Reconnect",
  ]);
  assertSection(README, "session-dump", `\`\`\`text\n${dumpFrames("mining", frames)}\`\`\``);
});
