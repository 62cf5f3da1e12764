//! Shapes: sizes, broadcasting, axes.

use crate::{Error, Result};
use smallvec::SmallVec;

/// The extents of an array along its axes.
pub type Dims = SmallVec<[usize; 4]>;
/// Distances between neighbours along each axis, in bytes; of any sign.
pub type Strides = SmallVec<[isize; 4]>;

/// The largest number of axes, as in NumPy.
pub const MAX_AXES: usize = 64;

/// A shape as NumPy prints it: `(2,3)` in broadcasting messages.
pub fn tight(shape: &[usize]) -> String {
    let inner: Vec<String> = shape.iter().map(usize::to_string).collect();
    if shape.len() == 1 { format!("({},)", inner[0]) } else { format!("({})", inner.join(",")) }
}

/// A shape as Python prints a tuple: `(2, 3)`.
pub fn tuple(shape: &[usize]) -> String {
    let inner: Vec<String> = shape.iter().map(usize::to_string).collect();
    if shape.len() == 1 { format!("({},)", inner[0]) } else { format!("({})", inner.join(", ")) }
}

/// The number of elements of a shape.
///
/// # Errors
/// `Value` if an array of this shape and element size cannot be addressed, or has too many axes.
pub fn checked_size(shape: &[usize], item_size: usize) -> Result<usize> {
    if shape.len() > MAX_AXES {
        return Err(Error::value(format!("maximum supported dimension for an ndarray is currently {MAX_AXES}, found {}", shape.len())));
    }
    // As in NumPy the product of the non-zero extents counts, even when the array is empty.
    let mut bytes = item_size.max(1);
    for &n in shape {
        if n != 0 {
            bytes = match bytes.checked_mul(n) {
                Some(b) if b <= isize::MAX as usize => b,
                _ => return Err(too_big()),
            };
        }
    }
    Ok(if shape.contains(&0) { 0 } else { shape.iter().product() })
}

/// An array would have more bytes than can be counted.
#[cold]
pub fn too_big() -> Error {
    Error::value("array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size.")
}

/// The shape to which all the shapes broadcast.
///
/// # Errors
/// `Shape` in NumPy's words if they do not.
pub fn broadcast(shapes: &[&[usize]]) -> Result<Dims> {
    let n_axes = shapes.iter().map(|s| s.len()).max().unwrap_or(0);
    let mut out: Dims = SmallVec::from_elem(1, n_axes);
    for shape in shapes {
        for (k, &n) in shape.iter().rev().enumerate() {
            let slot = &mut out[n_axes - 1 - k];
            if *slot == 1 {
                *slot = n;
            } else if n != 1 && n != *slot {
                let all: Vec<String> = shapes.iter().map(|s| tight(s)).collect();
                return Err(Error::shape(format!("operands could not be broadcast together with shapes {} ", all.join(" "))));
            }
        }
    }
    Ok(out)
}

/// A Python axis (negative counts from the end) as an index.
///
/// # Errors
/// `Axis` in NumPy's words if there is no such axis.
pub fn normalize_axis(axis: isize, n_axes: usize) -> Result<usize> {
    let n = n_axes as isize;
    if axis < -n || axis >= n {
        return Err(Error::axis(format!("axis {axis} is out of bounds for array of dimension {n_axes}")));
    }
    Ok(if axis < 0 { axis + n } else { axis } as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting() {
        assert_eq!(broadcast(&[&[3, 1], &[4]]).ok().as_deref(), Some(&[3, 4][..]));
        assert_eq!(broadcast(&[&[0], &[1]]).ok().as_deref(), Some(&[0][..]));
        let e = broadcast(&[&[2, 3], &[4]]).map_err(|e| e.to_string());
        assert_eq!(e.err().as_deref(), Some("operands could not be broadcast together with shapes (2,3) (4,) "));
    }

    #[test]
    fn sizes_are_checked() {
        assert!(checked_size(&[1 << 40, 1 << 40], 1).is_err());
        assert!(checked_size(&[0, 1 << 40, 1 << 40], 1).is_err());
        assert_eq!(checked_size(&[], 8).ok(), Some(1));
    }
}
