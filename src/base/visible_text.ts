/**
 * Characters that end lines, move cursors or turn the order of writing, all of which can make a log
 * or a message say what did not happen: C0, DEL and C1 controls, line and paragraph separators, and
 * the bidirectional marks, embeddings, overrides and isolates.
 */
// deno-lint-ignore no-control-regex -- control characters are what is looked for
const UNSAFE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The text on one line, with what cannot be seen written as JSON escapes it. */
export function visibleText(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
