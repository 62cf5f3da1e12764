//! From CUDA text to kernels: NVRTC, the disk cache, loading.
//!
//! The text becomes a cubin of exactly the device's architecture: PTX of a newer compiler would not load on an
//! older driver. All skeletons are compiled with the same flags, here and ahead of time, so that a kernel's bits
//! do not depend on where it was compiled.

pub mod background;
mod disk;
pub mod module;
mod nvcc;
pub mod pack;
pub mod user;

use crate::driver::{Context, Raw};
use cuprous_core::{Error, ErrorKind, Result};
use cuprous_cuda_sys::nvrtc::ERROR_COMPILATION;
use cuprous_cuda_sys::{Handle, Nvrtc, driver::constants as k};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Instant;

pub use disk::add_prebuilt_dir;

/// The flags besides the architecture: no contraction, so that fused and single steps round alike.
const OPTIONS: &[&str] = &["-fmad=false", "-std=c++17"];

/// One kernel's text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// CUDA C++ without includes
    pub text: String,
    /// The name of its `extern "C" __global__` function
    pub entry: String,
}

/// What is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Machine code of an architecture: 90 for sm_90
    Sm(u32),
    /// PTX, which drivers of its release or later compile for any architecture from this one on
    Ptx(u32),
}

impl Target {
    /// The number of the architecture.
    pub fn number(self) -> u32 {
        match self {
            Target::Sm(n) | Target::Ptx(n) => n,
        }
    }

    /// `sm_90` or `compute_75`; a bare number is machine code.
    pub fn parse(text: &str) -> Option<Target> {
        match text.strip_prefix("compute_") {
            Some(n) => n.parse().ok().map(Target::Ptx),
            None => text.trim_start_matches("sm_").parse().ok().map(Target::Sm),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Sm(n) => write!(f, "sm_{n}"),
            Target::Ptx(n) => write!(f, "compute_{n}"),
        }
    }
}

/// A kernel in a device's context, where it stays.
pub struct Kernel {
    /// The name of its function
    pub name: String,
    /// The most threads that a block of it can have
    pub max_threads: u32,
    /// Registers of a thread
    pub n_registers: u32,
    /// Shared memory that it declares itself, in bytes
    pub static_shared: u32,
    /// Bytes of its parameter, where the driver tells
    pub(crate) params_size: Option<usize>,
    pub(crate) function: Handle,
    pub(crate) raw: Raw,
    /// The most dynamic shared memory that it may be allowed, and whether it is
    pub(crate) max_dynamic: u32,
    pub(crate) is_raised: AtomicBool,
}

/// The kernels of a context by the hash of their source.
#[derive(Default)]
pub(crate) struct Kernels {
    loaded: Mutex<HashMap<String, Arc<Kernel>>>,
}

/// Machine code and the compiler it came from (13005 for 13.5).
pub(crate) struct Cubin {
    pub code: Vec<u8>,
    pub compiler: u32,
}

impl Context {
    /// The kernel of a source: loaded before, from a prebuilt directory or the disk cache, or compiled.
    ///
    /// # Errors
    /// `Compile` with the compiler's log; `Device` if NVRTC is needed and missing, or the driver fails.
    pub fn load(&self, source: &Source) -> Result<Arc<Kernel>> {
        let hash = disk::hash(source, OPTIONS);
        if let Some(kernel) = self.kernels.loaded.lock().get(&hash) {
            return Ok(kernel.clone());
        }
        // No lock while compiling: two threads may both compile a new kernel, and the first stays.
        let kernel = Arc::new(self.load_new(source, &hash)?);
        Ok(self.kernels.loaded.lock().entry(hash).or_insert(kernel).clone())
    }

    /// The kernel of a source, if it need not be compiled.
    ///
    /// # Errors
    /// `Device` or `Memory` if it cannot be loaded.
    pub fn load_compiled(&self, source: &Source) -> Result<Option<Arc<Kernel>>> {
        let hash = disk::hash(source, OPTIONS);
        if let Some(kernel) = self.kernels.loaded.lock().get(&hash) {
            return Ok(Some(kernel.clone()));
        }
        let Some(kernel) = self.load_found(source, &hash)? else { return Ok(None) };
        Ok(Some(self.kernels.loaded.lock().entry(hash).or_insert(Arc::new(kernel)).clone()))
    }

