//! Reductions: finish(fold(combine, lift(x))), accumulated in a type of its own.

use crate::complex::{CUDA_COMPLEX, Parts};
use crate::numeric::{Int, Real, Truth};
use cuprous_core::{c64, c128, f16};

mod moments;
pub use moments::{NAN_MEAN, NAN_SQUARED_DISTANCES, SQUARED_DISTANCES};

/// Every reduction.
pub static ALL: &[&cuprous_core::ReduceDef] = &[
    &SUM,
    &PROD,
    &MAX,
    &MIN,
    &FMAX,
    &FMIN,
    &BITWISE_AND,
    &BITWISE_OR,
    &BITWISE_XOR,
    &MEAN,
    &COUNT_NONZERO,
    &ANY,
    &ALL_TRUE,
    &ARGMAX,
    &ARGMIN,
    &SQUARED_DISTANCES,
    &NAN_SQUARED_DISTANCES,
    &NAN_MEAN,
];

reduction! {
    /// The sum; small integers add up in 64 bits.
    SUM "sum" of "add", identity Some(0), indexed false, reference "numpy.sum", domain Any, ulp 8, final [] {
        [bool i8 i16] as i64 ["long long"] -> i64, neutral 0, lift |x, i| x as i64, combine |a, b| a.wrapping_add(b), finish |a, n| a,
            cuda ("0", "(long long)in0", "(long long)((unsigned long long)a + (unsigned long long)b)", "a", brief "int");
        [i32 i64] as i64 ["long long"] -> i64, neutral 0, lift |x, i| x as i64, combine |a, b| a.wrapping_add(b), finish |a, n| a,
            cuda ("0", "(long long)in0", "(long long)((unsigned long long)a + (unsigned long long)b)", "a");
        [u8 u16] as u64 ["unsigned long long"] -> u64, neutral 0, lift |x, i| x as u64, combine |a, b| a.wrapping_add(b), finish |a, n| a,
            cuda ("0", "(unsigned long long)in0", "a + b", "a", brief "unsigned int");
        [u32 u64] as u64 ["unsigned long long"] -> u64, neutral 0, lift |x, i| x as u64, combine |a, b| a.wrapping_add(b), finish |a, n| a,
            cuda ("0", "(unsigned long long)in0", "a + b", "a");
        [f16 f32] as f32 ["float"] -> same, neutral 0.0, lift |x, i| x, combine |a, b| a + b, finish |a, n| a,
            cuda ("0.0f", "in0", "a + b", "a");
        [f64] as f64 ["double"] -> f64, neutral 0.0, lift |x, i| x, combine |a, b| a + b, finish |a, n| a,
            cuda ("0.0", "in0", "a + b", "a");
        [c64] as c64 ["c64"] -> c64, neutral c64::new(0.0, 0.0), lift |x, i| x, combine |a, b| a + b, finish |a, n| a,
            cuda ("c64(0.0f, 0.0f)", "in0", "a + b", "a");
        [c128] as c128 ["c128"] -> c128, neutral c128::new(0.0, 0.0), lift |x, i| x, combine |a, b| a + b, finish |a, n| a,
            cuda ("c128(0.0, 0.0)", "in0", "a + b", "a");
    }
}

reduction! {
    /// The product; small integers multiply in 64 bits.
    PROD "prod" of "multiply", identity Some(1), indexed false, reference "numpy.prod", domain Moderate, ulp 64, final [] {
        [bool i8 i16 i32 i64] as i64 ["long long"] -> i64, neutral 1, lift |x, i| x as i64, combine |a, b| a.wrapping_mul(b), finish |a, n| a,
            cuda ("1", "(long long)in0", "(long long)((unsigned long long)a * (unsigned long long)b)", "a");
        [u8 u16 u32 u64] as u64 ["unsigned long long"] -> u64, neutral 1, lift |x, i| x as u64, combine |a, b| a.wrapping_mul(b), finish |a, n| a,
            cuda ("1", "(unsigned long long)in0", "a * b", "a");
        [f16 f32] as f32 ["float"] -> same, neutral 1.0, lift |x, i| x, combine |a, b| a * b, finish |a, n| a,
            cuda ("1.0f", "in0", "a * b", "a");
        [f64] as f64 ["double"] -> f64, neutral 1.0, lift |x, i| x, combine |a, b| a * b, finish |a, n| a,
            cuda ("1.0", "in0", "a * b", "a");
        [c64] as c64 ["c64"] -> c64, neutral c64::new(1.0, 0.0), lift |x, i| x, combine |a, b| a.times(b), finish |a, n| a,
            cuda ("c64(1.0f, 0.0f)", "in0", "a * b", "a");
        [c128] as c128 ["c128"] -> c128, neutral c128::new(1.0, 0.0), lift |x, i| x, combine |a, b| a.times(b), finish |a, n| a,
            cuda ("c128(1.0, 0.0)", "in0", "a * b", "a");
    }
}

