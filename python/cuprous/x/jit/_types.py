"""The types that values have in kernels, and how operations find theirs."""

import math
import warnings
from dataclasses import dataclass

import numpy

# C++'s name of each dtype.
_NAMES = {
    "?": "bool", "b": "signed char", "B": "unsigned char", "h": "short", "H": "unsigned short", "i": "int",
    "I": "unsigned int", "l": "long long", "L": "unsigned long long", "e": "float16", "f": "float", "d": "double",
    "F": "complex<float>", "D": "complex<double>",
}
# In mode 'cuda' a type converts to each that stands right of it.
_ORDER = "?bBhHiIlLefdFD"
# Operands of `/`, and the type in which they are divided.
_QUOTIENTS = ("??d", "?id", "i?d", "bbf", "bid", "BBf", "Bid", "hhf", "HHf", "iid", "IId", "lld", "LLd", "eee", "fff", "ddd", "FFF", "DDD")
# What Python's own numbers are where nothing else says it.
_PLAIN = {
    "cuda": {bool: "?", int: "i", float: "f", complex: "F"},
    "numpy": {bool: "?", int: "l", float: "d", complex: "D"},
}
NUMBERS = (bool, int, float, complex, numpy.bool_, numpy.number)


def char_of(dtype):
    """The letter of a dtype; the 64-bit integers have two in NumPy and one here. `TypeError` for a type that kernels lack."""
    dtype = numpy.dtype(dtype)
    if dtype.kind in "iu" and dtype.itemsize == 8:
        return "l" if dtype.kind == "i" else "L"
    if dtype.char not in _NAMES:
        raise TypeError(f"kernels know no dtype {dtype}")
    return dtype.char


@dataclass(frozen=True)
class Void:
    """What a function gives that gives nothing."""

    name = "void"

    def __str__(self):
        return "None"


@dataclass(frozen=True)
class Scalar:
    """A number."""

    char: str

    @property
    def dtype(self):
        """Its dtype."""
        return numpy.dtype(self.char)

    @property
    def name(self):
        """C++'s name of it."""
        return _NAMES[self.char]

    def __str__(self):
        return str(self.dtype)


@dataclass(frozen=True)
class Array:
    """An array with its shape and its strides."""

    item: Scalar
    n_axes: int
    is_dense: bool

    @property
    def name(self):
        """C++'s name of it: without axes there is one element along one axis."""
        return f"JitArray<{self.item.name}, {max(self.n_axes, 1)}, {str(self.is_dense).lower()}>"

    def __str__(self):
        return f"{self.n_axes}-dimensional array of {self.item}"


@dataclass(frozen=True)
class Shared:
    """Memory of a block: of numbers, or of what a library needs; `shape` is None where the launch says how much it is."""

    item: "Scalar | Opaque"
    shape: tuple | None

    @property
    def name(self):
        """C++'s name of what a variable holds: the address of the first part."""
        return f"JitShared<{self.item.name}{''.join(f', {n}' for n in (self.shape or ())[1:])}>"

    def __str__(self):
        return f"shared memory of {self.item}"


@dataclass(frozen=True)
class Iterator:
    """A place in a range."""

    item: Scalar
    name: str
    is_written: bool = True

    def __str__(self):
        return f"iterator over {self.item}"


@dataclass(frozen=True)
class Tuple:
    """Several values."""

    items: tuple

    @property
    def name(self):
        """C++'s name of it."""
        return f"JitTuple<{', '.join(t.name for t in self.items)}>"

    def __str__(self):
        return f"({', '.join(map(str, self.items))})"


@dataclass(frozen=True)
class Dim3:
    """Three counts or places along x, y and z."""

    name = "dim3"

    def __str__(self):
        return "dim3"


@dataclass(frozen=True)
class Opaque:
    """An object of a library. `methods` are its functions, by their names."""

    name: str
    label: str
    methods: object = None

    def __str__(self):
        return self.label


VOID, DIM3 = Void(), Dim3()
BOOL, INT32, UINT32, INT64, UINT64 = map(Scalar, "?iIlL")


def scalar_of(dtype):
    """The type of a dtype's elements."""
    return Scalar(char_of(dtype))


def type_of_number(mode, number):
    """The type of a number that the text of a kernel or its caller names."""
    if isinstance(number, numpy.generic):
        return scalar_of(number.dtype)
    for python_type, char in _PLAIN[mode].items():
        if isinstance(number, python_type):
            is_wide = char == "i" and not -(2**31) <= number < 2**31
            return Scalar("l" if is_wide and -(2**63) <= number < 2**63 else "L" if is_wide else char)
    raise TypeError(f"{number!r} of type {type(number).__name__} is no number")