    /// What the prebuilt directories and the disk cache hold.
    fn load_found(&self, source: &Source, hash: &str) -> Result<Option<Kernel>> {
        let newest = cuprous_cuda_sys::driver::version().map_or(u32::MAX, |v| v / 1000);
        for (path, cubin) in disk::find(hash, self.arch) {
            // The cache may be shared with a machine of a newer driver.
            if cubin.compiler / 1000 > newest {
                continue;
            }
            match self.module(source, &cubin.code) {
                Ok(kernel) => {
                    log(source, || format!("from {}", path.display()));
                    return Ok(Some(kernel));
                }
                Err(e) if e.kind() == ErrorKind::Memory => return Err(e),
                // Not for this driver after all: what is compiled now takes its place.
                Err(_) => {}
            }
        }
        Ok(None)
    }

    fn load_new(&self, source: &Source, hash: &str) -> Result<Kernel> {
        if let Some(kernel) = self.load_found(source, hash)? {
            return Ok(kernel);
        }
        let start = Instant::now();
        let cubin = match compile(source, Target::Sm(self.arch)) {
            // Without a compiler the driver can still make code of PTX that is not newer than it.
            Err(e) if e.kind() == ErrorKind::Device => match disk::find_ptx(hash, self.arch) {
                Some((path, ptx))
                    if ptx.compiler / 1000 * 1000 + ptx.compiler % 1000 * 10 <= cuprous_cuda_sys::driver::version().unwrap_or(0) =>
                {
                    log(source, || format!("from {}", path.display()));
                    return self.module(source, &ptx.code);
                }
                _ => return Err(e),
            },
            other => other?,
        };
        log(source, || format!("compiled in {} ms", start.elapsed().as_millis()));
        disk::store(hash, self.arch, &cubin);
        self.module(source, &cubin.code)
    }

    fn module(&self, source: &Source, code: &[u8]) -> Result<Kernel> {
        let _entered = self.enter()?;
        let (api, raw) = (self.raw.api, self.raw);
        let entry = c_string(&source.entry)?;
        let (mut module, mut function) = (0, 0);
        // SAFETY: the code is a whole cubin, whose checksum was compared or which NVRTC just made; the driver
        // copies it. Handles go to valid addresses; a module is unloaded only when nothing has seen its function.
        unsafe {
            raw.check((api.cuModuleLoadData)(&mut module, code.as_ptr().cast()), "cuModuleLoadData")?;
            let found = raw.check((api.cuModuleGetFunction)(&mut function, module, entry.as_ptr()), "cuModuleGetFunction");
            if let Err(e) = found {
                (api.cuModuleUnload)(module);
                return Err(e.during(&format!("kernel {}", source.entry)));
            }
        }
        let attribute = |which: i32| -> Result<u32> {
            let mut value = 0;
            // SAFETY: the function was just loaded; the value goes to a valid address.
            raw.check(unsafe { (api.cuFuncGetAttribute)(&mut value, which, function) }, "cuFuncGetAttribute")?;
            Ok(value.max(0) as u32)
        };
        let params_size = api.cuFuncGetParamInfo.and_then(|info| {
            let (mut offset, mut size) = (0, 0);
            // SAFETY: as above; a function without parameter 0 gives an error code.
            (unsafe { info(function, 0, &mut offset, &mut size) } == 0).then_some(size)
        });
        let static_shared = attribute(k::FUNC_SHARED_SIZE_BYTES)?;
        Ok(Kernel {
            name: source.entry.clone(),
            max_threads: attribute(k::FUNC_MAX_THREADS_PER_BLOCK)?,
            n_registers: attribute(k::FUNC_NUM_REGS)?,
            static_shared,
            params_size,
            function,
            raw,
            max_dynamic: self.max_shared.saturating_sub(static_shared),
            is_raised: AtomicBool::new(false),
        })
    }
}

fn log(source: &Source, how: impl FnOnce() -> String) {
    static WANTED: OnceLock<bool> = OnceLock::new();
    if *WANTED.get_or_init(|| std::env::var("CUPROUS_LOG").is_ok_and(|v| v.split(',').any(|word| word.trim() == "source"))) {
        eprintln!("// cuprous kernel {}, {}\n{}", source.entry, how(), source.text);
    }
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|_| Error::compile("CUDA text holds a zero character"))
}

