/** The one JSON-RPC client of the program: its credentials, its errors, the reading of answers. */
export type { RpcCredentials } from "./credentials.ts";
export * from "./errors.ts";
export * from "./json_answer.ts";
export * from "./rpc_client.ts";
