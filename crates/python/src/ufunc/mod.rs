//! The class of element-wise functions: one object for each public row of the tables.

mod methods;

pub use methods::identity;

use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::errors::unsupported_type;
use crate::ndarray::{NdArray, of_subclass};
use crate::numpy::numpy;
use cuprous_array::engine::elementwise::MemoryOrder;
use cuprous_array::engine::{UfuncOptions, apply, apply_two};
use cuprous_array::{Array, creation, linalg};
use cuprous_core::promote::Casting;
use cuprous_core::{DType, LoopDef, Scalar, UfuncDef};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyDictMethods, PyList, PyString, PyTuple, PyTupleMethods};
use smallvec::SmallVec;
use std::collections::HashMap;

/// A function that works element by element on arrays that broadcast.
#[pyclass(frozen, weakref, module = "cuprous", name = "ufunc")]
pub struct Ufunc {
    def: &'static UfuncDef,
}

impl Ufunc {
    /// The function of a row.
    pub fn new(def: &'static UfuncDef) -> Ufunc {
        Ufunc { def }
    }
}

/// What the keywords of a call say.
#[derive(Default)]
struct Keywords<'py> {
    out: Option<Bound<'py, NdArray>>,
    second_out: Option<Bound<'py, NdArray>>,
    mask: Option<Array>,
    dtype: Option<DType>,
    casting: Option<Casting>,
    order: MemoryOrder,
    drops_class: bool,
}

/// A call, as a subclass of arrays sees it that makes the result one of its own.
struct Call<'a, 'py> {
    ufunc: &'a Bound<'py, PyAny>,
    args: &'a Bound<'py, PyTuple>,
    n_in: usize,
}

impl Call<'_, '_> {
    /// A result as an object of the subclass that the operands have, if they do.
    #[inline]
    fn result(&self, result: Array, place: usize) -> PyResult<Py<PyAny>> {
        let py = self.args.py();
        let operand = |arg: &Bound<'_, PyAny>| arg.cast::<NdArray>().is_ok_and(|a| !a.is_exact_instance_of::<NdArray>());
        if !self.args.iter_borrowed().take(self.n_in).any(|arg| operand(&arg)) {
            return convert::to_python(py, result);
        }
        let arrays: SmallVec<[Bound<'_, NdArray>; 3]> = self.args.iter().take(self.n_in).filter_map(|a| a.cast_into().ok()).collect();
        match of_subclass(arrays.iter())? {
            Some(parent) => NdArray::wrapped(parent, result, || Ok((self.ufunc, self.args, place).into_pyobject(py)?.into_any().unbind())),
            None => convert::to_python(py, result),
        }
    }
}

#[pymethods]
impl Ufunc {
    #[pyo3(signature = (*args, **kwargs))]
    fn __call__(slf: &Bound<'_, Self>, args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        let (py, own) = (slf.py(), slf.get());
        let (n, n_in) = (args.len(), own.def.args.len());
        if n < n_in || n > n_in + own.def.n_outs {
            return Err(own.wrong_count(n));
        }
        let call = Call { ufunc: slf.as_any(), args, n_in };
        let mut inputs: SmallVec<[OwnedInput; 3]> = SmallVec::new();
        for k in 0..n_in {
            let arg = args.get_borrowed_item(k)?;
            inputs.push(convert::input(&arg)?);
        }
        if n == n_in && kwargs.is_none() && own.def.n_outs == 1 {
            let result = compute(py, || own.apply(&inputs, &UfuncOptions::default()))?;
            return call.result(result, 0);
        }
        let mut words = own.keywords(py, kwargs)?;
        if n > n_in {
            if words.out.is_some() || words.second_out.is_some() {
                return Err(PyTypeError::new_err("cannot specify 'out' as both a positional and keyword argument"));
            }
            words.out = convert::output(Some(&args.get_item(n_in)?))?.cloned();
            if n > n_in + 1 {
                words.second_out = convert::output(Some(&args.get_item(n_in + 1)?))?.cloned();
            }
        }
        own.call_with(&call, &inputs, words)
    }

    /// Number of inputs.
    #[getter]
    fn nin(&self) -> usize {
        self.def.args.len()
    }

    /// Number of outputs.
    #[getter]
    fn nout(&self) -> usize {
        self.def.n_outs
    }

    /// Number of inputs and outputs.
    #[getter]
    fn nargs(&self) -> usize {
        self.def.args.len() + self.def.n_outs
    }

    /// Number of loops.
    #[getter]
    fn ntypes(&self) -> usize {
        self.def.loops.len()
    }

    /// The loops, as type characters.
    #[getter]
    fn types(&self) -> Vec<String> {
        self.def.loops.iter().map(|l| format!("{}->{}", chars(l.ins), chars(l.outs))).collect()
    }

