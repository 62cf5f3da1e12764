//! What tests share: arrays, random layouts, hand-made rows and the plain loops they are held against.

use crate::memory::Pool;
use crate::threads::Threads;
use cuprous_core::layout::Order;
use cuprous_core::op::{ReduceLoops, ReduceText};
use cuprous_core::{Buffer, DType, Device, Element, Layout, LoopDef, Operand, Program, Queue, ReduceRow, Scalar, ScanRow, Step};
use smallvec::SmallVec;

pub fn on(n: usize) -> Threads {
    Threads::eager(n)
}

pub fn queue() -> Queue {
    Queue::new(Device::CPU, 0, None)
}

pub fn bytes_of<T: Element>(x: &[T]) -> &[u8] {
    // SAFETY: elements are plain data without padding.
    unsafe { std::slice::from_raw_parts(x.as_ptr().cast(), size_of_val(x)) }
}

pub fn buffer(n_bytes: usize) -> Buffer {
    Pool::new().allocate(n_bytes).unwrap_or_else(|e| panic!("{e}"))
}

pub fn array<T: Element>(x: &[T]) -> Buffer {
    let b = buffer(size_of_val(x));
    crate::memory::upload(&Threads::new(1), bytes_of(x), &b, 0).unwrap_or_else(|e| panic!("{e}"));
    b
}

pub fn bytes(b: &Buffer) -> Vec<u8> {
    let mut out = vec![0; b.len()];
    crate::memory::download(&Threads::new(1), b, 0, &mut out).unwrap_or_else(|e| panic!("{e}"));
    out
}

pub fn read<T: Element>(b: &Buffer, n: usize) -> Vec<T> {
    let raw = bytes(b);
    assert!(raw.len() >= n * size_of::<T>());
    // SAFETY: the vector holds `n` elements that were written as such.
    (0..n).map(|k| unsafe { raw.as_ptr().cast::<T>().add(k).read_unaligned() }).collect()
}

pub fn c_order(shape: &[usize], item: usize) -> Layout {
    Layout::contiguous(shape, item, Order::C)
}

pub fn whole<'a>(b: &'a Buffer, layout: &'a Layout, dtype: DType) -> Operand<'a> {
    Operand::new(b, layout, dtype).unwrap_or_else(|e| panic!("{e}"))
}

/// A small generator, so that failures repeat.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A shape of at most about `most` elements, with axes of length 0 and 1 now and then.
    pub fn shape(&mut self, most: usize) -> Vec<usize> {
        let n_axes = [0, 1, 1, 2, 2, 2, 3, 3, 4, 6][self.below(10)];
        let mut left = most;
        let mut shape: Vec<usize> = (0..n_axes)
            .map(|_| {
                let n = match self.below(12) {
                    0 if self.chance(20) => 0,
                    0 | 1 => 1,
                    2..=6 => 2 + self.below(6),
                    7..=9 => 10 + self.below(120),
                    _ => 500 + self.below(3000),
                };
                let n = n.min(left);
                left /= n.max(1);
                n
            })
            .collect();
        for k in (1..shape.len()).rev() {
            shape.swap(k, self.below(k + 1));
        }
        shape
    }

    /// Strides for a shape: axes in any order, gaps, reversed or broadcast ones; and the bytes it needs.
    pub fn layout(&mut self, shape: &[usize], item: usize, broadcast: bool) -> (Layout, usize) {
        let mut layout = c_order(shape, item);
        if shape.contains(&0) || self.chance(30) {
            return (layout.clone(), layout.size() * item);
        }
        let mut axes: Vec<usize> = (0..shape.len()).collect();
        if self.chance(50) {
            for k in (1..axes.len()).rev() {
                axes.swap(k, self.below(k + 1));
            }
        }
        let mut step = item as isize;
        for &k in axes.iter().rev() {
            if broadcast && self.chance(20) {
                layout.strides[k] = 0;
                continue;
            }
            let gap = if self.chance(20) { 1 + self.below(3) as isize } else { 1 };
            layout.strides[k] = step * gap;
            step *= gap * shape[k] as isize;
            if self.chance(20) {
                layout.offset += (shape[k] - 1) * layout.strides[k] as usize;
                layout.strides[k] = -layout.strides[k];
            }
        }
        (layout, step as usize)
    }
}

/// A random element: small numbers, so that casts and sums are tame.
pub fn element(dice: &mut Dice, dtype: DType) -> Scalar {
    let x = dice.below(2001) as f64 / 8.0 - 125.0;
    Scalar::from(x).cast(dtype)
}