/// CUDA's extreme values of the types.
pub(crate) const CUDA_LIMITS: &str = r#"
template <class T> struct limits;
template <> struct limits<signed char> { static __device__ signed char low() { return -128; } static __device__ signed char high() { return 127; } };
template <> struct limits<unsigned char> { static __device__ unsigned char low() { return 0; } static __device__ unsigned char high() { return 255; } };
template <> struct limits<short> { static __device__ short low() { return -32768; } static __device__ short high() { return 32767; } };
template <> struct limits<unsigned short> { static __device__ unsigned short low() { return 0; } static __device__ unsigned short high() { return 65535; } };
template <> struct limits<int> { static __device__ int low() { return (int)0x80000000; } static __device__ int high() { return 0x7fffffff; } };
template <> struct limits<unsigned int> { static __device__ unsigned int low() { return 0; } static __device__ unsigned int high() { return 0xffffffffu; } };
template <> struct limits<long long> {
    static __device__ long long low() { return (long long)0x8000000000000000ULL; }
    static __device__ long long high() { return 0x7fffffffffffffffLL; }
};
template <> struct limits<unsigned long long> {
    static __device__ unsigned long long low() { return 0; }
    static __device__ unsigned long long high() { return 0xffffffffffffffffULL; }
};
template <> struct limits<float> {
    static __device__ float low() { return __int_as_float(0xff800000); }
    static __device__ float high() { return __int_as_float(0x7f800000); }
};
template <> struct limits<double> {
    static __device__ double low() { return __longlong_as_double(0xfff0000000000000LL); }
    static __device__ double high() { return __longlong_as_double(0x7ff0000000000000LL); }
};
"#;

reduction! {
    /// The largest element; NaN if there is one.
    MAX "max" of "maximum", identity None, indexed false, reference "numpy.max", domain Any, ulp 0, final [] {
        [bool] as bool ["bool"] -> bool, neutral false, lift |x, i| x, combine |a, b| a | b, finish |a, n| a,
            cuda ("false", "in0", "a || b", "a");
        [i8 u8 i16 u16 i32 u32 i64 u64] as T ["same"] -> same, neutral <T as Int>::MIN, lift |x, i| x, combine |a, b| a.max(b), finish |a, n| a,
            cuda ("limits<acc_t>::low()", "in0", "a > b ? a : b", "a", CUDA_LIMITS);
        [f16 f32] as f32 ["float"] -> same, neutral f32::NEG_INFINITY, lift |x, i| x, combine |a, b| a.max_nan(b), finish |a, n| a,
            cuda ("limits<acc_t>::low()", "in0", "(a >= b || a != a) ? a : b", "a", CUDA_LIMITS);
        [f64] as f64 ["double"] -> f64, neutral f64::NEG_INFINITY, lift |x, i| x, combine |a, b| a.max_nan(b), finish |a, n| a,
            cuda ("limits<acc_t>::low()", "in0", "(a >= b || a != a) ? a : b", "a", CUDA_LIMITS);
        [c64] as c64 ["c64"] -> c64, neutral c64::new(f32::NEG_INFINITY, f32::NEG_INFINITY), lift |x, i| x, combine |a, b| a.max_nan(b), finish |a, n| a,
            cuda ("c64((float)-CU_INF, (float)-CU_INF)", "in0", "complex_max(a, b)", "a", CUDA_COMPLEX);
        [c128] as c128 ["c128"] -> c128, neutral c128::new(f64::NEG_INFINITY, f64::NEG_INFINITY), lift |x, i| x, combine |a, b| a.max_nan(b), finish |a, n| a,
            cuda ("c128(-CU_INF, -CU_INF)", "in0", "complex_max(a, b)", "a", CUDA_COMPLEX);
    }
}

