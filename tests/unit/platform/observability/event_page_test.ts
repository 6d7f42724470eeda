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

Deno.test("events are found in calls, over lines, and in outages", () => {
  const source =
    `logger.log("warn", "one", text); this.#log(\n  isNew ? "info" : "debug",\n  "two", x);
    new Outage(logger, { event: "three", endEvent: "four" })`;
  assert.deepEqual(eventsIn(source), ["one", "two", "three", "four"]);
});
