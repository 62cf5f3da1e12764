//! The text of kernels around expressions that users wrote.
//!
//! The element-wise skeleton walks the indices in C order, as the expressions may use the index; reductions use the
//! skeletons and the planner of our own, with accessors made for the user's expressions.

use super::{Load, Params, accessors, program, signature};
use crate::codegen::GROUP;
use crate::compile::user::UserSource;
use cuprous_core::kernel::{CustomBody, CustomKernel, CustomParam, Form, type_name};
use cuprous_core::{DType, Program, Scalar};
use std::fmt::Write;

fn array_type(param: &CustomParam, n_axes: u8, dense: bool) -> String {
    format!("CArray<{}, {n_axes}, {dense}>", type_name(param.dtype))
}

/// The field of an argument and its length in bytes. Numbers are bytes, so that no field is aligned to more than 8.
fn field(out: &mut String, k: usize, param: &CustomParam, form: Form) -> usize {
    match form {
        Form::Array { n_axes, dense } => {
            _ = writeln!(out, "    {} _cup_{k};", array_type(param, n_axes, dense));
            8 * (2 + 2 * n_axes as usize)
        }
        Form::Scalar => {
            let n = param.dtype.size().next_multiple_of(8);
            _ = writeln!(out, "    alignas(8) unsigned char _cup_{k}[{n}];");
            n
        }
    }
}

/// Appends an array as [`field`] declares it.
pub(crate) fn push_array(params: &mut Params, address: usize, shape: &[usize], strides: &[isize]) {
    params.uint(address);
    params.uint(shape.iter().product());
    if shape.is_empty() {
        [1, 0].iter().for_each(|&x| params.int(x));
    }
    shape.iter().for_each(|&n| params.uint(n));
    strides.iter().for_each(|&s| params.int(s as i64));
}

/// Appends a number as [`field`] declares it.
pub(crate) fn push_scalar(params: &mut Params, value: Scalar) {
    params.padded(value.bytes());
}

/// The declaration of what does not change from element to element, from the parameter called `p`.
fn declare(out: &mut String, k: usize, param: &CustomParam, form: Form, p: &str) {
    let name = &param.name;
    match form {
        Form::Scalar => {
            let t = type_name(param.dtype);
            _ = writeln!(out, "    const {t} {name} = _cup_scalar<{t}>({p}._cup_{k});");
        }
        Form::Array { n_axes, dense } => {
            let t = array_type(param, n_axes, dense);
            let raw = if param.is_raw { "" } else { "_raw_" };
            // Only a copy lets elements be written: the parameter is constant.
            if param.is_const {
                _ = writeln!(out, "    const {t}& {raw}{name} = {p}._cup_{k};");
            } else {
                _ = writeln!(out, "    {t} {raw}{name} = {p}._cup_{k};");
            }
        }
    }
}

/// The element-wise kernel over `n_axes` axes.
pub fn elementwise(kernel: &CustomKernel, forms: &[Form], n_axes: usize) -> UserSource {
    let CustomBody::Elementwise { operation, before, after } = &kernel.body else {
        return UserSource::default();
    };
    let mut text = kernel.head();
    _ = writeln!(text, "struct _CupParams {{\n    CIndexer<{n_axes}> _cup_ind;");
    let mut n_bytes = 8 * (1 + 2 * n_axes);
    for (k, (param, &form)) in kernel.params.iter().zip(forms).enumerate() {
        n_bytes += field(&mut text, k, param, form);
    }
    text.push_str("};\n");
    _ = writeln!(text, "static_assert(sizeof(_CupParams) == {n_bytes}, \"the host fills in as many bytes\");");
    let (parameter, begin) = if n_bytes > crate::launch::MAX_PARAMS {
        ("const _CupParams* _cup_q", "    const _CupParams& _cup_p = *_cup_q;\n")
    } else {
        ("const __grid_constant__ _CupParams _cup_p", "")
    };
    _ = writeln!(text, "extern \"C\" __global__ void {}({parameter}) {{", kernel.name);
    text.push_str(begin);
    _ = writeln!(text, "    CIndexer<{n_axes}> _ind = _cup_p._cup_ind;\n    const ptrdiff_t n = _ind.size();");
    for (k, (param, &form)) in kernel.params.iter().zip(forms).enumerate() {
        declare(&mut text, k, param, form, "_cup_p");
    }
    if !before.is_empty() {
        _ = writeln!(text, "{before}\n;");
    }
    text.push_str(
        "    for (ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += (ptrdiff_t)gridDim.x * blockDim.x) {\n",
    );
    // What is not used the compiler leaves out.
    text.push_str("    _ind.set(i);\n");
    for (param, &form) in kernel.params.iter().zip(forms) {
        let Form::Array { dense, .. } = form else { continue };
        if param.is_raw {
            continue;
        }
        let (t, name) = (type_name(param.dtype), &param.name);
        let index = if dense { "i" } else { "_ind.get()" };
        if param.is_const {
            _ = writeln!(text, "    const {t} {name} = _raw_{name}[{index}];");
        } else {
            _ = writeln!(text, "    {t}& {name} = _raw_{name}[{index}];");
        }
    }
    // A comment at the end of the user's text ends with its line.
    _ = writeln!(text, "{operation}\n;\n    }}");
    if !after.is_empty() {
        _ = writeln!(text, "{after}\n;");
    }
    text.push_str("}\n");
    source(kernel, text)
}

