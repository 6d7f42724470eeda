import assert from "node:assert/strict";
import { FakeClock } from "../../../support/fake_clock.ts";
import { silentLogger } from "../../../../src/base/mod.ts";
import { checkPlaces } from "../../../../src/cli/place_check.ts";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { openRecords } from "../../../../src/service/pool/places.ts";

const MODULES = { clock: new FakeClock(), logger: silentLogger };

function configuration(payout: string, rest = ""): ReturnType<typeof parseConfig> {
  return parseConfig(
    `[payout]\npool_address = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"\n${payout}\n${rest}`,
  );
}

const EXTERNAL = configuration(
  'wallet = "external"',
  '[settlement]\ntoken = "0123456789abcdef"\n',
);

Deno.test({
  name: "a ledger in memory, for want of permission to write, has balances and never pays",
  permissions: { read: false, write: false },
  async fn() {
    const records = await openRecords(configuration('wallet = "none"'), MODULES);
    const [row] = await records.database.read((tx) =>
      tx.query("SELECT count(*) AS entries FROM journal_entry")
    );
    assert.equal(row?.entries, 0n);
    await records.store.close();

    const refusal = /payout\.wallet is "external".*--allow-write=data, or set payout\.wallet/;
    await assert.rejects(openRecords(EXTERNAL, MODULES), {
      code: "payments-in-memory",
      message: refusal,
    });
    const faults = (await checkPlaces(EXTERNAL, [], MODULES.clock))
      .filter(({ level }) => level === "fault");
    assert.equal(faults.length, 1);
    assert.match(faults[0]?.text ?? "", refusal);
  },
});
