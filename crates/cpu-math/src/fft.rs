//! Fourier transforms of some lines on the calling thread; plans are kept.

use cuprous_core::backend::FftKind;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftDirection, FftNum, FftPlanner};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The lengths of all kept plans together: their tables are about as long.
const KEPT: usize = 1 << 22;
/// The most plans that are kept.
const MAX_PLANS: usize = 512;

/// How lines of one length are transformed.
#[derive(Clone)]
pub struct FftPlan(Inner);

/// By kind, precision and length.
type Plans = HashMap<(FftKind, bool, usize), FftPlan>;

#[derive(Clone)]
enum Inner {
    Single(Engine<f32>),
    Double(Engine<f64>),
}

#[derive(Clone)]
enum Engine<T> {
    Complex(Arc<dyn Fft<T>>),
    Forward(Arc<dyn RealToComplex<T>>),
    Inverse(Arc<dyn ComplexToReal<T>>),
}

/// Lines at equal distances. Strides in bytes: from one element to the next, and from one line to the next.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// The first element that is read
    pub from: usize,
    /// Strides of what is read
    pub from_strides: (isize, isize),
    /// The first element that is written
    pub to: usize,
    /// Strides of what is written
    pub to_strides: (isize, isize),
    /// How many lines
    pub n_lines: usize,
    /// By what results are multiplied
    pub scale: f64,
}

/// Memory that a thread uses again for its next lines.
#[derive(Default)]
pub struct FftScratch {
    single: Buffers<f32>,
    double: Buffers<f64>,
}

#[derive(Default)]
struct Buffers<T> {
    complex: Vec<Complex<T>>,
    real: Vec<T>,
    work: Vec<Complex<T>>,
}

impl FftPlan {
    /// The plan for lines of `n` elements, of the real side if there is one; `n` is at least 1.
    pub fn new(kind: FftKind, is_double: bool, n: usize) -> FftPlan {
        static PLANS: LazyLock<Mutex<Plans>> = LazyLock::new(Mutex::default);
        let key = (kind, is_double, n);
        if let Some(plan) = PLANS.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return plan.clone();
        }
        // Without the lock: long plans take milliseconds.
        let plan = FftPlan(if is_double { Inner::Double(engine(kind, n)) } else { Inner::Single(engine(kind, n)) });
        let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
        if plans.len() >= MAX_PLANS || plans.keys().map(|k| k.2).sum::<usize>() + n > KEPT {
            plans.clear();
        }
        plans.insert(key, plan.clone());
        plan
    }

    /// Transforms lines on the calling thread. False if there is no memory left to do so.
    ///
    /// # Safety
    /// All elements must be valid to read and to write; nobody else may use them meanwhile. Of what is read and written
    /// nothing may overlap, unless both are the same elements.
    #[must_use]
    pub unsafe fn run(&self, lines: &Lines, scratch: &mut FftScratch) -> bool {
        // SAFETY: the caller's.
        unsafe {
            match &self.0 {
                Inner::Single(engine) => engine.run(lines, lines.scale as f32, &mut scratch.single),
                Inner::Double(engine) => engine.run(lines, lines.scale, &mut scratch.double),
            }
        }
        .is_some()
    }
}

fn engine<T: FftNum>(kind: FftKind, n: usize) -> Engine<T> {
    match kind {
        FftKind::Forward => Engine::Complex(FftPlanner::new().plan_fft(n, FftDirection::Forward)),
        FftKind::Inverse => Engine::Complex(FftPlanner::new().plan_fft(n, FftDirection::Inverse)),
        FftKind::RealForward => Engine::Forward(RealFftPlanner::new().plan_fft_forward(n)),
        FftKind::RealInverse => Engine::Inverse(RealFftPlanner::new().plan_fft_inverse(n)),
    }
}

