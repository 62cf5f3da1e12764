//! Fourier transforms by cuFFT.
//!
//! cuFFT counts lines along one axis at one distance from each other; what lies so is transformed where it is, anything
//! else is copied together first.

mod halves;
mod lines;
mod plans;
#[cfg(test)]
mod tests;

use crate::compile::Source;
use crate::driver::Context;
use crate::{elementwise, memory};
use cuprous_core::backend::{FftKind, FftSpec};
use cuprous_core::kernel::{Launch, Step};
use cuprous_core::layout::Layout;
use cuprous_core::{Buffer, DType, Operand, Program, Queue, Result};
use halves::Halves;
use lines::{MAX_CALLS, Strided, is_packed, outer_first, packed, strided};
use plans::{Embed, Key, MAX_RANK};
use smallvec::{SmallVec, smallvec};

pub use plans::library;
pub(crate) use plans::{Plans, clear, held, limit};

/// Transforms every line along the axes.
///
/// # Errors
/// `Device` if cuFFT is missing or fails; `Memory`; `Runtime` for operands that do not fit.
pub fn run(ctx: &Context, spec: &FftSpec) -> Result<()> {
    spec.check()?;
    let _entered = ctx.enter()?;
    transform(&Gpu { ctx, queue: spec.queue }, spec)
}

/// The calls of which a transform is made.
fn transform(machine: &dyn Machine, spec: &FftSpec) -> Result<()> {
    let call = Call { machine, is_double: spec.output.dtype.real() == DType::F64 };
    let Some((&last, others)) = spec.axes.split_last() else { return Ok(()) };
    let (input, output) = (spec.input, spec.output);
    if spec.kind == FftKind::RealInverse {
        return call.real_inverse(spec, last, others);
    }
    if let Some(key) = call.joint(spec) {
        return machine.execute(&key, input.address(), output.address());
    }
    call.along(spec.kind, last, input, output)?;
    let next = if spec.kind == FftKind::Inverse { FftKind::Inverse } else { FftKind::Forward };
    others.iter().rev().try_for_each(|&axis| call.along(next, axis, output, output))
}

/// What a transform is made of: a GPU does it, or a test on the host. Addresses and layouts are those of operands and of
/// buffers that it gave.
trait Machine {
    /// Memory for work that follows.
    fn allocate(&self, n_bytes: usize) -> Result<Buffer>;
    /// Copies the elements of an operand to another one.
    fn copy(&self, from: &Operand, to: &Operand) -> Result<()>;
    /// Prepares the lines of an inverse transform to real numbers.
    fn halve(&self, halves: &Halves, from: usize, to: usize) -> Result<()>;
    /// Transforms lines.
    fn execute(&self, key: &Key, from: usize, to: usize) -> Result<()>;
}

/// Where and in what precision a transform runs.
struct Call<'a> {
    machine: &'a dyn Machine,
    is_double: bool,
}

