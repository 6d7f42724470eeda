const WASM_FOLDER = new URL("../../wasm/", import.meta.url);

/** A build of the published verifier that times itself. */
export interface NativeBaseline {
  readonly name: string;
  /** Microseconds for each share of the file, in one round. */
  round(): Promise<number[]>;
  close(): Promise<void>;
}

/** All builds have the profile of wasm/Cargo.toml: opt-level 3, fat lto, one codegen unit. */
const BUILDS = [
  { name: "native", args: [], flags: "" },
  { name: "native_avx2", args: ["--features", "avx2"], flags: "" },
  { name: "native_target_cpu", args: [], flags: "-C target-cpu=native" },
] as const;

/**
 * Builds and starts the published verifier in three ways: as it is, with its AVX2 code, and as it
 * is for exactly this processor.
 *
 * @returns undefined when there is no cargo, or it cannot build.
 */
export async function startBaselines(sharesFile: string): Promise<NativeBaseline[] | undefined> {
  const baselines: NativeBaseline[] = [];
  for (const { name, args, flags } of BUILDS) {
    const target = `target/${name}`;
    const built = await run("cargo", [
      ...["build", "--quiet", "--release", "--locked", "-p", "equihash-baseline"],
      ...["--bin", "equihash-baseline", "--target-dir", target, ...args],
    ], flags);
    if (!built) return undefined;
    const program = new URL(`${target}/release/equihash-baseline`, WASM_FOLDER).pathname;
    baselines.push(start(name, program, sharesFile));
  }
  return baselines;
}

async function run(command: string, args: readonly string[], flags: string): Promise<boolean> {
  try {
    const env = flags === "" ? {} : { RUSTFLAGS: flags };
    const { success } = await new Deno.Command(command, { args: [...args], env, cwd: WASM_FOLDER })
      .output();
    return success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  }
}

function start(name: string, program: string, sharesFile: string): NativeBaseline {
  const child = new Deno.Command(program, { args: [sharesFile], stdin: "piped", stdout: "piped" })
    .spawn();
  const input = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    name,
    async round() {
      await input.write(new TextEncoder().encode("\n"));
      let line = "";
      while (!line.endsWith("\n")) {
        const { value, done } = await output.read();
        if (done) throw new Error(`${name} ended early`);
        line += value;
      }
      return (JSON.parse(line) as number[]).map((nanoseconds) => nanoseconds / 1000);
    },
    async close() {
      await input.close();
      await output.cancel();
      await child.status;
    },
  };
}
