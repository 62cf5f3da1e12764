//! Exponentials, logarithms, roots.

use crate::complex::{CUDA_COMPLEX, Parts};
use crate::numeric::{CUDA_LOGADDEXP, Real};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_exponential;
    /// The exponential, element by element.
    exp EXP "exp" (x), identity None, resolve FirstThatFits, reference "numpy.exp", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Exp) vector => ("expf(in0)");
        [f64] -> same (a as Exp) vector => ("exp(in0)");
        [c64 c128] -> same (a) a.exponential() => ("complex_exp(in0)", CUDA_COMPLEX);
    }
    /// The natural logarithm, element by element.
    log LOG "log" (x), identity None, resolve FirstThatFits, reference "numpy.log", domain [Positive], ulp 5 {
        [f16 f32] -> same (a as Log) vector => ("logf(in0)");
        [f64] -> same (a as Log) vector => ("log(in0)");
        [c64 c128] -> same (a) a.logarithm() => ("complex_log(in0)", CUDA_COMPLEX);
    }
    /// The non-negative square root, element by element.
    sqrt SQRT "sqrt" (x), identity None, resolve FirstThatFits, reference "numpy.sqrt", domain [Positive], ulp 0 {
        [f16 f32] -> same (a) a.sqrt() => ("sqrtf(in0)");
        [f64] -> same (a) a.sqrt() => ("sqrt(in0)");
        [c64 c128] -> same (a) a.root() => ("complex_sqrt(in0)", CUDA_COMPLEX);
    }
    /// One over the square root, element by element.
    rsqrt RSQRT "rsqrt" (x), identity None, resolve FirstThatFits, reference "numpy.sqrt", domain [Positive], ulp 0, hidden true in "x" {
        [f16 f32] -> same (a) 1.0 / a.sqrt() => ("1.0f / sqrtf(in0)");
        [f64] -> same (a) 1.0 / a.sqrt() => ("1.0 / sqrt(in0)");
    }
    /// The cube root, element by element.
    cbrt CBRT "cbrt" (x), identity None, resolve FirstThatFits, reference "numpy.cbrt", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Cbrt) vector => ("cbrtf(in0)");
        [f64] -> same (a as Cbrt) vector => ("cbrt(in0)");
    }
    /// 2 to the power of the element.
    exp2 EXP2 "exp2" (x), identity None, resolve FirstThatFits, reference "numpy.exp2", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Exp2) vector => ("exp2f(in0)");
        [f64] -> same (a as Exp2) vector => ("exp2(in0)");
        [c64 c128] -> same (a) a.exponential_2() => ("complex_exp2(in0)", CUDA_COMPLEX);
    }
    /// The exponential minus 1, element by element, exact near 0.
    expm1 EXPM1 "expm1" (x), identity None, resolve FirstThatFits, reference "numpy.expm1", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Expm1) vector => ("expm1f(in0)");
        [f64] -> same (a as Expm1) vector => ("expm1(in0)");
        [c64 c128] -> same (a) a.exponential_minus_1() => ("complex_expm1(in0)", CUDA_COMPLEX);
    }
    /// The logarithm to the base 2, element by element.
    log2 LOG2 "log2" (x), identity None, resolve FirstThatFits, reference "numpy.log2", domain [Positive], ulp 4 {
        [f16 f32] -> same (a as Log2) vector => ("log2f(in0)");
        [f64] -> same (a as Log2) vector => ("log2(in0)");
        [c64 c128] -> same (a) a.logarithm_2() => ("complex_log2(in0)", CUDA_COMPLEX);
    }
    /// The logarithm to the base 10, element by element.
    log10 LOG10 "log10" (x), identity None, resolve FirstThatFits, reference "numpy.log10", domain [Positive], ulp 4 {
        [f16 f32] -> same (a as Log10) vector => ("log10f(in0)");
        [f64] -> same (a as Log10) vector => ("log10(in0)");
        [c64 c128] -> same (a) a.logarithm_10() => ("complex_log10(in0)", CUDA_COMPLEX);
    }
    /// The natural logarithm of 1 plus the element, exact near 0.
    log1p LOG1P "log1p" (x), identity None, resolve FirstThatFits, reference "numpy.log1p", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Log1p) vector => ("log1pf(in0)");
        [f64] -> same (a as Log1p) vector => ("log1p(in0)");
        [c64 c128] -> same (a) a.logarithm_plus_1() => ("complex_log1p(in0)", CUDA_COMPLEX);
    }
    /// First argument raised to the power of the second, element by element, in float64 or complex128.
    float_power FLOAT_POWER "float_power" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.float_power", domain [Moderate, SmallInt], ulp 4 {
        [f64] -> same (a, b as Pow) vector => ("pow(in0, in1)");
        [c128] -> same (a, b) a.power(b) => ("complex_pow(in0, in1)", CUDA_COMPLEX);
    }
    /// The logarithm of the sum of the exponentials, element by element, without overflow.
    logaddexp LOGADDEXP "logaddexp" (x1, x2), identity Some(f64::NEG_INFINITY), resolve FirstThatFits, reference "numpy.logaddexp", domain [Positive, Positive], ulp 4 {
        [f16 f32 f64] -> same (a, b) a.log_add_exp(b) => ("log_add_exp(in0, in1)", CUDA_LOGADDEXP);
    }
    /// The logarithm to the base 2 of the sum of the powers of 2, element by element, without overflow.
    logaddexp2 LOGADDEXP2 "logaddexp2" (x1, x2), identity Some(f64::NEG_INFINITY), resolve FirstThatFits, reference "numpy.logaddexp2", domain [Positive, Positive], ulp 4 {
        [f16 f32 f64] -> same (a, b) a.log_add_exp2(b) => ("log_add_exp2(in0, in1)", CUDA_LOGADDEXP);
    }
}
