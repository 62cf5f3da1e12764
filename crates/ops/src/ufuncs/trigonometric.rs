//! Sines, angles, degrees.

use crate::complex::{CUDA_COMPLEX, CUDA_COMPLEX_INVERSE, Parts};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_trigonometric;
    /// The sine of an angle in radians, element by element.
    sin SIN "sin" (x), identity None, resolve FirstThatFits, reference "numpy.sin", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Sin) vector => ("sinf(in0)");
        [f64] -> same (a as Sin) vector => ("sin(in0)");
        [c64 c128] -> same (a) a.sine() => ("complex_sin(in0)", CUDA_COMPLEX);
    }
    /// The cosine of an angle in radians, element by element.
    cos COS "cos" (x), identity None, resolve FirstThatFits, reference "numpy.cos", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Cos) vector => ("cosf(in0)");
        [f64] -> same (a as Cos) vector => ("cos(in0)");
        [c64 c128] -> same (a) a.cosine() => ("complex_cos(in0)", CUDA_COMPLEX);
    }
    /// The angle of the point `(x2, x1)` in radians, with the right quadrant.
    arctan2 ARCTAN2 "arctan2" | "atan2" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.arctan2", domain [Any, Any], ulp 4 {
        [f16 f32] -> same (a, b) a.atan2(b) => ("atan2f(in0, in1)");
        [f64] -> same (a, b) a.atan2(b) => ("atan2(in0, in1)");
    }
    /// The length of the hypotenuse, element by element, without overflow.
    hypot HYPOT "hypot" (x1, x2), identity Some(0.0), resolve FirstThatFits, reference "numpy.hypot", domain [Any, Any], ulp 2 {
        [f16 f32] -> same (a, b as Hypot) vector => ("hypotf(in0, in1)");
        [f64] -> same (a, b as Hypot) vector => ("hypot(in0, in1)");
    }
    /// Degrees as radians, element by element.
    deg2rad DEG2RAD "deg2rad" (x), identity None, resolve FirstThatFits, reference "numpy.deg2rad", domain [Moderate], ulp 0 {
        [f16 f32] -> same (a) a * (std::f32::consts::PI / 180.0) => ("in0 * (3.14159274f / 180.0f)");
        [f64] -> same (a) a * (std::f64::consts::PI / 180.0) => ("in0 * (3.141592653589793 / 180.0)");
    }
    /// Degrees as radians, element by element.
    radians RADIANS "radians" (x), identity None, resolve FirstThatFits, reference "numpy.radians", domain [Moderate], ulp 0 {
        [f16 f32] -> same (a) a * (std::f32::consts::PI / 180.0) => ("in0 * (3.14159274f / 180.0f)");
        [f64] -> same (a) a * (std::f64::consts::PI / 180.0) => ("in0 * (3.141592653589793 / 180.0)");
    }
    /// Radians as degrees, element by element.
    rad2deg RAD2DEG "rad2deg" (x), identity None, resolve FirstThatFits, reference "numpy.rad2deg", domain [Moderate], ulp 0 {
        [f16 f32] -> same (a) a * (180.0 / std::f32::consts::PI) => ("in0 * (180.0f / 3.14159274f)");
        [f64] -> same (a) a * (180.0 / std::f64::consts::PI) => ("in0 * (180.0 / 3.141592653589793)");
    }
    /// Radians as degrees, element by element.
    degrees DEGREES "degrees" (x), identity None, resolve FirstThatFits, reference "numpy.degrees", domain [Moderate], ulp 0 {
        [f16 f32] -> same (a) a * (180.0 / std::f32::consts::PI) => ("in0 * (180.0f / 3.14159274f)");
        [f64] -> same (a) a * (180.0 / std::f64::consts::PI) => ("in0 * (180.0 / 3.141592653589793)");
    }
    /// The tangent of an angle in radians, element by element.
    tan TAN "tan" (x), identity None, resolve FirstThatFits, reference "numpy.tan", domain [Moderate], ulp 5 {
        [f16 f32] -> same (a as Tan) vector => ("tanf(in0)");
        [f64] -> same (a as Tan) vector => ("tan(in0)");
        [c64 c128] -> same (a) a.tangent() => ("complex_tan(in0)", CUDA_COMPLEX);
    }
    /// The angle in radians between -pi/2 and pi/2 whose sine is the element.
    arcsin ARCSIN "arcsin" | "asin" (x), identity None, resolve FirstThatFits, reference "numpy.arcsin", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Arcsin) vector => ("asinf(in0)");
        [f64] -> same (a as Arcsin) vector => ("asin(in0)");
        [c64 c128] -> same (a) a.arc_sine() => ("complex_asin(in0)", CUDA_COMPLEX_INVERSE);
    }
    /// The angle in radians between 0 and pi whose cosine is the element.
    arccos ARCCOS "arccos" | "acos" (x), identity None, resolve FirstThatFits, reference "numpy.arccos", domain [Moderate], ulp 4 {
        [f16 f32] -> same (a as Arccos) vector => ("acosf(in0)");
        [f64] -> same (a as Arccos) vector => ("acos(in0)");
        [c64 c128] -> same (a) a.arc_cosine() => ("complex_acos(in0)", CUDA_COMPLEX_INVERSE);
    }
    /// The angle in radians between -pi/2 and pi/2 whose tangent is the element.
    arctan ARCTAN "arctan" | "atan" (x), identity None, resolve FirstThatFits, reference "numpy.arctan", domain [Any], ulp 4 {
        [f16 f32] -> same (a as Arctan) vector => ("atanf(in0)");
        [f64] -> same (a as Arctan) vector => ("atan(in0)");
        [c64 c128] -> same (a) a.arc_tangent() => ("complex_atan(in0)", CUDA_COMPLEX_INVERSE);
    }
}