/// Compiles a source for an architecture (90 for sm_90), without loading it: works without a GPU.
/// Gives the size of the machine code.
///
/// # Errors
/// `Compile` with the compiler's log; `Device` if NVRTC is missing.
pub fn check(source: &Source, arch: u32) -> Result<usize> {
    compile(source, Target::Sm(arch)).map(|cubin| cubin.code.len())
}

/// Compiles sources into a directory that `CUPROUS_PREBUILT` can name, on all cores, without a GPU. What is
/// there already stays. `progress` is told how many are done, of how many. Gives the number compiled.
///
/// # Errors
/// `Compile` or `Device` as [`check`], the first one met; `Io` if a file cannot be written.
pub fn prebuild(sources: &[Source], target: Target, dir: &Path, progress: &mut dyn FnMut(usize, usize)) -> Result<usize> {
    std::fs::create_dir_all(dir).map_err(|e| Error::io(format!("{}: {e}", dir.display())))?;
    let n_threads = std::thread::available_parallelism().map_or(2, |n| n.get()).max(2).min(sources.len());
    let next = AtomicUsize::new(0);
    let (sender, done) = mpsc::channel::<Result<bool>>();
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let hash = disk::hash(source, OPTIONS);
                    let built = if disk::is_there(dir, &hash, target) {
                        Ok(false)
                    } else {
                        compile(source, target).and_then(|cubin| {
                            disk::write(dir, &hash, target, &cubin).map_err(|e| Error::io(format!("{}: {e}", dir.display())))?;
                            Ok(true)
                        })
                    };
                    // The receiver is gone after an error: the rest is not wanted.
                    if sender.send(built).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut n_built = 0;
        for (k, built) in done.into_iter().enumerate() {
            n_built += usize::from(built?);
            progress(k + 1, sources.len());
        }
        Ok(n_built)
    })
}

/// NVRTC's version and file, loading it if need be.
///
/// # Errors
/// `Device`, naming how to get it.
pub fn compiler() -> Result<String> {
    let api = Nvrtc::get().map_err(Error::device)?;
    let version = version(api);
    Ok(format!("{}.{} ({})", version / 1000, version % 1000, api.library.path))
}

/// The release of CUDA that NVRTC belongs to, as the driver counts: 13000 for 13.0; none where it is missing.
pub fn release() -> Option<u32> {
    let version = version(Nvrtc::get().ok()?);
    Some(version / 1000 * 1000 + version % 1000 * 10)
}

fn version(api: &Nvrtc) -> u32 {
    let (mut major, mut minor) = (0, 0);
    // SAFETY: both numbers go to valid addresses.
    unsafe { (api.nvrtcVersion)(&mut major, &mut minor) };
    (major * 1000 + minor).max(0) as u32
}

/// The architecture to compile for: the device's own, or the newest older one of its major version that the
/// compiler knows, whose code runs there as well.
fn architecture(api: &Nvrtc, arch: u32) -> Result<u32> {
    let mut n = 0;
    let mut known = Vec::new();
    // SAFETY: the count goes to a valid address, and the list has room for that many.
    unsafe {
        if (api.nvrtcGetNumSupportedArchs)(&mut n) == 0 && n > 0 {
            known.resize(n as usize, 0);
            (api.nvrtcGetSupportedArchs)(known.as_mut_ptr());
        }
    }
    choose(&known, arch).ok_or_else(|| {
        let version = version(api);
        let package = if arch < 75 { "nvidia-cuda-nvrtc-cu12" } else { "--upgrade nvidia-cuda-nvrtc" };
        Error::device(format!(
            "NVRTC {}.{} cannot compile for sm_{arch}; `pip install {package}` brings one that can",
            version / 1000,
            version % 1000
        ))
    })
}

fn choose(known: &[i32], arch: u32) -> Option<u32> {
    if known.is_empty() {
        return Some(arch);
    }
    known.iter().map(|&a| a.max(0) as u32).filter(|&a| a <= arch && a / 10 == arch / 10).max()
}

/// A program of NVRTC, destroyed when dropped.
struct Program {
    api: &'static Nvrtc,
    handle: Handle,
}

