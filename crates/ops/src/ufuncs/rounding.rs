//! Rounding to integers.

use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_rounding;
    /// The largest integer not above, element by element.
    floor FLOOR "floor" (x), identity None, resolve FirstThatFits, reference "numpy.floor", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) a => ("in0");
        [f16 f32] -> same (a) a.floor() => ("floorf(in0)");
        [f64] -> same (a) a.floor() => ("floor(in0)");
    }
    /// The smallest integer not below, element by element.
    ceil CEIL "ceil" (x), identity None, resolve FirstThatFits, reference "numpy.ceil", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) a => ("in0");
        [f16 f32] -> same (a) a.ceil() => ("ceilf(in0)");
        [f64] -> same (a) a.ceil() => ("ceil(in0)");
    }
    /// The integer next towards zero, element by element.
    trunc TRUNC "trunc" (x), identity None, resolve FirstThatFits, reference "numpy.trunc", domain [Any], ulp 0 {
        [bool i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) a => ("in0");
        [f16 f32] -> same (a) a.trunc() => ("truncf(in0)");
        [f64] -> same (a) a.trunc() => ("trunc(in0)");
    }
    /// The nearest integer, of two the even one, element by element; of complex numbers each part.
    rint RINT "rint" (x), identity None, resolve FirstThatFits, reference "numpy.rint", domain [Any], ulp 0 {
        [f16 f32] -> same (a) a.round_ties_even() => ("rintf(in0)");
        [f64] -> same (a) a.round_ties_even() => ("rint(in0)");
        [c64] -> same (a) c64::new(a.re.round_ties_even(), a.im.round_ties_even()) => ("c64(rintf(in0.re), rintf(in0.im))");
        [c128] -> same (a) c128::new(a.re.round_ties_even(), a.im.round_ties_even()) => ("c128(rint(in0.re), rint(in0.im))");
    }
}
