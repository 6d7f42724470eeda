/**
 * How shares and blocks become money, whatever database it lies in. Belongs to {@link ledgerSuite}.
 */
import assert from "node:assert/strict";
import { displayHash } from "../../src/base/mod.ts";
import {
  type Epoch,
  minerAccount,
  PICO_PER_ZAT,
  ppsCredit,
  reverseEntry,
  type Scheme,
} from "../../src/money/ledger/mod.ts";
import {
  audit,
  type AuditReport,
  BlockSettler,
  HourCloser,
  RunningHour,
  ShareReader,
  ShareRetention,
} from "../../src/money/books/mod.ts";
import { type ShareRecord } from "../../src/money/records/mod.ts";
import { type SqlDatabase, StorageError } from "../../src/platform/database/mod.ts";
import { readJournal } from "../../src/money/books/audit_journal.ts";
import { type LedgerBench, type LedgerTest, START_MS, transfer } from "./ledger_suite.ts";
import { blockOf, shareOf } from "./store_suite.ts";
import { minerTotalsOf, totalsOf } from "../support/test_store.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What the tests of money work with. */
export class MoneyBench {
  readonly bench: LedgerBench;
  readonly reader: ShareReader;
  readonly closer: HourCloser;
  readonly settler: BlockSettler;
  readonly running: RunningHour;
  #made = 0;

  constructor(bench: LedgerBench) {
    this.bench = bench;
    const { database, clock } = bench;
    this.reader = new ShareReader(database);
    this.closer = new HourCloser({ database, reader: this.reader, clock });
    this.settler = new BlockSettler({ database, reader: this.reader, clock });
    this.running = new RunningHour({ database, reader: this.reader });
  }

  /** Terms from now on. */
  async epoch(
    scheme: Scheme,
    terms: Partial<Pick<Epoch, "feePpm" | "pplnsWindow" | "pplnsWindowUnit">> = {},
  ): Promise<void> {
    const usual = { feePpm: 10_000, pplnsWindow: 100_000, pplnsWindowUnit: "shares" } as const;
    await this.bench.ledger.beginEpoch({ scheme, ...usual, ...terms }, this.bench.clock.now());
  }

  /** A share with so much work, worth nothing by itself. */
  share(minerId: string, work: bigint, changes: Partial<ShareRecord> = {}): ShareRecord {
    return shareOf(this.#made++, {
      minerId,
      target: 2n ** 256n / work - 1n,
      creditPicoZat: 0n,
      timestampMs: this.bench.clock.now(),
      ...changes,
    });
  }

  /** A share as pay per share credits it, with its terms. */
  paidShare(minerId: string, target: bigint, feePpm = 10_000): ShareRecord {
    const terms = { networkTarget: 2n ** 232n - 1n, rewardZat: 41_666_668n, feePpm };
    const creditPicoZat = ppsCredit({
      shareTarget: target,
      networkTarget: terms.networkTarget,
      subsidyZat: terms.rewardZat,
      feePpm,
    });
    return this.share(minerId, 1n, { target, creditPicoZat, terms });
  }

  async write(...shares: ShareRecord[]): Promise<void> {
    await this.bench.store.recordShares(shares);
  }

  /** Miner `finderId` finds block number `n`: its share with so much work, then the block. */
  async find(
    n: number,
    finderId: string,
    work = 1n,
    valueZat = 1_000n,
    share: Partial<ShareRecord> = {},
  ): Promise<Uint8Array> {
    const hash = new Uint8Array(32).fill(9);
    new DataView(hash.buffer).setUint32(0, n);
    const block = blockOf(1, {
      hash,
      height: 3_590_000 + n,
      minerId: finderId,
      foundAtMs: this.bench.clock.now(),
      state: "accepted",
      valueZat,
      feesZat: 0n,
    });
    await this.write(this.share(finderId, work, { ...share, proofId: block.hash, isBlock: true }));
    await this.bench.store.recordBlock(block);
    return block.hash;
  }

  async state(hash: Uint8Array): Promise<string | undefined> {
    const blocks = await this.bench.store.blocks(100);
    return blocks.find((block) => displayHash(block.hash) === displayHash(hash))?.state;
  }

  /** What miners have: `immature/available`. */
  async parts(...minerIds: string[]): Promise<string[]> {
    const parts: string[] = [];
    for (const id of minerIds) {
      const { immature, available } = await this.bench.ledger.miner(id);
      parts.push(`${immature}/${available}`);
    }
    return parts;
  }

  async audit(): Promise<AuditReport> {
    const { database, clock } = this.bench;
    return await audit({ hours: Infinity }, { database, reader: this.reader, clock });
  }

  /** Fails when the audit finds anything. */
  async allHolds(): Promise<void> {
    const { invariants } = await this.audit();
    assert.deepEqual(invariants.filter(({ holds }) => !holds), []);
  }
}

