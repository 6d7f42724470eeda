import type { Random } from "../../src/base/mod.ts";

/**
 * Random bytes that a seed decides (sfc32): the same seed gives the same test.
 *
 * @param seed any integer; its low 32 bits count.
 */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9, b = 0x243f6a88, c = seed | 0, counter = 1;
  const next = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result | 0;
    return result >>> 0;
  };
  // The first numbers still show the seed's bits; they are thrown away.
  for (let i = 0; i < 12; i++) next();
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = next() >>> 24;
      return bytes;
    },
  };
}
