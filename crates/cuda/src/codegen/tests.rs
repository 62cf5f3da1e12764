//! Every variant of some programs and rows compiles, wherever NVRTC is found: no GPU is needed.

use crate::compile::{self, Source};
use crate::elementwise::sources_of_elementwise;
use crate::gather::sources_of_gather;
use crate::linalg::sources_of_linalg;
use crate::matmul::sources_of_matmul;
use crate::random::sources_of_random;
use crate::reduce::{sources_of_reduce, usual_sources};
use crate::scan::sources_of_scan;
use crate::scatter::sources_of_scatter;
use crate::sort::sources_of_sort;
use cuprous_core::indexing::{Atomic, Combine};
use cuprous_core::op::{ReduceLoops, ReduceText};
use cuprous_core::{DType, LoopDef, Program, ReduceRow, ScanRow, Step};
use smallvec::{SmallVec, smallvec};

fn no_loop(_: *const *mut u8, _: *const isize, _: usize) {}

const fn loop_def(op: &'static str, ins: &'static [DType], outs: &'static [DType], cuda: &'static str, prelude: &'static str) -> LoopDef {
    LoopDef { op, ins, outs, cpu: no_loop, cuda, prelude, is_heavy: false }
}

use DType::*;
static ADD_F32: LoopDef = loop_def("add", &[F32, F32], &[F32], "in0 + in1", "");
static ADD_F16: LoopDef = loop_def("add", &[F16, F16], &[F16], "in0 + in1", "");
static ADD_F64: LoopDef = loop_def("add", &[F64, F64], &[F64], "in0 + in1", "");
static ADD_C128: LoopDef = loop_def("add", &[C128, C128], &[C128], "in0 + in1", "");
static ADD_I64: LoopDef = loop_def("add", &[I64, I64], &[I64], "in0 + in1", "");
static ADD_I8: LoopDef = loop_def("add", &[I8, I8], &[I8], "in0 + in1", "");
static MAXIMUM_I64: LoopDef = loop_def("maximum", &[I64, I64], &[I64], "in0 > in1 ? in0 : in1", "");
static MINIMUM_U32: LoopDef = loop_def("minimum", &[U32, U32], &[U32], "in0 < in1 ? in0 : in1", "");
static F64_TO_U8: LoopDef = loop_def("cast", &[F64], &[U8], "in0", "");
static MULTIPLY_C64: LoopDef = loop_def("multiply", &[C64, C64], &[C64], "in0 * in1", "");
static WHERE_C128: LoopDef = loop_def("where", &[Bool, C128, C128], &[C128], "in0 ? in1 : in2", "");
static SQUARE_F32: LoopDef =
    loop_def("square", &[F32], &[F32], "helper(in0) * in0", "static __device__ float helper(float x) { return x; }");
static F64_TO_F16: LoopDef = loop_def("cast", &[F64], &[F16], "in0", "");
static U8_TO_F64: LoopDef = loop_def("cast", &[U8], &[F64], "in0", "");
static DIVMOD_I8: LoopDef = loop_def("divmod", &[I8, I8], &[I8, I8], "out0 = in1 ? in0 / in1 : 0; out1 = in1 ? in0 % in1 : 0", "");
static COPY_F16: LoopDef = loop_def("copy", &[F16], &[F16], "in0", "");

/// One row, with an operand for each input and each output stored.
fn single(row: &'static LoopDef) -> Program {
    let mut steps: Vec<Step> = row.ins.iter().enumerate().map(|(k, &dtype)| Step::Load { operand: k as u32, dtype }).collect();
    let args: SmallVec<[u32; 3]> = (0..row.ins.len() as u32).collect();
    for output in 0..row.outs.len() as u8 {
        steps.push(Step::Apply { row, args: args.clone(), output });
    }
    let outputs = (row.ins.len() as u32..steps.len() as u32).collect();
    Program { steps, outputs }
}

