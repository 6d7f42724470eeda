//! Writes shares with the verdicts of the published verifier, to compare another one with.
//!
//! Arguments: count, seed, vector files. Output: for each share of the usual length its 1,487 bytes
//! and one byte, 1 for valid.

use equihash_baseline::{Mutator, SHARE_LENGTH, published_verdict, read_shares};
use std::io::{BufWriter, Write};

fn main() {
    let mut args = std::env::args().skip(1);
    let mut number = || -> u64 {
        args.next().and_then(|text| text.parse().ok()).expect("count and seed are numbers")
    };
    let (count, seed) = (number(), number());
    let read = |path: String| read_shares(&std::fs::read_to_string(path).expect("a vector file"));
    let mut mutator = Mutator::new(args.flat_map(read).collect(), seed);
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for _ in 0..count {
        let share = mutator.share();
        if share.len() == SHARE_LENGTH {
            out.write_all(&share).expect("the reader is there");
            out.write_all(&[u8::from(published_verdict(&share))]).expect("the reader is there");
        }
    }
    out.flush().expect("the reader is there");
}
