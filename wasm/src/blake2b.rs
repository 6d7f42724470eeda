//! BLAKE2b (RFC 7693) as far as the leaves of Equihash (200,9) need it.
//!
//! A leaf hashes 144 bytes: the 140 bytes of the input and a 4-byte number. The first block of 128
//! bytes is the same for all leaves and is compressed once. Of the second block only two words are
//! not zero, and only the upper half of the second word differs from leaf to leaf. So most message
//! additions vanish, and what the first round does before it meets that word is done once.

use crate::lanes::Lane;

/// The initialization vector (RFC 7693 §2.6).
const IV: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

/// The order of the message words in each round (RFC 7693 §2.7); rounds 10 and 11 repeat 0 and 1.
const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

/// Bytes of a hash: two leaves of 25.
const DIGEST_LENGTH: u64 = 50;
/// Bytes of the input and the leaf's number.
const MESSAGE_LENGTH: u64 = 144;
/// Words of a hash that hold its 50 bytes.
pub const DIGEST_WORDS: usize = 7;

/// Columns, then diagonals, of the 4 by 4 words that a round mixes (RFC 7693 §3.2).
const PLACES: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The first half of the mixing function G (RFC 7693 §3.1) at `PLACES[place]`, with a function
/// that adds the message word.
#[inline(always)]
fn mix_first<L: Lane>(v: &mut [L; 16], place: usize, masks: L::Masks, add: impl Fn(L) -> L) {
    let [a, b, c, d] = PLACES[place];
    v[a] = add(v[a].add(v[b]));
    v[d] = v[d].xor(v[a]).ror32();
    v[c] = v[c].add(v[d]);
    v[b] = v[b].xor(v[c]).ror24(masks);
}

/// The second half of G.
#[inline(always)]
fn mix_second<L: Lane>(v: &mut [L; 16], place: usize, masks: L::Masks, add: impl Fn(L) -> L) {
    let [a, b, c, d] = PLACES[place];
    v[a] = add(v[a].add(v[b]));
    v[d] = v[d].xor(v[a]).ror16(masks);
    v[c] = v[c].add(v[d]);
    v[b] = v[b].xor(v[c]).ror63();
}

/// Everything that the hashes of one header have in common.
pub struct LeafHasher {
    /// The chaining value after the first block.
    chain: [u64; 8],
    /// The working vector of the second block, as far as it is the same for all leaves: three of
    /// the four column mixings of the first round, and half of the other one.
    vector: [u64; 16],
    /// The two message words of the second block; the upper half of the second one is zero here.
    message: [u64; 2],
}

impl LeafHasher {
    /// Hashes the first 128 bytes of the input.
    pub fn new(input: &[u8; 140]) -> LeafHasher {
        let (words, _) = input.as_chunks::<8>();
        let first: [u64; 16] = core::array::from_fn(|i| u64::from_le_bytes(words[i]));
        // The last four bytes of the input are the lower half of the second word.
        let rest = [input[136], input[137], input[138], input[139]];
        let message = [u64::from_le_bytes(words[16]), u64::from(u32::from_le_bytes(rest))];
        let chain = compress_first_block(&first);
        let mut vector = second_block_vector(&chain);
        mix_first(&mut vector, 0, (), |a| a.wrapping_add(message[0]));
        // The sum that the differing word is added to; the rest of this mixing is done per leaf.
        vector[0] = vector[0].wrapping_add(vector[4]);
        for place in 1..4 {
            mix_first(&mut vector, place, (), |a| a);
            mix_second(&mut vector, place, (), |a| a);
        }
        LeafHasher { chain, vector, message }
    }

    /// The second message word of the hash with this number.
    #[inline(always)]
    pub fn last_word(&self, number: u32) -> u64 {
        self.message[1] | u64::from(number) << 32
    }

    /// Hashes with the second message words given (see [`LeafHasher::last_word`]): the first seven
    /// words of each digest.
    ///
    /// All rounds are unrolled by macros: the optimizer then sees each place and each message word
    /// as a constant, and leaves out the additions of words that are zero.
    #[inline(always)]
    pub fn hash<L: Lane>(&self, last_word: L) -> [L; DIGEST_WORDS] {
        let masks = L::masks();
        let first_word = L::splat(self.message[0]);
        let mut v = self.vector.map(L::splat);
        macro_rules! mix {
            ($round:literal: $($place:literal)*) => {$({
                let word = |sum: L, at: usize| match SIGMA[$round % 10][at] {
                    0 => sum.add(first_word),
                    1 => sum.add(last_word),
                    _ => sum,
                };
                mix_first(&mut v, $place, masks, |sum| word(sum, 2 * $place));
                mix_second(&mut v, $place, masks, |sum| word(sum, 2 * $place + 1));
                v[0].fence();
            })*};
        }
        macro_rules! rounds {
            ($($round:literal)*) => { $(mix!($round: 0 1 2 3 4 5 6 7);)* };
        }
        v[0] = v[0].add(last_word);
        v[12] = v[12].xor(v[0]).ror16(masks);
        v[8] = v[8].add(v[12]);
        v[4] = v[4].xor(v[8]).ror63();
        mix!(0: 4 5 6 7);
        rounds!(1 2 3 4 5 6 7 8 9 10 11);
        core::array::from_fn(|i| L::splat(self.chain[i]).xor(v[i]).xor(v[i + 8]))
    }
}

/// The chaining value after the first block of 128 bytes.
fn compress_first_block(message: &[u64; 16]) -> [u64; 8] {
    let mut chain = IV;
    // Parameter block: digest length, no key, fanout 1, depth 1 (RFC 7693 §2.5) ...
    chain[0] ^= 0x0101_0000 | DIGEST_LENGTH;
    // ... and the personalization "ZcashPoW" || LE32(200) || LE32(9), Zcash protocol §7.6.1.
    chain[6] ^= u64::from_le_bytes(*b"ZcashPoW");
    chain[7] ^= 200 | 9 << 32;
    let mut v = [0; 16];
    v[..8].copy_from_slice(&chain);
    v[8..].copy_from_slice(&IV);
    v[12] ^= 128;
    macro_rules! mix {
        ($round:literal: $($place:literal)*) => {$(
            let [first, second] = [0, 1].map(|half| message[SIGMA[$round % 10][2 * $place + half]]);
            mix_first(&mut v, $place, (), |sum| sum.wrapping_add(first));
            mix_second(&mut v, $place, (), |sum| sum.wrapping_add(second));
        )*};
    }
    macro_rules! rounds {
        ($($round:literal)*) => { $(mix!($round: 0 1 2 3 4 5 6 7);)* };
    }
    rounds!(0 1 2 3 4 5 6 7 8 9 10 11);
    core::array::from_fn(|i| chain[i] ^ v[i] ^ v[i + 8])
}

/// The working vector at the start of the second and last block.
fn second_block_vector(chain: &[u64; 8]) -> [u64; 16] {
    let mut v = [0; 16];
    v[..8].copy_from_slice(chain);
    v[8..].copy_from_slice(&IV);
    v[12] ^= MESSAGE_LENGTH;
    v[14] = !v[14];
    v
}
