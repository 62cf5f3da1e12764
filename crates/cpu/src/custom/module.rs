//! Code of users as it is: its functions, their arguments and attributes, its variables.

use super::compiler::{Source, without_nvcc};
use super::exports::MAX_SHARED;
use super::library::{Blocks, Kernel, Library};
use crate::threads::Threads;
use cuprous_core::foreign::failure;
use cuprous_core::kernel::{Function, FunctionAttribute, FunctionLaunch, Module, ModuleSource, PackedArguments};
use cuprous_core::{Buffer, Error, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// Dynamic shared memory that every kernel may ask for, as on a GPU
const USUAL_SHARED: i32 = 48 << 10;

/// A module of a user.
pub struct HostModule {
    library: Library,
    threads: Arc<Threads>,
    name: String,
    expressions: Vec<String>,
    functions: Mutex<HashMap<String, Arc<HostFunction>>>,
}

/// A kernel of a module.
struct HostFunction {
    name: String,
    kernel: Kernel,
    threads: Arc<Threads>,
    max_shared: AtomicI32,
    carveout: AtomicI32,
}

impl HostModule {
    /// Compiles code.
    ///
    /// # Errors
    /// `Compile` with log and text; `Device` without a compiler; `Unsupported` for machine code.
    pub fn new(source: &ModuleSource, threads: Arc<Threads>) -> Result<HostModule> {
        let Some(text) = &source.text else {
            return Err(Error::unsupported(format!("{}: machine code and PTX run on NVIDIA GPUs only, not on cpu", source.name)));
        };
        let unit = Source {
            text: text.clone(),
            name: source.name.clone(),
            options: if source.with_nvcc { without_nvcc(&source.options) } else { source.options.clone() },
            expressions: source.expressions.clone(),
        };
        let (name, expressions) = (source.name.clone(), source.expressions.clone());
        Ok(HostModule { library: unit.load()?, threads, name, expressions, functions: Mutex::default() })
    }

    #[cold]
    fn missing(&self, name: &str) -> Error {
        let known = if self.expressions.is_empty() {
            "without name_expressions names are those of C: declare it extern \"C\"".to_string()
        } else {
            format!("its name_expressions are {}", self.expressions.join(", "))
        };
        Error::device(format!("{} has no {name}: {known}; it has {}", self.name, self.library.names().join(", ")))
    }
}

impl Module for HostModule {
    fn function(&self, name: &str) -> Result<Arc<dyn Function>> {
        let mut functions = self.functions.lock();
        if let Some(function) = functions.get(name) {
            return Ok(function.clone());
        }
        let kernel = self.library.kernel(name).ok_or_else(|| self.missing(name))?;
        let (threads, max_shared, carveout) = (self.threads.clone(), AtomicI32::new(USUAL_SHARED), AtomicI32::new(-1));
        let function = Arc::new(HostFunction { name: name.into(), kernel, threads, max_shared, carveout });
        functions.insert(name.into(), function.clone());
        Ok(function)
    }

    fn global(&self, name: &str) -> Result<Buffer> {
        self.library.variable(name).ok_or_else(|| self.missing(name))
    }

    fn handle(&self) -> usize {
        self.library.address()
    }
}

impl Function for HostFunction {
    /// What a GPU of the architecture says for which the header compiles; what only a GPU has is 0.
    fn attribute(&self, which: FunctionAttribute) -> Result<i32> {
        Ok(match which {
            FunctionAttribute::MaxThreads => 1024,
            FunctionAttribute::Registers => 32,
            FunctionAttribute::PtxVersion | FunctionAttribute::BinaryVersion => 90,
            FunctionAttribute::MaxDynamicSharedSize => self.max_shared.load(Ordering::Relaxed),
            FunctionAttribute::SharedCarveout => self.carveout.load(Ordering::Relaxed),
            FunctionAttribute::SharedSize
            | FunctionAttribute::ConstSize
            | FunctionAttribute::LocalSize
            | FunctionAttribute::CacheModeCa => 0,
        })
    }

    fn set_attribute(&self, which: FunctionAttribute, value: i32) -> Result<()> {
        let refuse = || Err(Error::device(format!("kernel {}: {value} is no value of this attribute", self.name)));
        match which {
            FunctionAttribute::MaxDynamicSharedSize if (0..=MAX_SHARED as i32).contains(&value) => {
                self.max_shared.store(value, Ordering::Relaxed)
            }
            FunctionAttribute::SharedCarveout if (-1..=100).contains(&value) => self.carveout.store(value, Ordering::Relaxed),
            _ => return refuse(),
        }
        Ok(())
    }

    fn run(&self, launch: &FunctionLaunch) -> Result<()> {
        let name = &self.name;
        let arguments = PackedArguments::new(name, Some(&self.kernel.params), launch.arguments)?;
        let narrow = |v: [usize; 3], what: &str| -> Result<[u32; 3]> {
            if v.iter().any(|&n| n == 0 || n > i32::MAX as usize) {
                return Err(Error::value(format!("kernel {name} cannot run with a {what} of {v:?}")));
            }
            Ok(v.map(|n| n as u32))
        };
        let (grid, block) = (narrow(launch.grid, "grid")?, narrow(launch.block, "block")?);
        let n_threads: usize = launch.block.iter().product();
        let most = self.max_shared.load(Ordering::Relaxed) as usize;
        if n_threads > 1024 || block[2] > 64 || grid[1] > 65_535 || grid[2] > 65_535 || launch.shared > most {
            let message = format!(
                "kernel {name}, grid {:?}, block {:?}, {} bytes of shared memory: too large: a block has at most 1024 threads, 64 along z, \
                 a grid at most 65535 blocks along y and z, and this kernel may have {most} bytes (max_dynamic_shared_size_bytes)",
                launch.grid, launch.block, launch.shared
            );
            return Err(failure(1, &message));
        }
        let n_steps = n_threads.saturating_mul(64).saturating_mul(launch.grid.iter().product());
        let blocks = Blocks { grid, block, at_once: launch.cooperative, n_steps };
        self.kernel.run(&self.threads, &blocks, &arguments.words, &arguments.starts)
    }

    fn handle(&self) -> usize {
        self.kernel.address()
    }
}
