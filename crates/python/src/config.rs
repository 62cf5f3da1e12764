//! `cuprous.config`: what the environment fixed when the process began. The default device is set in `cuda`.

use crate::cuda::Config;
use crate::detach::compute;
use cuprous_array::engine::{config, place};
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

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let device = compute(py, place::default_device)?;
        let word = |b: bool| if b { "True" } else { "False" };
        Ok(format!("<config default_device={device} fusion={} sync={}>", word(config::fusion()), word(config::sync())))
    }
}
