import assert from "node:assert/strict";
import { AccountError, Accounts, ADDRESS_DELAY_MS } from "../../../../src/money/accounts/mod.ts";
import { AccountStore } from "../../../../src/money/accounts/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { openDatabase } from "../../../support/open_database.ts";

const FIRST = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const SECOND = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const MAINNET = "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY";

async function withAccounts(
  run: (accounts: Accounts, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const database = await openDatabase({ path: ":memory:" }, { clock });
  try {
    await run(new Accounts("test", { store: new AccountStore(database), clock }), clock);
  } finally {
    await database.close();
  }
}

function wish(name: string, address: string) {
  return { name, address, actor: "test", reason: "because" };
}

Deno.test("an account is paid at its address; a changed one holds it for 24 hours", async () => {
  await withAccounts(async (accounts, clock) => {
    await accounts.add(wish("Alice", ` ${FIRST} `));
    assert.deepEqual((await accounts.payees(["alice"])).get("alice"), {
      kind: "pay",
      address: FIRST,
    });
    await accounts.setAddress(wish("alice", SECOND));
    const payee = (await accounts.payees(["alice"])).get("alice");
    assert.equal(payee?.kind, "hold");
    assert.match(payee?.kind === "hold" ? payee.reason : "", /its address changes at 2026/);
    const [shown] = await accounts.list("", 10);
    assert.deepEqual([shown?.address, shown?.pending?.address], [FIRST, SECOND]);
    await clock.advance(ADDRESS_DELAY_MS);
    assert.deepEqual((await accounts.payees(["alice"])).get("alice"), {
      kind: "pay",
      address: SECOND,
    });
  });
});

Deno.test("names and addresses that are no good are refused with what is expected", async () => {
  await withAccounts(async (accounts) => {
    await accounts.add(wish("alice", FIRST));
    const rows: [string, string, RegExp][] = [
      ["al", FIRST, /3 to 32/],
      ["9alice", FIRST, /letter first/],
      ["a".repeat(33), FIRST, /3 to 32/],
      ["alice", SECOND, /the name is taken/],
      ["ALICE", SECOND, /the name is taken/],
      ["bob", MAINNET, /tm/],
      ["bob", "nonsense", /^Cannot use the address: no known prefix/],
      ["bob", "alice", /Cannot use the address/],
    ];
    for (const [name, address, expected] of rows) {
      await assert.rejects(
        accounts.add(wish(name, address)),
        (error) => error instanceof AccountError && expected.test(error.message),
        `${name} ${address}`,
      );
    }
    await assert.rejects(accounts.setAddress(wish("carol", FIRST)), /no such account/);
    await assert.rejects(
      accounts.add({ ...wish("carol", FIRST), reason: "x".repeat(501) }),
      /at most 500/,
    );
    assert.equal(await accounts.hasAccount("carol"), false);
  });
});

Deno.test("payees are found for addresses too, and what nobody can be paid by is held", async () => {
  await withAccounts(async (accounts) => {
    const payees = await accounts.payees([FIRST, "nobody", MAINNET]);
    assert.deepEqual(payees.get(FIRST), { kind: "pay", address: FIRST });
    assert.equal(payees.get("nobody")?.kind, "hold");
    assert.equal(payees.get(MAINNET)?.kind, "hold");
  });
});

Deno.test("the audit trail of addresses cannot be changed", async () => {
  const clock = new FakeClock();
  const database = await openDatabase({ path: ":memory:" }, { clock });
  const accounts = new Accounts("test", { store: new AccountStore(database), clock });
  await accounts.add(wish("alice", FIRST));
  for (const sql of ["UPDATE account_address SET address = 'x'", "DELETE FROM account_address"]) {
    await assert.rejects(database.transaction((tx) => tx.execute(sql)), /append-only/, sql);
  }
  await database.close();
});

Deno.test("a page of accounts is full as long as more follow, also after a clock was set back", async () => {
  await withAccounts(async (accounts, clock) => {
    for (const name of ["alice", "dora", "emil"]) await accounts.add(wish(name, FIRST));
    clock.jump(3_600_000);
    for (const name of ["bob", "carol"]) await accounts.add(wish(name, FIRST));
    clock.jump(-3_600_000);
    const names = async (after: string, limit: number): Promise<string[]> =>
      (await accounts.list(after, limit)).map(({ name }) => name);
    assert.deepEqual(await names("", 2), ["alice", "dora"]);
    assert.deepEqual(await names("alice", 2), ["dora", "emil"]);
    assert.deepEqual(await names("dora", 2), ["emil"]);
    assert.deepEqual(await names("", 2_000), ["alice", "dora", "emil"]);
  });
});
