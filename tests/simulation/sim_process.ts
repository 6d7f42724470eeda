import { silentLogger } from "../../src/base/mod.ts";
import { type BlockNode, MemorySpool } from "../../src/chain/blocks/mod.ts";
import type { NodeClient } from "../../src/chain/node/mod.ts";
import type { Scheme } from "../../src/money/ledger/mod.ts";
import { RecordStore } from "../../src/money/records/mod.ts";
import { SqliteShareRows } from "../../src/money/records/sqlite/share_rows.ts";
import { Treasury } from "../../src/money/treasury/mod.ts";
import { StorageError } from "../../src/platform/database/mod.ts";
import { createMetrics } from "../../src/platform/observability/mod.ts";
import type { SqliteDatabase } from "../../src/platform/database/sqlite/sqlite_database.ts";
import { makeBooks } from "../../src/service/pool/books.ts";
import { moneyInstruments } from "../../src/service/pool/money_instruments.ts";
import { treasuryOptions } from "../../src/service/pool/options.ts";
import type { ParsedConfig } from "../../src/service/config/mod.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { PoolHarness } from "../support/pool_harness.ts";
import { seededRandom } from "../support/seeded_random.ts";
import type { TestStore } from "../support/test_store.ts";
import { Life, mortalClock, mortalPart, type Outage } from "./mortal.ts";
import type { SimChain } from "./sim_chain.ts";
import { Violation } from "./violation.ts";

/** The longest that a stop may take: two minutes, as the unit file has it. */
const STOP_MAX_MS = 120_000;

/** What all processes of a world share. */
export interface SharedWorld {
  readonly clock: FakeClock;
  readonly chain: SimChain;
  readonly database: SqliteDatabase;
  readonly outage: Outage;
  readonly config: ParsedConfig;
  readonly scheme: Scheme;
}

/** One pool process, from its start to its stop or death. */
export class SimProcess {
  readonly life: Life;
  readonly pool: PoolHarness;
  readonly #treasury: Treasury;
  readonly #spool: MemorySpool;
  /** What it knows of its node: false while the node does not reach it. */
  isReached = true;

  private constructor(
    life: Life,
    pool: PoolHarness,
    { treasury, spool }: { readonly treasury: Treasury; readonly spool: MemorySpool },
  ) {
    this.life = life;
    this.pool = pool;
    this.#treasury = treasury;
    this.#spool = spool;
  }

  /**
   * @param spool what the process before it left, at the same place.
   * @returns undefined when it ended at its start because the database failed.
   */
  static async start(
    world: SharedWorld,
    place: { readonly seed: number; readonly spool: MemorySpool },
  ): Promise<SimProcess | undefined> {
    const life = new Life();
    try {
      return await SimProcess.#start(life, world, place);
    } catch (error) {
      life.endAt(0);
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }

  static async #start(
    life: Life,
    world: SharedWorld,
    { seed, spool }: { readonly seed: number; readonly spool: MemorySpool },
  ): Promise<SimProcess> {
    const clock = mortalClock(world.clock, life);
    const database = mortalPart(world.database, life, world.outage);
    const store = new RecordStore({ database, shares: new SqliteShareRows(database) });
    const late: { treasury?: Treasury } = {};
    const pool = await PoolHarness.start({
      ...{ clock, seed, spool, scheme: world.scheme },
      node: mortalNode(world.chain, life),
      // The hash of a share is as it falls: what is no share at the easiest target is none at any.
      maxSharesPerSecond: 1_000_000,
      chainListeners: [{
        parentChanged: (height) => late.treasury?.parentChanged(height),
        nodeUsable: () => late.treasury?.nodeUsable(),
      }],
    }, store as TestStore);
    const ground = { clock, random: seededRandom(seed + 1), logger: silentLogger };
    const { registry } = createMetrics();
    const metrics = moneyInstruments(registry);
    const node = world.chain as unknown as NodeClient;
    const books = makeBooks(world.config.config, {
      ...{ ...ground, records: { store, database }, nodes: [node], metrics: metrics.payouts },
    });
    const treasury = late.treasury = await Treasury.open(treasuryOptions(world.config), {
      ...{ ...ground, books, writer: pool.writer, metrics },
      chainNodes: [world.chain],
    });
    await treasury.run(() => {});
    await pool.submitter.recover();
    return new SimProcess(life, pool, { treasury, spool });
  }

  get spool(): MemorySpool {
    return this.#spool;
  }

  /**
   * Ends as SIGTERM has it, and waits for what is under way.
   *
   * @returns false when it was killed meanwhile.
   */
  async stop(clock: FakeClock): Promise<boolean> {
    let isDone = false;
    const stopping = Promise.all([this.#treasury.close(), this.pool.pool.stop()])
      .then(() => void (isDone = true), () => void (isDone = this.life.isDead));
    for (let ms = 0; ms < STOP_MAX_MS && !isDone && !this.life.isDead; ms += 50) {
      await clock.advance(50);
    }
    if (this.life.isDead) return false;
    if (!isDone) throw new Violation("a stop ends", `not within ${STOP_MAX_MS} ms`);
    await stopping;
    this.life.endAt(0);
    return true;
  }
}

/** The node as a process sees it that may die. */
function mortalNode(chain: SimChain, life: Life): BlockNode {
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    life.step();
    return await call();
  };
  return {
    url: chain.url,
    submitBlock: (block) => alive(() => chain.submitBlock(block)),
    proposeBlock: () => alive(() => chain.proposeBlock()),
    getBlockHash: (height) => alive(() => chain.getBlockHash(height)),
  };
}
