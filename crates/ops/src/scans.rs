//! Inclusive scans along an axis.

use crate::loops::{Fold, scan_combine, scan_run, scan_start};
use cuprous_core::op::{Domain, ReduceText, TestSpec};
use cuprous_core::{Element, ScanDef, ScanRow, c64, c128, f16};

/// Every scan.
pub static ALL: &[&ScanDef] = &[&CUMSUM];

/// The CUDA text of a sum whose accumulator is of this type.
const fn sum_text(acc: &'static str, neutral: &'static str, lift: &'static str) -> ReduceText {
    ReduceText { acc, neutral, lift, combine: "a + b", finish: "a", prelude: "" }
}

macro_rules! cumulative_sums {
    ($([$($t:ident)+] as $acc:ident -> $out:ident, $zero:expr, |$x:ident| $lift:expr, |$a:ident, $b:ident| $combine:expr, $text:expr;)+) => {
        /// Running sums; small integers add up in 64 bits.
        pub static CUMSUM: ScanDef = ScanDef {
            name: "cumsum",
            rows: &[$($({
                struct Row;
                impl Fold for Row {
                    type In = $t;
                    type Acc = $acc;
                    type Out = cumulative_sums!(@out $t $out);
                    #[inline(always)]
                    fn neutral() -> $acc { $zero }
                    #[inline(always)]
                    #[allow(clippy::unnecessary_cast)]
                    fn lift($x: crate::loops::C<$t>, _: i64) -> $acc { $lift }
                    #[inline(always)]
                    fn combine($a: $acc, $b: $acc) -> $acc { $combine }
                    #[inline(always)]
                    fn finish(a: $acc, _: u64) -> $acc { a }
                }
                ScanRow {
                    op: "cumsum",
                    input: <$t as Element>::DTYPE,
                    output: <cumulative_sums!(@out $t $out) as Element>::DTYPE,
                    size: size_of::<$acc>(),
                    start: scan_start::<Row>,
                    run: scan_run::<Row>,
                    combine: scan_combine::<Row>,
                    cuda: $text,
                }
            }),+),+],
            test: TestSpec { reference: "numpy.cumsum", domain: &[Domain::Any], ulp: 16 },
        };
    };
    (@out $t:ident same) => { $t };
    (@out $t:ident $out:ident) => { $out };
}

cumulative_sums! {
    [bool i8 i16 i32 i64] as i64 -> i64, 0, |x| x as i64, |a, b| a.wrapping_add(b), sum_text("long long", "0", "(long long)in0");
    [u8 u16 u32 u64] as u64 -> u64, 0, |x| x as u64, |a, b| a.wrapping_add(b), sum_text("unsigned long long", "0", "(unsigned long long)in0");
    [f16 f32] as f32 -> same, 0.0, |x| x, |a, b| a + b, sum_text("float", "0.0f", "in0");
    [f64] as f64 -> f64, 0.0, |x| x, |a, b| a + b, sum_text("double", "0.0", "in0");
    [c64] as c64 -> c64, c64::new(0.0, 0.0), |x| x, |a, b| a + b, sum_text("c64", "c64(0.0f, 0.0f)", "in0");
    [c128] as c128 -> c128, c128::new(0.0, 0.0), |x| x, |a, b| a + b, sum_text("c128", "c128(0.0, 0.0)", "in0");
}