impl<T: FftNum> Engine<T> {
    /// # Safety
    /// As [`FftPlan::run`].
    unsafe fn run(&self, lines: &Lines, scale: T, buffers: &mut Buffers<T>) -> Option<()> {
        let Lines { from, from_strides, to, to_strides, n_lines, .. } = *lines;
        let Buffers { complex, real, work } = buffers;
        let zero = Complex::new(T::zero(), T::zero());
        match self {
            Engine::Complex(fft) => {
                let n = fft.len();
                let work = sized(work, fft.get_inplace_scratch_len(), zero)?;
                let packed = direct::<Complex<T>>(to, to_strides, n, n_lines);
                if packed {
                    // SAFETY: the caller vouches for the elements of every line, which `direct` found to be one slice.
                    let target = unsafe { std::slice::from_raw_parts_mut(to as *mut Complex<T>, n * n_lines) };
                    // SAFETY: the caller's elements.
                    unsafe { gather(from, from_strides, n, n_lines, target.as_mut_ptr(), n) };
                    fft.process_with_scratch(target, work);
                    multiply(target, scale);
                    return Some(());
                }
                let pitch = pitch_of::<Complex<T>>(n);
                let block = sized(complex, pitch.checked_mul(n_lines)?, zero)?;
                // SAFETY: the caller's elements, into a block with room for all lines.
                unsafe { gather(from, from_strides, n, n_lines, block.as_mut_ptr(), pitch) };
                if pitch == n {
                    fft.process_with_scratch(block, work);
                } else {
                    block.chunks_exact_mut(pitch).for_each(|line| fft.process_with_scratch(&mut line[..n], work));
                }
                multiply(block, scale);
                // SAFETY: as above, the other way.
                unsafe { scatter(block.as_ptr(), pitch, n, n_lines, to, to_strides) };
            }
            Engine::Forward(fft) => {
                let (n, m) = (fft.len(), fft.complex_len());
                let work = sized(work, fft.get_scratch_len(), zero)?;
                let (pitch, out_pitch) = (pitch_of::<T>(n), pitch_of::<Complex<T>>(m));
                let sources = sized(real, pitch.checked_mul(n_lines)?, T::zero())?;
                // SAFETY: the caller's elements, into a block with room for all lines.
                unsafe { gather(from, from_strides, n, n_lines, sources.as_mut_ptr(), pitch) };
                let is_direct = direct::<Complex<T>>(to, to_strides, m, n_lines);
                let (targets, out_pitch) = if is_direct {
                    // SAFETY: the caller vouches for the elements of every line, which `direct` found to be one slice.
                    (unsafe { std::slice::from_raw_parts_mut(to as *mut Complex<T>, m * n_lines) }, m)
                } else {
                    (sized(complex, out_pitch.checked_mul(n_lines)?, zero)?, out_pitch)
                };
                for (source, target) in sources.chunks_exact_mut(pitch).zip(targets.chunks_exact_mut(out_pitch)) {
                    // All lengths are its own, which is all that it complains about.
                    let _ = fft.process_with_scratch(&mut source[..n], &mut target[..m], work);
                }
                multiply(targets, scale);
                if !is_direct {
                    // SAFETY: as above, the other way.
                    unsafe { scatter(targets.as_ptr(), out_pitch, m, n_lines, to, to_strides) };
                }
            }
            Engine::Inverse(fft) => {
                let (n, m) = (fft.len(), fft.complex_len());
                let work = sized(work, fft.get_scratch_len(), zero)?;
                let (pitch, out_pitch) = (pitch_of::<Complex<T>>(m), pitch_of::<T>(n));
                let sources = sized(complex, pitch.checked_mul(n_lines)?, zero)?;
                // SAFETY: the caller's elements, into a block with room for all lines.
                unsafe { gather(from, from_strides, m, n_lines, sources.as_mut_ptr(), pitch) };
                let is_direct = direct::<T>(to, to_strides, n, n_lines);
                let (targets, out_pitch) = if is_direct {
                    // SAFETY: the caller vouches for the elements of every line, which `direct` found to be one slice.
                    (unsafe { std::slice::from_raw_parts_mut(to as *mut T, n * n_lines) }, n)
                } else {
                    (sized(real, out_pitch.checked_mul(n_lines)?, T::zero())?, out_pitch)
                };
                for (source, target) in sources.chunks_exact_mut(pitch).zip(targets.chunks_exact_mut(out_pitch)) {
                    source[0].im = T::zero();
                    if n % 2 == 0 {
                        source[m - 1].im = T::zero();
                    }
                    // All lengths are its own, and what may not be imaginary is not.
                    let _ = fft.process_with_scratch(&mut source[..m], &mut target[..n], work);
                }
                if scale != T::one() {
                    targets.iter_mut().for_each(|x| *x = *x * scale);
                }
                if !is_direct {
                    // SAFETY: as above, the other way.
                    unsafe { scatter(targets.as_ptr(), out_pitch, n, n_lines, to, to_strides) };
                }
            }
        }
        Some(())
    }
}

