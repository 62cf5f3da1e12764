//! Compiling what users write: with CuPy's flags instead of ours, CUDA's headers where they are found, and ours.

use super::{Cubin, Kernel, Program, Source, architecture, c_string, compile_log, disk, fails, show_lines};
use crate::driver::Context;
use cuprous_core::{Error, ErrorKind, Result};
use cuprous_cuda_sys::Nvrtc;
use cuprous_cuda_sys::nvrtc::ERROR_COMPILATION;
use std::ffi::{CStr, CString, c_char};
use std::sync::{Arc, OnceLock};

/// The flags that CuPy gives besides the user's: contraction is allowed, denormal float32 numbers are flushed.
const OPTIONS: &[&str] = &["-ftz=true", "-std=c++17"];

const COMPLEX: &str = include_str!("../kernels/user_complex.cuh");
const ARRAY: &str = include_str!("../kernels/user_array.cuh");
const CUCOMPLEX: &str = include_str!("../kernels/user_cucomplex.cuh");
const EVERYTHING: &str = "#include <cupy/complex.cuh>\n#include <cupy/array.cuh>\n";
/// The names of fixed width, for texts that include them where CUDA's headers are missing
const STDINT: &str = "#pragma once
typedef signed char int8_t; typedef short int16_t; typedef int int32_t; typedef long long int64_t;
typedef unsigned char uint8_t; typedef unsigned short uint16_t; typedef unsigned int uint32_t; typedef unsigned long long uint64_t;
typedef long long intptr_t; typedef unsigned long long uintptr_t;
";
/// What NVRTC knows without being told
const BUILT_IN: &str = "#pragma once\n";

/// Headers that are always there.
const OWN_HEADERS: &[(&str, &str)] = &[
    ("cupy/carray.cuh", EVERYTHING),
    ("cupy/array.cuh", ARRAY),
    ("cupy/complex.cuh", COMPLEX),
    ("cupy/atomics.cuh", EVERYTHING),
    // Those of kernels made from Python functions; the last one has the complex numbers of rows
    ("cuprous/jit.cuh", include_str!("../kernels/user_jit.cuh")),
    ("cuprous/jit_cub.cuh", include_str!("../kernels/user_jit_cub.cuh")),
    ("cuprous/jit_thrust.cuh", include_str!("../kernels/user_jit_thrust.cuh")),
    ("cuprous/complex.cuh", include_str!("../kernels/complex.cuh")),
];
/// Headers of the host's C library: the run-time compiler has none of them, whatever CUDA's directories hold.
const HOST_HEADERS: &[(&str, &str)] = &[
    ("stdint.h", STDINT),
    ("cstdint", STDINT),
    ("stddef.h", BUILT_IN),
    ("cstddef", BUILT_IN),
    ("math.h", BUILT_IN),
    ("cmath", BUILT_IN),
    ("assert.h", BUILT_IN),
    ("cassert", BUILT_IN),
    ("stdio.h", BUILT_IN),
    ("cstdio", BUILT_IN),
];
/// Headers that stand in where CUDA's are missing.
const SPARE_HEADERS: &[(&str, &str)] = &[("cuda_runtime.h", BUILT_IN)];

/// A text of a user.
#[derive(Clone, Debug, Default)]
pub struct UserSource {
    /// CUDA C++
    pub text: String,
    /// What it is called in messages
    pub name: String,
    /// The user's options
    pub options: Vec<String>,
    /// C++ expressions whose names in the machine code are wanted
    pub expressions: Vec<String>,
    /// Whether `cuComplex.h` is the one that names our complex numbers
    pub translates_complex: bool,
}

/// Machine code, and what the expressions are called in it.
pub(crate) struct Built {
    pub cubin: Cubin,
    pub names: Vec<String>,
}

/// Directories with CUDA's headers, looked for beside its libraries.
fn include_dirs() -> &'static [String] {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut dirs: Vec<String> = Vec::new();
        for dir in cuprous_cuda_sys::search::search_dirs() {
            let include = dir.with_file_name("include");
            if include.join("cuda_fp16.h").exists() || include.join("cuda_runtime.h").exists() {
                dirs.push(include.display().to_string());
                // CUDA 13 keeps the C++ standard library one folder deeper.
                let library = include.join("cccl");
                if library.is_dir() {
                    dirs.push(library.display().to_string());
                }
            }
        }
        dirs.dedup();
        dirs
    })
}

