// Lines of M + 1 complex numbers, the half spectra of N real ones, prepared for cuFFT and multiplied by a number; what is
// imaginary and does not count is left out. For an even N the result is the spectrum of N / 2 complex numbers whose parts are
// the even and the odd ones of the N. A thread makes the elements K and M - K, for they need the same two.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    const real_t scale = (real_t)p.scale;
    for (cup_u64 i = blockIdx.x * 256ull + threadIdx.x; i < p.total; i += gridDim.x * 256ull) {
        const cup_u64 line = cup_divide(i, p.each, p.wide != 0), k = i - line * p.each.n;
        const pair_t* from = p.from + line * (p.m + 1);
#if CUP_EVEN
        const cup_u64 other = p.m - k;
        pair_t* to = p.to + line * p.m;
        const pair_t a = from[k], b = from[other];
        pair_t z;
        if (k == 0) {
            z.x = (a.x + b.x) * scale;
            z.y = (a.x - b.x) * scale;
            to[0] = z;
            continue;
        }
        // The sum belongs to the even results, the difference, turned by K / N of a circle, to the odd ones.
        real_t sine, cosine;
        CUP_SINCOSPI((real_t)k / (real_t)p.m, &sine, &cosine);
        const real_t even_x = a.x + b.x, even_y = a.y - b.y, x = a.x - b.x, y = a.y + b.y;
        const real_t odd_x = x * cosine - y * sine, odd_y = x * sine + y * cosine;
        z.x = (even_x - odd_y) * scale;
        z.y = (even_y + odd_x) * scale;
        to[k] = z;
        if (k == other) continue;
        z.x = (even_x + odd_y) * scale;
        z.y = (odd_x - even_y) * scale;
        to[other] = z;
#else
        pair_t z = from[k];
        z.x *= scale;
        z.y = k == 0 ? (real_t)0 : z.y * scale;
        p.to[line * (p.m + 1) + k] = z;
#endif
    }
}
