"""The functions of the CUDA runtime, with numbers for addresses and handles.

Where no GPU is the CPU answers as one device; what has no meaning there raises `CUDARuntimeError`, cudaErrorNotSupported.
"""

import ctypes
from collections import namedtuple

from cuprous._core import cuda

_runtime = cuda.runtime
__all__ = [
    "MemPoolProps", "PointerAttributes", "eventQuery", "ipcGetEventHandle", "ipcGetMemHandle", "ipcOpenEventHandle", "ipcOpenMemHandle",
    "launchHostFunc", "memPoolCreate", "pointerGetAttributes", "pointerGetMemoryType", "streamAddCallback",
]


def _from_status(self, status):
    """Programs make the exception from the number of an error; the extension module from a text."""
    RuntimeError.__init__(self, status)
    if not isinstance(status, str):
        try:
            _runtime.check_status(status)
        except _runtime.CUDARuntimeError as e:
            self.args, self.status = e.args, status


# The extension module cannot give methods to an exception that it makes.
_runtime.CUDARuntimeError.__init__ = _from_status


class PointerAttributes:
    """What an address is: its device, the address there and on the host, and the sort of memory."""

    __slots__ = ("device", "devicePointer", "hostPointer", "type")

    def __init__(self, device, devicePointer, hostPointer, type=-1):
        self.device, self.devicePointer, self.hostPointer, self.type = device, devicePointer, hostPointer, type


MemPoolProps = namedtuple("MemPoolProps", "allocType handleType locationType devId")
MemPoolProps.__doc__ = "How a pool of the driver's is made."


def pointerGetAttributes(ptr):
    """What an address is."""
    return PointerAttributes(*_runtime._pointerGetAttributes(ptr))


def pointerGetMemoryType(ptr):
    """The sort of memory at an address, one of `memoryType...`."""
    return pointerGetAttributes(ptr).type


def eventQuery(event):
    """0 if the work before an event is done, else the number of cudaErrorNotReady."""
    status = _runtime._eventQuery(event)
    if status not in (0, 600):
        _runtime.check_status(status)
    return status


def memPoolCreate(props):
    """A pool of the driver's, by its handle."""
    return _runtime._memPoolCreate(*props)


def launchHostFunc(stream, callback, arg):
    """Calls `callback(arg)` once the work queued on a stream so far is done."""
    cuda.ExternalStream(stream).launch_host_func(callback, arg)


def streamAddCallback(stream, callback, arg, flags=0):
    """Calls `callback(stream, status, arg)` once the work queued on a stream so far is done."""
    cuda.ExternalStream(stream).launch_host_func(lambda rest: callback(stream, 0, rest), arg)


def ipcGetMemHandle(devPtr):
    """Bytes by which another process opens memory of this one."""
    handle = ctypes.create_string_buffer(64)
    _runtime._ipcGetMemHandle(ctypes.addressof(handle), devPtr)
    return handle.raw


def ipcOpenMemHandle(handle, flags=1):
    """The address here of another process's memory."""
    return _runtime._ipcOpenMemHandle(ctypes.addressof(ctypes.create_string_buffer(handle, 64)), flags)


def ipcGetEventHandle(event):
    """Bytes by which another process opens an event of this one."""
    handle = ctypes.create_string_buffer(64)
    _runtime._ipcGetEventHandle(ctypes.addressof(handle), event)
    return handle.raw


def ipcOpenEventHandle(handle):
    """The handle here of another process's event."""
    return _runtime._ipcOpenEventHandle(ctypes.addressof(ctypes.create_string_buffer(handle, 64)))
