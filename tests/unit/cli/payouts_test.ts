import assert from "node:assert/strict";
import { silentLogger, systemClock, systemRandom } from "../../../src/base/mod.ts";
import { ExitCode } from "../../../src/cli/mod.ts";
import { minerAccount } from "../../../src/money/ledger/mod.ts";
import { BatchBook, NO_PAYOUT_METRICS, PayoutStore } from "../../../src/money/payouts/mod.ts";
import { EXTERNAL_WALLET, SettlementHandler } from "../../../src/money/settlement/mod.ts";
import { ReadableLedger } from "../../support/readable_ledger.ts";
import { FakeChain } from "../../support/fake_chain.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";
import { openDatabase } from "../../support/open_database.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const ALICE = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const CREDIT = 5_000_000n;

/** A payout of 0.05 ZEC that an external payer has asked for and not reported yet. */
async function fillBooks(folder: string): Promise<void> {
  const path = `${folder}/zcash-pool.sqlite`;
  const database = await openDatabase({ path }, { clock: systemClock });
  const ledger = new ReadableLedger(database);
  await ledger.post({
    id: "test:credit",
    atMs: systemClock.now() - 60_000,
    reason: "a credit of the test",
    lines: [
      { account: "pool-variance", amountZat: -CREDIT },
      { account: minerAccount(ALICE, "available"), amountZat: CREDIT },
    ],
  });
  const store = new PayoutStore();
  await database.transaction((tx) => store.control.setMode(tx, "external", EXTERNAL_WALLET));
  const desk = new SettlementHandler({ network: "test", minPayoutZat: 1_000_000n }, {
    ...{ database, store, ledger, clock: systemClock, random: systemRandom },
    payees: { payee: (minerId) => Promise.resolve({ address: minerId }) },
    chain: new FakeChain(3_600_000),
    logger: silentLogger,
    metrics: NO_PAYOUT_METRICS,
  });
  await desk.settle(systemClock.now() - 1_000);
  await database.close();
}

type Run = (...argv: string[]) => ReturnType<typeof runCommand>;

function inBooks(run: (command: Run) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await fillBooks(folder);
    await run((...argv) =>
      runCommand([
        ...argv,
        "--pool-address",
        POOL,
        "--data-dir",
        folder,
        "--zebra-url",
        "http://127.0.0.1:1",
      ])
    );
  });
}

Deno.test("payouts are listed by batch and by miner, and a batch is shown with its events", async () => {
  await inBooks(async (command) => {
    const { batches } = JSON.parse((await command("payouts", "list", "--json")).out);
    assert.deepEqual([batches.length, batches[0].state, batches[0].total_zat], [
      1,
      "handed",
      CREDIT.toString(),
    ]);
    assert.match((await command("payouts", "list")).out, /handed +1 +0\.05000000/);
    const mine = JSON.parse((await command("payouts", "list", "--miner", ALICE, "--json")).out);
    assert.deepEqual([mine.payouts[0].state, mine.payouts[0].address], ["live", ALICE]);
    const shown = await command("payouts", "show", batches[0].id);
    assert.equal(shown.code, ExitCode.ok, shown.err);
    assert.match(shown.out, new RegExp(`${ALICE} +0\\.05000000 +live`));
    assert.match(shown.out, /external payer/);
    // The interface names payouts: the commands take these ids too.
    const byPayout = await command("payouts", "show", mine.payouts[0].id, "--json");
    assert.equal(JSON.parse(byPayout.out).id, batches[0].id);
    const unknown = await command("payouts", "show", "no-such-batch");
    assert.equal(unknown.code, ExitCode.failed);
    assert.match(unknown.err, /There is no batch "no-such-batch"/);
  });
});

Deno.test("payments are paused and resumed with a reason, which stays", async () => {
  await inBooks(async (command) => {
    const without = await command("payouts", "pause");
    assert.equal(without.code, ExitCode.usage);
    assert.match(without.err, /--reason is missing/);
    await command("payouts", "pause", "--reason", "the wallet is being updated", "--by", "mia");
    assert.match(
      (await command("payouts", "list")).out,
      /^Payments are paused: the wallet is being updated/,
    );
    for (let time = 0; time < 2; time++) await command("payouts", "pause", "--reason", "an alarm");
    assert.match(
      (await command("payouts", "list")).out,
      /^Payments are paused: the wallet is being updated; an alarm\n/,
    );
    await command("payouts", "resume", "--reason", "updated");
    assert.doesNotMatch((await command("payouts", "list")).out, /paused/);
  });
});

Deno.test("a miner is put on hold once, and what is not on hold cannot be taken off", async () => {
  await inBooks(async (command) => {
    const held = await command("payouts", "hold", ALICE, "--reason", "asked for it");
    assert.equal(held.code, ExitCode.ok, held.err);
    assert.equal((await command("payouts", "unhold", ALICE, "--reason", "done")).code, ExitCode.ok);
    assert.match(
      (await command("payouts", "unhold", ALICE, "--reason", "again")).err,
      /is not on hold/,
    );
  });
});

Deno.test("who is on hold is listed, and nobody is held by a slip of the pen", async () => {
  await inBooks(async (command) => {
    await command("accounts", "add", "bob", ALICE);
    for (
      const wrong of ["nobody", `${ALICE.slice(0, -1)}7`, "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs"]
    ) {
      const { code, err } = await command("payouts", "hold", wrong, "--reason", "asked for it");
      assert.equal(code, ExitCode.failed, wrong);
      assert.match(err, new RegExp(`There is no miner "${wrong}"`));
    }
    assert.doesNotMatch((await command("payouts", "list")).out, /on hold/);
    await command("payouts", "hold", "Bob", "--reason", "his key was stolen", "--by", "mia");
    assert.match(
      (await command("payouts", "list")).out,
      /^on hold .*\nbob +2\S+ \S+ +mia +his key was stolen$/m,
    );
    const { holds } = JSON.parse((await command("payouts", "list", "--json")).out);
    assert.deepEqual([holds.length, holds[0].miner, holds[0].by], [1, "bob", "mia"]);
    const again = await command("payouts", "unhold", "BOB", "--reason", "a new key");
    assert.equal(again.code, ExitCode.ok, again.err);
    const none = await command("payouts", "unhold", "bob", "--reason", "once more");
    assert.equal(none.code, ExitCode.failed);
  });
});

