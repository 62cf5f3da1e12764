//! Random numbers: the stream behind `RandomState`, `Generator` and the bit generators, and the mixing of seeds.

use crate::convert::{self, OwnedInput};
use crate::detach::compute;
use crate::errors;
use crate::ndarray::NdArray;
use cuprous_array::Array;
use cuprous_array::engine::place;
use cuprous_array::random::choosing::ChoiceOptions;
use cuprous_array::random::integers::{Bound as Limit, IntegerOptions};
use cuprous_array::random::{DrawOptions, Generator, ParamDef, Parameter, Rule, all_distributions, seeding};
use cuprous_core::{DType, Device, Kind, Scalar, Weak};
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};
use std::hash::{BuildHasher, RandomState as Entropy};

/// Adds the stream and the functions of seeds to the module, outside its public names.
///
/// # Errors
/// Those of Python.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.setattr("RandomStream", m.py().get_type::<Stream>())?;
    m.setattr("seed_words", wrap_pyfunction!(seed_words, m)?)?;
    m.setattr("seed_pool", wrap_pyfunction!(seed_pool, m)?)?;
    m.setattr("fresh_entropy", wrap_pyfunction!(fresh_entropy, m)?)?;
    m.setattr("distributions", wrap_pyfunction!(distributions, m)?)
}

/// Words that seed a generator, from words of entropy.
#[pyfunction]
fn seed_words(entropy: Vec<u32>, spawn_key: Vec<u32>, pool_size: usize, n_words: usize) -> Vec<u32> {
    seeding::words(&entropy, &spawn_key, pool_size, n_words)
}

/// Words that hold entropy.
#[pyfunction]
fn seed_pool(entropy: Vec<u32>, spawn_key: Vec<u32>, pool_size: usize) -> Vec<u32> {
    seeding::pool(&entropy, &spawn_key, pool_size)
}

/// Four words that nobody can foretell.
#[pyfunction]
fn fresh_entropy() -> Vec<u32> {
    // The keys of each hasher come from the operating system.
    let half = |k: u8| Entropy::new().hash_one((std::time::SystemTime::now(), k));
    [half(0), half(1)].iter().flat_map(|h| [*h as u32, (*h >> 32) as u32]).collect()
}

/// The distributions and the names of their parameters.
#[pyfunction]
fn distributions() -> Vec<(&'static str, Vec<&'static str>)> {
    all_distributions().iter().map(|d| (d.name, d.params.iter().map(|p| p.name).collect())).collect()
}

/// A stream of random numbers, the same on every device for the same key.
#[pyclass(frozen, module = "cuprous._core", name = "RandomStream")]
pub struct Stream {
    generator: Generator,
}

#[pymethods]
impl Stream {
    #[new]
    fn from_key(key: u64) -> Stream {
        Stream { generator: Generator::new(key) }
    }

    /// The key and the next block.
    fn state(&self) -> (u64, u64) {
        self.generator.state()
    }

    /// Goes on from a key and a block.
    fn set_state(&self, key: u64, block: u64) {
        self.generator.set_state(key, block);
    }

    /// Draws from a distribution by its name.
    #[pyo3(signature = (name, parameters, size = None, dtype = None, out = None))]
    fn draw(
        &self,
        py: Python<'_>,
        name: &str,
        parameters: &Bound<'_, PyTuple>,
        size: Option<&Bound<'_, PyAny>>,
        dtype: Option<&Bound<'_, PyAny>>,
        out: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let def = all_distributions()
            .iter()
            .find(|d| d.name == name && d.params.len() == parameters.len())
            .ok_or_else(|| PyTypeError::new_err(format!("{name} is no distribution of {} parameters", parameters.len())))?;
        let dtype = convert::optional_dtype(dtype)?;
        let mut size = optional_sizes(size)?;
        let device = device_of(py, parameters.iter())?;
        let parameters =
            def.params.iter().zip(parameters.iter()).map(|(p, obj)| parameter(py, &obj, p, device)).collect::<PyResult<Vec<_>>>()?;
        let out = convert::output(out)?;
        if let Some(out) = out {
            let target = out.get().handle();
            let wanted = dtype.unwrap_or(DType::F64);
            if target.dtype() != wanted {
                return Err(PyTypeError::new_err(format!(
                    "Supplied output array has the wrong type. Expected {wanted}, got {}",
                    target.dtype()
                )));
            }
            if size.as_ref().is_some_and(|s| s[..] != *target.shape()) {
                return Err(PyValueError::new_err("size must match out.shape when used together"));
            }
            size = Some(target.shape().to_vec());
        }
        let target = out.map(|o| o.get().handle());
        let device = target.as_ref().map_or(device, Array::device);
        let array = compute(py, || {
            let options = DrawOptions { size: size.as_deref(), dtype, device: Some(device) };
            let drawn = self.generator.distribution(name, &parameters, &options)?;
            if let Some(target) = &target {
                target.assign((&drawn).into())?;
            }
            Ok(drawn)
        })?;
        match out {
            Some(out) => Ok(out.clone().into_any().unbind()),
            None => convert::to_python(py, array),
        }
    }