reduction! {
    /// The smallest element; NaN if there is one.
    MIN "min" of "minimum", identity None, indexed false, reference "numpy.min", domain Any, ulp 0, final [] {
        [bool] as bool ["bool"] -> bool, neutral true, lift |x, i| x, combine |a, b| a & b, finish |a, n| a,
            cuda ("true", "in0", "a && b", "a");
        [i8 u8 i16 u16 i32 u32 i64 u64] as T ["same"] -> same, neutral <T as Int>::MAX, lift |x, i| x, combine |a, b| a.min(b), finish |a, n| a,
            cuda ("limits<acc_t>::high()", "in0", "a < b ? a : b", "a", CUDA_LIMITS);
        [f16 f32] as f32 ["float"] -> same, neutral f32::INFINITY, lift |x, i| x, combine |a, b| a.min_nan(b), finish |a, n| a,
            cuda ("limits<acc_t>::high()", "in0", "(a <= b || a != a) ? a : b", "a", CUDA_LIMITS);
        [f64] as f64 ["double"] -> f64, neutral f64::INFINITY, lift |x, i| x, combine |a, b| a.min_nan(b), finish |a, n| a,
            cuda ("limits<acc_t>::high()", "in0", "(a <= b || a != a) ? a : b", "a", CUDA_LIMITS);
        [c64] as c64 ["c64"] -> c64, neutral c64::new(f32::INFINITY, f32::INFINITY), lift |x, i| x, combine |a, b| a.min_nan(b), finish |a, n| a,
            cuda ("c64((float)CU_INF, (float)CU_INF)", "in0", "complex_min(a, b)", "a", CUDA_COMPLEX);
        [c128] as c128 ["c128"] -> c128, neutral c128::new(f64::INFINITY, f64::INFINITY), lift |x, i| x, combine |a, b| a.min_nan(b), finish |a, n| a,
            cuda ("c128(CU_INF, CU_INF)", "in0", "complex_min(a, b)", "a", CUDA_COMPLEX);
    }
}

reduction! {
    /// The largest element that is a number; NaN if there is none.
    FMAX "fmax", identity None, indexed false, reference "numpy.fmax.reduce", domain Any, ulp 0, final [] {
        [bool] as bool ["bool"] -> bool, neutral false, lift |x, i| x, combine |a, b| a | b, finish |a, n| a,
            cuda ("false", "in0", "a || b", "a");
        [i8 u8 i16 u16 i32 u32 i64 u64] as T ["same"] -> same, neutral <T as Int>::MIN, lift |x, i| x, combine |a, b| a.max(b), finish |a, n| a,
            cuda ("limits<acc_t>::low()", "in0", "a > b ? a : b", "a", CUDA_LIMITS);
        [f16 f32] as f32 ["float"] -> same, neutral f32::NAN, lift |x, i| x, combine |a, b| if a >= b || b.is_nan() { a } else { b }, finish |a, n| a,
            cuda ("__int_as_float(0x7fc00000)", "in0", "(a >= b || b != b) ? a : b", "a");
        [f64] as f64 ["double"] -> f64, neutral f64::NAN, lift |x, i| x, combine |a, b| if a >= b || b.is_nan() { a } else { b }, finish |a, n| a,
            cuda ("__longlong_as_double(0x7ff8000000000000LL)", "in0", "(a >= b || b != b) ? a : b", "a");
        [c64] as c64 ["c64"] -> c64, neutral c64::new(f32::NAN, f32::NAN), lift |x, i| x, combine |a, b| a.max_number(b), finish |a, n| a,
            cuda ("c64(__int_as_float(0x7fc00000), __int_as_float(0x7fc00000))", "in0", "complex_fmax(a, b)", "a", CUDA_COMPLEX);
        [c128] as c128 ["c128"] -> c128, neutral c128::new(f64::NAN, f64::NAN), lift |x, i| x, combine |a, b| a.max_number(b), finish |a, n| a,
            cuda ("c128(__longlong_as_double(0x7ff8000000000000LL), __longlong_as_double(0x7ff8000000000000LL))", "in0", "complex_fmax(a, b)", "a", CUDA_COMPLEX);
    }
}