pub fn filled(dice: &mut Dice, n_bytes: usize, dtype: DType) -> Buffer {
    let all: Vec<u8> = (0..n_bytes / dtype.size()).flat_map(|_| element(dice, dtype).bytes().to_vec()).collect();
    array(&all)
}

/// Every index of a shape in C order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    (0..shape.iter().product()).map(|flat: usize| {
        let mut rest = flat;
        let mut index = vec![0; shape.len()];
        for k in (0..shape.len()).rev() {
            (rest, index[k]) = (rest / shape[k], rest % shape[k]);
        }
        index
    })
}

pub fn offset(layout: &Layout, index: &[usize]) -> usize {
    index.iter().zip(&layout.strides).fold(layout.offset as isize, |o, (&i, &s)| o + i as isize * s) as usize
}

/// The values of a program's outputs at an index, one element at a time.
pub fn plain(program: &Program, inputs: &[(Vec<u8>, &Layout)], parameters: &[Scalar], index: &[usize]) -> Vec<[u8; 16]> {
    let mut cells: Vec<[u8; 16]> = Vec::new();
    for step in &program.steps {
        let mut cell = [0u8; 16];
        match step {
            Step::Load { operand, dtype } => {
                let (data, layout) = &inputs[*operand as usize];
                let at = offset(layout, index);
                cell[..dtype.size()].copy_from_slice(&data[at..at + dtype.size()]);
            }
            Step::Index { operand } => cell[..8].copy_from_slice(&(offset(inputs[*operand as usize].1, index) as i64).to_ne_bytes()),
            Step::Constant { parameter, .. } => {
                let b = parameters[*parameter as usize];
                cell[..b.bytes().len()].copy_from_slice(b.bytes());
            }
            Step::Apply { row, args, output } => {
                let mut ins: Vec<[u8; 16]> = args.iter().map(|&a| cells[a as usize]).collect();
                let mut outs = vec![[0u8; 16]; row.outs.len()];
                let pointers: Vec<*mut u8> = ins.iter_mut().chain(&mut outs).map(|c| c.as_mut_ptr()).collect();
                let strides = vec![0isize; pointers.len()];
                // SAFETY: one element each, in cells wide enough for any dtype.
                unsafe { (row.cpu)(pointers.as_ptr(), strides.as_ptr(), 1) };
                cell = outs[*output as usize];
            }
        }
        cells.push(cell);
    }
    program.outputs.iter().map(|&r| cells[r as usize]).collect()
}

pub fn load(operand: u32, dtype: DType) -> Step {
    Step::Load { operand, dtype }
}

pub fn apply(row: &'static LoopDef, args: &[u32]) -> Step {
    apply_to(row, args, 0)
}

pub fn apply_to(row: &'static LoopDef, args: &[u32], output: u8) -> Step {
    Step::Apply { row, args: SmallVec::from_slice(args), output }
}

pub fn program(steps: Vec<Step>, outputs: &[u32]) -> Program {
    Program { steps, outputs: SmallVec::from_slice(outputs) }
}

macro_rules! row {
    ($name:ident ($($a:ident: $t:ty),*) -> ($($o:ident: $r:ty),*) $body:expr) => {
        pub static $name: LoopDef = LoopDef {
            op: stringify!($name),
            ins: &[$(<$t as Element>::DTYPE),*],
            outs: &[$(<$r as Element>::DTYPE),*],
            cpu: {
                unsafe fn inner(args: *const *mut u8, strides: *const isize, n: usize) {
                    for k in 0..n as isize {
                        let mut slot = 0;
                        // SAFETY: the contract of `InnerLoop`.
                        unsafe {
                            $(let $a: $t = (*args.add(slot)).wrapping_offset(k * *strides.add(slot)).cast::<$t>().read_unaligned(); slot += 1;)*
                            let ($($o,)*): ($($r,)*) = $body;
                            $((*args.add(slot)).wrapping_offset(k * *strides.add(slot)).cast::<$r>().write_unaligned($o); slot += 1;)*
                            let _ = slot;
                        }
                    }
                }
                inner
            },
            cuda: "",
            prelude: "",
            is_heavy: false,
        };
    };
}
row!(ADD_F32 (a: f32, b: f32) -> (o: f32) (a + b,));
row!(MUL_F32 (a: f32, b: f32) -> (o: f32) (a * b,));
row!(ADD_I64 (a: i64, b: i64) -> (o: i64) (a.wrapping_add(b),));
row!(SPLIT_I64 (a: i64, b: i64) -> (o: i64, p: i64) (a.wrapping_mul(3) ^ b, a.wrapping_sub(b)));
row!(I64_TO_F32 (a: i64) -> (o: f32) (a as f32,));
row!(F32_TO_U8 (a: f32) -> (o: u8) (a as i32 as u8,));
row!(U8_TO_F32 (a: u8) -> (o: f32) (a as f32,));

