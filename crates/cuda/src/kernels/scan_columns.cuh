// Scans lines that lie side by side, a thread each; several blocks share long lines in two launches, of which the
// first only leaves the total of each chunk.
extern "C" __global__ void __launch_bounds__(256) CUP_ENTRY(const __grid_constant__ Params p) {
    constexpr int AHEAD = 8;
    const cup_u64 line = (cup_u64)blockIdx.x * 256 + threadIdx.x, n = p.n;
    if (line >= p.n_lines) return;
    long long in_at, out_at;
    cup_line(p, line, in_at, out_at);
    const char* const in = p.in + in_at;
    char* const out = p.out + out_at;
    // Neighbouring threads read neighbouring totals.
    acc_t* const totals = (acc_t*)p.partial + line;
    const cup_u64 begin = (cup_u64)blockIdx.y * p.chunk, end = n - begin < p.chunk ? n : begin + p.chunk;

    acc_t carry = cup_neutral();
    if (p.phase == 2) {
        for (cup_u64 i = 0; i < blockIdx.y; i++) carry = cup_combine(carry, totals[i * p.n_lines]);
    }
    for (cup_u64 first = begin; first < end; first += AHEAD) {
        in_t x[AHEAD];
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            const cup_u64 e = first + i < end ? first + i : end - 1;
            x[i] = *(const in_t*)(in + (long long)e * p.in_step);
        }
#pragma unroll
        for (int i = 0; i < AHEAD; i++) {
            const cup_u64 e = first + i;
            if (e < end) {
                carry = cup_combine(carry, cup_lift(x[i], (long long)e));
                if (p.phase != 1) *(out_t*)(out + (long long)e * p.out_step) = cup_finish(carry, (long long)(e + 1));
            }
        }
    }
    if (p.phase == 1) totals[blockIdx.y * p.n_lines] = carry;
}
