// What kernels of users see of arrays: float16, CArray, CIndexer, and atomics that CUDA lacks.
#ifndef CUPROUS_USER_ARRAY
#define CUPROUS_USER_ARRAY

// binary16 in memory, computed with as float.
struct alignas(2) float16 {
    unsigned short _bits;

    float16() = default;
#ifdef __CUDACC__
    __device__ float16(float x) { asm("cvt.rn.f16.f32 %0, %1;" : "=h"(_bits) : "f"(x)); }
    __device__ operator float() const {
        float x;
        asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(_bits));
        return x;
    }
#else
    float16(float x) { const _Float16 h = (_Float16)x; memcpy(&_bits, &h, 2); }
    operator float() const { _Float16 h; memcpy(&h, &_bits, 2); return (float)h; }
#endif
    __device__ float16& operator+=(float x) { return *this = float16((float)*this + x); }
    __device__ float16& operator-=(float x) { return *this = float16((float)*this - x); }
    __device__ float16& operator*=(float x) { return *this = float16((float)*this * x); }
    __device__ float16& operator/=(float x) { return *this = float16((float)*this / x); }
};
__device__ inline bool isnan(float16 x) { return isnan((float)x); }
__device__ inline bool isinf(float16 x) { return isinf((float)x); }
__device__ inline bool isfinite(float16 x) { return isfinite((float)x); }
__device__ inline float16 min(float16 a, float16 b) { return float16(fminf((float)a, (float)b)); }
__device__ inline float16 max(float16 a, float16 b) { return float16(fmaxf((float)a, (float)b)); }

// An array with its shape and its strides in bytes. `a[i]` counts in C order, `a[index]` takes a number for each axis.
template <typename T, int N, bool DENSE = false> class CArray {
    T* _data;
    ptrdiff_t _size, _shape[N], _strides[N];

    __device__ ptrdiff_t _offset(ptrdiff_t i) const {
        if (DENSE) return i * (ptrdiff_t)sizeof(T);
        ptrdiff_t at = 0;
        if (_size >> 31 == 0) {
            unsigned rest = (unsigned)i;
#pragma unroll
            for (int d = N - 1; d > 0; d--) {
                const unsigned n = (unsigned)_shape[d], above = rest / n;
                at += (ptrdiff_t)(rest - above * n) * _strides[d];
                rest = above;
            }
            return at + (ptrdiff_t)rest * _strides[0];
        }
#pragma unroll
        for (int d = N - 1; d > 0; d--) {
            const ptrdiff_t above = i / _shape[d];
            at += (i - above * _shape[d]) * _strides[d];
            i = above;
        }
        return at + i * _strides[0];
    }
    template <typename I> __device__ ptrdiff_t _place(const I* index) const {
        ptrdiff_t at = 0;
#pragma unroll
        for (int d = 0; d < N; d++) at += (ptrdiff_t)index[d] * _strides[d];
        return at;
    }

public:
    static const int ndim = N;

    __device__ ptrdiff_t size() const { return _size; }
    __device__ const ptrdiff_t* shape() const { return _shape; }
    __device__ const ptrdiff_t* strides() const { return _strides; }
    __device__ T& operator[](ptrdiff_t i) { return *(T*)((char*)_data + _offset(i)); }
    __device__ const T& operator[](ptrdiff_t i) const { return *(const T*)((const char*)_data + _offset(i)); }
    template <typename I> __device__ T& operator[](const I* index) { return *(T*)((char*)_data + _place(index)); }
    template <typename I> __device__ const T& operator[](const I* index) const { return *(const T*)((const char*)_data + _place(index)); }
};

// The indices that a kernel runs for.
template <int N> class CIndexer {
    ptrdiff_t _size, _shape[N], _index[N];

public:
    static const int ndim = N;

    __device__ ptrdiff_t size() const { return _size; }
    __device__ const ptrdiff_t* shape() const { return _shape; }
    __device__ const ptrdiff_t* get() const { return _index; }
    __device__ void set(ptrdiff_t i) {
        if (_size >> 31 == 0) {
            unsigned rest = (unsigned)i;
#pragma unroll
            for (int d = N - 1; d > 0; d--) {
                const unsigned n = (unsigned)_shape[d], above = rest / n;
                _index[d] = (ptrdiff_t)(rest - above * n);
                rest = above;
            }
            _index[0] = (ptrdiff_t)rest;
            return;
        }
#pragma unroll
        for (int d = N - 1; d > 0; d--) {
            const ptrdiff_t above = i / _shape[d];
            _index[d] = i - above * _shape[d];
            i = above;
        }
        _index[0] = i;
    }
};

template <typename T> static __device__ __forceinline__ T _cup_scalar(const unsigned char* bytes) {
    T x;
    memcpy(&x, bytes, sizeof(T));
    return x;
}

__device__ inline long long atomicAdd(long long* p, long long x) { return (long long)atomicAdd((unsigned long long*)p, (unsigned long long)x); }
// Larger and smaller by comparison and exchange; each gives the number that was there, as CUDA's own do.
__device__ inline float atomicMax(float* p, float x) {
    int seen = *(int*)p, old;
    for (;; seen = old) {
        if (!(__int_as_float(seen) < x)) return __int_as_float(seen);
        old = atomicCAS((int*)p, seen, __float_as_int(x));
        if (old == seen) return __int_as_float(old);
    }
}
__device__ inline float atomicMin(float* p, float x) {
    int seen = *(int*)p, old;
    for (;; seen = old) {
        if (!(x < __int_as_float(seen))) return __int_as_float(seen);
        old = atomicCAS((int*)p, seen, __float_as_int(x));
        if (old == seen) return __int_as_float(old);
    }
}
__device__ inline double atomicMax(double* p, double x) {
    unsigned long long seen = *(unsigned long long*)p, old;
    for (;; seen = old) {
        if (!(__longlong_as_double((long long)seen) < x)) return __longlong_as_double((long long)seen);
        old = atomicCAS((unsigned long long*)p, seen, (unsigned long long)__double_as_longlong(x));
        if (old == seen) return __longlong_as_double((long long)old);
    }
}
__device__ inline double atomicMin(double* p, double x) {
    unsigned long long seen = *(unsigned long long*)p, old;
    for (;; seen = old) {
        if (!(x < __longlong_as_double((long long)seen))) return __longlong_as_double((long long)seen);
        old = atomicCAS((unsigned long long*)p, seen, (unsigned long long)__double_as_longlong(x));
        if (old == seen) return __longlong_as_double((long long)old);
    }
}
#endif