impl UserSource {
    fn headers(&self) -> Vec<(&'static str, &'static str)> {
        let mut headers = [OWN_HEADERS, HOST_HEADERS].concat();
        if include_dirs().is_empty() {
            headers.extend(SPARE_HEADERS);
        }
        if self.translates_complex || include_dirs().is_empty() {
            headers.push(("cuComplex.h", CUCOMPLEX));
        }
        headers
    }

    fn all_options(&self) -> Vec<String> {
        let includes = include_dirs().iter().map(|d| format!("--include-path={d}"));
        // An option of the user's takes the place of ours: the compiler refuses to be told twice.
        let is_given = |ours: &str| {
            let name = |o: &str| o.trim_start_matches('-').split('=').next().unwrap_or_default().to_string();
            self.options.iter().any(|o| name(o) == name(ours))
        };
        OPTIONS.iter().filter(|o| !is_given(o)).map(|o| o.to_string()).chain(self.options.iter().cloned()).chain(includes).collect()
    }

    /// Headers of ours for a compiler that has those of CUDA and of the host.
    pub(super) fn own_headers(&self) -> Vec<(&'static str, &'static str)> {
        let complex = self.translates_complex.then_some(("cuComplex.h", CUCOMPLEX));
        OWN_HEADERS.iter().copied().chain(complex).collect()
    }

    /// The hash of all that the machine code follows from.
    fn hash(&self) -> String {
        self.hash_with("")
    }

    /// The same, of machine code that follows from the compiler too.
    pub(super) fn hash_with(&self, compiler: &str) -> String {
        let options = self.all_options();
        let mut parts: Vec<&str> = options.iter().map(String::as_str).collect();
        if !compiler.is_empty() {
            parts.extend(["compiler", compiler]);
        }
        parts.push("expressions");
        parts.extend(self.expressions.iter().map(String::as_str));
        parts.push("headers");
        for (name, text) in self.headers() {
            parts.extend([name, text]);
        }
        disk::hash(&Source { text: self.text.clone(), entry: format!("user {}", self.name) }, &parts)
    }

    /// The machine code, from the disk cache or compiled.
    ///
    /// # Errors
    /// `Compile` with the log and the text; `Device` if NVRTC is needed and missing.
    pub(crate) fn build(&self, arch: u32) -> Result<Built> {
        let newest = cuprous_cuda_sys::driver::version().map_or(u32::MAX, |v| v / 1000);
        let hash = self.hash();
        let stored = disk::find(&hash, arch).filter(|(_, cubin)| cubin.compiler / 1000 <= newest).find_map(|(_, cubin)| unpack(cubin));
        if let Some(built) = stored.filter(|b| b.names.len() == self.expressions.len()) {
            return Ok(built);
        }
        let built = compile(self, arch)?;
        disk::store(&hash, arch, &pack(&built));
        Ok(built)
    }
}

impl Context {
    /// The function of a text in which it is the only kernel, called as the text is.
    ///
    /// # Errors
    /// As [`UserSource::build`], and `Device` if the driver fails.
    pub(crate) fn load_user(&self, source: &UserSource) -> Result<Arc<Kernel>> {
        let hash = source.hash();
        if let Some(kernel) = self.kernels.loaded.lock().get(&hash) {
            return Ok(kernel.clone());
        }
        let built = source.build(self.arch)?;
        let named = Source { text: source.text.clone(), entry: source.name.clone() };
        super::log(&named, || format!("of a user, with {}", source.all_options().join(" ")));
        let kernel = Arc::new(self.module(&named, &built.cubin.code)?);
        Ok(self.kernels.loaded.lock().entry(hash).or_insert(kernel).clone())
    }
}

