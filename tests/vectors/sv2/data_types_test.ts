import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/base/mod.ts";
import {
  decodeFrameHeader,
  defineMessage,
  type Field,
  writeFrameHeader,
} from "../../../src/wire/codec/mod.ts";
import { HEADER_VECTORS, type MessageVector, SV2_VECTORS } from "./_vectors.ts";
import { vectorType } from "./_wire_types.ts";

/** A declaration and a value made from a vector's own list of fields. */
function fromVector(vector: MessageVector) {
  const fields: Record<string, Field<unknown>> = {};
  const value: Record<string, unknown> = {};
  for (const { name, type, value: json } of vector.fields) {
    const { type: wireType, fromJson } = vectorType(type);
    fields[name] = { type: wireType, doc: "" };
    value[name] = fromJson(json);
  }
  const message = defineMessage({
    protocol: vector.protocol,
    name: vector.name,
    direction: "both",
    extensionType: vector.extension_type,
    msgType: Number(vector.msg_type),
    channelMsg: vector.channel_msg,
    summary: "",
    fields,
  });
  return { message, value };
}

Deno.test("every SV2 vector, declared by this pool or not, comes out byte for byte from its field types", () => {
  assert.equal(SV2_VECTORS.length, 48);
  for (const vector of SV2_VECTORS) {
    const { message, value } = fromVector(vector);
    const frame = message.encode(value);
    assert.equal(bytesToHex(frame), vector.frame, `${vector.name} (${vector.note ?? ""})`);
    assert.deepEqual(message.decode(frame.subarray(6)), value, vector.name);
  }
});

Deno.test("the header vectors are read and written byte for byte", () => {
  assert.equal(HEADER_VECTORS.length, 5);
  for (const vector of HEADER_VECTORS) {
    const header = decodeFrameHeader(hexToBytes(vector.header));
    assert.equal(header.msgType, Number(vector.msg_type), vector.header);
    assert.equal(header.length, vector.msg_length, vector.header);
    assert.equal(header.extensionType, vector.extension_type, vector.header);
    assert.equal(header.channelMsg, vector.channel_msg ?? false, vector.header);
    const bytes = new Uint8Array(6);
    writeFrameHeader(bytes, header);
    assert.equal(bytesToHex(bytes), vector.header);
  }
});
