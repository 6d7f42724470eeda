/**
 * What this version does not do yet. When a capability lands, its entry here and the `pending` of
 * its keys go; the compiler finds the keys.
 *
 * @module
 */
import type { Capability } from "./declaration.ts";

/** Job Declaration's listener. */
export const JOB_DECLARATION: Capability = {
  name: "Job Declaration",
  without: "nothing listens on server.jd_listen_addr",
  switch: "jd.enabled",
};

/** Share deduplication between processes. */
export const SHARED_DEDUPLICATION: Capability = {
  name: "share deduplication in Redis",
  without: "each process knows its own shares only",
  switch: "dedup.enabled",
};

/** Log rotation. */
export const LOG_RETENTION: Capability = {
  name: "log rotation",
  without: "log files grow until something else rotates them",
};

/** What the log says of miners and shares. */
export const LOG_DETAILS: Capability = {
  name: "addresses of miners and single shares in the log",
  without: "neither stands in the log",
};
