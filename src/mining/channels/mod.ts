/** Mining channels: their nonce prefixes, targets, jobs and variable difficulty. */
export * from "./nonce_prefixes.ts";
export * from "./prefix_account.ts";
export * from "./vardiff.ts";
export * from "./pace_memory.ts";
export * from "./channel.ts";
export * from "./miner_identity.ts";
