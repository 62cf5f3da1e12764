//! Random numbers: one counter-based generator with the same stream on every device.

use crate::array::{Array, Node, allocate};
use crate::creation::CreateOptions;
use crate::engine::place;
use cuprous_core::backend::{Distribution, RandomSpec, backend};
use cuprous_core::kernel::Operand;
use cuprous_core::layout::{Layout, Order};
use cuprous_core::shape::checked_size;
use cuprous_core::{DType, Error, Result};
use parking_lot::Mutex;

/// Philox 4x32-10 with a position in its stream.
pub struct Generator {
    /// Key and next block
    state: Mutex<(u64, u64)>,
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

    /// Draws an array of float32 or float64.
    ///
    /// # Errors
    /// `Type` for another dtype; `Value` for a shape too large; `Memory`.
    pub fn draw(&self, distribution: Distribution, shape: &[usize], dtype: DType, options: CreateOptions) -> Result<Array> {
        if !matches!(dtype, DType::F32 | DType::F64) {
            return Err(Error::type_error(format!("Unsupported dtype dtype('{dtype}') for random")));
        }
        let size = checked_size(shape, dtype.size())?;
        let device = options.device.map_or_else(place::default_device, Ok)?;
        let queue = place::current_queue(device)?;
        let storage = allocate(&queue, size * dtype.size())?;
        let layout = Layout::contiguous(shape, dtype.size(), Order::C);
        if size > 0 {
            let spec = {
                let mut state = self.state.lock();
                let spec = RandomSpec { seed: state.0, counter: state.1, distribution };
                state.1 = state.1.wrapping_add(RandomSpec::n_blocks(dtype, size));
                spec
            };
            backend(device.kind)?.random(&spec, &Operand::new(&storage.buffer, &layout, dtype)?, &queue)?;
            place::after(&queue, || "random".into())?;
        }
        Ok(Array::from_node(Node::ready(dtype, layout, queue, storage)))
    }
}
