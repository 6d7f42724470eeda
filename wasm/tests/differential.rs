//! The verifier against the published one, on right and wrong solutions.
//!
//! `DIFFERENTIAL_COUNT` shares are tried, 10,000 unless given.

use equihash_baseline::{Mutator, published_verdict, read_shares};
use equihash_verifier::{Verifier, is_valid};

const VECTORS: [&str; 2] = [
    include_str!("../../tests/vectors/data/equihash/headers.json"),
    include_str!("../../tests/vectors/data/equihash/siblings.json"),
];

fn shares() -> Vec<Vec<u8>> {
    VECTORS.into_iter().flat_map(read_shares).collect()
}

#[test]
fn right_solutions_are_accepted() {
    let mut verifier = Verifier::default();
    assert!(shares().len() > 40);
    for share in shares() {
        assert!(published_verdict(&share) && is_valid(&mut verifier, &share));
    }
}

#[test]
fn verdicts_equal_those_of_the_published_verifier() {
    let count = std::env::var("DIFFERENTIAL_COUNT")
        .map_or(10_000, |text| text.parse().expect("DIFFERENTIAL_COUNT is a number"));
    let seed = 0x5eed;
    let mut verifier = Verifier::default();
    let mut mutator = Mutator::new(shares(), seed);
    let (mut valid, mut wrong) = (0, 0);
    for number in 0..count {
        let share = mutator.share();
        let expected = published_verdict(&share);
        let verdict = is_valid(&mut verifier, &share);
        assert_eq!(verdict, expected, "share {number} of seed {seed}");
        if verdict { valid += 1 } else { wrong += 1 }
    }
    println!("{count} shares: {valid} valid, {wrong} not, no difference");
    assert!(valid > 0 && wrong > 5 * valid);
}

#[test]
fn a_repeated_index_is_found_wherever_it_stands() {
    // The map of the distinctness rule must be empty again after every share.
    let mut verifier = Verifier::default();
    for share in shares() {
        let mut repeated = share.clone();
        repeated.copy_within(143..143 + 21, 143 + 21);
        assert!(!is_valid(&mut verifier, &repeated));
        assert!(is_valid(&mut verifier, &share));
    }
}
