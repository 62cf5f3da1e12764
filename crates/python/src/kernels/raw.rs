//! `RawKernel` and `RawModule`.

use super::{again, count, on_stream, options};
use crate::convert::{self, OwnedInput, try_input};
use crate::detach::compute;
use crate::errors::{CUDARuntimeError, CompileError, unsupported_type};
use crate::ndarray::NdArray;
use crate::numpy::numpy;
use cuprous_array::engine::place;
use cuprous_array::kernels::{self, RawArgument, RawLaunch};
use cuprous_core::kernel::{FunctionArgument, FunctionAttribute, ModuleSource};
use cuprous_core::{Kind, Weak};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString, PyTuple};
use smallvec::SmallVec;
use std::path::PathBuf;
use std::sync::Arc;

/// How code is compiled and started, as it was asked for.
#[derive(Clone)]
struct Settings {
    /// The file it came from, if it did
    path: Option<String>,
    backend: String,
    cooperative: bool,
}

/// Whether the compiler that was asked for is nvcc. Jitify, which finds headers for NVRTC, is never needed.
fn is_nvcc(backend: &str, jitify: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    match backend {
        "nvrtc" => Ok(false),
        "nvcc" if jitify.map_or(Ok(false), |j| j.is_truthy())? => Err(PyValueError::new_err("jitify is for the backend 'nvrtc'")),
        "nvcc" => Ok(true),
        other => Err(PyValueError::new_err(format!("Invalid backend: {other}"))),
    }
}

/// Code in CUDA C++, or machine code, from which functions and global variables are taken.
///
/// Parameters
/// ----------
/// code : str
///     CUDA C++.
/// path : str
///     A file with machine code or PTX, instead of `code`.
/// options : tuple of str
///     Options of the compiler.
/// backend : str
///     The compiler for GPUs: ``'nvrtc'``, or ``'nvcc'`` where the CUDA toolkit is installed. On the CPU it is the host's.
/// translate_cucomplex : bool
///     Whether ``cuComplex.h`` stands for the complex numbers of C++.
/// enable_cooperative_groups : bool
///     Whether kernels are started so that their blocks can wait for each other.
/// name_expressions : sequence of str
///     C++ expressions that name functions, templates among them, or variables, for `get_function` and `get_global`;
///     not with ``'nvcc'``.
/// jitify : bool
///     Has no effect: the headers of CUDA and of its C++ library are found without it.
#[pyclass(frozen, weakref, module = "cuprous", name = "RawModule")]
pub struct RawModule {
    module: Arc<kernels::RawModule>,
    settings: Settings,
    expressions: Option<Vec<String>>,
}

