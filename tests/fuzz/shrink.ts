/** Attempts at the most: an input that cannot be cut further is shown as it is. */
const ATTEMPTS_MAX = 4_000;

/**
 * The input without all that can be left out while it still fails: pieces of half its length, of a
 * quarter, and so on to single bytes.
 */
export async function shrink(
  input: Uint8Array,
  fails: (input: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let shortest = input;
  let attempts = 0;
  for (let size = Math.max(1, input.length >> 1); size >= 1; size >>= 1) {
    for (let at = 0; at < shortest.length && attempts < ATTEMPTS_MAX;) {
      attempts++;
      const end = Math.min(at + size, shortest.length);
      const smaller = new Uint8Array(shortest.length - (end - at));
      smaller.set(shortest.subarray(0, at));
      smaller.set(shortest.subarray(end), at);
      if (await fails(smaller)) shortest = smaller;
      else at += size;
    }
  }
  return shortest;
}
