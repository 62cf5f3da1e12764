"""The rules of the laziness contract that a Python program can observe, one by one.

Sizes lie above the number of elements up to which the CPU computes at once, so that values do wait; each
program runs on NumPy and on cuprous and must leave the same bits.
"""

import gc
import threading
import weakref

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, equal_bits, to_numpy
from support.values import LAZY_SIZE, both, values

N = LAZY_SIZE


def run_both(program, *shapes, dtype="d"):
    """Runs a program of one array library on the same inputs in both and compares all that it returns."""
    inputs = [both("moderate", dtype, s, k) for k, s in enumerate(shapes)]
    want = program(np, *[a.copy() for a, _ in inputs])
    got = program(cp, *[x for _, x in inputs])
    assert len(got) == len(want)
    for k, (g, w) in enumerate(zip(got, want)):
        assert_same(g, w, 0, f"result {k}")


def test_writes_are_not_deferred():
    """Rule 1: `out=`, in-place operators and assignments take the values of the moment they are written."""

    def program(xp, x, y):
        out = xp.zeros(N)
        xp.add(x, y, out=out)
        x += 1
        z = xp.zeros(N)
        z[...] = x
        x[...] = 0
        return out, x, z

    run_both(program, N, N)


def test_reductions_are_not_deferred():
    """Rule 1: a reduction sees its operand as it is at the call."""

    def program(xp, x):
        total, top = (x * 2).sum(), x.max()
        x[...] = 0
        return total - total, top, x.sum()

    run_both(program, N)


def test_metadata_is_fixed_at_creation():
    """Rule 2: dtype, shape and strides of a pending value are NumPy's from the start and stay when it is computed."""
    a, x = both("moderate", "f", (70, 80))
    for make in (lambda m: m + 1, lambda m: m.T * 2, lambda m: m[::-1, ::2] - 1, lambda m: m > 0, lambda m: m.astype("D"), lambda m: m / m[:1]):
        got, want = make(x), make(a)
        before = (got.dtype, got.shape, got.strides, got.flags.c_contiguous, got.flags.f_contiguous)
        assert before == (want.dtype, want.shape, want.strides, want.flags.c_contiguous, want.flags.f_contiguous)
        to_numpy(got)
        assert before == (got.dtype, got.shape, got.strides, got.flags.c_contiguous, got.flags.f_contiguous)


def test_errors_rise_at_creation():
    """Rule 2: what NumPy refuses is refused by the call itself, on pending operands too."""
    (a, x), (b, y) = both("moderate", "f", (70, 80)), both("moderate", "f", (3000,))
    assert_raises_like(lambda: (x + 1) * (y + 1), lambda: (a + 1) * (b + 1))
    assert_raises_like(lambda: (x > 0) - (x < 0), lambda: (a > 0) - (a < 0))
    assert_raises_like(lambda: (y + 1).reshape(7, 7), lambda: (b + 1).reshape(7, 7))
    assert_raises_like(lambda: (y > 1).astype("u1") + 300, lambda: (b > 1).astype("u1") + 300)
    assert_raises_like(lambda: (x + 1)[100], lambda: (a + 1)[100])


def test_0d_device_arrays_are_loads():
    """Rule 2: a 0-d array in an expression keeps the value it had there, whatever is written to it later."""

    def program(xp, x):
        scale = xp.asarray(np.array(3.0)) if xp is cp else np.array(3.0)
        y = x * scale
        scale[...] = 100
        z = x * scale
        scale += 1
        return y, z, scale

    run_both(program, N)


def test_python_scalars_are_taken_at_the_call():
    """Rule 2: Python's numbers are converted when the expression is built."""
    x = cp.asarray(values("moderate", "d", N))
    results = [x * k for k in range(5)]
    for k, got in enumerate(results):
        assert_same(got, values("moderate", "d", N) * k)


