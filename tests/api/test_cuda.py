"""`cuprous.cuda`: devices, streams, events, memory and the runtime, on whatever device the run is for.

NumPy has none of this, so the reference is what CuPy's names promise and CUDA's documentation says of them.
"""

import ctypes
import gc
import pickle
import sys
import threading

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import LAZY_SIZE, both

N = LAZY_SIZE
runtime = cp.cuda.runtime
on_the_cpu_alone = pytest.mark.skipif(cp.cuda.is_available(), reason="the CPU answers for CUDA only where no GPU is")


# Devices


def test_device_of_the_run(device):
    """The current device is that of the run, by number and by name."""
    here = cp.cuda.Device()
    assert here.id == cp.cuda.get_device_id() == runtime.getDevice() == int(here)
    assert isinstance(here.id, int) and here.id < runtime.getDeviceCount()
    if device == "cuda" or not cp.cuda.is_available():
        assert here.type == device and str(here).split(":")[0] == device
        assert cp.zeros(3).device == here


def test_device_objects():
    """Devices are equal, ordered and hashed by what they are."""
    a, b = cp.cuda.Device(0), cp.cuda.Device(0)
    assert a == b and hash(a) == hash(b) and not a != b and a <= b and not a < b
    assert len({a, b}) == 1 and a != 0 and a != "nonsense" and a == str(a)
    assert pickle.loads(pickle.dumps(a)) == a
    with pytest.raises(TypeError):
        a < 1  # noqa: B015
    assert a.synchronize() is None
    assert repr(a) == f"<Device {a}>"


def test_every_device():
    """Each device that is listed tells about itself."""
    assert len(cp.devices()) == len(set(cp.devices()))
    for d in cp.devices():
        free, total = d.mem_info
        assert 0 < free <= total
        assert isinstance(d.name, str) and d.name
        attributes = d.attributes
        assert attributes["MultiProcessorCount"] >= 1 and attributes["MaxThreadsPerBlock"] >= 1 and attributes["WarpSize"] == 32
        assert d.compute_capability == f"{attributes['ComputeCapabilityMajor']}{attributes['ComputeCapabilityMinor']}"
        assert all(isinstance(k, str) and isinstance(v, int) for k, v in attributes.items())
        domain, bus, rest = d.pci_bus_id.split(":")
        assert (len(domain), len(bus), len(rest)) == (4, 2, 4)


def test_device_by_bus_id():
    """A device is found by its place on the bus."""
    here = cp.cuda.Device()
    assert cp.cuda.Device.from_pci_bus_id(here.pci_bus_id) == here
    assert runtime.deviceGetByPCIBusId(runtime.deviceGetPCIBusId(here.id)) == here.id
    with pytest.raises(runtime.CUDARuntimeError):
        cp.cuda.Device.from_pci_bus_id("FFFF:FF:1F.0")


def test_unknown_devices():
    """A device that is not there is named in the error."""
    for bad in (99, -5, 1 << 40):
        with pytest.raises(runtime.CUDARuntimeError, match=str(bad)):
            cp.cuda.Device(bad)
        with pytest.raises(runtime.CUDARuntimeError, match=str(bad)):
            runtime.setDevice(bad)
    with pytest.raises(TypeError):
        cp.cuda.Device(1.5)
    with pytest.raises(ValueError, match="unknown device"):
        cp.cuda.Device("gpu")


def test_with_device_is_of_the_thread():
    """`with Device` and `use` hold for the thread that says them, and nest."""
    here = cp.zeros(1).device
    seen = []

    def other():
        seen.append(cp.zeros(1).device)
        cp.cuda.Device("cpu").use()
        seen.append(cp.zeros(1).device)

    with cp.cuda.Device("cpu") as cpu:
        assert cp.zeros(1).device == cpu == cp.cuda.Device("cpu")
        with cpu, cp.cuda.Device(str(here)):
            assert cp.zeros(1).device == here
        assert cp.zeros(1).device == cpu
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert cp.zeros(1).device == here
    assert seen == [here, cpu]
    with pytest.raises(RuntimeError, match="not entered"):
        cpu.__exit__(None, None, None)