pub const NO_TEXT: ReduceText = ReduceText { acc: "", neutral: "", lift: "", combine: "", brief: "", finish: "", prelude: "" };

/// A sum in float32 whose bits show the order of additions.
pub const SUM_F32: ReduceRow = ReduceRow {
    op: "sum",
    input: DType::F32,
    output: DType::F32,
    indexed: false,
    cpu: ReduceLoops {
        size: 4,
        start: sum_start,
        fold_run: sum_run,
        fold_lanes: sum_lanes,
        fold_rows: None,
        combine: sum_combine,
        finish: sum_finish,
        is_final: None,
    },
    cuda: NO_TEXT,
};

unsafe fn sum_start(acc: *mut u8, n: usize) {
    // SAFETY: `n` accumulators.
    unsafe { std::slice::from_raw_parts_mut(acc.cast::<f32>(), n) }.fill(0.0);
}

unsafe fn sum_run(acc: *mut u8, src: *const u8, stride: isize, n: usize, _first: i64) {
    // SAFETY: `n` elements.
    let at = |k: usize| unsafe { src.wrapping_offset(k as isize * stride).cast::<f32>().read_unaligned() };
    let mut lanes = [0.0f32; 8];
    for k in 0..n {
        lanes[k % 8] += at(k);
    }
    // SAFETY: one accumulator.
    unsafe { *acc.cast::<f32>() += (lanes[0] + lanes[1] + (lanes[2] + lanes[3])) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7])) };
}

unsafe fn sum_lanes(acc: *mut u8, src: *const u8, stride: isize, n: usize, _index: i64) {
    for k in 0..n {
        // SAFETY: `n` accumulators and elements.
        unsafe { *acc.cast::<f32>().add(k) += src.wrapping_offset(k as isize * stride).cast::<f32>().read_unaligned() };
    }
}

unsafe fn sum_combine(acc: *mut u8, other: *const u8, n: usize) {
    for k in 0..n {
        // SAFETY: `n` accumulators each.
        unsafe { *acc.cast::<f32>().add(k) += *other.cast::<f32>().add(k) };
    }
}

unsafe fn sum_finish(out: *mut u8, stride: isize, acc: *const u8, n: usize, _count: u64) {
    for k in 0..n {
        // SAFETY: `n` results and accumulators.
        unsafe { out.wrapping_offset(k as isize * stride).cast::<f32>().write_unaligned(*acc.cast::<f32>().add(k)) };
    }
}

/// The index of the first largest element.
pub static ARGMAX_F32: ReduceRow = ReduceRow {
    op: "argmax",
    input: DType::F32,
    output: DType::I64,
    indexed: true,
    cpu: ReduceLoops {
        size: 16,
        start: arg_start,
        fold_run: arg_run,
        fold_lanes: arg_lanes,
        fold_rows: None,
        combine: arg_combine,
        finish: arg_finish,
        is_final: None,
    },
    cuda: NO_TEXT,
};

#[derive(Clone, Copy)]
#[repr(C)]
struct Best(f32, i64);

unsafe fn arg_start(acc: *mut u8, n: usize) {
    // SAFETY: `n` accumulators.
    unsafe { std::slice::from_raw_parts_mut(acc.cast::<Best>(), n) }.fill(Best(f32::NEG_INFINITY, -1));
}

fn better(a: Best, b: Best) -> Best {
    if b.1 >= 0 && (a.1 < 0 || b.0 > a.0) { b } else { a }
}

unsafe fn arg_run(acc: *mut u8, src: *const u8, stride: isize, n: usize, first: i64) {
    for k in 0..n {
        // SAFETY: `n` elements, one accumulator.
        unsafe { arg_lanes(acc, src.wrapping_offset(k as isize * stride), 0, 1, first + k as i64) };
    }
}

unsafe fn arg_lanes(acc: *mut u8, src: *const u8, stride: isize, n: usize, index: i64) {
    for k in 0..n {
        // SAFETY: `n` accumulators and elements.
        unsafe {
            let x = src.wrapping_offset(k as isize * stride).cast::<f32>().read_unaligned();
            let a = acc.cast::<Best>().add(k);
            *a = better(*a, Best(x, index));
        }
    }
}

