/** Conversations with the nodes: calls, and templates as a stream of events. */
export * from "./metrics.ts";
export * from "./node_answers.ts";
export * from "./node_client.ts";
export * from "./node_credentials.ts";
export * from "./node_error.ts";
export * from "./node_support.ts";
export * from "./node_trouble.ts";
export * from "./rpc_node_client.ts";
export * from "./template_event.ts";
export * from "./template_provider.ts";
