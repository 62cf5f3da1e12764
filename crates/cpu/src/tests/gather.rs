//! Elements chosen along one axis: against plain loops, for every size of element and any number of threads.

use super::testing::{Dice, array, buffer, bytes, c_order, on, queue, whole};
use crate::{gather, scatter};
use cuprous_core::indexing::{IndexMode, IndexOperand, Indexed};
use cuprous_core::{DType, GatherSpec, Layout, Operand, ScatterSpec};
use smallvec::SmallVec;

fn line(n: usize, stride: isize, offset: usize) -> Layout {
    Layout { shape: SmallVec::from_slice(&[n]), strides: SmallVec::from_slice(&[stride]), offset }
}

/// Bytes that look random.
fn noise(dice: &mut Dice, n: usize) -> Vec<u8> {
    (0..n).map(|_| dice.below(256) as u8).collect()
}

/// An axis of `len` elements with gaps between them, walked forwards or backwards.
struct Axis {
    len: usize,
    item: usize,
    gap: usize,
    is_backwards: bool,
}

impl Axis {
    fn stride(&self) -> isize {
        let step = (self.gap * self.item) as isize;
        if self.is_backwards { -step } else { step }
    }

    fn first(&self) -> usize {
        if self.is_backwards { (self.len - 1) * self.gap * self.item } else { 0 }
    }

    /// Where an element lies; negative indices count from the end.
    fn place(&self, index: i64) -> usize {
        let k = if index < 0 { (index + self.len as i64) as usize } else { index as usize };
        self.first().wrapping_add_signed(k as isize * self.stride())
    }
}

fn each_case(mut f: impl FnMut(&mut Dice, DType, &Axis, &[i64], bool)) {
    let mut dice = Dice(3);
    for dtype in [DType::I8, DType::F16, DType::F32, DType::F64, DType::C128] {
        for n in [1, 2, 63, 64, 65, 511, 513, 3000] {
            let axis = Axis { len: 1 + dice.below(700), item: dtype.size(), gap: 1 + dice.below(2), is_backwards: dice.chance(30) };
            let indices: Vec<i64> = (0..n).map(|_| dice.below(2 * axis.len) as i64 - axis.len as i64).collect();
            let is_wide = dice.chance(50);
            f(&mut dice, dtype, &axis, &indices, is_wide);
        }
    }
}

/// The indices in memory, of 64 or 32 bits.
fn stored(indices: &[i64], is_wide: bool) -> (cuprous_core::Buffer, DType) {
    if is_wide { (array(indices), DType::I64) } else { (array(&indices.iter().map(|&i| i as i32).collect::<Vec<i32>>()), DType::I32) }
}

#[test]
fn reads_along_an_axis() {
    each_case(|dice, dtype, axis, indices, is_wide| {
        let (n, item) = (indices.len(), axis.item);
        let memory = noise(dice, axis.len * axis.gap * item);
        let (source, (values, index_dtype), queue) = (array(&memory), stored(indices, is_wide), queue());
        let (base, over, to) = (line(n, 0, axis.first()), c_order(&[n], index_dtype.size()), c_order(&[n], item));
        let run = |n_threads: usize, values: &cuprous_core::Buffer| {
            let operand = Operand::new(values, &over, index_dtype).unwrap_or_else(|e| panic!("{e}"));
            let index = [IndexOperand { values: operand, len: axis.len, stride: axis.stride(), axis: 0 }];
            let out = buffer(n * item);
            let source = Indexed::new(&source, &base, dtype, &index, IndexMode::Raise).unwrap_or_else(|e| panic!("{e}"));
            let spec = GatherSpec { source, out: whole(&out, &to, dtype), queue: &queue };
            gather::run(&on(n_threads), &spec).map(|()| bytes(&out)[..n * item].to_vec())
        };
        let want: Vec<u8> = indices.iter().flat_map(|&i| memory[axis.place(i)..axis.place(i) + item].to_vec()).collect();
        for n_threads in [1, 3] {
            assert!(run(n_threads, &values).is_ok_and(|got| got == want), "{dtype} {n} of {}", axis.len);
        }
        for wrong in [axis.len as i64, -(axis.len as i64) - 1, i64::from(i32::MIN)] {
            let mut bad = indices.to_vec();
            bad[dice.below(n)] = wrong;
            let error = run(2, &stored(&bad, is_wide).0).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(&format!("index {wrong} is out of bounds for axis 0 with size {}", axis.len)), "{error}");
        }
    });
}

#[test]
fn writes_along_an_axis() {
    each_case(|dice, dtype, axis, indices, is_wide| {
        let (n, item) = (indices.len(), axis.item);
        let memory = noise(dice, axis.len * axis.gap * item);
        let given = noise(dice, n * item);
        let queue = queue();
        // A value for each index, the same one for all, and values backwards.
        for (step, first) in [(item as isize, 0), (0, 0), (-(item as isize), (n - 1) * item)] {
            for n_threads in [1, 3] {
                let (target, source, (values, index_dtype)) = (array(&memory), array(&given), stored(indices, is_wide));
                let (base, over, from) = (line(n, 0, axis.first()), c_order(&[n], index_dtype.size()), line(n, step, first));
                let run = |values: &cuprous_core::Buffer| {
                    let operand = Operand::new(values, &over, index_dtype).unwrap_or_else(|e| panic!("{e}"));
                    let index = [IndexOperand { values: operand, len: axis.len, stride: axis.stride(), axis: 0 }];
                    let target = Indexed::new(&target, &base, dtype, &index, IndexMode::Raise).unwrap_or_else(|e| panic!("{e}"));
                    let values = Some(whole(&source, &from, dtype));
                    scatter::run(&on(n_threads), &ScatterSpec { target, values, combine: None, queue: &queue })
                };
                let mut bad = indices.to_vec();
                bad[dice.below(n)] = axis.len as i64;
                assert!(run(&stored(&bad, is_wide).0).is_err());
                assert!(bytes(&target)[..memory.len()] == memory, "something was written");
                assert!(run(&values).is_ok());
                let mut want = memory.clone();
                for (k, &i) in indices.iter().enumerate() {
                    let value = first.wrapping_add_signed(k as isize * step);
                    want[axis.place(i)..axis.place(i) + item].copy_from_slice(&given[value..value + item]);
                }
                assert!(bytes(&target)[..memory.len()] == want, "{dtype} {n} of {}, step {step}", axis.len);
            }
        }
    });
}
