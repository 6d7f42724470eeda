/**
 * Two pool processes over one ledger, each with its own view of one chain of blocks, whose jobs pay
 * miners in the blocks' own coinbases. Each settles, plans and promises as the pool does, by what its
 * own node says of the chain.
 *
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { displayHash, noMetrics, silentLogger } from "../../src/base/mod.ts";
import { ChainFollower } from "../../src/chain/chain_follower/mod.ts";
import { BlockSettler } from "../../src/money/books/mod.ts";
import { type CoinbasePayment, ownerOf } from "../../src/money/ledger/mod.ts";
import { PayoutStore } from "../../src/money/payouts/mod.ts";
import { CoinbasePayments } from "../../src/money/treasury/mod.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import type { MoneyBench } from "../compliance/money_suite.ts";
import { blockOf } from "../compliance/store_suite.ts";
import { transparentAddress } from "../support/payout_addresses.ts";

const MINERS = [1, 2, 3].map((number) => `${transparentAddress(number)}#coinbase`);
const VALUE = 1_000n;
const WINDOW = 4;
/** A deeper loss takes away what was mature. */
const REMOVED_MAX = 98;
const BASE_HEIGHT = 1_000;
/** Of blocks that the pool has not found. */
const STRANGERS = new Uint8Array(32);

/** Something that happens; `process` is 0 or 1, other numbers pick among what there is. */
export type WorldEvent =
  | { readonly kind: "share"; readonly miner: number }
  /** A process sends jobs on the tip that its node has. */
  | { readonly kind: "job"; readonly process: number }
  /** The newest job of a process is solved, also when it is stale; the block may be the best. */
  | { readonly kind: "find"; readonly process: number; readonly written: boolean }
  /** What a process that died had left in its spool is written. */
  | { readonly kind: "recover" }
  | { readonly kind: "strangers"; readonly blocks: number }
  /** So many blocks leave the best chain for others, which may be those of a former branch. */
  | { readonly kind: "reorganise"; readonly removed: number; readonly branch: number }
  /** The node of a process has the best chain, and the process follows its blocks. */
  | { readonly kind: "see"; readonly process: number };

const process = fc.nat(1);

/** Any event. */
export const anyWorldEvent: fc.Arbitrary<WorldEvent> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("share" as const), miner: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("job" as const), process }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("find" as const),
      process,
      written: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "recover" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("strangers" as const),
      blocks: fc.constantFrom(1, 1, 2, 11, 25, 101),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("reorganise" as const),
      removed: fc.constantFrom(1, 1, 2, 3, 50, REMOVED_MAX),
      branch: fc.nat(5),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("see" as const), process }) },
);

interface ChainBlock {
  readonly hash: Uint8Array;
  readonly height: number;
  readonly parent: ChainBlock | undefined;
  /** Of a block that the pool has found; undefined for a stranger's. */
  readonly coinbaseTxid?: Uint8Array;
  /** What its coinbase pays miners. */
  readonly payments: readonly CoinbasePayment[];
}

interface Job {
  readonly parent: ChainBlock;
  readonly coinbaseTxid: Uint8Array;
  readonly payments: readonly CoinbasePayment[];
}

/** The node that one process asks: it has a chain that was the best one at some time. */
class View {
  readonly url = "http://node";
  tip: ChainBlock;
  #chain: ChainBlock[] = [];

  constructor(tip: ChainBlock) {
    this.tip = tip;
    this.see(tip);
  }

  get chain(): readonly ChainBlock[] {
    return this.#chain;
  }

  see(tip: ChainBlock): void {
    this.tip = tip;
    this.#chain = chainTo(tip);
  }

  getBestBlockHeightAndHash = () =>
    Promise.resolve({ height: this.tip.height, hash: this.tip.hash });
  getBlockHash = (height: number) => Promise.resolve(this.#chain[height - BASE_HEIGHT]?.hash);
}

function chainTo(tip: ChainBlock): ChainBlock[] {
  const chain: ChainBlock[] = [];
  for (let block: ChainBlock | undefined = tip; block !== undefined; block = block.parent) {
    chain.push(block);
  }
  return chain.reverse();
}

/** The world of the test. */
export class CoinbaseWorld {
  readonly #money: MoneyBench;
  readonly #processes: {
    view: View;
    coinbases: CoinbasePayments;
    follower: ChainFollower;
    job: Job | undefined;
  }[] = [];
  readonly #branches: ChainBlock[] = [];
  readonly #spool: ChainBlock[] = [];
  #best: ChainBlock;
  #made = 0;
  /** Blocks with debts that were found. */
  paying = 0;
  /** Blocks that took their debts back from a rival, or after they were orphaned. */
  retaken = 0;

