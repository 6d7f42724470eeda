/**
 * Builds the committed package `wasm/pkg` from the Rust source.
 *
 *     deno task wasm             builds and replaces the package
 *     deno task wasm --check     builds aside and fails when a byte differs from the package
 *     deno task wasm --install   first installs the toolchain (Debian, as root; six minutes)
 *
 * @module
 */
import { currentOrigin, ORIGIN_FILE, PACKAGE_FOLDER, WASM_FOLDER } from "./source_digest.ts";
import toolchain from "./toolchain.json" with { type: "json" };

const CRATES = ["equihash-verifier", "equihash-solver"] as const;
/** Debian's Rust for the web: the only packaged one that comes with what a wasm build needs. */
const CARGO = "/usr/bin/cargo";
const RUSTC = "/usr/bin/rustc";
/** Where the binding generator is installed, out of the way of other versions. */
const TOOLS = new URL("target/tools/", WASM_FOLDER).pathname;

async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout } = await new Deno.Command(command, {
    args: [...args],
    env,
    cwd: WASM_FOLDER,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`Cannot build: ${command} ${args.join(" ")} failed`);
  return new TextDecoder().decode(stdout);
}

async function install(): Promise<void> {
  await run("apt-get", ["update", "-qq"]);
  await run("apt-get", [
    "install",
    "-yqq",
    "--no-install-recommends",
    ...toolchain.debian_packages,
  ]);
  // Not --locked: the lock file published with it names a version that was withdrawn.
  await run("cargo", [
    "install",
    "--root",
    TOOLS,
    "wasm-bindgen-cli",
    "--version",
    toolchain.wasm_bindgen,
  ]);
}

/** The binding generator: the installed one, or any on the PATH of the right version. */
async function bindgen(): Promise<string> {
  for (const command of [`${TOOLS}bin/wasm-bindgen`, "wasm-bindgen"]) {
    try {
      const version = await run(command, ["--version"]);
      if (version.includes(toolchain.wasm_bindgen)) return command;
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  throw new Error(`Cannot build: wasm-bindgen ${toolchain.wasm_bindgen} is missing, use --install`);
}

async function checkCompiler(): Promise<void> {
  const version = await run(RUSTC, ["--version"]).catch((thrown) => {
    if (thrown instanceof Deno.errors.NotFound) return "none";
    throw thrown;
  });
  if (!version.includes(` ${toolchain.rustc} `)) {
    throw new Error(
      `Cannot build: rustc ${toolchain.rustc} expected, found ${version.trim()}; use --install`,
    );
  }
}

/** Compiles a crate and writes its package files into `out`. */
async function build(crate: string, generator: string, out: string): Promise<void> {
  // Places of this machine must not reach the result: it is compared byte by byte.
  const cargoHome = Deno.env.get("CARGO_HOME") ?? `${Deno.env.get("HOME")}/.cargo`;
  const remap = [`${cargoHome}=/cargo`, `${WASM_FOLDER.pathname.slice(0, -1)}=/wasm`];
  await run(
    CARGO,
    ["build", "--quiet", ...toolchain.cargo_flags, "--target", toolchain.target, "-p", crate],
    {
      RUSTC,
      RUSTC_BOOTSTRAP: "1", // for -Zbuild-std: Debian ships the library's source, not its wasm build
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: "wasm-ld-19",
      RUSTFLAGS: [...toolchain.rust_flags, ...remap.map((r) => `--remap-path-prefix=${r}`)]
        .join(" "),
    },
  );
  const name = crate.replaceAll("-", "_");
  await run(generator, [
    ...["--target", "web", "--remove-name-section", "--remove-producers-section"],
    ...["--out-dir", out, "--out-name", name, `target/${toolchain.target}/release/${name}.wasm`],
  ]);
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--install")) await install();
  await checkCompiler();
  const generator = await bindgen();
  const check = args.includes("--check");
  const folder = check ? new URL("target/check/", WASM_FOLDER) : PACKAGE_FOLDER;
  for (const crate of CRATES) await build(crate, generator, folder.pathname);
  const origin = `${JSON.stringify(await currentOrigin(folder), null, 2)}\n`;
  if (!check) {
    await Deno.writeTextFile(new URL(ORIGIN_FILE, folder), origin);
    console.log("wasm: the package was built");
    return 0;
  }
  const same = origin === await Deno.readTextFile(new URL(ORIGIN_FILE, PACKAGE_FOLDER)) &&
    origin === `${JSON.stringify(await currentOrigin(), null, 2)}\n`;
  console.log(`wasm: the package ${same ? "is" : "IS NOT"} what the source builds, byte by byte`);
  return same ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
