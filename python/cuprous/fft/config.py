"""Plans for Fourier transforms: how many are kept, and for how much memory. CuPy's `cupy.fft.config`."""

import threading

from cuprous import _core

__all__ = [
    "clear_plan_cache", "devices", "enable_nd_planning", "get_plan_cache",
    "get_plan_cache_max_memsize", "get_plan_cache_size", "set_cufft_gpus",
    "set_plan_cache_max_memsize", "set_plan_cache_size", "show_plan_cache_info", "use_multi_gpus",
]

# What CuPy's programs set. Transforms along several axes are planned together wherever that is possible, whatever this says.
enable_nd_planning = True
# Transforms run on the device of their array.
use_multi_gpus = False
devices = None

_USUAL_SIZE = 64
_caches: dict[int, "PlanCache"] = {}
_lock = threading.Lock()


class PlanCache:
    """The plans that are kept for a device. On a GPU they are cuFFT's; on the CPU a plan costs nothing and none is kept.

    Parameters
    ----------
    size : int
        How many plans are kept at most; 0 keeps none, -1 all.
    memsize : int
        The bytes that their work areas may have together; -1 is no limit.
    dev : int
        The number of the device, by default the current one.
    """

    def __init__(self, size=_USUAL_SIZE, memsize=-1, dev=-1):
        self.dev = _core.cuda.get_device_id() if dev == -1 else dev
        self._size, self._memsize = _limit(size), _limit(memsize)

    def _apply(self, size, memsize):
        _core._limit_fft_plans(self.dev, None if size < 0 else size, None if memsize < 0 else memsize)
        self._size, self._memsize = size, memsize

    def get_size(self):
        """How many plans are kept at most; -1 if there is no limit."""
        return self._size

    def set_size(self, size):
        """Sets how many plans are kept; what is too much is forgotten, the longest unused first."""
        self._apply(_limit(size), self._memsize)

    def get_memsize(self):
        """The bytes that work areas may have together; -1 if there is no limit."""
        return self._memsize

    def set_memsize(self, memsize):
        """Sets those bytes; what is too much is forgotten, the longest unused first."""
        self._apply(self._size, _limit(memsize))

    def get_curr_size(self):
        """How many plans there are."""
        return _core._fft_plans(self.dev)[0]

    def get_curr_memsize(self):
        """The bytes of their work areas."""
        return _core._fft_plans(self.dev)[1]

    def clear(self):
        """Forgets all plans."""
        _core._clear_fft_plans(self.dev)

    def show_info(self):
        """Prints what there is."""
        print(self)

    def __repr__(self):
        n, n_bytes, hits, misses = _core._fft_plans(self.dev)
        show = lambda value: "(unlimited)" if value < 0 else value  # noqa: E731
        return (
            f"-------------- plans for Fourier transforms on device {self.dev} --------------\n"
            f"cache enabled? {self._size != 0}\n"
            f"current / max size   : {n} / {show(self._size)} (counts)\n"
            f"current / max memsize: {n_bytes} / {show(self._memsize)} (bytes)\n"
            f"hits / misses: {hits} / {misses} (counts)\n"
        )


def _limit(value):
    if value < -1:
        raise ValueError(f"a limit is -1 for none, or a number from 0 on, not {value}")
    return int(value)


def get_plan_cache():
    """The plans of the current device."""
    dev = _core.cuda.get_device_id()
    with _lock:
        return _caches.setdefault(dev, PlanCache(dev=dev))


def get_plan_cache_size():
    """How many plans are kept for the current device at most."""
    return get_plan_cache().get_size()


def set_plan_cache_size(size):
    """Sets how many plans are kept for the current device."""
    get_plan_cache().set_size(size)


def get_plan_cache_max_memsize():
    """The bytes that work areas of the current device's plans may have together."""
    return get_plan_cache().get_memsize()


def set_plan_cache_max_memsize(size):
    """Sets those bytes."""
    get_plan_cache().set_memsize(size)


def clear_plan_cache():
    """Forgets the plans of the current device."""
    get_plan_cache().clear()


def show_plan_cache_info():
    """Prints how many plans there are for the current device, and how many there may be."""
    get_plan_cache().show_info()


def set_cufft_gpus(gpus):
    """One transform over several GPUs is not supported: each runs on the device of its array.

    Raises `NotImplementedError` unless one GPU is named.
    """
    if gpus == 1 or (hasattr(gpus, "__len__") and len(gpus) == 1):
        return
    raise NotImplementedError("a transform over several GPUs is not supported: divide the lines among the devices")