fn source(kernel: &CustomKernel, text: String) -> UserSource {
    UserSource { text, name: kernel.name.clone(), options: kernel.options.clone(), ..Default::default() }
}

/// What a reduction's text depends on besides the kernel and the forms of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReduceForm {
    /// Whether the innermost axis is kept
    pub outer: bool,
    /// Axes that stay
    pub n_kept: usize,
    /// Axes that go
    pub n_reduced: usize,
    /// Operands that are constant along the lanes, a bit each
    pub constant: u64,
    /// Elements that a thread takes at once
    pub lanes: usize,
}

/// The kernel of a reduction. `map` loads the inputs that are walked element by element, in their order.
pub fn reduction(kernel: &CustomKernel, n_outputs: usize, forms: &[Form], map: &Program, form: ReduceForm) -> UserSource {
    let CustomBody::Reduce { map: expression, combine, finish, identity, accumulator } = &kernel.body else {
        return UserSource::default();
    };
    let ReduceForm { outer, n_kept, n_reduced, constant, lanes } = form;
    let n_inputs = kernel.params.len() - n_outputs;
    let whole = |k: usize| kernel.params[k].is_raw || forms[k] == Form::Scalar;
    let walked: Vec<&CustomParam> = (0..n_inputs).filter(|&k| !whole(k)).map(|k| &kernel.params[k]).collect();

    let mut text = kernel.head();
    _ = writeln!(text, "typedef {accumulator} _type_reduce;");
    // The names that the skeletons have for our types.
    text.push_str("typedef float16 f16; typedef complex<float> c64; typedef complex<double> c128;\n");
    text.push_str(super::BASE);
    text.push_str("struct Params {\n");
    let mut n_bytes = 8 * (10 + n_kept + 2 * (n_kept + n_reduced));
    for k in (0..n_inputs).filter(|&k| whole(k)) {
        n_bytes += field(&mut text, k, &kernel.params[k], forms[k]);
    }
    for k in 1..n_outputs {
        _ = writeln!(text, "    char* _cup_out{k};");
        n_bytes += 8;
    }
    for (k, ..) in program::operands(map) {
        _ = writeln!(text, "    const char* a{k};\n    long long k{k}[{n_kept}], r{k}[{n_reduced}];");
        n_bytes += 8 * (1 + n_kept + n_reduced);
    }
    _ = writeln!(
        text,
        "    char* out;\n    long long to[{n_kept}];\n    char *partial, *tickets;\n    cup_u64 n_kept, n_reduced, splits, log_group, rounds, vector, wide;\n    CupDiv kept[{n_kept}], reduced[{n_reduced}];\n}};\nstatic_assert(sizeof(Params) == {n_bytes}, \"the host fills in as many bytes\");"
    );

    // An accumulator without identity knows whether it holds anything yet.
    let (acc, neutral, combined, wrap, value) = match identity {
        Some(identity) => (
            "typedef _type_reduce acc_t;\n".to_string(),
            format!("return (_type_reduce)({identity});"),
            format!("return (_type_reduce)({combine}\n);"),
            "return (_type_reduce)",
            "",
        ),
        None => (
            "struct acc_t { _type_reduce value; bool is; };\n".to_string(),
            "acc_t none; none.is = false; return none;".to_string(),
            format!(
                "if (!b_.is) return a_;\n    if (!a_.is) return b_;\n    const _type_reduce a = a_.value, b = b_.value;\n    acc_t c; c.is = true; c.value = (_type_reduce)({combine}\n);\n    return c;"
            ),
            "acc_t one; one.is = true; one.value = (_type_reduce)",
            ".value",
        ),
    };
    let (a, b) = if identity.is_some() { ("a", "b") } else { ("a_", "b_") };
    _ = writeln!(
        text,
        "{acc}static_assert(sizeof(acc_t) <= 64, \"the values of a ReductionKernel may have 64 bytes at most\");
static __device__ __forceinline__ acc_t cup_neutral() {{ {neutral} }}
static __device__ __forceinline__ acc_t cup_combine(const acc_t {a}, const acc_t {b}) {{
    {combined}
}}"
    );
    text.push_str(GROUP);

    // The loaded elements travel as one value; the user's map runs where the parameters are in reach.
    text.push_str("struct CupItem {");
    walked.iter().enumerate().for_each(|(j, param)| _ = write!(text, " {} v{j};", program::stored(param.dtype)));
    text.push_str(" };\nstatic __device__ __forceinline__ void cup_body(const Params& p");
    walked.iter().enumerate().for_each(|(j, param)| _ = write!(text, ", const {} x{j}", program::stored(param.dtype)));
    text.push_str(", CupItem& y) {");
    (0..walked.len()).for_each(|j| _ = write!(text, " y.v{j} = x{j};"));
    text.push_str(" }\n");
    text.push_str("#define CUP_WIDE p.wide\n");
    text.push_str(&accessors(map, [lanes, n_kept, n_reduced], outer, Load::Vector(constant), "CupItem"));

    let mut wholes = String::new();
    for k in (0..n_inputs).filter(|&k| whole(k)) {
        declare(&mut wholes, k, &kernel.params[k], forms[k], "cup_p");
    }
    text.push_str(
        "static __device__ __forceinline__ acc_t cup_user_map(const Params& cup_p, const CupItem& cup_item, const long long _J) {\n",
    );
    text.push_str(&wholes);
    for (j, param) in walked.iter().enumerate() {
        let truth = if param.dtype == DType::Bool { " != 0" } else { "" };
        _ = writeln!(text, "    const {} {} = cup_item.v{j}{truth};", type_name(param.dtype), param.name);
    }
    _ = writeln!(text, "    {wrap}({expression}\n);{}\n}}", if identity.is_some() { "" } else { " return one;" });

    text.push_str("struct CupSize { long long n; __device__ long long size() const { return n; } };\n");
    text.push_str("static __device__ __forceinline__ void cup_user_finish(const Params& cup_p, char* cup_to, long long cup_out, const acc_t cup_a) {\n");
    text.push_str(&wholes);
    text.push_str("    const CupSize _out_ind = { (long long)cup_p.n_kept }, _in_ind = { (long long)(cup_p.n_kept * cup_p.n_reduced) };\n");
    for (k, param) in kernel.params[n_inputs..].iter().enumerate() {
        let (t, name) = (type_name(param.dtype), &param.name);
        if k == 0 {
            _ = writeln!(text, "    {t}& {name} = *({t}*)cup_to;");
        } else {
            // Further outputs are packed like the first.
            let first = kernel.params[n_inputs].dtype.size();
            _ = writeln!(text, "    {t}& {name} = *({t}*)(cup_p._cup_out{k} + cup_out / {first} * (long long)sizeof({t}));");
        }
    }
    _ = writeln!(text, "    const _type_reduce a = cup_a{value};\n    {finish}\n;\n}}");
    text.push_str(
        "#define cup_lift(item, place) cup_user_map(p, item, place)\n#define cup_finish(to, acc, count) cup_user_finish(p, to, out, acc)\n",
    );

    let loaded: usize = walked.iter().map(|p| (p.dtype.size() * lanes).max(16)).sum();
    let mut unroll = 4;
    while unroll > 1 && unroll * loaded > 192 {
        unroll /= 2;
    }
    _ = writeln!(
        text,
        "#define CUP_LANES {lanes}\n#define CUP_PIECE {lanes}\n#define CUP_BLOCKS 1\n#define CUP_ACCUMULATORS {}\n#define CUP_UNROLL {unroll}",
        lanes.min(4)
    );
    text.push_str(&signature(&kernel.name, n_bytes));
    text.push_str(&super::reduce::skeleton(outer, n_reduced, 1));
    source(kernel, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{self, user};
    use cuprous_core::Step;
    use cuprous_core::kernel::Forms;

    fn param(name: &str, dtype: DType, is_raw: bool, is_const: bool) -> CustomParam {
        CustomParam { name: name.into(), dtype, is_raw, is_const }
    }

    fn kernel(params: Vec<CustomParam>, types: &[(&str, DType)], preamble: &str, body: CustomBody) -> CustomKernel {
        CustomKernel {
            id: CustomKernel::new_id(),
            name: "user_kernel".into(),
            params,
            types: types.iter().map(|(n, d)| (n.to_string(), *d)).collect(),
            preamble: preamble.into(),
            options: Vec::new(),
            body,
            compiled: Default::default(),
        }
    }

    fn compiles(source: &UserSource) {
        if compile::compiler().is_ok()
            && let Err(e) = user::check_user(source, 90)
        {
            panic!("{e}");
        }
    }

    fn operation(text: &str) -> CustomBody {
        CustomBody::Elementwise { operation: text.into(), before: "int _count = 0".into(), after: "if (_count < 0) __trap()".into() }
    }

    const DENSE: Form = Form::Array { n_axes: 1, dense: true };
    const STRIDED: Form = Form::Array { n_axes: 3, dense: false };

    #[test]
    fn element_wise_kernels_compile() {
        for dtype in DType::ALL {
            let params = vec![param("x", *dtype, false, true), param("s", *dtype, false, true), param("y", *dtype, false, false)];
            let body = operation(if *dtype == DType::Bool { "y = x && s" } else { "y = x * s + x; _count += 1" });
            let k = kernel(params, &[("T", *dtype)], "template <typename A> __device__ A twice(A x) { return x + x; }", body);
            compiles(&elementwise(&k, &[DENSE, Form::Scalar, DENSE], 1));
            compiles(&elementwise(&k, &[STRIDED, DENSE, STRIDED], 3));
        }
    }

    #[test]
    fn raw_arguments_can_be_indexed() {
        let params = vec![param("x", DType::F32, true, true), param("w", DType::C128, true, true), param("y", DType::F64, true, false)];
        let body = operation(
            "ptrdiff_t at[] = {0, 1, i}; int short_at[3] = {0, 1, 2}; y[i] = x[n - i - 1] + x[at] + x[short_at] + x[0] + w[i].real() + \
             x.shape()[1] + x.strides()[0] + x.size() + x.ndim + _ind.size() + _ind.get()[0] + i; const float* p = &x[0]; y[at] += p[0]; y[_ind.get()] = 1",
        );
        let k = kernel(params, &[], "", body);
        compiles(&elementwise(&k, &[STRIDED, DENSE, STRIDED], 3));
        compiles(&elementwise(&k, &[Form::Array { n_axes: 3, dense: true }, DENSE, STRIDED], 3));
        // So many axes that the parameter goes through memory.
        let many = Form::Array { n_axes: 64, dense: false };
        let k = kernel(
            (0..6).map(|k| param(&format!("x{k}"), DType::F16, false, k < 5)).collect(),
            &[],
            "",
            CustomBody::Elementwise { operation: "x5 = x0 + x1".into(), before: String::new(), after: String::new() },
        );
        let source = elementwise(&k, &[many; 6], 64);
        assert!(source.text.contains("const _CupParams* _cup_q"));
        compiles(&source);
    }

    #[test]
    fn what_users_write_compiles() {
        let element = |operation: &str, params: Vec<CustomParam>, types: &[(&str, DType)]| {
            let body = CustomBody::Elementwise { operation: operation.into(), before: String::new(), after: String::new() };
            let k = kernel(params, types, "", body);
            let forms: Forms = k.params.iter().map(|p| if p.name == "s" { Form::Scalar } else { DENSE }).collect();
            compiles(&elementwise(&k, &forms, 1));
        };
        for dtype in [DType::C64, DType::C128] {
            for text in [
                "exp(x / T(100))",
                "conj(x)",
                "T(abs(x), arg(x))",
                "x / T(1, 2)",
                "sqrt(x)",
                "x * x - T(1)",
                "log(x) + pow(x, 3)",
                "sin(x / 10) + cos(x / 10) * tan(x / 20)",
                "tanh(x) + sinh(x / 5) - cosh(x / 5)",
                "T(real(x) * imag(x), norm(x))",
            ] {
                let params = vec![param("x", dtype, false, true), param("y", dtype, false, false)];
                element(&format!("y = {text}"), params, &[("T", dtype)]);
            }
        }
        let mixed = [DType::F32, DType::I64, DType::C64, DType::Bool, DType::F16, DType::C64];
        let names = ["x", "k", "z", "flag", "h", "w"];
        let params = names.iter().zip(mixed).map(|(n, d)| param(n, d, false, *n != "w")).collect();
        element("w = flag ? z * x + (float)k : complex<float>(h, 0)", params, &[]);
        let gather = vec![param("x", DType::F32, true, true), param("at", DType::I64, true, true), param("z", DType::F32, false, false)];
        element("z = x[at[i]]; z += x[_ind.size() - i - 1]", gather, &[]);
        let scatter = vec![param("x", DType::I32, false, true), param("out", DType::I32, true, false)];
        element("atomicAdd(&out[i % 3], x)", scatter, &[]);
        let places = vec![param("x", DType::F16, true, true), param("out", DType::I64, true, false)];
        element("out[0] = x.size(); out[1] = x.shape()[0]; out[3] = x.strides()[0]; out[4] = x.ndim", places, &[]);
        element("x += 1 // a comment", vec![param("x", DType::F64, false, false)], &[("T", DType::F64)]);
    }

    fn loads(dtypes: &[DType]) -> Program {
        let steps = dtypes.iter().enumerate().map(|(k, &dtype)| Step::Load { operand: k as u32, dtype }).collect();
        Program { steps, outputs: Default::default() }
    }

    fn shapes(lanes: usize) -> Vec<ReduceForm> {
        let form = |outer, n_kept, n_reduced, constant| ReduceForm { outer, n_kept, n_reduced, constant, lanes };
        vec![form(false, 1, 1, 0), form(true, 1, 1, 0), form(false, 2, 2, 1), form(true, 2, 1, 0)]
    }

    #[test]
    fn reductions_compile() {
        for dtype in DType::ALL {
            // Without an identity the text differs in nothing that depends on the dtype.
            let bare = *dtype == DType::C64;
            for identity in [Some("0".to_string()), None].into_iter().filter(|i| i.is_some() || bare) {
                let body = CustomBody::Reduce {
                    map: "x".into(),
                    combine: "a + b".into(),
                    finish: "y = a".into(),
                    identity,
                    accumulator: "T".into(),
                };
                let k = kernel(vec![param("x", *dtype, false, true), param("y", *dtype, false, false)], &[("T", *dtype)], "", body);
                let lanes = (16 / dtype.size()).min(8);
                for form in &shapes(lanes)[..2] {
                    compiles(&reduction(&k, 1, &[DENSE, DENSE], &loads(&[*dtype]), *form));
                }
            }
        }
    }

    #[test]
    fn reductions_see_places_raw_arrays_and_several_outputs() {
        let preamble = "struct Best { float value; long long place; __device__ Best() : value(0), place(-1) {} __device__ Best(float v, long long p) : value(v), place(p) {} };\n__device__ Best larger(const Best& a, const Best& b) { if (a.place < 0) return b; if (b.place < 0) return a; return a.value >= b.value ? a : b; }";
        let body = CustomBody::Reduce {
            map: "Best((float)(x * w) * s + table[_J % table.size()], _J)".into(),
            combine: "larger(a, b)".into(),
            finish: "y = a.place; z = a.value * s + _in_ind.size() / _out_ind.size(); f = true".into(),
            identity: Some("Best()".into()),
            accumulator: "Best".into(),
        };
        let params = vec![
            param("x", DType::F16, false, true),
            param("w", DType::Bool, false, true),
            param("s", DType::F32, false, true),
            param("table", DType::F32, true, true),
            param("y", DType::I64, false, false),
            param("z", DType::F32, false, false),
            param("f", DType::Bool, false, false),
        ];
        let k = kernel(params, &[], preamble, body);
        assert!(k.is_indexed());
        let forms = [DENSE, STRIDED, Form::Scalar, STRIDED, DENSE, DENSE, DENSE];
        for form in shapes(8) {
            compiles(&reduction(&k, 3, &forms, &loads(&[DType::F16, DType::Bool]), form));
        }
    }
}
