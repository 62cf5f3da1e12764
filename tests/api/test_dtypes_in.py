"""What becomes an array and which dtypes there are: byte orders, layouts, buffers, sequences, numbers out of range."""

import array
import collections
import ctypes
import decimal

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like, assert_same, assert_same_outcome
from support.values import DTYPES, values


class HasArray:
    """Converts itself."""

    def __array__(self, dtype=None, copy=None):
        return np.arange(3, dtype=dtype)


class HasInterface:
    """Describes memory with gaps."""

    def __init__(self):
        self.memory = np.arange(12.0).reshape(3, 4)[::-1, ::2]

    @property
    def __array_interface__(self):
        return self.memory.__array_interface__


class Sequence:
    """Has a length and items, and no more."""

    def __len__(self):
        return 3

    def __getitem__(self, k):
        return [0, 1.5, 3][k]


def read_only(a):
    a.flags.writeable = False
    return a


SOURCES = {
    "big endian": lambda: np.arange(12, dtype=">i4").reshape(3, 4), "big endian transposed": lambda: np.arange(12, dtype=">f8").reshape(3, 4).T,
    "big endian reversed": lambda: np.arange(12, dtype=">c16").reshape(3, 4)[::-1, ::-2], "big endian half": lambda: np.arange(5).astype(">f2"),
    "fortran": lambda: np.asfortranarray(np.arange(12).reshape(3, 4)), "reversed": lambda: np.arange(10)[::-3], "read-only": lambda: read_only(np.arange(5)),
    "broadcast": lambda: np.broadcast_to(3.5, (2, 3)), "0-d": lambda: np.array(3.5), "big endian 0-d": lambda: np.array(3.5, ">f4"),
    "memoryview": lambda: memoryview(b"abcd"), "reversed memoryview": lambda: memoryview(array.array("d", [1, 2, 3]))[::-1], "2-d memoryview": lambda: memoryview(np.arange(6, dtype="f4").reshape(2, 3)),
    "array": lambda: array.array("i", [1, 2, 3]), "array Q": lambda: array.array("Q", [2**63]), "bytearray": lambda: bytearray(b"xyz"),
    "ctypes": lambda: (ctypes.c_double * 3)(1, 2, 3), "2-d ctypes": lambda: ((ctypes.c_int16 * 2) * 3)(), "ctypes bool": lambda: (ctypes.c_bool * 3)(1, 0, 1),
    "nested": lambda: [[1, 2.5], (True, 3)], "complex": lambda: [1, 2j], "bools": lambda: [True, False], "nothing": lambda: [], "nothing twice": lambda: [[], []], "range": lambda: range(5),
    "__array__": HasArray, "list of __array__": lambda: [HasArray(), HasArray()], "__array_interface__": HasInterface, "sequence": Sequence, "deque": lambda: collections.deque([1, 2]),
    "list of arrays": lambda: [np.arange(3), np.arange(3.0)], "list of scalars": lambda: [np.float32(1), np.int8(2)], "scalar and number": lambda: [np.float32(1), 2],
    "matrix": lambda: np.matrix([[1, 2]]), "bool scalar": lambda: np.True_, "half scalar": lambda: np.float16(2.5), "complex scalar": lambda: np.complex64(1j),
    "2**63": lambda: 2**63, "-2**63": lambda: -(2**63), "[2**63]": lambda: [2**63], "[2**63, 1]": lambda: [2**63, 1], "complex number": lambda: 3 + 4j,
    "other bools": lambda: np.array([0, 2, 255], "u1").view("?"),
}


@pytest.mark.parametrize("source", SOURCES)
def test_sources(source):
    """Whatever NumPy reads is read, with NumPy's dtype, elements and memory order."""
    make = SOURCES[source]
    want = np.array(make())
    native = want.astype(want.dtype.newbyteorder("="))
    for function in (cp.asarray, cp.array, cp.asanyarray if hasattr(cp, "asanyarray") else cp.asarray):
        assert_same(function(make()), native, 0, source, strides=source != "broadcast")
    for dtype in ("f4", "i4", "u1", "?", "c8"):
        with np.errstate(invalid="ignore"):
            assert_same_outcome(lambda: cp.asarray(make(), dtype), lambda: np.asarray(make(), dtype), what=f"{source} as {dtype}", match_message=False)


