//! One error for everything; its kind picks the Python exception.

use std::fmt;

/// The result of whatever can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, coarsely: the class of the exception that Python sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Shapes that do not fit each other (`ValueError`)
    Shape,
    /// An axis outside the array (`numpy.exceptions.AxisError`)
    Axis,
    /// An index outside the array, or too many (`IndexError`)
    Index,
    /// A wrong type or dtype (`TypeError`)
    Type,
    /// A wrong value (`ValueError`)
    Value,
    /// A number that its dtype cannot hold (`OverflowError`)
    Overflow,
    /// A division by zero among arguments (`ZeroDivisionError`)
    ZeroDivision,
    /// Singular, non-square, not positive definite (`numpy.linalg.LinAlgError`)
    LinAlg,
    /// Memory exhausted (`cuprous.OutOfMemoryError`, a `MemoryError`)
    Memory,
    /// A device, driver or library failed or is missing (`RuntimeError`)
    Device,
    /// A kernel did not compile (`cuprous.CompileError`, a `RuntimeError`)
    Compile,
    /// An internal contract was broken, a re-entered force for example (`RuntimeError`)
    Runtime,
    /// The host had to wait for a device where the program forbade it (`cuprous.x.DeviceSynchronized`, a `RuntimeError`)
    Synchronized,
    /// Not available for these arguments (`NotImplementedError`)
    Unsupported,
    /// A file could not be read or written (`OSError`)
    Io,
}

/// An error: a kind and one readable message that names shapes and dtypes.
#[derive(Clone, Debug)]
pub struct Error(Box<(ErrorKind, String)>);

impl Error {
    /// An error of a kind with its message.
    ///
    /// With `CUPROUS_PANIC_ON_ERROR=1` this panics instead, to show a backtrace at the origin.
    #[cold]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        let message = message.into();
        if std::env::var_os("CUPROUS_PANIC_ON_ERROR").is_some_and(|v| v == "1") {
            panic!("{kind:?} error: {message}");
        }
        Error(Box::new((kind, message)))
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.0
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.0.1
    }

    /// The same error with words in front, to say which operation met it.
    #[must_use]
    pub fn during(self, what: &str) -> Error {
        Error(Box::new((self.kind(), format!("{what}: {}", self.message()))))
    }
}

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident $kind:ident;)*) => {
        impl Error {$(
            $(#[$doc])*
            #[cold]
            pub fn $name(message: impl Into<String>) -> Error { Error::new(ErrorKind::$kind, message) }
        )*}
    };
}
constructors! {
    /// Shapes that do not fit each other.
    shape Shape;
    /// An axis outside the array.
    axis Axis;
    /// An index outside the array.
    index Index;
    /// A wrong type or dtype.
    type_error Type;
    /// A wrong value.
    value Value;
    /// A number that its dtype cannot hold.
    overflow Overflow;
    /// A division by zero in an argument.
    zero_division ZeroDivision;
    /// A matrix without the property that the method needs.
    linalg LinAlg;
    /// Memory exhausted.
    memory Memory;
    /// A device, driver or library failed or is missing.
    device Device;
    /// A kernel did not compile.
    compile Compile;
    /// A broken internal contract.
    runtime Runtime;
    /// Not available for these arguments.
    unsupported Unsupported;
    /// A file could not be read or written.
    io Io;
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
