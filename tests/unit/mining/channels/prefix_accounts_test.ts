import assert from "node:assert/strict";
import { NoncePrefixes, PrefixAccounts } from "../../../../src/mining/channels/mod.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

function accountsOf(length: number): { prefixes: NoncePrefixes; accounts: PrefixAccounts } {
  const prefixes = new NoncePrefixes(length, seededRandom(1));
  return { prefixes, accounts: new PrefixAccounts(prefixes) };
}

Deno.test("connections of one network have one account, IPv6 by its first 64 bits", () => {
  const { accounts } = accountsOf(4);
  const own = accounts.enter("2001:db8::1");
  assert.equal(accounts.enter("2001:db8::ffff"), own);
  assert.notEqual(accounts.enter("2001:db8:0:1::1"), own);
  assert.equal(accounts.enter("::ffff:192.0.2.1"), accounts.enter("192.0.2.1"));
});

Deno.test("prefixes cannot be used up by reconnecting, and a newcomer finds some", () => {
  const { accounts, prefixes } = accountsOf(1);
  let opened = 0;
  for (let connection = 0; connection < 1_000; connection++) {
    const account = accounts.enter("192.0.2.1");
    const prefix = account.tryOpen();
    if (prefix !== undefined) {
      opened++;
      account.close(prefix);
    }
    accounts.leave("192.0.2.1");
  }
  assert.equal(opened, 128);
  const newcomer = accounts.enter("192.0.2.2");
  let found = 0;
  while (newcomer.tryOpen() !== undefined) found++;
  assert.equal(found, 128);
  prefixes.parentChanged();
  assert.ok(accounts.enter("192.0.2.1").tryOpen() !== undefined);
});

Deno.test("accounts of those who have gone are forgotten with the parent", () => {
  const { accounts, prefixes } = accountsOf(4);
  for (let host = 0; host < 250; host++) {
    const account = accounts.enter(`192.0.2.${host}`);
    const prefix = account.tryOpen();
    assert.ok(prefix !== undefined);
    account.close(prefix);
    accounts.leave(`192.0.2.${host}`);
  }
  assert.equal(accounts.size, 250);
  prefixes.parentChanged();
  const account = accounts.enter("198.51.100.1");
  assert.equal(accounts.size, 1);
  assert.equal(account.live, 0);
  accounts.leave("198.51.100.1");
  assert.equal(accounts.size, 0);
});
