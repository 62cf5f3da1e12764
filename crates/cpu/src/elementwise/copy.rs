//! Copies of elements between strided places. Elements are bytes here: 1, 2, 4, 8 or 16 of them.

use crate::nest::at;
use smallvec::SmallVec;

/// One side of a copy: the address of the element at index 0 of all axes, and byte strides.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Where the nest begins
    pub base: usize,
    /// Along each axis
    pub strides: &'a [isize],
}

/// The strides of packed elements over `dims` in C order.
pub fn packed(dims: &[usize], item: usize) -> SmallVec<[isize; 4]> {
    let mut strides = SmallVec::from_elem(0, dims.len());
    let mut step = item as isize;
    for k in (0..dims.len()).rev() {
        strides[k] = step;
        step = step.wrapping_mul(dims[k] as isize);
    }
    strides
}

/// Whether stepping through `dims` in C order always moves by the last stride.
pub fn is_linear(dims: &[usize], strides: &[isize]) -> bool {
    (1..dims.len()).all(|k| strides[k - 1] == strides[k].wrapping_mul(dims[k] as isize))
}

/// Copies elements `start..start + len`, counted in C order over `dims`, from one side to the other.
///
/// # Safety
/// These elements must be valid on both sides; where the sides overlap, each element must be itself.
pub unsafe fn range(item: usize, dims: &[usize], source: Side, target: Side, start: usize, len: usize) {
    // SAFETY: the caller vouches for the elements; an element is moved as an integer of its size, unaligned.
    unsafe {
        match item {
            1 => range_of::<u8>(dims, source, target, start, len),
            2 => range_of::<u16>(dims, source, target, start, len),
            4 => range_of::<u32>(dims, source, target, start, len),
            8 => range_of::<u64>(dims, source, target, start, len),
            _ => range_of::<u128>(dims, source, target, start, len),
        }
    }
}

/// # Safety
/// As [`range`].
unsafe fn range_of<T: Copy>(dims: &[usize], source: Side, target: Side, start: usize, len: usize) {
    let last = dims.len() - 1;
    let (s0, t0) = (source.strides[last], target.strides[last]);
    if last == 0 {
        // SAFETY: the caller's elements, all on one axis.
        return unsafe { run::<T>(at(source.base, start, s0), s0, at(target.base, start, t0), t0, len) };
    }
    let mut index: SmallVec<[usize; 8]> = SmallVec::from_elem(0, dims.len());
    let mut rest = start;
    for k in (0..dims.len()).rev() {
        (rest, index[k]) = (rest / dims[k], rest % dims[k]);
    }
    let mut left = len;
    while left > 0 {
        let place = |side: Side| index.iter().zip(side.strides).fold(side.base, |p, (&n, &s)| at(p, n, s));
        let (from, to) = (place(source), place(target));
        let n = dims[last];
        if index[last] == 0 && left >= n {
            let rows = (left / n).min(dims[last - 1] - index[last - 1]);
            // SAFETY: whole rows of the caller's elements.
            unsafe { block::<T>(from, (source.strides[last - 1], s0), to, (target.strides[last - 1], t0), rows, n) };
            left -= rows * n;
            index[last - 1] += rows;
        } else {
            let n = (n - index[last]).min(left);
            // SAFETY: part of a row of the caller's elements.
            unsafe { run::<T>(from, s0, to, t0, n) };
            left -= n;
            index[last] += n;
            if index[last] == dims[last] {
                index[last] = 0;
                index[last - 1] += 1;
            }
        }
        for k in (1..last).rev() {
            if index[k] == dims[k] {
                index[k] = 0;
                index[k - 1] += 1;
            }
        }
    }
}

/// Copies `rows` rows of `n`; strides are those of rows, then of elements.
///
/// # Safety
/// As [`range`].
unsafe fn block<T: Copy>(from: usize, (s1, s0): (isize, isize), to: usize, (t1, t0): (isize, isize), rows: usize, n: usize) {
    // A loop over few elements costs more to start than to run.
    let (outer, s_outer, t_outer, inner, s_inner, t_inner) =
        if n < 16 && rows > n { (n, s0, t0, rows, s1, t1) } else { (rows, s1, t1, n, s0, t0) };
    for k in 0..outer {
        // SAFETY: the caller's elements in another order.
        unsafe { run::<T>(at(from, k, s_outer), s_inner, at(to, k, t_outer), t_inner, inner) };
    }
}

/// # Safety
/// As [`range`].
#[inline]
unsafe fn run<T: Copy>(from: usize, s: isize, to: usize, t: isize, n: usize) {
    let item = size_of::<T>() as isize;
    // SAFETY: the caller vouches for `n` elements on each side; accesses are unaligned.
    unsafe {
        if s == item && t == item {
            // Not `copy_nonoverlapping`: an array may be copied onto itself.
            std::ptr::copy(from as *const u8, to as *mut u8, n * size_of::<T>());
        } else if s == 0 && t == item {
            let value = (from as *const T).read_unaligned();
            for k in 0..n {
                (to as *mut T).add(k).write_unaligned(value);
            }
        } else if t == item {
            for k in 0..n {
                (to as *mut T).add(k).write_unaligned((at(from, k, s) as *const T).read_unaligned());
            }
        } else {
            for k in 0..n {
                (at(to, k, t) as *mut T).write_unaligned((at(from, k, s) as *const T).read_unaligned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_range_of_any_nest() {
        let dims = [3, 4, 5];
        let source: Vec<u32> = (0..200).collect();
        // Axes of 3, 4 and 5 over the source with a hole, reversed along the second.
        let strides = [80, -20, 4];
        let base = source.as_ptr() as usize + 3 * 20;
        for start in 0..60 {
            for len in 0..=60 - start {
                let mut target = vec![u32::MAX; 60];
                let to = (target.as_mut_ptr() as usize).wrapping_sub(start * 4);
                let packed = packed(&dims, 4);
                // SAFETY: `len` elements from `start` on lie inside both vectors.
                unsafe { range(4, &dims, Side { base, strides: &strides }, Side { base: to, strides: &packed }, start, len) };
                for (k, &got) in target.iter().enumerate() {
                    let flat = start + k;
                    let want = 20 * (flat / 20) as u32 + 5 * (3 - (flat / 5 % 4)) as u32 + (flat % 5) as u32;
                    assert_eq!(got, if k < len { want } else { u32::MAX });
                }
            }
        }
    }

    #[test]
    fn linearity() {
        assert!(is_linear(&[2, 3], &[12, 4]) && is_linear(&[2, 3], &[0, 0]) && is_linear(&[2, 3], &[-12, -4]));
        assert!(!is_linear(&[2, 3], &[0, 4]) && is_linear(&[7], &[5]));
    }
}
