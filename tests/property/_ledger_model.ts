/**
 * A small model of the ledger: what shares, hours, blocks and payouts should come to, said in the
 * plainest way, and events that are applied to it and to the stored ledger alike.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  distribute,
  JournalError,
  payoutReleased,
  payoutReserved,
  payoutSettled,
  PICO_PER_ZAT,
  type Scheme,
  soloWeights,
  type WindowUnit,
} from "../../src/money/ledger/mod.ts";
import type { ShareRecord } from "../../src/money/records/mod.ts";
import type { SqlDatabase, SqlSession } from "../../src/platform/database/mod.ts";
import type { MoneyBench } from "../compliance/money_suite.ts";

const HOUR_MS = 3_600_000;
const MINERS = ["a", "b", "c:d", "t1VydNnkjBzfL1iAMyUbwGKJAF7PgvuCfMY"] as const;

/** Something that happens to a pool. */
export type PoolEvent =
  | { readonly kind: "shares"; readonly shares: readonly { miner: number; work: number }[] }
  | { readonly kind: "repeat" }
  | { readonly kind: "block"; readonly miner: number; readonly value: number }
  | { readonly kind: "credit" | "mature" | "orphan" | "giveBack"; readonly block: number }
  | { readonly kind: "hour"; readonly hours: number }
  | {
    readonly kind: "epoch";
    readonly scheme: Scheme;
    readonly feePpm: number;
    readonly unit: WindowUnit;
  }
  | { readonly kind: "reserve"; readonly miner: number; readonly zat: number }
  | { readonly kind: "settle" | "release"; readonly payout: number };

const miner = fc.nat(MINERS.length - 1);