unsafe fn arg_combine(acc: *mut u8, other: *const u8, n: usize) {
    for k in 0..n {
        // SAFETY: `n` accumulators each.
        unsafe {
            let a = acc.cast::<Best>().add(k);
            *a = better(*a, *other.cast::<Best>().add(k));
        }
    }
}

unsafe fn arg_finish(out: *mut u8, stride: isize, acc: *const u8, n: usize, _count: u64) {
    for k in 0..n {
        // SAFETY: `n` results and accumulators.
        unsafe { out.wrapping_offset(k as isize * stride).cast::<i64>().write_unaligned((*acc.cast::<Best>().add(k)).1) };
    }
}

/// Whether any byte is not 0; may stop early. Counts the elements it saw beside, to show that it did.
pub static ANY_U8: ReduceRow = ReduceRow {
    op: "any",
    input: DType::U8,
    output: DType::Bool,
    indexed: false,
    cpu: ReduceLoops {
        size: 1,
        start: any_start,
        fold_run: any_run,
        fold_lanes: any_lanes,
        fold_rows: None,
        combine: any_combine,
        finish: any_finish,
        is_final: Some(any_final),
    },
    cuda: NO_TEXT,
};

pub static SEEN: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

unsafe fn any_start(acc: *mut u8, n: usize) {
    // SAFETY: `n` accumulators.
    unsafe { std::slice::from_raw_parts_mut(acc, n) }.fill(0);
}
unsafe fn any_run(acc: *mut u8, src: *const u8, stride: isize, n: usize, _first: i64) {
    SEEN.fetch_add(n, std::sync::atomic::Ordering::Relaxed);
    for k in 0..n as isize {
        // SAFETY: `n` elements, one accumulator.
        unsafe { *acc |= (*src.wrapping_offset(k * stride) != 0) as u8 };
    }
}
unsafe fn any_lanes(acc: *mut u8, src: *const u8, stride: isize, n: usize, _index: i64) {
    for k in 0..n {
        // SAFETY: `n` elements and accumulators.
        unsafe { *acc.add(k) |= (*src.wrapping_offset(k as isize * stride) != 0) as u8 };
    }
}
unsafe fn any_combine(acc: *mut u8, other: *const u8, n: usize) {
    for k in 0..n {
        // SAFETY: `n` accumulators each.
        unsafe { *acc.add(k) |= *other.add(k) };
    }
}
unsafe fn any_finish(out: *mut u8, stride: isize, acc: *const u8, n: usize, _count: u64) {
    for k in 0..n {
        // SAFETY: `n` results and accumulators.
        unsafe { *out.wrapping_offset(k as isize * stride) = *acc.add(k) };
    }
}
unsafe fn any_final(acc: *const u8) -> bool {
    // SAFETY: one accumulator.
    unsafe { *acc != 0 }
}

/// Running sums.
macro_rules! cumsum {
    ($name:ident, $run:ident, $start:ident, $combine:ident, $t:ty) => {
        pub static $name: ScanRow = ScanRow {
            op: "cumsum",
            input: <$t as Element>::DTYPE,
            output: <$t as Element>::DTYPE,
            size: size_of::<$t>(),
            start: $start,
            run: $run,
            combine: $combine,
            cuda: NO_TEXT,
        };
        unsafe fn $start(acc: *mut u8) {
            // SAFETY: one accumulator.
            unsafe { *acc.cast::<$t>() = Default::default() };
        }
        unsafe fn $combine(acc: *mut u8, other: *const u8) {
            // SAFETY: one accumulator each.
            unsafe { *acc.cast::<$t>() += *other.cast::<$t>() };
        }
        unsafe fn $run(acc: *mut u8, src: *const u8, ss: isize, dst: *mut u8, ds: isize, n: usize) {
            // SAFETY: `n` elements and results, one accumulator.
            unsafe {
                let mut sum = *acc.cast::<$t>();
                for k in 0..n as isize {
                    sum += src.wrapping_offset(k * ss).cast::<$t>().read_unaligned();
                    dst.wrapping_offset(k * ds).cast::<$t>().write_unaligned(sum);
                }
                *acc.cast::<$t>() = sum;
            }
        }
    };
}
cumsum!(CUMSUM_F32, cumsum_f32, cumsum_f32_start, cumsum_f32_combine, f32);
cumsum!(CUMSUM_I64, cumsum_i64, cumsum_i64_start, cumsum_i64_combine, i64);
