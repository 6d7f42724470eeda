/** The CPU test miner: a stranger to the pool that knows only the wire specification. */
export * from "./backoff.ts";
export type { SessionEnd } from "./channel_setup.ts";
export * from "./endpoint.ts";
export * from "./interfaces.ts";
export * from "./miner_event.ts";
export * from "./mining_client.ts";
export * from "./mining_fleet.ts";
