import assert from "node:assert/strict";
import { systemClock } from "../../../../src/base/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { openBooks } from "../../../../src/service/pool/mod.ts";
import {
  type SqlDatabase,
  type SqlSession,
  StorageError,
} from "../../../../src/platform/database/mod.ts";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { sqlDatabaseSuite } from "../../../compliance/sql_database_suite.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openDatabase } from "../../../support/open_database.ts";

sqlDatabaseSuite("sqlite database", async (): Promise<SqlDatabase> => {
  const directory = await Deno.makeTempDir();
  const database = await openDatabase({ path: `${directory}/pool.sqlite` }, {
    clock: new FakeClock(),
  });
  return {
    kind: database.kind,
    transaction: (work) => database.transaction(work),
    write: (work) => database.write(work),
    read: (work) => database.read(work),
    close: async () => {
      await database.close();
      await Deno.remove(directory, { recursive: true }).catch(() => {});
    },
  };
});

const insert = (tx: SqlSession): Promise<number> =>
  tx.execute("INSERT INTO account (name, created_ms) VALUES ('some', 1)");

Deno.test("sqlite database: a file that a link leads to is used with the log beside the file", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/disk`);
  await Deno.symlink(`${folder}/disk/real.sqlite`, `${folder}/pool.sqlite`);
  for (let times = 0; times < 2; times++) {
    const database = await openDatabase({ path: `${folder}/pool.sqlite` }, {
      clock: new FakeClock(),
    });
    if (times === 0) await database.transaction(insert);
    const rows = await database.read((tx) => tx.query("SELECT name FROM account"));
    assert.deepEqual(rows.map(({ name }) => name), ["some"]);
    await database.close();
  }
  await Deno.remove(folder, { recursive: true });
});

/** Holds the write lock of a file for a while, in a process of its own. */
async function lockedFor(ms: number, path: string): Promise<AsyncDisposable> {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec("BEGIN IMMEDIATE");
    console.log("locked");
    await new Promise((resolve) => setTimeout(resolve, ${ms}));
    database.exec("COMMIT");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", script],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    async [Symbol.asyncDispose]() {
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test("sqlite database: a command waits for a lock, a pool does not", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/pool.sqlite`;
  const clock = new FakeClock();
  const pools = await openRecords({ kind: "sqlite", path }, { clock });
  const commands = await openRecords({ kind: "sqlite", path, lockWaitMs: 20_000 }, { clock });
  {
    await using _ = await lockedFor(700, path);
    await assert.rejects(
      pools.database?.transaction(insert) ?? Promise.resolve(),
      (error) => error instanceof StorageError && error.code === "busy",
    );
    assert.equal(await commands.database?.transaction(insert), 1);
  }
  await commands.store.close();
  await pools.store.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("sqlite database: the books of a command outlast a pool's write", async () => {
  const folder = await Deno.makeTempDir();
  const address = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
  const parsed = parseConfig(`[payout]\npool_address = "${address}"`, {}, {
    settings: [{ path: "server.data_dir", text: folder, label: "test" }],
  });
  const books = await openBooks(parsed, { create: true }, { clock: systemClock });
  {
    await using _ = await lockedFor(700, `${folder}/zcash-pool.sqlite`);
    const wish = { name: "alice", address, actor: "test", reason: "" };
    assert.equal(await books.accounts.add(wish), address);
  }
  await books.close();
  await Deno.remove(folder, { recursive: true });
});
