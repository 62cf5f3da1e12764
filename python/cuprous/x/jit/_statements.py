"""Statements of Python as C++."""

import ast

from cuprous.x.jit import _types as types
from cuprous.x.jit._expressions import Expressions, same_type
from cuprous.x.jit._values import Builtin, Constant, Items, Value, static_int


class Range:
    """What a loop runs over."""

    def __init__(self, start, stop, step, unroll):
        self.start, self.stop, self.step, self.unroll = start, stop, step, unroll


class Body(Expressions):
    """A function's body, and what it learns on the way: the types of variables and of the result."""

    def __init__(self, program, function, mode, is_kernel):
        super().__init__(program, function, mode)
        self.is_kernel = is_kernel
        self.result = None  # its type, once something is returned
        self.parameters = []
        self.lines = []
        self.declared = []
        self.depth = 1

    @property
    def text(self):
        """The statements, after what they declare."""
        return "".join(f"    {d}\n" for d in self.declared) + "".join(f"{line}\n" for line in self.lines)

    def emit(self, line):
        """Appends a line."""
        self.lines.append("    " * self.depth + line)

    def declare(self, line):
        """Appends a declaration at the function's beginning."""
        self.declared.append(line)

    def grid_count(self):
        """The name of what the blocks of a cooperative launch count with: a parameter of the kernel."""
        if not self.is_kernel:
            return super().grid_count()
        self.program.syncs_grid = True
        return "jit_grid_count"

    def translate(self, tree, arguments):
        """Makes the body of a definition for argument types."""
        self.node = tree
        if isinstance(tree, ast.AsyncFunctionDef):
            raise NotImplementedError("async functions cannot be kernels")
        args = tree.args
        if args.vararg or args.kwarg or args.kwonlyargs:
            raise NotImplementedError("functions of kernels have positional arguments only: no *args, **kwargs or keyword-only ones")
        names = [a.arg for a in (*args.posonlyargs, *args.args)]
        if len(names) != len(arguments):
            raise TypeError(f"{self.function.__name__}() takes {len(names)} arguments, but {len(arguments)} were given")
        for name, of in zip(names, arguments):
            code = self.variable_name(name)
            self.parameters.append(code)
            self.variables[name] = Value(code, of, True)
        if isinstance(tree, ast.Lambda):
            self.locals = set(names)
            value = self.expression(tree.body)
            if self.is_kernel or isinstance(value, Value) and value.type == types.VOID:
                self.run(value)
            else:
                self.give_back(value)
            return
        self.locals = _assigned(tree) | set(names)
        self.block(tree.body)
        if self.result not in (None, types.VOID) and not isinstance(tree.body[-1], ast.Return):
            # Where Python would return None there is no value: zero is one.
            self.emit(f"return {self.result.name}{{}};")

    def block(self, statements):
        """Translates statements one after the other."""
        for statement in statements:
            self.node = statement
            handler = getattr(self, f"do_{type(statement).__name__}", None)
            if handler is None:
                raise NotImplementedError(f"{_WORDS.get(type(statement).__name__, type(statement).__name__)} is not supported in kernels")
            handler(statement)

    def indented(self, statements):
        """Translates the statements of a block in braces."""
        self.depth += 1
        self.block(statements)
        self.depth -= 1

    # Each kind of statement.

    def do_Pass(self, node):
        """`pass`."""

    def do_Break(self, node):
        """`break`."""
        self.emit("break;")

    def do_Continue(self, node):
        """`continue`."""
        self.emit("continue;")

    def do_Expr(self, node):
        """An expression for what it does; documentation is left out."""
        self.run(self.expression(node.value))

    def run(self, value):
        """Computes a value for what that does."""
        if isinstance(value, Value):
            self.emit(f"{value.code};" if value.type == types.VOID else f"(void)({value.code});")

    def do_Return(self, node):
        """`return`."""
        self.give_back(None if node.value is None else self.expression(node.value))

    def give_back(self, value):
        """Returns a value: all returns of a function have one type."""
        if value is None or (isinstance(value, Constant) and value.value is None):
            of, code = types.VOID, ""
        else:
            if self.is_kernel:
                raise TypeError("a kernel returns nothing: write to an array instead")
            if isinstance(self.result, types.Scalar):
                value = self.adapted(value, self.result)
            value = self.value(value)
            of, code = value.type, f" {value.code}"
        if self.result is not None and self.result != of:
            raise TypeError(f"return types differ: {self.result} and {of}; convert one of them")
        self.result = of
        self.emit(f"return{code};")

    def do_Assign(self, node):
        """`a = b`."""
        value = self.expression(node.value)
        if len(node.targets) > 1:
            value = self.kept(value)
        for target in node.targets:
            self.assign(target, value)

    def do_AnnAssign(self, node):
        """`a: T = b`: the type is for readers, as everywhere in Python."""
        if node.value is None:
            return
        self.assign(node.target, self.expression(node.value))

    def assign(self, target, value):
        """Assigns to a name, an element, or several of them."""
        if isinstance(target, (ast.Tuple, ast.List)):
            values = self.items(value)
            if len(values) != len(target.elts):
                few = "not enough" if len(values) < len(target.elts) else "too many"
                raise ValueError(f"{few} values to unpack (expected {len(target.elts)})")
            # All are computed before the first is assigned.
            for part, item in zip(target.elts, [self.kept(v) for v in values]):
                self.assign(part, item)
        elif isinstance(target, ast.Name):
            self.assign_name(target.id, value)
        elif isinstance(target, ast.Subscript):
            place = self.expression(target)
            if not isinstance(place, Value) or not place.is_place:
                raise TypeError(f"{ast.unparse(target)} cannot be assigned to")
            if not isinstance(place.type, types.Scalar):
                raise TypeError(f"{ast.unparse(target)} is a {place.type}: one element at a time can be assigned")
            self.emit(f"{place.code} = {self.cast(value, place.type).code};")
        else:
            raise NotImplementedError(f"{ast.unparse(target)} cannot be assigned to in a kernel")

    def assign_name(self, name, value):
        """Assigns to a variable, which keeps the type of its first value."""
        known = self.variables.get(name)
        if isinstance(value, Constant) and not value.is_number and not isinstance(value.value, tuple):
            # A function, a type or a module by another name.
            if known is not None and not (isinstance(known, Constant) and known.value is value.value):
                raise TypeError(f"variable '{name}' cannot become another object while the kernel runs")
            self.variables[name] = value
            return
        if isinstance(known, Constant):
            raise TypeError(f"variable '{name}' stands for {known.value!r} and cannot become a value")
        if known is not None:
            value = self.value(self.adapted(value, known.type))
            if not same_type(value.type, known.type):
                advice = "convert the value, or use another name"
                raise TypeError(f"variable '{name}' is {known.type} and cannot become {value.type}: {advice}")
        else:
            value = self.value(value)
            if value.type == types.VOID:
                raise TypeError("a call that gives nothing cannot be assigned")
            code = self.variable_name(name)
            known = self.variables[name] = Value(code, value.type, True)
            # `{}` of a number is zero, so that no path reads what nobody wrote.
            self.declare(f"{value.type.name} {code}{{}};")
        self.emit(f"{known.code} = {value.code};")

    def kept(self, value):
        """A value that is computed now, whatever is assigned later."""
        if not isinstance(value, (Value, Items)) or isinstance(value, Items) and not value.values:
            return value
        value = self.value(value)
        if value.type == types.VOID:
            raise TypeError("a call that gives nothing cannot be assigned")
        code = self.program.fresh("value")
        self.declare(f"{value.type.name} {code}{{}};")
        self.emit(f"{code} = {value.code};")
        return Value(code, value.type, True)

    def do_AugAssign(self, node):
        """`a += b`: the target keeps its type."""
        target = self.expression(node.target)
        if isinstance(node.target, ast.Name) and not isinstance(target, Value):
            raise TypeError(f"{node.target.id} cannot be changed: it is known when the kernel is made")
        if not target.is_place or not isinstance(target.type, types.Scalar):
            if isinstance(node.target, ast.Name) and isinstance(target.type, types.Iterator):
                self.emit(f"{target.code} = {self.value(self.binary(node.op, target, self.expression(node.value))).code};")
                return
            raise TypeError(f"{ast.unparse(node.target)} cannot be changed")
        other = self.expression(node.value)
        if isinstance(node.target, ast.Name):
            self.emit(f"{target.code} = {self.cast(self.binary(node.op, target, other), target.type).code};")
            return
        # The place is found once: its index may do something.
        code = self.program.fresh("place")
        place = Value(code, target.type, True)
        self.emit(f"{{ {target.type.name}& {code} = {target.code}; {code} = {self.cast(self.binary(node.op, place, other), target.type).code}; }}")

    def do_If(self, node):
        """`if`; a condition that is known leaves one of the branches."""
        test = self.expression(node.test)
        if isinstance(test, Constant):
            return self.block(node.body if test.value else node.orelse)
        self.emit(f"if ({self.truth(test).code}) {{")
        self.indented(node.body)
        if node.orelse:
            self.emit("} else {")
            self.indented(node.orelse)
        self.emit("}")
        return None

    def do_While(self, node):
        """`while`."""
        if node.orelse:
            raise NotImplementedError("else after a loop is not supported in kernels")
        self.emit(f"while ({self.truth(self.expression(node.test)).code}) {{")
        self.indented(node.body)
        self.emit("}")

    def do_For(self, node):
        """`for` over a range."""
        if node.orelse:
            raise NotImplementedError("else after a loop is not supported in kernels")
        if not isinstance(node.target, ast.Name):
            raise NotImplementedError("a loop in a kernel has one variable")
        loop = self.range_of(node.iter)
        of = self.integer(loop.stop).type
        step = loop.step.value if isinstance(loop.step, Constant) else None
        start, stop, by = self.integer(loop.start), self.integer(loop.stop), self.integer(loop.step)
        if step == 0:
            raise ValueError("range() arg 3 must not be zero")
        if loop.unroll is True:
            self.emit("#pragma unroll")
        elif loop.unroll is not None and loop.unroll is not False:
            self.emit(f"#pragma unroll {loop.unroll}")
        ends = "}"
        at, end, steps = (self.program.fresh(stem) for stem in ("at", "end", "step"))
        if step == 1 and isinstance(loop.start, Constant) and (loop.start.value >= 0 or of.dtype.kind == "i"):
            start = self.cast(loop.start, of)
            self.emit(f"for ({of.name} {at} = {start.code}, {end} = {stop.code}; {at} < {end}; {at}++) {{")
        elif of.dtype.itemsize < 8:
            # In 64 bits, where no step leads past the largest number.
            self.emit(
                f"for (long long {at} = {start.code}, {end} = {stop.code}, {steps} = {by.code}; "
                f"{steps} > 0 ? {at} < {end} : {steps} < 0 && {at} > {end}; {at} += {steps}) {{"
            )
        else:
            left = self.program.fresh("left")
            if of.dtype.kind == "u" and by.type.dtype.kind == "i" and step is not None and step < 0:
                raise TypeError(f"a range of {of} cannot go down: convert its end to a signed integer")
            start, stop, by = (self.cast(v, of, "unsafe") for v in (start, stop, by))
            self.emit(f"{{ {of.name} {at} = {start.code}; const {of.name} {steps} = {by.code};")
            self.emit(f"for (unsigned long long {left} = jit_times({at}, {stop.code}, {steps}); {left} != 0; {left}--, {at} += {steps}) {{")
            ends = "} }"
        self.depth += 1
        self.assign_name(node.target.id, Value(f"({of.name}){at}", of))
        self.depth -= 1
        self.indented(node.body)
        self.emit(ends)

    def integer(self, value):
        """A bound of a loop."""
        value = self.value(value)
        if not isinstance(value.type, types.Scalar) or value.type.dtype.kind not in "iu":
            raise TypeError(f"range() takes integers, not {value.type}")
        return value

    def range_of(self, node):
        """The range of a loop."""
        called = self.expression(node.func) if isinstance(node, ast.Call) else None
        is_plain = isinstance(called, Constant) and called.value is range
        is_ours = isinstance(called, Constant) and isinstance(called.value, Builtin) and called.value.label == "jit.range"
        if not is_plain and not is_ours:
            raise NotImplementedError("loops of kernels run over range() or jit.range() only")
        args = [self.expression(a) for a in node.args]
        keywords = {k.arg: self.expression(k.value) for k in node.keywords}
        unroll = keywords.pop("unroll", Constant(None)) if is_ours else Constant(None)
        if keywords or not 1 <= len(args) <= 3:
            raise TypeError(f"range expected 1 to 3 arguments, got {len(args)}" if not keywords else "range() takes no keyword arguments")
        if isinstance(unroll, Constant) and (unroll.value is None or isinstance(unroll.value, bool)):
            factor = unroll.value
        else:
            factor = static_int(unroll, "unroll")
            if not 0 < factor < 2**31:
                raise ValueError(f"unroll must be a positive integer, not {factor}")
        if len(args) == 1:
            args.insert(0, Constant(0))
        return Range(args[0], args[1], args[2] if len(args) == 3 else Constant(1), factor)


_WORDS = {
    "FunctionDef": "a function in a function", "ClassDef": "a class", "AsyncFunctionDef": "an async function", "Delete": "del",
    "AsyncFor": "async for", "With": "with", "AsyncWith": "async with", "Match": "match", "Raise": "raise", "Try": "try",
    "TryStar": "try", "Assert": "assert", "Import": "import", "ImportFrom": "import", "Global": "global", "Nonlocal": "nonlocal",
}


def _assigned(tree):
    """The names that a function assigns to, which are its own variables."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names
