//! The registered functions as Python builtins: one trampoline serves them all.
//!
//! Alternatives weighed: one `#[pyfunction]` for each (1500 of them take a minute to build in release, against
//! seconds), `*args, **kwargs` (microseconds a call), and a capsule as `self`, which calls the functions
//! `PyCapsule.sum` and keeps them from being pickled. So `self` is a module object whose state is the entry:
//! then Python sees builtin functions of that module.

use crate::convert::{self, OwnedInput, Subclass};
use crate::detach::compute;
use crate::errors;
use crate::interop::foreign::from_cuda_interface;
use crate::ndarray::NdArray;
use cuprous_array::Array;
use cuprous_array::function::{FunctionDef, Kind, Literal, METHODS_ONLY, MethodDef, Mode, Param, Value, all_functions};
use cuprous_core::Device;
use cuprous_core::layout::Slice;
use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyList, PySequence, PySlice, PyString, PyTuple, PyType};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::ffi::CString;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::OnceLock;

/// An argument as it was given, if it was.
type Slot<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

/// A function or a method, and what its calls would otherwise look for again.
struct Entry {
    def: &'static FunctionDef,
    /// The parameters that a caller sees
    params: &'static [Param],
    /// The parameters of the function that they stand for, and the one that is the array, if this is a method
    method: Option<(&'static [usize], usize)>,
    /// The names of the parameters as interned strings, never freed
    names: Vec<Py<PyString>>,
    /// How many parameters take positional arguments
    n_positional: usize,
    /// How many of these have no default
    n_required: usize,
    /// Where `*args` stands
    variadic: Option<usize>,
    dtype: Option<usize>,
    device: Option<usize>,
    subok: Option<usize>,
}

/// Adds every registered function to the module, those of a namespace to a submodule.
///
/// # Errors
/// Those of Python.
pub fn add_functions(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // Module objects refer to it for as long as they live.
    let shell: &'static mut ffi::PyModuleDef = Box::leak(Box::new(ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"cuprous".as_ptr(),
        m_doc: ptr::null(),
        m_size: size_of::<*const Entry>() as ffi::Py_ssize_t,
        m_methods: ptr::null_mut(),
        m_slots: ptr::null_mut(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    }));
    for def in all_functions().into_iter().filter(|d| d.module != METHODS_ONLY) {
        let target = namespace(module, def.module)?;
        let home = if def.module.is_empty() { Cow::Borrowed("cuprous") } else { Cow::Owned(format!("cuprous.{}", def.module)) };
        target.add(def.name, builtin(py, shell, Entry::new(py, def, None), &home)?)?;
    }
    Ok(())
}

/// Adds the methods of the array class: the functions that are marked so.
///
/// # Errors
/// `RuntimeError` if there are more of them than [`METHODS`] has places for; those of Python.
pub fn add_methods(class: &Bound<'_, PyType>) -> PyResult<()> {
    let py = class.py();
    for (k, (def, method)) in all_functions().into_iter().filter_map(|d| Some((d, d.method.as_ref()?))).enumerate() {
        let Some(function) = METHODS.get(k) else {
            return Err(PyRuntimeError::new_err("there are more methods than places for them: make METHODS longer"));
        };
        // A class that is made once in a process: the entries are as good as constants.
        let _ = ENTRIES[k].set(Entry::new(py, def, Some(method)));
        let name = CString::new(def.name)?;
        let doc = CString::new(format!("{}{}\n--\n\n{}", def.name, method.signature, documentation(def.doc)))?;
        let definition: &'static mut ffi::PyMethodDef = Box::leak(Box::new(ffi::PyMethodDef {
            ml_name: ManuallyDrop::new(name).as_ptr(),
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: *function },
            ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
            ml_doc: ManuallyDrop::new(doc).as_ptr(),
        }));
        // SAFETY: the definition is leaked and its function has the type that its flags promise; the class is alive.
        let descriptor = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyDescr_NewMethod(class.as_type_ptr(), definition))? };
        class.setattr(def.name, descriptor)?;
    }
    Ok(())
}

/// A method gets no word from Python about which one it is, so each place of the table has a C function of its own.
static METHODS: [ffi::PyCFunctionFastWithKeywords; 128] = {
    macro_rules! eight {
        ($($k:literal)*) => { [$(
            method::<{ 8 * $k }>, method::<{ 8 * $k + 1 }>, method::<{ 8 * $k + 2 }>, method::<{ 8 * $k + 3 }>,
            method::<{ 8 * $k + 4 }>, method::<{ 8 * $k + 5 }>, method::<{ 8 * $k + 6 }>, method::<{ 8 * $k + 7 }>,
        )*] };
    }
    eight!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
};

