// Elements by their distances from a point near their mean: the sum of these and of their squares. An accumulator stays
// at its first element, so that an element costs no division; joining two moves the point to their mean, so that the
// squares stay as small as those of the distances from the mean, within a thread's elements.
template <int P> struct moments { double at[P], sum[P], square; long long n; };

__device__ __forceinline__ moments<1> make_moments(double x, bool counts) {
    moments<1> a;
    a.at[0] = counts ? x : 0.0;
    a.sum[0] = a.square = 0.0;
    a.n = counts ? 1 : 0;
    return a;
}
__device__ __forceinline__ moments<2> make_moments(double re, double im, bool counts) {
    moments<2> a;
    a.at[0] = counts ? re : 0.0;
    a.at[1] = counts ? im : 0.0;
    a.sum[0] = a.sum[1] = a.square = 0.0;
    a.n = counts ? 1 : 0;
    return a;
}

// Of many elements each. Called: inlined wherever a reduction joins, it would be most of the kernel.
template <int P> __device__ __noinline__ moments<P> join_many(moments<P> a, const moments<P> b) {
    if (a.n == 0) return b;
    const double n = (double)(a.n + b.n), part = (double)b.n / n, weight = (double)a.n * part;
    double square = a.square + b.square;
#pragma unroll
    for (int p = 0; p < P; p++) {
        const double mean_a = a.sum[p] / (double)a.n, mean_b = b.sum[p] / (double)b.n;
        const double delta = (b.at[p] - a.at[p]) + (mean_b - mean_a), mid = mean_a + delta * part, at = a.at[p] + mid;
        // What rounding has taken from the point stays in the sum.
        const double rest = mid - (at - a.at[p]);
        square += (delta * delta * weight + rest * rest * n) - (a.sum[p] * mean_a + b.sum[p] * mean_b);
        a.at[p] = at;
        a.sum[p] = rest * n;
    }
    a.square = square;
    a.n += b.n;
    return a;
}

template <int P> __device__ __forceinline__ moments<P> join_moments(moments<P> a, const moments<P>& b) {
    if (b.n > 1) return join_many(a, b);
    if (a.n % 16 == 0) {
        if (a.n == 0) {
#pragma unroll
            for (int p = 0; p < P; p++) a.at[p] = b.at[p];
        } else if (a.n == 16 || a.n == 256 || a.n == 4096) {
            // A first element far from the others must not stay the point for many. These counts divide exactly.
            const double n = (double)a.n, part = a.n == 16 ? 1.0 / 16 : a.n == 256 ? 1.0 / 256 : 1.0 / 4096;
#pragma unroll
            for (int p = 0; p < P; p++) {
                const double mid = a.sum[p] * part, at = a.at[p] + mid, rest = mid - (at - a.at[p]);
                a.square += rest * rest * n - a.sum[p] * mid;
                a.at[p] = at;
                a.sum[p] = rest * n;
            }
        }
    }
    // One element, or none. The distance of an infinity from itself is NaN, as it has to be.
#pragma unroll
    for (int p = 0; p < P; p++) {
        const double d = b.n == 0 ? 0.0 : b.at[p] - a.at[p];
        a.sum[p] += d;
        a.square = fma(d, d, a.square);
    }
    a.n += b.n;
    return a;
}

// The sum of the squared distances from the mean.
template <int P> __device__ inline double squared_distances(const moments<P>& a) {
    if (a.n == 0) return 0.0;
    double square = a.square;
#pragma unroll
    for (int p = 0; p < P; p++) square -= a.sum[p] * (a.sum[p] / (double)a.n);
    return square < 0.0 ? 0.0 : square;
}
