//! How lines lie in memory: which axes run on, and which lines one call of cuFFT counts.

use cuprous_core::backend::FftKind;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{DType, Operand};
use smallvec::SmallVec;

/// The most calls of cuFFT for one axis; beyond, copying the lines together costs less than launching.
pub(super) const MAX_CALLS: usize = 16;

/// The axes from the outermost in memory inwards, with `innermost` at the end wherever it lies.
pub(super) fn outer_first(layout: &Layout, innermost: Option<usize>) -> SmallVec<[usize; 8]> {
    let mut order: SmallVec<[usize; 8]> = (0..layout.n_axes()).filter(|&k| Some(k) != innermost).collect();
    order.sort_by_key(|&k| std::cmp::Reverse(layout.strides[k].unsigned_abs()));
    order.extend(innermost);
    order
}

/// The layout of a shape without gaps, its axes in this order.
pub(super) fn packed(shape: &[usize], order: &[usize], dtype: DType) -> Layout {
    let mut layout = Layout::contiguous(shape, dtype.size(), Order::C);
    let mut step = dtype.size() as isize;
    for &k in order.iter().rev() {
        layout.strides[k] = step;
        step *= shape[k].max(1) as isize;
    }
    layout
}

/// Whether elements lie without gaps, axes in this order.
pub(super) fn is_packed(layout: &Layout, order: &[usize], item: usize) -> bool {
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
pub(super) struct Strided {
    pub batch: (usize, [isize; 2]),
    pub loops: SmallVec<[(usize, [isize; 2]); 4]>,
}

/// The count of lines along an axis; none if strides are no positive multiples of the elements' sizes.
pub(super) fn strided(kind: FftKind, axis: usize, order: &[usize], from: &Operand, to: &Operand) -> Option<Strided> {
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
