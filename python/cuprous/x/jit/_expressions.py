"""Expressions of Python as C++."""

import ast
import builtins
import inspect
import math
import operator
import warnings

import numpy

import cuprous
from cuprous.x.jit import _types as types
from cuprous.x.jit._values import Builtin, Constant, Items, Method, Value, known, static_int

# The ufunc that an operator is, and what it does to objects that are known.
_BINARY = {
    ast.Add: ("add", operator.add), ast.Sub: ("subtract", operator.sub), ast.Mult: ("multiply", operator.mul),
    ast.Div: ("true_divide", operator.truediv), ast.FloorDiv: ("floor_divide", operator.floordiv),
    ast.Mod: ("remainder", operator.mod), ast.Pow: ("power", operator.pow), ast.LShift: ("left_shift", operator.lshift),
    ast.RShift: ("right_shift", operator.rshift), ast.BitOr: ("bitwise_or", operator.or_),
    ast.BitAnd: ("bitwise_and", operator.and_), ast.BitXor: ("bitwise_xor", operator.xor),
}
_UNARY = {ast.USub: ("negative", operator.neg), ast.UAdd: ("positive", operator.pos), ast.Invert: ("invert", operator.invert)}
_COMPARISONS = {
    ast.Eq: ("equal", operator.eq), ast.NotEq: ("not_equal", operator.ne), ast.Lt: ("less", operator.lt),
    ast.LtE: ("less_equal", operator.le), ast.Gt: ("greater", operator.gt), ast.GtE: ("greater_equal", operator.ge),
    ast.Is: (None, operator.is_), ast.IsNot: (None, operator.is_not),
    ast.In: (None, lambda a, b: a in b), ast.NotIn: (None, lambda a, b: a not in b),
}
_NUMBER_TYPES = (bool, int, float, complex)


def same_type(a, b):
    """Whether a variable of one type can hold the other."""
    return a == b or isinstance(a, (types.Shared, types.Iterator)) and a.name == b.name


