/**
 * Random histories of a pool's money: whatever happens in whatever order, what must hold holds
 * after each step. The model beside the journal keeps only who was credited by what, and shares no
 * code with it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  blockFound,
  blockMatured,
  blockOrphaned,
  blockReturned,
  distribute,
  type Distribution,
  type JournalEntry,
  matureBlockLost,
  matureBlockRegained,
  payoutReleased,
  payoutReserved,
  payoutSettled,
  ppsBlockFound,
} from "../../src/money/ledger/mod.ts";
import { Balances } from "../support/reference_balances.ts";
import { Journal, ppsHourPosted } from "../support/reference_journal.ts";

const MINERS = ["A", "B", "C", "t1:odd"];

interface ModelBlock {
  readonly hash: string;
  readonly found: JournalEntry;
  /** Nothing under pay per share, where blocks credit nobody. */
  readonly distribution: Distribution | undefined;
  readonly valueZat: bigint;
  state: "immature" | "orphaned" | "mature" | "lost";
  rounds: number;
}

interface ModelPayout {
  readonly payoutId: string;
  readonly minerId: string;
  readonly amountZat: bigint;
  readonly atMs: number;
  state: "reserved" | "settled" | "released";
}

/** The pool's money as a list of facts. */
class Model {
  readonly journal = new Journal();
  readonly blocks: ModelBlock[] = [];
  readonly payouts: ModelPayout[] = [];
  readonly ppsZat = new Map<string, bigint>();
  readonly carry = new Map<string, bigint>();
  readonly posted: JournalEntry[] = [];
  hour = 0;

  post(entry: JournalEntry): void {
    assert.equal(this.journal.post(entry), "posted");
    this.posted.push(entry);
  }

  earned(minerId: string): bigint {
    const fromBlocks = this.blocks.filter(({ state }) => state !== "orphaned")
      .flatMap(({ distribution }) => distribution?.parts ?? [])
      .filter((part) => part.minerId === minerId)
      .reduce((sum, { amountZat }) => sum + amountZat, 0n);
    return fromBlocks + (this.ppsZat.get(minerId) ?? 0n);
  }

  sumOfPayouts(minerId: string, state: ModelPayout["state"]): bigint {
    return this.payouts.filter((payout) => payout.minerId === minerId && payout.state === state)
      .reduce((sum, { amountZat }) => sum + amountZat, 0n);
  }

  /** The invariants of the payouts reference, section 7, rules 3 and 4. */
  check(): void {
    const { balances } = this.journal;
    assert.deepEqual(balances.faults(), []);
    for (const minerId of MINERS) {
      const { immature, available, reserved, paid } = balances.miner(minerId);
      assert.equal(immature + available + reserved + paid, this.earned(minerId), minerId);
      assert.equal(reserved, this.sumOfPayouts(minerId, "reserved"), minerId);
      assert.equal(paid, this.sumOfPayouts(minerId, "settled"), minerId);
    }
    const income = this.blocks.filter(({ state }) => state === "immature" || state === "mature")
      .reduce((sum, { valueZat }) => sum + valueZat, 0n);
    const held = balances.of("block-income:immature") + balances.of("block-income:mature");
    assert.equal(-held, income);
    assert.deepEqual(Balances.of(this.journal.entries()).all(), balances.all());
  }
}

const pick = <T>(items: readonly T[], n: number): T | undefined => items[n % items.length];

type Step = (model: Model) => void;

const found: fc.Arbitrary<Step> = fc.record({
  valueZat: fc.bigInt(1n, 10n ** 9n),
  feePpm: fc.constantFrom(0, 5_000, 10_000, 1_000_000),
  weights: fc.array(fc.bigInt(0n, 1n << 40n), { minLength: 4, maxLength: 4 }),
  pps: fc.boolean(),
}).map(({ valueZat, feePpm, weights, pps }) => (model) => {
  const hash = `block-${model.blocks.length}`;
  const at = { hash, atMs: model.blocks.length };
  const distribution = pps ? undefined : distribute(
    valueZat,
    feePpm,
    MINERS.map((minerId, i) => ({ minerId, weight: weights[i] ?? 0n })),
  );
  const entry = distribution === undefined
    ? ppsBlockFound(at, valueZat)
    : blockFound(at, distribution);
  model.post(entry);
  model.blocks.push({ hash, found: entry, distribution, valueZat, state: "immature", rounds: 0 });
});

