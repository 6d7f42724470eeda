/**
 * Finds what `src/` exports for nobody, and what lives there for tests alone.
 *
 * - A value (function, constant) has to be imported by name by another file of `src/` or by a start
 *   (`main.ts`, `pool.ts`), directly or through the door of its room; or it is a part of its own
 *   file, used there, that a test imports to try it by itself. Passing it on in a door is no use.
 * - A value that a door lists by its name has to be imported through that door by `src/`: a test
 *   that needs a room's inside imports the file.
 * - A type or class has to be imported likewise, or to stand in what its own file exports: in the
 *   signature of a function, in a public member of a class, in another type; an error may also stand
 *   in the documentation, as what is thrown. Else who uses these could not name it.
 * - The parts of {@link EXEMPT} are exempt, each with its reason.
 *
 * @module
 */
import { codeOf, readFiles, readSources, resolve, type SourceFile } from "./_sources.ts";

/** A name that a file declares, or passes on from another file. */
interface Export {
  readonly file: string;
  readonly name: string;
  readonly isType: boolean;
  /** Undefined for what is declared here. */
  readonly from?: { readonly file: string; readonly name: string };
}

interface ImportedName {
  readonly name: string;
  readonly target: string;
}

/** Parts that are exempt, each for a reason of its own. */
const EXEMPT: Readonly<Record<string, string>> = {
  "src/wire/codec/": "SV2's data types, as the specification lists them; its vectors try them all",
  "src/wire/protocol/job_declaration/": "messages that the service to come will take and send",
  "src/wire/transport/proxy_header.ts": "until the listeners take the PROXY protocol",
};

/** Machine-made files; what they export is for the one file that loads them. */
const GENERATED = /\.js$/;

const DECLARATION =
  /^export (?:declare )?(?:default )?(?:abstract )?(?:async )?(function\*?|class|const|let|enum|interface|type) (\w+)/gm;
const LIST = /^export (type )?\{([^}]*)\}(?: from "(\.[^"]+)")?/gm;
const STAR = /^export \* from "(\.[^"]+)"/gm;
const IMPORT = /^import (type )?(?:(\w+)(?:, )?)?(?:\{([^}]*)\}|\* as \w+)? ?from "(\.[^"]+)"/gm;
const LOADED = /\bimport\(\s*"(\.[^"]+)"/g;

/** The parts of `a, type b as c` as names here and there. */
function listed(list: string): { name: string; as: string; isType: boolean }[] {
  return list.split(",").map((item) => item.trim()).filter((item) => item !== "").map((item) => {
    const isType = item.startsWith("type ");
    const [name = "", as = name] = (isType ? item.slice("type ".length) : item).split(" as ");
    return { name, as, isType };
  });
}

function exportsOf({ path, text }: SourceFile): Export[] {
  const code = codeOf(text);
  const found: Export[] = [];
  for (const [, kind, name = ""] of code.matchAll(DECLARATION)) {
    found.push({ file: path, name, isType: /^(interface|type|class)$/.test(kind ?? "") });
  }
  for (const [, type, list = "", target] of code.matchAll(LIST)) {
    for (const { name, as, isType } of listed(list)) {
      const from = target === undefined ? {} : { from: { file: resolve(path, target), name } };
      found.push({ file: path, name: as, isType: isType || type !== undefined, ...from });
    }
  }
  return found;
}

function importsOf({ path, text }: SourceFile): ImportedName[] {
  const found: ImportedName[] = [];
  for (const [, , whole, list, target = ""] of codeOf(text).matchAll(IMPORT)) {
    const file = resolve(path, target);
    if (whole !== undefined) found.push({ name: "default", target: file });
    if (list === undefined && whole === undefined) found.push({ name: "*", target: file });
    for (const { name } of listed(list ?? "")) found.push({ name, target: file });
  }
  for (const [, target = ""] of codeOf(text).matchAll(LOADED)) {
    found.push({ name: "*", target: resolve(path, target) });
  }
  return found;
}

/** What other files see of each file, doors followed to where a name is declared. */
class Names {
  readonly #exports: ReadonlyMap<string, readonly Export[]>;
  readonly #stars: ReadonlyMap<string, readonly string[]>;

  constructor(files: readonly SourceFile[]) {
    this.#exports = new Map(files.map((file) => [file.path, exportsOf(file)]));
    this.#stars = new Map(files.map(({ path, text }) => [
      path,
      [...codeOf(text).matchAll(STAR)].map(([, target = ""]) => resolve(path, target)),
    ]));
  }

  /** Every export that a name of a file stands for on its way to the declaration. */
  *way(file: string, name: string): Generator<Export> {
    const here = this.#exports.get(file)?.find((each) => each.name === name);
    if (here !== undefined) {
      yield here;
      if (here.from !== undefined) yield* this.way(here.from.file, here.from.name);
    }
    for (const target of this.#stars.get(file) ?? []) yield* this.way(target, name);
  }

  of(file: string): readonly Export[] {
    return this.#exports.get(file) ?? [];
  }
}

