/**
 * Holds the code against `src/ARCHITECTURE.md`: the table of rooms there says which room may
 * import which; this script reads all imports and names every arrow that is not in it, every arrow
 * of it that no import uses, every cycle of files, every door that was passed by, every file that
 * nobody imports, and every use of the outside world in a room that must not know it.
 *
 * @module
 */

/** Files that are started and not imported. */
const STARTS = new Set(["main.ts", "pool.ts"]);

/** What a room marked `pure` must not touch: it is handed in (clock, randomness, sockets, files). */
const OUTSIDE_WORLD =
  /\bDeno\.|\bDate\.now\b|\bnew Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b|\bMath\.random\b|\bgetRandomValues\b|\bperformance\.now\b|\bfetch\(/;

/** Files that give a pure room its real clock and randomness: they are only chosen by pool and cli. */
const OUTSIDE_WORLD_ALLOWED = new Set(["src/base/clock.ts", "src/base/random.ts"]);

interface Room {
  readonly pure: boolean;
  readonly mayImport: ReadonlySet<string>;
}

/** Reads the lines `room (pure) -> room room …` of the code block that follows "rooms and arrows". */
function readRooms(markdown: string): Map<string, Room> {
  const block = /```rooms\n([\s\S]*?)```/.exec(markdown)?.[1];
  if (block === undefined) throw new Error("src/ARCHITECTURE.md has no ```rooms block");
  const rooms = new Map<string, Room>();
  for (const line of block.split("\n").map((text) => text.trim()).filter((text) => text !== "")) {
    const match = /^([a-z0-9_]+)( \(pure\))?(?: -> ([a-z0-9_ ]+))?$/.exec(line);
    if (match === null) throw new Error(`src/ARCHITECTURE.md: cannot read "${line}"`);
    const [, name = "", pure, imports = ""] = match;
    const mayImport = new Set(imports.split(" ").filter((room) => room !== ""));
    rooms.set(name, { pure: pure !== undefined, mayImport });
  }
  return rooms;
}

async function* sourceFiles(folder: string): AsyncIterable<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sourceFiles(path);
    else if (/\.(ts|js)$/.test(entry.name)) yield path;
  }
}

/** The paths that a file imports, those within the project only. */
function importsOf(file: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;
  return [...code.matchAll(pattern)].map(([, target = ""]) => resolve(file, target));
}

function resolve(file: string, target: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function roomOf(file: string): string | undefined {
  return /^src\/([^/]+)\//.exec(file)?.[1];
}

function checkArrow(file: string, target: string, rooms: Map<string, Room>): string | undefined {
  const from = roomOf(file);
  const to = roomOf(target);
  if (to === undefined || from === to) return undefined;
  if (from !== undefined && !rooms.get(from)?.mayImport.has(to)) {
    return `${file}: ${from} -> ${to} is not an arrow of src/ARCHITECTURE.md`;
  }
  if (target !== `src/${to}/mod.ts`) {
    return `${file}: imports ${target} past the door src/${to}/mod.ts`;
  }
  return undefined;
}

function findCycle(imports: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const rooms = readRooms(await Deno.readTextFile("src/ARCHITECTURE.md"));
const faults: string[] = [];
const imports = new Map<string, string[]>();
for (const start of STARTS) imports.set(start, importsOf(start, await Deno.readTextFile(start)));
for await (const file of sourceFiles("src")) {
  const text = await Deno.readTextFile(file);
  imports.set(file, importsOf(file, text));
  const room = roomOf(file);
  if (room === undefined) continue;
  const declared = rooms.get(room);
  if (declared === undefined) {
    faults.push(`${file}: the room ${room} is not in src/ARCHITECTURE.md`);
  }
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  if (declared?.pure && !OUTSIDE_WORLD_ALLOWED.has(file) && OUTSIDE_WORLD.test(code)) {
    faults.push(`${file}: a pure room uses ${OUTSIDE_WORLD.exec(code)?.[0]}`);
  }
}
for (const [file, targets] of imports) {
  for (const target of targets) {
    const fault = checkArrow(file, target, rooms);
    if (fault !== undefined) faults.push(fault);
  }
}
const existing = new Set([...imports.keys()].flatMap((file) => roomOf(file) ?? []));
const used = new Set(
  [...imports].flatMap(([file, targets]) =>
    targets.map((target) => `${roomOf(file)} -> ${roomOf(target)}`)
  ),
);
for (const [name, { mayImport }] of rooms) {
  for (const target of mayImport) {
    const arrow = `${name} -> ${target}`;
    if (existing.has(name) && existing.has(target) && !used.has(arrow)) {
      faults.push(`src/ARCHITECTURE.md: ${arrow} is an arrow that no import uses`);
    }
  }
}
const imported = new Set([...imports.values()].flat());
for (const file of imports.keys()) {
  if (!STARTS.has(file) && !imported.has(file)) faults.push(`${file}: nobody imports it`);
}
for (const room of rooms.keys()) {
  if (!existing.has(room)) {
    faults.push(`src/ARCHITECTURE.md: there is no room ${room}`);
  }
}
const cycle = findCycle(imports);
if (cycle !== undefined) faults.push(`a circle of files: ${cycle.join(" -> ")}`);
for (const fault of faults.sort()) console.error(fault);
console.log(`${imports.size} files, ${rooms.size} rooms, ${faults.length} faults`);
Deno.exitCode = faults.length === 0 ? 0 : 1;
