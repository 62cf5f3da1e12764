"""Kernels written in Python: how types are chosen, and what is refused."""

import linecache

import cuprous as cp
import numpy as np
import pytest
from cuprous.x import jit
from cuprous.x.jit._program import Program
from cuprous.x.jit._types import Scalar
from support.compare import assert_same
from support.values import both


@jit.rawkernel()
def copy(x, y, size):
    tid = jit.blockIdx.x * jit.blockDim.x + jit.threadIdx.x
    ntid = jit.gridDim.x * jit.blockDim.x
    for i in range(tid, size, ntid):
        y[i] = x[i]


def type_of(expression, mode, **values):
    """The dtype that an expression of values has in a kernel."""
    path, text = f"<kernel {expression} {mode}>", f"def probe({', '.join(values)}):\n    return {expression}\n"
    linecache.cache[path] = (len(text), None, text.splitlines(True), path)
    space = {"np": np, "cp": cp, "jit": jit}
    exec(compile(text, path, "exec"), space)
    _, result = Program(mode).device_function(space["probe"], tuple(Scalar(c) for c in values.values()), mode)
    return str(result)


@pytest.mark.parametrize(
    ("expression", "values", "cuda", "numpy"),
    [
        ("x + y", "ff", "float32", "float32"), ("x + y", "fd", "float64", "float64"), ("x + y", "if", "float32", "float64"),
        ("x + y", "iI", "uint32", "int64"), ("x + y", "hh", "int16", "int16"), ("x + y", "bB", "uint8", "int16"),
        ("x + y", "le", "float16", "float64"), ("x + y", "Lf", "float32", "float64"), ("x + y", "dF", "complex64", "complex128"),
        ("x * 2", "f", "float32", "float32"), ("x * 2.5", "f", "float32", "float32"), ("x * 2.5", "d", "float64", "float64"),
        ("x * 2.5", "e", "float32", "float16"), ("x * 2.5", "i", "float32", "float64"), ("x + 1", "b", "int32", "int8"),
        ("x + 1j", "f", "complex64", "complex64"), ("x + True", "h", "int16", "int16"),
        ("x / y", "ii", "float64", "float64"), ("x / y", "bb", "float32", "float32"), ("x / y", "ff", "float32", "float32"),
        ("x / 2", "i", "float64", "float64"), ("x // y", "ii", "int32", "int32"), ("x % y", "Ii", "uint32", "int64"), ("x ** 2", "f", "float32", "float32"),
        ("x < y", "iI", "bool", "bool"), ("x == 1", "f", "bool", "bool"), ("x and y", "if", "bool", "bool"), ("not x", "f", "bool", "bool"),
        ("-x", "h", "int16", "int16"), ("~x", "?", "bool", "bool"), ("x << 1", "h", "int32", "int16"), ("x if y else 1", "f?", "float32", "float32"),
        ("np.float64(x)", "f", "float64", "float64"), ("int(x)", "f", "int64", "int64"), ("float(x)", "i", "float64", "float64"),
        ("bool(x)", "f", "bool", "bool"), ("complex(x)", "f", "complex128", "complex128"), ("complex(x, y)", "ff", "complex128", "complex128"),
        ("abs(x)", "F", "float32", "float32"), ("min(x, y)", "if", "float32", "float64"), ("max(x, 1)", "h", "int32", "int16"),
        ("x.real", "D", "float64", "float64"), ("x.imag", "f", "float32", "float32"), ("1", "", "int32", "int64"), ("1.0", "", "float32", "float64"),
        ("2**31", "", "int64", "int64"), ("1j", "", "complex64", "complex128"), ("True", "", "bool", "bool"), ("np.int8(3)", "", "int8", "int8"),
        ("cp.sqrt(x)", "i", "float64", "float64"), ("cp.sqrt(x)", "b", "float16", "float16"), ("cp.arctan2(x, y)", "hi", "float64", "float64"), ("cp.exp(x)", "f", "float32", "float32"),
        ("cp.isnan(x)", "f", "bool", "bool"), ("(x, y)", "fi", "(float32, int32)", "(float32, int32)"), ("jit.threadIdx.x", "", "uint32", "uint32"),
        ("jit.laneid()", "", "uint32", "uint32"), ("jit.grid(2)", "", "(uint32, uint32)", "(uint32, uint32)"),
    ],
)
def test_types(expression, values, cuda, numpy):
    """Each operation's type in both modes."""
    for mode, want in (("cuda", cuda), ("numpy", numpy)):
        assert type_of(expression, mode, **dict(zip("xyz", values))) == want, mode