/** Any event; numbers pick among what there is. */
export const anyEvent: fc.Arbitrary<PoolEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("shares" as const),
      shares: fc.array(fc.record({ miner, work: fc.integer({ min: 1, max: 40 }) }), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "repeat" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("block" as const),
      miner,
      value: fc.integer({ min: 1, max: 100_000_000 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom("credit", "mature", "orphan", "giveBack"),
      block: fc.nat(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("hour" as const),
      hours: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("epoch" as const),
      scheme: fc.constantFrom("pps", "pplns", "prop", "solo"),
      feePpm: fc.constantFrom(0, 10_000, 333_333, 1_000_000),
      unit: fc.constantFrom("shares", "difficulty"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("reserve" as const),
      miner,
      zat: fc.integer({ min: 1, max: 1_000_000 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom("settle", "release"), payout: fc.nat() }),
  },
);

interface ModelBlock {
  readonly hash: Uint8Array;
  readonly value: bigint;
  readonly finder: string;
  readonly epoch: ModelEpoch;
  /** Solutions that the network expects for a block, where the block's share tells. */
  readonly networkWork: bigint;
  /** Shares up to and including its own. */
  readonly through: number;
  state: "accepted" | "immature" | "mature" | "orphaned";
  /** What was credited; undefined while the reward is not divided. */
  parts?: { readonly minerId: string; readonly amountZat: bigint }[];
  matured: boolean;
}

interface ModelEpoch {
  readonly scheme: Scheme;
  readonly feePpm: number;
  readonly unit: WindowUnit;
  /** Where the shares of the scheme begin. */
  readonly from: number;
}

interface ModelRound {
  readonly from: number;
  readonly to: number;
  /** Index of its block; -1 when that was orphaned. */
  block: number;
  /** The block that it was taken from, while no other has it. */
  freedBy?: number;
}

interface ModelPayout {
  readonly payoutId: string;
  readonly minerId: string;
  readonly amountZat: bigint;
  ended: boolean;
}

/** PPLNS window of all tests here, in shares or blocks: short, so that it is passed. */
const WINDOW = 7;

/** Applies events to a stored ledger and to the model, and compares both. */
export class LedgerModel {
  readonly #money: MoneyBench;
  readonly #shares: { minerId: string; work: bigint; pico: bigint }[] = [];
  readonly #blocks: ModelBlock[] = [];
  readonly #payouts: ModelPayout[] = [];
  readonly #balances = new Map<string, bigint>();
  readonly #carries = new Map<string, bigint>();
  /** For `prop`: which shares are divided for which block, by its index; orphaned ones for none. */
  readonly #rounds: ModelRound[] = [];
  readonly #roundsOf = new Map<number, ModelRound[]>();
  readonly #freeRounds = new Set<ModelRound>();
  #epoch: ModelEpoch = { scheme: "pps", feePpm: 10_000, unit: "shares", from: 0 };
  #posted = 0;
  #lastBatch: ShareRecord[] = [];

  constructor(money: MoneyBench) {
    this.#money = money;
  }

  /** Begins as every pool does: with terms. */
  async begin(): Promise<void> {
    await this.#again(() => this.#money.epoch("pps", { feePpm: 10_000, pplnsWindow: WINDOW }));
  }

  /** Lets an event happen in both worlds. */
  async apply(event: PoolEvent): Promise<void> {
    switch (event.kind) {
      case "shares":
        return await this.#write(event.shares);
      case "repeat":
        return await this.#again(() => this.#money.write(...this.#lastBatch));
      case "block":
        return await this.#find(MINERS[event.miner] ?? "a", BigInt(event.value));
      case "credit":
      case "mature":
      case "orphan":
      case "giveBack":
        return await this.#step(event.kind, event.block);
      case "hour":
        return await this.#passHours(event.hours);
      case "epoch":
        return await this.#change(event);
      case "reserve":
        return await this.#reserve(MINERS[event.miner] ?? "a", BigInt(event.zat));
      case "settle":
      case "release":
        return await this.#end(event.kind, event.payout);
    }
  }

  /** Fails when the stored ledger says otherwise than the model. */
  async compare(): Promise<void> {
    const { ledger } = this.#money.bench;
    const balances = await this.#again(() => ledger.balances());
    const stored = new Map(
      balances.map(({ account, amountZat }) => [account as string, amountZat]),
    );
    const expected = new Map([...this.#balances].filter(([, zat]) => zat !== 0n));
    const sorted = (map: Map<string, bigint>) => [...map].sort(([a], [b]) => a < b ? -1 : 1);
    assert.deepEqual(sorted(stored), sorted(expected));
  }

  /** Repeats what failed by an injected fault, as every caller of the ledger does. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        if (!(thrown instanceof InjectedFault)) throw thrown;
      }
    }
  }

  /** The same for a movement that the journal may refuse. */
  async #post(work: () => Promise<void>): Promise<"posted" | "refused"> {
    try {
      await this.#again(work);
      return "posted";
    } catch (thrown) {
      if (thrown instanceof JournalError) return "refused";
      throw thrown;
    }
  }

  #move(account: string, zat: bigint): void {
    this.#balances.set(account, (this.#balances.get(account) ?? 0n) + zat);
  }

  async #write(shares: readonly { miner: number; work: number }[]): Promise<void> {
    const paid = this.#epoch.scheme === "pps";
    this.#lastBatch = shares.map(({ miner, work }) => {
      const minerId = MINERS[miner] ?? "a";
      return paid
        ? this.#money.paidShare(minerId, 2n ** 243n / BigInt(work), this.#epoch.feePpm)
        : this.#money.share(minerId, BigInt(work));
    });
    for (const { minerId, target, creditPicoZat } of this.#lastBatch) {
      this.#shares.push({
        minerId,
        work: 2n ** 256n / (target + 1n),
        pico: creditPicoZat,
      });
    }
    await this.#again(() => this.#money.write(...this.#lastBatch));
  }

  async #find(finder: string, value: bigint): Promise<void> {
    const number = this.#blocks.length + 1;
    const networkWork = BigInt(1 + number * 7 % 20);
    const terms = {
      networkTarget: 2n ** 256n / networkWork - 1n,
      rewardZat: 0n,
      feePpm: this.#epoch.feePpm,
    };
    const share = this.#epoch.scheme === "pplns" ? { terms } : {};
    const hash = await this.#money.find(number, finder, 2n, value, share);
    this.#shares.push({ minerId: finder, work: 2n, pico: 0n });
    const through = this.#shares.length;
    this.#blocks.push({
      hash,
      value,
      finder,
      epoch: this.#epoch,
      networkWork,
      through,
      state: "accepted",
      matured: false,
    });
  }

  async #step(kind: "credit" | "mature" | "orphan" | "giveBack", pick: number): Promise<void> {
    if (this.#blocks.length === 0) return;
    const index = pick % this.#blocks.length;
    const block = this.#blocks[index] as ModelBlock;
    const { settler } = this.#money;
    await this.#again(() =>
      kind === "orphan" ? settler.orphan(block.hash, "test") : settler[kind](block.hash)
    );
    if (kind === "credit" && block.state === "accepted") this.#divide(index);
    else if (kind === "giveBack" && block.state === "orphaned") this.#return(index);
    else if (kind === "mature" && block.state === "immature") this.#mature(block);
    else if (kind === "orphan" && block.state !== "orphaned") this.#orphan(index);
  }

  #divide(index: number): void {
    const block = this.#blocks[index] as ModelBlock;
    block.parts = this.#partsOf(index);
    block.state = "immature";
    this.#found(block, 1n);
  }

  #partsOf(index: number): { minerId: string; amountZat: bigint }[] {
    const { epoch, value, through, finder, networkWork } = this.#blocks[index] as ModelBlock;
    if (epoch.scheme === "pps") return [];
    if (epoch.scheme === "solo") {
      return distribute(value, epoch.feePpm, soloWeights(finder)).parts.slice();
    }
    const byWork = epoch.scheme === "pplns" && epoch.unit === "difficulty";
    const indexes = epoch.scheme === "pplns"
      ? range(byWork ? epoch.from : Math.max(epoch.from, through - WINDOW), through)
      : this.#round(index);
    let left = byWork ? BigInt(WINDOW) * networkWork : 2n ** 256n;
    const weights = new Map<string, bigint>();
    for (const at of indexes.toReversed()) {
      const { minerId, work } = this.#shares[at] as { minerId: string; work: bigint };
      const part = work < left ? work : left;
      if (part > 0n) weights.set(minerId, (weights.get(minerId) ?? 0n) + part);
      left -= part;
    }
    const list = [...weights].map(([minerId, weight]) => ({ minerId, weight }));
    return distribute(value, epoch.feePpm, list.length > 0 ? list : soloWeights(finder)).parts
      .slice();
  }

  /** The shares up to the block's that no block has; or those of the round that it lies in. */
  #round(index: number): number[] {
    const { epoch, through } = this.#blocks[index] as ModelBlock;
    const taken: number[] = [];
    for (const round of [...this.#freeRounds].filter(({ to }) => to <= through)) {
      this.#give(round, index);
      this.#freeRounds.delete(round);
      taken.push(...range(round.from, round.to));
    }
    const newest = Math.max(epoch.from, this.#rounds.at(-1)?.to ?? 0);
    if (through > newest) {
      const round = { from: newest, to: through, block: index };
      this.#rounds.push(round);
      this.#give(round, index);
      taken.push(...range(newest, through));
    }
    if (taken.length > 0) return taken;
    const own = this.#rounds.findLast(({ from, to }) => from < through && to >= through);
    if (own === undefined || own.block < 0) return [];
    return (this.#roundsOf.get(own.block) ?? []).flatMap(({ from, to }) => range(from, to));
  }

  #give(round: ModelRound, block: number): void {
    round.block = block;
    this.#roundsOf.set(block, [...this.#roundsOf.get(block) ?? [], round]);
  }

  #found(block: ModelBlock, sign: bigint): void {
    const parts = block.parts ?? [];
    this.#move("block-income:immature", -sign * block.value);
    let rest = block.value;
    for (const { minerId, amountZat } of parts) {
      this.#move(`miner:${minerId}:immature`, sign * amountZat);
      rest -= amountZat;
    }
    this.#move(block.epoch.scheme === "pps" ? "pool-variance" : "pool-fee", sign * rest);
  }

  #mature(block: ModelBlock): void {
    block.state = "mature";
    block.matured = true;
    this.#move("block-income:immature", block.value);
    this.#move("block-income:mature", -block.value);
    for (const { minerId, amountZat } of block.parts ?? []) {
      this.#move(`miner:${minerId}:immature`, -amountZat);
      this.#move(`miner:${minerId}:available`, amountZat);
    }
  }

  #orphan(index: number): void {
    const block = this.#blocks[index] as ModelBlock;
    if (block.matured) {
      this.#move("block-income:mature", block.value);
      this.#move("pool-variance", -block.value);
    } else if (block.parts !== undefined) {
      this.#found(block, -1n);
      for (const round of this.#roundsOf.get(index) ?? []) {
        round.block = -1;
        round.freedBy = index;
        this.#freeRounds.add(round);
      }
      this.#roundsOf.delete(index);
    }
    block.state = "orphaned";
  }

  #return(index: number): void {
    const block = this.#blocks[index] as ModelBlock;
    if (block.parts === undefined) return this.#divide(index);
    block.state = block.matured ? "mature" : "immature";
    if (!block.matured) {
      for (const round of [...this.#freeRounds].filter(({ freedBy }) => freedBy === index)) {
        this.#give(round, index);
        this.#freeRounds.delete(round);
      }
      return this.#found(block, 1n);
    }
    this.#move("block-income:mature", -block.value);
    this.#move("pool-variance", block.value);
  }

  async #passHours(hours: number): Promise<void> {
    await this.#money.bench.clock.advance(hours * HOUR_MS);
    await this.#again(() => this.#money.closer.closeDue());
    const credits = new Map<string, bigint>();
    for (const { minerId, pico } of this.#shares.slice(this.#posted)) {
      credits.set(minerId, (credits.get(minerId) ?? 0n) + pico);
    }
    this.#posted = this.#shares.length;
    for (const [minerId, pico] of credits) {
      const sum = pico + (this.#carries.get(minerId) ?? 0n);
      if (pico === 0n) continue;
      this.#carries.set(minerId, sum % PICO_PER_ZAT);
      this.#move(`miner:${minerId}:available`, sum / PICO_PER_ZAT);
      this.#move("pool-variance", -(sum / PICO_PER_ZAT));
    }
  }

  async #change({ scheme, feePpm, unit }: PoolEvent & { readonly kind: "epoch" }): Promise<void> {
    await this.#money.bench.clock.advance(1);
    await this.#again(() =>
      this.#money.epoch(scheme, { feePpm, pplnsWindow: WINDOW, pplnsWindowUnit: unit })
    );
    const from = scheme === this.#epoch.scheme ? this.#epoch.from : this.#shares.length;
    this.#epoch = { scheme, feePpm, unit, from };
  }

  async #reserve(minerId: string, amountZat: bigint): Promise<void> {
    const payout = { payoutId: `p${this.#payouts.length}`, minerId, amountZat, ended: false };
    const { ledger, clock, database } = this.#money.bench;
    const has = this.#balances.get(`miner:${minerId}:available`) ?? 0n;
    const live = this.#payouts.some((other) => other.minerId === minerId && !other.ended);
    if (live) return;
    const number = this.#payouts.length + 1;
    const outcome = await this.#post(() =>
      database.transaction(async (tx) => {
        await ledger.post(payoutReserved({ ...payout, atMs: clock.now() }), tx);
        await insertPayout(tx, { ...payout, number, atMs: clock.now() });
      })
    );
    assert.equal(outcome, has < amountZat ? "refused" : "posted");
    if (outcome === "refused") return;
    this.#payouts.push(payout);
    this.#move(`miner:${minerId}:available`, -amountZat);
    this.#move(`miner:${minerId}:reserved`, amountZat);
  }

  async #end(kind: "settle" | "release", pick: number): Promise<void> {
    if (this.#payouts.length === 0) return;
    const payout = this.#payouts[pick % this.#payouts.length] as ModelPayout;
    const { ledger, clock, database } = this.#money.bench;
    const make = kind === "settle" ? payoutSettled : payoutReleased;
    const before = await this.#again(() => ledger.entry(`payout:${payout.payoutId}:ended`));
    const outcome = await this.#post(() =>
      database.transaction(async (tx) => {
        await ledger.post(make({ ...payout, atMs: clock.now() }), tx);
        await tx.execute(
          "UPDATE payout SET ended = $1, ended_at_ms = $2 WHERE id = $3 AND ended IS NULL",
          [kind === "settle" ? "settled" : "released", clock.now(), payout.payoutId],
        );
      })
    );
    const { reason } = make({ ...payout, atMs: 0 });
    const contrary = before !== undefined && before.reason !== reason;
    assert.equal(outcome, contrary ? "refused" : "posted");
    if (contrary) return;
    if (payout.ended) return;
    payout.ended = true;
    this.#move(`miner:${payout.minerId}:reserved`, -payout.amountZat);
    const to = kind === "settle"
      ? `paid-out:${payout.minerId}`
      : `miner:${payout.minerId}:available`;
    this.#move(to, payout.amountZat);
  }
}

