//! Numbers that are computed side by side: the only module that knows the SIMD instructions.
//!
//! BLAKE2b is written once, over [`Lane`]; what a lane is decides how many hashes run at a time.

/// One or several 64-bit words on which the same steps of BLAKE2b are done.
pub trait Lane: Copy {
    /// What rotations by whole bytes are done with.
    type Masks: Copy;
    /// Makes the masks; to be called once per hash.
    fn masks() -> Self::Masks;
    /// The same word everywhere.
    fn splat(word: u64) -> Self;
    /// Sum modulo 2^64.
    fn add(self, other: Self) -> Self;
    /// Bitwise exclusive or.
    fn xor(self, other: Self) -> Self;
    /// Rotation to the right by 32 bits.
    fn ror32(self) -> Self;
    /// Rotation to the right by 24 bits.
    fn ror24(self, masks: Self::Masks) -> Self;
    /// Rotation to the right by 16 bits.
    fn ror16(self, masks: Self::Masks) -> Self;
    /// Rotation to the right by 63 bits.
    fn ror63(self) -> Self;
    /// `even` where `odd_mask` is zero, `odd` where it is all ones.
    fn select(even: Self, odd: Self, odd_mask: Self) -> Self;
    /// Shift to the right.
    fn shr<const BITS: u32>(self) -> Self;
    /// Shift to the left.
    fn shl<const BITS: u32>(self) -> Self;
    /// A place where the compiler must have this value: it cannot move its computation behind.
    ///
    /// Without such places LLVM sorts a long straight run of steps by kind: thousands of SIMD
    /// instructions, then thousands of scalar ones, too far apart for the processor to run them side
    /// by side. A branch that is never taken in practice is what it respects; the branch does
    /// nothing, so the result is right either way.
    fn fence(self);
}

impl Lane for u64 {
    type Masks = ();
    #[inline(always)]
    fn masks() {}
    #[inline(always)]
    fn splat(word: u64) -> u64 {
        word
    }
    #[inline(always)]
    fn add(self, other: u64) -> u64 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn xor(self, other: u64) -> u64 {
        self ^ other
    }
    #[inline(always)]
    fn ror32(self) -> u64 {
        self.rotate_right(32)
    }
    #[inline(always)]
    fn ror24(self, (): ()) -> u64 {
        self.rotate_right(24)
    }
    #[inline(always)]
    fn ror16(self, (): ()) -> u64 {
        self.rotate_right(16)
    }
    #[inline(always)]
    fn ror63(self) -> u64 {
        self.rotate_right(63)
    }
    #[inline(always)]
    fn select(even: u64, odd: u64, odd_mask: u64) -> u64 {
        even ^ ((even ^ odd) & odd_mask)
    }
    #[inline(always)]
    fn shr<const BITS: u32>(self) -> u64 {
        self >> BITS
    }
    #[inline(always)]
    fn shl<const BITS: u32>(self) -> u64 {
        self << BITS
    }
    #[inline(always)]
    fn fence(self) {
        if self == 0 {
            core::hint::black_box(());
        }
    }
}

/// Three hashes at a time: two in a SIMD register, one in scalar registers. The processor has
/// separate units for the two kinds, and separate registers to hold the states.
#[derive(Clone, Copy)]
pub struct Trio {
    /// The first two.
    pub pair: Pair,
    /// The third.
    pub single: u64,
}

