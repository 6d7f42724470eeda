import type { Clock, Logger, Random } from "../../base/mod.ts";
import type { BlockSubmitter } from "../../chain/blocks/mod.ts";
import { JobBook } from "../../chain/jobs/mod.ts";
import { NoncePrefixes, PrefixAccounts } from "../../mining/channels/mod.ts";
import {
  createWorkerVerifier,
  type EquihashVerifier,
  type VerifierMetrics,
} from "../../mining/equihash/mod.ts";
import {
  type DuplicateClaims,
  type SeenShares,
  type ShareMetrics,
  ShareProcessor,
} from "../../mining/shares/mod.ts";
import type { Scheme } from "../../money/ledger/mod.ts";
import {
  type RecordWriter,
  type ShareCounters,
  ShareRecorder,
  type ShareRecorderModules,
} from "../../money/records/mod.ts";
import type { Config } from "../config/mod.ts";
import type { PoolEvent } from "./events.ts";

/** Shares that may wait for a verifier thread: about a second's work of one thread. */
const VERIFIER_QUEUE_MAX = 8_192;

/** What every way to mine here shares: the work that is alive, and the one path of a share. */
export interface MiningCore {
  readonly book: JobBook;
  readonly seen: Pick<SeenShares, "openParent">;
  readonly prefixes: NoncePrefixes;
  /** What each network of clients takes of them. */
  readonly prefixAccounts: PrefixAccounts;
  readonly shares: ShareProcessor;
  readonly recorder: ShareRecorder;
}

/** What decides about work and its worth. */
export interface MiningCoreOptions {
  /** Bytes of nonce_1. */
  readonly nonce1Length: number;
  /** How rewards are shared; decides what a share earns at once. */
  readonly scheme: Scheme;
  /** Pool fee in parts per million. */
  readonly feePpm: number;
}

/** What the core works with. */
export interface MiningCoreModules {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly verifier: EquihashVerifier;
  readonly duplicates: DuplicateClaims & Pick<SeenShares, "openParent">;
  readonly submitter: BlockSubmitter;
  readonly writer: RecordWriter;
  readonly hashRate: ShareRecorderModules["hashRate"];
  readonly metrics: ShareMetrics & ShareCounters;
  readonly emit: (event: PoolEvent) => void;
}

/** Starts the threads that check solutions. */
export function startVerifier(
  { mining }: Config,
  modules: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: VerifierMetrics;
  },
): EquihashVerifier {
  const { validationThreads: threads } = mining;
  return createWorkerVerifier({ threads, queueCapacity: VERIFIER_QUEUE_MAX }, modules);
}

/** Makes it. */
export function makeMiningCore(options: MiningCoreOptions, modules: MiningCoreModules): MiningCore {
  const { clock, random, logger, verifier, duplicates, submitter, writer } = modules;
  const { hashRate, metrics, emit } = modules;
  const { nonce1Length, scheme, feePpm } = options;
  const book = new JobBook(random);
  const recorder = new ShareRecorder({
    ...{ clock, logger, writer, submitter, hashRate, metrics, emit, scheme, feePpm },
  });
  const prefixes = new NoncePrefixes(nonce1Length, random);
  return {
    ...{ book, seen: duplicates, recorder, prefixes },
    prefixAccounts: new PrefixAccounts(prefixes),
    shares: new ShareProcessor({
      ...{ verifier, book, clock, metrics, duplicates, sink: recorder },
    }),
  };
}
