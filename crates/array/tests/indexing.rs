//! Indexing from Rust: reading, writing and `ufunc.at`.

use cuprous_array::indexing::{self, Index};
use cuprous_array::{Array, DType, ErrorKind, Input, Result, Slice};
use cuprous_ops::ufuncs::arithmetic::{ADD, DIVMOD, MAXIMUM, MULTIPLY, NEGATIVE, SUBTRACT};
use cuprous_ops::ufuncs::comparison::LESS;
use std::sync::{Arc, Once};

fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| cuprous_core::backend::register(Arc::new(cuprous_cpu::CpuBackend::with_threads(3))));
}

fn places(values: &[i64]) -> Result<Index> {
    Array::from_slice(values, &[values.len()]).map(Index::Array)
}

fn text<T>(result: Result<T>) -> String {
    result.err().map_or_else(String::new, |e| e.to_string())
}

#[test]
fn elements_that_are_selected_twice_take_part_twice() -> Result<()> {
    init();
    let a = Array::from_slice(&[1_i32, 2, 3, 4], &[4])?;
    let values = Array::from_slice(&[10_i32, 20, 30, 40], &[4])?;
    indexing::at(&ADD, &a, &[places(&[0, 0, -1, 0])?], Some((&values).into()))?;
    assert_eq!(a.to_vec::<i32>()?, [71, 2, 3, 34]);
    // One after the other: 71 * 2 * 2, and signs that change twice.
    indexing::at(&MULTIPLY, &a, &[places(&[0, 0])?], Some(Input::from(2_i64)))?;
    indexing::at(&NEGATIVE, &a, &[places(&[1, 1, 2])?], None)?;
    assert_eq!(a.to_vec::<i32>()?, [284, 2, -3, 34]);
    Ok(())
}

#[test]
fn order_is_that_of_the_indices_however_many() -> Result<()> {
    init();
    // Division rounds, so another order of the values of an element gives another number.
    let n = 50_000_i64;
    let index: Vec<i64> = (0..n).map(|k| (k * k + 7 * k) % 613).collect();
    let values: Vec<f32> = (0..n).map(|k| 0.5 + (k % 97) as f32 / 64.0).collect();
    for width in [1, 3, 20] {
        let mut want = vec![1_f32; 613 * width];
        for (&i, &v) in index.iter().zip(&values) {
            want[i as usize * width..][..width].iter_mut().for_each(|x| *x *= v);
        }
        let a = Array::from_slice(&vec![1_f32; 613 * width], &[613, width])?;
        let v = Array::from_slice(&values, &[values.len(), 1])?;
        indexing::at(&MULTIPLY, &a, &[places(&index)?], Some((&v).into()))?;
        assert_eq!(a.to_vec::<f32>()?, want, "{width}");
        // Half the digits, computed in the wider dtype and rounded each time.
        let half = Array::from_slice(&vec![1_f32; 613 * width], &[613, width])?.astype(DType::F16)?;
        indexing::at(&MULTIPLY, &half, &[places(&index)?], Some((&v).into()))?;
        let mut want = vec![cuprous_array::f16::ONE; 613 * width];
        for (&i, &v) in index.iter().zip(&values) {
            want[i as usize * width..][..width].iter_mut().for_each(|x| *x = cuprous_array::f16::from_f32(x.to_f32() * v));
        }
        assert_eq!(half.to_vec::<cuprous_array::f16>()?, want, "{width}");
    }
    Ok(())
}

#[test]
fn results_are_cast_back() -> Result<()> {
    init();
    let a = Array::from_slice(&[1_u8, 2, 3], &[3])?;
    indexing::at(&ADD, &a, &[places(&[0, 0])?], Some(Input::from(0.75_f64)))?;
    indexing::at(&MAXIMUM, &a, &[places(&[1])?], Some(Input::from(300_i64)))?;
    indexing::at(&LESS, &a, &[places(&[2])?], Some(Input::from(9_i64)))?;
    assert_eq!(a.to_vec::<u8>()?, [1, 44, 1]);
    let all = [Index::Slice(Slice::Range(None, None, -1))];
    indexing::at(&SUBTRACT, &a, &all, Some((&Array::from_slice(&[1_i64, 2, 3], &[3])?).into()))?;
    assert_eq!(a.to_vec::<u8>()?, [254, 42, 0]);
    Ok(())
}

#[test]
fn what_cannot_be_is_told() -> Result<()> {
    init();
    let a = Array::from_slice(&[1.0_f64, 2.0], &[2])?;
    let one = || Some(Input::from(1.0_f64));
    assert_eq!(text(indexing::at(&ADD, &a, &[places(&[2])?], one())), "index 2 is out of bounds for axis 0 with size 2");
    assert_eq!(text(indexing::at(&ADD, &a, &[places(&[0])?], None)), "second operand needed for ufunc");
    assert_eq!(text(indexing::at(&NEGATIVE, &a, &[places(&[0])?], one())), "second operand provided when ufunc is unary");
    assert_eq!(text(indexing::at(&DIVMOD, &a, &[places(&[0])?], one())), "Only single output ufuncs supported at this time");
    let three = Array::from_slice(&[1.0_f64; 3], &[3])?;
    assert_eq!(text(indexing::at(&ADD, &a, &[places(&[0, 1])?], Some((&three).into()))), "array is not broadcastable to correct shape");
    assert_eq!(a.to_vec::<f64>()?, [1.0, 2.0]);
    let e = indexing::get(&a, &[Index::Array(three)]).err().map(|e| e.kind());
    assert_eq!(e, Some(ErrorKind::Index));
    Ok(())
}

#[test]
fn nothing_is_written_before_all_indices_are_known_to_be_good() -> Result<()> {
    init();
    let a = Array::from_slice(&[0_i32; 2000], &[2000])?;
    let mut index: Vec<i64> = (0..2000).collect();
    index[1999] = 2000;
    assert!(indexing::set(&a, &[places(&index)?], Input::from(1_i64)).is_err());
    assert!(indexing::at(&ADD, &a, &[places(&index)?], Some(Input::from(1_i64))).is_err());
    assert_eq!(a.to_vec::<i32>()?, [0; 2000]);
    Ok(())
}

#[test]
fn places_of_true_elements() -> Result<()> {
    init();
    for n in [0, 1, 15, 16, 17, 4095, 4096, 4097, 300_001] {
        for modulus in [1, 2, 7, 5000] {
            let truth: Vec<bool> = (0..n).map(|k| k % modulus == modulus - 1).collect();
            let want: Vec<i64> = (0..n as i64).filter(|&k| truth[k as usize]).collect();
            let found = indexing::flat_nonzero(&Array::from_slice(&truth, &[n])?)?;
            assert_eq!(found.to_vec::<i64>()?, want, "{n} {modulus}");
        }
    }
    Ok(())
}
