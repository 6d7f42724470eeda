import assert from "node:assert/strict";
import { AccountStore } from "../../../../../src/money/accounts/mod.ts";
import {
  backupPostgres,
  type PostgresTools,
  restorePostgres,
} from "../../../../../src/platform/database/mod.ts";
import { LedgerStore } from "../../../../../src/money/books/mod.ts";
import { PayoutStore } from "../../../../../src/money/payouts/mod.ts";
import { openRecords } from "../../../../../src/money/records/mod.ts";
import { blockOf, shareOf } from "../../../../compliance/store_suite.ts";
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

testWith(
  "postgres",
  "a restore over a ledger with shares of several days replaces it as a whole, or not at all",
  async (path) => {
    const tools = { folder: Deno.realPathSync(path).replace(/\/postgres$/, "") };
    await using cluster = await PostgresCluster.start();
    const url = await cluster.newSchema();
    const psql = (sql: string) =>
      cluster.psql(sql, new URL(url).searchParams.get("search_path") ?? "");
    const clock = new FakeClock(1_795_400_000_000);
    const restore = (file: string, by: PostgresTools = tools) =>
      restorePostgres(url, file, { clock: systemClock }, by);
    const days = async (numbers: readonly number[]): Promise<void> => {
      const { store, database } = await openRecords({ kind: "postgres", url }, { clock });
      await new LedgerStore(database).beginEpoch({
        ...{ scheme: "pplns", feePpm: 0, pplnsWindow: 3, pplnsWindowUnit: "shares" },
      }, clock.now());
      for (const number of numbers) {
        await store.recordShares([shareOf(number), shareOf(number + 100)]);
        await clock.advance(86_400_000);
      }
      await store.recordBlock(blockOf(numbers.length));
      await database.transaction((tx) =>
        new PayoutStore().holds.put(tx, { minerId: "a", reason: "", actor: "test", atMs: 1 })
      );
      await store.close();
    };
    const ledger = () =>
      psql(
        `SELECT (SELECT string_agg(tableoid::regclass || ' ' || id, ',' ORDER BY id) FROM share),
           (SELECT count(*) FROM share_proof), (SELECT count(*) FROM block),
           (SELECT count(*) FROM epoch), (SELECT count(*) FROM payout_hold),
           (SELECT count(*) FROM shares), (SELECT count(*) FROM payouts)`,
      );
    await inFolder(async (folder) => {
      await days([1, 2, 3]);
      await backupPostgres(url, `${folder}/copy`, tools);
      const copied = await ledger();
      assert.match(copied, /^share_day_\d+ 1,share_day_\d+ 2,.* 6\|6\|1\|1\|1\|6\|0$/);
      await days([4, 5]);
      assert.notEqual(await ledger(), copied);
      await restore(`${folder}/copy`);
      assert.equal(await ledger(), copied);

      // What is restored is a ledger: it goes on, and its journal stays append-only.
      await days([6]);
      await assert.rejects(psql("UPDATE epoch SET fee_ppm = 1"), /append-only/);
      const before = await ledger();
      const half = await Deno.readFile(`${folder}/copy`);
      await Deno.writeFile(`${folder}/half`, half.subarray(0, half.length - 2_000));
      await assert.rejects(restore(`${folder}/half`), /failed/);
      assert.equal(await ledger(), before);
      await psql("CREATE VIEW report AS SELECT miner_id FROM shares");
      await assert.rejects(
        restore(`${folder}/copy`),
        /psql failed: .*report"? depends on view/,
      );
      assert.equal(await ledger(), before);
      await psql("DROP VIEW report; CREATE TABLE notes AS SELECT 'mine' AS text");

      // Programs of PostgreSQL 17 and later begin every copy with a setting that 15 does not know.
      for (const program of ["pg_restore", "psql"]) {
        const newer = program === "psql" ? "" : 'case "$*" in *--list*) ;; *) printf "' +
          '\\nSET statement_timeout = 0;\\nSET transaction_timeout = 0;\\n" ;; esac\n';
        await Deno.writeTextFile(
          `${folder}/${program}`,
          `#!/bin/sh\n${newer}exec ${tools.folder}/${program} "$@"\n`,
        );
        await Deno.chmod(`${folder}/${program}`, 0o700);
      }
      await restore(`${folder}/copy`, { folder });
      assert.equal(await ledger(), copied);
      assert.equal(await psql("SELECT text FROM notes"), "mine");
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
