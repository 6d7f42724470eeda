/** What all conversations by JSON-RPC share: one HTTP call over its own connection, credentials. */
export * from "./credentials.ts";
export * from "./errors.ts";
export * from "./http_call.ts";
