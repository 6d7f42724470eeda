import assert from "node:assert/strict";
import { AssertionError, bytesToHex, hexToBytes, ProtocolError } from "../../../../src/base/mod.ts";
import {
  B0_32,
  defineMessage,
  field,
  OPTION,
  SEQ0_64K,
  STR0_255,
  U16,
  U32,
  U8,
  withRule,
} from "../../../../src/wire/codec/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const Sample = defineMessage({
  protocol: "mining",
  name: "Sample.Success",
  direction: "server",
  extensionType: 0x455a,
  msgType: 0x42,
  channelMsg: true,
  summary: "For this test.",
  fields: {
    channelId: field(U32, "The channel."),
    nonce2: field(B0_32, "Bytes."),
    nonce2Len: field(U8, "Length."),
    requestedExtensions: field(SEQ0_64K(U16), "Ids."),
    userIdentity: field(STR0_255, "Name."),
    minNtime: field(OPTION(U32), "Time."),
  },
});

const VALUE = {
  channelId: 7,
  nonce2: hexToBytes("aabb"),
  nonce2Len: 2,
  requestedExtensions: [1, 0x455a],
  userIdentity: "t1.w",
  minNtime: undefined,
};
const HEX = "07000000" + "02aabb" + "02" + "020001005a45" + "0474312e77" + "00";

function faultOf(hex: string): ProtocolError {
  try {
    Sample.decode(hexToBytes(hex));
  } catch (error) {
    assert.ok(error instanceof ProtocolError, String(error));
    return error;
  }
  throw new Error("expected a fault");
}

Deno.test("a declaration encodes a whole frame and decodes its payload", () => {
  assert.equal(bytesToHex(Sample.encode(VALUE)), "5ac542140000" + HEX);
  assert.deepEqual(Sample.decode(hexToBytes(HEX)), VALUE);
});

Deno.test("bounds and the readers' rows follow from the fields", () => {
  assert.equal(Sample.minLength, 4 + 1 + 1 + 2 + 1 + 1);
  assert.equal(Sample.maxLength, 4 + 33 + 1 + (2 + 2 * 65_535) + 256 + 5);
  assert.deepEqual(Sample.layout.map((row) => `${row.wireName} ${row.type}`), [
    "channel_id U32",
    "nonce_2 B0_32",
    "nonce_2_len U8",
    "requested_extensions SEQ0_64K[U16]",
    "user_identity STR0_255",
    "min_ntime OPTION[U32]",
  ]);
});

Deno.test("a fault says message, field and place", () => {
  const table = [
    ["070000", "mining.Sample.Success.channel_id: needs 4 bytes, 3 left"],
    ["0700000021", "mining.Sample.Success.nonce_2: 33 bytes, at most 32"],
    [
      "070000000002" + "0300" + "0100",
      "mining.Sample.Success.requested_extensions: 3 elements need 6 bytes, 2 left",
    ],
    [HEX + "0000", "mining.Sample.Success: 2 bytes after the last field"],
  ] as const;
  for (const [hex, message] of table) {
    const fault = faultOf(hex);
    assert.deepEqual([fault.message, fault.code, fault.consequence], [
      message,
      "malformed-message",
      "drop_connection",
    ]);
  }
});

Deno.test("a value that does not fit is a RangeError that names the field", () => {
  assert.throws(
    () => Sample.encode({ ...VALUE, nonce2: new Uint8Array(33) }),
    (error) =>
      error instanceof RangeError &&
      error.message === "Cannot encode mining.Sample.Success.nonce_2: 33 bytes, at most 32",
  );
});

Deno.test("the log view has the wire names and short values", () => {
  assert.deepEqual(Sample.describe(VALUE), {
    channel_id: 7,
    nonce_2: "aabb",
    nonce_2_len: 2,
    requested_extensions: "[1, 17754]",
    user_identity: '"t1.w"',
    min_ntime: "absent",
  });
});

Deno.test("spans cover a payload without gap or overlap", () => {
  const spans = Sample.spans(hexToBytes(HEX));
  let end = 0;
  for (const span of spans) {
    assert.equal(span.offset, end, span.row.wireName);
    end += span.length;
  }
  assert.equal(end, HEX.length / 2);
  assert.throws(() => Sample.spans(hexToBytes(HEX + "00")), ProtocolError);
});

Deno.test("the same seed gives the same sample, and every sample can be encoded", () => {
  assert.deepEqual(Sample.sample(seededRandom(1)), Sample.sample(seededRandom(1)));
  const random = seededRandom(2);
  for (let i = 0; i < 200; i++) {
    const value = Sample.sample(random);
    assert.deepEqual(Sample.decode(Sample.encode(value).subarray(6)), value);
  }
});

Deno.test("a declaration that contradicts itself is refused when it is made", () => {
  const base = {
    protocol: "mining",
    name: "Wrong",
    direction: "client",
    summary: "",
    fields: { requestId: field(U16, "") },
  } as const;
  const wrong = [
    { extensionType: 0x8000, msgType: 0, channelMsg: false },
    { extensionType: 0, msgType: 256, channelMsg: false },
    { extensionType: 0, msgType: 0, channelMsg: true },
  ];
  for (const numbers of wrong) {
    assert.throws(() => defineMessage({ ...base, ...numbers }), AssertionError);
  }
});

Deno.test("a rule across fields is kept when reading, writing and sampling", () => {
  const Ruled = withRule(Sample, {
    sentence: "nonce_2_len must be the length of nonce_2",
    holds: (value) => value.nonce2.length === value.nonce2Len,
    repair: (value) => ({ ...value, nonce2Len: value.nonce2.length }),
  });
  assert.deepEqual(Ruled.rules, ["nonce_2_len must be the length of nonce_2"]);
  assert.deepEqual(Ruled.decode(hexToBytes(HEX)), VALUE);
  assert.throws(() => Ruled.encode({ ...VALUE, nonce2Len: 3 }), RangeError);
  assert.throws(
    () => Ruled.decode(Sample.encode({ ...VALUE, nonce2Len: 3 }).subarray(6)),
    (error) =>
      error instanceof ProtocolError && error.code === "malformed-message" &&
      error.message.endsWith("nonce_2_len must be the length of nonce_2"),
  );
  const random = seededRandom(3);
  for (let i = 0; i < 50; i++) Ruled.encode(Ruled.sample(random));
});
