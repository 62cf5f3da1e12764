//! The kernels' CUDA text on the CPU: what a launch would start on a GPU is compiled by the host's compiler, as kernels of users
//! are, and run on memory of the host. Its results are those of the CPU's own loops.
//!
//! Reports itself as skipped where no compiler is found.

use cuprous_core::backend::{Backend, ReduceLaunch, ScanLaunch};
use cuprous_core::indexing::{Atomic, Combine, GatherSpec, IndexMode, IndexOperand, Indexed, ScatterSpec};
use cuprous_core::kernel::{FunctionArgument, FunctionLaunch, Launch, ModuleSource, Operand, Program, Step};
use cuprous_core::layout::{Layout, Order};
use cuprous_core::{Buffer, DType, Device, Element, LoopDef, Queue, ReduceRow, ScanRow, c64, f16};
use cuprous_cpu::CpuBackend;
use cuprous_cuda::rehearsal::Rehearsal;
use cuprous_cuda::{elementwise, gather, reduce, scan, scatter};
use smallvec::{SmallVec, smallvec};
use std::sync::{Arc, OnceLock};

fn cpu() -> &'static CpuBackend {
    static BACKEND: OnceLock<CpuBackend> = OnceLock::new();
    BACKEND.get_or_init(CpuBackend::new)
}

fn queue() -> Arc<Queue> {
    cpu().default_queue(Device::CPU).expect("the CPU's queue")
}

fn source(name: &str, text: &str) -> ModuleSource {
    ModuleSource {
        text: Some(text.into()),
        binary: Vec::new(),
        name: format!("{name}.cu"),
        options: Vec::new(),
        expressions: Vec::new(),
        translates_complex: false,
        with_nvcc: false,
    }
}

/// Whether kernels can be compiled; says so once if not.
fn compiler() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        let found = cpu().module(&source("nothing", "extern \"C\" __global__ void nothing() {}"), Device::CPU);
        if let Err(e) = &found {
            eprintln!("skipped: {e}");
        }
        found.is_ok()
    })
}

fn memory(n_bytes: usize) -> Buffer {
    let buffer = cpu().allocate(&queue(), n_bytes).expect("memory");
    cpu().fill(&queue(), &buffer, 0, n_bytes, 0).expect("fill");
    buffer
}

/// Memory of zeros for what blocks tell each other, held as long as this is.
#[derive(Default)]
struct Scratch(Vec<Buffer>);

impl Scratch {
    fn address(&mut self, n_bytes: usize) -> usize {
        self.0.push(memory(n_bytes.max(16)));
        self.0.last().map_or(0, Buffer::address)
    }
}

fn bytes(buffer: &Buffer) -> Vec<u8> {
    let mut out = vec![0; buffer.len()];
    cpu().download(&queue(), buffer, 0, &mut out).expect("download");
    out
}

/// Small whole numbers, so that sums are exact in any order.
fn numbers(dtype: DType, n: usize) -> Buffer {
    let number = |k: usize| (k * 7 + k / 3 + k / 1000) % 5;
    let raw: Vec<u8> = match dtype {
        DType::Bool => (0..n).map(|k| u8::from(number(k) > 2)).collect(),
        DType::I8 => (0..n).map(|k| number(k) as u8).collect(),
        DType::F16 => (0..n).flat_map(|k| f16::from_f64(number(k) as f64).to_bits().to_ne_bytes()).collect(),
        DType::F32 => (0..n).flat_map(|k| (number(k) as f32).to_ne_bytes()).collect(),
        DType::F64 => (0..n).flat_map(|k| (number(k) as f64).to_ne_bytes()).collect(),
        DType::C64 => (0..n).flat_map(|k| [number(k) as f32, 1.0].map(f32::to_ne_bytes).concat()).collect(),
        _ => unreachable!("no numbers of {dtype}"),
    };
    let buffer = memory(raw.len());
    cpu().upload(&queue(), &raw, &buffer, 0).expect("upload");
    buffer
}

