//! Fourier transforms by cuFFT.
//!
//! cuFFT counts lines along one axis at one distance from each other; what lies so is transformed where it is, anything
//! else is copied together first. Its plans are kept, without work areas: those come from the pool for each call.

use crate::compile::Source;
use crate::driver::Context;
use crate::{elementwise, memory};
use cuprous_core::backend::{FftKind, FftSpec};
use cuprous_core::kernel::{Launch, Step};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{Buffer, DType, Error, ErrorKind, Operand, Program, Queue, Result};
use cuprous_cuda_sys::cufft::{ALLOC_FAILED, Plan, constants as c, name_of};
use cuprous_cuda_sys::{Cufft, Handle};
use parking_lot::Mutex;
use smallvec::{SmallVec, smallvec};

/// The most plans that are kept. Each holds tables on the device.
const MAX_PLANS: usize = 64;
/// The most calls of cuFFT for one axis; beyond, copying the lines together costs less than launching.
const MAX_CALLS: usize = 16;
/// The most axes that cuFFT transforms in one call.
const MAX_RANK: usize = 3;

/// The plans of a device, the latest used last.
#[derive(Default)]
pub(crate) struct Plans {
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    key: Key,
    plan: Plan,
    work_size: usize,
}

/// How one operand lies, counted in its elements: extents of the lines' axes, strides within lines and between them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Embed {
    extents: SmallVec<[i64; MAX_RANK]>,
    stride: i64,
    dist: i64,
}

/// What a plan is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    kind: FftKind,
    is_double: bool,
    n: SmallVec<[i64; MAX_RANK]>,
    input: Embed,
    output: Embed,
    n_batches: i64,
}

