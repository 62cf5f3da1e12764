"""NVRTC: CUDA C++ to machine code, by programs. It works without a GPU.

Handles and addresses are numbers, and what they mean is the caller's promise, as it is in C: `x.data.ptr` is the address of
an array `x`. A library that is missing is an error that says how to get it.
"""

import ctypes

from cuprous.cuda import _foreign

NVRTCError = _foreign.error_class("NVRTCError", "nvrtc")
__all__ = _foreign.expose("nvrtc", globals(), NVRTCError)


def createProgram(src, name, headers, include_names):
    """A program from its source, with headers by the names under which it includes them."""
    if len(headers) != len(include_names):
        raise ValueError(f"{len(headers)} headers have {len(include_names)} names")
    return _createProgram(src, name, len(headers), _texts(headers), _texts(include_names))


def destroyProgram(prog):
    """Ends a program."""
    holder = ctypes.c_size_t(prog)
    _destroyProgram(ctypes.addressof(holder))


def compileProgram(prog, options):
    """Compiles; the log says what is wrong."""
    _compileProgram(prog, len(options), _texts(options))


def getCUBIN(prog):
    """The machine code."""
    return _bytes(prog, _getCUBINSize, _getCUBIN)


def getLTOIR(prog):
    """The code that is linked and optimized later."""
    return _bytes(prog, _getLTOIRSize, _getLTOIR)


def getPTX(prog):
    """The code for any GPU."""
    return _bytes(prog, _getPTXSize, _getPTX)


def getProgramLog(prog):
    """What the compiler says."""
    return _bytes(prog, _getProgramLogSize, _getProgramLog).rstrip(b"\0").decode()


def getLoweredName(prog, name):
    """The name in the code of a C++ expression that was added."""
    return ctypes.string_at(_getLoweredName(prog, name)).decode()


def getSupportedArchs():
    """The compute capabilities for which it compiles: 90 for 9.0."""
    archs = (ctypes.c_int * _getNumSupportedArchs())()
    _getSupportedArchs(ctypes.addressof(archs))
    return tuple(archs)


def _bytes(prog, size_of, read):
    size = size_of(prog)
    buffer = ctypes.create_string_buffer(max(size, 1))
    read(prog, ctypes.addressof(buffer))
    return buffer.raw[:size]


_kept = []


def _texts(values):
    """The address of the addresses of texts, which live until this is called the next but one time in a row."""
    array = (ctypes.c_char_p * max(len(values), 1))(*(v if isinstance(v, bytes) else v.encode() for v in values))
    _kept[:] = [*_kept[-3:], array]
    return ctypes.addressof(array)


__all__ = [
    *__all__, "compileProgram", "createProgram", "destroyProgram", "getCUBIN", "getLTOIR", "getLoweredName", "getPTX",
    "getProgramLog", "getSupportedArchs",
]
