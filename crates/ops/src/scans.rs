//! Inclusive scans along an axis.

use crate::complex::{CUDA_COMPLEX, Parts};
use crate::loops::{Fold, scan_combine, scan_run, scan_start};
use crate::numeric::{Int, Real};
use crate::reductions::CUDA_LIMITS;
use cuprous_core::op::{Domain, ReduceText, TestSpec};
use cuprous_core::{Element, ScanDef, ScanRow, c64, c128, f16};

/// Every scan.
pub static ALL: &[&ScanDef] = &[&CUMSUM, &CUMPROD, &CUMMAX, &CUMMIN];

/// The CUDA text of a scan whose accumulator is the result.
const fn text(acc: &'static str, neutral: &'static str, lift: &'static str, combine: &'static str, prelude: &'static str) -> ReduceText {
    ReduceText { acc, neutral, lift, combine, brief: "", finish: "a", prelude }
}

macro_rules! scan {
    ($(#[$doc:meta])+ $id:ident $name:literal, reference $reference:literal, domain $domain:ident, ulp $ulp:literal {
        $([$($t:ident)+] as $acc:ident -> $out:ident, $neutral:expr, |$x:ident| $lift:expr, |$a:ident, $b:ident| $combine:expr, |$r:ident| $finish:expr, $text:expr;)+
    }) => {
        $(#[$doc])+
        pub static $id: ScanDef = ScanDef {
            name: $name,
            rows: &[$($({
                type T = $t;
                type Acc = scan!(@type $t $acc);
                type Out = scan!(@type $t $out);
                struct Row;
                impl Fold for Row {
                    type In = T;
                    type Acc = Acc;
                    type Out = Out;
                    #[inline(always)]
                    fn neutral() -> Acc { $neutral }
                    #[inline(always)]
                    #[allow(clippy::unnecessary_cast)]
                    fn lift($x: crate::loops::C<T>, _: i64) -> Acc { $lift }
                    #[inline(always)]
                    fn combine($a: Acc, $b: Acc) -> Acc { $combine }
                    #[inline(always)]
                    fn finish($r: Acc, _: u64) -> crate::loops::C<Out> { $finish }
                }
                ScanRow {
                    op: $name,
                    input: <T as Element>::DTYPE,
                    output: <Out as Element>::DTYPE,
                    size: size_of::<Acc>(),
                    start: scan_start::<Row>,
                    run: scan_run::<Row>,
                    combine: scan_combine::<Row>,
                    cuda: $text,
                }
            }),+),+],
            test: TestSpec { reference: $reference, domain: &[Domain::$domain], ulp: $ulp },
        };
    };
    (@type $t:ident same) => { $t };
    (@type $t:ident $other:ident) => { $other };
}

scan! {
    /// Running sums; small integers add up in 64 bits.
    CUMSUM "cumsum", reference "numpy.cumsum", domain Any, ulp 16 {
        [bool i8 i16 i32 i64] as i64 -> i64, 0, |x| x as i64, |a, b| a.wrapping_add(b), |a| a, text("long long", "0", "(long long)in0", "a + b", "");
        [u8 u16 u32 u64] as u64 -> u64, 0, |x| x as u64, |a, b| a.wrapping_add(b), |a| a, text("unsigned long long", "0", "(unsigned long long)in0", "a + b", "");
        [f16 f32] as f32 -> same, 0.0, |x| x, |a, b| a + b, |a| a, text("float", "0.0f", "in0", "a + b", "");
        [f64] as f64 -> f64, 0.0, |x| x, |a, b| a + b, |a| a, text("double", "0.0", "in0", "a + b", "");
        [c64] as c64 -> c64, c64::new(0.0, 0.0), |x| x, |a, b| a + b, |a| a, text("c64", "c64(0.0f, 0.0f)", "in0", "a + b", "");
        [c128] as c128 -> c128, c128::new(0.0, 0.0), |x| x, |a, b| a + b, |a| a, text("c128", "c128(0.0, 0.0)", "in0", "a + b", "");
    }
}

scan! {
    /// Running products; small integers multiply in 64 bits.
    CUMPROD "cumprod", reference "numpy.cumprod", domain Moderate, ulp 64 {
        [bool i8 i16 i32 i64] as i64 -> i64, 1, |x| x as i64, |a, b| a.wrapping_mul(b), |a| a,
            text("long long", "1", "(long long)in0", "(long long)((unsigned long long)a * (unsigned long long)b)", "");
        [u8 u16 u32 u64] as u64 -> u64, 1, |x| x as u64, |a, b| a.wrapping_mul(b), |a| a, text("unsigned long long", "1", "(unsigned long long)in0", "a * b", "");
        [f16 f32] as f32 -> same, 1.0, |x| x, |a, b| a * b, |a| a, text("float", "1.0f", "in0", "a * b", "");
        [f64] as f64 -> f64, 1.0, |x| x, |a, b| a * b, |a| a, text("double", "1.0", "in0", "a * b", "");
        [c64] as c64 -> c64, c64::new(1.0, 0.0), |x| x, |a, b| a.times(b), |a| a, text("c64", "c64(1.0f, 0.0f)", "in0", "a * b", "");
        [c128] as c128 -> c128, c128::new(1.0, 0.0), |x| x, |a, b| a.times(b), |a| a, text("c128", "c128(1.0, 0.0)", "in0", "a * b", "");
    }
}

macro_rules! extreme_scan {
    ($(#[$doc:meta])+ $id:ident $name:literal $reference:literal $truth:tt $neutral_truth:literal $edge:ident $inf:expr, $inf64:expr, $plain:ident $nan:ident
     $cuda_truth:literal $cuda_edge:literal $cuda_plain:literal $cuda_nan:literal $cuda_complex:literal $cuda_inf:literal $cuda_inf64:literal) => {
        scan! {
            $(#[$doc])+
            $id $name, reference $reference, domain Any, ulp 0 {
                [bool] as bool -> bool, $neutral_truth, |x| x, |a, b| a $truth b, |a| a, text("bool", stringify!($neutral_truth), "in0", $cuda_truth, "");
                [i8] as i8 -> i8, <i8 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("signed char", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [u8] as u8 -> u8, <u8 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("unsigned char", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [i16] as i16 -> i16, <i16 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("short", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [u16] as u16 -> u16, <u16 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("unsigned short", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [i32] as i32 -> i32, <i32 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("int", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [u32] as u32 -> u32, <u32 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("unsigned int", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [i64] as i64 -> i64, <i64 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("long long", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [u64] as u64 -> u64, <u64 as Int>::$edge, |x| x, |a, b| a.$plain(b), |a| a, text("unsigned long long", $cuda_edge, "in0", $cuda_plain, CUDA_LIMITS);
                [f16 f32] as f32 -> same, $inf, |x| x, |a, b| a.$nan(b), |a| a, text("float", $cuda_edge, "in0", $cuda_nan, CUDA_LIMITS);
                [f64] as f64 -> f64, $inf64, |x| x, |a, b| a.$nan(b), |a| a, text("double", $cuda_edge, "in0", $cuda_nan, CUDA_LIMITS);
                [c64] as c64 -> c64, c64::new($inf, $inf), |x| x, |a, b| a.$nan(b), |a| a, text("c64", $cuda_inf, "in0", $cuda_complex, CUDA_COMPLEX);
                [c128] as c128 -> c128, c128::new($inf64, $inf64), |x| x, |a, b| a.$nan(b), |a| a, text("c128", $cuda_inf64, "in0", $cuda_complex, CUDA_COMPLEX);
            }
        }
    };
}
extreme_scan! {
    /// Running maxima; NaN from the first NaN on.
    CUMMAX "cummax" "numpy.maximum.accumulate" | false MIN f32::NEG_INFINITY, f64::NEG_INFINITY, max max_nan
    "a || b" "limits<acc_t>::low()" "a > b ? a : b" "(a >= b || a != a) ? a : b" "complex_max(a, b)" "c64((float)-CU_INF, (float)-CU_INF)" "c128(-CU_INF, -CU_INF)"
}
extreme_scan! {
    /// Running minima; NaN from the first NaN on.
    CUMMIN "cummin" "numpy.minimum.accumulate" & true MAX f32::INFINITY, f64::INFINITY, min min_nan
    "a && b" "limits<acc_t>::high()" "a < b ? a : b" "(a <= b || a != a) ? a : b" "complex_min(a, b)" "c64((float)CU_INF, (float)CU_INF)" "c128(CU_INF, CU_INF)"
}
