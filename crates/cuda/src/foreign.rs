//! NVIDIA's functions as programs call them themselves, under CuPy's names: tables of signatures and one way to call.
//!
//! The tables were made from the declarations in NVIDIA's headers and the parameters that CuPy documents. Handles and
//! addresses are the caller's: what they mean is his promise, as it is in C.

mod cublas;
mod cufft;
mod curand;
mod cusolver;
mod cusparse;
mod cusparselt;
mod cutensor;
mod driver;
pub(crate) mod graphs;
mod memory;
mod nccl;
mod nvrtc;
mod nvtx;
mod runtime;
mod textures;

use crate::driver::context;
use cuprous_core::foreign::{Function, Library, Own};
use cuprous_core::{Device, Error, Result};
use cuprous_cuda_sys::search::Loaded;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The functions of a library, and how they are called.
struct Table {
    /// The library's name in messages
    name: &'static str,
    open: fn() -> Result<&'static Loaded, String>,
    calls: &'static [Call],
    own: &'static [Own],
    constants: &'static [(&'static str, i64)],
    status: fn(i32) -> String,
    /// Whether they need a device, whose context is made current for them
    needs_device: bool,
    /// What sets the stream of the handle that a function takes first, by what its symbol begins with
    streams: &'static [(&'static str, &'static str)],
    places: OnceLock<Places>,
}

/// Where the functions of a table are found.
struct Places {
    by_name: HashMap<&'static str, Place>,
    /// Where those of the library lie, once they were called
    addresses: Vec<AtomicUsize>,
}

#[derive(Clone, Copy)]
enum Place {
    Call(usize),
    Own(usize),
}

/// A function of a library.
struct Call {
    function: Function,
    symbol: &'static str,
    /// Calls what lies at an address with as many words as it has parameters; else it does nothing
    invoke: unsafe fn(usize, &mut [u64]) -> i32,
}

/// How a parameter gets its value from its word.
trait Take {
    fn take(word: &mut u64) -> Self;
}

macro_rules! take {
    ($($t:ty),*) => { $( impl Take for $t {
        fn take(word: &mut u64) -> $t { *word as $t }
    } )* };
}
take!(i8, i32, u32, i64, usize);

impl Take for f64 {
    fn take(word: &mut u64) -> f64 {
        f64::from_bits(*word)
    }
}

impl Take for f32 {
    fn take(word: &mut u64) -> f32 {
        f64::from_bits(*word) as f32
    }
}

impl Take for *mut u64 {
    fn take(word: &mut u64) -> *mut u64 {
        word
    }
}

/// The types of C for the kinds that a table names.
#[allow(non_camel_case_types)]
mod kinds {
    pub type char = i8;
    pub type int = i32;
    pub type uint = u32;
    pub type long = i64;
    pub type addr = usize;
    pub type float = f32;
    pub type double = f64;
    pub type text = usize;
    pub type stream = usize;
    /// The address of one stream, where a list of them is taken
    pub type streams = *mut u64;
    pub type out_int = *mut u64;
    pub type out_uint = *mut u64;
    pub type out_truth = *mut u64;
    pub type out_long = *mut u64;
    pub type out_addr = *mut u64;
    pub type out_float = *mut u64;
    pub type out_double = *mut u64;
}

/// A table: `name(parameter: kind = default, ...) = symbol(argument, ...);`, where arguments are parameters or constants.
macro_rules! calls {
    ($( $name:ident ( $($p:ident : $k:ident $(= $d:expr)?),* ) = $symbol:ident ( $($c:expr),* ); )*) => {
        &[ $( $crate::foreign::Call {
            function: cuprous_core::foreign::Function {
                name: stringify!($name),
                parameters: &[ $( cuprous_core::foreign_parameter!($p, $k $(, $d)?) ),* ],
            },
            symbol: stringify!($symbol),
            invoke: {
                #[allow(unused_variables, non_snake_case)] // names are the headers'; the driver does without some of the runtime's
                unsafe fn invoke(address: usize, words: &mut [u64]) -> i32 {
                    let [$($p),*] = words else { return i32::MAX };
                    $( let $p = <$crate::foreign::kinds::$k as $crate::foreign::Take>::take($p); )*
                    // SAFETY: the caller hands over the address of the function that the table names, whose
                    // declaration in NVIDIA's headers the table repeats; results go to words of 8 bytes, which
                    // live as long as the call and are longer than any of them.
                    unsafe {
                        let f: unsafe extern "C" fn($( $crate::foreign::calls!(@any $c) ),*) -> i32 = std::mem::transmute(address);
                        f($($c),*)
                    }
                }
                invoke
            },
        } ),* ]
    };
    (@any $c:expr) => { _ };
}
use calls;

