import assert from "node:assert/strict";

/** A folder that stands for a machine: programs on its PATH, and a cache of its own. */
async function onMachine(
  programs: Readonly<Record<string, string>>,
  path: string,
  run: (folder: string, start: () => Promise<{ code: number; out: string }>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/bin`);
    for (const [name, script] of Object.entries(programs)) {
      await Deno.writeTextFile(`${folder}/bin/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    await run(folder, async () => {
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [...RUN, "tests/gate/e2e_zebra.ts", "--no-check", "--filter", "no such test"],
        cwd: new URL("../../../", import.meta.url),
        env: {
          PATH: `${folder}/bin${path}`,
          XDG_CACHE_HOME: `${folder}/cache`,
          DENO_DIR: denoFolder(),
          ZEBRAD: "",
        },
        stderr: "null",
      }).output();
      return { code, out: new TextDecoder().decode(stdout) };
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const RUN = ["run", "-A", "--quiet", "--no-check"];

/** Deno's own cache would move with XDG_CACHE_HOME. */
function denoFolder(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return Deno.env.get("DENO_DIR") ?? `${cache}/deno`;
}

const SYSTEM = ":/usr/bin:/bin";
const TOOLS = { clang: "", protoc: "", cmake: "", "pkg-config": "" };

Deno.test("a missing zebrad is built at its pinned version into the cache, with progress", async () => {
  const cargo = `
echo "$@" > "$(dirname "$0")/arguments"
echo "   Compiling zebra-chain v15.0.0" >&2
shift 9
mkdir -p "$1/bin" && printf '#!/bin/sh\\necho zebrad 7.0.0\\n' > "$1/bin/zebrad"
chmod +x "$1/bin/zebrad"`;
  await onMachine({ ...TOOLS, cargo }, SYSTEM, async (folder, start) => {
    const { out } = await start();
    const binary = `${folder}/cache/zcash-pool/bin/zebrad`;
    assert.match(out, /zebrad 7\.0\.0 was not found and is built into .*some 25 minutes/);
    assert.match(out, /downloaded, compiling/);
    assert.ok(out.includes(`${binary}: zebrad 7.0.0`), out);
    const words = (await Deno.readTextFile(`${folder}/bin/arguments`)).trim();
    assert.equal(
      words,
      "install --locked zebrad --version 7.0.0 --no-default-features --features internal-miner " +
        `--root ${folder}/cache/zcash-pool`,
    );
    const again = await start();
    assert.ok(!again.out.includes("is built"), "the second time it is found in the cache");
  });
});

Deno.test("a build that fails shows why, and what is missing is named with its package", async () => {
  const cargo = "echo 'error: disk full' >&2; exit 101";
  await onMachine({ ...TOOLS, cargo }, SYSTEM, async (_, start) => {
    const { code, out } = await start();
    assert.equal(code, 1);
    assert.match(out, /cargo could not build zebrad:\nerror: disk full/);
  });
  await onMachine({ cargo, clang: "" }, "", async (_, start) => {
    const { code, out } = await start();
    assert.equal(code, 1);
    assert.match(out, /protoc, cmake, pkg-config not found: apt-get install .*protobuf-compiler/);
  });
  await onMachine({}, "", async (_, start) => {
    assert.match((await start()).out, /cargo was not found: install Rust/);
  });
});
