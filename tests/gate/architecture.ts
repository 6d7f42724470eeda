/**
 * Holds the code against `src/ARCHITECTURE.md`: the tables there say which wing and which room may
 * import which; this script reads all imports and names every arrow that is not in them, every
 * arrow of theirs that no import uses, every circle of wings, rooms or files, every door that was
 * passed by, every file that nobody imports, and every use of the outside world in a room that must
 * not know it.
 *
 * @module
 */
import { codeOf, readSources, type SourceFile, STARTS } from "./_sources.ts";

const PAGE = "src/ARCHITECTURE.md";

/** What a room marked `pure` must not touch: it is handed in (clock, randomness, sockets, files). */
const OUTSIDE_WORLD =
  /\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bMath\.random\b|\bgetRandomValues\b|\bperformance\.now\b|\bfetch\(/;

/** Files that give a pure room its real clock and randomness: they are only chosen by service and cli. */
const OUTSIDE_WORLD_ALLOWED = new Set(["src/base/clock.ts", "src/base/random.ts"]);

/** A wing, or a room: its folder below `src/`, and what it may import. */
interface Part {
  readonly folder: string;
  readonly pure: boolean;
  readonly mayImport: ReadonlySet<string>;
}

/** The parts by their names: a wing's is its folder, a room's the last part of it. */
type Table = ReadonlyMap<string, Part>;

/** Reads the lines `folder (pure) -> name name …` of the code block of that kind. */
function readTable(markdown: string, kind: string): Table {
  const block = new RegExp(`\`\`\`${kind}\\n([\\s\\S]*?)\`\`\``).exec(markdown)?.[1];
  if (block === undefined) throw new Error(`${PAGE} has no \`\`\`${kind} block`);
  const parts = new Map<string, Part>();
  for (const line of block.split("\n").map((text) => text.trim()).filter((text) => text !== "")) {
    const match = /^([a-z0-9_/]+)( \(pure\))?(?: -> ([a-z0-9_ ]+))?$/.exec(line);
    if (match === null) throw new Error(`${PAGE}: cannot read "${line}"`);
    const [, folder = "", pure, imports = ""] = match;
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    if (parts.has(name)) throw new Error(`${PAGE}: ${name} stands twice`);
    const mayImport = new Set(imports.split(" ").filter((part) => part !== ""));
    parts.set(name, { folder, pure: pure !== undefined, mayImport });
  }
  return parts;
}

/** The part in whose folder a file lies. */
function partOf(file: string, table: Table): string | undefined {
  for (const [name, { folder }] of table) if (file.startsWith(`src/${folder}/`)) return name;
  return undefined;
}

/** The first circle that can be walked, from a node back to it. */
function findCircle(arrows: ReadonlyMap<string, Iterable<string>>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    path.push(node);
    for (const target of arrows.get(node) ?? []) {
      const circle = visit(target);
      if (circle !== undefined) return circle;
    }
    path.pop();
    done.add(node);
    return undefined;
  };
  for (const node of arrows.keys()) {
    const circle = visit(node);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Arrows that the code draws and the table does not, or the other way round. */
function* arrowFaults(files: readonly SourceFile[], table: Table): Generator<string> {
  const used = new Set<string>();
  for (const { path, imports } of files) {
    const from = partOf(path, table);
    for (const target of imports) {
      const to = partOf(target, table);
      if (to === undefined || from === to) continue;
      used.add(`${from} -> ${to}`);
      if (from !== undefined && !table.get(from)?.mayImport.has(to)) {
        yield `${path}: ${from} -> ${to} is not an arrow of ${PAGE}`;
      }
    }
  }
  for (const [name, { mayImport }] of table) {
    for (const target of mayImport) {
      if (!table.has(target)) yield `${PAGE}: ${name} -> ${target}: there is no ${target}`;
      else if (!used.has(`${name} -> ${target}`)) {
        yield `${PAGE}: ${name} -> ${target} is an arrow that no import uses`;
      }
    }
  }
}

/** Files that lie in no part, parts without files. */
function* placeFaults(
  files: readonly SourceFile[],
  kind: string,
  table: Table,
): Generator<string> {
  const existing = new Set<string | undefined>();
  for (const { path } of files) {
    const part = partOf(path, table);
    existing.add(part);
    if (part === undefined && !STARTS.has(path)) {
      yield `${path}: lies in no ${kind} of ${PAGE}`;
    }
  }
  for (const name of table.keys()) {
    if (!existing.has(name)) yield `${PAGE}: there is no ${kind} ${name}`;
  }
}

/** Imports that pass by the door of a room. */
function* doorFaults(files: readonly SourceFile[], rooms: Table): Generator<string> {
  for (const { path, imports } of files) {
    for (const target of imports) {
      const to = partOf(target, rooms);
      if (to === undefined || to === partOf(path, rooms)) continue;
      const door = `src/${rooms.get(to)?.folder}/mod.ts`;
      if (target !== door) yield `${path}: imports ${target} past the door ${door}`;
    }
  }
}

function* fileFaults(files: readonly SourceFile[], rooms: Table): Generator<string> {
  const imported = new Set(files.flatMap(({ imports }) => imports));
  for (const { path, text } of files) {
    if (!STARTS.has(path) && !imported.has(path)) yield `${path}: nobody imports it`;
    const pure = rooms.get(partOf(path, rooms) ?? "")?.pure ?? false;
    const found = OUTSIDE_WORLD.exec(codeOf(text))?.[0];
    if (pure && !OUTSIDE_WORLD_ALLOWED.has(path) && found !== undefined) {
      yield `${path}: a pure room uses ${found}`;
    }
  }
}

function* circleFaults(
  name: string,
  arrows: ReadonlyMap<string, Iterable<string>>,
): Generator<string> {
  const circle = findCircle(arrows);
  if (circle !== undefined) yield `a circle of ${name}: ${circle.join(" -> ")}`;
}

function arrowsOf(table: Table): Map<string, Iterable<string>> {
  return new Map([...table].map(([name, { mayImport }]) => [name, mayImport]));
}

const page = await Deno.readTextFile(PAGE);
const wings = readTable(page, "wings");
const rooms = readTable(page, "rooms");
const files = await readSources();
const faults = [
  ...placeFaults(files, "wing", wings),
  ...placeFaults(files, "room", rooms),
  ...arrowFaults(files, wings),
  ...arrowFaults(files, rooms),
  ...doorFaults(files, rooms),
  ...fileFaults(files, rooms),
  ...circleFaults("wings", arrowsOf(wings)),
  ...circleFaults("rooms", arrowsOf(rooms)),
  ...circleFaults("files", new Map(files.map(({ path, imports }) => [path, imports]))),
];
for (const fault of faults.sort()) console.error(fault);
console.log(
  `${files.length} files, ${rooms.size} rooms in ${wings.size} wings, ${faults.length} faults`,
);
Deno.exitCode = faults.length === 0 ? 0 : 1;
