import { isTxid, JsonAnswer } from "./_json_answer.ts";
import type { BroadcastOutcome, ChainPort, ChainTip, ChainTransaction } from "./chain_port.ts";
import { CallError } from "./errors.ts";
import type { JsonRpcClient } from "./json_rpc_client.ts";

/** Questions that a node answers from memory or its index. */
const QUESTION_MS = 5_000;
/** `sendrawtransaction` waits for the node's verification. */
const BROADCAST_MS = 30_000;
/** A node this far behind the height that it expects itself is catching up. */
const BEHIND_MAX = 10;
/** The node's codes for "no such transaction" and "already known". */
const NOT_FOUND = -5;
const ALREADY_IN_CHAIN = -27;
/** Zebra 7.0.0 says -1, its documentation -8. */
const ABOVE_THE_TIP: readonly number[] = [-1, -8];

/** {@link ChainPort} over Zebra's JSON-RPC. */
export class ZebraChain implements ChainPort {
  readonly #rpc: JsonRpcClient;
  readonly #isolated: boolean;

  /**
   * @param options `isolated` for Regtest: it has no peers that it could be behind of, and the
   * height that the node expects there counts from a genesis block of 2011.
   */
  constructor(rpc: JsonRpcClient, options: { readonly isolated?: boolean } = {}) {
    this.#rpc = rpc;
    this.#isolated = options.isolated ?? false;
  }

  async tip(): Promise<ChainTip> {
    const answer = await this.#rpc.call("getblockchaininfo", [], QUESTION_MS);
    const info = new JsonAnswer("getblockchaininfo", answer);
    const height = info.integer("blocks");
    const expected = info.optionalInteger("estimatedheight") ?? height;
    const synced = this.#isolated || expected - height <= BEHIND_MAX;
    return { height, hash: info.txid("bestblockhash"), synced };
  }

  async transaction(txid: string): Promise<ChainTransaction> {
    let answer: unknown;
    try {
      answer = await this.#rpc.call("getrawtransaction", [txid, 1], QUESTION_MS);
    } catch (thrown) {
      if (thrown instanceof CallError && thrown.rpcCode === NOT_FOUND) return { kind: "absent" };
      throw thrown;
    }
    const found = new JsonAnswer("getrawtransaction", answer);
    const height = found.optionalInteger("height");
    // A block off the best chain has the height -1.
    if (height !== undefined && height < 0) return { kind: "absent" };
    if (height === undefined || (found.optionalInteger("confirmations") ?? 0) < 1) {
      return { kind: "mempool" };
    }
    const blockHash = found.optionalText("blockhash") ?? await this.blockHash(height);
    return blockHash === undefined ? { kind: "mempool" } : { kind: "mined", height, blockHash };
  }

  async broadcast(hex: string): Promise<BroadcastOutcome> {
    try {
      await this.#rpc.call("sendrawtransaction", [hex], BROADCAST_MS);
      return { kind: "taken" };
    } catch (thrown) {
      if (!(thrown instanceof CallError) || thrown.rpcCode === undefined) throw thrown;
      if (thrown.rpcCode === ALREADY_IN_CHAIN) return { kind: "taken" };
      return { kind: "refused", reason: thrown.rpcMessage ?? "" };
    }
  }

  async blockHash(height: number): Promise<string | undefined> {
    try {
      const answer = await this.#rpc.call("getblockhash", [height], QUESTION_MS);
      if (typeof answer !== "string" || !isTxid(answer)) {
        throw new CallError("nonsense", "getblockhash: a block hash expected");
      }
      return answer;
    } catch (thrown) {
      if (thrown instanceof CallError && ABOVE_THE_TIP.includes(thrown.rpcCode ?? 0)) {
        return undefined;
      }
      throw thrown;
    }
  }

  async isValidAddress(address: string): Promise<boolean> {
    const answer = await this.#rpc.call("z_validateaddress", [address], QUESTION_MS);
    return new JsonAnswer("z_validateaddress", answer).flag("isvalid");
  }
}
