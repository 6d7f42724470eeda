import { bytesToHex, displayHash, systemClock } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import { BLOCK_LENGTH_MAX, type BlockSubsidy, type TransparentOutput } from "../zcash/mod.ts";
import { RpcClient, type RpcCredentials, RpcError } from "../../platform/rpc/mod.ts";
import {
  readAddressInfo,
  readBestBlock,
  readBlockchainInfo,
  readBlockHeader,
  readBlockLinks,
  readBlockSubsidy,
  readDeprecationInfo,
  readHash,
  readHexBytes,
  readNetworkInfo,
  readTransactionOutputs,
  readTransactionPlace,
  readUnspent,
  readVerdict,
} from "./node_answers.ts";
import type {
  AddressInfo,
  BestBlock,
  BlockchainInfo,
  BlockHeaderInfo,
  BlockLinks,
  DeprecationInfo,
  NetworkInfo,
  TransactionPlace,
} from "./node_answers.ts";
import type { CallOptions, NodeClient } from "./node_client.ts";

/** How long a call may take, from connecting to the last byte, in milliseconds. */
export interface CallLimits {
  /** Questions that the node answers from memory. */
  readonly questionMs: number;
  /** Plain `getblocktemplate`: with a shielded miner address Zebra itself waits up to 10 s. */
  readonly templateMs: number;
  /** Long poll; a new one follows at once, so this only bounds how long a dead one is held. */
  readonly longPollMs: number;
  /**
   * `submitblock` and `sendrawtransaction`: 3 to 6 ms as measured, without any bound when the parent
   * or an input is unknown.
   */
  readonly submitMs: number;
  /** Proposal mode: some ms, but six minutes for an input that nobody knows. */
  readonly proposalMs: number;
}

/** See {@link CallLimits}. */
const DEFAULT_CALL_LIMITS: CallLimits = {
  questionMs: 3_000,
  templateMs: 15_000,
  longPollMs: 60_000,
  submitMs: 20_000,
  proposalMs: 10_000,
};

/** Where a node is and how it is spoken to. */
export interface RpcNodeOptions {
  /** `http://host:port` (or https behind a proxy); a path is kept. */
  readonly url: string;
  readonly credentials: RpcCredentials;
  readonly limits?: Partial<CallLimits>;
  /** Bytes of answer that are accepted; enough for the greatest block unless given. */
  readonly answerLengthMax?: number;
}

/**
 * A template of the greatest block: two hexadecimal digits a byte and, when it is full of the
 * smallest transactions, twice as much of names and digests around them; and room for as much again.
 */
const ANSWER_LENGTH_MAX = 8 * BLOCK_LENGTH_MAX;

/** Zebra takes bodies of two of its greatest blocks and 1 KB, and closes the connection at more. */
const REQUEST_LENGTH_MAX = 2 * BLOCK_LENGTH_MAX + 1024;

/** Codes that mean "there is no such block on the best chain" (-1: above the tip; no block yet). */
const NO_SUCH_BLOCK_CODES: readonly number[] = [-1, -5, -8];

/** The code of `getrawtransaction` for "no such transaction"; nothing else means that. */
const NO_SUCH_TRANSACTION = -5;

/** {@link NodeClient} over HTTP JSON-RPC 2.0. */
export class RpcNodeClient implements NodeClient {
  readonly #rpc: RpcClient;
  readonly #limits: CallLimits;

  /** @throws {TypeError} when the URL is none or not http or https. */
  constructor(
    options: RpcNodeOptions,
    modules: { readonly clock: Clock } = { clock: systemClock },
  ) {
    const { url, credentials, answerLengthMax = ANSWER_LENGTH_MAX } = options;
    // Every call may be repeated: they ask, and what is handed over twice is a duplicate.
    const how = { silenceIsRefusal: true, requestLengthMax: REQUEST_LENGTH_MAX, answerLengthMax };
    this.#rpc = new RpcClient({ peer: "node", url, credentials, ...how }, modules);
    this.#limits = { ...DEFAULT_CALL_LIMITS, ...options.limits };
  }

  get url(): string {
    return this.#rpc.url;
  }

