/** Fewer letters in common at the beginning say nothing. */
const PREFIX_LENGTH_MIN = 4;

/** Names further away than a third of their length are another word and not a slip. */
const DISTANCE_SHARE = 3;

/** Longer input cannot be a slip of any name here; the bound keeps the table below small. */
const LENGTH_MAX = 80;

/**
 * The known name that was most likely meant.
 *
 * @returns undefined when none is near.
 */
export function suggest(given: string, known: readonly string[]): string | undefined {
  if (given.length > LENGTH_MAX) return undefined;
  const wanted = given.toLowerCase();
  let best: { name: string; distance: number } | undefined;
  for (const name of known) {
    const distance = editDistance(wanted, name.toLowerCase());
    // A name that was not written to its end, or with a word too many, is what was begun.
    const isBegun = begins(wanted, name.toLowerCase()) || begins(name.toLowerCase(), wanted);
    const allowed = isBegun
      ? LENGTH_MAX
      : Math.max(1, Math.floor(Math.max(wanted.length, name.length) / DISTANCE_SHARE));
    if (distance <= allowed && distance < (best?.distance ?? Infinity)) best = { name, distance };
  }
  return best?.name;
}

/** Whether one name is the first words of the other. */
function begins(short: string, long: string): boolean {
  return short.length >= PREFIX_LENGTH_MIN && long.startsWith(short) &&
    /[_ -]/.test(long[short.length] ?? "");
}

/** Letters to insert, delete, replace, or swap with their neighbour, to come from one to the other. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, at(beforeLast, j - 2) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
