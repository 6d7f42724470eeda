/** The conversation with one Zebra node: its calls, its answers, and what its errors mean. */
export * from "./node_answers.ts";
export * from "./node_client.ts";
export * from "./node_support.ts";
export * from "./rpc_node_client.ts";
