"""Types for annotations: NumPy's, with our arrays among what counts as an array."""

from typing import Any, TypeAlias

import numpy.typing

from cuprous._core import ndarray

ArrayLike: TypeAlias = numpy.typing.ArrayLike | ndarray
DTypeLike: TypeAlias = numpy.typing.DTypeLike

__all__ = ["ArrayLike", "DTypeLike"]