def test_empty_results():
    """Rule 3: empty results are ready, and usable in every way."""
    x = cp.zeros((0, 5)) + 1
    assert x.shape == (0, 5) and to_numpy(x).size == 0
    assert_same((x * 2).sum(axis=0), np.zeros(5))
    assert_same((x[:, 1:] * 2).T, np.zeros((4, 0)))


def test_views_of_pending_values():
    """Rule 4: a view of a pending value shares its memory, and has it as its base."""

    def program(xp, x):
        y = x * 2 + 1
        v, t = y[::2], y.reshape(100, 50).T
        v[3] = 99
        t[7] = 5
        assert v.base is y and (t.base is y or xp is np)
        return y, v, t

    run_both(program, N)
    y = cp.asarray(values("moderate", "d", N)) * 2
    assert y.base is None and y.flags.owndata


def test_metadata_of_many_pending_values():
    """Rule 4: reading metadata changes no result."""
    a, x = both("moderate", "d", N)
    y, want = x, a
    for _ in range(20):
        y, want = y + 1, want + 1
        assert (y.shape, y.strides, y.size, y.nbytes, len(y), y.ndim) == (want.shape, want.strides, want.size, want.nbytes, len(want), want.ndim)
    assert_same(y, want)


def test_write_forces_pending_readers():
    """Rule 5: a value that reads an array keeps the elements from before a later write."""

    def program(xp, x, y):
        a = x + 1
        b = x[::2] * 2
        c = x[10:20] - 3
        x[5:15] = 0
        d = a * b.max()
        x[...] = y
        e = x - 1
        x += 1
        return a, b, c, d, e, x

    run_both(program, N, N)