static ENTRIES: [OnceLock<Entry>; METHODS.len()] = [const { OnceLock::new() }; METHODS.len()];

/// What Python calls for the method at place `K` of the table.
///
/// # Safety
/// As for [`trampoline`], but `own` is the array: the descriptor checks that it is of the class.
unsafe extern "C" fn method<const K: usize>(
    own: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    n_args: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    Python::attach(|py| {
        // SAFETY: the caller holds a reference to the object until the call returns.
        let array = unsafe { Borrowed::from_ptr(py, own) };
        match ENTRIES[K].get() {
            // SAFETY: passed on as Python gave them.
            Some(entry) => unsafe { called(py, entry, Some(array), args, n_args, names) },
            None => {
                PyRuntimeError::new_err("this method of cuprous has no function").restore(py);
                ptr::null_mut()
            }
        }
    })
}

/// The module of a namespace, made when it is first named.
pub fn namespace<'py>(module: &Bound<'py, PyModule>, name: &str) -> PyResult<Bound<'py, PyModule>> {
    let mut at = module.clone();
    let mut full = String::from("cuprous");
    for part in name.split('.').filter(|p| !p.is_empty()) {
        full = format!("{full}.{part}");
        at = match at.getattr(part) {
            Ok(found) => found.cast_into::<PyModule>()?,
            Err(_) => {
                let made = PyModule::new(module.py(), &full)?;
                at.setattr(part, &made)?;
                made
            }
        };
    }
    Ok(at)
}

/// The builtin function of an entry.
fn builtin<'py>(py: Python<'py>, shell: &mut ffi::PyModuleDef, entry: Entry, home: &str) -> PyResult<Bound<'py, PyAny>> {
    let def = entry.def;
    let name = CString::new(def.name)?;
    let doc = CString::new(format!("{}{}\n--\n\n{}", def.name, def.signature, documentation(def.doc)))?;
    // Functions live as long as the process, and so does what they point to.
    let method: &'static mut ffi::PyMethodDef = Box::leak(Box::new(ffi::PyMethodDef {
        ml_name: ManuallyDrop::new(name).as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: trampoline },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: ManuallyDrop::new(doc).as_ptr(),
    }));
    let entry: &'static Entry = Box::leak(Box::new(entry));
    let home = PyString::new(py, home);
    // SAFETY: the definition of the module is leaked by the caller and complete; Python returns a new reference or sets an error.
    let own = unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyModule_Create(shell))? };
    // SAFETY: the module was just made with a state of the size of one pointer, which nobody else sees yet.
    unsafe { ffi::PyModule_GetState(own.as_ptr()).cast::<*const Entry>().write(entry) };
    // SAFETY: the method definition is leaked, its function has the type that its flags promise, and `own` and
    // `home` are objects of which Python takes references of its own.
    unsafe { Bound::from_owned_ptr_or_err(py, ffi::PyCFunction_NewEx(method, own.as_ptr(), home.as_ptr())) }
}

/// What Python calls for every function.
///
/// # Safety
/// Python guarantees it for a function made by [`builtin`]: `own` is the module given there, `args` holds
/// `n_args` objects and then one for each name of the tuple `names`, which may be null.
unsafe extern "C" fn trampoline(
    own: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    n_args: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    Python::attach(|py| {
        // SAFETY: the state was filled by `builtin` with a leaked entry, before anybody could call.
        let entry: &Entry = unsafe { &**ffi::PyModule_GetState(own).cast::<*const Entry>() };
        // SAFETY: passed on as Python gave them.
        unsafe { called(py, entry, None, args, n_args, names) }
    })
}

