/**
 * A process that accepts shares as fast as it is told to, until it is killed. It says each 10 ms how
 * many it has taken, that is acknowledged: `COUNT`.
 *
 *     _write_shares.ts sqlite PATH | postgres URL
 *
 * @module
 */
import { silentLogger, systemClock } from "../../../src/base/mod.ts";
import { RecordWriter } from "../../../src/money/records/mod.ts";
import { shareOf } from "../../compliance/store_suite.ts";
import { openStore } from "../../support/test_store.ts";

const [kind, place = ""] = Deno.args;
const store = await openStore(
  kind === "sqlite" ? { kind, path: place } : { kind: "postgres", url: place },
  { clock: systemClock },
);
const writer = new RecordWriter({}, {
  store,
  clock: systemClock,
  logger: silentLogger,
});
let taken = 0;
const encoder = new TextEncoder();
setInterval(() => {
  for (let n = 0; n < 20; n++) if (writer.offer(shareOf(taken))) taken++;
  Deno.stdout.writeSync(encoder.encode(`${taken}\n`));
}, 10);
