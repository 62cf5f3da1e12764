//! The lower half of the backend on a real GPU; without one each test says so and ends.

use crate::compile::Source;
use crate::launch::{launch, launch_indirect};
use crate::{CudaBackend, context};
use cuprous_core::backend::CopySpec;
use cuprous_core::layout::Order;
use cuprous_core::{Backend, Buffer, DType, Device, ErrorKind, Layout, MatmulSpec, Operand, Queue};
use std::sync::Arc;

fn gpu() -> Option<CudaBackend> {
    let backend = CudaBackend::new();
    if backend.n_devices() == 0 {
        println!("skipped: no GPU");
        return None;
    }
    // Allocators find it by its kind; the first one stays.
    cuprous_core::backend::register(Arc::new(CudaBackend::new()));
    Some(backend)
}

fn ok<T>(result: cuprous_core::Result<T>) -> T {
    result.unwrap_or_else(|e| panic!("{e}"))
}

const DEVICE: Device = Device::cuda(0);
const BESIDE: cuprous_core::QueueOptions = cuprous_core::QueueOptions { non_blocking: true, priority: 0 };

fn put(backend: &CudaBackend, queue: &Queue, bytes: &[u8]) -> Buffer {
    let buffer = ok(backend.allocate(queue, bytes.len()));
    ok(backend.upload(queue, bytes, &buffer, 0));
    buffer
}

fn take(backend: &CudaBackend, queue: &Queue, buffer: &Buffer) -> Vec<u8> {
    let mut bytes = vec![0; buffer.len()];
    ok(backend.download(queue, buffer, 0, &mut bytes));
    bytes
}

