//! The indices of a solution: how they are packed, and the rules that need no hash.

use crate::lanes::unpacker;

/// Indices of a solution: 2^9.
pub const INDEX_COUNT: usize = 512;
/// Bits of an index: n/(k+1) + 1.
const INDEX_BITS: usize = 21;
/// Bytes of a solution.
pub const SOLUTION_LENGTH: usize = INDEX_COUNT * INDEX_BITS / 8;

/// §7.6.1, Algorithm Binding: in every subtree the sequence of the left half's indices comes before
/// that of the right half. All indices differ, so the first ones decide.
#[inline(always)]
pub fn in_order(indices: &[u32; INDEX_COUNT]) -> bool {
    let mut faults = 0;
    macro_rules! check_subtrees {
        ($($size:literal)*) => {$(
            for subtree in indices.as_chunks::<$size>().0 {
                faults |= u32::from(subtree[0] >= subtree[$size / 2]);
            }
        )*};
    }
    check_subtrees!(2 4 8 16 32 64 128 256 512);
    faults == 0
}

/// Unpacks indices and finds those that occur twice.
///
/// A bit map takes the same time whatever the indices are. A hash set would be smaller, but who
/// makes a solution could make its indices meet there.
pub struct Unpacker {
    /// One bit for each index that there can be, 256 KiB; all zero between two uses.
    seen: Box<[u64; SEEN_WORDS]>,
}

const SEEN_WORDS: usize = 1 << (INDEX_BITS - 6);

impl Default for Unpacker {
    fn default() -> Unpacker {
        Unpacker { seen: Box::new([0; SEEN_WORDS]) }
    }
}

impl Unpacker {
    /// Unpacks the indices, 21 bits each, most significant bit first, eight in 21 bytes.
    ///
    /// Nothing when an index occurs twice: §7.6.1 counts only sequences of different indices.
    #[inline(always)]
    pub fn unpack_distinct(
        &mut self,
        solution: &[u8; SOLUTION_LENGTH],
    ) -> Option<[u32; INDEX_COUNT]> {
        let mut indices = [0; INDEX_COUNT];
        let unpack = unpacker();
        let (groups, _) = solution.as_chunks();
        let (eights, _) = indices.as_chunks_mut::<8>();
        for (group, eight) in groups.iter().zip(&mut *eights) {
            *eight = unpack(group);
            for index in eight {
                self.seen[(*index / 64) as usize % SEEN_WORDS] |= 1u64.wrapping_shl(*index);
            }
        }
        // As many marks as indices: no index was marked twice. The map is emptied on the way.
        let mut marks = 0;
        for eight in eights {
            for index in eight {
                let word = &mut self.seen[(*index / 64) as usize % SEEN_WORDS];
                marks += word.count_ones();
                *word = 0;
            }
        }
        (marks as usize == INDEX_COUNT).then_some(indices)
    }
}
