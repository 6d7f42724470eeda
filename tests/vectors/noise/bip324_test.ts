import assert from "node:assert/strict";
import { bytesToHex } from "../../../src/base/mod.ts";
import {
  decodeEllSwift,
  type InverseCase,
  inverseSwift,
} from "../../../src/wire/noise/elligator_swift.ts";
import { EllSwiftKeyPair, peerKey, sharedSecret } from "../../../src/wire/noise/mod.ts";
import { hexCell, readCsv } from "./_vector_files.ts";

const CASES: readonly InverseCase[] = [0, 1, 2, 3, 4, 5, 6, 7];

Deno.test("ElligatorSwift decodes every vector of BIP 324", async () => {
  const rows = await readCsv("bip324_ellswift_decode_test_vectors.csv");
  assert.equal(rows.length, 76);
  for (const [i, row] of rows.entries()) {
    const x = decodeEllSwift(hexCell(row, "ellswift"));
    assert.equal(bytesToHex(x), row["x"], `row ${i} (${row["comment"]})`);
  }
});

Deno.test("the inverse of ElligatorSwift finds exactly the preimages of BIP 324", async () => {
  const rows = await readCsv("bip324_xswiftec_inv_test_vectors.csv");
  assert.equal(rows.length, 32);
  for (const [i, row] of rows.entries()) {
    const x = BigInt(`0x${row["x"]}`);
    const u = BigInt(`0x${row["u"]}`);
    for (const inverseCase of CASES) {
      const t = inverseSwift(x, u, inverseCase);
      const text = t === undefined ? "" : t.toString(16).padStart(64, "0");
      assert.equal(text, row[`case${inverseCase}_t`], `row ${i}, case ${inverseCase}`);
    }
  }
});

Deno.test("the shared secret is that of every BIP 324 vector, in both roles", async () => {
  const rows = await readCsv("bip324_packet_encoding_test_vectors.csv");
  assert.equal(rows.length, 7);
  const roles = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const encoding = hexCell(row, "in_ellswift_ours");
    const ours = new EllSwiftKeyPair(hexCell(row, "in_priv_ours"), () => encoding);
    assert.equal(bytesToHex(ours.publicKeyX), row["mid_x_ours"], `row ${i}`);
    const theirs = peerKey(hexCell(row, "in_ellswift_theirs"));
    assert.equal(bytesToHex(theirs.publicKeyX), row["mid_x_theirs"], `row ${i}`);
    assert.equal(bytesToHex(ours.multiply(theirs.publicKeyX)), row["mid_x_shared"], `row ${i}`);
    const role = row["in_initiating"] === "1" ? "initiator" : "responder";
    roles.add(role);
    const secret = sharedSecret(ours, theirs, role);
    assert.equal(bytesToHex(secret), row["mid_shared_secret"], `row ${i}`);
  }
  assert.equal(roles.size, 2);
});
