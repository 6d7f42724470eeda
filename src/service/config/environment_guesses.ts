import { DECLARED_KEYS, environmentName, SECTION_DOCS } from "./declared_keys.ts";

/** What people write for a unit, or leave out. */
const UNITS: readonly string[] = [
  ...["", "s", "sec", "secs", "second", "seconds", "ms", "millis", "min", "mins", "minutes"],
  ...["hour", "hours", "day", "days", "percent", "pct", "ppm", "bytes", "zec", "zat", "blocks"],
].map((unit) => unit === "" ? "" : `_${unit}`);

/**
 * Names of variables that belong to no key and are near the name of one, with the name that was
 * meant. Under a permission for a pattern (`POOL__*`) the names of the environment cannot be
 * listed, but any name can be asked for: these are, so that a slip is a fault and no silent default.
 */
export function guessedVariables(): ReadonlyMap<string, string> {
  return guessed ??= makeGuesses();
}

/** Some ten thousand names, which do not change while the program runs. */
let guessed: ReadonlyMap<string, string> | undefined;

function makeGuesses(): ReadonlyMap<string, string> {
  const names = new Set([...DECLARED_KEYS.keys()].map(environmentName));
  const guesses = new Map<string, string>();
  for (const { path, section, name } of DECLARED_KEYS.values()) {
    const meant = environmentName(path);
    const near = [
      ...elsewhere(section, name),
      ...otherUnits(name).map((each) => environmentName(`${section}.${each}`)),
      ...slips(meant),
    ];
    for (const guess of near) {
      if (!names.has(guess) && !guesses.has(guess)) guesses.set(guess, meant);
    }
  }
  return guesses;
}

/** The key in another section, in none, or behind one underscore instead of two. */
function elsewhere(section: string, name: string): string[] {
  const others = [...SECTION_DOCS.keys()].flatMap((other) => [other, ...numbersOf(other)]);
  const key = name.toUpperCase();
  return [
    ...others.map((other) => environmentName(`${other}.${name}`)),
    `POOL__${key}`,
    `POOL__${section.toUpperCase()}_${key}`,
    `POOL__${section.toUpperCase()}___${key}`,
  ];
}

/** Without its unit, with another one, or with one that the key has not; one or many of a thing. */
function otherUnits(name: string): string[] {
  const unit = UNITS.find((each) => each !== "" && name.endsWith(each));
  const bare = unit === undefined ? name : name.slice(0, -unit.length);
  const shortened = name.replace(/_[a-z0-9]+$/, "");
  return [...UNITS.map((each) => `${bare}${each}`), shortened, ...numbersOf(name), ...plain(name)];
}

function numbersOf(name: string): string[] {
  return [name.endsWith("s") ? name.slice(0, -1) : `${name}s`];
}

/** Without what joins its words. */
function plain(name: string): string[] {
  return [name.replaceAll("_", ""), name.replaceAll("_", "-")];
}

/** One letter left out, written twice or swapped with the next one, behind the prefix. */
function slips(meant: string): string[] {
  const found: string[] = [];
  for (let at = "POOL__".length; at < meant.length; at++) {
    const [before, letter, next = "", after] = [
      meant.slice(0, at),
      meant[at] ?? "",
      meant[at + 1],
      meant.slice(at + 2),
    ];
    found.push(before + next + after);
    found.push(before + letter + letter + next + after);
    if (next !== "") found.push(before + next + letter + after);
  }
  return found;
}
