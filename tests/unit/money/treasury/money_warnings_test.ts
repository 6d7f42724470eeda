import assert from "node:assert/strict";
import { parseConfig } from "../../../../src/service/config/mod.ts";
import { moneyWarnings } from "../../../../src/money/treasury/mod.ts";
import { moneyTerms } from "../../../../src/service/pool/mod.ts";

const MAINNET = "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs";
const TESTNET = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

function events(address: string, payout: string): string[] {
  const { config } = parseConfig(
    `[payout]\npool_address = "${address}"\n${payout}\n[jd]\nenabled = false\n`,
  );
  return moneyWarnings(moneyTerms(config)).map(({ event }) => event);
}

Deno.test("pplns over shares is warned of on Mainnet, with what to set instead", () => {
  const flooded = "window_can_be_flooded";
  assert.deepEqual(events(MAINNET, 'scheme = "pplns"'), [flooded, "nobody_is_paid"]);
  const byWork = 'scheme = "pplns"\npplns_window_unit = "difficulty"\npplns_window = 8';
  for (
    const [address, payout] of [
      [MAINNET, byWork],
      [TESTNET, 'scheme = "pplns"'],
      [MAINNET, 'scheme = "prop"'],
    ] as const
  ) {
    assert.deepEqual(events(address, payout), ["nobody_is_paid"], payout);
  }
});

Deno.test("who is paid by coinbases, and that pps pays late then, is said", () => {
  const pplns = 'scheme = "pplns"\nwallet = "coinbase"';
  assert.deepEqual(events(TESTNET, pplns), ["consenting_are_paid"]);
  const pps = events(TESTNET, 'wallet = "coinbase"');
  assert.deepEqual(pps.slice(-2), ["consenting_are_paid", "coinbases_pay_late"]);
});
