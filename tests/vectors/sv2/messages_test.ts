import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/base/mod.ts";
import {
  decodeMessage,
  FrameDecoder,
  MINING_MESSAGES,
  NewEquihashJob,
  SubmitEquihashShare,
} from "../../../src/wire/protocol/mod.ts";
import { type MessageVector, REFERENCE_VECTORS, SV2_VECTORS } from "./_vectors.ts";
import { vectorType } from "./_wire_types.ts";

/**
 * Vectors of messages that a Zcash pool has no use for on a mining connection: Bitcoin's jobs and
 * shares, and the other subprotocols.
 */
const NOT_DECLARED = new Set([
  "NewMiningJob",
  "SubmitSharesStandard",
  "SubmitSharesExtended",
  "NewExtendedMiningJob",
  "SetNewPrevHash",
  "SetCustomMiningJob",
  "SetCustomMiningJob.Success",
  "SetCustomMiningJob.Error",
]);

function isDeclared(vector: MessageVector): boolean {
  const ours = ["common", "mining", "extension 0x0001"].includes(vector.protocol);
  return ours && !NOT_DECLARED.has(vector.name);
}

/** Compares the declared value with the vector's fields: same names, same order, same values. */
function assertFields(
  vector: MessageVector,
  rows: readonly { wireName: string; key: string }[],
  value: unknown,
): void {
  assert.deepEqual(rows.map((row) => row.wireName), vector.fields.map((f) => f.name), vector.name);
  for (const [i, { name, type, value: json }] of vector.fields.entries()) {
    const key = rows[i]?.key as string;
    let actual = (value as Record<string, unknown>)[key];
    // The reference's dialect calls a flag U8 where the declaration says BOOL.
    if (type === "U8" && typeof actual === "boolean") actual = actual ? 1 : 0;
    assert.deepEqual(actual, vectorType(type).fromJson(json), `${vector.name}.${name}`);
  }
}

Deno.test("the vectors of the declared messages decode to their fields and encode to the same bytes", () => {
  const vectors = SV2_VECTORS.filter(isDeclared);
  for (const vector of vectors) {
    const [frame] = new FrameDecoder({ maxPayloadLength: 1000 }).push(hexToBytes(vector.frame));
    assert.ok(frame !== undefined, vector.name);
    const message = decodeMessage("mining", frame);
    assert.ok(message !== undefined, `${vector.name} is declared`);
    assert.equal(message.name, vector.name);
    assert.equal(message.type.channelMsg, vector.channel_msg, `${vector.name} channel bit`);
    assertFields(vector, message.type.layout, message.value);
    const encode = message.type.encode as (value: unknown) => Uint8Array;
    assert.equal(bytesToHex(encode.call(message.type, message.value)), vector.frame, vector.name);
  }
  const covered = new Set(vectors.map((vector) => vector.name));
  const declared = MINING_MESSAGES.filter((m) => m.extensionType !== 0x455a).map((m) => m.name);
  assert.deepEqual([...covered].sort(), [...declared].sort(), "every core message has a vector");
});

Deno.test("Equihash jobs and shares have the reference pool's payloads under the extension's header", () => {
  for (const type of [NewEquihashJob, SubmitEquihashShare]) {
    const vectors = REFERENCE_VECTORS.filter((vector) => vector.name === type.name);
    assert.equal(vectors.length, 1, type.name);
    for (const vector of vectors) {
      const payload = hexToBytes(vector.payload);
      const value = type.decode(payload);
      assertFields(vector, type.layout, value);
      const frame = bytesToHex((type.encode as (value: unknown) => Uint8Array).call(type, value));
      assert.equal(frame, "5ac5" + vector.frame.slice(4), type.name);
    }
  }
});
