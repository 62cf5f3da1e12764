// CUDA's twins of the steps between float16 numbers in numeric.rs.
__device__ inline float half_spacing(float x) {
    const int bits = cup_to_f16(x).bits;
    int exponent = (bits >> 10) & 31;
    if (exponent == 31) return __int_as_float(0x7fc00000);
    if (bits == 0x7bff) return __int_as_float(0x7f800000);
    if (bits >= 0x8000 && (bits & 1023) == 0) exponent -= 1;
    return __int_as_float((127 + (exponent > 1 ? exponent : 1) - 25) << 23);
}
__device__ inline float half_next_after(float x, float b) {
    if (x != x || b != b) return __int_as_float(0x7fc00000);
    if (x == b) return x;
    f16 next = cup_to_f16(x);
    if (x == 0) next.bits = b < 0 ? 0x8001 : 1;
    else next.bits = (unsigned short)((x < b) == (x > 0) ? next.bits + 1 : next.bits - 1);
    return cup_from_f16(next);
}
