/**
 * The files in config/ that other programs read, as far as those programs can be asked here.
 */
import assert from "node:assert/strict";
import { testWith } from "../support/requirements.ts";

const ROOT = new URL("../../", import.meta.url);

function read(file: string): Promise<string> {
  return Deno.readTextFile(new URL(`config/${file}`, ROOT));
}

testWith("systemd-analyze", "systemd takes every line of the unit", async (path) => {
  const folder = await Deno.makeTempDir({ prefix: "zcash-pool-unit-" });
  try {
    // Program and user of a real installation are not on the machine that runs the tests.
    const unit = (await read("zcash-pool.service"))
      .replace("/usr/local/bin/deno", Deno.execPath())
      .replace(/^(User|Group)=.*$/gm, "$1=root");
    await Deno.writeTextFile(`${folder}/zcash-pool.service`, unit);
    const { code, stdout, stderr } = await new Deno.Command(path, {
      args: ["verify", "--man=no", `${folder}/zcash-pool.service`],
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.equal(said, "");
    assert.equal(code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testWith("nft", "nftables takes every line of the rules", async (path) => {
  const file = new URL("config/nftables.conf", ROOT).pathname;
  // Rules are checked by the kernel, which asks for a network of the caller's own.
  const [command = path, ...args] = Deno.uid() === 0 ? [path] : ["unshare", "-rn", path];
  const { code, stderr } = await new Deno.Command(command, {
    args: [...args, "--check", "--file", file],
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 0);
});

Deno.test("the unit leaves V8 the system calls that it makes, and no core dump", async () => {
  const unit = await read("zcash-pool.service");
  // V8 guards its code by protection keys, which @system-service leaves out in older releases.
  assert.match(unit, /^SystemCallFilter=@system-service @pkey$/m);
  assert.match(unit, /^LimitCORE=0$/m);
  assert.doesNotMatch(unit, /^MemoryDenyWriteExecute=true$/m, "V8 compiles at run time");
});

Deno.test("the image copies what the program imports, and runs without -A", async () => {
  const dockerfile = await read("Dockerfile");
  const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, files = ""]) =>
    files.split(" ")
  );
  for (const file of copied) await Deno.stat(new URL(file, ROOT));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: { specifier: string }[];
  };
  const local = modules.map(({ specifier }) => specifier).filter((url) => url.startsWith(ROOT.href))
    .map((url) => url.slice(ROOT.href.length)).filter((file) => !file.startsWith("node_modules/"));
  assert(local.length > 100, `${local.length} files`);
  for (const file of local) {
    assert(copied.some((part) => file === part || file.startsWith(`${part}/`)), file);
  }
  assert.doesNotMatch(dockerfile, /"-A"|allow-all/);
  assert.match(dockerfile, /^USER deno$/m);
});