def test_write_to_another_range():
    """Rule 5: writing one part of an array leaves pending readers of another part right."""

    def program(xp, x):
        low, high = x[: N // 2] + 1, x[N // 2 :] + 2
        x[: N // 2] = 7
        x[N // 2 :: 2] *= 3
        return low, high, x

    run_both(program, N)


def test_consumers_become_readers():
    """Rule 6: consumers of a pending value keep its old elements when the value is computed and written to."""

    def program(xp, x):
        y = x + 1
        z = y * 2
        v = y[::2]
        v[0] = 9
        w = y * 3
        v += 1
        return y, z, v, w

    run_both(program, N)


def test_consumers_of_consumers():
    """Rule 6: the same holds through several steps and several writes."""

    def program(xp, x):
        y = x + 1
        z = y * 2
        u = z - y
        y[0] = 5
        z[1] = 6
        t = u + z + y
        u[2] = 7
        y[...] = 0
        return x, y, z, u, t

    run_both(program, N)


def test_read_one_keep_the_other():
    """Rule 6: reading one of two related values changes neither."""

    def program(xp, x):
        y = x * 2
        z = y + x
        to_host = (lambda m: to_numpy(m)) if xp is cp else (lambda m: m)
        first = to_host(z).copy()
        y[1:] = y[:-1]
        assert np.array_equal(to_host(z), first)
        return y, z

    run_both(program, N)


def test_in_place_on_pending_with_one_owner():
    """Rule 7: an in-place operator on a pending value keeps array, dtype and strides."""

    def program(xp, x):
        y = x + 1
        alias = y
        y += x
        y *= 2
        y -= 1
        assert alias is y
        return (y,)

    run_both(program, N)
    x = cp.asarray(values("moderate", "f", (70, 80)))
    y = x.T + 1
    strides = y.strides
    y *= 2.5
    y += cp.asarray(values("moderate", "f", (70,)))[None, :]
    assert y.dtype == np.float32 and y.strides == strides


def test_in_place_on_pending_with_other_owners():
    """Rule 7: those who hold the array see the write, those who computed from it do not."""

    def program(xp, x):
        y = x + 1
        holders = [y, y, {"y": y}]
        z = y * 2
        y += 10
        z2 = holders[0] * 2
        holders[1] -= 1
        return y, z, z2, holders[2]["y"]

    run_both(program, N)


def test_in_place_keeps_the_dtype():
    """Rule 7: an in-place operator on a pending value rounds to its dtype, or raises NumPy's error and changes nothing."""
    a, x = both("moderate", "f", N)
    b, y = a + 1, x + 1
    b += np.float32(0.1)
    y += np.float32(0.1)
    b *= a.astype("d")
    y *= x.astype("d")
    assert_same(y, b)
    c, z = (a > 0).astype("i") + 1, (x > 0).astype("i") + 1

    def divide(m):
        m /= 2

    assert_raises_like(lambda: divide(z), lambda: divide(c))
    assert_same(z, c)


def test_where_keeps_old_elements():
    """Rule 7: `where=` leaves the other elements of a pending target as they were."""

    def program(xp, x, y):
        t = x * 2
        reader = t + 1
        xp.add(x, y, out=t, where=x > y)
        xp.negative(t, out=t, where=t > 0)
        return t, reader

    run_both(program, N, N)


OVERLAPS = {
    "shift down": lambda a: a.__setitem__(slice(1, None), a[:-1] + 1),
    "shift up": lambda a: a.__setitem__(slice(None, -1), a[1:] * 2),
    "plain shift": lambda a: a.__setitem__(slice(1, None), a[:-1]),
    "reverse": lambda a: a.__setitem__(slice(None), a[::-1]),
    "iadd reversed": lambda a: a.__iadd__(a[::-1]),
    "iadd shifted": lambda a: a[1:].__iadd__(a[:-1]),
    "isub shifted up": lambda a: a[:-1].__isub__(a[1:]),
    "spread": lambda a: a[::2].__imul__(a[: a[::2].shape[0]]),
    "gather": lambda a: a[: a[::2].shape[0]].__iadd__(a[::2]),
    "one element": lambda a: a.__isub__(a[3:4]),
    "first row": lambda a: a.__imul__(a[:1]),
    "negative step": lambda a: a[::-2].__iadd__(a[: a[::-2].shape[0]]),
}


@pytest.mark.parametrize("n", [7, 100, N])
@pytest.mark.parametrize("case", OVERLAPS)
def test_overlapping_writes(case, n):
    """Rule 8: a write whose operands overlap it reads all of them first, whatever the shift."""
    for dtype in "dib":
        for prepare in (lambda m: m, lambda m: m + 1, lambda m: m.reshape(1, -1)[0]):
            a, x = both("moderate", dtype, n, case)
            a, x = prepare(a.copy()), prepare(x)
            OVERLAPS[case](a)
            OVERLAPS[case](x)
            assert_same(x, a, 0, f"{case} {dtype} {n}")


@pytest.mark.parametrize("n", [3, 64, 90])
def test_overlapping_writes_in_two_dimensions(n):
    """Rule 8: transposed and shifted rows and columns of the target are read before it is written."""
    cases = [
        lambda a: a.__setitem__(..., a.T), lambda a: a.__iadd__(a.T), lambda a: a.__setitem__(slice(None), a[::-1, ::-1].T * 2), lambda a: a.__isub__(a[:, :1]),
        lambda a: a.__isub__(a[0]), lambda a: a[1:, 1:].__iadd__(a[:-1, :-1]), lambda a: a[:-1, 1:].__setitem__(..., a[1:, :-1]), lambda a: a.T.__imul__(a),
        lambda a: a.T[1:].__iadd__(a[:-1]), lambda a: a.reshape(-1)[1:].__setitem__(..., a.reshape(-1)[:-1] - 1),
    ]
    for k, case in enumerate(cases):
        a, x = both("moderate", "l", (n, n))
        a = a.copy()
        case(a)
        case(x)
        assert_same(x, a, 0, f"case {k}")


def test_overlap_of_deep_leaves():
    """Rule 8: a leaf deep in a pending expression counts as an operand of the write."""

    def program(xp, x, y):
        deep = (x[:-1] * 2 + y[1:]) - x[1:] * x[:-1]
        x[1:] = deep + 1
        other = (y[::-1] + x) * 2
        y += other
        third = x.reshape(50, 100).T + 1
        x.reshape(50, 100)[...] = third.reshape(50, 100) - y.reshape(50, 100)
        return x, y, deep, other, third

    run_both(program, N, N)


def test_inputs_are_never_reused_while_alive():
    """Rule 8: computing a value never changes an input that is still held, directly or through a view."""

    def program(xp, x):
        y = x + 1
        view = y[: N // 2]
        z = y * 2
        del y
        w = z + 1
        kept = view * 3
        del z
        return w, view, kept, x

    run_both(program, N)


def test_dropped_inputs_live_long_enough():
    """Rule 12: values stay right when their inputs are dropped before they are computed."""
    wanted, results = [], []
    for k in range(40):
        a = values("moderate", "d", N, k)
        x = cp.asarray(a)
        results.append((x * 2 + k)[::3].copy() - 1)
        wanted.append((a * 2 + k)[::3] - 1)
        del x
    gc.collect()
    for got, want in zip(results, wanted):
        assert_same(got, want)


def test_synchronize_computes():
    """Rule 13: after a synchronization all values are there and still right."""
    stream = cp.cuda.Stream.null
    a, x = both("moderate", "d", N)
    pending = [x * k + 1 for k in range(10)]
    stream.synchronize()
    x[...] = 0
    stream.synchronize()
    for k, got in enumerate(pending):
        assert_same(got, a * k + 1)


def test_failed_results_leave_their_operands():
    """Rule 21: a value that does not fit in memory raises where it is needed, and nothing else is lost."""
    a, x = both("moderate", "f", N)
    y = x * 2
    for _ in range(2):
        with pytest.raises(MemoryError):
            (cp.broadcast_to(y, (1 << 46, N)) + 1).get()
    assert_same(y + 1, a * 2 + np.float32(1))


def test_element_values_are_ieee():
    """Rule 22: divisions by zero, overflows and NaN are values, and `errstate` changes nothing."""
    a, x = both("any", "d", N)
    with np.errstate(all="ignore"):
        want = (a / 0 * a) - a / a[::-1]
    with np.errstate(all="raise"):
        assert_same((x / 0 * x) - x / x[::-1], want)
    b, y = both("any", "i", N)
    with np.errstate(all="ignore"):
        want = b // 0 + b % 0
    with np.errstate(all="raise"):
        assert_same(y // 0 + y % 0, want)


def test_no_contraction_nor_reassociation():
    """Rule 23: each step of an expression rounds to its own dtype."""
    for dtype in "efd":
        a, b, c = (values("moderate", dtype, N, k) for k in range(3))
        x, y, z = cp.asarray(a), cp.asarray(b), cp.asarray(c)
        assert_same(x * y + z, a * b + c, 0, f"multiply-add {dtype}")
        assert_same(x * y - y * x, a * b - b * a, 0, f"difference of products {dtype}")
        assert_same((x + y) - x, (a + b) - a, 0, f"reassociation {dtype}")
        assert_same(x / 3 * 3 - x, a / 3 * 3 - a, 0, f"reciprocal {dtype}")
        assert_same(x * 2 * 0.5 + 0.0, a * 2 * 0.5 + 0.0, 0, f"identities {dtype}")
        assert_same(0.0 * -x + (x - x), 0.0 * -a + (a - a), 0, f"signed zeros {dtype}")
        tiny = np.finfo(dtype).smallest_subnormal
        assert_same(x * tiny * 2, a * tiny * 2, 0, f"subnormals {dtype}")


def test_integer_steps_wrap():
    """Rule 23: each integer step wraps in its own dtype, narrow ones too."""
    for dtype in "bBhHiIlL":
        a, b = values("any", dtype, N, 1), values("any", dtype, N, 2)
        x, y = cp.asarray(a), cp.asarray(b)
        assert_same((x * y + x) // 3 - y, (a * b + a) // 3 - b, 0, dtype)
        assert_same((x + y).astype("l") * 2, (a + b).astype("l") * 2, 0, dtype)
        assert_same(((x + 100) > y) == (x - y >= 1), ((a + 100) > b) == (a - b >= 1), 0, dtype)


def test_position_does_not_matter():
    """Rule 23: an element's result does not depend on where it lies, nor on its neighbours."""
    a = values("moderate", "f", N)

    def f(m):
        return cp.exp(cp.sin(m) * 3) / (m * m + 1) + cp.tanh(m) ** 3

    whole = to_numpy(f(cp.asarray(a)))
    for start, stop, step in ((1, None, 1), (3, 4000, 1), (0, None, 7), (None, None, -1), (17, 18, 1), (5, 2060, 1)):
        part = cp.asarray(a)[start:stop:step]
        assert np.all(equal_bits(to_numpy(f(part)), whole[start:stop:step])), (start, stop, step)
        assert np.all(equal_bits(to_numpy(f(part.copy())), whole[start:stop:step])), (start, stop, step)


def test_long_expressions():
    """Rule 25: deep and wide expressions with shared parts give NumPy's bits."""

    def program(xp, x, y):
        deep = x
        for k in range(300):
            deep = deep * 0.5 + y
        shared = x - y
        wide = [shared * k + (shared if k % 2 else y) for k in range(60)]
        total = wide[0]
        for w in wide[1:]:
            total = total + w
        doubling = x
        for _ in range(40):
            doubling = (doubling + doubling) * 0.5
        return deep, total, shared, doubling, *wide[:3]

    run_both(program, N, N)


def test_more_steps_than_wait():
    """Rule 25: thousands of unread steps neither exhaust the stack nor change the result (rule 28)."""
    a, x = both("moderate", "d", N)
    y, want = x, a
    for k in range(20_000):
        y = y + 1
        if k % 2:
            y = y - 2
    want = a.copy()
    for k in range(20_000):
        want = want + 1
        if k % 2:
            want = want - 2
    assert_same(y, want)
    chain = [cp.asarray(a)]
    for _ in range(20_000):
        chain.append(chain[-1] + 1)
    del chain, y


def test_dropped_unread_values():
    """Rule 26: dropping values unread leaves everything else right."""
    a, x = both("moderate", "d", N)
    for k in range(200):
        x * k
    y = x + 1
    for k in range(200):
        y * k
    cp.cuda.Stream.null.synchronize()
    assert_same(y, a + 1)


def test_copies():
    """Rule 30: a copy is a value of its own, pending or not, and `asarray` is none."""

    def program(xp, x):
        y = x * 2
        c = y.copy()
        y += 1
        d = x.copy()
        x[...] = 0
        same = xp.asarray(y)
        same[0] = 77
        return x, y, c, d

    run_both(program, N)


def test_conversions_read():
    """Rule 30: printing, `bool`, `item` and `float` see every earlier write."""
    a, x = both("moderate", "d", N)
    y = x + 1
    y[0] = 5
    y[1:3] += 1
    want = a + 1
    want[0] = 5
    want[1:3] += 1
    assert str(y) == str(want) and repr(y) == repr(want)
    assert y[0].item() == 5 and float(y[1]) == want[1] and bool((y[2] == want[2]))
    assert y.tolist() == want.tolist()


def test_weak_references():
    """Rule 30: weak references keep nothing alive and change nothing."""
    a, x = both("moderate", "d", N)
    y = x + 1
    z = y * 2
    reference = weakref.ref(y)
    assert reference() is y
    del y
    gc.collect()
    assert reference() is None
    assert_same(z, (a + 1) * 2)


def test_where_function():
    """`where` and comparisons wait like other element-wise ops and keep old elements."""

    def program(xp, x, y):
        mask = x > y
        z = xp.where(mask, x * 2, y - 1)
        mask[...] = False
        x[::2] = 0
        return z, mask, xp.where(mask, x, 3.5)

    run_both(program, N, N)


def test_casts_wait():
    """Casts wait like element-wise ops and round once."""

    def program(xp, x):
        y = (x * 3).astype("f")
        z = y.astype("d") - x
        i = x.astype("i2").astype("f")
        x[...] = 0
        return y, z, i

    run_both(program, N)


def test_random_numbers_in_expressions():
    """Rule 1: random numbers are drawn at the call, in the order of the program."""
    cp.random.seed(4)
    a = cp.random.rand(N)
    b = a * 2 + cp.random.rand(N)
    c = cp.random.rand(N)
    kept = to_numpy(c)
    cp.random.seed(4)
    first, second, third = (to_numpy(cp.random.rand(N)) for _ in range(3))
    assert np.array_equal(kept, third)
    assert_same(b, first * 2 + second)


def test_matmul_of_pending_values():
    """Rule 1: products take the values of the moment."""
    a = np.arange(64 * 64, dtype="d").reshape(64, 64) % 7
    x = cp.asarray(a)
    y = x * 2
    p = y @ x
    x[...] = 0
    y += 1
    assert_same(p, (a * 2) @ a)


def test_threads_reading_shared_values():
    """Rule 27: threads that use the same pending values all get the right ones."""
    a, x = both("moderate", "d", N)
    shared = [x * k + 1 for k in range(8)]
    wants = [a * k + 1 for k in range(8)]
    failures = []

    def work(seed):
        try:
            for step in range(60):
                k = (seed * 7 + step * 3) % 8
                got = shared[k] * 2 - shared[(k + 1) % 8]
                if not np.array_equal(cp.asnumpy(got), wants[k] * 2 - wants[(k + 1) % 8]):
                    failures.append((seed, step))
                if float(shared[k].max()) != wants[k].max():
                    failures.append((seed, step, "max"))
        except Exception as error:
            failures.append(repr(error))

    _run_threads([lambda s=s: work(s) for s in range(6)])
    assert failures == []


def test_threads_with_a_writer():
    """Rules 5 and 27: each reader sees the array before or after a whole write, never a mixture."""
    for attempt in range(40):
        x = cp.asarray(np.zeros(N))
        results, failures, start = [], [], threading.Barrier(4)

        def read():
            try:
                start.wait(30)
                for _ in range(10):
                    results.append(cp.asnumpy(x * 2 + 1))
            except Exception as error:
                failures.append(repr(error))

        def write():
            try:
                start.wait(30)
                for k in range(1, 6):
                    x[...] = k
            except Exception as error:
                failures.append(repr(error))

        _run_threads([read, read, read, write])
        assert failures == []
        for out in results:
            assert (out == out[0]).all() and out[0] in (1, 3, 5, 7, 9, 11), f"attempt {attempt}: {np.unique(out)}"
        assert_same(x, np.full(N, 5.0))


def test_threads_in_place_on_their_own_parts():
    """Rule 27: threads that write disjoint views of one array all get their writes in."""
    x = cp.zeros((4, N))
    rows, failures = [x[k] for k in range(4)], []

    def work(k):
        try:
            row = rows[k]
            for _ in range(50):
                row += k + 1
                row *= 1.0
        except Exception as error:
            failures.append(repr(error))

    _run_threads([lambda k=k: work(k) for k in range(4)])
    assert failures == []
    assert_same(x, np.array([[50.0 * (k + 1)] * N for k in range(4)]))


def test_threads_drop_values():
    """Rule 28: values made by one thread may be dropped by another."""
    a, x = both("moderate", "d", N)
    for _ in range(20):
        box = [x * k for k in range(50)]
        kept = box[7] + box[8]
        _run_threads([box.clear, lambda: to_numpy(kept)])
        assert_same(kept, a * 7 + a * 8)


def _run_threads(targets):
    """Runs functions in threads of their own and waits for all."""
    threads = [threading.Thread(target=t, daemon=True) for t in targets]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    assert not any(t.is_alive() for t in threads), "a thread hangs"
