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

/** Bans. */
export const BANS: Capability = {
  name: "bans",
  without: "nobody is banned",
};

/** Share deduplication between processes. */
export const SHARED_DEDUPLICATION: Capability = {
  name: "share deduplication in Redis",
  without: "each process knows its own shares only",
  switch: "dedup.enabled",
};
