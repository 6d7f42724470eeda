import assert from "node:assert/strict";
import { bytesToHex } from "../../../../src/base/mod.ts";
import { NoncePrefixes } from "../../../../src/mining/channels/mod.ts";
import { PrefixAccount } from "../../../../src/mining/channels/prefix_account.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

/** Changes the prefix of a channel until there is no other one; how many times. */
function renewAll(account: PrefixAccount, first: Uint8Array): number {
  let prefix = first;
  for (let renewals = 0;; renewals++) {
    const next = account.tryRenew(prefix);
    if (next === undefined) return renewals;
    prefix = next;
  }
}

/** Opens a channel, which must be possible. */
function open(account: PrefixAccount): Uint8Array {
  const prefix = account.tryOpen();
  assert(prefix !== undefined);
  return prefix;
}

Deno.test("what is neither live nor spent since the parent changed is free", () => {
  const prefixes = new NoncePrefixes(1, seededRandom(1));
  const early = Array.from({ length: 10 }, () => prefixes.tryAllocate());
  assert.equal(prefixes.free, 246n);
  prefixes.parentChanged();
  assert.equal(prefixes.free, 246n);
  prefixes.release(early[0] as Uint8Array);
  prefixes.release(early[0] as Uint8Array);
  assert.equal(prefixes.free, 246n, "it rests");
  prefixes.release(prefixes.tryAllocate() as Uint8Array);
  assert.equal(prefixes.free, 245n);
  let given = 0;
  while (prefixes.tryAllocate() !== undefined) given++;
  assert.equal(given, 245, "so many can be had");
  assert.equal(prefixes.free, 0n);
  prefixes.parentChanged();
  assert.equal(prefixes.free, 2n);
});

Deno.test("changes of one connection spend at most half, and its channels can still be opened", () => {
  const prefixes = new NoncePrefixes(1, seededRandom(2));
  const account = new PrefixAccount(prefixes);
  assert.equal(renewAll(account, open(account)), 128);
  assert.equal(prefixes.free, 127n);
  const live = Array.from({ length: 127 }, () => open(account));
  assert.equal(account.tryOpen(), undefined);
  assert.equal(new Set(live.map(bytesToHex)).size, 127);
});

Deno.test("every newcomer finds a prefix behind several who spend all they can", () => {
  const prefixes = new NoncePrefixes(1, seededRandom(3));
  for (let spender = 0; spender < 4; spender++) {
    const account = new PrefixAccount(prefixes);
    renewAll(account, open(account));
  }
  assert(prefixes.free > 0n);
  open(new PrefixAccount(prefixes));
});

Deno.test("openings and closings of one connection end while prefixes are left", () => {
  const prefixes = new NoncePrefixes(1, seededRandom(4));
  const account = new PrefixAccount(prefixes);
  for (let prefix = account.tryOpen(); prefix !== undefined; prefix = account.tryOpen()) {
    account.close(prefix);
  }
  assert.equal(prefixes.free, 128n);
  open(new PrefixAccount(prefixes));
});

Deno.test("with the next parent an account is as new", () => {
  const prefixes = new NoncePrefixes(1, seededRandom(5));
  const account = new PrefixAccount(prefixes);
  const first = open(account);
  renewAll(account, first);
  account.close(open(account));
  prefixes.parentChanged();
  assert(account.tryRenew(first) !== undefined);
  open(account);
});
