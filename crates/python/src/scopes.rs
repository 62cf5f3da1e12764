//! What Python's context managers and settings set: fusing, waiting for devices, failures of linear algebra, plans for
//! Fourier transforms.

use crate::cuda::device_of_id;
use crate::detach::compute;
use crate::errors::{self, DeviceSynchronized};
use cuprous_array::engine::place;
use cuprous_array::linalg;
use cuprous_core::backend::backend;
use pyo3::prelude::*;

/// Lets this thread's values wait and fuse, even with fusion off.
#[pyfunction]
fn _enter_fusing() {
    place::enter_fusing();
}

/// Leaves a fusing scope; with fusion off, what waits is computed.
#[pyfunction]
fn _leave_fusing(py: Python<'_>) -> PyResult<()> {
    compute(py, place::leave_fusing)
}

/// Allows this thread to wait for devices, or forbids it, and says what was before.
#[pyfunction]
fn _allow_synchronize(allow: bool) -> bool {
    place::allow_synchronize(allow)
}

/// Says what becomes of failures in linear algebra from now on, `'raise'` or `'ignore'`, if a word is given; gives the word
/// of before.
#[pyfunction]
#[pyo3(signature = (word = None))]
fn _linalg_errors(word: Option<&str>) -> PyResult<&'static str> {
    let before = linalg::errors_word();
    word.map_or(Ok(()), linalg::set_errors).map_err(errors::raise)?;
    Ok(before)
}

/// How many plans for Fourier transforms are kept for a device, by its number, the bytes of their work areas, and how often one
/// was there and was not.
#[pyfunction]
fn _fft_plans(py: Python<'_>, device: i64) -> PyResult<(usize, usize, u64, u64)> {
    let device = device_of_id(py, device)?;
    let held = compute(py, || backend(device.kind)?.fft().plans(device))?;
    Ok((held.n_plans, held.n_bytes, held.n_hits, held.n_misses))
}

/// Limits the plans that are kept for a device, and the bytes of their work areas; `None` is no limit.
#[pyfunction]
fn _limit_fft_plans(py: Python<'_>, device: i64, max_plans: Option<usize>, max_bytes: Option<usize>) -> PyResult<()> {
    let device = device_of_id(py, device)?;
    compute(py, || backend(device.kind)?.fft().limit_plans(device, max_plans, max_bytes))
}

/// Forgets the plans that are kept for a device.
#[pyfunction]
fn _clear_fft_plans(py: Python<'_>, device: i64) -> PyResult<()> {
    let device = device_of_id(py, device)?;
    compute(py, || backend(device.kind)?.fft().clear_plans(device))
}

/// Adds the functions, which no program names itself, and the exception.
pub fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = m.py();
    m.setattr("_enter_fusing", wrap_pyfunction!(_enter_fusing, m)?)?;
    m.setattr("_leave_fusing", wrap_pyfunction!(_leave_fusing, m)?)?;
    m.setattr("_allow_synchronize", wrap_pyfunction!(_allow_synchronize, m)?)?;
    m.setattr("_linalg_errors", wrap_pyfunction!(_linalg_errors, m)?)?;
    m.setattr("_fft_plans", wrap_pyfunction!(_fft_plans, m)?)?;
    m.setattr("_limit_fft_plans", wrap_pyfunction!(_limit_fft_plans, m)?)?;
    m.setattr("_clear_fft_plans", wrap_pyfunction!(_clear_fft_plans, m)?)?;
    m.setattr("_DeviceSynchronized", py.get_type::<DeviceSynchronized>())
}
