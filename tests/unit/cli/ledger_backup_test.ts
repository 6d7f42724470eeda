import assert from "node:assert/strict";
import { systemClock } from "../../../src/base/mod.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import { PayoutStore } from "../../../src/money/payouts/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";
import { openDatabase } from "../../support/open_database.ts";

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

    const elsewhere = ["--pool-address", POOL, "--data-dir", `${folder}/new/machine`];
    const moved = await runCommand(["ledger", "restore", copy, "--reason", "moved", ...elsewhere]);
    assert.deepEqual([moved.code, moved.err], [ExitCode.ok, ""]);
    assert.match((await runCommand(["accounts", "list", ...elsewhere])).out, /^alice /m);

    await Deno.writeTextFile(`${folder}/text`, "no ledger ".repeat(200));
    const refused = await run("ledger", "restore", `${folder}/text`);
    assert.equal(refused.code, ExitCode.failed);
    assert.match(refused.err, /not a database/);
  });
});

Deno.test({
  name: "a copy that may not be written or read ends with 5 and names every flag at once",
  permissions: { read: ["data"], write: ["data"] },
  async fn() {
    const place = ["--pool-address", POOL, "--zebra-url", "http://127.0.0.1:1"];
    const backup = await runCommand(["ledger", "backup", "/srv/copy", ...place]);
    assert.equal(backup.code, ExitCode.permission, backup.err);
    const both = "/srv/copy,/srv/copy.part";
    assert.match(backup.err, new RegExp(`--allow-read=${both} --allow-write=${both}\n`));
    const restore = await runCommand(["ledger", "restore", "/srv/copy", ...place]);
    assert.equal(restore.code, ExitCode.permission, restore.err);
    assert.match(restore.err, /add --allow-read=\/srv\/copy\n/);
    const own = ["--set", "database.path=/srv/own/ledger"];
    const beside = await runCommand(["ledger", "restore", "/srv/copy", ...place, ...own]);
    assert.match(
      beside.err,
      /--allow-read=\S+,\/srv\/copy,\/srv\/own --allow-write=\S+,\/srv\/own\n/,
    );
  },
});
