import assert from "node:assert/strict";
import { coinbaseAddressOf } from "../../../../src/money/accounts/mod.ts";

Deno.test("only a transparent address with the word of consent behind it is paid by coinbases", () => {
  const p2pkh = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
  const p2sh = "t27eWDgjFYJGVXmzrXeVjnb5J3uXDM9xH9v";
  assert.equal(coinbaseAddressOf(`${p2pkh}#coinbase`), p2pkh);
  assert.equal(coinbaseAddressOf(`${p2sh}#coinbase`), p2sh);
  for (
    const other of [
      p2pkh,
      `${p2pkh}#Coinbase`,
      `${p2pkh}#coinbase#coinbase`,
      `${p2pkh}.rig#coinbase`,
      "an-account#coinbase",
      "#coinbase",
      "",
      "textest1qyqszqgpqyqszqgpqyqszqgpqyqszqgpfcjgfy#coinbase",
    ]
  ) assert.equal(coinbaseAddressOf(other), undefined, other);
});
