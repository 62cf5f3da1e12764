//! The text of a program: what one element becomes.

use super::{BASE, COMPLEX, F16, Params};
use cuprous_core::{DType, Kind, Program, Scalar, Step};
use std::fmt::Write;

/// In which form a program's values leave its function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As in memory
    Stored,
    /// As further steps compute with it: float16 as float
    Computed,
}

/// The type in memory. Booleans are bytes, since other programs may have written any.
pub(crate) fn stored(dtype: DType) -> &'static str {
    if dtype == DType::Bool { "unsigned char" } else { dtype.cuda_name() }
}

/// The type in registers.
pub(crate) fn computed(dtype: DType) -> &'static str {
    if dtype == DType::F16 { "float" } else { dtype.cuda_name() }
}

/// A value in memory's form as registers have it.
pub(crate) fn loaded(dtype: DType, value: &str) -> String {
    match dtype {
        DType::Bool => format!("{value} != 0"),
        DType::F16 => format!("cup_from_f16({value})"),
        _ => value.into(),
    }
}

/// Any expression, converted to a dtype and by that rounded, in memory's form.
pub(crate) fn to_stored(dtype: DType, expression: &str) -> String {
    match dtype {
        DType::Bool => format!("(unsigned char)(bool)({expression})"),
        DType::F16 => format!("cup_to_f16({expression})"),
        _ => format!("({})({expression})", dtype.cuda_name()),
    }
}

/// Any expression, converted to a dtype and by that rounded, in the form of registers.
pub(crate) fn to_computed(dtype: DType, expression: &str) -> String {
    if dtype == DType::F16 { format!("cup_round_f16({expression})") } else { format!("({})({expression})", dtype.cuda_name()) }
}

/// The texts that kernels of these dtypes begin with, then each prelude once.
pub(crate) fn header<'a>(dtypes: impl Iterator<Item = DType> + Clone, texts: &[&str], preludes: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::from(BASE);
    if dtypes.clone().any(|d| d == DType::F16) {
        out.push_str(F16);
    }
    let mut kept: Vec<&str> = Vec::new();
    for prelude in preludes.filter(|p| !p.is_empty()) {
        // A prelude may hold another one whole.
        if !kept.iter().any(|k| k.contains(prelude)) {
            kept.retain(|k| !prelude.contains(k));
            kept.push(prelude);
        }
    }
    let names_complex = |t: &str| t.contains("c64") || t.contains("c128");
    if dtypes.into_iter().any(|d| d.kind() == Kind::Complex)
        || kept.iter().any(|t| names_complex(t))
        || texts.iter().any(|t| names_complex(t))
    {
        out.push_str(COMPLEX);
    }
    for prelude in kept {
        out.push_str(prelude);
        out.push('\n');
    }
    out
}

/// Dtypes of all steps and of their rows' arguments.
pub(crate) fn dtypes(program: &Program) -> impl Iterator<Item = DType> + Clone {
    program.steps.iter().flat_map(|s| {
        let args: &[DType] = if let Step::Apply { row, .. } = s { row.ins } else { &[] };
        args.iter().copied().chain([s.dtype()])
    })
}

/// The preludes of a program's rows.
pub(crate) fn preludes(program: &Program) -> impl Iterator<Item = &str> {
    program.steps.iter().filter_map(|s| if let Step::Apply { row, .. } = s { Some(row.prelude) } else { None })
}

/// The texts of a program's rows.
pub(crate) fn texts(program: &Program) -> Vec<&str> {
    program.steps.iter().filter_map(|s| if let Step::Apply { row, .. } = s { Some(row.cuda) } else { None }).collect()
}

/// The names of a program's ops.
pub(crate) fn ops(program: &Program) -> impl Iterator<Item = &str> {
    program.steps.iter().filter_map(|s| if let Step::Apply { row, .. } = s { Some(row.op) } else { None })
}

/// The steps that have an operand: `(step, operand, dtype)`; without dtype for a place's number.
pub(crate) fn operands(program: &Program) -> impl Iterator<Item = (usize, usize, Option<DType>)> + Clone {
    program.steps.iter().enumerate().filter_map(|(k, s)| match s {
        Step::Load { operand, dtype } => Some((k, *operand as usize, Some(*dtype))),
        Step::Index { operand } => Some((k, *operand as usize, None)),
        _ => None,
    })
}

