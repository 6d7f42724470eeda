/** Bans in a ledger: for all processes, across restarts, whatever clocks do. */
import assert from "node:assert/strict";
import { silentLogger } from "../../../../src/base/mod.ts";
import { openRecords } from "../../../../src/money/records/mod.ts";
import type { SqlDatabase } from "../../../../src/platform/database/mod.ts";
import { type Ban, BanStore, SharedBans } from "../../../../src/service/conduct/mod.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { testWith } from "../../../support/requirements.ts";
import { FakeClock } from "../../../support/fake_clock.ts";

const BAN: Ban = {
  network: "192.0.2.1",
  identity: "t1-miner",
  durationSecs: 3_600,
  reason: "50 faults",
  actor: "pool",
};

async function withDatabase(work: (database: SqlDatabase) => Promise<void>): Promise<void> {
  const opened = await openRecords({ kind: "sqlite", path: ":memory:" }, {
    clock: new FakeClock(),
  });
  try {
    await work(opened.database);
  } finally {
    await opened.store.close();
  }
}

async function process(database: SqlDatabase): Promise<{ bans: SharedBans; clock: FakeClock }> {
  const clock = new FakeClock();
  const bans = new SharedBans({ store: new BanStore(database), clock, logger: silentLogger });
  await bans.start();
  return { bans, clock };
}

Deno.test("a ban holds at once, in another process after its next reading, and after a restart", () =>
  withDatabase(async (database) => {
    const [one, other] = [await process(database), await process(database)];
    one.bans.add(BAN);
    assert.equal(one.bans.has(BAN), true);
    assert.equal(one.bans.has({ ...BAN, identity: "" }), false);
    await one.bans.close();
    assert.equal(other.bans.has(BAN), false);
    await other.bans.sync();
    assert.equal(other.bans.has(BAN), true);
    await other.bans.close();
    const restarted = await process(database);
    assert.equal(restarted.bans.has(BAN), true);
    await restarted.bans.close();
  }));

Deno.test("a ban ends with its duration by the clock that cannot jump", () =>
  withDatabase(async (database) => {
    const { bans, clock } = await process(database);
    bans.add(BAN);
    await bans.sync();
    await clock.advance(3_599_000);
    assert.deepEqual([bans.has(BAN), bans.size], [true, 1]);
    await clock.advance(2_000);
    assert.deepEqual([bans.has(BAN), bans.size], [false, 0]);
    await bans.close();
  }));

Deno.test("a row from a clock that was ahead lasts for the ban's duration and no longer", () =>
  withDatabase(async (database) => {
    await new BanStore(database).add([BAN]);
    await database.write((tx) =>
      tx.execute("UPDATE ban SET banned_s = banned_s + 300000").then(() => {})
    );
    const { bans, clock } = await process(database);
    assert.equal(bans.has(BAN), true);
    await clock.advance(3_601_000);
    assert.equal(bans.has(BAN), false);
    await bans.close();
  }));

Deno.test("what an operator lifts is lifted in every process, and a new ban begins anew", () =>
  withDatabase(async (database) => {
    const store = new BanStore(database);
    const { bans } = await process(database);
    bans.add(BAN);
    bans.add({ ...BAN, identity: "" });
    await bans.sync();
    assert.equal(await store.lift(BAN.network, BAN.identity), 1);
    await bans.sync();
    assert.deepEqual([bans.has(BAN), bans.has({ ...BAN, identity: "" })], [false, true]);
    assert.equal(await store.lift(BAN.network), 1);
    assert.equal(await store.lift(BAN.network), 0);
    assert.deepEqual(await store.current(), []);
    await store.add([{ ...BAN, actor: "operator" }]);
    await bans.sync();
    assert.equal(bans.has(BAN), true);
    assert.deepEqual((await store.current()).map(({ actor }) => actor), ["operator"]);
    await bans.close();
  }));

Deno.test("ended bans leave the ledger, and the numbers of changes go on", () =>
  withDatabase(async (database) => {
    const store = new BanStore(database);
    await store.add([BAN, { ...BAN, identity: "t1-second" }]);
    const [, last] = await store.changes();
    await database.write((tx) => tx.execute("UPDATE ban SET banned_s = 0").then(() => {}));
    await store.add([{ ...BAN, identity: "t1-third" }]);
    const [next, ...more] = await store.changes(last?.change);
    assert.deepEqual([next?.identity, more.length], ["t1-third", 0]);
    const rows = await database.read((tx) => tx.query("SELECT identity FROM ban"));
    assert.ok(rows.length <= 2);
  }));

testWith("postgres", "PostgreSQL keeps, lifts and forgets bans as well", async () => {
  await using cluster = await PostgresCluster.start();
  const location = { kind: "postgres", url: await cluster.newSchema() } as const;
  const opened = await openRecords(location, { clock: new FakeClock() });
  try {
    const { database } = opened;
    const store = new BanStore(database);
    const [one, other] = [await process(database), await process(database)];
    one.bans.add(BAN);
    one.bans.add({ ...BAN, identity: "" });
    await one.bans.sync();
    assert.equal(await store.lift(BAN.network, BAN.identity), 1);
    await other.bans.sync();
    assert.deepEqual([other.bans.has(BAN), other.bans.has({ ...BAN, identity: "" })], [
      false,
      true,
    ]);
    assert.deepEqual((await store.current()).map(({ identity }) => identity), [""]);
    await one.bans.close();
    await other.bans.close();
  } finally {
    await opened.store.close();
  }
});
