//! CUDA text of kernels, and the kernels of the programs seen so far.
//!
//! Text depends on a program's structure and on the variant alone: sizes, strides and constants are fields of the
//! one parameter, so that equal programs share a kernel, in memory and on disk.

pub mod elementwise;
pub mod fold;
pub mod gather;
pub mod linalg;
pub mod many;
pub mod matmul;
pub mod program;
pub mod random;
pub mod reduce;
pub mod scan;
pub mod scatter;
pub mod sort;
pub mod user;

pub(crate) use reduce::{Load, accessors};

use crate::compile::{Kernel, Source, background};
use crate::driver::Context;
use crate::{launch, memory, transfer};
use cuprous_core::backend::Distribution;
use cuprous_core::{Buffer, DType, Error, Program, Queue, Result};
use parking_lot::{Mutex, RwLock};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

/// Threads of a block, in every kernel of ours
pub const THREADS: usize = 256;
/// How many reductions of one launch may each be shared by several blocks
pub const MAX_TICKETS: usize = 4096;

/// The common pieces of text.
pub(crate) const BASE: &str = include_str!("../kernels/base.cuh");
pub(crate) const F16: &str = include_str!("../kernels/f16.cuh");
pub(crate) const COMPLEX: &str = include_str!("../kernels/complex.cuh");
pub(crate) const GROUP: &str = include_str!("../kernels/group.cuh");
pub(crate) const SHIFTED: &str = include_str!("../kernels/shifted.cuh");

/// Which kernel of a program or row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Element by element along a dense innermost axis
    Rows {
        /// Axes outside it
        n_outer: u8,
    },
    /// As `Rows`, for small elements whose rows begin at no multiple of a vector
    Shifted {
        /// Axes outside the innermost one
        n_outer: u8,
    },
    /// Element by element with any strides
    Strided {
        /// Number of axes
        n_axes: u8,
        /// Whether sizes or offsets need 64 bits
        wide: bool,
    },
    /// Element by element, for several small sets of operands
    Many,
    /// Element by element by tiles, for operands that are dense along different axes
    Tiles {
        /// Number of axes
        n_axes: u8,
        /// Operands that are dense along the last axis but one, a bit each
        crossed: u64,
        /// Elements along a tile's edge
        edge: u8,
    },
    /// A reduction
    Reduce {
        /// Which of its kernels
        shape: reduce::Shape,
        /// Axes that stay
        n_kept: u8,
        /// Axes that go
        n_reduced: u8,
        /// Operands that are constant along the lanes, a bit each
        constant: u64,
        /// Whether sizes need 64 bits
        wide: bool,
    },
    /// A scan
    Scan {
        /// Which of its kernels
        shape: scan::Shape,
        /// Axes other than the scanned one
        n_axes: u8,
    },
    /// A fold
    Fold {
        /// Axes other than the folded one
        n_axes: u8,
    },
    /// Elements chosen by indices, copied
    Gather {
        /// How they are found
        address: gather::Address,
        /// Bytes of a word
        unit: u8,
    },
    /// Places of true elements
    Places,
    /// Elements chosen by indices, updated
    Scatter {
        /// How they are found
        address: gather::Address,
        /// What is done to them
        method: scatter::Method,
    },
    /// A step of a sort, or a search among sorted elements
    Sort {
        /// Which
        step: sort::Step,
        /// What is sorted
        dtype: cuprous_core::DType,
    },
    /// How often numbers occur
    Count,
    /// A product of integer matrices
    Matmul(matmul::Tiles),
    /// Numbers in double precision, or back in single
    Precision {
        /// The former
        widens: bool,
    },
    /// Equations of small matrices
    Solve(linalg::Small),
    /// What inverse Fourier transforms to real numbers begin with
    Halves {
        /// Of the parts
        is_double: bool,
        /// Whether lines have an even number of results
        is_even: bool,
    },
    /// Random numbers
    Random {
        /// Of the numbers
        dtype: DType,
        /// What is drawn
        distribution: Distribution,
    },
}

/// The kernels loaded in a context, found by program, row and variant.
#[derive(Default)]
pub struct Cache {
    kernels: RwLock<HashMap<u64, SmallVec<[Entry; 1]>, BuildHasherDefault<Passed>>>,
    /// How often kernels were met that are not there, by the hash of program, row and variant; those being compiled
    absent: Mutex<HashMap<u64, u32, BuildHasherDefault<Passed>>>,
    /// For each queue the counters with which blocks find out which of them is last: all zero between launches
    tickets: Mutex<HashMap<u64, Arc<Buffer>>>,
}

struct Entry {
    program: Program,
    /// Address of the row, 0 without one
    row: usize,
    variant: Variant,
    kernel: Arc<Kernel>,
}

