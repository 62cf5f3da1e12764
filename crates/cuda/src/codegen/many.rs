//! The text of kernels that run one program on many small sets of operands at once.

use super::program::{self, Form, stored};
use super::{Params, THREADS, entry_name};
use crate::compile::Source;
use crate::launch;
use cuprous_core::Program;
use std::fmt::Write;

/// Bytes of one set's fields: constants, for each operand an address and a stride, the number of elements.
pub fn bytes_of_set(program: &Program) -> usize {
    program::constant_bytes(program) + 16 * (program::operands(program).count() + program.outputs.len()) + 8
}

/// How many sets the parameter of a kernel holds.
pub fn capacity(program: &Program) -> usize {
    launch::MAX_PARAMS / bytes_of_set(program)
}

/// Fills what is left of the parameter with zeros: the kernel takes it whole.
pub(crate) fn pad(params: &mut Params, program: &Program) {
    params.bytes.resize(capacity(program) * bytes_of_set(program), 0);
}

/// The kernel's text: the blocks of one y take one set.
pub fn source(program: &Program) -> Source {
    let entry = entry_name(program::ops(program), "many");
    let mut text = program::header(program::dtypes(program), &program::texts(program), program::preludes(program));
    text.push_str("struct Params {\n");
    text.push_str(&program::constant_fields(program));
    for (k, _, dtype) in program::operands(program) {
        let pointer = if dtype.is_some() { "const char*" } else { "long long" };
        _ = writeln!(text, "    {pointer} a{k};\n    long long s{k};");
    }
    for k in 0..program.outputs.len() {
        _ = writeln!(text, "    char* b{k};\n    long long t{k};");
    }
    _ = writeln!(text, "    cup_u64 n;\n}};\nstruct Sets {{ Params sets[{}]; }};", capacity(program));
    text.push_str(&program::body(program, Form::Stored));
    _ = writeln!(
        text,
        r"extern {:?} __global__ void __launch_bounds__({THREADS}) {entry}(const __grid_constant__ Sets all) {{
    const Params& p = all.sets[blockIdx.y];
    for (cup_u64 i = blockIdx.x * {THREADS} + threadIdx.x; i < p.n; i += gridDim.x * {THREADS}) {{",
        "C"
    );
    let mut call = String::from("cup_body(p");
    for (k, _, dtype) in program::operands(program) {
        match dtype.map(stored) {
            Some(t) => _ = writeln!(text, "        const {t} x{k} = *(const {t}*)(p.a{k} + (long long)i * p.s{k});"),
            None => _ = writeln!(text, "        const long long x{k} = p.a{k} + (long long)i * p.s{k};"),
        }
        _ = write!(call, ", x{k}");
    }
    for (k, &o) in program.outputs.iter().enumerate() {
        _ = writeln!(text, "        {} y{k};", stored(program.steps[o as usize].dtype()));
        _ = write!(call, ", y{k}");
    }
    _ = writeln!(text, "        {call});");
    for (k, &o) in program.outputs.iter().enumerate() {
        let t = stored(program.steps[o as usize].dtype());
        _ = writeln!(text, "        *({t}*)(p.b{k} + (long long)i * p.t{k}) = y{k};");
    }
    text.push_str("    }\n}\n");
    Source { text, entry }
}
