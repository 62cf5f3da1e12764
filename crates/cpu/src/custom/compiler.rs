//! The host's C++ compiler: finding it, asking it for a library, and telling what it said.

use super::exports;
use cuprous_core::{Error, Result};
use parking_lot::Mutex;
use std::ffi::OsString;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::{env, fs};

const COMPLEX: &str = include_str!("../../../cuda/src/kernels/user_complex.cuh");
const ARRAY: &str = include_str!("../../../cuda/src/kernels/user_array.cuh");
const CUCOMPLEX: &str = include_str!("../../../cuda/src/kernels/user_cucomplex.cuh");
const EVERYTHING: &str = "#include <cupy/complex.cuh>\n#include <cupy/array.cuh>\n";
const HOST: &str = "#include <cuda_host.hpp>\n";
/// What fails ends the kernel, where the C library would end the process
const ASSERT: &str = "#undef assert
#ifdef NDEBUG
#define assert(truth) ((void)0)
#else
#define assert(truth) ((truth) ? (void)0 : cup_host::assert_failed(#truth, __FILE__, __LINE__))
#endif
";
const CONSTANTS: &str = "#pragma once
#define CUDART_INF_F __builtin_inff()
#define CUDART_NAN_F __builtin_nanf(\"\")
#define CUDART_PI_F 3.141592654f
#define CUDART_INF __builtin_inf()
#define CUDART_NAN __builtin_nan(\"\")
#define CUDART_PI 3.1415926535897931e+0
";

/// What a kernel's text may include besides the compiler's own headers.
const HEADERS: &[(&str, &str)] = &[
    ("cuda_host.hpp", include_str!("host/cuda_host.hpp")),
    ("types.hpp", include_str!("host/types.hpp")),
    ("run.hpp", include_str!("host/run.hpp")),
    ("sync.hpp", include_str!("host/sync.hpp")),
    ("atomics.hpp", include_str!("host/atomics.hpp")),
    ("math.hpp", include_str!("host/math.hpp")),
    ("library.hpp", include_str!("host/library.hpp")),
    ("assert.h", ASSERT),
    ("cassert", ASSERT),
    ("cuda_fp16.h", include_str!("host/half.hpp")),
    ("cooperative_groups.h", include_str!("host/groups.hpp")),
    ("cooperative_groups/reduce.h", "#include <cooperative_groups.h>\n"),
    ("cupy/carray.cuh", EVERYTHING),
    ("cupy/array.cuh", ARRAY),
    ("cupy/complex.cuh", COMPLEX),
    ("cupy/atomics.cuh", EVERYTHING),
    ("cuComplex.h", CUCOMPLEX),
    ("cuprous/jit.cuh", include_str!("../../../cuda/src/kernels/user_jit.cuh")),
    ("cuprous/jit_cub.cuh", include_str!("../../../cuda/src/kernels/user_jit_cub.cuh")),
    ("cuprous/jit_thrust.cuh", include_str!("../../../cuda/src/kernels/user_jit_thrust.cuh")),
    ("cuprous/complex.cuh", include_str!("../../../cuda/src/kernels/complex.cuh")),
    ("cuda_runtime.h", HOST),
    ("cuda_runtime_api.h", HOST),
    ("cuda.h", HOST),
    ("device_launch_parameters.h", HOST),
    ("device_functions.h", HOST),
    ("device_atomic_functions.h", HOST),
    ("vector_types.h", HOST),
    ("vector_functions.h", HOST),
    ("math_constants.h", CONSTANTS),
    ("thrust/complex.h", "#include <cupy/complex.cuh>\n"),
];

macro_rules! standard_headers {
    ($($name:literal)*) => {
        &[$((concat!("cuda/std/", $name), concat!("#include <", $name, ">\nnamespace cuda { namespace std = ::std; }\n"))),*]
    };
}
/// Headers of CUDA's C++ library that are the host's under another name.
const STANDARD_HEADERS: &[(&str, &str)] = standard_headers! {
    "algorithm" "array" "bit" "cassert" "cfloat" "chrono" "climits" "cmath" "complex" "cstddef" "cstdint" "cstring" "functional"
    "initializer_list" "iterator" "limits" "numeric" "optional" "ratio" "tuple" "type_traits" "utility" "variant"
};

