/** Writes batches of 100 shares and says after each how many are written, until it is killed. */
import { systemClock } from "../../../../../src/base/mod.ts";
import { shareOf } from "../../../../compliance/store_suite.ts";
import { openStore } from "../../../../support/test_store.ts";

const path = Deno.args[0] ?? "";
const store = await openStore({ kind: "sqlite", path }, { clock: systemClock });
for (let written = 0;; written += 100) {
  await store.recordShares(Array.from({ length: 100 }, (_, n) => shareOf(written + n)));
  console.log(written + 100);
}
