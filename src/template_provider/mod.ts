/** Conversations with the nodes: calls, templates as events. */
export * from "./node_answers.ts";
export * from "./node_client.ts";
export * from "./node_credentials.ts";
export * from "./node_error.ts";
export * from "./rpc_node_client.ts";