    /// Integers from `low` up to `high`; from 0 if there is no `high`.
    #[pyo3(signature = (name, low, high = None, size = None, dtype = None, endpoint = false))]
    #[allow(clippy::too_many_arguments)] // NumPy's parameters
    fn integers(
        &self,
        py: Python<'_>,
        name: &str,
        low: &Bound<'_, PyAny>,
        high: Option<&Bound<'_, PyAny>>,
        size: Option<&Bound<'_, PyAny>>,
        dtype: Option<&Bound<'_, PyAny>>,
        endpoint: bool,
    ) -> PyResult<Py<PyAny>> {
        let high = high.filter(|h| !h.is_none());
        let device = device_of(py, std::iter::once(low.clone()).chain(high.cloned()))?;
        let (first, last) = match high {
            Some(high) => (bound(py, low, device)?, bound(py, high, device)?),
            None => (Limit::Number(0), bound(py, low, device)?),
        };
        let (dtype, size) = (convert::optional_dtype(dtype)?, optional_sizes(size)?);
        let name = if name == "randint" { "randint" } else { "integers" };
        let array = compute(py, || {
            let draw = DrawOptions { size: size.as_deref(), dtype, device: Some(device) };
            self.generator.integers(&first, &last, &IntegerOptions { draw, includes_high: endpoint, name })
        })?;
        convert::to_python(py, array)
    }

    /// Bits as uint32 or uint64.
    #[pyo3(signature = (size, n_bits))]
    fn bits(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>, n_bits: u32) -> PyResult<Py<PyAny>> {
        let size = optional_sizes(size)?.unwrap_or_default();
        let dtype = if n_bits == 32 { DType::U32 } else { DType::U64 };
        convert::to_python(py, compute(py, || self.generator.bits(&size, dtype, None))?)
    }

