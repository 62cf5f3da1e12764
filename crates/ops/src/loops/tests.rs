//! A result's bits depend on its operands alone: not on the place of an element, the strides, the number of elements or
//! the processor.

use cuprous_core::{DType, LoopDef, f16};
use std::cell::Cell;

/// Which versions of the loops may run.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub enum Allowed {
    Baseline,
    Avx2,
    All,
}

thread_local! {
    pub static ALLOWED: Cell<Allowed> = const { Cell::new(Allowed::All) };
}

/// So many elements that there are whole stretches and chunks, and parts of them.
const N: usize = super::STRETCH + super::CHUNK + 37;

/// Numbers of all kinds, as bits of a float with `bits` bits; `seed` chooses their order.
fn numbers(dtype: DType, seed: u64) -> Vec<u64> {
    const SPECIAL: [f64; 24] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        0.5,
        -0.5,
        2.0,
        -2.0,
        3.0,
        0.1,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        1e-310,
        5e-324,
        1e-40,
        1e-8,
        88.8,
        709.8,
        -745.2,
        1e5,
        1e15,
        1e300,
        -1e300,
    ];
    let mut state = seed;
    (0..N)
        .map(|i| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let random = state >> 11;
            let x = match random % 4 {
                0 => SPECIAL[(random / 4) as usize % SPECIAL.len()],
                1 => f64::from_bits(state.rotate_left(17)),
                _ => (random as f64 / (1u64 << 53) as f64 - 0.5) * [1.0, 4.0, 50.0, 1000.0][i % 4],
            };
            match dtype {
                DType::F16 => f16::from_f64(x).to_bits() as u64,
                DType::F32 => (x as f32).to_bits() as u64,
                _ => x.to_bits(),
            }
        })
        .collect()
}

fn packed(values: &[u64], size: usize, stride: usize) -> Vec<u8> {
    let mut bytes = vec![0; (values.len() * stride).max(size)];
    for (i, v) in values.iter().enumerate() {
        bytes[i * stride..i * stride + size].copy_from_slice(&v.to_le_bytes()[..size]);
    }
    bytes
}

/// Runs a loop on columns of bits, with `stride` elements between neighbours, and gives its results' bits.
fn run(row: &LoopDef, columns: &[Vec<u64>], range: std::ops::Range<usize>, stride: usize) -> Vec<u64> {
    let size = row.ins[0].size();
    let mut buffers: Vec<Vec<u8>> = columns.iter().map(|c| packed(&c[range.clone()], size, stride * size)).collect();
    let out = row.outs[0].size();
    buffers.push(vec![0; range.len() * stride * out]);
    let pointers: Vec<*mut u8> = buffers.iter_mut().map(|b| b.as_mut_ptr()).collect();
    let strides: Vec<isize> = row.ins.iter().chain(row.outs).map(|d| (d.size() * stride) as isize).collect();
    // SAFETY: the buffers have room for so many elements at these strides.
    unsafe { (row.cpu)(pointers.as_ptr(), strides.as_ptr(), range.len()) };
    let results = &buffers[columns.len()];
    (0..range.len())
        .map(|i| {
            let mut bytes = [0; 8];
            bytes[..out].copy_from_slice(&results[i * stride * out..i * stride * out + out]);
            let bits = u64::from_le_bytes(bytes);
            // Which NaN it is says nothing.
            let is_nan = match row.outs[0] {
                DType::F16 => f16::from_bits(bits as u16).is_nan(),
                DType::F32 => f32::from_bits(bits as u32).is_nan(),
                _ => f64::from_bits(bits).is_nan(),
            };
            if is_nan { u64::MAX } else { bits }
        })
        .collect()
}

#[test]
fn bits_depend_on_the_operands_alone() {
    let is_float = |d: &DType| matches!(d, DType::F16 | DType::F32 | DType::F64);
    let mut n_rows = 0;
    for row in crate::all_ufuncs().flat_map(|u| u.loops) {
        if !row.ins.iter().all(|d| is_float(d) && *d == row.ins[0]) || row.outs.len() != 1 || !is_float(&row.outs[0]) {
            continue;
        }
        n_rows += 1;
        let columns: Vec<Vec<u64>> = (0..row.ins.len()).map(|k| numbers(row.ins[0], 7 + k as u64)).collect();
        let whole = run(row, &columns, 0..N, 1);
        let check = |found: &[u64], first: usize, how: &str| {
            for (i, bits) in found.iter().enumerate() {
                let of: Vec<u64> = columns.iter().map(|c| c[first + i]).collect();
                assert_eq!(*bits, whole[first + i], "{} of {}, {how}, element {} of bits {of:x?}", row.op, row.ins[0], first + i);
            }
        };
        check(&run(row, &columns, 0..N, 3), 0, "strided");
        for (first, end) in [(1, N), (5, 12), (255, 258), (100, 117)] {
            check(&run(row, &columns, first..end, 1), first, "in part");
        }
        for i in 0..N {
            check(&run(row, &columns, i..i + 1, 1), i, "alone");
        }
        for allowed in [Allowed::Baseline, Allowed::Avx2] {
            ALLOWED.set(allowed);
            check(&run(row, &columns, 0..N, 1), 0, "another version");
            ALLOWED.set(Allowed::All);
        }
    }
    assert!(n_rows > 100, "{n_rows} rows");
}
