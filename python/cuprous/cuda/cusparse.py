"""cuSPARSE: sparse matrices, by handles and descriptors.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

from collections import namedtuple

from cuprous.cuda import _foreign

CuSparseError = _foreign.error_class("CuSparseError", "cusparse")
__all__ = _foreign.expose("cusparse", globals(), CuSparseError)

CooAoSAttributes = namedtuple("CooAoSAttributes", "rows cols nnz ind values idxType idxBase valueType")
CooAttributes = namedtuple("CooAttributes", "rows cols nnz rowIdx colIdx values idxType idxBase valueType")
CsrAttributes = namedtuple("CsrAttributes", "rows cols nnz rowOffsets colIdx values rowOffsetType colIdxType idxBase valueType")
DnMatAttributes = namedtuple("DnMatAttributes", "rows cols ld values valueType order")
DnMatBatchAttributes = namedtuple("DnMatBatchAttributes", "count stride")
DnVecAttributes = namedtuple("DnVecAttributes", "size values valueType")
SpVecAttributes = namedtuple("SpVecAttributes", "size nnz idx values idxType idxBase valueType")


def _as(function, attributes):
    def get(desc):
        return attributes(*function(desc))

    get.__name__, get.__doc__ = function.__name__, f"`{attributes.__name__}` of a descriptor."
    return get


cooGet, csrGet, dnMatGet, dnVecGet = map(_as, (cooGet, csrGet, dnMatGet, dnVecGet), (CooAttributes, CsrAttributes, DnMatAttributes, DnVecAttributes))
spVecGet, dnMatGetStridedBatch = map(_as, (spVecGet, dnMatGetStridedBatch), (SpVecAttributes, DnMatBatchAttributes))
