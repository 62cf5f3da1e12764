//! Comparisons, and the choice between two values.

use crate::complex::{CUDA_COMPLEX, Parts};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_comparison;
    /// Whether `x1 == x2`, element by element.
    equal EQUAL "equal" (x1, x2), identity None, resolve Comparison, reference "numpy.equal", domain [Any, Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128] -> bool (a, b) a == b => ("in0 == in1");
    }
    /// Whether `x1 != x2`, element by element.
    not_equal NOT_EQUAL "not_equal" (x1, x2), identity None, resolve Comparison, reference "numpy.not_equal", domain [Any, Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128] -> bool (a, b) a != b => ("in0 != in1");
    }
    /// Whether `x1 < x2`, element by element; complex numbers by real, then imaginary part.
    less LESS "less" (x1, x2), identity None, resolve Comparison, reference "numpy.less", domain [Any, Any], ulp 0 {
        [bool] -> bool (a, b) !a & b => ("!in0 && in1");
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a < b => ("in0 < in1");
        [c64 c128] -> bool (a, b) a.below(b) => ("complex_less(in0, in1)", CUDA_COMPLEX);
    }
    /// Whether `x1 <= x2`, element by element; complex numbers by real, then imaginary part.
    less_equal LESS_EQUAL "less_equal" (x1, x2), identity None, resolve Comparison, reference "numpy.less_equal", domain [Any, Any], ulp 0 {
        [bool] -> bool (a, b) !a | b => ("!in0 || in1");
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a <= b => ("in0 <= in1");
        [c64 c128] -> bool (a, b) a.at_most(b) => ("complex_less_equal(in0, in1)", CUDA_COMPLEX);
    }
    /// Whether `x1 > x2`, element by element; complex numbers by real, then imaginary part.
    greater GREATER "greater" (x1, x2), identity None, resolve Comparison, reference "numpy.greater", domain [Any, Any], ulp 0 {
        [bool] -> bool (a, b) a & !b => ("in0 && !in1");
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a > b => ("in0 > in1");
        [c64 c128] -> bool (a, b) b.below(a) => ("complex_less(in1, in0)", CUDA_COMPLEX);
    }
    /// Whether `x1 >= x2`, element by element; complex numbers by real, then imaginary part.
    greater_equal GREATER_EQUAL "greater_equal" (x1, x2), identity None, resolve Comparison, reference "numpy.greater_equal", domain [Any, Any], ulp 0 {
        [bool] -> bool (a, b) a | !b => ("in0 || !in1");
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> bool (a, b) a >= b => ("in0 >= in1");
        [c64 c128] -> bool (a, b) b.at_most(a) => ("complex_less_equal(in1, in0)", CUDA_COMPLEX);
    }
    /// The second argument where the condition holds, else the third, element by element.
    select WHERE "where" (condition, x, y), identity None, resolve Select, reference "numpy.where", domain [Any, Any, Any], ulp 0, hidden true {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128] -> same (c, a, b) if c { a } else { b } => ("in0 ? in1 : in2");
    }
}
