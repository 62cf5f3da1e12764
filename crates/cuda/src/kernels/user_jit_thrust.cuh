// Algorithms over ranges, with the interface of Thrust's. One thread does all of the work of a call.
#ifndef CUPROUS_USER_JIT_THRUST
#define CUPROUS_USER_JIT_THRUST
#include <cuprous/jit.cuh>

namespace jit_thrust {

template <typename T> struct ConstantIterator {
    T value;
    __device__ T operator*() const { return value; }
    __device__ T operator[](long long) const { return value; }
    __device__ ConstantIterator operator+(long long) const { return *this; }
};
template <typename T> struct CountingIterator {
    T value;
    __device__ T operator*() const { return value; }
    __device__ T operator[](long long i) const { return T(value + i); }
    __device__ CountingIterator operator+(long long i) const { return {T(value + i)}; }
    __device__ CountingIterator operator-(long long i) const { return {T(value - i)}; }
    __device__ long long operator-(const CountingIterator& other) const { return (long long)(value - other.value); }
};
template <typename A, typename B> using Pair = JitTuple<A, B>;

// Elements one by one.

template <typename I, typename T> __device__ void fill(I first, I last, T value) {
    for (long long k = 0, n = last - first; k < n; k++) first[k] = value;
}
template <typename I, typename T = long long, typename S = long long> __device__ void sequence(I first, I last, T start = 0, S step = 1) {
    for (long long k = 0, n = last - first; k < n; k++) first[k] = start + k * step;
}
template <typename I, typename O> __device__ O copy(I first, I last, O out) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) out[k] = first[k];
    return out + n;
}
template <typename I, typename J> __device__ J swap_ranges(I first, I last, J other) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) {
        const auto x = first[k];
        first[k] = other[k];
        other[k] = x;
    }
    return other + n;
}
template <typename I> __device__ void reverse(I first, I last) {
    for (long long a = 0, b = last - first - 1; a < b; a++, b--) {
        const auto x = first[a];
        first[a] = first[b];
        first[b] = x;
    }
}
template <typename I, typename O> __device__ O reverse_copy(I first, I last, O out) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) out[k] = first[n - 1 - k];
    return out + n;
}
template <typename M, typename I, typename O> __device__ O gather(M first, M last, I from, O out) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) out[k] = from[(long long)first[k]];
    return out + n;
}
template <typename I, typename M, typename O> __device__ void scatter(I first, I last, M map, O out) {
    for (long long k = 0, n = last - first; k < n; k++) out[(long long)map[k]] = first[k];
}
template <typename I, typename T> __device__ void replace(I first, I last, T seen, T value) {
    for (long long k = 0, n = last - first; k < n; k++)
        if (first[k] == seen) first[k] = value;
}
template <typename I, typename O, typename T> __device__ O replace_copy(I first, I last, O out, T seen, T value) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) {
        if (first[k] == seen) out[k] = value;
        else out[k] = first[k];
    }
    return out + n;
}
template <typename I, typename O, typename T> __device__ O remove_copy(I first, I last, O out, T value) {
    long long kept = 0;
    for (long long k = 0, n = last - first; k < n; k++)
        if (!(first[k] == value)) out[kept++] = first[k];
    return out + kept;
}
template <typename I, typename T> __device__ I remove(I first, I last, T value) { return remove_copy(first, last, first, value); }
template <typename I> __device__ I unique(I first, I last) {
    long long kept = 0;
    for (long long k = 0, n = last - first; k < n; k++)
        if (k == 0 || !(first[k] == first[kept - 1])) first[kept++] = first[k];
    return first + kept;
}
template <typename I, typename J> __device__ Pair<I, J> unique_by_key(I first, I last, J values) {
    long long kept = 0;
    for (long long k = 0, n = last - first; k < n; k++) {
        if (k != 0 && first[k] == first[kept - 1]) continue;
        first[kept] = first[k];
        values[kept++] = values[k];
    }
    return {first + kept, values + kept};
}
template <typename I, typename O> __device__ O adjacent_difference(I first, I last, O out) {
    const long long n = last - first;
    if (n <= 0) return out;
    auto before = first[0];
    out[0] = before;
    for (long long k = 1; k < n; k++) {
        const auto x = first[k];
        out[k] = x - before;
        before = x;
    }
    return out + n;
}

// What a range is.