def can_cast(mode, source, target):
    """Whether an operation may take an operand as another type, both as letters."""
    if mode == "cuda":
        return _ORDER.index(source) <= _ORDER.index(target)
    return numpy.can_cast(numpy.dtype(source), numpy.dtype(target))


def operand_chars(mode, operands):
    """The letters by which operands choose a loop: pairs of a type and of the number, where it is one that is written down."""
    chars = [t.char for t, _ in operands]
    if mode == "numpy":
        # Python's own numbers adapt to the others, as NumPy's rules say.
        weak = [type(n) in (bool, int, float, complex) and type(n) is not bool for _, n in operands]
        strong = [numpy.dtype(c) for c, is_weak in zip(chars, weak) if not is_weak]
        if strong and any(weak):
            kinds = [{int: 0, float: 0.0, complex: 0j}[type(n)] for (_, n), is_weak in zip(operands, weak) if is_weak]
            common = char_of(numpy.result_type(*strong, *kinds))
            return [common if is_weak else c for c, is_weak in zip(chars, weak)]
    return chars


def find_loop(ufunc, mode, operands, dtype=None):
    """The first loop of a ufunc that takes the operands, or the one whose result is `dtype`: inputs, outputs, text, prelude."""
    chars = operand_chars(mode, operands)
    loops = ufunc._loops
    if dtype is not None:
        wanted = char_of(dtype)
        for loop in loops:
            if loop[1][0] == wanted:
                return loop
        raise TypeError(f"No loop matching the specified signature was found for {ufunc.__name__}")
    for given in dict.fromkeys((tuple(chars), tuple(t.char for t, _ in operands))):
        rules = [mode]
        if mode == "cuda" and all(numpy.dtype(c).kind in "biu" for c in given):
            # Integers as float16 would lose what nobody expects to lose: where no loop of integers fits, NumPy's rules hold.
            rules = ["numpy", "cuda"] if not any(numpy.dtype(c).kind in "biu" for loop in loops for c in loop[0]) else rules
        for rule in rules:
            for loop in loops:
                if all(can_cast(rule, c, to) for c, to in zip(given, loop[0])):
                    return loop
    types = ", ".join(str(t) for t, _ in operands)
    raise TypeError(f"ufunc '{ufunc.__name__}' is not supported for the input types ({types})")


def quotient_char(mode, operands):
    """The letter of the type in which `/` divides."""
    a, b = operand_chars(mode, operands)
    for x, y, result in _QUOTIENTS:
        if can_cast(mode, a, x) and can_cast(mode, b, y):
            return result
    raise TypeError(f"unsupported operand types for /: {operands[0][0]} and {operands[1][0]}")


def literal(number, scalar):
    """A number as C++ writes it in a type."""
    kind = scalar.dtype.kind
    if kind == "b":
        return "true" if number else "false"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what is too large is infinite
        value = scalar.dtype.type(number)  # raises OverflowError where an integer is too large
    if kind in "iu":
        value = int(value)
        if scalar.char == "i":
            return str(value) if value >= 0 else f"({value})" if value > -(2**31) else "(-2147483647 - 1)"
        if scalar.char == "l" and value == -(2**63):
            return "(-9223372036854775807ll - 1)"
        suffix = {"I": "u", "l": "ll", "L": "ull"}.get(scalar.char)
        text = f"{value}{suffix}" if suffix else f"({scalar.name})({value})"
        return text if value >= 0 or not suffix else f"({text})"
    if kind == "c":
        part = Scalar("f" if scalar.char == "F" else "d")
        return f"{scalar.name}({literal(value.real, part)}, {literal(value.imag, part)})"
    if scalar.char == "e":
        return f"float16({literal(numpy.float32(value), Scalar('f'))})"
    is_single = scalar.char == "f"
    if not math.isfinite(value):
        sign = "-" if value < 0 else ""
        bits = 0x7FC00000 if is_single else 0x7FF8000000000000
        if not math.isnan(value):
            bits = 0x7F800000 if is_single else 0x7FF0000000000000
        return f"({sign}__int_as_float({bits:#x}))" if is_single else f"({sign}__longlong_as_double({bits:#x}ll))"
    text = repr(float(value)) + ("f" if is_single else "")
    return f"({text})" if text.startswith("-") else text
