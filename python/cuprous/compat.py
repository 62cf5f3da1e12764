"""CuPy's names served by cuprous: after `cuprous.compat.install()`, `import cupy` gives cuprous.

`cupy.a` is `cuprous.a`, `cupyx.scipy.a` is `cuprous.scipy.a`, any other `cupyx.a` is `cuprous.x.a`, and the
bindings below `cupy_backends.cuda` are those of `cuprous.cuda`. Submodules are the very modules of cuprous; only
`cupy`, `cupyx` and `cupy_backends`, and the private paths that pickles name (`cupy._core.core`), are facades.
"""

import importlib
import os
import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder
from types import ModuleType

import cuprous
from cuprous import _modules

VERSION = "14.2.0"

# A path of CuPy: the module of cuprous that stands for it. The longest path that fits decides.
_PLACES = {
    "cupy": "cuprous",
    "cupyx": "cuprous.x",
    "cupyx.scipy": "cuprous.scipy",
    "cupy_backends": "cuprous",
    "cupy_backends.cuda": "cuprous.cuda",
    "cupy_backends.cuda.api": "cuprous.cuda",
    "cupy_backends.cuda.libs": "cuprous.cuda",
}
_ROOTS = ("cupy", "cupyx", "cupy_backends")
# Modules that call `take_over`, for processes without a finder.
_ALIASES = os.path.join(os.path.dirname(__file__), "_alias")
# The names under which pip knows CuPy.
_DISTRIBUTIONS = ("cupy", "cupy-cuda11x", "cupy-cuda12x", "cupy-cuda13x")


def install(version=VERSION):
    """Makes `import cupy`, `cupyx` and `cupy_backends` give cuprous, with `version` as CuPy's.

    Index arrays wrap from then on, as CuPy's do: `cuprous.config.index_errors` says so.
    Raises `RuntimeError` if CuPy itself was imported already: half of a program would then hold its arrays.
    """
    for name, module in list(sys.modules.items()):
        if name in _ROOTS and not isinstance(module, Facade):
            raise RuntimeError(
                f"CuPy itself was imported already ({name} from {getattr(module, '__file__', 'an unknown place')}): "
                "call cuprous.compat.install() before the first import of cupy, or start the program with "
                "`python -m cuprous run`"
            )
    cuprous.config.index_errors = "wrap"
    Finder.version = str(version)
    if "cupy" in sys.modules:
        sys.modules["cupy"].__version__ = Finder.version
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())


def take_over(name, file):
    """Puts cuprous in the place of the module of `_alias`, or of its copy in `cuprous-cupy`, that is just being imported.

    Raises `ImportError` if CuPy itself is installed as well and nobody asked for cuprous in this process.
    """
    if name not in _ROOTS:
        return
    # `python -m cuprous run` names our own folder: there the question is answered.
    if not os.path.samefile(os.path.dirname(file), _ALIASES) and (other := _cupy_itself(name)):
        raise ImportError(
            f"both CuPy ({other}) and cuprous-cupy ({file}) are installed, and either would be {name}: remove one of them by "
            "`pip uninstall`, or start the program with `python -m cuprous run`",
            name=name,
            path=file,
        )
    del sys.modules[name]
    install()
    importlib.import_module(name)


def _cupy_itself(name):
    """Where a package of this name lies on the path; ours are modules, CuPy's are packages."""
    spec = next((s for entry in sys.path if (s := PathFinder.find_spec(name, [entry])) and s.origin and s.submodule_search_locations), None)
    return spec.origin if spec else None


def is_installed():
    """Whether `import cupy` gives cuprous."""
    return any(isinstance(finder, Finder) for finder in sys.meta_path)


class Facade(ModuleType):
    """A module under CuPy's name whose attributes are those of a module of cuprous."""

    def __getattr__(self, name):
        own = vars(self)
        if not (name.startswith("__") and name.endswith("__")):
            # CuPy's `_core` is a package of Python; ours is the extension module.
            if name != "_core" and (served := own["_served"]) is not None and hasattr(served, name):
                # Kept, so that the next use costs what it costs on any module.
                return own.setdefault(name, getattr(served, name))
            if (name == "_core" or not name.startswith("_")) and _served(f"{own['__name__']}.{name}")[0]:
                return importlib.import_module(f"{own['__name__']}.{name}")
        raise AttributeError(f"module {own['__name__']!r} has no attribute {name!r}: cuprous lacks {own['__name__']}.{name}")

    def __dir__(self):
        return sorted({*vars(self), *(dir(self._served) if self._served else ())})

    def __repr__(self):
        return f"<module {self.__name__!r} served by cuprous>"