/// `(in0 + constant) ** 2 + in1`, and the place of the element as a second output.
fn fused() -> Program {
    let apply = |row, args: &[u32]| Step::Apply { row, args: args.into(), output: 0 };
    let steps = vec![
        Step::Load { operand: 0, dtype: F32 },
        Step::Constant { parameter: 0, dtype: F32 },
        apply(&ADD_F32, &[0, 1]),
        apply(&SQUARE_F32, &[2]),
        Step::Load { operand: 1, dtype: F32 },
        apply(&ADD_F32, &[3, 4]),
        Step::Index { operand: 2 },
        Step::Constant { parameter: 1, dtype: C128 },
    ];
    Program { steps, outputs: smallvec![5, 6, 7] }
}

fn no_start(_: *mut u8, _: usize) {}
fn no_fold(_: *mut u8, _: *const u8, _: isize, _: usize, _: i64) {}
fn no_combine(_: *mut u8, _: *const u8, _: usize) {}
fn no_finish(_: *mut u8, _: isize, _: *const u8, _: usize, _: u64) {}
fn start_one(_: *mut u8) {}
fn run_one(_: *mut u8, _: *const u8, _: isize, _: *mut u8, _: isize, _: usize) {}
fn combine_one(_: *mut u8, _: *const u8) {}

const LOOPS: ReduceLoops = ReduceLoops {
    size: 16,
    start: no_start,
    fold_run: no_fold,
    fold_lanes: no_fold,
    fold_rows: None,
    combine: no_combine,
    finish: no_finish,
    is_final: None,
};
const SUM_TEXT: ReduceText = ReduceText { acc: "float", neutral: "0", lift: "in0", combine: "a + b", brief: "", finish: "a", prelude: "" };
static SUM_F32: ReduceRow = ReduceRow { op: "sum", input: F32, output: F32, indexed: false, cpu: LOOPS, cuda: SUM_TEXT };
static MEAN_F16: ReduceRow =
    ReduceRow { op: "mean", input: F16, output: F16, indexed: false, cpu: LOOPS, cuda: ReduceText { finish: "a / n", ..SUM_TEXT } };
static ANY: ReduceRow = ReduceRow {
    op: "any",
    input: Bool,
    output: Bool,
    indexed: false,
    cpu: LOOPS,
    cuda: ReduceText { acc: "bool", neutral: "false", lift: "in0", combine: "a || b", brief: "", finish: "a", prelude: "" },
};
static ARGMAX_F32: ReduceRow = ReduceRow {
    op: "argmax",
    input: F32,
    output: I64,
    indexed: true,
    cpu: LOOPS,
    cuda: ReduceText {
        acc: "Best",
        neutral: "make_best(0, -1)",
        lift: "make_best(in0, idx)",
        combine: "a.place < 0 || (b.place >= 0 && (b.value > a.value || (b.value == a.value && b.place < a.place))) ? b : a",
        brief: "",
        finish: "a.place",
        prelude: "struct Best { float value; long long place; };\nstatic __device__ Best make_best(float v, long long p) { Best b; b.value = v; b.place = p; return b; }",
    },
};
static CUMSUM_F16: ScanRow =
    ScanRow { op: "cumsum", input: F16, output: F16, size: 4, start: start_one, run: run_one, combine: combine_one, cuda: SUM_TEXT };
static CUMSUM_U8: ScanRow = ScanRow {
    op: "cumsum",
    input: U8,
    output: U64,
    size: 8,
    start: start_one,
    run: run_one,
    combine: combine_one,
    cuda: ReduceText { acc: "unsigned long long", ..SUM_TEXT },
};

fn load(dtype: DType) -> Program {
    Program { steps: vec![Step::Load { operand: 0, dtype }], outputs: smallvec![0] }
}

fn compile_all(sources: &[Source]) {
    if compile::compiler().is_err() {
        // Without NVRTC there is nothing to ask.
        return;
    }
    for source in sources {
        if let Err(e) = compile::check(source, 90) {
            panic!("{}:\n{e}\n{}", source.entry, source.text);
        }
    }
}

#[test]
fn elementwise_compiles() {
    for program in [single(&ADD_F32), fused()] {
        compile_all(&sources_of_elementwise(&program));
    }
    // The rest of the variants differ in nothing that depends on the program.
    for row in [&ADD_F16, &MULTIPLY_C64, &WHERE_C128, &F64_TO_F16, &U8_TO_F64, &DIVMOD_I8, &COPY_F16] {
        let sources = sources_of_elementwise(&single(row));
        compile_all(&[sources[0].clone(), sources[4].clone(), sources[9].clone(), sources[sources.len() - 1].clone()]);
    }
}