template <typename I, typename T> __device__ long long count(I first, I last, T value) {
    long long found = 0;
    for (long long k = 0, n = last - first; k < n; k++) found += first[k] == value;
    return found;
}
template <typename I, typename T> __device__ I find(I first, I last, T value) {
    long long k = 0;
    for (const long long n = last - first; k < n && !(first[k] == value); k++) {}
    return first + k;
}
template <typename I, typename J> __device__ Pair<I, J> mismatch(I first, I last, J other) {
    long long k = 0;
    for (const long long n = last - first; k < n && first[k] == other[k]; k++) {}
    return {first + k, other + k};
}
template <typename I, typename J> __device__ bool equal(I first, I last, J other) { return mismatch(first, last, other)._0 - first == last - first; }
template <typename I> __device__ I is_sorted_until(I first, I last) {
    const long long n = last - first;
    for (long long k = 1; k < n; k++)
        if (first[k] < first[k - 1]) return first + k;
    return last;
}
template <typename I> __device__ bool is_sorted(I first, I last) { return is_sorted_until(first, last) - first == last - first; }
template <typename I, typename T> __device__ T reduce(I first, I last, T start) {
    for (long long k = 0, n = last - first; k < n; k++) start = T(start + first[k]);
    return start;
}
template <typename I> __device__ auto reduce(I first, I last) {
    auto zero = first[0];
    zero = decltype(zero)(0);
    return reduce(first, last, zero);
}
template <typename I, typename J, typename T> __device__ T inner_product(I first, I last, J other, T start) {
    for (long long k = 0, n = last - first; k < n; k++) start = T(start + first[k] * other[k]);
    return start;
}

// Sums on the way.

template <typename I, typename O> __device__ O inclusive_scan(I first, I last, O out) {
    const long long n = last - first;
    if (n <= 0) return out;
    auto sum = first[0];
    out[0] = sum;
    for (long long k = 1; k < n; k++) {
        sum = decltype(sum)(sum + first[k]);
        out[k] = sum;
    }
    return out + n;
}
template <typename I, typename O, typename T> __device__ O exclusive_scan(I first, I last, O out, T sum) {
    const long long n = last - first;
    for (long long k = 0; k < n; k++) {
        const auto x = first[k];
        out[k] = sum;
        sum = T(sum + x);
    }
    return out + n;
}
template <typename I, typename O> __device__ O exclusive_scan(I first, I last, O out) {
    if (last - first <= 0) return out;
    auto zero = first[0];
    zero = decltype(zero)(0);
    return exclusive_scan(first, last, out, zero);
}
template <typename K, typename I, typename O> __device__ O inclusive_scan_by_key(K first, K last, I values, O out) {
    const long long n = last - first;
    if (n <= 0) return out;
    auto sum = values[0];
    out[0] = sum;
    for (long long k = 1; k < n; k++) {
        const auto x = values[k];
        sum = first[k] == first[k - 1] ? decltype(sum)(sum + x) : x;
        out[k] = sum;
    }
    return out + n;
}
template <typename K, typename I, typename O, typename T> __device__ O exclusive_scan_by_key(K first, K last, I values, O out, T start) {
    const long long n = last - first;
    T sum = start;
    for (long long k = 0; k < n; k++) {
        if (k != 0 && !(first[k] == first[k - 1])) sum = start;
        const auto x = values[k];
        out[k] = sum;
        sum = T(sum + x);
    }
    return out + n;
}
template <typename K, typename I, typename O> __device__ O exclusive_scan_by_key(K first, K last, I values, O out) {
    if (last - first <= 0) return out;
    auto zero = values[0];
    zero = decltype(zero)(0);
    return exclusive_scan_by_key(first, last, values, out, zero);
}
template <typename K, typename I, typename KO, typename O> __device__ Pair<KO, O> reduce_by_key(K first, K last, I values, KO keys, O out) {
    long long n_out = 0;
    const long long n = last - first;
    for (long long k = 0; k < n;) {
        const auto key = first[k];
        auto sum = values[k];
        for (k++; k < n && first[k] == key; k++) sum = decltype(sum)(sum + values[k]);
        keys[n_out] = key;
        out[n_out++] = sum;
    }
    return {keys + n_out, out + n_out};
}

// Places in sorted ranges.

