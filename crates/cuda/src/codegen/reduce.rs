//! The text of reductions: accessors made for the map and the row, then a fixed skeleton.

use super::program::{self, Form, computed, stored, to_stored};
use super::{GROUP, SHIFTED, Variant, entry_name, signature};
use crate::compile::Source;
use cuprous_core::op::{BRIEF, ReduceRow, ReduceText};
use cuprous_core::{DType, Kind, Program};
use std::fmt::Write;

const INNER: &str = include_str!("../kernels/reduce_inner.cuh");
const OUTER: &str = include_str!("../kernels/reduce_outer.cuh");
const WALK: &str = include_str!("../kernels/reduce_walk.cuh");
const NARROW: &str = include_str!("../kernels/reduce_narrow.cuh");

/// Which kernel reduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Along the innermost axis
    Inner,
    /// Along others
    Outer,
    /// Along a short innermost axis of operands that lie packed, in the order of `Inner`
    Narrow,
    /// As `Outer`, where dense lanes of small elements begin at no multiple of a vector
    Shifted,
    /// As `Inner`, where lanes of small elements begin at no multiple of a vector
    ShiftedRows,
    /// As `Inner` along one axis, where lanes do not lie dense
    Strided,
    /// As `Inner`, where lanes lie in two pieces
    Halves,
    /// As `Inner`, where lanes lie in four pieces
    Quarters,
}

impl Shape {
    /// Into how many pieces lanes are cut.
    pub fn pieces(self) -> usize {
        match self {
            Shape::Halves => 2,
            Shape::Quarters => 4,
            _ => 1,
        }
    }
}

/// A kernel of a reduction, and over what it walks.
#[derive(Clone, Copy, Debug)]
pub struct Loops {
    /// The kernel
    pub shape: Shape,
    /// Axes that stay
    pub n_kept: usize,
    /// Axes that go
    pub n_reduced: usize,
    /// Operands that have the same element in all lanes, a bit each: asking that at run time would make each load wait for the
    /// one before
    pub constant: u64,
    /// Whether sizes need 64 bits: asking that at run time would put divisions behind branches
    pub wide: bool,
}

impl Loops {
    /// Over so many axes, without what is special.
    pub fn plain(shape: Shape, n_kept: usize, n_reduced: usize) -> Loops {
        Loops { shape, n_kept, n_reduced, constant: 0, wide: false }
    }

    /// The kernel among those of a map and a row.
    pub fn variant(self) -> Variant {
        let Loops { shape, n_kept, n_reduced, constant, wide } = self;
        Variant::Reduce { shape, n_kept: n_kept as u8, n_reduced: n_reduced as u8, constant, wide }
    }
}

/// Whether the order of accumulation can be told from no result: integers wrap around, places are compared.
pub fn is_exact(row: &ReduceRow) -> bool {
    let names = DType::ALL.iter().filter(|d| !matches!(d.kind(), Kind::Float | Kind::Complex)).map(|d| d.cuda_name());
    row.indexed || names.into_iter().any(|name| name == row.cuda.acc)
}

/// The lanes of a map and a row: where the order matters, those of the row's elements, else as many as the widest
/// operand has in 16 bytes.
pub fn lanes_of(map: &Program, row: &ReduceRow, outer: bool) -> usize {
    let widest = program::operands(map).filter_map(|(.., d)| d).map(|d| d.size()).max();
    match widest {
        Some(size) if is_exact(row) => lanes(size, outer),
        _ => lanes(row.input.size(), outer),
    }
}

/// Elements of a row that a thread takes at once, or columns that it owns. The order of accumulation depends on it,
/// so it follows from the size of the row's elements alone.
pub fn lanes(item_size: usize, outer: bool) -> usize {
    let n = 16 / item_size;
    if outer { n.min(8) } else { n }
}

/// Whether columns, or a row's elements, that begin at no multiple of a vector can be loaded together: small elements, for which a load each costs
/// most, whose lanes fill one word.
pub fn shifts(map: &Program, row: &ReduceRow, outer: bool) -> bool {
    let lanes = lanes_of(map, row, outer);
    let fills = |size: usize| size <= 2 && matches!(size * lanes, 8 | 16);
    program::operands(map).any(|(.., d)| d.is_some()) && program::operands(map).all(|(.., d)| d.is_none_or(|d| fills(d.size())))
}

