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
    "--allow-net=0.0.0.0:3333,0.0.0.0:3334,a:1,b:2 --allow-env=POOL__* --allow-read=data --allow-write=data\n",
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
    "--allow-net=[::]:3333,0.0.0.0:3334,127.0.0.1:9090,127.0.0.1:8232 --allow-env=POOL__* " +
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
  assert.match(
    explained.out,
    /^--allow-env=POOL__\* {2}read settings in the environment \(not looked at without it\)$/m,
  );
  const { flags, permissions } = JSON.parse(
    (await runCommand(["flags", "--pool-address", ADDRESS, "--json"])).out,
  );
  assert.equal(flags.length, 4);
  assert.deepEqual(permissions[0], {
    name: "net",
    value: "0.0.0.0:3333",
    use: "serve miners",
    required: true,
  });
});

Deno.test("flags needs no secret file, but the one that names the database's host", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/pool.toml`;
    const noise = "[security]\nnoise_enabled = true\nrequire_noise = true\n" +
      `noise_private_key_file = "${folder}/noise.key"\n`;
    await Deno.writeTextFile(file, noise);
    const argv = ["flags", "--config", file, "--pool-address", ADDRESS];
    const { code, out, err } = await runCommand(argv);
    assert.deepEqual([code, err], [ExitCode.ok, ""]);
    assert(out.includes(` --allow-read=${file},${folder}/noise.key,data `), out);

    const database = `[database]\nurl_file = "${folder}/database.url"\n`;
    await Deno.writeTextFile(file, noise + database);
    const gone = await runCommand(argv);
    assert.equal(gone.code, ExitCode.config);
    assert.match(gone.err, /database\.url_file .*there is no such file/);
    await Deno.writeTextFile(`${folder}/database.url`, "postgres://pool:hunter2@db.example/pool\n");
    const found = await runCommand(argv);
    assert.match(found.out, /^--allow-net=\S*,db\.example:5432 /);
    assert.doesNotMatch(found.out, /hunter2/);
  });
});

Deno.test({
  name: "without permission for the environment flags says that it was not looked at",
  permissions: { read: true },
  async fn() {
    const { code, err } = await runCommand(["flags", "--pool-address", ADDRESS]);
    assert.equal(code, ExitCode.ok);
    assert.match(err, /^zcash-pool: .*POOL__SECTION__KEY.*add --allow-env=POOL__\*\n$/);
  },
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
