//! Random numbers: Philox 4x32-10, sixteen blocks side by side.

use crate::memory::Shared;
use crate::threads::Threads;
use cuprous_core::backend::Distribution;
use cuprous_core::{DType, Error, Operand, RandomSpec, Result};

/// Blocks computed together.
const WIDTH: usize = 16;
/// Elements of a piece of work, a multiple of what `WIDTH` blocks give.
const PIECE: usize = 1 << 14;

/// The words of `WIDTH` blocks: first words, second words and so on.
type Words = [[u32; WIDTH]; 4];

/// Fills a packed operand with random numbers.
pub fn run(threads: &Threads, spec: &RandomSpec, out: &Operand) -> Result<()> {
    let item = out.dtype.size();
    let is_packed = out.layout.is_c_contiguous(item) || out.layout.is_f_contiguous(item);
    let is_bits = spec.distribution == Distribution::Bits;
    let fits = if is_bits { matches!(out.dtype, DType::U32 | DType::U64) } else { matches!(out.dtype, DType::F32 | DType::F64) };
    let Some(buffer) = out.buffer().filter(|_| is_packed && fits) else {
        return Err(Error::runtime(format!(
            "random {:?} needs a packed array of floats or unsigned integers, not {} of strides {:?}",
            spec.distribution, out.dtype, out.layout.strides
        )));
    };
    crate::check_operands(&out.layout.shape, &[*out])?;
    let n = out.layout.size();
    let key = [spec.seed as u32, (spec.seed >> 32) as u32];
    let target = Shared(out.address() as *mut u8);
    let (per_block, cost) = (16 / item, item);
    let _held = buffer.lock.write();
    threads.for_each(
        n.div_ceil(PIECE),
        n.saturating_mul(cost),
        || (),
        |(), piece| {
            let first = piece * PIECE;
            let len = PIECE.min(n - first);
            let block = spec.counter.wrapping_add((first / per_block) as u64);
            let to = target.at(first * item);
            // SAFETY: `Operand` checked that `n` elements lie in the buffer, which is held; pieces are disjoint.
            unsafe {
                match (out.dtype, spec.distribution) {
                    (DType::U32, Distribution::Bits) => bits_u32(key, block, to, len),
                    (_, Distribution::Bits) => bits_u64(key, block, to, len),
                    (DType::F32, Distribution::Uniform) => uniform_f32(key, block, to, len),
                    (DType::F32, Distribution::Normal) => normal_f32(key, block, to, len),
                    (_, Distribution::Uniform) => uniform_f64(key, block, to, len),
                    (_, Distribution::Normal) => normal_f64(key, block, to, len),
                }
            }
        },
    );
    Ok(())
}