    /// The loops for those who write kernels: type characters of inputs and outputs, CUDA C++ of one element, and the
    /// device functions that it calls.
    #[getter]
    fn _loops(&self) -> Vec<(String, String, &'static str, &'static str)> {
        self.def.loops.iter().map(|l| (chars(l.ins), chars(l.outs), l.cuda, l.prelude)).collect()
    }

    /// The value that changes nothing, or None.
    #[getter]
    fn identity(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        identity(py, self.def)
    }

    #[getter]
    fn __name__(&self) -> &'static str {
        self.def.name
    }

    #[getter]
    fn __qualname__(&self) -> &'static str {
        self.def.name
    }

    #[getter]
    fn __doc__(&self) -> String {
        let args = self.def.args.join(", ");
        let text: Vec<&str> = self.def.doc.lines().map(str::trim).collect();
        format!(
            "{}({args}, /, out=None, *, where=True, casting='same_kind', order='K', dtype=None, subok=True)\n\n{}",
            self.def.name,
            text.join("\n").trim()
        )
    }

    fn __repr__(&self) -> String {
        format!("<ufunc '{}'>", self.def.name)
    }

    /// The name, as CuPy has it.
    #[getter]
    fn name(&self) -> &'static str {
        self.def.name
    }

    /// Pickled by its name, as functions are.
    fn __reduce__(&self) -> String {
        match self.def.module {
            "" => self.def.name.into(),
            module => format!("{module}.{}", self.def.name),
        }
    }
}

impl Ufunc {
    #[inline]
    fn apply(&self, inputs: &[OwnedInput], options: &UfuncOptions) -> cuprous_core::Result<Array> {
        let inputs: SmallVec<[cuprous_array::Input; 3]> = inputs.iter().map(OwnedInput::as_input).collect();
        apply(self.def, &inputs, options)
    }

    #[cold]
    fn wrong_count(&self, n: usize) -> PyErr {
        let (low, high) = (self.def.args.len(), self.def.args.len() + self.def.n_outs);
        // NumPy's grammar.
        let verb = if n == 1 { "was" } else { "were" };
        PyTypeError::new_err(format!("{}() takes from {low} to {high} positional arguments but {n} {verb} given", self.def.name))
    }

    fn call_with(&self, call: &Call, inputs: &[OwnedInput], words: Keywords<'_>) -> PyResult<Py<PyAny>> {
        let py = call.args.py();
        let out = words.out.as_ref().map(|o| o.get().handle());
        let second_out = words.second_out.as_ref().map(|o| o.get().handle());
        let options = UfuncOptions {
            out: out.as_ref(),
            second_out: second_out.as_ref(),
            mask: words.mask.as_ref(),
            dtype: words.dtype,
            casting: words.casting,
            order: words.order,
        };
        let give = |result: Array, out: Option<Bound<'_, NdArray>>, place: usize| match out {
            Some(o) => Ok(o.into_any().unbind()),
            None if words.drops_class => convert::to_python(py, result),
            None => call.result(result, place),
        };
        if self.def.n_outs == 2 {
            let (first, second) = compute(py, || {
                let inputs: SmallVec<[cuprous_array::Input; 3]> = inputs.iter().map(OwnedInput::as_input).collect();
                apply_two(self.def, &inputs, &options)
            })?;
            let results = [give(first, words.out, 0)?, give(second, words.second_out, 1)?];
            return Ok(PyTuple::new(py, results)?.into_any().unbind());
        }
        let result = compute(py, || self.apply(inputs, &options))?;
        give(result, words.out, 0)
    }

    /// `out=` as an array, or as a tuple of one for each result.
    #[expect(clippy::type_complexity, reason = "two outputs")]
    fn outputs<'py>(&self, value: &Bound<'py, PyAny>) -> PyResult<(Option<Bound<'py, NdArray>>, Option<Bound<'py, NdArray>>)> {
        let wrong = || PyValueError::new_err("The 'out' tuple must have exactly one entry per ufunc output");
        match value.cast::<PyTuple>() {
            Ok(t) if t.len() != self.def.n_outs => Err(wrong()),
            Ok(t) => {
                let second = if self.def.n_outs == 2 { convert::output(Some(&t.get_item(1)?))?.cloned() } else { None };
                Ok((convert::output(Some(&t.get_item(0)?))?.cloned(), second))
            }
            Err(_) if self.def.n_outs == 1 || value.is_none() => Ok((convert::output(Some(value))?.cloned(), None)),
            Err(_) => Err(PyTypeError::new_err("'out' must be a tuple of arrays")),
        }
    }

    fn keywords<'py>(&self, py: Python<'py>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<Keywords<'py>> {
        let mut words = Keywords::default();
        for (key, value) in kwargs.into_iter().flat_map(|k| k.iter()) {
            let key = key.cast_into::<PyString>()?;
            match key.to_str()? {
                "out" => (words.out, words.second_out) = self.outputs(&value)?,
                "where" => words.mask = mask(py, &value)?,
                "casting" => words.casting = Some(casting(&value)?),
                "order" => words.order = convert::memory_order(&value)?,
                "dtype" => words.dtype = convert::optional_dtype(Some(&value))?,
                "subok" => words.drops_class = !value.is_truthy()?,
                other => return Err(PyTypeError::new_err(format!("{}() got an unexpected keyword argument '{other}'", self.def.name))),
            }
        }
        Ok(words)
    }
}

