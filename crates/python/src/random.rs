//! Random numbers under NumPy's old names.

use crate::convert;
use crate::detach::compute;
use cuprous_array::random::Generator;
use cuprous_core::DType;
use cuprous_core::backend::Distribution;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyDictMethods, PyTuple};
use std::hash::{BuildHasher, RandomState as Entropy};

/// A stream of random numbers, the same on every device for the same seed.
#[pyclass(frozen, module = "cuprous.random", name = "RandomState")]
pub struct RandomState {
    generator: Generator,
}

fn seed_of(seed: Option<&Bound<'_, PyAny>>) -> PyResult<u64> {
    match seed.filter(|s| !s.is_none()) {
        // The hasher's keys come from the operating system, and the address of the stack adds the place.
        None => Ok(Entropy::new().hash_one(std::time::SystemTime::now())),
        Some(s) => {
            let seed = s
                .extract::<i128>()
                .map_err(|_| PyTypeError::new_err(format!("the seed must be an integer or None, not {}", s.get_type())))?;
            u64::try_from(seed).map_err(|_| PyValueError::new_err("Seed must be between 0 and 2**64 - 1"))
        }
    }
}

impl RandomState {
    fn draw(&self, py: Python<'_>, distribution: Distribution, shape: &[usize], dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let dtype = convert::optional_dtype(dtype)?.unwrap_or(DType::F64);
        let array = compute(py, || self.generator.draw(distribution, shape, dtype, Default::default()))?;
        convert::to_python(py, array)
    }

    /// Draws an array whose extents are given one by one.
    fn draw_dims(
        &self,
        py: Python<'_>,
        distribution: Distribution,
        dims: &Bound<'_, PyTuple>,
        kwargs: Option<&Bound<'_, PyDict>>,
        name: &str,
    ) -> PyResult<Py<PyAny>> {
        let mut dtype = None;
        for (key, value) in kwargs.into_iter().flat_map(|k| k.iter()) {
            match &key.extract::<String>()?[..] {
                "dtype" => dtype = Some(value),
                other => return Err(PyTypeError::new_err(format!("{name}() got unexpected keyword arguments {other}"))),
            }
        }
        self.draw(py, distribution, &convert::sizes(dims.as_any())?, dtype.as_ref())
    }
}

#[pymethods]
impl RandomState {
    #[new]
    #[pyo3(signature = (seed = None))]
    fn from_seed(seed: Option<&Bound<'_, PyAny>>) -> PyResult<RandomState> {
        Ok(RandomState { generator: Generator::new(seed_of(seed)?) })
    }

    /// Starts the stream of a seed, or of one from the operating system.
    #[pyo3(signature = (seed = None))]
    fn seed(&self, seed: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        self.generator.seed(seed_of(seed)?);
        Ok(())
    }

    /// Uniform numbers in [0, 1) of the given extents.
    #[pyo3(signature = (*size, **kwargs))]
    fn rand(&self, py: Python<'_>, size: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        self.draw_dims(py, Distribution::Uniform, size, kwargs, "rand")
    }

    /// Normal numbers of mean 0 and variance 1 of the given extents.
    #[pyo3(signature = (*size, **kwargs))]
    fn randn(&self, py: Python<'_>, size: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
        self.draw_dims(py, Distribution::Normal, size, kwargs, "randn")
    }

    /// Uniform numbers in [0, 1).
    #[pyo3(signature = (size = None, dtype = None))]
    fn random_sample(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        let shape = size.filter(|s| !s.is_none()).map_or(Ok(Vec::new()), convert::sizes)?;
        self.draw(py, Distribution::Uniform, &shape, dtype)
    }

    /// Uniform numbers in [0, 1).
    #[pyo3(signature = (size = None, dtype = None))]
    fn random(&self, py: Python<'_>, size: Option<&Bound<'_, PyAny>>, dtype: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.random_sample(py, size, dtype)
    }
}