/// Compiles a text without loading it: works without a GPU. Gives what its expressions are called.
///
/// # Errors
/// `Compile` with the log and the text; `Device` if NVRTC is missing.
pub fn check_user(source: &UserSource, arch: u32) -> Result<Vec<String>> {
    compile(source, arch).map(|built| built.names)
}

/// The names travel in front of the code: their length, then one a line.
fn pack(built: &Built) -> Cubin {
    let names = built.names.join("\n");
    let mut code = (names.len() as u64).to_le_bytes().to_vec();
    code.extend_from_slice(names.as_bytes());
    code.extend_from_slice(&built.cubin.code);
    Cubin { code, compiler: built.cubin.compiler }
}

fn unpack(cubin: Cubin) -> Option<Built> {
    let (head, rest) = cubin.code.split_at_checked(8)?;
    let len = usize::try_from(u64::from_le_bytes(head.try_into().ok()?)).ok()?;
    let (names, code) = rest.split_at_checked(len)?;
    let names = std::str::from_utf8(names).ok()?.lines().map(String::from).collect();
    Some(Built { names, cubin: Cubin { code: code.to_vec(), compiler: cubin.compiler } })
}

fn compile(source: &UserSource, arch: u32) -> Result<Built> {
    let api = Nvrtc::get().map_err(Error::device)?;
    let text = c_string(&source.text)?;
    let file = c_string(&format!("{}.cu", source.name))?;
    let headers = source.headers();
    let names = headers.iter().map(|h| c_string(h.0)).collect::<Result<Vec<CString>>>()?;
    let bodies = headers.iter().map(|h| c_string(h.1)).collect::<Result<Vec<CString>>>()?;
    let mut options = vec![c_string(&format!("--gpu-architecture=sm_{}", architecture(api, arch)?))?];
    for option in source.all_options() {
        options.push(c_string(&option)?);
    }
    let expressions = source.expressions.iter().map(|e| c_string(e)).collect::<Result<Vec<CString>>>()?;
    let pointers = |list: &[CString]| list.iter().map(|s| s.as_ptr()).collect::<Vec<*const c_char>>();
    let (names, bodies, option_pointers) = (pointers(&names), pointers(&bodies), pointers(&options));

    let mut program = Program { api, handle: 0 };
    // SAFETY: the strings end in a zero and outlive the call; both lists of headers have the length that is told.
    let code = unsafe {
        let n = bodies.len() as i32;
        (api.nvrtcCreateProgram)(&mut program.handle, text.as_ptr(), file.as_ptr(), n, bodies.as_ptr(), names.as_ptr())
    };
    fails(api, code, "nvrtcCreateProgram")?;
    for expression in &expressions {
        let add = api.nvrtcAddNameExpression.ok_or_else(|| Error::device(format!("{} knows no name expressions", api.library.path)))?;
        // SAFETY: the program is ours and not compiled yet; the string ends in a zero.
        fails(api, unsafe { add(program.handle, expression.as_ptr()) }, "nvrtcAddNameExpression")?;
    }
    // SAFETY: the program is ours; the options end in a zero and outlive the call.
    let code = unsafe { (api.nvrtcCompileProgram)(program.handle, option_pointers.len() as i32, option_pointers.as_ptr()) };
    if code != 0 {
        let log = compile_log(&program).unwrap_or_default();
        // Whatever stops the compiler is for the user to mend, a wrong option too; only memory is not.
        let what = match fails(api, code, "nvrtcCompileProgram") {
            Err(e) if e.kind() == ErrorKind::Memory => return Err(e),
            Err(e) if code != ERROR_COMPILATION => format!("{e}\n{log}"),
            _ => log,
        };
        return Err(Error::compile(explain(source, &options, &what)));
    }
    let mut lowered = Vec::new();
    for expression in &expressions {
        let get = api.nvrtcGetLoweredName.ok_or_else(|| Error::device(format!("{} knows no name expressions", api.library.path)))?;
        let mut name = std::ptr::null();
        // SAFETY: the program is compiled and the expression was added to it; the name lives as long as the program
        // and ends in a zero.
        lowered.push(unsafe {
            fails(api, get(program.handle, expression.as_ptr(), &mut name), "nvrtcGetLoweredName")?;
            CStr::from_ptr(name).to_string_lossy().into_owned()
        });
    }
    Ok(Built { cubin: super::machine_code(&program)?, names: lowered })
}