fn headers() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    HEADERS.iter().chain(STANDARD_HEADERS)
}

/// No contraction, no assumption that CUDA's compiler does not make either.
const FLAGS: &[&str] = &[
    "-O2",
    "-w",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-strict-aliasing",
    "-fwrapv",
    "-fno-exceptions",
    "-fvisibility=hidden",
    "-DCUP_HOST_LIBRARY",
];

/// A text of a user or around a user's expressions.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// CUDA C++
    pub text: String,
    /// What it is called in messages
    pub name: String,
    /// The user's options
    pub options: Vec<String>,
    /// C++ expressions that name kernels and variables
    pub expressions: Vec<String>,
}

/// A compiler that was found.
pub struct Compiler {
    command: Vec<OsString>,
    /// What it says it is
    pub version: String,
}

/// The compiler of the environment as it is now.
///
/// # Errors
/// `Device` that names the ways to get one.
pub fn find() -> Result<Arc<Compiler>> {
    type Found = Option<(Vec<Option<OsString>>, Arc<Compiler>)>;
    static FOUND: Mutex<Found> = Mutex::new(None);
    let key = vec![env::var_os("CXX"), env::var_os("PATH")];
    if let Some((known, compiler)) = &*FOUND.lock()
        && *known == key
    {
        return Ok(compiler.clone());
    }
    let compiler = Arc::new(search()?);
    *FOUND.lock() = Some((key, compiler.clone()));
    Ok(compiler)
}

fn search() -> Result<Compiler> {
    let asked = env::var("CXX").ok().filter(|c| !c.trim().is_empty());
    if let Some(asked) = asked {
        let command: Vec<OsString> = asked.split_whitespace().map(OsString::from).collect();
        return ask(command)
            .ok_or_else(|| Error::device(format!("CXX is {asked:?}, which does not run: name a C++ compiler, or unset it")));
    }
    let zig = super::library::site_packages().map(|d| d.join("ziglang/zig")).filter(|z| z.exists());
    let named = ["c++", "clang++", "g++"].map(|n| vec![OsString::from(n)]);
    let all = named.into_iter().chain(zig.map(|z| vec![z.into(), "c++".into()]));
    all.into_iter().find_map(ask).ok_or_else(|| {
        Error::device(
            "kernels in CUDA C++ run on the CPU if there is a C++ compiler, and neither c++ nor clang++ nor g++ was found: \
             install gcc or clang, or `pip install ziglang`, or set CXX",
        )
    })
}

fn ask(command: Vec<OsString>) -> Option<Compiler> {
    let out = Command::new(command.first()?).args(&command[1..]).arg("--version").output().ok().filter(|o| o.status.success())?;
    let version = String::from_utf8_lossy(&out.stdout).lines().next().unwrap_or_default().to_string();
    Some(Compiler { command, version })
}

/// What this machine's processor has beyond the baseline; it becomes part of the library's name.
fn machine() -> &'static [&'static str] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("f16c")
        && std::arch::is_x86_feature_detected!("bmi2")
    {
        return &["-mavx2", "-mfma", "-mf16c", "-mbmi", "-mbmi2", "-mpopcnt", "-mlzcnt"];
    }
    &[]
}

/// What NVRTC's options mean here.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// The language, then the folders of headers
    flags: Vec<String>,
    /// The user's macros, as a header: seen by the user's text and not by our headers
    macros: String,
}

