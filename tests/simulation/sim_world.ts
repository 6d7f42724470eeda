/**
 * A world of miners, pool processes on one ledger, and a node's chain, which does what a list of
 * actions says, and is held against what must always be true.
 *
 * @module
 */
import { MemorySpool } from "../../src/chain/blocks/mod.ts";
import { SOLUTION_LENGTH } from "../../src/base/mod.ts";
import { audit, ShareReader } from "../../src/money/books/mod.ts";
import type { Scheme } from "../../src/money/ledger/mod.ts";
import { SqliteDatabase } from "../../src/platform/database/sqlite/sqlite_database.ts";
import { parseConfig } from "../../src/service/config/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";
import { goodSolution, MINER_ADDRESS } from "../support/pool_harness.ts";
import { totalsOf } from "../support/test_store.ts";
import { Ledgers } from "./ledgers.ts";
import type { Outage } from "./mortal.ts";
import { SimChain } from "./sim_chain.ts";
import {
  freshNonce2,
  type SharePlan,
  type SimJob,
  type SimMiner,
  StratumSimMiner,
  Sv2Miner,
} from "./sim_miner.ts";
import { type SharedWorld, SimProcess } from "./sim_process.ts";
import { allowedAnswers, type Circumstances } from "./verdicts.ts";
import { Violation } from "./violation.ts";

/** What the pools of a run have in common. */
const POOL_CONFIG = `pool_address = "tm9iMLAuYMzJ6jtFLcA7rzUmfreGuKvr7Ma"`;

/** Places at which a process runs, one after the other. */
const PLACES = 2;

const MINERS_MAX = 12;

/** The one fault of which miners of a simulation are guilty. */
const WRONG_SOLUTION = "share";

/** A batch waits 250 ms, and a failed write is tried again after 5 s at the latest. */
const WRITTEN_WITHIN_MS = 5_500;

/** A process and what hangs on it. */
interface Place {
  process: SimProcess | undefined;
  readonly spool: MemorySpool;
  starts: number;
  /** The parent that its miners work on, hexadecimal digits; undefined before its first work. */
  parent: string | undefined;
  /** The look at which no share was seen to wait for the database. */
  writtenAt: number;
}

interface PlacedMiner {
  readonly miner: SimMiner;
  readonly place: number;
  readonly start: number;
}

/** The world. */
export class SimWorld {
  readonly #shared: SharedWorld;
  readonly #places: Place[];
  readonly #miners: PlacedMiner[] = [];
  readonly #ledgers = new Ledgers();
  #serial = 0;
  #looks = 0;

