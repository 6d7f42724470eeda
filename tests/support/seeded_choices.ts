import { seededRandom } from "./seeded_random.ts";

/** Choices that a seed decides. */
export interface SeededChoices {
  /** An integer of 0 to `bound` - 1. */
  below(bound: number): number;
  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T;
  /** `length` bytes. */
  bytes(length: number): Uint8Array;
}

/** The same seed gives the same choices. */
export function seededChoices(seed: number): SeededChoices {
  const random = seededRandom(seed);
  const below = (bound: number): number => {
    const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
    return (a + b * 2 ** 8 + c * 2 ** 16 + d * 2 ** 24) % bound;
  };
  return {
    below,
    of: <T>(list: readonly T[]): T => list[below(list.length)] as T,
    bytes: (length) => random.bytes(length),
  };
}