/// cuFFT's version and file, loading it if need be.
///
/// # Errors
/// `Device`, naming how to get it.
pub fn library() -> Result<String> {
    let api = Cufft::get().map_err(Error::device)?;
    let mut parts = [0; 3];
    if let Some(property) = api.cufftGetProperty {
        for (k, part) in parts.iter_mut().enumerate() {
            // SAFETY: the number goes to a valid address.
            unsafe { property(k as i32, part) };
        }
    }
    Ok(format!("{}.{}.{} ({})", parts[0], parts[1], parts[2], api.library.path))
}

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
        return call.real_inverse(input, output, last, others, spec.may_destroy_input);
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
    /// Sets to zero so many words of 32 bits, in each of `n_rows` rows that are `pitch` bytes apart.
    fn clear(&self, address: usize, pitch: usize, n_words: usize, n_rows: usize) -> Result<()>;
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

    /// Real numbers from half of the complex ones: the other axes first, in memory of our own, for what is imaginary
    /// and does not count must go, and cuFFT may overwrite what it reads.
    fn real_inverse(&self, from: Operand, to: Operand, axis: usize, others: &[usize], may_destroy: bool) -> Result<()> {
        let order = outer_first(to.layout, Some(axis));
        let (n, m) = (to.layout.shape[axis], from.layout.shape[axis]);
        let n_lines = from.layout.size() / m;
        let layout = packed(&from.layout.shape, &order, from.dtype);
        let own;
        let source = match others.split_first() {
            None if may_destroy && is_packed(from.layout, &order, from.dtype.size()) && self.is_aligned(from.address()) => from.address(),
            None => {
                own = self.gathered(&from, &layout)?;
                own.address()
            }
            Some((&first, rest)) => {
                own = self.allocate(&layout, from.dtype)?;
                let between = Operand::new(&own, &layout, from.dtype)?;
                self.along(FftKind::Inverse, first, from, between)?;
                rest.iter().try_for_each(|&k| self.along(FftKind::Inverse, k, between, between))?;
                own.address()
            }
        };
        self.forget_imaginary(source, m, n_lines)?;
        if n % 2 == 0 {
            self.forget_imaginary(source + (m - 1) * from.dtype.size(), m, n_lines)?;
        }
        if is_packed(to.layout, &order, to.dtype.size()) && self.is_aligned(to.address()) {
            return self.machine.execute(&self.lines(FftKind::RealInverse, m, n, n_lines), source, to.address());
        }
        // The lines lie packed, so whatever distances the results have may do.
        let results = packed(&to.layout.shape, &order, to.dtype);
        let after = self.allocate(&results, to.dtype)?;
        self.machine.execute(&self.lines(FftKind::RealInverse, m, n, n_lines), source, after.address())?;
        self.machine.copy(&Operand::new(&after, &results, to.dtype)?, &to)
    }

    /// Sets the imaginary part of one element of each line of `m` to zero, the first one's at `address`.
    fn forget_imaginary(&self, address: usize, m: usize, n_lines: usize) -> Result<()> {
        let half = self.complex().size() / 2;
        // Of one line the distance to the next does not matter, and may be more than the driver takes.
        let pitch = if n_lines == 1 { half } else { m * 2 * half };
        self.machine.clear(address + half, pitch, half / 4, n_lines)
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

    fn clear(&self, address: usize, pitch: usize, n_words: usize, n_rows: usize) -> Result<()> {
        // SAFETY: the words lie in an operand or a buffer, by the promise of whoever asks; the context is current.
        let code = unsafe { (self.ctx.raw.api.cuMemsetD2D32Async)(address as u64, pitch, 0, n_words, n_rows, self.queue.handle as Handle) };
        self.ctx.raw.check(code, "cuMemsetD2D32Async")
    }

    /// Runs a plan of cuFFT, making it if need be.
    fn execute(&self, key: &Key, from: usize, to: usize) -> Result<()> {
        let api = Cufft::get().map_err(Error::device)?;
        // Held through the call, which only queues work: a plan serves one thread at a time.
        let mut kept = self.ctx.ffts.kept.lock();
        match kept.iter().position(|k| k.key == *key) {
            Some(place) => kept[place..].rotate_left(1),
            None => {
                if kept.len() >= MAX_PLANS {
                    // Its tables may still be read.
                    self.ctx.synchronize()?;
                    let oldest = kept.remove(0);
                    // SAFETY: the plan was made by cuFFT, is not on the list any more, and its work is done.
                    unsafe { (api.cufftDestroy)(oldest.plan) };
                }
                let made = match make(api, key) {
                    // cuFFT takes memory of its own: what the pool keeps unused may be what it lacks.
                    Err(e) if e.kind() == ErrorKind::Memory => {
                        self.ctx.pool.trim()?;
                        make(api, key)?
                    }
                    other => other?,
                };
                kept.push(made);
            }
        }
        let Some(Kept { plan, work_size, .. }) = kept.last() else { return Err(Error::runtime("a plan of cuFFT vanished")) };
        // The pool gives it to later work of this queue only.
        let work = memory::allocate(self.ctx, self.queue, *work_size)?;
        let direction = if matches!(key.kind, FftKind::Forward | FftKind::RealForward) { c::FORWARD } else { c::INVERSE };
        // SAFETY: the plan is cuFFT's own and under its lock, the context is current. The elements lie in operands, which
        // were checked and from whose layouts all numbers of the plan come, or in buffers of ours of these layouts. The
        // work area has the size that cuFFT asked for, and lives as long as the work queued here.
        unsafe {
            status((api.cufftSetStream)(*plan, self.queue.handle as Handle), "cufftSetStream", key)?;
            if *work_size > 0 {
                status((api.cufftSetWorkArea)(*plan, work.address() as u64), "cufftSetWorkArea", key)?;
            }
            status((api.cufftXtExec)(*plan, from as u64, to as u64, direction), "cufftXtExec", key)
        }
    }
}

/// Copies elements as they are.
fn copy_of(dtype: DType) -> Program {
    Program { steps: vec![Step::Load { operand: 0, dtype }], outputs: smallvec![0] }
}

