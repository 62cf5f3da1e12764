//! What Python programs name by NumPy's objects: dtypes, scalar types, the array class.

use cuprous_core::DType;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// NumPy's objects, looked up once.
pub struct Numpy {
    /// The module
    pub module: Py<PyAny>,
    /// `numpy.ndarray`
    pub ndarray: Py<PyType>,
    /// `numpy.generic`, the base of NumPy's scalars
    pub generic: Py<PyType>,
    /// `numpy.dtype`
    pub dtype: Py<PyAny>,
    /// `numpy.empty`
    pub empty: Py<PyAny>,
    /// `numpy.asarray`
    pub asarray: Py<PyAny>,
    /// The dtype objects, in the order of `DType::ALL`
    dtypes: Vec<Py<PyAny>>,
    /// The scalar types, in the same order
    scalars: Vec<Py<PyAny>>,
}

/// NumPy's objects.
pub fn numpy(py: Python<'_>) -> PyResult<&'static Numpy> {
    static NUMPY: PyOnceLock<Numpy> = PyOnceLock::new();
    NUMPY.get_or_try_init(py, || {
        let module = py.import("numpy")?;
        let dtype = module.getattr("dtype")?;
        let dtypes = DType::ALL.iter().map(|d| Ok(dtype.call1((d.name(),))?.unbind())).collect::<PyResult<Vec<_>>>()?;
        let scalars = dtypes.iter().map(|d| Ok(d.bind(py).getattr("type")?.unbind())).collect::<PyResult<_>>()?;
        Ok(Numpy {
            ndarray: module.getattr("ndarray")?.cast_into::<PyType>()?.unbind(),
            generic: module.getattr("generic")?.cast_into::<PyType>()?.unbind(),
            empty: module.getattr("empty")?.unbind(),
            asarray: module.getattr("asarray")?.unbind(),
            dtype: dtype.unbind(),
            module: module.into_any().unbind(),
            dtypes,
            scalars,
        })
    })
}

impl Numpy {
    /// The dtype object of a dtype.
    pub fn dtype_object(&self, dtype: DType) -> &Py<PyAny> {
        &self.dtypes[dtype as usize]
    }

    /// The dtype of which this is NumPy's own object.
    #[inline]
    pub fn known_dtype(&self, obj: &Bound<'_, PyAny>) -> Option<DType> {
        self.dtypes.iter().position(|d| d.is(obj)).map(|k| DType::ALL[k])
    }

    /// The dtype of which this is the scalar type.
    #[inline]
    pub fn known_scalar_type(&self, class: &Bound<'_, PyAny>) -> Option<DType> {
        self.scalars.iter().position(|d| d.is(class)).map(|k| DType::ALL[k])
    }

    /// Whether this is an array of NumPy.
    pub fn is_array(&self, obj: &Bound<'_, PyAny>) -> bool {
        obj.is_instance(self.ndarray.bind(obj.py())).unwrap_or(false)
    }

    /// Whether this is a scalar of NumPy.
    pub fn is_scalar(&self, obj: &Bound<'_, PyAny>) -> bool {
        obj.is_instance(self.generic.bind(obj.py())).unwrap_or(false)
    }
}
