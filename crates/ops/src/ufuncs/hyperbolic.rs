//! Hyperbolic functions.

use crate::complex::{CUDA_COMPLEX, Parts};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_hyperbolic;
    /// The hyperbolic tangent, element by element.
    tanh TANH "tanh" (x), identity None, resolve FirstThatFits, reference "numpy.tanh", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a) a.tanh() => ("tanhf(in0)");
        [f64] -> same (a) a.tanh() => ("tanh(in0)");
        [c64 c128] -> same (a) a.hyperbolic_tangent() => ("complex_tanh(in0)", CUDA_COMPLEX);
    }
}
