import assert from "node:assert/strict";
import fc from "fast-check";
import { hexToBytes } from "../../../../src/base/mod.ts";
import { parseTransaction, ZcashFormatError } from "../../../../src/chain/zcash/mod.ts";

Deno.test("versions and version groups that do not exist are refused by name", () => {
  const table: [string, RegExp][] = [
    ["00000000", /transaction\.header at byte 0: version 0 unknown/],
    ["03000000", /version 3 unknown/],
    ["02000080", /overwintered version 2 unknown/],
    ["07000080", /overwintered version 7 unknown/],
    ["0400008070820c03", /transaction\.versionGroupId at byte 4: 892f2085 expected in version 4/],
    ["060000800a27a726", /d884b698 expected in version 6, received 26a7270a/],
  ];
  for (const [hex, message] of table) {
    assert.throws(() => parseTransaction(hexToBytes(hex)), { code: "zcash-format", message }, hex);
  }
});

Deno.test("amounts that cannot exist are refused", () => {
  const start = "0100000000" + "01";
  for (
    const [amount, fine] of [
      ["0040075af0750700", true],
      ["0140075af0750700", false],
      ["ffffffffffffffff", false],
    ] as const
  ) {
    const parse = () => parseTransaction(hexToBytes(`${start}${amount}00` + "00000000"));
    if (fine) assert.equal(parse().outputs[0]?.valueZat, 2_100_000_000_000_000n);
    else assert.throws(parse, { part: "transaction.outputs[0].value", offset: 6 });
  }
});

Deno.test("a transaction is read where it starts, and what follows is left alone", () => {
  const bytes = hexToBytes("aaaa" + "01000000" + "00" + "00" + "2a000000" + "bb");
  const tx = parseTransaction(bytes, 2);
  assert.deepEqual([tx.lockTime, tx.bytes.length, tx.expiryHeight], [42, 10, undefined]);
  assert.deepEqual([tx.transparentStart, tx.transparentEnd], [4, 6]);
});

Deno.test("no bytes whatever make the parser fail in any other way than it says", () => {
  const starts = ["01000000", "02000000", "030000807082c403", "0400008085202f89"];
  const modern = ["050000800a27a726d90a1977", "0600008098b684d8d90a1977"];
  fc.assert(fc.property(
    fc.constantFrom(...[...starts, ...modern].map(hexToBytes)),
    fc.uint8Array({ maxLength: 300 }),
    (start, rest) => {
      const bytes = new Uint8Array(start.length + rest.length);
      bytes.set(start);
      bytes.set(rest, start.length);
      try {
        const tx = parseTransaction(bytes);
        assert.ok(tx.bytes.length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof ZcashFormatError, String(error));
        assert.ok(error.offset <= bytes.length);
      }
    },
  ));
});
