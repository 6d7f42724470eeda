import type { BlockSubsidy, TransparentOutput } from "../zcash/mod.ts";
import type { BestBlock, BlockchainInfo, BlockHeaderInfo, BlockLinks } from "./node_answers.ts";
import type {
  AddressInfo,
  DeprecationInfo,
  NetworkInfo,
  TransactionPlace,
} from "./node_answers.ts";

/** Options of a call that may be given up. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * The calls of a Zcash node that a pool needs, typed after zebrad 7.0.0.
 *
 * Every call has a connection and a time limit of its own, so that no call waits for another and
 * one that is never answered (a long poll, a block with an unknown parent) costs only itself. All
 * hashes are 32 bytes in internal order. Every method rejects with `RpcError`.
 */
export interface NodeClient {
  /** For logs and events: without user and password. */
  readonly url: string;
  /**
   * `getblocktemplate`. With `longPollId` the node holds the call until it has other work.
   *
   * @returns the answer as it came, for `parseBlockTemplate`.
   */
  getBlockTemplate(options?: CallOptions & { readonly longPollId?: string }): Promise<unknown>;
  /**
   * `getblocktemplate` in proposal mode: all checks of a block except proof of work.
   *
   * @param block the whole serialized block.
   * @returns null when valid, else the node's reason (text for people).
   */
  proposeBlock(block: Uint8Array, options?: CallOptions): Promise<string | null>;
  /**
   * `submitblock`.
   *
   * @returns null (taken), "duplicate" (known or queued), or "rejected" without a reason.
   */
  submitBlock(block: Uint8Array, options?: CallOptions): Promise<string | null>;
  /** `getblockchaininfo`. */
  getBlockchainInfo(options?: CallOptions): Promise<BlockchainInfo>;
  /** `getblockhash`: of the best chain; undefined above its tip. */
  getBlockHash(height: number, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** `getblockheader`: undefined when the best chain has no such block. */
  getBlockHeader(hash: Uint8Array, options?: CallOptions): Promise<BlockHeaderInfo | undefined>;
  /** `getblock` with verbosity 0: undefined when the best chain has no such block. */
  getBlock(hash: Uint8Array, options?: CallOptions): Promise<Uint8Array | undefined>;
  /** `getblock` with verbosity 1: undefined when the best chain has no such block. */
  getBlockLinks(hash: Uint8Array, options?: CallOptions): Promise<BlockLinks | undefined>;
  /** `getbestblockheightandhash`; undefined when the node has no block at all. */
  getBestBlockHeightAndHash(options?: CallOptions): Promise<BestBlock | undefined>;
  /** `getblocksubsidy`: what the block of this height pays, fees apart. */
  getBlockSubsidy(height: number, options?: CallOptions): Promise<BlockSubsidy>;
  /** `validateaddress`: transparent and TEX addresses. */
  validateAddress(address: string, options?: CallOptions): Promise<AddressInfo>;
  /** `z_validateaddress`: all kinds. */
  zValidateAddress(address: string, options?: CallOptions): Promise<AddressInfo>;
  /**
   * `getrawtransaction`, verbose: where a transaction is; undefined when the node has it neither in
   * its mempool nor in a block.
   */
  getTransactionPlace(
    txid: Uint8Array,
    options?: CallOptions,
  ): Promise<TransactionPlace | undefined>;
  /**
   * `getrawtransaction`, verbose: the transparent outputs of a transaction, wherever it is; undefined
   * when the node does not have it.
   */
  getTransactionOutputs(
    txid: Uint8Array,
    options?: CallOptions,
  ): Promise<TransparentOutput[] | undefined>;
  /**
   * `getrawtransaction`: a transaction's bytes, from the mempool or a block; undefined when the node
   * does not have it.
   */
  getTransaction(txid: Uint8Array, options?: CallOptions): Promise<Uint8Array | undefined>;
  /**
   * `gettxout` without the mempool: whether the best chain has this output and nothing has spent it.
   *
   * @param index of the output, unsigned 32 bits.
   */
  isUnspent(txid: Uint8Array, index: number, options?: CallOptions): Promise<boolean>;
  /**
   * `sendrawtransaction`: resolves when the node has taken it; what it refuses is an error of kind
   * `rpc`. May be repeated with the same bytes.
   */
  sendRawTransaction(transaction: Uint8Array, options?: CallOptions): Promise<void>;
  /** `getdeprecationinfo`: undefined on test networks, where a node has no end of support. */
  getDeprecationInfo(options?: CallOptions): Promise<DeprecationInfo | undefined>;
  /** `getnetworkinfo`. */
  getNetworkInfo(options?: CallOptions): Promise<NetworkInfo>;
}
