"""Several devices: two GPUs, or a GPU and the CPU. Arrays know theirs, are not mixed, and move when they are told to."""

import itertools
import pickle
import threading

import cuprous as cp
import numpy as np
import pytest

DEVICES = [str(d) for d in cp.devices()]
PAIRS = list(itertools.permutations(DEVICES, 2))
pytestmark = pytest.mark.skipif(len(DEVICES) < 2, reason="needs two devices")
GPUS = [d for d in DEVICES if d != "cpu"]


@pytest.fixture(params=PAIRS or [("none", "none")], ids="-".join)
def pair(request):
    """Two different devices of this machine."""
    return request.param


def data(n=1000, dtype="f"):
    """Values of both signs."""
    return np.random.default_rng(n).standard_normal(n).astype(dtype)


def test_devices_are_told_apart(pair):
    """New arrays are made where they are asked for, and results are where their operands are."""
    for device in pair:
        x = cp.asarray(data(), device=device)
        assert str(x.device) == device
        results = [x + 1, x[3:7], x.sum(), cp.sort(x), x[x > 0], x.reshape(10, 100) @ x[:100], cp.fft.fft(x), cp.where(x > 0, x, 0), cp.empty_like(x)]
        assert {str(r.device) for r in results} == {device}
        assert str(cp.zeros(3, device=device).device) == str(cp.arange(3, device=device).device) == device


@pytest.mark.parametrize("make", [
    lambda x, y: x + y, lambda x, y: cp.add(x, y, out=x), lambda x, y: cp.concatenate([x, y]), lambda x, y: cp.where(x > 0, x, y),
    lambda x, y: x @ y, lambda x, y: x.__iadd__(y), lambda x, y: cp.searchsorted(x, y), lambda x, y: cp.linalg.solve(x.reshape(2, 2), y[:2]),
    lambda x, y: cp.array_equal(x, y),
])
def test_mixing_is_an_error(make, pair):
    """Nothing moves by itself; both devices are named, and both arrays are as they were."""
    a, b = data(4), data(4) + 1
    x, y = (cp.asarray(v, device=d) for v, d in zip((a, b), pair))
    with pytest.raises(RuntimeError) as caught:
        make(x, y)
    assert pair[0] in str(caught.value) and pair[1] in str(caught.value), caught.value
    np.testing.assert_array_equal(x.get(), a)
    np.testing.assert_array_equal(y.get(), b)


@pytest.mark.parametrize("dtype", "?bhefdFD")
@pytest.mark.parametrize("layout", ["contiguous", "strided", "reversed", "transposed", "pending", "empty", "0-d"])
def test_moves(layout, dtype, pair):
    """`to_device` and `asarray(device=)` copy values of all layouts, also those that still wait."""
    a = np.arange(24).astype(dtype).reshape(4, 6)
    of = {"contiguous": lambda v: v, "strided": lambda v: v[::2, 1::2], "reversed": lambda v: v[::-1, ::-1], "transposed": lambda v: v.T,
          "pending": lambda v: v * v, "empty": lambda v: v[:0], "0-d": lambda v: v[1, 2, ...]}[layout]
    x = of(cp.asarray(a, device=pair[0]))
    expected = of(a)
    for moved in (x.to_device(pair[1]), cp.asarray(x, device=pair[1]), cp.array(x, device=pair[1])):
        assert str(moved.device) == pair[1] and moved.dtype == dtype and moved.shape == expected.shape
        np.testing.assert_array_equal(moved.get(), expected)
    back = x.to_device(pair[1]).to_device(pair[0])
    assert str(back.device) == pair[0]
    np.testing.assert_array_equal(back.get(), expected)


def test_moved_arrays_are_copies(pair):
    """Writes to one are not seen by the other, also where the copy was still on its way."""
    x = cp.asarray(data(1_000_000), device=pair[0])
    before = x.get()
    y = x.to_device(pair[1])
    x += 1
    np.testing.assert_array_equal(y.get(), before)
    y *= 0
    np.testing.assert_array_equal(x.get(), before + 1)