/// The fields of a program's constants.
pub(crate) fn constant_fields(program: &Program) -> String {
    let mut out = String::new();
    for (k, step) in program.steps.iter().enumerate() {
        if let Step::Constant { dtype, .. } = step {
            // Complex numbers as their parts: the structure is then aligned to 8 bytes throughout.
            match dtype {
                DType::C128 => _ = writeln!(out, "    double c{k}[2];"),
                DType::C64 => _ = writeln!(out, "    alignas(8) float c{k}[2];"),
                d => _ = writeln!(out, "    alignas(8) {} c{k};", stored(*d)),
            }
        }
    }
    out
}

/// Appends the constants as [`constant_fields`] declares them.
pub(crate) fn push_constants(params: &mut Params, program: &Program, parameters: &[Scalar]) {
    for step in &program.steps {
        if let Step::Constant { parameter, dtype } = step {
            let value = parameters.get(*parameter as usize).copied().unwrap_or(Scalar::zero(*dtype));
            params.padded((if value.dtype() == *dtype { value } else { value.cast(*dtype) }).bytes());
        }
    }
}

/// The number of bytes that [`push_constants`] appends.
pub(crate) fn constant_bytes(program: &Program) -> usize {
    program.steps.iter().map(|s| if let Step::Constant { dtype, .. } = s { dtype.size().next_multiple_of(8) } else { 0 }).sum()
}

/// A device function `cup_body` of the loaded values `x{step}`, in memory's form, that sets `o0`, `o1`, ....
pub(crate) fn body(program: &Program, form: Form) -> String {
    let mut out = String::from("static __device__ __forceinline__ void cup_body(const Params& p");
    for (k, _, dtype) in operands(program) {
        _ = write!(out, ", const {} x{k}", dtype.map_or("long long", stored));
    }
    let type_of = |d: DType| if form == Form::Stored { stored(d) } else { computed(d) };
    let output_dtypes: Vec<DType> = program.outputs.iter().map(|&o| program.steps[o as usize].dtype()).collect();
    for (k, d) in output_dtypes.iter().enumerate() {
        _ = write!(out, ", {}& o{k}", type_of(*d));
    }
    out.push_str(") {\n");
    // Where a float16 value is a copy of a loaded one, its bits are kept: conversions would change NaNs.
    let mut copies: Vec<Option<usize>> = vec![None; program.steps.len()];
    for (k, step) in program.steps.iter().enumerate() {
        let dtype = step.dtype();
        let name = computed(dtype);
        match step {
            Step::Load { .. } => {
                copies[k] = Some(k);
                _ = writeln!(out, "    const {name} v{k} = {};", loaded(dtype, &format!("x{k}")));
            }
            Step::Index { .. } => _ = writeln!(out, "    const {name} v{k} = x{k};"),
            Step::Constant { .. } if dtype.kind() == Kind::Complex => _ = writeln!(out, "    const {name} v{k}(p.c{k}[0], p.c{k}[1]);"),
            Step::Constant { .. } => _ = writeln!(out, "    const {name} v{k} = {};", loaded(dtype, &format!("p.c{k}"))),
            Step::Apply { row, args, output } => {
                if row.cuda == "in0" && row.ins == row.outs {
                    copies[k] = args.first().and_then(|&a| copies[a as usize]);
                }
                _ = write!(out, "    {name} v{k};\n    {{\n       ");
                for (i, (a, d)) in args.iter().zip(row.ins).enumerate() {
                    _ = write!(out, " const {} in{i} = v{a};", computed(*d));
                }
                if row.outs.len() == 1 {
                    _ = writeln!(out, "\n        v{k} = {};", to_computed(dtype, row.cuda));
                } else {
                    for (i, d) in row.outs.iter().enumerate() {
                        _ = write!(out, " {} out{i};", computed(*d));
                    }
                    _ = writeln!(out, "\n        {};\n        v{k} = {};", row.cuda, to_computed(dtype, &format!("out{output}")));
                }
                out.push_str("    }\n");
            }
        }
    }
    for (k, (&o, d)) in program.outputs.iter().zip(&output_dtypes).enumerate() {
        let value = match (form, d, copies[o as usize]) {
            (Form::Computed, ..) => format!("v{o}"),
            (Form::Stored, DType::F16, Some(x)) => format!("x{x}"),
            (Form::Stored, ..) => to_stored(*d, &format!("v{o}")),
        };
        _ = writeln!(out, "    o{k} = {value};");
    }
    out.push_str("}\n");
    out
}

/// How many elements a thread may take without making the text of a long program too long to compile.
pub(crate) fn bounded_lanes(program: &Program, lanes: usize) -> usize {
    let mut lanes = lanes.max(1);
    while lanes > 1 && lanes * program.steps.len() > 512 {
        lanes /= 2;
    }
    lanes
}