/// Runs a launch's kernel on the host.
fn run(rehearsal: &Rehearsal) {
    let entry = &rehearsal.source.entry;
    let module = cpu().module(&source(entry, &rehearsal.source.text), Device::CPU).unwrap_or_else(|e| panic!("{entry}:\n{e}"));
    let function = module.function(entry).expect("the kernel");
    let value = SmallVec::from_slice(&rehearsal.parameter);
    let arguments = [FunctionArgument::Bytes { value, what: "the parameter".into() }];
    let launch = FunctionLaunch {
        grid: rehearsal.grid,
        block: rehearsal.block,
        shared: 0,
        cooperative: false,
        arguments: &arguments,
        queue: &queue(),
    };
    function.run(&launch).unwrap_or_else(|e| panic!("{entry}: {e}"));
}

/// Fails unless the kernels that ran were all of these kinds: layouts that no longer lead to one would be tested by none.
fn all_kinds_ran(entries: &[String], kinds: &[&str]) {
    let missing: Vec<_> = kinds.iter().filter(|kind| !entries.iter().any(|e| e.contains(&format!("_{kind}")))).collect();
    assert!(missing.is_empty(), "no launch led to {missing:?}");
}

/// A view of packed memory: elements skipped before, along the last axis, and between rows.
struct View {
    what: &'static str,
    memory: Vec<usize>,
    layout: fn(usize) -> Layout,
}

fn at(shape: &[usize], strides: &[isize], offset: usize, item: usize) -> Layout {
    let strides = strides.iter().map(|s| s * item as isize).collect();
    Layout { shape: shape.iter().copied().collect(), strides, offset: offset * item }
}

/// Layouts for which kernels differ; each has more than 2^18 elements.
fn views() -> Vec<View> {
    vec![
        View { what: "contiguous", memory: vec![600, 512], layout: |i| at(&[600, 512], &[512, 1], 0, i) },
        View { what: "rows that begin anywhere", memory: vec![521, 517], layout: |i| at(&[520, 515], &[517, 1], 518, i) },
        View { what: "rows of 8 bytes and more", memory: vec![520, 516], layout: |i| at(&[520, 516], &[516, 1], 0, i) },
        View { what: "transposed", memory: vec![515, 521], layout: |i| at(&[521, 515], &[1, 521], 0, i) },
        View { what: "every second", memory: vec![520, 1030], layout: |i| at(&[520, 515], &[1030, 2], 0, i) },
        View { what: "reversed", memory: vec![520, 515], layout: |i| at(&[520, 515], &[515, -1], 514, i) },
        View { what: "repeated rows", memory: vec![1, 515], layout: |i| at(&[520, 515], &[0, 1], 0, i) },
        View { what: "rows of three", memory: vec![100_003, 3], layout: |i| at(&[100_003, 3], &[3, 1], 0, i) },
        View { what: "rows of eight", memory: vec![40_001, 8], layout: |i| at(&[40_001, 8], &[8, 1], 0, i) },
        View { what: "rows of a hundred", memory: vec![3001, 100], layout: |i| at(&[3001, 100], &[100, 1], 0, i) },
        View { what: "three axes", memory: vec![30, 90, 100], layout: |i| at(&[30, 90, 100], &[9000, 100, 1], 0, i) },
    ]
}

