/**
 * One pool process that pays miners by coinbases, without its sockets: templates in, work out, over a
 * ledger and a node that several such processes may share.
 *
 * @module
 */
import { type Clock, type Logger, silentLogger } from "../../src/base/mod.ts";
import { type BranchNode, BranchReader } from "../../src/chain/chain_follower/mod.ts";
import { JobBook, JobFactory, type JobTemplate, payAllTo } from "../../src/chain/jobs/mod.ts";
import { type BlockTemplate, p2shScript } from "../../src/chain/zcash/mod.ts";
import { NoncePrefixes } from "../../src/mining/channels/mod.ts";
import { PayoutStore } from "../../src/money/payouts/mod.ts";
import type { RecordStore } from "../../src/money/records/mod.ts";
import { CoinbasePayments } from "../../src/money/treasury/mod.ts";
import { BlockSettler, ShareReader } from "../../src/money/books/mod.ts";
import type { SqlDatabase } from "../../src/platform/database/mod.ts";
import { PayingWork } from "../../src/service/pool/paying_work.ts";
import { WorkDistributor } from "../../src/service/pool/work_distributor.ts";
import { seededRandom } from "./seeded_random.ts";

/** Where the value goes that no payee gets. */
export const POOL_SCRIPT: Uint8Array = p2shScript(new Uint8Array(20).fill(0x33));

/** Work as it was handed to the miners. */
export interface SentWork {
  readonly work: JobTemplate;
  readonly cleanJobs: boolean;
}

/** What a process works with. */
export interface PayingPoolModules {
  readonly store: RecordStore;
  readonly database: SqlDatabase;
  readonly nodes: readonly BranchNode[];
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** The process. */
export class PayingPool {
  readonly sent: SentWork[] = [];
  readonly settler: BlockSettler;
  readonly reader: ShareReader;
  readonly money: CoinbasePayments;
  readonly #paying: PayingWork;
  readonly #distributor: WorkDistributor;

  constructor(
    options: {
      readonly seed: number;
      readonly minPayoutZat: bigint;
      readonly payeesMax?: number;
      readonly poolScript?: Uint8Array;
      /** False for work that pays the pool alone, as a baseline. */
      readonly isPaying?: boolean;
    },
    modules: PayingPoolModules,
  ) {
    const { store, database, nodes, clock, logger = silentLogger } = modules;
    const { seed, minPayoutZat, payeesMax = 100, poolScript = POOL_SCRIPT, isPaying = true } =
      options;
    const random = seededRandom(seed);
    this.reader = new ShareReader(database);
    this.settler = new BlockSettler({ database, reader: this.reader, clock });
    this.money = new CoinbasePayments({ minPayoutZat, payeesMax }, {
      books: { database, store, shares: this.reader, payouts: new PayoutStore() },
      ...{ settler: this.settler, blocks: this.settler, clock, logger },
    });
    const branch = new BranchReader(nodes);
    this.#paying = new PayingWork({ money: this.money, branch, clock, random, logger });
    this.#distributor = new WorkDistributor({ jobRefreshMs: 30_000, jobMaxAgeMs: 120_000 }, {
      ...{ clock, logger, chainListeners: [], onWork: () => {} },
      ...(isPaying ? { paying: this.#paying } : {}),
      book: new JobBook(random),
      source: new JobFactory({
        split: payAllTo(poolScript),
        tag: new TextEncoder().encode("pool"),
        processBytes: random.bytes(8),
      }),
      seen: { openParent: () => {} },
      prefixes: new NoncePrefixes(4, random),
      receiver: {
        broadcast: (work, cleanJobs) => void this.sent.push({ work, cleanJobs }),
        closeAll: () => {},
        admit: () => {},
      },
    });
  }

  /** The newest work. */
  get work(): JobTemplate | undefined {
    return this.sent.at(-1)?.work;
  }

  /** Hands a template to the process; what goes out at once is in {@link sent}. */
  template(template: BlockTemplate): void {
    this.#distributor.handle({ kind: "template", template, nodeUrl: "http://node" });
  }

  async close(): Promise<void> {
    this.#distributor.close();
    await this.#paying.close();
  }
}
