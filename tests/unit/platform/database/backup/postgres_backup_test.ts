import assert from "node:assert/strict";
import { AccountStore } from "../../../../../src/money/accounts/mod.ts";
import { backupPostgres, restorePostgres } from "../../../../../src/platform/database/mod.ts";
import { inFolder } from "../../../../support/command_line.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { systemClock } from "../../../../../src/base/mod.ts";
import { PostgresCluster } from "../../../../support/postgres_cluster.ts";
import { testWith } from "../../../../support/requirements.ts";
import { openDatabase } from "../../../../support/open_database.ts";

const CHANGE = { address: "a1", requestedMs: 1, effectiveMs: 1, actor: "test", reason: "" };

async function withAccounts<T>(
  url: string,
  work: (accounts: AccountStore) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url }, { clock: systemClock });
  try {
    return await work(new AccountStore(database));
  } finally {
    await database.close();
  }
}

function names(accounts: AccountStore): Promise<string[]> {
  return accounts.list("", 100).then((found) => found.map(({ name }) => name));
}

testWith(
  "postgres",
  "a PostgreSQL ledger is backed up and restored by its own programs",
  async (path) => {
    const folderOfTools = Deno.realPathSync(path).replace(/\/postgres$/, "");
    const tools = { folder: folderOfTools };
    await using cluster = await PostgresCluster.start();
    const url = await cluster.newSchema();
    const other = await cluster.newSchema();
    await inFolder(async (folder) => {
      const copy = `${folder}/copy`;
      await withAccounts(url, async (accounts) => {
        await accounts.add("before", CHANGE);
        await backupPostgres(url, copy, tools);
        await accounts.add("after", CHANGE);
        await assert.rejects(
          restorePostgres(url, copy, { clock: new FakeClock() }, tools),
          /a pool or command uses the database/,
        );
        assert.deepEqual(await names(accounts), ["after", "before"]);
      });
      assert.equal(((await Deno.stat(copy)).mode ?? 0) & 0o777, 0o600);
      await assert.rejects(backupPostgres(url, copy, tools), /exists already/);
      await restorePostgres(url, copy, { clock: new FakeClock() }, tools);
      assert.deepEqual(await withAccounts(url, names), ["before"]);

      await assert.rejects(
        restorePostgres(other, copy, { clock: new FakeClock() }, tools),
        /holds no ledger for the schema/,
      );
      await Deno.writeTextFile(`${folder}/text`, "no dump");
      await assert.rejects(
        restorePostgres(url, `${folder}/text`, { clock: new FakeClock() }, tools),
        /pg_restore failed/,
      );
      await assert.rejects(
        backupPostgres(url, `${folder}/second`, { folder: `${folder}/nowhere` }),
        /not installed here, or not found/,
      );
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
        "copy",
        "text",
      ]);
    });
  },
);

Deno.test("the programs of PostgreSQL connect as the pool does, encrypted or not", async () => {
  await inFolder(async (folder) => {
    const tool = `${folder}/pg_dump`;
    await Deno.writeTextFile(tool, '#!/bin/sh\necho "mode=$PGSSLMODE args=$*" >&2\nexit 1\n');
    await Deno.chmod(tool, 0o700);
    const url = "postgres://user:c0ffee@127.0.0.1/pool";
    for (const [query, mode] of [["", "disable"], ["?sslmode=verify-full", "verify-full"]]) {
      await assert.rejects(
        backupPostgres(`${url}${query}`, `${folder}/copy`, { folder }),
        (error: Error) => {
          assert.match(error.message, new RegExp(`mode=${mode} `));
          assert.doesNotMatch(error.message, /c0ffee/);
          return true;
        },
      );
    }
  });
});