def test_default_device_of_the_process():
    """`config.default_device` holds for threads that chose none."""
    here = cp.config.default_device
    seen = []
    try:
        cp.config.default_device = "cpu"
        thread = threading.Thread(target=lambda: seen.append(str(cp.zeros(1).device)))
        thread.start()
        thread.join()
    finally:
        cp.config.default_device = here
    assert seen == ["cpu"] and cp.zeros(1).device == here
    with pytest.raises(TypeError):
        cp.config.default_device = None


# The runtime


def test_runtime_counts_and_versions():
    """Counts and versions are numbers as CUDA counts."""
    assert runtime.getDeviceCount() == max(1, sum(d.type == "cuda" for d in cp.devices()))
    assert 11_000 <= runtime.driverGetVersion() < 100_000 and 11_000 <= runtime.runtimeGetVersion() < 100_000
    assert runtime.is_hip is False
    assert runtime.deviceSynchronize() is None
    assert runtime.memGetInfo()[1] == cp.cuda.Device(runtime.getDevice()).mem_info[1]
    assert runtime.setDevice(runtime.getDevice()) is None


def test_is_available():
    """Only a GPU makes CUDA available, whoever answers."""
    assert cp.is_available() is cp.cuda.is_available() is any(d.type == "cuda" for d in cp.devices())


@on_the_cpu_alone
def test_the_cpu_answers():
    """Where no GPU is the CPU is the one device, and says so."""
    assert runtime.getDeviceCount() == 1 and cp.cuda.Device(0).type == "cpu"
    assert not cp.cuda.is_available()


def test_runtime_attributes():
    """Attributes are found by CUDA's numbers for them, and properties by their names."""
    k = runtime.getDevice()
    attributes = cp.cuda.Device(k).attributes
    for name, value in attributes.items():
        assert runtime.deviceGetAttribute(getattr(runtime, f"cudaDevAttr{name}"), k) == value, name
    with pytest.raises(runtime.CUDARuntimeError):
        runtime.deviceGetAttribute(123_456, k)
    properties = runtime.getDeviceProperties(k)
    assert isinstance(properties["name"], bytes) and properties["name"].decode() == cp.cuda.Device(k).name
    assert properties["totalGlobalMem"] == cp.cuda.Device(k).mem_info[1]
    assert properties["multiProcessorCount"] == attributes["MultiProcessorCount"]
    assert len(properties["maxThreadsDim"]) == len(properties["maxGridSize"]) == 3
    assert (properties["major"], properties["minor"]) == (attributes["ComputeCapabilityMajor"], attributes["ComputeCapabilityMinor"])
    for name in "warpSize sharedMemPerBlock regsPerBlock clockRate totalConstMem l2CacheSize pciBusID managedMemory".split():
        assert isinstance(properties[name], int), name


def test_runtime_errors():
    """Failures of the runtime have a class of their own, which is a RuntimeError."""
    assert issubclass(runtime.CUDARuntimeError, RuntimeError)
    assert runtime.check_status(0) is None
    with pytest.raises(runtime.CUDARuntimeError, match="700"):
        runtime.check_status(700)


# Streams


def test_default_streams():
    """The null stream is the current one, unless told otherwise."""
    null = cp.cuda.Stream.null
    assert null.ptr == 0 and cp.cuda.Stream(null=True) == null == cp.cuda.get_current_stream()
    assert cp.cuda.Stream.ptds.ptr == 2 and cp.cuda.Stream(ptds=True) == cp.cuda.Stream.ptds != null
    assert hash(cp.cuda.Stream(null=True)) == hash(null)
    assert null.synchronize() is None and null.done is True
    assert not null.is_non_blocking
    with pytest.raises(ValueError, match="both"):
        cp.cuda.Stream(null=True, ptds=True)


def test_new_streams():
    """Each new stream is another, with what it was made with."""
    a, b = cp.cuda.Stream(), cp.cuda.Stream(non_blocking=True, priority=0)
    assert a != b and a == a and a != cp.cuda.Stream.null and len({a, b, a}) == 2
    assert a != 5 and a.ptr not in (0, 1, 2, b.ptr)
    assert (a.is_non_blocking, b.is_non_blocking) == (False, True)
    assert isinstance(a.priority, int) and a.device_id == cp.cuda.get_device_id()
    assert a.done and a.synchronize() is None
    assert a.__cuda_stream__() == (0, a.ptr)
    with pytest.raises(TypeError):
        a < b  # noqa: B015


