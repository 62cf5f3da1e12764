// Complex numbers as kernels of users write them: complex<float> and complex<double>, with the usual functions.
#ifndef CUPROUS_USER_COMPLEX
#define CUPROUS_USER_COMPLEX

template <bool> struct _CupIf {};
template <> struct _CupIf<true> { typedef int type; };

template <typename T> struct alignas(2 * sizeof(T)) complex {
    typedef T value_type;
    T _re, _im;

    complex() = default;
    __host__ __device__ complex(T re, T im = T()) : _re(re), _im(im) {}
    // Only the widening conversion is implicit, so that sums of both types are not ambiguous.
    template <typename U, typename _CupIf<(sizeof(U) < sizeof(T))>::type = 0>
    __host__ __device__ complex(const complex<U>& z) : _re((T)z._re), _im((T)z._im) {}
    template <typename U, typename _CupIf<(sizeof(U) > sizeof(T))>::type = 0>
    __host__ __device__ explicit complex(const complex<U>& z) : _re((T)z._re), _im((T)z._im) {}
    template <typename U> __host__ __device__ complex& operator=(const complex<U>& z) { _re = (T)z._re; _im = (T)z._im; return *this; }
    __host__ __device__ complex& operator=(T re) { _re = re; _im = T(); return *this; }

    __host__ __device__ T real() const { return _re; }
    __host__ __device__ T imag() const { return _im; }
    __host__ __device__ void real(T re) { _re = re; }
    __host__ __device__ void imag(T im) { _im = im; }
    __host__ __device__ explicit operator bool() const { return _re != T() || _im != T(); }

    friend __host__ __device__ complex operator+(const complex& a, const complex& b) { return complex(a._re + b._re, a._im + b._im); }
    friend __host__ __device__ complex operator+(const complex& a, T b) { return complex(a._re + b, a._im); }
    friend __host__ __device__ complex operator+(T a, const complex& b) { return complex(a + b._re, b._im); }
    friend __host__ __device__ complex operator-(const complex& a, const complex& b) { return complex(a._re - b._re, a._im - b._im); }
    friend __host__ __device__ complex operator-(const complex& a, T b) { return complex(a._re - b, a._im); }
    friend __host__ __device__ complex operator-(T a, const complex& b) { return complex(a - b._re, -b._im); }
    friend __host__ __device__ complex operator*(const complex& a, const complex& b) {
        return complex(a._re * b._re - a._im * b._im, a._re * b._im + a._im * b._re);
    }
    friend __host__ __device__ complex operator*(const complex& a, T b) { return complex(a._re * b, a._im * b); }
    friend __host__ __device__ complex operator*(T a, const complex& b) { return complex(a * b._re, a * b._im); }
    // Scaled by the larger part of the divisor, so that its square cannot overflow.
    friend __host__ __device__ complex operator/(const complex& a, const complex& b) {
        if (fabs(b._re) >= fabs(b._im)) {
            if (b._re == T() && b._im == T()) return complex(a._re / fabs(b._re), a._im / fabs(b._re));
            const T ratio = b._im / b._re, scale = T(1) / (b._re + b._im * ratio);
            return complex((a._re + a._im * ratio) * scale, (a._im - a._re * ratio) * scale);
        }
        const T ratio = b._re / b._im, scale = T(1) / (b._im + b._re * ratio);
        return complex((a._re * ratio + a._im) * scale, (a._im * ratio - a._re) * scale);
    }
    friend __host__ __device__ complex operator/(const complex& a, T b) { return complex(a._re / b, a._im / b); }
    friend __host__ __device__ complex operator/(T a, const complex& b) { return complex(a) / b; }
    friend __host__ __device__ complex operator+(const complex& a) { return a; }
    friend __host__ __device__ complex operator-(const complex& a) { return complex(-a._re, -a._im); }

    friend __host__ __device__ bool operator==(const complex& a, const complex& b) { return a._re == b._re && a._im == b._im; }
    friend __host__ __device__ bool operator!=(const complex& a, const complex& b) { return !(a == b); }
    // The order by real part, then by imaginary part.
    friend __host__ __device__ bool operator<(const complex& a, const complex& b) { return a._re < b._re || (a._re == b._re && a._im < b._im); }
    friend __host__ __device__ bool operator>(const complex& a, const complex& b) { return b < a; }
    friend __host__ __device__ bool operator<=(const complex& a, const complex& b) { return a._re < b._re || (a._re == b._re && a._im <= b._im); }
    friend __host__ __device__ bool operator>=(const complex& a, const complex& b) { return b <= a; }

    __host__ __device__ complex& operator+=(const complex& b) { return *this = *this + b; }
    __host__ __device__ complex& operator-=(const complex& b) { return *this = *this - b; }
    __host__ __device__ complex& operator*=(const complex& b) { return *this = *this * b; }
    __host__ __device__ complex& operator/=(const complex& b) { return *this = *this / b; }
    __host__ __device__ complex& operator+=(T b) { return *this = *this + b; }
    __host__ __device__ complex& operator-=(T b) { return *this = *this - b; }
    __host__ __device__ complex& operator*=(T b) { return *this = *this * b; }
    __host__ __device__ complex& operator/=(T b) { return *this = *this / b; }
};
template <typename T> __host__ __device__ inline T real(const complex<T>& z) { return z._re; }
template <typename T> __host__ __device__ inline T imag(const complex<T>& z) { return z._im; }
template <typename T> __host__ __device__ inline complex<T> conj(const complex<T>& z) { return complex<T>(z._re, -z._im); }
template <typename T> __host__ __device__ inline T norm(const complex<T>& z) { return z._re * z._re + z._im * z._im; }
template <typename T> __device__ inline T abs(const complex<T>& z) { return hypot(z._re, z._im); }
template <typename T> __device__ inline T arg(const complex<T>& z) { return atan2(z._im, z._re); }
template <typename T> __device__ inline complex<T> polar(T r, T angle = T()) { return complex<T>(r * cos(angle), r * sin(angle)); }
template <typename T> __device__ inline complex<T> proj(const complex<T>& z) {
    return isinf(z._re) || isinf(z._im) ? complex<T>((T)fabs((T)1 / T()), copysign(T(), z._im)) : z;
}
template <typename T> __device__ inline bool isnan(const complex<T>& z) { return isnan(z._re) || isnan(z._im); }
template <typename T> __device__ inline bool isinf(const complex<T>& z) { return isinf(z._re) || isinf(z._im); }
template <typename T> __device__ inline bool isfinite(const complex<T>& z) { return isfinite(z._re) && isfinite(z._im); }

