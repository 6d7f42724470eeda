import assert from "node:assert/strict";
import { silentLogger, systemClock } from "../../../src/base/mod.ts";
import { MetricsRegistry, startHttp } from "../../../src/platform/observability/mod.ts";
import { ppsCredit } from "../../../src/money/ledger/mod.ts";
import { ExitCode, main } from "../../../src/cli/mod.ts";
import { BlockSettler, HourCloser, ShareReader } from "../../../src/money/books/mod.ts";
import { ReadableLedger } from "../../support/readable_ledger.ts";
import { openRecords } from "../../../src/money/records/mod.ts";
import { inFolder, runCommand } from "../../support/command_line.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const POOL = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma";
const ALICE = "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86";
const HOUR_MS = 3_600_000;
const SUBSIDY = 41_666_668n;
const TARGET = 2n ** 240n - 1n;
const HASH = new Uint8Array(32).fill(7);
/** Each share is a block once in eight times; sixteen of them stand for two blocks. */
const TERMS = { networkTarget: 2n ** 237n - 1n, rewardZat: SUBSIDY, feePpm: 10_000 };

/** Two hours ago: an epoch, sixteen shares of which the last is a block; the hour is closed. */
async function fillBooks(folder: string): Promise<void> {
  const clock = new FakeClock(systemClock.now() - 2 * HOUR_MS);
  const path = `${folder}/zcash-pool.sqlite`;
  const { store, database } = await openRecords({ kind: "sqlite", path }, { clock });
  await new ReadableLedger(database).beginEpoch(
    { scheme: "pps", feePpm: 10_000, pplnsWindow: 100_000, pplnsWindowUnit: "shares" },
    clock.now(),
  );
  const creditPicoZat = ppsCredit({ shareTarget: TARGET, ...TERMS, subsidyZat: SUBSIDY });
  const shares = Array.from({ length: 16 }, (_, index) => ({
    proofId: index === 15 ? HASH : new Uint8Array(32).fill(index + 100),
    minerId: ALICE,
    workerName: "rig",
    target: TARGET,
    difficulty: 8,
    jobId: 1,
    height: 1_000,
    timestampMs: clock.now(),
    isBlock: index === 15,
    creditPicoZat,
    terms: TERMS,
  }));
  await store.recordShares(shares);
  await store.recordBlock({
    hash: HASH,
    height: 1_000,
    previousBlockHash: new Uint8Array(32),
    minerId: ALICE,
    workerName: "rig",
    foundAtMs: clock.now(),
    state: "accepted",
    valueZat: SUBSIDY,
    feesZat: 0n,
  });
  const reader = new ShareReader(database);
  await new BlockSettler({ database, reader, clock }).credit(HASH);
  await clock.advance(HOUR_MS);
  await new HourCloser({ database, reader, clock }).closeDue();
  await store.close();
}

/** A share of the hour that runs. */
async function addRunningShare(folder: string): Promise<void> {
  const path = `${folder}/zcash-pool.sqlite`;
  const { store } = await openRecords({ kind: "sqlite", path }, { clock: systemClock });
  await store.recordShares([{
    proofId: new Uint8Array(32).fill(99),
    minerId: ALICE,
    workerName: "rig",
    target: TARGET,
    difficulty: 8,
    jobId: 1,
    height: 1_001,
    timestampMs: systemClock.now(),
    isBlock: false,
    creditPicoZat: 1_234_567n * 10n ** 12n + 5n * 10n ** 11n,
    terms: TERMS,
  }]);
  await store.close();
}

interface Worked {
  readonly minerId: string;
  readonly atMs: number;
  readonly target?: bigint;
  readonly creditZat?: bigint;
}