/// The kernel itself, around accessors and functions of the accumulator.
pub(crate) fn skeleton(outer: bool, n_reduced: usize, pieces: usize) -> String {
    let one_axis = u8::from(n_reduced == 1 && pieces == 1);
    // A row adds one element to each accumulator, a vector several.
    let segment = if outer { format!("{BRIEF}u") } else { format!("({BRIEF}u * CUP_ACCUMULATORS / CUP_LANES)") };
    format!("#define CUP_ONE_AXIS {one_axis}\n#define CUP_SEGMENT {segment}\n{WALK}{}", if outer { OUTER } else { INNER })
}

/// The accumulator's type and its functions.
pub(crate) fn accumulator(text: &ReduceText, input: DType) -> String {
    format!(
        "typedef {} acc_t;
static_assert(sizeof(acc_t) <= 64, \"the host sets aside 64 bytes for an accumulator\");
static __device__ __forceinline__ acc_t cup_neutral() {{ return (acc_t)({}); }}
static __device__ __forceinline__ acc_t cup_lift_value(const {} in0, const long long idx) {{ return (acc_t)({}); }}
static __device__ __forceinline__ acc_t cup_combine(const acc_t a, const acc_t b) {{ return (acc_t)({}); }}
",
        text.acc,
        text.neutral,
        computed(input),
        text.lift,
        text.combine
    )
}

/// The texts of a row, which may name types that the dtypes do not.
pub(crate) fn row_texts(text: &ReduceText) -> [&'static str; 5] {
    [text.acc, text.neutral, text.lift, text.combine, text.finish]
}

/// The kernel of a map and a row.
pub fn source(map: &Program, row: &ReduceRow, loops: Loops) -> Source {
    let Loops { shape, n_kept, n_reduced, constant, wide } = loops;
    let outer = matches!(shape, Shape::Outer | Shape::Shifted);
    let lanes = lanes_of(map, row, outer);
    let name = format!(
        "{}_{}{n_kept}{n_reduced}_v{lanes}{}{}",
        row.op,
        ["inner", "outer", "narrow", "shifted", "shifted_rows", "strided", "halves", "quarters"][shape as usize],
        if constant == 0 { "" } else { "_constant" },
        if wide { "_wide" } else { "" }
    );
    let entry = entry_name(program::ops(map), &name);
    let dtypes = program::dtypes(map).chain([row.input, row.output]);
    let texts: Vec<&str> = program::texts(map).into_iter().chain(row_texts(&row.cuda)).collect();
    let mut text = program::header(dtypes, &texts, program::preludes(map).chain([row.cuda.prelude]));

    text.push_str("struct Params {\n");
    text.push_str(&program::constant_fields(map));
    let mut n_fields = 10 + n_kept + 2 * (n_kept + n_reduced);
    for (k, _, dtype) in program::operands(map) {
        let pointer = if dtype.is_some() { "const char*" } else { "long long" };
        _ = writeln!(text, "    {pointer} a{k};\n    long long k{k}[{n_kept}], r{k}[{n_reduced}];");
        n_fields += 1 + n_kept + n_reduced;
    }
    _ = writeln!(
        text,
        "    char* out;\n    long long to[{n_kept}];\n    char *partial, *tickets;\n    cup_u64 n_kept, n_reduced, splits, log_group, rounds, vector, wide;\n    CupDiv kept[{n_kept}], reduced[{n_reduced}];\n}};"
    );
    let output = stored(row.output);
    _ = writeln!(
        text,
        "{}static __device__ __forceinline__ acc_t cup_lift(const {} in0, const long long idx) {{ return cup_lift_value(in0, idx); }}
static __device__ __forceinline__ void cup_finish(char* to, const acc_t a, const long long n) {{ *({output}*)to = {}; }}",
        accumulator(&row.cuda, row.input),
        computed(row.input),
        to_stored(row.output, row.cuda.finish)
    );
    if row.indexed {
        // What such a row finishes with is the place.
        _ = writeln!(
            text,
            "static __device__ __forceinline__ long long cup_place(const acc_t a) {{ return (long long)({}); }}\n#define CUP_PLACE cup_place",
            row.cuda.finish
        );
    }
    if !row.cuda.brief.is_empty() {
        _ = writeln!(
            text,
            "typedef {} brief_t;\n#define CUP_BRIEF {BRIEF}\nstatic __device__ __forceinline__ void cup_add(brief_t& a, const acc_t b) {{ a += (brief_t)b; }}",
            row.cuda.brief
        );
    }
    if row.cpu.is_final.is_some() && row.cuda.acc == "bool" {
        text.push_str(DONE);
    }
    text.push_str(GROUP);
    text.push_str(&program::body(map, Form::Computed));
    _ = writeln!(text, "#define CUP_WIDE {wide}");
    let load = if shape == Shape::Strided { Load::Strided } else { Load::Vector(constant) };
    text.push_str(&accessors(map, [lanes, n_kept, n_reduced], outer, load, computed(row.input)));

    // Loads in flight: 4 vectors of a single operand, fewer of long or wide maps, which also take long to compile. The order does not depend on it.
    let loaded: usize = program::operands(map).filter_map(|(.., d)| d).map(|d| (d.size() * lanes).max(16)).sum();
    let mut unroll = 4;
    // Elements that are loaded one by one take a register each.
    let loaded = if shape == Shape::Strided { loaded.max(6 * lanes) } else { loaded };
    while unroll > 1 && (unroll * loaded > 192 || unroll * lanes * (map.steps.len() + 2) > 160) {
        unroll /= 2;
    }
    _ = writeln!(text, "#define CUP_LANES {lanes}\n#define CUP_ACCUMULATORS {}\n#define CUP_UNROLL {unroll}", lanes.min(4));
    // Plain maps and accumulators fit the registers that four blocks on a multiprocessor leave each other.
    let is_small = DType::ALL.iter().any(|d| d.cuda_name() == row.cuda.acc && d.size() <= 8 && d.kind() != Kind::Complex);
    _ = writeln!(text, "#define CUP_BLOCKS {}", if is_small && map.steps.len() <= 2 { 4 } else { 1 });
    _ = writeln!(text, "#define CUP_PIECE {}", lanes / shape.pieces());
    if matches!(shape, Shape::Shifted | Shape::ShiftedRows) {
        text.push_str("#define CUP_SHIFTS 1\n");
        text.push_str(SHIFTED);
        let stride = |k: usize| if outer { format!("p.k{k}[{}]", n_kept - 1) } else { format!("p.r{k}[{}]", n_reduced - 1) };
        text.push_str(&shifted_accessors(map, lanes, &stride));
    }
    if shape == Shape::Narrow {
        text.push_str(&kept_in_shared_memory(map, row, lanes));
        text.push_str("static __device__ __forceinline__ void cup_stretch(const Params& p, unsigned e, const long long (&from)[CUP_OPERANDS], long long (&at)[CUP_OPERANDS]) {\n");
        program::operands(map).enumerate().for_each(|(j, (k, ..))| _ = writeln!(text, "    at[{j}] = from[{j}] + e * p.r{k}[0];"));
        text.push_str("}\n");
    }
    text.push_str(&signature(&entry, program::constant_bytes(map) + 8 * n_fields));
    if shape == Shape::Narrow {
        text.push_str(NARROW);
    } else {
        text.push_str(&skeleton(outer, n_reduced, shape.pieces()));
    }
    Source { text, entry }
}

/// A truth that has left its neutral value keeps what it is.
const DONE: &str = "template <int N> static __device__ __forceinline__ bool cup_done(const acc_t (&acc)[N]) {
    bool done = false;
#pragma unroll
    for (int i = 0; i < N; i++) done |= acc[i] != cup_neutral();
    return done;
}
#define CUP_DONE cup_done
";

