/** docs/events.md has a row for each event that the source can log, and for no other. */
import { strict as assert } from "node:assert";

const ROOT = new URL("../../../../", import.meta.url);

/** Events whose names are computed: the state of a block is part of the name. */
const COMPUTED = [
  "block_submitted",
  "block_accepted",
  "block_rejected",
  "block_side_chain",
  "block_unknown",
];

/** `log(LEVEL, "event"`, the events of outages and warnings, and tables of events. */
const CALL =
  /[.#](?:log|say)\(\s*(?:[^()"`]|\([^()]*\)|"(?:debug|info|warn|error)")*?,\s*"([a-z0-9_]+)"/g;
const NAMED = /\b(?:event|endEvent): "([a-z0-9_]+)"/g;

const LEVELS = ["debug", "info", "warn", "error"];

/** The same calls with the argument before the name, which holds the level. */
const LEVELLED = new RegExp(CALL.source.replace("(?:[^()", "((?:[^()").replace("*?,", "*?),"), "g");

/** Levels that are computed elsewhere, in the table of logins and by how long a node is away. */
const LEVEL_COMPUTED = new Set(["login_accepted", "node_unusable"]);

/** The words of an outage: a literal with an event for its end. */
const OUTAGE = /\{[^{}]*\bevent: "([a-z0-9_]+)"[^{}]*\bendEvent: "([a-z0-9_]+)"[^{}]*\}/g;

/** Each event of a source with its levels, where they stand there. Repeats of an outage are debug. */
function levelsIn(source: string): [string, string[]][] {
  const levels = (text = ""): string[] =>
    [...text.matchAll(/"(debug|info|warn|error)"/g)].map(([, level = ""]) => level);
  const calls = [...source.matchAll(LEVELLED)].map(([, before, name = ""]): [string, string[]] => [
    name,
    levels(before),
  ]);
  const outages = [...source.matchAll(OUTAGE)].flatMap(([words, event = "", endEvent = ""]) => {
    const [, level] = /\blevel: ("[a-z]+")/.exec(words) ?? [];
    return [[event, levels(level)], [endEvent, ["info"]]] as [string, string[]][];
  });
  return [...calls, ...outages].filter(([name]) => !LEVELS.includes(name));
}

async function* sources(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const at = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(at);
    else if (name.endsWith(".ts")) yield await Deno.readTextFile(at);
  }
}

function eventsIn(source: string): string[] {
  return [...source.matchAll(CALL), ...source.matchAll(NAMED)].flatMap(([, name]) =>
    name === undefined || LEVELS.includes(name) ? [] : [name]
  );
}

function withoutComments(source: string): string {
  return source.replaceAll(/^\s*(?:\/?\*|\/\/).*$/gm, "");
}

async function pageRows(): Promise<Map<string, { level: string; text: string }>> {
  const page = await Deno.readTextFile(new URL("docs/events.md", ROOT));
  const rows = page.matchAll(/^\| `([a-z0-9_]+)` +\| ([a-z, ]+?) +\| (.+?) +\|$/gm);
  return new Map([...rows].map(([, name = "", level = "", text = ""]) => [name, { level, text }]));
}

Deno.test("every event of the source has a row, and every row an event", async () => {
  const rows = await pageRows();
  const logged = new Set(COMPUTED);
  let all = "";
  for (const room of ["base", "chain", "mining", "money", "platform", "service", "wire"]) {
    for await (const source of sources(new URL(`src/${room}/`, ROOT))) {
      const code = withoutComments(source);
      all += code;
      for (const name of eventsIn(code)) logged.add(name);
    }
  }
  for await (const source of sources(new URL("src/cli/commands/", ROOT))) {
    for (const name of eventsIn(withoutComments(source))) logged.add(name);
    all += source;
  }
  assert.deepEqual([...logged].filter((name) => !rows.has(name)), [], "events without a row");
  const unknown = [...rows.keys()].filter((name) =>
    !COMPUTED.includes(name) && !all.includes(`"${name}"`)
  );
  assert.deepEqual(unknown, [], "rows without an event");
  for (const [name, { level, text }] of rows) {
    assert.ok(level.split(", ").every((each) => LEVELS.includes(each)), name);
    assert.match(text, /\.$|\)\.$/, name);
  }
});

Deno.test("each event's levels are those of the source", async () => {
  const logged = new Map<string, Set<string>>();
  for await (const source of sources(new URL("src/", ROOT))) {
    for (const [name, levels] of levelsIn(withoutComments(source))) {
      const known = logged.get(name) ?? new Set();
      logged.set(name, known.union(new Set(levels)));
    }
  }
  const differing: string[] = [];
  for (const [name, { level }] of await pageRows()) {
    const levels = logged.get(name);
    if (levels === undefined || LEVEL_COMPUTED.has(name)) continue;
    if (
      !levels.isSubsetOf(new Set(level.split(", "))) || levels.size !== level.split(", ").length
    ) {
      differing.push(`${name}: the page says ${level}, the source ${[...levels].join(", ")}`);
    }
  }
  assert.deepEqual(differing, []);
  assert.ok(logged.size > 60, "the source is read");
});

Deno.test("levels are found in calls, in choices between two, and in outages", () => {
  const source =
    `logger.log("warn", "one", text); this.#log(\n  isNew ? "info" : "debug",\n  "two", x);
    new Outage(logger, { level: "error", event: "three", endEvent: "four" })`;
  assert.deepEqual(levelsIn(source), [
    ["one", ["warn"]],
    ["two", ["info", "debug"]],
    ["three", ["error"]],
    ["four", ["info"]],
  ]);
});

Deno.test("events are found in calls, over lines, and in outages", () => {
  const source =
    `logger.log("warn", "one", text); this.#log(\n  isNew ? "info" : "debug",\n  "two", x);
    new Outage(logger, { event: "three", endEvent: "four" })`;
  assert.deepEqual(eventsIn(source), ["one", "two", "three", "four"]);
});
