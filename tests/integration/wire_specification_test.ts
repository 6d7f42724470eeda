import assert from "node:assert/strict";
import { concatBytes, displayHash } from "../../src/base/mod.ts";
import { encodeHeaderPrefix, sha256d } from "../../src/chain/zcash/mod.ts";
import { CipherState } from "../../src/wire/noise/cipher_state.ts";
import { FrameSealer } from "../../src/wire/noise/frame_sealer.ts";
import { decodeMessage } from "../../src/wire/protocol/mod.ts";
import { assertSection } from "../support/marked_section.ts";
import { wireSession } from "./_wire_session.ts";
import { dumpFrames, type RecordedFrame } from "../support/frame_dump.ts";
import { encodeFrame } from "../support/encode_frame.ts";

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
  assertSection(README, "sealed-frame", `\`\`\`text\n${sealedFrame(frames)}\`\`\``);
  assertSection(README, "first-share", `\`\`\`text\n${firstShare(frames)}\`\`\``);
  assertSection(README, "session-dump", `\`\`\`text\n${dumpFrames("mining", frames)}\`\`\``);
});

/** The session's RequestExtensions, sealed with the key 00 01 … 1f and the counters 2 and 3. */
function sealedFrame(frames: readonly RecordedFrame[]): string {
  const request = frames.find(({ frame }) => nameOf(frame) === "RequestExtensions");
  assert.ok(request !== undefined);
  const plain = encodeFrame(request.frame);
  const cipher = new CipherState(Uint8Array.from({ length: 32 }, (_, i) => i), 2);
  const sealed = new FrameSealer(cipher).seal(plain);
  return [
    `plain   ${hexLines(plain)}`,
    `header  ${hexLines(sealed.subarray(0, 22))}`,
    `payload ${hexLines(sealed.subarray(22))}`,
    "",
  ].join("\n");
}

/** The first 143 bytes of the first share's header, and its hash. */
function firstShare(frames: readonly RecordedFrame[]): string {
  const messages = frames.map(({ frame }) => decodeMessage("mining", frame));
  const job = messages.find((message) => message?.name === "NewEquihashJob")?.value;
  const share = messages.find((message) => message?.name === "SubmitEquihashShare")?.value;
  assert.ok(job !== undefined && share !== undefined);
  const prefix = encodeHeaderPrefix({
    version: job.version,
    previousBlockHash: job.prevHash,
    merkleRoot: job.merkleRoot,
    blockCommitments: job.blockCommitments,
    time: share.time,
    bits: job.bits,
  });
  const size = Uint8Array.of(0xfd, 0x40, 0x05);
  const start = concatBytes(prefix, job.nonce1, share.nonce2, size);
  const hash = sha256d(concatBytes(start, share.solution));
  return [
    `header  ${hexLines(start)}`,
    "        and the 1,344 bytes of the solution",
    `hash    ${displayHash(hash)}`,
    "",
  ].join("\n");
}

function nameOf(frame: RecordedFrame["frame"]): string | undefined {
  return decodeMessage("mining", frame)?.name;
}

/** Bytes as they stand in the page: 32 a line, lines after the first under the first. */
function hexLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 32) {
    const line = bytes.subarray(at, at + 32);
    lines.push(Array.from(line, (byte) => byte.toString(16).padStart(2, "0")).join(" "));
  }
  return lines.join("\n        ");
}
