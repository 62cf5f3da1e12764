//! The two backends against each other: every row, on every layout, with the same data.
//!
//! Reports itself as skipped where there is no GPU.

use cuprous_array::creation::{CreateOptions, arange};
use cuprous_array::engine::{Input, ReduceOptions, UfuncOptions, apply, place, reduce, scan};
use cuprous_array::random::Generator;
use cuprous_array::{Array, DType, Device, Result, Scalar, Slice, Weak};
use cuprous_core::backend::{Backend, Distribution};
use cuprous_core::op::Domain;
use cuprous_core::{Kind, UfuncDef};
use std::sync::{Arc, OnceLock};

const GPU: Device = Device::cuda(0);

/// Whether there is a GPU; says so once if not.
fn gpu() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        cuprous_core::backend::register(Arc::new(cuprous_cpu::CpuBackend::new()));
        let cuda = cuprous_cuda::CudaBackend::new();
        let found = cuda.n_devices() > 0;
        cuprous_core::backend::register(Arc::new(cuda));
        place::set_default_device(Device::CPU).expect("the CPU is there");
        if !found {
            eprintln!("skipped: no GPU, the backends were not compared");
        }
        found
    })
}

/// Numbers of a small generator: the same on every run.
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) ^ (self.0 >> 11)
    }

    fn element(&mut self, dtype: DType, domain: Domain) -> Scalar {
        let unit = (self.bits() % 100_000) as f64 / 100_000.0;
        let special = self.bits() % 16;
        let real = match domain {
            Domain::Positive => unit * 50.0 + 1e-3,
            Domain::Moderate => unit * 20.0 - 10.0,
            Domain::SmallInt => (unit * 5.0).floor(),
            Domain::Any => match special {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                3 => -0.0,
                4 => 0.0,
                _ => (unit - 0.5) * 1000.0,
            },
        };
        match dtype.kind() {
            Kind::Complex => {
                let im = if domain == Domain::SmallInt { 0.0 } else { (self.bits() % 1000) as f64 / 100.0 - 5.0 };
                Scalar::from(cuprous_core::c128::new(real, im)).cast(dtype)
            }
            Kind::Float => Scalar::from(real).cast(dtype),
            Kind::Bool => Scalar::from(self.bits().is_multiple_of(2)),
            _ if domain == Domain::Any => Scalar::from(self.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15)).cast(dtype),
            _ => Scalar::from(real.abs() as i64).cast(dtype),
        }
    }

    fn bytes(&mut self, dtype: DType, n: usize, domain: Domain) -> Vec<u8> {
        (0..n).flat_map(|_| self.element(dtype, domain).bytes().to_vec()).collect()
    }
}

/// The layouts that rows meet: shape of the data, and the view made of it.
type View = fn(&Array) -> Result<Array>;
const LAYOUTS: &[(&str, &[usize], View)] = &[
    ("contiguous", &[1003], |a| Ok(a.clone())),
    ("every third", &[3000], |a| a.slice(&[Slice::Range(None, None, 3)])),
    ("reversed", &[501], |a| a.slice(&[Slice::Range(None, None, -1)])),
    ("matrix", &[37, 41], |a| Ok(a.clone())),
    ("transposed", &[41, 37], |a| a.t()),
    ("inner cut", &[37, 64], |a| a.slice(&[Slice::Ellipsis, Slice::Range(Some(1), Some(42), 1)])),
    ("three axes", &[7, 11, 13], |a| a.permute(&[1, 2, 0])),
    ("one", &[], |a| Ok(a.clone())),
    ("none", &[0, 5], |a| Ok(a.clone())),
];

fn both(dtype: DType, shape: &[usize], bytes: &[u8], view: View) -> (Array, Array) {
    let make = |device| Array::from_bytes(bytes, dtype, shape, device).and_then(|a| view(&a)).expect("array");
    (make(Device::CPU), make(GPU))
}

fn elements(a: &Array) -> Vec<u8> {
    let mut bytes = vec![0; a.size() * a.dtype().size()];
    a.read_bytes(&mut bytes).expect("read");
    bytes
}

