//! Products of matrices against plain loops.

use crate::tests::testing::*;
use cuprous_core::{Buffer, DType, Layout, MatmulSpec, Scalar, c128, f16};

fn value(raw: &[u8], dtype: DType, at: usize) -> c128 {
    Scalar::from_bytes(dtype, &raw[at..at + dtype.size()]).to::<c128>()
}

/// A layout of `(..., rows, columns)` in C order, transposed, or padded.
fn operand(dice: &mut Dice, shape: &[usize], dtype: DType) -> (Buffer, Layout) {
    let item = dtype.size();
    let mut layout = c_order(shape, item);
    let (r, c) = (shape.len() - 2, shape.len() - 1);
    let mut size = layout.size() * item;
    match dice.below(3) {
        0 => {
            (layout.strides[r], layout.strides[c]) = (item as isize, (shape[r] * item) as isize);
        }
        1 => {
            // Rows with two elements of padding, products one after the other.
            let mut step = ((shape[c] + 2) * item) as isize;
            for k in (0..=r).rev() {
                layout.strides[k] = step;
                step *= shape[k] as isize;
            }
            size = step as usize;
        }
        _ => {}
    }
    (filled(dice, size, dtype), layout)
}

fn check(dice: &mut Dice, lead: &[usize], (m, n, k): (usize, usize, usize), dtype: DType) {
    let shape = |a: usize, b: usize| [lead, &[a, b]].concat();
    let (a, mut a_layout) = operand(dice, &shape(m, k), dtype);
    let (b, b_layout) = operand(dice, &shape(k, n), dtype);
    if !lead.is_empty() && dice.chance(30) {
        a_layout.strides[0] = 0;
    }
    let out_layout = c_order(&shape(m, n), dtype.size());
    let out = filled(dice, out_layout.size() * dtype.size(), dtype);
    let q = queue();
    let spec =
        MatmulSpec { a: whole(&a, &a_layout, dtype), b: whole(&b, &b_layout, dtype), out: whole(&out, &out_layout, dtype), queue: &q };
    crate::matmul::run(&on(1 + dice.below(3)), &spec).unwrap_or_else(|e| panic!("{e}"));
    let (x, y, z) = (bytes(&a), bytes(&b), bytes(&out));
    let tolerance = match dtype.real() {
        DType::F16 => 2e-3,
        DType::F32 => 2e-6,
        _ => 1e-14,
    };
    for index in indices(&shape(m, n)) {
        let (mut want, mut size) = (c128::default(), 0.0);
        for l in 0..k {
            let (mut i, mut j) = (index.clone(), index.clone());
            i[lead.len() + 1] = l;
            j[lead.len()] = l;
            let p = value(&x, dtype, offset(&a_layout, &i)) * value(&y, dtype, offset(&b_layout, &j));
            want += p;
            size += p.norm();
        }
        let got = value(&z, dtype, offset(&out_layout, &index));
        // Beyond float16's range the sum is infinite.
        if dtype != DType::F16 || size < 60_000.0 {
            assert!((got - want).norm() <= tolerance * size, "{got} {want} {lead:?} {m} {n} {k} {dtype}");
        }
    }
}

#[test]
fn products_of_all_dtypes() {
    let mut dice = Dice(21);
    for dtype in [DType::F16, DType::F32, DType::F64, DType::C64, DType::C128] {
        for (lead, sizes) in [
            (vec![], (1, 1, 1)),
            (vec![], (3, 5, 7)),
            (vec![], (100, 90, 80)),
            (vec![], (65, 1, 300)),
            (vec![], (1, 70, 300)),
            (vec![], (5, 6, 0)),
            (vec![], (0, 6, 2)),
            (vec![7], (4, 4, 4)),
            (vec![2, 3], (20, 30, 10)),
            (vec![0], (4, 4, 4)),
            (vec![2], (70, 70, 70)),
        ] {
            (0..3).for_each(|_| check(&mut dice, &lead, sizes, dtype));
        }
    }
}

