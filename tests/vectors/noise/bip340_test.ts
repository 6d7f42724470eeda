import assert from "node:assert/strict";
import { schnorr } from "@noble/curves/secp256k1.js";
import { bytesToHex } from "../../../src/base/mod.ts";
import { authorityKeyPairOf } from "../../../src/wire/noise/mod.ts";
import { hexCell, readCsv } from "./_vector_files.ts";
import { isXOnlyKey } from "../../../src/wire/noise/elligator_swift.ts";

/** Comments of the rows whose public key is no point of the curve. */
const NOT_A_KEY = /public key (is )?not (on the curve|a valid X coordinate)|exceeds the field size/;

Deno.test("signatures of BIP 340: every vector is made and judged as published", async () => {
  const rows = await readCsv("bip340_test_vectors.csv");
  assert.equal(rows.length, 19);
  for (const row of rows) {
    const where = `row ${row["index"]} (${row["comment"]})`;
    const message = hexCell(row, "message");
    const signature = hexCell(row, "signature");
    const publicKey = hexCell(row, "public key");
    const valid = row["verification result"] === "TRUE";
    assert.equal(schnorr.verify(signature, message, publicKey), valid, where);
    if (row["secret key"] === "") continue;
    const secretKey = hexCell(row, "secret key");
    assert.equal(
      bytesToHex(authorityKeyPairOf(secretKey).publicKey),
      bytesToHex(publicKey),
      where,
    );
    const made = schnorr.sign(message, secretKey, hexCell(row, "aux_rand"));
    assert.equal(bytesToHex(made), bytesToHex(signature), where);
  }
});

Deno.test("a public key of BIP 340 is taken as one exactly when it is a point", async () => {
  const rows = await readCsv("bip340_test_vectors.csv");
  let refused = 0;
  for (const row of rows) {
    const expected = !NOT_A_KEY.test(row["comment"] ?? "");
    if (!expected) refused++;
    assert.equal(isXOnlyKey(hexCell(row, "public key")), expected, `row ${row["index"]}`);
  }
  assert.equal(refused, 2);
});