#[test]
fn what_is_uploaded_comes_back() {
    let Some(backend) = gpu() else { return };
    for queue in
        [ok(backend.default_queue(DEVICE)), ok(backend.new_queue(DEVICE, BESIDE)), ok(backend.new_queue(DEVICE, Default::default()))]
    {
        for n in [0, 1, 4, 65_537, (2 << 20) - 1, 2 << 20, (9 << 20) + 3, (150 << 20) + 1] {
            let bytes: Vec<u8> = (0..n).map(|k| (k * 7 + k / 251) as u8).collect();
            let buffer = put(&backend, &queue, &bytes);
            assert!(take(&backend, &queue, &buffer) == bytes, "{n} bytes");
        }
        let buffer = put(&backend, &queue, &[0; 16]);
        ok(backend.upload(&queue, &[1, 2, 3], &buffer, 5));
        assert_eq!(take(&backend, &queue, &buffer), [0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert!(backend.upload(&queue, &[0; 4], &buffer, 13).is_err());
        assert!(backend.upload(&queue, &[0; 4], &buffer, usize::MAX).is_err());
        ok(backend.synchronize(&queue));
    }
    ok(backend.trim(DEVICE));
    println!("{:?}", ok(backend.describe(DEVICE)));
}

#[test]
fn memory_runs_out_with_an_error_and_recovers() {
    let Some(backend) = gpu() else { return };
    let queue = ok(backend.default_queue(DEVICE));
    let e = backend.allocate(&queue, 1 << 50).err();
    assert_eq!(e.as_ref().map(|e| e.kind()), Some(ErrorKind::Memory), "{e:?}");
    println!("{}", e.map(|e| e.to_string()).unwrap_or_default());
    let buffer = ok(backend.allocate(&queue, 1 << 20));
    assert!(buffer.address().is_multiple_of(512));
}

const FILL: &str = "struct Params { long long* p; long long n; long long value; };
extern \"C\" __global__ void fill(const Params p) {
  extern __shared__ long long kept[];
  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
  kept[threadIdx.x] = p.value;
  if (i < p.n) p.p[i] = kept[threadIdx.x] + i;
}
";

#[test]
fn kernels_run_and_queues_wait() {
    let Some(backend) = gpu() else { return };
    let ctx = ok(context(DEVICE));
    let direct = ok(ctx.load(&Source { text: FILL.into(), entry: "fill".into() }));
    let text = FILL.replace("const Params p)", "const Params* pp)").replace("extern __shared__", "Params p = *pp; extern __shared__");
    let indirect = ok(ctx.load(&Source { text, entry: "fill".into() }));
    let (a, b) = (ok(backend.new_queue(DEVICE, BESIDE)), ok(backend.new_queue(DEVICE, BESIDE)));
    let n = 1_000_000_usize;
    for shared in [2048, 100 << 10] {
        let buffer = ok(backend.allocate(&a, n * 8));
        let params = |value: u64| [buffer.address() as u64, n as u64, value].map(u64::to_ne_bytes).concat();
        let grid = [n.div_ceil(256) as u32, 1, 1];
        ok(launch(&direct, grid, [256, 1, 1], shared, &params(5), &a));
        ok(backend.wait(&b, &a));
        buffer.used_on(&b);
        let check = |first: i64| {
            let bytes = take(&backend, &b, &buffer);
            let good = bytes.chunks_exact(8).enumerate().all(|(k, c)| c == (first + k as i64).to_ne_bytes());
            assert!(good);
        };
        check(5);
        ok(launch_indirect(&indirect, grid, [256, 1, 1], shared, &params(9), &b));
        check(9);
        assert_eq!(launch(&direct, grid, [256, 1, 1], shared, &params(5)[..16], &a).err().map(|e| e.kind()), Some(ErrorKind::Runtime));
        assert!(launch(&direct, grid, [4096, 1, 1], shared, &params(5), &a).is_err());
        ok(launch(&direct, [0, 1, 1], [256, 1, 1], shared, &params(5), &a));
    }
    let start = std::time::Instant::now();
    let buffer = ok(backend.allocate(&a, 8));
    let params = [buffer.address() as u64, 1, 0].map(u64::to_ne_bytes).concat();
    for _ in 0..1000 {
        ok(launch(&direct, [1, 1, 1], [32, 1, 1], 256, &params, &a));
    }
    println!("{:.2} us a launch", start.elapsed().as_secs_f64() * 1e3);
    ok(backend.synchronize(&a));
}

/// Small whole numbers, so that every dtype and every order of summing gives the same.
fn value(k: usize, seed: usize) -> f64 {
    ((k * 7 + seed) % 5) as f64 - 2.0
}

fn encode(dtype: DType, x: f64) -> Vec<u8> {
    match dtype {
        DType::F16 => cuprous_core::f16::from_f64(x).to_ne_bytes().to_vec(),
        DType::F32 => (x as f32).to_ne_bytes().to_vec(),
        DType::F64 => x.to_ne_bytes().to_vec(),
        DType::C64 => [(x as f32).to_ne_bytes(), (1.0_f32).to_ne_bytes()].concat(),
        _ => [x.to_ne_bytes(), 1.0_f64.to_ne_bytes()].concat(),
    }
}

#[test]
fn products_of_matrices() {
    let Some(backend) = gpu() else { return };
    let queue = ok(backend.new_queue(DEVICE, BESIDE));
    let (m, k, n) = (3, 4, 5);
    for dtype in [DType::F16, DType::F32, DType::F64, DType::C64, DType::C128] {
        let item = dtype.size();
        let a_bytes: Vec<u8> = (0..200).flat_map(|j| encode(dtype, value(j, 1))).collect();
        let b_bytes: Vec<u8> = (0..400).flat_map(|j| encode(dtype, value(j, 3))).collect();
        let (a, b) = (put(&backend, &queue, &a_bytes), put(&backend, &queue, &b_bytes));
        // Strides in elements: rows, columns, transposed, padded, one matrix for all, reversed batch, sliding.
        let a_cases: [[isize; 4]; 5] = [[24, 12, 4, 1], [24, 12, 1, 3], [40, 20, 6, 1], [0, 12, 4, 1], [24, 12, 1, 1]];
        let b_cases: [[isize; 4]; 5] = [[40, 20, 5, 1], [40, 20, 1, 4], [60, 30, 7, 1], [0, 0, 5, 1], [40, 20, 1, 1]];
        for (sa, sb) in a_cases.iter().flat_map(|x| b_cases.iter().map(move |y| (x, y))) {
            let bytes = |s: &[isize; 4]| s.iter().map(|x| x * item as isize).collect();
            let la = Layout { shape: [2, 2, m, k].as_slice().into(), strides: bytes(sa), offset: item };
            let lb = Layout { shape: [2, 2, k, n].as_slice().into(), strides: bytes(sb), offset: 0 };
            let lo = Layout::contiguous(&[2, 2, m, n], item, Order::C);
            let out = ok(backend.allocate(&queue, lo.size() * item));
            let spec = MatmulSpec {
                a: ok(Operand::new(&a, &la, dtype)),
                b: ok(Operand::new(&b, &lb, dtype)),
                out: ok(Operand::new(&out, &lo, dtype)),
                queue: &queue,
            };
            ok(backend.matmul(&spec));
            let got = take(&backend, &queue, &out);
            let is_complex = matches!(dtype, DType::C64 | DType::C128);
            for (at, got) in got.chunks_exact(item).enumerate() {
                let (i, j, r, c) = (at / (2 * m * n), at / (m * n) % 2, at / n % m, at % n);
                let mut sum = [0.0, 0.0];
                for l in 0..k {
                    let place = |s: &[isize; 4], x: usize, y: usize| {
                        (i as isize * s[0] + j as isize * s[1] + x as isize * s[2] + y as isize * s[3]) as usize
                    };
                    let (x, y) = (value(place(sa, r, l) + 1, 1), value(place(sb, l, c), 3));
                    sum[0] += x * y - if is_complex { 1.0 } else { 0.0 };
                    sum[1] += x + y;
                }
                let expected = match dtype {
                    DType::C64 => sum.map(|s| (s as f32).to_ne_bytes()).concat(),
                    DType::C128 => sum.map(f64::to_ne_bytes).concat(),
                    _ => encode(dtype, sum[0]),
                };
                assert_eq!(got, expected, "{dtype:?} {sa:?} {sb:?} element {at}");
            }
        }
        // No products to add: zeros.
        let (la, lb, lo) = (
            Layout::contiguous(&[2, 0], item, Order::C),
            Layout::contiguous(&[0, 3], item, Order::C),
            Layout::contiguous(&[2, 3], item, Order::C),
        );
        let out = put(&backend, &queue, &vec![1; 6 * item]);
        let spec = MatmulSpec {
            a: ok(Operand::new(&a, &la, dtype)),
            b: ok(Operand::new(&b, &lb, dtype)),
            out: ok(Operand::new(&out, &lo, dtype)),
            queue: &queue,
        };
        ok(backend.matmul(&spec));
        assert_eq!(take(&backend, &queue, &out), vec![0; 6 * item]);
    }
}

#[test]
fn without_a_gpu_there_are_no_devices() {
    let backend = CudaBackend::new();
    for line in crate::libraries() {
        println!("{line}");
    }
    let ordinal = backend.n_devices() as u16;
    let e = backend.describe(Device::cuda(ordinal)).err();
    assert_eq!(e.as_ref().map(|e| e.kind()), Some(ErrorKind::Device));
    println!("{}", e.map(|e| e.to_string()).unwrap_or_default());
    assert!(backend.default_queue(Device::CPU).is_err());
}

#[test]
fn queues_events_and_copies() {
    let Some(backend) = gpu() else { return };
    let (a, b) = (ok(backend.new_queue(DEVICE, BESIDE)), ok(backend.new_queue(DEVICE, BESIDE)));
    // A handle means one queue, whoever names it.
    assert_eq!(ok(backend.external_queue(DEVICE, a.handle)).id, a.id);
    assert_eq!(ok(backend.external_queue(DEVICE, 1)).id, ok(backend.default_queue(DEVICE)).id);
    assert!(a.options.non_blocking && !ok(backend.default_queue(DEVICE)).options.non_blocking);

    let (start, end) = (ok(backend.new_event(DEVICE, Default::default())), ok(backend.new_event(DEVICE, Default::default())));
    let n = (1 << 20) + 3;
    let (x, y) = (ok(backend.allocate(&a, n)), ok(backend.allocate(&a, n)));
    ok(start.record(&a));
    ok(backend.fill(&a, &x, 0, n, 7));
    ok(backend.fill(&a, &x, 5, 2, 9));
    ok(backend.copy(&a, &CopySpec { source: &x, source_offset: 5, target: &y, target_offset: 0, n_bytes: n - 5 }));
    ok(backend.copy(&a, &CopySpec { source: &y, source_offset: 0, target: &y, target_offset: 1, n_bytes: n - 6 }));
    ok(end.record(&a));
    ok(end.hold(&b));
    y.used_on(&b);
    let got = take(&backend, &b, &y);
    assert!(got[..4] == [9, 9, 9, 7] && got[4..n - 5].iter().all(|&v| v == 7));
    assert!(ok(end.is_done()) && ok(end.milliseconds_since(&*start)) >= 0.0);
    assert!(backend.fill(&a, &x, n, 1, 0).is_err());

    let called = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let flag = called.clone();
    ok(backend.call_on_host(&a, Box::new(move || flag.store(true, std::sync::atomic::Ordering::Release))));
    ok(backend.synchronize(&a));
    assert!(called.load(std::sync::atomic::Ordering::Acquire) && ok(backend.is_idle(&a)));

    let pinned = ok(backend.allocate_pinned(1000, 0));
    assert_eq!(pinned.device(), Device::CPU);
    assert_eq!((ok(backend.device_of(x.address())), ok(backend.device_of(pinned.address()))), (Some(DEVICE), None));
    assert_eq!(ok(backend.device_of((&raw const n) as usize)), None);
    drop(pinned);
    assert!(backend.n_free_pinned() >= 1);
    assert_eq!((ok(backend.attribute(DEVICE, 10)), ok(backend.attribute(DEVICE, 123_456))), (Some(32), None));

    // A thread's own queue: its memory is usable by everyone once the thread has ended.
    let kept = std::thread::scope(|s| {
        let thread = s.spawn(|| {
            let own = ok(backend.thread_queue(DEVICE));
            assert_eq!((own.handle, own.is_of_other_thread()), (2, false));
            let buffer = ok(backend.allocate(&own, 1 << 20));
            ok(backend.fill(&own, &buffer, 0, 1 << 20, 3));
            (own, buffer)
        });
        thread.join()
    });
    let (theirs, buffer) = kept.unwrap_or_else(|_| panic!("the thread failed"));
    assert!(theirs.is_of_other_thread());
    ok(backend.wait(&b, &theirs));
    buffer.used_on(&b);
    assert!(take(&backend, &b, &buffer).iter().all(|&v| v == 3));
    drop((theirs, buffer));
    ok(backend.trim(DEVICE));
}

#[test]
fn memory_of_every_kind_and_users_pools() {
    use cuprous_core::arena::{DriverPool, MemoryKind, Raw};
    let Some(backend) = gpu() else { return };
    let (a, b) = (ok(backend.default_queue(DEVICE)), ok(backend.new_queue(DEVICE, BESIDE)));
    let mut kinds = vec![MemoryKind::Device, MemoryKind::Managed];
    kinds.extend([DriverPool::Current, DriverPool::Default].map(MemoryKind::Ordered));
    if ok(backend.attribute(DEVICE, 88)) == Some(1) {
        kinds.push(MemoryKind::System);
    } else {
        assert_eq!(backend.allocate_raw(&a, MemoryKind::System, 100).err().map(|e| e.kind()), Some(ErrorKind::Unsupported));
    }
    let bytes: Vec<u8> = (0..1 << 20).map(|k| (k * 3 + k / 255) as u8).collect();
    let before = ok(backend.driver_pool(DEVICE, DriverPool::Current)).used;
    for kind in kinds {
        for queue in [&a, &b] {
            let buffer = ok(backend.allocate_raw(queue, kind, bytes.len()));
            assert!(buffer.is_users() && buffer.device() == DEVICE && buffer.address().is_multiple_of(256), "{kind:?}");
            ok(backend.upload(queue, &bytes, &buffer, 0));
            assert!(take(&backend, queue, &buffer) == bytes, "{kind:?}");
            // Given back while another queue's work on it is under way.
            let other = if Arc::ptr_eq(queue, &a) { &b } else { &a };
            ok(backend.wait(other, queue));
            buffer.used_on(other);
            ok(backend.fill(other, &buffer, 0, buffer.len(), 1));
            if kind == MemoryKind::Managed {
                ok(backend.advise(&buffer, 3, DEVICE));
                ok(backend.prefetch(other, &buffer, DEVICE));
            }
        }
        assert_eq!(ok(backend.allocate_raw(&a, kind, 0)).len(), 0);
        assert_eq!(backend.allocate_raw(&a, kind, 1 << 50).err().map(|e| e.kind()), Some(ErrorKind::Memory), "{kind:?}");
        let pool = ok(backend.new_pool(DEVICE, Arc::new(Raw(kind))));
        let (x, y) = (ok(pool.allocate(&a, 1000)), ok(pool.allocate(&b, 5000)));
        assert_eq!((pool.info().used, pool.info().total), (1024 + 5120, 1024 + 5120));
        let address = x.address();
        x.used_on(&b);
        drop(x);
        ok(backend.synchronize_device(DEVICE));
        assert_eq!(ok(pool.allocate(&a, 900)).address(), address, "{kind:?}");
        drop(y);
        ok(pool.trim(Some(&b)));
        assert_eq!(pool.info().total, 1024);
        pool.set_limit(2048);
        assert_eq!(pool.allocate(&a, 4096).err().map(|e| e.kind()), Some(ErrorKind::Memory));
        ok(pool.trim(None));
        assert_eq!(pool.info().total, 0);
    }
    ok(backend.synchronize_device(DEVICE));
    assert_eq!(ok(backend.driver_pool(DEVICE, DriverPool::Current)).used, before);
    ok(backend.trim_driver_pool(DEVICE, DriverPool::Current));
    let mapped = ok(backend.allocate_pinned(100, 2));
    assert_eq!(mapped.len(), 100);
}
