import assert from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../src/base/mod.ts";
import {
  formatAuthorityKey,
  formatPoolUrl,
  parseAuthorityKey,
  parseAuthoritySecretKey,
  parsePoolUrl,
} from "../../../src/wire/noise/mod.ts";
import { readJson } from "./_vector_files.ts";

interface AuthorityKeyVector {
  readonly origin: string;
  readonly x_only: string;
  readonly base58check: string;
  readonly uri?: string;
  readonly private?: string;
  readonly private_base58check_no_version?: string;
}

Deno.test("authority keys and pool addresses are read and written as published", async () => {
  const vectors = await readJson<AuthorityKeyVector[]>("authority_keys.json");
  assert.equal(vectors.length, 3);
  for (const vector of vectors) {
    const key = hexToBytes(vector.x_only);
    assert.equal(formatAuthorityKey(key), vector.base58check, vector.origin);
    assert.equal(bytesToHex(parseAuthorityKey(vector.base58check)), vector.x_only, vector.origin);
    if (vector.uri !== undefined) {
      const url = parsePoolUrl(vector.uri);
      assert.deepEqual(url.authorityKey, key);
      assert.equal(formatPoolUrl(url), vector.uri);
    }
    for (const secret of [vector.private, vector.private_base58check_no_version]) {
      if (secret === undefined) continue;
      const pair = parseAuthoritySecretKey(secret);
      assert.equal(bytesToHex(pair.publicKey), vector.x_only, vector.origin);
      assert.equal(bytesToHex(pair.secretKey), vector.private, vector.origin);
    }
  }
});