  constructor(money: MoneyBench) {
    this.#money = money;
    this.#best = { hash: this.#bytes(9), height: BASE_HEIGHT, parent: undefined, payments: [] };
  }

  async begin(): Promise<void> {
    const { database, store, clock } = this.#money.bench;
    await this.#money.epoch("pplns", { feePpm: 100_000, pplnsWindow: WINDOW });
    for (let count = 0; count < 2; count++) {
      const view = new View(this.#best);
      const settler = new BlockSettler({ database, reader: this.#money.reader, clock });
      const follower = new ChainFollower({}, {
        ...{ nodes: [view], ledger: settler, clock, logger: silentLogger },
        metrics: noMetrics("matured", "orphaned", "returned", "failures"),
      });
      const coinbases = new CoinbasePayments({ minPayoutZat: 50n, payeesMax: 1 }, {
        books: { database, store, shares: this.#money.reader, payouts: new PayoutStore() },
        ...{ settler, blocks: settler, clock, logger: silentLogger },
      });
      this.#processes.push({ view, coinbases, follower, job: undefined });
    }
    // A block that pays the pool alone: what it brings is owed to all three.
    await this.#money.write(...MINERS.map((minerId) => this.#money.share(minerId, 3n)));
    const plain = { parent: this.#best, coinbaseTxid: this.#bytes(3), payments: [] };
    this.#processes[0] = { ...this.#process(0), job: plain };
    await this.#find(0, true);
    this.#extend(100);
    for (const number of this.#processes.keys()) await this.#see(number);
  }

  async apply(event: WorldEvent): Promise<void> {
    switch (event.kind) {
      case "share":
        return await this.#money.write(this.#money.share(MINERS[event.miner] ?? "finder", 3n));
      case "job":
        return await this.#send(event.process);
      case "find":
        return await this.#find(event.process, event.written);
      case "recover":
        return await this.#recover();
      case "strangers":
        return this.#extend(event.blocks);
      case "reorganise":
        return this.#reorganise(event.removed, event.branch);
      case "see":
        return await this.#see(event.process);
    }
  }

  /** Lets everything come to its end: what was written late, what is orphaned, what is mature. */
  async end(): Promise<void> {
    await this.#recover();
    for (const blocks of [0, 30, 1, 1, 100, 1]) {
      this.#extend(blocks);
      for (const number of this.#processes.keys()) await this.#see(number);
    }
    for (const { follower } of this.#processes) await follower.close();
    const [row] = await this.#money.bench.database.read((tx) =>
      tx.query("SELECT count(*) AS count FROM coinbase_payment WHERE round > 1")
    );
    this.retaken = Number(row?.count);
  }

  /** On the best chain, outputs to a miner and its balance are what its blocks have earned. */
  async compare(): Promise<void> {
    const paid = new Map<string, bigint>();
    for (const { payments } of chainTo(this.#best)) {
      for (const { minerId, debtZat, partZat } of payments) {
        paid.set(minerId, (paid.get(minerId) ?? 0n) + debtZat + partZat);
      }
    }
    const earned = await this.#earned();
    for (const minerId of [...MINERS, "finder"]) {
      const money = await this.#money.bench.ledger.miner(minerId);
      const outputs = paid.get(minerId) ?? 0n;
      assert.deepEqual([money.immature, money.reserved], [0n, 0n], `${minerId} at the end`);
      assert.equal(money.paid, outputs, `what ${minerId} was paid`);
      assert.equal(money.available + outputs, earned.get(minerId) ?? 0n, `earned by ${minerId}`);
    }
  }

  /** Parts of the blocks in the best chain, as their first entries have them. */
  async #earned(): Promise<Map<string, bigint>> {
    const earned = new Map<string, bigint>();
    for (const { hash, coinbaseTxid } of chainTo(this.#best)) {
      if (coinbaseTxid === undefined) continue;
      const entry = await this.#money.bench.ledger.entry(`block:${displayHash(hash)}:found`);
      assert(entry !== undefined, "a block of the best chain is not credited");
      for (const { account, amountZat } of entry.lines) {
        const minerId = ownerOf(account)?.minerId;
        if (minerId !== undefined) earned.set(minerId, (earned.get(minerId) ?? 0n) + amountZat);
      }
    }
    return earned;
  }

  async #send(number: number): Promise<void> {
    const process = this.#process(number);
    const { view } = process;
    const coinbaseTxid = this.#bytes(3);
    const payments = await this.#promise(process, coinbaseTxid);
    this.#processes[number] = { ...process, job: { parent: view.tip, coinbaseTxid, payments } };
  }

  /** Writes what a job pays; nothing where own blocks are not settled, or the ledger has moved. */
  async #promise(
    { view, coinbases }: { readonly view: View; readonly coinbases: CoinbasePayments },
    coinbaseTxid: Uint8Array,
  ): Promise<readonly CoinbasePayment[]> {
    const { tip } = view;
    const from = await coinbases.openHeight() ?? Infinity;
    const chain = view.chain.slice(Math.max(0, from - BASE_HEIGHT)).map((
      { hash, height, coinbaseTxid = STRANGERS, parent },
    ) => ({
      ...{ hash, height, coinbaseTxid, previousBlockHash: parent?.hash },
    }));
    const networkTarget = 2n ** 232n - 1n;
    try {
      await coinbases.settle(chain);
      const plan = await coinbases.plan(networkTarget);
      const room = { bytes: 1_000, sigops: 100 };
      const { payments } = plan.divide({ valueZat: VALUE, room });
      if (payments.length === 0) return [];
      const job = { coinbaseTxid, parent: tip.hash, height: tip.height + 1, networkTarget };
      await coinbases.promise({ ...job, valueZat: VALUE, payments }, plan, chain);
      return payments;
    } catch (error) {
      if (error instanceof StorageError && error.code === "busy") return [];
      throw error;
    }
  }

  async #find(number: number, written: boolean): Promise<void> {
    const { job } = this.#process(number);
    if (job === undefined) return;
    const { parent, coinbaseTxid, payments } = job;
    const block = {
      hash: this.#bytes(9),
      height: parent.height + 1,
      parent,
      coinbaseTxid,
      payments,
    };
    if (payments.some(({ debtZat }) => debtZat > 0n)) this.paying++;
    this.#branches.push(block);
    if (block.height > this.#best.height) this.#best = block;
    this.#spool.push(block);
    if (written) await this.#recover();
  }

  async #recover(): Promise<void> {
    const { store, clock } = this.#money.bench;
    for (const { hash, coinbaseTxid, height, parent } of this.#spool.splice(0)) {
      await this.#money.write(this.#money.share("finder", 3n, { proofId: hash, isBlock: true }));
      await store.recordBlock(blockOf(1, {
        hash,
        height,
        ...(coinbaseTxid === undefined ? {} : { coinbaseTxid }),
        previousBlockHash: parent?.hash ?? hash,
        minerId: "finder",
        foundAtMs: clock.now(),
        state: "accepted",
        valueZat: VALUE,
        feesZat: 0n,
      }));
    }
  }

  #extend(blocks: number, from = this.#best): void {
    let tip = from;
    for (let count = 0; count < blocks; count++) {
      tip = { hash: this.#bytes(9), height: tip.height + 1, parent: tip, payments: [] };
    }
    this.#best = tip;
  }

  /** The best chain goes on from another block, near enough, until it is the longest. */
  #reorganise(removed: number, branch: number): void {
    const chain = chainTo(this.#best);
    const former = this.#best;
    const near = this.#branches.filter((block) => {
      const fork = chainTo(block).findLast((each) => chain[each.height - BASE_HEIGHT] === each);
      return fork !== undefined && former.height - fork.height <= REMOVED_MAX;
    });
    const from = near[branch] ?? chain[Math.max(0, chain.length - 1 - removed)] ?? former;
    if (chain.includes(from) && former.height - from.height > REMOVED_MAX) return;
    this.#branches.push(former);
    this.#extend(Math.max(1, former.height - from.height + 1), from);
  }

  async #see(number: number): Promise<void> {
    const { view, follower } = this.#process(number);
    view.see(this.#best);
    await follower.poll();
    assert(!follower.failing, "found blocks cannot be followed");
  }

  #process(number: number) {
    const found = this.#processes[number];
    assert(found !== undefined, "there are two processes");
    return found;
  }

  /** 32 bytes that are like no others. */
  #bytes(fill: number): Uint8Array {
    const bytes = new Uint8Array(32).fill(fill);
    new DataView(bytes.buffer).setUint32(0, ++this.#made);
    return bytes;
  }
}