/// Loads of the words in which lanes lie, and the lanes from them.
fn shifted_accessors(map: &Program, lanes: usize, stride: &dyn Fn(usize) -> String) -> String {
    let (mut fields, mut loads, mut cuts) = (String::new(), String::new(), String::new());
    for (j, (k, _, dtype)) in program::operands(map).enumerate() {
        match dtype {
            Some(d) => {
                _ = writeln!(fields, "    CupShifted<{}> x{k};", stored(d));
                _ = writeln!(loads, "    w.x{k}.load(p.a{k} + at[{j}], valid);");
                _ = writeln!(cuts, "    w.x{k}.cut(x.x{k});");
            }
            None => {
                _ = writeln!(fields, "    long long x{k};");
                _ = writeln!(loads, "    w.x{k} = p.a{k} + at[{j}];");
                _ = writeln!(cuts, "    for (int l = 0; l < {lanes}; l++) x.x{k}[l] = w.x{k} + l * {};", stride(k));
            }
        }
    }
    format!(
        "struct CupWords {{\n{fields}}};
static __device__ __forceinline__ void cup_load_words(const Params& p, const long long (&at)[CUP_OPERANDS], unsigned valid, CupWords& w) {{\n{loads}}}
static __device__ __forceinline__ void cup_cut(const Params& p, const CupWords& w, CupLanes& x) {{\n{cuts}}}\n"
    )
}