/// A table whose functions take their parameters as they are.
macro_rules! plain_calls {
    ($( $name:ident = $symbol:ident ( $($p:ident : $k:ident $(= $d:expr)?),* ); )*) => {
        $crate::foreign::calls! { $( $name($($p: $k $(= $d)?),*) = $symbol($($p),*); )* }
    };
}
use plain_calls;

impl Table {
    fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let calls = self.calls.iter().enumerate().map(|(k, c)| (c.function.name, Place::Call(k)));
            let own = self.own.iter().enumerate().map(|(k, o)| (o.function.name, Place::Own(k)));
            let addresses = self.calls.iter().map(|_| AtomicUsize::new(0)).collect();
            Places { by_name: calls.chain(own).collect(), addresses }
        })
    }

    fn address(&self, k: usize) -> Result<usize> {
        let slot = &self.places().addresses[k];
        let known = slot.load(Ordering::Relaxed);
        if known != 0 {
            return Ok(known);
        }
        let library = (self.open)().map_err(|e| Error::device(format!("{} is missing: {e}", self.name)))?;
        // SAFETY: a function's address is a number of this size, and the library stays loaded.
        let address: usize = unsafe { library.symbol(self.calls[k].symbol) }.map_err(Error::device)?;
        slot.store(address, Ordering::Relaxed);
        Ok(address)
    }
}

impl Library for Table {
    fn functions(&self) -> Vec<Function> {
        self.calls.iter().map(|c| c.function).chain(self.own.iter().map(|o| o.function)).collect()
    }

    fn constants(&self) -> &'static [(&'static str, i64)] {
        self.constants
    }

    fn call(&self, name: &str, device: Device, words: &mut [u64]) -> Result<i32> {
        let place = *self.places().by_name.get(name).ok_or_else(|| Error::device(format!("{} has no function {name}", self.name)))?;
        let function = match place {
            Place::Call(k) => &self.calls[k].function,
            Place::Own(k) => &self.own[k].function,
        };
        if words.len() != function.parameters.len() {
            return Err(Error::type_error(format!("{name} takes {} values, not {}", function.parameters.len(), words.len())));
        }
        let _entered = if self.needs_device { Some(context(device)?.enter()?) } else { None };
        match place {
            Place::Own(k) => (self.own[k].call)(device, words),
            Place::Call(k) => {
                let address = self.address(k)?;
                // SAFETY: it is the address of the function for which the table says how it is called, and there is a
                // word for each parameter. What addresses and handles among them mean is the promise of the program.
                Ok(unsafe { (self.calls[k].invoke)(address, words) })
            }
        }
    }

    fn status(&self, code: i32) -> String {
        (self.status)(code)
    }

    fn stream_setter(&self, name: &str) -> Option<&'static str> {
        if self.streams.is_empty() || name.contains("Stream") || name.to_ascii_lowercase().ends_with("destroy") {
            return None;
        }
        let (function, symbol) = match self.places().by_name.get(name)? {
            Place::Call(k) => (&self.calls[*k].function, self.calls[*k].symbol),
            Place::Own(k) => (&self.own[*k].function, self.streams[0].0),
        };
        let takes_handle = function.parameters.first().is_some_and(|p| matches!(p.name, "handle" | "generator") && !p.is_result);
        self.streams.iter().find(|(prefix, _)| takes_handle && symbol.starts_with(prefix)).map(|(_, setter)| *setter)
    }
}

/// The functions of a module of `cupy.cuda`.
pub fn library(module: &str) -> Option<&'static dyn Library> {
    Some(match module {
        "cublas" => &cublas::TABLE,
        "cufft" => &cufft::TABLE,
        "curand" => &curand::TABLE,
        "cusolver" => &cusolver::TABLE,
        "cusparse" => &cusparse::TABLE,
        "cusparselt" => &cusparselt::TABLE,
        "cutensor" => &cutensor::LIBRARY,
        "driver" => &driver::TABLE,
        "nccl" => &nccl::TABLE,
        "nvrtc" => &nvrtc::TABLE,
        "nvtx" => &nvtx::TABLE,
        "runtime" => &runtime::TABLE,
        _ => return None,
    })
}