/// One call of a function or of a method of `array`.
///
/// # Safety
/// By Python's calling convention `args` holds `n_args` objects and then one for each name of the tuple `names`,
/// which may be null.
unsafe fn called<'py>(
    py: Python<'py>,
    entry: &Entry,
    array: Slot<'_, 'py>,
    args: *const *mut ffi::PyObject,
    n_args: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: a tuple or null, by the calling convention; it outlives the call.
    let names = unsafe { Borrowed::from_ptr_or_opt(py, names) };
    let n_names = names.map_or(0, |n| n.len().unwrap_or(0));
    // SAFETY: the calling convention gives this many objects; with none, the pointer may be null.
    let args = if args.is_null() { &[] } else { unsafe { std::slice::from_raw_parts(args, n_args as usize + n_names) } };
    let call = || {
        // SAFETY: the caller holds references to all arguments until the call returns.
        let given: SmallVec<[_; 16]> = args.iter().map(|&a| unsafe { Borrowed::from_ptr(py, a) }).collect();
        let (positional, named) = given.split_at(n_args as usize);
        entry.call(py, array, positional, named, names)
    };
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => value.into_ptr(),
        Ok(Err(e)) => {
            e.restore(py);
            ptr::null_mut()
        }
        Err(_) => {
            PyRuntimeError::new_err(format!("internal error of cuprous in the arguments of {}(), please report it", entry.def.name))
                .restore(py);
            ptr::null_mut()
        }
    }
}

impl Entry {
    fn new(py: Python<'_>, def: &'static FunctionDef, method: Option<&'static MethodDef>) -> Entry {
        let params = method.map_or(def.params, |m| m.params);
        let place = |name: &str| def.params.iter().position(|p| p.name == name);
        let takes_position = |p: &&Param| matches!(p.mode, Mode::PositionalOnly | Mode::Either);
        Entry {
            def,
            params,
            method: method.map(|m| (m.places, m.own)),
            names: params.iter().map(|p| PyString::intern(py, p.name).unbind()).collect(),
            n_positional: params.iter().filter(takes_position).count(),
            n_required: params.iter().filter(takes_position).filter(|p| p.default.is_none()).count(),
            variadic: params.iter().position(|p| p.mode == Mode::Variadic),
            dtype: place("dtype"),
            device: place("device"),
            subok: place("subok"),
        }
    }

    /// Binds the arguments, converts them, calls, and converts the result.
    fn call<'py>(
        &self,
        py: Python<'py>,
        array: Slot<'_, 'py>,
        positional: &[Borrowed<'_, 'py, PyAny>],
        named: &[Borrowed<'_, 'py, PyAny>],
        names: Option<Borrowed<'_, 'py, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let mut slots = self.bind(positional, named, names)?;
        // What the caller sees of each parameter of the function: a method shows some of them, in places of its own.
        let mut shown: SmallVec<[Option<&Param>; 16]> = self.params.iter().map(Some).collect();
        if let Some((places, own)) = self.method {
            let n = self.def.params.len();
            let given = std::mem::replace(&mut slots, SmallVec::from_elem(None, n));
            shown = SmallVec::from_elem(None, n);
            slots[own] = array;
            for (k, &place) in places.iter().enumerate() {
                (slots[place], shown[place]) = (given[k], Some(&self.params[k]));
            }
        }
        let mut values: SmallVec<[Value; 8]> = SmallVec::with_capacity(slots.len());
        for (k, own) in self.def.params.iter().enumerate() {
            let param = shown[k].unwrap_or(own);
            let value = match slots[k] {
                Some(obj) => self.convert(py, own, &obj, &slots)?,
                None if param.mode == Mode::Variadic => self.rest(own.kind, positional)?,
                None => param.default.map_or(Value::None, Value::from),
            };
            values.push(value);
        }
        let result = compute(py, || (self.def.call)(&mut values))?;
        let subclass = self.subclass(&slots)?;
        // An array that was passed and comes back is the same object: `asarray(a) is a`, and what `out` names.
        if matches!(result, Value::Array(_)) {
            for (slot, value) in slots.iter().zip(&values) {
                if let (Some(obj), Value::Array(_)) = (slot, value)
                    && result.is_same_array(value)
                    && (subclass == Subclass::Kept || single(obj)?.is_exact_instance_of::<NdArray>())
                {
                    return Ok(single(obj)?.unbind());
                }
            }
        }
        let arguments: SmallVec<[_; 4]> =
            array.iter().chain(positional).chain(named).filter_map(|obj| obj.cast::<NdArray>().ok()).collect();
        let arguments: SmallVec<[&Bound<'py, NdArray>; 4]> = arguments.iter().map(|a| &**a).collect();
        to_python(py, result, &arguments, subclass)
    }