def test_current_stream():
    """`with` and `use` change the current stream, nest, and hold for one thread."""
    a, b = cp.cuda.Stream(), cp.cuda.Stream()
    seen = []
    with a:
        assert cp.cuda.get_current_stream() == a
        with b:
            assert cp.cuda.get_current_stream() == b
            thread = threading.Thread(target=lambda: seen.append(cp.cuda.get_current_stream()))
            thread.start()
            thread.join()
        assert cp.cuda.get_current_stream() == a
        with a:
            pass
        assert cp.cuda.get_current_stream() == a
    assert cp.cuda.get_current_stream() == cp.cuda.Stream.null == seen[0]
    try:
        assert b.use() is b and cp.cuda.get_current_stream() == b
    finally:
        cp.cuda.Stream.null.use()
    assert cp.cuda.get_current_stream(cp.cuda.get_device_id()) == cp.cuda.Stream.null
    with pytest.raises(RuntimeError, match="not entered"):
        a.__exit__(None, None, None)


def test_one_stream_in_many_threads():
    """Threads that enter the same stream each find their own way back."""
    shared, failures = cp.cuda.Stream(), []
    barrier = threading.Barrier(4)

    def work(k):
        own = cp.cuda.Stream()
        a, x = both("moderate", "d", N, k)
        with own:
            barrier.wait()
            with shared:
                y = x * k + 1
                barrier.wait()
            if cp.cuda.get_current_stream() != own:
                failures.append("another thread's stream")
            if not np.array_equal(cp.asnumpy(y), a * k + 1):
                failures.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert failures == []


def test_external_streams():
    """A stream is found again by its handle, and by the protocol of others."""

    class Foreign:
        def __init__(self, version, handle):
            self.told = (version, handle)

        def __cuda_stream__(self):
            return self.told

    made = cp.cuda.Stream()
    for same in (cp.cuda.ExternalStream(made.ptr), cp.cuda.Stream.from_external(Foreign(0, made.ptr)), cp.cuda.Stream.from_external(made)):
        assert same == made and same.ptr == made.ptr and isinstance(same, cp.cuda.Stream)
        with same:
            assert cp.cuda.get_current_stream() == made
            a, x = both("moderate", "f", N)
            assert_same(x * 2 + 1, a * 2 + np.float32(1))
        same.synchronize()
    assert cp.cuda.ExternalStream(0) == cp.cuda.Stream.null == cp.cuda.ExternalStream(1)
    assert cp.cuda.ExternalStream(2) == cp.cuda.Stream.ptds
    with pytest.raises(ValueError, match="version"):
        cp.cuda.Stream.from_external(Foreign(7, 0))
    with pytest.raises(TypeError, match="__cuda_stream__"):
        cp.cuda.Stream.from_external(5)
    assert runtime.streamSynchronize(made.ptr) is None and runtime.streamQuery(made.ptr) is None


def test_events():
    """An event is passed once the work before it is done, and knows when."""
    stream = cp.cuda.Stream()
    start, end = cp.cuda.Event(), cp.cuda.Event(block=True)
    with stream:
        start.record()
        x = cp.ones(200_000)
        for _ in range(20):
            x = cp.sin(x) + 1
        assert stream.record(end) is end
    end.synchronize()
    assert start.done and end.done
    assert 0 < cp.cuda.get_elapsed_time(start, end) < 60_000
    assert cp.cuda.get_elapsed_time(end, start) <= 0
    made = stream.record()
    assert isinstance(made, cp.cuda.Event) and made != start and made == made and len({made, start, made}) == 2
    cp.cuda.Stream.null.wait_event(made)
    assert isinstance(made.ptr, int) and made.ptr
    made.record(stream)
    made.synchronize()


def test_events_that_cannot_tell():
    """Times of events that are not set or do not measure are errors."""
    silent, unset, good = cp.cuda.Event(disable_timing=True), cp.cuda.Event(), cp.cuda.Event()
    for event in (silent, good):
        event.record()
        event.synchronize()
    assert unset.done
    for pair in ((silent, good), (good, silent), (unset, good), (good, unset)):
        with pytest.raises(runtime.CUDARuntimeError):
            cp.cuda.get_elapsed_time(*pair)
    with pytest.raises(ValueError, match="disable_timing"):
        cp.cuda.Event(interprocess=True)


