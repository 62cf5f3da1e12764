//! Where the elements of an array lie: shape, byte strides, byte offset.

use crate::shape::{Dims, Strides, broadcast, normalize_axis, tuple};
use crate::{Error, Result};
use smallvec::SmallVec;

/// C order (last axis fastest) or Fortran order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Last axis fastest
    C,
    /// First axis fastest
    F,
}

/// Shape, strides and offset of an array in its buffer.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// Extents
    pub shape: Dims,
    /// Bytes from one element to the next along each axis
    pub strides: Strides,
    /// Bytes from the start of the buffer to the first element
    pub offset: usize,
}

impl Clone for Layout {
    /// Copied as bytes: what is derived would push one extent after the other, and every call clones some layouts.
    #[inline]
    fn clone(&self) -> Layout {
        Layout { shape: SmallVec::from_slice(&self.shape), strides: SmallVec::from_slice(&self.strides), offset: self.offset }
    }
}

/// One item of basic indexing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slice {
    /// `i`: removes the axis
    At(isize),
    /// `start:stop:step`, with the bounds that are given
    Range(Option<isize>, Option<isize>, isize),
    /// `newaxis`
    New,
    /// `...`
    Ellipsis,
}

impl Layout {
    /// The packed layout of a shape.
    pub fn contiguous(shape: &[usize], item_size: usize, order: Order) -> Layout {
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        let mut step = item_size as isize;
        let mut place = |k: usize| {
            strides[k] = step;
            step *= shape[k].max(1) as isize;
        };
        match order {
            Order::C => (0..shape.len()).rev().for_each(&mut place),
            Order::F => (0..shape.len()).for_each(&mut place),
        }
        Layout { shape: SmallVec::from_slice(shape), strides, offset: 0 }
    }

    /// Number of axes.
    #[inline]
    pub fn n_axes(&self) -> usize {
        self.shape.len()
    }

    /// Number of elements.
    #[inline]
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the elements lie packed in C order.
    pub fn is_c_contiguous(&self, item_size: usize) -> bool {
        self.packed(item_size, (0..self.n_axes()).rev())
    }

    /// Whether the elements lie packed in Fortran order.
    pub fn is_f_contiguous(&self, item_size: usize) -> bool {
        self.packed(item_size, 0..self.n_axes())
    }

    fn packed(&self, item_size: usize, axes: impl Iterator<Item = usize>) -> bool {
        if self.shape.contains(&0) {
            return true;
        }
        let mut step = item_size as isize;
        for k in axes {
            if self.shape[k] != 1 {
                if self.strides[k] != step {
                    return false;
                }
                step *= self.shape[k] as isize;
            }
        }
        true
    }

    /// Whether strides never grow from one axis to the next, broadcast axes aside: C order, perhaps with gaps.
    pub fn is_c_ordered(&self) -> bool {
        self.ordered(0..self.n_axes())
    }

    /// Whether strides never shrink from one axis to the next, broadcast axes aside: Fortran order, perhaps with gaps.
    pub fn is_f_ordered(&self) -> bool {
        self.ordered((0..self.n_axes()).rev())
    }

    fn ordered(&self, axes: impl Iterator<Item = usize>) -> bool {
        let mut last = usize::MAX;
        for k in axes {
            let s = self.strides[k].unsigned_abs();
            if self.shape[k] != 1 && s != 0 {
                if s > last {
                    return false;
                }
                last = s;
            }
        }
        true
    }

    /// The bytes of the buffer that the elements touch: from the first to one past the last.
    pub fn extent(&self, item_size: usize) -> (usize, usize) {
        if self.shape.contains(&0) {
            return (self.offset, self.offset);
        }
        let (mut low, mut high) = (self.offset as isize, self.offset as isize);
        for (&n, &s) in self.shape.iter().zip(&self.strides) {
            let reach = (n as isize - 1) * s;
            if reach < 0 { low += reach } else { high += reach }
        }
        (low as usize, high as usize + item_size)
    }

    /// The strides with which this is read as `shape`, to which it must broadcast.
    ///
    /// # Errors
    /// `Shape` if it does not.
    pub fn broadcast_to(&self, shape: &[usize]) -> Result<Layout> {
        let fits = self.n_axes() <= shape.len() && broadcast(&[&self.shape, shape]).is_ok_and(|s| s[..] == *shape);
        if shape.is_empty() && self.n_axes() > 0 {
            return Err(Error::shape("cannot broadcast a non-scalar to a scalar array"));
        }
        if !fits {
            return Err(Error::shape(format!(
                "operands could not be broadcast together with remapped shapes [original->remapped]: {}  and requested shape {}",
                crate::shape::tight(&self.shape),
                crate::shape::tight(shape)
            )));
        }
        let mut strides: Strides = SmallVec::from_elem(0, shape.len());
        let lead = shape.len() - self.n_axes();
        for k in 0..self.n_axes() {
            strides[lead + k] = if self.shape[k] == 1 && shape[lead + k] != 1 { 0 } else { self.strides[k] };
        }
        Ok(Layout { shape: shape.into(), strides, offset: self.offset })
    }

