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
use crate::engine::elementwise::common_queue;
use cuprous_core::backend::backend;
use cuprous_core::kernel::{CustomArgument, CustomKernel, CustomLaunch, Operand};
use cuprous_core::shape::{Dims, broadcast};
use cuprous_core::{DType, Error, Layout, Queue, Result, Scalar};
use parking_lot::Mutex;
use signature::{Decided, decide, number};
use std::collections::HashMap;
use std::sync::Arc;

/// The kernels of one text, by the dtypes of their arguments.
#[derive(Default)]
struct Cache(Mutex<HashMap<Vec<DType>, Arc<CustomKernel>>>);

impl Cache {
    /// The kernel for dtypes, made at the first call with them.
    fn get(&self, dtypes: &[DType], make: impl FnOnce() -> CustomKernel) -> Arc<CustomKernel> {
        self.0.lock().entry(dtypes.to_vec()).or_insert_with(|| Arc::new(make())).clone()
    }

    /// The texts that were compiled, with the dtypes of the first `n_in` arguments.
    fn codes(&self, n_in: usize) -> Vec<(Vec<DType>, String)> {
        let cache = self.0.lock();
        let all = cache.iter().filter_map(|(dtypes, k)| Some((dtypes[..n_in].to_vec(), k.compiled.get()?.clone())));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(dtypes, _)| dtypes.iter().map(|d| d.name()).collect::<Vec<_>>());
        all
    }
}

/// What a call decides before anything is computed.
struct Called {
    queue: Arc<Queue>,
    /// The shape over which the arrays walk that are not raw
    shape: Dims,
    /// The dtypes of all arguments
    decided: Decided,
    /// The numbers among the inputs, as elements of their dtypes
    numbers: Vec<Option<Scalar>>,
}

