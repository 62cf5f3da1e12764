//! Code of users as it is: modules, and runs of their functions.

use crate::array::{Array, Storage, on_queue, prepare_write};
use crate::engine::elementwise::common_queue;
use crate::engine::place;
use cuprous_core::backend::backend;
use cuprous_core::kernel::{Function, FunctionArgument, FunctionLaunch, Module, ModuleSource};
use cuprous_core::layout::Order;
use cuprous_core::{DType, Device, Layout, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// Code that is compiled for each device on which it is used.
pub struct RawModule {
    /// The code
    pub source: ModuleSource,
    loaded: Mutex<HashMap<Device, Arc<dyn Module>>>,
}

/// An argument of a function.
#[derive(Clone)]
pub enum RawArgument {
    /// An array, whose address is passed; it may be read and written
    Array(Array),
    /// An array, of which a structure is passed: its address, its size, its shape and its strides in bytes, 8 bytes each;
    /// without axes one element along one axis. It may be read and written
    Structure(Array),
    /// A number, a structure or an address
    Value(FunctionArgument),
}

/// How a function is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawLaunch {
    /// Blocks along x, y, z
    pub grid: [usize; 3],
    /// Threads of a block along x, y, z
    pub block: [usize; 3],
    /// Bytes of dynamic shared memory
    pub shared: usize,
    /// Whether all blocks have to run at the same time
    pub cooperative: bool,
}

impl RawModule {
    /// Code; it is compiled when it is first used.
    pub fn new(source: ModuleSource) -> RawModule {
        RawModule { source, loaded: Mutex::default() }
    }

    /// The code on a device.
    ///
    /// # Errors
    /// `Compile`, `Device`; `Unsupported` for machine code on the CPU.
    pub fn load(&self, device: Device) -> Result<Arc<dyn Module>> {
        if let Some(module) = self.loaded.lock().get(&device) {
            return Ok(module.clone());
        }
        // Compiled without the lock; of two threads that compile the first one's stays.
        let module = backend(device.kind)?.module(&self.source, device)?;
        Ok(self.loaded.lock().entry(device).or_insert(module).clone())
    }

    /// A function on a device.
    ///
    /// # Errors
    /// As [`RawModule::load`], and `Device` if there is none of that name.
    pub fn function(&self, name: &str, device: Device) -> Result<Arc<dyn Function>> {
        self.load(device)?.function(name)
    }

    /// The bytes of a global variable on a device. Kernels reach them too, so nothing that reads them waits.
    ///
    /// # Errors
    /// As [`RawModule::load`], and `Device` if there is none of that name.
    pub fn global(&self, name: &str, device: Device) -> Result<Array> {
        let buffer = self.load(device)?.global(name)?;
        let layout = Layout::contiguous(&[buffer.len()], 1, Order::C);
        Array::from_storage(Storage::imported(buffer, place::current_queue(device)?), layout, DType::U8)
    }

    /// Runs a function on the device of its arrays, or on the default device. Its arrays pass the write gate whole:
    /// what still has to read them reads them first.
    ///
    /// # Errors
    /// Those of computing the arrays; `Type` for arguments that do not fit; `Device`.
    pub fn run(&self, name: &str, launch: &RawLaunch, arguments: &[RawArgument]) -> Result<()> {
        let arrays = arguments.iter().filter_map(|a| match a {
            RawArgument::Array(a) | RawArgument::Structure(a) => Some(a),
            RawArgument::Value(_) => None,
        });
        let arrays: Vec<&Array> = arrays.collect();
        let queue = common_queue(&arrays)?;
        let function = self.function(name, queue.device)?;
        // All values first: computing one may read what another one's memory is about to hold.
        arrays.iter().try_for_each(|a| a.force().map(drop))?;
        let mut storages: Vec<Arc<Storage>> = Vec::new();
        let mut values = Vec::new();
        for argument in arguments {
            values.push(match argument {
                RawArgument::Value(value) => value.clone(),
                RawArgument::Array(a) | RawArgument::Structure(a) => {
                    let storage = prepare_write(a, true)?;
                    let address = storage.buffer.address() + a.layout().offset;
                    storages.push(storage);
                    let is_structure = matches!(argument, RawArgument::Structure(_));
                    let (value, what) =
                        if is_structure { (structure(a, address), "array") } else { (words([address as i64]), "array's address") };
                    FunctionArgument::Bytes { value: value.as_slice().into(), what: what.into() }
                }
            });
        }
        let b = backend(queue.device.kind)?;
        storages.iter().try_for_each(|s| s.before_writing(b, &queue))?;
        let launch = FunctionLaunch {
            grid: launch.grid,
            block: launch.block,
            shared: launch.shared,
            cooperative: launch.cooperative,
            arguments: &values,
            queue: &queue,
        };
        on_queue(&queue, || function.run(&launch))?;
        place::after(&queue, || format!("kernel {name}"))
    }
}

fn words(all: impl IntoIterator<Item = i64>) -> Vec<u8> {
    all.into_iter().flat_map(i64::to_ne_bytes).collect()
}

/// What [`RawArgument::Structure`] says.
fn structure(a: &Array, address: usize) -> Vec<u8> {
    let layout = a.layout();
    let n: usize = layout.shape.iter().product();
    let single = layout.shape.is_empty().then_some([1, 0]);
    let axes = layout.shape.iter().map(|&n| n as i64).chain(layout.strides.iter().map(|&s| s as i64));
    words([address as i64, n as i64].into_iter().chain(single.into_iter().flatten()).chain(axes))
}