template <typename I, typename T> __device__ I lower_bound(I first, I last, T value) {
    long long low = 0, high = last - first;
    while (low < high) {
        const long long middle = (low + high) / 2;
        if (first[middle] < value) low = middle + 1;
        else high = middle;
    }
    return first + low;
}
template <typename I, typename T> __device__ I upper_bound(I first, I last, T value) {
    long long low = 0, high = last - first;
    while (low < high) {
        const long long middle = (low + high) / 2;
        if (value < first[middle]) high = middle;
        else low = middle + 1;
    }
    return first + low;
}
template <typename I, typename T> __device__ Pair<I, I> equal_range(I first, I last, T value) {
    return {lower_bound(first, last, value), upper_bound(first, last, value)};
}
template <typename I, typename T> __device__ bool binary_search(I first, I last, T value) {
    const long long k = lower_bound(first, last, value) - first;
    return k < last - first && !(value < first[k]);
}
// The same for each of many values.
template <typename I, typename J, typename O> __device__ O lower_bound(I first, I last, J wanted, J end, O out) {
    const long long n = end - wanted;
    for (long long k = 0; k < n; k++) out[k] = lower_bound(first, last, wanted[k]) - first;
    return out + n;
}
template <typename I, typename J, typename O> __device__ O upper_bound(I first, I last, J wanted, J end, O out) {
    const long long n = end - wanted;
    for (long long k = 0; k < n; k++) out[k] = upper_bound(first, last, wanted[k]) - first;
    return out + n;
}
template <typename I, typename J, typename O> __device__ O binary_search(I first, I last, J wanted, J end, O out) {
    const long long n = end - wanted;
    for (long long k = 0; k < n; k++) out[k] = binary_search(first, last, wanted[k]);
    return out + n;
}

// Sorted ranges as sets. What goes with a key is moved by `Move`.

struct Nothing {
    __device__ void first(long long, long long) const {}
    __device__ void second(long long, long long) const {}
};
template <typename I, typename J, typename O> struct Values {
    I a;
    J b;
    O out;
    __device__ void first(long long to, long long from) const { out[to] = a[from]; }
    __device__ void second(long long to, long long from) const { out[to] = b[from]; }
};
// Which elements stay: of both alike, of the first alone, of the second alone.
template <bool BOTH, bool FIRST, bool SECOND, typename I, typename J, typename O, typename Move>
__device__ long long set_operation(I first, I last, J other, J other_last, O out, Move move) {
    const long long n = last - first, m = other_last - other;
    long long a = 0, b = 0, kept = 0;
    while (a < n || b < m) {
        const bool from_first = b == m || (a < n && first[a] < other[b]), from_second = a == n || (b < m && other[b] < first[a]);
        if (from_first) {
            if (FIRST) move.first(kept, a), out[kept++] = first[a];
            a++;
        } else if (from_second) {
            if (SECOND) move.second(kept, b), out[kept++] = other[b];
            b++;
        } else {
            if (BOTH) move.first(kept, a), out[kept++] = first[a];
            a++, b++;
        }
    }
    return kept;
}
#define JIT_SET(name, both, first_alone, second_alone)                                                                          \
    template <typename I, typename J, typename O> __device__ O name(I first, I last, J other, J other_last, O out) {            \
        return out + set_operation<both, first_alone, second_alone>(first, last, other, other_last, out, Nothing());            \
    }                                                                                                                           \
    template <typename I, typename J, typename A, typename B, typename O, typename P>                                           \
    __device__ Pair<O, P> name##_by_key(I first, I last, J other, J other_last, A values, B others, O out, P value_out) {       \
        const Values<A, B, P> move = {values, others, value_out};                                                               \
        const long long n = set_operation<both, first_alone, second_alone>(first, last, other, other_last, out, move);          \
        return {out + n, value_out + n};                                                                                        \
    }
JIT_SET(set_union, true, true, true)
JIT_SET(set_difference, false, true, false)
JIT_SET(set_symmetric_difference, false, true, true)
JIT_SET(set_intersection, true, false, false)
#undef JIT_SET
// Nothing comes from the second here.
template <typename I, typename J, typename A, typename O, typename P>
__device__ Pair<O, P> set_intersection_by_key(I first, I last, J other, J other_last, A values, O out, P value_out) {
    return set_intersection_by_key(first, last, other, other_last, values, values, out, value_out);
}