reduction! {
    /// The smallest element that is a number; NaN if there is none.
    FMIN "fmin", identity None, indexed false, reference "numpy.fmin.reduce", domain Any, ulp 0, final [] {
        [bool] as bool ["bool"] -> bool, neutral true, lift |x, i| x, combine |a, b| a & b, finish |a, n| a,
            cuda ("true", "in0", "a && b", "a");
        [i8 u8 i16 u16 i32 u32 i64 u64] as T ["same"] -> same, neutral <T as Int>::MAX, lift |x, i| x, combine |a, b| a.min(b), finish |a, n| a,
            cuda ("limits<acc_t>::high()", "in0", "a < b ? a : b", "a", CUDA_LIMITS);
        [f16 f32] as f32 ["float"] -> same, neutral f32::NAN, lift |x, i| x, combine |a, b| if a <= b || b.is_nan() { a } else { b }, finish |a, n| a,
            cuda ("__int_as_float(0x7fc00000)", "in0", "(a <= b || b != b) ? a : b", "a");
        [f64] as f64 ["double"] -> f64, neutral f64::NAN, lift |x, i| x, combine |a, b| if a <= b || b.is_nan() { a } else { b }, finish |a, n| a,
            cuda ("__longlong_as_double(0x7ff8000000000000LL)", "in0", "(a <= b || b != b) ? a : b", "a");
        [c64] as c64 ["c64"] -> c64, neutral c64::new(f32::NAN, f32::NAN), lift |x, i| x, combine |a, b| a.min_number(b), finish |a, n| a,
            cuda ("c64(__int_as_float(0x7fc00000), __int_as_float(0x7fc00000))", "in0", "complex_fmin(a, b)", "a", CUDA_COMPLEX);
        [c128] as c128 ["c128"] -> c128, neutral c128::new(f64::NAN, f64::NAN), lift |x, i| x, combine |a, b| a.min_number(b), finish |a, n| a,
            cuda ("c128(__longlong_as_double(0x7ff8000000000000LL), __longlong_as_double(0x7ff8000000000000LL))", "in0", "complex_fmin(a, b)", "a", CUDA_COMPLEX);
    }
}

