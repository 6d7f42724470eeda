import assert from "node:assert/strict";
import { systemRandom } from "../../../../src/base/mod.ts";
import {
  formatAuthorityKey,
  formatPoolUrl,
  generateAuthorityKeyPair,
  KeyTextError,
  parsePoolUrl,
} from "../../../../src/wire/noise/mod.ts";

const { publicKey } = generateAuthorityKeyPair(systemRandom);
const key = formatAuthorityKey(publicKey);

Deno.test("a pool's address is read as it was written", () => {
  const urls = [
    { hostname: "pool.example", port: 3333, authorityKey: publicKey },
    { hostname: "pool.example", port: 3333 },
    { hostname: "192.0.2.7", port: 1, authorityKey: publicKey },
    { hostname: "2001:db8::7", port: 65_535, authorityKey: publicKey },
    { hostname: "::1", port: 34_254 },
  ];
  for (const url of urls) assert.deepEqual(parsePoolUrl(formatPoolUrl(url)), url);
  assert.equal(
    formatPoolUrl({ hostname: "2001:db8::7", port: 3333, authorityKey: publicKey }),
    `stratum2+tcp://[2001:db8::7]:3333/${key}`,
  );
});

Deno.test("the scheme may be written large, and a last slash means no key", () => {
  const url = { hostname: "pool.example", port: 3333 };
  assert.deepEqual(parsePoolUrl("STRATUM2+TCP://pool.example:3333/"), url);
});

Deno.test("what is no pool's address is refused", () => {
  const wrong = [
    "",
    "pool.example:3333",
    "stratum+tcp://pool.example:3333",
    "stratum2+ssl://pool.example:3333",
    "stratum2+tcp://pool.example",
    "stratum2+tcp://pool.example:",
    "stratum2+tcp://pool.example:0",
    "stratum2+tcp://pool.example:65536",
    "stratum2+tcp://pool.example:33 33",
    "stratum2+tcp://:3333",
    "stratum2+tcp://2001:db8::7:3333",
    "stratum2+tcp://[2001:db8::7:3333",
    "stratum2+tcp://user@pool.example:3333",
    `stratum2+tcp://pool.example:3333/${key}/`,
    `stratum2+tcp://pool.example:3333/${key}?a=b`,
    `stratum2+tcp://pool.example:3333/${key.slice(1)}`,
    `stratum2+tcp://${"a".repeat(400)}:3333/`,
  ];
  for (const text of wrong) assert.throws(() => parsePoolUrl(text), KeyTextError, text);
});