#[pymethods]
impl RawModule {
    #[new]
    #[pyo3(signature = (code = None, *, path = None, options = None, backend = "nvrtc".to_string(), translate_cucomplex = false, enable_cooperative_groups = false, name_expressions = None, jitify = None))]
    #[allow(clippy::too_many_arguments)] // CuPy's parameters
    fn create(
        code: Option<String>,
        path: Option<PathBuf>,
        options: Option<&Bound<'_, PyAny>>,
        backend: String,
        translate_cucomplex: bool,
        enable_cooperative_groups: bool,
        name_expressions: Option<&Bound<'_, PyAny>>,
        jitify: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<RawModule> {
        if code.is_none() == path.is_none() {
            return Err(PyTypeError::new_err("Exactly one of `code` and `path` keyword arguments must be given."));
        }
        let with_nvcc = is_nvcc(&backend, jitify)?;
        let expressions = match name_expressions.filter(|e| !e.is_none()) {
            None => None,
            Some(_) if with_nvcc => return Err(PyValueError::new_err("name_expressions need the backend 'nvrtc': nvcc tells no names")),
            Some(_) if code.is_none() => return Err(PyValueError::new_err("name_expressions need CUDA C++, not machine code")),
            Some(e) if e.is_instance_of::<PyString>() => {
                return Err(PyTypeError::new_err("name_expressions must be a sequence of strings"));
            }
            Some(e) => Some(e.try_iter()?.map(|e| e?.extract::<String>()).collect::<PyResult<Vec<_>>>()?),
        };
        let path = path.map(|p| p.display().to_string());
        let binary = match &path {
            Some(path) => std::fs::read(path)?,
            None => Vec::new(),
        };
        let source = ModuleSource {
            text: code,
            binary,
            name: path.clone().unwrap_or_else(|| "module".into()),
            options: self::options(options)?,
            expressions: expressions.clone().unwrap_or_default(),
            translates_complex: translate_cucomplex,
            with_nvcc,
        };
        let settings = Settings { path, backend, cooperative: enable_cooperative_groups };
        Ok(RawModule { module: Arc::new(kernels::RawModule::new(source)), settings, expressions })
    }

    /// A kernel by its name, or by one of `name_expressions`.
    fn get_function(&self, py: Python<'_>, name: String) -> PyResult<RawKernel> {
        compute(py, || self.module.function(&name, place::default_device()?).map(drop))?;
        Ok(RawKernel { module: self.module.clone(), name, settings: self.settings.clone() })
    }

    /// The memory of a global variable.
    fn get_global(&self, py: Python<'_>, name: String) -> PyResult<Py<PyAny>> {
        let array = compute(py, || self.module.global(&name, place::default_device()?))?;
        convert::to_python(py, array)?.getattr(py, intern!(py, "data"))
    }

    /// Compiles the code now instead of at its first use.
    #[pyo3(signature = (log_stream = None))]
    fn compile(&self, py: Python<'_>, log_stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        compile(py, &self.module, log_stream)
    }

    /// The module itself, compiled.
    #[getter]
    fn module(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        compile(slf.py(), &slf.get().module, None)?;
        Ok(slf)
    }

    /// The number by which the driver's own functions know the compiled code.
    #[getter]
    fn ptr(&self, py: Python<'_>) -> PyResult<usize> {
        compute(py, || Ok(self.module.load(place::default_device()?)?.handle()))
    }

    /// The code.
    #[getter]
    fn code(&self) -> Option<&str> {
        self.module.source.text.as_deref()
    }

    /// The file that was loaded.
    #[getter]
    fn file_path(&self) -> Option<&str> {
        self.settings.path.as_deref()
    }

    /// The options of the compiler.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.module.source.options)
    }

    /// The compiler.
    #[getter]
    fn backend(&self) -> &str {
        &self.settings.backend
    }

    /// Whether kernels are started so that their blocks can wait for each other.
    #[getter]
    fn enable_cooperative_groups(&self) -> bool {
        self.settings.cooperative
    }

    /// The expressions that were given.
    #[getter]
    fn name_expressions<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        self.expressions.as_ref().map(|e| PyTuple::new(py, e)).transpose()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (py, own) = (slf.py(), slf.get());
        let kwargs = PyDict::new(py);
        kwargs.set_item("path", &own.settings.path)?;
        kwargs.set_item("options", own.options(py)?)?;
        kwargs.set_item("backend", &own.settings.backend)?;
        kwargs.set_item("translate_cucomplex", own.module.source.translates_complex)?;
        kwargs.set_item("enable_cooperative_groups", own.settings.cooperative)?;
        kwargs.set_item("name_expressions", own.name_expressions(py)?)?;
        again(slf.get_type().into_any(), (own.code(),), &kwargs)
    }
}

fn compile(py: Python<'_>, module: &kernels::RawModule, log_stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let compiled = compute(py, || module.load(place::default_device()?).map(drop));
    if let (Err(e), Some(stream)) = (&compiled, log_stream.filter(|s| !s.is_none()))
        && e.is_instance_of::<CompileError>(py)
    {
        stream.call_method1(intern!(py, "write"), (e.value(py).str()?,))?;
    }
    compiled
}

