import { bytesToHex, displayHash, systemClock } from "../../base/mod.ts";
import type { Clock } from "../../base/mod.ts";
import type { BlockSubsidy, TransparentOutput } from "../zcash/mod.ts";
import {
  BasicAuthorization,
  CLOSED_WITHOUT_ANSWER,
  httpCall,
  HttpCallError,
  type HttpCallErrorKind,
  type HttpResponse,
  type RpcCredentials,
} from "../../platform/rpc/mod.ts";
import { readRpcAnswer } from "./_rpc_answer.ts";
import {
  readAddressInfo,
  readBestBlock,
  readBlockchainInfo,
  readBlockHeader,
  readBlockSubsidy,
  readDeprecationInfo,
  readHash,
  readHexBytes,
  readNetworkInfo,
  readTransactionOutputs,
  readTransactionPlace,
  readVerdict,
} from "./node_answers.ts";
import type {
  AddressInfo,
  BestBlock,
  BlockchainInfo,
  BlockHeaderInfo,
  DeprecationInfo,
  NetworkInfo,
  TransactionPlace,
} from "./node_answers.ts";
import type { CallOptions, NodeClient } from "./node_client.ts";
import { NodeError, type NodeErrorKind } from "./node_error.ts";

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
export const DEFAULT_CALL_LIMITS: CallLimits = {
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
  /** Bytes of answer that are accepted; {@link ANSWER_LENGTH_MAX} unless given. */
  readonly answerLengthMax?: number;
}

/**
 * A template of a full block: 4 MB of hexadecimal digits and, for 24,000 smallest transactions,
 * some 8 MB of names and digests around them.
 */
export const ANSWER_LENGTH_MAX = 16 * 1024 * 1024;

/** Zebra takes bodies of two blocks and 1 KB, and closes the connection at more. */
const REQUEST_LENGTH_MAX = 2 * 2_000_000 + 1024;

/** Codes that mean "there is no such block on the best chain" (-1: above the tip; no block yet). */
const NO_SUCH_BLOCK_CODES: readonly number[] = [-1, -5, -8];

/** The code of `getrawtransaction` for "no such transaction"; nothing else means that. */
const NO_SUCH_TRANSACTION = -5;

/** {@link NodeClient} over HTTP JSON-RPC 2.0. */
export class RpcNodeClient implements NodeClient {
  readonly url: string;
  readonly #url: URL;
  readonly #authorization: BasicAuthorization;
  readonly #limits: CallLimits;
  readonly #answerLengthMax: number;
  readonly #clock: Clock;
  #lastId = 0;

  /** @throws {TypeError} when the URL is none or not http or https. */
  constructor(
    options: RpcNodeOptions,
    modules: { readonly clock: Clock } = { clock: systemClock },
  ) {
    const url = new URL(options.url);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError(`Cannot call a node: http or https expected, received ${url.protocol}`);
    }
    const inUrl = url.username !== "" || url.password !== "";
    const credentials: RpcCredentials = inUrl && options.credentials.kind === "none"
      ? {
        kind: "password",
        user: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
      }
      : options.credentials;
    url.username = "";
    url.password = "";
    url.hash = "";
    this.#url = url;
    this.url = url.pathname === "/" ? url.origin : url.href;
    this.#authorization = new BasicAuthorization("node", credentials);
    this.#limits = { ...DEFAULT_CALL_LIMITS, ...options.limits };
    this.#answerLengthMax = options.answerLengthMax ?? ANSWER_LENGTH_MAX;
    this.#clock = modules.clock;
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
      await this.#callText("submitblock", params, limitMs, options),
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

  /** Verbose `getrawtransaction`; undefined for one that the node does not have. */
  async #askTransaction<T>(
    txid: Uint8Array,
    read: (answer: unknown) => T,
    options: CallOptions,
  ): Promise<T | undefined> {
    try {
      return read(await this.#ask("getrawtransaction", [displayHash(txid), 1], options));
    } catch (thrown) {
      if (thrown instanceof NodeError && thrown.rpcCode === NO_SUCH_TRANSACTION) return undefined;
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
      if (thrown instanceof NodeError && NO_SUCH_BLOCK_CODES.includes(thrown.rpcCode ?? 0)) {
        return undefined;
      }
      throw thrown;
    }
  }

  #call(
    method: string,
    params: readonly unknown[],
    timeLimitMs: number,
    options: CallOptions,
  ): Promise<unknown> {
    return this.#callText(method, JSON.stringify(params), timeLimitMs, options);
  }

  /** @param params JSON text of the list of parameters. */
  async #callText(
    method: string,
    params: string,
    timeLimitMs: number,
    options: CallOptions,
  ): Promise<unknown> {
    const id = ++this.#lastId;
    const text = `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
    const body = new TextEncoder().encode(text);
    if (body.length > REQUEST_LENGTH_MAX) {
      const reason = `the request has ${body.length} bytes, the node takes ${REQUEST_LENGTH_MAX}`;
      throw new NodeError("malformed", `Cannot call ${method}: ${reason}`);
    }
    return readRpcAnswer(method, id, await this.#post(body, timeLimitMs, options.signal));
  }

  /**
   * A connection closed without an answer means refused credentials or a node that is going down.
   * One repetition with credentials read afresh tells: a node that is down refuses to connect, one
   * that has restarted takes the new cookie. All calls may be repeated: they ask, and a block that
   * is submitted twice is a duplicate.
   */
  async #post(
    body: Uint8Array,
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    let how = "";
    for (let attempt = 1; attempt <= 2; attempt++) {
      const answer = await this.#postOnce(body, timeLimitMs, signal);
      if (answer === CLOSED_WITHOUT_ANSWER) how = "it closes the connection without an answer";
      else if (answer.status === 401 || answer.status === 403) how = `HTTP status ${answer.status}`;
      else return answer;
      this.#authorization.forget();
    }
    throw new NodeError(
      "unauthorized",
      `The node refuses the credentials (${how}); check the cookie path or user and password ` +
        "against the node's [rpc] section",
    );
  }

  async #postOnce(
    body: Uint8Array,
    timeLimitMs: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse | typeof CLOSED_WITHOUT_ANSWER> {
    try {
      const authorization = await this.#authorization.header();
      const answerLengthMax = this.#answerLengthMax;
      const request = { peer: "node", url: this.#url, authorization, body, timeLimitMs };
      return await httpCall({ ...request, answerLengthMax, signal }, this.#clock);
    } catch (thrown) {
      if (!(thrown instanceof HttpCallError)) throw thrown;
      throw new NodeError(NODE_ERROR_KINDS[thrown.kind], thrown.message, { cause: thrown.cause });
    }
  }
}

const NODE_ERROR_KINDS: Readonly<Record<HttpCallErrorKind, NodeErrorKind>> = {
  "credentials": "unauthorized",
  "not-connected": "unreachable",
  "broken": "unreachable",
  "timeout": "timeout",
  "aborted": "aborted",
  "malformed": "malformed",
};
