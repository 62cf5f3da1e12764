// binary16 in memory; it is computed with as float.
struct alignas(2) f16 { unsigned short bits; };

#ifdef __CUDACC__
static __device__ __forceinline__ float cup_from_f16(f16 x) {
    float y;
    asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
    return y;
}
static __device__ __forceinline__ f16 cup_to_f16(double x) {
    f16 y;
    asm("cvt.rn.f16.f64 %0, %1;" : "=h"(y.bits) : "d"(x));
    return y;
}
static __device__ __forceinline__ f16 cup_to_f16(float x) {
    f16 y;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
    return y;
}
#else
static float cup_from_f16(f16 x) { _Float16 h; memcpy(&h, &x, 2); return (float)h; }
static f16 cup_to_f16(double x) { _Float16 h = (_Float16)x; f16 y; memcpy(&y, &h, 2); return y; }
static f16 cup_to_f16(float x) { _Float16 h = (_Float16)x; f16 y; memcpy(&y, &h, 2); return y; }
#endif
// Integers go through float, as on the CPU.
template <class T> static __device__ __forceinline__ f16 cup_to_f16(T x) { return cup_to_f16((float)x); }
template <class T> static __device__ __forceinline__ float cup_round_f16(T x) { return cup_from_f16(cup_to_f16(x)); }
