//! Casts between any two dtypes, as rows that programs apply like any other.

use crate::loops;
use cuprous_core::cast::{CastTo, cast};
use cuprous_core::{DType, Element, LoopDef, c64, c128, f16};

/// Element types in memory: like `Lane`, but converted by NumPy's casting rules.
trait Stored: Element + loops::Lane {}
impl<T: Element + loops::Lane> Stored for T {}

/// CUDA's twin of `core::cast`: floats to integers as x86-64 does them.
const CUDA_CAST: &str = r#"
__device__ inline int cast_i32(double x) { return x > -2147483649.0 && x < 2147483648.0 ? (int)x : (int)0x80000000; }
__device__ inline long long cast_i64(double x) {
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (long long)x : (long long)0x8000000000000000ULL;
}
__device__ inline unsigned long long cast_u64(double x) {
    return x >= 9223372036854775808.0 ? (unsigned long long)cast_i64(x - 9223372036854775808.0) ^ 0x8000000000000000ULL
                                      : (unsigned long long)cast_i64(x);
}
"#;

/// The row that casts `from` to `to`; also where they are equal, as a plain copy.
pub fn cast_row(from: DType, to: DType) -> &'static LoopDef {
    &ROWS[from as usize][to as usize]
}

/// All cast rows.
pub fn all() -> impl Iterator<Item = &'static LoopDef> {
    ROWS.iter().flatten()
}

/// What the CUDA expression of a cast depends on.
const fn cuda_text(from: DType, to: DType) -> &'static str {
    use cuprous_core::Kind::*;
    match (from.kind(), to.kind()) {
        (Float, Int | UInt) => float_to_int(to, false),
        (Complex, Int | UInt) => float_to_int(to, true),
        (Complex, Bool) => "in0.re != 0 || in0.im != 0",
        (_, Bool) => "in0 != 0",
        (Complex, Float) => "in0.re",
        // Through float, as the CPU does: f16 of a large integer overflows anyway.
        (Int | UInt, Float) if matches!(to, DType::F16) => "(float)in0",
        (Complex, Complex) => match to {
            DType::C64 => "c64((float)in0.re, (float)in0.im)",
            _ => "c128((double)in0.re, (double)in0.im)",
        },
        (_, Complex) => match to {
            DType::C64 => "c64((float)in0, 0.0f)",
            _ => "c128((double)in0, 0.0)",
        },
        _ => "in0",
    }
}

const fn float_to_int(to: DType, complex: bool) -> &'static str {
    match (to, complex) {
        (DType::I64 | DType::U32, false) => "cast_i64((double)in0)",
        (DType::U64, false) => "cast_u64((double)in0)",
        (_, false) => "cast_i32((double)in0)",
        (DType::I64 | DType::U32, true) => "cast_i64((double)in0.re)",
        (DType::U64, true) => "cast_u64((double)in0.re)",
        (_, true) => "cast_i32((double)in0.re)",
    }
}

const fn cuda_prelude(from: DType, to: DType) -> &'static str {
    use cuprous_core::Kind::*;
    match (from.kind(), to.kind()) {
        (Float | Complex, Int | UInt) => CUDA_CAST,
        _ => "",
    }
}

/// One cast of a strided run. Copies of bits need no arithmetic, so that NaN payloads and bytes stay.
unsafe fn run<A: Stored + CastTo<B>, B: Stored>(args: *const *mut u8, strides: *const isize, n: usize) {
    // SAFETY: an `InnerLoop`'s caller promises two pointers and strides, each valid for `n` elements.
    unsafe {
        let (a, r) = (*args, *args.add(1));
        let (sa, sr) = (*strides, *strides.add(1));
        let (za, zr) = (size_of::<A>() as isize, size_of::<B>() as isize);
        if A::DTYPE == B::DTYPE && sa == za && sr == zr {
            std::ptr::copy(a, r, n * size_of::<A>());
        } else if sa == za && sr == zr {
            for i in 0..n as isize {
                let x = read::<A>(a.offset(i * za));
                r.offset(i * zr).cast::<B>().write_unaligned(cast(x));
            }
        } else {
            for i in 0..n as isize {
                let x = read::<A>(a.offset(i * sa));
                r.offset(i * sr).cast::<B>().write_unaligned(cast(x));
            }
        }
    }
}

/// Reads an element; a byte of a foreign bool array that is neither 0 nor 1 counts as true.
#[inline(always)]
unsafe fn read<A: Stored>(p: *const u8) -> A {
    if A::DTYPE == DType::Bool {
        // SAFETY: the caller promises that `p` can be read; `A` is bool, of which `truth` has the size and a valid pattern.
        unsafe {
            let truth = *p != 0;
            (&raw const truth).cast::<A>().read()
        }
    } else {
        // SAFETY: the caller promises that `p` can be read; of other types every pattern is an element.
        unsafe { p.cast::<A>().read_unaligned() }
    }
}

macro_rules! rows {
    ($all:tt; $($from:ident)*) => { [$(rows!(@from $from $all)),*] };
    (@from $from:ident [$($to:ident)*]) => { [$(rows!(@row $from $to)),*] };
    (@row $from:ident $to:ident) => {
        LoopDef {
            op: "cast",
            ins: &[<$from as Element>::DTYPE],
            outs: &[<$to as Element>::DTYPE],
            cpu: {
                unsafe fn cast_run(args: *const *mut u8, strides: *const isize, n: usize) {
                    // SAFETY: the caller keeps the contract of `InnerLoop`.
                    unsafe { run::<$from, $to>(args, strides, n) }
                }
                cast_run
            },
            cuda: cuda_text(<$from as Element>::DTYPE, <$to as Element>::DTYPE),
            prelude: cuda_prelude(<$from as Element>::DTYPE, <$to as Element>::DTYPE),
            is_heavy: false,
        }
    };
}

// In the order of `DType`, which indexes it.
static ROWS: [[LoopDef; DType::ALL.len()]; DType::ALL.len()] =
    rows!([bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128]; bool i8 u8 i16 u16 i32 u32 i64 u64 f16 f32 f64 c64 c128);

const _: () = {
    // Every dtype has its row and column.
    assert!(DType::ALL.len() == 14);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_lie_where_dtypes_index_them() {
        for &from in DType::ALL {
            for &to in DType::ALL {
                let row = cast_row(from, to);
                assert_eq!((row.ins[0], row.outs[0]), (from, to));
            }
        }
        cuprous_core::with_dtype!(DType::F16, T => assert_eq!(T::DTYPE, DType::F16));
    }
}
