//! Functions of the vendor's libraries as programs call them themselves: by name, with numbers for addresses and handles.
//!
//! A table says what each function is called and what it takes; a backend knows how it is called. Nothing here
//! knows what any of them does.

mod errors;

pub use errors::{ERRORS, error_name};

use crate::{Device, Error, Result};

/// How a value is passed. A word of 64 bits holds any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// 8 bits
    Char,
    /// 32 bits
    Int,
    /// 32 bits, unsigned
    Unsigned,
    /// 32 bits that are 0 or not
    Truth,
    /// 64 bits
    Long,
    /// An address, a handle or a size
    Address,
    /// Single precision; its word holds its bits as those of double precision
    Float,
    /// Double precision
    Double,
    /// The address of characters that end in a zero
    Text,
    /// The handle of the stream that is current: whoever calls does not give it
    Stream,
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name
    pub name: &'static str,
    /// How it is passed
    pub passed: Passed,
    /// Whether it is a result instead: the function gets the address of its word
    pub is_result: bool,
    /// What it is if nobody says
    pub default: Option<i64>,
}

impl Parameter {
    /// Whether whoever calls gives it.
    pub fn is_given(&self) -> bool {
        !self.is_result && self.passed != Passed::Stream
    }
}

/// A function.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name, as programs know it
    pub name: &'static str,
    /// What it takes and gives, in the order of the results
    pub parameters: &'static [Parameter],
}

/// The functions of a library.
pub trait Library: Send + Sync {
    /// What they are called and take.
    fn functions(&self) -> Vec<Function>;

    /// Numbers with names that belong to them.
    fn constants(&self) -> &'static [(&'static str, i64)];

    /// Calls the function of a name with a word for each of its parameters. The words of its results hold them afterwards.
    /// The status is 0 for success.
    ///
    /// # Errors
    /// `Device` if library or function are missing, or if there is no such device.
    fn call(&self, name: &str, device: Device, words: &mut [u64]) -> Result<i32>;

    /// A status in words.
    fn status(&self, code: i32) -> String;

    /// The function that gives a stream to the handle that a function takes first, if it works on the handle's.
    fn stream_setter(&self, _name: &str) -> Option<&'static str> {
        None
    }
}

/// The error of a status of the CUDA runtime: its name, what it means and what was done.
#[cold]
pub fn failure(code: i32, what: &str) -> Error {
    Error::device(format!("{}: {what}", error_name(code)))
}

/// What a status means, of those that the runtime gives itself: the driver has words for its own.
pub fn explanation(code: i32) -> Option<&'static str> {
    Some(match code {
        1 => "invalid argument",
        2 => "out of memory",
        21 => "invalid copy direction for memcpy",
        101 => "invalid device ordinal",
        400 => "invalid resource handle",
        _ => return None,
    })
}

/// The status that the text of an error names in front of its explanation, behind what was being done.
pub fn status_of(message: &str) -> Option<i32> {
    let (all_but_last, _) = message.rsplit_once(": ")?;
    all_but_last.split(": ").find_map(|part| ERRORS.iter().find(|(_, n)| *n == part)).map(|(code, _)| *code)
}

/// The parts of a parameter, from how it is written in a table: `addr`, or `out_addr` for a result.
#[macro_export]
#[doc(hidden)]
macro_rules! foreign_parameter {
    ($name:ident, $k:ident $(, $default:expr)?) => {{
        #[allow(unused_mut, unused_assignments)]
        const P: $crate::foreign::Parameter = {
            let (passed, is_result) = $crate::foreign_parameter!(@ $k);
            let mut default = None;
            $( default = Some($default); )?
            $crate::foreign::Parameter { name: stringify!($name), passed, is_result, default }
        };
        P
    }};
    (@ char) => { ($crate::foreign::Passed::Char, false) };
    (@ int) => { ($crate::foreign::Passed::Int, false) };
    (@ uint) => { ($crate::foreign::Passed::Unsigned, false) };
    (@ long) => { ($crate::foreign::Passed::Long, false) };
    (@ addr) => { ($crate::foreign::Passed::Address, false) };
    (@ float) => { ($crate::foreign::Passed::Float, false) };
    (@ double) => { ($crate::foreign::Passed::Double, false) };
    (@ text) => { ($crate::foreign::Passed::Text, false) };
    (@ stream) => { ($crate::foreign::Passed::Stream, false) };
    (@ streams) => { ($crate::foreign::Passed::Stream, false) };
    (@ out_int) => { ($crate::foreign::Passed::Int, true) };
    (@ out_uint) => { ($crate::foreign::Passed::Unsigned, true) };
    (@ out_truth) => { ($crate::foreign::Passed::Truth, true) };
    (@ out_long) => { ($crate::foreign::Passed::Long, true) };
    (@ out_addr) => { ($crate::foreign::Passed::Address, true) };
    (@ out_float) => { ($crate::foreign::Passed::Float, true) };
    (@ out_double) => { ($crate::foreign::Passed::Double, true) };
}

/// A function of our own under a library's name.
pub struct Own {
    /// What it is called and takes
    pub function: Function,
    /// What it does
    pub call: fn(Device, &mut [u64]) -> Result<i32>,
}

/// A table of functions of our own: `name(parameter: kind = default, ...) => function;`.
#[macro_export]
macro_rules! own_functions {
    ($( $name:ident ( $($p:ident : $k:ident $(= $d:expr)?),* ) => $f:expr; )*) => {
        &[ $( $crate::foreign::Own {
            function: $crate::foreign::Function {
                name: stringify!($name),
                parameters: &[ $( $crate::foreign_parameter!($p, $k $(, $d)?) ),* ],
            },
            call: $f,
        } ),* ]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_say_what_functions_take() {
        fn twice(_: Device, words: &mut [u64]) -> Result<i32> {
            words[0] = 2 * words[1];
            Ok(0)
        }
        let table: &[Own] = own_functions! {
            double(out: out_addr, x: addr, flags: uint = 7) => twice;
            queue(x: addr, stream: stream) => twice;
        };
        let [own, queue] = table else { panic!("two functions") };
        assert!(queue.function.parameters.iter().map(Parameter::is_given).eq([true, false]));
        let kinds: Vec<_> = own.function.parameters.iter().map(|p| (p.name, p.passed, p.is_result, p.default)).collect();
        assert_eq!(
            kinds,
            [("out", Passed::Address, true, None), ("x", Passed::Address, false, None), ("flags", Passed::Unsigned, false, Some(7))]
        );
        let mut words = [0, 21, 7];
        assert!((own.call)(Device::CPU, &mut words).is_ok_and(|status| status == 0));
        assert_eq!(words[0], 42);
    }

    #[test]
    fn errors_have_names() {
        assert_eq!(error_name(1), "cudaErrorInvalidValue");
        assert_eq!(error_name(-5), "cudaErrorUnknown");
        let e = failure(801, "the CPU has no such thing");
        assert_eq!(status_of(e.message()), Some(801));
        assert_eq!(status_of("no status: here"), None);
        assert_eq!(status_of("kernel f, grid [1, 1, 1]: cudaErrorInvalidValue: invalid argument"), Some(1));
        assert!(ERRORS.windows(2).all(|w| w[0].0 < w[1].0));
    }
}
