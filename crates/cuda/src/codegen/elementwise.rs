//! The text of element-wise kernels.

use super::program::{self, Form, stored};
use super::{SHIFTED, THREADS, Variant, entry_name, signature};
use crate::compile::Source;
use cuprous_core::{DType, Program};
use std::fmt::Write;

const TILES: &str = include_str!("../kernels/elementwise_tiles.cuh");

/// The sizes of what a program loads, and of the largest that it loads or stores.
fn sizes(program: &Program) -> (usize, usize) {
    let loads = || program::operands(program).filter_map(|(.., d)| d).map(|d| d.size());
    let largest = loads().chain(output_dtypes(program).map(|(_, d)| d.size())).max();
    (loads().sum(), largest.unwrap_or(1))
}

/// Neighbouring elements that a thread of the dense kernel takes: 16 bytes of the largest. Wider accesses would leave
/// gaps between those of neighbouring threads. What calls functions takes 16 bytes of the smallest, and no more than
/// 64 of the largest: there the threads themselves are the cost.
pub fn lanes(program: &Program) -> usize {
    let largest = sizes(program).1;
    if is_plain(program) {
        return program::bounded_lanes(program, 16 / largest);
    }
    let loads = program::operands(program).filter_map(|(.., d)| d);
    let smallest = loads.chain(output_dtypes(program).map(|(_, d)| d)).map(|d| d.size()).min().unwrap_or(1);
    program::bounded_lanes(program, (16 / smallest).min(64 / largest))
}

/// Whether the rows are plain expressions: what calls functions is long to compile, and bound by more than memory.
fn is_plain(program: &Program) -> bool {
    let calls = |text: &str| text.as_bytes().windows(2).any(|w| w[1] == b'(' && (w[0].is_ascii_alphanumeric() || w[0] == b'_'));
    !program::texts(program).iter().any(|text| calls(text))
}

/// How many times a thread of the dense kernel without outer axes takes so many: as many as keep enough loads in
/// flight. Small types need more, as they are unpacked in registers.
pub fn rounds(program: &Program) -> usize {
    let (loaded, largest) = sizes(program);
    let (lanes, wanted) = (lanes(program), if largest <= 2 { 64 } else { 32 });
    let most = if is_plain(program) { 4 } else { 1 };
    let rounds = if loaded == 0 { 1 } else { (wanted / (loaded * lanes)).clamp(1, most).min((32 / lanes).max(1)) };
    program::bounded_lanes(program, rounds * lanes) / lanes
}

/// Elements that a thread of the strided kernel takes at once.
pub fn strided_lanes(program: &Program) -> usize {
    program::bounded_lanes(program, if sizes(program).1 <= 2 && is_plain(program) { 8 } else { 4 })
}

/// The edge of a square tile in which operands of so many bytes an element, all together, fit shared memory.
pub fn edge(program: &Program, bytes: usize) -> Option<usize> {
    match bytes {
        0..=8 if strided_lanes(program) > 1 => Some(64),
        0..=40 => Some(32),
        _ => None,
    }
}