/// The first `n` elements of a buffer, which grows if need be; none if there is no memory.
fn sized<E: Copy>(buffer: &mut Vec<E>, n: usize, zero: E) -> Option<&mut [E]> {
    if buffer.len() < n {
        buffer.try_reserve_exact(n - buffer.len()).ok()?;
        buffer.resize(n, zero);
    }
    Some(&mut buffer[..n])
}

/// Whether lines lie one behind the other without gaps, aligned: then they can be transformed where they are.
fn direct<E>(address: usize, (element, line): (isize, isize), n: usize, n_lines: usize) -> bool {
    let size = size_of::<E>() as isize;
    address.is_multiple_of(align_of::<E>()) && (element == size || n == 1) && (line == size * n as isize || n_lines == 1)
}

/// Elements from one line to the next in memory of our own: long lines of like length would meet in the same places
/// of the cache.
fn pitch_of<E>(n: usize) -> usize {
    let line = n * size_of::<E>();
    if line >= 2048 && line.is_multiple_of(512) { n + 64 / size_of::<E>() } else { n }
}

fn multiply<T: FftNum>(elements: &mut [Complex<T>], scale: T) {
    if scale != T::one() {
        for x in elements {
            *x = Complex::new(x.re * scale, x.im * scale);
        }
    }
}

#[inline]
fn at(base: usize, k: usize, stride: isize) -> usize {
    base.wrapping_add_signed((k as isize).wrapping_mul(stride))
}

/// Copies `n_lines` lines of `n` elements together, `pitch` elements apart.
///
/// # Safety
/// All elements of both sides must be valid; they may be the same ones but not overlap otherwise.
unsafe fn gather<E: Copy>(from: usize, (element, line): (isize, isize), n: usize, n_lines: usize, to: *mut E, pitch: usize) {
    if element == size_of::<E>() as isize {
        for l in 0..n_lines {
            // SAFETY: the caller vouches for a line on both sides; bytes need no alignment.
            unsafe { std::ptr::copy(at(from, l, line) as *const u8, to.add(l * pitch).cast(), n * size_of::<E>()) };
        }
        return;
    }
    // Along the rows that the lines' elements make: those lie in memory one behind the other.
    for k in 0..n {
        let base = at(from, k, element);
        for l in 0..n_lines {
            // SAFETY: the caller vouches for every element.
            unsafe { *to.add(l * pitch + k) = (at(base, l, line) as *const E).read_unaligned() };
        }
    }
}

