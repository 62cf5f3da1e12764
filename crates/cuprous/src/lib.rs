//! NumPy's arrays and functions on NVIDIA GPUs and on all the cores of a CPU.
//!
//! ```
//! use cuprous::prelude::*;
//!
//! cuprous::init();
//! let x = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0], &[2, 2])?;
//! // Element-wise work waits until somebody reads it, and then runs as one pass over memory.
//! let y = (&x * 2.0) + cuprous::math::sqrt(&x)?;
//! assert_eq!(y.sum(&ReduceOptions::default())?.item()?.to::<f32>(), 26.146264);
//! # Ok::<(), cuprous::Error>(())
//! ```

use std::path::Path;
use std::sync::Once;

pub use cuprous_array::{Array, DType, Device, Element, Error, ErrorKind, Input, Order, Result, Scalar, Slice, Weak, c64, c128, f16};
pub use cuprous_array::{array, creation, engine, linalg, logic, manipulation, math, random};
pub use cuprous_core as core;
pub use cuprous_ops as ops;

/// What most programs use.
pub mod prelude {
    pub use crate::engine::{ReduceOptions, UfuncOptions};
    pub use crate::{Array, DType, Device, Element, Input, Result, Slice, c64, c128, f16};
}

/// Makes the backends known that this build has. To be called before the first array; further calls do nothing.
///
/// It starts no driver and loads no library: that waits until a device is asked for.
pub fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        #[cfg(feature = "cpu")]
        cuprous_core::backend::register(recorded(std::sync::Arc::new(cuprous_cpu::CpuBackend::new())));
        #[cfg(feature = "cuda")]
        cuprous_core::backend::register(std::sync::Arc::new(cuprous_cuda::CudaBackend::new()));
    });
}

/// With `CUPROUS_RECORD=DIR` the CPU writes down which kernels the same run would need on a GPU, for compiling ahead.
#[cfg(feature = "cpu")]
fn recorded(cpu: std::sync::Arc<cuprous_cpu::CpuBackend>) -> std::sync::Arc<dyn cuprous_core::Backend> {
    #[cfg(feature = "cuda")]
    if let Some(dir) = std::env::var_os("CUPROUS_RECORD").filter(|d| !d.is_empty()) {
        match cuprous_cuda::record::Recorder::new(cpu.clone(), dir.into()) {
            Ok(recorder) => return std::sync::Arc::new(recorder),
            Err(e) => eprintln!("cuprous: nothing is recorded: {e}"),
        }
    }
    cpu
}

/// All devices, GPUs first.
pub fn devices() -> Vec<Device> {
    init();
    cuprous_core::backend::devices()
}

/// Adds a directory in which NVIDIA's libraries are looked for before those of installations.
#[cfg_attr(not(feature = "cuda"), allow(unused_variables))]
pub fn cuda_library_dir(path: &Path) {
    #[cfg(feature = "cuda")]
    cuprous_cuda::add_search_dir(path);
}

/// Adds the library directories of the `nvidia-*` packages in a `site-packages` directory of Python.
#[cfg_attr(not(feature = "cuda"), allow(unused_variables))]
pub fn cuda_packages(site_packages: &Path) {
    #[cfg(feature = "cuda")]
    for dir in cuprous_cuda::package_dirs(site_packages) {
        cuprous_cuda::add_search_dir(dir);
    }
}

/// What was found and what is missing, with the command that mends it: one line a fact.
pub fn report() -> Vec<String> {
    init();
    let mut lines = vec![format!("cuprous {}", env!("CARGO_PKG_VERSION"))];
    for device in devices() {
        match cuprous_core::backend::backend(device.kind).and_then(|b| b.describe(device)) {
            Ok(info) => {
                let gib = |n: usize| n as f64 / (1u64 << 30) as f64;
                let capability =
                    if info.capability == (0, 0) { String::new() } else { format!(", sm_{}{}", info.capability.0, info.capability.1) };
                lines.push(format!(
                    "{device}: {}, {} units{capability}, {:.1} of {:.1} GiB free",
                    info.name,
                    info.n_units,
                    gib(info.free_memory),
                    gib(info.total_memory)
                ));
                lines.extend(info.details.iter().map(|d| format!("  {d}")));
            }
            Err(e) => lines.push(format!("{device}: {e}")),
        }
    }
    #[cfg(feature = "cuda")]
    {
        lines.push("CUDA:".into());
        lines.extend(cuprous_cuda::libraries().iter().map(|l| format!("  {l}")));
    }
    #[cfg(not(feature = "cuda"))]
    lines.push("this build has no CUDA backend".into());
    match engine::place::default_device() {
        Ok(device) => lines.push(format!("new arrays are made on {device}")),
        Err(e) => lines.push(format!("no default device: {e}")),
    }
    lines
}
