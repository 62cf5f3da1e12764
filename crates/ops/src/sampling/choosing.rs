//! Integers below a bound without bias, and permutations that are computed place by place.

use super::stream::{ROUNDS, Stream};

/// Below `bound`, by Lemire's method (2019) from a word of the main stream; what it rejects is drawn again from a
/// stream of its own, which `index`, the word's number, names. 0 stands for `2^32`.
#[inline(always)]
pub fn below_32(word: u32, index: i64, seed: i64, bound: u32) -> u32 {
    let product = word as u64 * bound as u64;
    if (product as u32) < bound || bound == 0 { redrawn_32(word, index, seed, bound) } else { (product >> 32) as u32 }
}

#[cold]
fn redrawn_32(word: u32, index: i64, seed: i64, bound: u32) -> u32 {
    if bound == 0 {
        return word;
    }
    let mut product = word as u64 * bound as u64;
    let least = bound.wrapping_neg() % bound;
    if (product as u32) < least {
        let mut s = Stream::at((index as u64 >> 2) as i64, seed, (index as u32 & 3) << 24);
        let mut round = 0;
        while (product as u32) < least && round < ROUNDS {
            product = s.pair()[0] as u64 * bound as u64;
            round += 1;
        }
    }
    (product >> 32) as u32
}

/// The same for 64 bits.
#[inline]
pub fn below_64(word: u64, index: i64, seed: i64, bound: u64) -> u64 {
    let mut s = Stream::at((index as u64 >> 1) as i64, seed, (index as u32 & 1) << 24);
    s.below_from(word, bound)
}

/// Up to this length permutations are exchanges, each of which every place computes.
const EXCHANGED: i64 = 64;

/// The element that a permutation of `n` puts at place `i`.
///
/// Short ones are made by Fisher and Yates' exchanges, so that each permutation is equally likely: a place follows its
/// element through all of them. Long ones are a Feistel network on the numbers below a power of two, walked until
/// it comes below `n`: no memory, no sort, no order among places. (Alternative: sorting random keys, which needs
/// several passes over memory.)
pub fn permuted(s: &mut Stream, i: i64, n: i64) -> i64 {
    if i < 0 || i >= n {
        return i;
    }
    if n <= EXCHANGED {
        let mut place = i;
        for k in 1..n {
            let other = s.below(k as u64 + 1) as i64;
            if place == k {
                place = other;
            } else if place == other {
                place = k;
            }
        }
        return place;
    }
    let k0 = s.bits();
    let k1 = s.bits();
    let n_bits = 64 - (n as u64 - 1).leading_zeros();
    let n_low = n_bits / 2;
    let (low_mask, high_mask) = ((1u64 << n_low) - 1, (1u64 << (n_bits - n_low)) - 1);
    // Short halves mix less in each round.
    let n_rounds = if n_bits < 16 { 24 } else { 12 };
    let mut x = i as u64;
    loop {
        let (mut low, mut high) = (x & low_mask, x >> n_low);
        for round in 0..n_rounds {
            let key = k0.wrapping_add((round as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            if round % 2 == 0 {
                low ^= mix(high ^ key, k1) & low_mask;
            } else {
                high ^= mix(low ^ key, k1) & high_mask;
            }
        }
        x = high << n_low | low;
        // A walk from below `n` comes back below it: at the latest where it began.
        if x < n as u64 {
            return x as i64;
        }
    }
}

#[inline(always)]
fn mix(x: u64, key: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ key;
    let x = (x ^ (x >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permutations_are_bijections() {
        for n in [1, 2, 3, 10, 64, 65, 66, 100, 127, 128, 129, 1000, 4096, 70_000] {
            for block in 0..3 {
                let mut seen = vec![false; n as usize];
                for i in 0..n {
                    let k = permuted(&mut Stream::new(block, 5), i, n) as usize;
                    assert!(!std::mem::replace(&mut seen[k], true), "{n} {i} {k}");
                }
            }
        }
    }

    #[test]
    fn all_short_permutations_are_alike() {
        let mut counts = std::collections::HashMap::new();
        for block in 0..24_000 {
            let order: Vec<i64> = (0..4).map(|i| permuted(&mut Stream::new(block, 1), i, 4)).collect();
            *counts.entry(order).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // Each count has deviation 31.
        assert!(counts.values().all(|&c: &i32| (c - 1000).abs() < 155), "{counts:?}");
    }

    #[test]
    fn long_permutations_put_every_element_everywhere() {
        let n = 80;
        let mut counts = vec![0; (n * n) as usize];
        for block in 0..40_000 {
            for i in 0..n {
                counts[(i * n + permuted(&mut Stream::new(block, 9), i, n)) as usize] += 1;
            }
        }
        // Chi-square: a row and a column of freedom each are lost; five deviations.
        let chi: f64 = counts.iter().map(|&c: &i32| (c as f64 - 500.0).powi(2) / 500.0).sum();
        let freedom = ((n - 1) * (n - 1)) as f64;
        assert!((chi - freedom).abs() < 5.0 * (2.0 * freedom).sqrt(), "{chi} {freedom}");
    }

    #[test]
    fn bounds_are_met() {
        for bound in [1u32, 2, 3, 1 << 31, (1 << 31) + 1, u32::MAX] {
            for index in 0..1000 {
                let word = (index as u32).wrapping_mul(0x9E37_79B9);
                assert!(below_32(word, index, 3, bound) < bound);
                assert!(below_64((word as u64) << 32 | word as u64, index, 3, bound as u64) < bound as u64);
            }
        }
        assert_eq!(below_32(77, 0, 3, 0), 77);
        assert_eq!(below_64(77, 0, 3, 0), 77);
        // The lowest word of a bound of 3 is the one that is too many: it is drawn again.
        assert_ne!((0..64).map(|k| below_32(0, k, 3, 3)).sum::<u32>(), 0);
    }
}
