import { displayHash, hexToBytes } from "../../src/base/mod.ts";
import { RpcError } from "../../src/platform/rpc/mod.ts";
import type {
  BroadcastOutcome,
  ChainTip,
  ChainTransaction,
} from "../../src/money/payouts/chain_port.ts";
import type { ChainPort } from "../../src/money/payouts/mod.ts";
import { parseTransaction, type TransparentOutput } from "../../src/chain/zcash/mod.ts";
import type { TwinTransaction } from "./payout_transaction.ts";

interface FakeBlock {
  readonly hash: string;
  readonly txids: readonly string[];
}

/** A node's view of a chain that a test grows, cuts and makes fail. */
export class FakeChain implements ChainPort {
  readonly #first: number;
  #blocks: FakeBlock[] = [];
  #mempool: string[] = [];
  #serial = 0;
  /** What is in a transaction; every one that a wallet made is told here. */
  readonly known = new Map<string, TwinTransaction>();
  /** How often each transaction was handed to the node. */
  readonly broadcasts = new Map<string, number>();
  readonly invalidAddresses = new Set<string>();
  synced = true;
  /** While set, every question fails with it. */
  failure: RpcError | undefined;
  /** While set, transactions are taken off the wire and then the answer is lost. */
  losesBroadcastAnswers = false;
  /** While set, the mempool takes nothing and says nothing of it. */
  swallows = false;
  /** While set, the mempool takes nothing and says why. */
  refusal: string | undefined;

  constructor(height: number) {
    this.#first = height;
    this.#push([]);
  }

  get height(): number {
    return this.#first + this.#blocks.length - 1;
  }

  /** Display order. */
  get tipHash(): string {
    return this.#blocks.at(-1)?.hash ?? "";
  }

  /** Mines so many blocks; the first holds the mempool, unless told not to. */
  mine(count = 1, options: { readonly withMempool?: boolean } = {}): void {
    for (let i = 0; i < count; i++) {
      const height = this.height + 1;
      this.#mempool = this.#mempool.filter((txid) => alive(this.known.get(txid), height));
      const txids = options.withMempool === false ? [] : this.#mempool;
      this.#mempool = this.#mempool.filter((txid) => !txids.includes(txid));
      this.#push(txids);
    }
  }

  /** Takes the last blocks away; their transactions are forgotten or wait again. */
  reorg(depth: number, options: { readonly keepMempool?: boolean } = {}): void {
    const lost = this.#blocks.splice(this.#blocks.length - depth, depth);
    if (options.keepMempool === false) return;
    this.#mempool.push(...lost.flatMap(({ txids }) => txids));
  }

  /** Puts a transaction into the mempool as if a peer had sent it. */
  receive(txid: string): void {
    if (!this.#mempool.includes(txid)) this.#mempool.push(txid);
  }

  /** Empties the mempool, as a restart of the node does. */
  forgetMempool(): void {
    this.#mempool = [];
  }

  /** What the best chain pays an address, in zatoshis. */
  paid(address: string): bigint {
    let sum = 0n;
    for (const txid of this.#blocks.flatMap(({ txids }) => txids)) {
      for (const recipient of this.known.get(txid)?.recipients ?? []) {
        if (recipient.address === address) sum += recipient.amountZat;
      }
    }
    return sum;
  }

  /** Payments on the best chain, in their order. */
  get payments(): string[] {
    return this.#blocks.flatMap(({ txids }) => txids);
  }

  // deno-lint-ignore require-await -- the keyword turns a throw into a rejection
  async tip(): Promise<ChainTip> {
    this.#check();
    return { height: this.height, hash: this.tipHash, synced: this.synced };
  }

  // deno-lint-ignore require-await -- as above
  async transaction(txid: string): Promise<ChainTransaction> {
    this.#check();
    const at = this.#blocks.findIndex(({ txids }) => txids.includes(txid));
    const block = this.#blocks[at];
    if (block !== undefined) {
      return { kind: "mined", height: this.#first + at, blockHash: block.hash };
    }
    if (!this.#mempool.includes(txid)) return { kind: "absent" };
    const expiryHeight = this.known.get(txid)?.expiryHeight;
    return { kind: "mempool", ...(expiryHeight === undefined ? {} : { expiryHeight }) };
  }

  async outputs(txid: string): Promise<readonly TransparentOutput[] | undefined> {
    if ((await this.transaction(txid)).kind === "absent") return undefined;
    const { hex } = this.known.get(txid) ?? {};
    return hex === undefined ? [] : parseTransaction(hexToBytes(hex)).outputs;
  }

  // deno-lint-ignore require-await -- as above
  async broadcast(hex: string): Promise<BroadcastOutcome> {
    this.#check();
    const txid = displayHash(parseTransaction(hexToBytes(hex)).txid);
    this.broadcasts.set(txid, (this.broadcasts.get(txid) ?? 0) + 1);
    if (this.refusal !== undefined) return { kind: "refused", reason: this.refusal };
    if (this.swallows) return { kind: "taken" };
    if (!this.payments.includes(txid)) this.receive(txid);
    if (this.losesBroadcastAnswers) throw new RpcError("node", "timeout", "the answer was lost");
    return { kind: "taken" };
  }

  // deno-lint-ignore require-await -- as above
  async blockHash(height: number): Promise<string | undefined> {
    this.#check();
    return this.#blocks[height - this.#first]?.hash;
  }

  // deno-lint-ignore require-await -- as above
  async isValidAddress(address: string): Promise<boolean> {
    this.#check();
    return !this.invalidAddresses.has(address);
  }

  #push(txids: readonly string[]): void {
    const hash = (++this.#serial).toString(16).padStart(64, "0");
    this.#blocks.push({ hash, txids });
  }

  #check(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}

function alive(transaction: TwinTransaction | undefined, height: number): boolean {
  const expiryHeight = transaction?.expiryHeight ?? 0;
  return expiryHeight === 0 || height <= expiryHeight;
}