macro_rules! bit_reduction {
    ($(#[$doc:meta])+ $id:ident $name:literal $reference:literal $identity:literal $op:tt $truth:literal $bits:literal) => {
        reduction! {
            $(#[$doc])+
            $id $name, identity Some($identity), indexed false, reference $reference, domain Any, ulp 0, final [] {
                [bool] as bool ["bool"] -> bool, neutral $identity != 0, lift |x, i| x, combine |a, b| a $op b, finish |a, n| a,
                    cuda ("cup_bits<bool>()", "in0", $truth, "a", concat!("template <class T> __device__ inline T cup_bits() { return (T)", $identity, "; }\n"));
                [i8 u8 i16 u16 i32 u32 i64 u64] as T ["same"] -> same, neutral $identity as T, lift |x, i| x, combine |a, b| a $op b, finish |a, n| a,
                    cuda ("cup_bits<acc_t>()", "in0", $bits, "a", concat!("template <class T> __device__ inline T cup_bits() { return (T)", $identity, "; }\n"));
            }
        }
    };
}
bit_reduction! {
    /// The bits set in all elements.
    BITWISE_AND "bitwise_and" "numpy.bitwise_and.reduce" -1i8 & "a && b" "a & b"
}
bit_reduction! {
    /// The bits set in any element.
    BITWISE_OR "bitwise_or" "numpy.bitwise_or.reduce" 0i8 | "a || b" "a | b"
}
bit_reduction! {
    /// The bits set in an odd number of elements.
    BITWISE_XOR "bitwise_xor" "numpy.bitwise_xor.reduce" 0i8 ^ "a != b" "a ^ b"
}

reduction! {
    /// The arithmetic mean; of integers in float64, of float16 accumulated in float32.
    MEAN "mean" of "add", identity Some(0), indexed false, reference "numpy.mean", domain Moderate, ulp 8, final [] {
        [bool] as f64 ["double"] -> f64, neutral 0.0, lift |x, i| x as u8 as f64, combine |a, b| a + b, finish |a, n| a / n as f64,
            cuda ("0.0", "(double)in0", "a + b", "a / (double)n");
        [i8 u8 i16 u16 i32 u32 i64 u64] as f64 ["double"] -> f64, neutral 0.0, lift |x, i| x as f64, combine |a, b| a + b, finish |a, n| a / n as f64,
            cuda ("0.0", "(double)in0", "a + b", "a / (double)n");
        [f16 f32] as f32 ["float"] -> same, neutral 0.0, lift |x, i| x, combine |a, b| a + b, finish |a, n| a / n as f32,
            cuda ("0.0f", "in0", "a + b", "a / (float)n");
        [f64] as f64 ["double"] -> f64, neutral 0.0, lift |x, i| x, combine |a, b| a + b, finish |a, n| a / n as f64,
            cuda ("0.0", "in0", "a + b", "a / (double)n");
        [c64] as c64 ["c64"] -> c64, neutral c64::new(0.0, 0.0), lift |x, i| x, combine |a, b| a + b, finish |a, n| c64::new(a.re / n as f32, a.im / n as f32),
            cuda ("c64(0.0f, 0.0f)", "in0", "a + b", "c64(a.re / (float)n, a.im / (float)n)");
        [c128] as c128 ["c128"] -> c128, neutral c128::new(0.0, 0.0), lift |x, i| x, combine |a, b| a + b, finish |a, n| c128::new(a.re / n as f64, a.im / n as f64),
            cuda ("c128(0.0, 0.0)", "in0", "a + b", "c128(a.re / (double)n, a.im / (double)n)");
    }
}

reduction! {
    /// The number of elements that are not zero; NaN is not.
    COUNT_NONZERO "count_nonzero" of "add", identity Some(0), indexed false, reference "numpy.count_nonzero", domain Any, ulp 0, final [runs tally_run] {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] as i64 ["long long"] -> i64, neutral 0, lift |x, i| x.truth() as i64, combine |a, b| a + b, finish |a, n| a,
            cuda ("0", "in0 != 0 ? 1 : 0", "a + b", "a", brief "int");
        [c64 c128] as i64 ["long long"] -> i64, neutral 0, lift |x, i| x.truth() as i64, combine |a, b| a + b, finish |a, n| a,
            cuda ("0", "in0.re != 0 || in0.im != 0 ? 1 : 0", "a + b", "a", brief "int");
    }
}

/// Whether the accumulator of `any` has seen a true element.
unsafe fn is_true(acc: *const u8) -> bool {
    // SAFETY: the caller passes an accumulator of these rows, a bool.
    unsafe { *acc != 0 }
}

/// Whether the accumulator of `all` has seen a false element.
unsafe fn is_false(acc: *const u8) -> bool {
    // SAFETY: the caller passes an accumulator of these rows, a bool.
    unsafe { *acc == 0 }
}

reduction! {
    /// Whether any element is true.
    ANY "any" of "logical_or", identity Some(0), indexed false, reference "numpy.any", domain Any, ulp 0, final [is_true, runs tally_run] {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] as bool ["bool"] -> bool, neutral false, lift |x, i| x.truth(), combine |a, b| a | b, finish |a, n| a,
            cuda ("false", "in0 != 0", "a || b", "a");
        [c64 c128] as bool ["bool"] -> bool, neutral false, lift |x, i| x.truth(), combine |a, b| a | b, finish |a, n| a,
            cuda ("false", "in0.re != 0 || in0.im != 0", "a || b", "a");
    }
}

reduction! {
    /// Whether all elements are true.
    ALL_TRUE "all" of "logical_and", identity Some(1), indexed false, reference "numpy.all", domain Any, ulp 0, final [is_false, runs tally_run] {
        [bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64] as bool ["bool"] -> bool, neutral true, lift |x, i| x.truth(), combine |a, b| a & b, finish |a, n| a,
            cuda ("true", "in0 != 0", "a && b", "a");
        [c64 c128] as bool ["bool"] -> bool, neutral true, lift |x, i| x.truth(), combine |a, b| a & b, finish |a, n| a,
            cuda ("true", "in0.re != 0 || in0.im != 0", "a && b", "a");
    }
}

/// A value with its place; place -1 is none.
#[derive(Clone, Copy)]
pub struct Arg<T> {
    value: T,
    index: i64,
}