    /// What becomes of a subclass: `subok` says it; without, only functions that make arrays of anything drop it.
    fn subclass(&self, slots: &[Slot]) -> PyResult<Subclass> {
        let is_kept = match self.subok.map(|k| (slots[k], self.def.params[k].default)) {
            Some((Some(given), _)) => given.is_truthy()?,
            Some((None, default)) => default == Some(Literal::Bool(true)),
            None => self.def.params.iter().all(|p| p.kind != Kind::Source),
        };
        Ok(if is_kept { Subclass::Kept } else { Subclass::Dropped })
    }

    /// Finds the parameter of each argument.
    fn bind<'a, 'py>(
        &self,
        positional: &[Borrowed<'a, 'py, PyAny>],
        named: &[Borrowed<'a, 'py, PyAny>],
        names: Option<Borrowed<'_, 'py, PyAny>>,
    ) -> PyResult<SmallVec<[Slot<'a, 'py>; 16]>> {
        let mut slots: SmallVec<[Slot; 16]> = SmallVec::from_elem(None, self.params.len());
        if positional.len() > self.n_positional && self.variadic.is_none() {
            return Err(self.too_many(positional.len()));
        }
        for (slot, &arg) in slots.iter_mut().zip(&positional[..positional.len().min(self.n_positional)]) {
            *slot = Some(arg);
        }
        if let Some(names) = names {
            let names = names.cast::<PyTuple>()?;
            for (name, &arg) in names.iter_borrowed().zip(named) {
                let k = self.place(&name)?;
                if slots[k].replace(arg).is_some() {
                    return Err(PyTypeError::new_err(format!(
                        "{}() got multiple values for argument '{}'",
                        self.def.name, self.params[k].name
                    )));
                }
            }
        }
        if positional.len() < self.n_required || named.len() + self.n_positional < self.params.len() {
            self.check_required(&slots)?;
        }
        Ok(slots)
    }

    /// The parameter of a name.
    fn place(&self, name: &Bound<'_, PyAny>) -> PyResult<usize> {
        let allows = |k: &usize| matches!(self.params[*k].mode, Mode::Either | Mode::KeywordOnly);
        // Names in programs are interned, so nearly all are found without comparing text.
        let found = self.names.iter().position(|own| own.as_ptr() == name.as_ptr());
        if let Some(k) = found.filter(allows) {
            return Ok(k);
        }
        let text = name.cast::<PyString>()?.to_str()?;
        match self.params.iter().position(|p| p.name == text) {
            Some(k) if allows(&k) => Ok(k),
            Some(k) if self.params[k].mode == Mode::PositionalOnly => Err(PyTypeError::new_err(format!(
                "{}() got some positional-only arguments passed as keyword arguments: '{text}'",
                self.def.name
            ))),
            _ => Err(PyTypeError::new_err(format!("{}() got an unexpected keyword argument '{text}'", self.def.name))),
        }
    }

    fn check_required(&self, slots: &[Slot]) -> PyResult<()> {
        let missing = |kind: Mode| -> Vec<String> {
            let of_kind = |mode: Mode| (mode == Mode::KeywordOnly) == (kind == Mode::KeywordOnly) && mode != Mode::Variadic;
            let is_missing = |(p, slot): &(&Param, &Slot)| slot.is_none() && p.default.is_none() && of_kind(p.mode);
            self.params.iter().zip(slots).filter(is_missing).map(|(p, _)| format!("'{}'", p.name)).collect()
        };
        for (mode, word) in [(Mode::Either, "positional"), (Mode::KeywordOnly, "keyword-only")] {
            let names = missing(mode);
            let list = match &names[..] {
                [] => continue,
                [one] => one.clone(),
                [first, second] => format!("{first} and {second}"),
                [first @ .., last] => format!("{}, and {last}", first.join(", ")),
            };
            let plural = if names.len() == 1 { "" } else { "s" };
            return Err(PyTypeError::new_err(format!(
                "{}() missing {} required {word} argument{plural}: {list}",
                self.def.name,
                names.len()
            )));
        }
        Ok(())
    }

    #[cold]
    fn too_many(&self, n: usize) -> PyErr {
        let (low, high) = (self.n_required, self.n_positional);
        let takes = if low == high { format!("{high}") } else { format!("from {low} to {high}") };
        let plural = if high == 1 && low == high { "" } else { "s" };
        let verb = if n == 1 { "was" } else { "were" };
        PyTypeError::new_err(format!("{}() takes {takes} positional argument{plural} but {n} {verb} given", self.def.name))
    }

