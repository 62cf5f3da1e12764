//! Integers below a bound without bias, and permutations that are computed place by place.

use super::stream::{ROUNDS, Stream, WIDTH, philox};

/// Integers below bounds, by Lemire's method (2019) from words of the main stream; what it rejects is drawn again from a
/// stream of its own, which `index`, the word's number, names. 0 stands for `2^32`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
pub fn below_32(words: &[u32], index: &[i64], seeds: &[i64], bounds: &[u32], out: &mut [u32]) {
    let n = words.len();
    let mut n_doubtful = 0u32;
    for ((&word, &bound), to) in words.iter().zip(bounds).zip(&mut *out) {
        let product = word as u64 * bound as u64;
        *to = (product >> 32) as u32;
        n_doubtful += ((product as u32) < bound || bound == 0) as u32;
    }
    if n_doubtful > 0 {
        for i in 0..n {
            let bound = bounds[i];
            if bound == 0 {
                out[i] = words[i];
            } else if words[i].wrapping_mul(bound) < bound {
                out[i] = redrawn_32(words[i], index[i], seeds[i], bound);
            }
        }
    }
}

#[cold]
fn redrawn_32(word: u32, index: i64, seed: i64, bound: u32) -> u32 {
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
pub fn below_64(words: &[u64], index: &[i64], seeds: &[i64], bounds: &[u64], out: &mut [u64]) {
    for (i, to) in out.iter_mut().enumerate() {
        let mut s = Stream::at((index[i] as u64 >> 1) as i64, seeds[i], (index[i] as u32 & 1) << 24);
        *to = s.below_from(words[i], bounds[i]);
    }
}

/// Up to this length permutations are exchanges, each of which every place computes.
pub const EXCHANGED: i64 = 64;

/// The keys of a long permutation that a block names.
pub fn keys(block: i64, seed: i64) -> [u32; 4] {
    philox([block as u32, (block as u64 >> 32) as u32, 0, 1], seed as u64)
}

/// A permutation of more than [`EXCHANGED`] numbers: a Feistel network on a grid of just as many places.
///
/// The grid's columns are a power of two, its rows as many as are needed, so that splitting and joining are shifts and
/// hardly a place lies outside: such a one is walked on until it comes below `n`. No memory, no sort, no order among
/// places. (Alternatives: sorting random keys takes several passes over memory; a network on the numbers below a power
/// of two walks nearly twice as far, and a warp as far as its slowest thread.)
struct Grid {
    keys: [u32; 4],
    n_rows: u32,
    column_bits: u32,
    n: u64,
    n_rounds: u32,
    swap: u64,
}

impl Grid {
    #[inline(always)]
    fn new(keys: [u32; 4], n: i64) -> Grid {
        let n_bits = 64 - (n as u64 - 1).leading_zeros();
        let column_bits = n_bits.div_ceil(2);
        // Small grids mix less in each round.
        let n_rounds = if n_bits < 16 { 24 } else { 12 };
        // Rounds of a grid of even extents are even permutations: exchanging the first two or not makes half of all odd.
        let swap = ((keys[0] ^ keys[1] ^ keys[2] ^ keys[3]) >> 31) as u64;
        Grid { keys, n_rows: ((n as u64 - 1) >> column_bits) as u32 + 1, column_bits, n: n as u64, n_rounds, swap }
    }

    /// Once through the network.
    #[inline(always)]
    fn turn(&self, x: u64) -> u64 {
        let mut row = (x >> self.column_bits) as u32;
        let mut column = (x & ((1 << self.column_bits) - 1)) as u32;
        for round in (0..self.n_rounds).step_by(2) {
            row = self.next_row(row, column, round);
            column = self.next_column(row, column, round + 1);
        }
        (row as u64) << self.column_bits | column as u64
    }

    #[inline(always)]
    fn next_row(&self, row: u32, column: u32, round: u32) -> u32 {
        let moved = row.wrapping_add(((self.hash(column, round) as u64 * self.n_rows as u64) >> 32) as u32);
        moved.min(moved.wrapping_sub(self.n_rows))
    }

    #[inline(always)]
    fn next_column(&self, row: u32, column: u32, round: u32) -> u32 {
        column ^ (self.hash(row, round) >> (32 - self.column_bits))
    }

    #[inline(always)]
    fn hash(&self, x: u32, round: u32) -> u32 {
        let step = (round + 1).wrapping_mul(0x9E37_79B9);
        let x = (x ^ self.keys[(round & 3) as usize].wrapping_add(step)).wrapping_mul(0x85EB_CA6B);
        let x = (x ^ (x >> 15)).wrapping_add(self.keys[((round + 1) & 3) as usize] ^ step).wrapping_mul(0xC2B2_AE35);
        (x ^ (x >> 16)).wrapping_mul(0x9E37_79B1)
    }

    /// A walk from below `n` comes back below it: at the latest where it began.
    #[inline(always)]
    fn walk(&self, mut x: u64) -> i64 {
        while x >= self.n {
            x = self.turn(x);
        }
        (if x < 2 { x ^ self.swap } else { x }) as i64
    }

    /// The elements at many places.
    #[inline(always)]
    fn at(&self, places: &[i64], out: &mut [i64]) {
        for (places, out) in places.chunks(WIDTH).zip(out.chunks_mut(WIDTH)) {
            let (mut rows, mut columns) = ([0; WIDTH], [0; WIDTH]);
            for (j, &place) in places.iter().enumerate() {
                rows[j] = (place as u64 >> self.column_bits) as u32;
                columns[j] = (place as u64 & ((1 << self.column_bits) - 1)) as u32;
            }
            for round in (0..self.n_rounds).step_by(2) {
                for j in 0..WIDTH {
                    rows[j] = self.next_row(rows[j], columns[j], round);
                }
                for j in 0..WIDTH {
                    columns[j] = self.next_column(rows[j], columns[j], round + 1);
                }
            }
            for (j, (&place, to)) in places.iter().zip(out).enumerate() {
                let is_inside = place >= 0 && (place as u64) < self.n;
                *to = if is_inside { self.walk((rows[j] as u64) << self.column_bits | columns[j] as u64) } else { place };
            }
        }
    }
}

/// Fisher and Yates' exchanges, so that each permutation is equally likely: the elements at all places.
fn exchanged(s: &mut Stream, n: i64) -> [i64; EXCHANGED as usize] {
    let mut place_of: [i64; EXCHANGED as usize] = std::array::from_fn(|k| k as i64);
    for k in 1..n {
        let other = s.below(k as u64 + 1);
        place_of.swap(k as usize, other as usize);
    }
    let mut element_at = [0; EXCHANGED as usize];
    for (element, &place) in place_of.iter().enumerate() {
        element_at[place as usize] = element as i64;
    }
    element_at
}

/// The elements that permutations of `n`, named by their blocks, put at places.
pub fn permuted(blocks: &[i64], seeds: &[i64], places: &[i64], ns: &[i64], out: &mut [i64]) {
    let mut first = 0;
    while first < blocks.len() {
        let (block, seed, n) = (blocks[first], seeds[first], ns[first]);
        let is_same = |k: &usize| blocks[*k] == block && seeds[*k] == seed && ns[*k] == n;
        let run = first..first + (first..blocks.len()).take_while(is_same).count();
        let (places, out) = (&places[run.clone()], &mut out[run.clone()]);
        if n <= EXCHANGED {
            let order = exchanged(&mut Stream::new(block, seed), n);
            for (to, &place) in out.iter_mut().zip(places) {
                *to = if place >= 0 && place < n { order[place as usize] } else { place };
            }
        } else {
            at_places(keys(block, seed), n, places, out);
        }
        first = run.end;
    }
}

/// The same for permutations of more than [`EXCHANGED`] numbers, by their keys.
pub fn permuted_long(k0: &[i64], k1: &[i64], places: &[i64], ns: &[i64], out: &mut [i64]) {
    let (Some(&first), Some(&second), Some(&n)) = (k0.first(), k1.first(), ns.first()) else { return };
    // They are numbers, the same for all elements.
    if n > EXCHANGED {
        at_places([first as u32, (first as u64 >> 32) as u32, second as u32, (second as u64 >> 32) as u32], n, places, out);
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
fn at_places(keys: [u32; 4], n: i64, places: &[i64], out: &mut [i64]) {
    Grid::new(keys, n).at(places, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(block: i64, seed: i64, n: i64) -> Vec<i64> {
        let places: Vec<i64> = (0..n).collect();
        let all = |x: i64| vec![x; n as usize];
        let mut out = all(-1);
        permuted(&all(block), &all(seed), &places, &all(n), &mut out);
        out
    }

    /// How many deviations a sum of squares is away from its mean.
    fn chi(counts: &[i32], expected: f64, freedom: f64) -> f64 {
        let sum: f64 = counts.iter().map(|&c| (c as f64 - expected).powi(2) / expected).sum();
        (sum - freedom) / (2.0 * freedom).sqrt()
    }

    #[test]
    fn permutations_are_bijections() {
        for n in [1, 2, 3, 10, 64, 65, 66, 100, 127, 128, 129, 1000, 4095, 4096, 4097, 32_768, 32_769, 70_000] {
            for block in 0..3 {
                let mut seen = vec![false; n as usize];
                for k in order(block, 5, n) {
                    assert!(!std::mem::replace(&mut seen[k as usize], true), "{n} {k}");
                }
            }
        }
    }

    #[test]
    fn places_do_not_matter() {
        // Lines of permutations side by side, alone and in pieces.
        for n in [7, 64, 65, 200] {
            let (mut blocks, mut places) = (Vec::new(), Vec::new());
            for block in 0..9 {
                (0..n).for_each(|place| {
                    blocks.push(block);
                    places.push(place);
                });
            }
            let len = blocks.len();
            let mut out = vec![0; len];
            permuted(&blocks, &vec![3; len], &places, &vec![n; len], &mut out);
            for block in 0..9 {
                assert_eq!(order(block, 3, n), out[(block * n) as usize..((block + 1) * n) as usize]);
            }
            for k in (0..len).step_by(5) {
                let mut one = [0];
                permuted(&blocks[k..=k], &[3], &places[k..=k], &[n], &mut one);
                assert_eq!(one[0], out[k]);
            }
        }
        // Far places of a permutation of nearly 2^63 numbers: the grid has 32 bits of columns.
        let n = i64::MAX - 5;
        let places = [0, 1, n / 2, n - 1, -1, n];
        let mut out = [0; 6];
        permuted(&[1; 6], &[2; 6], &places, &[n; 6], &mut out);
        assert!(out[..4].iter().all(|&k| k >= 0 && k < n) && out[4..] == [-1, n]);
    }

    #[test]
    fn all_short_permutations_are_alike() {
        let mut counts = std::collections::HashMap::new();
        for block in 0..24_000 {
            *counts.entry(order(block, 1, 4)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // Each count has deviation 31.
        assert!(counts.values().all(|&c: &i32| (c - 1000).abs() < 155), "{counts:?}");
    }

    /// Grids that are full, nearly empty in the last row, of two rows, and of odd extents: each element comes to each place,
    /// each pair of neighbours stands side by side, and each pair of elements at the first two places, equally often;
    /// one element on average stays, with variance one; half of all permutations are odd.
    #[test]
    fn long_permutations_are_alike() {
        for (n, n_drawn) in [(65usize, 40_000), (80, 40_000), (128, 20_000), (129, 20_000), (150, 20_000)] {
            let (mut at, mut side, mut first) = (vec![0; n * n], vec![0; n * n], vec![0; n * n]);
            let (mut n_fixed, mut n_fixed_squared, mut n_odd, mut n_rising) = (0.0, 0.0, 0, 0);
            for block in 0..n_drawn {
                let order: Vec<usize> = order(block, 9, n as i64).into_iter().map(|k| k as usize).collect();
                (0..n).for_each(|i| at[i * n + order[i]] += 1);
                order.windows(2).for_each(|w| side[w[0] * n + w[1]] += 1);
                n_rising += order.windows(2).filter(|w| w[0] < w[1]).count();
                first[order[0] * n + order[1]] += 1;
                let fixed = (0..n).filter(|&i| order[i] == i).count() as f64;
                n_fixed += fixed;
                n_fixed_squared += fixed * fixed;
                let (mut seen, mut n_cycles) = (vec![false; n], 0);
                for i in 0..n {
                    let mut k = i;
                    n_cycles += !seen[i] as usize;
                    while !std::mem::replace(&mut seen[k], true) {
                        k = order[k];
                    }
                }
                n_odd += (n - n_cycles) % 2;
            }
            let drawn = n_drawn as f64;
            let (m, pairs) = (n as f64, (n * (n - 1)) as f64);
            assert!(chi(&at, drawn / m, (m - 1.0) * (m - 1.0)).abs() < 5.0, "{n}: places");
            let different = |counts: &[i32]| -> Vec<i32> { (0..n * n).filter(|k| k / n != k % n).map(|k| counts[k]).collect() };
            // Of neighbours each element is one or two; the freedom is that of the pairs, nearly.
            assert!(chi(&different(&side), drawn * (m - 1.0) / pairs, pairs).abs() < 5.0, "{n}: neighbours");
            assert!(chi(&different(&first), drawn / pairs, pairs).abs() < 5.0, "{n}: the first two");
            assert!((n_fixed / drawn - 1.0).abs() < 5.0 / drawn.sqrt(), "{n}: {n_fixed} stay");
            assert!((n_fixed_squared / drawn - 2.0).abs() < 5.0 * (11.0 / drawn).sqrt(), "{n}: variance of those that stay");
            assert!((n_odd as f64 - drawn / 2.0).abs() < 2.5 * drawn.sqrt(), "{n}: {n_odd} are odd");
            // Rises have variance (n + 1) / 12.
            let rises = n_rising as f64 - drawn * (m - 1.0) / 2.0;
            assert!(rises.abs() < 5.0 * (drawn * (m + 1.0) / 12.0).sqrt(), "{n}: {rises} rises too many");
        }
    }

    #[test]
    fn first_elements_are_alike() {
        // Parts of the numbers below a thousand, one more than a power of two, and ten millions.
        for n in [1000i64, 4097, 10_000_000] {
            let mut counts = vec![[0; 50]; 4];
            for block in 0..100_000 {
                let places = [0, 1, n / 2, n - 1];
                let mut out = [0; 4];
                permuted(&[block; 4], &[77; 4], &places, &[n; 4], &mut out);
                out.iter().zip(&mut counts).for_each(|(&k, counts)| counts[(k as i128 * 50 / n as i128) as usize] += 1);
            }
            for counts in counts {
                // The parts of 4097 differ by one number in 82.
                let expected = |p: i64| {
                    ((p + 1) * n).div_euclid(50) + ((p + 1) * n % 50 > 0) as i64 - (p * n).div_euclid(50) - (p * n % 50 > 0) as i64
                };
                let sum: f64 = (0..50)
                    .map(|p| (counts[p as usize] as f64, expected(p) as f64 / n as f64 * 100_000.0))
                    .map(|(c, e)| (c - e) * (c - e) / e)
                    .sum();
                assert!((sum - 49.0).abs() < 5.0 * 98f64.sqrt(), "{n} {sum}");
            }
        }
    }

    #[test]
    fn bounds_are_met() {
        let index: Vec<i64> = (0..1000).collect();
        let words: Vec<u32> = index.iter().map(|&k| (k as u32).wrapping_mul(0x9E37_79B9)).collect();
        let below = |words: &[u32], bound: u32| {
            let mut out = vec![0; words.len()];
            below_32(words, &index[..words.len()], &vec![3; words.len()], &vec![bound; words.len()], &mut out);
            out
        };
        for bound in [1u32, 2, 3, 1 << 31, (1 << 31) + 1, u32::MAX] {
            assert!(below(&words, bound).iter().all(|&x| x < bound));
            let wide: Vec<u64> = words.iter().map(|&w| (w as u64) << 32 | w as u64).collect();
            let mut out = vec![0; wide.len()];
            below_64(&wide, &index, &vec![3; wide.len()], &vec![bound as u64; wide.len()], &mut out);
            assert!(out.iter().all(|&x| x < bound as u64));
        }
        assert_eq!(below(&[77], 0), [77]);
        let mut out = [0];
        below_64(&[77], &[0], &[3], &[0], &mut out);
        assert_eq!(out, [77]);
        // The lowest word of a bound of 3 is the one that is too many: it is drawn again.
        assert_ne!(below(&[0; 64], 3).iter().sum::<u32>(), 0);
    }
}