  private constructor(shared: SharedWorld) {
    this.#shared = shared;
    this.#places = Array.from({ length: PLACES }, () => ({
      process: undefined,
      spool: new MemorySpool(),
      starts: 0,
      parent: undefined,
      writtenAt: 0,
    }));
  }

  static async open(scheme: Scheme): Promise<SimWorld> {
    const clock = new FakeClock();
    const outage: Outage = { away: false, failsIn: 0 };
    const window = scheme === "pplns" ? "pplns_window = 20\n" : "";
    const world = new SimWorld({
      ...{ clock, outage, scheme },
      chain: new SimChain(),
      database: new SqliteDatabase(":memory:", { clock }),
      config: parseConfig(`[payout]\n${POOL_CONFIG}\nscheme = "${scheme}"\n${window}`),
    });
    for (let place = 0; place < PLACES; place++) await world.start(place);
    return world;
  }

  get clock(): FakeClock {
    return this.#shared.clock;
  }

  /** Starts a process at a place where none runs. */
  async start(number: number): Promise<void> {
    const place = this.#place(number);
    if (place.process !== undefined || this.#shared.outage.away) return;
    place.starts++;
    const seed = 1_000 * (number % PLACES) + place.starts;
    place.process = await SimProcess.start(this.#shared, { seed, spool: place.spool });
    await this.#hand(place);
  }

  /** Ends a process at its next step of this number, 0 for at once. */
  async kill(number: number, step: number): Promise<void> {
    const place = this.#place(number);
    const { process } = place;
    if (process === undefined || process.life.isDead) return;
    process.life.onEnd(() => this.#bury(place, process));
    process.life.endAt(step);
    await settle();
  }

  /** Ends a process as SIGTERM does, while the database is there. */
  async stop(number: number): Promise<void> {
    const place = this.#place(number);
    const { process } = place;
    if (process === undefined || process.life.isDead || this.#shared.outage.away) return;
    const isStopped = await process.stop(this.clock);
    if (!isStopped) return;
    place.process = undefined;
    this.#look();
    for (const { miner, start, place: at } of this.#miners) {
      if (this.#places[at] === place && start === place.starts) this.#ledgers.stopped(miner);
    }
  }

  /** Strangers find blocks, and the processes that the node reaches hear of the last one. */
  async grow(count: number): Promise<void> {
    this.#shared.chain.grow(count);
    await this.#handAll();
  }

  async reorganise(depth: number, lower: boolean): Promise<void> {
    this.#shared.chain.reorganise(depth, lower);
    await this.#handAll();
  }

  /** Other transactions on the same parent. */
  async refresh(): Promise<void> {
    await this.#handAll();
  }

  /** The node stops reaching a process, or reaches it again. */
  async reach(number: number, isReached: boolean): Promise<void> {
    const place = this.#place(number);
    const { process } = place;
    if (process === undefined || process.isReached === isReached) return;
    process.isReached = isReached;
    if (!isReached) return await process.pool.unusable();
    await process.pool.usable();
    await this.#hand(place);
  }

  /** The node answers no call, or answers again. */
  answerCalls(doesAnswer: boolean): void {
    this.#shared.chain.isAway = !doesAnswer;
  }

  setDatabase(isThere: boolean): void {
    this.#shared.outage.away = !isThere;
  }

  /** One of the next steps of the database fails, once. */
  failStep(step: number): void {
    this.#shared.outage.failsIn = step;
  }

  async connect(number: number, protocol: "sv2" | "stratum"): Promise<void> {
    const place = this.#place(number);
    const { process } = place;
    if (process === undefined || this.#connected().length >= MINERS_MAX) return;
    if (place.parent === undefined) return;
    const name = `${MINER_ADDRESS}.rig${this.#miners.length % 5}`;
    const miner = protocol === "sv2"
      ? new Sv2Miner(await process.pool.connectMiner(name))
      : await this.#connectStratum(process, name);
    if (process.life.isDead) return;
    if (!miner.isIn) {
      // Without a node there is no work after a while, and nobody is let in.
      if (!process.isReached) return;
      throw new Violation("nobody honest is refused", `${protocol} ${name}`);
    }
    this.#miners.push({ miner, place: number % PLACES, start: place.starts });
  }

  async #connectStratum(process: SimProcess, name: string): Promise<SimMiner> {
    const miner = await process.pool.connectLines();
    await miner.subscribe();
    const answer = await miner.authorize(name);
    return new StratumSimMiner(miner, answer?.result === true);
  }

  async disconnect(number: number): Promise<void> {
    this.#pick(number)?.miner.disconnect();
    await settle();
  }

  async update(number: number, hashRate: number): Promise<void> {
    await this.#pick(number)?.miner.update(hashRate);
  }

  /**
   * A share of a miner: of the job that came `age` jobs ago, with a solution that is right or not,
   * with a nonce that nobody has tried, or that of one of its earlier shares.
   */
  async share(
    number: number,
    wish: { readonly age: number; readonly isRight: boolean; readonly repeat?: number },
  ): Promise<void> {
    const placed = this.#pick(number);
    const job = placed?.miner.jobs.at(-1 - wish.age);
    if (placed === undefined || job === undefined) return;
    const former = wish.repeat === undefined
      ? undefined
      : placed.miner.sent.at(-1 - wish.repeat % Math.max(1, placed.miner.sent.length));
    const solution = wish.isRight ? goodSolution() : new Uint8Array(SOLUTION_LENGTH);
    await this.#send(placed, {
      job: former?.job ?? job,
      nonce2: former?.nonce2 ?? freshNonce2(job, ++this.#serial),
      solution,
    }, wish.isRight);
  }

  async #send(placed: PlacedMiner, plan: SharePlan, isRight: boolean): Promise<void> {
    const place = this.#places[placed.place] as Place;
    const { process } = place;
    const circumstances = this.#circumstances(place, plan.job, isRight);
    const share = await placed.miner.send(plan);
    this.#ledgers.sent(placed.miner, share, {
      isRight,
      allowed: allowedAnswers(share, circumstances, this.#ledgers.taken(share.hash)),
    });
    // It may have died while it was at this share.
    if (process?.life.isDead === true) this.#bury(place, process);
  }

  #circumstances({ parent, process }: Place, job: SimJob, isRight: boolean): Circumstances {
    return {
      isRight,
      isOnParent: job.parent === parent,
      mayBeWithdrawn: process?.isReached === false,
      // A verdict that is held back comes when the records may have no room left.
      mayBeFull: process?.pool.writer.accepting === false ||
        process?.pool.verifier.full === true || process?.pool.verifier.hold === true,
    };
  }

  /** Time passes, in which timers fire. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    if (ms < WRITTEN_WITHIN_MS || this.#shared.outage.away) return;
    const waiting = this.#places.find(({ process }) => (process?.pool.writer.waiting ?? 0) > 0);
    if (waiting !== undefined) throw new Violation("shares are written in time", `${ms} ms`);
  }

  /** What must be true after every action. */
  check(): void {
    this.#look();
    this.#checkPrefixes();
    for (const place of this.#places) {
      const { process } = place;
      if (process === undefined) continue;
      const fault = process.pool.faults.find(({ kind }) => kind !== WRONG_SOLUTION);
      if (fault !== undefined) throw new Violation("nobody honest is accused", fault.kind);
    }
    this.#ledgers.check(++this.#looks);
    for (const place of this.#places) {
      if (place.process?.pool.writer.waiting === 0) place.writtenAt = this.#looks;
    }
  }

  #look(): void {
    for (const { miner, place, start } of this.#miners) {
      miner.look();
      for (const job of miner.jobs) this.#ledgers.job(`${place}.${start}`, job);
    }
  }

  #checkPrefixes(): void {
    const seen = new Set<string>();
    for (const { miner, place, start } of this.#connected()) {
      const nonce1 = miner.jobs.at(-1)?.nonce1.toHex();
      if (nonce1 === undefined) continue;
      const key = `${place}.${start} ${nonce1}`;
      if (seen.has(key)) throw new Violation("no two channels share a prefix", key);
      seen.add(key);
    }
  }

  /** Brings everything back, lets it come to rest, and holds the ledger against what was heard. */
  async end(): Promise<void> {
    this.setDatabase(true);
    this.failStep(0);
    this.answerCalls(true);
    for (let place = 0; place < PLACES; place++) {
      this.hold(place, false);
      this.fill(place, false);
    }
    await this.advance(10_000);
    for (let place = 0; place < PLACES; place++) {
      await this.start(place);
      await this.reach(place, true);
    }
    await this.grow(1);
    await this.advance(30_000);
    this.check();
    this.#ledgers.checkAnswered();
    for (let place = 0; place < PLACES; place++) await this.stop(place);
    this.#ledgers.checkBlocks(this.#shared.chain.submitted);
    await this.#checkLedger();
    await this.#shared.database.close();
  }

  async #checkLedger(): Promise<void> {
    const { database } = this.#shared;
    const { shares } = await totalsOf(database);
    const { least, most } = this.#ledgers.expectedRows();
    if (shares < least || shares > most) {
      throw new Violation("each share counts once", `${shares} rows, ${least} to ${most} expected`);
    }
    const reader = new ShareReader(database);
    const report = await audit({ hours: 10_000 }, { database, reader, clock: this.clock });
    const fault = report.invariants.find(({ holds }) => !holds);
    if (fault !== undefined) throw new Violation("the ledger adds up", fault.faults.join("; "));
  }

  /** Ends everything of a run that has failed. */
  async abandon(): Promise<void> {
    for (const { process } of this.#places) process?.life.endAt(0);
    await settle();
    await this.#shared.database.close();
  }

  #bury(place: Place, process: SimProcess): void {
    this.#look();
    for (const { miner, start, place: at } of this.#miners) {
      if (this.#places[at] !== place || start !== place.starts) continue;
      this.#ledgers.killed(miner, place.writtenAt);
      miner.disconnect();
    }
    if (place.process === process) place.process = undefined;
  }

  async #handAll(): Promise<void> {
    for (const place of this.#places) await this.#hand(place);
  }

  async #hand(place: Place): Promise<void> {
    const { process } = place;
    if (process === undefined || !process.isReached || process.life.isDead) return;
    const template = this.#shared.chain.template();
    await process.pool.template(template);
    place.parent = template.previousBlockHash.toHex();
  }

  #connected(): PlacedMiner[] {
    return this.#miners.filter(({ miner, place, start }) =>
      miner.isConnected && this.#places[place]?.process !== undefined &&
      this.#places[place]?.starts === start
    );
  }

  #pick(number: number): PlacedMiner | undefined {
    const connected = this.#connected();
    return connected[number % Math.max(1, connected.length)];
  }

  #place(number: number): Place {
    return this.#places[number % PLACES] as Place;
  }

  /** The verifier of a process answers nothing, or goes on. */
  hold(number: number, isHeld: boolean): void {
    const verifier = this.#place(number).process?.pool.verifier;
    if (verifier === undefined) return;
    verifier.hold = isHeld;
    if (!isHeld) verifier.release();
  }

  /** The verifier of a process takes no share but a block, or takes all again. */
  fill(number: number, isFull: boolean): void {
    const verifier = this.#place(number).process?.pool.verifier;
    if (verifier !== undefined) verifier.full = isFull;
  }

  get counts(): { readonly shares: number; readonly accepted: number; readonly starts: number } {
    return {
      shares: this.#ledgers.length,
      accepted: this.#ledgers.accepted,
      starts: this.#places.reduce((sum, { starts }) => sum + starts, 0),
    };
  }
}
