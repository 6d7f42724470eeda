import type {
  Clock,
  Conduct,
  Counter,
  CounterBy,
  Histogram,
  Logger,
  Random,
} from "../../base/mod.ts";
import type { JobBook } from "../../chain/jobs/mod.ts";
import type { MinerIdentity, ServiceRefusal } from "../channels/mod.ts";
import type { ShareProcessor } from "../shares/mod.ts";
import type { TransactionSource } from "./node_questions.ts";
import type { BlockProposer } from "./proposal_queue.ts";
import type { RefusalLabel } from "./refusal_labels.ts";

/** What the operator decided about declared jobs. */
export interface DeclarationOptions {
  /** How long a token can be used for declaring. */
  readonly tokenLifetimeMs: number;
  /** Tokens that one connection may hold at a time, and jobs that it may have alive. */
  readonly tokensPerClientMax: number;
  /** Bytes that a declared coinbase may be longer than the offered one. */
  readonly additionalSizeMax: number;
  /** What a declared coinbase must pay the pool at least. */
  readonly poolPayoutMinZat: bigint;
  /**
   * The share target of every declared job, unless the network's is easier. It is the same for all
   * and in all processes of a pool: a header never has two.
   */
  readonly shareTarget: bigint;
  /** Whether blocks are divided by the work of shares, so that it counts what the pool gets. */
  readonly isWorkWeighed: boolean;
  /** How full templates are judged; undefined where none may be declared. */
  readonly fullTemplates: FullTemplateLevel | undefined;
  /** From accept to the first token. */
  readonly connectionTimeoutMs: number;
  /** Shares that one connection from an address may send. */
  readonly maxSharesPerSecond: (address: string) => number;
}

/**
 * What is done for the bytes of a full template; the node judges each block before it is a job.
 * `Minimal`: what neither the pool's templates nor the declarer's jobs hold, the declarer has to
 * send. `Standard` and `Strict`: the node's mempool is asked first.
 */
export type FullTemplateLevel = "Minimal" | "Standard" | "Strict";

/** What declarations are told apart by where their time is measured. */
export type DeclarationLevel = "coinbase_only" | "minimal" | "standard" | "strict";

/** What this room measures. */
export interface DeclarationMetrics {
  readonly tokens: Counter;
  readonly jobs: Counter;
  /** Of {@link jobs} those with transactions of the declarer's choice. */
  readonly fullTemplateJobs: Counter;
  /** From the turn of a declaration to its answer, what the declarer was asked for included. */
  readonly validationSeconds: Readonly<Record<DeclarationLevel, Histogram>>;
  readonly refusals: CounterBy<RefusalLabel>;
}

/** What a declaration server works with. */
export interface DeclarationModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly book: JobBook;
  readonly shares: ShareProcessor;
  readonly proposer: BlockProposer;
  readonly transactions: TransactionSource;
  readonly metrics: DeclarationMetrics;
  readonly conduct?: Conduct | undefined;
  /** Reads a user_identity, within a bounded time; rejects with IdentityError. */
  readonly identify: (userIdentity: string) => Promise<MinerIdentity>;
}

/** What a session needs beside: why no paid work is taken now. */
export interface ServiceGate {
  readonly refusal: () => ServiceRefusal | undefined;
}