def test_callbacks():
    """Callbacks come after the work before them, in order, with their arguments."""
    called, stream = [], cp.cuda.Stream()
    with stream:
        x = cp.arange(N) * 2
        stream.add_callback(lambda *args: called.append(args), "first")
        stream.launch_host_func(called.append, {"second": x.shape})
    stream.synchronize()
    assert called == [(stream, 0, "first"), {"second": (N,)}]


def test_failing_callback(monkeypatch):
    """What a callback raises is reported, and the stream goes on."""
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: reported.append(info.exc_type))
    stream = cp.cuda.Stream()
    stream.launch_host_func(lambda _: 1 / 0, None)
    stream.synchronize()
    assert reported == [ZeroDivisionError]
    assert_same(cp.arange(5) + 1, np.arange(5) + 1)


# Memory


@pytest.fixture
def pool():
    """The memory pool with nothing kept in it."""
    gc.collect()
    pool = cp.get_default_memory_pool()
    pool.free_all_blocks()
    return pool


def test_pool_statistics(pool):
    """The pool counts what arrays use and what it keeps (rule 19: what waits is computed first)."""
    before, n = pool.used_bytes(), 1 << 20
    x = cp.zeros(n, "d")
    assert pool.used_bytes() - before >= 8 * n
    y = x + 1
    assert pool.used_bytes() - before >= 16 * n
    assert pool.total_bytes() == pool.used_bytes() + pool.free_bytes()
    del x, y
    assert pool.used_bytes() == before
    assert pool.free_bytes() > 0 and pool.n_free_blocks() > 0
    pool.free_all_blocks(cp.cuda.Stream.null)
    pool.free_all_blocks()
    assert pool.free_bytes() == 0 or pool.used_bytes() > 0
    assert cp.cuda.MemoryPool().used_bytes() == 0 and cp.get_default_memory_pool() is pool
    pool.free_all_free()


def test_pool_limits(pool):
    """A limit is kept, and the error names what was asked for, the limit and what is used."""
    limit = pool.total_bytes() + (8 << 20)
    try:
        pool.set_limit(size=limit)
        assert pool.get_limit() == limit
        with pytest.raises(cp.cuda.memory.OutOfMemoryError) as raised:
            cp.zeros(64 << 20, "d")
        words = str(raised.value)
        assert str(512 << 20) in words and str(limit) in words and "in use" in words
        assert isinstance(raised.value, MemoryError)
        with pytest.raises(cp.cuda.memory.OutOfMemoryError):
            cp.cuda.alloc(64 << 20)
        assert_same(cp.arange(10) + 1, np.arange(10) + 1)
        pool.set_limit(fraction=0.5)
        assert pool.get_limit() == cp.zeros(1).device.mem_info[1] // 2
    finally:
        pool.set_limit(size=0)
    assert pool.get_limit() == 0
    with pytest.raises(ValueError):
        pool.set_limit(size=5, fraction=0.5)
    with pytest.raises(ValueError):
        pool.set_limit(fraction=1.5)
    with pytest.raises(OverflowError):
        pool.set_limit(size=-1)


def test_alloc_and_pointers():
    """Pointers move within their memory, and know where it is."""
    p = cp.cuda.alloc(1000)
    assert p.mem.size == 1000 and p.mem.ptr == p.ptr == int(p) and p.device == p.mem.device == cp.zeros(1).device
    q = p + 16
    assert q.ptr == p.ptr + 16 == (16 + p).ptr and (q - 16).ptr == p.ptr and q.mem is p.mem
    assert (p + 1000).ptr == p.ptr + 1000
    r = q
    q += 6
    q -= 2
    assert q is r and r.ptr == p.ptr + 20
    assert cp.cuda.MemoryPointer(p.mem, 24).ptr == p.ptr + 24
    assert p.device_id == p.mem.device_id == p.device.id
    for bad in (lambda: p + 1001, lambda: p - 1, lambda: cp.cuda.MemoryPointer(p.mem, -1), lambda: p + (1 << 62)):
        with pytest.raises(ValueError, match="cannot be moved"):
            bad()
    assert cp.cuda.alloc(0).mem.size == 0
    assert cp.cuda.Memory(64).size == 64
    with pytest.raises(OverflowError):
        cp.cuda.alloc(-1)
    with pytest.raises(MemoryError):
        cp.cuda.alloc(1 << 60)