/** Declares the tests of one database. */
export function moneySuite(declare: LedgerTest): void {
  const test = (sentence: string, body: (money: MoneyBench) => Promise<void>): void =>
    declare(sentence, async (bench) => {
      const money = new MoneyBench(bench);
      await body(money);
      await money.allHolds();
    });
  hourTests(test);
  blockTests(test);
  retentionTests(test);
  auditTests(test);
}

type Test = (sentence: string, body: (money: MoneyBench) => Promise<void>) => void;

function hourTests(test: Test): void {
  test("an hour becomes one entry, and fractions are carried on", async (money) => {
    const { clock, ledger } = money.bench;
    await money.epoch("pps");
    // 20,141.60220703125 zatoshis each (payouts reference, section 5.3).
    const target = 2n ** 243n - 1n;
    await money.write(...Array.from({ length: 16 }, () => money.paidShare("a", target)));
    assert.equal(await money.closer.closeDue(), undefined, "the hour before has no shares");
    await clock.advance(HOUR_MS);
    const closed = await money.closer.closeDue();
    assert.deepEqual(closed, {
      hour: START_MS / HOUR_MS,
      from: 0n,
      through: 16n,
      shares: 16,
      miners: 1,
      postedZat: 322_265n,
    });
    assert.equal((await ledger.miner("a")).available, 322_265n);
    assert.equal(await money.closer.closeDue(), undefined, "an hour is closed once");
    // 0.6353125 carried + 20,141.60220703125: the fractions make a whole one.
    await money.write(money.paidShare("a", target));
    await clock.advance(HOUR_MS);
    assert.equal((await money.closer.closeDue())?.postedZat, 20_142n);
    const entries = await money.bench.database.read((tx) =>
      ledger.entriesOf(minerAccount("a", "available"), { fromMs: 0, limit: 10 }, tx)
    );
    assert.deepEqual(entries.map(({ amountZat }) => amountZat), [20_142n, 322_265n]);
  });

  test("a share that is written late is in the next hour, and in one only", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    const late = money.paidShare("a", 2n ** 243n - 1n);
    await money.write(money.paidShare("b", 2n ** 243n - 1n));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await money.write(late, late);
    assert.deepEqual(await money.parts("a", "b"), ["0/0", "0/20141"]);
    await clock.advance(5 * HOUR_MS);
    assert.equal((await money.closer.closeDue())?.hour, START_MS / HOUR_MS + 5);
    assert.deepEqual(await money.parts("a", "b"), ["0/20141", "0/20141"]);
  });

  test("a clock that was ahead when an hour was closed keeps no credit back", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    await money.write(money.paidShare("a", 2n ** 243n - 1n));
    clock.jump(10 * 365 * DAY_MS);
    assert.notEqual(await money.closer.closeDue(), undefined);
    clock.jump(-10 * 365 * DAY_MS);
    await money.write(money.paidShare("b", 2n ** 243n - 1n));
    assert.equal(await money.closer.closeDue(), undefined, "the hour is not over");
    await clock.advance(HOUR_MS);
    assert.notEqual(await money.closer.closeDue(), undefined);
    assert.equal(await money.closer.closeDue(), undefined);
    assert.deepEqual(await money.parts("a", "b"), ["0/20141", "0/20141"]);
    // A clock that is set back within the hour is waited for.
    await clock.advance(HOUR_MS);
    await money.write(money.paidShare("b", 2n ** 243n - 1n));
    clock.jump(-1_000);
    assert.equal(await money.closer.closeDue(), undefined);
  });

  test("a share with a time far ahead keeps no credit back", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    clock.jump(DAY_MS);
    await money.write(money.paidShare("a", 2n ** 243n - 1n));
    clock.jump(-DAY_MS);
    await money.write(money.paidShare("b", 2n ** 243n - 1n));
    await clock.advance(HOUR_MS);
    assert.equal((await money.closer.closeDue())?.shares, 2);
    assert.deepEqual(await money.parts("a", "b"), ["0/20141", "0/20141"]);
  });

  test("two processes that close an hour at once post it once", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pps");
    await money.write(money.paidShare("a", 2n ** 243n - 1n));
    await clock.advance(HOUR_MS);
    const other = new HourCloser({ database, reader: new ShareReader(database), clock });
    const closed = await Promise.all([money.closer.closeDue(), other.closeDue()]);
    assert.equal(closed.filter((hour) => hour !== undefined).length, 1);
    assert.deepEqual(await money.parts("a"), ["0/20141"]);
  });

  test("what is owed counts shares that are not posted yet, once", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    const target = 2n ** 243n - 1n;
    await money.write(money.paidShare("a", target), money.paidShare("b", target));
    const owedZat = async (): Promise<bigint> => {
      await money.running.refresh();
      const { liability } = await money.bench.ledger.summary();
      return liability + money.running.totalPicoZat / PICO_PER_ZAT;
    };
    assert.equal(await owedZat(), 40_283n);
    await money.write(money.paidShare("a", target));
    assert.equal(await owedZat(), 60_424n);
    assert.equal(money.running.of("a"), 40_283_204_414_062_500n);
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await money.write(money.paidShare("b", target));
    // Posted: 40,283 and 20,141; the fractions that are carried on are below one zatoshi each.
    assert.equal(await owedZat(), 40_283n + 20_141n + 20_141n);
    assert.equal(money.running.of("a"), 0n);
  });
}

