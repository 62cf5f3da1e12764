//! Truth of elements.

use crate::complex::Parts;
use crate::numeric::Truth;
use cuprous_core::{c64, c128, f16};

ufuncs! { ALL;
    /// Whether both are true, element by element.
    LOGICAL_AND "logical_and" (x1, x2), identity Some(1), resolve Truth, reference "numpy.logical_and", domain [Any, Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a.truth() & b.truth() => ("in0 != 0 && in1 != 0");
        [c64 c128] -> bool (a, b) a.truth() & b.truth() => ("(in0.re != 0 || in0.im != 0) && (in1.re != 0 || in1.im != 0)");
    }
    /// Whether either is true, element by element.
    LOGICAL_OR "logical_or" (x1, x2), identity Some(0), resolve Truth, reference "numpy.logical_or", domain [Any, Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a.truth() | b.truth() => ("in0 != 0 || in1 != 0");
        [c64 c128] -> bool (a, b) a.truth() | b.truth() => ("in0.re != 0 || in0.im != 0 || in1.re != 0 || in1.im != 0");
    }
    /// Whether it is false, element by element.
    LOGICAL_NOT "logical_not" (x), identity None, resolve Truth, reference "numpy.logical_not", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a) !a.truth() => ("in0 == 0");
        [c64 c128] -> bool (a) !a.truth() => ("in0.re == 0 && in0.im == 0");
    }
    /// Whether it is not a number, element by element.
    ISNAN "isnan" (x), identity None, resolve FirstThatFits, reference "numpy.isnan", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> bool (_a) false => ("false");
        [f16 f32 f64] -> bool (a) a.is_nan() => ("in0 != in0");
        [c64 c128] -> bool (a) a.has_nan() => ("in0.re != in0.re || in0.im != in0.im");
    }
}
