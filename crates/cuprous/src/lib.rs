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
pub use cuprous_array::{
    array, creation, engine, fft, indexing, kernels, linalg, logic, manipulation, math, random, sets, sorting, statistics,
};
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

/// Adds a directory of kernels that were compiled ahead: packs, or single files.
#[cfg_attr(not(feature = "cuda"), allow(unused_variables))]
pub fn kernel_dir(path: &Path) {
    #[cfg(feature = "cuda")]
    cuprous_cuda::compile::add_prebuilt_dir(path);
}

/// What was found and what is missing, with the command that mends it: a subject and what is to be said of it.
pub fn facts() -> Vec<(String, String)> {
    init();
    let mut facts = vec![("cuprous".to_string(), env!("CARGO_PKG_VERSION").to_string())];
    for device in devices() {
        let described = cuprous_core::backend::backend(device.kind).and_then(|b| b.describe(device));
        facts.push((device.to_string(), described.map_or_else(|e| e.to_string(), |info| in_words(device, &info))));
    }
    #[cfg(feature = "cuda")]
    {
        // Each line begins with the name of the library.
        facts.extend(cuprous_cuda::libraries().iter().map(|l| l.split_once(' ').unwrap_or((l, ""))).map(|(n, l)| (n.into(), l.into())));
        let cache =
            cuprous_core::cache::dir().map_or("none: neither HOME nor CUPROUS_CACHE_DIR is set".into(), |d| d.display().to_string());
        facts.push(("kernel cache".into(), cache));
    }
    #[cfg(not(feature = "cuda"))]
    facts.push(("CUDA".into(), "is not in this build".into()));
    facts.push(("fusion".into(), if engine::config::fusion() { "on" } else { "off (CUPROUS_FUSION)" }.into()));
    facts.push(("new arrays".into(), engine::place::default_device().map_or_else(|e| e.to_string(), |d| format!("are made on {d}"))));
    facts
}

/// The same, one line a fact.
pub fn report() -> Vec<String> {
    facts().into_iter().map(|(subject, found)| format!("{subject}: {found}")).collect()
}

fn in_words(device: Device, info: &cuprous_core::backend::DeviceInfo) -> String {
    let gib = |n: usize| n as f64 / (1u64 << 30) as f64;
    let mut words = vec![info.name.clone()];
    if device.kind == cuprous_core::DeviceKind::Cuda {
        words.push(format!("capability {}.{}, {} multiprocessors", info.capability.0, info.capability.1, info.n_units));
    } else {
        words.push(format!("{} cores", info.n_units));
        words.extend(info.details.iter().cloned());
        words.push(if cuprous_ops::loops::has_avx2() { "loops for AVX2" } else { "loops for the baseline of its architecture" }.into());
    }
    words.push(format!("{:.1} of {:.1} GiB free", gib(info.free_memory), gib(info.total_memory)));
    words.join(", ")
}
