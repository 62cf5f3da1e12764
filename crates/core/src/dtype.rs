//! Element types: one table that every other place reads.

use crate::{c64, c128, f16};
use std::fmt;

/// The families of element types, in NumPy's order of promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `bool`
    Bool,
    /// Unsigned integers
    UInt,
    /// Signed integers
    Int,
    /// Binary floating point
    Float,
    /// Pairs of binary floating point numbers
    Complex,
}

mod sealed {
    pub trait Sealed {}
}

/// A Rust type that can be an element of an array.
pub trait Element: sealed::Sealed + Copy + Default + Send + Sync + PartialEq + fmt::Debug + 'static {
    /// The dtype of which this is the Rust type.
    const DTYPE: DType;
}

macro_rules! dtypes {
    ($d:tt $( $(#[$doc:meta])* $variant:ident $rust:ident $name:literal $char:literal $kind:ident $cuda:literal; )*) => {
        /// The dtype of an array: what NumPy calls by the same name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum DType { $( $(#[$doc])* $variant, )* }

        impl DType {
            /// Every dtype, in NumPy's order of loops.
            pub const ALL: &'static [DType] = &[$(DType::$variant),*];

            /// Bytes of one element.
            #[inline]
            pub const fn size(self) -> usize {
                match self { $(DType::$variant => size_of::<$rust>()),* }
            }

            /// NumPy's name: `"float32"`.
            pub const fn name(self) -> &'static str {
                match self { $(DType::$variant => $name),* }
            }

            /// NumPy's type character: `'f'`.
            pub const fn char(self) -> char {
                match self { $(DType::$variant => $char),* }
            }

            /// Whether it is a bool, an integer, a float or a complex type.
            #[inline]
            pub const fn kind(self) -> Kind {
                match self { $(DType::$variant => Kind::$kind),* }
            }

            /// The name of the type in CUDA text.
            pub const fn cuda_name(self) -> &'static str {
                match self { $(DType::$variant => $cuda),* }
            }
        }

        $(
            impl sealed::Sealed for $rust {}
            impl Element for $rust { const DTYPE: DType = DType::$variant; }
        )*

        /// Runs `$body` with `$T` bound to the Rust type of a [`DType`] value.
        #[macro_export]
        macro_rules! with_dtype {
            ($d dtype:expr, $d T:ident => $d body:expr) => {
                match $d dtype {
                    $( $d crate::DType::$variant => { type $d T = $d crate::dtype::types::$rust; $d body } )*
                }
            };
        }
    };
}

/// The Rust types of the table, under the names by which it spells them.
pub mod types {
    pub use crate::{c64, c128, f16};
    pub use std::primitive::{bool, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64};
}

// A new dtype (bfloat16, say) is one line here, its casts in `cast.rs` and the rows that want it.
dtypes! { $
    /// One byte, 0 or 1
    Bool bool "bool" '?' Bool "bool";
    /// Signed, 8 bit
    I8 i8 "int8" 'b' Int "signed char";
    /// Unsigned, 8 bit
    U8 u8 "uint8" 'B' UInt "unsigned char";
    /// Signed, 16 bit
    I16 i16 "int16" 'h' Int "short";
    /// Unsigned, 16 bit
    U16 u16 "uint16" 'H' UInt "unsigned short";
    /// Signed, 32 bit
    I32 i32 "int32" 'i' Int "int";
    /// Unsigned, 32 bit
    U32 u32 "uint32" 'I' UInt "unsigned int";
    /// Signed, 64 bit
    I64 i64 "int64" 'l' Int "long long";
    /// Unsigned, 64 bit
    U64 u64 "uint64" 'L' UInt "unsigned long long";
    /// IEEE binary16
    F16 f16 "float16" 'e' Float "f16";
    /// IEEE binary32
    F32 f32 "float32" 'f' Float "float";
    /// IEEE binary64
    F64 f64 "float64" 'd' Float "double";
    /// Two binary32
    C64 c64 "complex64" 'F' Complex "c64";
    /// Two binary64
    C128 c128 "complex128" 'D' Complex "c128";
}

impl DType {
    /// NumPy's type string without byte order: `"f4"`.
    pub fn typestr(self) -> String {
        let kind = match self.kind() {
            Kind::Bool => 'b',
            Kind::UInt => 'u',
            Kind::Int => 'i',
            Kind::Float => 'f',
            Kind::Complex => 'c',
        };
        format!("{kind}{}", self.size())
    }

    /// The dtype of a NumPy name (`"float32"`) or type string (`"f4"`, `"<f4"`).
    pub fn parse(text: &str) -> Option<DType> {
        let bare = text.trim_start_matches(['<', '=', '|']);
        DType::ALL.iter().copied().find(|d| d.name() == bare || d.typestr() == bare || (bare.len() == 1 && bare.starts_with(d.char())))
    }

    /// Whether it is a bool or an integer.
    #[inline]
    pub const fn is_integral(self) -> bool {
        matches!(self.kind(), Kind::Bool | Kind::UInt | Kind::Int)
    }

    /// Whether it is a float or a complex type.
    #[inline]
    pub const fn is_inexact(self) -> bool {
        matches!(self.kind(), Kind::Float | Kind::Complex)
    }

    /// The dtype of the real and imaginary parts; itself unless complex.
    pub const fn real(self) -> DType {
        match self {
            DType::C64 => DType::F32,
            DType::C128 => DType::F64,
            other => other,
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