/** A ledger of miners with one share each, two hours apart; the hour of the last one is open. */
async function fillMiners(folder: string, worked: readonly Worked[]): Promise<void> {
  const [{ atMs: startMs } = { atMs: 0 }] = worked;
  const clock = new FakeClock(startMs);
  const path = `${folder}/zcash-pool.sqlite`;
  const { store, database } = await openRecords({ kind: "sqlite", path }, { clock });
  const terms = { scheme: "pps", feePpm: 0, pplnsWindow: 100, pplnsWindowUnit: "shares" } as const;
  await new ReadableLedger(database).beginEpoch(terms, startMs);
  const reader = new ShareReader(database);
  const closer = new HourCloser({ database, reader, clock });
  for (const [index, { minerId, atMs, target = TARGET, creditZat = 0n }] of worked.entries()) {
    // An hour takes the shares that came since the last one that was closed.
    await clock.advance(HOUR_MS);
    await closer.closeDue();
    await clock.advance(atMs - clock.now());
    await store.recordShares([{
      proofId: new Uint8Array(32).fill(index + 1),
      workerName: "rig",
      difficulty: 8,
      jobId: 1,
      height: 1_000,
      timestampMs: clock.now(),
      isBlock: false,
      creditPicoZat: creditZat * 10n ** 12n,
      terms: TERMS,
      ...{ minerId, target },
    }]);
  }
  await store.close();
}

type Run = (...argv: string[]) => ReturnType<typeof runCommand>;

function inBooks(run: (command: Run) => Promise<void>): Promise<void> {
  return inFolder(async (folder) => {
    await fillBooks(folder);
    await run((...argv) => runCommand([...argv, "--pool-address", POOL, "--data-dir", folder]));
  });
}

Deno.test("miners shows credits beside the proportional equivalent, and blocks beside what was expected", async () => {
  await inBooks(async (command) => {
    const { code, out, err } = await command("miners", "--json");
    assert.deepEqual([code, err], [ExitCode.ok, ""]);
    const report = JSON.parse(out);
    const [miner] = report.miners;
    assert.equal(report.miners.length, 1);
    // Sixteen shares of a chance of 1/8 are worth two blocks, and one was found: luck is 1/2.
    const credited = 2n * SUBSIDY * 99n / 100n;
    assert.equal(BigInt(miner.credited_zat.split(".")[0]), credited);
    assert.equal(
      BigInt(miner.proportional_equivalent_zat.split(".")[0]),
      SUBSIDY * 99n / 100n,
    );
    assert.equal(miner.available_zat, credited.toString());
    assert.deepEqual([miner.shares, miner.blocks_found, miner.suspicious], [16, 1, false]);
    assert(Math.abs(miner.blocks_expected - 2) < 1e-9);
    // Poisson: e^-2 (1 + 2).
    assert(Math.abs(miner.probability_of_so_few - 3 * Math.exp(-2)) < 1e-9);
    assert.equal(report.rewards_zat, SUBSIDY.toString());

    const table = await command("miners");
    assert.match(table.out, /proportional equivalent/);
    assert.match(table.out, new RegExp(`^${ALICE} +16 +0\\.8250`, "m"));
    const none = await command("miners", "--from", "2020-01-01", "--to", "2020-02-01", "--json");
    assert.equal(JSON.parse(none.out).miners[0].shares, 0);
  });
});

Deno.test("miners shows who has shares or a balance, the largest first, in pages", async () => {
  await inFolder(async (folder) => {
    const now = systemClock.now();
    const long = now - 60 * 24 * HOUR_MS;
    const recent = now - 8 * HOUR_MS;
    await fillMiners(folder, [
      { minerId: "a-idle-without-balance", atMs: long },
      { minerId: "b-idle-small", atMs: long + 2 * HOUR_MS, creditZat: 7n },
      { minerId: "c-idle-large", atMs: long + 4 * HOUR_MS, creditZat: 90_000n },
      { minerId: "d-small", atMs: recent, target: TARGET * 4n, creditZat: 5n },
      { minerId: "e-large", atMs: recent + 2 * HOUR_MS, target: TARGET / 4n },
      { minerId: "f-middle", atMs: recent + 4 * HOUR_MS },
      { minerId: "g-just-begun", atMs: now },
    ]);
    const order = "e-large f-middle d-small c-idle-large b-idle-small g-just-begun".split(" ");
    const command: Run = (...argv) =>
      runCommand(["miners", ...argv, "--pool-address", POOL, "--data-dir", folder]);
    const listed = (out: string) => (out.match(/^[a-g]-[a-z-]+/gm) ?? []);

    const whole = await command();
    assert.deepEqual([whole.code, listed(whole.out)], [ExitCode.ok, order]);
    assert.doesNotMatch(whole.out, /--page/);
    const second = await command("--limit", "4", "--page", "2");
    assert.deepEqual(listed(second.out), order.slice(4));
    assert.match(second.out, /^5 to 6 of 6 miners\n$/m);
    const first = await command("--limit", "4");
    assert.match(first.out, /^1 to 4 of 6 miners; --page 2 has the next\n$/m);
    const beyond = await command("--page", "9");
    assert.match(beyond.out, /There is no page 9\.\n\nNone of 6 miners\n$/);
    const { miners_in_all, page, pages, miners } = JSON.parse(
      (await command("--limit", "4", "--page", "2", "--json")).out,
    );
    assert.deepEqual([miners_in_all, page, pages], [6, 2, 2]);
    assert.deepEqual(miners.map(({ miner }: { miner: string }) => miner), order.slice(4));
  });
});