template <typename T> __device__ inline complex<T> exp(const complex<T>& z) {
    const T m = exp(z._re);
    return z._im == T() ? complex<T>(m, z._im) : complex<T>(m * cos(z._im), m * sin(z._im));
}
template <typename T> __device__ inline complex<T> log(const complex<T>& z) { return complex<T>(log(abs(z)), arg(z)); }
template <typename T> __device__ inline complex<T> log10(const complex<T>& z) { return log(z) / (T)2.302585092994045684; }
template <typename T> __device__ inline complex<T> log2(const complex<T>& z) { return log(z) / (T)0.6931471805599453094; }
template <typename T> __device__ inline complex<T> sqrt(const complex<T>& z) {
    const T a = z._re, b = z._im;
    if (a == T() && b == T()) return complex<T>(T(), b);
    if (isinf(b)) return complex<T>(fabs(b), b);
    if (isnan(a)) return complex<T>(a, a);
    if (isinf(a)) {
        const T other = isnan(b) ? b : T();
        return a > T() ? complex<T>(a, copysign(other, b)) : complex<T>(other, copysign(-a, b));
    }
    const T t = sqrt((fabs(a) + hypot(a, b)) * (T)0.5), other = fabs(b) / (2 * t);
    return a >= T() ? complex<T>(t, copysign(other, b)) : complex<T>(other, copysign(t, b));
}
template <typename T> __device__ inline complex<T> sin(const complex<T>& z) {
    return complex<T>(sin(z._re) * cosh(z._im), cos(z._re) * sinh(z._im));
}
template <typename T> __device__ inline complex<T> cos(const complex<T>& z) {
    return complex<T>(cos(z._re) * cosh(z._im), -(sin(z._re) * sinh(z._im)));
}
template <typename T> __device__ inline complex<T> sinh(const complex<T>& z) {
    return complex<T>(sinh(z._re) * cos(z._im), cosh(z._re) * sin(z._im));
}
template <typename T> __device__ inline complex<T> cosh(const complex<T>& z) {
    return complex<T>(cosh(z._re) * cos(z._im), sinh(z._re) * sin(z._im));
}
template <typename T> __device__ inline complex<T> tanh(const complex<T>& z) {
    // Beyond 22 the real part is one to the last bit of a double, and sinh would overflow later.
    if (fabs(z._re) > (T)22) {
        const T e = exp(-fabs(z._re));
        return complex<T>(copysign((T)1, z._re), 4 * sin(z._im) * cos(z._im) * e * e);
    }
    const T t = tan(z._im), beta = 1 + t * t, s = sinh(z._re), d = 1 + beta * s * s;
    return complex<T>(beta * sqrt(1 + s * s) * s / d, t / d);
}
template <typename T> __device__ inline complex<T> tan(const complex<T>& z) {
    const complex<T> w = tanh(complex<T>(-z._im, z._re));
    return complex<T>(w._im, -w._re);
}
template <typename T> __device__ inline complex<T> asinh(const complex<T>& z) { return log(z + sqrt(z * z + (T)1)); }
template <typename T> __device__ inline complex<T> acosh(const complex<T>& z) { return log(z + sqrt(z + (T)1) * sqrt(z - (T)1)); }
template <typename T> __device__ inline complex<T> atanh(const complex<T>& z) { return (log((T)1 + z) - log((T)1 - z)) * (T)0.5; }
template <typename T> __device__ inline complex<T> asin(const complex<T>& z) {
    const complex<T> w = asinh(complex<T>(-z._im, z._re));
    return complex<T>(w._im, -w._re);
}
template <typename T> __device__ inline complex<T> acos(const complex<T>& z) { return (T)1.5707963267948966192 - asin(z); }
template <typename T> __device__ inline complex<T> atan(const complex<T>& z) {
    const complex<T> w = atanh(complex<T>(-z._im, z._re));
    return complex<T>(w._im, -w._re);
}
template <typename T> __device__ inline complex<T> pow(const complex<T>& a, const complex<T>& b) {
    if (b == complex<T>(T())) return complex<T>((T)1);
    if (a == complex<T>(T()) && b._re > T()) return complex<T>(T());
    return exp(b * log(a));
}
template <typename T> __device__ inline complex<T> pow(const complex<T>& a, T b) { return pow(a, complex<T>(b)); }
template <typename T> __device__ inline complex<T> pow(T a, const complex<T>& b) { return pow(complex<T>(a), b); }
template <typename T> __device__ inline complex<T> pow(const complex<T>& a, int n) {
    complex<T> base = a, out((T)1);
    for (unsigned k = n < 0 ? 0u - (unsigned)n : (unsigned)n; k != 0; k >>= 1) {
        if (k & 1) out *= base;
        base *= base;
    }
    return n < 0 ? (T)1 / out : out;
}

// The name that texts written for Thrust use.
namespace thrust {
using ::complex;
using ::real; using ::imag; using ::conj; using ::norm; using ::abs; using ::arg; using ::polar; using ::proj;
using ::exp; using ::log; using ::log10; using ::sqrt; using ::pow;
using ::sin; using ::cos; using ::tan; using ::sinh; using ::cosh; using ::tanh;
using ::asin; using ::acos; using ::atan; using ::asinh; using ::acosh; using ::atanh;
}
#endif