Deno.test("a run is refused where no wallet pays, and waits while payments are paused", async () => {
  await inBooks(async (command) => {
    const none = await command("payouts", "run", "--reason", "somebody is due");
    assert.equal(none.code, ExitCode.failed);
    assert.match(none.err, /Cannot begin a run: no wallet of this pool pays/);
    const zallet = ["payout.wallet=zallet", "wallet.url=http://127.0.0.1:1", "wallet.account=x"]
      .flatMap((setting) => ["--set", setting]);
    const now = await command("payouts", "run", "--reason", "somebody is due", ...zallet);
    assert.equal(
      now.out,
      "A run is asked for; it begins with the next turn of the pool that pays.\n",
    );
    await command("payouts", "pause", "--reason", "an update");
    const later = await command("payouts", "run", "--reason", "somebody is due", ...zallet);
    assert.match(later.out, /Payments are paused \(an update\): it begins when they are resumed/);
  });
});

Deno.test("a release needs the batch's id once more; a dry run shows what is due to an external payer", async () => {
  await inBooks(async (command) => {
    const { batches } = JSON.parse((await command("payouts", "list", "--json")).out);
    const id = batches[0].id as string;
    const unconfirmed = await command("payouts", "release", id, "--reason", "never sent");
    assert.equal(unconfirmed.code, ExitCode.failed);
    assert.match(unconfirmed.err, /typed once more with --confirm/);
    const done = await command("payouts", "release", id, "--confirm", id, "--reason", "never sent");
    assert.equal(done.code, ExitCode.ok, done.err);
    assert.match((await command("payouts", "list")).out, /released/);
    const dryRun = await command("payouts", "dry-run");
    assert.equal(dryRun.code, ExitCode.ok, dryRun.err);
    const plan = JSON.parse((await command("payouts", "dry-run", "--json")).out);
    assert.deepEqual(plan.batches.map(({ total_zat }: { total_zat: string }) => total_zat), [
      CREDIT.toString(),
    ]);
    const hold = await command("payouts", "hold", ALICE, "--reason", "asked for it");
    assert.equal(hold.code, ExitCode.ok, hold.err);
    assert.match((await command("payouts", "dry-run")).out, /asked for it/);
  });
});

Deno.test("a batch that names somebody else's transaction is shown with the reason", async () => {
  await inFolder(async (folder) => {
    await fillBooks(folder);
    const reason = `transaction ${"11".repeat(32)} pays ${ALICE} 0 zatoshis, and 5000000 are owed`;
    const id = await dispute(folder, reason);
    const where = ["--pool-address", POOL, "--data-dir", folder];
    const shown = await runCommand(["payouts", "show", id, ...where]);
    assert.equal(shown.code, ExitCode.ok, shown.err);
    assert.match(shown.out, new RegExp(`^batch ${id}: broadcast, .*\\ndisputed: ${reason}\\n`));
    assert.match(shown.out, /dispute +broadcast +test +transaction/);
  });
});

/** The payout was reported, and does not have its money by that. */
async function dispute(folder: string, reason: string): Promise<string> {
  const path = `${folder}/zcash-pool.sqlite`;
  const database = await openDatabase({ path }, { clock: systemClock });
  const store = new PayoutStore();
  const journal = new ReadableLedger(database);
  const modules = { database, store, journal, clock: systemClock, random: systemRandom };
  const book = new BatchBook(modules);
  const by = { kind: "operator", actor: "test" } as const;
  const [row] = await database.read((tx) => store.batches.live(tx, 1));
  const handed = await book.find(row?.id ?? "");
  assert.ok(handed !== undefined);
  const transactions = [{ txid: "11".repeat(32) }];
  const sent = await book.apply(handed, { kind: "send", transactions }, by);
  await book.apply(sent, { kind: "dispute", reason }, by);
  await database.close();
  return handed.row.id;
}

Deno.test("others are let pass only a batch that keeps them waiting", async () => {
  await inBooks(async (command) => {
    const { batches } = JSON.parse((await command("payouts", "list", "--json")).out);
    const id = batches[0].id as string;
    const unsigned = await command("payouts", "allow-others", id);
    assert.equal(unsigned.code, ExitCode.usage);
    const handed = await command("payouts", "allow-others", id, "--reason", "it waits");
    assert.equal(handed.code, ExitCode.failed);
    assert.match(handed.err, /it is handed and keeps no other one waiting/);
  });
});

Deno.test("nobody is held by a name that is mistyped", async () => {
  await inBooks(async (command) => {
    const hold = (name: string) => command("payouts", "hold", name, "--reason", "a dispute");
    for (
      const name of ["", "tmGqw", `${ALICE}x`, ALICE.toLowerCase(), "\u{1f600}", "x".repeat(300)]
    ) {
      const refused = await hold(name);
      assert.equal(refused.code, ExitCode.failed, name);
      assert.match(
        refused.err,
        /There is no miner ".*": an address of this network or the name of an account expected\n$/,
      );
    }
    assert.equal((await hold(` ${ALICE} `)).code, ExitCode.ok);
    assert.equal((await command("payouts", "unhold", ALICE, "--reason", "over")).code, ExitCode.ok);
  });
});
