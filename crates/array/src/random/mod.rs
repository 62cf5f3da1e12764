//! Random numbers: one counter-based generator with the same stream on every device.
//!
//! A [`Generator`] is a key and the number of the next block. Every draw takes as many blocks as it may need before it
//! runs, so that what it gives depends on neither device nor threads.

pub mod choosing;
mod continuous;
mod counts;
mod distributions;
mod drawing;
pub mod integers;
mod parameters;
pub mod seeding;
pub mod vectors;

pub use distributions::{DistributionDef, all_distributions};
pub use drawing::DrawOptions;
pub use parameters::{ParamDef, Parameter, Rule};

use crate::array::{Arg, Array, Expr, Node, allocate};
use crate::creation::{CreateOptions, ramp};
use crate::engine::elementwise::{common_queue, finish};
use crate::engine::{Input, place};
use cuprous_core::backend::{Distribution, RandomSpec, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::shape::{checked_size, tuple};
use cuprous_core::{DType, Device, Error, LoopDef, Result, Scalar};
use cuprous_ops::casts::cast_row;
use parking_lot::Mutex;
use smallvec::SmallVec;

/// Philox 4x32-10 with a position in its stream.
pub struct Generator {
    /// Key and next block
    state: Mutex<(u64, u64)>,
}

/// What a row that draws gets besides the names of its numbers.
pub(crate) struct Sample<'a> {
    /// The shape of the result
    pub shape: &'a [usize],
    /// Parameters that broadcast to it
    pub parameters: &'a [Input<'a>],
    /// Where it is drawn, if no parameter is an array
    pub device: Device,
}

impl Generator {
    /// The generator of a seed, at the start of its stream.
    pub const fn new(seed: u64) -> Generator {
        Generator { state: Mutex::new((seed, 0)) }
    }

    /// Starts the stream of a seed.
    pub fn seed(&self, seed: u64) {
        *self.state.lock() = (seed, 0);
    }

    /// Key and next block of the stream.
    pub fn state(&self) -> (u64, u64) {
        *self.state.lock()
    }

    /// Goes on from a key and a block.
    pub fn set_state(&self, key: u64, block: u64) {
        *self.state.lock() = (key, block);
    }

    /// Takes blocks: the key and the first of them.
    pub(crate) fn take(&self, n_blocks: u64) -> (u64, u64) {
        let mut state = self.state.lock();
        let taken = *state;
        state.1 = state.1.wrapping_add(n_blocks);
        taken
    }

    /// Draws an array of float32 or float64, or bits of uint32 or uint64.
    ///
    /// # Errors
    /// `Type` for another dtype; `Value` for a shape too large; `Memory`.
    pub fn draw(&self, distribution: Distribution, shape: &[usize], dtype: DType, options: CreateOptions) -> Result<Array> {
        let fits = match distribution {
            Distribution::Bits => matches!(dtype, DType::U32 | DType::U64),
            _ => matches!(dtype, DType::F32 | DType::F64),
        };
        if !fits {
            return Err(Error::type_error(format!("Unsupported dtype dtype('{dtype}') for random")));
        }
        // Refused before the stream moves on.
        checked_size(shape, dtype.size())?;
        let n_blocks = RandomSpec::n_blocks(dtype, shape.iter().product());
        self.draw_from(distribution, shape, dtype, options, n_blocks).map(|(array, _)| array)
    }

    /// The same, with more blocks than it takes if the caller needs more; and the key and first block.
    fn draw_from(
        &self,
        distribution: Distribution,
        shape: &[usize],
        dtype: DType,
        options: CreateOptions,
        n_blocks: u64,
    ) -> Result<(Array, (u64, u64))> {
        let size = checked_size(shape, dtype.size())?;
        let device = options.device.map_or_else(place::default_device, Ok)?;
        let queue = place::current_queue(device)?;
        let storage = allocate(&queue, size * dtype.size())?;
        let layout = Layout::contiguous(shape, dtype.size(), Order::C);
        let taken = self.take(n_blocks);
        if size > 0 {
            let spec = RandomSpec { seed: taken.0, counter: taken.1, distribution };
            backend(device.kind)?.random(&spec, &Operand::new(&storage.buffer, &layout, dtype)?, &queue)?;
            place::after(&queue, || "random".into())?;
        }
        Ok((Array::from_node(Node::ready(dtype, layout, queue, storage)), taken))
    }

    /// Draws by a row whose first arguments are block and seed; each element has a block of its own.
    pub(crate) fn sample(&self, row: &'static LoopDef, sample: &Sample) -> Result<Array> {
        let size = checked_size(sample.shape, 8)?;
        let (seed, first) = self.take(size as u64);
        let mut steps = vec![1; sample.shape.len()];
        for k in (1..steps.len()).rev() {
            steps[k - 1] = steps[k] * sample.shape[k].max(1) as isize;
        }
        let block = ramp(sample.shape, &steps, first as i64, Some(sample.device))?;
        let mut arguments: SmallVec<[Input; 6]> = SmallVec::new();
        arguments.push(Input::Array(&block));
        arguments.push(Input::Scalar(Scalar::from(seed as i64)));
        arguments.extend_from_slice(sample.parameters);
        // What is drawn is never drawn twice.
        at_once(apply_row(row, sample.shape, &arguments)?)
    }
}

/// A row applied to arguments that broadcast to a shape.
pub(crate) fn apply_row(row: &'static LoopDef, shape: &[usize], inputs: &[Input]) -> Result<Array> {
    let arrays: SmallVec<[&Array; 6]> = inputs.iter().filter_map(|i| if let Input::Array(a) = i { Some(*a) } else { None }).collect();
    let queue = common_queue(&arrays)?;
    let args = inputs.iter().zip(row.ins).map(|(input, &to)| {
        Ok(match *input {
            Input::Array(a) => Arg::Value(a.node().clone(), (a.dtype() != to).then(|| cast_row(a.dtype(), to))),
            Input::Scalar(s) => Arg::Scalar(s.cast(to)),
            Input::Weak(w) => Arg::Scalar(w.to_scalar(to)?),
        })
    });
    let args = args.collect::<Result<_>>()?;
    let layout = Layout::contiguous(shape, row.outs[0].size(), Order::C);
    finish(&queue, row.outs[0], layout, Expr::Apply { row, args, output: 0 }, || format!("{} of shape {}", row.op, tuple(shape)))
}

/// A value that waits no more.
pub(crate) fn at_once(array: Array) -> Result<Array> {
    array.force()?;
    Ok(array)
}
