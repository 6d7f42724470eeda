//! The binding: bytes in, one byte per share out.
//!
//! The host writes headers into a buffer that lives as long as the checker, so nothing is allocated
//! and nothing is copied per share beyond that one write.
#![forbid(unsafe_code)]

mod blake2b;
mod indices;
mod lanes;
mod verify;

pub use indices::SOLUTION_LENGTH;
pub use verify::{INPUT_LENGTH, Verifier};
use wasm_bindgen::prelude::wasm_bindgen;

/// The compact size that announces 1,344 bytes.
const SOLUTION_SIZE: [u8; 3] = [0xfd, 0x40, 0x05];
/// Header, compact size and solution: what a share is checked as.
pub const SHARE_LENGTH: usize = INPUT_LENGTH + SOLUTION_SIZE.len() + SOLUTION_LENGTH;

/// Input and output buffers of one thread.
#[wasm_bindgen]
pub struct Checker {
    verifier: Verifier,
    shares: Vec<u8>,
    verdicts: Vec<u8>,
}

#[wasm_bindgen]
impl Checker {
    /// Makes room for `capacity` shares of 1,487 bytes and as many verdicts of one byte.
    #[wasm_bindgen(constructor)]
    pub fn new(capacity: usize) -> Checker {
        Checker {
            verifier: Verifier::default(),
            shares: vec![0; capacity * SHARE_LENGTH],
            verdicts: vec![0; capacity],
        }
    }

    /// Where in the module's memory the first share is to be written.
    #[wasm_bindgen(js_name = sharesOffset)]
    pub fn shares_offset(&self) -> *const u8 {
        self.shares.as_ptr()
    }

    /// Where in the module's memory the first verdict stands after a check.
    #[wasm_bindgen(js_name = verdictsOffset)]
    pub fn verdicts_offset(&self) -> *const u8 {
        self.verdicts.as_ptr()
    }

    /// Checks the first `count` shares and writes 1 (valid) or 0 for each; more than the capacity
    /// are not looked at.
    pub fn check(&mut self, count: usize) {
        let shares = self.shares.chunks_exact(SHARE_LENGTH);
        for (share, verdict) in shares.zip(&mut self.verdicts).take(count) {
            *verdict = u8::from(is_valid(&mut self.verifier, share));
        }
    }
}

/// Whether a share of any length is a valid one.
pub fn is_valid(verifier: &mut Verifier, share: &[u8]) -> bool {
    let Some((input, rest)) = share.split_first_chunk::<INPUT_LENGTH>() else { return false };
    let Some((size, rest)) = rest.split_first_chunk::<3>() else { return false };
    let Ok(solution) = rest.try_into() else { return false };
    *size == SOLUTION_SIZE && verifier.is_valid(input, solution)
}
