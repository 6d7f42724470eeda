//! Times the published verifier. For each line on the standard input, checks all shares of the file
//! named by the argument (1,487 bytes each) and prints the nanoseconds that each one took.

use std::io::{BufRead, Write};
use std::time::Instant;

/// Checks of each share in one round; the time is that of one.
const REPEATS: u128 = 4;

fn main() {
    let path = std::env::args().nth(1).expect("a file of shares is expected");
    let shares = std::fs::read(path).expect("the file of shares can be read");
    for line in std::io::stdin().lock().lines() {
        line.expect("a line can be read");
        let times: Vec<String> = shares.chunks_exact(1487).map(time).collect();
        println!("[{}]", times.join(","));
        std::io::stdout().flush().expect("the answer can be written");
    }
}

fn time(share: &[u8]) -> String {
    let start = Instant::now();
    for _ in 0..REPEATS {
        let verdict =
            equihash::is_valid_solution(200, 9, &share[..108], &share[108..140], &share[143..]);
        std::hint::black_box(verdict.is_ok());
    }
    (start.elapsed().as_nanos() / REPEATS).to_string()
}
