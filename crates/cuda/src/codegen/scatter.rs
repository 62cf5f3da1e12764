//! The text of scatters: what is done to an element, and how that is made atomic.

use super::gather::Address;
use super::program::{self, Form, stored};
use super::{BASE, entry_name};
use crate::compile::Source;
use cuprous_core::indexing::{Atomic, Combine};
use cuprous_core::{DType, Program, Step};
use smallvec::{SmallVec, smallvec};
use std::fmt::Write;

/// How an element is updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Overwritten, in words of so many bytes
    Assign(u8),
    /// By an instruction
    Native(Atomic),
    /// By comparing and swapping words
    Swap,
    /// Under a lock
    Lock,
}

/// The best way to update elements: by instructions where there are some, in words where these are aligned.
pub fn method(combine: &Combine, dtype: DType, is_aligned: bool) -> Method {
    use DType::*;
    let is_native = match combine.atomic {
        Some(Atomic::Add) => matches!(dtype, I32 | U32 | I64 | U64 | F16 | F32 | F64 | C64 | C128),
        Some(Atomic::Min | Atomic::Max) => matches!(dtype, I32 | U32 | I64 | U64),
        None => false,
    };
    match combine.atomic {
        Some(atomic) if is_native && is_aligned => Method::Native(atomic),
        _ if is_aligned && dtype.size() <= 8 => Method::Swap,
        _ => Method::Lock,
    }
}

/// What becomes of an element and a value, as a program of the two.
pub fn program_of(combine: &Combine, dtype: DType) -> Program {
    let mut steps = vec![Step::Load { operand: 0, dtype }];
    let apply = |row, args| Step::Apply { row, args, output: 0 };
    let mut element = 0;
    let mut value: Option<u32> = None;
    if let Some(&dtype) = combine.row.ins.get(1) {
        steps.push(Step::Load { operand: 1, dtype });
        value = Some(1);
    }
    if let Some(load) = combine.load {
        steps.push(apply(load, smallvec![element]));
        element = steps.len() as u32 - 1;
    }
    let args: SmallVec<[u32; 3]> = std::iter::once(element).chain(value).collect();
    steps.push(apply(combine.row, args));
    if let Some(store) = combine.store {
        steps.push(apply(store, smallvec![steps.len() as u32 - 1]));
    }
    let last = steps.len() as u32 - 1;
    Program { steps, outputs: smallvec![last] }
}

/// The kernel of a method; the program is that of [`program_of`], and without steps for an assignment.
pub fn source(program: &Program, address: Address, method: Method) -> Source {
    let name = match method {
        Method::Assign(unit) => format!("{unit}b"),
        Method::Native(_) => "atomic".into(),
        Method::Swap => "swap".into(),
        Method::Lock => "lock".into(),
    };
    let ops = ["scatter"].into_iter().chain(program::ops(program));
    let entry = entry_name(ops, &format!("{name}_{}", address.name()));
    if let Method::Assign(unit) = method {
        let mut text = String::from(BASE);
        address.push(&mut text, &entry);
        _ = writeln!(text, "typedef CupWord<{unit}>::type value_t;");
        text.push_str(VALUE);
        text.push_str(
            "static __device__ __forceinline__ void cup_update(const Params&, char* const at, const value_t v) { *(value_t*)at = v; }\n",
        );
        text.push_str(include_str!("../kernels/scatter.cuh"));
        return Source { text, entry };
    }
    let mut text = program::header(program::dtypes(program), &program::texts(program), program::preludes(program));
    address.push(&mut text, &entry);
    let mut loads = program::operands(program).filter_map(|(.., dtype)| dtype);
    let element = loads.next().unwrap_or(DType::F32);
    let value = loads.next();
    _ = writeln!(text, "typedef {} element_t;", stored(element));
    match value {
        Some(dtype) => {
            _ = writeln!(text, "typedef {} value_t;\n{VALUE}", stored(dtype));
            text.push_str("#define CUP_COMBINE(x, v, y) cup_body(p, x, v, y)\n");
        }
        None => {
            text.push_str("typedef unsigned char value_t;\nstatic __device__ __forceinline__ value_t cup_value(const Params&, const cup_offset) { return 0; }\n");
            text.push_str("#define CUP_COMBINE(x, v, y) cup_body(p, x, y)\n");
        }
    }
    match method {
        Method::Native(atomic) => text.push_str(&native(atomic, element)),
        Method::Lock => {
            text.push_str(&program::body(program, Form::Stored));
            text.push_str(include_str!("../kernels/scatter_lock.cuh"));
        }
        Method::Swap | Method::Assign(_) => {
            text.push_str(&program::body(program, Form::Stored));
            _ = writeln!(text, "typedef {} cup_word;", if element.size() == 8 { "unsigned long long" } else { "unsigned" });
            text.push_str(include_str!("../kernels/scatter_cas.cuh"));
        }
    }
    text.push_str(include_str!("../kernels/scatter.cuh"));
    Source { text, entry }
}

/// The value of an element of the launch.
const VALUE: &str = "static __device__ __forceinline__ value_t cup_value(const Params& p, const cup_offset from) { return *(const value_t*)(p.other + from); }\n";

/// The update by an instruction.
fn native(atomic: Atomic, dtype: DType) -> String {
    let statement = match (atomic, dtype) {
        // The sum of signed integers has the bits of that of unsigned ones.
        (Atomic::Add, DType::I64 | DType::U64) => "atomicAdd((unsigned long long*)at, (unsigned long long)v)",
        (Atomic::Add, DType::F16) => r#"asm volatile("red.global.add.noftz.f16 [%0], %1;" : : "l"(at), "h"(v.bits) : "memory")"#,
        (Atomic::Add, DType::C64) => "atomicAdd((float*)at, v.re); atomicAdd((float*)at + 1, v.im)",
        (Atomic::Add, DType::C128) => "atomicAdd((double*)at, v.re); atomicAdd((double*)at + 1, v.im)",
        (Atomic::Add, _) => "atomicAdd((element_t*)at, v)",
        (Atomic::Min, _) => "atomicMin((element_t*)at, v)",
        (Atomic::Max, _) => "atomicMax((element_t*)at, v)",
    };
    format!("static __device__ __forceinline__ void cup_update(const Params&, char* const at, const value_t v) {{ {statement}; }}\n")
}
