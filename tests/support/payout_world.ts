/**
 * Everything that payments need, in the hands of a test: a database, a ledger, a chain that grows
 * when it is told to, a wallet over real HTTP, and a clock that stands still. Any number of payer
 * processes work on it, and each can be made to end at any of its steps.
 *
 * @module
 */
import { type Clock, type Logger, silentLogger } from "../../src/base/mod.ts";
import { Balances, type MinerBalance } from "./reference_balances.ts";
import {
  type ChainPort,
  NO_PAYOUT_METRICS,
  type PayoutEngine,
  type PayoutEngineModules,
  type PayoutEngineOptions,
  type PayoutOperator,
  PayoutStore,
} from "../../src/money/payouts/mod.ts";
import type { PayerLeaseRow, PayoutBatchRow } from "../../src/money/payouts/tables/payout_rows.ts";
import { type PayoutProgram, POOL_PROGRAM } from "./payout_program.ts";
import type { PayoutLimits } from "../../src/money/payouts/payment_plan.ts";
import { type WalletPort, zalletClient, ZalletWallet } from "../../src/money/wallet/mod.ts";
import { ReadableLedger } from "./readable_ledger.ts";
import { type SqlDatabase } from "../../src/platform/database/mod.ts";
import { FakeChain } from "./fake_chain.ts";
import { FakeClock } from "./fake_clock.ts";
import { seededRandom } from "./seeded_random.ts";
import { TWIN_ACCOUNT, ZalletTwin } from "./zallet_twin.ts";
import { openDatabase } from "./open_database.ts";

export const HOUR_MS = 3_600_000;
/** A block every 25 seconds. */
export const SPACING_MS = 25_000;

export interface WorldOptions {
  readonly method: "pczt" | "z_sendmany";
  /** That of the pool unless given. */
  readonly program?: PayoutProgram;
  readonly limits?: Partial<PayoutLimits>;
  readonly shieldingLimit?: number;
  readonly databaseUrl?: string;
}

/** The process has ended: nothing that it does from now on has any effect. */
export class Crash extends Error {}

/** Ends a process at the step of a number; steps are counted from 0. */
export class CrashSwitch {
  #steps = 0;
  #dead = false;

  constructor(readonly at: number) {}

  /** Whether the process has ended. */
  get fired(): boolean {
    return this.#dead;
  }

