"""Linear algebra."""

from numpy.linalg import LinAlgError

__all__ = ["LinAlgError"]
