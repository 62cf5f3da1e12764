// A function of block and seed for each row. They are not inlined: a thread computes several elements, which share the code.
#define CUP_DRAW(result, name)                                                                             \
    template <class... P> static __device__ __noinline__ result cup_draw_##name(long long block, long long seed, P... p) { \
        CupStream s(block, seed);                                                                          \
        return cup_##name(s, p...);                                                                        \
    }
CUP_DRAW(double, gamma)
CUP_DRAW(double, log_gamma)
CUP_DRAW(double, beta)
CUP_DRAW(double, noncentral_chisquare)
CUP_DRAW(double, vonmises)
CUP_DRAW(double, wald)
CUP_DRAW(long long, poisson)
CUP_DRAW(long long, binomial)
CUP_DRAW(long long, negative_binomial)
CUP_DRAW(long long, geometric)
CUP_DRAW(long long, hypergeometric)
CUP_DRAW(long long, logseries)
CUP_DRAW(long long, zipf)
CUP_DRAW(long long, permuted)
