import assert from "node:assert/strict";
import { decodeBlockHeader, encodeHeaderPrefix } from "../../../../src/chain/zcash/mod.ts";
import { encodeBlockHeader } from "../../../support/block_headers.ts";

const header = {
  version: 4,
  previousBlockHash: new Uint8Array(32).fill(1),
  merkleRoot: new Uint8Array(32).fill(2),
  blockCommitments: new Uint8Array(32).fill(3),
  time: 0xf000_0001,
  bits: 0x1f07ffff,
  nonce: new Uint8Array(32).fill(4),
  solution: new Uint8Array(1344).fill(5),
};

Deno.test("a header is written to its 1,487 bytes and read back", () => {
  const bytes = encodeBlockHeader(header);
  assert.equal(bytes.length, 1487);
  assert.deepEqual([...bytes.subarray(0, 4)], [4, 0, 0, 0]);
  assert.deepEqual([...bytes.subarray(100, 108)], [1, 0, 0, 0xf0, 0xff, 0xff, 0x07, 0x1f]);
  assert.deepEqual([...bytes.subarray(140, 143)], [0xfd, 0x40, 0x05]);
  const longer = new Uint8Array(1500);
  longer.set(bytes);
  const decoded = decodeBlockHeader(longer);
  assert.equal(decoded.length, 1487);
  assert.deepEqual(decoded.header, header);
  assert.deepEqual(encodeHeaderPrefix(header), bytes.subarray(0, 108));
});

Deno.test("the short solution of Regtest's first block is read too, and no other length", () => {
  const short = { ...header, solution: new Uint8Array(36).fill(6) };
  const bytes = encodeBlockHeader(short);
  assert.equal(bytes.length, 177);
  assert.deepEqual(decodeBlockHeader(bytes), { header: short, length: 177 });
  for (const length of [0, 35, 37, 68, 1343, 1345]) {
    const other = encodeBlockHeader({ ...header, solution: new Uint8Array(length) });
    assert.throws(() => decodeBlockHeader(other), { part: "header.solution" }, `${length}`);
  }
});

Deno.test("every cut of a header is refused, and fields of wrong length are not written", () => {
  const bytes = encodeBlockHeader(header);
  for (let length = 0; length < bytes.length; length++) {
    const cut = bytes.subarray(0, length);
    assert.throws(() => decodeBlockHeader(cut), { code: "zcash-format" }, `${length}`);
  }
  for (const field of ["previousBlockHash", "merkleRoot", "blockCommitments"]) {
    const wrong = { ...header, [field]: new Uint8Array(31) };
    assert.throws(() => encodeHeaderPrefix(wrong), RangeError, field);
  }
});
