//! Rough figures, by `cargo test --release -p cuprous-cpu speed -- --ignored --nocapture --test-threads 1`.

use crate::tests::testing::*;
use crate::{CpuBackend, threads::Threads};
use cuprous_core::backend::Distribution;
use cuprous_core::op::ReduceLoops;
use cuprous_core::{
    Backend, Buffer, DType, Element, Launch, Layout, LoopDef, MatmulSpec, Operand, Program, RandomSpec, ReduceLaunch, ReduceRow, ScanLaunch,
};
use std::time::Instant;

/// Like the loops of real rows: fast for packed operands.
static FAST_ADD: LoopDef =
    LoopDef { op: "add", ins: &[DType::F32, DType::F32], outs: &[DType::F32], cpu: fast_add, cuda: "", prelude: "", is_heavy: false };
static FAST_MUL: LoopDef =
    LoopDef { op: "multiply", ins: &[DType::F32, DType::F32], outs: &[DType::F32], cpu: fast_mul, cuda: "", prelude: "", is_heavy: false };

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
unsafe fn fast_add(args: *const *mut u8, strides: *const isize, n: usize) {
    // SAFETY: the contract of `InnerLoop`.
    unsafe { binary(args, strides, n, |x, y| x + y) };
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
unsafe fn fast_mul(args: *const *mut u8, strides: *const isize, n: usize) {
    // SAFETY: the contract of `InnerLoop`.
    unsafe { binary(args, strides, n, |x, y| x * y) };
}

#[inline(always)]
unsafe fn binary(args: *const *mut u8, strides: *const isize, n: usize, f: impl Fn(f32, f32) -> f32) {
    // SAFETY: the contract of `InnerLoop`.
    unsafe {
        let (a, b, c) = ((*args).cast::<f32>(), (*args.add(1)).cast::<f32>(), (*args.add(2)).cast::<f32>());
        let s = std::slice::from_raw_parts(strides, 3);
        if *s == [4, 4, 4] {
            for k in 0..n {
                *c.add(k) = f(*a.add(k), *b.add(k));
            }
        } else if *s == [4, 0, 4] {
            let y = *b;
            for k in 0..n {
                *c.add(k) = f(*a.add(k), y);
            }
        } else {
            for k in 0..n as isize {
                *c.byte_offset(k * s[2]) = f(*a.byte_offset(k * s[0]), *b.byte_offset(k * s[1]));
            }
        }
    }
}

static FAST_SUM: ReduceRow =
    ReduceRow { cpu: ReduceLoops { fold_run: fast_run, fold_lanes: fast_lanes, fold_rows: None, ..SUM_F32.cpu }, cuda: NO_TEXT, ..SUM_F32 };

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
unsafe fn fast_run(acc: *mut u8, src: *const u8, stride: isize, n: usize, _first: i64) {
    let mut lanes = [0.0f32; 64];
    // SAFETY: `n` elements, one accumulator.
    unsafe {
        if stride == 4 {
            let x = std::slice::from_raw_parts(src.cast::<f32>(), n);
            let (blocks, rest) = x.as_chunks::<64>();
            blocks.iter().for_each(|b| lanes.iter_mut().zip(b).for_each(|(l, x)| *l += x));
            lanes.iter_mut().zip(rest).for_each(|(l, x)| *l += x);
        } else {
            for k in 0..n {
                lanes[k % 64] += *src.offset(k as isize * stride).cast::<f32>();
            }
        }
        *acc.cast::<f32>() += lanes.iter().sum::<f32>();
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2"))]
unsafe fn fast_lanes(acc: *mut u8, src: *const u8, stride: isize, n: usize, _index: i64) {
    // SAFETY: `n` elements and accumulators.
    unsafe {
        if stride == 4 {
            for k in 0..n {
                *acc.cast::<f32>().add(k) += *src.cast::<f32>().add(k);
            }
        } else {
            for k in 0..n {
                *acc.cast::<f32>().add(k) += *src.offset(k as isize * stride).cast::<f32>();
            }
        }
    }
}

fn best(what: &str, mut f: impl FnMut()) {
    let (mut least, begin) = (f64::MAX, Instant::now());
    while begin.elapsed().as_millis() < 400 {
        let start = Instant::now();
        f();
        least = least.min(start.elapsed().as_secs_f64());
    }
    println!("{what:44} {:12.1} us", least * 1e6);
}

fn ones(n: usize) -> Buffer {
    array(&vec![1.0f32; n])
}

fn elementwise(what: &str, backend: &CpuBackend, program: &Program, shape: &[usize], inputs: &[(&Buffer, Layout)], fresh: bool) {
    let q = queue();
    let layout = c_order(shape, 4);
    let mut out = backend.allocate(&q, layout.size() * 4).unwrap_or_else(|e| panic!("{e}"));
    best(what, || {
        if fresh {
            out = backend.allocate(&q, layout.size() * 4).unwrap_or_else(|e| panic!("{e}"));
        }
        let ins: Vec<Operand> = inputs.iter().map(|(b, l)| whole(b, l, DType::F32)).collect();
        let launch = Launch { shape, inputs: &ins, outputs: &[whole(&out, &layout, DType::F32)], parameters: &[], queue: &q };
        backend.elementwise(program, &launch).unwrap_or_else(|e| panic!("{e}"));
    });
}

fn reduce(what: &str, backend: &CpuBackend, map: &Program, inputs: &[&Buffer], shape: &[usize], reduced: &[bool]) {
    let q = queue();
    let layout = c_order(shape, 4);
    let (result, n) = super::reduce::result_layout(shape, reduced, 4);
    let out = buffer(n);
    best(what, || {
        let ins: Vec<Operand> = inputs.iter().map(|b| whole(b, &layout, DType::F32)).collect();
        let output = whole(&out, &result, DType::F32);
        let launch = ReduceLaunch { shape, strides: &layout.strides, reduced, inputs: &ins, parameters: &[], output, queue: &q };
        backend.reduce(map, &FAST_SUM, &launch).unwrap_or_else(|e| panic!("{e}"));
    });
}

#[test]
#[ignore = "measures"]
fn speed() {
    let f = DType::F32;
    let add = program(vec![load(0, f), load(1, f), apply(&FAST_ADD, &[0, 1])], &[2]);
    let chain = program(
        vec![
            load(0, f),
            load(1, f),
            apply(&FAST_MUL, &[0, 1]),
            apply(&FAST_ADD, &[2, 0]),
            apply(&FAST_MUL, &[3, 1]),
            apply(&FAST_ADD, &[4, 0]),
            apply(&FAST_MUL, &[5, 4]),
        ],
        &[6],
    );
    let product = program(vec![load(0, f), load(1, f), apply(&FAST_MUL, &[0, 1])], &[2]);
    let copy = program(vec![load(0, f)], &[0]);
    for n_threads in [1, 2] {
        let backend = CpuBackend::with_threads(n_threads);
        println!("-- {n_threads} threads");
        for n in [1, 1000, 65_536, 131_072, 262_144, 1_000_000, 50_000_000] {
            let (a, b) = (ones(n), ones(n));
            let l = c_order(&[n], 4);
            elementwise(&format!("a + b, {n} f32"), &backend, &add, &[n], &[(&a, l.clone()), (&b, l.clone())], false);
            if n >= 1_000_000 {
                elementwise(&format!("a + b, {n} f32, fresh result"), &backend, &add, &[n], &[(&a, l.clone()), (&b, l.clone())], true);
                elementwise(&format!("5 fused steps, {n} f32"), &backend, &chain, &[n], &[(&a, l.clone()), (&b, l.clone())], false);
            }
        }
        let n = 1_000_000;
        let (a, b) = (ones(3 * n), ones(3 * n));
        let mut row = c_order(&[n, 3], 4);
        row.strides[0] = 0;
        elementwise("(1e6, 3) + (3,)", &backend, &add, &[n, 3], &[(&a, c_order(&[n, 3], 4)), (&b, row)], false);
        let mut column = c_order(&[n, 3], 4);
        (column.strides[0], column.strides[1]) = (4, 0);
        elementwise("(1e6, 3) + (1e6, 1)", &backend, &add, &[n, 3], &[(&a, c_order(&[n, 3], 4)), (&b, column)], false);
        let m = 4000;
        let (a, b) = (ones(m * m), ones(m * m));
        let (c, t) = (c_order(&[m, m], 4), Layout::contiguous(&[m, m], 4, cuprous_core::layout::Order::F));
        elementwise("copy (4000, 4000)", &backend, &copy, &[m, m], &[(&a, c.clone())], false);
        elementwise("copy (4000, 4000).T", &backend, &copy, &[m, m], &[(&a, t.clone())], false);
        elementwise("a + b.T (4000, 4000)", &backend, &add, &[m, m], &[(&a, c.clone()), (&b, t)], false);
        let (one, x) = (program(vec![load(0, f)], &[0]), ones(50_000_000));
        let y = ones(50_000_000);
        reduce("sum 50e6", &backend, &one, &[&x], &[50_000_000], &[true]);
        reduce("sum(a * b) 50e6", &backend, &product, &[&x, &y], &[50_000_000], &[true]);
        reduce("sum (7000, 7000) axis 0", &backend, &one, &[&x], &[7000, 7000], &[true, false]);
        reduce("sum (7000, 7000) axis 1", &backend, &one, &[&x], &[7000, 7000], &[false, true]);
        reduce("sum(a * b) (7000, 7000) axis 0", &backend, &product, &[&x, &y], &[7000, 7000], &[true, false]);
        reduce("sum (16000000, 3) axis 0", &backend, &one, &[&x], &[16_000_000, 3], &[true, false]);
        reduce("sum (16000000, 3) axis 1", &backend, &one, &[&x], &[16_000_000, 3], &[false, true]);
        reduce("sum(a * b) (16000000, 3) axis 1", &backend, &product, &[&x, &y], &[16_000_000, 3], &[false, true]);
        reduce("sum(a * b) (480000, 100) axis 1", &backend, &product, &[&x, &y], &[480_000, 100], &[false, true]);
        reduce("sum (480000, 100) axis 0", &backend, &one, &[&x], &[480_000, 100], &[true, false]);
        reduce("sum(a * b) (480000, 100) axis 0", &backend, &product, &[&x, &y], &[480_000, 100], &[true, false]);
        reduce("sum (1000)", &backend, &one, &[&x], &[1000], &[true]);
        let q = queue();
        for (shape, axis) in [(vec![10_000_000], 0), (vec![3000, 3000], 0), (vec![3000, 3000], 1)] {
            let l = c_order(&shape, 4);
            best(&format!("cumsum {shape:?} axis {axis}"), || {
                let launch = ScanLaunch { input: whole(&x, &l, f), output: whole(&y, &l, f), axis, queue: &q };
                backend.scan(&CUMSUM_F32, &launch).unwrap_or_else(|e| panic!("{e}"));
            });
        }
        for dtype in [DType::F32, DType::F64] {
            let l = c_order(&[10_000_000], dtype.size());
            let out = buffer(80_000_000);
            for distribution in [Distribution::Uniform, Distribution::Normal] {
                best(&format!("random {distribution:?} 10e6 {dtype}"), || {
                    let spec = RandomSpec { seed: 1, counter: 0, distribution };
                    backend.random(&spec, &whole(&out, &l, dtype), &q).unwrap_or_else(|e| panic!("{e}"));
                });
            }
        }
        matmul::<f32>(&backend, &[&[1024, 1024, 1024], &[1000, 4, 4, 4], &[1000, 1000, 1], &[256, 256, 256], &[64, 64, 64], &[16, 16, 16]]);
        matmul::<f64>(&backend, &[&[1024, 1024, 1024]]);
        matmul::<cuprous_core::f16>(&backend, &[&[1024, 1024, 1024]]);
        let mut host = vec![1u8; 200 << 20];
        let device = backend.allocate(&q, host.len()).unwrap_or_else(|e| panic!("{e}"));
        best("upload 200 MiB", || backend.upload(&q, &host, &device, 0).unwrap_or_else(|e| panic!("{e}")));
        best("download 200 MiB", || backend.download(&q, &device, 0, &mut host).unwrap_or_else(|e| panic!("{e}")));
    }
    let threads = Threads::new(2);
    let (mut total, n) = (0.0, 200);
    for _ in 0..n {
        std::thread::sleep(std::time::Duration::from_millis(2));
        let start = Instant::now();
        threads.for_each(2, usize::MAX, || (), |(), _| ());
        total += start.elapsed().as_secs_f64();
    }
    println!("waking the threads after a pause, mean       {:12.1} us", total / n as f64 * 1e6);
    best("waking the threads", || threads.for_each(2, usize::MAX, || (), |(), _| ()));
}

fn matmul<T: Element>(backend: &CpuBackend, sizes: &[&[usize]]) {
    let q = queue();
    for size in sizes {
        let (lead, mnk) = size.split_at(size.len() - 3);
        let shape = |r: usize, c: usize| [lead, &[mnk[r], mnk[c]]].concat();
        let layouts = [shape(0, 2), shape(2, 1), shape(0, 1)].map(|s| c_order(&s, T::DTYPE.size()));
        let buffers: Vec<Buffer> = layouts.iter().map(|l| filled(&mut Dice(1), l.size() * T::DTYPE.size(), T::DTYPE)).collect();
        best(&format!("matmul {size:?} {}", T::DTYPE), || {
            let op = |k: usize| whole(&buffers[k], &layouts[k], T::DTYPE);
            backend.matmul(&MatmulSpec { a: op(0), b: op(1), out: op(2), queue: &q }).unwrap_or_else(|e| panic!("{e}"));
        });
    }
}