/// The kernels that copy lines together, ready to be compiled ahead.
pub fn sources_of_fft() -> Vec<Source> {
    [DType::F32, DType::F64, DType::C64, DType::C128].into_iter().flat_map(|d| elementwise::usual_sources(&copy_of(d))).collect()
}

/// Makes a plan. The context must be current.
fn make(api: &Cufft, key: &Key) -> Result<Kept> {
    let (real, complex) = if key.is_double { (c::R_64F, c::C_64F) } else { (c::R_32F, c::C_32F) };
    let (in_type, out_type) = match key.kind {
        FftKind::Forward | FftKind::Inverse => (complex, complex),
        FftKind::RealForward => (real, complex),
        FftKind::RealInverse => (complex, real),
    };
    let (mut n, mut input, mut output) = (key.n.clone(), key.input.clone(), key.output.clone());
    let (mut plan, mut work_size) = (0, 0);
    // SAFETY: the plan's number goes to a valid address.
    status(unsafe { (api.cufftCreate)(&mut plan) }, "cufftCreate", key)?;
    // SAFETY: the plan was just made; all three lists have as many elements as the plan has axes, and are only read;
    // the size goes to a valid address.
    let made = unsafe {
        status((api.cufftSetAutoAllocation)(plan, 0), "cufftSetAutoAllocation", key).and_then(|()| {
            let code = (api.cufftXtMakePlanMany)(
                plan,
                n.len() as i32,
                n.as_mut_ptr(),
                input.extents.as_mut_ptr(),
                input.stride,
                input.dist,
                in_type,
                output.extents.as_mut_ptr(),
                output.stride,
                output.dist,
                out_type,
                key.n_batches,
                &mut work_size,
                complex,
            );
            status(code, "cufftXtMakePlanMany", key)
        })
    };
    if let Err(e) = made {
        // SAFETY: the plan is ours and nobody else knows it.
        unsafe { (api.cufftDestroy)(plan) };
        return Err(e);
    }
    Ok(Kept { key: key.clone(), plan, work_size })
}

fn status(code: i32, call: &str, key: &Key) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    let kind = if code == ALLOC_FAILED { ErrorKind::Memory } else { ErrorKind::Device };
    let (n, precision) = (&key.n[..], if key.is_double { "double" } else { "single" });
    Err(Error::new(
        kind,
        format!(
            "cuFFT: {} (from {call}, {:?} of {} lines of {n:?} elements in {precision} precision)",
            name_of(code),
            key.kind,
            key.n_batches
        ),
    ))
}

/// The axes from the outermost in memory inwards, with `innermost` at the end wherever it lies.
fn outer_first(layout: &Layout, innermost: Option<usize>) -> SmallVec<[usize; 8]> {
    let mut order: SmallVec<[usize; 8]> = (0..layout.n_axes()).filter(|&k| Some(k) != innermost).collect();
    order.sort_by_key(|&k| std::cmp::Reverse(layout.strides[k].unsigned_abs()));
    order.extend(innermost);
    order
}

/// The layout of a shape without gaps, its axes in this order.
fn packed(shape: &[usize], order: &[usize], dtype: DType) -> Layout {
    let mut layout = Layout::contiguous(shape, dtype.size(), Order::C);
    let mut step = dtype.size() as isize;
    for &k in order.iter().rev() {
        layout.strides[k] = step;
        step *= shape[k].max(1) as isize;
    }
    layout
}

/// Whether elements lie without gaps, axes in this order.
fn is_packed(layout: &Layout, order: &[usize], item: usize) -> bool {
    let mut step = item as isize;
    order.iter().rev().all(|&k| {
        let fits = layout.shape[k] == 1 || layout.strides[k] == step;
        step *= layout.shape[k] as isize;
        fits
    })
}

/// How lines are counted where they are: those that one call takes, and the axes along which calls repeat, each with its
/// extent and the byte strides of both operands.
#[derive(Debug, PartialEq)]
struct Strided {
    batch: (usize, [isize; 2]),
    loops: SmallVec<[(usize, [isize; 2]); 4]>,
}