/// A kernel in CUDA C++, started with a grid of blocks.
///
/// Parameters
/// ----------
/// code : str
///     CUDA C++ in which the kernel is declared ``extern "C"``.
/// name : str
///     Its name there.
/// options, backend, translate_cucomplex, enable_cooperative_groups, jitify
///     As for `RawModule`.
#[pyclass(frozen, weakref, module = "cuprous", name = "RawKernel")]
pub struct RawKernel {
    module: Arc<kernels::RawModule>,
    name: String,
    settings: Settings,
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident $which:ident;)*) => {
        /// The attributes by their names.
        const ATTRIBUTES: &[(&str, FunctionAttribute)] = &[$((stringify!($name), FunctionAttribute::$which)),*];

        #[pymethods]
        impl RawKernel {$(
            $(#[$doc])*
            #[getter]
            fn $name(&self, py: Python<'_>) -> PyResult<i32> {
                self.attribute(py, FunctionAttribute::$which)
            }
        )*}
    };
}
attributes! {
    /// The most threads that a block of it can have.
    max_threads_per_block MaxThreads;
    /// Bytes of shared memory that it declares.
    shared_size_bytes SharedSize;
    /// Bytes of constant memory.
    const_size_bytes ConstSize;
    /// Bytes of memory of each thread.
    local_size_bytes LocalSize;
    /// Registers of each thread.
    num_regs Registers;
    /// The version of its PTX.
    ptx_version PtxVersion;
    /// The architecture of its code.
    binary_version BinaryVersion;
    /// Whether globals are cached.
    cache_mode_ca CacheModeCa;
    /// The most dynamic shared memory that a launch may ask for; can be set.
    max_dynamic_shared_size_bytes MaxDynamicSharedSize;
    /// The part of the cache that should be shared memory, in percent; can be set.
    preferred_shared_memory_carveout SharedCarveout;
}

