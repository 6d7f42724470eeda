/**
 * Miners as the simulation has them: they hand in shares of jobs that they hold, and remember what
 * became of each.
 *
 * @module
 */
import { HEADER_LENGTH, SOLUTION_LENGTH, u256FromLe } from "../../src/base/mod.ts";
import { sha256d } from "../../src/chain/zcash/mod.ts";
import {
  NewEquihashJob,
  OpenExtendedMiningChannelSuccess,
  SubmitSharesError,
  SubmitSharesSuccess,
  UpdateChannel,
} from "../../src/wire/protocol/mod.ts";
import { type HarnessMiner, numberedBytes } from "../support/pool_harness.ts";
import type { StratumMiner } from "../support/stratum_miner.ts";

/** Work of a miner, in one form for both protocols. */
export interface SimJob {
  readonly id: string;
  /** Hexadecimal digits of the parent's hash, internal order. */
  readonly parent: string;
  /** The header without the miner's part of the nonce and the solution. */
  readonly head: Uint8Array;
  readonly nonce1: Uint8Array;
  readonly target: bigint;
}

/** A share that was handed in. */
export interface SentShare {
  readonly job: SimJob;
  /** SHA-256d of header and solution, hexadecimal digits, internal order. */
  readonly hash: string;
  readonly value: bigint;
  readonly nonce2: Uint8Array;
  /** "accepted", or the pool's reason in words of both protocols; undefined while none came. */
  answer: string | undefined;
}

/** What a miner sends. */
export interface SharePlan {
  readonly job: SimJob;
  readonly nonce2: Uint8Array;
  readonly solution: Uint8Array;
}

/** A miner of either protocol. */
export interface SimMiner {
  readonly protocol: "sv2" | "stratum";
  readonly sent: readonly SentShare[];
  /** Jobs in the order in which they came. */
  readonly jobs: readonly SimJob[];
  readonly isConnected: boolean;
  /** What the pool has let it in with; false where it refused. */
  readonly isIn: boolean;
  send(plan: SharePlan): Promise<SentShare>;
  /** Reads what has come since. */
  look(): void;
  update(hashRate: number): Promise<void>;
  disconnect(): void;
}

/** The bytes that are hashed. */
export function headerOf({ job, nonce2, solution }: SharePlan): Uint8Array {
  const header = new Uint8Array(HEADER_LENGTH);
  header.set(job.head);
  header.set(job.nonce1, 108);
  header.set(nonce2, 108 + job.nonce1.length);
  header.set([0xfd, 0x40, 0x05], 140);
  header.set(solution, HEADER_LENGTH - SOLUTION_LENGTH);
  return header;
}

function sentShare(plan: SharePlan): SentShare {
  const hash = sha256d(headerOf(plan));
  return {
    ...{ job: plan.job, nonce2: plan.nonce2 },
    hash: hash.toHex(),
    value: u256FromLe(hash),
    answer: undefined,
  };
}

/** A miner of Stratum V2. */
export class Sv2Miner implements SimMiner {
  readonly protocol = "sv2";
  readonly sent: SentShare[] = [];
  readonly jobs: SimJob[] = [];
  readonly #miner: HarnessMiner;
  readonly #bySequence = new Map<number, SentShare>();
  #read = 0;
  #sequence = 0;
  #accepted = 0;

  constructor(miner: HarnessMiner) {
    this.#miner = miner;
    this.look();
  }

  get isConnected(): boolean {
    return this.#miner.connection.closeReason === undefined;
  }

  get isIn(): boolean {
    return this.#miner.heard(OpenExtendedMiningChannelSuccess).length > 0;
  }

