/** The server's side of Stratum V1 (ZIP 301), over the same channels and shares as SV2. */
export type { StratumServerModules, StratumServerOptions } from "./options.ts";
export * from "./server.ts";