#[pymethods]
impl RawKernel {
    #[new]
    #[pyo3(signature = (code, name, options = None, backend = "nvrtc".to_string(), translate_cucomplex = false, *, enable_cooperative_groups = false, jitify = None))]
    fn create(
        code: String,
        name: String,
        options: Option<&Bound<'_, PyAny>>,
        backend: String,
        translate_cucomplex: bool,
        enable_cooperative_groups: bool,
        jitify: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<RawKernel> {
        let with_nvcc = is_nvcc(&backend, jitify)?;
        let source = ModuleSource {
            text: Some(code),
            name: name.clone(),
            options: self::options(options)?,
            translates_complex: translate_cucomplex,
            with_nvcc,
            ..Default::default()
        };
        let settings = Settings { path: None, backend, cooperative: enable_cooperative_groups };
        Ok(RawKernel { module: Arc::new(kernels::RawModule::new(source)), name, settings })
    }

    /// Starts the kernel: `grid` and `block` count blocks and threads, `args` are its arguments. Keywords: `shared_mem`,
    /// the bytes of dynamic shared memory; `stream`.
    #[pyo3(signature = (grid, block, args, shared_mem = None, stream = None))]
    fn __call__(
        &self,
        py: Python<'_>,
        grid: &Bound<'_, PyAny>,
        block: &Bound<'_, PyAny>,
        args: &Bound<'_, PyAny>,
        shared_mem: Option<&Bound<'_, PyAny>>,
        stream: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let arguments = args.try_iter()?.map(|a| argument(&a?)).collect::<PyResult<Vec<_>>>()?;
        self.start(py, grid, block, arguments, shared_mem, stream)
    }

    /// Starts the kernel as a call does, but with structures of address, size, shape and strides for arrays.
    #[pyo3(signature = (grid, block, args, shared_mem = None, stream = None))]
    fn _start_with_structures(
        &self,
        py: Python<'_>,
        grid: &Bound<'_, PyAny>,
        block: &Bound<'_, PyAny>,
        args: &Bound<'_, PyAny>,
        shared_mem: Option<&Bound<'_, PyAny>>,
        stream: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let arguments = args.try_iter()?.map(|a| match argument(&a?)? {
            RawArgument::Array(a) => Ok(RawArgument::Structure(a)),
            other => Ok(other),
        });
        let arguments = arguments.collect::<PyResult<Vec<_>>>()?;
        self.start(py, grid, block, arguments, shared_mem, stream)
    }

    /// Compiles the code now instead of at the first start.
    #[pyo3(signature = (log_stream = None))]
    fn compile(&self, py: Python<'_>, log_stream: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        compile(py, &self.module, log_stream)
    }

    /// The kernel itself, compiled.
    #[getter]
    fn kernel(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        let own = slf.get();
        compute(slf.py(), || own.module.function(&own.name, place::default_device()?).map(drop))?;
        Ok(slf)
    }

    /// The number by which the driver's own functions know the compiled kernel.
    #[getter]
    fn ptr(&self, py: Python<'_>) -> PyResult<usize> {
        compute(py, || Ok(self.module.function(&self.name, place::default_device()?)?.handle()))
    }

    /// The kernel, started so that its blocks can wait for each other.
    fn _at_once(&self) -> RawKernel {
        let settings = Settings { cooperative: true, ..self.settings.clone() };
        RawKernel { module: self.module.clone(), name: self.name.clone(), settings }
    }

    /// All attributes.
    #[getter]
    fn attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, which) in ATTRIBUTES {
            dict.set_item(name, self.attribute(py, *which)?)?;
        }
        Ok(dict)
    }

    #[setter]
    fn set_max_dynamic_shared_size_bytes(&self, py: Python<'_>, value: i32) -> PyResult<()> {
        self.set_attribute(py, FunctionAttribute::MaxDynamicSharedSize, value)
    }

    #[setter]
    fn set_preferred_shared_memory_carveout(&self, py: Python<'_>, value: i32) -> PyResult<()> {
        self.set_attribute(py, FunctionAttribute::SharedCarveout, value)
    }

    /// The code.
    #[getter]
    fn code(&self) -> Option<&str> {
        self.module.source.text.as_deref()
    }

    /// The file that was loaded.
    #[getter]
    fn file_path(&self) -> Option<&str> {
        self.settings.path.as_deref()
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    #[getter]
    fn __name__(&self) -> &str {
        &self.name
    }

    /// The options of the compiler.
    #[getter]
    fn options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.module.source.options)
    }

    /// The compiler.
    #[getter]
    fn backend(&self) -> &str {
        &self.settings.backend
    }

    /// Whether it is started so that its blocks can wait for each other.
    #[getter]
    fn enable_cooperative_groups(&self) -> bool {
        self.settings.cooperative
    }

    fn __repr__(&self) -> String {
        format!("<cuprous.RawKernel '{}'>", self.name)
    }
}

impl RawKernel {
    fn start(
        &self,
        py: Python<'_>,
        grid: &Bound<'_, PyAny>,
        block: &Bound<'_, PyAny>,
        arguments: Vec<RawArgument>,
        shared_mem: Option<&Bound<'_, PyAny>>,
        stream: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let launch = RawLaunch {
            grid: extents(grid, "grid")?,
            block: extents(block, "block")?,
            shared: shared_mem.map_or(Ok(0), |s| count(s, "shared_mem"))?,
            cooperative: self.settings.cooperative,
        };
        let started = on_stream(stream, || compute(py, || self.module.run(&self.name, &launch, &arguments)));
        started.map_err(|e| if e.is_instance_of::<CUDARuntimeError>(py) { launch_error(py, e) } else { e })
    }

    fn attribute(&self, py: Python<'_>, which: FunctionAttribute) -> PyResult<i32> {
        compute(py, || self.module.function(&self.name, place::default_device()?)?.attribute(which))
    }

