import assert from "node:assert/strict";
import { AddressVerdicts, MinerDirectory } from "../../../../src/money/accounts/mod.ts";
import { type Logger, silentLogger } from "../../../../src/base/mod.ts";
import { IdentityError } from "../../../../src/mining/channels/mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { unified } from "../../../support/unified_addresses.ts";

const GOOD = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";

function directoryOf(options: {
  isValid?: boolean;
  hasAccount?: (name: string) => Promise<boolean>;
  clock?: FakeClock;
  logger?: Logger;
  paysByCoinbase?: boolean;
}) {
  const { paysByCoinbase = false } = options;
  const clock = options.clock ?? new FakeClock();
  const node = {
    zValidateAddress: () => Promise.resolve({ isValid: options.isValid ?? true }),
  };
  return new MinerDirectory({ network: "test", paysByCoinbase }, {
    accounts: { hasAccount: options.hasAccount ?? (() => Promise.resolve(false)) },
    verdicts: new AddressVerdicts({}, { nodes: [node], clock, logger: silentLogger }),
    clock,
    logger: options.logger ?? silentLogger,
  });
}

Deno.test("an address that has expired opens no channel", async () => {
  const address = (bytes: number) => unified([[3, 43], [0xe1, 8]], { prefix: "zutest", bytes });
  const directory = directoryOf({});
  const expired = { code: "invalid-user-identity", message: /has expired/ };
  await assert.rejects(directory.identify(address(0)), expired);
  assert.equal((await directory.identify(address(0x7f))).minerId, address(0x7f));
});

Deno.test("an address that the node takes, and an account that exists, may mine", async () => {
  const directory = directoryOf({ hasAccount: (name) => Promise.resolve(name === "alice") });
  assert.deepEqual(await directory.identify(`${GOOD}.rig`), { minerId: GOOD, workerName: "rig" });
  assert.deepEqual(await directory.identify("ALICE.rig"), { minerId: "alice", workerName: "rig" });
});

Deno.test("an address that the node refuses, and an account that nobody has, are refused", async () => {
  const directory = directoryOf({ isValid: false });
  const refused = (text: string, expected: RegExp) =>
    assert.rejects(
      directory.identify(text),
      (error) => error instanceof IdentityError && expected.test(error.message),
    );
  await refused(GOOD, /node says.*cannot be paid/);
  await refused("alice.rig", /no account of that name.*tm/);
  await refused("t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY", /Testnet|tm/);
});

Deno.test("accounts that were seen stay known while the database is away, others are told so", async () => {
  let away = false;
  let lookups = 0;
  const directory = directoryOf({
    hasAccount: (name) => {
      lookups++;
      return away ? Promise.reject(new Error("gone")) : Promise.resolve(name === "alice");
    },
  });
  await directory.identify("alice");
  away = true;
  assert.equal((await directory.identify("alice.b")).minerId, "alice");
  await assert.rejects(directory.identify("bob"), /cannot be looked up at the moment/);
  assert.equal(lookups, 2);
});

Deno.test("a database that errs or says nothing is the pool's trouble and not the miner's name", async () => {
  const clock = new FakeClock();
  const isPassing = (error: unknown) =>
    error instanceof IdentityError && error.code === "overloaded";
  const gone = () => Promise.reject(new Error("gone"));
  await assert.rejects(directoryOf({ hasAccount: gone }).identify("bob"), isPassing);
  const silent = directoryOf({ hasAccount: () => new Promise(() => {}), clock });
  const refused = assert.rejects(silent.identify("bob"), isPassing);
  await clock.advance(1_000);
  await refused;
  assert.equal(clock.pending, 0);
});

Deno.test("a thousand names while the database is away are one line, and one when it is back", async () => {
  const lines: string[] = [];
  let away = true;
  const directory = directoryOf({
    hasAccount: () => away ? Promise.reject(new Error("gone")) : Promise.resolve(true),
    logger: {
      log: (level, event, _message, { failures } = {}) =>
        void (level !== "debug" && lines.push(`${level} ${event} ${failures ?? ""}`.trim())),
    },
  });
  for (let n = 0; n < 1_000; n++) await assert.rejects(directory.identify(`miner${n}`));
  away = false;
  await directory.identify("miner0");
  assert.deepEqual(lines, ["warn account_not_looked_up", "info accounts_looked_up_again 1000"]);
});

Deno.test("what is earned under consent stands on an account of its own, where coinbases pay", async () => {
  const hasAccount = () => Promise.resolve(true);
  const directory = directoryOf({ paysByCoinbase: true, hasAccount });
  const idOf = async (user: string) => (await directory.identify(user)).minerId;
  assert.equal(await idOf(`${GOOD}.rig#coinbase`), `${GOOD}#coinbase`);
  assert.equal(await idOf(` ${GOOD}#COINBASE `), `${GOOD}#coinbase`);
  assert.equal(await idOf(`${GOOD}.rig`), GOOD);
  assert.equal(await idOf("alice"), "alice");
  const refused = { code: "consent-not-possible", message: /transparent/ };
  await assert.rejects(directory.identify("alice#coinbase"), refused);
  const shielded = unified([[3, 43]], { prefix: "utest" });
  await assert.rejects(directory.identify(`${shielded}.rig#coinbase`), refused);
  // The mark ends the name and stands nowhere else.
  await assert.rejects(directory.identify(`${GOOD}#coinbase.rig`), IdentityError);
  await assert.rejects(directory.identify(`${GOOD}#coinbase#coinbase`), IdentityError);
});

Deno.test("where a wallet pays, consent is read and means nothing", async () => {
  const directory = directoryOf({ hasAccount: () => Promise.resolve(true) });
  assert.equal((await directory.identify(`${GOOD}.rig#coinbase`)).minerId, GOOD);
  assert.equal((await directory.identify("alice#coinbase")).minerId, "alice");
});