/// A float as an integer whose differences count units in the last place.
fn ordered(x: f64, dtype: DType) -> i64 {
    let bits = match dtype {
        DType::F16 => (cuprous_core::f16::from_f64(x).to_bits() as i16) as i64,
        DType::F32 => (x as f32).to_bits() as i32 as i64,
        _ => x.to_bits() as i64,
    };
    if bits < 0 {
        (if dtype == DType::F16 {
            i16::MIN as i64
        } else if dtype == DType::F32 {
            i32::MIN as i64
        } else {
            i64::MIN
        }) - bits
    } else {
        bits
    }
}

fn parts(bytes: &[u8], dtype: DType) -> Vec<f64> {
    let real = dtype.real();
    bytes.chunks_exact(real.size()).map(|b| Scalar::from_bytes(real, b).to::<f64>()).collect()
}

/// Compares two results; `ulp` 0 asks for the same bits, NaN for NaN.
fn compare(what: &str, dtype: DType, cpu: &[u8], gpu: &[u8], ulp: u32) -> Option<String> {
    if cpu == gpu {
        return None;
    }
    if !dtype.is_inexact() {
        let at = cpu.iter().zip(gpu).position(|(a, b)| a != b).unwrap_or(0) / dtype.size();
        return Some(format!("{what}: element {at} differs"));
    }
    let (a, b) = (parts(cpu, dtype), parts(gpu, dtype));
    let per = if dtype.kind() == Kind::Complex { 2 } else { 1 };
    for k in 0..a.len() {
        // Of several complex numbers with a NaN either may come out of a maximum.
        let any_nan = |v: &[f64]| (0..per).any(|j| v[k / per * per + j].is_nan());
        if any_nan(&a) && any_nan(&b) {
            continue;
        }
        let apart = ordered(a[k], dtype.real()).abs_diff(ordered(b[k], dtype.real()));
        // A part of a complex number is right relative to the whole number.
        let whole = (0..per).map(|j| a[k / per * per + j].abs()).fold(0.0, f64::max);
        let epsilon = if dtype.real().size() == 8 { f64::EPSILON } else { f32::EPSILON as f64 };
        let near = per == 2 && (a[k] - b[k]).abs() <= 2.0 * ulp as f64 * epsilon * whole;
        if apart > ulp as u64 && !near {
            return Some(format!("{what}: element {} is {} on the CPU, {} on the GPU, {apart} ulp apart", k / per, a[k], b[k]));
        }
    }
    None
}

fn report(failures: Vec<String>) {
    assert!(failures.is_empty(), "{} differences, the first: {:#?}", failures.len(), &failures[..failures.len().min(40)]);
}

fn run_row(def: &'static UfuncDef, inputs: &[Array]) -> Result<Vec<u8>> {
    let inputs: Vec<Input> = inputs.iter().map(Input::Array).collect();
    apply(def, &inputs, &UfuncOptions::default()).map(|a| elements(&a))
}

#[test]
fn every_row_on_every_layout() {
    if !gpu() {
        return;
    }
    let mut failures = Vec::new();
    let mut draw = Draw(1);
    for def in cuprous_ops::all_ufuncs() {
        for row in def.loops {
            for (name, shape, view) in LAYOUTS {
                let n = shape.iter().product();
                let (mut cpu, mut gpu) = (Vec::new(), Vec::new());
                for (k, &dtype) in row.ins.iter().enumerate() {
                    let bytes = draw.bytes(dtype, n, def.test.domain[k]);
                    let (a, b) = both(dtype, shape, &bytes, *view);
                    cpu.push(a);
                    gpu.push(b);
                }
                let what = format!("{row:?} {name}");
                match (run_row(def, &cpu), run_row(def, &gpu)) {
                    // Complex functions are composed of library functions, each with an error of its own on each device.
                    (Ok(a), Ok(b)) => {
                        let is_complex = row.ins.iter().any(|d| d.kind() == Kind::Complex);
                        failures.extend(compare(&what, row.outs[0], &a, &b, def.test.ulp.max(if is_complex { 4 } else { 0 })));
                    }
                    (a, b) => failures.push(format!("{what}: {:?} and {:?}", a.err(), b.err())),
                }
            }
        }
    }
    report(failures);
}

#[test]
fn every_cast() {
    if !gpu() {
        return;
    }
    let mut failures = Vec::new();
    let mut draw = Draw(2);
    for &from in DType::ALL {
        let bytes = draw.bytes(from, 999, Domain::Any);
        for (name, view) in [("contiguous", LAYOUTS[0].2), ("reversed", LAYOUTS[2].2)] {
            let (a, b) = both(from, &[999], &bytes, view);
            for &to in DType::ALL {
                let (x, y) = (a.astype(to).expect("cast"), b.astype(to).expect("cast"));
                failures.extend(compare(&format!("{from} to {to} {name}"), to, &elements(&x), &elements(&y), 0));
            }
        }
    }
    report(failures);
}

