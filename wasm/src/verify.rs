//! The rules of Equihash (200,9), Zcash protocol §7.6.1.

use crate::blake2b::{DIGEST_WORDS, LeafHasher};
use crate::indices::{INDEX_COUNT, SOLUTION_LENGTH, Unpacker, in_order};
use crate::lanes::{Lane, Pair, Trio};

/// Bytes of the header up to and with the nonce.
pub const INPUT_LENGTH: usize = 140;
/// Levels of the tree: k.
const LEVELS: usize = 9;
/// Bits that each level brings to zero: n/(k+1).
const COLLISION_BITS: usize = 20;

/// The XOR of leaves: 200 bits in four words. The first byte is the lowest of the first word.
type Node<L> = [L; 4];

/// What a thread needs for checking, made once: 264 KiB.
pub struct Verifier {
    unpacker: Unpacker,
    nodes: [Node<u64>; INDEX_COUNT / 2],
}

impl Default for Verifier {
    fn default() -> Verifier {
        Verifier { unpacker: Unpacker::default(), nodes: [[0; 4]; INDEX_COUNT / 2] }
    }
}

impl Verifier {
    /// Whether the solution is one for this input. What is cheap comes first.
    pub fn is_valid(
        &mut self,
        input: &[u8; INPUT_LENGTH],
        solution: &[u8; SOLUTION_LENGTH],
    ) -> bool {
        let Some(indices) = self.unpacker.unpack_distinct(solution) else { return false };
        if !in_order(&indices) {
            return false;
        }
        let hasher = LeafHasher::new(input);
        first_two_collide(&hasher, &indices)
            && self.join_leaves(&hasher, &indices)
            && self.join_nodes()
    }

    /// §7.6.1, Algorithm Binding, level 1: the hashes of each two neighbours, XORed, have 20 leading
    /// zero bits.
    ///
    /// Hashes six leaves at a time: the left ones of three joins, then the right ones, so that what
    /// is joined lies at the same place of two registers.
    fn join_leaves(&mut self, hasher: &LeafHasher, indices: &[u32; INDEX_COUNT]) -> bool {
        const STEP: usize = 6;
        for at in (0..INDEX_COUNT).step_by(STEP) {
            // The last step goes over some joins again, so that all steps are alike.
            let at = at.min(INDEX_COUNT - STEP);
            let left = leaves(hasher, [indices[at], indices[at + 2], indices[at + 4]]);
            let right = leaves(hasher, [indices[at + 1], indices[at + 3], indices[at + 5]]);
            let joined: Node<Trio> = core::array::from_fn(|i| left[i].xor(right[i]));
            let bits = joined[0].pair.first() | joined[0].pair.second() | joined[0].single;
            if bits & zero_bits(1)[0] != 0 {
                return false;
            }
            self.nodes[at / 2] = joined.map(|word| word.pair.first());
            self.nodes[at / 2 + 1] = joined.map(|word| word.pair.second());
            self.nodes[at / 2 + 2] = joined.map(|word| word.single);
        }
        true
    }

    /// §7.6.1, Algorithm Binding, levels 2 to 8: the XOR below each node of level `L` has `20 L`
    /// leading zero bits. And the Generalized Birthday condition: the XOR of all 512 hashes is zero.
    fn join_nodes(&mut self) -> bool {
        for level in 2..=LEVELS {
            let must_be_zero = zero_bits(if level == LEVELS { LEVELS + 1 } else { level });
            let mut bits = [0; 4];
            for at in 0..INDEX_COUNT >> level {
                let (left, right) = (self.nodes[2 * at], self.nodes[2 * at + 1]);
                let node: Node<u64> = core::array::from_fn(|word| left[word] ^ right[word]);
                bits = core::array::from_fn(|word| bits[word] | node[word]);
                self.nodes[at] = node;
            }
            if bits.iter().zip(must_be_zero).any(|(word, mask)| word & mask != 0) {
                return false;
            }
        }
        true
    }
}

/// Looks at the first two leaves alone. Almost every wrong solution fails here, so this spares half
/// of what the first full step would cost; a right one pays for it with half a percent.
fn first_two_collide(hasher: &LeafHasher, indices: &[u32; INDEX_COUNT]) -> bool {
    let [word, ..] = leaves(hasher, [indices[0], indices[1], indices[1]]);
    (word.pair.first() ^ word.pair.second()) & zero_bits(1)[0] == 0
}

/// A mask of the first `20 level` bits of a node, the most significant bit of the first byte first.
const fn zero_bits(level: usize) -> [u64; 4] {
    let mut mask = [0; 4];
    let mut bit = 0;
    while bit < level * COLLISION_BITS {
        mask[bit / 64] |= 1 << (bit % 64 / 8 * 8 + 7 - bit % 8);
        bit += 1;
    }
    mask
}

/// The leaves with these indices: the first or second 25 bytes of the hash numbered `index / 2`.
#[inline(never)]
fn leaves(hasher: &LeafHasher, [a, b, c]: [u32; 3]) -> Node<Trio> {
    let word = |index: u32| hasher.last_word(index >> 1);
    let odd = |index: u32| 0u64.wrapping_sub(u64::from(index & 1));
    let digests = hasher.hash(Trio { pair: Pair::new(word(a), word(b)), single: word(c) });
    choose(&digests, Trio { pair: Pair::new(odd(a), odd(b)), single: odd(c) })
}

/// Takes bytes 0 to 24 of each digest, or 25 to 49 where the mask is set.
#[inline(always)]
fn choose<L: Lane>(digest: &[L; DIGEST_WORDS], odd: L) -> Node<L> {
    let low_byte = |word: L| word.shl::<56>().shr::<56>();
    let across = |i: usize| digest[i].shr::<8>().xor(digest[i + 1].shl::<56>());
    [
        L::select(digest[0], across(3), odd),
        L::select(digest[1], across(4), odd),
        L::select(digest[2], across(5), odd),
        low_byte(L::select(digest[3], digest[6].shr::<8>(), odd)),
    ]
}