fn options(given: &[String]) -> Result<Options> {
    let mut out = vec!["-std=c++17".to_string()];
    let mut macros = String::new();
    let mut define = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, "1"));
        _ = writeln!(macros, "#define {name} {value}");
    };
    let mut undefined = Vec::new();
    let mut rest = given.iter().map(|o| o.trim());
    while let Some(option) = rest.next() {
        let long = |names: &[&str]| names.iter().find_map(|n| option.strip_prefix(n)?.strip_prefix('=')).map(str::to_string);
        let short = ["-D", "-U", "-I"].into_iter().find(|s| option.starts_with(s));
        if let Some(value) = long(&["--define-macro", "-define-macro"]) {
            define(&value);
        } else if let Some(value) = long(&["--undefine-macro", "-undefine-macro"]) {
            undefined.push(value);
        } else if let Some(value) = long(&["--include-path", "-include-path"]) {
            out.push(format!("-I{value}"));
        } else if let Some(short) = short {
            let value = match &option[2..] {
                "" => rest.next().ok_or_else(|| Error::compile(format!("nothing follows the option {short}")))?,
                value => value.trim(),
            };
            match short {
                "-D" => define(value),
                "-U" => undefined.push(value.to_string()),
                _ => out.push(format!("-I{value}")),
            }
        } else if let Some(value) = long(&["--std", "-std"]) {
            // The header needs C++17; what is newer is asked for.
            if !matches!(value.as_str(), "c++03" | "c++11" | "c++14" | "c++17") {
                out[0] = format!("-std={value}");
            }
        } else if !is_cudas(option) {
            return Err(Error::compile(format!("unrecognized option {option}")));
        } else if matches!(option, "-arch" | "--gpu-architecture" | "-Xptxas" | "--ptxas-options" | "-maxrregcount" | "--maxrregcount") {
            rest.next();
        }
    }
    undefined.iter().for_each(|name| _ = writeln!(macros, "#undef {name}"));
    Ok(Options { flags: out, macros })
}

/// Options of CUDA's compiler that mean nothing here.
fn is_cudas(option: &str) -> bool {
    const KNOWN: &[&str] = &[
        "arch",
        "gpu-architecture",
        "use_fast_math",
        "ftz",
        "fmad",
        "prec-div",
        "prec-sqrt",
        "extra-device-vectorization",
        "lineinfo",
        "generate-line-info",
        "G",
        "device-debug",
        "g",
        "dc",
        "dw",
        "rdc",
        "relocatable-device-code",
        "device-c",
        "device-w",
        "maxrregcount",
        "Xptxas",
        "ptxas-options",
        "w",
        "disable-warnings",
        "default-device",
        "device-as-default-execution-space",
        "restrict",
        "split-compile",
        "diag-suppress",
        "diag-error",
        "diag-warn",
        "no-source-include",
        "dopt",
        "minimal",
        "jitify-ignore-linking",
        "Ofast-compile",
        "Ofc",
        "brief-diag",
        "brief-diagnostics",
        "builtin-initializer-list",
        "builtin-move-forward",
        "device-float128",
        "device-int128",
        "display-error-number",
        "dlto",
        "err-no",
        "ewp",
        "extra-warnings",
        "fdevice-syntax-only",
        "fdevice-time-trace",
        "frandom-seed",
        "gen-opt-lto",
        "jump-table-density",
        "modify-stack-limit",
        "no-cache",
        "no-display-error-number",
        "no-err-no",
        "opt-info",
        "optimization-info",
        "pch",
        "time",
    ];
    let name = option.trim_start_matches('-').split('=').next().unwrap_or_default();
    option.starts_with('-') && KNOWN.contains(&name)
}

/// Options for nvcc without those that steer it alone: what it gives the host's compiler is for the host's code.
pub fn without_nvcc(given: &[String]) -> Vec<String> {
    // Those with a value behind them, if it does not stand in the same word.
    const PAIRS: &[&str] =
        &["Xcompiler", "compiler-options", "ccbin", "compiler-bindir", "gencode", "generate-code", "code", "gpu-code", "t", "threads"];
    const SINGLE: &[&str] = &[
        "O0",
        "O1",
        "O2",
        "O3",
        "allow-unsupported-compiler",
        "cubin",
        "expt-extended-lambda",
        "expt-relaxed-constexpr",
        "extended-lambda",
        "keep",
        "lcudadevrt",
        "m64",
        "res-usage",
        "resource-usage",
        "v",
        "verbose",
    ];
    let mut out = Vec::new();
    let mut rest = given.iter();
    while let Some(option) = rest.next() {
        let word = option.trim();
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        if word.starts_with('-') && PAIRS.contains(&name) {
            if !word.contains('=') {
                rest.next();
            }
        } else if !(word.starts_with('-') && SINGLE.contains(&name)) {
            out.push(option.clone());
        }
    }
    out
}

