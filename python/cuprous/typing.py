"""Types for annotations: NumPy's, with our arrays among what counts as an array."""

from typing import TypeAlias

import numpy.typing
from numpy.typing import NBitBase as NBitBase

from cuprous._core import ndarray

ArrayLike: TypeAlias = numpy.typing.ArrayLike | ndarray
DTypeLike: TypeAlias = numpy.typing.DTypeLike
# Takes a dtype when a program runs, `NDArray[cp.float32]`; type checkers know arrays without their dtypes.
NDArray: TypeAlias = ndarray

__all__ = ["ArrayLike", "DTypeLike", "NBitBase", "NDArray"]