impl Drop for Program {
    fn drop(&mut self) {
        // SAFETY: the program was made by NVRTC and is destroyed once.
        unsafe { (self.api.nvrtcDestroyProgram)(&mut self.handle) };
    }
}

fn compile(source: &Source, target: Target) -> Result<Cubin> {
    let api = Nvrtc::get().map_err(Error::device)?;
    let text = c_string(&source.text)?;
    let name = c_string(&format!("{}.cu", source.entry))?;
    let flag = match target {
        Target::Sm(arch) => Target::Sm(architecture(api, arch)?),
        ptx => ptx,
    };
    let mut options = vec![c_string(&format!("--gpu-architecture={flag}"))?];
    for option in OPTIONS {
        options.push(c_string(option)?);
    }
    let pointers: Vec<*const c_char> = options.iter().map(|o| o.as_ptr()).collect();
    let mut program = Program { api, handle: 0 };
    // SAFETY: the strings end in a zero and outlive the call; there are no headers.
    let code =
        unsafe { (api.nvrtcCreateProgram)(&mut program.handle, text.as_ptr(), name.as_ptr(), 0, std::ptr::null(), std::ptr::null()) };
    fails(api, code, "nvrtcCreateProgram")?;
    // SAFETY: the program is ours; the options end in a zero and outlive the call.
    let code = unsafe { (api.nvrtcCompileProgram)(program.handle, pointers.len() as i32, pointers.as_ptr()) };
    if code == ERROR_COMPILATION {
        return Err(Error::compile(explain(source, &compile_log(&program)?)));
    }
    if code != 0 {
        let log = compile_log(&program).unwrap_or_default();
        return fails(api, code, "nvrtcCompileProgram")
            .map_err(|e| Error::new(e.kind(), format!("{e}\n{log}")))
            .and(Err(Error::device(log)));
    }
    match target {
        Target::Sm(_) => machine_code(&program),
        Target::Ptx(_) => portable_code(&program),
    }
}

/// The PTX of a compiled program, with the zero that ends it.
fn portable_code(program: &Program) -> Result<Cubin> {
    let api = program.api;
    let (Some(size_of), Some(get)) = (api.nvrtcGetPTXSize, api.nvrtcGetPTX) else {
        return Err(Error::device("this NVRTC gives no PTX"));
    };
    let mut size = 0;
    // SAFETY: the program is compiled; the size goes to a valid address.
    fails(api, unsafe { size_of(program.handle, &mut size) }, "nvrtcGetPTXSize")?;
    let mut text = vec![0_u8; size];
    // SAFETY: the buffer has the size that NVRTC asked for.
    fails(api, unsafe { get(program.handle, text.as_mut_ptr().cast()) }, "nvrtcGetPTX")?;
    Ok(Cubin { code: text, compiler: version(api) })
}

/// What a program was compiled to.
fn machine_code(program: &Program) -> Result<Cubin> {
    let api = program.api;
    let mut size = 0;
    // SAFETY: the program is compiled; the size goes to a valid address.
    fails(api, unsafe { (api.nvrtcGetCUBINSize)(program.handle, &mut size) }, "nvrtcGetCUBINSize")?;
    let mut cubin = vec![0_u8; size];
    // SAFETY: the buffer has the size that NVRTC asked for.
    fails(api, unsafe { (api.nvrtcGetCUBIN)(program.handle, cubin.as_mut_ptr().cast()) }, "nvrtcGetCUBIN")?;
    Ok(Cubin { code: cubin, compiler: version(api) })
}

fn compile_log(program: &Program) -> Result<String> {
    let api = program.api;
    let mut size = 0;
    // SAFETY: the program is alive; the size goes to a valid address.
    fails(api, unsafe { (api.nvrtcGetProgramLogSize)(program.handle, &mut size) }, "nvrtcGetProgramLogSize")?;
    let mut log = vec![0_u8; size];
    // SAFETY: the buffer has the size that NVRTC asked for.
    fails(api, unsafe { (api.nvrtcGetProgramLog)(program.handle, log.as_mut_ptr().cast()) }, "nvrtcGetProgramLog")?;
    Ok(String::from_utf8_lossy(&log).trim_end_matches('\0').trim_end().to_string())
}