#[test]
fn many_axes_go_through_memory() {
    let source = super::elementwise::source(&single(&WHERE_C128), super::Variant::Strided { n_axes: 64, wide: true });
    assert!(source.text.contains("#define CUP_PARAMS const __grid_constant__"));
    let mut program = single(&WHERE_C128);
    program.steps.extend((10..20).map(|operand| Step::Load { operand, dtype: I8 }));
    let source = super::elementwise::source(&program, super::Variant::Strided { n_axes: 64, wide: false });
    assert!(source.text.contains("#define CUP_PARAMS const Params* pp"));
    compile_all(&[source]);
}

#[test]
fn reductions_compile() {
    compile_all(&sources_of_reduce(&load(F32), &SUM_F32));
    let mut map = fused();
    map.outputs.truncate(1);
    compile_all(&sources_of_reduce(&map, &ARGMAX_F32)[..2]);
    compile_all(&sources_of_reduce(&load(F16), &MEAN_F16));
    compile_all(&usual_sources(&load(Bool), &ANY));
}

#[test]
fn lanes_follow_the_loads_where_no_order_shows() {
    let greater = loop_def("greater", &[F32, F32], &[Bool], "in0 > in1", "");
    let row: &'static LoopDef = Box::leak(Box::new(greater));
    let map = single(row);
    assert_eq!(super::reduce::lanes_of(&map, &ANY, false), 4);
    assert_eq!(super::reduce::lanes_of(&load(F16), &ARGMAX_F32, false), 8);
    assert_eq!(super::reduce::lanes_of(&load(F16), &SUM_F32, false), 4);
}

#[test]
fn dense_kernels_access_16_bytes_of_the_largest() {
    let of = |row| (super::elementwise::lanes(&single(row)), super::elementwise::rounds(&single(row)));
    assert_eq!(of(&ADD_F32), (4, 1));
    assert_eq!(of(&ADD_I8), (16, 2));
    assert_eq!(of(&U8_TO_F64), (2, 4));
    assert_eq!(of(&SQUARE_F32), (4, 1));
}

#[test]
fn scans_and_random_numbers_compile() {
    compile_all(&sources_of_scan(&CUMSUM_F16));
    compile_all(&sources_of_scan(&CUMSUM_U8)[..1]);
    compile_all(&sources_of_random());
}

#[test]
fn sorts_compile() {
    compile_all(&sources_of_sort());
}

#[test]
fn products_compile() {
    compile_all(&sources_of_matmul());
}

#[test]
fn equations_compile() {
    compile_all(&sources_of_linalg());
}

#[test]
fn equal_preludes_are_written_once() {
    let mut program = fused();
    program.steps.push(Step::Apply { row: &SQUARE_F32, args: smallvec![3], output: 0 });
    let text = &sources_of_elementwise(&program)[0].text;
    assert_eq!(text.matches("float helper(float x)").count(), 1);
}

#[test]
fn copies_of_half_keep_their_bits() {
    let text = &sources_of_elementwise(&single(&COPY_F16))[0].text;
    assert!(text.contains("o0 = x0;"));
}

#[test]
fn gathers_and_scatters_compile() {
    compile_all(&sources_of_gather());
    let plain = |row, atomic| Combine { row, load: None, store: None, atomic };
    for (row, atomic) in [
        (&ADD_F32, Some(Atomic::Add)),
        (&ADD_F16, Some(Atomic::Add)),
        (&ADD_C128, Some(Atomic::Add)),
        (&ADD_I64, Some(Atomic::Add)),
        (&MAXIMUM_I64, Some(Atomic::Max)),
        (&MINIMUM_U32, Some(Atomic::Min)),
        (&MULTIPLY_C64, None),
        (&ADD_I8, None),
        (&SQUARE_F32, None),
    ] {
        compile_all(&sources_of_scatter(&plain(row, atomic), row.outs[0]));
    }
    // An element of another dtype than the row's.
    let mixed = Combine { row: &ADD_F64, load: Some(&U8_TO_F64), store: Some(&F64_TO_U8), atomic: None };
    compile_all(&sources_of_scatter(&mixed, U8));
}
