"""Textures and surfaces: arrays that kernels read with interpolation and border rules, on GPUs alone.

A `TextureObject` or `SurfaceObject` is given to a `RawKernel` where the kernel takes a `cudaTextureObject_t` or a
`cudaSurfaceObject_t`. Where the CPU is the device, making one raises `CUDARuntimeError`, cudaErrorNotSupported.
"""

import ctypes
import struct

import cuprous
from cuprous._core import cuda

__all__ = ["CUDAarray", "ChannelFormatDescriptor", "ResourceDescriptor", "SurfaceObject", "TextureDescriptor", "TextureObject"]

_runtime = cuda.runtime


class ChannelFormatDescriptor:
    """How many bits the four channels of an element have, and what they are: one of `cudaChannelFormatKind...`."""

    __slots__ = ("_memory", "_values", "ptr")

    def __init__(self, x, y, z, w, f):
        self._values = (x, y, z, w, f)
        self._memory = ctypes.create_string_buffer(struct.pack("5i", *self._values), 20)
        self.ptr = ctypes.addressof(self._memory)

    def get_channel_format(self):
        """The values by name."""
        return dict(zip("xyzwf", self._values, strict=True))

    def __reduce__(self):
        return type(self), self._values


class CUDAarray:
    """Elements in the device's own order, of one, two or three axes."""

    __slots__ = ("depth", "desc", "flags", "height", "ndim", "ptr", "width")

    def __init__(self, desc, width, height=0, depth=0, flags=0):
        if width == 0:
            raise ValueError("a CUDA array has a width")
        if depth and not height:
            raise ValueError("a CUDA array with a depth has a height")
        self.ptr = 0
        self.desc, self.width, self.height, self.depth, self.flags = desc, width, height, depth, flags
        self.ndim = 3 if depth else 2 if height else 1
        self.ptr = _runtime.malloc3DArray(desc.ptr, width, height, depth, flags)

    def __del__(self):
        if getattr(self, "ptr", 0):
            _runtime.freeArray(self.ptr)

    def __reduce__(self):
        raise TypeError("cannot pickle a CUDAarray: its memory belongs to this process")

    def _copy(self, array, kind_of, stream):
        """The copy's parameters and how it is made; rows are those of a contiguous array of this shape."""
        x, y, z, w, _ = self.desc._values
        n_channels = sum(bits > 0 for bits in (x, y, z, w))
        shape = (*filter(None, (self.depth, self.height)), self.width * n_channels)
        if tuple(array.shape) != shape:
            raise ValueError(f"the array has the shape {tuple(array.shape)}, but the CUDA array needs {shape}")
        if array.dtype.itemsize * 8 != x:
            raise ValueError(f"elements of {array.dtype} do not have the {x} bits of a channel")
        if not array.flags.c_contiguous:
            raise ValueError("the array is not C-contiguous")
        is_ours = isinstance(array, cuprous.ndarray)
        address = array.data.ptr if is_ours else array.ctypes.data
        memory = (address, self.width * n_channels * array.dtype.itemsize, self.width, max(self.height, 1))
        extent = (self.width, max(self.height, 1), max(self.depth, 1))
        nothing = (0,) * 4
        array_first = kind_of == "to"
        source = (self.ptr if array_first else 0, 0, 0, 0, *(nothing if array_first else memory))
        target = (0 if array_first else self.ptr, 0, 0, 0, *(memory if array_first else nothing))
        kind = 3 if is_ours else 2 if array_first else 1
        parameters = ctypes.create_string_buffer(struct.pack("19Qi4x", *source, *target, *extent, kind), 160)
        if stream is None:
            _runtime.memcpy3D(ctypes.addressof(parameters))
        else:
            _runtime.memcpy3DAsync(ctypes.addressof(parameters), stream.ptr)

    def copy_from(self, in_arr, stream=None):
        """Copies the elements of an array, of cuprous or NumPy, which lie in memory in C order."""
        self._copy(in_arr, "from", stream)

    def copy_to(self, out_arr, stream=None):
        """Copies the elements to an array, of cuprous or NumPy, which lie in memory in C order."""
        self._copy(out_arr, "to", stream)


