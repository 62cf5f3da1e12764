//! Sine and cosine.

use crate::complex::{CUDA_COMPLEX, Parts};
use cuprous_core::{c64, c128, f16};

ufuncs! { ALL;
    /// The sine of an angle in radians, element by element.
    SIN "sin" (x), identity None, resolve FirstThatFits, reference "numpy.sin", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) a.sin() => ("sinf(in0)");
        [f64] -> same (a) a.sin() => ("sin(in0)");
        [c64 c128] -> same (a) a.sine() => ("complex_sin(in0)", CUDA_COMPLEX);
    }
    /// The cosine of an angle in radians, element by element.
    COS "cos" (x), identity None, resolve FirstThatFits, reference "numpy.cos", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) a.cos() => ("cosf(in0)");
        [f64] -> same (a) a.cos() => ("cos(in0)");
        [c64 c128] -> same (a) a.cosine() => ("complex_cos(in0)", CUDA_COMPLEX);
    }
}
