"""The text of a kernel with all that it calls."""

from cuprous.x.jit import _types as types
from cuprous.x.jit._source import Place, located, tree_of
from cuprous.x.jit._statements import Body


class Program:
    """A text that grows: headers, device functions of rows, functions that the kernel calls, the kernel."""

    def __init__(self, mode):
        if mode not in ("cuda", "numpy"):
            raise ValueError(f"mode must be 'cuda' or 'numpy', not {mode!r}")
        self.mode = mode
        self.headers = {"cuprous/jit.cuh": None}
        self.preludes = []
        self.functions = {}
        self.made = {}  # functions by what they were made from: their names and result types
        self.under_way = []
        self.syncs_grid = False
        self.n_names = 0

    def fresh(self, stem):
        """A name that nothing else has."""
        self.n_names += 1
        return f"jit_{stem}_{self.n_names}"

    @property
    def text(self):
        """All of it."""
        # A prelude may hold another one whole.
        kept = [p for p in self.preludes if not any(p in other for other in self.preludes if other != p)]
        return "\n".join([*(f"#include <{h}>" for h in self.headers), *kept, *self.functions.values(), ""])

    def row(self, ufunc, loop):
        """The name of the device function of a ufunc's loop, and the types of its results."""
        ins, outs, code, prelude = loop
        name = f"jit_{ufunc.__name__}_{ins.replace('?', 't')}"
        results = tuple(types.Scalar(c) for c in outs)
        if name in self.functions:
            return name, results
        if any(c in "FD" for c in ins + outs) or "c64" in prelude + code or "c128" in prelude + code:
            self.headers["cuprous/complex.cuh"] = None
        if prelude and prelude not in self.preludes:
            self.preludes.append(prelude)
        params = ", ".join(f"const {_inner(c) if c == 'e' else types.Scalar(c).name} x{k}" for k, c in enumerate(ins))
        lines = [f"const {_inner(c)} in{k} = {f'jit_row<{_inner(c)}>(x{k})' if c in 'FD' else f'x{k}'};" for k, c in enumerate(ins)]
        if len(outs) == 1:
            returned = results[0].name
            lines.append(f"return {_outer(code, outs)};")
        else:
            returned = types.Tuple(results).name
            lines += [f"{_inner(c)} out{k};" for k, c in enumerate(outs)]
            lines += [f"{code};", f"return {{{', '.join(_outer(f'out{k}', c) for k, c in enumerate(outs))}}};"]
        body = "".join(f"    {line}\n" for line in lines)
        self.functions[name] = f"static __device__ __forceinline__ {returned} {name}({params}) {{\n{body}}}"
        return name, results

    def device_function(self, function, arguments, mode):
        """The name and the result type of a function for argument types, made if it is not yet."""
        key = (function, arguments, mode)
        if key in self.made:
            return self.made[key]
        if any(f is function for f in self.under_way):
            raise TypeError(f"{function.__name__} calls itself: functions of kernels cannot")
        self.n_names += 1
        name = f"function_{_identifier(function.__name__)}_{self.n_names}"
        result, body = self.translate(function, arguments, mode, is_kernel=False)
        params = ", ".join(f"{t.name} {n}" for n, t in zip(body.parameters, arguments))
        self.functions[name] = f"static __device__ {result.name} {name}({params}) {{\n{body.text}}}"
        self.made[key] = name, result
        return name, result

    def kernel(self, function, arguments, mode):
        """Makes a kernel of a function; gives its name."""
        name = f"kernel_{_identifier(function.__name__)}"
        result, body = self.translate(function, arguments, mode, is_kernel=True)
        params = [f"{t.name} {n}" for n, t in zip(body.parameters, arguments)]
        if self.syncs_grid:
            params.append("JitArray<unsigned long long, 1, true> jit_grid_count")
        self.functions[name] = f'extern "C" __global__ void {name}({", ".join(params)}) {{\n{body.text}}}'
        return name

    def translate(self, function, arguments, mode, is_kernel):
        """The result type and the body of a function."""
        tree = tree_of(function)
        place = Place(function)
        body = Body(self, function, mode, is_kernel)
        self.under_way.append(function)
        try:
            body.translate(tree, arguments)
        except Exception as error:
            raise located(error, place, body.node or tree) from None
        finally:
            self.under_way.pop()
        return body.result or types.VOID, body


def _inner(char):
    """The type in which the text of a row computes: float16 as float, and complex numbers of its own."""
    return {"e": "float", "F": "c64", "D": "c128"}.get(char, types.Scalar(char).name)


def _outer(expression, char):
    """A row's result as kernels have it."""
    if char in "FD":
        part = types.Scalar(char).name
        return f"jit_number<{part}>(({_inner(char)})({expression}))"
    return f"float16((float)({expression}))" if char == "e" else f"({types.Scalar(char).name})({expression})"


def _identifier(name):
    """A name of Python as one of C++."""
    return "lambda" if name == "<lambda>" else "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)