  async send(plan: SharePlan): Promise<SentShare> {
    const share = sentShare(plan);
    const sequence = this.#sequence++;
    this.sent.push(share);
    this.#bySequence.set(sequence, share);
    const [channelId, jobId] = plan.job.id.split(".").map(Number);
    await this.#miner.submit({
      channelId: channelId as number,
      sequenceNumber: sequence,
      jobId: jobId as number,
      nonce2: plan.nonce2,
      time: new DataView(plan.job.head.buffer).getUint32(100, true),
      solution: plan.solution,
    });
    return share;
  }

  look(): void {
    const { received } = this.#miner;
    for (; this.#read < received.length; this.#read++) {
      const { type, value } = received[this.#read] as (typeof received)[number];
      if (type.name === NewEquihashJob.name) this.jobs.push(jobOf(value as NewEquihashJob));
      if (type.name === SubmitSharesError.name) {
        const { sequenceNumber, errorCode } = value as SubmitSharesError;
        const share = this.#bySequence.get(sequenceNumber);
        if (share !== undefined) share.answer = errorCode;
      }
      if (type.name === SubmitSharesSuccess.name) this.#acknowledge(value as SubmitSharesSuccess);
    }
  }

  /** Everything up to the number that was not refused is accepted. */
  #acknowledge({ lastSequenceNumber, newSubmitsAcceptedCount }: SubmitSharesSuccess): void {
    let count = 0;
    for (const [sequence, share] of this.#bySequence) {
      if (sequence > lastSequenceNumber || share.answer !== undefined) continue;
      share.answer = "accepted";
      count++;
    }
    this.#accepted += count;
    if (count !== newSubmitsAcceptedCount) {
      throw new Error(`${newSubmitsAcceptedCount} shares are acknowledged, ${count} are open`);
    }
  }

  async update(hashRate: number): Promise<void> {
    const channelId = Number(this.jobs.at(-1)?.id.split(".")[0] ?? 0);
    await this.#miner.send(UpdateChannel.encode({
      channelId,
      nominalHashRate: hashRate,
      maximumTarget: new Uint8Array(32).fill(0xff),
    }));
  }

  disconnect(): void {
    this.#miner.connection.close("the miner left");
  }
}

function jobOf(job: NewEquihashJob): SimJob {
  const head = new Uint8Array(108);
  const view = new DataView(head.buffer);
  view.setUint32(0, job.version, true);
  head.set(job.prevHash, 4);
  head.set(job.merkleRoot, 36);
  head.set(job.blockCommitments, 68);
  view.setUint32(100, job.time, true);
  view.setUint32(104, job.bits, true);
  return {
    id: `${job.channelId}.${job.jobId}`,
    parent: job.prevHash.toHex(),
    head,
    nonce1: job.nonce1,
    target: u256FromLe(job.target),
  };
}

/** A miner of Stratum V1. */
export class StratumSimMiner implements SimMiner {
  readonly protocol = "stratum";
  readonly sent: SentShare[] = [];
  readonly jobs: SimJob[] = [];
  readonly isIn: boolean;
  readonly #miner: StratumMiner;
  readonly #byId = new Map<number, SentShare>();
  #read = 0;
  #target = 0n;
  #nonce1: Uint8Array;

  constructor(miner: StratumMiner, isIn: boolean) {
    this.#miner = miner;
    this.isIn = isIn;
    this.#nonce1 = isIn ? Uint8Array.fromHex(miner.nonce1) : new Uint8Array(0);
    this.look();
  }

  get isConnected(): boolean {
    return this.#miner.connection.closeReason === undefined;
  }

  async send(plan: SharePlan): Promise<SentShare> {
    const share = sentShare(plan);
    this.sent.push(share);
    const time = plan.job.head.slice(100, 104).toHex();
    const id = 1_000 + this.sent.length;
    this.#byId.set(id, share);
    await this.#miner.raw(JSON.stringify({
      id,
      method: "mining.submit",
      params: [
        this.#miner.worker,
        plan.job.id,
        time,
        plan.nonce2.toHex(),
        `fd4005${plan.solution.toHex()}`,
      ],
    }));
    return share;
  }

  look(): void {
    const { sent } = this.#miner.connection;
    for (; this.#read < sent.length; this.#read++) {
      const text = new TextDecoder().decode(sent[this.#read]);
      for (const line of text.split("\n")) if (line !== "") this.#take(JSON.parse(line));
    }
  }

  #take(
    line: { id: unknown; method?: string; params?: string[]; result?: unknown; error?: unknown },
  ) {
    const [first = ""] = line.params ?? [];
    if (line.method === "mining.set_target") this.#target = BigInt(`0x${first}`);
    if (line.method === "mining.set_extranonce") this.#nonce1 = Uint8Array.fromHex(first);
    if (line.method === "mining.notify") this.#takeJob(line.params ?? []);
    const share = this.#byId.get(line.id as number);
    if (line.method !== undefined || share === undefined) return;
    share.answer = line.result === true ? "accepted" : String((line.error as unknown[])?.[1]);
  }

  #takeJob(params: readonly string[]) {
    const [id = "", version = "", parent = "", root = "", reserved = "", time = "", bits = ""] =
      params;
    const head = Uint8Array.fromHex(version + parent + root + reserved + time + bits);
    this.jobs.push({ id, parent, head, nonce1: this.#nonce1, target: this.#target });
  }

  /** Stratum V1 has no such message. */
  update(): Promise<void> {
    return Promise.resolve();
  }

  disconnect(): void {
    this.#miner.connection.close("the miner left");
  }
}

/** A nonce that no other share of the run has. */
export function freshNonce2(job: SimJob, serial: number): Uint8Array {
  return numberedBytes(32 - job.nonce1.length, serial);
}