// Sorting by comparisons and exchanges of places.

template <typename I> struct Line {
    I keys;
    __device__ bool less(long long a, long long b) const { return keys[a] < keys[b]; }
    __device__ void swap(long long a, long long b) const {
        const auto x = keys[a];
        keys[a] = keys[b];
        keys[b] = x;
    }
};
template <typename I, typename J> struct LineByKey {
    Line<I> line;
    Line<J> values;
    __device__ bool less(long long a, long long b) const { return line.less(a, b); }
    __device__ void swap(long long a, long long b) const { line.swap(a, b), values.swap(a, b); }
};
// A heap: no further memory, and never more than n log n steps.
template <typename L> __device__ void sink(const L& line, long long at, long long n) {
    for (;;) {
        long long child = 2 * at + 1;
        if (child >= n) return;
        if (child + 1 < n && line.less(child, child + 1)) child++;
        if (!line.less(at, child)) return;
        line.swap(at, child);
        at = child;
    }
}
template <typename L> __device__ void heap_sort(const L& line, long long n) {
    for (long long k = n / 2 - 1; k >= 0; k--) sink(line, k, n);
    for (long long k = n - 1; k > 0; k--) {
        line.swap(0, k);
        sink(line, 0, k);
    }
}
// Exchanges [a, m) and [m, b).
template <typename L> __device__ void rotate(const L& line, long long a, long long m, long long b) {
    const long long bounds[] = {a, m, m, b, a, b};
    for (int part = 0; part < 3; part++)
        for (long long i = bounds[2 * part], j = bounds[2 * part + 1] - 1; i < j; i++, j--) line.swap(i, j);
}
// Merges neighbouring sorted ranges in place: the shorter one is cut in the middle, the other where that belongs, and
// what lies between the cuts changes places; both halves are then merged in turn.
template <typename L> __device__ void merge(const L& line, long long a, long long m, long long b) {
    struct Part { long long a, m, b; };
    Part waiting[64];
    int n = 0;
    waiting[n++] = {a, m, b};
    while (n) {
        const Part p = waiting[--n];
        const long long left = p.m - p.a, right = p.b - p.m;
        if (left == 0 || right == 0) continue;
        if (left + right == 2) {
            if (line.less(p.m, p.a)) line.swap(p.m, p.a);
            continue;
        }
        long long cut, other;
        if (left >= right) {
            cut = p.a + left / 2;
            long long low = p.m, high = p.b;
            while (low < high) {
                const long long middle = (low + high) / 2;
                if (line.less(middle, cut)) low = middle + 1;
                else high = middle;
            }
            other = low;
        } else {
            other = p.m + right / 2;
            long long low = p.a, high = p.m;
            while (low < high) {
                const long long middle = (low + high) / 2;
                if (line.less(other, middle)) high = middle;
                else low = middle + 1;
            }
            cut = low;
        }
        rotate(line, cut, p.m, other);
        const long long middle = cut + (other - p.m);
        const Part low = {p.a, cut, middle}, high = {middle, other, p.b};
        // The longer one waits, so that few do.
        const bool low_waits = low.b - low.a > high.b - high.a;
        waiting[n++] = low_waits ? low : high;
        waiting[n++] = low_waits ? high : low;
    }
}
template <typename L> __device__ void merge_sort(const L& line, long long n) {
    const long long run = 16;
    for (long long start = 0; start < n; start += run)
        for (long long k = start + 1; k < start + run && k < n; k++)
            for (long long j = k; j > start && line.less(j, j - 1); j--) line.swap(j, j - 1);
    for (long long size = run; size < n; size *= 2)
        for (long long a = 0; a + size < n; a += 2 * size) merge(line, a, a + size, a + 2 * size < n ? a + 2 * size : n);
}
template <typename I> __device__ void sort(I first, I last) { heap_sort(Line<I>{first}, last - first); }
template <typename I> __device__ void stable_sort(I first, I last) { merge_sort(Line<I>{first}, last - first); }
template <typename I, typename J> __device__ void sort_by_key(I first, I last, J values) { heap_sort(LineByKey<I, J>{{first}, {values}}, last - first); }
template <typename I, typename J> __device__ void stable_sort_by_key(I first, I last, J values) { merge_sort(LineByKey<I, J>{{first}, {values}}, last - first); }

} // namespace jit_thrust
#endif