#[test]
fn broadcasts_scalars_masks_and_writes_in_place() {
    if !gpu() {
        return;
    }
    let run = |device: Device| -> Vec<Vec<u8>> {
        let options = CreateOptions { device: Some(device), ..Default::default() };
        let line = |n: i128| arange(Weak::Int(0), Weak::Int(n), Weak::Int(1), Some(DType::F32), options).expect("arange");
        let (row, column) = (line(64), line(50).reshape(&[50, 1]).expect("reshape"));
        let sum = &(&row * 2.0) + &column;
        let chain = (&sum * 2.0 + &column * 3.0) / (&sum + &row + 1.0);
        let mask = cuprous_array::logic::greater(&chain, 1.5).expect("mask");
        let target = sum.copy().expect("copy");
        apply(
            &cuprous_ops::ufuncs::arithmetic::MULTIPLY,
            &[(&sum).into(), 3.0.into()],
            &UfuncOptions { out: Some(&target), mask: Some(&mask), ..Default::default() },
        )
        .expect("masked");
        let shifted = line(5000);
        let (head, tail) = (
            shifted.slice(&[Slice::Range(None, Some(-1), 1)]).expect("head"),
            shifted.slice(&[Slice::Range(Some(1), None, 1)]).expect("tail"),
        );
        tail.assign((&(&head + 1.0)).into()).expect("shifted");
        let in_place = line(4001);
        apply(
            &cuprous_ops::ufuncs::arithmetic::ADD,
            &[(&in_place).into(), (&in_place).into()],
            &UfuncOptions { out: Some(&in_place), ..Default::default() },
        )
        .expect("in place");
        // Held intermediates become further outputs of one kernel.
        let (x, y) = (line(3001), line(3001));
        let (s, d) = (&x + &y, &x - 2.0);
        let p = &s * &d + &s;
        place::synchronize(device).expect("flush");
        [chain, mask, target, shifted, in_place, s, d, p].iter().map(elements).collect()
    };
    assert_eq!(run(Device::CPU), run(GPU));
}

#[test]
fn every_reduction_over_every_axis() {
    if !gpu() {
        return;
    }
    let shapes: &[&[usize]] =
        &[&[5], &[1000], &[100_003], &[3, 1000], &[1000, 3], &[300, 257], &[7, 11, 13], &[2000, 1], &[40, 5000], &[5000, 40], &[0, 4], &[]];
    let mut failures = Vec::new();
    let mut draw = Draw(3);
    for def in cuprous_ops::all_reductions() {
        for row in def.rows {
            for shape in shapes {
                let n: usize = shape.iter().product();
                if n > 10_000 && !matches!(row.input, DType::F32 | DType::I64 | DType::Bool | DType::C64) {
                    continue;
                }
                let sums = row.output.is_inexact() && def.test.ulp > 0;
                let domain = if sums { Domain::Positive } else { Domain::Any };
                let bytes = if def.name == "prod" && sums {
                    (0..n).flat_map(|k| Scalar::from(1.0 + (k % 3) as f64 * 1e-4).cast(row.input).bytes().to_vec()).collect()
                } else {
                    draw.bytes(row.input, n, domain)
                };
                for transposed in [false, true] {
                    if transposed && shape.len() < 2 {
                        continue;
                    }
                    let (a, b) = both(row.input, shape, &bytes, if transposed { |a| a.t() } else { |a| Ok(a.clone()) });
                    let mut axes: Vec<Option<Vec<isize>>> = vec![None];
                    axes.extend((0..shape.len() as isize).map(|k| Some(vec![k])));
                    if shape.len() == 3 && !row.indexed {
                        axes.extend([Some(vec![0, 2]), Some(vec![1, 2]), Some(vec![0, 1])]);
                    }
                    for axes in axes {
                        let options = ReduceOptions { axes: axes.as_deref(), ..Default::default() };
                        let what = format!("{} of {} {shape:?} transposed {transposed} over {axes:?}", row.op, row.input);
                        let outcome = |x: &Array| reduce(def, x, &options).map(|r| elements(&r)).map_err(|e| e.to_string());
                        match (outcome(&a), outcome(&b)) {
                            (Ok(x), Ok(y)) => {
                                // Both orders of a sum are exact to the logarithm of the length; a product's factors each round once.
                                let rounds = if def.name == "prod" { n as u32 } else { (n.max(2) as f64).log2() as u32 * 2 };
                                let ulp = if sums { 4 + rounds } else { def.test.ulp };
                                failures.extend(compare(&what, row.output, &x, &y, ulp));
                            }
                            (Err(x), Err(y)) if x == y => {}
                            (x, y) => failures.push(format!("{what}: {:?} and {:?}", x.err(), y.err())),
                        }
                        let again = outcome(&b);
                        if again != outcome(&b) {
                            failures.push(format!("{what}: two runs differ"));
                        }
                    }
                }
            }
        }
    }
    report(failures);
}