/// The other way.
///
/// # Safety
/// As [`gather`].
unsafe fn scatter<E: Copy>(from: *const E, pitch: usize, n: usize, n_lines: usize, to: usize, (element, line): (isize, isize)) {
    if element == size_of::<E>() as isize {
        for l in 0..n_lines {
            // SAFETY: the caller vouches for a line on both sides; bytes need no alignment.
            unsafe { std::ptr::copy(from.add(l * pitch).cast(), at(to, l, line) as *mut u8, n * size_of::<E>()) };
        }
        return;
    }
    for k in 0..n {
        let base = at(to, k, element);
        for l in 0..n_lines {
            // SAFETY: the caller vouches for every element.
            unsafe { (at(base, l, line) as *mut E).write_unaligned(*from.add(l * pitch + k)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn sample(n: usize) -> Vec<Complex<f64>> {
        (0..n).map(|k| Complex::new(((k * 7) % 11) as f64 - 5.0, ((k * 5) % 13) as f64 - 6.0)).collect()
    }

    fn slow(x: &[Complex<f64>], sign: f64) -> Vec<Complex<f64>> {
        let n = x.len();
        (0..n).map(|k| (0..n).map(|j| x[j] * Complex::from_polar(1.0, sign * TAU * ((j * k) % n) as f64 / n as f64)).sum()).collect()
    }

    fn run(kind: FftKind, n: usize, lines: &Lines) {
        // SAFETY: vectors of the test of the sizes that the lines say.
        assert!(unsafe { FftPlan::new(kind, true, n).run(lines, &mut FftScratch::default()) });
    }

    #[test]
    fn complex_lines_of_any_stride() {
        for n in [1, 2, 3, 5, 16, 17, 97, 128, 256] {
            for (kind, sign) in [(FftKind::Forward, -1.0), (FftKind::Inverse, 1.0)] {
                let n_lines = 3;
                let x = sample(n * n_lines);
                let mut out = vec![Complex::new(f64::NAN, 0.0); n * n_lines];
                // Read as columns, written as rows and as columns.
                for (to_strides, place) in [((16, 16 * n as isize), [n, 1]), ((16 * n_lines as isize, 16), [1, n_lines])] {
                    let from_strides = (16 * n_lines as isize, 16);
                    run(
                        kind,
                        n,
                        &Lines { from: x.as_ptr() as usize, from_strides, to: out.as_mut_ptr() as usize, to_strides, n_lines, scale: 2.0 },
                    );
                    for l in 0..n_lines {
                        let line: Vec<_> = (0..n).map(|k| x[k * n_lines + l]).collect();
                        for (k, want) in slow(&line, sign).into_iter().enumerate() {
                            let got = out[l * place[0] + k * place[1]];
                            assert!((got - want * 2.0).norm() < 1e-10 * n as f64, "{kind:?} {n} {l} {k}: {got} {want}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn real_there_and_back() {
        for n in [1, 2, 3, 5, 16, 17, 60, 97, 512, 1024] {
            let m = n / 2 + 1;
            let x: Vec<f64> = sample(2 * n).iter().map(|z| z.re).collect();
            let mut half = vec![Complex::new(0.0, 0.0); 2 * m];
            let mut back = vec![0.0; 2 * n];
            let strides = |size: isize, n: usize| (size, size * n as isize);
            run(
                FftKind::RealForward,
                n,
                &Lines {
                    from: x.as_ptr() as usize,
                    from_strides: strides(8, n),
                    to: half.as_mut_ptr() as usize,
                    to_strides: (32, 16),
                    n_lines: 2,
                    scale: 1.0,
                },
            );
            for l in 0..2 {
                let line: Vec<_> = x[l * n..(l + 1) * n].iter().map(|&v| Complex::new(v, 0.0)).collect();
                for (k, want) in slow(&line, -1.0)[..m].iter().enumerate() {
                    assert!((half[k * 2 + l] - want).norm() < 1e-10 * n as f64);
                }
                // What is imaginary here does not count.
                half[l].im = 5.0;
            }
            run(
                FftKind::RealInverse,
                n,
                &Lines {
                    from: half.as_ptr() as usize,
                    from_strides: (32, 16),
                    to: back.as_mut_ptr() as usize,
                    to_strides: strides(8, n),
                    n_lines: 2,
                    scale: 1.0 / n as f64,
                },
            );
            assert!(x.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12 * n as f64), "{n}");
        }
    }
}