    /// What `*args` takes.
    fn rest(&self, kind: Kind, positional: &[Borrowed<'_, '_, PyAny>]) -> PyResult<Value> {
        let rest = positional.get(self.n_positional..).unwrap_or_default();
        if kind == Kind::Any {
            return rest.iter().map(|obj| any(obj, 0)).collect::<PyResult<_>>().map(Value::Tuple);
        }
        if self.variadic.is_some_and(|k| self.params[k].kind == Kind::Nested) {
            return rest.iter().map(|obj| nested(obj, 0)).collect::<PyResult<_>>().map(Value::Tuple);
        }
        let device = positional.iter().find_map(|obj| device_of(obj));
        if kind == Kind::Input {
            return rest.iter().map(|obj| input(obj, || device)).collect::<PyResult<_>>().map(Value::Tuple);
        }
        rest.iter().map(|obj| small(obj, || device)).collect::<PyResult<_>>().map(Value::Arrays)
    }

    /// An argument as its parameter takes it.
    fn convert<'py>(&self, py: Python<'py>, param: &Param, obj: &Bound<'py, PyAny>, slots: &[Slot<'_, 'py>]) -> PyResult<Value> {
        if param.is_optional && obj.is_none() {
            return Ok(Value::None);
        }
        // Lists join the arrays of the call on their device.
        let neighbour = || slots.iter().flatten().find_map(|obj| device_of(obj));
        Ok(match param.kind {
            Kind::Array => match obj.cast::<NdArray>() {
                Ok(a) => Value::Array(given(a)),
                Err(_) => Value::Fresh(small(obj, neighbour)?),
            },
            Kind::Source => match obj.cast::<NdArray>() {
                Ok(a) => Value::Array(given(a)),
                // An array of another library on a GPU is taken as it is.
                Err(_) if let Some((shared, _)) = from_cuda_interface(obj)? => Value::Array(shared),
                Err(_) => {
                    let slot = |k: Option<usize>| k.and_then(|k| slots[k]);
                    let dtype = convert::optional_dtype(slot(self.dtype).as_deref())?;
                    let device = slot(self.device).map_or(Ok(None), |d| convert::device(&d))?;
                    Value::Fresh(convert::array_like(py, obj, dtype, device)?)
                }
            },
            Kind::Out => match convert::output(Some(&single(obj)?))? {
                Some(a) => Value::Array(a.get().handle()),
                None => Value::None,
            },
            Kind::Input => input(obj, neighbour)?,
            Kind::Nested => nested(obj, 0)?,
            Kind::Arrays => {
                let items = obj.try_iter()?.collect::<PyResult<Vec<_>>>()?;
                let device = items.iter().find_map(device_of);
                Value::Arrays(items.iter().map(|item| small(item, || device)).collect::<PyResult<_>>()?)
            }
            Kind::Index => Value::Index(crate::ndarray::subscript(obj)?),
            Kind::Places => match obj.cast::<NdArray>() {
                Ok(a) => Value::Array(a.get().handle()),
                Err(_) => Value::Fresh(small(obj, || Some(Device::CPU))?),
            },
            Kind::DType => Value::DType(convert::dtype(obj)?),
            Kind::Sizes => Value::Sizes(convert::sizes(obj)?),
            Kind::Ints => Value::Ints(convert::shape(obj)?),
            Kind::Axes => convert::axes(obj)?.map_or(Value::None, Value::Ints),
            Kind::Axis | Kind::Int => Value::Int(convert::index(obj)? as i64),
            Kind::Float => Value::Float(obj.extract()?),
            Kind::Bool => Value::Bool(obj.is_truthy()?),
            Kind::Str => Value::Str(Cow::Owned(obj.extract()?)),
            Kind::Device => convert::device(obj)?.map_or(Value::None, Value::Device),
            Kind::Order => Value::Order(convert::memory_order(obj)?),
            Kind::Casting => Value::Casting(convert::casting(obj)?),
            Kind::Any => any(obj, 0)?,
        })
    }
}

/// The array of an argument. One that only the call itself holds, as `x > 0` in `(x > 0).any()`, is told apart.
#[inline]
fn given(a: &Bound<'_, NdArray>) -> Array {
    let array = a.get().handle();
    // SAFETY: the object is there, and the interpreter's lock is held.
    if unsafe { pyo3::ffi::Py_REFCNT(a.as_ptr()) } == 1 {
        array.hint_temporary();
    }
    array
}

