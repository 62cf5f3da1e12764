//! Kernels of users, compiled and run.

use crate::CpuBackend;
use cuprous_core::backend::Backend;
use cuprous_core::kernel::{
    CustomArgument, CustomBody, CustomKernel, CustomLaunch, CustomParam, FunctionArgument, FunctionLaunch, Module, ModuleSource,
};
use cuprous_core::layout::Order;
use cuprous_core::{Buffer, DType, Device, ErrorKind, Layout, Operand, Result};
use std::sync::Arc;

fn backend() -> CpuBackend {
    CpuBackend::with_threads(3)
}

fn buffer(b: &CpuBackend, values: &[f32]) -> Buffer {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_ne_bytes()).collect();
    let queue = b.default_queue(Device::CPU).unwrap_or_else(|e| panic!("{e}"));
    let buffer = b.allocate(&queue, bytes.len()).unwrap_or_else(|e| panic!("{e}"));
    assert!(b.upload(&queue, &bytes, &buffer, 0).is_ok());
    buffer
}

fn floats(b: &CpuBackend, buffer: &Buffer) -> Vec<f32> {
    let queue = b.default_queue(Device::CPU).unwrap_or_else(|e| panic!("{e}"));
    let mut bytes = vec![0; buffer.len() / 4 * 4];
    assert!(b.download(&queue, buffer, 0, &mut bytes).is_ok());
    bytes.chunks(4).map(|c| f32::from_ne_bytes([c[0], c[1], c[2], c[3]])).collect()
}

fn param(name: &str, is_raw: bool, is_const: bool) -> CustomParam {
    CustomParam { name: name.into(), dtype: DType::F32, is_raw, is_const }
}

fn kernel(params: Vec<CustomParam>, body: CustomBody) -> CustomKernel {
    let (id, name, types) = (CustomKernel::new_id(), "user_kernel".into(), vec![("T".into(), DType::F32)]);
    CustomKernel { id, name, params, types, preamble: String::new(), options: Vec::new(), body, compiled: Default::default() }
}

fn run(b: &CpuBackend, k: &CustomKernel, shape: &[usize], arguments: &[CustomArgument], reduced: &[bool]) {
    let queue = b.default_queue(Device::CPU).unwrap_or_else(|e| panic!("{e}"));
    let launch = CustomLaunch { shape, arguments, reduced, keeps_axes: false, block: 128, queue: &queue };
    b.custom(k, &launch).unwrap_or_else(|e| panic!("{e}"));
}

fn operand<'a>(buffer: &'a Buffer, layout: &'a Layout) -> CustomArgument<'a> {
    CustomArgument::Array(Operand::new(buffer, layout, DType::F32).unwrap_or_else(|e| panic!("{e}")))
}

#[test]
fn elements_and_threads() {
    let b = backend();
    for (operation, before, want) in
        [("y = x + i", "", 1.0f32), ("y = x + i + add", "float add = 2", 3.0), ("if (i < 0) return; y = x + n - n + i", "", 1.0)]
    {
        let body = CustomBody::Elementwise { operation: operation.into(), before: before.into(), after: String::new() };
        let k = kernel(vec![param("x", false, true), param("y", false, false)], body);
        for n in [1, 31, 32, 33, 100_003] {
            let (x, y) = (buffer(&b, &vec![1.0; 2 * n]), buffer(&b, &vec![0.0; n]));
            let packed = Layout::contiguous(&[n], 4, Order::C);
            let strided = Layout { shape: packed.shape.clone(), strides: [8].into_iter().collect(), offset: 0 };
            for layout in [&packed, &strided] {
                run(&b, &k, &[n], &[operand(&x, layout), operand(&y, &packed)], &[]);
                let got = floats(&b, &y);
                assert!((0..n).all(|i| got[i] == want + i as f32), "{operation} {n}");
            }
        }
    }
}

