/**
 * Makes one program of the pool, `zcash-pool-server`, that runs without Deno.
 *
 *     deno task compile [OUTPUT]
 *
 * `deno compile` on main.ts ends in an overflow of its stack: it parses every file of every npm
 * package, and one (bintrees, which prom-client needs) ships two megabytes of numbers for a
 * benchmark. So the program is bundled first, which takes what is imported and nothing else; only
 * the WebAssembly stays beside the bundle, because a bundler does not know its imports.
 *
 * @module
 */

/** Both are found by the import that the bundle keeps, three folders up. */
const BUNDLE = "src/mining/equihash/main.js";
const MODULES = "wasm/modules.js";
const WASM = ["wasm/pkg/equihash_solver_bg.wasm", "wasm/pkg/equihash_verifier_bg.wasm"];

/**
 * What a pool can be configured to use. Addresses and paths are the configuration's, which is not
 * known here; the environment and the programs are.
 */
const PERMISSIONS = [
  ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write"],
  ...["--allow-env=POOL__*,PGAPPNAME", "--allow-run=pg_dump,pg_restore,psql"],
];

const root = new URL("../..", import.meta.url).pathname;

async function deno(args: readonly string[], cwd: string): Promise<void> {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`deno ${args[0]} ended with ${code}`);
}

/** Puts into a folder what the program is made of, and nothing else. */
export async function stageProgram(folder: string): Promise<void> {
  for (const path of [MODULES, ...WASM]) {
    await Deno.mkdir(`${folder}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
    await Deno.copyFile(`${root}/${path}`, `${folder}/${path}`);
  }
  // Else a configuration further up would be taken, with its packages.
  await Deno.writeTextFile(`${folder}/deno.json`, "{}\n");
  const bundle = ["bundle", "--quiet", "--platform", "deno", "--external", `*/${MODULES}`];
  await deno([...bundle, "--output", `${folder}/${BUNDLE}`, "main.ts"], root);
}

/** Makes the program of a staged folder. `DENORT_BIN` names the runtime where there is no network. */
export async function compileStaged(folder: string, output: string): Promise<void> {
  const include = WASM.flatMap((path) => ["--include", path]);
  const compile = ["compile", "--quiet", "--no-check", ...PERMISSIONS, ...include];
  await deno([...compile, "--output", output, BUNDLE], folder);
}

/** The staged program, as `deno run` takes it. */
export function stagedEntry(folder: string): string {
  return `${folder}/${BUNDLE}`;
}

/** The modules that have to be found in the program, byte for byte. */
export function embeddedModules(): Uint8Array[] {
  return WASM.map((path) => Deno.readFileSync(`${root}/${path}`));
}

if (import.meta.main) {
  const output = new URL(
    Deno.args[0] ?? "zcash-pool-server",
    `file://${Deno.cwd()}/`,
  ).pathname;
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-compile-" });
  try {
    await stageProgram(folder);
    await compileStaged(folder, output);
    console.log(`${output}: ${(await Deno.stat(output)).size} bytes`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
