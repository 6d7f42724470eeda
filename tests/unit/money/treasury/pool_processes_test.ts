/** Two pools on one ledger: refused in a file, and on a server where their terms differ. */
import assert from "node:assert/strict";
import { type Logger, silentLogger } from "../../../../src/base/mod.ts";
import { openRecords } from "../../../../src/money/records/mod.ts";
import { type CommonTerms, PoolProcess } from "../../../../src/money/treasury/mod.ts";
import type { SqlDatabase } from "../../../../src/platform/database/mod.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { commonTerms } from "../../../../src/service/pool/options.ts";
import { inFolder } from "../../../support/command_line.ts";
import { openDatabase } from "../../../support/open_database.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { PostgresCluster } from "../../../support/postgres_cluster.ts";
import { testWith } from "../../../support/requirements.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const clock = new FakeClock();
let seed = 0;

function termsOf(payout: string): CommonTerms {
  return commonTerms(
    parseConfig(
      `[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n${payout}\n`,
    ).config,
  );
}

function join(
  database: SqlDatabase,
  place: string,
  terms: CommonTerms,
  logger: Logger = silentLogger,
): Promise<PoolProcess> {
  return PoolProcess.join(place, terms, { database, clock, random: seededRandom(++seed), logger });
}

Deno.test("a second pool on one SQLite file is refused, a command beside the pool is not", () =>
  inFolder(async (folder) => {
    const location = { kind: "sqlite", path: `${folder}/pool.sqlite` } as const;
    const open = () => openRecords({ ...location, asPool: true }, { clock });
    const first = await open();
    const process = await join(first.database, "0.0.0.0:3333", termsOf('scheme = "pps"'));
    await assert.rejects(open(), {
      code: "in-use",
      message:
        /another pool, 0\.0\.0\.0:3333, uses it; stop that one first, or give .*database\.url/,
    });
    await (await openRecords(location, { clock })).store.close();
    await assert.rejects(open(), { code: "in-use" });
    await process.leave();
    await first.store.close();
    await (await open()).store.close();
  }));

Deno.test("a pool that was killed does not keep the next one from its file, whatever its terms", () =>
  inFolder(async (folder) => {
    const location = { kind: "sqlite", path: `${folder}/pool.sqlite`, asPool: true } as const;
    const killed = await openRecords(location, { clock });
    await join(killed.database, "0.0.0.0:3333", termsOf('scheme = "pps"'));
    await killed.store.close();
    const next = await openRecords(location, { clock });
    await join(next.database, "0.0.0.0:3333", termsOf('scheme = "prop"'));
    await next.store.close();
  }));

testWith(
  "postgres",
  "several pools share a server's ledger by the same terms, and no others",
  async () => {
    await using cluster = await PostgresCluster.start();
    const url = await cluster.newSchema();
    const schema = new URL(url).searchParams.get("search_path") ?? "";
    const database = await openDatabase({ url }, { clock });
    const lines: string[] = [];
    const logger: Logger = { log: (_level, event, message) => lines.push(`${event} ${message}`) };
    try {
      const pps = termsOf('scheme = "pps"');
      const first = await join(database, "first:3333", pps, logger);
      const second = await join(database, "second:3333", pps, logger);
      assert.deepEqual(lines, ["other_pools other pools serve on this ledger: first:3333"]);
      lines.length = 0;

      const variants: [string, string][] = [
        ['scheme = "prop"', "payout.scheme is prop here and pps there"],
        ["pool_fee_percent = 2.5", "payout.pool_fee_percent is 2.5 here and 1 there"],
        ["min_payout = 0.5", "payout.min_payout is 0.5"],
      ];
      for (const [payout, difference] of variants) {
        const other = payout.startsWith("scheme") ? payout : `scheme = "pps"\n${payout}`;
        await assert.rejects(join(database, "third:3333", termsOf(other)), (error: Error) => {
          assert.match(error.message, /\(first:3333\)/);
          assert(error.message.includes(difference), error.message);
          return true;
        });
      }
      await first.leave();
      // The other one is not seen any more, as if it had been killed.
      await cluster.psql("UPDATE pool_process SET seen_s = seen_s - 61", schema);
      const third = await join(database, "third:3333", termsOf('scheme = "prop"'));
      await clock.advance(10_000);
      for (let turn = 0; turn < 200 && await seen(cluster, schema) !== "2"; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      // It was only paused: it is one of them again, and says by which terms there are two now.
      assert.equal(await seen(cluster, schema), "2");
      for (let turn = 0; turn < 200 && lines.length === 0; turn++) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? "",
        /^other_terms .*\(third:3333\) by other terms: payout\.scheme is pps here and prop there/,
      );
      await third.leave();
      await second.leave();
      assert.equal(await seen(cluster, schema), "0");
    } finally {
      await database.close();
    }
    assert.equal(clock.pending, 0);
  },
);

function seen(cluster: PostgresCluster, schema: string): Promise<string> {
  return cluster.psql("SELECT count(*) FROM pool_process", schema);
}
