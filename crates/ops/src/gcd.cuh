// CUDA's twins of the common divisors and multiples in numeric.rs.
template <class T> __device__ inline unsigned long long int_magnitude(T x) {
    return x < 0 ? 0ULL - (unsigned long long)x : (unsigned long long)x;
}
template <class U> __device__ inline U euclid(U a, U b) {
    while (b != 0) { U r = a % b; a = b; b = r; }
    return a;
}
// 32-bit divisions where they do: 64-bit ones take several times as long.
template <class T> __device__ inline unsigned long long common_divisor(T a, T b) {
    unsigned long long u = int_magnitude(a), v = int_magnitude(b);
    return sizeof(T) <= 4 ? (unsigned long long)euclid((unsigned)u, (unsigned)v) : euclid(u, v);
}
template <class T> __device__ inline T int_gcd(T a, T b) { return (T)common_divisor(a, b); }
template <class T> __device__ inline T int_lcm(T a, T b) {
    unsigned long long divisor = common_divisor(a, b);
    return divisor == 0 ? (T)0 : (T)(int_magnitude(a) / divisor * int_magnitude(b));
}