/// The operand and its dtype whose elements the kernel for short rows keeps as they are loaded: a small one that is all that
/// the map looks at. Storing its vectors whole costs less than a value at a time.
fn kept_raw(map: &Program, lanes: usize) -> Option<(usize, DType)> {
    let mut operands = program::operands(map);
    match (operands.next(), operands.next()) {
        (Some((k, _, Some(d))), None) if d.size() <= 2 && lanes >= 4 => Some((k, d)),
        _ => None,
    }
}

/// Bytes of what the kernel for short rows keeps of an element, if elements of a row are not apart by more than that.
pub fn place(map: &Program, row: &ReduceRow) -> (usize, bool) {
    let raw = kept_raw(map, lanes_of(map, row, false));
    let value = if row.input == DType::F16 { DType::F32 } else { row.input };
    (raw.map_or(value, |(_, d)| d).size(), raw.is_some())
}

/// What the kernel for short rows keeps in shared memory, and the map's value of that.
fn kept_in_shared_memory(map: &Program, row: &ReduceRow, lanes: usize) -> String {
    let input = computed(row.input);
    let first = if row.indexed { "cup_lift(cup_value(p, (values)[0]), 0)" } else { "cup_neutral()" };
    let (place, define, value) = match kept_raw(map, lanes) {
        Some((k, d)) => {
            (stored(d), format!("#define CUP_RAW 1\n#define CUP_RAW_LANES x{k}"), format!("{input} y; cup_body(p, x, y); return y;"))
        }
        None => (input, "#define CUP_RAW 0".into(), "return x;".into()),
    };
    format!(
        "typedef {place} place_t;\n{define}\n#define CUP_FIRST(values) {first}\nstatic __device__ __forceinline__ {input} cup_value(const Params& p, const place_t x) {{ {value} }}\n"
    )
}

/// Whether bit `j` is set; operands beyond the bits are not constant.
fn is_constant(constant: u64, j: usize) -> bool {
    j < 64 && constant >> j & 1 == 1
}

/// How lanes are loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// Whole, but for the operands of these bits, which are constant along them
    Vector(u64),
    /// One by one, a stride apart
    Strided,
}

