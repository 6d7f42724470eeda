/**
 * Builds zebrad from its published sources into the cache folder.
 *
 * @module
 */
import { cacheFolder, findProgram, HOW_TO_GET } from "../support/requirements.ts";
import { ZEBRAD_VERSION } from "../support/zebrad.ts";

/** What cargo needs to build zebrad's database and its messages, beyond Rust itself. */
const BUILD_TOOLS = ["clang", "protoc", "cmake", "pkg-config"] as const;
const HOW_TO_GET_TOOLS = "apt-get install -y --no-install-recommends clang libclang-dev " +
  "protobuf-compiler libprotobuf-dev cmake pkg-config";

/** How often a line says how far it has come. */
const PROGRESS_MS = 30_000;

/** The build failed or could not begin; the message says what to do. */
export class InstallFailed extends Error {}

/**
 * Installs the pinned version; a build that was interrupted goes on where it was.
 *
 * @param say writes one line.
 * @returns the path of the binary.
 * @throws {InstallFailed}
 */
export async function installZebrad(say: (line: string) => void): Promise<string> {
  const cargo = findProgram("cargo");
  if (cargo === undefined) throw new InstallFailed(`cargo was not found: ${HOW_TO_GET.cargo}`);
  const missing = BUILD_TOOLS.filter((tool) => !isOnPath(tool));
  if (missing.length > 0) {
    throw new InstallFailed(`${missing.join(", ")} not found: ${HOW_TO_GET_TOOLS}`);
  }
  const root = cacheFolder();
  const build = `${root}/build-zebrad-${ZEBRAD_VERSION}`;
  say(
    `zebrad ${ZEBRAD_VERSION} was not found and is built into ${root}/bin: some 25 minutes on two cores, once`,
  );
  const child = new Deno.Command(cargo, {
    args: [
      "install",
      "--locked",
      "zebrad",
      "--version",
      ZEBRAD_VERSION,
      "--no-default-features",
      "--features",
      "internal-miner",
      "--root",
      root,
    ],
    env: { CARGO_TARGET_DIR: build, CARGO_TERM_COLOR: "never" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const lastLines = await showProgress(child.stderr, say);
  const { success } = await child.status;
  const binary = `${root}/bin/zebrad`;
  if (!success) throw new InstallFailed(`cargo could not build zebrad:\n${lastLines.join("\n")}`);
  await Deno.remove(build, { recursive: true }).catch(() => {});
  say(`zebrad is at ${binary}`);
  return binary;
}

/** Reads what cargo says to its end; the last lines tell why when it fails. */
async function showProgress(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  say: (line: string) => void,
): Promise<string[]> {
  const startedAt = performance.now();
  const last: string[] = [];
  let compiled = 0;
  let current = "";
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    say(`  ${clock}  ${compiled} packages compiled${current === "" ? "" : `, now ${current}`}`);
  }, PROGRESS_MS);
  try {
    let rest = "";
    for await (const text of output.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        last.push(line);
        if (last.length > 20) last.shift();
        const name = /^\s*Compiling (\S+)/.exec(line)?.[1];
        if (name === undefined) continue;
        if (compiled++ === 0) say("  downloaded, compiling");
        current = name;
      }
    }
  } finally {
    clearInterval(timer);
  }
  return last;
}

function isOnPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