Deno.test("what the running hour has earned stands beside the balances, in none of them", async () => {
  await inFolder(async (folder) => {
    const command: Run = (...argv) =>
      runCommand([...argv, "--pool-address", POOL, "--data-dir", folder]);
    await fillBooks(folder);
    const available = "82500002";
    const before = JSON.parse((await command("miners", "--json")).out).miners[0];
    assert.deepEqual([before.available_zat, before.running_hour_zat], [available, "0"]);
    assert.doesNotMatch((await command("miners")).out, /running hour so far/);
    await addRunningShare(folder);
    const after = JSON.parse((await command("miners", "--json")).out).miners[0];
    assert.deepEqual([after.available_zat, after.running_hour_zat], [available, "1234567.5"]);
    assert.equal(after.shares, before.shares);
    assert.match((await command("miners")).out, /0\.82500002 .* 0\.01234567 /);
    const shown = await command("ledger", "show", ALICE);
    assert.match(shown.out, /^available +0\.82500002 ZEC$/m);
    assert.match(
      shown.out,
      /^running hour +0\.01234567 ZEC so far, booked when the hour is over$/m,
    );
  });
});

Deno.test("blocks and epochs show what was found and which terms held", async () => {
  await inBooks(async (command) => {
    const { blocks, luck } = JSON.parse((await command("blocks", "--json")).out);
    assert.deepEqual([blocks[0].state, blocks[0].height, blocks[0].miner], [
      "immature",
      1_000,
      ALICE,
    ]);
    assert.equal(luck[0].ratio.toFixed(6), "0.500000");
    assert.match((await command("blocks")).out, /24 hours +1 +2\.000 +50\.0 %/);
    const { epochs } = JSON.parse((await command("epochs", "--json")).out);
    assert.deepEqual([epochs[0].scheme, epochs[0].fee_ppm], ["pps", 10_000]);
    assert.match((await command("epochs")).out, /pps +1 %/);
    assert.deepEqual([epochs[0].pplns_window, epochs[0].pplns_window_unit], [100_000, "shares"]);
    const pool = JSON.parse((await command("ledger", "pool", "--json")).out);
    assert.deepEqual([pool.blocks_found, pool.rewards_zat], [1, "41666668"]);
    assert.deepEqual([pool.owed_available_zat, pool.paid_zat], ["82500002", "0"]);
    // What the block brought less what its shares were credited.
    assert.equal(pool.kept_zat, String(41_666_668 - 82_500_002));
    assert.match((await command("ledger", "pool")).out, /^kept by the pool, ZEC +-0\.40833334$/m);
  });
});

