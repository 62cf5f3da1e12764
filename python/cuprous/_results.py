"""The named tuples that functions return. Their fields stand here and nowhere else."""

from typing import Any, NamedTuple


class EigResult(NamedTuple):
    """What `linalg.eig` returns."""

    eigenvalues: Any
    eigenvectors: Any


class EighResult(NamedTuple):
    """What `linalg.eigh` returns."""

    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    """What `linalg.qr` returns with modes `'reduced'` and `'complete'`."""

    Q: Any
    R: Any


class SlogdetResult(NamedTuple):
    """What `linalg.slogdet` returns."""

    sign: Any
    logabsdet: Any


class SVDResult(NamedTuple):
    """What `linalg.svd` returns with vectors."""

    U: Any
    S: Any
    Vh: Any


class UniqueAllResult(NamedTuple):
    """What `unique_all` returns."""

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` returns."""

    values: Any
    counts: Any


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` returns."""

    values: Any
    inverse_indices: Any