/// The name of a status in a list of them.
fn named(names: &[(i32, &str)], code: i32) -> String {
    names.iter().find(|(n, _)| *n == code).map_or_else(|| format!("status {code}"), |(_, name)| (*name).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use cuprous_core::foreign::Passed;

    static TABLES: &[&Table] = &[
        &cublas::TABLE,
        &cufft::TABLE,
        &curand::TABLE,
        &cusolver::TABLE,
        &cusparse::TABLE,
        &cusparselt::TABLE,
        &cutensor::TABLE,
        &cutensor::SEVERAL,
        &driver::TABLE,
        &nccl::TABLE,
        &runtime::TABLE,
    ];

    #[test]
    fn names_are_there_once() {
        for table in TABLES {
            let functions = table.functions();
            assert_eq!(table.places().by_name.len(), functions.len(), "{}", table.name);
            for f in functions {
                let names: Vec<_> = f.parameters.iter().map(|p| p.name).collect();
                assert!((1..names.len()).all(|k| !names[..k].contains(&names[k])), "{}: {names:?}", f.name);
            }
        }
    }

    #[test]
    fn handles_get_the_current_stream() {
        let setter = |table: &Table, name: &str| table.stream_setter(name);
        assert_eq!(setter(&cublas::TABLE, "sgemm"), Some("setStream"));
        assert_eq!((setter(&cusolver::TABLE, "sgetrf"), setter(&cusolver::TABLE, "scsrlsvqr")), (Some("setStream"), Some("spSetStream")));
        assert_eq!((setter(&cusparse::TABLE, "spMM"), setter(&cusparse::TABLE, "spSM_solve")), (Some("setStream"), Some("setStream")));
        assert_eq!((setter(&curand::TABLE, "generateNormal"), setter(&cusparse::TABLE, "spMatSetAttribute")), (Some("setStream"), None));
        for name in ["create", "destroy", "setStream", "getStream", "no such"] {
            assert_eq!(setter(&cublas::TABLE, name), None);
        }
        assert_eq!((setter(&cusolver::TABLE, "spDestroy"), setter(&curand::TABLE, "setGeneratorOffset")), (None, None));
        for table in TABLES {
            assert!(table.streams.iter().all(|(_, setter)| table.places().by_name.contains_key(setter)), "{}", table.name);
        }
    }

    #[test]
    fn words_become_arguments() {
        unsafe extern "C" fn f(a: i32, b: f32, out: *mut i32, c: usize, d: i8, e: f64, g: i64) -> i32 {
            // SAFETY: the test hands over a valid address.
            unsafe { *out = a + b as i32 + c as i32 + i32::from(d) + e as i32 + g as i32 };
            7
        }
        static CALLS: &[Call] = calls! {
            f(a: int, b: float, c: addr, d: char, e: double, g: long = 1, out: out_int) = f(a, b, out, c, d, e, g);
        };
        let word = |x: i64| x as u64;
        let mut words = [word(-1), 2.5f64.to_bits(), 40, word(-3), 0.5f64.to_bits(), word(-100), 0];
        // SAFETY: the address is that of `f`, whose signature the table repeats.
        let status = unsafe { (CALLS[0].invoke)(f as *const () as usize, &mut words) };
        assert_eq!((status, words[6] as u32 as i32), (7, -1 + 2 + 40 - 3 - 100));
        assert_eq!(CALLS[0].function.parameters[6].passed, Passed::Int);
        // SAFETY: nothing is called for a wrong number of words.
        assert_eq!(unsafe { (CALLS[0].invoke)(0, &mut words[..3]) }, i32::MAX);
    }

    #[test]
    fn what_is_missing_is_an_error() {
        if crate::driver::n_devices() > 0 {
            return;
        }
        for table in TABLES {
            let function = table.functions()[0];
            let mut words = vec![0; function.parameters.len()];
            let e = table.call(function.name, Device::cuda(0), &mut words).err();
            assert!(e.is_some_and(|e| e.kind() == cuprous_core::ErrorKind::Device), "{}", table.name);
        }
    }
}