  getBlockTemplate(
    options: CallOptions & { readonly longPollId?: string } = {},
  ): Promise<unknown> {
    return options.longPollId === undefined
      ? this.#call("getblocktemplate", [], this.#limits.templateMs, options)
      : this.#call(
        "getblocktemplate",
        [
          { longpollid: options.longPollId, capabilities: ["longpoll"] },
        ],
        this.#limits.longPollMs,
        options,
      );
  }

  async proposeBlock(block: Uint8Array, options: CallOptions = {}): Promise<string | null> {
    const parameter = { mode: "proposal", data: bytesToHex(block) };
    const limitMs = this.#limits.proposalMs;
    return readVerdict(
      "getblocktemplate (proposal)",
      await this.#call("getblocktemplate", [parameter], limitMs, options),
    );
  }

  async submitBlock(block: Uint8Array, options: CallOptions = {}): Promise<string | null> {
    const limitMs = this.#limits.submitMs;
    // Not by JSON.stringify: looking for what to escape in 4 MB of digits takes it 6 ms.
    const params = `["${bytesToHex(block)}"]`;
    return readVerdict(
      "submitblock",
      await this.#call("submitblock", params, limitMs, options),
    );
  }

  async getBlockchainInfo(options: CallOptions = {}): Promise<BlockchainInfo> {
    return readBlockchainInfo(await this.#ask("getblockchaininfo", [], options));
  }

  async getBlockHash(height: number, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    const answer = await this.#askForBlock("getblockhash", [height], options);
    return answer === undefined ? undefined : readHash("getblockhash", answer);
  }

  async getBlockHeader(
    hash: Uint8Array,
    options: CallOptions = {},
  ): Promise<BlockHeaderInfo | undefined> {
    const answer = await this.#askForBlock("getblockheader", [displayHash(hash), true], options);
    return answer === undefined ? undefined : readBlockHeader(answer);
  }

  async getBlock(hash: Uint8Array, options: CallOptions = {}): Promise<Uint8Array | undefined> {
    const answer = await this.#askForBlock("getblock", [displayHash(hash), 0], options);
    return answer === undefined ? undefined : readHexBytes("getblock", answer);
  }

  async getBlockLinks(
    hash: Uint8Array,
    options: CallOptions = {},
  ): Promise<BlockLinks | undefined> {
    const answer = await this.#askForBlock("getblock", [displayHash(hash), 1], options);
    return answer === undefined ? undefined : readBlockLinks(answer);
  }

  async getBestBlockHeightAndHash(options: CallOptions = {}): Promise<BestBlock | undefined> {
    const answer = await this.#askForBlock("getbestblockheightandhash", [], options);
    return answer === undefined ? undefined : readBestBlock(answer);
  }

  async getBlockSubsidy(height: number, options: CallOptions = {}): Promise<BlockSubsidy> {
    return readBlockSubsidy(await this.#ask("getblocksubsidy", [height], options));
  }

  async validateAddress(address: string, options: CallOptions = {}): Promise<AddressInfo> {
    const answer = await this.#ask("validateaddress", [address], options);
    return readAddressInfo("validateaddress", answer);
  }

  async zValidateAddress(address: string, options: CallOptions = {}): Promise<AddressInfo> {
    const answer = await this.#ask("z_validateaddress", [address], options);
    return readAddressInfo("z_validateaddress", answer);
  }

  async getTransactionPlace(
    txid: Uint8Array,
    options: CallOptions = {},
  ): Promise<TransactionPlace | undefined> {
    return await this.#askTransaction(txid, readTransactionPlace, options);
  }

  async getTransactionOutputs(
    txid: Uint8Array,
    options: CallOptions = {},
  ): Promise<TransparentOutput[] | undefined> {
    return await this.#askTransaction(txid, readTransactionOutputs, options);
  }

  async getTransaction(
    txid: Uint8Array,
    options: CallOptions = {},
  ): Promise<Uint8Array | undefined> {
    const read = (answer: unknown) => readHexBytes("getrawtransaction", answer);
    return await this.#askTransaction(txid, read, options, 0);
  }

  async isUnspent(txid: Uint8Array, index: number, options: CallOptions = {}): Promise<boolean> {
    return readUnspent(await this.#ask("gettxout", [displayHash(txid), index, false], options));
  }

  /** `getrawtransaction`, verbose unless told; undefined for one that the node does not have. */
  async #askTransaction<T>(
    txid: Uint8Array,
    read: (answer: unknown) => T,
    options: CallOptions,
    verbosity = 1,
  ): Promise<T | undefined> {
    try {
      return read(await this.#ask("getrawtransaction", [displayHash(txid), verbosity], options));
    } catch (thrown) {
      if (thrown instanceof RpcError && thrown.rpcCode === NO_SUCH_TRANSACTION) return undefined;
      throw thrown;
    }
  }

  async sendRawTransaction(transaction: Uint8Array, options: CallOptions = {}): Promise<void> {
    const params = [bytesToHex(transaction)];
    await this.#call("sendrawtransaction", params, this.#limits.submitMs, options);
  }

  async getDeprecationInfo(options: CallOptions = {}): Promise<DeprecationInfo | undefined> {
    return readDeprecationInfo(await this.#ask("getdeprecationinfo", [], options));
  }

  async getNetworkInfo(options: CallOptions = {}): Promise<NetworkInfo> {
    return readNetworkInfo(await this.#ask("getnetworkinfo", [], options));
  }

  #ask(method: string, params: readonly unknown[], options: CallOptions): Promise<unknown> {
    return this.#call(method, params, this.#limits.questionMs, options);
  }

  /** As {@link #ask}; undefined when the node says that its best chain has no such block. */
  async #askForBlock(
    method: string,
    params: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    try {
      return await this.#ask(method, params, options);
    } catch (thrown) {
      if (thrown instanceof RpcError && NO_SUCH_BLOCK_CODES.includes(thrown.rpcCode ?? 0)) {
        return undefined;
      }
      throw thrown;
    }
  }

  /** @param params the list of parameters, or its JSON text. */
  #call(
    method: string,
    params: readonly unknown[] | string,
    timeLimitMs: number,
    { signal }: CallOptions,
  ): Promise<unknown> {
    return this.#rpc.call(method, params, timeLimitMs, signal);
  }
}
