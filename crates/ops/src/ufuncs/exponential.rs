//! Exponentials, logarithms, roots.

use crate::complex::{CUDA_COMPLEX, Parts};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_exponential;
    /// The exponential, element by element.
    exp EXP "exp" (x), identity None, resolve FirstThatFits, reference "numpy.exp", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) a.exp() => ("expf(in0)");
        [f64] -> same (a) a.exp() => ("exp(in0)");
        [c64 c128] -> same (a) a.exponential() => ("complex_exp(in0)", CUDA_COMPLEX);
    }
    /// The natural logarithm, element by element.
    log LOG "log" (x), identity None, resolve FirstThatFits, reference "numpy.log", domain [Positive], ulp 5 {
        [f16 f32] -> same (a) a.ln() => ("logf(in0)");
        [f64] -> same (a) a.ln() => ("log(in0)");
        [c64 c128] -> same (a) a.logarithm() => ("complex_log(in0)", CUDA_COMPLEX);
    }
    /// The non-negative square root, element by element.
    sqrt SQRT "sqrt" (x), identity None, resolve FirstThatFits, reference "numpy.sqrt", domain [Positive], ulp 1 {
        [f16 f32] -> same (a) a.sqrt() => ("sqrtf(in0)");
        [f64] -> same (a) a.sqrt() => ("sqrt(in0)");
        [c64 c128] -> same (a) a.root() => ("complex_sqrt(in0)", CUDA_COMPLEX);
    }
    /// The cube root, element by element.
    cbrt CBRT "cbrt" (x), identity None, resolve FirstThatFits, reference "numpy.cbrt", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) a.cbrt() => ("cbrtf(in0)");
        [f64] -> same (a) a.cbrt() => ("cbrt(in0)");
    }
}
