//! The text of element-wise kernels.

use super::program::{self, Form, stored};
use super::{THREADS, Variant, entry_name, signature};
use crate::compile::Source;
use cuprous_core::{DType, Program};
use std::fmt::Write;

/// Elements that a thread of the dense kernel takes at once.
///
/// A 16-byte access of the smallest element, but no more than 64 bytes of the largest.
pub fn lanes(program: &Program) -> usize {
    let (mut min, mut max) = (16, 1);
    let loads = program::operands(program).filter_map(|(.., d)| d);
    for d in loads.chain(program.outputs.iter().map(|&o| program.steps[o as usize].dtype())) {
        min = min.min(d.size());
        max = max.max(d.size());
    }
    program::bounded_lanes(program, (16 / min).min(64 / max))
}

/// Elements that a thread of the strided kernel takes at once.
pub fn strided_lanes(program: &Program) -> usize {
    program::bounded_lanes(program, 4)
}

/// The text of one variant.
pub fn source(program: &Program, variant: Variant) -> Source {
    match variant {
        Variant::Strided { n_axes, wide } => strided(program, n_axes as usize, wide),
        Variant::Rows { n_outer } => rows(program, n_outer as usize),
        // Other families make their own text.
        _ => rows(program, 0),
    }
}

/// What both kernels begin with: types, parameter, program.
fn head(program: &Program, entry: &str, n_axes: usize, n_common: usize, n_divisors: usize) -> String {
    let mut text = program::header(program::dtypes(program), &program::texts(program), program::preludes(program));
    text.push_str("struct Params {\n");
    text.push_str(&program::constant_fields(program));
    let mut n_fields = n_common + 2 * n_divisors;
    for (k, _, dtype) in program::operands(program) {
        let pointer = if dtype.is_some() { "const char*" } else { "long long" };
        _ = writeln!(text, "    {pointer} a{k};\n    long long s{k}[{n_axes}];");
        n_fields += 1 + n_axes;
    }
    for k in 0..program.outputs.len() {
        _ = writeln!(text, "    char* b{k};\n    long long t{k}[{n_axes}];");
        n_fields += 1 + n_axes;
    }
    text.push_str("    cup_u64 n, rows, vector;\n");
    if n_divisors > 0 {
        _ = writeln!(text, "    CupDiv axes[{n_divisors}];");
    }
    text.push_str("};\n");
    text.push_str(&program::body(program, Form::Stored));
    text.push_str(&signature(entry, program::constant_bytes(program) + 8 * n_fields));
    text
}

/// The dtypes of the outputs.
fn output_dtypes(program: &Program) -> impl Iterator<Item = (usize, DType)> {
    program.outputs.iter().enumerate().map(|(k, &o)| (k, program.steps[o as usize].dtype()))
}

/// The call of the program for lane `l`.
fn call(program: &Program) -> String {
    let mut args = String::from("cup_body(p");
    program::operands(program).for_each(|(k, ..)| _ = write!(args, ", x{k}[l]"));
    (0..program.outputs.len()).for_each(|k| _ = write!(args, ", y{k}[l]"));
    args + ");"
}

/// Dense along the innermost axis: vector accesses where all rows are aligned, else neighbouring threads take
/// neighbouring elements. Indices of outer axes are found once per row. All inputs are loaded before any store.
fn rows(program: &Program, n_outer: usize) -> Source {
    let lanes = lanes(program);
    let entry = entry_name(program::ops(program), &format!("rows{n_outer}_v{lanes}"));
    let mut text = head(program, &entry, n_outer + 1, 3, n_outer);
    let n_axes = n_outer + 1;
    _ = write!(
        text,
        r"
extern {:?} __global__ void __launch_bounds__({THREADS}) CUP_ENTRY(CUP_PARAMS) {{
    CUP_BEGIN
    constexpr int LANES = {lanes};
    const cup_u64 first = (cup_u64)blockIdx.x * blockDim.x * LANES;
    const cup_u64 e = first + (p.vector ? threadIdx.x * LANES : threadIdx.x);
    const unsigned step = p.vector ? 1 : blockDim.x;
    if (e >= p.n) return;
    const bool whole = p.vector && e + LANES <= p.n;
",
        "C"
    );
    if n_outer > 0 {
        text.push_str("    for (cup_u64 row = (cup_u64)blockIdx.y * blockDim.y + threadIdx.y; row < p.rows; row += (cup_u64)gridDim.y * blockDim.y) {\n");
    } else {
        text.push_str("    {\n");
    }
    for (k, _, dtype) in program::operands(program) {
        match dtype {
            Some(d) => _ = writeln!(text, "    const char* g{k} = p.a{k};\n    {} x{k}[LANES];", stored(d)),
            None => _ = writeln!(text, "    long long g{k} = p.a{k}, x{k}[LANES];"),
        }
    }
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "    char* h{k} = p.b{k};\n    {} y{k}[LANES];", stored(d));
    }
    if n_outer > 0 {
        text.push_str("    unsigned rest = (unsigned)row;\n");
        let move_all = |text: &mut String, axis: &str, index: &str| {
            program::operands(program).for_each(|(k, ..)| _ = writeln!(text, "    g{k} += {index} * p.s{k}[{axis}];"));
            (0..program.outputs.len()).for_each(|k| _ = writeln!(text, "    h{k} += {index} * p.t{k}[{axis}];"));
        };
        if n_outer > 1 {
            _ = writeln!(text, "#pragma unroll\n    for (int d = {}; d > 0; d--) {{", n_outer - 1);
            text.push_str("    const unsigned above = cup_divide32(rest, p.axes[d]);\n    const long long i = rest - above * (unsigned)p.axes[d].n;\n    rest = above;\n");
            move_all(&mut text, "d", "i");
            text.push_str("    }\n");
        }
        move_all(&mut text, "0", "(long long)rest");
    }
    let inner = n_axes - 1;
    text.push_str("    if (whole) {\n");
    for (k, _, dtype) in program::operands(program) {
        let Some(d) = dtype else { continue };
        let t = stored(d);
        _ = writeln!(text, "        if (p.s{k}[{inner}]) cup_load_vector(g{k} + e * sizeof({t}), x{k});");
        _ = writeln!(text, "        else {{ const {t} x = *(const {t}*)g{k}; for (int l = 0; l < LANES; l++) x{k}[l] = x; }}");
    }
    text.push_str("    } else {\n");
    for (k, _, dtype) in program::operands(program) {
        let Some(d) = dtype else { continue };
        let t = stored(d);
        text.push_str("#pragma unroll\n        for (int l = 0; l < LANES; l++) {\n");
        _ = writeln!(
            text,
            "            const cup_u64 i = e + l * step;\n            x{k}[l] = i < p.n ? *(const {t}*)(g{k} + i * p.s{k}[{inner}]) : cup_zero<{t}>();\n        }}"
        );
    }
    text.push_str("    }\n#pragma unroll\n    for (int l = 0; l < LANES; l++) {\n");
    for (k, _, dtype) in program::operands(program) {
        if dtype.is_none() {
            _ = writeln!(text, "        x{k}[l] = g{k} + (long long)(e + l * step) * p.s{k}[{inner}];");
        }
    }
    _ = writeln!(text, "        {}\n    }}\n    if (whole) {{", call(program));
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "        cup_store_vector(h{k} + e * sizeof({}), y{k});", stored(d));
    }
    text.push_str("    } else {\n#pragma unroll\n        for (int l = 0; l < LANES; l++) {\n            const cup_u64 i = e + l * step;\n            if (i < p.n) {\n");
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "                *({t}*)(h{k} + i * sizeof({t})) = y{k}[l];", t = stored(d));
    }
    text.push_str("            }\n        }\n    }\n    }\n}\n");
    Source { text, entry }
}

