"""Allocators of others: callables that give pointers, functions in Python and in C, and which of them is in effect."""

import ctypes
import gc
import threading

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import LAZY_SIZE

N = LAZY_SIZE
OutOfMemoryError = cp.cuda.memory.OutOfMemoryError


@pytest.fixture(autouse=True)
def default_allocator():
    """Each test ends with the default pool."""
    yield
    cp.cuda.set_allocator(cp.get_default_memory_pool().malloc)


class Lender:
    """An allocator over a pool of its own, as a library that manages memory has one: it gives addresses and wants them back."""

    def __init__(self, limit=1 << 40):
        self.pool, self.live, self.given, self.limit = cp.cuda.MemoryPool(), {}, [], limit

    def malloc(self, size, device_id):
        assert device_id == cp.cuda.get_device_id()
        if sum(p.mem.size for p in self.live.values()) + size > self.limit:
            raise MemoryError(f"the lender has no {size} bytes")
        p = self.pool.malloc(size)
        self.live[p.ptr] = p
        self.given.append(size)
        return p.ptr

    def free(self, address, device_id):
        assert device_id == cp.cuda.get_device_id()
        del self.live[address]

    def pointer(self, size):
        """The same as memory with an owner, as RMM gives it."""
        owner = Owner(self, self.malloc(size, cp.cuda.get_device_id()))
        return cp.cuda.MemoryPointer(cp.cuda.UnownedMemory(owner.address, size, owner, cp.cuda.get_device_id()), 0)


class Owner:
    """Gives memory back when it dies."""

    def __init__(self, lender, address):
        self.lender, self.address = lender, address

    def __del__(self):
        self.lender.free(self.address, cp.cuda.get_device_id())


def settle():
    """Lets memory go that only waits for the device."""
    gc.collect()
    cp.cuda.Device().synchronize()
    cp.get_default_memory_pool().free_all_blocks()


def allocators(lender):
    """Every way to name the lender."""
    return {
        "callable": lender.pointer,
        "functions": cp.cuda.PythonFunctionAllocator(lender.malloc, lender.free).malloc,
        "pool over the callable": cp.cuda.MemoryPool(lender.pointer).malloc,
        "pool over the functions": cp.cuda.MemoryPool(cp.cuda.PythonFunctionAllocator(lender.malloc, lender.free).malloc).malloc,
    }


WAYS = list(allocators(Lender()))


