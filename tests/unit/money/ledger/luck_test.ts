import assert from "node:assert/strict";
import {
  expectedPicoBlocks,
  PICO_PER_BLOCK,
  probabilityOfAtMost,
} from "../../../../src/money/ledger/mod.ts";

Deno.test("luck: a share is expected to bring the blocks of its work", () => {
  assert.equal(expectedPicoBlocks(2n ** 243n - 1n, 2n ** 232n - 1n), PICO_PER_BLOCK / 2_048n);
  assert.equal(expectedPicoBlocks(5n, 5n), PICO_PER_BLOCK);
  assert.equal(expectedPicoBlocks(1n, 5n), PICO_PER_BLOCK);
});

Deno.test("luck: probabilities of few blocks are those of the Poisson distribution", () => {
  const rows: [number, number, number][] = [
    [0, 1, Math.exp(-1)],
    [1, 1, 2 * Math.exp(-1)],
    [0, 9.21, Math.exp(-9.21)],
    [2, 3, Math.exp(-3) * (1 + 3 + 4.5)],
    [7, 0, 1],
    [0, 0, 1],
  ];
  for (const [found, expected, probability] of rows) {
    const shown = probabilityOfAtMost(found, expected);
    assert(Math.abs(shown - probability) < 1e-12, `${found} of ${expected}: ${shown}`);
  }
});

Deno.test("luck: also where e^-expected and factorials leave the range of a double", () => {
  // Near its mean a Poisson distribution of a large mean is normal: P(X <= mean) is a little over 1/2.
  for (const expected of [1_000, 10_000, 1_000_000]) {
    const half = probabilityOfAtMost(expected, expected);
    const correction = 2 / (3 * Math.sqrt(2 * Math.PI * expected));
    assert(Math.abs(half - 0.5 - correction) < 1e-4, `${expected}: ${half}`);
    const low = probabilityOfAtMost(expected - 3 * Math.sqrt(expected), expected);
    assert(low > 0.0008 && low < 0.0016, `${expected} minus three deviations: ${low}`);
    assert(Math.abs(probabilityOfAtMost(expected * 2, expected) - 1) < 1e-6);
  }
});

Deno.test("luck: more blocks are never less likely to be reached, more work never more", () => {
  for (let expected = 0.5; expected < 400; expected *= 1.7) {
    for (let found = 0; found < 400; found += 7) {
      const here = probabilityOfAtMost(found, expected);
      assert(here >= 0 && here <= 1);
      assert(probabilityOfAtMost(found + 1, expected) >= here - 1e-12);
      assert(probabilityOfAtMost(found, expected * 1.1) <= here + 1e-12);
    }
  }
});