function blockTests(test: Test): void {
  test("terms that a clock far ahead began hold for the blocks that are found under them", async (money) => {
    const { clock } = money.bench;
    clock.jump(365 * DAY_MS);
    await money.epoch("pplns", { feePpm: 0 });
    clock.jump(-365 * DAY_MS);
    await money.write(money.share("a", 1n));
    await money.settler.credit(await money.find(1, "b"));
    assert.deepEqual(await money.parts("a", "b"), ["500/0", "500/0"]);
    clock.jump(365 * DAY_MS);
    await money.epoch("solo", { feePpm: 0 });
    clock.jump(-365 * DAY_MS);
    await money.settler.credit(await money.find(2, "b"));
    assert.deepEqual(await money.parts("a", "b"), ["500/0", "1500/0"]);
  });

  test("pps: a block is the pool's, through its whole life", async (money) => {
    const { ledger } = money.bench;
    await money.epoch("pps");
    const hash = await money.find(1, "a");
    await money.settler.credit(hash);
    assert.equal((await ledger.summary()).blockIncomeImmature, 1_000n);
    assert.deepEqual(await money.parts("a"), ["0/0"]);
    await money.settler.mature(hash);
    const { blockIncomeMature, poolVariance, liability } = await ledger.summary();
    assert.deepEqual([blockIncomeMature, poolVariance, liability], [1_000n, 1_000n, 0n]);
  });

  test("solo: the finder gets the block less the fee", async (money) => {
    await money.epoch("solo");
    await money.write(money.share("b", 100n));
    await money.settler.credit(await money.find(1, "a"));
    assert.deepEqual(await money.parts("a", "b"), ["990/0", "0/0"]);
  });

  test("pplns: the last shares up to the block's, weighed by their work", async (money) => {
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: 3 });
    await money.write(money.share("b", 100n), money.share("a", 2n), money.share("b", 2n));
    const hash = await money.find(1, "a", 4n, 800n);
    await money.write(money.share("c", 1_000n));
    await money.settler.credit(hash);
    // Newest first: A 4, B 2, A 2; B's 100 are outside, C came after the block.
    assert.deepEqual(await money.parts("a", "b", "c"), ["600/0", "200/0", "0/0"]);
  });

  test("pplns: a window longer than one piece of reading is exact", async (money) => {
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: 9_001 });
    for (let n = 0; n < 10; n++) {
      await money.write(...Array.from({ length: 1_000 }, () => money.share(`m${n}`, 1n)));
    }
    const hash = await money.find(1, "finder", 1n, 9_001n);
    await money.settler.credit(hash);
    const ids = Array.from({ length: 10 }, (_, n) => `m${n}`);
    assert.deepEqual(await money.parts(...ids, "finder"), [
      "0/0",
      ...Array.from({ length: 9 }, () => "1000/0"),
      "1/0",
    ]);
  });

  test("prop: rounds do not overlap, an orphaned round goes to the next block", async (money) => {
    await money.epoch("prop", { feePpm: 0 });
    await money.write(money.share("a", 3n));
    const first = await money.find(1, "b", 1n, 400n);
    await money.settler.credit(first);
    assert.deepEqual(await money.parts("a", "b"), ["300/0", "100/0"]);
    await money.settler.orphan(first, "gone");
    assert.deepEqual(await money.parts("a", "b"), ["0/0", "0/0"]);
    await money.write(money.share("c", 3n));
    await money.settler.credit(await money.find(2, "c", 1n, 800n));
    assert.deepEqual(await money.parts("a", "b", "c"), ["300/0", "100/0", "400/0"]);
    await money.settler.credit(await money.find(3, "c", 1n, 10n));
    assert.deepEqual(await money.parts("a", "b", "c"), ["300/0", "100/0", "410/0"]);
  });

  test("prop: blocks credited at once or out of their order divide every share", async (money) => {
    await money.epoch("prop", { feePpm: 0 });
    await money.write(money.share("a", 1n));
    const first = await money.find(1, "a", 1n, 100n);
    await money.write(money.share("b", 1n));
    const second = await money.find(2, "b", 1n, 100n);
    await Promise.all([money.settler.credit(second), money.settler.credit(first)]);
    // The later block took both rounds; the earlier one is divided like the round it lies in.
    assert.deepEqual(await money.parts("a", "b"), ["100/0", "100/0"]);
  });

  test("accounts are opened before the transactions that move a block's money", async (money) => {
    const { database, clock } = money.bench;
    const statements: string[][] = [];
    const watched: SqlDatabase = {
      kind: database.kind,
      read: (work) => database.read(work),
      write: (work) => database.write(work),
      close: () => database.close(),
      transaction: (work) => {
        const own: string[] = [];
        statements.push(own);
        return database.transaction((tx) =>
          work({
            kind: tx.kind,
            query: (sql, parameters) => (own.push(sql), tx.query(sql, parameters)),
            execute: (sql, parameters) => (own.push(sql), tx.execute(sql, parameters)),
          })
        );
      },
    };
    const settler = new BlockSettler({ database: watched, reader: money.reader, clock });
    await money.epoch("pplns");
    await money.write(...["a", "b", "c"].map((miner) => money.share(miner, 2n)));
    const hash = await money.find(1, "d", 2n);
    await settler.credit(hash);
    await settler.mature(hash);
    const [posts, opens] = [/INTO journal_entry/, /INTO journal_account/].map((form) =>
      statements.filter((own) => own.some((sql) => form.test(sql)))
    );
    assert.equal(posts?.length, 2);
    assert.equal(opens?.length, 2);
    assert.deepEqual(posts?.filter((own) => opens?.includes(own)), []);
    assert.deepEqual(await money.parts("a", "d"), ["0/248", "0/247"]);
  });
  test("every step of a block counts once, back and forth exactly", async (money) => {
    await money.epoch("pplns");
    await money.write(money.share("a", 1n), money.share("b", 1n), money.share("c", 1n));
    const hash = await money.find(1, "a", 1n);
    const { settler } = money;
    const twice = async (step: () => Promise<void>, state: string, parts: string[]) => {
      await step();
      await step();
      assert.equal(await money.state(hash), state);
      assert.deepEqual(await money.parts("a", "b", "c"), parts);
      await money.allHolds();
    };
    const credited = ["495/0", "248/0", "247/0"];
    const due = ["0/495", "0/248", "0/247"];
    const nothing = ["0/0", "0/0", "0/0"];
    await twice(() => settler.credit(hash), "immature", credited);
    await twice(() => settler.orphan(hash, "gone"), "orphaned", nothing);
    await twice(() => settler.giveBack(hash), "immature", credited);
    await twice(() => settler.orphan(hash, "gone again"), "orphaned", nothing);
    await twice(() => settler.giveBack(hash), "immature", credited);
    await twice(() => settler.mature(hash), "mature", due);
    // A deep reorganisation: the pool bears it, and nobody is made to owe.
    await twice(() => settler.orphan(hash, "lost"), "orphaned", due);
    assert.equal((await money.bench.ledger.summary()).poolVariance, -1_000n);
    await twice(() => settler.giveBack(hash), "mature", due);
    assert.equal((await money.bench.ledger.summary()).poolVariance, 0n);
    await twice(() => settler.orphan(hash, "lost again"), "orphaned", due);
  });

  test("a block that was never divided is orphaned and returns", async (money) => {
    await money.epoch("solo", { feePpm: 0 });
    const hash = await money.find(1, "a");
    await money.settler.orphan(hash, "gone");
    assert.deepEqual(await money.parts("a"), ["0/0"]);
    await money.settler.giveBack(hash);
    assert.equal(await money.state(hash), "immature");
    assert.deepEqual(await money.parts("a"), ["1000/0"]);
  });

  test("a block that a node refused, or none spoke of, is divided when the chain has it", async (money) => {
    await money.epoch("solo", { feePpm: 0 });
    const { store } = money.bench;
    const hashes = [await money.find(1, "a"), await money.find(2, "b")];
    await store.updateBlock(hashes[0] ?? new Uint8Array(), "rejected", "a passing trouble");
    await store.updateBlock(hashes[1] ?? new Uint8Array(), "submitted");
    const watched = await money.settler.watched(0, 10);
    assert.deepEqual(watched.map(({ state }) => state), ["rejected", "submitted"]);
    // There is nothing to take back of what was refused.
    await money.settler.orphan(hashes[0] ?? new Uint8Array(), "another one is there");
    for (const hash of hashes) {
      await money.settler.credit(hash);
      assert.equal(await money.state(hash), "immature");
    }
    assert.deepEqual(await money.parts("a", "b"), ["1000/0", "1000/0"]);
  });

  test("a late word of a node does not divide a block twice", async (money) => {
    await money.epoch("solo", { feePpm: 0 });
    const hash = await money.find(1, "a");
    await Promise.all([money.settler.credit(hash), money.settler.credit(hash)]);
    await money.bench.store.updateBlock(hash, "accepted", "late");
    await money.settler.credit(hash);
    assert.deepEqual(await money.parts("a"), ["1000/0"]);
  });

  test("a block waits for its share, but not for ever", async (money) => {
    const { clock, store } = money.bench;
    await money.epoch("pplns", { feePpm: 0 });
    await money.write(money.share("b", 1n));
    const block = blockOf(1, { minerId: "a", foundAtMs: clock.now(), state: "accepted" });
    await store.recordBlock(block);
    await assert.rejects(
      money.settler.credit(block.hash),
      (error: unknown) => error instanceof StorageError && error.code === "busy",
    );
    await clock.advance(60_000);
    await money.settler.credit(block.hash);
    assert.deepEqual(await money.parts("a", "b"), ["0/0", `${block.valueZat}/0`]);
  });

  test("watched blocks are those whose fate may still change", async (money) => {
    await money.epoch("solo");
    const hashes: Uint8Array[] = [];
    for (const n of [1, 2, 3, 4]) hashes.push(await money.find(n, "a"));
    const [first, second, third] = hashes as [Uint8Array, Uint8Array, Uint8Array];
    await money.settler.credit(first);
    await money.settler.credit(second);
    await money.settler.mature(second);
    await money.settler.orphan(third, "gone");
    const states = async (from: number, limit = 10) =>
      (await money.settler.watched(from, limit)).map(({ state, height }) =>
        `${height - 3_590_000} ${state}`
      );
    assert.deepEqual(await states(0), ["1 immature", "2 mature", "3 orphaned", "4 accepted"]);
    assert.deepEqual(await states(3_590_003), ["1 immature", "3 orphaned", "4 accepted"]);
    assert.deepEqual(await states(0, 2), ["1 immature", "2 mature"]);
    // A pool that was away for a thousand blocks has yet to credit what it found before.
    assert.deepEqual(await states(3_600_000), ["1 immature", "4 accepted"]);
  });

  test("a block whose value could not be read is not watched: nothing is paid from it", async (money) => {
    const { clock, store } = money.bench;
    await money.epoch("solo");
    const made = { minerId: "a", foundAtMs: clock.now(), valueZat: 0n, feesZat: 0n } as const;
    await store.recordBlock(blockOf(1, { ...made, state: "accepted" }));
    await store.recordBlock(blockOf(2, { ...made, state: "rejected" }));
    assert.deepEqual(await money.settler.watched(0, 10), []);
  });

  test("a block that a killed pool left as submitted is credited, or orphaned", async (money) => {
    const { clock, store } = money.bench;
    await money.epoch("solo", { feePpm: 0 });
    const left = { minerId: "a", foundAtMs: clock.now(), state: "submitted" } as const;
    const [kept, gone] = [blockOf(1, left), blockOf(2, left)];
    for (const block of [kept, gone]) await store.recordBlock(block);
    const watched = await money.settler.watched(kept.height + 5_000, 10);
    assert.deepEqual(watched.map(({ state }) => state), ["submitted", "submitted"]);
    await clock.advance(60_000);
    await money.settler.credit(kept.hash);
    await money.settler.orphan(gone.hash, "gone");
    assert.deepEqual(await money.parts("a"), [`${kept.valueZat}/0`]);
    assert.deepEqual(
      [await money.state(kept.hash), await money.state(gone.hash)],
      ["immature", "orphaned"],
    );
    await money.allHolds();
  });

  test("a clock that is set back changes neither a block's terms nor its waiting", async (money) => {
    const { clock, store } = money.bench;
    await money.epoch("pplns", { feePpm: 0 });
    await money.write(money.share("a", 1n));
    const early = { minerId: "b", foundAtMs: 1_000, state: "accepted" } as const;
    const block = blockOf(1, { ...early, valueZat: 1_000n, feesZat: 0n });
    await money.write(money.share("b", 1n, { proofId: block.hash, isBlock: true }));
    await store.recordBlock(block);
    await money.settler.credit(block.hash);
    assert.deepEqual(await money.parts("a", "b"), ["500/0", "500/0"], "not the pool's alone");
    // Found a year ahead by a clock that was put right afterwards, and its share was refused.
    const foundAtMs = clock.now() + 365 * 24 * HOUR_MS;
    const ahead = blockOf(2, { ...early, foundAtMs, valueZat: 1_000n, feesZat: 0n });
    await store.recordBlock(ahead);
    await money.settler.credit(ahead.hash);
    assert.deepEqual(await money.parts("a", "b"), ["1000/0", "1000/0"]);
  });

  test("a change of terms divides nothing by other terms", async (money) => {
    const { clock } = money.bench;
    await money.epoch("pps");
    await money.write(money.paidShare("a", 2n ** 243n - 1n));
    const before = await money.find(1, "a");
    await clock.advance(1_000);
    await money.epoch("pplns", { feePpm: 500_000 });
    await money.write(money.share("b", 1n));
    const after = await money.find(2, "b");
    await money.settler.credit(before);
    await money.settler.credit(after);
    // What was paid for as it came is no part of the first window.
    assert.deepEqual(await money.parts("a", "b"), ["0/0", "500/0"]);
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    assert.deepEqual(await money.parts("a", "b"), ["0/20141", "500/0"]);
  });
}

