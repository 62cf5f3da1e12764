"""Devices, and the handles of libraries that belong to them."""

import threading

from cuprous._core import cuda

__all__ = [
    "Handle", "from_pointer", "get_compute_capability", "get_cublas_handle", "get_cusolver_handle", "get_cusolver_sp_handle",
    "get_cusparse_handle", "get_cutensor_handle",
]

_own = threading.local()


class Handle:
    """A handle, ended with the object."""

    __slots__ = ("_destroy", "handle")

    def __init__(self, handle, destroy_func):
        self.handle, self._destroy = handle, destroy_func

    def __del__(self):
        # Without one where making it failed.
        if hasattr(self, "_destroy"):
            self._destroy(self.handle)


def _of_thread(name, make):
    """What this thread has once for the current device."""
    handles = _own.__dict__.setdefault("handles", {})
    key = (name, cuda.get_device_id())
    if key not in handles:
        handles[key] = make()
    return handles[key]


def _handle(library, create="create", destroy="destroy", set_stream="setStream"):
    """This thread's handle of a library on the current device, on the current stream: calls by other ways than ours do not set it."""
    handle = _of_thread((library.__name__, create), lambda: Handle(getattr(library, create)(), getattr(library, destroy))).handle
    getattr(library, set_stream)(handle, cuda.get_current_stream().ptr)
    return handle


def get_cublas_handle():
    """The handle of cuBLAS for this thread and the current device, whose work runs on the current stream."""
    from cuprous.cuda import cublas

    return _handle(cublas)


def get_cusolver_handle():
    """The handle of cuSOLVER for dense matrices."""
    from cuprous.cuda import cusolver

    return _handle(cusolver)


def get_cusolver_sp_handle():
    """The handle of cuSOLVER for sparse matrices."""
    from cuprous.cuda import cusolver

    return _handle(cusolver, "spCreate", "spDestroy", "spSetStream")


def get_cusparse_handle():
    """The handle of cuSPARSE."""
    from cuprous.cuda import cusparse

    return _handle(cusparse)


def get_cutensor_handle():
    """The handle of cuTENSOR, an object whose `ptr` is its address; calls run on the current stream."""
    from cuprous.x import cutensor

    return _of_thread(cutensor.__name__, cutensor.CutensorHandle)


def _of_device(get):
    def handle(self):
        with self:
            return get()

    return property(handle, doc=get.__doc__)


cuda.Device.cublas_handle = _of_device(get_cublas_handle)
cuda.Device.cusolver_handle = _of_device(get_cusolver_handle)
cuda.Device.cusolver_sp_handle = _of_device(get_cusolver_sp_handle)
cuda.Device.cusparse_handle = _of_device(get_cusparse_handle)
cuda.Device.cutensor_handle = _of_device(get_cutensor_handle)


def get_compute_capability():
    """The compute capability of the current device, `'90'` for example."""
    return cuda.Device().compute_capability


def from_pointer(ptr):
    """The device to whose memory an address belongs."""
    return cuda.Device(cuda.runtime._pointerGetAttributes(ptr)[0])
