/**
 * Why a share is not counted, as the operator's metrics and the records name it. Finer causes have
 * their own SV2 error codes; a table of the shares room maps each of them to one of these.
 *
 * @module
 */

/** All reasons, in the order in which reports show them. */
export const REJECT_REASONS = ["stale", "duplicate", "invalid", "low_diff"] as const;

/** One of {@link REJECT_REASONS}. */
export type RejectReason = typeof REJECT_REASONS[number];
