//! Bits of integers: logic and shifts.

use crate::numeric::Int;

ufuncs! { ($) ALL for_each_bitwise;
    /// The bits set in both, element by element; of booleans whether both are true.
    bitwise_and BITWISE_AND "bitwise_and" (x1, x2), identity Some(-1.0), resolve FirstThatFits, reference "numpy.bitwise_and", domain [Any, Any], ulp 0, by BITWISE_AND {
        [bool] -> same (a, b) a & b => ("in0 && in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a & b => ("in0 & in1");
    }
    /// The bits set in either, element by element; of booleans whether either is true.
    bitwise_or BITWISE_OR "bitwise_or" (x1, x2), identity Some(0.0), resolve FirstThatFits, reference "numpy.bitwise_or", domain [Any, Any], ulp 0, by BITWISE_OR {
        [bool] -> same (a, b) a | b => ("in0 || in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a | b => ("in0 | in1");
    }
    /// The bits set in one of both, element by element; of booleans whether just one is true.
    bitwise_xor BITWISE_XOR "bitwise_xor" (x1, x2), identity Some(0.0), resolve FirstThatFits, reference "numpy.bitwise_xor", domain [Any, Any], ulp 0, by BITWISE_XOR {
        [bool] -> same (a, b) a ^ b => ("in0 != in1");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a ^ b => ("in0 ^ in1");
    }
    /// The bits that are not set, element by element; of booleans the negation.
    invert INVERT "invert" | "bitwise_not" | "bitwise_invert" (x), identity None, resolve FirstThatFits, reference "numpy.invert", domain [Any], ulp 0 {
        [bool] -> same (a) !a => ("!in0");
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a) !a => ("~in0");
    }
    /// The first argument's bits moved to the left; by a negative number or by more bits than there are, 0.
    left_shift LEFT_SHIFT "left_shift" | "bitwise_left_shift" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.left_shift", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.shift_left(b) =>
            ("(unsigned long long)in1 < 8 * sizeof(in0) ? (unsigned long long)in0 << (int)in1 : 0ULL");
    }
    /// The first argument's bits moved to the right, keeping the sign; by a negative number or by more bits than
    /// there are, 0 or -1 by sign.
    right_shift RIGHT_SHIFT "right_shift" | "bitwise_right_shift" (x1, x2), identity None, resolve FirstThatFits, reference "numpy.right_shift", domain [Any, Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> same (a, b) a.shift_right(b) =>
            ("(unsigned long long)in1 < 8 * sizeof(in0) ? in0 >> (int)in1 : (in0 < 0 ? -1 : 0)");
    }
    /// The number of bits set in the magnitude, element by element.
    bitwise_count BITWISE_COUNT "bitwise_count" (x), identity None, resolve FirstThatFits, reference "numpy.bitwise_count", domain [Any], ulp 0 {
        [i8 u8 i16 u16 i32 u32 i64 u64] -> u8 (a) a.count_bits() =>
            ("__popcll(in0 < 0 ? 0ULL - (unsigned long long)in0 : (unsigned long long)in0)");
    }
}
