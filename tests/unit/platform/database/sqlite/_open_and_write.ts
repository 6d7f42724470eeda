/** Opens the database and writes one share; tries again while another process holds the lock. */
import { systemClock } from "../../../../../src/base/mod.ts";
import { StorageError } from "../../../../../src/platform/database/mod.ts";
import { shareOf } from "../../../../compliance/store_suite.ts";
import { openStore } from "../../../../support/test_store.ts";

const store = await openStore({ kind: "sqlite", path: Deno.args[0] ?? "" }, { clock: systemClock });
for (let tries = 1;; tries++) {
  try {
    await store.recordShares([shareOf(Number(Deno.args[1]))]);
    break;
  } catch (thrown) {
    if (!(thrown instanceof StorageError) || thrown.code !== "busy" || tries === 10_000) {
      throw thrown;
    }
  }
}
await store.close();
