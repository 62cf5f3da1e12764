//! `cuprous.config`: what the environment fixed when the process began, and what becomes of wrong indices. The default
//! device is set in `cuda`.

use crate::cuda::Config;
use crate::detach::compute;
use crate::errors;
use cuprous_array::engine::{config, place};
use cuprous_array::indexing;
use pyo3::prelude::*;

#[pymethods]
impl Config {
    /// Whether element-wise work waits and is fused; `CUPROUS_FUSION=off` computes each value at once. Fixed at the start.
    #[getter]
    fn fusion(&self) -> bool {
        config::fusion()
    }

    /// Whether each operation is waited for, so that its own line raises what fails (`CUPROUS_SYNC=1`). Fixed at the start.
    #[getter]
    fn sync(&self) -> bool {
        config::sync()
    }

    /// What becomes of an index outside its axis in an array of indices: `'raise'`, or `'wrap'`, which counts on from the
    /// other end. CuPy wraps, and so `cuprous.compat.install()` sets it. It holds for all threads.
    #[getter]
    fn index_errors(&self) -> &'static str {
        indexing::index_errors()
    }

    #[setter]
    fn set_index_errors(&self, word: &str) -> PyResult<()> {
        indexing::set_index_errors(word).map_err(errors::raise)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let device = compute(py, place::default_device)?;
        let word = |b: bool| if b { "True" } else { "False" };
        let (fusion, sync, index_errors) = (word(config::fusion()), word(config::sync()), indexing::index_errors());
        Ok(format!("<config default_device={device} fusion={fusion} sync={sync} index_errors='{index_errors}'>"))
    }
}