/// The text of one variant.
pub fn source(program: &Program, variant: Variant) -> Source {
    match variant {
        Variant::Strided { n_axes, wide } => strided(program, n_axes as usize, wide),
        Variant::Rows { n_outer } => rows(program, n_outer as usize),
        Variant::Shifted { n_outer } => shifted(program, n_outer as usize),
        Variant::Tiles { n_axes, crossed, edge } => tiles(program, n_axes as usize, crossed, edge as usize),
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

/// The call of the program for a lane.
fn call(program: &Program, lane: &str) -> String {
    let mut args = String::from("cup_body(p");
    program::operands(program).for_each(|(k, ..)| _ = write!(args, ", x{k}{lane}"));
    (0..program.outputs.len()).for_each(|k| _ = write!(args, ", y{k}{lane}"));
    args + ");"
}

/// Moves the operands' places to those of a row.
fn to_row(program: &Program, n_outer: usize) -> String {
    let mut text = String::new();
    if n_outer == 0 {
        return text;
    }
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
    text
}

/// Whether the kernel for rows that begin anywhere can load the operands and store the result: small elements, for which an
/// access each costs most, whose lanes fill one word.
pub fn shifts(program: &Program) -> bool {
    let lanes = lanes(program);
    let fills = |d: DType| d.size() <= 2 && matches!(d.size() * lanes, 8 | 16);
    program.outputs.len() == 1
        && output_dtypes(program).all(|(_, d)| fills(d))
        && program::operands(program).filter_map(|(.., d)| d).all(fills)
        && program::operands(program).any(|(.., d)| d.is_some())
}

/// Words that a thread of the kernel for rows that begin anywhere takes: several where registers are left.
pub fn shifted_rounds(program: &Program) -> usize {
    if program::operands(program).count() == 1 { 2 } else { 1 }
}

/// Dense along the innermost axis, where rows begin at no multiple of a vector: each thread stores aligned words of the result,
/// and cuts the operands' elements from the aligned words in which they lie.
fn shifted(program: &Program, n_outer: usize) -> Source {
    let lanes = lanes(program);
    let entry = entry_name(program::ops(program), &format!("shifted{n_outer}_v{lanes}"));
    let mut text = head(program, &entry, n_outer + 1, 3, n_outer);
    let Some(output) = output_dtypes(program).map(|(_, d)| stored(d)).next() else { return Source { text, entry } };
    _ = write!(
        text,
        "
#define CUP_LANES {lanes}
{SHIFTED}
extern {:?} __global__ void __launch_bounds__({THREADS}) CUP_ENTRY(CUP_PARAMS) {{
    CUP_BEGIN
    constexpr int LANES = {lanes}, ROUNDS = {};
    const unsigned jump = blockDim.x;
    const cup_u64 word = (cup_u64)blockIdx.x * (jump * ROUNDS) + threadIdx.x;
",
        "C",
        shifted_rounds(program)
    );
    text.push_str(if n_outer > 0 {
        "    for (cup_u64 row = (cup_u64)blockIdx.y * blockDim.y + threadIdx.y; row < p.rows; row += (cup_u64)gridDim.y * blockDim.y) {\n"
    } else {
        "    {\n"
    });
    for (k, _, dtype) in program::operands(program) {
        match dtype {
            Some(d) => _ = writeln!(text, "    const char* g{k} = p.a{k};\n    CupShifted<{}> w{k}[ROUNDS];", stored(d)),
            None => _ = writeln!(text, "    long long g{k} = p.a{k};"),
        }
    }
    text.push_str("    char* h0 = p.b0;\n");
    text.push_str(&to_row(program, n_outer));
    _ = writeln!(
        text,
        "    // So many elements of a word lie before the row.
    const unsigned before = (unsigned)((size_t)h0 / sizeof({output}) % LANES);
    cup_u64 first[ROUNDS];
    unsigned valid[ROUNDS];
#pragma unroll
    for (int u = 0; u < ROUNDS; u++) {{
        const cup_u64 begin = (word + u * jump) * LANES, all = p.n + before;
        first[u] = begin > before ? begin - before : 0;
        const cup_u64 end = (begin + LANES < all ? begin + LANES : all) - before;
        valid[u] = begin < all ? (unsigned)(end - first[u]) : 0;
        if (valid[u] == 0) continue;"
    );
    for (k, _, dtype) in program::operands(program) {
        let Some(d) = dtype else { continue };
        let t = stored(d);
        _ = writeln!(text, "        if (p.s{k}[{n_outer}]) w{k}[u].load(g{k} + first[u] * sizeof({t}), valid[u]);");
    }
    text.push_str("    }\n#pragma unroll\n    for (int u = 0; u < ROUNDS; u++) {\n        if (valid[u] == 0) continue;\n");
    for (k, _, dtype) in program::operands(program) {
        match dtype {
            Some(d) => {
                let t = stored(d);
                _ = writeln!(
                    text,
                    "        {t} x{k}[LANES];
        if (p.s{k}[{n_outer}]) w{k}[u].cut(x{k});
        else {{ const {t} x = *(const {t}*)g{k}; for (int l = 0; l < LANES; l++) x{k}[l] = x; }}"
                );
            }
            None => {
                _ = writeln!(
                    text,
                    "        long long x{k}[LANES];\n        for (int l = 0; l < LANES; l++) x{k}[l] = g{k} + (long long)(first[u] + l) * p.s{k}[{n_outer}];"
                )
            }
        }
    }
    _ = writeln!(
        text,
        "        {output} y0[LANES];
#pragma unroll
        for (int l = 0; l < LANES; l++) {{ {} }}
        char* const to = h0 + first[u] * sizeof({output});
        if (valid[u] == LANES) cup_store_vector(to, y0);
        else {{
#pragma unroll
            for (int l = 0; l < LANES; l++) if (l < (int)valid[u]) ((({output}*)to))[l] = y0[l];
        }}
    }}
    }}
}}",
        call(program, "[l]")
    );
    Source { text, entry }
}

