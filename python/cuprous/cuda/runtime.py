"""A few functions of the CUDA runtime; where no GPU is, the CPU answers as one device."""

from cuprous._core import Device
from cuprous._core import device_count as getDeviceCount

__all__ = ["deviceSynchronize", "getDevice", "getDeviceCount", "memGetInfo", "setDevice"]


def getDevice():
    """The number of the current device."""
    return Device().id


def setDevice(device):
    """Makes another device the current one."""
    Device(device).use()


def deviceSynchronize():
    """Computes what waits on the current device and waits for it."""
    Device().synchronize()


def memGetInfo():
    """Free and total memory of the current device, in bytes."""
    return Device().mem_info
