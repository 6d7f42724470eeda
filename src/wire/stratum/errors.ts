/**
 * Error codes of Stratum V1: those of ZIP 301, and the two of JSON-RPC 2.0 that it takes over for
 * faults of the request itself.
 *
 * @module
 */

/** First element of an error triple. */
export const StratumErrorCode = {
  other: 20,
  /** The job is unknown, or its parent is no longer the tip. */
  jobNotFound: 21,
  duplicateShare: 22,
  lowDifficultyShare: 23,
  unauthorizedWorker: 24,
  notSubscribed: 25,
  /** JSON-RPC 2.0: the JSON is no request. */
  invalidRequest: -32600,
  /** JSON-RPC 2.0: no such method. */
  methodNotFound: -32601,
} as const;

/** One of {@link StratumErrorCode}. */
export type StratumErrorCode = typeof StratumErrorCode[keyof typeof StratumErrorCode];

/** Why a request cannot be taken, for the miner. */
export interface StratumError {
  readonly code: StratumErrorCode;
  /** A short sentence; miners show it as it is. */
  readonly message: string;
}