impl Source {
    /// The hash of all that the library follows from.
    pub fn hash(&self, compiler: &Compiler) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |part: &[u8]| {
            // With its length, so that no two lists of parts run together.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(env!("CARGO_PKG_VERSION").as_bytes());
        compiler.command.iter().for_each(|c| add(c.as_encoded_bytes()));
        add(compiler.version.as_bytes());
        [FLAGS, machine()].into_iter().flatten().for_each(|f| add(f.as_bytes()));
        headers().for_each(|(name, text)| [name, text].into_iter().for_each(|t| add(t.as_bytes())));
        add(self.name.as_bytes());
        add(self.text.as_bytes());
        self.options.iter().for_each(|o| add(o.as_bytes()));
        add(b"expressions");
        self.expressions.iter().for_each(|e| add(e.as_bytes()));
        hasher.finalize().to_hex()[..40].to_string()
    }

    /// Compiles the text in an empty directory; gives the library's file there.
    ///
    /// # Errors
    /// `Compile` with the log and the text; `Io`.
    pub fn compile(&self, compiler: &Compiler, dir: &Path) -> Result<PathBuf> {
        let io = |e: std::io::Error| Error::io(format!("kernel {}: {}: {e}", self.name, dir.display()));
        for (name, text) in headers() {
            let path = dir.join("include").join(name);
            fs::create_dir_all(path.parent().unwrap_or(dir)).and_then(|()| fs::write(path, text)).map_err(io)?;
        }
        let options = options(&self.options).map_err(|e| self.explain(&e.to_string()))?;
        fs::write(dir.join("include/macros_of_the_user.hpp"), &options.macros).map_err(io)?;
        let file = format!("{}.cu", self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect::<String>());
        fs::write(dir.join(&file), &self.text).map_err(io)?;

        // Preprocessed first: whatever macros make of the text, its kernels and variables can then be found.
        let run = |stage: &[&str], with: &[String]| -> Result<Vec<u8>> {
            let mut command = Command::new(&compiler.command[0]);
            command.args(&compiler.command[1..]).args(stage).args(with).args(FLAGS).args(machine()).current_dir(dir);
            command.env("LC_ALL", "C").env_remove("GCC_COLORS");
            let out = command.output().map_err(io)?;
            if out.status.success() {
                return Ok(out.stdout);
            }
            Err(self.explain(&String::from_utf8_lossy(&out.stderr)))
        };
        let flags = [&options.flags[..], &["-Iinclude".to_string()]].concat();
        let text = run(&["-E", "-x", "c++", "-include", "cuda_host.hpp", "-include", "macros_of_the_user.hpp", &file], &flags)?;
        let mut text = without_own_integers(String::from_utf8_lossy(&text).into_owned());
        let found = exports::find(&text);
        found.append_to(&mut text, &self.expressions);
        fs::write(dir.join("unit.ii"), text).map_err(io)?;
        let std = &options.flags[..1];
        run(&["-x", "c++-cpp-output", "-shared", "-fPIC", "-o", "unit.so", "unit.ii"], std)?;
        Ok(dir.join("unit.so"))
    }

    /// The log, the options, and the whole text with the numbers of its lines: it is the user's.
    fn explain(&self, log: &str) -> Error {
        // What follows from the first errors helps nobody.
        let log: Vec<&str> = log.lines().take(80).collect();
        let mut text = format!("kernel {} did not compile on the CPU:\n{}\n", self.name, log.join("\n"));
        if log.iter().any(|l| l.contains("No such file or directory") || l.contains("file not found")) {
            text.push_str(
                "of CUDA's own headers cuda_fp16.h, cooperative_groups.h, cuComplex.h, math_constants.h, vector_types.h and cuda/std/... are there \
                 on the CPU\n",
            );
        }
        let _ = writeln!(text, "options: {} -std=c++17 {}", self.options.join(" "), FLAGS.join(" "));
        // A line of the log begins with file, line and column.
        let wrong = log.iter().filter(|l| l.contains("error")).filter_map(|l| l.split_once(".cu:")?.1.split(':').next()?.parse().ok());
        let wrong: Vec<usize> = wrong.collect();
        for (k, line) in self.text.lines().enumerate() {
            let _ = writeln!(text, "{} {:4} | {line}", if wrong.contains(&(k + 1)) { '>' } else { ' ' }, k + 1);
        }
        Error::compile(text)
    }
}

