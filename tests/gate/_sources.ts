/**
 * The files of `src/` as the checks of the gate see them: where they lie, what they import.
 *
 * @module
 */

/** Files that are started and not imported. */
export const STARTS: ReadonlySet<string> = new Set(["main.ts", "pool.ts"]);

/** A file of the program. */
export interface SourceFile {
  /** From the project's folder, for example `src/base/bytes.ts`. */
  readonly path: string;
  readonly text: string;
  /** The files of the project that it imports. */
  readonly imports: readonly string[];
}

/** Reads the starts and all of `src/`. */
export function readSources(): Promise<SourceFile[]> {
  return readFiles("src", [...STARTS]);
}

/** Reads all files of a folder, and some others. */
export async function readFiles(
  folder: string,
  files: string[] = [],
): Promise<SourceFile[]> {
  for await (const path of walk(folder)) files.push(path);
  return await Promise.all(
    files.sort().map(async (path) => {
      const text = await Deno.readTextFile(path);
      return { path, text, imports: importsOf(path, text) };
    }),
  );
}

/** The text without its comments. */
export function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

/** What a relative import of a file leads to. */
export function resolve(file: string, target: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

async function* walk(folder: string): AsyncIterable<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (/\.(ts|js)$/.test(entry.name)) yield path;
  }
}

function importsOf(file: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;
  return [...code.matchAll(pattern)].map(([, target = ""]) => resolve(file, target));
}
