"""The namespaces of the extension module as Python modules, `cuprous.linalg` for example.

A registered function names its namespace and nothing else does, so no list of them is kept here. Where a file
of the same name lies beside this one, its names stand and the extension module's are added to them.
"""

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


def expose(core, package):
    """Makes each namespace below a module of the extension a module of the package, and gives their names."""
    made = []
    for name, inner in list(vars(core).items()):
        full = f"{package.__name__}.{name}"
        if not isinstance(inner, ModuleType) or inner.__name__ != full:
            continue
        spec = PathFinder.find_spec(full, package.__path__)
        if spec and spec.origin:  # a folder that holds stubs alone is no module
            module = import_module(full)
            _add(inner, module)
        else:
            module = inner
            module.__spec__ = ModuleSpec(full, None, is_package=True)
            module.__package__, module.__path__ = full, []
            sys.modules[full] = module
            setattr(package, name, module)
        if hasattr(module, "__path__"):
            expose(inner, module)
        made.append(name)
    return made


def _add(source, target):
    """Adds the names of one module to another that lacks them."""
    new = [name for name in source.__dict__.get("__all__", ()) if name not in vars(target)]
    vars(target).update({name: getattr(source, name) for name in new})
    target.__all__ = [*getattr(target, "__all__", ()), *new]
