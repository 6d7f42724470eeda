/**
 * Words of this program as the inside of an SQL `IN (…)`, so that a set of states is written down
 * once; a partial index is used only where its words stand in the statement itself. Never for what
 * comes from outside.
 *
 * @returns for instance `'immature', 'mature'`.
 */
export function wordList(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(", ");
}