/// A casting rule; NumPy's ufuncs do not name the newest one.
fn casting(value: &Bound<'_, PyAny>) -> PyResult<Casting> {
    convert::casting(value).map_err(|e| match value.cast::<PyString>() {
        Ok(given) => PyValueError::new_err(format!("casting must be one of 'no', 'equiv', 'safe', 'same_kind', 'unsafe' (got '{given}')")),
        Err(_) => e,
    })
}

/// `where=` as a mask; none for `True`.
fn mask(py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<Option<Array>> {
    let given = match value.is_instance_of::<PyList>() {
        true => OwnedInput::Array(convert::array_like(py, value, None, None)?),
        false => convert::input(value)?,
    };
    let truth = match given {
        OwnedInput::Array(a) => return Ok(Some(a)),
        OwnedInput::Scalar(s) => s.to::<bool>(),
        OwnedInput::Weak(w) => w.to_scalar(DType::Bool).map_err(crate::errors::raise)?.to::<bool>(),
    };
    if truth {
        return Ok(None);
    }
    compute(py, || creation::full(&[], Scalar::from(false), Default::default())).map(Some)
}

/// The type characters of dtypes.
pub fn chars(dtypes: &[DType]) -> String {
    dtypes.iter().map(|d| d.char()).collect()
}

/// The loops of a row as pairs of type characters.
pub fn loops(loops: &[LoopDef]) -> Vec<(String, String)> {
    loops.iter().map(|l| (chars(l.ins), chars(l.outs))).collect()
}

/// A call of NumPy's ufunc on our arrays: ours of the same name, `NotImplemented` if there is none.
pub fn from_numpy(
    py: Python<'_>,
    called: &Bound<'_, PyAny>,
    method: &str,
    inputs: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>> {
    static BY_NAME: PyOnceLock<HashMap<&'static str, &'static UfuncDef>> = PyOnceLock::new();
    let name = called.getattr(intern!(py, "__name__"))?.cast_into::<PyString>()?;
    if method != "__call__" {
        // `numpy.add.reduce` of our arrays is our `add.reduce`.
        let found = py.import(intern!(py, "cuprous"))?.getattr(&name).ok().filter(|f| f.is_instance_of::<Ufunc>());
        return match found {
            Some(own) => Ok(own.getattr(method)?.call(inputs, kwargs)?.unbind()),
            None => Ok(py.NotImplemented()),
        };
    }
    let mut operands: SmallVec<[OwnedInput; 3]> = SmallVec::new();
    for obj in inputs.iter_borrowed() {
        // NumPy hands its own scalars over as arrays without axes.
        let np = numpy(py)?;
        let is_array = np.is_array(&obj);
        if is_array && obj.getattr(intern!(py, "ndim"))?.extract::<usize>()? > 0 {
            return Err(unsupported_type(&obj));
        }
        operands.push(match convert::try_input(&if is_array { obj.get_item(())? } else { obj.to_owned() })? {
            Some(v) => v,
            None => return Ok(py.NotImplemented()),
        });
    }
    let found = BY_NAME.get_or_init(py, || {
        cuprous_ops::all_ufuncs().filter(|d| d.is_public).flat_map(|d| d.aliases.iter().chain([&d.name]).map(move |n| (*n, d))).collect()
    });
    match found.get(name.to_str()?) {
        Some(def) if def.args.len() == operands.len() => {
            let ufunc = Ufunc { def };
            let words = ufunc.keywords(py, kwargs)?;
            ufunc.call_with(&Call { ufunc: called, args: inputs, n_in: operands.len() }, &operands, words)
        }
        // Products are functions here.
        None if linalg::Gufunc::ALL.iter().any(|g| name == g.name()) => {
            Ok(py.import(intern!(py, "cuprous"))?.getattr(name)?.call(inputs, kwargs)?.unbind())
        }
        _ => Ok(py.NotImplemented()),
    }
}