def wrong_kernels():
    """Kernels that cannot be, with the error and some of its words."""

    def changes(x):
        a = 1.0
        a = x[0]

    def becomes_float(x):
        n = 0
        n = n + 0.5

    def returns(x):
        return x[0]

    def unknown(x):
        x[0] = nothing_of_this_name  # noqa: F821

    def early(x):
        x[0] = value
        value = 1

    def with_block(x):
        with x:
            pass

    def comprehension(x):
        y = [i for i in range(3)]  # noqa: F841

    def string(x):
        x[0] = "text"

    def function_call(x):
        x[0] = type_of(x)

    def builtin_call(x):
        print(x)

    def over_array(x):
        for v in x:
            x[0] = v

    def loop_else(x):
        for i in range(3):
            pass
        else:
            x[0] = 1

    def float_range(x):
        for i in range(x[0]):
            x[i] = 1

    def zero_step(x):
        for i in range(0, 3, 0):
            x[i] = 1

    def float_index(x):
        x[x[0]] = 1

    def many_indices(x):
        x[0, 0] = 1

    def called_twice(x):
        x[0] = 0 < jit.atomic_add(x, 0, 1) < 2

    def matrix_product(x):
        x[0] = x @ x

    def to_int(x, y):
        y[0] = x[0]

    def row(x, y):
        y[0] = x

    def no_attribute(x):
        x[0] = x.mean()

    def no_shift(x):
        x[0] = x[0] << 1

    def starred(x):
        a, *b = 1, 2  # noqa: F841

    def unpack(x):
        a, b = 1, 2, 3  # noqa: F841

    def sized(x, y):
        jit.shared_memory(np.float32, y[0])

    def atomic_type(x, y):
        jit.atomic_and(x, 0, 1)

    def swap_of_one(x, y):
        jit.atomic_cas(y, 0, 1)

    def wide(x):
        jit.shfl_sync(1, x[0], 0, width=5)

    def four_axes(x):
        jit.grid(4)

    def fstring(x):
        f"{x}"

    def sliced(x):
        x[0:2] = 1

    def branches(x, y):
        x[0] = x[0] if x[0] > 0 else y[0]

    def too_large(x, y):
        y[0] = 2**40

    def recursive(x):
        again(x)

    @jit.rawkernel(device=True)
    def again(x):
        again(x)

    @jit.rawkernel(device=True)
    def two_types(x):
        if x > 0:
            return x
        return 1j

    def inconsistent(x):
        two_types(x[0])

    def void_value(x):
        y = jit.syncthreads()  # noqa: F841

    def no_policy(x):
        jit.thrust.sort(x.begin(), x.end())

    def thrust_count(x):
        jit.thrust.sort(jit.thrust.seq, x.begin())

    def cub_storage(x):
        jit.cub.WarpReduce[np.float32](x)

    return [
        (changes, "d", TypeError, "variable 'a' is float32 and cannot become float64"), (becomes_float, "f", TypeError, "variable 'n' is int32"),
        (returns, "f", TypeError, "a kernel returns nothing"), (unknown, "f", NameError, "name 'nothing_of_this_name' is not defined"),
        (early, "f", NameError, "local variable 'value'"), (with_block, "f", NotImplementedError, "with is not supported"),
        (comprehension, "f", NotImplementedError, "a comprehension is not supported"), (string, "f", TypeError, "'text'"),
        (function_call, "f", TypeError, "type_of is a function of Python"), (builtin_call, "f", TypeError, "print cannot be called"),
        (over_array, "f", NotImplementedError, "range()"), (loop_else, "f", NotImplementedError, "else after a loop"),
        (float_range, "f", TypeError, "range() takes integers, not float32"), (zero_step, "f", ValueError, "must not be zero"),
        (float_index, "f", TypeError, "array indices must be integers, not float32"), (many_indices, "f", IndexError, "too many indices"),
        (to_int, "fi", TypeError, "Cannot cast from float32 to int32"), (row, "ff", TypeError, "array of float32"),
        (called_twice, "f", NotImplementedError, "chain of comparisons"), (matrix_product, "f", NotImplementedError, "operator @"),
        (no_attribute, "f", AttributeError, "'mean'"), (no_shift, "f", TypeError, "left_shift"), (starred, "f", NotImplementedError, "cannot be assigned"),
        (unpack, "f", ValueError, "too many values to unpack (expected 2)"), (sized, "fi", TypeError, "must be known"),
        (atomic_type, "fi", TypeError, "`atomic_and` does not support float32 input"), (swap_of_one, "fi", TypeError, "`alt_value` is required"),
        (wide, "f", ValueError, "width must be"), (four_axes, "f", ValueError, "1, 2 or 3 axes"), (fstring, "f", NotImplementedError, "an f-string"),
        (sliced, "f", NotImplementedError, "a slice"), (branches, "fd", TypeError, "the branches of a conditional expression differ: float32 and float64"),
        (too_large, "fi", OverflowError, "1099511627776"), (recursive, "f", TypeError, "again calls itself"),
        (inconsistent, "f", TypeError, "return types differ: float32 and complex64"), (void_value, "f", TypeError, "gives nothing"),
        (no_policy, "f", TypeError, "thrust.seq"), (thrust_count, "f", TypeError, "thrust.sort takes 3 arguments, not 2"),
        (cub_storage, "f", TypeError, "takes an element of shared memory"),
    ]