/// The text without the definitions by which users of NVRTC, which has no `stdint.h`, make themselves the integers of that
/// header. They are there, some of them as another type of the same size, which a second definition would contradict.
fn without_own_integers(mut text: String) -> String {
    let is_own = |words: &[&str], name: &str| match name {
        "int64_t" | "uint64_t" | "size_t" | "intptr_t" | "uintptr_t" => {
            words.iter().filter(|w| **w == "long").count() == 2
                && words.iter().all(|w| matches!(*w, "long" | "int" | "signed" | "unsigned"))
        }
        "int8_t" => words == ["char"],
        _ => false,
    };
    let mut own = Vec::new();
    for (at, keyword) in text.match_indices("typedef") {
        let Some(end) = text[at..].find(';') else { break };
        let words: Vec<&str> = text[at + keyword.len()..at + end].split_ascii_whitespace().collect();
        if let Some((name, words)) = words.split_last()
            && is_own(words, name)
        {
            own.push(at..at + end + 1);
        }
    }
    for range in own {
        // Of the same length, so that messages name the right place.
        let blank: String = text[range.clone()].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
        text.replace_range(range, &blank);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_integers_are_left_out() {
        let of = |t: &str| without_own_integers(t.to_string());
        let own = "typedef unsigned long long uint64_t;";
        assert_eq!(of(&format!("a\n{own}b")), format!("a\n{}b", " ".repeat(own.len())));
        assert_eq!(of("typedef\nlong long\nint int64_t ;x"), "       \n         \n             x");
        assert_eq!(of("typedef char int8_t;").trim(), "");
        for kept in [
            "typedef __uint64_t uint64_t;",
            "typedef unsigned long size_t;",
            "typedef long long mine;",
            "typedef struct { int64_t a; } b;",
            "typedef",
        ] {
            assert_eq!(of(kept), kept);
        }
    }

    #[test]
    fn options_of_nvcc_are_left_out() {
        let given = [
            "-O3",
            "-Xcompiler",
            "-fopenmp",
            "-DA=1",
            "--extended-lambda",
            "-ccbin=g++",
            "-gencode",
            "arch=compute_90,code=sm_90",
            "-I.",
            "-G",
        ];
        let left = without_nvcc(&given.map(String::from));
        assert_eq!(left, ["-DA=1", "-I.", "-G"]);
        assert!(options(&left).is_ok() && options(&given.map(String::from)).is_err());
    }

    #[test]
    fn options_are_those_of_the_run_time_compiler() {
        let of = |o: &[&str]| options(&o.iter().map(|s| s.to_string()).collect::<Vec<_>>()).map_err(|e| e.to_string());
        let want =
            |flags: &[&str], macros: &str| Ok(Options { flags: flags.iter().map(|f| f.to_string()).collect(), macros: macros.into() });
        assert_eq!(
            of(&["-DA=1", "-D", "B", "-UC", "--include-path=x", "--use_fast_math", "-arch=sm_90"]),
            want(&["-std=c++17", "-Ix"], "#define A 1\n#define B 1\n#undef C\n")
        );
        assert_eq!(of(&["-std=c++14"]), want(&["-std=c++17"], ""));
        assert_eq!(of(&["--std=c++20", "-DF(x)=x=1"]), want(&["-std=c++20"], "#define F(x) x=1\n"));
        assert!(of(&["--no-such-option"]).is_err_and(|e| e.contains("--no-such-option")));
        assert!(of(&["-I"]).is_err() && of(&["file.o"]).is_err());
    }
}
