/**
 * Lengths in bytes of a block header with an Equihash (200,9) solution (Zcash protocol §7.6). They
 * stand here because the wire, the chain and the miners' side all cut headers, and none of these may
 * know another.
 *
 * @module
 */

/** Version, previous block, merkle root, commitments, time and bits: all before the nonce. */
export const HEADER_PREFIX_LENGTH = 108;

/** The header's nonce: nonce_1 of the pool, then nonce_2 of the miner. */
export const NONCE_LENGTH = 32;

/** What Equihash is computed over: the prefix and the nonce. */
export const EQUIHASH_INPUT_LENGTH = HEADER_PREFIX_LENGTH + NONCE_LENGTH;

/** A solution of Equihash (200,9): 512 indices of 21 bits. */
export const SOLUTION_LENGTH = 1344;

/** A whole header: the input, the solution's length as compact size `fd4005`, the solution. */
export const HEADER_LENGTH = EQUIHASH_INPUT_LENGTH + 3 + SOLUTION_LENGTH;