/// Checks the arguments of a call. `shaping` outputs take part in the shape, which is `size` where all arrays are raw.
///
/// # Errors
/// `Value`, `Type` and `Shape` in CuPy's words.
fn called(params: [&[Param]; 2], inputs: &[Input], outputs: &[Array], shaping: &[Array], size: Option<usize>) -> Result<Called> {
    let [ins, outs] = params;
    let mut all: Vec<&Array> = inputs.iter().filter_map(|i| if let Input::Array(a) = i { Some(*a) } else { None }).collect();
    all.extend(outputs);
    let queue = common_queue(&all)?;
    let walked = inputs.iter().zip(ins).filter_map(|(i, p)| match i {
        Input::Array(a) if !p.is_raw => Some(a.shape()),
        _ => None,
    });
    let shapes: Vec<&[usize]> = walked.chain(shaping.iter().zip(outs).filter(|(_, p)| !p.is_raw).map(|(a, _)| a.shape())).collect();
    let shape = match size {
        Some(_) if !shapes.is_empty() => {
            return Err(Error::value("Specified 'size' can be used only if all of the ndarray are 'raw'."));
        }
        Some(n) => [n].into_iter().collect(),
        None if shapes.is_empty() => return Err(Error::value("Loop size is undecided.")),
        None => broadcast(&shapes)?,
    };
    let in_dtypes: Vec<_> = inputs.iter().map(|i| if let Input::Array(a) = i { Some(a.dtype()) } else { None }).collect();
    let out_dtypes: Vec<_> = outputs.iter().map(Array::dtype).collect();
    let decided = decide(ins, outs, &in_dtypes, &out_dtypes)?;
    let numbers = inputs.iter().zip(&decided.dtypes).map(|(i, d)| match i {
        Input::Array(_) => Ok(None),
        other => number(*other, *d).map(Some),
    });
    let numbers = numbers.collect::<Result<Vec<_>>>()?;
    Ok(Called { queue, shape, decided, numbers })
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

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::{Device, Element};

    /// Above what the CPU computes at once.
    const N: usize = 100_000;

    fn values() -> Array {
        cuprous_core::backend::register(Arc::new(cuprous_cpu::CpuBackend::new()));
        let bytes: Vec<u8> = (0..N).flat_map(|k| (k as f32).to_ne_bytes()).collect();
        Array::from_bytes(&bytes, f32::DTYPE, &[N], Device::CPU).unwrap_or_else(|e| panic!("{e}"))
    }

    fn kernel(ins: &str, outs: &str) -> ElementwiseKernel {
        let text = ElementwiseText { in_params: ins.into(), out_params: outs.into(), name: "f".into(), ..Default::default() };
        ElementwiseKernel::new(text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn done<T>(result: Result<T>) {
        assert!(result.is_ok(), "{}", result.err().map(|e| e.to_string()).unwrap_or_default());
    }

    #[test]
    fn readers_of_what_is_written_are_computed_first() {
        let (x, y) = (values(), values());
        let (low, high) = (x.slice(&[part(0, 1000)]), x.slice(&[part(2000, N as isize)]));
        let (low, high) = (low.unwrap_or_else(|e| panic!("{e}")), high.unwrap_or_else(|e| panic!("{e}")));
        let (of_high, of_y) = (&high + 1.0, &y + 1.0);
        let y = y.slice(&[part(0, 1000)]).unwrap_or_else(|e| panic!("{e}"));
        assert!(of_high.is_pending() && of_y.is_pending());
        done(kernel("T x", "T y").call(&[Input::from(&y)], std::slice::from_ref(&low), None, 128));
        assert!(of_high.is_pending() && of_y.is_pending(), "neither reads what would be written");
        done(kernel("T x", "raw T y").call(&[Input::from(&y)], std::slice::from_ref(&low), None, 128));
        assert!(!of_high.is_pending() && of_y.is_pending(), "a raw output can be written anywhere");
        assert_eq!(of_high.to_vec::<f32>().map(|v| v[0]).ok(), Some(2001.0));
    }

    #[test]
    fn inputs_that_wait_are_computed() {
        let x = values();
        let (later, unused) = (&x * 2.0, &x * 3.0);
        done(kernel("T x, raw T y", "T z").call(&[Input::from(&later), Input::from(&x)], &[], None, 128));
        assert!(!later.is_pending() && unused.is_pending());
    }

    #[test]
    fn arguments_of_raw_kernels_pass_the_gate_whole() {
        let x = values();
        let first = x.slice(&[part(0, 1)]).unwrap_or_else(|e| panic!("{e}"));
        let later = &x + 1.0;
        // A reader is settled when the argument is, whatever part of the memory it is.
        assert!(prepare_write(&first, false).is_ok());
        assert!(!later.is_pending(), "it reads the first element too");
        let tail = x.slice(&[part(5, N as isize)]).unwrap_or_else(|e| panic!("{e}"));
        let later = &tail + 1.0;
        assert!(prepare_write(&first, false).is_ok() && later.is_pending());
        assert!(prepare_write(&first, true).is_ok() && !later.is_pending());
    }

    #[test]
    fn inputs_under_an_output_are_copied() {
        let x = values();
        let part_of = |a, b| x.slice(&[part(a, b)]).unwrap_or_else(|e| panic!("{e}"));
        let copied = |a: &Array, b: &Array, too| {
            readable(a, &[b], too).map(|c| c.force().map(|s| s.buffer.address()).ok() != x.force().map(|s| s.buffer.address()).ok())
        };
        assert_eq!(copied(&part_of(0, 10), &part_of(5, 15), false).ok(), Some(true));
        assert_eq!(copied(&part_of(0, 10), &part_of(10, 20), false).ok(), Some(false));
        assert_eq!(copied(&part_of(0, 10), &part_of(0, 10), false).ok(), Some(false));
        assert_eq!(copied(&part_of(0, 10), &part_of(0, 10), true).ok(), Some(true));
    }

    fn part(start: isize, stop: isize) -> crate::Slice {
        crate::Slice::Range(Some(start), Some(stop), 1)
    }
}