#[test]
fn reductions_of_every_axis() {
    let b = backend();
    for identity in [Some("0".to_string()), None] {
        let body =
            CustomBody::Reduce { map: "x".into(), combine: "a + b".into(), finish: "y = a".into(), identity, accumulator: "T".into() };
        let k = kernel(vec![param("x", false, true), param("y", false, false)], body);
        for (rows, columns) in [(1, 1), (3, 7), (100, 333), (2, 100_003)] {
            let x = buffer(&b, &(0..rows * columns).map(|i| (i % 3) as f32).collect::<Vec<_>>());
            let at = |r: usize, c: usize| ((r * columns + c) % 3) as f32;
            let layout = Layout::contiguous(&[rows, columns], 4, Order::C);
            for reduced in [[true, true], [true, false], [false, true]] {
                let want: Vec<f32> = match reduced {
                    [true, true] => vec![(0..rows * columns).map(|i| (i % 3) as f32).sum()],
                    [true, false] => (0..columns).map(|c| (0..rows).map(|r| at(r, c)).sum()).collect(),
                    _ => (0..rows).map(|r| (0..columns).map(|c| at(r, c)).sum()).collect(),
                };
                let y = buffer(&b, &vec![0.0; want.len()]);
                let strides = [if reduced[0] { 0 } else { 4 }, if reduced[1] { 0 } else { 4 }];
                let over = Layout { shape: layout.shape.clone(), strides: strides.into_iter().collect(), offset: 0 };
                run(&b, &k, &[rows, columns], &[operand(&x, &layout), operand(&y, &over)], &reduced);
                assert_eq!(floats(&b, &y)[..want.len()], want, "{rows} {columns} {reduced:?}");
            }
        }
    }
}

fn module(b: &CpuBackend, text: &str, expressions: &[&str]) -> Result<Arc<dyn Module>> {
    let expressions = expressions.iter().map(|e| e.to_string()).collect();
    // Macros of the user do not reach our headers.
    let options = ["-DT=1", "-DA=2", "-D", "STOP=3"].map(String::from).to_vec();
    let text = format!("#undef T\n#line 1\n{text}");
    let source = ModuleSource { text: Some(text), name: "module".into(), options, expressions, ..Default::default() };
    b.module(&source, Device::CPU)
}

fn start(b: &CpuBackend, m: &Arc<dyn Module>, name: &str, grid: usize, block: usize, arguments: &[FunctionArgument]) -> Result<()> {
    let queue = b.default_queue(Device::CPU)?;
    m.function(name)?.run(&FunctionLaunch {
        grid: [grid, 1, 1],
        block: [block, 1, 1],
        shared: 4 * block,
        cooperative: false,
        arguments,
        queue: &queue,
    })
}

fn address(buffer: &Buffer) -> FunctionArgument {
    FunctionArgument::Bytes { value: (buffer.address() as u64).to_ne_bytes().as_slice().into(), what: "address".into() }
}

#[test]
fn modules_have_kernels_and_variables() {
    let b = backend();
    let text = r#"
__constant__ float scale[2] = {2, 3};
template <class T> __global__ void twice(T* x, int n) { for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) x[i] = scale[0] * x[i]; }
extern "C" __global__ void total(const float* x, float* out, int n) {
    extern __shared__ float s[];
    float a = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) a += x[i];
    s[threadIdx.x] = a;
    __syncthreads();
    for (int k = blockDim.x / 2; k > 0; k /= 2) { if (threadIdx.x < k) s[threadIdx.x] += s[threadIdx.x + k]; __syncthreads(); }
    if (threadIdx.x == 0) atomicAdd(out, s[0]);
}
"#;
    let m = module(&b, text, &["twice<float>", "&scale"]).unwrap_or_else(|e| panic!("{e}"));
    let (x, out) = (buffer(&b, &vec![1.0; 10_007]), buffer(&b, &[0.0]));
    assert!(start(&b, &m, "twice<float>", 7, 256, &[address(&x), FunctionArgument::Int(10_007)]).is_ok());
    assert!(start(&b, &m, "total", 5, 128, &[address(&x), address(&out), FunctionArgument::Int(10_007)]).is_ok());
    assert_eq!(floats(&b, &out)[0], 20_014.0);
    for name in ["scale", "&scale"] {
        assert_eq!(m.global(name).ok().map(|g| g.len()), Some(8));
    }
    assert_eq!(m.function("twice<int>").err().map(|e| e.kind()), Some(ErrorKind::Device));
    assert_eq!(
        start(&b, &m, "total", 1, 2048, &[address(&x), address(&out), FunctionArgument::Int(1)]).err().map(|e| e.kind()),
        Some(ErrorKind::Device)
    );
    assert_eq!(start(&b, &m, "total", 1, 32, &[address(&x)]).err().map(|e| e.kind()), Some(ErrorKind::Type));
}

