//! Poisson: by inversion of one uniform number below a mean of 10, by Hörmann's PTRS (1993) from there on.
#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN has to fail, as in the text for CUDA beside")]

use super::stream::{ROUNDS, Stream, WIDTH, Words, for_each_group, start, uniform, whole};

/// `ln(k!)`, by Stirling's series from 7 on.
#[inline]
pub fn log_factorial(k: f64) -> f64 {
    let mut x = k + 1.0;
    let mut product = 1.0;
    while x < 7.0 {
        product *= x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0))))) / x;
    (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_8 + series - f64::ln(product)
}

/// Means below it are inverted.
const LARGE: f64 = 10.0;
/// How many counts inversion knows: the probability of more is below 1e-25.
const N_COUNTS: usize = 64;
/// `1 / k`; a table, for a GPU divides slowly.
const INVERSE: [f64; N_COUNTS] = {
    let mut table = [0.0; N_COUNTS];
    let mut k = 1;
    while k < N_COUNTS {
        table[k] = 1.0 / k as f64;
        k += 1;
    }
    table
};

/// Poisson of a mean.
pub fn poisson(s: &mut Stream, mean: f64) -> i64 {
    one(s, mean, (-mean).exp())
}

/// Poisson of a mean, with the probability of none.
fn one(s: &mut Stream, mean: f64, none: f64) -> i64 {
    if !(mean >= 0.0) {
        return i64::MIN;
    }
    if mean >= LARGE {
        return Hat::new(mean).draw(s);
    }
    let u = s.uniform();
    let (mut probability, mut sum) = (none, none);
    for (k, inverse) in INVERSE.iter().enumerate().skip(1) {
        if u < sum {
            return k as i64 - 1;
        }
        probability *= mean * inverse;
        sum += probability;
    }
    N_COUNTS as i64 - 1
}

/// The hat of PTRS around the probabilities of a mean.
struct Hat {
    mean: f64,
    a: f64,
    b: f64,
    vr: f64,
}

impl Hat {
    fn new(mean: f64) -> Hat {
        let b = 0.931 + 2.53 * mean.sqrt();
        Hat { mean, a: -0.059 + 0.02483 * b, b, vr: 0.9277 - 3.6224 / (b - 2.0) }
    }

    /// The count of a pair of uniform numbers, and whether it is surely accepted.
    #[inline(always)]
    fn count(&self, u: f64, v: f64) -> (f64, bool) {
        let u = u - 0.5;
        let us = 0.5 - u.abs();
        let k = ((2.0 * self.a / us + self.b) * u + self.mean + 0.43).floor();
        (k, us >= 0.07 && v <= self.vr)
    }

    /// Whether a count is accepted that is not surely so.
    fn accepts(&self, k: f64, u: f64, v: f64) -> bool {
        let us = 0.5 - (u - 0.5).abs();
        if k < 0.0 || (us < 0.013 && v > us) {
            return false;
        }
        let log_alpha = (1.1239 + 1.1328 / (self.b - 3.4)).ln();
        v.ln() + log_alpha - (self.a / (us * us) + self.b).ln() <= k * self.mean.ln() - self.mean - log_factorial(k)
    }

    fn draw(&self, s: &mut Stream) -> i64 {
        for _ in 0..ROUNDS {
            let u = s.uniform();
            let v = s.open();
            let (k, is_sure) = self.count(u, v);
            if is_sure || self.accepts(k, u, v) {
                return whole(k);
            }
        }
        whole(self.mean)
    }
}

/// Poisson for many elements: a table or a hat for all, where they have one mean.
pub fn poissons(blocks: &[i64], seeds: &[i64], means: &[f64], nones: &[f64], out: &mut [i64]) {
    let (Some(&mean), Some(&none)) = (means.first(), nones.first()) else { return };
    let is_one = means.iter().all(|&m| m == mean) && nones.iter().all(|&n| n == none);
    if is_one && (0.0..LARGE).contains(&mean) {
        // The sums that `one` compares with, up to the last that is another.
        let (mut sums, mut n_sums) = ([0.0; N_COUNTS], 0);
        let (mut probability, mut sum) = (none, none);
        for inverse in &INVERSE[1..] {
            sums[n_sums] = sum;
            n_sums += 1;
            probability *= mean * inverse;
            // Sums that reach 1, or grow no more, are above every number or the last.
            if sum >= 1.0 {
                break;
            }
            sum += probability;
        }
        for_each_group(blocks, seeds, |group, seed, places| {
            let mut counts = [0; WIDTH];
            count_below(&start(group, seed, 0), &sums[..n_sums], &mut counts);
            let len = places.len();
            out[places].copy_from_slice(&counts[..len]);
        });
    } else if is_one && mean >= LARGE {
        let hat = Hat::new(mean);
        for_each_group(blocks, seeds, |group, seed, places| {
            let words = start(group, seed, 0);
            let (mut counts, mut are_sure) = ([0.0; WIDTH], [false; WIDTH]);
            first_counts(&words, &hat, &mut counts, &mut are_sure);
            for (j, i) in places.enumerate() {
                let (u, v) = (uniform(words[0][j], words[1][j]), super::stream::open(words[2][j], words[3][j]));
                out[i] = if are_sure[j] || hat.accepts(counts[j], u, v) {
                    whole(counts[j])
                } else {
                    hat.draw(&mut Stream::at(group[j], seed, 1))
                };
            }
        });
    } else {
        super::stream::for_each_stream(blocks, seeds, |i, s| out[i] = one(s, means[i], nones[i]));
    }
}

/// How many of the sums each uniform number reaches.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
fn count_below(words: &Words, sums: &[f64], counts: &mut [i64; WIDTH]) {
    let u: [f64; WIDTH] = std::array::from_fn(|j| uniform(words[0][j], words[1][j]));
    for &sum in sums {
        for j in 0..WIDTH {
            counts[j] += (u[j] >= sum) as i64;
        }
    }
}

/// The counts of the first pairs, and which are surely accepted.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
fn first_counts(words: &Words, hat: &Hat, counts: &mut [f64; WIDTH], are_sure: &mut [bool; WIDTH]) {
    for j in 0..WIDTH {
        let (u, v) = (uniform(words[0][j], words[1][j]), super::stream::open(words[2][j], words[3][j]));
        (counts[j], are_sure[j]) = hat.count(u, v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_as_one() {
        let blocks: Vec<i64> = (0..1000).map(|k| k - 3).collect();
        for mean in [0.0, 1e-9, 0.3, 4.0, 9.99, 10.0, 33.0, 1e5, f64::NAN, -1.0] {
            let none = (-mean).exp();
            let mut out = vec![0; blocks.len()];
            poissons(&blocks, &vec![7; blocks.len()], &vec![mean; blocks.len()], &vec![none; blocks.len()], &mut out);
            for (&block, &count) in blocks.iter().zip(&out) {
                assert_eq!(count, one(&mut Stream::new(block, 7), mean, none), "{mean} {block}");
            }
        }
    }
}
