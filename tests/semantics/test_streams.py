"""Streams change when work is done, never what it gives: rules 12 to 16 and 19 of the laziness contract."""

import gc
import os
import random
import subprocess
import sys
import threading

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import LAZY_SIZE, both, values

N = LAZY_SIZE


@pytest.fixture(params=(False, True), ids=("blocking", "non_blocking"))
def streams(request):
    """Three streams besides the default one."""
    return [cp.cuda.Stream(non_blocking=request.param) for _ in range(3)]


def test_values_belong_to_their_stream(streams):
    """Rule 12: a value can be read from any stream, in the order of the program."""
    a, x = both("moderate", "d", N)
    with streams[0]:
        y = x * 2
        z = y + 1
    with streams[1]:
        w = z * y
        with streams[2]:
            total = (w + z).sum()
        v = w[::2] - 1
    assert_same(w, (a * 2 + 1) * (a * 2))
    assert_same(v, ((a * 2 + 1) * (a * 2))[::2] - 1)
    assert np.isclose(float(total), ((a * 2 + 1) * (a * 2) + a * 2 + 1).sum())


def test_writes_from_other_streams(streams):
    """Rules 5 and 12: a write on one stream comes after the readers on all others, and before later ones."""
    a, x = both("moderate", "d", N)
    want, got = [], []
    for k in range(12):
        with streams[k % 3]:
            got.append(x * k + 1)
            want.append(a * k + 1)
        with streams[(k + 1) % 3]:
            x += 1
            a = a + 1
        with streams[(k + 2) % 3]:
            got.append(x.copy())
            want.append(a.copy())
            x[k] = k
            a[k] = k
    for k, (g, w) in enumerate(zip(got, want)):
        assert_same(g, w, what=str(k))
    assert_same(x, a)


def test_host_transfers_on_other_streams(streams):
    """Reading and setting elements on one stream sees what was written on another."""
    a, x = both("moderate", "d", N)
    for k in range(6):
        with streams[k % 3]:
            x *= 2
            a = a * 2
        with streams[(k + 1) % 3]:
            assert np.array_equal(cp.asnumpy(x), a)
            a = a + k
            x.set(a)
        assert float(x[k]) == a[k]


def test_memory_of_other_streams(streams):
    """Rule 12: memory that another stream still uses is not handed out again too early."""
    a = values("moderate", "d", 1 << 18)
    x = cp.asarray(a)
    results = []
    for k in range(60):
        with streams[k % 3]:
            t = x * k
        with streams[(k + 1) % 3]:
            results.append(t[::64] + 1)
            u = t - 1
        del t
        with streams[k % 3]:
            noise = cp.full(1 << 18, 1e9)
            noise += 1
        results.append(u[::64])
        del u, noise
    for k in range(60):
        assert_same(results[2 * k], (a * k)[::64] + 1, what=str(k))
        assert_same(results[2 * k + 1], (a * k)[::64] - 1, what=str(k))


def test_events_order_streams(streams):
    """Rule 13: recording an event launches what waits, so that whoever waits for it finds the work done."""
    a, x = both("moderate", "d", N)
    event = cp.cuda.Event()
    with streams[0]:
        y = x
        for _ in range(30):
            y = y * 0.5 + 1
        event.record()
    streams[1].wait_event(event)
    with streams[1]:
        z = y * 2
    event.synchronize()
    assert event.done
    want = a
    for _ in range(30):
        want = want * 0.5 + 1
    assert_same(z, want * 2)


FLUSH_POINTS = """
import sys
import cuprous as cp

pool, current, other, event = cp.get_default_memory_pool(), cp.cuda.Stream(), cp.cuda.Stream(), cp.cuda.Event()
handle, memory = current.ptr, cp.cuda.alloc(8)
event.record(other)

def enter_and_leave():
    with other:
        pass

POINTS = {
    "event record": lambda: event.record(current), "event record on the current stream": event.record,
    "stream record": current.record, "wait for an event": lambda: current.wait_event(event), "synchronize": current.synchronize,
    "done": lambda: current.done, "ptr": lambda: current.ptr, "callback": lambda: current.add_callback(lambda *_: None, None),
    "host function": lambda: current.launch_host_func(lambda _: None, None), "device": cp.cuda.Device().synchronize,
    "runtime device": cp.cuda.runtime.deviceSynchronize, "runtime stream": lambda: cp.cuda.runtime.streamSynchronize(handle),
    "runtime query": lambda: cp.cuda.runtime.streamQuery(handle), "use": lambda: other.use() and current.use(),
    "with": enter_and_leave, "used_bytes": pool.used_bytes, "n_free_blocks": pool.n_free_blocks, "free_all_blocks": pool.free_all_blocks,
    "set_limit": lambda: pool.set_limit(size=0), "set_allocator": cp.cuda.set_allocator, "memset": lambda: memory.memset_async(0, 8, current),
}
x = cp.arange(5000, dtype="d")
with current:
    current.synchronize()
    for name, point in POINTS.items():
        y = x * 2 + 1
        print("before", name, file=sys.stderr, flush=True)
        try:
            point()
        except RuntimeError:
            assert name == "runtime query"
        print("after", name, file=sys.stderr, flush=True)
        y.get()
print("done", file=sys.stderr)
"""


