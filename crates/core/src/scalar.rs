//! One element with its dtype, and Python's numbers whose dtype the other operand decides.

use crate::{DType, Element, Error, Result, c128, cast::CastTo, f16};

/// One element of any dtype, held by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    dtype: DType,
    bytes: [u8; 16],
}

macro_rules! scalar_from {
    ($($t:ty),*) => {$(
        impl From<$t> for Scalar {
            fn from(x: $t) -> Scalar {
                let mut bytes = [0; 16];
                bytes[..size_of::<$t>()].copy_from_slice(&x.to_ne_bytes());
                Scalar { dtype: <$t as Element>::DTYPE, bytes }
            }
        }
        impl ScalarElement for $t {
            fn read(bytes: &[u8; 16]) -> $t {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(&bytes[..size_of::<$t>()]);
                <$t>::from_ne_bytes(own)
            }
        }
    )*};
}
scalar_from!(i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64);

macro_rules! scalar_from_complex {
    ($($t:ty),*) => {$(
        impl From<crate::Complex<$t>> for Scalar {
            fn from(x: crate::Complex<$t>) -> Scalar {
                let (mut bytes, half) = ([0; 16], size_of::<$t>());
                bytes[..half].copy_from_slice(&x.re.to_ne_bytes());
                bytes[half..2 * half].copy_from_slice(&x.im.to_ne_bytes());
                Scalar { dtype: <crate::Complex<$t> as Element>::DTYPE, bytes }
            }
        }
        impl ScalarElement for crate::Complex<$t> {
            fn read(bytes: &[u8; 16]) -> crate::Complex<$t> {
                let (mut re, mut im) = ([0; size_of::<$t>()], [0; size_of::<$t>()]);
                re.copy_from_slice(&bytes[..size_of::<$t>()]);
                im.copy_from_slice(&bytes[size_of::<$t>()..2 * size_of::<$t>()]);
                crate::Complex::new(<$t>::from_ne_bytes(re), <$t>::from_ne_bytes(im))
            }
        }
    )*};
}
scalar_from_complex!(f32, f64);

impl From<bool> for Scalar {
    fn from(x: bool) -> Scalar {
        let mut bytes = [0; 16];
        bytes[0] = x as u8;
        Scalar { dtype: DType::Bool, bytes }
    }
}
impl ScalarElement for bool {
    fn read(bytes: &[u8; 16]) -> bool {
        bytes[0] != 0
    }
}

/// An element that can be read out of a [`Scalar`].
pub trait ScalarElement: Element + Into<Scalar> {
    /// The element whose bytes these are.
    fn read(bytes: &[u8; 16]) -> Self;
}

/// The cast of any scalar to `T`.
pub trait ScalarCast: ScalarElement {
    /// The converted element.
    fn of(s: Scalar) -> Self;
}
impl<T> ScalarCast for T
where
    T: ScalarElement,
    bool: CastTo<T>,
    i8: CastTo<T>,
    u8: CastTo<T>,
    i16: CastTo<T>,
    u16: CastTo<T>,
    i32: CastTo<T>,
    u32: CastTo<T>,
    i64: CastTo<T>,
    u64: CastTo<T>,
    f16: CastTo<T>,
    f32: CastTo<T>,
    f64: CastTo<T>,
    crate::c64: CastTo<T>,
    c128: CastTo<T>,
{
    fn of(s: Scalar) -> T {
        with_dtype!(s.dtype, A => <A as ScalarElement>::read(&s.bytes).cast_to())
    }
}

impl Scalar {
    /// The element of `dtype` whose native bytes are `bytes`.
    ///
    /// # Panics
    /// If `bytes` is not as long as one element: the callers pass `dtype.size()` bytes.
    pub fn from_bytes(dtype: DType, bytes: &[u8]) -> Scalar {
        assert_eq!(bytes.len(), dtype.size());
        let mut own = [0; 16];
        own[..bytes.len()].copy_from_slice(bytes);
        Scalar { dtype, bytes: own }
    }

