/** How the service is seen from outside: log, metrics, health and status. */
export * from "./hash_rate.ts";
export * from "./http.ts";
export type { LogFormat } from "./log_format.ts";
export * from "./logger.ts";
export * from "./metrics_registry.ts";
export * from "./pool_metrics.ts";
export * from "./runtime_metrics.ts";