fn fails(api: &Nvrtc, code: i32, call: &str) -> Result<()> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: NVRTC's texts are constants that end in a zero, for any code.
    let text = unsafe { CStr::from_ptr((api.nvrtcGetErrorString)(code)) };
    let kind = if code == 1 { ErrorKind::Memory } else { ErrorKind::Device };
    Err(Error::new(kind, format!("{} (from {call})", text.to_string_lossy())))
}

/// The log, and the lines of the source around its errors.
fn explain(source: &Source, log: &str) -> String {
    let mut text = format!("kernel {} did not compile:\n{log}\n", source.entry);
    show_lines(&mut text, &source.text, log, false);
    text
}

/// The lines of a source with their numbers, those of errors marked: all, or those around the errors.
fn show_lines(text: &mut String, source: &str, log: &str, all: bool) {
    let mut near: Vec<usize> = Vec::new();
    for line in log.lines().filter(|l| l.contains("error")) {
        let number = line.split_once('(').and_then(|(_, rest)| rest.split_once(')')).and_then(|(n, _)| n.parse().ok());
        if let Some(n) = number
            && near.len() < 5
        {
            near.push(n);
        }
    }
    let mut skipped = false;
    for (k, line) in source.lines().enumerate() {
        let number = k + 1;
        if all || near.is_empty() && number <= 40 || near.iter().any(|&n| number.abs_diff(n) <= 3) {
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "{}{} {number:4} | {line}",
                if skipped { "   ...\n" } else { "" },
                if near.contains(&number) { '>' } else { ' ' }
            );
            skipped = false;
        } else {
            skipped = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { text: text.into(), entry: "f".into() }
    }

    const GOOD: &str = "struct Params { double* p; long long n; };\nextern \"C\" __global__ void f(const Params p) {\n  long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;\n  if (i < p.n) p.p[i] = exp(p.p[i]);\n}\n";

    fn have_compiler() -> bool {
        match compiler() {
            Ok(version) => {
                println!("NVRTC {version}");
                true
            }
            Err(e) => {
                println!("skipped: {e}");
                false
            }
        }
    }

    #[test]
    fn compiles_without_a_gpu() {
        if have_compiler() {
            for arch in [90, 100] {
                let size = check(&source(GOOD), arch);
                assert!(size.as_ref().is_ok_and(|n| *n > 500), "{:?}", size);
            }
        }
    }

    #[test]
    fn a_wrong_source_is_shown_with_its_lines() {
        if have_compiler() {
            let e = check(&source(&GOOD.replace("exp(", "no_such_function(")), 90).err();
            assert_eq!(e.as_ref().map(Error::kind), Some(ErrorKind::Compile));
            let text = e.map(|e| e.to_string()).unwrap_or_default();
            assert!(text.contains("no_such_function") && text.contains(">    4 |   if (i < p.n)"), "{text}");
            assert_eq!(check(&source("a\0b"), 90).err().map(|e| e.kind()), Some(ErrorKind::Compile));
        }
    }

    #[test]
    fn prebuilds_each_source_once() {
        if have_compiler() {
            let dir = std::env::temp_dir().join(format!("cuprous-prebuild-{}", std::process::id()));
            let sources: Vec<Source> = (0..4).map(|k| source(&GOOD.replace("exp", ["exp", "sin", "cos", "log"][k]))).collect();
            let mut seen = Vec::new();
            let n = prebuild(&sources, Target::Sm(90), &dir, &mut |k, n| seen.push((k, n)));
            assert_eq!(n.ok(), Some(4));
            assert_eq!(seen, [(1, 4), (2, 4), (3, 4), (4, 4)]);
            assert_eq!(prebuild(&sources, Target::Sm(90), &dir, &mut |_, _| {}).ok(), Some(0));
            let wrong = [source(GOOD), source("wrong")];
            assert_eq!(prebuild(&wrong, Target::Sm(90), &dir, &mut |_, _| {}).err().map(|e| e.kind()), Some(ErrorKind::Compile));
            let _ = std::fs::remove_dir_all(dir);
        }
    }

    #[test]
    fn chooses_the_architecture() {
        let known = [75, 80, 86, 90, 100, 120];
        assert_eq!(choose(&known, 90), Some(90));
        assert_eq!(choose(&known, 89), Some(86));
        assert_eq!(choose(&known, 121), Some(120));
        assert_eq!(choose(&known, 70), None);
        assert_eq!(choose(&[], 70), Some(70));
    }
}