/**
 * What people see of a file's exported declarations: all of a type, the head of a function or
 * constant, the public members of a class without their bodies. Read by the indentation that the
 * formatter gives.
 */
function signaturesOf(text: string): { readonly name: string; readonly text: string }[] {
  const lines = codeOf(text).split("\n");
  const signatures: { name: string; text: string }[] = [];
  for (let start = 0; start < lines.length; start++) {
    const [, kind, name = ""] = new RegExp(DECLARATION.source).exec(lines[start] ?? "") ?? [];
    if (kind === undefined) continue;
    const length = lines.slice(start + 1).findIndex((line) =>
      /^\S/.test(line) && !/^[)}\]>]/.test(line)
    );
    const part = lines.slice(start, length < 0 ? lines.length : start + 1 + length);
    signatures.push({ name, text: visible(kind, part).join("\n") });
  }
  return signatures;
}

function visible(kind: string, lines: readonly string[]): readonly string[] {
  if (kind === "interface" || kind === "type" || kind === "enum") return lines;
  if (kind === "class") return publicMembers(lines);
  const head = lines.findIndex((line) =>
    kind.startsWith("function") ? /^(export|\)|>).* \{$/.test(line) : / =(>| |$)/.test(line)
  );
  return lines.slice(0, head < 0 ? lines.length : head + 1);
}

/** The first lines of members, with the parameters that stand on lines of their own. */
function publicMembers(lines: readonly string[]): string[] {
  const found: string[] = [];
  let isOpen = false;
  for (const [index, line] of lines.entries()) {
    const isHead = index === 0 || /^ {2}[^\s}]/.test(line);
    if (isHead) isOpen = !/^ {2}(static |async |readonly |get |set )*#/.test(line);
    if (isOpen) found.push(line);
    if (isHead && line.endsWith(" {") && index > 0) isOpen = false;
  }
  return found;
}

/** The exports that the imports of some files lead to. */
function usedBy(importers: readonly SourceFile[], names: Names): Set<string> {
  const used = new Set<string>();
  for (const file of importers) {
    for (const { name, target } of importsOf(file)) {
      const wanted = name === "*" ? names.of(target).map((each) => each.name) : [name];
      for (const each of wanted) {
        for (const step of names.way(target, each)) used.add(keyOf(step));
      }
    }
  }
  return used;
}

function keyOf({ file, name }: Pick<Export, "file" | "name">): string {
  return `${file} ${name}`;
}

/** Whether a name stands in a text more often than where it is declared. */
function isUsedIn(text: string, name: string): boolean {
  return (codeOf(text).match(new RegExp(`\\b${name}\\b`, "g")) ?? []).length > 1;
}

/** Whether a type is part of what its file shows, or an error that something throws. */
function isPart({ name }: Export, { text }: SourceFile, thrown: ReadonlySet<string>): boolean {
  const word = new RegExp(`\\b${name}\\b`);
  return thrown.has(name) ||
    signaturesOf(text).some((each) => each.name !== name && word.test(each.text));
}

function* faultsOf(
  files: readonly SourceFile[],
  tests: readonly SourceFile[],
): Generator<string> {
  const names = new Names(files);
  const used = usedBy(files, names);
  const tried = usedBy(tests, names);
  const thrown = new Set(
    files.flatMap(({ text }) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name)),
  );
  for (const file of files) {
    if (Object.keys(EXEMPT).some((part) => file.path.startsWith(part))) continue;
    for (const each of names.of(file.path)) {
      const { name, isType, from } = each;
      if (used.has(keyOf(each)) || isType && (from !== undefined || isPart(each, file, thrown))) {
        continue;
      }
      if (from !== undefined) yield `${file.path}: lists ${name}, which src/ imports past it`;
      else if (!isUsedIn(file.text, name)) yield `${file.path}: nothing in src/ uses ${name}`;
      else if (!tried.has(keyOf(each))) yield `${file.path}: nobody imports ${name}`;
    }
  }
}

const files = (await readSources()).filter(({ path }) => !GENERATED.test(path));
const faults = [...faultsOf(files, await readFiles("tests"))];
for (const fault of faults.sort()) console.error(fault);
console.log(`${files.length} files, ${faults.length} faults`);
Deno.exitCode = faults.length === 0 ? 0 : 1;
