/** Found blocks on their way through the chain: immature, mature, orphaned, returned. */
export * from "./block_ledger.ts";
export * from "./branch_reader.ts";
export * from "./chain_follower.ts";
export type { BlockSighting, ChainNode } from "./chain_node.ts";
