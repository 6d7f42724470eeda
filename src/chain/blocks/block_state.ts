/**
 * Where a found block stands, from its submission to what the chain made of it. The words are kept
 * in the ledger, in the spool and in metrics: none is ever renamed.
 *
 * @module
 */

/**
 * What nodes say of a block.
 *
 * - `submitted`: it is in the spool and on its way to every node;
 * - `accepted`: on the best chain of a node at that moment (a later reorganization may still take it
 *   off: counting confirmations is the follower's part);
 * - `side_chain`: a node has it, another block of its height is on the best chain;
 * - `rejected`: every node that gave a verdict refuses it;
 * - `unknown`: no node has answered so far; it is submitted again.
 */
export const SUBMISSION_STATES = [
  "submitted",
  "accepted",
  "side_chain",
  "rejected",
  "unknown",
] as const;

/** What the best chain made of a block: its reward is divided, due, or taken back. */
export const CHAIN_STATES = ["immature", "mature", "orphaned"] as const;

/** Every state of a block. */
export const BLOCK_STATES = [...SUBMISSION_STATES, ...CHAIN_STATES] as const;

/**
 * The best chain has not decided about these and no node's refusal stands. A process that was killed
 * may have left `submitted` behind, whatever the nodes said after it.
 */
export const PENDING_STATES = ["submitted", "accepted", "side_chain", "unknown"] as const;

/** One of {@link SUBMISSION_STATES}. */
export type SubmissionState = typeof SUBMISSION_STATES[number];

/** One of {@link CHAIN_STATES}. */
export type ChainState = typeof CHAIN_STATES[number];

/** One of {@link BLOCK_STATES}. */
export type BlockState = SubmissionState | ChainState;

/** A node's word on a block that was submitted to it. */
export type VerdictState = Exclude<SubmissionState, "submitted">;

/** A verdict that ends the submission. */
export type FinalVerdictState = Exclude<VerdictState, "unknown">;

/** True for what the chain makes of a block, as opposed to what nodes say of it. */
export function isChainState(state: BlockState): state is ChainState {
  return (CHAIN_STATES as readonly BlockState[]).includes(state);
}