Deno.test("epochs say what the window of pplns is counted in", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/zcash-pool.sqlite`;
    const { store, database } = await openRecords({ kind: "sqlite", path }, { clock: systemClock });
    const ledger = new ReadableLedger(database);
    const terms = { scheme: "pplns", feePpm: 10_000, pplnsWindow: 8 } as const;
    await ledger.beginEpoch({ ...terms, pplnsWindowUnit: "shares" }, 1_000);
    await ledger.beginEpoch({ ...terms, pplnsWindowUnit: "difficulty" }, 2_000);
    await store.close();
    const command = ["epochs", "--pool-address", POOL, "--data-dir", folder];
    const { epochs } = JSON.parse((await runCommand([...command, "--json"])).out);
    assert.equal(epochs[0].pplns_window_unit, "difficulty");
    const { out } = await runCommand(command);
    assert.match(out, /pplns +1 % +8 x difficulty\n.*pplns +1 % +8 shares/);
  });
});

Deno.test("ledger show has a miner's movements; an unknown one is named as such", async () => {
  await inBooks(async (command) => {
    const { out } = await command("ledger", "show", ALICE);
    assert.match(out, /^available +0\.82500002 ZEC$/m);
    assert.match(out, /0\.82500002 +available/);
    const json = JSON.parse((await command("ledger", "show", ALICE, "--json")).out);
    assert.equal(json.paid_at, ALICE);
    assert.equal(json.movements.length, 1);
    const unknown = await command("ledger", "show", "nobody");
    assert.equal(unknown.code, ExitCode.failed);
    assert.match(unknown.err, /Nobody has worked here as "nobody"/);
  });
});

Deno.test("the export has whole entries that sum to 0, and a period cuts it", async () => {
  await inBooks(async (command) => {
    const { out } = await command("ledger", "export");
    const [head, ...lines] = out.trimEnd().split("\r\n");
    assert.equal(head, "entry,time_utc,id,reason,actor,account,amount_zat,amount_zec");
    const sums = new Map<string, bigint>();
    for (const line of lines) {
      const cells = line.split(",");
      const [entry = ""] = cells;
      sums.set(entry, (sums.get(entry) ?? 0n) + BigInt(cells[6] ?? ""));
    }
    assert.deepEqual([...sums.values()], [0n, 0n]);
    assert.match(out, /block-income:immature,-41666668,-0\.41666668/);
    const none = await command("ledger", "export", "--to", "2020-01-01");
    assert.equal(none.out.trimEnd().split("\r\n").length, 1);
  });
});

Deno.test("periods that are none are refused with what is allowed", async () => {
  await inBooks(async (command) => {
    for (
      const argv of [["--from", "yesterday"], ["--to", "2026-02-30"], [
        "--from",
        "2026-02-02",
        "--to",
        "2026-02-01",
      ]]
    ) {
      const { code, err } = await command("miners", ...argv);
      assert.equal(code, ExitCode.usage, argv.join(" "));
      assert.match(err, /allowed is a date|has to lie before/, argv.join(" "));
    }
  });
});

Deno.test("an export whose reader has gone ends, and is no fault", async () => {
  await inFolder(async (folder) => {
    await fillBooks(folder);
    let texts = 0;
    const code = await main(["ledger", "export", "--pool-address", POOL, "--data-dir", folder], {
      out: () => {
        texts++;
        return false;
      },
      err: () => {},
      readStdin: () => Promise.resolve(new Uint8Array()),
    });
    assert.deepEqual([code, texts], [ExitCode.ok, 1]);
  });
});

Deno.test("miners --now lists who is connected to the running pool, or says that none answers", async () => {
  const row = { user: ALICE, worker: "rig\u001b[2J", protocol: "sv2", difficulty: 8.5, stale: 3 };
  const http = startHttp({ hostname: "127.0.0.1", port: 0 }, {
    metrics: new MetricsRegistry(),
    health: () => ({ healthy: true, reasons: [] }),
    status: () => ({}),
    miners: () => [row],
    logger: silentLogger,
  });
  const now = (listen: string) =>
    runCommand(["miners", "--now", "--pool-address", POOL, "--metrics-listen", listen]);
  const listen = `127.0.0.1:${http.port}`;
  const { code, out } = await now(listen);
  assert.equal(code, ExitCode.ok);
  assert.match(out, new RegExp(`^${ALICE} .* sv2 .* 8\\.500 .* 3`, "m"));
  assert(!out.includes("\u001b"));
  await http.close();
  const away = await now(listen);
  assert.equal(away.code, ExitCode.failed);
  assert.match(away.err, /No running pool answers at .*\/miners: .* check metrics\.listen_addr/);
});