def test_chains_over_devices(pair):
    """Values that wait on two devices do not wait for ever, and order is kept through both."""
    a = data(10_000, "d")
    x, expected = cp.asarray(a, device=pair[0]), a
    for k in range(20):
        x = (x * 1.5 + k).to_device(pair[(k + 1) % 2]) - 0.25
        expected = expected * 1.5 + k - 0.25
    assert str(x.device) == pair[0]
    np.testing.assert_array_equal(x.get(), expected)


def test_threads_have_devices_of_their_own(pair):
    """Each thread computes where its arrays are; neither disturbs the other."""
    results = {}

    def work(device):
        x = cp.asarray(data(5000, "d"), device=device)
        for _ in range(50):
            x = cp.sqrt(x * x + 1) - 0.5
        results[device] = x.get()

    threads = [threading.Thread(target=work, args=(d,)) for d in pair]
    [t.start() for t in threads]
    [t.join() for t in threads]
    np.testing.assert_array_max_ulp(results[pair[0]], results[pair[1]], 60)


def test_pickles_come_back_to_the_default_device(pair):
    """A pickle holds values, not a place."""
    x = cp.asarray(data(), device=pair[1])
    y = pickle.loads(pickle.dumps(x))
    assert str(y.device) == str(cp.zeros(1).device)
    np.testing.assert_array_equal(y.get(), x.get())


# Two GPUs

two_gpus = pytest.mark.skipif(len(GPUS) < 2, reason="needs two GPUs")


@two_gpus
def test_the_current_device():
    """`with Device(1)` makes arrays there, and the device before it is current again afterwards, also after an error."""
    assert cp.cuda.Device().id == 0
    with pytest.raises(KeyError), cp.cuda.Device(1):
        assert cp.cuda.Device().id == cp.cuda.runtime.getDevice() == 1
        assert str(cp.zeros(3).device) == "cuda:1" and str(cp.random.random(3).device) == "cuda:1"
        assert str(cp.asarray(np.ones(3)).device) == "cuda:1"
        raise KeyError
    assert cp.cuda.Device().id == 0 and str(cp.zeros(3).device) == "cuda:0"
    cp.cuda.Device(1).use()
    try:
        assert str(cp.ones(2).device) == "cuda:1"
    finally:
        cp.cuda.Device(0).use()


@two_gpus
def test_the_same_bits_on_both():
    """The order of additions is that of shape and dtype, whichever GPU computes."""
    a = data(1_000_003)
    x, y = (cp.asarray(a, device=d) for d in GPUS[:2])
    for f in (cp.sum, cp.cumsum, cp.sort, cp.argsort, cp.exp, cp.std, cp.median, lambda v: v[:1_000_000].reshape(-1, 125).sum(axis=0)):
        np.testing.assert_array_equal(f(x).get(), f(y).get())


@two_gpus
def test_kernels_of_users_run_where_their_arrays_are():
    """Each kind of kernel on the second device, compiled once for both."""
    doubled = cp.ElementwiseKernel("T x", "T y", "y = 2 * x", "doubled_twice")
    total = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0", "total_of")
    raw = cp.RawKernel('extern "C" __global__ void next(float* x, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) x[i] += 1; }', "next")
    for k in (0, 1):
        with cp.cuda.Device(k):
            x = cp.arange(100, dtype="f")
            assert float(total(doubled(x))) == 9900
            raw((1,), (128,), (x, 100))
            np.testing.assert_array_equal(x.get(), np.arange(1, 101, dtype="f"))
            assert str(doubled(x).device) == f"cuda:{k}"


@two_gpus
def test_streams_and_events_of_both():
    """A stream belongs to the device that was current, and a wait across devices keeps the order."""
    n = 1 << 20
    with cp.cuda.Device(0):
        first = cp.cuda.Stream(non_blocking=True)
        with first:
            x = cp.full(n, 3.0)
            y = x * 2
            written = first.record()
    with cp.cuda.Device(1):
        second = cp.cuda.Stream(non_blocking=True)
        z = cp.empty(n)
        with second:
            second.wait_event(written)
            second.synchronize()
    with first:
        first.synchronize()
    z[...] = y.to_device("cuda:1")
    np.testing.assert_array_equal(z.get(), np.full(n, 6.0))