impl Lane for Trio {
    type Masks = <Pair as Lane>::Masks;
    #[inline(always)]
    fn masks() -> Self::Masks {
        Pair::masks()
    }
    #[inline(always)]
    fn splat(word: u64) -> Trio {
        Trio { pair: Pair::splat(word), single: word }
    }
    #[inline(always)]
    fn add(self, other: Trio) -> Trio {
        Trio { pair: self.pair.add(other.pair), single: self.single.add(other.single) }
    }
    #[inline(always)]
    fn xor(self, other: Trio) -> Trio {
        Trio { pair: self.pair.xor(other.pair), single: self.single.xor(other.single) }
    }
    #[inline(always)]
    fn ror32(self) -> Trio {
        Trio { pair: self.pair.ror32(), single: self.single.ror32() }
    }
    #[inline(always)]
    fn ror24(self, masks: Self::Masks) -> Trio {
        Trio { pair: self.pair.ror24(masks), single: self.single.ror24(()) }
    }
    #[inline(always)]
    fn ror16(self, masks: Self::Masks) -> Trio {
        Trio { pair: self.pair.ror16(masks), single: self.single.ror16(()) }
    }
    #[inline(always)]
    fn ror63(self) -> Trio {
        Trio { pair: self.pair.ror63(), single: self.single.ror63() }
    }
    #[inline(always)]
    fn select(even: Trio, odd: Trio, odd_mask: Trio) -> Trio {
        Trio {
            pair: Pair::select(even.pair, odd.pair, odd_mask.pair),
            single: u64::select(even.single, odd.single, odd_mask.single),
        }
    }
    #[inline(always)]
    fn shr<const BITS: u32>(self) -> Trio {
        Trio { pair: self.pair.shr::<BITS>(), single: self.single.shr::<BITS>() }
    }
    #[inline(always)]
    fn shl<const BITS: u32>(self) -> Trio {
        Trio { pair: self.pair.shl::<BITS>(), single: self.single.shl::<BITS>() }
    }
    #[inline(always)]
    fn fence(self) {
        (self.single ^ self.pair.first()).fence();
    }
}

#[cfg(target_arch = "wasm32")]
mod simd {
    use super::Lane;
    use core::arch::wasm32 as w;

    /// Two 64-bit words in a SIMD register.
    #[derive(Clone, Copy)]
    pub struct Pair(w::v128);

    impl Pair {
        /// Two words.
        #[inline(always)]
        pub fn new(first: u64, second: u64) -> Pair {
            Pair(w::u64x2(first, second))
        }
        /// The first word.
        #[inline(always)]
        pub fn first(self) -> u64 {
            w::u64x2_extract_lane::<0>(self.0)
        }
        /// The second word.
        #[inline(always)]
        pub fn second(self) -> u64 {
            w::u64x2_extract_lane::<1>(self.0)
        }
    }

    /// Makes a function that unpacks eight numbers of 21 bits, most significant bit first.
    #[inline(always)]
    pub fn unpacker() -> impl Fn(&[u8; 21]) -> [u32; 8] {
        // Each number comes into a 32-bit lane with the four bytes from its first bit's byte on,
        // byte order reversed (place 128 gives zero, in the relaxed swizzle too). Multiplying shifts the bits before
        // the number out at the top: lanes cannot be shifted by different amounts.
        let [low_bytes, low_shift, high_bytes, high_shift] = core::hint::black_box([
            w::u8x16(3, 2, 1, 0, 5, 4, 3, 2, 8, 7, 6, 5, 10, 9, 8, 7),
            w::u32x4(1, 1 << 5, 1 << 2, 1 << 7),
            w::u8x16(8, 7, 6, 5, 11, 10, 9, 8, 13, 12, 11, 10, 128, 15, 14, 13),
            w::u32x4(1 << 4, 1 << 1, 1 << 6, 1 << 3),
        ]);
        move |packed| {
            let word = |at: usize| {
                let mut bytes = [0; 8];
                bytes.copy_from_slice(&packed[at..at + 8]);
                u64::from_le_bytes(bytes)
            };
            let lanes = |bytes, order, shift| {
                w::u32x4_shr(w::u32x4_mul(w::i8x16_relaxed_swizzle(bytes, order), shift), 11)
            };
            let low = lanes(w::u64x2(word(0), word(8)), low_bytes, low_shift);
            let high = lanes(w::u64x2(word(5), word(13)), high_bytes, high_shift);
            let halves = [
                w::u64x2_extract_lane::<0>(low),
                w::u64x2_extract_lane::<1>(low),
                w::u64x2_extract_lane::<0>(high),
                w::u64x2_extract_lane::<1>(high),
            ];
            core::array::from_fn(|i| (halves[i / 2] >> (32 * (i % 2))) as u32)
        }
    }

