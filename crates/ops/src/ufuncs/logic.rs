//! Truth of elements.

use crate::complex::Parts;
use crate::numeric::Truth;
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_logic;
    /// Whether both are true, element by element.
    logical_and LOGICAL_AND "logical_and" (x1, x2), identity Some(1.0), resolve Truth, reference "numpy.logical_and", domain [Any, Any], ulp 0, by ALL_TRUE {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a.truth() & b.truth() => ("in0 != 0 && in1 != 0");
        [c64 c128] -> bool (a, b) a.truth() & b.truth() => ("(in0.re != 0 || in0.im != 0) && (in1.re != 0 || in1.im != 0)");
    }
    /// Whether either is true, element by element.
    logical_or LOGICAL_OR "logical_or" (x1, x2), identity Some(0.0), resolve Truth, reference "numpy.logical_or", domain [Any, Any], ulp 0, by ANY {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a.truth() | b.truth() => ("in0 != 0 || in1 != 0");
        [c64 c128] -> bool (a, b) a.truth() | b.truth() => ("in0.re != 0 || in0.im != 0 || in1.re != 0 || in1.im != 0");
    }
    /// Whether it is false, element by element.
    logical_not LOGICAL_NOT "logical_not" (x), identity None, resolve Truth, reference "numpy.logical_not", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a) !a.truth() => ("in0 == 0");
        [c64 c128] -> bool (a) !a.truth() => ("in0.re == 0 && in0.im == 0");
    }
    /// Whether it is not a number, element by element.
    isnan ISNAN "isnan" (x), identity None, resolve FirstThatFits, reference "numpy.isnan", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> bool (_a) false => ("false");
        [f16 f32 f64] -> bool (a) a.is_nan() => ("in0 != in0");
        [c64 c128] -> bool (a) a.has_nan() => ("in0.re != in0.re || in0.im != in0.im");
    }
    /// Whether just one is true, element by element.
    logical_xor LOGICAL_XOR "logical_xor" (x1, x2), identity Some(0.0), resolve Truth, reference "numpy.logical_xor", domain [Any, Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a.truth() ^ b.truth() => ("(in0 != 0) != (in1 != 0)");
        [c64 c128] -> bool (a, b) a.truth() ^ b.truth() => ("(in0.re != 0 || in0.im != 0) != (in1.re != 0 || in1.im != 0)");
    }
    /// Whether it is neither infinite nor NaN, element by element.
    isfinite ISFINITE "isfinite" (x), identity None, resolve FirstThatFits, reference "numpy.isfinite", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> bool (_a) true => ("true");
        [f16 f32 f64] -> bool (a) a.is_finite() => ("in0 - in0 == 0");
        [c64 c128] -> bool (a) a.re.is_finite() && a.im.is_finite() => ("in0.re - in0.re == 0 && in0.im - in0.im == 0");
    }
    /// Whether it is infinite, element by element.
    isinf ISINF "isinf" (x), identity None, resolve FirstThatFits, reference "numpy.isinf", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> bool (_a) false => ("false");
        [f16 f32 f64] -> bool (a) a.is_infinite() => ("in0 == in0 && in0 - in0 != 0");
        [c64 c128] -> bool (a) a.re.is_infinite() || a.im.is_infinite() =>
            ("(in0.re == in0.re && in0.re - in0.re != 0) || (in0.im == in0.im && in0.im - in0.im != 0)");
    }
    /// Whether the sign bit is set, element by element: true for -0.0.
    signbit SIGNBIT "signbit" (x), identity None, resolve FirstThatFits, reference "numpy.signbit", domain [Any], ulp 0 {
        [f16 f32] -> bool (a) a.is_sign_negative() => ("__float_as_int(in0) < 0");
        [f64] -> bool (a) a.is_sign_negative() => ("__double_as_longlong(in0) < 0");
    }
}
