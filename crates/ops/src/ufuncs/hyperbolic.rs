//! Hyperbolic functions.

use crate::complex::{CUDA_COMPLEX, CUDA_COMPLEX_INVERSE, Parts};
use crate::numeric::Real;
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_hyperbolic;
    /// The hyperbolic tangent, element by element.
    tanh TANH "tanh" (x), identity None, resolve FirstThatFits, reference "numpy.tanh", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Tanh) vector => ("tanhf(in0)");
        [f64] -> same (a as Tanh) vector => ("tanh(in0)");
        [c64 c128] -> same (a) a.hyperbolic_tangent() => ("complex_tanh(in0)", CUDA_COMPLEX);
    }
    /// The hyperbolic sine, element by element.
    sinh SINH "sinh" (x), identity None, resolve FirstThatFits, reference "numpy.sinh", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Sinh) vector => ("sinhf(in0)");
        [f64] -> same (a as Sinh) vector => ("sinh(in0)");
        [c64 c128] -> same (a) a.hyperbolic_sine() => ("complex_sinh(in0)", CUDA_COMPLEX);
    }
    /// The hyperbolic cosine, element by element.
    cosh COSH "cosh" (x), identity None, resolve FirstThatFits, reference "numpy.cosh", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Cosh) vector => ("coshf(in0)");
        [f64] -> same (a as Cosh) vector => ("cosh(in0)");
        [c64 c128] -> same (a) a.hyperbolic_cosine() => ("complex_cosh(in0)", CUDA_COMPLEX);
    }
    /// The number whose hyperbolic sine is the element.
    arcsinh ARCSINH "arcsinh" | "asinh" (x), identity None, resolve FirstThatFits, reference "numpy.arcsinh", domain [Any], ulp 4 {
        [f16 f32] -> same (a) Real::area_sine(a) => ("asinhf(in0)");
        [f64] -> same (a) Real::area_sine(a) => ("asinh(in0)");
        [c64 c128] -> same (a) a.area_sine() => ("complex_asinh(in0)", CUDA_COMPLEX_INVERSE);
    }
    /// The non-negative number whose hyperbolic cosine is the element.
    arccosh ARCCOSH "arccosh" | "acosh" (x), identity None, resolve FirstThatFits, reference "numpy.arccosh", domain [Positive], ulp 5 {
        [f16 f32] -> same (a) Real::area_cosine(a) => ("acoshf(in0)");
        [f64] -> same (a) Real::area_cosine(a) => ("acosh(in0)");
        [c64 c128] -> same (a) a.area_cosine() => ("complex_acosh(in0)", CUDA_COMPLEX_INVERSE);
    }
    /// The number whose hyperbolic tangent is the element.
    arctanh ARCTANH "arctanh" | "atanh" (x), identity None, resolve FirstThatFits, reference "numpy.arctanh", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) Real::area_tangent(a) => ("atanhf(in0)");
        [f64] -> same (a) Real::area_tangent(a) => ("atanh(in0)");
        [c64 c128] -> same (a) a.area_tangent() => ("complex_atanh(in0)", CUDA_COMPLEX_INVERSE);
    }
}
