//! The loop nest of a launch: axes dropped, sorted and merged, so that most launches have one.

use crate::shape::{Dims, Strides};
use smallvec::SmallVec;

/// A loop nest over several operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iteration {
    /// Extents, outermost first; never empty (a single element is `[1]`), `[0]` if there is nothing to do
    pub shape: Dims,
    /// For each operand its strides along those axes
    pub strides: SmallVec<[Strides; 4]>,
}

impl Iteration {
    /// The nest over `shape` in the order that suits the operands, those in front mattering most.
    ///
    /// Operands are the strides along `shape`. Axes may be permuted, so this is for work in which the
    /// order of elements does not matter.
    pub fn sorted(shape: &[usize], operands: &[&[isize]]) -> Iteration {
        let mut axes: SmallVec<[usize; 8]> = (0..shape.len()).filter(|&k| shape[k] != 1).collect();
        // Insertion sort, stable: an axis moves outwards past those with smaller strides.
        for i in 1..axes.len() {
            let mut j = i;
            while j > 0 && outer(operands, axes[j], axes[j - 1]) {
                axes.swap(j, j - 1);
                j -= 1;
            }
        }
        Iteration::merged(shape, operands, &axes)
    }

    /// The nest over the given axes of `shape` in the given order, neighbours merged where all operands allow.
    pub fn merged(shape: &[usize], operands: &[&[isize]], axes: &[usize]) -> Iteration {
        let mut out = Iteration { shape: SmallVec::new(), strides: operands.iter().map(|_| SmallVec::new()).collect() };
        if axes.iter().any(|&k| shape[k] == 0) {
            out.shape.push(0);
            out.strides.iter_mut().for_each(|s| s.push(0));
            return out;
        }
        for &k in axes {
            if shape[k] == 1 {
                continue;
            }
            let mergeable =
                !out.shape.is_empty() && operands.iter().zip(&out.strides).all(|(s, o)| o[o.len() - 1] == s[k] * shape[k] as isize);
            if mergeable {
                let last = out.shape.len() - 1;
                out.shape[last] *= shape[k];
                operands.iter().zip(&mut out.strides).for_each(|(s, o)| o[last] = s[k]);
            } else {
                out.shape.push(shape[k]);
                operands.iter().zip(&mut out.strides).for_each(|(s, o)| o.push(s[k]));
            }
        }
        if out.shape.is_empty() {
            out.shape.push(1);
            out.strides.iter_mut().for_each(|s| s.push(0));
        }
        out
    }

    /// Number of elements.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Whether axis `a` should lie outside axis `b`: its strides are larger for the first operand that can tell.
fn outer(operands: &[&[isize]], a: usize, b: usize) -> bool {
    for s in operands {
        let (x, y) = (s[a].unsigned_abs(), s[b].unsigned_abs());
        // A broadcast operand says nothing about the order.
        if x != y && x != 0 && y != 0 {
            return x > y;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contiguous_operands_become_one_axis() {
        let it = Iteration::sorted(&[2, 3, 4], &[&[48, 16, 4], &[48, 16, 4]]);
        assert_eq!((&it.shape[..], &it.strides[0][..]), (&[24][..], &[4][..]));
    }

    #[test]
    fn transposed_output_is_walked_in_its_order() {
        let it = Iteration::sorted(&[3, 2], &[&[4, 12]]);
        assert_eq!(it.shape[..], [6]);
        let it = Iteration::sorted(&[3, 2], &[&[4, 12], &[8, 4]]);
        assert_eq!((&it.shape[..], &it.strides[1][..]), (&[2, 3][..], &[4, 8][..]));
    }

    #[test]
    fn scalars_and_empties() {
        assert_eq!(Iteration::sorted(&[], &[&[]]).shape[..], [1]);
        assert_eq!(Iteration::sorted(&[3, 0], &[&[0, 4]]).shape[..], [0]);
    }
}
