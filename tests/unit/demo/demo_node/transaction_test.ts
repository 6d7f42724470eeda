import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/base/mod.ts";
import { makeTransaction, parseTransaction } from "../../../../src/demo/demo_node/_transaction.ts";
import { WireError } from "../../../../src/demo/demo_node/_wire.ts";
import { readData } from "./_recorded.ts";

interface Vector {
  readonly name?: string;
  readonly index?: number;
  readonly txid_internal: string;
  readonly auth_digest_internal: string;
  readonly tx: string;
}

const digests = readData<{ vectors: Vector[] }>("zcash/coinbase_digests").vectors;
const published = readData<{ vectors: Vector[] }>("zcash/zip244_v5").vectors;
/** The vectors whose bytes have no shielded part are the ones that this chain can hold. */
const transparent = digests.filter(({ tx }) => isTransparent(tx));

function isTransparent(hex: string): boolean {
  try {
    parseTransaction(hexToBytes(hex));
    return true;
  } catch {
    return false;
  }
}

Deno.test("transparent v5 and v6 transactions have the txids and auth digests of the vectors", () => {
  assert(transparent.length >= 40, `only ${transparent.length} vectors are transparent`);
  for (const { name, tx, txid_internal, auth_digest_internal } of transparent) {
    const transaction = parseTransaction(hexToBytes(tx));
    assert.equal(bytesToHex(transaction.txid), txid_internal, name);
    assert.equal(bytesToHex(transaction.authDigest), auth_digest_internal, name);
  }
});

Deno.test("a transaction that was read is written down as it was", () => {
  for (const { name, tx } of transparent) {
    const transaction = parseTransaction(hexToBytes(tx));
    assert.equal(bytesToHex(makeTransaction(transaction).bytes), tx, name);
  }
});

Deno.test("shielded transactions are refused as unreadable, not misread", () => {
  for (const { index, tx } of published) {
    assert.throws(() => parseTransaction(hexToBytes(tx)), WireError, `vector ${index}`);
  }
});

Deno.test("every truncation of a transaction is refused, and so is a byte too many", () => {
  const whole = hexToBytes(transparent[0]?.tx ?? "");
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => parseTransaction(whole.subarray(0, length)), WireError, `${length} bytes`);
  }
  assert.throws(() => parseTransaction(Uint8Array.from([...whole, 0])), WireError);
});

Deno.test("older transaction versions are refused", () => {
  for (const header of ["04000080", "03000080", "01000000", "07000080", "05000000"]) {
    assert.throws(() => parseTransaction(hexToBytes(header + "00".repeat(60))), WireError, header);
  }
});

Deno.test("a count that the bytes cannot hold is refused before anything is made for it", () => {
  const head = "0600008098b684d8d90a19770000000000000000";
  assert.throws(
    () => parseTransaction(hexToBytes(`${head}feffffff7f${"00".repeat(50)}`)),
    WireError,
  );
  // A longer form than needed is no compact size.
  assert.throws(() => parseTransaction(hexToBytes(`${head}fd0100${"00".repeat(50)}`)), WireError);
});