@pytest.mark.parametrize(("function", "chars", "error", "words"), wrong_kernels(), ids=lambda x: getattr(x, "__name__", None))
def test_wrong_kernels(function, chars, error, words):
    """What cannot be translated is refused with the function, the line and its text."""
    args = [cp.zeros(3, c) for c in chars]
    with pytest.raises(error) as caught:
        jit.rawkernel()(function)[1, 1](*args)
    text = str(caught.value)
    assert words in text and "line" in text and __file__ in text, text
    name = {"recursive": "again", "inconsistent": "two_types"}.get(function.__name__, function.__name__)
    assert f"in {name}, line" in text, text


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: copy[1, 1](x, x), TypeError, "copy() takes 3 arguments, but 2 were given"),
        (lambda x: copy[1, 1](x, x, "3"), TypeError, "<class 'str'> is no argument of a kernel"),
        (lambda x: copy[1, 1](x, np.zeros(3), 3), TypeError, "<class 'numpy.ndarray'>"),
        (lambda x: copy[1], ValueError, "2 to 4 parts"), (lambda x: copy[1, 1, 1, 1, 1], ValueError, "2 to 4 parts"),
        (lambda x: copy((1, 1, 1, 1), (1,), (x, x, 3)), ValueError, "grid must have 1 to 3 numbers"),
        (lambda x: copy((1,), (-1,), (x, x, 3)), ValueError, "negative"),
        (lambda x: copy((1,), (1,), (x, x, 3), shared_mem=-1), ValueError, "shared_mem must not be negative"),
        (lambda x: jit.rawkernel(mode="c"), ValueError, "mode must be 'cuda' or 'numpy', not 'c'"),
        (lambda x: jit.syncthreads(), RuntimeError, "jit.syncthreads is for functions under jit.rawkernel"),
        (lambda x: jit.thrust.sort(), RuntimeError, "jit.thrust.sort"), (lambda x: jit.cub.Sum(), RuntimeError, "jit.cub.Sum"),
        (lambda x: jit.cub.BlockReduce[np.int32], TypeError, "BlockReduce[dtype, 256]"),
        (lambda x: jit.rawkernel()(eval("lambda x: 1"))[1, 1](x), ValueError, "define the function in a file"),
    ],
)
def test_wrong_calls(call, error, words):
    """Wrong arguments are refused before anything runs, and the library goes on."""
    a, x = both("moderate", "f", 3)
    with pytest.raises(error) as caught:
        call(x)
    assert words in str(caught.value), str(caught.value)
    assert_same(x + 1, a + 1)