/** Moves some block along one of the ways that its state allows. */
const blockMoves: fc.Arbitrary<Step> = fc.tuple(fc.nat(), fc.boolean()).map(
  ([n, turn]) => (model) => {
    const block = pick(model.blocks, n);
    if (block === undefined) return;
    const at = { hash: block.hash, atMs: 1 };
    if (block.state === "immature" && turn) {
      model.post(blockMatured(at, block.found));
      block.state = "mature";
    } else if (block.state === "immature") {
      model.post(blockOrphaned(at, block.found, ++block.rounds));
      block.state = "orphaned";
    } else if (block.state === "orphaned") {
      model.post(blockReturned(at, block.found, block.rounds));
      block.state = "immature";
    } else if (block.state === "mature") {
      model.post(matureBlockLost(at, block.valueZat, ++block.rounds));
      block.state = "lost";
    } else {
      model.post(matureBlockRegained(at, block.valueZat, block.rounds));
      block.state = "mature";
    }
  },
);

const ppsHour: fc.Arbitrary<Step> = fc.record({
  miner: fc.nat(),
  creditPicoZat: fc.bigInt(0n, 10n ** 20n),
}).map(({ miner, creditPicoZat }) => (model) => {
  const minerId = pick(MINERS, miner) as string;
  const carryPicoZat = model.carry.get(minerId) ?? 0n;
  const hour = model.hour++;
  const posted = ppsHourPosted({ minerId, hour, creditPicoZat, carryPicoZat, atMs: hour });
  model.carry.set(minerId, posted.carryPicoZat);
  if (posted.entry === undefined) return;
  model.post(posted.entry);
  const zat = (carryPicoZat + creditPicoZat) / 10n ** 12n;
  model.ppsZat.set(minerId, (model.ppsZat.get(minerId) ?? 0n) + zat);
});

const reserve: fc.Arbitrary<Step> = fc.record({
  miner: fc.nat(),
  /** In thousandths of what is available; more than 1,000 has to be refused. */
  part: fc.bigInt(1n, 1_200n),
}).map(({ miner, part }) => (model) => {
  const minerId = pick(MINERS, miner) as string;
  const { available } = model.journal.balances.miner(minerId);
  const amountZat = available * part / 1_000n;
  if (amountZat === 0n) return;
  const payout = { payoutId: `${model.payouts.length}`, minerId, amountZat, atMs: 1 };
  if (amountZat > available) {
    assert.throws(() => model.journal.post(payoutReserved(payout)));
    return;
  }
  model.post(payoutReserved(payout));
  model.payouts.push({ ...payout, state: "reserved" });
});

const endPayout: fc.Arbitrary<Step> = fc.tuple(fc.nat(), fc.boolean()).map(
  ([n, settle]) => (model) => {
    const payout = pick(model.payouts, n);
    if (payout === undefined) return;
    const entry = settle ? payoutSettled(payout) : payoutReleased(payout);
    const end = settle ? "settled" : "released";
    if (payout.state === "reserved") {
      model.post(entry);
      payout.state = end;
    } else if (payout.state === end) assert.equal(model.journal.post(entry), "exists");
    else assert.throws(() => model.journal.post(entry));
  },
);

/** What was posted at any time before is posted again, as after a crash. */
const repeat: fc.Arbitrary<Step> = fc.nat().map((n) => (model) => {
  const entry = pick(model.posted, n);
  if (entry !== undefined) assert.equal(model.journal.post(entry), "exists");
});

Deno.test("journal: all invariants hold after each step of any history", () => {
  const step = fc.oneof(
    found,
    blockMoves,
    ppsHour,
    ppsHour,
    reserve,
    reserve,
    endPayout,
    endPayout,
    repeat,
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), (steps) => {
      const model = new Model();
      for (const run of steps) {
        run(model);
        model.check();
      }
    }),
    { numRuns: 100 },
  );
});
