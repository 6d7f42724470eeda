import type { ChainNode } from "../../chain/chain_follower/mod.ts";
import type { Config } from "../config/mod.ts";
import type { BlockchainInfo, CallOptions, NodeClient } from "../../chain/node/mod.ts";
import { OtherNetworkError } from "../../chain/template_provider/mod.ts";
import { parseAddress } from "../../chain/zcash/mod.ts";

/**
 * What keeps a node's chain from being the pool's; undefined when nothing does. Regtest and private
 * networks call themselves "test" too, and addresses tell no more, so that test networks cannot be
 * told apart.
 */
export function networkFault(
  { chain }: Pick<BlockchainInfo, "chain">,
  { mining, payout }: Config,
): string | undefined {
  const isMain = chain === "main";
  const name = networkName(chain);
  if (mining.network !== "auto" && (mining.network === "main") !== isMain) {
    return `It is on ${name}, but mining.network is ${mining.network}: correct one of them`;
  }
  const { network } = parseAddress(payout.poolAddress);
  if ((network === "main") === isMain) return undefined;
  return `It is on ${name}, but payout.pool_address is of ${network}: correct one of them`;
}

/** A chain's name for people. @param chain as `getblockchaininfo` says it. */
export function networkName(chain: string): string {
  return chain === "main" ? "Mainnet" : "a test network";
}

/**
 * Asks a node for its network before its work is used: credits under `pps` would be owed for blocks
 * of a chain that pays nothing.
 *
 * @throws {OtherNetworkError} when it is another than the pool's; {RpcError} as any call.
 */
export async function checkNetwork(
  node: Pick<NodeClient, "getBlockchainInfo">,
  config: Config,
  options: CallOptions,
): Promise<void> {
  const fault = networkFault(await node.getBlockchainInfo(options), config);
  if (fault !== undefined) throw new OtherNetworkError(`The node's work is not used. ${fault}`);
}

/**
 * A node as the search for found blocks uses it: on another network every height has another block, and
 * all of ours would pass for orphaned. There it says nothing.
 */
export function onPoolNetwork(
  node: Pick<NodeClient, "getBlockchainInfo"> & ChainNode,
  config: Config,
): ChainNode {
  return {
    url: node.url,
    getBestBlockHeightAndHash: async () => {
      await checkNetwork(node, config, {});
      return await node.getBestBlockHeightAndHash();
    },
    getBlockHash: async (height) => {
      await checkNetwork(node, config, {});
      return await node.getBlockHash(height);
    },
  };
}