#[test]
fn faults_end_the_kernel_alone() {
    let b = backend();
    let text = r#"
extern "C" __global__ void divides(int* x, int a, int b) { x[0] = a / b; x[1] = a % b; x[2] = (int)((long long)a / b); __syncthreads(); x[3] = 7; }
extern "C" __global__ void traps(int* x) { if (threadIdx.x == 3) __trap(); __syncthreads(); x[0] = 1; }
extern "C" __global__ void reaches(int* x, long long at) { x[at] = 1; }
__device__ int deep(int k) { volatile char room[1000]; room[k % 1000] = 1; return k < 0 ? 0 : deep(k + 1) + room[7]; }
extern "C" __global__ void overflows(int* x) { x[0] = deep(1); }
"#;
    let m = module(&b, text, &[]).unwrap_or_else(|e| panic!("{e}"));
    let x = buffer(&b, &[0.0; 8]);
    for (p, q) in [(7, 0), (i128::from(i32::MIN), -1)] {
        assert!(start(&b, &m, "divides", 1, 1, &[address(&x), FunctionArgument::Int(p), FunctionArgument::Int(q)]).is_ok());
        assert_eq!(floats(&b, &x)[3].to_bits(), 7);
    }
    let message = |r: Result<()>| r.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(message(start(&b, &m, "traps", 9, 64, &[address(&x)])).contains("trapped"));
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        assert!(message(start(&b, &m, "reaches", 1, 1, &[address(&x), FunctionArgument::Int(1 << 50)])).contains("illegal memory access"));
        assert!(message(start(&b, &m, "overflows", 3, 1, &[address(&x)])).contains("illegal memory access"));
    }
    assert!(start(&b, &m, "divides", 1, 1, &[address(&x), FunctionArgument::Int(1), FunctionArgument::Int(1)]).is_ok());
}

#[test]
fn assertions_end_the_kernel_alone() {
    let b = backend();
    let x = buffer(&b, &[0.0; 8]);
    let message = |r: Result<()>| r.err().map(|e| e.to_string()).unwrap_or_default();
    for header in ["", "#include <assert.h>", "#include <cassert>"] {
        let text = format!("{header}\nextern \"C\" __global__ void claims(int* x) {{ assert(x[0] > 7); x[0] = 1; }}\n");
        let m = module(&b, &text, &[]).unwrap_or_else(|e| panic!("{e}"));
        assert!(message(start(&b, &m, "claims", 1, 1, &[address(&x)])).contains("an assertion failed"), "{header}");
    }
    let text = "#define NDEBUG\n#include <assert.h>\nextern \"C\" __global__ void claims(int* x) { assert(x[0] > 7); x[0] = 1; }\n";
    let m = module(&b, text, &[]).unwrap_or_else(|e| panic!("{e}"));
    assert!(start(&b, &m, "claims", 1, 1, &[address(&x)]).is_ok());
}

#[test]
fn what_does_not_compile_is_told() {
    let b = backend();
    let e = module(&b, "extern \"C\" __global__ void f(float* x) {\n    x[0] = nothing;\n}\n", &[]).err();
    assert_eq!(e.as_ref().map(|e| e.kind()), Some(ErrorKind::Compile));
    let text = e.map(|e| e.to_string()).unwrap_or_default();
    assert!(text.contains("x[0] = nothing;") && text.contains("nothing") && text.contains("-std=c++17"), "{text}");
    assert_eq!(module(&b, "", &["h<int>"]).err().map(|e| e.kind()), Some(ErrorKind::Compile));
}