/// An argument as it is: the function knows what it may be.
fn any(obj: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > cuprous_core::shape::MAX_AXES {
        return Err(PyTypeError::new_err("sequences are nested too deep"));
    }
    Ok(if obj.is_none() {
        Value::None
    } else if obj.is(obj.py().Ellipsis()) {
        Value::Str(Cow::Borrowed("..."))
    } else if let Ok(a) = obj.cast::<NdArray>() {
        Value::Array(a.get().handle())
    } else if let Ok(text) = obj.cast::<PyString>() {
        Value::Str(Cow::Owned(text.to_str()?.into()))
    } else if obj.is_instance_of::<PyBool>() {
        Value::Bool(obj.is_truthy()?)
    } else if obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>() {
        Value::Tuple(obj.try_iter()?.map(|item| any(&item?, depth + 1)).collect::<PyResult<_>>()?)
    } else if obj.is_instance_of::<PyInt>() {
        Value::Int(obj.extract()?)
    } else {
        match convert::try_input(obj)? {
            Some(OwnedInput::Array(a)) => Value::Array(a),
            Some(OwnedInput::Scalar(s)) => Value::Scalar(s),
            Some(OwnedInput::Weak(w)) => Value::Weak(w),
            None => return Err(errors::unsupported_type(obj)),
        }
    })
}

/// An operand: a number stays one, a list becomes an array.
fn input(obj: &Bound<'_, PyAny>, device: impl FnOnce() -> Option<Device>) -> PyResult<Value> {
    Ok(match convert::try_input(obj)? {
        Some(OwnedInput::Array(a)) => Value::Array(a),
        Some(OwnedInput::Scalar(s)) => Value::Scalar(s),
        Some(OwnedInput::Weak(w)) => Value::Weak(w),
        None => Value::Fresh(small(obj, device)?),
    })
}

/// A number or a list as an array.
///
/// # Errors
/// `TypeError` for anything else, a NumPy array above all: only functions that make arrays move elements to a device.
fn small(obj: &Bound<'_, PyAny>, device: impl FnOnce() -> Option<Device>) -> PyResult<Array> {
    // An array stays where it is: those on another device are an error of the function.
    if let Ok(a) = obj.cast::<NdArray>() {
        return Ok(a.get().handle());
    }
    let is_list = obj.is_instance_of::<PyList>() || obj.is_instance_of::<PyTuple>();
    if !is_list && convert::try_input(obj)?.is_none() {
        return Err(errors::unsupported_type(obj));
    }
    convert::array_like(obj.py(), obj, None, device())
}

/// Numbers, words and arrays in lists and other sequences; an array of NumPy counts as a sequence of its numbers.
fn nested(obj: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > cuprous_core::shape::MAX_AXES {
        return Err(PyTypeError::new_err("this is nested too deeply"));
    }
    let items = || obj.try_iter()?.map(|item| nested(&item?, depth + 1)).collect::<PyResult<Vec<_>>>();
    Ok(match convert::try_input(obj)? {
        Some(OwnedInput::Array(a)) => Value::Array(a),
        Some(OwnedInput::Scalar(s)) => Value::Scalar(s),
        Some(OwnedInput::Weak(w)) => Value::Weak(w),
        None if obj.is_none() => Value::None,
        None if obj.is_instance_of::<PySlice>() => {
            let bound = |name: &str| obj.getattr(name).and_then(|b| if b.is_none() { Ok(None) } else { convert::index(&b).map(Some) });
            Value::Slice(Slice::Range(bound("start")?, bound("stop")?, bound("step")?.unwrap_or(1)))
        }
        None if obj.is_instance_of::<PyList>() => Value::List(items()?),
        None if obj.is_instance_of::<PyString>() => Value::Str(Cow::Owned(obj.extract()?)),
        None if obj.cast::<PySequence>().is_ok() || crate::numpy::numpy(obj.py())?.is_array(obj) => Value::Tuple(items()?),
        None => return Err(errors::unsupported_type(obj)),
    })
}

/// The device of an array of ours.
fn device_of(obj: &Bound<'_, PyAny>) -> Option<Device> {
    obj.cast::<NdArray>().ok().map(|a| a.get().handle().device())
}

