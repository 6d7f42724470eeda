/** Bytes of a block header up to and with its nonce: what the leaves of Equihash hash. */
export const INPUT_LENGTH = 140;
/** Bytes of the block header before the nonce. */
export const HEADER_PREFIX_LENGTH = 108;
/** Bytes of the nonce. */
export const NONCE_LENGTH = 32;
/** Bytes of a (200,9) solution: 512 indices of 21 bits (Zcash protocol §7.6.1). */
export const SOLUTION_LENGTH = 1344;
/** A block header with its solution: input, the compact size `fd4005`, solution. */
export const SHARE_LENGTH = INPUT_LENGTH + 3 + SOLUTION_LENGTH;