function retentionTests(test: Test): void {
  test("old share rows go, sums and money stay, the window is never touched", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("pplns", { feePpm: 0, pplnsWindow: 5 });
    const target = 2n ** 243n - 1n;
    for (let hour = 0; hour < 3; hour++) {
      await money.write(...Array.from({ length: 10 }, () => money.paidShare("a", target)));
      await clock.advance(HOUR_MS);
      await money.closer.closeDue();
    }
    const sums = async () => [await totalsOf(database), await minerTotalsOf(database, "a")];
    const before = await sums();
    const retention = new ShareRetention({ days: 7 }, { database, clock });
    const rows = () =>
      database.read(async (tx) =>
        Number((await tx.query("SELECT count(*) AS n FROM share"))[0]?.n)
      );
    const removeAll = async () => {
      while ((await retention.removePiece()).more);
    };
    await clock.advance(7 * DAY_MS - 3 * HOUR_MS);
    await removeAll();
    assert.equal(await rows(), 30, "within the days nothing goes");
    await clock.advance(5 * HOUR_MS);
    await removeAll();
    // The last five shares are the window, and they lie in the third hour, which stays as a whole.
    if (database.kind === "sqlite") assert.equal(await rows(), 10);
    assert.deepEqual(await sums(), before);
    await money.allHolds();
    await money.write(...Array.from({ length: 6 }, () => money.paidShare("b", target)));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await clock.advance(8 * DAY_MS);
    await removeAll();
    assert.equal(await rows(), 6);
    assert.equal((await totalsOf(database)).shares, 36);
    assert.deepEqual((await minerTotalsOf(database, "a"))?.shares, 30);
    // Row ids go on where they were: the next hour takes only what is new.
    await money.write(money.paidShare("c", target));
    await clock.advance(HOUR_MS);
    assert.equal((await money.closer.closeDue())?.shares, 1);
  });

  test("shares that a block is still to be divided by stay", async (money) => {
    const { clock, database } = money.bench;
    await money.epoch("prop", { feePpm: 0, pplnsWindow: 1 });
    await money.write(money.share("a", 1n), money.share("b", 1n));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    await clock.advance(8 * DAY_MS);
    const retention = new ShareRetention({ days: 7 }, { database, clock });
    while ((await retention.removePiece()).more);
    const hash = await money.find(1, "a", 2n, 400n);
    await money.settler.credit(hash);
    assert.deepEqual(await money.parts("a", "b"), ["300/0", "100/0"]);
  });
}