@pytest.mark.parametrize("way", WAYS)
def test_arrays_live_in_foreign_memory(way):
    """Arrays made under an allocator lie in its memory, whatever makes them, and give it back when they die."""
    lender, a = Lender(), np.linspace(-1, 1, N)
    allocator = allocators(lender)[way]
    cp.cuda.set_allocator(allocator)
    assert cp.cuda.get_allocator() == allocator
    x = cp.asarray(a)
    made = [x, x * 2 + 1, cp.sort(x), x.cumsum(), cp.divmod(x, 0.3)[0], x[::2].copy(), x.reshape(2, -1) @ cp.ones((N // 2, 1)), x.astype("f")]
    inside = [(p.ptr, p.ptr + p.mem.size) for p in lender.live.values()]
    for y in made:
        assert any(lo <= y.data.ptr < hi for lo, hi in inside)
    assert_same(made[1], a * 2 + 1)
    assert_same(made[2], np.sort(a))
    cp.cuda.set_allocator(cp.get_default_memory_pool().malloc)
    n = len(lender.given)
    # Made elsewhere of what lies there.
    z = x + 1
    assert_same(z, a + 1)
    assert len(lender.given) == n
    del x, y, made, z
    allocator = getattr(allocator, "__self__", None)
    if isinstance(allocator, cp.cuda.MemoryPool):
        assert allocator.used_bytes() == 0
        allocator.free_all_blocks()
    settle()
    assert lender.live == {}


@pytest.mark.parametrize("way", WAYS[:2])
def test_each_request_is_seen_at_its_call(way):
    """User's code is called when an operation is, not when its value is read."""
    lender = Lender()
    x = cp.ones(N)
    with cp.cuda.using_allocator(allocators(lender)[way]):
        n = len(lender.given)
        y = x + 1
        assert len(lender.given) == n + 1 and lender.given[-1] == 8 * N
        z = y * 2
        assert len(lender.given) == n + 2
    assert len(lender.given) == n + 2
    del y, z
    settle()
    assert lender.live == {}


@pytest.mark.parametrize("way", WAYS)
def test_exhausted_lenders(way):
    """A lender's error comes through, nothing is lost, and afterwards there is memory again."""
    lender = Lender(limit=20 * N)
    with cp.cuda.using_allocator(allocators(lender)[way]):
        x = cp.ones(N)
        y = x + 1
        with pytest.raises(MemoryError):
            cp.ones(N)
        with pytest.raises(MemoryError):
            y * 2
        del x
        settle()
        assert_same(y * 2, np.full(N, 4.0))
    del y


def test_other_errors_of_lenders():
    """What an allocator raises is raised, and what it gives wrongly is refused."""

    class Strange(Exception):
        pass

    def fails(*args):
        raise Strange("no")

    for allocator in (fails, cp.cuda.PythonFunctionAllocator(fails, fails).malloc, cp.cuda.MemoryPool(fails).malloc):
        with cp.cuda.using_allocator(allocator), pytest.raises(Strange):
            cp.ones(5)
    with cp.cuda.using_allocator(lambda size: 5), pytest.raises(TypeError, match="MemoryPointer"):
        cp.ones(5)
    with cp.cuda.using_allocator(lambda size: cp.cuda.memory._malloc(size - 1)), pytest.raises(ValueError, match="instead of"):
        cp.ones(5)
    with cp.cuda.using_allocator(cp.cuda.PythonFunctionAllocator(lambda *args: "text", fails).malloc), pytest.raises(TypeError):
        cp.ones(5)
    with cp.cuda.using_allocator(cp.cuda.PythonFunctionAllocator(lambda *args: 0, fails).malloc), pytest.raises(OutOfMemoryError):
        cp.ones(5)
    for bad in (5, "malloc"):
        with pytest.raises(TypeError, match="callable"):
            cp.cuda.set_allocator(bad)
        with pytest.raises(TypeError, match="callable"):
            cp.cuda.MemoryPool(bad)
        with pytest.raises(TypeError, match="callable"):
            cp.cuda.PythonFunctionAllocator(bad, fails)
    assert_same(cp.ones(5), np.ones(5))


def test_memory_of_functions():
    """Functions give memory without an array too."""
    lender = Lender()
    allocator = cp.cuda.PythonFunctionAllocator(lender.malloc, lender.free)
    p = allocator.malloc(800)
    assert p.mem.size == 800 and p.ptr in lender.live and isinstance(p.mem, cp.cuda.BaseMemory)
    x = cp.ndarray((100,), "d", memptr=p)
    x[:] = 3
    del p
    assert_same(x, np.full(100, 3.0))
    del x
    settle()
    assert lender.live == {}
    assert allocator.malloc(0).mem.size == 0 and lender.live == {}


def test_functions_in_c():
    """Functions in C are given their parameter, the size and the device."""
    lender, seen = Lender(), []

    @ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    def malloc(param, size, device_id):
        seen.append((param, size))
        return lender.malloc(size, device_id)

    @ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    def free(param, address, device_id):
        seen.append((param, "free"))
        lender.free(address, device_id)

    address = [ctypes.cast(f, ctypes.c_void_p).value for f in (malloc, free)]
    allocator = cp.cuda.CFunctionAllocator(1234, *address, (malloc, free))
    with cp.cuda.using_allocator(allocator.malloc):
        x = cp.arange(N, dtype="d") + 1
    assert_same(x, np.arange(N, dtype="d") + 1)
    assert (1234, 8 * N) in seen
    p = allocator.malloc(64)
    assert p.mem.size == 64
    del x, p
    settle()
    assert lender.live == {} and seen[-1] == (1234, "free")
    with pytest.raises(ValueError, match="address 0"):
        cp.cuda.CFunctionAllocator(0, 0, 0, None)


def test_scopes_nest_and_are_of_the_thread():
    """`using_allocator` holds for its thread, nests, and ends by an exception too; the process's allocator cannot be set in it."""
    a, b = cp.cuda.MemoryPool(), cp.cuda.MemoryPool()
    default = cp.cuda.get_allocator()
    seen = []
    with cp.cuda.using_allocator(a.malloc):
        assert cp.cuda.get_allocator() == a.malloc
        with pytest.raises(KeyError), cp.cuda.using_allocator(b.malloc):
            assert cp.cuda.get_allocator() == b.malloc
            raise KeyError
        thread = threading.Thread(target=lambda: seen.append((cp.cuda.get_allocator(), cp.ones(N))))
        thread.start()
        thread.join()
        assert cp.cuda.get_allocator() == a.malloc
        with pytest.raises(ValueError, match="using_allocator"):
            cp.cuda.set_allocator(b.malloc)
        with cp.cuda.using_allocator(default):
            x = cp.ones(N)
            assert a.used_bytes() == 0
    assert seen[0][0] == default == cp.cuda.get_allocator() and a.used_bytes() == b.used_bytes() == 0
    with pytest.raises(RuntimeError, match="not entered"):
        cp.cuda.using_allocator(a.malloc).__exit__(None, None, None)
    assert_same(x, np.ones(N))
    # The process's allocator is that of all threads.
    cp.cuda.set_allocator(b.malloc)
    thread = threading.Thread(target=lambda: seen.append(cp.ones(N) + 1))
    thread.start()
    thread.join()
    assert b.used_bytes() >= 8 * N
    assert_same(seen[1], np.full(N, 2.0))


def test_waiting_values_survive_a_change():
    """What waits when the allocator changes is computed with the old one."""
    pool, x = cp.cuda.MemoryPool(), cp.arange(N)
    y = x + 1
    cp.cuda.set_allocator(pool.malloc)
    assert_same(y, np.arange(N) + 1)
    assert pool.used_bytes() == 0


def test_values_of_other_threads():
    """A value that waits in another thread is read here, and keeps the allocator of its thread."""
    pool, made = cp.cuda.MemoryPool(), []
    thread = threading.Thread(target=lambda: made.append(cp.arange(N) * 3))
    thread.start()
    thread.join()
    with cp.cuda.using_allocator(pool.malloc):
        assert_same(made[0], np.arange(N) * 3)
        assert pool.used_bytes() == 0


def test_alloc_asks_the_allocator():
    """`alloc` gives what the allocator gives."""
    given = []

    def allocator(size):
        given.append(cp.cuda.memory._malloc(size))
        return given[-1]

    with cp.cuda.using_allocator(allocator):
        assert cp.cuda.alloc(40) is given[0]


def test_writes_in_place_stay_where_they_are():
    """In-place operations and `out=` write where the array lies."""
    pool = cp.cuda.MemoryPool()
    with cp.cuda.using_allocator(pool.malloc):
        x = cp.zeros(N)
    before, used = x.data.ptr, pool.used_bytes()
    x += 1
    cp.multiply(x, 2, out=x)
    x[::2] = 5
    assert x.data.ptr == before and pool.used_bytes() == used
    a = np.full(N, 2.0)
    a[::2] = 5
    assert_same(x, a)