RAGGED = {
    "1-d": lambda xp: [[1], [1, 2]], "number and list": lambda xp: [1, [2]], "deep": lambda xp: [[[1, 2]], [[1]]], "arrays": lambda xp: [xp.arange(3), xp.arange(4)],
    "2-d arrays": lambda xp: [xp.ones((2, 3)), xp.ones((2, 4))], "array and number": lambda xp: [xp.arange(3), 1], "array and list": lambda xp: [xp.arange(3), [1, 2]],
}


@pytest.mark.parametrize("case", RAGGED)
def test_ragged(case):
    """Ragged sequences are refused in NumPy's words."""
    assert_raises_like(lambda: cp.array(RAGGED[case](cp)), lambda: np.array(RAGGED[case](np)), what=case)


JOINED = {
    "arrays": lambda xp: [xp.arange(3), xp.arange(3) + 1], "tuple": lambda xp: (xp.asarray(1),), "nested": lambda xp: [[xp.arange(3)], [xp.arange(3) + 1.5]],
    "0-d": lambda xp: [xp.asarray(1), 2.5, xp.asarray(np.float32(3))], "0-d within numbers": lambda xp: [[1, xp.asarray(2)], [3.5, 4]], "dtypes": lambda xp: [xp.ones(2, "f4"), xp.ones(2, "i2")],
    "deep": lambda xp: [[[xp.ones((2, 2)), xp.zeros((2, 2))]]], "with NumPy's": lambda xp: [xp.arange(3), np.arange(3.0)], "with lists": lambda xp: [xp.arange(3), [4, 5, 6]], "empty": lambda xp: [xp.ones((0, 3)), xp.ones((0, 3))],
    "pending": lambda xp: [xp.arange(3000) * 2 + 1, xp.arange(3000)], "last": lambda xp: [1, 2, 3, xp.asarray(4)],
}


@pytest.mark.parametrize("case", JOINED)
def test_arrays_in_lists(case):
    """Lists of arrays of ours, of numbers and of both are joined on the arrays' device."""
    for dtype in (None, "f4", "c16"):
        assert_same(cp.array(JOINED[case](cp), dtype), np.array(JOINED[case](np), dtype), 0, case)