class Finder(DistributionFinder):
    """Finds CuPy's modules in cuprous, and tells package tools that CuPy is there."""

    version = VERSION

    def find_spec(self, fullname, path=None, target=None):
        """The spec of a module of CuPy; `ModuleNotFoundError` if cuprous lacks it, for no other finder must serve it."""
        if fullname.partition(".")[0] not in _ROOTS:
            return None
        exists, module, is_shared = _served(fullname)
        if not exists:
            # Under the name itself, `from cupy import x` would replace this message by a general one.
            raise ModuleNotFoundError(f"cuprous lacks {fullname}", name=f"cuprous.{fullname}")
        return ModuleSpec(fullname, Server(module, is_shared), origin=cuprous.__file__, is_package=True)

    def find_distributions(self, context=DistributionFinder.Context()):
        """The distribution `cupy`, for `importlib.metadata.version`."""
        wanted = "cupy" if context.name is None else context.name.lower().replace("_", "-")
        return [Metadata(wanted)] if wanted in _DISTRIBUTIONS else []


class Server(Loader):
    """Gives a module of cuprous, or a facade of it."""

    def __init__(self, module, is_shared):
        self.module, self.is_shared = module, is_shared
        self.spec = getattr(module, "__spec__", None)

    def create_module(self, spec):
        """The module itself where CuPy's has the same parts, else a facade."""
        if self.is_shared:
            return self.module
        facade = Facade(spec.name, self.module.__doc__ if self.module else None)
        facade._served = self.module
        facade.__all__ = list(getattr(self.module, "__all__", ()))
        return facade

    def exec_module(self, module):
        """Undoes what the import system wrote on a module that exists already; completes `cupy`."""
        if self.is_shared:
            module.__spec__ = self.spec
        elif module.__name__ == "cupy":
            module.__version__ = Finder.version
            module.__file__ = cuprous.__file__
            # Programs compare what it gives with `cupy`.
            module.get_array_module = lambda *args: module if any(map(_modules.is_ours, args)) else cuprous.get_array_module()


class Metadata(Distribution):
    """What `importlib.metadata` reads of CuPy."""

    def __init__(self, name):
        self._name = name

    def read_text(self, filename):
        """The text of a metadata file; none but two exist."""
        return {
            "METADATA": f"Metadata-Version: 2.1\nName: {self._name}\nVersion: {Finder.version}\n",
            "top_level.txt": "\n".join(_ROOTS),
        }.get(filename)

    def locate_file(self, path):
        """Where a file of the distribution would lie."""
        from pathlib import Path

        return Path(cuprous.__file__).parent / path


def _served(fullname):
    """Whether a path of CuPy exists here, the module of cuprous that stands for it, and whether it is that very module."""
    place = max((p for p in _PLACES if f"{fullname}.".startswith(f"{p}.")), key=len)
    module, rest = _module(_PLACES[place]), fullname[len(place) + 1 :].split(".")
    is_private = False
    for part in filter(None, rest):
        # CuPy's private modules hold what their package offers: pickles and old programs name such paths.
        is_private = is_private or part.startswith("_")
        if part.startswith("__"):
            return False, None, False
        if not is_private:
            module = module and _module(f"{module.__name__}.{part}")
            if module is None:
                return False, None, False
    is_root = fullname in _PLACES and fullname != "cupyx.scipy"
    exists = is_root or module is not None
    return exists, module, exists and not is_root and not is_private


def _module(name):
    """A module of cuprous by its path, also one that another namespace offers under this name; None if there is none."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not (name == error.name or name.startswith(f"{error.name}.")) and "is not a package" not in str(error):
            raise
    owner, _, leaf = name.rpartition(".")
    found = getattr(sys.modules.get(owner), leaf, None)
    return found if isinstance(found, ModuleType) else None