    fn set_attribute(&self, py: Python<'_>, which: FunctionAttribute, value: i32) -> PyResult<()> {
        compute(py, || self.module.function(&self.name, place::default_device()?)?.set_attribute(which, value))
    }
}

/// The error of a start as programs catch it: it is one of the driver too.
#[cold]
fn launch_error(py: Python<'_>, e: PyErr) -> PyErr {
    let make = || {
        let class = py.import("cuprous.cuda.driver")?.getattr("LaunchError")?;
        class.call1((e.value(py).str()?, e.value(py).getattr_opt("status")?))
    };
    make().map_or_else(|_: PyErr| e.clone_ref(py), PyErr::from_value)
}

/// The numbers of blocks or threads along up to three axes.
fn extents(obj: &Bound<'_, PyAny>, what: &str) -> PyResult<[usize; 3]> {
    let given = convert::sizes(obj)?;
    if given.is_empty() || given.len() > 3 {
        return Err(PyValueError::new_err(format!("{what} must have 1 to 3 numbers, not {}", given.len())));
    }
    let mut all = [1; 3];
    all[..given.len()].copy_from_slice(&given);
    Ok(all)
}

/// An argument of a kernel: arrays by their address, everything else by its value.
fn argument(obj: &Bound<'_, PyAny>) -> PyResult<RawArgument> {
    let py = obj.py();
    let bytes = |value: &[u8], what: &str| Ok(RawArgument::Value(FunctionArgument::Bytes { value: value.into(), what: what.into() }));
    let by_value = |obj: &Bound<'_, PyAny>| {
        let value = obj.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
        bytes(value.as_bytes(), &format!("value of dtype {}", obj.getattr(intern!(py, "dtype"))?))
    };
    if obj.is_none() {
        return bytes(&[0; 8], "None");
    }
    if let Ok(a) = obj.cast::<NdArray>() {
        return Ok(RawArgument::Array(a.get().handle()));
    }
    let np = numpy(py)?;
    if np.is_array(obj) {
        return by_value(obj);
    }
    if np.is_scalar(obj)
        && np.known_scalar_type(obj.get_type().as_any()).is_none_or(|d| !matches!(d.kind(), Kind::Bool | Kind::Int | Kind::UInt))
    {
        return by_value(obj);
    }
    match try_input(obj)? {
        Some(OwnedInput::Array(a)) => return Ok(RawArgument::Array(a)),
        Some(OwnedInput::Weak(Weak::Bool(b))) => return Ok(RawArgument::Value(FunctionArgument::Int(b.into()))),
        Some(OwnedInput::Weak(Weak::Int(i))) => return Ok(RawArgument::Value(FunctionArgument::Int(i))),
        Some(OwnedInput::Weak(Weak::Float(x))) => return bytes(&x.to_ne_bytes(), "float"),
        Some(OwnedInput::Weak(Weak::Complex(z))) => {
            let value: SmallVec<[u8; 16]> = z.re.to_ne_bytes().into_iter().chain(z.im.to_ne_bytes()).collect();
            return bytes(&value, "complex");
        }
        // Only integers and truth values come here: their width is the parameter's.
        Some(OwnedInput::Scalar(s)) => {
            let value = if s.dtype().kind() == Kind::UInt { i128::from(s.to::<u64>()) } else { i128::from(s.to::<i64>()) };
            return Ok(RawArgument::Value(FunctionArgument::Int(value)));
        }
        None => {}
    }
    if let Ok(value) = obj.cast::<PyBytes>() {
        return bytes(value.as_bytes(), "bytes");
    }
    // A place in memory, which outsiders may hold as well: nothing waits that reads it.
    if obj.hasattr(intern!(py, "ptr"))? && obj.hasattr(intern!(py, "mem"))? {
        let address: u64 = obj.getattr(intern!(py, "ptr"))?.extract()?;
        return bytes(&address.to_ne_bytes(), "address");
    }
    Err(unsupported_type(obj))
}
