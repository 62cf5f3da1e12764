"""Modules of functions that CUDA's libraries have, made from the tables of the backends."""

from cuprous._core import cuda


def functions(module):
    """The functions of a library by name; it has no exception of its own."""
    return cuda._foreign(module, None)


def expose(module, namespace, error):
    """Adds a library's functions and constants to a module's names, and gives the names for `__all__`."""
    names = cuda._foreign(module, error)
    namespace.update(names)

    def check_status(status):
        if status != 0:
            raise error(status)

    check_status.__doc__ = f"Raises `{error.__name__}` for a status that is not 0."
    namespace["check_status"] = check_status
    return sorted([name for name in names if not name.startswith("_")] + ["check_status", error.__name__])


def error_class(name, module):
    """The exception of a library, made from the status of a call."""

    class Failed(RuntimeError):
        def __init__(self, status):
            self.status = status
            super().__init__(cuda._foreign_status(module, status))

        def __reduce__(self):
            return type(self), (self.status,)

    Failed.__name__ = Failed.__qualname__ = name
    Failed.__module__ = f"cuprous.cuda.{module}"
    Failed.__doc__ = f"A call of a function of `cuprous.cuda.{module}` failed; `status` says how."
    return Failed
