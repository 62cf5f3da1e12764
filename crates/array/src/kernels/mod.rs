//! Kernels that users write in CUDA C++: element-wise, reducing, and as they are. They run at once.

mod elementwise;
mod raw;
mod reduction;
mod signature;

pub use elementwise::{ElementwiseKernel, ElementwiseText};
pub use raw::{RawArgument, RawLaunch, RawModule};
pub use reduction::{ReduceCall, ReductionKernel, ReductionText};
pub use signature::{Param, ParamType, is_identifier};

use crate::array::{Array, Storage, clashes, on_queue, prepare_write};
use crate::engine::Input;
use cuprous_core::backend::backend;
use cuprous_core::kernel::{CustomArgument, CustomKernel, CustomLaunch, Operand};
use cuprous_core::{DType, Layout, Queue, Result, Scalar};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// The kernels of one text, by the dtypes of their arguments.
type Cache = Mutex<HashMap<Vec<DType>, Arc<CustomKernel>>>;

/// The kernel for dtypes, made at the first call with them.
fn cached(cache: &Cache, dtypes: &[DType], make: impl FnOnce() -> CustomKernel) -> Arc<CustomKernel> {
    cache.lock().entry(dtypes.to_vec()).or_insert_with(|| Arc::new(make())).clone()
}

/// The arrays among operands.
fn arrays<'a>(inputs: &[Input<'a>]) -> Vec<&'a Array> {
    inputs.iter().filter_map(|i| if let Input::Array(a) = i { Some(*a) } else { None }).collect()
}

/// An argument with what keeps its memory.
enum Bound {
    Array { storage: Arc<Storage>, layout: Layout, dtype: DType, is_written: bool },
    Scalar(Scalar),
}

/// Computes an array that a kernel reads, or makes a copy of it where the kernel writes over what it still reads.
///
/// # Errors
/// Those of computing the value.
fn readable(a: &Array, written: &[&Array], identical_too: bool) -> Result<Array> {
    a.force()?;
    for target in written {
        if clashes(a, target, identical_too)? {
            let copy = a.copy()?;
            copy.force()?;
            return Ok(copy);
        }
    }
    Ok(a.clone())
}

impl Bound {
    /// An array that is read, with the layout in which the kernel walks it.
    fn read(a: &Array, layout: Layout) -> Result<Bound> {
        Ok(Bound::Array { storage: a.force()?, layout, dtype: a.dtype(), is_written: false })
    }

    /// An array that is written: all of its memory where the kernel can index it freely.
    fn written(a: &Array, layout: Layout, is_raw: bool) -> Result<Bound> {
        Ok(Bound::Array { storage: prepare_write(a, is_raw)?, layout, dtype: a.dtype(), is_written: true })
    }

    fn argument(&self) -> Result<CustomArgument<'_>> {
        Ok(match self {
            Bound::Array { storage, layout, dtype, .. } => CustomArgument::Array(Operand::new(&storage.buffer, layout, *dtype)?),
            Bound::Scalar(s) => CustomArgument::Scalar(*s),
        })
    }
}

/// How the indices of a launch are walked.
struct Walk<'a> {
    shape: &'a [usize],
    reduced: &'a [bool],
    keeps_axes: bool,
    block: usize,
}

/// Runs a kernel with its arguments.
fn run(kernel: &CustomKernel, arguments: &[Bound], walk: &Walk, queue: &Arc<Queue>) -> Result<()> {
    let b = backend(queue.device.kind)?;
    for argument in arguments {
        match argument {
            Bound::Array { storage, is_written: true, .. } => storage.before_writing(b, queue)?,
            Bound::Array { storage, .. } => storage.before_reading(b, queue)?,
            Bound::Scalar(_) => {}
        }
    }
    let arguments = arguments.iter().map(Bound::argument).collect::<Result<Vec<_>>>()?;
    let launch = CustomLaunch {
        shape: walk.shape,
        arguments: &arguments,
        reduced: walk.reduced,
        keeps_axes: walk.keeps_axes,
        block: walk.block,
        queue,
    };
    on_queue(queue, || b.custom(kernel, &launch))
}
