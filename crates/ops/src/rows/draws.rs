//! Rows that draw: any number of inputs of dtypes of their own, one result.

use crate::loops::{C, Lane};

/// Elements that a row gets at once.
pub const CHUNK: usize = 256;

/// An input of a row, packed chunk by chunk.
pub struct Packed<T> {
    from: *const u8,
    stride: isize,
    chunk: [T; CHUNK],
}

impl<T: Lane<Compute = T> + Default> Packed<T> {
    /// # Safety
    /// `from` must be valid for reading elements at that stride, as many as are read.
    pub unsafe fn new(from: *const u8, stride: isize, n: usize) -> Packed<T> {
        let mut packed = Packed { from, stride, chunk: [T::default(); CHUNK] };
        if stride == 0 && n > 0 {
            // SAFETY: the first element can be read, says the caller.
            packed.chunk.fill(unsafe { T::load(from) });
        }
        packed
    }

    /// The elements `start .. start + len` with `len <= CHUNK`.
    ///
    /// # Safety
    /// They must be among those that can be read.
    #[inline(always)]
    pub unsafe fn read(&mut self, start: usize, len: usize) -> &[T] {
        if self.stride != 0 {
            for (i, x) in self.chunk[..len].iter_mut().enumerate() {
                // SAFETY: the caller's.
                *x = unsafe { T::load(self.from.offset((start + i) as isize * self.stride)) };
            }
        }
        &self.chunk[..len]
    }
}

/// Writes results.
///
/// # Safety
/// `to` must be valid for writing as many elements at that stride.
#[inline(always)]
pub unsafe fn store<T: Lane>(to: *mut u8, stride: isize, results: &[C<T>]) {
    for (i, &x) in results.iter().enumerate() {
        // SAFETY: the caller's.
        unsafe { T::store(to.offset(i as isize * stride), x) };
    }
}

/// A row of several inputs and one result: `draw_row!("name" (x: i64, y: f64) -> f64 by path => "CUDA")`, where `path` is a
/// function of slices of the inputs and of the results.
macro_rules! draw_row {
    ($name:literal ($($x:ident : $t:ty),+) -> $r:ty, by $many:expr => $cuda:literal) => {{
        unsafe fn run(args: *const *mut u8, strides: *const isize, n: usize) {
            use $crate::rows::draws::{CHUNK, Packed, store};
            let mut k = 0;
            // SAFETY: an `InnerLoop`'s caller promises a pointer and a stride for each input and for the result,
            // each valid for `n` elements.
            unsafe {
                $(
                    let mut $x = Packed::<$t>::new(*args.add(k), *strides.add(k), n);
                    k += 1;
                )+
                let (out, step) = (*args.add(k), *strides.add(k));
                let mut results = [<$r>::default(); CHUNK];
                for start in (0..n).step_by(CHUNK) {
                    let len = CHUNK.min(n - start);
                    $many($($x.read(start, len)),+, &mut results[..len]);
                    store::<$r>(out.offset(start as isize * step), step, &results[..len]);
                }
            }
        }
        cuprous_core::LoopDef {
            op: $name,
            ins: &[$(<$t as cuprous_core::Element>::DTYPE),+],
            outs: &[<$r as cuprous_core::Element>::DTYPE],
            cpu: run,
            cuda: $cuda,
            prelude: $crate::sampling::CUDA_SAMPLING,
            is_heavy: true,
        }
    }};
}
