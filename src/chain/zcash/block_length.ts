/** A block has at most this many bytes (Zcash protocol §7.6). */
export const BLOCK_LENGTH_RULE = 2_000_000;

/**
 * The greatest block that can be worked on, in bytes: twice what the rule allows, so that a raised
 * limit is no outage. Whatever a block goes through on its way (the node's template, the spool, the
 * call that submits it, inspection) takes its own bound from this one, so that none of them is the
 * first to be too small.
 */
export const BLOCK_LENGTH_MAX = 2 * BLOCK_LENGTH_RULE;

/** The shortest transaction that can stand in a block: one input and one output, hardly a script. */
export const MINED_TRANSACTION_LENGTH_MIN = 60;
