import type { Clock, Logger } from "../../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { createLogger, type MetricsRegistry } from "../../platform/observability/mod.ts";

/** The log of a pool: its own, or that of the program which started it. */
export interface Log {
  readonly logger: Logger;
  /** Opens the log file again under its name, after a rotation; says so when there is none. */
  reopen(): void;
  /** Counts the lines that could not be written. */
  measureBy(registry: MetricsRegistry): void;
  close(): void | Promise<void>;
}

/** Opens the log of the configuration. @param given writes the lines instead, and stays open. */
export function openLog(config: Config, clock: Clock, given: Logger | undefined): Log {
  if (given !== undefined) {
    return { logger: given, reopen: () => {}, measureBy: () => {}, close: () => {} };
  }
  const { level, format, file, retentionDays, includeMinerIps: minerIps } = config.logging;
  const logger = createLogger(
    { level, format, retentionDays, minerIps, ...(file === undefined ? {} : { file }) },
    { clock },
  );
  return {
    logger,
    reopen: () => logger.reopen(),
    measureBy: (registry) =>
      void registry.counterOf(
        "pool_log_lines_lost_total",
        "Log lines that could not be written.",
        () => logger.lost,
      ),
    close: () => logger.close(),
  };
}
