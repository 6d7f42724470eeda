/**
 * Any events in any order: the stored ledger says what a plain model says, after each of them, and
 * the audit finds nothing. A failure prints the shortest events that show it, and its seed.
 */
import fc from "fast-check";
import { openRecords } from "../../src/money/records/mod.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { START_MS } from "../compliance/ledger_suite.ts";
import { MoneyBench } from "../compliance/money_suite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { anyEvent, LedgerModel } from "./_ledger_model.ts";

Deno.test("ledger: after any events it says what a plain model says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { maxLength: 60, size: "max" }), async (events) => {
      const clock = new FakeClock(START_MS);
      const { store, database } = await openRecords({ kind: "sqlite", path: ":memory:" }, {
        clock,
      });
      try {
        const bench = { clock, store, database, ledger: new ReadableLedger(database) };
        const money = new MoneyBench(bench);
        const model = new LedgerModel(money);
        await model.begin();
        for (const event of events) {
          await model.apply(event);
          await model.compare();
        }
        await money.allHolds();
      } finally {
        await store.close();
      }
    }),
    { numRuns: 150 },
  );
});