@two_gpus
def test_pools_of_both():
    """Each device has a pool; what one holds is not counted at the other."""
    pool = cp.get_default_memory_pool()
    used = []
    for k in (0, 1):
        with cp.cuda.Device(k):
            used.append(pool.used_bytes())
    with cp.cuda.Device(1):
        x = cp.zeros(1 << 20, "d")
        x.data.ptr
        assert pool.used_bytes() >= used[1] + (8 << 20)
        assert x.data.device_id == 1 and x.data.mem.device_id == 1
    with cp.cuda.Device(0):
        assert pool.used_bytes() == used[0]
    del x


@two_gpus
def test_numbers_of_the_second_device():
    """A seed gives the same numbers on every device."""
    drawn = []
    for k in (0, 1):
        with cp.cuda.Device(k):
            rng = cp.random.default_rng(5)
            drawn.append([rng.random(1000).get(), rng.standard_normal(1000).get(), rng.integers(0, 99, 1000).get()])
    for a, b in zip(*drawn):
        np.testing.assert_array_equal(a, b)


@two_gpus
def test_libraries_on_the_second_device():
    """cuBLAS, cuFFT and cuSOLVER with handles of that device."""
    a = np.random.default_rng(3).standard_normal((50, 50))
    with cp.cuda.Device(1):
        x = cp.asarray(a)
        np.testing.assert_allclose((x @ x).get(), a @ a, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(cp.fft.fft(x).get(), np.fft.fft(a), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(cp.linalg.inv(x).get() @ a, np.eye(50), atol=1e-10)
        np.testing.assert_allclose(cp.linalg.svd(x, compute_uv=False).get(), np.linalg.svd(a, compute_uv=False), rtol=1e-10)


@two_gpus
def test_sums_over_devices_by_nccl():
    """Every device has the sum of all, as programs that share work over devices make it."""
    nccl = cp.cuda.nccl
    if not nccl.available:
        pytest.skip("NCCL is missing")
    communicators = nccl.NcclCommunicator.initAll([0, 1])
    arrays = []
    for k in (0, 1):
        with cp.cuda.Device(k):
            arrays.append(cp.full(1000, k + 1.0, "f"))
            arrays[-1].data.ptr
            cp.cuda.Device(k).synchronize()
    nccl.groupStart()
    for k, (c, x) in enumerate(zip(communicators, arrays)):
        with cp.cuda.Device(k):
            c.allReduce(x.data.ptr, x.data.ptr, x.size, nccl.NCCL_FLOAT32, nccl.NCCL_SUM, cp.cuda.Stream.null.ptr)
    nccl.groupEnd()
    for k, x in enumerate(arrays):
        with cp.cuda.Device(k):
            cp.cuda.Device(k).synchronize()
            np.testing.assert_array_equal(x.get(), np.full(1000, 3, "f"))
    for c in communicators:
        c.destroy()


@two_gpus
def test_graphs_on_the_second_device():
    """Work captured there runs there."""
    with cp.cuda.Device(1):
        x = cp.zeros(1000, "f")
        x.data.ptr
        stream = cp.cuda.Stream(non_blocking=True)
        with stream:
            x += 1
            stream.synchronize()
            stream.begin_capture()
            x += 1
            graph = stream.end_capture()
            for _ in range(5):
                graph.launch()
            stream.synchronize()
        np.testing.assert_array_equal(x.get(), np.full(1000, 6, "f"))


@two_gpus
def test_exchange_from_the_second_device():
    """DLPack and the CUDA array interface name the device of the array."""
    x = cp.arange(10, dtype="f", device="cuda:1")
    assert x.__dlpack_device__()[1] == 1
    y = cp.from_dlpack(x)
    assert str(y.device) == "cuda:1"
    y += 1
    np.testing.assert_array_equal(x.get(), np.arange(1, 11, dtype="f"))
    assert x.__cuda_array_interface__["data"][0] == x.data.ptr
