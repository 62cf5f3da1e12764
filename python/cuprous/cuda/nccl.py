"""NCCL: copies and sums among several GPUs. Where it is missing, `available` is false and calls say how to get it."""

import ctypes

from cuprous.cuda import _foreign

NcclError = _foreign.error_class("NcclError", "nccl")
_foreign.expose("nccl", globals(), NcclError)
__all__ = ["NcclCommunicator", "NcclConfig", "NcclError", "available", "check_status", "get_build_version", "get_unique_id", "get_version"]
__all__ += ["groupEnd", "groupStart"]

NCCL_SUM, NCCL_PROD, NCCL_MAX, NCCL_MIN, NCCL_AVG = range(5)
NCCL_INT8 = NCCL_CHAR = 0
NCCL_UINT8 = 1
NCCL_INT32 = NCCL_INT = 2
NCCL_UINT32 = 3
NCCL_INT64 = 4
NCCL_UINT64 = 5
NCCL_FLOAT16 = NCCL_HALF = 6
NCCL_FLOAT32 = NCCL_FLOAT = 7
NCCL_FLOAT64 = NCCL_DOUBLE = 8
NCCL_BFLOAT16 = 9
__all__ += [name for name in globals() if name.startswith("NCCL_")]


def _is_there():
    try:
        get_version()
    except RuntimeError:
        return False
    return True


available = _is_there()


def get_build_version():
    """The version whose declarations are used."""
    return 22000


def get_unique_id():
    """What all members of a new communicator need to know: 128 bytes."""
    memory = ctypes.create_string_buffer(128)
    _uniqueId(ctypes.addressof(memory))
    return memory.raw


class NcclConfig:
    """How a communicator is made."""

    __slots__ = ("split_share",)

    def __init__(self, split_share=0):
        self.split_share = split_share


class NcclCommunicator:
    """A member of a group of GPUs; buffers are addresses and streams handles."""

    __slots__ = ("comm",)

    def __init__(self, ndev, commId, rank, config=None):
        if len(commId) != 128:
            raise ValueError(f"the identifier of a communicator has 128 bytes, not {len(commId)}")
        if config is not None and config.split_share:
            raise NotImplementedError("communicators do not share what they use")
        memory = ctypes.create_string_buffer(commId, 128)
        self.comm = 0
        self.comm = _commInitRank(ndev, ctypes.addressof(memory), rank)

    @classmethod
    def _of(cls, comm):
        self = cls.__new__(cls)
        self.comm = comm
        return self

    @staticmethod
    def initAll(devices):
        """A communicator for each of the devices, all of this process: their numbers, or how many."""
        numbers = list(range(devices)) if isinstance(devices, int) else list(devices)
        comms = (ctypes.c_size_t * len(numbers))()
        devices = (ctypes.c_int * len(numbers))(*numbers)
        _commInitAll(ctypes.addressof(comms), len(numbers), ctypes.addressof(devices))
        return [NcclCommunicator._of(comm) for comm in comms]

    def commSplit(self, color, key, config=None):
        """The communicator of those who gave the same color, in the order of their keys."""
        return NcclCommunicator._of(_commSplit(self.comm, color, key, 0))

    def __del__(self):
        if getattr(self, "comm", 0):
            self.destroy()

    def __reduce__(self):
        raise TypeError("cannot pickle a communicator: it is a member of its group in this process")

    def destroy(self):
        """Ends it after its work."""
        comm, self.comm = self.comm, 0
        if comm:
            _commDestroy(comm)

    def abort(self):
        """Ends it at once."""
        comm, self.comm = self.comm, 0
        if comm:
            _commAbort(comm)

    def device_id(self):
        """The number of its device."""
        return _commCuDevice(self.comm)

    def rank_id(self):
        """Its own number in the group."""
        return _commUserRank(self.comm)

    def size(self):
        """How many members there are."""
        return _commCount(self.comm)

    def check_async_error(self):
        """Raises what went wrong since."""
        check_status(_commGetAsyncError(self.comm))

    def allReduce(self, sendbuf, recvbuf, count, datatype, op, stream):
        """Combines the elements of all members, for all."""
        _allReduce(sendbuf, recvbuf, count, datatype, op, self.comm, stream)

    def reduce(self, sendbuf, recvbuf, count, datatype, op, root, stream):
        """Combines the elements of all members, for one."""
        _reduce(sendbuf, recvbuf, count, datatype, op, root, self.comm, stream)

    def broadcast(self, sendbuff, recvbuff, count, datatype, root, stream):
        """Copies one member's elements to all."""
        _broadcast(sendbuff, recvbuff, count, datatype, root, self.comm, stream)

    def bcast(self, buff, count, datatype, root, stream):
        """Copies one member's elements to all, in place."""
        _bcast(buff, count, datatype, root, self.comm, stream)

    def reduceScatter(self, sendbuf, recvbuf, recvcount, datatype, op, stream):
        """Combines the elements of all members, a part for each."""
        _reduceScatter(sendbuf, recvbuf, recvcount, datatype, op, self.comm, stream)

    def allGather(self, sendbuf, recvbuf, count, datatype, stream):
        """Joins the elements of all members, for all."""
        _allGather(sendbuf, recvbuf, count, datatype, self.comm, stream)

    def send(self, sendbuf, count, datatype, peer, stream):
        """Sends elements to one member."""
        _send(sendbuf, count, datatype, peer, self.comm, stream)

    def recv(self, recvbuf, count, datatype, peer, stream):
        """Receives elements from one member."""
        _recv(recvbuf, count, datatype, peer, self.comm, stream)
