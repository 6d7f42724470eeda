import assert from "node:assert/strict";
import { bech32m } from "@scure/base";
import {
  AddressError,
  type AddressNetwork,
  hasExpired,
  p2pkhScript,
  p2shScript,
  parseAddress,
} from "../../../../src/chain/zcash/mod.ts";
import { unified } from "../../../support/unified_addresses.ts";

const P2PKH = "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY";
const TESTNET = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const SAPLING = "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya";

Deno.test("a message about the wrong network names the prefixes that are expected", () => {
  const table: [string, AddressNetwork, RegExp][] = [
    [TESTNET, "main", /starts with tm and belongs to Testnet.*t1, t3, zs1, u1, zu1 or tu1/],
    [
      P2PKH,
      "test",
      /starts with t1 and belongs to Mainnet.*tm, t2, ztestsapling1, utest1, zutest1 or tutest1/,
    ],
    [SAPLING, "regtest", /zs1 and belongs to Mainnet.*tm, t2, zregtestsapling1, uregtest1, z/],
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
    ["conditions of revision 2", unified([[3, 43], [0xe0, 4]])],
    ["a condition that is not known", unified([[3, 43], [0xfc, 1]])],
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

const REVISION_2 = [
  ["zu", "tu", "main"],
  ["zutest", "tutest", "test"],
  ["zuregtest", "turegtest", "regtest"],
] as const;

Deno.test("the second revision is read on every network, and each of its rules is kept", () => {
  for (const [zu, tu, network] of REVISION_2) {
    const read = (text: string) => parseAddress(text, network);
    const good: [string, string][] = [
      ["shielded", unified([[3, 43]], { prefix: zu })],
      ["shielded beside an unknown receiver", unified([[2, 43], [4, 9]], { prefix: zu })],
      ["metadata that may be ignored", unified([[3, 43], [0xdf, 2]], { prefix: zu })],
      ["without a transparent receiver", unified([[3, 43]], { prefix: tu })],
      ["transparent and shielded", unified([[0, 20], [3, 43], [0xe0, 4]], { prefix: tu })],
      ["both conditions", unified([[2, 43], [0xe0, 4], [0xe1, 8]], { prefix: zu })],
    ];
    for (const [rule, text] of good) {
      assert.deepEqual([read(text).kind, read(text).network], ["unified", network], rule);
      assert.equal(read(text).scriptPubKey, undefined, rule);
    }
    const bad: [string, string, string][] = [
      ["malformed", "transparent where none may be", unified([[0, 20], [3, 43]], { prefix: zu })],
      ["malformed", "both transparent kinds", unified([[0, 20], [1, 20]], { prefix: tu })],
      ["malformed", "metadata alone", unified([[0xc0, 60]], { prefix: tu })],
      ["malformed", "a short height", unified([[3, 43], [0xe0, 3]], { prefix: zu })],
      ["malformed", "a long time", unified([[3, 43], [0xe1, 9]], { prefix: zu })],
      ["malformed", "twice", unified([[3, 43], [0xe0, 4], [0xe0, 4]], { prefix: zu })],
      ["malformed", "padding of the first", unified([[3, 43]], { prefix: zu, padding: "u" })],
      ["unsupported", "an unknown condition", unified([[3, 43], [0xe2, 1]], { prefix: zu })],
      ["unsupported", "the last condition", unified([[3, 43], [0xfc, 1]], { prefix: tu })],
      ["unsupported", "no receiver that is known", unified([[4, 60]], { prefix: zu })],
    ];
    for (const [fault, rule, text] of bad) assert.throws(() => read(text), { fault }, rule);
  }
});

Deno.test("an address with a transparent receiver alone is paid by its script", () => {
  const hash = (typecode: number) => new Uint8Array(20).fill(typecode + 1);
  const table: [number, Uint8Array][] = [[0, p2pkhScript(hash(0))], [1, p2shScript(hash(1))]];
  for (const [typecode, script] of table) {
    const text = unified([[typecode, 20], [0xe1, 8]], { prefix: "tu" });
    assert.deepEqual(parseAddress(text, "main").scriptPubKey, script);
  }
});

Deno.test("an address is paid up to its last height and second, and not after", () => {
  const expiry = { height: 100, time: 1_790_000_000n };
  const at = (height: number | undefined, timeMs: number) =>
    hasExpired({ expiry }, { height, timeMs });
  assert.equal(at(100, 1_790_000_000_000), false);
  assert.equal(at(101, 1_790_000_000_000), true);
  assert.equal(
    at(undefined, 1_790_000_000_000),
    false,
    "a height that is not known decides nothing",
  );
  assert.equal(at(undefined, 1_790_000_000_001), true);
  assert.equal(hasExpired({ expiry: { height: 100 } }, { height: 100, timeMs: 9e15 }), false);
  assert.equal(
    hasExpired({ expiry: { time: 2n ** 64n - 1n } }, { height: 1, timeMs: 9e15 }),
    false,
  );
  assert.equal(hasExpired({}, { height: 1_000_000, timeMs: 9e15 }), false);
});

Deno.test("a checksum of the other Bech32 kind is refused", () => {
  const words = bech32m.toWords(new Uint8Array(43));
  const text = bech32m.encode("zs", words, false);
  assert.throws(() => parseAddress(text, "main"), { fault: "malformed" });
});