/** A change that no part of the program makes, and the invariant that must notice it. */
const TAMPERING: readonly (readonly [string, string])[] = [
  [
    "UPDATE journal_line SET amount_zat = amount_zat + 1 WHERE amount_zat > 0",
    "entries-sum-to-zero",
  ],
  ["DELETE FROM journal_line WHERE amount_zat > 0", "accounts-sum-to-zero"],
  [
    "UPDATE journal_account SET balance_zat = balance_zat + 1 WHERE part = 'available'",
    "balances-equal-journal",
  ],
  ["UPDATE share SET credit_zat = credit_zat + 1", "credits-equal-terms"],
  ["UPDATE share SET credit_zat = credit_zat + 1", "hours-equal-share-rows"],
  ["DELETE FROM share WHERE id = 2", "hours-equal-share-rows"],
  ["UPDATE miner_hour SET shares = shares + 1", "hours-equal-share-rows"],
  ["UPDATE miner_hour SET credit_zat = credit_zat + 1", "posted-equals-credited"],
  ["UPDATE miner_carry SET carry_pico = 0", "posted-equals-credited"],
  ["UPDATE share_hour SET from_share = 1", "hours-cover-shares-once"],
  ["UPDATE block SET value_zat = value_zat + 1", "block-credits-equal-reward"],
  ["UPDATE block SET state = 'orphaned'", "block-income-equals-blocks"],
  ["DELETE FROM block_settlement", "block-credits-equal-reward"],
];

