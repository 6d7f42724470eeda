import assert from "node:assert/strict";
import { systemClock } from "../../../src/base/mod.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import { openDatabase, PayoutStore } from "../../../src/storage/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const OTHER = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

Deno.test("a ledger is copied, restored, and starts with payments paused", async () => {
  await inFolder(async (folder) => {
    const place = [
      "--pool-address",
      POOL,
      "--data-dir",
      folder,
      "--zebra-url",
      "http://127.0.0.1:1",
    ];
    const run = (...argv: string[]) => runCommand([...argv, ...place]);
    const copy = `${folder}/copy`;
    await run("accounts", "add", "alice", OTHER);
    const backup = await run("ledger", "backup", copy);
    assert.deepEqual([backup.code, backup.err], [ExitCode.ok, ""]);
    assert.equal((await run("ledger", "backup", copy)).code, ExitCode.failed);
    await run("accounts", "add", "bob", OTHER);

    const restored = await run("ledger", "restore", copy, "--by", "mia", "--json");
    assert.equal(restored.code, ExitCode.ok, restored.err);
    const { kept, payments, holds, broken } = JSON.parse(restored.out);
    assert.deepEqual([payments, holds, broken], ["paused", true, []]);
    assert.match((await run("ledger", "audit")).out, /Everything holds\.$/m);
    assert(Deno.statSync(kept).isFile);
    const { accounts } = JSON.parse((await run("accounts", "list", "--json")).out);
    assert.deepEqual(accounts.map(({ name }: { name: string }) => name), ["alice"]);

    const database = await openDatabase({ path: `${folder}/zcash-pool.sqlite` }, {
      clock: systemClock,
    });
    const control = await database.read((tx) => new PayoutStore().control.read(tx));
    await database.close();
    assert.equal(control.paused, true);
    assert.deepEqual([control.pausedBy, control.pausedReason], ["mia", `restored from ${copy}`]);

    await Deno.writeTextFile(`${folder}/text`, "no ledger ".repeat(200));
    const refused = await run("ledger", "restore", `${folder}/text`);
    assert.equal(refused.code, ExitCode.failed);
    assert.match(refused.err, /not a database/);
  });
});

/** Nothing is looked for there: the permissions are asked for first. */
const NARROW = "/no/such/folder";

Deno.test({
  name: "a copy that may not be written is a missing permission, with the flags to add",
  permissions: {
    read: [`${NARROW}/data`],
    write: [`${NARROW}/data`],
  },
  async fn() {
    const place = ["--pool-address", POOL, "--data-dir", `${NARROW}/data`];
    const { code, err } = await runCommand(["ledger", "backup", `${NARROW}/copy`, ...place]);
    assert.equal(code, ExitCode.permission);
    const files = `${NARROW}/copy,${NARROW}/copy.part`;
    assert.match(err, /Permissions are missing to copy the records/);
    assert(err.includes(`--allow-read=${files} --allow-write=${files}`), err);
    const back = await runCommand(["ledger", "restore", `${NARROW}/copy`, ...place]);
    assert.equal(back.code, ExitCode.permission);
    assert(back.err.includes(`add --allow-read=${NARROW}/copy\n`), back.err);
  },
});
