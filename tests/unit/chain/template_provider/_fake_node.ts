/** A node in memory, with a chain tip, a long poll, and every way to misbehave. */
import { displayHash, equalBytes, hashFromDisplay } from "../../../../src/base/mod.ts";
import { RpcError } from "../../../../src/platform/rpc/mod.ts";
import { type CallOptions, type NodeClient } from "../../../../src/chain/node/mod.ts";
import type { BestBlock } from "../../../../src/chain/node/mod.ts";
import vectors from "../../../vectors/data/zcash/zebra_7.0.0.json" with { type: "json" };

const BASE = vectors.templates[0]?.result as Record<string, unknown>;
const TRANSACTION = { data: "00".repeat(20), hash: "11".repeat(32), authdigest: "22".repeat(32) };

/** The block of this height on branch `branch`; heights tell tips apart in tests. */
export function blockHash(height: number, branch = 0): Uint8Array {
  return hashFromDisplay((height * 256 + branch).toString(16).padStart(64, "0"));
}

/** An answer of getblocktemplate as a node gives it. */
export function templateJson(
  tip: { height: number; hash: Uint8Array },
  options: { transactions: number; serial: number },
): Record<string, unknown> {
  const item = { ...TRANSACTION, depends: [], fee: 1000, sigops: 0, required: false };
  return {
    ...BASE,
    height: tip.height + 1,
    previousblockhash: displayHash(tip.hash),
    longpollid: `${tip.height}-${displayHash(tip.hash).slice(56)}-${options.serial}`,
    transactions: Array(options.transactions).fill(item),
  };
}

type LongPolls = "normal" | "silent" | "dropped" | "at_once";

export class FakeNode implements NodeClient {
  readonly url: string;
  tip: BestBlock = { height: 100, hash: blockHash(100) };
  transactions = 0;
  serial = 0;
  /** Of the blocks below the tip. */
  branch = 0;
  /** Thrown by every call while set; "hang" answers nothing. */
  trouble: RpcError | "hang" | undefined;
  longPolls: LongPolls = "normal";
  /** Put in the place of the next answers to getblocktemplate. */
  override: unknown;
  readonly calls: string[] = [];
  /** Calls under way. */
  pending = 0;
  #waiting: { id: string; answer: (fail?: RpcError) => void }[] = [];

  constructor(url = "http://node-a") {
    this.url = url;
  }

  /** The tip moves; the first template for it has `transactions` of them. */
  newTip(height: number, options: { branch?: number; transactions?: number } = {}): void {
    this.tip = { height, hash: blockHash(height, options.branch) };
    this.transactions = options.transactions ?? 0;
    this.change();
  }

  /** Other content on the same tip. */
  refresh(transactions: number): void {
    this.transactions = transactions;
    this.change();
  }

  /** A new template with a new id; held long polls are answered. */
  change(): void {
    this.serial++;
    if (this.longPolls === "silent") return;
    const held = this.#waiting.filter(({ id }) => id !== "");
    this.#waiting = this.#waiting.filter(({ id }) => id === "");
    for (const { answer } of held) answer();
  }

  /** Ends the calls that are held, as a node that dies does. */
  drop(): void {
    const gone = new RpcError("node", "unreachable", "The node closed the connection");
    for (const { answer } of this.#waiting.splice(0)) answer(gone);
  }

  count(call: string): number {
    return this.calls.filter((other) => other === call).length;
  }

  async getBlockTemplate(options: CallOptions & { longPollId?: string } = {}): Promise<unknown> {
    const { longPollId } = options;
    if (longPollId === undefined) {
      return await this.#do("template", options, () => this.#template());
    }
    return await this.#do("long_poll", options, async () => {
      if (this.longPolls === "dropped") throw new RpcError("node", "unreachable", "dropped");
      const held = this.longPolls === "silent" ||
        (this.longPolls === "normal" && this.#template().longpollid === longPollId);
      if (held) await this.#hold(longPollId, options.signal);
      if (this.longPolls === "at_once") this.serial++;
      return this.#template();
    });
  }

  getBestBlockHeightAndHash(options: CallOptions = {}): Promise<BestBlock | undefined> {
    return this.#do("best", options, () => this.tip);
  }

  /** Of a chain without branches up to the tip, which may be on one. */
  getBlockHash(height: number, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    return this.#do("hash", options, () => {
      if (height === this.tip.height) return this.tip.hash;
      return height < this.tip.height ? blockHash(height, this.branch) : undefined;
    });
  }

  #template(): Record<string, unknown> {
    if (this.override !== undefined) return this.override as Record<string, unknown>;
    return templateJson(this.tip, this);
  }

  async #do<T>(call: string, options: CallOptions, answer: () => T | Promise<T>): Promise<T> {
    this.calls.push(call);
    this.pending++;
    try {
      if (this.trouble === "hang") await this.#hold("", options.signal);
      if (this.trouble instanceof RpcError) throw this.trouble;
      return await answer();
    } finally {
      this.pending--;
    }
  }

  #hold(id: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(new RpcError("node", "aborted", "given up"));
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true });
      const answer = (fail?: RpcError): void => {
        signal?.removeEventListener("abort", abort);
        if (fail === undefined) resolve();
        else reject(fail);
      };
      this.#waiting.push({ id, answer });
    });
  }

  /** Lets calls go on that were held by `trouble = "hang"`. */
  recover(): void {
    this.trouble = undefined;
    const hanging = this.#waiting.filter(({ id }) => id === "");
    this.#waiting = this.#waiting.filter(({ id }) => id !== "");
    for (const { answer } of hanging) answer();
  }

  proposeBlock = unused;
  submitBlock = unused;
  getBlockchainInfo = unused;
  getBlockHeader = unused;
  getBlock = unused;
  getBlockLinks = unused;
  getBlockSubsidy = unused;
  validateAddress = unused;
  zValidateAddress = unused;
  getTransactionPlace = unused;
  getTransactionOutputs = unused;
  getTransaction = unused;
  isUnspent = unused;
  sendRawTransaction = unused;
  getDeprecationInfo = unused;
  getNetworkInfo = unused;
}

function unused(): Promise<never> {
  return Promise.reject(new RpcError("node", "rpc", "not part of this test"));
}

/** True when the template builds on that block. */
export function buildsOn(parent: Uint8Array, height: number, branch = 0): boolean {
  return equalBytes(parent, blockHash(height, branch));
}
