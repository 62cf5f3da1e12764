//! Sums, products, quotients, powers, signs, extrema.
//!
//! CUDA's integers wrap as unsigned: signed overflow would let the compiler fold fused comparisons wrongly.

use crate::complex::{CUDA_COMPLEX, Parts};
use crate::numeric::{CUDA_GCD, CUDA_HALF_STEPS, CUDA_INT, CUDA_PARTS, CUDA_REAL, CUDA_SPACING, Int, Real, half_next_after, half_spacing};
use cuprous_core::{c64, c128, f16};

ufuncs! { ($) ALL for_each_arithmetic;
    /// Adds arguments element by element; booleans by "or".
    add ADD "add" (x1, x2), identity Some(0.0), resolve FirstThatFits, reference "numpy.add", domain [Any, Any], ulp 0, by SUM, along CUMSUM {
        [bool] -> same (a, b) a | b => ("in0 || in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.wrapping_add(b) => ("(unsigned long long)in0 + (unsigned long long)in1");
        [f16 f32 f64 c64 c128] -> same (a, b) a + b => ("in0 + in1");
    }
    /// Subtracts arguments element by element.
    subtract SUBTRACT "subtract" (x1, x2), identity None,
    resolve NoBool("numpy boolean subtract, the `-` operator, is not supported, use the bitwise_xor, the `^` operator, or the logical_xor function instead."),
    reference "numpy.subtract", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.wrapping_sub(b) => ("(unsigned long long)in0 - (unsigned long long)in1");
        [f16 f32 f64 c64 c128] -> same (a, b) a - b => ("in0 - in1");
    }
    /// Multiplies arguments element by element; booleans by "and".
    multiply MULTIPLY "multiply" (x1, x2), identity Some(1.0), resolve FirstThatFits, reference "numpy.multiply", domain [Any, Any], ulp 0, by PROD, along CUMPROD {
        [bool] -> same (a, b) a & b => ("in0 && in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.wrapping_mul(b) => ("(unsigned long long)in0 * (unsigned long long)in1");
        [f16 f32 f64] -> same (a, b) a * b => ("in0 * in1");
        [c64 c128] -> same (a, b) a.times(b) => ("in0 * in1");
    }
    /// Divides arguments element by element; integers as float64.
    divide DIVIDE "divide" | "true_divide" (x1, x2), identity None, resolve TrueDivide, reference "numpy.divide", domain [Any, Any], ulp 0 {
        [f16 f32 f64] -> same (a, b) a / b => ("in0 / in1");
        [c64 c128] -> same (a, b) a.over(b) => ("complex_div(in0, in1)", CUDA_COMPLEX);
    }
    /// Quotient rounded towards minus infinity; an integer divided by zero is 0.
    floor_divide FLOOR_DIVIDE "floor_divide" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.floor_divide", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) Int::floor_div(a, b) => ("floor_div(in0, in1)", CUDA_INT);
        [f16 f32 f64] -> same (a, b) Real::floor_div(a, b) => ("real_floor_div(in0, in1)", CUDA_REAL);
    }
    /// Remainder of the floor division, with the sign of the divisor; an integer modulo zero is 0.
    remainder REMAINDER "remainder" | "mod" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.remainder", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) Int::floor_mod(a, b) => ("floor_mod(in0, in1)", CUDA_INT);
        [f16 f32 f64] -> same (a, b) Real::floor_mod(a, b) => ("real_floor_mod(in0, in1)", CUDA_REAL);
    }
    /// Quotient of the floor division, and its remainder.
    divmod DIVMOD "divmod" (x1, x2) -> (quotient, remainder), identity None, resolve FirstThatFits, reference "numpy.divmod", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> (same, same) (a, b) (Int::floor_div(a, b), Int::floor_mod(a, b)) =>
            ("out0 = floor_div(in0, in1); out1 = floor_mod(in0, in1)", CUDA_INT);
        [f16 f32 f64] -> (same, same) (a, b) (Real::floor_div(a, b), Real::floor_mod(a, b)) =>
            ("out0 = real_floor_div(in0, in1); out1 = real_floor_mod(in0, in1)", CUDA_REAL);
    }
    /// First argument raised to the power of the second, element by element. Integers wrap; an integer array to
    /// a negative integer array gives the integer part of the true power instead of raising.
    power POWER "power" | "pow" (x1, x2), identity None, resolve Power, reference "numpy.power", domain [Moderate, SmallInt], ulp 4 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.int_pow(b) => ("int_pow(in0, in1)", CUDA_INT);
        [f16 f32] -> same (a, b as Pow) vector => ("powf(in0, in1)");
        [f64] -> same (a, b as Pow) vector => ("pow(in0, in1)");
        [c64 c128] -> same (a, b) a.power(b) => ("complex_pow(in0, in1)", CUDA_COMPLEX);
    }
    /// Negative, element by element.
    negative NEGATIVE "negative" (x), identity None,
    resolve NoBool("The numpy boolean negative, the `-` operator, is not supported, use the `~` operator or the logical_not function instead."),
    reference "numpy.negative", domain [Any], ulp 0 {
        // NVRTC 13.0 takes the negative of the smallest narrow integer for positive when a fused step widens it.
        [i8] -> same (a) a.wrapping_neg() => ("in0 == -128 ? in0 : -in0");
        [u8] -> same (a) a.wrapping_neg() => ("0ULL - (unsigned long long)in0");
        [i16] -> same (a) a.wrapping_neg() => ("in0 == -32768 ? in0 : -in0");
        [u16 i32 u32 i64 u64] -> same (a) a.wrapping_neg() => ("0ULL - (unsigned long long)in0");
        [f16 f32 f64 c64 c128] -> same (a) -a => ("-in0");
    }
    /// Absolute value, element by element; of complex numbers the modulus.
    absolute ABSOLUTE "absolute" | "abs" (x), identity None, resolve ExactLoops, reference "numpy.absolute", domain [Any], ulp 0 {
        [bool] -> same (a) a => ("in0");
        [i8] -> same (a) a.abs_wrapping() => ("in0 < 0 && in0 != -128 ? -in0 : in0");
        [u8] -> same (a) a.abs_wrapping() => ("in0");
        [i16] -> same (a) a.abs_wrapping() => ("in0 < 0 && in0 != -32768 ? -in0 : in0");
        [u16] -> same (a) a.abs_wrapping() => ("in0");
        [i32] -> same (a) a.abs_wrapping() => ("in0 < 0 ? 0ULL - (unsigned long long)in0 : (unsigned long long)in0");
        [u32] -> same (a) a.abs_wrapping() => ("in0");
        [i64] -> same (a) a.abs_wrapping() => ("in0 < 0 ? 0ULL - (unsigned long long)in0 : (unsigned long long)in0");
        [u64] -> same (a) a.abs_wrapping() => ("in0");
        [f16 f32] -> same (a) a.abs() => ("fabsf(in0)");
        [f64] -> same (a) a.abs() => ("fabs(in0)");
        [c64] -> real (a) a.modulus() => ("hypotf(in0.re, in0.im)");
        [c128] -> real (a) a.modulus() => ("hypot(in0.re, in0.im)");
    }
    /// -1, 0 or 1 by sign, NaN for NaN; of complex numbers `x / abs(x)`.
    sign SIGN "sign" (x), identity None, resolve ExactLoops, reference "numpy.sign", domain [Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) Int::sign(a) => ("(in0 > 0) - (in0 < 0)");
        [f16 f32 f64] -> same (a) Real::sign(a) => ("in0 > 0 ? 1 : in0 < 0 ? -1 : in0 == 0 ? 0 : in0");
        [c64 c128] -> same (a) a.unit() => ("complex_unit(in0)", CUDA_COMPLEX);
    }
    /// The square, element by element.
    square SQUARE "square" (x), identity None, resolve FirstThatFits, reference "numpy.square", domain [Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) a.wrapping_mul(a) => ("(unsigned long long)in0 * (unsigned long long)in0");
        [f16 f32 f64] -> same (a) a * a => ("in0 * in0");
        [c64 c128] -> same (a) a.times(a) => ("in0 * in0");
    }
    /// The larger of two, element by element; NaN if either is NaN.
    maximum MAXIMUM "maximum" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.maximum", domain [Any, Any], ulp 0, by MAX, along CUMMAX {
        [bool] -> same (a, b) a | b => ("in0 || in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.max(b) => ("in0 > in1 ? in0 : in1");
        [f16 f32 f64] -> same (a, b) a.max_nan(b) => ("(in0 >= in1 || in0 != in0) ? in0 : in1");
        [c64 c128] -> same (a, b) a.max_nan(b) => ("complex_max(in0, in1)", CUDA_COMPLEX);
    }
    /// The smaller of two, element by element; NaN if either is NaN.
    minimum MINIMUM "minimum" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.minimum", domain [Any, Any], ulp 0, by MIN, along CUMMIN {
        [bool] -> same (a, b) a & b => ("in0 && in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.min(b) => ("in0 < in1 ? in0 : in1");
        [f16 f32 f64] -> same (a, b) a.min_nan(b) => ("(in0 <= in1 || in0 != in0) ? in0 : in1");
        [c64 c128] -> same (a, b) a.min_nan(b) => ("complex_min(in0, in1)", CUDA_COMPLEX);
    }
    /// The larger of two, element by element; of a number and NaN the number.
    fmax FMAX "fmax" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.fmax", domain [Any, Any], ulp 0, by FMAX {
        [bool] -> same (a, b) a | b => ("in0 || in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.max(b) => ("in0 > in1 ? in0 : in1");
        [f16 f32 f64] -> same (a, b) if a >= b || b.is_nan() { a } else { b } => ("(in0 >= in1 || in1 != in1) ? in0 : in1");
        [c64 c128] -> same (a, b) a.max_number(b) => ("complex_fmax(in0, in1)", CUDA_COMPLEX);
    }
    /// The smaller of two, element by element; of a number and NaN the number.
    fmin FMIN "fmin" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.fmin", domain [Any, Any], ulp 0, by FMIN {
        [bool] -> same (a, b) a & b => ("in0 && in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.min(b) => ("in0 < in1 ? in0 : in1");
        [f16 f32 f64] -> same (a, b) if a <= b || b.is_nan() { a } else { b } => ("(in0 <= in1 || in1 != in1) ? in0 : in1");
        [c64 c128] -> same (a, b) a.min_number(b) => ("complex_fmin(in0, in1)", CUDA_COMPLEX);
    }
    /// Remainder with the sign of the dividend, element by element; an integer modulo zero is 0.
    fmod FMOD "fmod" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.fmod", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.trunc_mod(b) => ("trunc_mod(in0, in1)", CUDA_INT);
        [f16 f32] -> same (a, b) a % b => ("fmodf(in0, in1)");
        [f64] -> same (a, b) a % b => ("fmod(in0, in1)");
    }
    /// The elements themselves, as a copy.
    positive POSITIVE "positive" (x), identity None, resolve ExactLoops, reference "numpy.positive", domain [Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128] -> same (a) a => ("in0");
    }
    /// Absolute value as a float, element by element.
    fabs FABS "fabs" (x), identity None, resolve FirstThatFits, reference "numpy.fabs", domain [Any], ulp 0 {
        [f16 f32] -> same (a) a.abs() => ("fabsf(in0)");
        [f64] -> same (a) a.abs() => ("fabs(in0)");
    }
    /// `1 / x`, element by element; of integers rounded towards zero.
    reciprocal RECIPROCAL "reciprocal" (x), identity None, resolve FirstThatFits, reference "numpy.reciprocal", domain [Any], ulp 0 {
        // What x86-64 makes of the infinity that 1 / 0 is, through the width in which each type is converted.
        [i8 u8 i16 u16] -> same (a) cuprous_core::cast::cast(1.0 / a as f64) => ("in0 == 0 ? 0 : 1 / in0");
        [i32] -> same (a) cuprous_core::cast::cast(1.0 / a as f64) => ("in0 == 0 ? (int)0x80000000 : 1 / in0");
        [u32] -> same (a) cuprous_core::cast::cast(1.0 / a as f64) => ("in0 == 0 ? 0 : 1 / in0");
        [i64] -> same (a) cuprous_core::cast::cast(1.0 / a as f64) => ("in0 == 0 ? (long long)0x8000000000000000ULL : 1 / in0");
        [u64] -> same (a) cuprous_core::cast::cast(1.0 / a as f64) => ("in0 == 0 ? 0 : 1 / in0");
        [f16 f32] -> same (a) 1.0 / a => ("1.0f / in0");
        [f64] -> same (a) 1.0 / a => ("1.0 / in0");
        [c64 c128] -> same (a) a.inverse() => ("complex_inverse(in0)", CUDA_COMPLEX);
    }
    /// The complex conjugate, element by element.
    conjugate CONJUGATE "conjugate" | "conj" (x), identity None, resolve FirstThatFits, reference "numpy.conjugate", domain [Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] -> same (a) a => ("in0");
        [c64] -> same (a) c64::new(a.re, -a.im) => ("c64(in0.re, -in0.im)");
        [c128] -> same (a) c128::new(a.re, -a.im) => ("c128(in0.re, -in0.im)");
    }
    /// 0 where `x1` is negative, `x2` where it is zero, 1 where it is positive.
    heaviside HEAVISIDE "heaviside" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.heaviside", domain [Any, Any], ulp 0 {
        [f16 f32 f64] -> same (a, b) a.step(b) => ("in0 > 0 ? 1 : in0 < 0 ? 0 : in0 == 0 ? in1 : in0");
    }
    /// The magnitude of the first with the sign of the second, element by element.
    copysign COPYSIGN "copysign" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.copysign", domain [Any, Any], ulp 0 {
        [f16 f32] -> same (a, b) a.copysign(b) => ("copysignf(in0, in1)");
        [f64] -> same (a, b) a.copysign(b) => ("copysign(in0, in1)");
    }
    /// The greatest common divisor of the magnitudes, element by element.
    gcd GCD "gcd" (x1, x2), identity Some(0.0), resolve ExactLoops, reference "numpy.gcd", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) Int::gcd(a, b) => ("int_gcd(in0, in1)", CUDA_GCD);
    }
    /// The lowest common multiple of the magnitudes, element by element; beyond the dtype it wraps.
    lcm LCM "lcm" (x1, x2), identity None, resolve ExactLoops, reference "numpy.lcm", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) Int::lcm(a, b) => ("int_lcm(in0, in1)", CUDA_GCD);
    }
    /// The next number after the first argument towards the second, element by element.
    nextafter NEXTAFTER "nextafter" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.nextafter", domain [Any, Any], ulp 0 {
        [f16] -> same (a, b) half_next_after(a, b) => ("half_next_after(in0, in1)", CUDA_HALF_STEPS);
        [f32] -> same (a, b) a.next_after(b) => ("nextafterf(in0, in1)");
        [f64] -> same (a, b) a.next_after(b) => ("nextafter(in0, in1)");
    }
    /// The distance to the next number away from zero, element by element; negative for negative numbers, but not
    /// for those of float16.
    spacing SPACING "spacing" (x), identity None, resolve FirstThatFits, reference "numpy.spacing", domain [Any], ulp 0 {
        [f16] -> same (a) half_spacing(a) => ("half_spacing(in0)", CUDA_HALF_STEPS);
        [f32 f64] -> same (a) a.spacing() => ("real_spacing(in0)", CUDA_SPACING);
    }
    /// The first argument times 2 to the power of the second, element by element, rounded once.
    ldexp LDEXP "ldexp" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.ldexp", domain [Any, SmallInt], ulp 0 {
        [f16 f32] -> same (a, n: i32) a.scaled(n as i64) => ("ldexpf(in0, in1)");
        [f16 f32] -> same (a, n: i64) a.scaled(n) => ("ldexpf(in0, clamped_exponent(in1))", CUDA_PARTS);
        [f64] -> same (a, n: i32) a.scaled(n as i64) => ("ldexp(in0, in1)");
        [f64] -> same (a, n: i64) a.scaled(n) => ("ldexp(in0, clamped_exponent(in1))", CUDA_PARTS);
    }
    /// The mantissa, between 0.5 and 1, and the exponent of 2 whose product is the element.
    frexp FREXP "frexp" (x) -> (mantissa, exponent), identity None, resolve FirstThatFits, reference "numpy.frexp", domain [Any], ulp 0 {
        [f16 f32 f64] -> (same, i32) (a) a.mantissa_and_exponent() => ("out0 = real_frexp(in0, out1)", CUDA_PARTS);
    }
    /// The part behind the point and the integer next towards zero, both with the sign of the element.
    modf MODF "modf" (x) -> (fraction, integer), identity None, resolve FirstThatFits, reference "numpy.modf", domain [Any], ulp 0 {
        [f16 f32] -> (same, same) (a) a.fraction_and_integer() =>
            ("out1 = truncf(in0); out0 = copysignf(in0 == out1 ? 0.0f : in0 - out1, in0)");
        [f64] -> (same, same) (a) a.fraction_and_integer() => ("out1 = trunc(in0); out0 = copysign(in0 == out1 ? 0.0 : in0 - out1, in0)");
    }
}