/// Philox 4x32-10 of the counters `first, first + 1, ...`.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "a block is a column of all four rows of words")]
fn philox(key: [u32; 2], first: u64) -> Words {
    let mut c: Words = [[0; WIDTH]; 4];
    for j in 0..WIDTH {
        let block = first.wrapping_add(j as u64);
        (c[0][j], c[1][j]) = (block as u32, (block >> 32) as u32);
    }
    let [mut k0, mut k1] = key;
    for _ in 0..10 {
        for j in 0..WIDTH {
            let p = 0xD251_1F53 * c[0][j] as u64;
            let q = 0xCD9E_8D57 * c[2][j] as u64;
            c[0][j] = (q >> 32) as u32 ^ c[1][j] ^ k0;
            c[1][j] = q as u32;
            c[2][j] = (p >> 32) as u32 ^ c[3][j] ^ k1;
            c[3][j] = p as u32;
        }
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    c
}

/// Calls `make` for `WIDTH` blocks at a time and copies what it gives, the last time in part.
///
/// # Safety
/// `to` must be valid for `len` elements, of any alignment.
#[inline(always)]
unsafe fn fill<T: Copy, const N: usize>(key: [u32; 2], first: u64, to: *mut u8, len: usize, make: impl Fn(&Words) -> [T; N]) {
    for (k, start) in (0..len).step_by(N).enumerate() {
        let values = make(&philox(key, first.wrapping_add((k * WIDTH) as u64)));
        let n = N.min(len - start) * size_of::<T>();
        // SAFETY: `start + n` elements are within `len`.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr().cast::<u8>(), to.add(start * size_of::<T>()), n) };
    }
}

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
unsafe fn bits_u32(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0u32; 4 * WIDTH];
        for j in 0..WIDTH {
            for k in 0..4 {
                out[4 * j + k] = w[k][j];
            }
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
unsafe fn bits_u64(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0u64; 2 * WIDTH];
        for j in 0..WIDTH {
            for k in 0..2 {
                out[2 * j + k] = (w[2 * k + 1][j] as u64) << 32 | w[2 * k][j] as u64;
            }
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

const UNIT_24: f32 = 1.0 / (1 << 24) as f32;
const UNIT_53: f64 = 1.0 / (1u64 << 53) as f64;

/// 53 bits of two words.
#[inline(always)]
fn bits53(a: u32, b: u32) -> u64 {
    ((a >> 5) as u64) << 26 | (b >> 6) as u64
}

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
unsafe fn uniform_f32(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0.0f32; 4 * WIDTH];
        for j in 0..WIDTH {
            for k in 0..4 {
                out[4 * j + k] = (w[k][j] >> 8) as f32 * UNIT_24;
            }
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2+fma"))]
unsafe fn uniform_f64(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0.0f64; 2 * WIDTH];
        for j in 0..WIDTH {
            for k in 0..2 {
                out[2 * j + k] = bits53(w[2 * k][j], w[2 * k + 1][j]) as f64 * UNIT_53;
            }
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

/// Two normal numbers, `sqrt(-2 ln u) * cos(2 pi v)` and `... * sin(2 pi v)`, for `u` in `(0, 1]` and `v` in `[0, 1)`.
///
/// Without branches and calls, so that blocks side by side share instructions. The quarter turn is taken from `v`,
/// where it is exact; what is left are short Taylor series, cut where the next term is below half an ulp.
macro_rules! box_muller {
    ($name:ident, $float:ident, $uint:ident, $int:ident, $half_mantissa:expr, $ln2_high:expr, $ln2_low:expr, $n_ln:expr, $n_turn:expr) => {
        #[inline(always)]
        fn $name(u: $float, v: $float) -> ($float, $float) {
            // Adding it rounds to an integer, which then is in the lowest bits.
            const ROUND: $float = 1.5 * $half_mantissa;
            const DIGITS: u32 = $float::MANTISSA_DIGITS - 1;
            // sqrt(1/2): `u = m * 2^e` with `m` around 1.
            const LOW: $uint = std::$float::consts::FRAC_1_SQRT_2.to_bits();
            let above = u.to_bits().wrapping_sub(LOW);
            let e = $float::from_bits(ROUND.to_bits().wrapping_add(((above as $int) >> DIGITS) as $uint)) - ROUND;
            let m = $float::from_bits((above & ((1 << DIGITS) - 1)) + LOW);
            // ln m = 2 artanh((m - 1) / (m + 1))
            let s = (m - 1.0) / (m + 1.0);
            let z = s * s;
            let mut series = 0.0;
            let mut k = $n_ln;
            while k > 0 {
                series = series * z + 2.0 / (2 * k + 1) as $float;
                k -= 1;
            }
            let ln = e * $ln2_high + (2.0 * s + (s * z * series + e * $ln2_low));
            let radius = (-2.0 * ln).sqrt();

            let turned = 4.0 * v + ROUND;
            let quarter = turned.to_bits() & 3;
            let x = (v - 0.25 * (turned - ROUND)) * std::$float::consts::TAU;
            let z = x * x;
            let (mut sin, mut cos) = (1.0, 1.0);
            let mut k = $n_turn;
            while k > 0 {
                sin = 1.0 - sin * z * (1.0 / ((2 * k) * (2 * k + 1)) as $float);
                cos = 1.0 - cos * z * (1.0 / ((2 * k - 1) * (2 * k)) as $float);
                k -= 1;
            }
            sin *= x;
            let (a, b) = if quarter & 1 == 0 { (cos, sin) } else { (sin, cos) };
            // The second bit becomes the sign.
            let flip = |x: $float, q: $uint| $float::from_bits(x.to_bits() ^ ((q & 2) << ($uint::BITS - 2)));
            (radius * flip(a, quarter + 1), radius * flip(b, quarter))
        }
    };
}
box_muller!(pair_f32, f32, u32, i32, (1u32 << 23) as f32, 0.693_138_1, 9.058_001e-6, 5, 5);
box_muller!(pair_f64, f64, u64, i64, (1u64 << 52) as f64, 0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10, 10, 8);

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2"))]
unsafe fn normal_f32(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0.0f32; 4 * WIDTH];
        for p in [0, 2] {
            let (mut a, mut b) = ([0.0f32; WIDTH], [0.0f32; WIDTH]);
            for j in 0..WIDTH {
                (a[j], b[j]) = pair_f32(((w[p][j] >> 8) + 1) as f32 * UNIT_24, (w[p + 1][j] >> 8) as f32 * UNIT_24);
            }
            for j in 0..WIDTH {
                (out[4 * j + p], out[4 * j + p + 1]) = (a[j], b[j]);
            }
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

/// # Safety
/// As [`fill`].
#[multiversion::multiversion(targets("x86_64+avx512f+avx512dq+avx512vl+avx512bw", "x86_64+avx2"))]
unsafe fn normal_f64(key: [u32; 2], first: u64, to: *mut u8, len: usize) {
    let make = |w: &Words| {
        let mut out = [0.0f64; 2 * WIDTH];
        let (mut a, mut b) = ([0.0f64; WIDTH], [0.0f64; WIDTH]);
        for j in 0..WIDTH {
            let u = (bits53(w[0][j], w[1][j]) + 1) as f64 * UNIT_53;
            let v = bits53(w[2][j], w[3][j]) as f64 * UNIT_53;
            (a[j], b[j]) = pair_f64(u, v);
        }
        for j in 0..WIDTH {
            (out[2 * j], out[2 * j + 1]) = (a[j], b[j]);
        }
        out
    };
    // SAFETY: the caller's.
    unsafe { fill(key, first, to, len, make) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::testing::{array, on, read};
    use crate::tests::testing::{c_order, whole};
    use std::f64::consts::TAU;

    fn words(w: &Words, j: usize) -> [u32; 4] {
        [w[0][j], w[1][j], w[2][j], w[3][j]]
    }

    #[test]
    fn known_answers() {
        let w = philox([0, 0], 0);
        assert_eq!(words(&w, 0), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
        // Counters run on into the second word.
        let low = philox([7, 9], u32::MAX as u64);
        assert_eq!(words(&low, 1), words(&philox([7, 9], 1 << 32), 0));
    }

    #[test]
    fn elements_follow_the_contract() {
        let seed = 0x0123_4567_89ab_cdef;
        let key = [seed as u32, (seed >> 32) as u32];
        for n_threads in [1, 3] {
            let threads = on(n_threads);
            for n in [0, 1, 5, 63, 64, 65, 100_003] {
                let spec = |distribution| RandomSpec { seed, counter: u64::MAX - 1, distribution };
                let block = |i: usize| words(&philox(key, (u64::MAX - 1).wrapping_add(i as u64)), 0);
                let layout = c_order(&[n], 4);
                let a = array(&vec![0.0f32; n]);
                assert!(run(&threads, &spec(Distribution::Uniform), &whole(&a, &layout, DType::F32)).is_ok());
                for (i, x) in read::<f32>(&a, n).into_iter().enumerate().step_by(1 + n / 300) {
                    assert_eq!(x, (block(i / 4)[i % 4] >> 8) as f32 * UNIT_24);
                }
                assert!(run(&threads, &spec(Distribution::Normal), &whole(&a, &layout, DType::F32)).is_ok());
                for (i, x) in read::<f32>(&a, n).into_iter().enumerate().step_by(1 + n / 300) {
                    let (w, p) = (block(i / 4), (i % 4) & 2);
                    let (u, v) = (((w[p] >> 8) + 1) as f32 * UNIT_24, (w[p + 1] >> 8) as f32 * UNIT_24);
                    let (radius, angle) = ((-2.0 * (u as f64).ln()).sqrt(), TAU * v as f64);
                    let want = radius * if i % 2 == 0 { angle.cos() } else { angle.sin() };
                    // Each of logarithm, root, turn and product rounds a few times.
                    assert!((x as f64 - want).abs() <= 4.0 * f32::EPSILON as f64 * radius, "{x} {want} {u} {v}");
                }
                let bits = array(&vec![0u32; n]);
                assert!(run(&threads, &spec(Distribution::Bits), &whole(&bits, &layout, DType::U32)).is_ok());
                for (i, x) in read::<u32>(&bits, n).into_iter().enumerate().step_by(1 + n / 300) {
                    assert_eq!(x, block(i / 4)[i % 4]);
                }
                let layout = c_order(&[n], 8);
                let bits = array(&vec![0u64; n]);
                assert!(run(&threads, &spec(Distribution::Bits), &whole(&bits, &layout, DType::U64)).is_ok());
                for (i, x) in read::<u64>(&bits, n).into_iter().enumerate().step_by(1 + n / 300) {
                    let (w, k) = (block(i / 2), 2 * (i % 2));
                    assert_eq!(x, (w[k + 1] as u64) << 32 | w[k] as u64);
                }
                let b = array(&vec![0.0f64; n]);
                assert!(run(&threads, &spec(Distribution::Uniform), &whole(&b, &layout, DType::F64)).is_ok());
                for (i, x) in read::<f64>(&b, n).into_iter().enumerate().step_by(1 + n / 300) {
                    let (w, k) = (block(i / 2), 2 * (i % 2));
                    assert_eq!(x, ((w[k] >> 5) as f64 * 67108864.0 + (w[k + 1] >> 6) as f64) * UNIT_53);
                }
                assert!(run(&threads, &spec(Distribution::Normal), &whole(&b, &layout, DType::F64)).is_ok());
                if n > 1000 {
                    let x = read::<f64>(&b, n);
                    for (i, &x) in x.iter().enumerate().step_by(97) {
                        let w = block(i / 2);
                        let (u, v) = ((bits53(w[0], w[1]) + 1) as f64 * UNIT_53, bits53(w[2], w[3]) as f64 * UNIT_53);
                        let radius = (-2.0 * u.ln()).sqrt();
                        let want = radius * if i % 2 == 0 { (TAU * v).cos() } else { (TAU * v).sin() };
                        // The reference's own angle is rounded, by up to four units around a full turn.
                        assert!((x - want).abs() <= 6.0 * f64::EPSILON * radius, "{x} {want} {u} {v}");
                    }
                    let mean = x.iter().sum::<f64>() / n as f64;
                    let var = x.iter().map(|x| x * x).sum::<f64>() / n as f64;
                    assert!(mean.abs() < 0.02 && (var - 1.0).abs() < 0.02, "{mean} {var}");
                }
            }
        }
    }

    #[test]
    fn pairs_at_the_edges() {
        for v in 0..8 {
            let v = v as f64 / 8.0;
            let (x, y) = pair_f64((-0.5f64).exp(), v);
            assert!((x - (TAU * v).cos()).abs() < 1e-15 && (y - (TAU * v).sin()).abs() < 1e-15, "{v} {x} {y}");
        }
        assert_eq!(pair_f64(1.0, 0.3), (0.0, 0.0));
        let (x, _) = pair_f64(UNIT_53, 0.0);
        assert!((x - (106.0 * std::f64::consts::LN_2).sqrt()).abs() < 1e-14);
        let (x, _) = pair_f32(UNIT_24, 0.0);
        assert!((x - (48.0 * std::f32::consts::LN_2).sqrt()).abs() < 1e-6);
    }

    #[test]
    fn only_packed_floats() {
        let a = array(&[0i32; 8]);
        let spec = RandomSpec { seed: 1, counter: 0, distribution: Distribution::Uniform };
        assert!(run(&on(1), &spec, &whole(&a, &c_order(&[8], 4), DType::I32)).is_err());
        let mut gaps = c_order(&[4], 4);
        gaps.strides[0] = 8;
        assert!(run(&on(1), &spec, &whole(&a, &gaps, DType::F32)).is_err());
    }
}