impl<T: Copy> crate::loops::Place for Arg<T> {
    type Value = T;
    #[inline(always)]
    fn at(value: T, index: i64) -> Arg<T> {
        Arg { value, index }
    }
    #[inline(always)]
    fn value(self) -> T {
        self.value
    }
    #[inline(always)]
    fn index(self) -> i64 {
        self.index
    }
}

/// How `argmax` orders values: NaN before everything. Without branches, so that loops become vectors.
trait Ranked: Copy {
    fn beats(self, other: Self) -> bool;
    fn beats_down(self, other: Self) -> bool;
    fn ties(self, other: Self) -> bool;
}
macro_rules! ranked {
    ($($t:ty),*) => {$(
        impl Ranked for $t {
            #[inline(always)]
            #[allow(clippy::eq_op, clippy::neg_cmp_op_on_partial_ord)]
            fn beats(self, other: $t) -> bool { !(self <= other) & (other == other) }
            #[inline(always)]
            #[allow(clippy::eq_op, clippy::neg_cmp_op_on_partial_ord)]
            fn beats_down(self, other: $t) -> bool { !(self >= other) & (other == other) }
            #[inline(always)]
            #[allow(clippy::eq_op, clippy::neg_cmp_op_on_partial_ord)]
            fn ties(self, other: $t) -> bool { (self == other) | ((self != self) & (other != other)) }
        }
    )*};
}
ranked!(i8, u8, i16, u16, i32, u32, i64, u64, f32, f64);
impl Ranked for bool {
    #[inline(always)]
    fn beats(self, other: bool) -> bool {
        self & !other
    }
    #[inline(always)]
    fn beats_down(self, other: bool) -> bool {
        !self & other
    }
    #[inline(always)]
    fn ties(self, other: bool) -> bool {
        self == other
    }
}
macro_rules! ranked_complex {
    ($($t:ty),*) => {$(
        impl Ranked for $t {
            #[inline(always)]
            fn beats(self, other: $t) -> bool { !other.has_nan() && (self.has_nan() || other.below(self)) }
            #[inline(always)]
            fn beats_down(self, other: $t) -> bool { !other.has_nan() && (self.has_nan() || self.below(other)) }
            #[inline(always)]
            fn ties(self, other: $t) -> bool { self == other || (self.has_nan() && other.has_nan()) }
        }
    )*};
}
ranked_complex!(c64, c128);

/// The better of two by `beats`, the earlier of equals; an empty place loses.
#[inline(always)]
fn better<T: Ranked>(a: Arg<T>, b: Arg<T>, beats: impl Fn(T, T) -> bool) -> Arg<T> {
    let second = a.index < 0 || (b.index >= 0 && (beats(b.value, a.value) || (b.value.ties(a.value) && b.index < a.index)));
    if second { b } else { a }
}

const CUDA_ARG: &str = r#"
template <class T> struct arg { T value; long long index; };
template <class T> __device__ inline arg<T> make_arg(T value, long long index) { arg<T> a; a.value = value; a.index = index; return a; }
template <class T> __device__ inline arg<T> better_max(arg<T> a, arg<T> b) {
    bool up = b.value > a.value || (b.value != b.value && a.value == a.value);
    bool tie = b.value == a.value || (b.value != b.value && a.value != a.value);
    return a.index < 0 || (b.index >= 0 && (up || (tie && b.index < a.index))) ? b : a;
}
template <class T> __device__ inline arg<T> better_min(arg<T> a, arg<T> b) {
    bool down = b.value < a.value || (b.value != b.value && a.value == a.value);
    bool tie = b.value == a.value || (b.value != b.value && a.value != a.value);
    return a.index < 0 || (b.index >= 0 && (down || (tie && b.index < a.index))) ? b : a;
}
"#;

