//! Code of users on a device: its functions, their attributes and arguments, its global variables.

use super::user::UserSource;
use super::{c_string, nvcc};
use crate::driver::{Context, Raw};
use crate::launch;
use cuprous_core::kernel::{Function, FunctionAttribute, FunctionLaunch, Module, ModuleSource, PackedArguments};
use cuprous_core::{Buffer, Device, Error, Result};
use cuprous_cuda_sys::Handle;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// A module in a context. It is never unloaded: kernels of it may still be queued, and others may hold its addresses.
pub struct UserModule {
    device: Device,
    raw: Raw,
    handle: Handle,
    /// What the source's expressions are called in the code
    names: HashMap<String, String>,
    name: String,
    functions: Mutex<HashMap<String, Arc<UserFunction>>>,
}

/// A function of a module.
pub struct UserFunction {
    name: String,
    raw: Raw,
    handle: Handle,
    /// The sizes of its parameters in bytes, where the driver tells
    params: Option<Vec<usize>>,
}

impl Context {
    /// Compiles or loads code.
    ///
    /// # Errors
    /// `Compile` with log and text, `Device` if the driver does not take it.
    pub(crate) fn load_module(&self, source: &ModuleSource) -> Result<UserModule> {
        let (mut code, names) = match &source.text {
            None => (source.binary.clone(), HashMap::new()),
            Some(text) => {
                let unit = UserSource {
                    text: text.clone(),
                    name: source.name.clone(),
                    options: source.options.clone(),
                    expressions: source.expressions.clone(),
                    translates_complex: source.translates_complex,
                };
                if source.with_nvcc {
                    (nvcc::build(&unit, self.arch)?, HashMap::new())
                } else {
                    let built = unit.build(self.arch)?;
                    (built.cubin.code, source.expressions.iter().cloned().zip(built.names).collect())
                }
            }
        };
        if code.is_empty() {
            return Err(Error::value(format!("{} holds no code", source.name)));
        }
        // PTX is text that ends in a zero; machine code knows its length.
        code.push(0);
        let _entered = self.enter()?;
        let (api, raw, mut handle) = (self.raw.api, self.raw, 0);
        // SAFETY: what is loaded comes from the compiler, from the checked cache, or from a file of the user's, who
        // vouches for it: the driver finds its end by its header or by the zero. The handle goes to a valid address.
        raw.check(unsafe { (api.cuModuleLoadData)(&mut handle, code.as_ptr().cast()) }, "cuModuleLoadData")
            .map_err(|e| e.during(&source.name))?;
        Ok(UserModule { device: self.device, raw, handle, names, name: source.name.clone(), functions: Mutex::default() })
    }
}

impl UserModule {
    fn lowered<'a>(&'a self, name: &'a str) -> &'a str {
        self.names.get(name).map_or(name, String::as_str)
    }

    #[cold]
    fn missing(&self, name: &str, e: &Error) -> Error {
        let known: Vec<&str> = self.names.keys().map(String::as_str).collect();
        let known = if known.is_empty() {
            "without name_expressions names are those of C: declare it extern \"C\"".to_string()
        } else {
            format!("its name_expressions are {}", known.join(", "))
        };
        Error::device(format!("{} has no {name}: {e}; {known}", self.name))
    }
}

impl Module for UserModule {
    fn function(&self, name: &str) -> Result<Arc<dyn Function>> {
        if let Some(function) = self.functions.lock().get(name) {
            return Ok(function.clone());
        }
        let symbol = c_string(self.lowered(name))?;
        let _entered = self.raw.enter()?;
        let (api, mut handle) = (self.raw.api, 0);
        // SAFETY: the module is never unloaded; the name ends in a zero, the handle goes to a valid address.
        let code = unsafe { (api.cuModuleGetFunction)(&mut handle, self.handle, symbol.as_ptr()) };
        self.raw.check(code, "cuModuleGetFunction").map_err(|e| self.missing(name, &e))?;
        let params = api.cuFuncGetParamInfo.map(|info| {
            let size_of = |k: usize| {
                let (mut offset, mut size) = (0, 0);
                // SAFETY: the function belongs to a module that is never unloaded; numbers go to valid addresses, and
                // past the last parameter there is an error code.
                (unsafe { info(handle, k, &mut offset, &mut size) } == 0).then_some(size)
            };
            (0..).map_while(size_of).collect()
        });
        let function = Arc::new(UserFunction { name: name.into(), raw: self.raw, handle, params });
        self.functions.lock().insert(name.into(), function.clone());
        Ok(function)
    }

    fn global(&self, name: &str) -> Result<Buffer> {
        let symbol = c_string(self.lowered(name))?;
        let _entered = self.raw.enter()?;
        let (mut address, mut size) = (0, 0);
        // SAFETY: the module is never unloaded; the name ends in a zero, both numbers go to valid addresses.
        let code = unsafe { (self.raw.api.cuModuleGetGlobal_v2)(&mut address, &mut size, self.handle, symbol.as_ptr()) };
        self.raw.check(code, "cuModuleGetGlobal").map_err(|e| self.missing(name, &e))?;
        // SAFETY: the driver says that the variable has this address and size, for as long as the module is loaded,
        // which is as long as the process.
        Ok(unsafe { Buffer::new(self.device, address as usize, size, Box::new(())) })
    }

    fn handle(&self) -> usize {
        self.handle
    }
}

/// CUDA's number for an attribute.
fn number(which: FunctionAttribute) -> i32 {
    match which {
        FunctionAttribute::MaxThreads => 0,
        FunctionAttribute::SharedSize => 1,
        FunctionAttribute::ConstSize => 2,
        FunctionAttribute::LocalSize => 3,
        FunctionAttribute::Registers => 4,
        FunctionAttribute::PtxVersion => 5,
        FunctionAttribute::BinaryVersion => 6,
        FunctionAttribute::CacheModeCa => 7,
        FunctionAttribute::MaxDynamicSharedSize => 8,
        FunctionAttribute::SharedCarveout => 9,
    }
}

impl Function for UserFunction {
    fn attribute(&self, which: FunctionAttribute) -> Result<i32> {
        let _entered = self.raw.enter()?;
        let mut value = 0;
        // SAFETY: the function belongs to a module that is never unloaded; the value goes to a valid address.
        let code = unsafe { (self.raw.api.cuFuncGetAttribute)(&mut value, number(which), self.handle) };
        self.raw.check(code, "cuFuncGetAttribute").map(|()| value)
    }

    fn set_attribute(&self, which: FunctionAttribute, value: i32) -> Result<()> {
        let _entered = self.raw.enter()?;
        // SAFETY: the function belongs to a module that is never unloaded.
        let code = unsafe { (self.raw.api.cuFuncSetAttribute)(self.handle, number(which), value) };
        self.raw.check(code, "cuFuncSetAttribute").map_err(|e| e.during(&format!("kernel {}", self.name)))
    }

    fn run(&self, launch: &FunctionLaunch) -> Result<()> {
        let arguments = PackedArguments::new(&self.name, self.params.as_deref(), launch.arguments)?;
        launch::launch_user(self.raw, self.handle, &self.name, launch, &arguments)
    }

    fn handle(&self) -> usize {
        self.handle
    }
}
