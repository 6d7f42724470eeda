/**
 * Tells from the files alone whether the committed package was built from the committed source:
 * what the gate can check on a machine without Rust.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** The folder of the Rust project, with a slash at its end. */
export const WASM_FOLDER = new URL("./", import.meta.url);
/** The generated package. */
export const PACKAGE_FOLDER = new URL("pkg/", WASM_FOLDER);
/** The file in the package that says what it was built from. */
export const ORIGIN_FILE = "origin.json";

/** Content of {@link ORIGIN_FILE}. */
export interface Origin {
  /** SHA-256 over names and contents of {@link sourceFiles}. */
  readonly source: string;
  /** SHA-256 of each generated file, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Everything that decides what the build makes, as paths below the folder, sorted. */
export async function sourceFiles(): Promise<string[]> {
  const files = ["Cargo.lock", "Cargo.toml", "toolchain.json", "solver/Cargo.toml"];
  for (const folder of ["src/", "solver/src/"]) {
    for await (const entry of Deno.readDir(new URL(folder, WASM_FOLDER))) {
      if (entry.isFile && entry.name.endsWith(".rs")) files.push(folder + entry.name);
    }
  }
  return files.sort();
}

/** What {@link ORIGIN_FILE} must hold for the files that lie here now. */
export async function currentOrigin(packageFolder = PACKAGE_FOLDER): Promise<Origin> {
  const source = createHash("sha256");
  for (const name of await sourceFiles()) {
    const bytes = await Deno.readFile(new URL(name, WASM_FOLDER));
    source.update(`${name} ${bytes.length}\n`).update(bytes);
  }
  const names: string[] = [];
  for await (const { name } of Deno.readDir(packageFolder)) {
    if (name !== ORIGIN_FILE) names.push(name);
  }
  const files: Record<string, string> = {};
  for (const name of names.sort()) {
    const bytes = await Deno.readFile(new URL(name, packageFolder));
    files[name] = createHash("sha256").update(bytes).digest("hex");
  }
  return { source: source.digest("hex"), files };
}

/** What the package says it was built from. */
export async function recordedOrigin(): Promise<Origin> {
  return JSON.parse(await Deno.readTextFile(new URL(ORIGIN_FILE, PACKAGE_FOLDER))) as Origin;
}