class ResourceDescriptor:
    """What a texture or surface reads: a `CUDAarray`, or an array of cuprous as rows or as a line."""

    __slots__ = ("_memory", "_values", "arr", "chDesc", "cuArr", "ptr")

    def __init__(self, restype, cuArr=None, arr=None, chDesc=None, sizeInBytes=0, width=0, height=0, pitchInBytes=0):
        words = [0] * 16
        if restype == _runtime.cudaResourceTypeArray:
            if cuArr is None:
                raise ValueError("cuArr is needed for cudaResourceTypeArray")
            words[0] = cuArr.ptr
        elif restype in (_runtime.cudaResourceTypeLinear, _runtime.cudaResourceTypePitch2D):
            if arr is None or chDesc is None:
                raise ValueError("arr and chDesc are needed for this type of resource")
            # Five ints, and four bytes that nobody reads.
            words[:4] = [arr.data.ptr, *struct.unpack("3Q", struct.pack("5i4x", *chDesc._values))]
            words[4:7] = [sizeInBytes, 0, 0] if restype == _runtime.cudaResourceTypeLinear else [width, height, pitchInBytes]
        else:
            raise NotImplementedError("mipmapped arrays are not there")
        self.cuArr, self.arr, self.chDesc = cuArr, arr, chDesc
        self._values = (restype, sizeInBytes, width, height, pitchInBytes)
        self._memory = ctypes.create_string_buffer(struct.pack("i4x16QI4x", restype, *words, 0), 144)
        self.ptr = ctypes.addressof(self._memory)

    def __reduce__(self):
        raise TypeError("cannot pickle a ResourceDescriptor: what it describes belongs to this process")

    def get_resource_desc(self):
        """The values by name."""
        restype, size, width, height, pitch = self._values
        found = {"resType": restype}
        if restype == _runtime.cudaResourceTypeArray:
            return found | {"array": self.cuArr.ptr}
        found |= {"devPtr": self.arr.data.ptr, "chDesc": self.chDesc.get_channel_format()}
        if restype == _runtime.cudaResourceTypeLinear:
            return found | {"sizeInBytes": size}
        return found | {"width": width, "height": height, "pitchInBytes": pitch}


class TextureDescriptor:
    """How a texture is read: what is outside, between elements, and in which numbers."""

    __slots__ = ("_memory", "_values", "ptr")

    def __init__(
        self, addressModes=None, filterMode=0, readMode=0, sRGB=None, borderColors=None, normalizedCoords=None, maxAnisotropy=None
    ):
        modes = [*(addressModes or ())]
        borders = [*(borderColors or ())]
        if len(modes) > 3:
            raise ValueError("a texture has at most three address modes")
        if len(borders) > 4:
            raise ValueError("a border color has at most four channels")
        self._values = {
            "addressMode": (*modes, *[0] * (3 - len(modes))), "filterMode": filterMode, "readMode": readMode, "sRGB": int(bool(sRGB)),
            "borderColor": (*map(float, borders), *[0.0] * (4 - len(borders))), "normalizedCoords": int(bool(normalizedCoords)),
            "maxAnisotropy": maxAnisotropy or 0,
        }
        v = self._values
        packed = struct.pack(
            "3i3i4fiIi3f2i", *v["addressMode"], filterMode, readMode, v["sRGB"], *v["borderColor"], v["normalizedCoords"],
            v["maxAnisotropy"], 0, 0.0, 0.0, 0.0, 0, 0,
        )
        self._memory = ctypes.create_string_buffer(packed, 72)
        self.ptr = ctypes.addressof(self._memory)

    def get_texture_desc(self):
        """The values by name."""
        return dict(self._values)

    def __reduce__(self):
        v = self._values
        return type(self), tuple(v[name] for name in ("addressMode", "filterMode", "readMode", "sRGB", "borderColor", "normalizedCoords", "maxAnisotropy"))


class _Object(int):
    """A number that the device gave, which goes to kernels as it is."""

    @property
    def ptr(self):
        """The number itself."""
        return int(self)

    def __reduce__(self):
        raise TypeError(f"a {type(self).__name__} belongs to its process")


class TextureObject(_Object):
    """What a kernel reads a texture by."""

    ResDesc = None
    TexDesc = None

    def __new__(cls, ResDesc, TexDesc):
        """Makes it from what is read and how."""
        self = super().__new__(cls, _runtime.createTextureObject(ResDesc.ptr, TexDesc.ptr))
        self.ResDesc, self.TexDesc = ResDesc, TexDesc
        return self

    def __del__(self):
        _runtime.destroyTextureObject(int(self))


class SurfaceObject(_Object):
    """What a kernel reads and writes a surface by: a `CUDAarray` with the flag cudaArraySurfaceLoadStore."""

    ResDesc = None

    def __new__(cls, ResDesc):
        """Makes it from what is read and written."""
        self = super().__new__(cls, _runtime.createSurfaceObject(ResDesc.ptr))
        self.ResDesc = ResDesc
        return self

    def __del__(self):
        _runtime.destroySurfaceObject(int(self))