    /// Random bytes on the host.
    fn bytes<'py>(&self, py: Python<'py>, length: usize) -> PyResult<Bound<'py, PyBytes>> {
        let words = compute(py, || self.generator.bits(&[length.div_ceil(4)], DType::U32, None)?.to_vec::<u32>())?;
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).take(length).collect();
        Ok(PyBytes::new(py, &bytes))
    }

    /// The numbers below `n` in random order.
    fn permutation(&self, py: Python<'_>, n: isize) -> PyResult<Py<PyAny>> {
        let n = usize::try_from(n).unwrap_or(0);
        convert::to_python(py, compute(py, || self.generator.permutation(n, n, None))?)
    }

    /// The lines of an array along an axis in random order.
    fn shuffled(&self, py: Python<'_>, a: &Bound<'_, PyAny>, axis: isize) -> PyResult<Py<PyAny>> {
        let a = convert::array_like(py, a, None, None)?;
        convert::to_python(py, compute(py, || self.generator.shuffled(&a, axis))?)
    }

    /// The same in place.
    fn shuffle(&self, py: Python<'_>, a: &Bound<'_, NdArray>, axis: isize) -> PyResult<()> {
        a.get().check_writeable("array")?;
        let a = a.get().handle();
        if a.n_axes() == 0 {
            return Err(PyTypeError::new_err("len() of unsized object"));
        }
        compute(py, || a.assign((&self.generator.shuffled(&a, axis)?).into()))
    }

    /// The elements of an array in random order, in each line along an axis another one.
    #[pyo3(signature = (a, axis = None))]
    fn permuted(&self, py: Python<'_>, a: &Bound<'_, PyAny>, axis: Option<isize>) -> PyResult<Py<PyAny>> {
        let a = convert::array_like(py, a, None, None)?;
        convert::to_python(py, compute(py, || self.generator.permuted(&a, axis))?)
    }

    /// Places among `n`; `words` are the messages of the caller for what cannot be chosen.
    #[pyo3(signature = (n, size, replace, p, device_of = None))]
    fn choice(
        &self,
        py: Python<'_>,
        n: usize,
        size: Option<&Bound<'_, PyAny>>,
        replace: bool,
        p: Option<&Bound<'_, PyAny>>,
        device_of: Option<&Bound<'_, NdArray>>,
    ) -> PyResult<Py<PyAny>> {
        let size = optional_sizes(size)?.unwrap_or_default();
        let device = match device_of {
            Some(a) => a.get().handle().device(),
            None => compute(py, place::default_device)?,
        };
        let p = p.filter(|p| !p.is_none()).map(|p| convert::array_like(py, p, Some(DType::F64), Some(device))).transpose()?;
        let array = compute(py, || {
            let options = ChoiceOptions { size: &size, replaces: replace, probabilities: p.as_ref(), device: Some(device) };
            self.generator.choice(n, &options)
        })?;
        convert::to_python(py, array)
    }

    /// Shares of a whole.
    #[pyo3(signature = (alpha, size = None, dtype = None))]
    fn dirichlet(
        &self,
        py: Python<'_>,
        alpha: &Bound<'_, PyAny>,
        size: Option<&Bound<'_, PyAny>>,
        dtype: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let device = device_of(py, std::iter::once(alpha.clone()))?;
        let alpha = parameter(py, alpha, &REAL, device)?;
        let (size, dtype) = (optional_sizes(size)?, convert::optional_dtype(dtype)?);
        let array = compute(py, || self.generator.dirichlet(&alpha, &DrawOptions { size: size.as_deref(), dtype, device: Some(device) }))?;
        convert::to_python(py, array)
    }

    /// How trials fall on outcomes.
    #[pyo3(signature = (n, pvals, size = None))]
    fn multinomial(
        &self,
        py: Python<'_>,
        n: &Bound<'_, PyAny>,
        pvals: &Bound<'_, PyAny>,
        size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let device = device_of(py, [n.clone(), pvals.clone()].into_iter())?;
        let (n, pvals) = (parameter(py, n, &COUNT, device)?, parameter(py, pvals, &REAL, device)?);
        let pvals = match pvals {
            // A number has no outcomes; as an array without axes it is told so.
            Parameter::Number(s) => Parameter::Array(compute(py, || Array::from_slice(&[s.to::<f64>()], &[])?.to_device(device))?, None),
            array => array,
        };
        let size = optional_sizes(size)?;
        convert::to_python(py, compute(py, || self.generator.multinomial(&n, &pvals, size.as_deref()))?)
    }

    /// How many of each colour are in samples.
    #[pyo3(signature = (colors, nsample, size = None))]
    fn multivariate_hypergeometric(
        &self,
        py: Python<'_>,
        colors: Vec<i64>,
        nsample: i64,
        size: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let size = optional_sizes(size)?;
        let array = compute(py, || {
            let options = DrawOptions { size: size.as_deref(), ..DrawOptions::default() };
            self.generator.multivariate_hypergeometric(&colors, nsample, &options)
        })?;
        convert::to_python(py, array)
    }

    /// Normal vectors of a mean and of a factor of the covariance.
    #[pyo3(signature = (mean, factor, size = None, dtype = None))]
    fn normal_vectors(
        &self,
        py: Python<'_>,
        mean: &Bound<'_, NdArray>,
        factor: &Bound<'_, NdArray>,
        size: Option<&Bound<'_, PyAny>>,
        dtype: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let (mean, factor) = (mean.get().handle(), factor.get().handle());
        let (size, dtype) = (optional_sizes(size)?, convert::optional_dtype(dtype)?);
        let array =
            compute(py, || self.generator.normal_vectors(&mean, &factor, &DrawOptions { size: size.as_deref(), dtype, device: None }))?;
        convert::to_python(py, array)
    }
}

static REAL: ParamDef = ParamDef { name: "parameter", is_count: false, rule: Rule::Free };
static COUNT: ParamDef = ParamDef { name: "parameter", is_count: true, rule: Rule::Free };

