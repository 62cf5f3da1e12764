//! The contract of lazy values, as far as Rust sees it: the same bits and the same aliasing as eager evaluation.

use cuprous_array::creation::{CreateOptions, arange, full, zeros};
use cuprous_array::engine::{ReduceOptions, UfuncOptions, apply, place};
use cuprous_array::{Array, DType, Device, Scalar, Slice, Weak};
use cuprous_ops::ufuncs::arithmetic::{ADD, MULTIPLY};
use std::sync::{Arc, Once};

/// Large enough to wait on the CPU.
const N: usize = 5000;

fn set_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        cuprous_core::backend::register(Arc::new(cuprous_cpu::CpuBackend::new()));
        place::set_default_device(Device::CPU).expect("the CPU is there");
    });
}

fn ramp(n: usize) -> Array {
    let a = arange(Weak::Int(0), Weak::Int(n as i128), Weak::Int(1), Some(DType::F32), CreateOptions::default()).expect("arange");
    a.force().expect("force");
    a
}

fn values(a: &Array) -> Vec<f32> {
    a.to_vec::<f32>().expect("values")
}

fn every(step: isize) -> [Slice; 1] {
    [Slice::Range(None, None, step)]
}

#[test]
fn chains_fuse_and_give_the_values() {
    set_up();
    let (x, y) = (ramp(N), ramp(N));
    let z = (&x * 2.0 + &y * 3.0) / (&x + &y + 1.0);
    assert!(z.is_pending());
    let want: Vec<f32> = (0..N).map(|i| i as f32).map(|v| (v * 2.0 + v * 3.0) / (v + v + 1.0)).collect();
    assert_eq!(values(&z), want);
    assert!(!z.is_pending());
}

#[test]
fn a_write_after_the_read_leaves_the_old_value_to_the_reader() {
    set_up();
    let x = ramp(N);
    let y = &x + 1.0;
    let z = &y * 2.0;
    // Rule 6: making the view computes y; z then reads its buffer, and a write to it computes z first.
    let v = y.slice(&every(2)).expect("view");
    v.assign(9.0.into()).expect("write");
    let want: Vec<f32> = (0..N).map(|i| (i as f32 + 1.0) * 2.0).collect();
    assert_eq!(values(&z), want);
    assert_eq!(values(&y)[..4], [9.0, 2.0, 9.0, 4.0]);
}

#[test]
fn a_write_to_an_input_computes_its_pending_readers() {
    set_up();
    let x = ramp(N);
    let y = &x + 1.0;
    let z = &y * &x;
    x.assign(0.0.into()).expect("write");
    assert_eq!(values(&y)[3], 4.0);
    assert_eq!(values(&z)[3], 12.0);
    assert_eq!(values(&x)[3], 0.0);
}

#[test]
fn overlapping_writes_read_before_they_write() {
    set_up();
    let a = ramp(N);
    let (head, tail) =
        (a.slice(&[Slice::Range(None, Some(-1), 1)]).expect("head"), a.slice(&[Slice::Range(Some(1), None, 1)]).expect("tail"));
    tail.assign((&(&head + 1.0)).into()).expect("write");
    let want: Vec<f32> = std::iter::once(0.0).chain((0..N - 1).map(|i| i as f32 + 1.0)).collect();
    assert_eq!(values(&a), want);
    let b = ramp(N);
    let reversed = b.slice(&every(-1)).expect("reversed");
    apply(&ADD, &[(&b).into(), (&reversed).into()], &UfuncOptions { out: Some(&b), ..Default::default() }).expect("add");
    assert!(values(&b).iter().all(|&v| v == (N - 1) as f32));
}

#[test]
fn reductions_take_pending_maps_and_give_the_same_bits() {
    set_up();
    let (a, b) = (ramp(N) / 7.0, ramp(N) / 3.0);
    let d = &a - &b;
    let squared = &d * &d;
    let fused = squared.sum(&ReduceOptions::default()).expect("sum");
    squared.force().expect("force");
    let stored = squared.sum(&ReduceOptions::default()).expect("sum");
    assert_eq!(fused.to_vec::<f32>().expect("value"), stored.to_vec::<f32>().expect("value"));
}

#[test]
fn a_value_dropped_unread_is_computed_at_the_flush() {
    set_up();
    let x = ramp(N);
    drop(&x + 1.0);
    place::synchronize(Device::CPU).expect("synchronize");
    let y = &x + 1.0;
    place::synchronize(Device::CPU).expect("synchronize");
    assert!(!y.is_pending());
}

#[test]
fn long_chains_neither_overflow_the_stack_nor_wait_for_ever() {
    set_up();
    let mut x = ramp(N);
    for _ in 0..5000 {
        x += 1.0;
    }
    assert_eq!(values(&x)[1], 5001.0);
    let mut pending = ramp(N);
    for _ in 0..900 {
        pending = &pending + 1.0;
    }
    drop(pending);
}

#[test]
fn broadcast_operands_and_masks() {
    set_up();
    let row = ramp(100);
    let column = ramp(60).reshape(&[60, 1]).expect("reshape");
    let sum = &(&row * 2.0) + &column;
    assert_eq!(sum.shape(), [60, 100]);
    assert_eq!(values(&sum)[100 * 3 + 7], 17.0);
    let target = zeros(&[60, 100], DType::F32, CreateOptions::default()).expect("zeros");
    let mask = cuprous_array::logic::greater(&sum, 100.0).expect("mask");
    apply(&MULTIPLY, &[(&sum).into(), 2.0.into()], &UfuncOptions { out: Some(&target), mask: Some(&mask), ..Default::default() })
        .expect("multiply");
    let want: Vec<f32> = values(&sum).iter().map(|&v| if v > 100.0 { v * 2.0 } else { 0.0 }).collect();
    assert_eq!(values(&target), want);
}

#[test]
fn errors_rise_at_the_call_in_numpys_words() {
    set_up();
    let (a, b) = (ramp(3), ramp(4));
    let e = cuprous_array::math::add(&a, &b).map(drop).map_err(|e| e.to_string());
    assert_eq!(e, Err("operands could not be broadcast together with shapes (3,) (4,) ".into()));
    let small = full(&[3], Scalar::from(1u8), CreateOptions::default()).expect("full");
    let e = cuprous_array::math::add(&small, 300).map(drop).map_err(|e| e.to_string());
    assert_eq!(e, Err("Python integer 300 out of bounds for uint8".into()));
}

#[test]
fn threads_share_inputs() {
    set_up();
    let x = ramp(N);
    let y = &x * 2.0;
    std::thread::scope(|s| {
        for k in 0..4 {
            let (x, y) = (&x, &y);
            s.spawn(move || {
                for _ in 0..50 {
                    let z = y + x + k as f32;
                    assert_eq!(values(&z)[10], 30.0 + k as f32);
                }
            });
        }
    });
}

#[test]
fn copies_are_read_in_their_sources_place() {
    set_up();
    let x = ramp(N);
    let copy = x.copy().expect("copy");
    let part = x.slice(&[Slice::Range(Some(100), None, 1)]).expect("view").copy().expect("copy");
    assert!(copy.is_pending() && part.is_pending());
    assert_eq!(values(&part)[0], 100.0);
    assert_eq!(values(&copy)[7], 7.0);
    assert!(copy.is_pending() && part.is_pending(), "nothing was computed for it");
    // They stay copies.
    x.assign(3.0.into()).expect("write");
    assert_eq!(values(&copy)[7], 7.0);
    assert_eq!(values(&part)[1], 101.0);
    assert!(!copy.is_pending() && !part.is_pending());
}