def test_copies_of_bytes():
    """Bytes go from the host, between places of memory, and back."""
    a = np.arange(100, dtype="d")
    back = np.zeros_like(a)
    p, q = cp.cuda.alloc(a.nbytes), cp.cuda.alloc(a.nbytes + 8)
    stream = cp.cuda.Stream()
    for on in ((), (stream,), (None,)):
        copy = (lambda name, *args: getattr(name[0], name[1] + "_async")(*args, *on)) if on else (lambda name, *args: getattr(*name)(*args))
        back[:] = 0
        copy((p, "copy_from_host"), ctypes.c_void_p(a.ctypes.data), a.nbytes)
        copy((q, "memset"), 0, q.mem.size)
        copy((q + 8, "copy_from_device"), p, a.nbytes)
        copy((q + 8, "copy_to_host"), back.ctypes.data, a.nbytes)
        stream.synchronize()
        assert np.array_equal(back, a)
    q.copy_from(p, 80)
    p.copy_from(a[50:].ctypes.data, 16)
    p.copy_from_async(q + 16, 24)
    assert_same(cp.ndarray((10,), "d", memptr=q), a[:10])
    assert_same(cp.ndarray((4,), "d", memptr=p), np.array([2.0, 3, 4, 3]))
    q.memset(255, 16)
    assert_same(cp.ndarray((3,), "q", memptr=q)[:2], np.array([-1, -1]))
    # Within one memory, overlapping.
    q.copy_from_host(a.ctypes.data, 80)
    (q + 8).copy_from_device(q, 72)
    assert_same(cp.ndarray((10,), "d", memptr=q), np.concatenate([[0.0], a[:9]]))


def test_copies_out_of_range():
    """Copies that leave their memory are refused."""
    p = cp.cuda.alloc(64)
    host = np.zeros(128, "b")
    for bad in (
        lambda: p.copy_from_host(host.ctypes.data, 65),
        lambda: (p + 60).copy_from_host(host.ctypes.data, 8),
        lambda: p.copy_to_host(host.ctypes.data, 65),
        lambda: p.memset(0, 65),
        lambda: (p + 8).copy_from_device(p, 57),
    ):
        with pytest.raises(RuntimeError):
            bad()
    with pytest.raises(ValueError, match="no host memory"):
        p.copy_from_host(0, 8)
    with pytest.raises(TypeError):
        p.copy_from_host("text", 8)
    with pytest.raises(OverflowError):
        p.memset(0, -1)


def test_arrays_over_memory():
    """An array over given memory has the shape, the order and the strides that are asked for."""
    a = np.arange(24, dtype="i4")
    p = cp.cuda.alloc(a.nbytes)
    p.copy_from_host(a.ctypes.data, a.nbytes)
    assert_same(cp.ndarray((4, 6), "i4", memptr=p), a.reshape(4, 6), strides=True)
    assert_same(cp.ndarray((4, 6), "i4", memptr=p, order="F"), a.reshape(6, 4).T, strides=True)
    assert_same(cp.ndarray((5,), "i4", memptr=p + 8, strides=(16,)), a[2::4][:5], strides=True)
    assert_same(cp.ndarray((3, 4), "i4", memptr=p + 40, strides=(-16, 4)), np.stack([a[10:14], a[6:10], a[2:6]]))
    x = cp.ndarray((24,), np.int32, p)
    x += 1
    y = cp.ndarray((2, 12), "i4", memptr=p)
    assert_same(y, (a + 1).reshape(2, 12))
    del p, x
    assert_same(y * 2, (a + 1).reshape(2, 12) * np.int32(2))
    same = cp.ndarray((3,), "i4", memptr=cp.cuda.alloc(16), strides=(0,))
    assert same.flags.writeable is False
    assert cp.ndarray((0, 5), "d", memptr=cp.cuda.alloc(0)).shape == (0, 5)


