//! The binding: bytes in, one byte per share out.
//!
//! The host writes headers into a buffer that lives as long as the checker, so nothing is allocated
//! and nothing is copied per share beyond that one write.

use wasm_bindgen::prelude::wasm_bindgen;

/// Header, compact size `fd4005` and solution: what a share is checked as.
const SHARE_LENGTH: usize = 1487;
/// Block header without solution: the input of the leaves' hashes (108 bytes and the nonce).
const INPUT_LENGTH: usize = 140;
/// The compact size that announces 1,344 bytes.
const SOLUTION_SIZE: [u8; 3] = [0xfd, 0x40, 0x05];

/// Input and output buffers of one thread.
#[wasm_bindgen]
pub struct Checker {
    shares: Vec<u8>,
    verdicts: Vec<u8>,
}

#[wasm_bindgen]
impl Checker {
    /// Makes room for `capacity` shares of 1,487 bytes and as many verdicts of one byte.
    #[wasm_bindgen(constructor)]
    pub fn new(capacity: usize) -> Checker {
        Checker { shares: vec![0; capacity * SHARE_LENGTH], verdicts: vec![0; capacity] }
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
        for (share, verdict) in self.shares.chunks_exact(SHARE_LENGTH).zip(&mut self.verdicts).take(count) {
            *verdict = u8::from(is_valid(share));
        }
    }
}

fn is_valid(share: &[u8]) -> bool {
    let (input, rest) = share.split_at(INPUT_LENGTH);
    let (size, solution) = rest.split_at(SOLUTION_SIZE.len());
    size == SOLUTION_SIZE && equihash::is_valid_solution(200, 9, input, &[], solution).is_ok()
}