/// The log, the options, and the whole text with the numbers of its lines: it is the user's.
fn explain(source: &UserSource, options: &[CString], log: &str) -> String {
    let mut text = format!("kernel {} did not compile:\n{log}\n", source.name);
    if log.contains("cannot open source file") || log.contains("could not open source file") {
        let found = include_dirs();
        if found.is_empty() {
            text.push_str("CUDA's own headers were not found: `pip install nvidia-cuda-runtime nvidia-cuda-cccl` installs them\n");
        } else {
            text.push_str(&format!("CUDA's own headers are those of {}\n", found.join(", ")));
        }
    }
    let options: Vec<_> = options.iter().map(|o| o.to_string_lossy()).collect();
    text.push_str(&format!("options: {}\n", options.join(" ")));
    show_lines(&mut text, &source.text, log, true);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> UserSource {
        UserSource { text: text.into(), name: "f".into(), ..Default::default() }
    }

    fn have_compiler() -> bool {
        let found = super::super::compiler().is_ok();
        if !found {
            println!("skipped: no NVRTC");
        }
        found
    }

    #[test]
    fn headers_compile_without_cudas() {
        if !have_compiler() {
            return;
        }
        let body = r#"
#include <cupy/complex.cuh>
#include <cupy/carray.cuh>
#include <cuComplex.h>
#include <stdint.h>
#include <math.h>
#include <assert.h>
extern "C" __global__ void f(complex<float>* z, complex<double>* w, thrust::complex<double>* t, float16* h, int32_t n, cuDoubleComplex* c) {
    const complex<float> a = z[0], b = z[1];
    assert(n > 0);
    z[0] = a + b * 2 - a / 3.0f + exp(a) * log(b) + sqrt(a) - pow(a, b) + pow(a, 2) + pow(a, 2.5f) + pow(2.f, a) + conj(a) + 1 - 2.0 * a;
    z[1] = sin(a) + cos(a) + tan(a) + sinh(a) + cosh(a) + tanh(a) + asin(a) + acos(a) + atan(a) + asinh(a) + acosh(a) + atanh(a) + log10(a) + log2(a) + proj(a);
    z[2] = complex<float>(abs(a) + arg(a) + norm(a) + real(a) + imag(a) + a.real() + a.imag(), 1) + polar(1.f, 2.f);
    w[0] = w[1] + a;
    w[0] += 1.0; w[0] *= w[1]; w[0] /= 2; w[0] -= w[2];
    z[3] = w[0];
    if (a == b || a != 1 || a < b || isnan(a) || isinf(w[0]) || !isfinite(w[0])) z[3] = 0;
    t[0] = thrust::exp(t[1]) + thrust::conj(t[2]);
    h[0] = h[1] + h[2] * 2 - 1.0 / h[0];
    h[1] += h[0];
    h[2] = n > 1 ? h[0] : h[1];
    h[3] = max(h[0], h[1]) > 2 ? float16(3) : min(h[0], (float16)exp(h[1]));
    c[0] = cuCmul(cuCadd(c[1], make_cuDoubleComplex(1, 2)), cuConj(c[2]));
    atomicMax((float*)z, 2.f); atomicMin((double*)w, 1.0); atomicAdd((long long*)t, (long long)n); atomicMax((double*)w, 1.0);
}
"#;
        for translates_complex in [true, false] {
            let made = check_user(&UserSource { translates_complex, ..source(body) }, 90);
            assert!(made.is_ok(), "{}", made.err().map(|e| e.to_string()).unwrap_or_default());
        }
    }

    #[test]
    fn headers_of_kernels_from_python_compile() {
        if !have_compiler() {
            return;
        }
        let body = r#"
#include <cuprous/jit.cuh>
#include <cuprous/complex.cuh>
#include <cuprous/jit_cub.cuh>
#include <cuprous/jit_thrust.cuh>
extern "C" __global__ void f(JitArray<float, 2, false> a, JitArray<double, 1, true> b, JitArray<complex<float>, 3, true> c, JitArray<float16, 1, true> h, JitArray<unsigned long long, 1, true> n) {
    __shared__ JitBlockReduce<double, 64>::TempStorage room[1];
    a.at(1, 2) = a.rest(1).at(0) + a.flat(3) + jit_shfl(~0u, a.at(0, 0), 3, 32);
    c.at(1, 2, 3) = jit_shfl_down(~0u, c.at(0, 0, 0), 3, 32) + jit_number<complex<float>>(jit_row<c64>(c.at(0, 0, 1)));
    b.at(0) = JitBlockReduce<double, 64>(room[0]).Sum(b.at(threadIdx.x)) + JitWarpReduce<float>().Reduce(a.at(0, 0), JitMax());
    jit_atomic_add(&h.at(0), float16(1.0f)); jit_atomic_cas(&h.at(1), float16(1.0f), h.at(2)); jit_atomic_exch(&b.at(0), 1.0); jit_atomic_min(&b.at(1), 1.0);
    jit_sync_grid(n);
    jit_thrust::stable_sort_by_key(a.begin(), a.end(), b.begin());
    jit_thrust::sort(b.begin(), b.end());
    b.at(1) = jit_thrust::set_union_by_key(b.begin(), b.end(), a.begin(), a.end(), b.begin(), b.begin(), a.begin(), b.begin())._1 - b.begin();
    jit_copy(b.data, a.data, 77);
    for (unsigned long long k = jit_times(5, -7, -3); k != 0; k--) n.at(0) += JitTuple<int, float>{1, 2}._0;
}
"#;
        let made = check_user(&source(body), 90);
        assert!(made.is_ok(), "{}", made.err().map(|e| e.to_string()).unwrap_or_default());
    }

    #[test]
    fn expressions_have_names() {
        if !have_compiler() {
            return;
        }
        let text =
            "template <typename T> __global__ void g(T* x) { x[0] = 1; }\n__constant__ float table[4];\nnamespace a { __device__ int v; }";
        let expressions = ["g<int>", "g<double>", "&a::v"].map(String::from).to_vec();
        let names = check_user(&UserSource { expressions, ..source(text) }, 90);
        let names = names.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(names, ["_Z1gIiEvPT_", "_Z1gIdEvPT_", "_ZN1a1vE"]);
        let wrong = check_user(&UserSource { expressions: vec!["h<int>".into()], ..source(text) }, 90);
        assert_eq!(wrong.err().map(|e| e.kind()), Some(ErrorKind::Compile));
    }

    #[test]
    fn errors_show_text_log_and_options() {
        if !have_compiler() {
            return;
        }
        let mut wrong = source("extern \"C\" __global__ void f(float* x) {\n    x[0] = nothing;\n}\n");
        wrong.options.push("-DA=1".into());
        let e = check_user(&wrong, 90).err();
        assert_eq!(e.as_ref().map(Error::kind), Some(ErrorKind::Compile));
        let text = e.map(|e| e.to_string()).unwrap_or_default();
        assert!(
            text.contains(">    2 |     x[0] = nothing;") && text.contains("\"nothing\" is undefined") && text.contains("-DA=1"),
            "{text}"
        );
        for bad in ["--no-such-option", "-I"] {
            let e = check_user(&UserSource { options: vec![bad.into()], ..source("") }, 90).err();
            assert!(bad == "-I" || e.as_ref().map(Error::kind) == Some(ErrorKind::Compile), "{bad}: {e:?}");
        }
        let e = check_user(&source("#include <no_such_header.h>"), 90).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(e.contains("CUDA's own headers"), "{e}");
    }

    #[test]
    fn names_survive_the_disk() {
        let built = Built { names: vec!["a".into(), "b c".into()], cubin: Cubin { code: vec![1, 2, 3], compiler: 7 } };
        let back = unpack(pack(&built));
        assert!(back.is_some_and(|b| b.names == built.names && b.cubin.code == [1, 2, 3] && b.cubin.compiler == 7));
        assert!(unpack(Cubin { code: vec![255; 9], compiler: 7 }).is_none());
    }
}