    impl Lane for Pair {
        type Masks = [w::v128; 2];
        #[inline(always)]
        fn masks() -> [w::v128; 2] {
            core::hint::black_box([
                w::u8x16(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10),
                w::u8x16(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9),
            ])
        }
        #[inline(always)]
        fn splat(word: u64) -> Pair {
            Pair(w::u64x2_splat(word))
        }
        #[inline(always)]
        fn add(self, other: Pair) -> Pair {
            Pair(w::u64x2_add(self.0, other.0))
        }
        #[inline(always)]
        fn xor(self, other: Pair) -> Pair {
            Pair(w::v128_xor(self.0, other.0))
        }
        #[inline(always)]
        fn ror32(self) -> Pair {
            Pair(w::u32x4_shuffle::<1, 0, 3, 2>(self.0, self.0))
        }
        #[inline(always)]
        fn ror24(self, masks: Self::Masks) -> Pair {
            Pair(w::i8x16_relaxed_swizzle(self.0, masks[0]))
        }
        #[inline(always)]
        fn ror16(self, masks: Self::Masks) -> Pair {
            Pair(w::i8x16_relaxed_swizzle(self.0, masks[1]))
        }
        #[inline(always)]
        fn ror63(self) -> Pair {
            Pair(w::v128_or(w::u64x2_add(self.0, self.0), w::u64x2_shr(self.0, 63)))
        }
        #[inline(always)]
        fn select(even: Pair, odd: Pair, odd_mask: Pair) -> Pair {
            Pair(w::v128_bitselect(odd.0, even.0, odd_mask.0))
        }
        #[inline(always)]
        fn shr<const BITS: u32>(self) -> Pair {
            Pair(w::u64x2_shr(self.0, BITS))
        }
        #[inline(always)]
        fn shl<const BITS: u32>(self) -> Pair {
            Pair(w::u64x2_shl(self.0, BITS))
        }
        #[inline(always)]
        fn fence(self) {}
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod simd {
    use super::Lane;

    /// Two 64-bit words; the plain form, for running the verifier outside of WebAssembly in tests.
    #[derive(Clone, Copy)]
    pub struct Pair(u64, u64);

    impl Pair {
        /// Two words.
        pub fn new(first: u64, second: u64) -> Pair {
            Pair(first, second)
        }
        /// The first word.
        pub fn first(self) -> u64 {
            self.0
        }
        /// The second word.
        pub fn second(self) -> u64 {
            self.1
        }
        fn each(self, step: impl Fn(u64) -> u64) -> Pair {
            Pair(step(self.0), step(self.1))
        }
        fn both(self, other: Pair, step: impl Fn(u64, u64) -> u64) -> Pair {
            Pair(step(self.0, other.0), step(self.1, other.1))
        }
    }

    /// Makes a function that unpacks eight numbers of 21 bits, most significant bit first.
    pub fn unpacker() -> impl Fn(&[u8; 21]) -> [u32; 8] {
        |packed| {
            let bit = |at: usize| u32::from(packed[at / 8] >> (7 - at % 8) & 1);
            core::array::from_fn(|i| {
                (21 * i..21 * i + 21).fold(0, |number, at| number << 1 | bit(at))
            })
        }
    }

    impl Lane for Pair {
        type Masks = ();
        fn masks() {}
        fn splat(word: u64) -> Pair {
            Pair(word, word)
        }
        fn add(self, other: Pair) -> Pair {
            self.both(other, u64::wrapping_add)
        }
        fn xor(self, other: Pair) -> Pair {
            self.both(other, |a, b| a ^ b)
        }
        fn ror32(self) -> Pair {
            self.each(u64::ror32)
        }
        fn ror24(self, (): ()) -> Pair {
            self.each(|word| word.rotate_right(24))
        }
        fn ror16(self, (): ()) -> Pair {
            self.each(|word| word.rotate_right(16))
        }
        fn ror63(self) -> Pair {
            self.each(u64::ror63)
        }
        fn select(even: Pair, odd: Pair, odd_mask: Pair) -> Pair {
            Pair(u64::select(even.0, odd.0, odd_mask.0), u64::select(even.1, odd.1, odd_mask.1))
        }
        fn shr<const BITS: u32>(self) -> Pair {
            self.each(|word| word >> BITS)
        }
        fn shl<const BITS: u32>(self) -> Pair {
            self.each(|word| word << BITS)
        }
        fn fence(self) {}
    }
}

pub use simd::{Pair, unpacker};
