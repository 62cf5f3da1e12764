// Complex numbers. Division and functions are in the preludes of rows.
template <class T> struct alignas(2 * sizeof(T)) CupComplex {
    T re, im;
    CupComplex() = default;
    __device__ CupComplex(T a) : re(a), im(0) {}
    template <class A, class B> __device__ CupComplex(A a, B b) : re((T)a), im((T)b) {}
    // Explicit, so that functions overloaded for both types stay unambiguous.
    template <class A> __device__ explicit CupComplex(const CupComplex<A>& z) : re((T)z.re), im((T)z.im) {}
};
typedef CupComplex<float> c64;
typedef CupComplex<double> c128;

template <class T> static __device__ __forceinline__ CupComplex<T> operator+(CupComplex<T> a, CupComplex<T> b) {
    return CupComplex<T>(a.re + b.re, a.im + b.im);
}
template <class T> static __device__ __forceinline__ CupComplex<T> operator-(CupComplex<T> a, CupComplex<T> b) {
    return CupComplex<T>(a.re - b.re, a.im - b.im);
}
template <class T> static __device__ __forceinline__ CupComplex<T> operator-(CupComplex<T> a) {
    return CupComplex<T>(-a.re, -a.im);
}
template <class T> static __device__ __forceinline__ CupComplex<T> operator*(CupComplex<T> a, CupComplex<T> b) {
    return CupComplex<T>(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re);
}
template <class T> static __device__ __forceinline__ bool operator==(CupComplex<T> a, CupComplex<T> b) {
    return a.re == b.re && a.im == b.im;
}
template <class T> static __device__ __forceinline__ bool operator!=(CupComplex<T> a, CupComplex<T> b) {
    return a.re != b.re || a.im != b.im;
}