fn optional_sizes(size: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<usize>>> {
    size.filter(|s| !s.is_none()).map(convert::sizes).transpose()
}

/// Where a call draws: on the device of its first array, else on the default one.
fn device_of<'py>(py: Python<'py>, arguments: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Device> {
    for argument in arguments {
        match argument.cast::<NdArray>() {
            Ok(array) => return Ok(array.get().handle().device()),
            Err(_) => {
                if let Some(device) = convert::device_within(&argument, 0)? {
                    return Ok(device);
                }
            }
        }
    }
    compute(py, place::default_device)
}

/// A parameter: a number, an array, or something that is read on the host, checked there and then copied.
fn parameter(py: Python<'_>, obj: &Bound<'_, PyAny>, def: &ParamDef, device: Device) -> PyResult<Parameter> {
    let wanted = if def.is_count { DType::I64 } else { DType::F64 };
    if let Ok(text) = obj.cast::<PyString>() {
        return Err(PyValueError::new_err(format!("could not convert string to float: {}", text.repr()?)));
    }
    let number = match convert::try_input(obj)? {
        Some(OwnedInput::Array(a)) => {
            real(a.dtype(), wanted)?;
            return Ok(Parameter::Array(a, None));
        }
        Some(OwnedInput::Scalar(s)) => {
            real(s.dtype(), wanted)?;
            s.cast(wanted)
        }
        Some(weak @ OwnedInput::Weak(w)) => {
            convert::check_element(&weak, wanted)?;
            match w {
                Weak::Float(x) if def.is_count => Scalar::from(x as i64),
                Weak::Int(i) if def.is_count => {
                    Scalar::from(i64::try_from(i).map_err(|_| PyOverflowError::new_err("Python int too large to convert to C long"))?)
                }
                w => w.to_scalar(wanted).map_err(errors::raise)?,
            }
        }
        None if obj.is_none() && def.is_count => {
            return Err(PyTypeError::new_err("int() argument must be a string, a bytes-like object or a real number, not 'NoneType'"));
        }
        None if obj.is_none() => return Err(PyTypeError::new_err("must be real number, not NoneType")),
        None => {
            let is_ours = convert::device_within(obj, 0)?.is_some();
            let array = convert::array_like(py, obj, None, if is_ours { None } else { Some(Device::CPU) })?;
            real(array.dtype(), wanted)?;
            let known = if is_ours { None } else { Some(compute(py, || array.astype(DType::F64)?.to_vec::<f64>())?) };
            if let (true, Some(known)) = (def.is_count, &known) {
                counts(known, array.dtype())?;
            }
            return Ok(Parameter::Array(compute(py, || array.to_device(device))?, known));
        }
    };
    Ok(Parameter::Number(number))
}

fn real(dtype: DType, wanted: DType) -> PyResult<()> {
    if dtype.kind() == Kind::Complex {
        return Err(PyTypeError::new_err(format!(
            "Cannot cast array data from dtype('{dtype}') to dtype('{wanted}') according to the rule 'safe'"
        )));
    }
    Ok(())
}

/// Whether numbers that the host knows are integers of 64 bits once their fractions are cut off.
fn counts(known: &[f64], dtype: DType) -> PyResult<()> {
    if known.iter().any(|x| x.is_nan()) {
        return Err(PyValueError::new_err("cannot convert float NaN to integer"));
    }
    if known.iter().any(|x| x.is_infinite()) {
        return Err(PyOverflowError::new_err("cannot convert float infinity to integer"));
    }
    // Those of int64 just below 2**63 were rounded up on their way here.
    if dtype != DType::I64 && known.iter().any(|x| !(-(2.0_f64.powi(63))..2.0_f64.powi(63)).contains(x)) {
        return Err(PyOverflowError::new_err("Python int too large to convert to C long"));
    }
    Ok(())
}

/// A bound of integers; fractions are cut off, as NumPy does.
fn bound(py: Python<'_>, obj: &Bound<'_, PyAny>, device: Device) -> PyResult<Limit> {
    if let Ok(text) = obj.cast::<PyString>() {
        return Err(PyValueError::new_err(format!("invalid literal for int() with base 10: {}", text.repr()?)));
    }
    let whole = |array: &Array| -> PyResult<DType> {
        real(array.dtype(), DType::I64)?;
        Ok(if array.dtype() == DType::U64 { DType::U64 } else { DType::I64 })
    };
    Ok(match convert::try_input(obj)? {
        Some(OwnedInput::Array(a)) => {
            let dtype = whole(&a)?;
            Limit::Array(compute(py, || if a.dtype() == dtype { Ok(a) } else { a.astype(dtype) })?, None)
        }
        Some(OwnedInput::Scalar(s)) if s.dtype() == DType::U64 => Limit::Number(s.to::<u64>().into()),
        Some(OwnedInput::Scalar(s)) => {
            real(s.dtype(), DType::I64)?;
            Limit::Number(s.to::<i64>().into())
        }
        Some(OwnedInput::Weak(Weak::Int(i))) => Limit::Number(i),
        Some(OwnedInput::Weak(Weak::Bool(b))) => Limit::Number(b.into()),
        Some(weak @ OwnedInput::Weak(Weak::Float(x))) => {
            convert::check_element(&weak, DType::I64)?;
            Limit::Number(x as i128)
        }
        Some(weak) => {
            convert::check_element(&weak, DType::I64)?;
            return Err(PyTypeError::new_err("a bound is an integer"));
        }
        None => {
            let is_ours = convert::device_within(obj, 0)?.is_some();
            let array = convert::array_like(py, obj, None, if is_ours { None } else { Some(Device::CPU) })?;
            let dtype = whole(&array)?;
            compute(py, || {
                let array = array.astype(dtype)?;
                let known = match dtype {
                    _ if is_ours => None,
                    DType::U64 => Some(array.to_vec::<u64>()?.into_iter().map(i128::from).collect()),
                    _ => Some(array.to_vec::<i64>()?.into_iter().map(i128::from).collect()),
                };
                Ok(Limit::Array(array.to_device(device)?, known))
            })?
        }
    })
}
