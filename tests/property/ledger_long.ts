/**
 * The long form: a million events with faults of the database among them. The balances are compared
 * with the model after each event, everything is audited after every 20,000 and at the end.
 *
 *     deno task test:ledger-long [seed] [events]
 *
 * @module
 */
import fc from "fast-check";
import { reasonOf } from "../../src/base/mod.ts";
import { ReadableLedger } from "../support/readable_ledger.ts";
import { openRecords } from "../../src/money/records/mod.ts";
import { START_MS } from "../compliance/ledger_suite.ts";
import { MoneyBench } from "../compliance/money_suite.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { anyEvent, FaultyDatabase, LedgerModel } from "./_ledger_model.ts";

/** One call in so many fails. */
const FAULTS = 0.02;
const AUDIT_EVERY = 20_000;
const CHUNK = 1_000;

const [seed = Math.floor(Math.random() * 2 ** 31), events = 1_000_000] = Deno.args.map(Number);
console.log(`seed ${seed}, ${events} events`);

/** Numbers from 0 to 1 that follow from the seed (mulberry32). */
function numbers(from: number): () => number {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const clock = new FakeClock(START_MS);
const records = await openRecords({ kind: "sqlite", path: ":memory:" }, { clock });
const database = new FaultyDatabase(records.database, numbers(seed), FAULTS);
const bench = { clock, store: records.store, database, ledger: new ReadableLedger(database) };
const money = new MoneyBench(bench);
const model = new LedgerModel(money);
const sound = new MoneyBench({ ...bench, database: records.database });

let done = 0;
try {
  await model.begin();
  while (done < events) {
    const chunk = fc.sample(anyEvent, {
      seed: seed + done,
      numRuns: Math.min(CHUNK, events - done),
    });
    for (const event of chunk) {
      await model.apply(event);
      await model.compare();
      done++;
    }
    if (done % AUDIT_EVERY === 0 || done >= events) {
      await sound.allHolds();
      console.log(`${done} events, all invariants hold`);
    }
  }
} catch (thrown) {
  console.error(`seed ${seed}, event ${done + 1}: ${reasonOf(thrown)}`);
  Deno.exitCode = 1;
} finally {
  await records.store.close();
}
