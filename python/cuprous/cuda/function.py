"""Modules of machine code and their functions, as CuPy names them, on the driver's functions."""

import os
import tempfile

import cuprous
from cuprous._core import cuda

__all__ = ["Function", "LinkState", "Module"]


class Module:
    """Machine code or PTX, loaded for the current device."""

    __slots__ = ("_module", "mapping")

    def __init__(self):
        self._module = None
        self.mapping = {}

    def load_file(self, filename):
        """Loads a file."""
        self._module = cuprous.RawModule(path=os.fspath(filename))
        self._module.compile()

    def load(self, cubin):
        """Loads code in memory."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "code.cubin")
            with open(path, "wb") as file:
                file.write(cubin)
            self.load_file(path)

    @property
    def ptr(self):
        """The driver's handle of the loaded code; 0 if nothing is loaded."""
        return 0 if self._module is None else self._module.ptr

    def __reduce__(self):
        raise TypeError("cannot pickle a module of machine code: its handle means nothing in another process")

    def _loaded(self):
        if self._module is None:
            raise RuntimeError("the module has no code: load it with load() or load_file()")
        return self._module

    def get_function(self, name):
        """The function of a name."""
        return Function(self, name)

    def get_global_var(self, name):
        """A pointer to the variable of a name."""
        return self._loaded().get_global(name)


class Function:
    """A function of a module, to be called with its grid, block and arguments."""

    __slots__ = ("_kernel", "module")

    def __init__(self, module, funcname):
        self.module = module
        self._kernel = module._loaded().get_function(funcname)

    def __call__(self, grid, block, args, shared_mem=0, stream=None, enable_cooperative_groups=False):
        """Starts it on a stream, by default the current one."""
        kernel = self._kernel._at_once() if enable_cooperative_groups else self._kernel
        if stream is None:
            return kernel(grid, block, args, shared_mem=shared_mem)
        with stream if hasattr(stream, "__enter__") else cuda.ExternalStream(int(stream)):
            return kernel(grid, block, args, shared_mem=shared_mem)

    @property
    def ptr(self):
        """The driver's handle of the function."""
        return self._kernel.ptr

    def __reduce__(self):
        raise TypeError("cannot pickle a function of machine code: its handle means nothing in another process")

    def linear_launch(self, size, args, shared_mem=0, block_max_size=128, stream=None, enable_cooperative_groups=False):
        """Starts it with a thread for each of `size` elements."""
        block = max(1, min(block_max_size, size))
        if size:
            self((-(-size // block), 1, 1), (block, 1, 1), args, shared_mem, stream, enable_cooperative_groups)


class LinkState:
    """Pieces of code that are linked into one."""

    __slots__ = ("ptr",)

    def __init__(self):
        from cuprous.cuda import driver

        self.ptr = 0
        self.ptr = driver.linkCreate()

    def __del__(self):
        from cuprous.cuda import driver

        if getattr(self, "ptr", 0):
            driver.linkDestroy(self.ptr)

    def add_ptr_data(self, data, name):
        """Adds PTX in memory."""
        from cuprous.cuda import driver

        driver.linkAddData(self.ptr, driver.CU_JIT_INPUT_PTX, data, name)

    def add_ptr_file(self, path):
        """Adds machine code for linking from a file."""
        from cuprous.cuda import driver

        driver.linkAddFile(self.ptr, driver.CU_JIT_INPUT_LIBRARY, path)

    def complete(self):
        """Links, and gives the machine code."""
        from cuprous.cuda import driver

        return driver.linkComplete(self.ptr)