    /// The axes in another order: axis `k` of the result is axis `axes[k]` of this.
    ///
    /// # Errors
    /// `Value` or `Axis` if `axes` is not a permutation.
    pub fn permute(&self, axes: &[isize]) -> Result<Layout> {
        if axes.len() != self.n_axes() {
            return Err(Error::value("axes don't match array"));
        }
        let mut out = self.clone();
        let mut seen = vec![false; axes.len()];
        for (k, &axis) in axes.iter().enumerate() {
            let a = normalize_axis(axis, self.n_axes())?;
            if std::mem::replace(&mut seen[a], true) {
                return Err(Error::value("repeated axis in transpose"));
            }
            out.shape[k] = self.shape[a];
            out.strides[k] = self.strides[a];
        }
        Ok(out)
    }

    /// A reshape's target with the one `-1` filled in.
    ///
    /// # Errors
    /// `Value` in NumPy's words if the sizes differ.
    pub fn resolve_reshape(&self, target: &[isize]) -> Result<Dims> {
        let size = self.size();
        // NumPy's words: an unknown extent in front is left out, others are called newaxis.
        let text = || {
            let word = |&n: &isize| if n < 0 { "newaxis".to_owned() } else { n.to_string() };
            let inner: Vec<String> = target.iter().skip_while(|&&n| n < 0).map(word).collect();
            if target.len() == 1 && inner.len() == 1 { format!("({},)", inner[0]) } else { format!("({})", inner.join(",")) }
        };
        let bad = || Error::value(format!("cannot reshape array of size {size} into shape {}", text()));
        if target.len() > crate::shape::MAX_AXES {
            crate::shape::checked_size(&vec![1; target.len()], 1)?;
        }
        let mut unknown = None;
        let mut known: usize = 1;
        for (k, &n) in target.iter().enumerate() {
            if n < 0 {
                if unknown.replace(k).is_some() {
                    return Err(Error::value("can only specify one unknown dimension"));
                }
            } else {
                known = known.checked_mul(n as usize).ok_or_else(bad)?;
            }
        }
        let mut shape: Dims = target.iter().map(|&n| n.max(0) as usize).collect();
        match unknown {
            Some(k) if known != 0 && size.is_multiple_of(known) => shape[k] = size / known,
            Some(_) => return Err(bad()),
            None if known != size => return Err(bad()),
            None => {}
        }
        crate::shape::checked_size(&shape, 1)?;
        Ok(shape)
    }

    /// The same elements in C order under another shape of the same size, if strides can express it.
    pub fn reshape(&self, shape: &[usize], item_size: usize) -> Option<Layout> {
        if self.is_c_contiguous(item_size) {
            return Some(Layout { offset: self.offset, ..Layout::contiguous(shape, item_size, Order::C) });
        }
        let mut out = Layout { offset: self.offset, ..Layout::contiguous(shape, item_size, Order::C) };
        let old: SmallVec<[(usize, isize); 4]> =
            self.shape.iter().copied().zip(self.strides.iter().copied()).filter(|&(n, _)| n != 1).collect();
        let new: SmallVec<[usize; 4]> = (0..shape.len()).filter(|&k| shape[k] != 1).collect();
        // Groups of old and new axes of equal size: within each, the old ones must be packed.
        let (mut i, mut j) = (0, 0);
        while i < old.len() && j < new.len() {
            let (mut i_end, mut j_end) = (i + 1, j + 1);
            let (mut a, mut b) = (old[i].0, shape[new[j]]);
            while a != b {
                if a < b {
                    a *= old.get(i_end)?.0;
                    i_end += 1;
                } else {
                    b *= shape[*new.get(j_end)?];
                    j_end += 1;
                }
            }
            if (i + 1..i_end).any(|k| old[k - 1].1 != old[k].1 * old[k].0 as isize) {
                return None;
            }
            let mut step = old[i_end - 1].1;
            for &axis in new[j..j_end].iter().rev() {
                out.strides[axis] = step;
                step *= shape[axis] as isize;
            }
            (i, j) = (i_end, j_end);
        }
        Some(out)
    }