impl Call<'_> {
    fn complex(&self) -> DType {
        if self.is_double { DType::C128 } else { DType::C64 }
    }

    /// The plan for several axes in one call, if they are the innermost of packed operands.
    fn joint(&self, spec: &FftSpec) -> Option<Key> {
        let rank = spec.axes.len();
        if !(2..=MAX_RANK).contains(&rank) {
            return None;
        }
        let (input, output) = (&spec.input, &spec.output);
        let order = outer_first(output.layout, None);
        let (batch, inner) = order.split_at(order.len() - rank);
        let is_inner = spec.axes.iter().all(|k| inner.contains(k))
            && (spec.kind == FftKind::Forward || spec.kind == FftKind::Inverse || inner.last() == spec.axes.last());
        let fits = |o: &Operand| is_packed(o.layout, &order, o.dtype.size()) && self.is_aligned(o.address());
        if !is_inner || !fits(input) || !fits(output) {
            return None;
        }
        let extents = |layout: &Layout| -> SmallVec<[i64; MAX_RANK]> { inner.iter().map(|&k| layout.shape[k] as i64).collect() };
        let embed = |layout: &Layout| {
            let extents = extents(layout);
            Embed { stride: 1, dist: extents.iter().product(), extents }
        };
        let n_batches = batch.iter().map(|&k| output.layout.shape[k] as i64).product();
        let (input, output) = (embed(input.layout), embed(output.layout));
        let n = input.extents.clone();
        Some(Key { kind: spec.kind, is_double: self.is_double, n, input, output, n_batches })
    }

    /// Transforms along one axis. Both operands may be the same.
    fn along(&self, kind: FftKind, axis: usize, from: Operand, to: Operand) -> Result<()> {
        let order = outer_first(to.layout, Some(axis));
        if self.strided(kind, axis, &order, &from, &to)? {
            return Ok(());
        }
        let is_packed = |o: &Operand| is_packed(o.layout, &order, o.dtype.size()) && self.is_aligned(o.address());
        let (from_packed, to_packed) = (is_packed(&from), is_packed(&to));
        let (from_layout, to_layout) = (packed(&from.layout.shape, &order, from.dtype), packed(&to.layout.shape, &order, to.dtype));
        let before = if from_packed { None } else { Some(self.gathered(&from, &from_layout)?) };
        let after = if to_packed { None } else { Some(self.allocate(&to_layout, to.dtype)?) };
        let (source, target) =
            (before.as_ref().map_or(from.address(), Buffer::address), after.as_ref().map_or(to.address(), Buffer::address));
        let (n_from, n_to) = (from.layout.shape[axis], to.layout.shape[axis]);
        self.machine.execute(&self.lines(kind, n_from, n_to, from.layout.size() / n_from), source, target)?;
        match &after {
            Some(after) => self.machine.copy(&Operand::new(after, &to_layout, to.dtype)?, &to),
            None => Ok(()),
        }
    }

    /// Real numbers from half of the complex ones: the other axes first, in memory of our own, then a kernel of ours that
    /// multiplies and leaves out what is imaginary and does not count.
    ///
    /// An even line goes through a complex transform of half its length where the results will be. cuFFT's own way takes
    /// four times as long for long lines, and destroys its input, which would have to be copied.
    fn real_inverse(&self, spec: &FftSpec, axis: usize, others: &[usize]) -> Result<()> {
        let (from, to) = (spec.input, spec.output);
        let order = outer_first(to.layout, Some(axis));
        let (n, m) = (to.layout.shape[axis], from.layout.shape[axis]);
        let n_lines = from.layout.size() / m;
        let layout = packed(&from.layout.shape, &order, from.dtype);
        let fits = |o: &Operand| is_packed(o.layout, &order, o.dtype.size()) && self.is_aligned(o.address());
        let own = match others.split_first() {
            None if fits(&from) => None,
            None => Some(self.gathered(&from, &layout)?),
            Some((&first, rest)) => {
                let own = self.allocate(&layout, from.dtype)?;
                let between = Operand::new(&own, &layout, from.dtype)?;
                self.along(FftKind::Inverse, first, from, between)?;
                rest.iter().try_for_each(|&k| self.along(FftKind::Inverse, k, between, between))?;
                Some(own)
            }
        };
        let source = own.as_ref().map_or(from.address(), Buffer::address);
        // The lines lie packed, so whatever distances the results have may do.
        let results = packed(&to.layout.shape, &order, to.dtype);
        let after = if fits(&to) { None } else { Some(self.allocate(&results, to.dtype)?) };
        let target = after.as_ref().map_or(to.address(), Buffer::address);
        let halves = Halves { is_double: self.is_double, n, n_lines, scale: spec.scale };
        if n % 2 == 0 {
            self.machine.halve(&halves, source, target)?;
            if n > 2 {
                self.machine.execute(&self.lines(FftKind::Inverse, n / 2, n / 2, n_lines), target, target)?;
            }
        } else {
            let copy = if own.is_some() || spec.may_destroy_input { None } else { Some(self.allocate(&layout, from.dtype)?) };
            let lines = copy.as_ref().map_or(source, Buffer::address);
            self.machine.halve(&halves, source, lines)?;
            self.machine.execute(&self.lines(FftKind::RealInverse, m, n, n_lines), lines, target)?;
        }
        match &after {
            Some(after) => self.machine.copy(&Operand::new(after, &results, to.dtype)?, &to),
            None => Ok(()),
        }
    }

    /// Transforms where the elements are, if cuFFT can count them in few calls; false if not.
    fn strided(&self, kind: FftKind, axis: usize, order: &[usize], from: &Operand, to: &Operand) -> Result<bool> {
        let Some(plan) = strided(kind, axis, order, from, to) else { return Ok(false) };
        let Strided { batch, loops } = plan;
        let n_calls: usize = loops.iter().map(|l| l.0).product();
        let complex = self.complex().size() as isize;
        let fits = n_calls <= MAX_CALLS
            && self.is_aligned(from.address())
            && self.is_aligned(to.address())
            && loops.iter().all(|(_, steps)| steps.iter().all(|s| s % complex == 0));
        if !fits {
            return Ok(false);
        }
        let side = |o: &Operand, k: usize| {
            let item = o.dtype.size() as isize;
            let extents = smallvec![o.layout.shape[axis] as i64];
            Embed { extents, stride: (o.layout.strides[axis] / item).max(1) as i64, dist: (batch.1[k] / item).max(1) as i64 }
        };
        let n = from.layout.shape[axis] as i64;
        let key =
            Key { kind, is_double: self.is_double, n: smallvec![n], input: side(from, 0), output: side(to, 1), n_batches: batch.0 as i64 };
        for call in 0..n_calls {
            let (mut rest, mut at) = (call, [from.address(), to.address()]);
            for (n, steps) in loops.iter().rev() {
                let index = (rest % n) as isize;
                rest /= n;
                at.iter_mut().zip(steps).for_each(|(at, step)| *at = at.wrapping_add_signed(index * step));
            }
            self.machine.execute(&key, at[0], at[1])?;
        }
        Ok(true)
    }

    /// The plan for packed lines.
    fn lines(&self, kind: FftKind, n_from: usize, n_to: usize, n_lines: usize) -> Key {
        let n = if kind == FftKind::RealInverse { n_to } else { n_from };
        let embed = |n: usize| Embed { extents: smallvec![n as i64], stride: 1, dist: n as i64 };
        Key {
            kind,
            is_double: self.is_double,
            n: smallvec![n as i64],
            input: embed(n_from),
            output: embed(n_to),
            n_batches: n_lines as i64,
        }
    }

    /// cuFFT wants both operands aligned to complex numbers.
    fn is_aligned(&self, address: usize) -> bool {
        address.is_multiple_of(self.complex().size())
    }

    fn allocate(&self, layout: &Layout, dtype: DType) -> Result<Buffer> {
        self.machine.allocate(layout.size() * dtype.size())
    }

    /// A copy of an operand in another layout.
    fn gathered(&self, from: &Operand, layout: &Layout) -> Result<Buffer> {
        let buffer = self.allocate(layout, from.dtype)?;
        self.machine.copy(from, &Operand::new(&buffer, layout, from.dtype)?)?;
        Ok(buffer)
    }
}

