import assert from "node:assert/strict";
import { ExitCode } from "../../../src/cli/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

const ADDRESS = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";

Deno.test("flags prints one line that deno run takes", async () => {
  const { code, out, err } = await runCommand([
    "flags",
    "--pool-address",
    ADDRESS,
    "--zebra-url",
    "http://a:1",
    "--zebra-url",
    "http://b:2",
    "--set",
    "metrics.enabled=false",
  ]);
  assert.deepEqual([code, err], [ExitCode.ok, ""]);
  assert.equal(
    out,
    "--allow-net=0.0.0.0:3333,a:1,b:2 --allow-read=data --allow-write=data\n",
  );
});

Deno.test("flags quotes what a shell would take apart", async () => {
  const { out } = await runCommand([
    "flags",
    "--pool-address",
    ADDRESS,
    "--data-dir",
    "/srv/it's mine",
    "--listen",
    "[::]:3333",
  ]);
  assert.equal(
    out,
    "'--allow-net=[::]:3333,127.0.0.1:9090,127.0.0.1:8232' " +
      "'--allow-read=/srv/it'\\''s mine' '--allow-write=/srv/it'\\''s mine'\n",
  );
});

Deno.test("flags says what each permission is for, and the same as JSON", async () => {
  const explained = await runCommand(["flags", "--pool-address", ADDRESS, "--explain"]);
  assert.match(explained.out, /^--allow-net=0\.0\.0\.0:3333 {2}serve miners$/m);
  assert.match(
    explained.out,
    /^--allow-write=data {2}keep found blocks \(in memory without it\)$/m,
  );
  const { flags, permissions } = JSON.parse(
    (await runCommand(["flags", "--pool-address", ADDRESS, "--json"])).out,
  );
  assert.equal(flags.length, 3);
  assert.deepEqual(permissions[0], {
    name: "net",
    value: "0.0.0.0:3333",
    use: "serve miners",
    required: true,
  });
});

Deno.test("faults of a configuration are one line each, with where they were given", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/pool.toml`;
    await Deno.writeTextFile(file, "[mining]\nnonce_1_len = 0\n[zebra]\nurls = 5\n");
    const { code, out, err } = await runCommand([
      "flags",
      "--config",
      file,
      "--pool-address",
      "t1",
      "--set",
      "mining.tga=x",
      "--set",
      "zebra.password=hunter2",
    ]);
    assert.deepEqual([code, out], [ExitCode.config, ""]);
    const lines = err.trimEnd().split("\n");
    const starts = [
      "zcash-pool: mining.tga (--set): this key does not exist, did you mean mining.tag?",
      "zcash-pool: zebra.password = (secret, not shown) (--set): everyone on the machine",
      `zcash-pool: zebra.urls = 5 (${file}): it has to stand in [ ]`,
      `zcash-pool: mining.nonce_1_len = 0 (${file}): allowed: a whole number from 1 to 16`,
      'zcash-pool: payout.pool_address = "t1" (--pool-address): ',
    ];
    assert.equal(lines.length, starts.length, err);
    starts.forEach((start, i) => assert(lines[i]?.startsWith(start), `${lines[i]}\n${start}`));
    assert.doesNotMatch(err, /hunter2/);
  });
});

Deno.test("--set without a key is refused without showing what was given", async () => {
  const { code, err } = await runCommand(["flags", "--set", "hunter2"]);
  assert.equal(code, ExitCode.usage);
  assert.equal(err, "zcash-pool: --set takes SECTION.KEY=VALUE, for instance mining.tag=my-pool\n");
});
