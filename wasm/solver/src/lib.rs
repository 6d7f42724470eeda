//! The binding of the solver: one nonce in, the solutions of that nonce out.

use wasm_bindgen::prelude::wasm_bindgen;

/// Bytes of the block header before the nonce.
const PREFIX_LENGTH: usize = 108;
/// Bytes of the nonce.
const NONCE_LENGTH: usize = 32;

/// Finds all solutions of one nonce (1.88 on average, often none).
///
/// `prefix` is the block header before its nonce (108 bytes), `nonce` has 32 bytes. The answer is
/// the solutions of 1,344 bytes each, one after another; nothing when an input has another length.
#[wasm_bindgen]
pub fn solve(prefix: &[u8], nonce: &[u8]) -> Vec<u8> {
    let Ok(nonce) = <[u8; NONCE_LENGTH]>::try_from(nonce) else {
        return Vec::new();
    };
    if prefix.len() != PREFIX_LENGTH {
        return Vec::new();
    }
    let mut nonces = Some(nonce);
    equihash::tromp::solve_200_9(prefix, || nonces.take()).concat()
}