/// Dense along the innermost axis: vector accesses where all rows are aligned, else neighbouring threads take
/// neighbouring elements. Indices of outer axes are found once per row. All inputs are loaded before any store.
fn rows(program: &Program, n_outer: usize) -> Source {
    let (lanes, rounds) = (lanes(program), if n_outer == 0 { rounds(program) } else { 1 });
    let entry = entry_name(program::ops(program), &format!("rows{n_outer}_v{lanes}x{rounds}"));
    let mut text = head(program, &entry, n_outer + 1, 3, n_outer);
    let n_axes = n_outer + 1;
    _ = write!(
        text,
        r"
extern {:?} __global__ void __launch_bounds__({THREADS}) CUP_ENTRY(CUP_PARAMS) {{
    CUP_BEGIN
    constexpr int LANES = {lanes}, ROUNDS = {rounds};
    const unsigned jump = blockDim.x * LANES, step = p.vector ? 1 : blockDim.x;
    const cup_u64 e = (cup_u64)blockIdx.x * (jump * ROUNDS) + (p.vector ? threadIdx.x * LANES : threadIdx.x);
    if (e >= p.n) return;
    const bool whole = p.vector && e + (ROUNDS - 1) * jump + LANES <= p.n;
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
            Some(d) => _ = writeln!(text, "    const char* g{k} = p.a{k};\n    {} x{k}[ROUNDS][LANES];", stored(d)),
            None => _ = writeln!(text, "    long long g{k} = p.a{k}, x{k}[ROUNDS][LANES];"),
        }
    }
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "    char* h{k} = p.b{k};\n    {} y{k}[ROUNDS][LANES];", stored(d));
    }
    text.push_str(&to_row(program, n_outer));
    let inner = n_axes - 1;
    // The loops over rounds and lanes.
    const EACH: &str = "#pragma unroll\n        for (int u = 0; u < ROUNDS; u++) {\n#pragma unroll\n            for (int l = 0; l < LANES; l++) {\n                const cup_u64 i = e + u * jump + l * step;\n";
    text.push_str("    if (whole) {\n#pragma unroll\n        for (int u = 0; u < ROUNDS; u++) {\n");
    for (k, _, dtype) in program::operands(program) {
        let Some(d) = dtype else { continue };
        let t = stored(d);
        _ = writeln!(text, "            if (p.s{k}[{inner}]) cup_load_vector(g{k} + (e + u * jump) * sizeof({t}), x{k}[u]);");
        _ = writeln!(text, "            else {{ const {t} x = *(const {t}*)g{k}; for (int l = 0; l < LANES; l++) x{k}[u][l] = x; }}");
    }
    text.push_str("        }\n    } else {\n");
    for (k, _, dtype) in program::operands(program) {
        let Some(d) = dtype else { continue };
        let t = stored(d);
        _ = writeln!(
            text,
            "{EACH}                x{k}[u][l] = i < p.n ? *(const {t}*)(g{k} + i * p.s{k}[{inner}]) : cup_zero<{t}>();\n            }}\n        }}"
        );
    }
    _ = write!(text, "    }}\n{EACH}");
    for (k, _, dtype) in program::operands(program) {
        if dtype.is_none() {
            _ = writeln!(text, "                x{k}[u][l] = g{k} + (long long)i * p.s{k}[{inner}];");
        }
    }
    _ = writeln!(text, "                {}\n            }}\n        }}\n    if (whole) {{", call(program, "[u][l]"));
    text.push_str("#pragma unroll\n        for (int u = 0; u < ROUNDS; u++) {\n");
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "            cup_store_vector(h{k} + (e + u * jump) * sizeof({}), y{k}[u]);", stored(d));
    }
    _ = writeln!(text, "        }}\n    }} else {{\n{EACH}                if (i >= p.n) continue;");
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "                *({t}*)(h{k} + i * sizeof({t})) = y{k}[u][l];", t = stored(d));
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
    _ = writeln!(text, "    }}\n#pragma unroll\n    for (int l = 0; l < LANES; l++) {{ {} }}", call(program, "[l]"));
    _ = writeln!(text, "#pragma unroll\n    for (int l = 0; l < LANES; l++) {{\n        if (first + l * {THREADS} < n) {{");
    for (k, d) in output_dtypes(program) {
        _ = writeln!(text, "            *({}*)(p.b{k} + h{k}[l]) = y{k}[l];", stored(d));
    }
    text.push_str("        }\n    }\n}\n");
    Source { text, entry }
}