/// The count of lines along an axis; none if strides are no positive multiples of the elements' sizes.
fn strided(kind: FftKind, axis: usize, order: &[usize], from: &Operand, to: &Operand) -> Option<Strided> {
    // What is read and may be overwritten is copied anyway.
    if kind == FftKind::RealInverse {
        return None;
    }
    let counts = |o: &Operand, k: usize| {
        let (stride, item) = (o.layout.strides[k], o.dtype.size() as isize);
        o.layout.shape[k] == 1 || (stride > 0 && stride % item == 0)
    };
    if !(0..from.layout.n_axes()).all(|k| counts(from, k) && counts(to, k)) {
        return None;
    }
    let mut axes: SmallVec<[(usize, [isize; 2]); 4]> = SmallVec::new();
    for &k in order.iter().filter(|&&k| k != axis && from.layout.shape[k] != 1) {
        let (n, strides) = (from.layout.shape[k], [from.layout.strides[k], to.layout.strides[k]]);
        match axes.last_mut() {
            // It runs on in both: one axis.
            Some(last) if (0..2).all(|j| last.1[j] == strides[j] * n as isize) => *last = (last.0 * n, strides),
            _ => axes.push((n, strides)),
        }
    }
    // Neighbours in memory share its transactions, if the rest is few.
    let n_lines: usize = axes.iter().map(|a| a.0).product();
    let neighbours = axes.len().checked_sub(1).filter(|&k| n_lines / axes[k].0 <= MAX_CALLS);
    let chosen = neighbours.or_else(|| (0..axes.len()).max_by_key(|&k| axes[k].0));
    let batch = chosen.map_or((1, [from.dtype.size() as isize, to.dtype.size() as isize]), |k| axes.remove(k));
    Some(Strided { batch, loops: axes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::DType::{C128, F64};
    use cuprous_core::{Device, c128};

    fn buffer(n: usize) -> Buffer {
        // SAFETY: nobody reads or writes it.
        unsafe { Buffer::new(Device::CPU, 4096, n, Box::new(())) }
    }

    fn operand<'a>(buffer: &'a Buffer, layout: &'a Layout, dtype: DType) -> Operand<'a> {
        Operand::new(buffer, layout, dtype).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn copies_compile() {
        if crate::compile::compiler().is_err() {
            // Without NVRTC there is nothing to ask.
            return;
        }
        for source in sources_of_fft() {
            if let Err(e) = crate::compile::check(&source, 90) {
                panic!("{}:\n{e}\n{}", source.entry, source.text);
            }
        }
    }

    /// cuFFT's reading of a plan, by plain sums on the host.
    struct Host;

    impl Machine for Host {
        fn allocate(&self, n_bytes: usize) -> Result<Buffer> {
            let words = vec![f64::NAN; 2 * n_bytes.div_ceil(16)].into_boxed_slice();
            let address = Box::leak(words).as_mut_ptr() as usize;
            // SAFETY: the words are never freed.
            Ok(unsafe { Buffer::new(Device::CPU, address, n_bytes, Box::new(())) })
        }

        fn copy(&self, from: &Operand, to: &Operand) -> Result<()> {
            for flat in 0..to.layout.size() {
                let bytes = at(from.address(), place(from.layout, flat)) as *const u8;
                // SAFETY: an element of each operand, which `Operand::new` checked.
                unsafe { bytes.copy_to(at(to.address(), place(to.layout, flat)) as *mut u8, to.dtype.size()) };
            }
            Ok(())
        }

        fn clear(&self, address: usize, pitch: usize, n_words: usize, n_rows: usize) -> Result<()> {
            for row in 0..n_rows {
                // SAFETY: the words of the row lie in the memory of the test.
                unsafe { ((address + row * pitch) as *mut u32).write_bytes(0, n_words) };
            }
            Ok(())
        }

        fn execute(&self, key: &Key, from: usize, to: usize) -> Result<()> {
            assert!(key.is_double && from.is_multiple_of(16) && to.is_multiple_of(16));
            let n: Vec<usize> = key.n.iter().map(|&n| n as usize).collect();
            let (total, last) = (n.iter().product::<usize>(), n[n.len() - 1]);
            let sign = if matches!(key.kind, FftKind::Forward | FftKind::RealForward) { -1.0 } else { 1.0 };
            // Where an element of a line is, by its index: counted in the elements of the side.
            let offset = |e: &Embed, batch: usize, index: &[usize]| {
                let inner = index.iter().zip(&e.extents).fold(0, |sum, (&i, &extent)| sum * extent + i as i64);
                (batch as i64 * e.dist + inner * e.stride) as usize
            };
            let index_of = |mut flat: usize| -> Vec<usize> {
                let mut index = vec![0; n.len()];
                for (i, &n) in index.iter_mut().zip(&n).rev() {
                    (*i, flat) = (flat % n, flat / n);
                }
                index
            };
            for batch in 0..key.n_batches as usize {
                let line: Vec<c128> = (0..total)
                    .map(|flat| {
                        let mut index = index_of(flat);
                        let mirrored = key.kind == FftKind::RealInverse && index[n.len() - 1] > last / 2;
                        if mirrored {
                            index[0] = last - index[0];
                        }
                        let k = offset(&key.input, batch, &index);
                        // SAFETY: elements of the operands of the test, by the layouts under test.
                        let x = unsafe {
                            if key.kind == FftKind::RealForward {
                                c128::new(*(from as *const f64).add(k), 0.0)
                            } else {
                                *(from as *const c128).add(k)
                            }
                        };
                        let is_real = index[0] == 0 || 2 * index[0] == last;
                        assert!(key.kind != FftKind::RealInverse || (n.len() == 1 && (!is_real || x.im == 0.0)));
                        if mirrored { x.conj() } else { x }
                    })
                    .collect();
                for flat in 0..total {
                    let index = index_of(flat);
                    if key.kind == FftKind::RealForward && index[n.len() - 1] > last / 2 {
                        continue;
                    }
                    let sum: c128 = (0..total)
                        .map(|j| {
                            let turn: f64 =
                                index_of(j).iter().zip(&index).zip(&n).map(|((&a, &b), &n)| (a * b % n) as f64 / n as f64).sum();
                            line[j] * c128::from_polar(1.0, sign * std::f64::consts::TAU * turn)
                        })
                        .sum();
                    let k = offset(&key.output, batch, &index);
                    // SAFETY: as above.
                    unsafe {
                        if key.kind == FftKind::RealInverse {
                            *(to as *mut f64).add(k) = sum.re;
                        } else {
                            *(to as *mut c128).add(k) = sum;
                        }
                    }
                }
            }
            Ok(())
        }
    }

    fn at(address: usize, offset: isize) -> usize {
        address.wrapping_add_signed(offset)
    }

    /// The byte offset from the first element to one counted in C order.
    fn place(layout: &Layout, mut flat: usize) -> isize {
        let mut offset = 0;
        for (&n, &s) in layout.shape.iter().zip(&layout.strides).rev() {
            offset += (flat % n) as isize * s;
            flat /= n;
        }
        offset
    }

    fn values(o: &Operand) -> Vec<c128> {
        (0..o.layout.size())
            .map(|flat| {
                let p = at(o.address(), place(o.layout, flat));
                // SAFETY: an element of the operand.
                unsafe { if o.dtype == F64 { c128::new(*(p as *const f64), 0.0) } else { *(p as *const c128) } }
            })
            .collect()
    }

    /// One axis at a time by plain sums; of real results the whole line of the halved axis is made of its half.
    fn wanted(kind: FftKind, axes: &[usize], shape: &[usize], out_shape: &[usize], mut x: Vec<c128>) -> Vec<c128> {
        let mut shape = shape.to_vec();
        let halved = axes[axes.len() - 1];
        let order: Vec<usize> = if kind == FftKind::RealInverse { axes.to_vec() } else { axes.iter().rev().copied().collect() };
        let sign = if matches!(kind, FftKind::Forward | FftKind::RealForward) { -1.0 } else { 1.0 };
        for axis in order {
            let mut next = shape.clone();
            next[axis] = out_shape[axis];
            let (m, n) = (shape[axis], shape[axis].max(out_shape[axis]));
            let inner: usize = shape[axis + 1..].iter().product();
            let mut y = vec![c128::new(0.0, 0.0); next.iter().product()];
            for (flat, y) in y.iter_mut().enumerate() {
                let (low, k, high) = (flat % inner, flat / inner % next[axis], flat / inner / next[axis]);
                *y = (0..n)
                    .map(|j| {
                        let of = |j: usize| x[(high * m + j) * inner + low];
                        let value = match (kind, axis == halved) {
                            (FftKind::RealInverse, true) if j == 0 || 2 * j == n => c128::new(of(j).re, 0.0),
                            (FftKind::RealInverse, true) if j >= m => of(n - j).conj(),
                            _ => of(j),
                        };
                        value * c128::from_polar(1.0, sign * std::f64::consts::TAU * (j * k % n) as f64 / n as f64)
                    })
                    .sum();
            }
            (x, shape) = (y, next);
        }
        x
    }

    #[test]
    fn calls_add_up_to_transforms() {
        let queue = Queue::new(Device::CPU, 0, None);
        let shapes = [&[6, 4, 5][..], &[3, 20, 2], &[20, 3, 2], &[4, 7], &[9], &[2, 3, 4, 5], &[18, 2, 17], &[1, 6, 4]];
        let mut n_checked = 0;
        for shape in shapes {
            let n_axes = shape.len();
            let axis_sets: Vec<Vec<usize>> = (1..1_usize << n_axes)
                .map(|bits| (0..n_axes).filter(|k| bits >> k & 1 == 1 && shape[*k] > 1).collect::<Vec<_>>())
                .filter(|axes| !axes.is_empty())
                .flat_map(|axes| [axes.clone(), axes.into_iter().rev().collect()])
                .collect();
            for axes in axis_sets {
                for kind in [FftKind::Forward, FftKind::Inverse, FftKind::RealForward, FftKind::RealInverse] {
                    let (mut from, mut to) = (shape.to_vec(), shape.to_vec());
                    let half = shape[axes[axes.len() - 1]] / 2 + 1;
                    match kind {
                        FftKind::RealForward => to[axes[axes.len() - 1]] = half,
                        FftKind::RealInverse => from[axes[axes.len() - 1]] = half,
                        _ => {}
                    }
                    let (in_type, out_type) = match kind {
                        FftKind::RealForward => (F64, C128),
                        FftKind::RealInverse => (C128, F64),
                        _ => (C128, C128),
                    };
                    for variant in 0..5 {
                        let order = if variant == 1 { Order::F } else { Order::C };
                        let mut layout = Layout::contiguous(&from, in_type.size(), order);
                        // Every second element, backwards, and at an odd place.
                        match variant {
                            2 => layout.strides.iter_mut().for_each(|s| *s *= 2),
                            3 => {
                                layout.offset = (layout.shape[0] - 1) * layout.strides[0] as usize;
                                layout.strides[0] *= -1;
                            }
                            4 => layout.offset = 8,
                            _ => {}
                        }
                        let room = 16 + 4 * layout.size() * in_type.size();
                        let memory = Host.allocate(room).unwrap_or_else(|e| panic!("{e}"));
                        for k in 0..room / 8 {
                            // SAFETY: the buffer has so many words.
                            unsafe { *(memory.address() as *mut f64).add(k) = ((k * 37 + k / 5) % 23) as f64 - 11.0 };
                        }
                        let out_layout = Layout::contiguous(&to, out_type.size(), order);
                        let out = Host.allocate(out_layout.size() * out_type.size()).unwrap_or_else(|e| panic!("{e}"));
                        let (input, output) = (operand(&memory, &layout, in_type), operand(&out, &out_layout, out_type));
                        let (before, axes) = (values(&input), &axes[..]);
                        let may_destroy_input = variant == 0 && n_checked % 2 == 0;
                        let spec = FftSpec { kind, axes, input, output, scale: 1.0, may_destroy_input, queue: &queue };
                        spec.check().and_then(|()| transform(&Host, &spec)).unwrap_or_else(|e| panic!("{e}"));
                        assert!(may_destroy_input || values(&input) == before, "{kind:?} {shape:?} {axes:?} {variant}: the input changed");
                        let want = wanted(kind, axes, &from, &to, before);
                        for (k, (got, want)) in values(&output).iter().zip(&want).enumerate() {
                            // Of real results what is imaginary is rounding alone.
                            let error = if out_type == F64 { (got.re - want.re).abs() } else { (got - want).norm() };
                            assert!(error < 1e-9, "{kind:?} {shape:?} {axes:?} {variant} at {k}: {got} for {want}");
                        }
                        n_checked += 1;
                    }
                }
            }
        }
        assert!(n_checked > 1000);
    }

    #[test]
    fn orders_of_packed_axes() {
        let c = Layout::contiguous(&[2, 3, 4], 8, Order::C);
        let f = Layout::contiguous(&[2, 3, 4], 8, Order::F);
        assert_eq!(outer_first(&c, None)[..], [0, 1, 2]);
        assert_eq!(outer_first(&f, None)[..], [2, 1, 0]);
        assert_eq!(outer_first(&c, Some(0))[..], [1, 2, 0]);
        assert!(is_packed(&c, &[0, 1, 2], 8) && !is_packed(&c, &[1, 2, 0], 8) && is_packed(&f, &[2, 1, 0], 8));
        let lines = packed(&[2, 3, 4], &[1, 2, 0], DType::C64);
        assert_eq!(lines.strides[..], [8, 64, 16]);
        assert!(is_packed(&lines, &[1, 2, 0], 8));
    }

    #[test]
    fn lines_are_counted_where_they_are() {
        let memory = buffer(1 << 16);
        let c = Layout::contiguous(&[6, 5, 4], 16, Order::C);
        let all = operand(&memory, &c, DType::C128);
        let of = |axis: usize| strided(FftKind::Forward, axis, &outer_first(&c, Some(axis)), &all, &all);
        // The last axis: 30 lines side by side; the first: 20; the middle one: 4 lines, for each of 6.
        assert_eq!(of(2), Some(Strided { batch: (30, [64, 64]), loops: smallvec![] }));
        assert_eq!(of(0), Some(Strided { batch: (20, [16, 16]), loops: smallvec![] }));
        assert_eq!(of(1), Some(Strided { batch: (4, [16, 16]), loops: smallvec![(6, [320, 320])] }));
        // Half of the results of real numbers.
        let (real, half) = (Layout::contiguous(&[6, 8], 8, Order::C), Layout::contiguous(&[6, 5], 16, Order::C));
        let (real, half) = (operand(&memory, &real, DType::F64), operand(&memory, &half, DType::C128));
        let got = strided(FftKind::RealForward, 1, &[0, 1], &real, &half);
        assert_eq!(got, Some(Strided { batch: (6, [64, 80]), loops: smallvec![] }));
        // Backwards or broadcast: not where they are.
        let back = Layout { strides: smallvec![-64, 8], offset: 320, ..real.layout.clone() };
        assert_eq!(strided(FftKind::RealForward, 1, &[0, 1], &operand(&memory, &back, DType::F64), &half), None);
        let same = Layout { strides: smallvec![0, 8], ..real.layout.clone() };
        assert_eq!(strided(FftKind::RealForward, 1, &[0, 1], &operand(&memory, &same, DType::F64), &half), None);
    }
}
