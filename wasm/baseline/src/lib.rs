//! Wrong solutions of many kinds, made from right ones: what the verifier is compared on with the
//! published one.

/// Header, compact size and solution.
pub const SHARE_LENGTH: usize = 1487;
const SOLUTION_AT: usize = 143;
const INDEX_COUNT: usize = 512;
const INDEX_BITS: usize = 21;

/// What the published verifier says of a share.
pub fn published_verdict(share: &[u8]) -> bool {
    share.len() >= SOLUTION_AT
        && share[140..SOLUTION_AT] == [0xfd, 0x40, 0x05]
        && equihash::is_valid_solution(200, 9, &share[..108], &share[108..140], &share[143..])
            .is_ok()
}

/// Reads the shares of a test vector file: the hexadecimal values of its `"header"` keys.
pub fn read_shares(json: &str) -> Vec<Vec<u8>> {
    let digits = |text: &str| u8::from_str_radix(text, 16).expect("a byte has two digits");
    json.split("\"header\": \"")
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a value ends with a quote"))
        .map(|hex| (0..hex.len()).step_by(2).map(|at| digits(&hex[at..at + 2])).collect())
        .collect()
}

/// Makes share after share; the seed decides them all.
pub struct Mutator {
    /// Right shares; those with the same header stand next to each other.
    shares: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// Starts from right shares, and from any seed.
    pub fn new(shares: Vec<Vec<u8>>, seed: u64) -> Mutator {
        Mutator { shares, state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    /// A number below the bound (xorshift64*).
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let mixed = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d);
        ((u128::from(mixed) * bound as u128) >> 64) as usize
    }

    /// The next share: mostly wrong in one way, sometimes right, sometimes of another length.
    pub fn share(&mut self) -> Vec<u8> {
        let at = self.below(self.shares.len());
        let mut share = self.shares[at].clone();
        match self.below(100) {
            0 => {}
            1..20 => self.flip_bits(&mut share),
            20..24 => shift_by_one_bit(&mut share),
            24..28 => self.change_length(&mut share),
            28..45 => self.exchange_with_sibling(at, &mut share),
            _ => {
                let mut indices = unpack(&share[SOLUTION_AT..]);
                self.change_indices(&mut indices);
                share.splice(SOLUTION_AT.., pack(&indices));
            }
        }
        share
    }

    fn flip_bits(&mut self, share: &mut [u8]) {
        for _ in 0..=self.below(3) {
            let bit = self.below(share.len() * 8);
            share[bit / 8] ^= 1 << (bit % 8);
        }
    }

    /// Lengths of other parameters, and lengths that are nearly right.
    fn change_length(&mut self, share: &mut Vec<u8>) {
        let lengths = [0, 36, 68, 100, 1343, 1345, 1344 + 21, 2688];
        share.resize(SOLUTION_AT + lengths[self.below(lengths.len())], 0x5a);
    }

    /// Takes a subtree from another solution of the same header, in its place or elsewhere: right
    /// up to the level of the subtree, wrong above.
    fn exchange_with_sibling(&mut self, at: usize, share: &mut Vec<u8>) {
        let same = |other: &Vec<u8>| other[..SOLUTION_AT] == self.shares[at][..SOLUTION_AT];
        let siblings: Vec<usize> =
            (0..self.shares.len()).filter(|i| same(&self.shares[*i])).collect();
        let other = siblings[self.below(siblings.len())];
        let from = unpack(&self.shares[other][SOLUTION_AT..]);
        let mut indices = unpack(&share[SOLUTION_AT..]);
        let size = 1 << self.below(9);
        let places = INDEX_COUNT / size;
        let (source, target) = (self.below(places) * size, self.below(places) * size);
        indices[target..target + size].copy_from_slice(&from[source..source + size]);
        if self.below(2) == 0 {
            sort_subtrees(&mut indices);
        }
        share.splice(SOLUTION_AT.., pack(&indices));
    }

    fn change_indices(&mut self, indices: &mut [u32; INDEX_COUNT]) {
        let size = 1 << self.below(9);
        let places = INDEX_COUNT / size;
        let (a, b) = (self.below(places) * size, self.below(places) * size);
        let kind = self.below(7);
        match kind {
            // Two neighbours below one node change places: only the order is wrong.
            0 => {
                let left = a / (2 * size).min(INDEX_COUNT) * (2 * size).min(INDEX_COUNT);
                indices[left..(left + 2 * size).min(INDEX_COUNT)].rotate_left(size);
            }
            // Any two subtrees of a size change places.
            1 => (0..size).for_each(|i| indices.swap(a + i, b + i)),
            // A subtree occurs twice.
            2 => indices.copy_within(a..a + size, b),
            // An index is one off.
            3 => indices[a] = (indices[a] + 1) % (1 << INDEX_BITS),
            // The other leaf of the same hash.
            4 => indices[a] ^= 1,
            // All the same way round, or turned by one.
            5 => indices.reverse(),
            _ => indices.rotate_left(1),
        }
        // Otherwise most of these would only be found out by their order. The first kind is wrong by
        // nothing else.
        if kind != 0 && self.below(2) == 0 {
            sort_subtrees(indices);
        }
    }
}

/// Puts the halves of each subtree into order, from the leaves up: what was wrong stays wrong, but
/// not by its order.
fn sort_subtrees(indices: &mut [u32; INDEX_COUNT]) {
    let mut half = 1;
    while half < INDEX_COUNT {
        for subtree in indices.chunks_exact_mut(2 * half) {
            if subtree[0] > subtree[half] {
                subtree.rotate_left(half);
            }
        }
        half *= 2;
    }
}

/// All bits of the solution one place on.
fn shift_by_one_bit(share: &mut [u8]) {
    let mut carry = 0;
    for byte in &mut share[SOLUTION_AT..] {
        let next = *byte << 7;
        *byte = *byte >> 1 | carry;
        carry = next;
    }
}

fn unpack(solution: &[u8]) -> [u32; INDEX_COUNT] {
    let bit = |at: usize| u32::from(solution[at / 8] >> (7 - at % 8) & 1);
    std::array::from_fn(|i| {
        (i * INDEX_BITS..(i + 1) * INDEX_BITS).fold(0, |index, at| index << 1 | bit(at))
    })
}

fn pack(indices: &[u32; INDEX_COUNT]) -> Vec<u8> {
    let mut solution = vec![0; INDEX_COUNT * INDEX_BITS / 8];
    for (i, index) in indices.iter().enumerate() {
        for bit in 0..INDEX_BITS {
            let at = i * INDEX_BITS + bit;
            solution[at / 8] |= ((index >> (INDEX_BITS - 1 - bit) & 1) as u8) << (7 - at % 8);
        }
    }
    solution
}
