import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { AccountStore } from "../../../../../src/money/accounts/mod.ts";
import {
  BackupError,
  backupSqlite,
  checkSqlite,
  restoreSqlite,
  StorageError,
} from "../../../../../src/platform/database/mod.ts";
import { inFolder } from "../../../../support/command_line.ts";
import { FakeClock } from "../../../../support/fake_clock.ts";
import { openDatabase } from "../../../../support/open_database.ts";

const CHANGE = { address: "a1", requestedMs: 1, effectiveMs: 1, actor: "test", reason: "" };

async function addAccounts(path: string, ...names: string[]): Promise<void> {
  const database = await openDatabase({ path }, { clock: new FakeClock() });
  const accounts = new AccountStore(database);
  for (const name of names) await accounts.add(name, CHANGE);
  await database.close();
}

async function accountsIn(path: string): Promise<string[]> {
  const database = await openDatabase({ path }, { clock: new FakeClock() });
  const found = await new AccountStore(database).list("", 100);
  await database.close();
  return found.map(({ name }) => name);
}

Deno.test("a backup of an open ledger has everything up to its moment, and only its owner reads it", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pool.sqlite`;
    const database = await openDatabase({ path }, { clock: new FakeClock() });
    const accounts = new AccountStore(database);
    await accounts.add("before", CHANGE);
    await backupSqlite(path, `${folder}/copy`);
    await accounts.add("after", CHANGE);
    await database.close();
    assert.deepEqual(await accountsIn(`${folder}/copy`), ["before"]);
    assert.deepEqual(await accountsIn(path), ["after", "before"]);
    assert.equal(((await Deno.stat(`${folder}/copy`)).mode ?? 0) & 0o777, 0o600);
    await assert.rejects(backupSqlite(path, `${folder}/copy`), /exists already/);
  });
});

const LEDGERS = Deno.makeTempDirSync();
const COPIES = Deno.makeTempDirSync();

Deno.test({
  name: "a backup needs no more permissions than for its own files",
  permissions: { read: [LEDGERS, COPIES], write: [LEDGERS, COPIES] },
  async fn() {
    const path = `${LEDGERS}/pool.sqlite`;
    const database = await openDatabase({ path }, { clock: new FakeClock() });
    await new AccountStore(database).add("before", CHANGE);
    await backupSqlite(path, `${COPIES}/copy`);
    await database.close();
    assert.deepEqual([...Deno.readDirSync(COPIES)].map(({ name }) => name), ["copy"]);
  },
});

Deno.test({
  name: "a restore needs to read the copy and no more, in a folder that it makes",
  permissions: { read: [LEDGERS, COPIES], write: [LEDGERS] },
  async fn() {
    const path = `${LEDGERS}/new/pool.sqlite`;
    await restoreSqlite(`${COPIES}/copy`, { path, aside: `${path}.aside` });
    assert.deepEqual(await accountsIn(path), ["before"]);
  },
});

Deno.test.afterAll(async () => {
  for (const folder of [LEDGERS, COPIES]) await Deno.remove(folder, { recursive: true });
});

Deno.test("a restored ledger is the copy; what stood there is kept under another name", async () => {
  await inFolder(async (folder) => {
    const [path, copy, aside] = ["pool.sqlite", "copy", "aside"].map((name) =>
      `${folder}/${name}`
    ) as [
      string,
      string,
      string,
    ];
    await addAccounts(path, "first");
    await backupSqlite(path, copy);
    await addAccounts(path, "second");
    assert.deepEqual(await restoreSqlite(copy, { path, aside }), { kept: aside });
    assert.deepEqual(await accountsIn(path), ["first"]);
    assert.deepEqual(await accountsIn(aside), ["first", "second"]);
    await Deno.remove(path);
    assert.deepEqual(await restoreSqlite(copy, { path, aside: `${folder}/none` }), {
      kept: undefined,
    });
    assert.deepEqual(await accountsIn(path), ["first"]);
  });
});

Deno.test("a ledger that a program has open is not replaced", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pool.sqlite`;
    await addAccounts(path, "first");
    await backupSqlite(path, `${folder}/copy`);
    const database = await openDatabase({ path }, { clock: new FakeClock() });
    await new AccountStore(database).add("second", CHANGE);
    await assert.rejects(
      restoreSqlite(`${folder}/copy`, { path, aside: `${folder}/aside` }),
      /a program has it open; stop the pool/,
    );
    await database.close();
    assert.deepEqual(await accountsIn(path), ["first", "second"]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "copy",
      "pool.sqlite",
    ]);
  });
});