class Expressions:
    """What a function's expressions mean, given what its names are."""

    def __init__(self, program, function, mode):
        self.program, self.function, self.mode = program, function, mode
        self.node = None
        self.variables = {}
        self.locals = set()
        self.inner = {}
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            try:
                self.inner[name] = cell.cell_contents
            except ValueError:  # nothing was assigned to it yet
                continue

    def variable_name(self, name):
        """What a variable is called in C++, where it meets no word of the language and no function."""
        return "v_" + "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)

    def grid_count(self):
        """The name of what the blocks of a cooperative launch count with."""
        raise NotImplementedError("only kernels know the whole grid, not the functions that they call")

    def kept(self, value):
        """A value that is computed now, as far as there are statements."""
        return value

    # Values.

    def value(self, item):
        """Anything as a value: numbers get the types that they have where nothing else says it."""
        if isinstance(item, Value):
            return item
        if isinstance(item, Items):
            values = [self.value(v) for v in item.values]
            return self.tuple_value(values)
        if isinstance(item, Constant):
            if item.is_number:
                of = types.type_of_number(self.mode, item.value)
                return Value(types.literal(item.value, of), of)
            if isinstance(item.value, tuple):
                return self.value(Items(tuple(map(Constant, item.value))))
            if isinstance(item.value, cuprous.ndarray):
                raise TypeError("arrays outside of a kernel cannot be used in it: pass them as arguments")
            raise TypeError(f"{item.value!r} is no value of a kernel")
        raise TypeError(f"{getattr(item, 'label', item)} is a function: call it")

    def tuple_value(self, values):
        """Several values as one."""
        if not 1 <= len(values) <= 6:
            raise TypeError(f"tuples of kernels have 1 to 6 items, not {len(values)}")
        if any(v.type == types.VOID for v in values):
            raise TypeError("a call that gives nothing is no item of a tuple")
        of = types.Tuple(tuple(v.type for v in values))
        return Value(f"{of.name}{{{', '.join(f'({v.type.name})({v.code})' for v in values)}}}", of)

    def items(self, value):
        """The parts of a tuple."""
        if isinstance(value, Items):
            return value.values
        if isinstance(value, Constant) and isinstance(value.value, tuple):
            return tuple(map(Constant, value.value))
        if isinstance(value, Value) and isinstance(value.type, types.Tuple):
            kept = self.kept(value)
            return tuple(Value(f"{kept.code}._{k}", t) for k, t in enumerate(value.type.items))
        raise TypeError(f"{self.describe(value)} cannot be unpacked")

    def describe(self, value):
        """What a message calls a value."""
        return str(value.type) if isinstance(value, Value) else repr(getattr(value, "value", "a tuple"))

    def scalar(self, item, what):
        """A number as a value."""
        value = self.value(item)
        if not isinstance(value.type, types.Scalar):
            raise TypeError(f"{what} must be a number, not {value.type}")
        return value

    def cast(self, item, of, casting="same_kind"):
        """A number as one of a type."""
        if isinstance(item, Constant) and item.is_number:
            given = types.type_of_number(self.mode, item.value)
            # Python's integers fit wherever their value does.
            is_whole = type(item.value) is int or type(item.value) is float and item.value.is_integer()
            is_integer = is_whole and of.dtype.kind in "iu"
            if not is_integer and not numpy.can_cast(given.dtype, of.dtype, casting):
                raise TypeError(f"Cannot cast {item.value!r} to {of} with casting rule {casting}")
            number = int(item.value) if is_integer else item.value
            if casting == "unsafe" and isinstance(number, (complex, numpy.complexfloating)) and of.dtype.kind not in "cb":
                number = number.real
            return Value(types.literal(number, of), of)
        value = self.scalar(item, "what is converted")
        if value.type == of:
            return value
        if not numpy.can_cast(value.type.dtype, of.dtype, casting):
            raise TypeError(f"Cannot cast from {value.type} to {of} with casting rule {casting}")
        if value.type.dtype.kind == "c" and of.dtype.kind not in "cb":
            warnings.warn("Casting complex values to real discards the imaginary part", cuprous.ComplexWarning, stacklevel=2)
            return Value(f"({of.name})({value.code}).real()", of)
        return Value(f"({of.name})({value.code})", of)

    def adapted(self, item, of):
        """A number of Python's own as one of a type that it meets, if it can be; anything else as it is."""
        if isinstance(item, Constant) and type(item.value) in _NUMBER_TYPES and isinstance(of, types.Scalar):
            given = types.type_of_number(self.mode, item.value)
            if given.dtype.kind == "b" and of.dtype.kind != "b":
                return item
            if numpy.can_cast(given.dtype, of.dtype, "same_kind") or (given.dtype.kind in "iu" and of.dtype.kind in "iu"):
                return self.cast(item, of)
        return item

    def truth(self, item):
        """A condition."""
        if isinstance(item, Constant):
            return Value("true" if item.value else "false", types.BOOL)
        value = self.scalar(item, "a condition")
        return value if value.type == types.BOOL else Value(f"(bool)({value.code})", types.BOOL)

    # Operations.

    def ufunc(self, ufunc, args, dtype=None):
        """A ufunc of numbers."""
        if len(args) != ufunc.nin:
            raise ValueError(f"invalid number of arguments: {ufunc.__name__} takes {ufunc.nin}, not {len(args)}")
        operands = [self.operand(a, ufunc.__name__) for a in args]
        loop = types.find_loop(ufunc, self.mode, operands, dtype)
        name, results = self.program.row(ufunc, loop)
        given = [self.cast(a, types.Scalar(c), "unsafe").code for a, c in zip(args, loop[0])]
        return Value(f"{name}({', '.join(given)})", results[0] if len(results) == 1 else types.Tuple(results))

    def operand(self, item, what):
        """The type by which an operand chooses a loop, and the number if it is known."""
        if isinstance(item, Constant) and item.is_number:
            return types.type_of_number(self.mode, item.value), item.value
        return self.scalar(item, f"an operand of {what}").type, None

    def binary(self, op, a, b):
        """`a op b`."""
        if type(op) not in _BINARY:
            raise NotImplementedError("the operator @ is not supported in kernels")
        name, compute = _BINARY[type(op)]
        if isinstance(a, Constant) and isinstance(b, Constant):
            return Constant(compute(a.value, b.value))
        if isinstance(op, (ast.Add, ast.Sub)):
            moved = self.moved(op, a, b)
            if moved is not None:
                return moved
        if isinstance(op, ast.Div):
            char = types.quotient_char(self.mode, [self.operand(x, "/") for x in (a, b)])
            a, b = (self.cast(x, types.Scalar(char), "unsafe") for x in (a, b))
        return self.ufunc(getattr(cuprous, name), [a, b])

    def moved(self, op, a, b):
        """A place in a range, moved, or the distance of two; None if there is none."""
        sides = [self.place_in_range(x) if isinstance(x, Value) else x for x in (a, b)]
        is_place = [isinstance(x, Value) and isinstance(x.type, types.Iterator) for x in sides]
        if not any(is_place):
            return None
        sign = "+" if isinstance(op, ast.Add) else "-"
        if all(is_place) and sign == "-" and sides[0].type == sides[1].type:
            return Value(f"(long long)({sides[0].code} - {sides[1].code})", types.INT64)
        if is_place[1] and sign == "+":
            sides.reverse()
        if all(is_place) or not isinstance(sides[0].type, types.Iterator):
            raise TypeError(f"unsupported operand types for {sign}: {self.describe(a)} and {self.describe(b)}")
        by = self.scalar(sides[1], "a distance")
        if by.type.dtype.kind not in "iu":
            raise TypeError(f"a distance must be an integer, not {by.type}")
        return Value(f"({sides[0].code} {sign} (long long)({by.code}))", sides[0].type)

    def place_in_range(self, value):
        """Shared memory as the place of its first element."""
        if isinstance(value.type, types.Shared):
            if not isinstance(value.type.item, types.Scalar) or len(value.type.shape or (0,)) != 1:
                raise TypeError(f"{value.type} is no range of numbers")
            return Value(value.code, types.Iterator(value.type.item, f"{value.type.item.name}*"))
        return value

    def expression(self, node):
        """Any expression."""
        outer, self.node = self.node, node
        handler = getattr(self, f"of_{type(node).__name__}", None)
        if handler is None:
            raise NotImplementedError(f"{_WORDS.get(type(node).__name__, type(node).__name__)} is not supported in kernels")
        result = handler(node)
        self.node = outer
        return result

    def of_Constant(self, node):
        """A number that is written down."""
        return Constant(node.value)

    def of_Name(self, node):
        """A variable, or what the name is outside of the function."""
        name = node.id
        if name in self.variables:
            return self.variables[name]
        if name in self.locals:
            raise NameError(f"cannot access local variable '{name}' where it is not associated with a value")
        for names in (self.inner, self.function.__globals__, vars(builtins)):
            if name in names:
                return known(names[name])
        raise NameError(f"name '{name}' is not defined")

    def of_Tuple(self, node):
        """`(a, b)`."""
        values = tuple(self.expression(e) for e in node.elts)
        if all(isinstance(v, Constant) for v in values):
            return Constant(tuple(v.value for v in values))
        return Items(values)

    def of_BinOp(self, node):
        """`a op b`."""
        return self.binary(node.op, self.expression(node.left), self.expression(node.right))

    def of_UnaryOp(self, node):
        """`op a`."""
        value = self.expression(node.operand)
        if isinstance(node.op, ast.Not):
            if isinstance(value, Constant):
                return Constant(not value.value)
            return Value(f"!({self.truth(value).code})", types.BOOL)
        name, compute = _UNARY[type(node.op)]
        if isinstance(value, Constant):
            return Constant(compute(value.value))
        return self.ufunc(getattr(cuprous, name), [value])

    def of_BoolOp(self, node):
        """`a and b`, `a or b`: the truth of it; the right side runs only if the left one leaves it open."""
        is_and, parts = isinstance(node.op, ast.And), []
        for operand in node.values:
            value = self.expression(operand)
            if not isinstance(value, Constant):
                parts.append(f"({self.truth(value).code})")
            elif bool(value.value) != is_and:
                if not parts:
                    return value
                parts.append("false" if is_and else "true")
                break
            elif operand is node.values[-1] and not parts:
                return value
        return Value(f"({(' && ' if is_and else ' || ').join(parts)})", types.BOOL)

    def of_Compare(self, node):
        """`a < b`, and chains of them."""
        parts, left = [], self.expression(node.left)
        for k, (op, node_right) in enumerate(zip(node.ops, node.comparators)):
            right = self.expression(node_right)
            is_last = k == len(node.ops) - 1
            if not is_last and any(isinstance(part, ast.Call) for part in ast.walk(node_right)):
                # It would be called twice.
                raise NotImplementedError("what stands in the middle of a chain of comparisons must not be called: give it a name")
            parts.append(self.compare(op, left, right))
            left = right
        if all(isinstance(p, Constant) for p in parts):
            return Constant(all(p.value for p in parts)) if len(parts) > 1 else parts[0]
        if len(parts) == 1:
            return parts[0]
        return Value(f"({' && '.join(f'({self.truth(p).code})' for p in parts)})", types.BOOL)

    def compare(self, op, a, b):
        """One comparison."""
        name, compute = _COMPARISONS[type(op)]
        if isinstance(a, Constant) and isinstance(b, Constant):
            return Constant(compute(a.value, b.value))
        if name is None:
            raise NotImplementedError(f"'{_COMPARISON_WORDS[type(op)]}' of values is not supported in kernels")
        if all(isinstance(x, Value) and isinstance(x.type, types.Iterator) for x in (a, b)) and name in ("equal", "not_equal"):
            return Value(f"({a.code} - {b.code} {'==' if name == 'equal' else '!='} 0)", types.BOOL)
        return self.ufunc(getattr(cuprous, name), [a, b])

    def of_IfExp(self, node):
        """`a if b else c`."""
        test = self.expression(node.test)
        if isinstance(test, Constant):
            return self.expression(node.body if test.value else node.orelse)
        test, a, b = self.truth(test), self.expression(node.body), self.expression(node.orelse)
        if isinstance(b, Value):
            a = self.adapted(a, b.type)
        if isinstance(a, Value):
            b = self.adapted(b, a.type)
        a, b = self.value(a), self.value(b)
        if not same_type(a.type, b.type):
            raise TypeError(f"the branches of a conditional expression differ: {a.type} and {b.type}; convert one of them")
        return Value(f"({test.code} ? {a.code} : {b.code})", a.type)

    def of_Attribute(self, node):
        """`a.b`."""
        owner, name = self.expression(node.value), node.attr
        if isinstance(owner, Constant):
            return known(getattr(owner.value, name))
        found = self.attribute(owner, name) if isinstance(owner, Value) else None
        if found is None:
            raise AttributeError(f"{self.describe(owner)} has no attribute '{name}' in kernels")
        return found

    def attribute(self, owner, name):
        """What a value has."""
        of, code = owner.type, owner.code
        if name == "dtype" and isinstance(of, (types.Array, types.Scalar)):
            return Constant((of.item if isinstance(of, types.Array) else of).dtype)
        if isinstance(of, types.Array):
            if name == "ndim":
                return Constant(of.n_axes)
            if name == "size":
                return Value(f"{code}.size", types.INT64)
            if name in ("shape", "strides"):
                return Items(tuple(Value(f"{code}.{name}[{k}]", types.INT64) for k in range(of.n_axes)))
            if name in ("begin", "end"):
                pointer = f"{of.item.name}*" if of.is_dense else f"JitIterator<{of.name}>"
                place = Value(f"{code}.{name}()", types.Iterator(of.item, pointer))
                return Method(f"{name}()", lambda translator: place)
        if isinstance(of, types.Shared) and of.shape is not None:
            if name == "ndim":
                return Constant(len(of.shape))
            if name == "size":
                return Constant(math.prod(of.shape))
            if name == "shape":
                return Constant(of.shape)
        if isinstance(of, types.Dim3) and name in ("x", "y", "z"):
            return Value(f"{code}.{name}", types.UINT32)
        if isinstance(of, types.Scalar) and name in ("real", "imag"):
            if of.dtype.kind != "c":
                return owner if name == "real" else Value(types.literal(0, of), of)
            return Value(f"({code}).{name}()", types.Scalar("f" if of.char == "F" else "d"))
        if isinstance(of, types.Opaque) and of.methods is not None:
            method = of.methods(name)
            return None if method is None else Method(f"{name}()", lambda translator, *args: method(translator, owner, *args))
        return None

    def of_Subscript(self, node):
        """`a[i]`, `a[i, j]`."""
        owner, index = self.expression(node.value), self.expression(node.slice)
        if isinstance(owner, (Constant, Items)):
            return self.item_of_tuple(owner, index)
        return self.element(owner, index)

    def item_of_tuple(self, owner, index):
        """An item of a tuple, or of an object that is known."""
        if isinstance(owner, Items):
            return owner.values[static_int(index, "the index of a tuple")]
        if not isinstance(index, Constant):
            if isinstance(owner.value, cuprous.ndarray):
                self.value(owner)
            raise TypeError(f"{type(owner.value).__name__} outside of the kernel cannot be indexed by what only the device knows")
        return Constant(owner.value[index.value])

    def element(self, owner, index):
        """An element of an array, of shared memory or of a range; with fewer indices than axes, what is left of an array."""
        if not isinstance(owner, Value) or not isinstance(owner.type, (types.Array, types.Shared, types.Tuple, types.Iterator)):
            raise TypeError(f"{self.describe(owner)} cannot be indexed")
        of = owner.type
        if isinstance(of, types.Tuple):
            k = static_int(index, "the index of a tuple")
            if not -len(of.items) <= k < len(of.items):
                raise IndexError("tuple index out of range")
            return Value(f"{owner.code}._{k % len(of.items)}", of.items[k])
        of_index = index.type if isinstance(index, Value) else getattr(index, "value", ())
        is_tuple = isinstance(of_index, (tuple, types.Tuple))
        parts = [self.index(i) for i in (self.items(index) if is_tuple else (index,))]
        if isinstance(of, types.Iterator):
            if len(parts) != 1:
                raise IndexError("a range has one index")
            return Value(f"{owner.code}[{parts[0]}]", of.item, of.is_written)
        n_axes = of.n_axes if isinstance(of, types.Array) else len(of.shape or (0,))
        if len(parts) > n_axes:
            raise IndexError(f"too many indices: array is {n_axes}-dimensional, but {len(parts)} were indexed")
        if isinstance(of, types.Shared):
            code = owner.code + "".join(f"[{p}]" for p in parts)
            if len(parts) == n_axes:
                return Value(code, of.item, True)
            return Value(code, types.Shared(of.item, of.shape[len(parts) :]))
        if len(parts) == n_axes:
            return Value(f"{owner.code}.at({', '.join(parts) or '0'})", of.item, True)
        if not parts:
            return owner
        return Value(f"{owner.code}.rest({', '.join(parts)})", types.Array(of.item, n_axes - len(parts), of.is_dense))

    def index(self, item):
        """A number that is an index."""
        if isinstance(item, Constant) and not item.is_number:
            raise TypeError(f"array indices must be integers, not {item.value!r}")
        value = self.value(item)
        if not isinstance(value.type, types.Scalar) or value.type.dtype.kind not in "iu":
            raise TypeError(f"array indices must be integers, not {value.type}")
        return value.code

    def of_Call(self, node):
        """`f(a, b)`."""
        called = self.expression(node.func)
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            raise NotImplementedError("*args and **kwargs of a call are not supported in kernels")
        args = [self.expression(a) for a in node.args]
        kwargs = {k.arg: self.expression(k.value) for k in node.keywords}
        if isinstance(called, Method):
            self.no_keywords(called.label.removesuffix("()"), kwargs)
            return called.emit(self, *args)
        if not isinstance(called, Constant):
            raise TypeError(f"{self.describe(called)} cannot be called")
        return self.call(called.value, args, kwargs)

    def call(self, function, args, kwargs):
        """A call of something that is known."""
        emit = getattr(function, "_emit_in_kernel", None)
        if emit is not None and not isinstance(function, type):
            return emit(self, *args, **kwargs)
        if isinstance(function, Builtin):
            return function.emit(self, *args, **kwargs)
        name = getattr(function, "__name__", repr(function))
        if function is vars(numpy).get(name) and isinstance(getattr(cuprous, name, None), cuprous.ufunc):
            function = getattr(cuprous, name)
        if isinstance(function, cuprous.ufunc):
            dtype = kwargs.pop("dtype", None)
            self.no_keywords(function.__name__, kwargs)
            return self.ufunc(function, args, None if dtype is None else dtype.value)
        if isinstance(function, type) and (function in _NUMBER_TYPES or issubclass(function, numpy.generic)):
            self.no_keywords(function.__name__, kwargs)
            if function is complex and len(args) == 2 and not all(isinstance(a, Constant) for a in args):
                parts = [self.cast(a, types.Scalar("d"), "unsafe").code for a in args]
                return Value(f"complex<double>({', '.join(parts)})", types.Scalar("D"))
            if all(isinstance(a, Constant) for a in args):
                return Constant(function(*(a.value for a in args)))
            if len(args) != 1:
                raise TypeError(f"{function.__name__}() takes one argument, not {len(args)}")
            return self.cast(args[0], types.scalar_of(function), "unsafe")
        emit = _BUILTINS.get(function) if inspect.isroutine(function) else None
        if emit is not None:
            self.no_keywords(function.__name__, kwargs)
            return emit(self, *args)
        if function is range:
            raise NotImplementedError("range() is for loops alone")
        if callable(function) and all(isinstance(a, Constant) for a in (*args, *kwargs.values())):
            # What depends on nothing else is computed now.
            return known(function(*(a.value for a in args), **{k: a.value for k, a in kwargs.items()}))
        if inspect.isfunction(function):
            raise TypeError(f"{name} is a function of Python: kernels call ufuncs, types and functions under jit.rawkernel(device=True)")
        raise TypeError(f"{name} cannot be called in a kernel")

    def no_keywords(self, name, kwargs):
        """Refuses keyword arguments."""
        if kwargs:
            raise TypeError(f"{name}() takes no keyword argument '{next(iter(kwargs))}' in kernels")

    def call_function(self, function, args, kwargs, mode):
        """A call of a function that becomes one of the device."""
        signature = inspect.signature(function)
        if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
            raise NotImplementedError(f"{function.__name__} has *args or **kwargs: functions of kernels have positional arguments only")
        bound = signature.bind(*args, **kwargs)
        for parameter in bound.signature.parameters.values():
            if parameter.name not in bound.arguments and parameter.default is not parameter.empty:
                bound.arguments[parameter.name] = Constant(parameter.default)
        values = [self.value(bound.arguments[name]) for name in bound.signature.parameters]
        name, result = self.program.device_function(function, tuple(v.type for v in values), mode)
        return Value(f"{name}({', '.join(v.code for v in values)})", result)

    def builtin_len(self, item):
        """`len`."""
        if isinstance(item, Constant):
            return Constant(len(item.value))
        if isinstance(item, Items):
            return Constant(len(item.values))
        if isinstance(item.type, types.Tuple):
            return Constant(len(item.type.items))
        if isinstance(item.type, types.Array) and item.type.n_axes > 0:
            return Value(f"{item.code}.shape[0]", types.INT64)
        if isinstance(item.type, types.Shared) and item.type.shape is not None:
            return Constant(item.type.shape[0])
        raise TypeError(f"object of type {item.type} has no len()")

    def extreme(self, ufunc, sign, args):
        """`min` or `max` of several numbers."""
        if len(args) < 2:
            raise TypeError(f"{'min' if sign == '<' else 'max'}() takes 2 or more numbers in kernels, not {len(args)}")
        if all(isinstance(a, Constant) for a in args):
            return Constant((min if sign == "<" else max)(a.value for a in args))
        result = args[0]
        for other in args[1:]:
            operands = [self.operand(x, "min and max") for x in (result, other)]
            loop = types.find_loop(ufunc, self.mode, operands)
            of = types.Scalar(loop[1])
            if of.dtype.kind == "c":
                raise TypeError("complex numbers have no order")
            a, b = (self.cast(x, of, "unsafe").code for x in (result, other))
            function = "jit_least" if sign == "<" else "jit_greatest"
            result = Value(f"{function}<{of.name}>({a}, {b})", of)
        return result


_BUILTINS = {
    len: Expressions.builtin_len,
    min: lambda t, *args: t.extreme(cuprous.minimum, "<", args),
    max: lambda t, *args: t.extreme(cuprous.maximum, ">", args),
    abs: lambda t, x: Constant(abs(x.value)) if isinstance(x, Constant) else t.ufunc(cuprous.absolute, [x]),
}
_WORDS = {
    "Lambda": "a lambda", "Dict": "a dictionary", "Set": "a set", "List": "a list", "ListComp": "a comprehension",
    "SetComp": "a comprehension", "DictComp": "a comprehension", "GeneratorExp": "a generator", "Await": "await",
    "Yield": "yield", "YieldFrom": "yield", "JoinedStr": "an f-string", "Starred": "a starred expression",
    "Slice": "a slice", "NamedExpr": "an assignment in an expression",
}
_COMPARISON_WORDS = {ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}
