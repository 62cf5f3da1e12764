//! Places in a loop nest: the operands' addresses at an element, row by row.

use cuprous_core::iteration::Iteration;
use smallvec::SmallVec;

/// One address per operand.
pub type Addresses = SmallVec<[usize; 6]>;

/// The address `n` strides on.
#[inline(always)]
pub fn at(base: usize, n: usize, stride: isize) -> usize {
    base.wrapping_add((n as isize).wrapping_mul(stride) as usize)
}

/// Addresses of the operands at element `flat` of a nest, counted in C order.
pub fn moved(bases: &Addresses, nest: &Iteration, flat: usize) -> Addresses {
    let mut here = bases.clone();
    let mut rest = flat;
    for k in (0..nest.shape.len()).rev() {
        let n = if k == 0 { rest } else { rest % nest.shape[k] };
        if n != 0 {
            here.iter_mut().zip(&nest.strides).for_each(|(p, s)| *p = at(*p, n, s[k]));
        }
        rest /= nest.shape[k];
    }
    here
}

/// Calls `f` for each stretch of elements `first..end` along the last axis: the operands' addresses at its
/// first element, that element's number and the stretch's length.
pub fn rows(bases: &Addresses, nest: &Iteration, first: usize, end: usize, mut f: impl FnMut(&Addresses, usize, usize)) {
    let n = nest.shape[nest.shape.len() - 1];
    let mut flat = first;
    while flat < end {
        let len = (n - flat % n).min(end - flat);
        f(&moved(bases, nest, flat), flat, len);
        flat += len;
    }
}