impl Cache {
    /// The kernel of a program and row; `make` gives its text if it is new.
    ///
    /// # Errors
    /// As [`Context::load`].
    pub(crate) fn get(
        &self,
        ctx: &Context,
        program: &Program,
        row: usize,
        variant: Variant,
        make: impl FnOnce() -> Source,
    ) -> Result<Arc<Kernel>> {
        let key = Cache::key(program, row, variant);
        if let Some(kernel) = self.look(key, program, row, variant) {
            return Ok(kernel);
        }
        if !self.absent.lock().is_empty() {
            background::settle(key);
        }
        // Compiled without the lock; of two threads that compile the same the first one's stays.
        let kernel = ctx.load(&make())?;
        Ok(self.keep(key, program, row, variant, kernel))
    }

    /// The kernel of a program and row, if it need not be compiled.
    ///
    /// # Errors
    /// `Device` or `Memory` if it cannot be loaded.
    pub(crate) fn find(
        &self,
        ctx: &Context,
        program: &Program,
        row: usize,
        variant: Variant,
        make: impl FnOnce() -> Source,
    ) -> Result<Option<Arc<Kernel>>> {
        let key = Cache::key(program, row, variant);
        if let Some(kernel) = self.look(key, program, row, variant) {
            return Ok(Some(kernel));
        }
        if self.absent.lock().contains_key(&key) && background::is_busy(key) {
            return Ok(None);
        }
        Ok(ctx.load_compiled(&make())?.map(|kernel| self.keep(key, program, row, variant, kernel)))
    }

    /// Counts that a kernel was met that is not there: how often by now.
    pub(crate) fn count_meeting(&self, program: &Program, row: usize, variant: Variant) -> u32 {
        let mut absent = self.absent.lock();
        let n = absent.entry(Cache::key(program, row, variant)).or_default();
        *n += 1;
        *n
    }

    /// Compiles a kernel that is on its way before the others; false if it is not on its way.
    pub(crate) fn hurry(&self, program: &Program, row: usize, variant: Variant) -> bool {
        background::hurry(Cache::key(program, row, variant))
    }

    /// Compiles a kernel on another thread, if it is not on its way.
    pub(crate) fn compile_later(&self, ctx: &Context, program: &Program, row: usize, variant: Variant, make: impl FnOnce() -> Source) {
        let key = Cache::key(program, row, variant);
        if !background::is_busy(key) {
            background::compile(ctx.device, key, make());
        }
    }

    fn key(program: &Program, row: usize, variant: Variant) -> u64 {
        let mut hasher = Mixer::default();
        (program, row, variant).hash(&mut hasher);
        hasher.finish()
    }

    #[inline]
    fn look(&self, key: u64, program: &Program, row: usize, variant: Variant) -> Option<Arc<Kernel>> {
        let kernels = self.kernels.read();
        let is_it = |e: &&Entry| e.row == row && e.variant == variant && e.program == *program;
        kernels.get(&key)?.iter().find(is_it).map(|e| e.kernel.clone())
    }

    /// Notes a loaded kernel, unless another thread did: then that one stays.
    fn keep(&self, key: u64, program: &Program, row: usize, variant: Variant, kernel: Arc<Kernel>) -> Arc<Kernel> {
        self.absent.lock().remove(&key);
        if let Some(kernel) = self.look(key, program, row, variant) {
            return kernel;
        }
        let entry = Entry { program: program.clone(), row, variant, kernel: kernel.clone() };
        self.kernels.write().entry(key).or_default().push(entry);
        kernel
    }

    /// The address of a queue's counters. Kernels leave them at zero; those of a queue run one after the other.
    pub(crate) fn tickets(&self, ctx: &Context, queue: &Queue) -> Result<usize> {
        let mut tickets = self.tickets.lock();
        if let Some(buffer) = tickets.get(&queue.id) {
            return Ok(buffer.address());
        }
        let buffer = memory::allocate(ctx, queue, 4 * MAX_TICKETS)?;
        transfer::upload(ctx, queue, &[0; 4 * MAX_TICKETS], &buffer, 0)?;
        let address = buffer.address();
        tickets.insert(queue.id, Arc::new(buffer));
        Ok(address)
    }
}

