"""Kernels written in Python: the parts of CUB, Thrust and the cooperative groups."""

import cuprous as cp
import numpy as np
import pytest
from cuprous.x import jit
from support.compare import assert_same, to_numpy
from support.values import both


def given(values, dtype):
    """An array of the device and NumPy's."""
    a = np.asarray(values, dtype)
    return a, cp.asarray(a)


@pytest.mark.parametrize("n", [1, 7, 32, 64, 96, 200])
def test_cub(n):
    """Reductions of warps and blocks, whole and of the first items."""

    @jit.rawkernel()
    def warps(x, out):
        reduction = jit.cub.WarpReduce[np.int64]
        storage = jit.shared_memory(dtype=reduction.TempStorage, size=8)
        t = jit.threadIdx.x
        sum_of_all = reduction(storage[t // 32]).Sum(x[t])
        most = reduction(storage[t // 32]).Reduce(x[t], jit.cub.Max())
        if jit.laneid() == 0:
            out[0, t // 32] = sum_of_all
            out[1, t // 32] = most

    @jit.rawkernel()
    def block(x, out):
        reduction = jit.cub.BlockReduce[cp.float64, n]
        storage = jit.shared_memory(dtype=reduction.TempStorage, size=1)
        reducer = reduction(storage[0])
        t = jit.threadIdx.x
        total = reducer.Sum(x[t])
        jit.syncthreads()
        least = reducer.Reduce(x[t], jit.cub.Min())
        jit.syncthreads()
        some = reducer.Reduce(x[t], jit.cub.Sum(), (n + 1) // 2)
        jit.syncthreads()
        first = reducer.Sum(x[t], 1)
        if t == 0:
            out[0], out[1], out[2], out[3] = total, least, some, first

    rng = np.random.default_rng(n)
    a, x = given(rng.integers(-50, 50, n), "l")
    out = cp.zeros((2, (n + 31) // 32), "l")
    warps[1, n](x, out)
    parts = [a[k : k + 32] for k in range(0, n, 32)]
    assert to_numpy(out).tolist() == [[p.sum() for p in parts], [p.max() for p in parts]]
    out = cp.zeros(4)
    block[1, n](x.astype("d"), out)
    assert to_numpy(out).tolist() == [a.sum(), a.min(), a[: (n + 1) // 2].sum(), a[0]]


def test_cooperative_groups():
    """Blocks of a grid wait for each other; groups tell their threads; a block copies together."""

    @jit.rawkernel()
    def kernel(x, out):
        grid = jit.cg.this_grid()
        block = jit.cg.this_thread_block()
        i = grid.thread_rank()
        for _ in range(3):
            if block.thread_rank() == 0:
                jit.atomic_add(x, 0, 1)
            jit.cg.sync(grid)
            out[i] += x[0]
            grid.sync()
        out[i] += 1000 * grid.num_blocks() + block.group_index().x
        block.sync()

    x, out = cp.zeros(1, "l"), cp.zeros(4 * 40, "l")
    for n in range(1, 3):
        kernel[4, 40](x, out)
        want = np.repeat(np.arange(4), 40) * n + n * 4000 + sum(4 * k for k in range(1, 3 * n + 1))
        assert_same(out, want)

    @jit.rawkernel()
    def copies(x, y):
        group = jit.cg.this_thread_block()
        shared = jit.shared_memory(np.float32, 50)
        jit.cg.memcpy_async(group, shared, 0, x, 3, 4 * 41)
        jit.cg.memcpy_async(group, shared, 41, x, 0, np.int32(13), aligned_size=4)
        jit.cg.wait_prior(group)
        jit.cg.wait(group)
        t = jit.threadIdx.x
        if t < 44:
            y[t] = shared[t]

    a, x = both("moderate", "f", 60)
    y = cp.zeros(44, "f")
    copies[1, 70](x, y)
    assert_same(y, np.concatenate([a[3:44], a[:3]]))


def once(function, *arrays):
    """Runs a kernel in one thread."""
    jit.rawkernel()(function)[1, 1](*arrays)


@pytest.mark.parametrize("char", "iLfdb")
@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 33, 100, 300])
@pytest.mark.parametrize("layout", ["dense", "strided"])
def test_thrust_sorts(n, char, layout):
    """Sorting, also of pairs, in ranges of every layout; of equal keys the stable ones keep the order."""

    def sort(x, y, keys, places):
        thrust = jit.thrust
        thrust.sort(thrust.seq, x.begin(), x.end())
        thrust.stable_sort(thrust.device, y.begin(), y.end())
        thrust.sequence(thrust.seq, places.begin(), places.end())
        thrust.stable_sort_by_key(thrust.seq, keys.begin(), keys.end(), places.begin())

    def sort_pairs(keys, values):
        jit.thrust.sort_by_key(jit.thrust.seq, keys.begin(), keys.end(), values.begin())

    rng = np.random.default_rng(n)
    a = rng.integers(0, 100 if n < 50 else 20, n).astype(char)
    room = 2 if layout == "strided" else 1
    x, y, keys, places = (cp.zeros((n, room), c)[:, 0] for c in (char, char, char, "l"))
    for each in (x, y, keys):
        each[...] = cp.asarray(a)
    once(sort, x, y, keys, places)
    order = np.argsort(a, kind="stable")
    for got, want in ((x, a[order]), (y, a[order]), (keys, a[order]), (places, order)):
        assert_same(got, want)
    other, values = cp.asarray(a), cp.asarray(a * 3)
    once(sort_pairs, other, values)
    assert_same(other, a[order])
    assert_same(values, (a * 3)[order])


def test_thrust_of_elements():
    """Filling, copying, reversing, replacing, removing, gathering and scattering."""

    def kernel(x, y, z, places, out):
        thrust, seq = jit.thrust, jit.thrust.seq
        n = x.size
        thrust.copy(seq, x.begin(), x.end(), y.begin())
        thrust.reverse(seq, y.begin(), y.begin() + 4)
        thrust.replace(seq, y.begin(), y.end(), 7, 70)
        thrust.reverse_copy(seq, x.begin(), x.end(), z[0].begin())
        thrust.replace_copy(seq, x.begin(), x.end(), z[1].begin(), 3, -3)
        end = thrust.remove_copy(seq, x.begin(), x.end(), z[2].begin(), 3)
        out[0] = end - z[2].begin()
        thrust.gather(seq, places.begin(), places.end(), x.begin(), z[3].begin())
        thrust.scatter(seq, x.begin(), x.end(), places.begin(), z[4].begin())
        thrust.adjacent_difference(seq, x.begin(), x.end(), z[5].begin())
        thrust.fill(seq, z[6].begin(), z[6].end() - 2, 9)
        thrust.sequence(seq, z[7].begin(), z[7].end(), 5, 3)
        thrust.swap_ranges(seq, z[8].begin(), z[8].begin() + 3, z[9].begin())
        last = thrust.remove(seq, z[10].begin(), z[10].end(), 3)
        out[1] = last - z[10].begin()
        last = thrust.unique(seq, z[11].begin(), z[11].end())
        out[2] = last - z[11].begin()
        ends = thrust.unique_by_key(seq, z[12].begin(), z[12].end(), z[13].begin())
        out[3] = ends[0] - z[12].begin()
        out[4] = n
        thrust.copy(seq, thrust.make_counting_iterator(10), thrust.make_counting_iterator(10) + n, z[14].begin())
        thrust.gather(seq, places.begin(), places.end(), thrust.make_constant_iterator(np.int32(4)), z[15].begin())

    a = np.array([3, 1, 3, 3, 7, 7, 2, 3, 9], "i")
    p = np.array([2, 0, 1, 5, 4, 3, 8, 7, 6], "l")
    z = np.zeros((16, 9), "i")
    z[8], z[9], z[10], z[11], z[12], z[13] = np.arange(9), -np.arange(9), a, a, a, np.arange(9)
    x, y, zz, places, out = cp.asarray(a), cp.zeros(9, "i"), cp.asarray(z), cp.asarray(p), cp.zeros(5, "l")
    once(kernel, x, y, zz, places, out)
    got = to_numpy(zz)
    y_want = np.concatenate([a[3::-1], a[4:]])
    y_want[y_want == 7] = 70
    assert_same(y, y_want)
    assert to_numpy(out).tolist() == [5, 5, 7, 7, 9]
    scattered = np.zeros(9, "i")
    scattered[p] = a
    want = {
        0: a[::-1], 1: np.where(a == 3, -3, a), 3: a[p], 4: scattered, 5: np.concatenate([a[:1], np.diff(a)]), 6: [9] * 7 + [0, 0],
        7: np.arange(9) * 3 + 5, 8: [0, -1, -2, 3, 4, 5, 6, 7, 8], 9: [0, 1, 2, -3, -4, -5, -6, -7, -8], 14: np.arange(9) + 10, 15: [4] * 9,
    }
    for row, values in want.items():
        assert got[row].tolist() == np.asarray(values).tolist(), row
    assert got[2, :5].tolist() == got[10, :5].tolist() == [1, 7, 7, 2, 9]
    assert got[11, :7].tolist() == got[12, :7].tolist() == [3, 1, 3, 7, 2, 3, 9]
    assert got[13, :7].tolist() == [0, 1, 2, 4, 6, 7, 8]


def test_thrust_of_ranges():
    """Questions, sums and scans."""

    def kernel(x, y, keys, z, out, real):
        thrust, seq = jit.thrust, jit.thrust.device
        first, last = x.begin(), x.end()
        out[0] = thrust.count(seq, first, last, 3)
        out[1] = thrust.find(seq, first, last, 7) - first
        out[2] = thrust.find(seq, first, last, 100) - first
        out[3] = thrust.equal(seq, first, last, y.begin())
        out[4] = thrust.equal(seq, first, first + 4, y.begin())
        pair = thrust.mismatch(seq, first, last, y.begin())
        out[5], out[6] = pair[0] - first, pair[1] - y.begin()
        out[7] = thrust.is_sorted(seq, first, last)
        out[8] = thrust.is_sorted_until(seq, keys.begin(), keys.end()) - keys.begin()
        out[9] = thrust.reduce(seq, first, last)
        out[10] = thrust.reduce(seq, first, last, 100)
        real[0] = thrust.reduce(seq, first, last, np.float64(0.5))
        out[11] = thrust.inner_product(seq, first, last, y.begin(), 1)
        thrust.inclusive_scan(seq, first, last, z[0].begin())
        thrust.exclusive_scan(seq, first, last, z[1].begin())
        thrust.exclusive_scan(seq, first, last, z[2].begin(), 5)
        thrust.inclusive_scan_by_key(seq, keys.begin(), keys.end(), first, z[3].begin())
        thrust.exclusive_scan_by_key(seq, keys.begin(), keys.end(), first, z[4].begin())
        thrust.exclusive_scan_by_key(seq, keys.begin(), keys.end(), first, z[5].begin(), 10)
        ends = thrust.reduce_by_key(seq, keys.begin(), keys.end(), first, z[6].begin(), z[7].begin())
        out[12] = ends[0] - z[6].begin()
        out[13] = ends[1] == z[7].begin() + 3

    a, b = np.array([3, 1, 3, 3, 7, 7, 2], "i"), np.array([3, 1, 3, 3, 8, 7, 2], "i")
    k = np.array([1, 1, 2, 2, 2, 1, 1], "i")
    z, out, real = cp.zeros((8, 7), "i"), cp.zeros(14, "l"), cp.zeros(1)
    once(kernel, cp.asarray(a), cp.asarray(b), cp.asarray(k), z, out, real)
    assert to_numpy(out).tolist() == [3, 4, 7, 0, 1, 4, 4, 0, 5, 26, 126, int((a * b).sum()) + 1, 3, 1]
    assert real.item() == 26.5
    sums = a.cumsum()
    want = [sums, sums - a, sums - a + 5, [3, 4, 3, 6, 13, 7, 9], [0, 3, 0, 3, 6, 0, 7], [10, 13, 10, 13, 16, 10, 17]]
    got = to_numpy(z)
    assert [row.tolist() for row in got[:6]] == [np.asarray(w).tolist() for w in want]
    assert got[6, :3].tolist() == [1, 2, 1] and got[7, :3].tolist() == [4, 13, 9]


def test_thrust_of_sorted_ranges():
    """Places in sorted ranges, and sorted ranges as sets, with values and without."""

    def search(x, wanted, z, out):
        thrust, seq = jit.thrust, jit.thrust.seq
        out[0] = thrust.lower_bound(seq, x.begin(), x.end(), 3) - x.begin()
        out[1] = thrust.upper_bound(seq, x.begin(), x.end(), 3) - x.begin()
        low, high = thrust.equal_range(seq, x.begin(), x.end(), 3)
        out[2], out[3] = low - x.begin(), high - x.begin()
        out[4] = thrust.binary_search(seq, x.begin(), x.end(), 3)
        out[5] = thrust.binary_search(seq, x.begin(), x.end(), 4)
        thrust.lower_bound(seq, x.begin(), x.end(), wanted.begin(), wanted.end(), z[0].begin())
        thrust.upper_bound(seq, x.begin(), x.end(), wanted.begin(), wanted.end(), z[1].begin())
        thrust.binary_search(seq, x.begin(), x.end(), wanted.begin(), wanted.end(), z[2].begin())

    def sets(x, y, u, v, keys, values, n):
        thrust, seq = jit.thrust, jit.thrust.seq
        a, b, c, d = x.begin(), x.end(), y.begin(), y.end()
        n[0] = thrust.set_union(seq, a, b, c, d, keys[0].begin()) - keys[0].begin()
        n[1] = thrust.set_intersection(seq, a, b, c, d, keys[1].begin()) - keys[1].begin()
        n[2] = thrust.set_difference(seq, a, b, c, d, keys[2].begin()) - keys[2].begin()
        n[3] = thrust.set_symmetric_difference(seq, a, b, c, d, keys[3].begin()) - keys[3].begin()
        ends = thrust.set_union_by_key(seq, a, b, c, d, u.begin(), v.begin(), keys[4].begin(), values[0].begin())
        n[4] = ends[1] - values[0].begin()
        ends = thrust.set_intersection_by_key(seq, a, b, c, d, u.begin(), keys[5].begin(), values[1].begin())
        n[5] = ends[1] - values[1].begin()
        ends = thrust.set_difference_by_key(seq, a, b, c, d, u.begin(), v.begin(), keys[6].begin(), values[2].begin())
        n[6] = ends[1] - values[2].begin()
        ends = thrust.set_symmetric_difference_by_key(seq, a, b, c, d, u.begin(), v.begin(), keys[7].begin(), values[3].begin())
        n[7] = ends[1] - values[3].begin()

    a, w = np.array([1, 3, 3, 3, 7, 9], "d"), np.array([0, 1, 3, 4, 10], "d")
    z, out = cp.zeros((3, 5), "l"), cp.zeros(6, "l")
    once(search, cp.asarray(a), cp.asarray(w), z, out)
    assert to_numpy(out).tolist() == [1, 4, 1, 4, 1, 0]
    want = [np.searchsorted(a, w), np.searchsorted(a, w, "right"), np.isin(w, a)]
    assert to_numpy(z).tolist() == [x.astype("l").tolist() for x in want]
    x, y = np.array([1, 2, 2, 5, 8], "i"), np.array([2, 5, 5, 9], "i")
    keys, values, n = cp.zeros((8, 9), "i"), cp.zeros((4, 9), "f"), cp.zeros(8, "l")
    u, v = np.arange(5, dtype="f"), np.arange(4, dtype="f") + 10
    once(sets, *map(cp.asarray, (x, y, u, v)), keys, values, n)
    results = [[1, 2, 2, 5, 5, 8, 9], [2, 5], [1, 2, 8], [1, 2, 5, 8, 9]]
    assert to_numpy(n).tolist() == [len(r) for r in results] * 2
    got, of_keys = to_numpy(keys), to_numpy(values)
    for k, result in enumerate(results):
        assert got[k, : len(result)].tolist() == got[k + 4, : len(result)].tolist() == result
    for k, result in enumerate([[0, 1, 2, 3, 12, 4, 13], [1, 3], [0, 2, 4], [0, 2, 12, 4, 13]]):
        assert of_keys[k, : len(result)].tolist() == result


def test_thrust_in_shared_memory():
    """Shared memory is a range too."""

    @jit.rawkernel()
    def kernel(x, out):
        shared = jit.shared_memory(np.float32, 64)
        t = jit.threadIdx.x
        shared[t] = x[t]
        jit.syncthreads()
        if t == 0:
            jit.thrust.sort(jit.thrust.seq, shared, shared + 64)
            out[0] = jit.thrust.lower_bound(jit.thrust.seq, shared, shared + 64, 0) - shared
        jit.syncthreads()
        x[t] = shared[t]

    a, x = both("moderate", "f", 64)
    out = cp.zeros(1, "l")
    kernel[1, 64](x, out)
    np.testing.assert_array_equal(to_numpy(x), np.sort(a))
    assert out.item() == (a < 0).sum()
