//! The text of kernels around expressions that users wrote, as loops that the host's compiler likes.
//!
//! A block runs a piece of the indices, without threads; where the expressions ask for threads of a block, or keep
//! something from element to element of one, each index is a thread's as on a GPU.

use cuprous_core::kernel::{CustomBody, CustomKernel, CustomParam, Form, has_word, type_name};
use std::fmt::Write;

/// An argument that the expressions see whole, as a parameter.
fn whole(param: &CustomParam, form: Form, prefix: &str) -> String {
    let (t, name) = (type_name(param.dtype), &param.name);
    let constant = if param.is_const { "const " } else { "" };
    match form {
        Form::Scalar => format!("const {t} {name}"),
        Form::Array { n_axes, dense } => format!("{constant}CArray<{t}, {n_axes}, {dense}> {prefix}{name}"),
    }
}

/// Whether the expressions of an element-wise kernel ask for a thread to each index.
pub fn wants_threads(kernel: &CustomKernel) -> bool {
    let CustomBody::Elementwise { operation, before, after } = &kernel.body else { return false };
    const OF_THREADS: &[&str] = &["return", "break", "threadIdx", "blockIdx", "blockDim", "gridDim", "__shared__", "warpSize"];
    let asks = |text: &str| has_word(text, OF_THREADS) || ["__sync", "__shfl", "_sync("].iter().any(|w| text.contains(w));
    // What a function of the preamble returns is its own affair.
    let preamble = has_word(&kernel.preamble, &OF_THREADS[2..]) || kernel.preamble.contains("_sync");
    !before.trim().is_empty() || !after.trim().is_empty() || asks(operation) || preamble
}

/// The element-wise kernel over `n_axes` axes. Its arguments: the indexer, then those of the user.
pub fn elementwise(kernel: &CustomKernel, forms: &[Form], n_axes: usize) -> String {
    let CustomBody::Elementwise { operation, before, after } = &kernel.body else { return String::new() };
    let walked = || {
        kernel.params.iter().zip(forms).filter_map(|(p, f)| match f {
            Form::Array { dense, .. } if !p.is_raw => Some((p, *dense)),
            _ => None,
        })
    };
    let mut text = kernel.head();
    _ = write!(text, "extern \"C\" __global__ void {}(CIndexer<{n_axes}> _ind", kernel.name);
    for (param, &form) in kernel.params.iter().zip(forms) {
        _ = write!(text, ", {}", whole(param, form, if param.is_raw { "" } else { "_raw_" }));
    }
    text.push_str(") {\n    const ptrdiff_t n = _ind.size();\n");
    let element = |text: &mut String, param: &CustomParam, at: &str| {
        let (t, name) = (type_name(param.dtype), &param.name);
        let (constant, reference) = if param.is_const { ("const ", "") } else { ("", "&") };
        _ = writeln!(text, "    {constant}{t}{reference} {name} = {at};");
    };
    if wants_threads(kernel) {
        _ = writeln!(text, "{before}\n;");
        text.push_str("    for (ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (ptrdiff_t)gridDim.x * blockDim.x) {\n    _ind.set(i);\n");
        for (param, dense) in walked() {
            let at = format!("_raw_{}[{}]", param.name, if dense { "i" } else { "_ind.get()" });
            element(&mut text, param, &at);
        }
        // A comment at the end of the user's text ends with its line.
        _ = writeln!(text, "{operation}\n;\n    }}\n{after}\n;\n}}");
        return text;
    }
    text.push_str(
        "    const ptrdiff_t _cup_end = (ptrdiff_t)((__int128)n * (blockIdx.x + 1) / gridDim.x);
    for (ptrdiff_t i = (ptrdiff_t)((__int128)n * blockIdx.x / gridDim.x); i < _cup_end;) {
    _ind.set(i);\n",
    );
    // Along a row everything lies in equal steps.
    let strided: Vec<&CustomParam> = walked().filter(|(_, dense)| !dense).map(|(p, _)| p).collect();
    for param in &strided {
        let name = &param.name;
        _ = writeln!(
            text,
            "    char* _cup_at_{name} = (char*)&_raw_{name}[_ind.get()]; const ptrdiff_t _cup_step_{name} = _raw_{name}.strides()[{}];",
            n_axes - 1
        );
    }
    if strided.is_empty() {
        text.push_str("    const ptrdiff_t _cup_row = _cup_end;\n");
    } else {
        _ = writeln!(text, "    const ptrdiff_t _cup_row = min(_cup_end, i + _ind.shape()[{0}] - _ind.get()[{0}]);", n_axes - 1);
    }
    text.push_str("    for (; i < _cup_row; i++");
    strided.iter().for_each(|p| _ = write!(text, ", _cup_at_{0} += _cup_step_{0}", p.name));
    text.push_str(") {\n");
    if has_word(operation, &["_ind"]) || has_word(&kernel.preamble, &["_ind"]) {
        text.push_str("    _ind.set(i);\n");
    }
    for (param, dense) in walked() {
        let t = type_name(param.dtype);
        let at = if dense { format!("_raw_{}[i]", param.name) } else { format!("*({t}*)_cup_at_{}", param.name) };
        element(&mut text, param, &at);
    }
    _ = writeln!(text, "{operation}\n;\n    }}\n    }}\n}}");
    text
}

/// What a reduction's text depends on besides the kernel and the forms of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReduceForm {
    /// Axes that stay, at least 1
    pub n_kept: usize,
    /// Axes that go, at least 1
    pub n_reduced: usize,
}