    /// The part that basic indexing selects.
    ///
    /// # Errors
    /// `Index` in NumPy's words: out of bounds, too many indices, more than one ellipsis.
    pub fn slice(&self, index: &[Slice]) -> Result<Layout> {
        let used = index.iter().filter(|s| matches!(s, Slice::At(_) | Slice::Range(..))).count();
        let ellipses = index.iter().filter(|s| matches!(s, Slice::Ellipsis)).count();
        if ellipses > 1 {
            return Err(Error::index("an index can only have a single ellipsis ('...')"));
        }
        if used > self.n_axes() {
            return Err(Error::index(format!(
                "too many indices for array: array is {}-dimensional, but {used} were indexed",
                self.n_axes()
            )));
        }
        let mut out = Layout { shape: SmallVec::new(), strides: SmallVec::new(), offset: self.offset };
        let mut offset = self.offset as isize;
        let mut axis = 0;
        let whole = |out: &mut Layout, axis: &mut usize| {
            out.shape.push(self.shape[*axis]);
            out.strides.push(self.strides[*axis]);
            *axis += 1;
        };
        for item in index {
            match *item {
                Slice::New => {
                    out.shape.push(1);
                    out.strides.push(0);
                }
                Slice::Ellipsis => (0..self.n_axes() - used).for_each(|_| whole(&mut out, &mut axis)),
                Slice::At(i) => {
                    let n = self.shape[axis] as isize;
                    if i < -n || i >= n {
                        return Err(Error::index(format!("index {i} is out of bounds for axis {axis} with size {n}")));
                    }
                    offset += (if i < 0 { i + n } else { i }) * self.strides[axis];
                    axis += 1;
                }
                Slice::Range(start, stop, step) => {
                    let (first, count) = clip(start, stop, step, self.shape[axis])?;
                    if count > 0 {
                        offset += first * self.strides[axis];
                    }
                    out.shape.push(count);
                    out.strides.push(self.strides[axis].checked_mul(step).unwrap_or(0));
                    axis += 1;
                }
            }
        }
        while axis < self.n_axes() {
            whole(&mut out, &mut axis);
        }
        if out.n_axes() > crate::shape::MAX_AXES {
            return Err(Error::index(format!(
                "number of dimensions must be within [0, {}], indexing result would have {}",
                crate::shape::MAX_AXES,
                out.n_axes()
            )));
        }
        // An empty result may not point past its buffer.
        out.offset = if out.shape.contains(&0) { self.offset } else { offset as usize };
        Ok(out)
    }

    /// Checks that every element lies in a buffer of `len` bytes.
    ///
    /// # Errors
    /// `Runtime`, naming the layout, if one does not.
    pub fn check_inside(&self, item_size: usize, len: usize) -> Result<()> {
        if self.shape.contains(&0) {
            return Ok(());
        }
        let (mut low, mut high) = (self.offset as i128, self.offset as i128);
        for (&n, &s) in self.shape.iter().zip(&self.strides) {
            let reach = (n as i128 - 1) * s as i128;
            if reach < 0 { low += reach } else { high += reach }
        }
        if low < 0 || high + item_size as i128 > len as i128 {
            return Err(Error::runtime(format!(
                "array of shape {} and strides {:?} at byte {} does not fit its buffer of {len} bytes",
                tuple(&self.shape),
                &self.strides[..],
                self.offset
            )));
        }
        Ok(())
    }
}

/// A Python slice over an axis: its first index and its number of elements.
fn clip(start: Option<isize>, stop: Option<isize>, step: isize, n: usize) -> Result<(isize, usize)> {
    if step == 0 {
        return Err(Error::value("slice step cannot be zero"));
    }
    let n = n as isize;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let place = |i: isize| (if i < 0 { i.saturating_add(n) } else { i }).clamp(low, high);
    let first = start.map_or(if step > 0 { low } else { high }, place);
    let last = stop.map_or(if step > 0 { high } else { low }, place);
    let span = if step > 0 { last - first } else { first - last };
    let count = if span > 0 { (span - 1) / step.checked_abs().unwrap_or(isize::MAX) + 1 } else { 0 };
    Ok((first, count as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn c(shape: &[usize]) -> Layout {
        Layout::contiguous(shape, 4, Order::C)
    }

    #[test]
    fn slicing_moves_offset_and_strides() {
        let l = c(&[4, 5]).slice(&[Slice::Range(None, None, -1), Slice::At(-2)]).ok();
        assert_eq!(l, Some(Layout { shape: [4].as_slice().into(), strides: [-20].as_slice().into(), offset: 72 }));
        assert_eq!(
            c(&[3]).slice(&[Slice::At(3)]).map_err(|e| e.to_string()),
            Err("index 3 is out of bounds for axis 0 with size 3".into())
        );
        assert_eq!(c(&[5]).slice(&[Slice::Range(Some(10), None, isize::MIN)]).map(|l| l.shape[0]).ok(), Some(1));
    }

    #[test]
    fn reshape_without_copy_where_strides_allow() {
        let t = c(&[2, 6]).permute(&[1, 0]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(t.reshape(&[12], 4), None);
        assert_eq!(t.reshape(&[2, 3, 2], 4).map(|l| l.strides.to_vec()), Some(vec![12, 4, 24]));
        let every_second = c(&[8, 4]).slice(&[Slice::Range(None, None, 2)]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(every_second.reshape(&[2, 2, 2, 2], 4).map(|l| l.strides.to_vec()), Some(vec![64, 32, 8, 4]));
    }

    #[test]
    fn extents_of_negative_strides() {
        let l = c(&[4]).slice(&[Slice::Range(None, None, -1)]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(l.extent(4), (0, 16));
        assert!(l.check_inside(4, 16).is_ok() && l.check_inside(4, 15).is_err());
    }
}