/** The payout beside its journal entry, each in a batch of its own. */
async function insertPayout(
  tx: SqlSession,
  payout: ModelPayout & { readonly number: number; readonly atMs: number },
): Promise<void> {
  const { payoutId, number, minerId, amountZat, atMs } = payout;
  await tx.execute(
    `INSERT INTO payout_batch (id, number, mode, wallet, kind, policy, run, state, state_text,
       version, occupies, is_final, recipient_at_fault, recipients, total_zat, created_at_ms,
       changed_at_ms)
     VALUES ($1, $2, 'external', 'w', 'k', 'p', 1, 'handed', '{}', 1, 0, 0, 0, 1, $3, $4, $4)
     ON CONFLICT DO NOTHING`,
    [payoutId, number, amountZat, atMs],
  );
  await tx.execute(
    `INSERT INTO payout (id, number, batch, miner_id, address, amount_zat, deducted_zat,
       created_at_ms) VALUES ($1, $2, $1, $3, 't1', $4, 0, $5) ON CONFLICT DO NOTHING`,
    [payoutId, number, minerId, amountZat, atMs],
  );
}

/** A database that fails before its work, within it, or after the commit, when the answer is lost. */
export class FaultyDatabase implements SqlDatabase {
  readonly #database: SqlDatabase;
  readonly #random: () => number;
  readonly #share: number;

  /** @param share of calls that fail, 0 to 1. */
  constructor(database: SqlDatabase, random: () => number, share: number) {
    this.#database = database;
    this.#random = random;
    this.#share = share;
  }

  get kind(): SqlDatabase["kind"] {
    return this.#database.kind;
  }

  transaction<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    return this.write(work);
  }

  async write<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    const fault = this.#random() < this.#share ? Math.floor(this.#random() * 3) : undefined;
    if (fault === 0) throw new InjectedFault();
    const result = await this.#database.transaction(async (tx) => {
      const done = await work(tx);
      if (fault === 1) throw new InjectedFault();
      return done;
    });
    if (fault === 2) throw new InjectedFault();
    return result;
  }

  async read<T>(work: (tx: SqlSession) => Promise<T>): Promise<T> {
    if (this.#random() < this.#share / 4) throw new InjectedFault();
    return await this.#database.read(work);
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** What {@link FaultyDatabase} throws. */
export class InjectedFault extends Error {}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}