/// What every reduction has: the nest of its loops, and an array along them.
const NEST: &str = "
template <int K, int R> struct CupNest {
    ptrdiff_t n_kept, n_reduced, chunks, chunk, phase;
    char* partial;
    ptrdiff_t kept[K], reduced[R];
};
template <int K, int R> struct CupWalk {
    char* at;
    ptrdiff_t kept[K], reduced[R];
    char* of(const ptrdiff_t* place) const {
        char* p = at;
        for (int d = 0; d < K; d++) p += place[d] * kept[d];
        return p;
    }
};
struct CupSize { ptrdiff_t n; ptrdiff_t size() const { return n; } };
";

/// The kernel of a reduction. Its arguments: the nest, then those of the user, of which arrays that are walked have
/// their strides along both.
///
/// Chunks, and the 8 lanes of each, depend on the shape alone, so that the bits do not depend on the threads.
pub fn reduction(kernel: &CustomKernel, n_outputs: usize, forms: &[Form], form: ReduceForm) -> String {
    let CustomBody::Reduce { map, combine, finish, identity, accumulator } = &kernel.body else { return String::new() };
    let ReduceForm { n_kept, n_reduced } = form;
    let n_inputs = kernel.params.len() - n_outputs;
    let is_walked = |k: usize| k >= n_inputs || !kernel.params[k].is_raw && forms[k] != Form::Scalar;
    let mut text = kernel.head();
    _ = writeln!(text, "typedef {accumulator} _type_reduce;{NEST}");
    // An accumulator without identity knows whether it holds anything yet.
    let (neutral, wrap, value) = match identity {
        Some(identity) => {
            text.push_str("typedef _type_reduce cup_acc;\n");
            (format!("(_type_reduce)({identity})"), "return (_type_reduce)", "")
        }
        None => {
            text.push_str("struct cup_acc { _type_reduce value; bool is; };\n");
            (
                "[] { cup_acc none; none.is = false; return none; }()".into(),
                "cup_acc one; one.is = true; one.value = (_type_reduce)",
                ".value",
            )
        }
    };
    text.push_str("static_assert(sizeof(cup_acc) <= 64, \"the values of a ReductionKernel may have 64 bytes at most\");\n");
    _ = write!(text, "extern \"C\" __global__ void {}(const CupNest<{n_kept}, {n_reduced}> _cup_n", kernel.name);
    for (k, (param, &f)) in kernel.params.iter().zip(forms).enumerate() {
        if is_walked(k) {
            _ = write!(text, ", const CupWalk<{n_kept}, {n_reduced}> _cup_{k}");
        } else {
            _ = write!(text, ", {}", whole(param, f, ""));
        }
    }
    text.push_str(") {\n    const CupSize _out_ind = {_cup_n.n_kept}, _in_ind = {_cup_n.n_kept * _cup_n.n_reduced};\n");
    let combined = if identity.is_some() {
        format!("[&](const cup_acc a, const cup_acc b) -> cup_acc {{ return (_type_reduce)({combine}\n); }}")
    } else {
        format!(
            "[&](const cup_acc a_, const cup_acc b_) -> cup_acc {{\n    if (!b_.is) return a_;\n    if (!a_.is) return b_;\n    const _type_reduce a = a_.value, b = b_.value;\n    cup_acc c; c.is = true; c.value = (_type_reduce)({combine}\n); return c; }}"
        )
    };
    _ = writeln!(text, "    const auto _cup_combine = {combined};");
    let walked: Vec<usize> = (0..n_inputs).filter(|&k| is_walked(k)).collect();
    text.push_str("    const auto _cup_map = [&](const ptrdiff_t _J");
    walked.iter().for_each(|k| _ = write!(text, ", const char* _cup_at_{k}"));
    text.push_str(") -> cup_acc {\n");
    for &k in &walked {
        let (t, name) = (type_name(kernel.params[k].dtype), &kernel.params[k].name);
        _ = writeln!(text, "    const {t} {name} = *(const {t}*)_cup_at_{k};");
    }
    _ = writeln!(text, "    {wrap}({map}\n);{}\n    }};", if identity.is_some() { "" } else { " return one;" });
    text.push_str(
        "    const ptrdiff_t _cup_items = _cup_n.phase == 1 ? _cup_n.n_kept * _cup_n.chunks : _cup_n.n_kept;
    const ptrdiff_t _cup_end = (ptrdiff_t)((__int128)_cup_items * (blockIdx.x + 1) / gridDim.x);
    for (ptrdiff_t _cup_item = (ptrdiff_t)((__int128)_cup_items * blockIdx.x / gridDim.x); _cup_item < _cup_end; _cup_item++) {
    const ptrdiff_t _cup_o = _cup_n.phase == 1 ? _cup_item / _cup_n.chunks : _cup_item;\n",
    );
    _ = writeln!(
        text,
        "    ptrdiff_t _cup_place[{n_kept}], _cup_rest = _cup_o;\n    for (int d = {n_kept} - 1; d >= 0; d--) _cup_place[d] = _cup_rest % _cup_n.kept[d], _cup_rest /= _cup_n.kept[d];\n    cup_acc _cup_a = {neutral};"
    );
    text.push_str(
        "    if (_cup_n.phase == 2) {
    for (ptrdiff_t c = 0; c < _cup_n.chunks; c++) {
        cup_acc part;
        memcpy((void*)&part, _cup_n.partial + (_cup_o * _cup_n.chunks + c) * sizeof(cup_acc), sizeof(cup_acc));
        _cup_a = _cup_combine(_cup_a, part);
    }
    } else {
    const ptrdiff_t _cup_first = _cup_n.phase == 1 ? _cup_item % _cup_n.chunks * _cup_n.chunk : 0;
    const ptrdiff_t _cup_last = _cup_n.phase == 1 ? min(_cup_first + _cup_n.chunk, _cup_n.n_reduced) : _cup_n.n_reduced;\n",
    );
    _ = writeln!(text, "    cup_acc _cup_lanes[8] = {{{}}};", ["_cup_a"; 8].join(", "));
    _ = writeln!(
        text,
        "    ptrdiff_t _cup_r[{n_reduced}];\n    _cup_rest = _cup_first;\n    for (int d = {n_reduced} - 1; d >= 0; d--) _cup_r[d] = _cup_n.reduced[d] ? _cup_rest % _cup_n.reduced[d] : 0, _cup_rest = _cup_n.reduced[d] ? _cup_rest / _cup_n.reduced[d] : 0;"
    );
    for &k in &walked {
        _ = writeln!(
            text,
            "    const char* const _cup_base_{k} = _cup_{k}.of(_cup_place); const ptrdiff_t _cup_step_{k} = _cup_{k}.reduced[{n_reduced} - 1];"
        );
    }
    _ = writeln!(
        text,
        "    for (ptrdiff_t _cup_e = _cup_first; _cup_e < _cup_last;) {{\n    const ptrdiff_t _cup_count = min(_cup_last - _cup_e, _cup_n.reduced[{n_reduced} - 1] - _cup_r[{n_reduced} - 1]);"
    );
    for &k in &walked {
        _ = writeln!(
            text,
            "    const char* _cup_at_{k} = _cup_base_{k};\n    for (int d = 0; d < {n_reduced}; d++) _cup_at_{k} += _cup_r[d] * _cup_{k}.reduced[d];"
        );
    }
    let places = |q: &str| walked.iter().map(|k| format!(", _cup_at_{k} + ({q}) * _cup_step_{k}")).collect::<String>();
    _ = writeln!(
        text,
        "    ptrdiff_t q = 0;
    if (_cup_last - _cup_first >= 64)
        for (; q + 8 <= _cup_count; q += 8)
            for (int l = 0; l < 8; l++) _cup_lanes[l] = _cup_combine(_cup_lanes[l], _cup_map(_cup_e + q + l{}));
    for (; q < _cup_count; q++) _cup_lanes[0] = _cup_combine(_cup_lanes[0], _cup_map(_cup_e + q{}));
    _cup_e += _cup_count;
    _cup_r[{n_reduced} - 1] += _cup_count;
    for (int d = {n_reduced} - 1; d > 0 && _cup_r[d] == _cup_n.reduced[d]; d--) _cup_r[d] = 0, _cup_r[d - 1]++;
    }}
    _cup_a = _cup_lanes[0];
    if (_cup_last - _cup_first >= 64)
        for (int l = 1; l < 8; l++) _cup_a = _cup_combine(_cup_a, _cup_lanes[l]);
    }}
    if (_cup_n.phase == 1) {{
        memcpy(_cup_n.partial + _cup_item * sizeof(cup_acc), (const void*)&_cup_a, sizeof(cup_acc));
        continue;
    }}",
        places("q + l"),
        places("q")
    );
    for (k, param) in kernel.params.iter().enumerate().skip(n_inputs) {
        let (t, name) = (type_name(param.dtype), &param.name);
        _ = writeln!(text, "    {t}& {name} = *({t}*)_cup_{k}.of(_cup_place);");
    }
    _ = writeln!(text, "    const _type_reduce a = _cup_a{value};\n    {finish}\n;\n    }}\n}}");
    text
}