fn row_of(def: &'static cuprous_core::UfuncDef, ins: &[DType]) -> &'static LoopDef {
    def.loops.iter().find(|row| row.ins == ins).expect("a row of these dtypes")
}

#[test]
fn elementwise_kernels_give_the_cpus_results() {
    if !compiler() {
        return;
    }
    let mut entries = Vec::new();
    for dtype in [DType::I8, DType::F16, DType::F32, DType::C64] {
        let row = row_of(&cuprous_ops::ufuncs::arithmetic::ADD, &[dtype, dtype]);
        let load = |operand| Step::Load { operand, dtype };
        let program =
            Program { steps: vec![load(0), load(1), Step::Apply { row, args: smallvec![0, 1], output: 0 }], outputs: smallvec![2] };
        for view in views() {
            let (layout, n) = ((view.layout)(dtype.size()), view.memory.iter().product());
            let (a, b) = (numbers(dtype, n), numbers(dtype, layout.size()));
            let packed = Layout::contiguous(&layout.shape, dtype.size(), Order::C);
            let inputs = [Operand::new(&a, &layout, dtype).expect("a"), Operand::new(&b, &packed, dtype).expect("b")];
            let results = [memory(layout.size() * dtype.size()), memory(layout.size() * dtype.size())];
            let queue = queue();
            let launches: Vec<_> = results.iter().map(|r| [Operand::new(r, &packed, dtype).expect("result")]).collect();
            let launch = |k: usize| Launch { shape: &layout.shape, inputs: &inputs, outputs: &launches[k], parameters: &[], queue: &queue };
            cpu().elementwise(&program, &launch(0)).expect("the CPU's loops");
            let rehearsal = elementwise::rehearse(&program, &launch(1)).expect("a plan").expect("something to do");
            run(&rehearsal);
            assert!(bytes(&results[0]) == bytes(&results[1]), "{} of {dtype}, {}", rehearsal.source.entry, view.what);
            entries.push(rehearsal.source.entry);
        }
    }
    all_kinds_ran(&entries, &["rows0", "rows1", "shifted1", "strided", "tiles2"]);
}

/// The rows of a reduction for a dtype, and every set of axes of a shape.
fn check_reduction(row: &'static ReduceRow, view: &View, entries: &mut Vec<String>) {
    let dtype = row.input;
    let (layout, n) = ((view.layout)(dtype.size()), view.memory.iter().product());
    let a = numbers(dtype, n);
    let map = Program { steps: vec![Step::Load { operand: 0, dtype }], outputs: smallvec![0] };
    for set in 1..1usize << layout.shape.len() {
        let reduced: Vec<bool> = (0..layout.shape.len()).map(|k| set >> k & 1 == 1).collect();
        let kept: Vec<usize> = layout.shape.iter().zip(&reduced).map(|(&n, &r)| if r { 1 } else { n }).collect();
        let packed = Layout::contiguous(&kept, row.output.size(), Order::C);
        let mut over = packed.clone();
        over.shape.clone_from(&layout.shape);
        over.strides.iter_mut().zip(&reduced).filter(|(_, r)| **r).for_each(|(s, _)| *s = 0);
        let inputs = [Operand::new(&a, &layout, dtype).expect("operand")];
        let results = [memory(packed.size() * row.output.size()), memory(packed.size() * row.output.size())];
        let queue = queue();
        let launch = |k: usize| ReduceLaunch {
            shape: &layout.shape,
            strides: &layout.strides,
            reduced: &reduced,
            inputs: &inputs,
            parameters: &[],
            output: Operand::new(&results[k], &over, row.output).expect("results"),
            queue: &queue,
        };
        cpu().reduce(&map, row, &launch(0)).expect("the CPU's loops");
        let mut scratch = Scratch::default();
        let rehearsal = reduce::rehearse(&map, row, &launch(1), &mut |n| scratch.address(n)).expect("a plan").expect("something to do");
        run(&rehearsal);
        assert!(bytes(&results[0]) == bytes(&results[1]), "{} of {dtype}, {} over {reduced:?}", rehearsal.source.entry, view.what);
        entries.push(rehearsal.source.entry);
    }
}

#[test]
fn reductions_give_the_cpus_results() {
    if !compiler() {
        return;
    }
    let mut entries = Vec::new();
    for def in [&cuprous_ops::reductions::SUM, &cuprous_ops::reductions::ARGMAX] {
        for row in def.rows.iter().filter(|r| [i8::DTYPE, f16::DTYPE, f32::DTYPE, c64::DTYPE].contains(&r.input)) {
            for view in views() {
                // Places count in C order over all axes that go; sums of repeated numbers leave what float16 holds.
                let is_large = row.input == DType::F16 && view.what == "repeated rows";
                if !is_large {
                    check_reduction(row, &view, &mut entries);
                }
            }
        }
    }
    // A block takes several rounds of rows where there are so many.
    let many = View { what: "very many rows of three", memory: vec![1_100_003, 3], layout: |i| at(&[1_100_003, 3], &[3, 1], 0, i) };
    for row in cuprous_ops::reductions::SUM.rows.iter().filter(|r| [i8::DTYPE, f32::DTYPE].contains(&r.input)) {
        check_reduction(row, &many, &mut entries);
    }
    all_kinds_ran(&entries, &["inner1", "outer1", "narrow11", "shifted1", "shifted_rows11", "strided11", "halves1", "quarters1"]);
}

fn check_scan(row: &'static ScanRow, view: &View, entries: &mut Vec<String>) {
    let dtype = row.input;
    let (layout, n) = ((view.layout)(dtype.size()), view.memory.iter().product());
    let a = numbers(dtype, n);
    let packed = Layout::contiguous(&layout.shape, row.output.size(), Order::C);
    for axis in 0..layout.shape.len() {
        let results = [memory(packed.size() * row.output.size()), memory(packed.size() * row.output.size())];
        let queue = queue();
        let launch = |k: usize| ScanLaunch {
            input: Operand::new(&a, &layout, dtype).expect("operand"),
            output: Operand::new(&results[k], &packed, row.output).expect("results"),
            axis,
            queue: &queue,
        };
        cpu().scan(row, &launch(0)).expect("the CPU's loops");
        let mut scratch = Scratch::default();
        let rehearsal = scan::rehearse(row, &launch(1), &mut |n| scratch.address(n)).expect("something to do");
        run(&rehearsal);
        assert!(bytes(&results[0]) == bytes(&results[1]), "{} of {dtype}, {} along {axis}", rehearsal.source.entry, view.what);
        entries.push(rehearsal.source.entry);
    }
}

#[test]
fn scans_give_the_cpus_results() {
    if !compiler() {
        return;
    }
    let mut entries = Vec::new();
    for row in cuprous_ops::scans::CUMSUM.rows.iter().filter(|r| [i8::DTYPE, f16::DTYPE, f32::DTYPE, c64::DTYPE].contains(&r.input)) {
        for view in views() {
            // Running sums of float16 grow beyond what it holds exactly.
            if row.input != DType::F16 || view.what.starts_with("rows of") {
                check_scan(row, &view, &mut entries);
            }
        }
    }
    let lines = [
        View { what: "lines of 1,100", memory: vec![530, 1100], layout: |i| at(&[530, 1100], &[1100, 1], 0, i) },
        View { what: "lines of 3,001", memory: vec![530, 3001], layout: |i| at(&[530, 3001], &[3001, 1], 0, i) },
    ];
    for row in cuprous_ops::scans::CUMSUM.rows.iter().filter(|r| [i8::DTYPE, f32::DTYPE].contains(&r.input)) {
        lines.iter().for_each(|view| check_scan(row, view, &mut entries));
    }
    let long = View { what: "one long line", memory: vec![300_001], layout: |i| at(&[300_001], &[1], 0, i) };
    for row in cuprous_ops::scans::CUMSUM.rows.iter().filter(|r| [i8::DTYPE, f64::DTYPE].contains(&r.input)) {
        check_scan(row, &long, &mut entries);
    }
    all_kinds_ran(&entries, &["tiles1", "halves1", "quarters1", "warps1", "columns1", "short1"]);
}

/// Indices that name each of `n` places once, some of them from the end.
fn places(n: usize) -> Buffer {
    let raw: Vec<u8> =
        (0..n).map(|k| (k * 7 + 3) % n).flat_map(|i| (if i % 3 == 0 { i as i64 - n as i64 } else { i as i64 }).to_ne_bytes()).collect();
    let buffer = memory(raw.len());
    cpu().upload(&queue(), &raw, &buffer, 0).expect("upload");
    buffer
}

#[test]
fn elements_by_index_are_the_cpus() {
    if !compiler() {
        return;
    }
    // No multiple of 7, so that all places are met.
    const ROWS: usize = 200;
    const COLUMNS: usize = 101;
    for dtype in [DType::I8, DType::F16, DType::F32, DType::F64, DType::C64] {
        let item = dtype.size();
        let (array, found) = (numbers(dtype, ROWS * COLUMNS + 5), places(ROWS));
        let along_columns = places(COLUMNS);
        let strides = |rows: isize, columns: isize| at(&[ROWS, COLUMNS], &[rows, columns], 0, item);
        let line = |rows: isize, columns: isize| at(&[ROWS, COLUMNS], &[rows, columns], 0, 8);
        let packed = Layout::contiguous(&[ROWS, COLUMNS], item, Order::C);
        // By rows, by columns, by both.
        let (by_row, by_column) = (line(1, 0), line(0, 1));
        let index = |values, layout, len, stride: usize, axis| IndexOperand {
            values: Operand::new(values, layout, DType::I64).expect("indices"),
            len,
            stride: (stride * item) as isize,
            axis,
        };
        let rows = || index(&found, &by_row, ROWS, COLUMNS, 0);
        let columns = || index(&along_columns, &by_column, COLUMNS, 1, 1);
        let cases: [(SmallVec<[IndexOperand; 2]>, Layout); 3] = [
            (smallvec![rows()], strides(0, 1)),
            (smallvec![columns()], strides(COLUMNS as isize, 0)),
            (smallvec![rows(), columns()], strides(0, 0)),
        ];
        for (indices, base) in &cases {
            let queue = queue();
            let results = [0, 1].map(|_| memory(ROWS * COLUMNS * item));
            let mut scratch = Scratch::default();
            let spec = |k: usize| GatherSpec {
                source: Indexed::new(&array, base, dtype, indices, IndexMode::Raise).expect("indexed"),
                out: Operand::new(&results[k], &packed, dtype).expect("result"),
                queue: &queue,
            };
            cpu().gather(&spec(0)).expect("the CPU's loops");
            run(&gather::rehearse(&spec(1), &mut |n| scratch.address(n)).expect("a plan").expect("something to do"));
            assert!(bytes(&results[0]) == bytes(&results[1]), "gather of {dtype} by {} indices", indices.len());

            // The same places written, and added to.
            let add = row_of(&cuprous_ops::ufuncs::arithmetic::ADD, &[dtype, dtype]);
            let adding = |atomic| Some(Combine { row: add, load: None, store: None, atomic });
            // float16 has an instruction of the GPU's for it.
            let known = if dtype == DType::F16 { None } else { Some(Atomic::Add) };
            for combine in [None, adding(None), adding(known)] {
                let targets = [0, 1].map(|_| numbers(dtype, ROWS * COLUMNS + 5));
                let spec = |k: usize| ScatterSpec {
                    target: Indexed::new(&targets[k], base, dtype, indices, IndexMode::Raise).expect("indexed"),
                    values: Some(Operand::new(&results[0], &packed, dtype).expect("values")),
                    combine,
                    queue: &queue,
                };
                cpu().scatter(&spec(0)).expect("the CPU's loops");
                run(&scatter::rehearse(&spec(1), &mut |n| scratch.address(n)).expect("a plan").expect("something to do"));
                assert!(bytes(&targets[0]) == bytes(&targets[1]), "scatter of {dtype} by {} indices, {combine:?}", indices.len());
            }
        }
    }
}