/// Starts a kernel, by value or through memory, as its text was made for parameters of this length.
pub(crate) fn start(kernel: &Kernel, grid: [usize; 3], block: [usize; 3], params: &Params, queue: &Queue) -> Result<()> {
    let narrow = |v: [usize; 3]| -> Result<[u32; 3]> {
        let part = |n: usize| {
            u32::try_from(n)
                .ok()
                .filter(|&n| n <= i32::MAX as u32)
                .ok_or_else(|| Error::runtime(format!("a launch of {v:?} blocks or threads")))
        };
        Ok([part(v[0])?, part(v[1])?, part(v[2])?])
    };
    let (grid, block) = (narrow(grid)?, narrow(block)?);
    if params.bytes.len() > launch::MAX_PARAMS {
        return launch::launch_indirect(kernel, grid, block, 0, &params.bytes, queue);
    }
    launch::launch(kernel, grid, block, 0, &params.bytes, queue)
}

/// The bytes of a kernel's parameter: fields of 8 bytes, or multiples of it.
#[derive(Default)]
pub(crate) struct Params {
    pub bytes: SmallVec<[u8; 512]>,
}

impl Params {
    pub fn int(&mut self, x: i64) {
        self.bytes.extend_from_slice(&x.to_ne_bytes());
    }

    pub fn uint(&mut self, x: usize) {
        self.int(x as i64);
    }

    pub fn padded(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
    }

    /// A divisor with the reciprocal by which kernels divide numbers below 2^31.
    pub fn divisor(&mut self, n: usize) {
        self.uint(n);
        let (magic, shift) = reciprocal(n);
        self.bytes.extend_from_slice(&magic.to_ne_bytes());
        self.bytes.extend_from_slice(&shift.to_ne_bytes());
    }
}

/// `(magic, shift)` with `x / n == (((x * magic) >> 32) + x) >> shift` for all `x < 2^31`; nothing of use for larger `n`.
fn reciprocal(n: usize) -> (u32, u32) {
    if n == 0 || n > i32::MAX as usize {
        return (0, 0);
    }
    let n = n as u64;
    let shift = n.next_power_of_two().trailing_zeros();
    ((((1u64 << 32) * ((1u64 << shift) - n)) / n + 1) as u32, shift)
}

/// What `__launch_bounds__` kernels are called: readable, but of bounded length.
pub(crate) fn entry_name<'a>(ops: impl Iterator<Item = &'a str>, suffix: &str) -> String {
    let mut name = String::from("cuprous");
    for op in ops {
        if name.len() + op.len() + suffix.len() > 58 {
            break;
        }
        name.push('_');
        name.extend(op.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
    }
    name.push('_');
    name.push_str(suffix);
    name
}

/// How a kernel takes its parameter: by value as long as that is allowed.
pub(crate) fn signature(entry: &str, n_bytes: usize) -> String {
    let (params, begin) = if n_bytes > launch::MAX_PARAMS {
        ("const Params* pp", "const Params& p = *pp;")
    } else {
        ("const __grid_constant__ Params p", "")
    };
    format!("#define CUP_ENTRY {entry}\n#define CUP_PARAMS {params}\n#define CUP_BEGIN {begin}\n")
}

/// A hasher for keys that are hashed already.
#[derive(Default)]
struct Passed(u64);
impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, x: u64) {
        self.0 = x;
    }
}

/// A fast hasher of small numbers: multiply and rotate. Equality is checked after it.
#[derive(Default)]
struct Mixer(u64);
impl Mixer {
    #[inline]
    fn mix(&mut self, x: u64) {
        self.0 = (self.0.rotate_left(23) ^ x).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}
impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_ne_bytes(word));
        }
    }
    fn write_u8(&mut self, x: u8) {
        self.mix(x.into());
    }
    fn write_u32(&mut self, x: u32) {
        self.mix(x.into());
    }
    fn write_u64(&mut self, x: u64) {
        self.mix(x);
    }
    fn write_usize(&mut self, x: usize) {
        self.mix(x as u64);
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod arithmetic_tests {
    use super::*;

    #[test]
    fn reciprocals_divide() {
        for n in (1..2000).chain([65535, 65536, 65537, 1 << 20, (1 << 30) + 1, i32::MAX as usize - 1, i32::MAX as usize]) {
            let (magic, shift) = reciprocal(n);
            for x in
                [0, 1, n - 1, n, n + 1, 2 * n - 1, 2 * n, 1000 * n + 7, i32::MAX as usize / n * n, i32::MAX as usize - 1, i32::MAX as usize]
            {
                if x <= i32::MAX as usize {
                    let high = (x as u64 * u64::from(magic)) >> 32;
                    assert_eq!((high + x as u64) >> shift, (x / n) as u64, "{x} / {n}");
                }
            }
        }
    }

    #[test]
    fn names_are_identifiers() {
        let name = entry_name(["add"; 30].into_iter().chain(["a-b"]), "v4");
        assert!(name.len() <= 62 && name.starts_with("cuprous_add_add") && name.ends_with("_v4"));
        assert!(entry_name(["a-b"].into_iter(), "v1").chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
    }
}
