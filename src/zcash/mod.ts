/** Blocks, transactions, targets and addresses of Zcash; see the files for what each holds. */
export * from "./address.ts";
export * from "./address_error.ts";
export * from "./block_header.ts";
export * from "./block_roots.ts";
export * from "./block_template.ts";
export * from "./byte_reader.ts";
export * from "./coinbase.ts";
export * from "./compact_size.ts";
export * from "./format_error.ts";
export * from "./hashes.ts";
export * from "./script.ts";
export * from "./target.ts";
export * from "./template_error.ts";
export * from "./transaction.ts";
export * from "./transaction_digests.ts";
export * from "./transparent.ts";
export type { UnifiedReceivers } from "./_unified_address.ts";