  step(): void {
    if (!this.#dead && this.#steps++ === this.at) this.#dead = true;
    if (this.#dead) throw new Crash("the process was killed");
  }
}

/** The whole. */
export class PayoutWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly chain = new FakeChain(3_600_000);
  readonly store = new PayoutStore();
  readonly ledger: ReadableLedger;
  /** Addresses of miners whose id is none. */
  readonly addresses = new Map<string, string>();
  readonly database: SqlDatabase;
  readonly wallet: ZalletTwin;
  readonly options: PayoutEngineOptions;
  readonly program: PayoutProgram;
  #seed = 1;
  #entries = 0;

  private constructor(
    database: SqlDatabase,
    wallet: (chain: FakeChain) => ZalletTwin,
    o: WorldOptions,
  ) {
    this.database = database;
    this.ledger = new ReadableLedger(database);
    this.wallet = wallet(this.chain);
    this.program = o.program ?? POOL_PROGRAM;
    this.options = {
      network: "main",
      limits: {
        minPayoutZat: 1_000_000n,
        recipientsMax: 45,
        privacyCeiling: "AllowRevealedRecipients",
        feePayer: "pool",
        ...o.limits,
      },
      intervalMs: 24 * HOUR_MS,
      settleDepth: 10,
      ...(o.shieldingLimit === undefined ? {} : { shieldingLimit: o.shieldingLimit }),
    };
  }

  static async open(options: WorldOptions): Promise<PayoutWorld> {
    const clock = new FakeClock();
    const location = options.databaseUrl === undefined
      ? { path: ":memory:" }
      : { url: options.databaseUrl };
    const database = await openDatabase(location, { clock });
    const pczt = options.method === "pczt";
    const world = new PayoutWorld(database, (chain) => new ZalletTwin(chain, { pczt }), options);
    await world.wallet.start();
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wallet.close();
    await this.database.close();
  }

  /** Something becomes due to a miner; an id that is no address gets one. */
  async credit(minerId: string, amountZat: bigint, address = minerId): Promise<void> {
    this.addresses.set(minerId, address);
    await this.database.transaction(async (tx) => {
      await this.ledger.post({
        id: `credit:${++this.#entries}`,
        atMs: this.clock.now(),
        reason: "test",
        lines: [
          { account: "pool-variance", amountZat: -amountZat },
          { account: `miner:${minerId}:available`, amountZat },
        ],
      }, tx);
    });
  }

  /** A person at the command line, in a process of his own. */
  get operator(): PayoutOperator {
    return new this.program.PayoutOperator(this.options, this.#modules());
  }

  /** A payer process; a switch ends it at one of its steps. */
  process(crash?: CrashSwitch, logger: Logger = silentLogger): PayoutEngine {
    const modules = { ...this.#modules(), logger };
    if (crash === undefined) return new this.program.PayoutEngine(this.options, modules);
    return new this.program.PayoutEngine(this.options, {
      ...modules,
      database: mortalDatabase(modules.database, crash),
      wallet: mortalWallet(this.newWallet(), crash),
      chain: mortalChain(this.chain, crash),
    });
  }

  /** A payer whose database is another one than the world's. */
  processOn(database: SqlDatabase, logger: Logger = silentLogger): PayoutEngine {
    return new this.program.PayoutEngine(this.options, { ...this.#modules(), database, logger });
  }

  /** What a pool has whose miners somebody else pays. */
  get externalModules(): PayoutEngineModules {
    const { wallet: _none, ...modules } = this.#modules();
    return modules;
  }

  /** A process that follows what an external payer reports. */
  externalProcess(): PayoutEngine {
    return new this.program.PayoutEngine(this.options, this.externalModules);
  }

  newWallet(clock: Clock = this.clock): ZalletWallet {
    const credentials = { kind: "password", user: "pool", password: "secret" } as const;
    const rpc = zalletClient({ url: this.wallet.url, credentials }, { clock });
    return new ZalletWallet({ account: TWIN_ACCOUNT }, { rpc });
  }

  /** Takes turns while blocks come, until nothing is live or the time is over. */
  async live(engine: PayoutEngine, turns: number, blocksPerTurn = 1): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      await engine.turn();
      await this.pass(blocksPerTurn);
    }
    await engine.turn();
  }

  /** Blocks come and the time goes on with them. */
  async pass(blocks: number): Promise<void> {
    this.chain.mine(blocks);
    await this.clock.advance(blocks * SPACING_MS);
  }

  async balance(minerId: string): Promise<MinerBalance> {
    return await this.ledger.miner(minerId);
  }

  /** Made again from the journal. */
  async balances(): Promise<Balances> {
    return Balances.of(await this.ledger.entries());
  }

  /** All batches, oldest first. */
  async batchRows(): Promise<PayoutBatchRow[]> {
    const rows = await this.database.read((tx) =>
      this.store.batches.newest(tx, 1_000, Number.MAX_SAFE_INTEGER)
    );
    return rows.reverse();
  }

  async batchIds(): Promise<string[]> {
    return (await this.batchRows()).map(({ id }) => id);
  }

  /** The states of all batches, oldest first. */
  async states(): Promise<string[]> {
    return (await this.batchRows()).map(({ state }) => state);
  }

  async lease(): Promise<PayerLeaseRow> {
    return await this.database.read((tx) => this.store.control.lease(tx));
  }

  #modules(): PayoutEngineModules {
    return {
      database: this.database,
      store: this.store,
      ledger: this.ledger,
      payees: {
        payee: (minerId) => Promise.resolve({ address: this.addresses.get(minerId) ?? minerId }),
      },
      wallet: this.newWallet(),
      chain: this.chain,
      clock: this.clock,
      random: seededRandom(this.#seed++),
      logger: silentLogger,
      metrics: NO_PAYOUT_METRICS,
    };
  }
}

/** Every transaction is two steps: before it is begun, and after it is committed. */
function mortalDatabase(database: SqlDatabase, crash: CrashSwitch): SqlDatabase {
  return {
    kind: database.kind,
    async transaction(work) {
      crash.step();
      const result = await database.transaction(work);
      crash.step();
      return result;
    },
    // Only shares and blocks of miners go this way.
    write: (work) => database.write(work),
    async read(work) {
      if (crash.fired) throw new Crash("the process was killed");
      return await database.read(work);
    },
    close: () => database.close(),
  };
}

function mortalWallet(wallet: WalletPort, crash: CrashSwitch): WalletPort {
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    crash.step();
    const result = await work();
    crash.step();
    return result;
  };
  return {
    identity: wallet.identity,
    probe: () => wallet.probe(),
    status: () => wallet.status(),
    spendable: () => wallet.spendable(),
    build: (request) => around(() => wallet.build(request)),
    send: (request) => around(() => wallet.send(request)),
    operation: (opid) => wallet.operation(opid),
    transaction: (txid) => wallet.transaction(txid),
    recent: (fromHeight) => wallet.recent(fromHeight),
    backlog: () => wallet.backlog(),
    shieldCoinbase: (limit) => around(() => wallet.shieldCoinbase(limit)),
  };
}

function mortalChain(chain: FakeChain, crash: CrashSwitch): ChainPort {
  return {
    tip: () => chain.tip(),
    transaction: (txid) => chain.transaction(txid),
    async broadcast(hex) {
      crash.step();
      const result = await chain.broadcast(hex);
      crash.step();
      return result;
    },
    outputs: (txid) => chain.outputs(txid),
    blockHash: (height) => chain.blockHash(height),
    isValidAddress: (address) => chain.isValidAddress(address),
  };
}