const CUDA_ARG_COMPLEX: &str = concat!(
    include_str!("complex.cuh"),
    r#"
template <class T> struct arg { T value; long long index; };
template <class T> __device__ inline arg<T> make_arg(T value, long long index) { arg<T> a; a.value = value; a.index = index; return a; }
template <class T> __device__ inline bool arg_tie(T a, T b) { return (a.re == b.re && a.im == b.im) || (complex_has_nan(a) && complex_has_nan(b)); }
template <class T> __device__ inline arg<T> better_max(arg<T> a, arg<T> b) {
    bool up = !complex_has_nan(a.value) && (complex_has_nan(b.value) || complex_less(a.value, b.value));
    return a.index < 0 || (b.index >= 0 && (up || (arg_tie(b.value, a.value) && b.index < a.index))) ? b : a;
}
template <class T> __device__ inline arg<T> better_min(arg<T> a, arg<T> b) {
    bool down = !complex_has_nan(a.value) && (complex_has_nan(b.value) || complex_less(b.value, a.value));
    return a.index < 0 || (b.index >= 0 && (down || (arg_tie(b.value, a.value) && b.index < a.index))) ? b : a;
}
"#
);

macro_rules! arg_reduction {
    ($(#[$doc:meta])+ $id:ident $name:literal $reference:literal $beats:ident $better:literal) => {
        reduction! {
            $(#[$doc])+
            $id $name, identity None, indexed true, reference $reference, domain Any, ulp 0, final [runs pick_run] {
                [bool] as Arg<bool> ["arg<bool>"] -> i64, neutral Arg { value: false, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<bool>(false, -1)", "make_arg<bool>(in0, idx)", $better, "a.index", CUDA_ARG);
                [i8] as Arg<i8> ["arg<signed char>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<signed char>(0, -1)", "make_arg<signed char>(in0, idx)", $better, "a.index", CUDA_ARG);
                [u8] as Arg<u8> ["arg<unsigned char>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<unsigned char>(0, -1)", "make_arg<unsigned char>(in0, idx)", $better, "a.index", CUDA_ARG);
                [i16] as Arg<i16> ["arg<short>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<short>(0, -1)", "make_arg<short>(in0, idx)", $better, "a.index", CUDA_ARG);
                [u16] as Arg<u16> ["arg<unsigned short>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<unsigned short>(0, -1)", "make_arg<unsigned short>(in0, idx)", $better, "a.index", CUDA_ARG);
                [i32] as Arg<i32> ["arg<int>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<int>(0, -1)", "make_arg<int>(in0, idx)", $better, "a.index", CUDA_ARG);
                [u32] as Arg<u32> ["arg<unsigned int>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<unsigned int>(0, -1)", "make_arg<unsigned int>(in0, idx)", $better, "a.index", CUDA_ARG);
                [i64] as Arg<i64> ["arg<long long>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<long long>(0, -1)", "make_arg<long long>(in0, idx)", $better, "a.index", CUDA_ARG);
                [u64] as Arg<u64> ["arg<unsigned long long>"] -> i64, neutral Arg { value: 0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<unsigned long long>(0, -1)", "make_arg<unsigned long long>(in0, idx)", $better, "a.index", CUDA_ARG);
                [f16 f32] as Arg<f32> ["arg<float>"] -> i64, neutral Arg { value: 0.0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<float>(0.0f, -1)", "make_arg<float>(in0, idx)", $better, "a.index", CUDA_ARG);
                [f64] as Arg<f64> ["arg<double>"] -> i64, neutral Arg { value: 0.0, index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<double>(0.0, -1)", "make_arg<double>(in0, idx)", $better, "a.index", CUDA_ARG);
                [c64] as Arg<c64> ["arg<c64>"] -> i64, neutral Arg { value: c64::new(0.0, 0.0), index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<c64>(c64(0.0f, 0.0f), -1)", "make_arg<c64>(in0, idx)", $better, "a.index", CUDA_ARG_COMPLEX);
                [c128] as Arg<c128> ["arg<c128>"] -> i64, neutral Arg { value: c128::new(0.0, 0.0), index: -1 }, lift |x, i| Arg { value: x, index: i },
                    combine |a, b| better(a, b, Ranked::$beats), finish |a, n| a.index,
                    cuda ("make_arg<c128>(c128(0.0, 0.0), -1)", "make_arg<c128>(in0, idx)", $better, "a.index", CUDA_ARG_COMPLEX);
            }
        }
    };
}

arg_reduction! {
    /// The index of the largest element, the first of equals; of the first NaN if there is one.
    ARGMAX "argmax" "numpy.argmax" beats "better_max(a, b)"
}
arg_reduction! {
    /// The index of the smallest element, the first of equals; of the first NaN if there is one.
    ARGMIN "argmin" "numpy.argmin" beats_down "better_min(a, b)"
}