/// How the skeletons reach elements: offsets of a kept and of a reduced index, loads of lanes, the map of one.
pub(crate) fn accessors(map: &Program, [lanes, n_kept, n_reduced]: [usize; 3], outer: bool, load: Load, input: &str) -> String {
    let n_operands = program::operands(map).count();
    // Numbers in C++ arrays must be positive.
    let mut out = format!("#define CUP_OPERANDS {}\nstruct CupLanes {{\n", n_operands.max(1));
    for (k, _, dtype) in program::operands(map) {
        _ = writeln!(out, "    {} x{k}[{lanes}];", dtype.map_or("long long", stored));
    }
    out.push_str("};\n");

    let walk = |out: &mut String, list: &str, n: usize, moves: &dyn Fn(&mut String, &str, &str)| {
        if n > 1 {
            _ = writeln!(out, "#pragma unroll\n    for (int d = {}; d > 0; d--) {{", n - 1);
            _ = writeln!(
                out,
                "        const cup_u64 above = cup_divide(rest, p.{list}[d], CUP_WIDE);\n        const long long i = (long long)(rest - above * p.{list}[d].n);\n        rest = above;"
            );
            moves(out, "d", "i");
            out.push_str("    }\n");
        }
        moves(out, "0", "(long long)rest");
        out.push_str("}\n");
    };
    out.push_str("static __device__ __forceinline__ void cup_kept(const Params& p, cup_u64 rest, long long (&at)[CUP_OPERANDS], long long& out) {\n    out = 0;\n");
    (0..n_operands.max(1)).for_each(|j| _ = writeln!(out, "    at[{j}] = 0;"));
    walk(&mut out, "kept", n_kept, &|out, d, i| {
        program::operands(map).enumerate().for_each(|(j, (k, ..))| _ = writeln!(out, "    at[{j}] += {i} * p.k{k}[{d}];"));
        _ = writeln!(out, "    out += {i} * p.to[{d}];");
    });
    out.push_str("static __device__ __forceinline__ void cup_reduced(const Params& p, cup_u64 rest, const long long (&from)[CUP_OPERANDS], long long (&at)[CUP_OPERANDS]) {\n");
    (0..n_operands.max(1)).for_each(|j| _ = writeln!(out, "    at[{j}] = from[{j}];"));
    walk(&mut out, "reduced", n_reduced, &|out, d, i| {
        program::operands(map).enumerate().for_each(|(j, (k, ..))| _ = writeln!(out, "    at[{j}] += {i} * p.r{k}[{d}];"));
    });

    let stride = |k: usize| if outer { format!("p.k{k}[{}]", n_kept - 1) } else { format!("p.r{k}[{}]", n_reduced - 1) };
    out.push_str("template <int N> static __device__ __forceinline__ void cup_load_piece(const Params& p, const long long (&at)[CUP_OPERANDS], CupLanes& x, int first) {\n");
    for (j, (k, _, dtype)) in program::operands(map).enumerate() {
        let s = stride(k);
        match dtype {
            Some(d) if load == Load::Strided => {
                let t = stored(d);
                _ = writeln!(
                    out,
                    "#pragma unroll\n    for (int l = 0; l < N; l++) x.x{k}[first + l] = *(const {t}*)(p.a{k} + at[{j}] + l * {s});"
                );
            }
            Some(d) if matches!(load, Load::Vector(constant) if is_constant(constant, j)) => {
                let t = stored(d);
                _ = writeln!(
                    out,
                    "    {{ const {t} one = *(const {t}*)(p.a{k} + at[{j}]); for (int l = 0; l < N; l++) x.x{k}[first + l] = one; }}"
                );
            }
            Some(d) => _ = writeln!(out, "    cup_load_vector(p.a{k} + at[{j}], *({}(*)[N])(x.x{k} + first));", stored(d)),
            None => _ = writeln!(out, "    for (int l = 0; l < N; l++) x.x{k}[first + l] = p.a{k} + at[{j}] + l * {s};"),
        }
    }
    _ = writeln!(
        out,
        "}}\nstatic __device__ __forceinline__ void cup_load(const Params& p, const long long (&at)[CUP_OPERANDS], CupLanes& x) {{ cup_load_piece<{lanes}>(p, at, x, 0);"
    );
    out.push_str("}\nstatic __device__ __forceinline__ void cup_load_one(const Params& p, const long long (&at)[CUP_OPERANDS], CupLanes& x, int l) {\n");
    for (j, (k, _, dtype)) in program::operands(map).enumerate() {
        match dtype {
            Some(d) => _ = writeln!(out, "    x.x{k}[l] = *(const {}*)(p.a{k} + at[{j}]);", stored(d)),
            None => _ = writeln!(out, "    x.x{k}[l] = p.a{k} + at[{j}];"),
        }
    }
    _ = write!(
        out,
        "}}\nstatic __device__ __forceinline__ {input} cup_map(const Params& p, const CupLanes& x, int l) {{\n    {input} y;\n    cup_body(p"
    );
    program::operands(map).for_each(|(k, ..)| _ = write!(out, ", x.x{k}[l]"));
    out.push_str(", y);\n    return y;\n}\n");
    out
}