/// Any strides: each element's place is found by division, with 32-bit reciprocals unless something is too large.
fn strided(program: &Program, n_axes: usize, wide: bool) -> Source {
    let lanes = strided_lanes(program);
    let entry = entry_name(program::ops(program), &format!("strided{n_axes}_{}", if wide { 64 } else { 32 }));
    let mut text = head(program, &entry, n_axes, 3, n_axes);
    let (index, offset, divide) =
        if wide { ("cup_u64", "long long", "rest / p.axes[d].n") } else { ("unsigned", "int", "cup_divide32(rest, p.axes[d])") };
    _ = writeln!(
        text,
        r"
extern {:?} __global__ void __launch_bounds__({THREADS}) CUP_ENTRY(CUP_PARAMS) {{
    CUP_BEGIN
    constexpr int LANES = {lanes};
    const {index} first = ({index})blockIdx.x * (LANES * {THREADS}) + threadIdx.x, n = ({index})p.n;
    if (first >= n) return;",
        "C"
    );
    for (k, _, dtype) in program::operands(program) {
        _ = writeln!(text, "    {} x{k}[LANES];", dtype.map_or("long long", stored));
    }
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "    {} y{k}[LANES];\n    {offset} h{k}[LANES];", stored(d));
    }
    // Past the end the first element is read again: loads without branches overlap.
    _ = writeln!(
        text,
        "#pragma unroll\n    for (int l = 0; l < LANES; l++) {{\n        {index} rest = first + l * {THREADS} < n ? first + l * {THREADS} : first;"
    );
    for (k, _, dtype) in program::operands(program) {
        _ = writeln!(text, "        {} g{k} = 0;", if dtype.is_some() { offset } else { "long long" });
    }
    (0..program.outputs.len()).for_each(|k| _ = writeln!(text, "        h{k}[l] = 0;"));
    let move_all = |text: &mut String, axis: &str, index: &str| {
        for (k, _, dtype) in program::operands(program) {
            let t = if dtype.is_some() { offset } else { "long long" };
            _ = writeln!(text, "        g{k} += ({t}){index} * ({t})p.s{k}[{axis}];");
        }
        (0..program.outputs.len()).for_each(|k| _ = writeln!(text, "        h{k}[l] += ({offset}){index} * ({offset})p.t{k}[{axis}];"));
    };
    if n_axes > 1 {
        _ = writeln!(text, "#pragma unroll\n        for (int d = {}; d > 0; d--) {{", n_axes - 1);
        _ = writeln!(
            text,
            "        const {index} above = {divide};\n        const {index} i = rest - above * ({index})p.axes[d].n;\n        rest = above;"
        );
        move_all(&mut text, "d", "i");
        text.push_str("        }\n");
    }
    move_all(&mut text, "0", "rest");
    for (k, _, dtype) in program::operands(program) {
        match dtype {
            Some(d) => _ = writeln!(text, "        x{k}[l] = *(const {}*)(p.a{k} + g{k});", stored(d)),
            None => _ = writeln!(text, "        x{k}[l] = p.a{k} + g{k};"),
        }
    }
    _ = writeln!(text, "    }}\n#pragma unroll\n    for (int l = 0; l < LANES; l++) {{ {} }}", call(program));
    _ = writeln!(text, "#pragma unroll\n    for (int l = 0; l < LANES; l++) {{\n        if (first + l * {THREADS} < n) {{");
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "            *({}*)(p.b{k} + h{k}[l]) = y{k}[l];", stored(d));
    }
    text.push_str("        }\n    }\n}\n");
    Source { text, entry }
}
