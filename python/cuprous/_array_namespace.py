"""What the array API standard lets programs ask a library about itself: `cuprous.__array_namespace_info__()`."""

import numpy as np

from cuprous import _core

NAMES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "complex64", "complex128",
)
KINDS = ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")


class ArrayNamespaceInfo:
    """Devices, dtypes and abilities of cuprous, as the array API standard 2024.12 asks for them."""

    def capabilities(self):
        """What is optional in the standard and there."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self):
        """The device on which new arrays are made."""
        return _core.empty(0).device

    def default_dtypes(self, *, device=None):
        """The dtypes of new arrays for which none is given, by their kinds."""
        self._check(device)
        kinds = {"real floating": "float64", "complex floating": "complex128", "integral": "int64", "indexing": "int64"}
        return {kind: np.dtype(name) for kind, name in kinds.items()}

    def dtypes(self, *, device=None, kind=None):
        """The dtypes of the standard, by name: all, those of a kind, or those of a tuple of kinds."""
        self._check(device)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        for one in kinds:
            if one is not None and one not in KINDS:
                raise ValueError(f"unsupported kind: {one!r}")
        return {name: np.dtype(name) for name in NAMES if kind is None or any(np.isdtype(np.dtype(name), one) for one in kinds)}

    def devices(self):
        """The devices of this machine."""
        return _core.devices()

    def _check(self, device):
        allowed = _core.devices()
        if device is not None and device not in allowed:
            raise ValueError(f"Device not understood. Only {', '.join(map(str, allowed))} are allowed, but received: {device}")