/// NumPy takes `out=(a,)` for `out=a`.
fn single<'py>(obj: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match obj.cast::<PyTuple>() {
        Ok(t) if t.len() == 1 => t.get_item(0),
        _ => Ok(obj.clone()),
    }
}

/// A result as a Python object; what looks at the memory of an argument names it as its base.
fn to_python<'py>(py: Python<'py>, value: Value, arguments: &[&Bound<'py, NdArray>], subclass: Subclass) -> PyResult<Py<PyAny>> {
    let array = |a: Array| convert::result_to_python(py, a, arguments.iter().copied(), subclass);
    Ok(match value {
        Value::None => py.None(),
        Value::Bool(b) => PyBool::new(py, b).to_owned().into_any().unbind(),
        Value::Int(i) => PyInt::new(py, i).into_any().unbind(),
        Value::Float(x) => PyFloat::new(py, x).into_any().unbind(),
        Value::Str(s) => PyString::new(py, &s).into_any().unbind(),
        Value::Weak(w) => convert::scalar_to_python(py, w.to_scalar(w.default_dtype()).map_err(errors::raise)?)?,
        Value::Scalar(s) => convert::scalar_to_python(py, s)?,
        Value::Array(a) | Value::Fresh(a) => array(a)?,
        Value::Arrays(list) => tuple(py, list, array)?,
        Value::DType(d) => convert::dtype_to_python(py, d)?,
        Value::Device(d) => PyString::new(py, &d.to_string()).into_any().unbind(),
        Value::Sizes(sizes) => PyTuple::new(py, sizes)?.into_any().unbind(),
        Value::Ints(ints) => PyTuple::new(py, ints)?.into_any().unbind(),
        Value::List(items) => {
            let items = items.into_iter().map(|item| to_python(py, item, arguments, subclass)).collect::<PyResult<Vec<_>>>()?;
            PyList::new(py, items)?.into_any().unbind()
        }
        Value::Tuple(items) => tuple(py, items, |item| to_python(py, item, arguments, subclass))?,
        Value::Named(class, items) => {
            let items = items.into_iter().map(|item| to_python(py, item, arguments, subclass)).collect::<PyResult<Vec<_>>>()?;
            py.import("cuprous._results")?.getattr(class)?.call1(PyTuple::new(py, items)?)?.unbind()
        }
        Value::Order(_) | Value::Casting(_) | Value::Slice(_) | Value::Index(_) => {
            return Err(PyRuntimeError::new_err("this value is for arguments only"));
        }
    })
}

fn tuple<T>(py: Python<'_>, items: Vec<T>, f: impl Fn(T) -> PyResult<Py<PyAny>>) -> PyResult<Py<PyAny>> {
    let items = items.into_iter().map(f).collect::<PyResult<Vec<_>>>()?;
    Ok(PyTuple::new(py, items)?.into_any().unbind())
}

/// A kind of error by the exception that it becomes.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("Shape", "ValueError"),
    ("Axis", "AxisError"),
    ("Index", "IndexError"),
    ("Type", "TypeError"),
    ("Value", "ValueError"),
    ("Overflow", "OverflowError"),
    ("LinAlg", "LinAlgError"),
    ("Memory", "OutOfMemoryError"),
    ("Device", "RuntimeError"),
    ("Compile", "CompileError"),
    ("Unsupported", "NotImplementedError"),
    ("Io", "OSError"),
];

/// Rust's documentation as Python's: underlined headings, exceptions, examples without fences.
fn documentation(doc: &str) -> String {
    let mut out = String::new();
    let mut in_errors = false;
    for line in doc.trim().lines() {
        if let Some(heading) = line.strip_prefix("# ") {
            in_errors = heading == "Errors";
            let heading = if in_errors { "Raises" } else { heading };
            out.push_str(&format!("{heading}\n{}\n", "-".repeat(heading.len())));
        } else if line.starts_with("```") {
            continue;
        } else if let (true, Some((kinds, cause))) = (in_errors, line.strip_prefix("- ").and_then(|l| l.split_once(": "))) {
            let mut names: Vec<&str> = Vec::new();
            for kind in kinds.split(", ").map(|k| k.trim_matches('`')) {
                let name = EXCEPTIONS.iter().find(|(k, _)| *k == kind).map_or(kind, |(_, exception)| exception);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            out.push_str(&format!("- `{}`: {cause}\n", names.join("`, `")));
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
