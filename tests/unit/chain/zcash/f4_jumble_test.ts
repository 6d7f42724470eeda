import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import { f4JumbleInverse } from "../../../../src/chain/zcash/_f4_jumble.ts";
import { f4Jumble } from "../../../support/f4_jumble.ts";
import { readVectors } from "../../../vectors/zcash/_data.ts";

Deno.test("F4Jumble gives the published bytes in both directions", () => {
  const { vectors } = readVectors<{ vectors: { normal: string; jumbled: string }[] }>("f4jumble");
  assert.equal(vectors.length, 6);
  for (const { normal, jumbled } of vectors) {
    assert.equal(bytesToHex(f4Jumble(hexToBytes(normal))), jumbled);
    assert.equal(bytesToHex(f4JumbleInverse(hexToBytes(jumbled))), normal);
  }
});

Deno.test("any bytes survive being jumbled and back, and the input is left as it was", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 48, maxLength: 400 }), (bytes) => {
    const before = bytes.slice();
    assert.deepEqual(f4JumbleInverse(f4Jumble(bytes)), before);
    assert.deepEqual(bytes, before);
  }));
  assert.throws(() => f4JumbleInverse(new Uint8Array(47)), RangeError);
});
