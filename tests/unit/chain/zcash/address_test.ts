import assert from "node:assert/strict";
import { bech32m } from "@scure/base";
import { concatBytes } from "../../../../src/base/mod.ts";
import {
  AddressError,
  type AddressNetwork,
  parseAddress,
} from "../../../../src/chain/zcash/mod.ts";
import { f4Jumble } from "../../../support/f4_jumble.ts";

const P2PKH = "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY";
const TESTNET = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const SAPLING = "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya";

/** A Unified Address with any items, so that only the rule under test is broken. */
function unified(
  items: readonly (readonly [typecode: number, length: number])[],
  change: { prefix?: string; padding?: string; tail?: Uint8Array } = {},
): string {
  const prefix = change.prefix ?? "u";
  const padding = new Uint8Array(16);
  padding.set(new TextEncoder().encode(change.padding ?? prefix));
  const body = items.map(([typecode, length]) =>
    concatBytes(compact(typecode), compact(length), new Uint8Array(length).fill(typecode + 1))
  );
  const payload = f4Jumble(concatBytes(...body, change.tail ?? new Uint8Array(0), padding));
  return bech32m.encode(prefix, bech32m.toWords(payload), false);
}

function compact(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value < 0x1_0000) return Uint8Array.of(0xfd, value & 0xff, value >>> 8);
  return Uint8Array.of(
    0xfe,
    value & 0xff,
    (value >>> 8) & 0xff,
    (value >>> 16) & 0xff,
    value >>> 24,
  );
}

Deno.test("a message about the wrong network names the prefixes that are expected", () => {
  const table: [string, AddressNetwork, RegExp][] = [
    [TESTNET, "main", /starts with tm and belongs to Testnet.*t1, t3, zs1 or u1/],
    [P2PKH, "test", /starts with t1 and belongs to Mainnet.*tm, t2, ztestsapling1 or utest1/],
    [SAPLING, "regtest", /zs1 and belongs to Mainnet.*tm, t2, zregtestsapling1 or uregtest1/],
  ];
  for (const [address, network, message] of table) {
    assert.throws(() => parseAddress(address, network), { fault: "wrong-network", message });
  }
});

Deno.test("a message never repeats what the peer sent", () => {
  for (const text of ["<script>", "t1" + "z".repeat(33), "z".repeat(5000)]) {
    assert.throws(() => parseAddress(text, "main"), (error) => {
      assert.ok(error instanceof AddressError);
      assert.ok(!error.message.includes(text));
      return true;
    });
  }
});

Deno.test("blanks, controls, mixed case and cut texts are refused", () => {
  const table = [
    ` ${P2PKH}`,
    `${P2PKH} `,
    `${P2PKH}\n`,
    `${P2PKH}.worker`,
    P2PKH.toLowerCase(),
    P2PKH.slice(0, -1),
    SAPLING.slice(0, -1),
    SAPLING.slice(0, 40).toUpperCase() + SAPLING.slice(40),
    "1",
    "u1",
    "zs1",
    "11111",
    "é" + P2PKH,
  ];
  for (const text of table) {
    assert.throws(() => parseAddress(text, "main"), { fault: "malformed" }, JSON.stringify(text));
  }
});

Deno.test("a Unified Address may hold receivers that are not known beside one that is", () => {
  for (const items of [[[3, 43], [4, 7]], [[0, 20], [3, 43], [0xfffc, 300]], [[2, 43]]] as const) {
    const parsed = parseAddress(unified(items), "main");
    assert.equal(parsed.kind, "unified");
    assert.deepEqual(
      Object.keys(parsed.receivers ?? {}).sort(),
      items.flatMap(([typecode]) => ["p2pkh", "p2sh", "sapling", "orchard"][typecode] ?? []).sort(),
    );
  }
  assert.equal(parseAddress(unified([[3, 43], [0x0200_0000, 1]])).kind, "unified");
});

Deno.test("each rule of ZIP 316 is kept", () => {
  const table: [string, string][] = [
    ["only transparent", unified([[0, 20], [5, 60]])],
    ["both transparent kinds", unified([[0, 20], [1, 20], [3, 43]])],
    ["descending", unified([[3, 43], [2, 43]])],
    ["twice", unified([[3, 43], [3, 43]])],
    ["wrong length of a known receiver", unified([[2, 42]])],
    ["typecode too great", unified([[3, 43], [0x0200_0001, 1]])],
    ["padding of another network", unified([[3, 43]], { padding: "utest" })],
    ["padding with more after the prefix", unified([[3, 43]], { padding: "u\0x" })],
    ["half an item at the end", unified([[3, 43]], { tail: Uint8Array.of(9, 200) })],
    ["typecode not minimal", unified([[2, 43]], { tail: Uint8Array.of(0xfd, 3, 0, 43) })],
    [
      "shorter than can be jumbled",
      bech32m.encode("u", bech32m.toWords(new Uint8Array(47)), false),
    ],
  ];
  for (const [rule, text] of table) {
    assert.throws(() => parseAddress(text, "main"), { fault: "malformed" }, rule);
  }
});

Deno.test("a checksum of the other Bech32 kind is refused", () => {
  const words = bech32m.toWords(new Uint8Array(43));
  const text = bech32m.encode("zs", words, false);
  assert.throws(() => parseAddress(text, "main"), { fault: "malformed" });
});