Deno.test("what is no whole ledger of this program is refused and nothing is replaced", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pool.sqlite`;
    await addAccounts(path, "first");
    const foreign = `${folder}/foreign`;
    const other = new DatabaseSync(foreign);
    other.exec("CREATE TABLE t (a)");
    other.close();
    const text = `${folder}/text`;
    await Deno.writeTextFile(text, "no database at all, but long enough to look at".repeat(40));
    const damaged = `${folder}/damaged`;
    await backupSqlite(path, damaged);
    const bytes = await Deno.readFile(damaged);
    bytes.fill(0xff, 8_192, 16_384);
    await Deno.writeFile(damaged, bytes);
    for (const from of [foreign, text, damaged, `${folder}/missing`]) {
      await assert.rejects(
        restoreSqlite(from, { path, aside: `${folder}/aside` }),
        (error) => error instanceof BackupError || error instanceof StorageError,
        from,
      );
    }
    assert.throws(() => checkSqlite(foreign), /another program/);
    assert.deepEqual(await accountsIn(path), ["first"]);
  });
});

Deno.test("a ledger whose file is damaged is replaced, and what is left of it is kept", async () => {
  await inFolder(async (folder) => {
    const [path, copy] = [`${folder}/pool.sqlite`, `${folder}/copy`];
    await addAccounts(path, "first");
    await backupSqlite(path, copy);
    const rest = new Uint8Array(20_000).fill(0xa5);
    await Deno.writeFile(path, rest);
    const aside = `${folder}/aside`;
    assert.deepEqual(await restoreSqlite(copy, { path, aside }), { kept: aside });
    assert.deepEqual(await accountsIn(path), ["first"]);
    assert.deepEqual(await Deno.readFile(aside), rest);
  });
});

/** A ledger as a killed process leaves it: its last writes stand in the log beside it only. */
async function killedLedger(path: string): Promise<void> {
  const script = `
    import { DatabaseSync } from "node:sqlite";
    const database = new DatabaseSync(${JSON.stringify(path)});
    database.exec("PRAGMA wal_autocheckpoint = 0");
    for (let i = 0; i < 20; i++) {
      database.exec("INSERT INTO account (name, created_ms) VALUES ('late-" + i + "', 1)");
    }
    Deno.kill(Deno.pid, "SIGKILL");`;
  await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", script],
    stdout: "null",
    stderr: "null",
  }).output();
  assert.ok(Deno.statSync(`${path}-wal`).size > 0);
}

Deno.test("a log that an earlier ledger left behind is not taken for that of the copy", async () => {
  await inFolder(async (folder) => {
    const [path, copy] = [`${folder}/pool.sqlite`, `${folder}/copy`];
    await addAccounts(path, "first");
    await backupSqlite(path, copy);
    await killedLedger(path);
    // An operator moves the file away by hand, and only the file.
    await Deno.rename(path, `${folder}/moved`);
    const aside = `${folder}/aside`;
    assert.deepEqual(await restoreSqlite(copy, { path, aside }), { kept: undefined });
    assert.deepEqual(await accountsIn(path), ["first"]);
    checkSqlite(path);
    assert.ok(Deno.statSync(`${aside}-wal`).size > 0);
  });
});
