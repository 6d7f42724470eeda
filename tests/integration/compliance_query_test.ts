/**
 * The query by which operators report what they paid: as the guide prints it in PostgreSQL, as the
 * docs/money.md gives it for SQLite, both over the same payouts.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/base/mod.ts";
import { type SqlDatabase } from "../../src/platform/database/mod.ts";
import type { PayoutBatchRow } from "../../src/money/payouts/tables/payout_rows.ts";
import { type PayoutRow, PayoutStore } from "../../src/money/payouts/mod.ts";
import { inFolder } from "../support/command_line.ts";
import { PostgresCluster } from "../support/postgres_cluster.ts";
import { testWith } from "../support/requirements.ts";
import { openDatabase } from "../support/open_database.ts";

/** The operator guide's own text. */
const GUIDE_QUERY = `-- All payouts with miner identity
SELECT
  miner_id,
  SUM(amount) as total_paid,
  COUNT(*) as payout_count
FROM payouts
WHERE timestamp > NOW() - INTERVAL '1 year'
GROUP BY miner_id;`;

const DAY_MS = 86_400_000;

/** Days since this moment of last year; sooner or later by two hours is inside of any time zone. */
function daysOfAYear(now: Date): number {
  const yearAgo = new Date(now);
  yearAgo.setUTCFullYear(now.getUTCFullYear() - 1);
  return (now.getTime() - yearAgo.getTime()) / DAY_MS;
}
const YEAR = daysOfAYear(new Date(systemClock.now()));
const TWO_HOURS = 2 / 24;

/** Miner, zatoshis, days ago; what was released is not paid, what is older than a year not counted. */
const PAYOUTS: readonly (readonly [string, bigint, number, "settled" | "released"])[] = [
  ["alice", 9_007_199_254_740_993n, 1, "settled"],
  ["alice", 5n, 364, "settled"],
  ["alice", 1_000_000n, 367, "settled"],
  ["bob", 7n, 2, "settled"],
  ["bob", 8n, 3, "released"],
  ["carol", 9n, 400, "settled"],
  ["dave", 11n, YEAR - TWO_HOURS, "settled"],
  ["dave", 13n, YEAR + TWO_HOURS, "settled"],
];

const EXPECTED = ["alice|9007199254740998|2", "bob|7|1", "dave|11|1"];

async function pay(database: SqlDatabase): Promise<void> {
  const store = new PayoutStore();
  const now = systemClock.now();
  for (const [index, [minerId, amountZat, days, ended]] of PAYOUTS.entries()) {
    const number = index + 1;
    const atMs = Math.round(now - days * DAY_MS);
    const batch: PayoutBatchRow = {
      id: `batch-${number}`,
      number,
      mode: "external",
      wallet: "",
      kind: "transparent",
      policy: "",
      run: 1,
      state: ended,
      stateText: "{}",
      version: 1,
      occupies: false,
      isFinal: true,
      recipientAtFault: false,
      recipients: 1,
      totalZat: amountZat,
      createdAtMs: atMs,
      changedAtMs: atMs,
      parent: undefined,
      half: undefined,
    };
    const payout: PayoutRow = {
      id: `payout-${number}`,
      number,
      batch: batch.id,
      minerId,
      address: "a1",
      amountZat,
      deductedZat: 0n,
      ended: undefined,
      txid: undefined,
      createdAtMs: atMs,
      endedAtMs: undefined,
    };
    const txid = ended === "settled" ? "ab".repeat(32) : undefined;
    await database.transaction(async (tx) => {
      await store.batches.insert(tx, batch, [payout]);
      await store.payouts.end(tx, batch.id, { ended, txid, atMs });
    });
  }
}

/** The query that the page gives in the paragraph about SQLite. */
async function pageQuery(): Promise<string> {
  const page = await Deno.readTextFile(new URL("../../docs/money.md", import.meta.url));
  const query = /```sql\n([^`]*datetime\('now'[^`]*)```/.exec(page)?.[1];
  assert(query !== undefined, "the page has no query for SQLite");
  return query;
}

function inSqlite(path: string, query: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    return statement.all().map((row) => Object.values(row).join("|")).sort();
  } finally {
    database.close();
  }
}

Deno.test("the page's query for SQLite sums up what each miner was paid in a year", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/pool.sqlite`;
    const database = await openDatabase({ path }, { clock: systemClock });
    await pay(database);
    await database.close();
    assert.deepEqual(inSqlite(path, await pageQuery()), EXPECTED);
  });
});

testWith(
  "postgres",
  "the guide's query runs as printed in PostgreSQL, in every time zone, and both agree",
  async () => {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.newSchema();
    const database = await openDatabase({ url }, { clock: systemClock });
    await pay(database);
    await database.close();
    const schema = new URL(url).searchParams.get("search_path") ?? "public";
    for (const zone of ["UTC", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"]) {
      const inZone = `SET TIME ZONE '${zone}'; ${GUIDE_QUERY}`;
      const rows = (await cluster.psql(inZone, schema)).trim().split("\n").sort();
      assert.deepEqual(rows, EXPECTED, zone);
    }
    assert((await Deno.readTextFile(new URL("../../docs/money.md", import.meta.url))).includes(
      "WHERE timestamp > NOW() - INTERVAL '1 year'",
    ));
  },
);