    /// The zero of `dtype`.
    pub const fn zero(dtype: DType) -> Scalar {
        Scalar { dtype, bytes: [0; 16] }
    }

    /// The one of `dtype`.
    pub fn one(dtype: DType) -> Scalar {
        Scalar::from(true).cast(dtype)
    }

    /// Its dtype.
    #[inline]
    pub const fn dtype(&self) -> DType {
        self.dtype
    }

    /// The native bytes of the element.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.dtype.size()]
    }

    /// The value converted to `T` as NumPy's `astype` does.
    pub fn to<T: ScalarCast>(self) -> T {
        T::of(self)
    }

    /// The value converted to another dtype as NumPy's `astype` does.
    pub fn cast(self, dtype: DType) -> Scalar {
        if self.dtype == dtype { self } else { with_dtype!(dtype, T => self.to::<T>().into()) }
    }
}

/// A Python number: its dtype is the other operand's where that can hold its kind (NEP 50).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weak {
    /// `bool`: not weak in NumPy, it always is of dtype bool
    Bool(bool),
    /// `int`
    Int(i128),
    /// `float`
    Float(f64),
    /// `complex`
    Complex(c128),
}

impl Weak {
    /// The dtype that the number has where no array decides: bool, int64, float64, complex128.
    /// An integer beyond int64 is uint64.
    pub fn default_dtype(self) -> DType {
        match self {
            Weak::Bool(_) => DType::Bool,
            Weak::Int(i) if i > i64::MAX as i128 => DType::U64,
            Weak::Int(_) => DType::I64,
            Weak::Float(_) => DType::F64,
            Weak::Complex(_) => DType::C128,
        }
    }

    /// The number as an element of `dtype`.
    ///
    /// # Errors
    /// `Overflow` if an integer does not fit an integer dtype, in NumPy's words.
    pub fn to_scalar(self, dtype: DType) -> Result<Scalar> {
        match self {
            Weak::Bool(b) => Ok(Scalar::from(b).cast(dtype)),
            Weak::Float(x) => Ok(Scalar::from(x).cast(dtype)),
            Weak::Complex(z) => Ok(Scalar::from(z).cast(dtype)),
            Weak::Int(i) if dtype.is_inexact() => Ok(Scalar::from(i as f64).cast(dtype)),
            Weak::Int(i) if dtype == DType::Bool => Ok(Scalar::from(i != 0)),
            Weak::Int(i) => {
                let bits = 8 * dtype.size() as u32;
                let (low, high) = if dtype.kind() == crate::Kind::UInt {
                    (0, (1i128 << bits) - 1)
                } else {
                    (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1)
                };
                // NumPy reads the number as a C integer of the array's sort first, and fails there in other words.
                let (c_low, c_high) =
                    (i64::MIN as i128, if matches!(dtype, DType::U32 | DType::U64) { u64::MAX as i128 } else { i64::MAX as i128 });
                if i < c_low || i > c_high {
                    return Err(Error::overflow("Python int too large to convert to C long"));
                }
                if i < low || i > high {
                    return Err(Error::overflow(format!("Python integer {i} out of bounds for {dtype}")));
                }
                Ok(if i < 0 { Scalar::from(i as i64).cast(dtype) } else { Scalar::from(i as u64).cast(dtype) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_cast() {
        assert_eq!(Scalar::from(3.7f64).cast(DType::I8).to::<i32>(), 3);
        assert_eq!(Scalar::one(DType::C64).to::<f64>(), 1.0);
        assert_eq!(
            Weak::Int(300).to_scalar(DType::U8).map_err(|e| e.to_string()),
            Err("Python integer 300 out of bounds for uint8".into())
        );
        assert_eq!(Weak::Int(-1).to_scalar(DType::I64).map(|s| s.to::<i64>()).ok(), Some(-1));
        assert_eq!(Weak::Int(u64::MAX as i128).to_scalar(DType::U64).map(|s| s.to::<u64>()).ok(), Some(u64::MAX));
    }
}