function auditTests(test: Test): void {
  test("the audit keeps nothing of a block's miners, and notices what an orphan left", async (money) => {
    const { database, ledger } = money.bench;
    await money.epoch("pplns", { feePpm: 0 });
    await money.write(...Array.from({ length: 50 }, (_, n) => money.share(`miner ${n}`, 1n)));
    const hash = await money.find(1, "a", 1n, 51n);
    await money.settler.credit(hash);
    const { blocks, accounts } = await database.read(readJournal);
    assert.deepEqual([...blocks], [[displayHash(hash), { immature: -51n, mature: 0n }]]);
    assert.equal(accounts.size, 52);
    await money.settler.orphan(hash, "gone");
    await money.allHolds();
    // One miner is left with what another one lost.
    const id = `block:${displayHash(hash)}:slip`;
    const give = transfer(id, "pool-variance", minerAccount("a", "immature"), 1n);
    await ledger.post(give);
    const { invariants } = await money.audit();
    const broken = invariants.find(({ holds }) => !holds);
    assert.equal(broken?.name, "block-credits-equal-reward");
    assert.deepEqual(broken?.faults, [
      `orphaned block ${displayHash(hash)} left 1 in miner:a:immature`,
      `orphaned block ${displayHash(hash)} left -1 in pool-variance`,
    ]);
    await ledger.post(reverseEntry(give, { id: `${id}:back`, atMs: 0, reason: "test" }));
  });

  test("the audit names every invariant with its figure", async (money) => {
    const { invariants, holds } = await money.audit();
    assert.equal(holds, true);
    assert.deepEqual(invariants.map(({ name }) => name), [
      "entries-sum-to-zero",
      "accounts-sum-to-zero",
      "balances-equal-journal",
      "nobody-below-zero",
      "payouts-move-and-never-make",
      "block-credits-equal-reward",
      "block-income-equals-blocks",
      "hours-cover-shares-once",
      "posted-equals-credited",
      "hours-equal-share-rows",
      "credits-equal-terms",
      "reserved-equals-live-payouts",
      "paid-equals-settled-payouts",
      "coinbases-equal-splits",
    ]);
    for (const { figure } of invariants) assert.match(figure, /\d/);
  });

  test("the audit notices whatever is changed behind the journal's back", async (money) => {
    const { clock, database, ledger } = money.bench;
    await money.epoch("pps");
    const target = 2n ** 243n - 1n;
    await money.write(money.paidShare("a", target), money.paidShare("b", target - 5n));
    await money.settler.credit(await money.find(1, "a"));
    await clock.advance(HOUR_MS);
    await money.closer.closeDue();
    assert((await ledger.miner("a")).available > 0n);
    class Undo extends Error {}
    for (const [sql, name] of TAMPERING) {
      const undone = database.transaction(async (tx) => {
        // Whoever owns the database can do this; the audit is what is left then.
        for (const table of ["journal_line", "journal_entry"]) {
          if (database.kind === "postgres") {
            await tx.execute(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
          } else {
            await tx.execute(`DROP TRIGGER ${table}_no_update`);
            await tx.execute(`DROP TRIGGER ${table}_no_delete`);
          }
        }
        assert((await tx.execute(sql)) > 0, sql);
        const { invariants } = await audit({ hours: Infinity }, {
          database: {
            ...database,
            kind: database.kind,
            read: (work) => work(tx),
          } as typeof database,
          reader: money.reader,
          clock,
        });
        const broken = invariants.filter(({ holds }) => !holds);
        assert(broken.some((invariant) => invariant.name === name), `${sql}: ${name}`);
        assert(broken.every(({ faults }) => faults.length > 0));
        throw new Undo();
      });
      await assert.rejects(undone, Undo);
    }
  });
}