#[test]
fn fused_reductions_have_the_bits_of_stored_ones() {
    if !gpu() {
        return;
    }
    let mut draw = Draw(4);
    for shape in [vec![70_001], vec![300, 257], vec![1000, 3]] {
        let n = shape.iter().product();
        let bytes = draw.bytes(DType::F32, n, Domain::Moderate);
        let a = Array::from_bytes(&bytes, DType::F32, &shape, GPU).expect("array");
        for axis in 0..shape.len() as isize {
            let options = ReduceOptions { axes: Some(&[axis]), ..Default::default() };
            let fused = (&a * &a).sum(&options).expect("sum");
            let stored = &a * &a;
            stored.force().expect("force");
            assert_eq!(elements(&fused), elements(&stored.sum(&options).expect("sum")), "{shape:?} over {axis}");
        }
    }
}

#[test]
fn every_scan() {
    if !gpu() {
        return;
    }
    let mut failures = Vec::new();
    let mut draw = Draw(5);
    for def in cuprous_ops::all_scans() {
        for row in def.rows {
            for shape in [vec![7], vec![1000], vec![100_003], vec![300, 257], vec![3, 5000], vec![5000, 3], vec![7, 11, 13]] {
                let n: usize = shape.iter().product();
                // Products of floats would overflow at places that depend on the order.
                let bytes: Vec<u8> = if def.name == "cumprod" && row.output.is_inexact() {
                    (0..n).flat_map(|k| Scalar::from(1.0 + (k % 3) as f64 * 1e-4 - 1e-4).cast(row.input).bytes().to_vec()).collect()
                } else {
                    draw.bytes(row.input, n, Domain::Positive)
                };
                let (a, b) = both(row.input, &shape, &bytes, |a| Ok(a.clone()));
                for axis in 0..shape.len() as isize {
                    let outcome = |x: &Array| scan(def, x, Some(axis), None).map(|r| elements(&r)).expect("scan");
                    // Errors of a product add up, where those of a sum of positive numbers average out.
                    let steps = shape[axis as usize] as u32;
                    let ulp = if !row.output.is_inexact() { 0 } else { 8 + if def.name == "cumprod" { steps } else { steps / 8 } };
                    failures.extend(compare(
                        &format!("{} of {} {shape:?} over {axis}", row.op, row.input),
                        row.output,
                        &outcome(&a),
                        &outcome(&b),
                        ulp,
                    ));
                }
            }
        }
    }
    report(failures);
}

#[test]
fn random_numbers_are_the_same() {
    if !gpu() {
        return;
    }
    for dtype in [DType::F32, DType::F64] {
        for n in [1, 2, 3, 5, 1000, 100_003] {
            let draw = |device, distribution| {
                let g = Generator::new(12345);
                let options = CreateOptions { device: Some(device), ..Default::default() };
                let first = g.draw(distribution, &[n], dtype, options).expect("draw");
                let second = g.draw(distribution, &[n], dtype, options).expect("draw");
                [elements(&first), elements(&second)].concat()
            };
            assert_eq!(draw(Device::CPU, Distribution::Uniform), draw(GPU, Distribution::Uniform), "{dtype} {n}");
            let (a, b) = (parts(&draw(Device::CPU, Distribution::Normal), dtype), parts(&draw(GPU, Distribution::Normal), dtype));
            let bound = if dtype == DType::F32 { 1e-5 } else { 1e-13 };
            assert!(a.iter().zip(&b).all(|(x, y)| (x - y).abs() <= bound * (1.0 + x.abs())), "{dtype} {n}");
        }
    }
}