/// A queue of a GPU, whose context is current.
struct Gpu<'a> {
    ctx: &'a Context,
    queue: &'a Queue,
}

impl Machine for Gpu<'_> {
    fn allocate(&self, n_bytes: usize) -> Result<Buffer> {
        memory::allocate(self.ctx, self.queue, n_bytes)
    }

    fn copy(&self, from: &Operand, to: &Operand) -> Result<()> {
        let program = copy_of(from.dtype);
        let launch = Launch { shape: &to.layout.shape, inputs: &[*from], outputs: &[*to], parameters: &[], queue: self.queue };
        elementwise::run(self.ctx, &program, &launch)
    }

    fn halve(&self, halves: &Halves, from: usize, to: usize) -> Result<()> {
        halves::run(self.ctx, self.queue, halves, from, to)
    }

    fn execute(&self, key: &Key, from: usize, to: usize) -> Result<()> {
        plans::execute(self.ctx, self.queue, key, from, to)
    }
}

/// Copies elements as they are.
fn copy_of(dtype: DType) -> Program {
    Program { steps: vec![Step::Load { operand: 0, dtype }], outputs: smallvec![0] }
}

/// The kernels that copy lines together and prepare them, ready to be compiled ahead.
pub fn sources_of_fft() -> Vec<Source> {
    let copies = [DType::F32, DType::F64, DType::C64, DType::C128].into_iter().flat_map(|d| elementwise::usual_sources(&copy_of(d)));
    copies.chain([(false, false), (false, true), (true, false), (true, true)].map(|(d, even)| halves::source(d, even))).collect()
}

/// The kernel of ours that a transform needs, if it needs one.
pub fn source_of(spec: &FftSpec) -> Option<Source> {
    let n = spec.output.layout.shape[*spec.axes.last()?];
    (spec.kind == FftKind::RealInverse).then(|| halves::source(spec.output.dtype == DType::F64, n.is_multiple_of(2)))
}