def test_arrays_that_leave_their_memory():
    """An array whose elements lie outside the memory is refused."""
    p = cp.cuda.alloc(64)
    for kwargs in (
        {"shape": (9,), "dtype": "d"},
        {"shape": (8,), "dtype": "d", "strides": (16,)},
        {"shape": (2,), "dtype": "d", "strides": (-8,)},
        {"shape": (2, 2), "dtype": "d", "strides": (8,)},
        {"shape": (1 << 62, 8), "dtype": "d"},
    ):
        with pytest.raises(ValueError):
            cp.ndarray(memptr=p, **kwargs)
    with pytest.raises(TypeError, match="MemoryPointer"):
        cp.ndarray((2,), "d", memptr=5)
    with pytest.raises(ValueError, match="memptr"):
        cp.ndarray((2,), "d", strides=(8,))


def test_unowned_memory():
    """Memory of others is used in place, and its owner kept."""

    class Owner:
        def __init__(self, memory):
            self.memory = memory

    source = cp.arange(10, dtype="d")
    owner = Owner(source)
    alive = []
    import weakref

    watch = weakref.ref(owner, alive.append)
    mem = cp.cuda.UnownedMemory(source.data.ptr, 80, owner)
    x = cp.ndarray((10,), "d", memptr=cp.cuda.MemoryPointer(mem, 0))
    del owner, mem
    gc.collect()
    assert watch() is not None
    x[3] = 77
    assert source[3].item() == 77
    assert x.device == source.device
    del x
    cp.cuda.Device().synchronize()
    gc.collect()
    assert watch() is None and len(alive) == 1
    for bad in ((0, 8), (1 << 63, 1 << 63), ((1 << 64) - 8, 64)):
        with pytest.raises((ValueError, OverflowError)):
            cp.cuda.UnownedMemory(*bad, None)
    assert cp.cuda.UnownedMemory(0, 0, None).size == 0


def test_data_of_arrays():
    """`data` points to the first element, and what is written there is seen."""
    a, x = both("moderate", "d", N)
    y = x * 2
    z = y + 1
    p = y.data
    assert isinstance(p, cp.cuda.MemoryPointer) and p.ptr == y.data.ptr and y[3:].data.ptr == p.ptr + 24
    p.memset(0, 8 * N)
    assert_same(y + 1, np.ones(N))
    assert_same(z, a * 2 + 1)
    w = y + 5
    threes = np.full(N, 3.0)
    p.copy_from_host(threes.ctypes.data, 8 * N)
    assert_same(y, np.full(N, 3.0))
    assert_same(w, np.full(N, 5.0))


def test_pinned_memory():
    """Pinned memory is a buffer of the host."""
    pool = cp.get_default_pinned_memory_pool()
    assert pool.free_all_blocks() is None and pool.n_free_blocks() == 0
    mem = cp.cuda.alloc_pinned_memory(800)
    assert mem.size() == 800 and int(mem) == mem.ptr == mem.mem.ptr
    a = np.frombuffer(mem, "d", 100)
    a[:] = np.arange(100)
    p = cp.cuda.alloc(800)
    p.copy_from_host(mem, 800)
    assert_same(cp.ndarray((100,), "d", memptr=p), np.arange(100.0))
    a[:] = 0
    p.copy_to_host_async(mem, 800)
    cp.cuda.get_current_stream().synchronize()
    assert np.array_equal(a, np.arange(100.0))
    assert memoryview(mem).nbytes == 800
    del mem
    gc.collect()
    assert a.sum() == 4950
    del a
    gc.collect()
    assert isinstance(pool.n_free_blocks(), int)
    pool.free_all_blocks()
    assert cp.cuda.PinnedMemoryPool().malloc(10).size() == 10


def test_modules():
    """The names are found where programs look for them."""
    import cuprous.cuda.memory
    import cuprous.cuda.runtime
    import cuprous.cuda.stream

    assert cuprous.cuda.runtime.getDeviceCount is runtime.getDeviceCount
    assert cuprous.cuda.stream.Stream is cp.cuda.Stream and cuprous.cuda.memory.alloc is cp.cuda.alloc
    assert cuprous.cuda.memory.OutOfMemoryError is cp.OutOfMemoryError
    assert cp.cuda.device.Device is cp.cuda.Device and cp.cuda.pinned_memory.alloc_pinned_memory is cp.cuda.alloc_pinned_memory