/// Tiles: the operands of `crossed`, a bit each in the order of the program, lie dense along the last axis but one,
/// and come through shared memory, so that neighbouring threads access neighbouring elements of all operands.
fn tiles(program: &Program, n_axes: usize, crossed: u64, edge: usize) -> Source {
    let per_row = edge / 32;
    // What a thread loads before it computes, of the 4 or 16 elements that it takes.
    let lanes = program::bounded_lanes(program, if is_plain(program) { 4 } else { 2 } * per_row).max(per_row);
    let entry = entry_name(program::ops(program), &format!("tiles{n_axes}_{edge}"));
    let mut text = head(program, &entry, n_axes, 3, n_axes);
    text.push_str(TILES);
    let (x, y) = (n_axes - 1, n_axes - 2);
    _ = writeln!(
        text,
        r"
extern {:?} __global__ void __launch_bounds__({THREADS}) CUP_ENTRY(CUP_PARAMS) {{
    CUP_BEGIN
    constexpr int EDGE = {edge}, LANES = {lanes};
    unsigned rest = blockIdx.x, above = cup_divide32(rest, p.axes[{x}]);
    const cup_u64 x0 = (cup_u64)(rest - above * (unsigned)p.axes[{x}].n) * EDGE;
    rest = above;
    above = cup_divide32(rest, p.axes[{y}]);
    const cup_u64 y0 = (cup_u64)(rest - above * (unsigned)p.axes[{y}].n) * EDGE;
    rest = above;
    const unsigned n_x = p.n - x0 < EDGE ? (unsigned)(p.n - x0) : EDGE, n_y = p.rows - y0 < EDGE ? (unsigned)(p.rows - y0) : EDGE;",
        "C"
    );
    let is_crossed = |j: usize| j < 64 && crossed >> j & 1 == 1;
    for (j, (k, _, dtype)) in program::operands(program).enumerate() {
        let place = format!("p.a{k} + (long long)x0 * p.s{k}[{x}] + (long long)y0 * p.s{k}[{y}]");
        match dtype {
            Some(d) => {
                _ = writeln!(text, "    const char* g{k} = {place};");
                if is_crossed(j) {
                    _ = writeln!(text, "    __shared__ CupTile<{}, EDGE> tile{k};", stored(d));
                }
            }
            None => _ = writeln!(text, "    long long g{k} = {place};"),
        }
    }
    for k in 0..program.outputs.len() {
        _ = writeln!(text, "    char* h{k} = p.b{k} + (long long)x0 * p.t{k}[{x}] + (long long)y0 * p.t{k}[{y}];");
    }
    if n_axes > 2 {
        _ = writeln!(text, "#pragma unroll\n    for (int d = {}; d >= 0; d--) {{", n_axes - 3);
        text.push_str("        above = d > 0 ? cup_divide32(rest, p.axes[d]) : 0;\n        const long long i = rest - above * (unsigned)p.axes[d].n;\n        rest = above;\n");
        program::operands(program).for_each(|(k, ..)| _ = writeln!(text, "        g{k} += i * p.s{k}[d];"));
        (0..program.outputs.len()).for_each(|k| _ = writeln!(text, "        h{k} += i * p.t{k}[d];"));
        text.push_str("    }\n");
    }
    let filled: Vec<usize> =
        program::operands(program).enumerate().filter(|(j, (.., d))| d.is_some() && is_crossed(*j)).map(|(_, (k, ..))| k).collect();
    // Tiles that are there whole, of operands without gaps, need no bounds, and one multiplication a row.
    text.push_str("    if (p.vector && n_x == EDGE && n_y == EDGE) {\n");
    filled.iter().for_each(|k| _ = writeln!(text, "    cup_fill_whole(tile{k}, g{k}, p.s{k}[{x}]);"));
    text.push_str(&tile_rows(program, &is_crossed, [x, y], [lanes, per_row], true));
    text.push_str("    return;\n    }\n");
    filled.iter().for_each(|k| _ = writeln!(text, "    cup_fill(tile{k}, g{k}, p.s{k}[{x}], p.s{k}[{y}], n_x, n_y);"));
    text.push_str(&tile_rows(program, &is_crossed, [x, y], [lanes, per_row], false));
    text.push_str("}\n");
    Source { text, entry }
}

/// The rows of a tile, once its operands are in shared memory: `x` and `y` are its axes. Where it is `whole` all of it is there, and
/// elements lie dense along `x`.
fn tile_rows(
    program: &Program,
    is_crossed: &dyn Fn(usize) -> bool,
    [x, y]: [usize; 2],
    [lanes, per_row]: [usize; 2],
    whole: bool,
) -> String {
    let mut text = String::new();
    _ = writeln!(
        text,
        "    __syncthreads();
#pragma unroll 1
    for (unsigned row = threadIdx.x / 32; row < {}; row += {}) {{",
        if whole { "EDGE" } else { "n_y" },
        8 * lanes / per_row
    );
    for (k, _, dtype) in program::operands(program) {
        _ = writeln!(text, "        {} x{k}[LANES];", dtype.map_or("long long", stored));
    }
    output_dtypes(program).for_each(|(k, d)| _ = writeln!(text, "        {} y{k}[LANES];", stored(d)));
    let memory = || program::operands(program).enumerate().filter(|(j, (.., d))| d.is_some() && !is_crossed(*j)).map(|(_, (k, ..))| k);
    if whole {
        memory().for_each(|k| _ = writeln!(text, "        const char* const r{k} = g{k} + (long long)row * p.s{k}[{y}];"));
        output_dtypes(program).for_each(|(k, _)| _ = writeln!(text, "        char* const q{k} = h{k} + (long long)row * p.t{k}[{y}];"));
    }
    let places = format!("const unsigned x = threadIdx.x % 32 + l % {per_row} * 32, y = row + l / {per_row} * 8;");
    _ = writeln!(text, "#pragma unroll\n        for (int l = 0; l < LANES; l++) {{\n            {places}");
    if !whole {
        text.push_str("            const long long u = x < n_x ? x : n_x - 1, v = y < n_y ? y : n_y - 1;\n");
    }
    let (u, v) = if whole { ("(long long)x", "(long long)y") } else { ("u", "v") };
    for (j, (k, _, dtype)) in program::operands(program).enumerate() {
        match dtype {
            Some(_) if is_crossed(j) => _ = writeln!(text, "            x{k}[l] = tile{k}.at[y * tile{k}.PITCH + x];"),
            Some(d) if whole => {
                let t = stored(d);
                _ = writeln!(text, "            x{k}[l] = ((const {t}*)(r{k} + (long long)(l / {per_row} * 8) * p.s{k}[{y}]))[x];");
            }
            Some(d) => _ = writeln!(text, "            x{k}[l] = *(const {}*)(g{k} + u * p.s{k}[{x}] + v * p.s{k}[{y}]);", stored(d)),
            None => _ = writeln!(text, "            x{k}[l] = g{k} + {u} * p.s{k}[{x}] + {v} * p.s{k}[{y}];"),
        }
    }
    _ = writeln!(text, "        }}\n#pragma unroll\n        for (int l = 0; l < LANES; l++) {{ {} }}", call(program, "[l]"));
    _ = writeln!(text, "#pragma unroll\n        for (int l = 0; l < LANES; l++) {{\n            {places}");
    text.push_str(if whole { "            {\n" } else { "            if (x < n_x && y < n_y) {\n" });
    for (k, d) in output_dtypes(program) {
        let t = stored(d);
        if whole {
            _ = writeln!(text, "            (({t}*)(q{k} + (long long)(l / {per_row} * 8) * p.t{k}[{y}]))[x] = y{k}[l];");
        } else {
            _ = writeln!(text, "            *({t}*)(h{k} + x * p.t{k}[{x}] + y * p.t{k}[{y}]) = y{k}[l];");
        }
    }
    text.push_str("            }\n        }\n    }\n");
    text
}
