"""Exchange by DLPack and by the CUDA Array Interface: what is shared, how long it lives, what is refused."""

import ctypes
import gc
import weakref

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, assert_values, to_numpy
from support.values import DTYPES, LAZY_SIZE, both, values

N = LAZY_SIZE
CPU, CUDA = 1, 2


@pytest.fixture
def on_cpu(device):
    """Memory of the host is shared only where arrays live on the host."""
    if device != "cpu":
        pytest.skip("shares memory of the host, and the arrays of this run are on a GPU")


class Tensor(ctypes.Structure):
    """`DLTensor`, with the fields of its structures in line."""

    _fields_ = [
        ("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32), ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64),
    ]


Deleter = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Managed(ctypes.Structure):
    """`DLManagedTensor`"""

    _fields_ = [("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", Deleter)]


class Versioned(ctypes.Structure):
    """`DLManagedTensorVersioned`"""

    _fields_ = [
        ("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p), ("deleter", Deleter),
        ("flags", ctypes.c_uint64), ("tensor", Tensor),
    ]


def new_capsule(pointer, name):
    """A capsule of Python."""
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return new(pointer, name, None)


def name_of(capsule):
    """The name of a capsule."""
    get = ctypes.pythonapi.PyCapsule_GetName
    get.restype, get.argtypes = ctypes.c_char_p, (ctypes.py_object,)
    return get(capsule)


def content(capsule):
    """The tensor in a capsule."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, (ctypes.py_object, ctypes.c_char_p)
    name = name_of(capsule)
    kind = Versioned if name == b"dltensor_versioned" else Managed
    return ctypes.cast(get(capsule, name), ctypes.POINTER(kind)).contents


class Producer:
    """Lends an array of NumPy under whatever description, and counts how often it comes back."""

    NAMES = {Managed: b"dltensor", Versioned: b"dltensor_versioned"}

    def __init__(self, array, kind=Versioned, flags=0, version=(1, 0), old=False, named_strides=True, **fields):
        self.array, self.returned, self.asked, self.old = array, 0, [], old
        self.keep = ctypes.c_int64 * max(array.ndim, 1)
        self.shape = self.keep(*array.shape)
        self.strides = self.keep(*(s // array.itemsize for s in array.strides))
        self.device = (fields.get("device_type", CPU), fields.get("device_id", 0))
        codes = {"b": 6, "i": 0, "u": 1, "f": 2, "c": 5}
        self.managed = kind()
        t = self.managed.tensor
        t.data, t.device_type, t.ndim = array.ctypes.data, CPU, array.ndim
        t.code, t.bits, t.lanes = codes[array.dtype.kind], 8 * array.itemsize, 1
        t.shape, t.byte_offset = self.shape, 0
        if named_strides:
            t.strides = self.strides
        for field, value in fields.items():
            setattr(t, field, value)
        self.deleter = Deleter(self.take_back)
        self.managed.deleter = self.deleter
        if kind is Versioned:
            self.managed.flags, (self.managed.major, self.managed.minor) = flags, version
        self.name = self.NAMES[kind]

    def take_back(self, pointer):
        assert pointer == ctypes.addressof(self.managed)
        self.returned += 1

    def capsule(self):
        return new_capsule(ctypes.addressof(self.managed), self.name)

    def __dlpack__(self, **kwargs):
        self.asked.append(kwargs)
        if self.old and kwargs:
            raise TypeError("no such keywords here")
        return self.capsule()

    def __dlpack_device__(self):
        return self.device


# Export


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("versioned", (True, False))
def test_export_describes(dtype, versioned, device):
    """The capsule says type, extents, strides and place of the array."""
    a, x = both("moderate", dtype, (4, 6))
    capsule = x[1:, ::2].__dlpack__(max_version=(1, 2) if versioned else None)
    managed = content(capsule)
    assert name_of(capsule) == (b"dltensor_versioned" if versioned else b"dltensor")
    if versioned:
        assert (managed.major, managed.flags) == (1, 0)
    t = managed.tensor
    want = content(a[1:, ::2].__dlpack__(max_version=(1, 0))).tensor
    assert (t.code, t.bits, t.lanes, t.ndim) == (want.code, want.bits, want.lanes, 2)
    assert t.shape[:2] == [3, 3] and t.strides[:2] == [6, 2]
    assert (t.device_type, t.device_id) == x.__dlpack_device__() == (CPU if device == "cpu" else CUDA, x.device.id)
    assert t.data + t.byte_offset == x.data.ptr + 6 * a.itemsize


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_takes_ours(dtype, on_cpu):
    """NumPy shares the memory, whatever the layout."""
    for view in (lambda a: a, lambda a: a[::2], lambda a: a[::-1], lambda a: a.T, lambda a: a[1:2, 2].reshape(()), lambda a: a[:0]):
        a, x = both("any", dtype, (6, 8))
        got, want = np.from_dlpack(view(x)), view(a)
        assert_values(got, want)
        assert got.size == 0 or got.ndim == 0 or got.strides == want.strides
        if got.ndim and got.size:
            got[...] = 1
            want[...] = 1
            assert_same(x, a)


def test_writes_are_seen_on_both_sides(on_cpu):
    """Rule 9: after the export nothing that reads the memory waits."""
    a, x = both("moderate", "d", N)
    before = x * 2 + 1
    shared = np.from_dlpack(x)
    shared[0] = 100
    a2 = a.copy()
    a2[0] = 100
    after = x * 3
    shared[0] = 200
    x[1] = 300
    assert shared[1] == 300
    x += 1
    assert shared[0] == 201 and shared[1] == 301
    assert_same(before, a * 2 + 1)
    assert_same(after, a2 * 3)


def test_pending_values_are_exported(on_cpu):
    """A value that waits is computed, and those that still have to read it too."""
    a, x = both("moderate", "d", N)
    y = x * 2
    z, w = y + 1, y[::2] * 3
    shared = np.from_dlpack(y)
    assert_values(shared, a * 2)
    shared[:] = 0
    assert_same(z, a * 2 + 1)
    assert_same(w, a[::2] * 2 * 3)
    assert_same(y, np.zeros(N))


def test_the_end_of_sharing(on_cpu):
    """Rule 9: after the last consumer values may wait again, and stay right."""
    a, x = both("moderate", "d", N)
    first, second = np.from_dlpack(x), np.from_dlpack(x)
    del first
    second[:] = 1
    y = x + 1
    second[:] = 5
    assert_same(y, np.full(N, 2.0))
    del second
    y = x + 1
    x[:] = 0
    assert_same(y, np.full(N, 6.0))


def test_consumers_outlive_the_array(on_cpu):
    """The memory stays as long as somebody has it, and goes back to the pool after."""
    pool = cp.get_default_memory_pool()
    gc.collect()
    before = pool.used_bytes()
    x = cp.arange(1 << 20)
    shared = np.from_dlpack(x[5:10])
    del x
    gc.collect()
    assert pool.used_bytes() > before
    y = cp.zeros(1 << 20, "l")
    assert shared.tolist() == [5, 6, 7, 8, 9]
    del shared, y
    gc.collect()
    assert pool.used_bytes() == before


@pytest.mark.parametrize("version", (None, (0, 8), (1, 0)))
def test_capsules_that_nobody_takes(version):
    """A capsule that is dropped frees what it holds."""
    pool = cp.get_default_memory_pool()
    gc.collect()
    before = pool.used_bytes()
    for _ in range(5):
        cp.zeros(1 << 18).__dlpack__(max_version=version)
    capsule = cp.zeros(1 << 18).toDlpack()
    assert pool.used_bytes() > before
    del capsule
    gc.collect()
    assert pool.used_bytes() == before


def test_export_of_copies(on_cpu):
    """`copy=True` exports other memory and says so."""
    a, x = both("moderate", "d", 50)
    copy = np.from_dlpack(x, copy=True)
    copy[:] = 0
    assert_same(x, a)
    assert content(x.__dlpack__(max_version=(1, 0), copy=True)).flags == 2
    shared = np.from_dlpack(x, copy=False)
    shared[:] = 0
    assert_same(x, np.zeros(50))


def test_read_only_arrays(on_cpu):
    """Arrays that may not be written are marked, or not exported at all where there is no mark."""
    x = cp.broadcast_to(cp.arange(3), (4, 3))
    got = np.from_dlpack(x)
    assert got.flags.writeable is False and got.strides == x.strides
    assert content(x.__dlpack__(max_version=(1, 0))).flags == 1
    reference = np.broadcast_to(np.arange(3), (4, 3))
    for call in (lambda m: m.__dlpack__(), lambda m: m.__dlpack__(max_version=(0, 8))):
        with pytest.raises(BufferError) as want:
            call(reference)
        with pytest.raises(BufferError) as raised:
            call(x)
        assert str(raised.value) == str(want.value)
    assert np.from_dlpack(x, copy=True).flags.writeable


def test_export_arguments(device):
    """Streams and devices that cannot be are refused."""
    x = cp.arange(5)
    with pytest.raises(TypeError, match="stream"):
        x.__dlpack__(stream="default")
    with pytest.raises(BufferError, match="unsupported device"):
        x.__dlpack__(dl_device=(4, 0))
    host = x.__dlpack__(dl_device=(CPU, 0), max_version=(1, 0))
    assert (content(host).tensor.device_type, content(host).flags) == (CPU, 0 if device == "cpu" else 2)
    if device == "cpu":
        with pytest.raises(RuntimeError, match="stream"):
            x.__dlpack__(stream=1)
    else:
        with pytest.raises(ValueError, match="stream"):
            x.__dlpack__(stream=0)
        with pytest.raises(BufferError, match="copy=False"):
            x.__dlpack__(dl_device=(CPU, 0), copy=False)


# Import


@pytest.mark.parametrize("dtype", DTYPES)
def test_import_from_numpy(dtype):
    """NumPy's arrays have the same elements here, whatever the layout."""
    for view in (lambda a: a, lambda a: a[::2, 1:], lambda a: a[::-1], lambda a: a.T, lambda a: a[1:2, 2].reshape(()), lambda a: a[:0]):
        a = view(values("any", dtype, (6, 8)))
        assert_same(cp.from_dlpack(a), a)


def test_import_shares(on_cpu):
    """Rule 9: writes on either side are seen on the other, and results keep what they read."""
    a = values("moderate", "d", N).copy()
    start = a.copy()
    x = cp.from_dlpack(a)
    assert x.strides == a.strides and x.data.ptr == a.ctypes.data
    y = x * 2 + 1
    z = x.sum()
    a[:] = 5
    assert_same(x, a)
    assert_same(y, start * 2 + 1)
    assert np.isclose(float(z), start.sum())
    x[::2] = 7
    assert (a[::2] == 7).all() and (a[1::2] == 5).all()
    x += 1
    assert (a[::2] == 8).all()
    x *= x
    assert (a[::2] == 64).all()
    np.negative(a, out=a)
    assert_same(x + 0, a)


def test_import_copies_if_told(on_cpu):
    """`copy=True` never shares."""
    a = np.arange(10.0)
    x = cp.from_dlpack(a, copy=True)
    a[:] = 0
    assert_same(x, np.arange(10.0))
    assert_same(cp.from_dlpack(a, copy=False), a)


def test_import_goes_to_a_device(device):
    """Memory of the host goes to the default device, or where it is asked to."""
    a = np.arange(10.0)
    assert cp.from_dlpack(a).device == cp.zeros(1).device
    on_host = cp.from_dlpack(a, device="cpu")
    a[0] = 5
    assert on_host[0].item() == 5 and str(on_host.device) == "cpu"
    if device == "cuda":
        with pytest.raises(BufferError, match="copy=False"):
            cp.from_dlpack(a, copy=False)
        x = cp.arange(5)
        assert cp.from_dlpack(x, device="cpu").device == "cpu"
        assert np.array_equal(np.from_dlpack(x, device="cpu"), np.arange(5))


def test_import_of_our_own():
    """Our own arrays share their memory with what is made of them."""
    a, x = both("moderate", "d", N)
    pending = x + 1
    for y in (cp.from_dlpack(x), cp.fromDlpack(x.toDlpack()), cp.from_dlpack(x, device=x.device)):
        reader, before = y * 2, cp.asnumpy(x)
        x += 1
        assert_same(y, before + 1)
        assert_same(reader, before * 2)
        y[0] = -5
        assert x[0].item() == -5
        assert y.device == x.device
    assert_same(pending, a + 1)


def test_aliases_in_one_operation():
    """Two imports of one memory that overlap are written as if they were known to."""
    a, x = both("moderate", "d", N)
    y = cp.from_dlpack(x)
    y[1:] = x[:-1]
    a[1:] = a[:-1].copy()
    assert_same(x, a)
    x[:-1] += y[1:]
    a[:-1] += a[1:].copy()
    assert_same(y, a)


@pytest.mark.parametrize("kind", (Managed, Versioned))
def test_loans_come_back_once(kind, on_cpu):
    """The deleter is called once, when the last of the arrays is gone."""
    producer = Producer(np.arange(12.0).reshape(3, 4), kind)
    x = cp.from_dlpack(producer)
    view, result = x[1:], x + 1
    assert_same(x, producer.array)
    del x
    gc.collect()
    assert producer.returned == 0
    assert_same(view, producer.array[1:])
    del view
    gc.collect()
    assert producer.returned == 1
    assert_same(result, producer.array + 1)


@pytest.mark.parametrize("kind", (Managed, Versioned))
def test_capsules_are_taken_once(kind, on_cpu):
    """A capsule is renamed when it is taken, and refused the second time."""
    producer = Producer(np.arange(3.0), kind)
    capsule = producer.capsule()
    x = cp.fromDlpack(capsule)
    assert name_of(capsule) == b"used_" + producer.name
    with pytest.raises(ValueError, match="taken out"):
        cp.fromDlpack(capsule)
    del x, capsule
    gc.collect()
    assert producer.returned == 1


def test_producers_of_the_old_protocol(on_cpu):
    """A producer that knows no versions is asked without."""
    producer = Producer(np.arange(6.0), Managed, old=True)
    assert_same(cp.from_dlpack(producer), producer.array)
    assert producer.asked == [{"max_version": (1, 0)}, {}]


def test_descriptions(on_cpu):
    """Missing strides mean C order, and byte offsets count."""
    a = np.arange(24, dtype="i2").reshape(4, 6)
    assert_same(cp.from_dlpack(Producer(a, named_strides=False)), a, strides=True)
    shifted = Producer(a[2:], data=a.ctypes.data, byte_offset=24)
    assert_same(cp.from_dlpack(shifted), a[2:])
    assert_same(cp.from_dlpack(Producer(np.full((), 3.0))), np.full((), 3.0))
    empty = Producer(np.zeros((0, 4)), data=None)
    assert cp.from_dlpack(empty).shape == (0, 4)
    unaligned = np.frombuffer(bytes(range(33)), "u1")[1:].view("u4")
    assert_same(cp.from_dlpack(Producer(unaligned)) + np.uint32(1), unaligned + np.uint32(1))


def test_read_only_imports(on_cpu):
    """What may not be written here is not."""
    for source in (Producer(np.arange(5.0), flags=1), np.broadcast_to(np.arange(5.0), (3, 5))):
        x = cp.from_dlpack(source)
        assert x.flags.writeable is False
        for write in (lambda: x.__setitem__(0, 1), lambda: x.__iadd__(1), lambda: x.fill(0), lambda: cp.add(x, 1, out=x)):
            with pytest.raises(ValueError, match="read-only"):
                write()
        assert_same(x + 1, cp.asnumpy(x) + 1)
    frozen = np.arange(4.0)
    frozen.flags.writeable = False
    assert cp.from_dlpack(frozen).flags.writeable is False
    for locked in (cp.from_dlpack(frozen), cp.from_dlpack(frozen)[1:]):
        with pytest.raises(ValueError, match="cannot set WRITEABLE flag to True of this array"):
            locked.flags.writeable = True
        assert locked.flags.writeable is False
    assert cp.from_dlpack(frozen, copy=True).flags.writeable is True


BAD = {
    "dtype": {"code": 4, "bits": 16},
    "bits": {"bits": 128},
    "lanes": {"lanes": 2},
    "device": {"device_type": 7},
    "axes": {"ndim": 65},
    "negative axes": {"ndim": -1},
    "shape": {"shape": None},
    "far": {"byte_offset": (1 << 63) - 8},
    "farther": {"byte_offset": (1 << 64) - 8},
    "nowhere": {"data": None},
}


@pytest.mark.parametrize("what", BAD)
def test_bad_descriptions(what):
    """Tensors that cannot be arrays are refused, and stay with their producer."""
    producer = Producer(np.arange(6.0), **BAD[what])
    capsule = producer.capsule()
    with pytest.raises(BufferError):
        cp.fromDlpack(capsule)
    gc.collect()
    assert producer.returned <= 1


def test_bad_numbers():
    """Extents and strides out of range are refused."""
    for shape, strides in (((-1,), (1,)), ((1 << 62, 1 << 62), (1, 1)), ((3,), (1 << 62,)), ((3,), (-(1 << 61),)), ((1 << 61,), (8,))):
        producer = Producer(np.zeros((1,) * len(shape)))
        producer.shape[:], producer.strides[:] = shape, strides
        with pytest.raises(BufferError):
            cp.fromDlpack(producer.capsule())


def test_bad_versions():
    """A version that is not known is refused."""
    with pytest.raises(BufferError, match="2.0"):
        cp.fromDlpack(Producer(np.arange(3.0), version=(2, 0)).capsule())


def test_bad_producers():
    """What does not speak the protocol is refused."""
    for bad in (5, "text", object(), [1, 2]):
        with pytest.raises(TypeError, match="__dlpack__"):
            cp.from_dlpack(bad)
    with pytest.raises(TypeError):
        cp.fromDlpack(np.arange(3))
    with pytest.raises(ValueError, match="no DLPack tensor"):
        cp.fromDlpack(new_capsule(1, b"something"))

    class Odd:
        def __dlpack__(self, **kwargs):
            return 5

        def __dlpack_device__(self):
            return (CPU, 0)

    with pytest.raises(TypeError, match="capsule"):
        cp.from_dlpack(Odd())

    class Failing(Odd):
        def __dlpack__(self, **kwargs):
            raise BufferError("not today")

    with pytest.raises(BufferError, match="not today"):
        cp.from_dlpack(Failing())


def test_imports_keep_numpy_alive(on_cpu):
    """NumPy's array lives as long as ours looks at it."""

    class Tracked(np.ndarray):
        pass

    a = np.arange(1000.0).view(Tracked)
    watch = weakref.ref(a)
    x = cp.from_dlpack(a)
    y = x[::2]
    del a, x
    gc.collect()
    assert watch() is not None
    assert_same(y, np.arange(0, 1000.0, 2))
    del y
    gc.collect()
    assert watch() is None


def test_threads_that_import_and_drop(on_cpu):
    """Loans come back whatever thread lets go of them."""
    import threading

    producers = [Producer(values("moderate", "d", N, k).copy()) for k in range(24)]
    failures = []

    def work(mine):
        for p in mine:
            x = cp.from_dlpack(p)
            if not np.array_equal(cp.asnumpy(x * 2 - x), p.array * 2 - p.array):
                failures.append(p)

    threads = [threading.Thread(target=work, args=(producers[k::4],)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    gc.collect()
    assert failures == [] and [p.returned for p in producers] == [1] * 24


# The CUDA Array Interface


def test_no_interface_on_the_cpu(on_cpu):
    """Arrays on the CPU have no CUDA Array Interface, so that nobody takes their pointers for a device's."""
    assert not hasattr(cp.arange(3), "__cuda_array_interface__")


class Interface:
    """An object with a CUDA Array Interface."""

    def __init__(self, **interface):
        self.__cuda_array_interface__ = interface


@pytest.mark.skipif(cp.cuda.is_available(), reason="with a GPU the interface is not refused")
def test_interfaces_need_a_gpu():
    """Without a GPU an array that says it is on one is refused, not read as memory of the host."""
    a = np.arange(3.0)
    with pytest.raises(RuntimeError):
        cp.asarray(Interface(shape=(3,), typestr="<f8", data=(a.ctypes.data, False), version=3))


def test_bad_interfaces():
    """Interfaces that are not right are refused in one line."""
    good = {"shape": (3,), "typestr": "<f8", "data": (4096, False), "version": 3}
    for change, error in (
        ({"data": None}, ValueError), ({"shape": None}, ValueError), ({"typestr": None}, ValueError), ({"typestr": "<M8"}, TypeError),
        ({"data": 5}, TypeError), ({"shape": (-1,)}, OverflowError), ({"mask": object()}, NotImplementedError), ({"stream": 0}, ValueError),
    ):
        with pytest.raises(error):
            cp.asarray(Interface(**{**good, **change}))
    odd = Interface()
    odd.__cuda_array_interface__ = 5
    with pytest.raises(TypeError):
        cp.asarray(odd)


@pytest.mark.gpu
def test_interface_of_arrays():
    """The interface describes the array, and both sides see what is written."""
    a, x = both("moderate", "f", (40, 50))
    y = x[::2, 1:]
    interface = y.__cuda_array_interface__
    assert interface["version"] == 3 and interface["shape"] == (20, 49) and interface["typestr"] == "<f4"
    assert interface["strides"] == y.strides and interface["data"] == (y.data.ptr, False) and interface["stream"] == 1
    assert x.__cuda_array_interface__["strides"] is None
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        assert x.__cuda_array_interface__["stream"] == stream.ptr
    assert cp.broadcast_to(x, (2, 40, 50)).__cuda_array_interface__["data"][1] is True


@pytest.mark.gpu
def test_interface_of_others():
    """Arrays of others are taken without a copy, after their stream."""
    a, x = both("moderate", "d", N)
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        y = cp.sin(x) * 2
        foreign = Interface(**y.__cuda_array_interface__)
        foreign.keep = y
    z = cp.asarray(foreign)
    assert z.data.ptr == y.data.ptr and z.dtype == y.dtype
    assert_same(z, cp.asnumpy(y))
    copy = cp.array(foreign)
    z[:] = 1
    assert_same(y, np.ones(N))
    assert copy.data.ptr != y.data.ptr
    watch = weakref.ref(foreign)
    del foreign
    gc.collect()
    assert watch() is not None
    del z
    cp.cuda.Device().synchronize()
    gc.collect()
    assert watch() is None
    with pytest.raises(RuntimeError, match="no GPU knows"):
        host = np.arange(3.0)
        cp.asarray(Interface(shape=(3,), typestr="<f8", data=(host.ctypes.data, False), version=3))


@pytest.mark.gpu
def test_streams_of_consumers():
    """Rule 16: the consumer's stream waits for the value's and the current one."""
    a, x = both("moderate", "d", 1 << 20)
    ours, theirs = cp.cuda.Stream(non_blocking=True), cp.cuda.Stream(non_blocking=True)
    for handle in (None, 1, 2, theirs.ptr, -1):
        with ours:
            y = x
            for _ in range(50):
                y = cp.sin(y)
            capsule = y.__dlpack__(stream=handle, max_version=(1, 0))
            if handle == -1:
                ours.synchronize()
        with theirs if handle == theirs.ptr else cp.cuda.Stream.null:
            z = cp.fromDlpack(capsule)
            got = z * 1
        assert_same(got, cp.asnumpy(y))


def test_pytorch():
    """PyTorch and cuprous share memory both ways: writes on one side are seen on the other, what waited reads before them."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    where = "cuda:0" if cp.zeros(1).device != "cpu" else "cpu"
    if where != "cpu" and not torch.cuda.is_available():
        pytest.skip("PyTorch here has no CUDA")
    for dtype in ("f", "d", "l", "i", "?", "F", "e"):
        a, x = both("moderate", dtype, (6, 5), "torch")
        t = torch.from_dlpack(x)
        assert t.data_ptr() == x.data.ptr and str(t.device) == where
        assert np.array_equal(t.cpu().numpy(), a)
        early = x[0] == x[0]
        t.mul_(0) if dtype != "?" else t.logical_and_(torch.zeros_like(t))
        if where != "cpu":
            torch.cuda.synchronize()
        assert not to_numpy(x).any() and to_numpy(early).all()
        x[...] = 1
        cp.cuda.Stream.null.synchronize()
        assert t.cpu().numpy().all()
        back = cp.from_dlpack(torch.ones((3, 4), dtype=t.dtype, device=where).t())
        assert back.shape == (4, 3) and back.dtype == x.dtype
        assert to_numpy(back + back).all()
    if where != "cpu":
        t = torch.arange(10, device=where)
        assert_same(cp.asarray(t), np.arange(10))
        assert torch.as_tensor(cp.arange(5), device=where).tolist() == [0, 1, 2, 3, 4]