#[test]
fn integers_wrap_and_truths_combine() {
    let mut dice = Dice(23);
    for dtype in [DType::Bool, DType::I8, DType::U8, DType::I16, DType::U16, DType::I32, DType::U32, DType::I64, DType::U64] {
        for (lead, (m, n, k)) in [
            (vec![], (1, 1, 1)),
            (vec![], (3, 5, 7)),
            (vec![], (130, 70, 67)),
            (vec![], (65, 1, 300)),
            (vec![], (1, 70, 300)),
            (vec![], (1, 1, 9000)),
            (vec![], (5, 6, 0)),
            (vec![], (300, 20, 9)),
            (vec![7], (4, 4, 4)),
            (vec![2, 3], (20, 30, 10)),
        ] {
            let shape = |a: usize, b: usize| [&lead[..], &[a, b]].concat();
            let (a, a_layout) = operand(&mut dice, &shape(m, k), dtype);
            let (b, b_layout) = operand(&mut dice, &shape(k, n), dtype);
            let out_layout = c_order(&shape(m, n), dtype.size());
            let out = filled(&mut dice, out_layout.size() * dtype.size(), dtype);
            let q = queue();
            let spec = MatmulSpec {
                a: whole(&a, &a_layout, dtype),
                b: whole(&b, &b_layout, dtype),
                out: whole(&out, &out_layout, dtype),
                queue: &q,
            };
            crate::matmul::run(&on(1 + dice.below(3)), &spec).unwrap_or_else(|e| panic!("{e}"));
            let (x, y, z) = (bytes(&a), bytes(&b), bytes(&out));
            let word = |raw: &[u8], at: usize| {
                let mut word = [0; 8];
                word[..dtype.size()].copy_from_slice(&raw[at..at + dtype.size()]);
                u64::from_ne_bytes(word)
            };
            for index in indices(&shape(m, n)) {
                let mut want = 0_u64;
                for l in 0..k {
                    let (mut i, mut j) = (index.clone(), index.clone());
                    i[lead.len() + 1] = l;
                    j[lead.len()] = l;
                    let (x, y) = (word(&x, offset(&a_layout, &i)), word(&y, offset(&b_layout, &j)));
                    want = if dtype == DType::Bool { want | (x & y) } else { want.wrapping_add(x.wrapping_mul(y)) };
                }
                let kept = if dtype.size() == 8 { u64::MAX } else { (1 << (8 * dtype.size())) - 1 };
                assert_eq!(word(&z, offset(&out_layout, &index)), want & kept, "{lead:?} {m} {n} {k} {dtype} at {index:?}");
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    let mut dice = Dice(24);
    for dtype in [DType::F16, DType::F32, DType::C128] {
        for (lead, (m, n, k)) in [(vec![], (301, 403, 203)), (vec![9], (70, 30, 50)), (vec![2], (300, 200, 150))] {
            let shape = |a: usize, b: usize| [&lead[..], &[a, b]].concat();
            let (a, a_layout) = operand(&mut dice, &shape(m, k), dtype);
            let (b, b_layout) = operand(&mut dice, &shape(k, n), dtype);
            let out_layout = c_order(&shape(m, n), dtype.size());
            let q = queue();
            let on_threads = |n_threads: usize| {
                let out = buffer(out_layout.size() * dtype.size());
                let spec = MatmulSpec {
                    a: whole(&a, &a_layout, dtype),
                    b: whole(&b, &b_layout, dtype),
                    out: whole(&out, &out_layout, dtype),
                    queue: &q,
                };
                crate::matmul::run(&on(n_threads), &spec).unwrap_or_else(|e| panic!("{e}"));
                bytes(&out)
            };
            let first = on_threads(1);
            assert!([2, 3, 7].iter().all(|&n| on_threads(n) == first), "{lead:?} {m} {n} {k} {dtype}");
        }
    }
}

#[test]
fn unaligned_operands_are_copied() {
    let raw: Vec<u8> = [0u8].into_iter().chain([1.0f32, 2.0, 3.0, 4.0].iter().flat_map(|x| x.to_ne_bytes())).collect();
    let (a, layout) = (array(&raw), Layout { offset: 1, ..c_order(&[2, 2], 4) });
    let out = buffer(17);
    let q = queue();
    let f = DType::F32;
    let spec = MatmulSpec { a: whole(&a, &layout, f), b: whole(&a, &layout, f), out: whole(&out, &layout, f), queue: &q };
    crate::matmul::run(&on(1), &spec).unwrap_or_else(|e| panic!("{e}"));
    let got: Vec<f32> = bytes(&out)[1..].chunks_exact(4).map(|c| f32::from_ne_bytes([c[0], c[1], c[2], c[3]])).collect();
    assert_eq!(got, [7.0, 10.0, 15.0, 22.0]);
}

#[test]
fn wrong_operands_are_errors() {
    let (a, q) = (array(&[f16::ZERO; 16]), queue());
    let (two, three) = (c_order(&[2, 2], 2), c_order(&[2, 3], 2));
    let spec =
        |b, dtype| MatmulSpec { a: whole(&a, &two, DType::F16), b: whole(&a, b, dtype), out: whole(&a, &two, DType::F16), queue: &q };
    assert!(crate::matmul::run(&on(1), &spec(&three, DType::F16)).is_err());
    assert!(crate::matmul::run(&on(1), &spec(&two, DType::I16)).is_err());
}
