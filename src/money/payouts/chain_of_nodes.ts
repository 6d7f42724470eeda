import { displayHash, hashFromDisplay, hexToBytes } from "../../base/mod.ts";
import { RpcError } from "../../platform/rpc/mod.ts";
import { type BlockchainInfo, type NodeClient } from "../../chain/node/mod.ts";
import type { TransparentOutput } from "../../chain/zcash/mod.ts";
import type { BroadcastOutcome, ChainPort, ChainTip, ChainTransaction } from "./chain_port.ts";

/** A node this far behind the height that it expects itself is catching up. */
const CATCHING_UP_BLOCKS = 10;
/** And no chain is further ahead of its own estimate: a block's time is two hours ahead at most. */
const AHEAD_BLOCKS_MAX = 1_000;
/** Below this depth two nodes on one chain have the same blocks. */
const FORK_BLOCKS_MAX = 10;
/** A node this far behind another one of ours is left for that one. */
const BEHIND_OTHERS_MAX = 2;
/** `sendrawtransaction` of something that a block holds already. */
const ALREADY_IN_CHAIN = -27;

/** How a {@link ChainOfNodes} judges its nodes. */
export interface ChainOptions {
  /**
   * For Regtest: it has no peers that it could be behind of, and the height that the node expects
   * there counts from a genesis block of 2011.
   */
  readonly isolated?: boolean;
  /** Why a node's chain is not the one that pays; undefined when it is. */
  readonly fault?: (info: BlockchainInfo) => string | undefined;
}

interface NodeTip {
  readonly node: NodeClient;
  readonly tip: ChainTip;
}

/**
 * {@link ChainPort} over one or more nodes. {@link tip} chooses one of them, the first that is up to
 * date, and whatever is asked until the next call is asked of that one alone: what is absent for
 * one node says nothing beside the tip of another. When it fails, nothing is decided, and the next
 * tip is of another node.
 */
export class ChainOfNodes implements ChainPort {
  readonly #nodes: readonly NodeClient[];
  readonly #options: ChainOptions;
  #chosen: NodeClient | undefined;

  /** @param nodes In order of preference, at least one. */
  constructor(nodes: readonly NodeClient[], options: ChainOptions = {}) {
    this.#nodes = nodes;
    this.#options = options;
  }

  /** @throws {RpcError} also while nodes that are up to date stand on different chains. */
  async tip(): Promise<ChainTip> {
    this.#chosen = undefined;
    const asked = await Promise.allSettled(this.#nodes.map((node) => this.#tipOf(node)));
    const tips = asked.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    const [first] = tips;
    if (first === undefined) throw (asked[0] as PromiseRejectedResult).reason;
    await requireOneChain(tips.filter(({ tip }) => tip.synced));
    const highest = Math.max(...tips.map(({ tip }) => tip.height));
    const upToDate = tips.find(({ tip }) =>
      tip.synced && tip.height >= highest - BEHIND_OTHERS_MAX
    );
    const { node, tip } = upToDate ?? first;
    this.#chosen = node;
    return upToDate === undefined ? { ...tip, synced: false } : tip;
  }

  async transaction(txid: string): Promise<ChainTransaction> {
    const place = await this.#ask((node) => node.getTransactionPlace(hashFromDisplay(txid)));
    // A block off the best chain has the height -1.
    if (place === undefined || (place.height ?? 0) < 0) return { kind: "absent" };
    const { height, confirmations, blockHash, expiryHeight } = place;
    if (height === undefined || confirmations < 1) {
      return { kind: "mempool", ...(expiryHeight === undefined ? {} : { expiryHeight }) };
    }
    const hash = blockHash === undefined ? await this.blockHash(height) : displayHash(blockHash);
    return hash === undefined ? { kind: "mempool" } : { kind: "mined", height, blockHash: hash };
  }

  async outputs(txid: string): Promise<readonly TransparentOutput[] | undefined> {
    return await this.#ask((node) => node.getTransactionOutputs(hashFromDisplay(txid)));
  }

  /** To all nodes, so that the network learns it from whichever has peers. */
  async broadcast(hex: string): Promise<BroadcastOutcome> {
    const bytes = hexToBytes(hex);
    const outcomes = await Promise.allSettled(this.#nodes.map((node) => handTo(node, bytes)));
    const answers = outcomes.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    const answer = answers.find(({ kind }) => kind === "taken") ?? answers[0];
    if (answer === undefined) throw (outcomes[0] as PromiseRejectedResult).reason;
    return answer;
  }

  async blockHash(height: number): Promise<string | undefined> {
    const hash = await this.#ask((node) => node.getBlockHash(height));
    return hash === undefined ? undefined : displayHash(hash);
  }

  async isValidAddress(address: string): Promise<boolean> {
    return (await this.#ask((node) => node.zValidateAddress(address))).isValid;
  }

  async #tipOf(node: NodeClient): Promise<NodeTip> {
    const info = await node.getBlockchainInfo();
    // A payment is absent there for good, which must not pass for proof that it was never made.
    const fault = this.#options.fault?.(info);
    if (fault !== undefined) {
      throw new RpcError("node", "malformed", `${node.url} is not asked. ${fault}`);
    }
    const { blocks, bestBlockHash, estimatedHeight } = info;
    const behind = estimatedHeight - blocks;
    const synced = this.#options.isolated === true ||
      (behind <= CATCHING_UP_BLOCKS && -behind <= AHEAD_BLOCKS_MAX);
    return { node, tip: { height: blocks, hash: displayHash(bestBlockHash), synced } };
  }

  async #ask<T>(question: (node: NodeClient) => Promise<T>): Promise<T> {
    if (this.#chosen === undefined) await this.tip();
    const node = this.#chosen ?? this.#nodes[0];
    if (node === undefined) {
      throw new RpcError("node", "unreachable", "Cannot ask a node: there is none");
    }
    return await question(node);
  }
}

/**
 * What expires, or is deep enough, on one chain says nothing of another: a node of another network, or
 * one on a fork, would have payments made twice, and it may be the higher one.
 */
async function requireOneChain([first, ...others]: readonly NodeTip[]): Promise<void> {
  if (first === undefined) return;
  for (const other of others) {
    if (other.tip.hash === first.tip.hash) continue;
    const height = Math.max(
      0,
      Math.min(first.tip.height, other.tip.height) - FORK_BLOCKS_MAX,
    );
    const [ours, theirs] = await Promise.all(
      [first, other].map(({ node }) => hashAt(node, height)),
    );
    if (ours !== undefined && ours === theirs) continue;
    throw new RpcError(
      "node",
      "malformed",
      `The nodes ${first.node.url} and ${other.node.url} are on different chains (at height ` +
        `${height}); payments wait until they agree: find out which one is wrong`,
    );
  }
}

async function hashAt(node: NodeClient, height: number): Promise<string | undefined> {
  const hash = await node.getBlockHash(height);
  return hash && displayHash(hash);
}

async function handTo(node: NodeClient, transaction: Uint8Array): Promise<BroadcastOutcome> {
  try {
    await node.sendRawTransaction(transaction);
    return { kind: "taken" };
  } catch (thrown) {
    if (!(thrown instanceof RpcError) || thrown.rpcCode === undefined) throw thrown;
    if (thrown.rpcCode === ALREADY_IN_CHAIN) return { kind: "taken" };
    return { kind: "refused", reason: thrown.rpcMessage ?? "" };
  }
}
