/** Who mines here and where they are paid: addresses, accounts, and the node's word on both. */
export * from "./accounts.ts";
export * from "./address_history.ts";
export * from "./address_verdicts.ts";
export * from "./miner_directory.ts";
export * from "./account_store.ts";
export * from "./coinbase_account.ts";
