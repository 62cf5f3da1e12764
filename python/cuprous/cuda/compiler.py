"""Compiling CUDA C++ by hand: what `RawKernel` and `RawModule` do for themselves."""

import re

from cuprous import CompileError

__all__ = ["compile_using_nvrtc", "is_valid_kernel_name"]


def _get_message(self):
    """What is wrong, with the options and the lines of the source."""
    return str(self)


def _dump(self, f):
    """Writes that to a file."""
    f.write(f"{self}\n")
    f.flush()


# The extension module cannot give methods to an exception that it makes.
CompileError.get_message, CompileError.dump = _get_message, _dump


def is_valid_kernel_name(name):
    """Whether a name can be that of a kernel in C."""
    return re.fullmatch(r"[a-zA-Z_]\w*", name, re.ASCII) is not None


def compile_using_nvrtc(
    source, options=(), arch=None, filename="kern.cu", name_expressions=None, log_stream=None, cache_in_memory=False, jitify=None,
    method=None,
):
    """Code for a device, and the names in it of C++ expressions: `(code, {expression: name})`.

    `arch` is a compute capability, `'90'` for example, by default the current device's. `method` is `'cubin'` or `'ptx'`, by
    default the first. `CompileError` says what is wrong with the source.
    """
    from cuprous._core import cuda
    from cuprous.cuda import nvrtc

    if jitify:
        raise NotImplementedError("jitify is not there: CUDA's headers are found without it")
    if method not in (None, "cubin", "ptx"):
        raise ValueError(f"method must be 'cubin' or 'ptx', not {method!r}")
    arch = arch or cuda.Device().compute_capability
    kind = "compute" if method == "ptx" else "sm"
    program = nvrtc.createProgram(source, filename, (), ())
    try:
        for name in name_expressions or ():
            nvrtc.addNameExpression(program, name)
        try:
            nvrtc.compileProgram(program, (*options, f"-arch={kind}_{arch}"))
        except nvrtc.NVRTCError as e:
            raise CompileError(f"{filename} did not compile ({e}):\n{nvrtc.getProgramLog(program)}") from None
        if log_stream is not None:
            log_stream.write(nvrtc.getProgramLog(program))
        code = nvrtc.getPTX(program) if method == "ptx" else nvrtc.getCUBIN(program)
        return code, {name: nvrtc.getLoweredName(program, name) for name in name_expressions or ()}
    finally:
        nvrtc.destroyProgram(program)
