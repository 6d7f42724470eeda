import type { Endpoint } from "./endpoint.ts";

/** Steps of setting up a connection that a pool can refuse. */
export type SetupStep = "setup" | "extensions" | "channel";

/** What happens to a miner. Byte arrays belong to the receiver. */
export type MinerEvent =
  | { readonly kind: "connected"; readonly endpoint: Endpoint; readonly encrypted: boolean }
  | {
    readonly kind: "channel_open";
    readonly channelId: number;
    /** nonce_1. */
    readonly noncePrefix: Uint8Array;
    /** 32 bytes little-endian. */
    readonly target: Uint8Array;
  }
  | {
    readonly kind: "job";
    readonly jobId: number | string;
    readonly cleanJobs: boolean;
    /** 32 bytes little-endian. */
    readonly target: Uint8Array;
  }
  /** SetTarget: the jobs that follow have this target, 32 bytes little-endian. */
  | { readonly kind: "target"; readonly target: Uint8Array }
  /** SetExtranoncePrefix: the jobs that follow have this nonce_1. */
  | { readonly kind: "nonce_prefix"; readonly noncePrefix: Uint8Array }
  /** A nonce was searched; `solutions` were found, good or not. For the hash rate. */
  | { readonly kind: "searched"; readonly solutions: number }
  | {
    readonly kind: "share_found";
    readonly sequenceNumber: number;
    readonly jobId: number | string;
    /** Header hash, 32 bytes in internal order. */
    readonly hash: Uint8Array;
  }
  | {
    readonly kind: "share_accepted";
    readonly sequenceNumber: number;
    readonly jobId: number | string;
    readonly hash: Uint8Array;
    /** From sending the share to its answer. */
    readonly answerMs: number;
  }
  | {
    readonly kind: "share_rejected";
    readonly sequenceNumber: number;
    readonly jobId: number | string;
    readonly hash: Uint8Array;
    readonly answerMs: number;
    /** The pool's error code. */
    readonly code: string;
  }
  /** The connection ended before the pool answered this share. */
  | {
    readonly kind: "share_unanswered";
    readonly sequenceNumber: number;
    readonly jobId: number | string;
  }
  /** The pool did not do what the wire specification says; the miner goes on. */
  | { readonly kind: "warning"; readonly message: string }
  /** The pool refused a step of the setup. */
  | { readonly kind: "refused"; readonly step: SetupStep; readonly code: string }
  /** The connection, or the attempt to make one, ended; the next attempt follows after the wait. */
  | { readonly kind: "closed"; readonly reason: string; readonly retryInMs: number | undefined };