def test_flush_points():
    """Rules 13 and 19: each of them launches what waits on its stream, and nothing else does."""
    env = {k: v for k, v in os.environ.items() if k != "CUPROUS_FUSION"}
    run = subprocess.run([sys.executable, "-c", FLUSH_POINTS], env={**env, "CUPROUS_LOG": "plan"}, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and run.stderr.endswith("done\n"), run.stderr[-2000:]
    launched, now, seen = {}, None, []
    for line in run.stderr.splitlines():
        word, _, rest = line.partition(" ")
        if word in ("before", "after"):
            now = rest if word == "before" else None
            seen.append(rest)
            launched.setdefault(rest, 0)
        elif line.startswith("cuprous plan:"):
            # Between the points `get` finds the value there.
            assert now is not None or not seen, line
            if now is not None:
                launched[now] += 1
    assert len(launched) == 21 and set(launched.values()) == {1}, launched


def test_statistics_count_what_waits():
    """Rule 19: statistics are those of eager evaluation."""
    pool = cp.get_default_memory_pool()
    x = cp.ones(1 << 20)
    gc.collect()
    before = pool.used_bytes()
    y = x * 2
    assert pool.used_bytes() - before >= 8 << 20
    del y
    assert pool.used_bytes() == before


def test_synchronizing_a_device_computes_all_streams(streams):
    """Rule 13: a device flushes all its streams, those of other threads too."""
    a, x = both("moderate", "d", N)
    made, go = {}, threading.Barrier(2)

    def other():
        with streams[1]:
            made[5] = x * 5
            go.wait()
            go.wait()

    thread = threading.Thread(target=other)
    thread.start()
    with streams[0]:
        made[7] = x * 7
        go.wait()
        cp.cuda.Device().synchronize()
        go.wait()
    thread.join()
    assert_same(made[5], a * 5)
    assert_same(made[7], a * 7)


def test_dropped_streams():
    """Values outlive the Python object of their stream, and its work is done."""
    a, x = both("moderate", "d", N)
    results = []
    for k in range(30):
        with cp.cuda.Stream():
            results.append(x * k - 1)
            x * k  # noqa: B018  dropped unread: still computed, at some flush
    gc.collect()
    for k, got in enumerate(results):
        assert_same(got, a * k - 1)
    cp.cuda.Device().synchronize()


def test_per_thread_streams():
    """Rule 15: values of another thread's own stream are computed and read here, and there."""
    a, x = both("moderate", "d", N)
    results, failures = {}, []
    barrier = threading.Barrier(4)

    def work(k):
        with cp.cuda.Stream.ptds:
            results[k] = (x * k + 1, x - k)
            barrier.wait()
            theirs = results[(k + 1) % 4][0]
            if not np.array_equal(cp.asnumpy(theirs * 2), (a * ((k + 1) % 4) + 1) * 2):
                failures.append(k)
            barrier.wait()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert failures == []
    for k, (first, second) in results.items():
        first += 1
        assert_same(first, a * k + 1 + 1)
        assert_same(second, a - k)


def test_threads_on_streams():
    """Threads with a stream each, that share inputs and hand results on, agree with NumPy."""
    a, x = both("moderate", "d", N)
    failures = []

    def work(k):
        rng = random.Random(k)
        own, want, got = cp.cuda.Stream(non_blocking=k % 2 == 0), a, x
        with own:
            for _ in range(40):
                step = rng.randrange(4)
                if step == 0:
                    want, got = want * 0.5 + k, got * 0.5 + k
                elif step == 1:
                    want, got = want - a, got - x
                elif step == 2:
                    want, got = want[::-1].copy(), got[::-1]
                else:
                    want, got = np.minimum(want, 10), cp.minimum(got, 10)
        if not np.array_equal(cp.asnumpy(got), want):
            failures.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert failures == []


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed, streams):
    """Random programs over streams give what the same program gives in order."""
    rng = random.Random(seed)
    arrays = [list(both("moderate", "d", N, seed, k)) for k in range(4)]
    kept = []
    places = [cp.cuda.Stream.null, *streams]
    for _ in range(60):
        with rng.choice(places):
            i, j = rng.sample(range(4), 2)
            what, c = rng.randrange(7), rng.randrange(1, 5)
            a, x = arrays[i]
            b, y = arrays[j]
            if what == 0:
                arrays[i] = [a * 0.5 + b, x * 0.5 + y]
            elif what == 1:
                a += c
                x += c
            elif what == 2:
                a[::c], _ = b[::c], x.__setitem__(slice(None, None, c), y[::c])
            elif what == 3:
                a[1:] -= b[:-1] * 0.5
                x[1:] -= y[:-1] * 0.5
            elif what == 4:
                kept.append((a * c - 1, x * c - 1))
            elif what == 5:
                arrays[i] = [a[::-1].copy(), x[::-1].copy()]
            else:
                np.minimum(a, b, out=a)
                cp.minimum(x, y, out=x)
        if rng.random() < 0.1:
            rng.choice(places).synchronize()
    for k, (want, got) in enumerate(arrays + kept):
        assert_same(got, want, what=str(k))


def test_memory_handed_out_on_streams(streams):
    """Memory of `alloc` is written in the order of the streams that are named."""
    source = np.arange(N, dtype="d")
    p, q = cp.cuda.alloc(8 * N), cp.cuda.alloc(8 * N)
    for k in range(9):
        now = source + k
        p.copy_from_host_async(now.ctypes.data, 8 * N, streams[k % 3])
        q.copy_from_device_async(p, 8 * N, streams[(k + 1) % 3])
        with streams[(k + 2) % 3]:
            got = cp.ndarray((N,), "d", memptr=q) * 2
        assert_same(got, now * 2, what=str(k))
