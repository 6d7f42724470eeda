/** Found blocks: kept in a spool, brought to every node, followed until their fate is known. */
export * from "./block_node.ts";
export * from "./block_spool.ts";
export * from "./block_state.ts";
export * from "./block_submitter.ts";
export * from "./file_spool.ts";
export * from "./found_block.ts";
export * from "./memory_spool.ts";
export * from "./metrics.ts";
export * from "./spool_record.ts";