#[test]
fn products_of_matrices() {
    if !gpu() {
        return;
    }
    let mut draw = Draw(6);
    for dtype in [DType::F16, DType::F32, DType::F64, DType::C64, DType::C128] {
        for (m, k, n) in [(1, 1, 1), (3, 5, 7), (64, 32, 48), (100, 1, 9), (33, 100, 1)] {
            let (x, y) = (draw.bytes(dtype, m * k, Domain::Moderate), draw.bytes(dtype, k * n, Domain::Moderate));
            for view in [LAYOUTS[0].2, LAYOUTS[4].2] {
                let ((a, ga), (b, gb)) = (both(dtype, &[m, k], &x, |a| Ok(a.clone())), both(dtype, &[k, n], &y, |a| Ok(a.clone())));
                // Transposed twice is the same product through other strides.
                let product = |a: &Array, b: &Array| {
                    let (l, r) = (view(a).expect("view"), view(b).expect("view"));
                    let p = if l.shape() == a.shape() && (m, k) != (k, m) {
                        cuprous_array::linalg::matmul(&l, &r)
                    } else {
                        cuprous_array::linalg::matmul(&r, &l)
                    };
                    p.map(|p| parts(&elements(&p), dtype))
                };
                let (Ok(p), Ok(q)) = (product(&a, &b), product(&ga, &gb)) else { continue };
                let epsilon = match dtype.real() {
                    DType::F16 => 1e-3,
                    DType::F32 => 1e-6,
                    _ => 1e-14,
                };
                assert!(p.iter().zip(&q).all(|(x, y)| (x - y).abs() <= epsilon * 400.0 * (k as f64 + 1.0)), "{dtype} {m} {k} {n}");
            }
        }
    }
}

#[test]
fn large_arrays() {
    if !gpu() {
        return;
    }
    let options = CreateOptions { device: Some(GPU), ..Default::default() };
    let n = 50_000_000;
    let a = arange(Weak::Int(0), Weak::Int(n), Weak::Int(1), Some(DType::F32), options).expect("arange");
    let b = &a * 0.5;
    place::synchronize(GPU).expect("synchronize");
    let time = |name: &str, bytes: f64, f: &dyn Fn() -> Array| {
        let mut best = f64::MAX;
        for _ in 0..10 {
            let begin = std::time::Instant::now();
            let held = f();
            place::synchronize(GPU).expect("synchronize");
            best = best.min(begin.elapsed().as_secs_f64());
            drop(held);
        }
        println!("{name}: {:.1} us, {:.2} TB/s", best * 1e6, bytes / best / 1e12);
    };
    let gb = n as f64 * 4.0;
    time("add f32 50M", 3.0 * gb, &|| &a + &b);
    time("chain5 f32 50M", 3.0 * gb, &|| (&a * 2.0 + &b * 3.0) / (&a + &b + 1.0));
    time("sum f32 50M", gb, &|| a.sum(&ReduceOptions::default()).expect("sum"));
    time("sqdist f32 50M", 2.0 * gb, &|| {
        let d = &a - &b;
        (&d * &d).sum(&ReduceOptions::default()).expect("sum")
    });
    let m = a.slice(&[Slice::Range(None, Some(49_000_000), 1)]).and_then(|x| x.reshape(&[7000, 7000])).expect("matrix");
    for axis in 0..2 {
        time(&format!("sum axis {axis} of 7000 x 7000"), 49e6 * 4.0, &|| {
            m.sum(&ReduceOptions { axes: Some(&[axis]), ..Default::default() }).expect("sum")
        });
    }
    let row = m.slice(&[Slice::At(0)]).expect("row");
    time("add row", 49e6 * 8.0, &|| &m + &row);
    time("transposed copy", 49e6 * 8.0, &|| {
        cuprous_array::engine::elementwise::astype(
            &m.t().expect("t"),
            DType::F32,
            cuprous_core::promote::Casting::Unsafe,
            cuprous_array::engine::elementwise::MemoryOrder::C,
        )
        .expect("copy")
    });
    time("cumsum f32 50M", 2.0 * gb, &|| a.cumsum(Some(0), None).expect("cumsum"));
    let sum = (&a + &b).to_vec::<f32>().expect("values");
    assert!(sum.iter().enumerate().all(|(k, &v)| v == k as f32 + k as f32 * 0.5));
}
