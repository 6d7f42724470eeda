/** Found blocks on their way through the chain: immature, mature, orphaned, returned. */
export * from "./block_ledger.ts";
export * from "./chain_follower.ts";
export type { ChainNode, Testimony } from "./chain_node.ts";