REFUSED = {
    "generator": lambda: (i for i in range(3)), "set": lambda: {1, 2}, "dict": dict, "None": lambda: None, "list of None": lambda: [None], "text": lambda: "abc", "texts": lambda: ["a"], "bytes": lambda: b"abc",
    "structured": lambda: np.zeros(2, "i4,f4"), "objects": lambda: np.array([1, 2], object), "dates": lambda: np.zeros(2, "M8[s]"), "long double": lambda: np.longdouble(1), "void": lambda: np.zeros(2, "V3"),
    "decimal": lambda: decimal.Decimal("1.5"), "object": object,
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    """What has no dtype here is refused, by name."""
    with pytest.raises(TypeError, match="Unsupported dtype"):
        cp.asarray(REFUSED[case]())


OUT_OF_RANGE = [
    (300, "u1"), (-1, "u1"), (2**31, "i4"), (2**63, "i8"), (2**64, "u8"), (-1, "u8"), (2**200, "i8"), (1j, "f4"), (1j, "i4"), (float("nan"), "i4"), (float("inf"), "u1"), (1.9, "i4"), (2**70, "f8"), (True, "i1"),
]


@pytest.mark.parametrize(("value", "dtype"), OUT_OF_RANGE, ids=str)
def test_numbers_out_of_range(value, dtype):
    """Python numbers that do not fit a dtype raise what NumPy raises."""
    for nested in (value, [value], [[value]]):
        assert_same_outcome(lambda: cp.asarray(nested, dtype), lambda: np.asarray(nested, dtype), what=f"{nested!r} as {dtype}")


def test_numbers_too_large():
    """Beyond uint64 NumPy makes objects; there are none here."""
    for value in (2**64, -(2**63) - 1, 10**40):
        for nested in (value, [value]):
            with pytest.raises((OverflowError, TypeError)):
                cp.asarray(nested)


NAMES = [
    "f4", "<i8", "=f8", "|b1", "int", "float", "bool", "complex", "float32", "intp", "uint", "half", "single", "double", "csingle", "cdouble", "long", "longlong", "ulonglong", "l", "q", "p", "P", "Q", "?", "e", "u1",
    int, float, bool, complex, np.float32, np.dtype("f4"), np.intc, np.longlong, np.ulonglong, None,
]


@pytest.mark.parametrize("name", NAMES, ids=str)
def test_names_of_dtypes(name):
    """Every name that NumPy has for a dtype of ours is one here."""
    assert cp.zeros(2, dtype=name).dtype == np.zeros(2, dtype=name).dtype
    assert cp.dtype(name) == np.dtype(name)


@pytest.mark.parametrize("name", ["S3", "O", "i4,f4", "M8[s]", "g", "U", "V4", "f16", "c32", object, str, bytes, np.longdouble, ">f4", np.dtype(">i8")], ids=str)
def test_dtypes_that_are_not_there(name):
    """Other dtypes are refused, with their name; the other byte order with the one to use."""
    with pytest.raises(TypeError, match="Unsupported dtype"):
        cp.zeros(2, dtype=name)


@pytest.mark.parametrize("name", ["nope", 3, "f3", [1], {}], ids=str)
def test_what_is_no_dtype(name):
    """What NumPy does not understand either raises its TypeError."""
    with pytest.raises(TypeError):
        cp.zeros(2, dtype=name)


def test_types_are_numpys():
    """The names of types and constants are NumPy's own objects."""
    names = """dtype generic number integer signedinteger unsignedinteger inexact floating complexfloating flexible character
    bool bool_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 complex64 complex128
    byte ubyte short ushort intc uintc int_ uint intp uintp long ulong longlong ulonglong half single double csingle cdouble
    finfo iinfo issubdtype promote_types isdtype newaxis pi e euler_gamma inf nan ScalarType typecodes sctypeDict
    set_printoptions get_printoptions printoptions format_float_positional format_float_scientific""".split()
    for name in names:
        assert getattr(cp, name) is getattr(np, name), name


def test_result_type():
    """`result_type` promotes arrays, dtypes and numbers as NumPy does."""
    numbers = [1, 1.5, 1j, True, 2**40]
    for one in DTYPES:
        for two in DTYPES:
            for shape in ((), (2,)):
                assert cp.result_type(cp.zeros(shape, one), cp.zeros(3, two)) == np.result_type(np.zeros(shape, one), np.zeros(3, two))
                assert cp.result_type(cp.zeros(shape, one), np.dtype(two)) == np.result_type(np.zeros(shape, one), np.dtype(two))
        for number in numbers:
            assert cp.result_type(cp.zeros(2, one), number) == np.result_type(np.zeros(2, one), number)
    assert_raises_like(lambda: cp.result_type(), lambda: np.result_type())


def test_can_cast():
    """`can_cast` knows NumPy's rules."""
    for one in DTYPES:
        for two in DTYPES:
            for rule in ("no", "equiv", "safe", "same_kind", "unsafe"):
                assert cp.can_cast(one, two, rule) == np.can_cast(one, two, rule)
            assert cp.can_cast(cp.zeros(2, one), two) == np.can_cast(np.zeros(2, one), two)
    assert_raises_like(lambda: cp.can_cast("f4", "f8", "loosely"), lambda: np.can_cast("f4", "f8", "loosely"))
    assert_raises_like(lambda: cp.can_cast(3, "u1"), lambda: np.can_cast(3, "u1"))


def test_min_scalar_type():
    """`min_scalar_type` looks at numbers and 0-d arrays, and at the dtype of others."""
    for value in (0, 255, 256, -1, -129, 2**40, 2**63, 1.0, 1e5, 1e300, 1j, True, np.nan):
        assert cp.min_scalar_type(value) == np.min_scalar_type(value)
    for dtype in DTYPES:
        assert cp.min_scalar_type(cp.ones((), dtype)) == np.min_scalar_type(np.ones((), dtype))
        assert cp.min_scalar_type(cp.ones(3, dtype)) == np.min_scalar_type(np.ones(3, dtype))


def test_common_type():
    """`common_type` is the inexact type of several arrays."""
    for one in DTYPES:
        for two in DTYPES:
            assert_outcome_type(lambda xp: xp.common_type(xp.zeros(2, one), xp.zeros(3, two)))
    assert cp.common_type() is np.common_type()


def assert_outcome_type(call):
    """Compares a type or the exception."""
    try:
        want = call(np)
    except TypeError:
        assert_raises_like(lambda: call(cp), lambda: call(np))
    else:
        assert call(cp) is want


def test_device_of_lists():
    """A list of arrays becomes an array where they are."""
    x = cp.asarray(values("any", "f", 5))
    assert cp.array([x, x]).device == x.device
