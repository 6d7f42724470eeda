import assert from "node:assert/strict";
import fc from "fast-check";
import { suggest } from "../../../../src/service/config/mod.ts";

const NAMES = ["nonce_1_len", "max_difficulty", "min_difficulty", "tag", "url"];

Deno.test("a slip finds the name that was meant, another word finds none", () => {
  const rows: [string, string | undefined][] = [
    ["nonce1_len", "nonce_1_len"],
    ["NONCE_1_LEN", "nonce_1_len"],
    ["max_dificulty", "max_difficulty"],
    ["mni_difficulty", "min_difficulty"],
    ["tga", "tag"],
    ["ur", "url"],
    ["password", undefined],
    ["max", undefined],
    ["nonce", "nonce_1_len"],
    ["url_of_node", undefined],
    ["min_difficulty_of_all", "min_difficulty"],
    ["", undefined],
    ["x".repeat(10_000), undefined],
  ];
  for (const [given, expected] of rows) assert.equal(suggest(given, NAMES), expected, given);
  assert.equal(suggest("tag", []), undefined);
});

Deno.test("one slip in a name of five letters or more always finds it again", () => {
  const name = fc.constantFrom(...NAMES.filter(({ length }) => length >= 5));
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom("drop", "double", "swap"), (name, n, slip) => {
      const at = n % (name.length - 1);
      const [a = "", b = ""] = name.slice(at, at + 2);
      const middle = { drop: b, double: a + a + b, swap: b + a }[slip];
      assert.equal(suggest(name.slice(0, at) + middle + name.slice(at + 2), NAMES), name);
    }),
  );
});
