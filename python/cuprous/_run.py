"""`python -m cuprous run`: a program that imports CuPy, run with cuprous in its place.

The program sees what it would see under `python` itself: `sys.argv`, `sys.path`, `__main__` with its attributes,
exit codes, and tracebacks that begin with its own frames.
"""

import io
import os
import sys
import zipfile
from importlib.machinery import PathFinder
from importlib.util import find_spec
from types import ModuleType

from cuprous import compat

USAGE = """usage: python -m cuprous run SCRIPT [ARGUMENTS...]
       python -m cuprous run -m MODULE [ARGUMENTS...]
       python -m cuprous run -c CODE [ARGUMENTS...]"""


def run(arguments):
    """Runs what the arguments name and gives the exit code."""
    match arguments:
        case ["-c", code, *rest]:
            return _execute(lambda main: compile(code, "<string>", "exec", dont_inherit=True), ["-c", *rest], first="")
        case ["-m", name, *rest]:
            return _execute(lambda main: _module(name, main), ["-m", *rest])
        case [path, *rest] if not path.startswith("-"):
            if os.path.isdir(path) or zipfile.is_zipfile(path):
                return _execute(lambda main: _package(path, main), [path, *rest], first=path)
            # Python looks for the neighbours of the file that a link leads to.
            return _execute(lambda main: _script(path, main), [path, *rest], first=os.path.dirname(os.path.realpath(path)))
    print(USAGE, file=sys.stderr)
    return 2


class Unreadable(Exception):
    """There is no program to run: why, and Python's exit code for it."""


def _execute(load, argv, first=None):
    """Runs code as `__main__`. `first` becomes the first entry of `sys.path`, which is the current folder now."""
    compat.install()
    sys.argv[:] = argv
    if first is not None and not sys.flags.safe_path:
        sys.path[0] = first
    # Processes that multiprocessing spawns get this path, but not the finder.
    sys.path.insert(1, os.path.join(os.path.dirname(__file__), "_alias"))
    main = ModuleType("__main__")
    vars(main).update(__builtins__=__builtins__, __loader__=None, __spec__=None, __package__=None)
    # It stays after the run: functions that run at exit and threads use it.
    sys.modules["__main__"] = main
    try:
        exec(load(main), vars(main))
    except Unreadable as error:
        why, code = error.args
        print(f"{sys.executable}: {why}", file=sys.stderr)
        return code
    except SystemExit:
        raise
    except BaseException as error:
        # Shown now without our frames; then Python goes its way, to the exit code or signal, in silence.
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        sys.excepthook = lambda *args: None
        raise
    return 0


def _script(path, main):
    """The code of a file of source or of bytecode."""
    from pkgutil import read_code

    path = os.path.abspath(path)
    main.__file__, main.__cached__ = path, None
    try:
        with io.open_code(path) as file:
            code = read_code(file)
        if code is None:
            with io.open_code(path) as file:
                code = compile(file.read(), path, "exec", dont_inherit=True)
    except OSError as error:
        raise Unreadable(f"can't open file {path!r}: [Errno {error.errno}] {error.strerror}", 2) from None
    return code


def _package(path, main):
    """The code of `__main__` in a folder or archive."""
    spec = PathFinder.find_spec("__main__", [path])
    if spec is None:
        raise Unreadable(f"can't find '__main__' module in {path!r}", 1)
    return _code(spec, main)


def _module(name, main):
    """The code of a module that imports find; of a package its `__main__`."""
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            name = f"{name}.__main__"
            spec = find_spec(name)
    except ImportError as error:
        raise Unreadable(f"Error while finding module specification for {name!r} ({type(error).__name__}: {error})", 1) from None
    if spec is None or spec.loader is None:
        raise Unreadable(f"No module named {name}", 1)
    sys.argv[0] = spec.origin
    return _code(spec, main)


def _code(spec, main):
    code = spec.loader.get_code(spec.name)
    if code is None:
        raise Unreadable(f"No code object available for {spec.name}", 1)
    vars(main).update(__spec__=spec, __loader__=spec.loader, __package__=spec.parent, __file__=spec.origin, __cached__=spec.cached)
    return code
