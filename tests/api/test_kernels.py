"""Kernels that users write: what is checked before anything runs, and what they compute."""

import io
import pickle

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same, to_numpy
from support.values import both

ADD = 'extern "C" __global__ void add(const float* x, const float* y, float* z, int n) {\n    int i = blockDim.x * blockIdx.x + threadIdx.x;\n    if (i < n) z[i] = x[i] + y[i];\n}\n'


def squared():
    """A kernel for any dtype."""
    return cp.ElementwiseKernel("T x, T y", "T z", "z = (x - y) * (x - y)", "squared")


def norm():
    """A reduction for any dtype."""
    return cp.ReductionKernel("T x", "T y", "x * x", "a + b", "y = sqrt(a)", "0", "l2norm")


# What is checked before anything runs, on every device.


def test_attributes_of_an_elementwise_kernel():
    """A kernel tells what it was made of."""
    k = cp.ElementwiseKernel("T x, raw float32 y", "T z, int64 w", "z = x", "named", reduce_dims=False, preamble="// hello", return_tuple=True, loop_prep="int a", options=("-DA=1",))
    assert (k.nin, k.nout, k.nargs, k.name, k.__name__, k.operation, k.preamble) == (2, 2, 4, "named", "named", "z = x", "// hello")
    assert (k.reduce_dims, k.no_return, k.return_tuple) == (False, False, True)
    assert k.kwargs == {"loop_prep": "int a", "options": ("-DA=1",)}
    x, y = k.in_params
    assert (x.name, x.ctype, x.dtype, x.raw, x.is_const) == ("x", "T", None, False, True)
    assert (y.name, y.ctype, y.dtype, y.raw, y.is_const) == ("y", None, np.float32, True, True)
    assert [p.name for p in k.out_params] == ["z", "w"] and not k.out_params[0].is_const
    assert [p.name for p in k.params] == ["x", "y", "z", "w"]
    again = pickle.loads(pickle.dumps(k))
    assert (again.name, again.operation, again.kwargs, again.reduce_dims, again.return_tuple) == (k.name, k.operation, k.kwargs, False, True)


def test_attributes_of_a_reduction_kernel():
    """A reduction tells what it was made of; a number is an identity too."""
    k = norm()
    assert (k.nin, k.nout, k.nargs, k.name, k.map_expr, k.reduce_expr, k.post_map_expr, k.identity) == (1, 1, 2, "l2norm", "x * x", "a + b", "y = sqrt(a)", "0")
    assert (k.reduce_type, k.reduce_dims, k.preamble, k.options) == ("T", True, "", ())
    assert cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", 0).identity == "0"
    assert cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", None).identity is None
    again = pickle.loads(pickle.dumps(cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0", "again", "double", preamble="// p", options=("-DA",))))
    assert (again.name, again.reduce_type, again.preamble, again.options) == ("again", "double", "// p", ("-DA",))


def test_attributes_of_raw_code():
    """Raw kernels and modules keep their arguments."""
    k = cp.RawKernel(ADD, "add", ("-DA=1",), enable_cooperative_groups=True)
    assert (k.code, k.name, k.__name__, k.options, k.backend, k.enable_cooperative_groups, k.file_path) == (ADD, "add", "add", ("-DA=1",), "nvrtc", True, None)
    m = cp.RawModule(code=ADD, name_expressions=["f<int>"])
    assert (m.code, m.options, m.backend, m.name_expressions, m.file_path) == (ADD, (), "nvrtc", ("f<int>",), None)
    again = pickle.loads(pickle.dumps(m))
    assert (again.code, again.name_expressions) == (ADD, ("f<int>",))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: cp.ElementwiseKernel("x", "T y", ""), ValueError, "Syntax error: x"),
        (lambda: cp.ElementwiseKernel("T x, ", "T y", ""), ValueError, "Syntax error"),
        (lambda: cp.ElementwiseKernel("f4 x", "T y", ""), ValueError, "Wrong type f4"),
        (lambda: cp.ElementwiseKernel("float x", "T y", ""), TypeError, "'float' not understood"),
        (lambda: cp.ElementwiseKernel("const T x", "T y", ""), ValueError, 'Unknown keyword "const"'),
        (lambda: cp.ElementwiseKernel("T i", "T y", ""), ValueError, "Can not use 'i' as a parameter name"),
        (lambda: cp.ElementwiseKernel("T n", "T y", ""), ValueError, "Can not use 'n' as a parameter name"),
        (lambda: cp.ElementwiseKernel("T x", "T x", ""), ValueError, "'x'"),
        (lambda: cp.ElementwiseKernel("T x", "T y", "", "no name"), ValueError, 'Invalid kernel name: "no name"'),
        (lambda: cp.ElementwiseKernel("T x", "T y", "", wrong=1), TypeError, "wrong"),
        (lambda: cp.ElementwiseKernel("T x", "T y", "", options="-DA"), TypeError, "tuple of strings"),
        (lambda: cp.ReductionKernel("", "T y", "", "", "", "0"), ValueError, "input"),
        (lambda: cp.ReductionKernel("T x", "raw T y", "", "", "", "0"), ValueError, "raw"),
        (lambda: cp.RawModule(), TypeError, "Exactly one"),
        (lambda: cp.RawModule(code=ADD, path="x.cubin"), TypeError, "Exactly one"),
        (lambda: cp.RawModule(path="/no/such/file.cubin"), OSError, "No such file"),
        (lambda: cp.RawModule(code=ADD, backend="nvcc", name_expressions=["add"]), ValueError, "nvcc tells no names"),
        (lambda: cp.RawKernel(ADD, "add", backend="nvcc", jitify=True), ValueError, "jitify"),
        (lambda: cp.RawKernel(ADD, "add", backend="gcc"), ValueError, "gcc"),
        (lambda: cp.RawKernel(ADD, "add", options="-DA"), TypeError, "tuple of strings"),
        (lambda: cp.RawModule(code=ADD, name_expressions="f"), TypeError, "sequence of strings"),
    ],
)
def test_wrong_kernels(make, error, words):
    """What is no kernel is refused when it is made."""
    with pytest.raises(error) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x, k: k(x), TypeError, "It must be either 2 or 3 (with outputs), but given 1."),
        (lambda x, k: k(x, x, x, x), TypeError, "but given 4"),
        (lambda x, k: k(x, x.astype("f8")), TypeError, "Type is mismatched. y <class 'numpy.float64'> <class 'numpy.float32'> T"),
        (lambda x, k: k(x, x, cp.zeros((2, 3))), TypeError, "Type is mismatched. x <class 'numpy.float32'> <class 'numpy.float64'> T"),
        (lambda x, k: k(x, x, cp.zeros((2, 1), "f")), ValueError, "Out shape is mismatched"),
        (lambda x, k: k(x, x, cp.broadcast_to(cp.zeros(3, "f"), (2, 3))), ValueError, "read-only"),
        (lambda x, k: k(x, x, np.zeros((2, 3), "f")), TypeError, "Output arguments type must be cuprous.ndarray"),
        (lambda x, k: k(x, np.zeros((2, 3), "f")), TypeError, "Unsupported type <class 'numpy.ndarray'>"),
        (lambda x, k: k(x, "1"), TypeError, "Unsupported type <class 'str'>"),
        (lambda x, k: k(x, cp.zeros(4, "f")), ValueError, "could not be broadcast together"),
        (lambda x, k: k(x, 1j), TypeError, "complex"),
        (lambda x, k: k(1, 2), ValueError, "Loop size is undecided."),
        (lambda x, k: k(1, 2, size=3), TypeError, "'T'"),
        (lambda x, k: k(x, x, size=3), ValueError, "Specified 'size' can be used only if all of the ndarray are 'raw'."),
        (lambda x, k: k(x, x, block_size=0), ValueError, "block_size must be greater than zero"),
        (lambda x, k: k(x, x, block_size=-1), ValueError, "block_size must be greater than zero"),
        (lambda x, k: k(x, x, wrong=1), TypeError, "Wrong arguments {'wrong': 1}"),
        (lambda x, k: cp.ElementwiseKernel("uint8 x, uint8 y", "uint8 z", "z = x")(cp.zeros(3, "u1"), 300), OverflowError, "300"),
        (lambda x, k: cp.ElementwiseKernel("float64 x", "float64 z", "z = x")(x), TypeError, "Type is mismatched. x <class 'numpy.float32'> <class 'numpy.float64'>"),
        (lambda x, k: cp.ElementwiseKernel("T x", "raw T z", "z[i] = x")(x), ValueError, "Output array size is Undecided"),
        (lambda x, k: norm()(x, axis=2), np.exceptions.AxisError, "axis 2 is out of bounds"),
        (lambda x, k: norm()(x, axis=(0, 0)), ValueError, "duplicate value in 'axis'"),
        (lambda x, k: norm()(x, x, x), TypeError, "Wrong number of arguments for l2norm"),
        (lambda x, k: norm()(x, axis=0, out=cp.zeros(2, "f")), ValueError, "Out shape is mismatched"),
        (lambda x, k: norm()(x, cp.zeros((), "f"), out=cp.zeros((), "f")), ValueError, "cannot specify 'out' as both a positional and keyword argument"),
        (lambda x, k: norm()(x, wrong=1), TypeError, "Wrong arguments {'wrong': 1}"),
        (lambda x, k: norm()(3), ValueError, "Loop size is undecided."),
        (lambda x, k: cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", None, "bare")(cp.zeros(0)), ValueError, "zero-size array to reduction operation bare which has no identity"),
        (lambda x, k: cp.RawKernel(ADD, "add")((1,), (1,), (np.array(["a"], object)[0:0].tolist,)), TypeError, "Unsupported type"),
        (lambda x, k: cp.RawKernel(ADD, "add")((1, 1, 1, 1), (1,), ()), ValueError, "grid must have 1 to 3 numbers"),
        (lambda x, k: cp.RawKernel(ADD, "add")((1,), (-1,), ()), ValueError, "negative"),
        (lambda x, k: cp.RawKernel(ADD, "add")((1,), (1,), (), shared_mem=-1), ValueError, "shared_mem must not be negative"),
    ],
)
def test_wrong_calls(call, error, words):
    """A call that cannot be is refused before anything is compiled, and the library goes on."""
    a, x = both("moderate", "f", (2, 3))
    with pytest.raises(error) as caught:
        call(x, squared())
    assert words in str(caught.value), str(caught.value)
    assert_same(x + 1, a + 1)


def test_nothing_to_do():
    """Without elements nothing runs, on any device."""
    x = cp.zeros((0, 3), "f")
    out = squared()(x, 1)
    assert out.shape == (0, 3) and out.dtype == np.float32
    assert cp.ElementwiseKernel("T x", "T y", "y = x", no_return=True)(x) is None
    assert isinstance(cp.ElementwiseKernel("T x", "T y", "y = x", return_tuple=True)(x), tuple)
    assert len(cp.ElementwiseKernel("T x", "T y, int8 z", "y = x")(x)) == 2
    out = cp.empty((0, 3), "f")
    assert squared()(x, x, out) is out
    assert norm()(x, axis=1).shape == (0,)


# What they compute.

DTYPES = "?bBhHiIlLefdFD"


def same(got, want, n_eps=4):
    """Equal bits; complex numbers up to some epsilons of the number as a whole, since sums of products are contracted."""
    if want.dtype.kind != "c":
        return assert_same(got, want)
    got = to_numpy(got)
    assert got.dtype == want.dtype and got.shape == want.shape
    assert np.all(np.abs(got - want) <= n_eps * np.finfo(want.dtype).eps * np.maximum(np.abs(want), 1)), np.abs(got - want).max()


@pytest.mark.parametrize("char", DTYPES)
def test_elementwise_dtypes(char):
    """A placeholder takes every dtype, in every layout."""
    k = cp.ElementwiseKernel("T x, T y", "T z", "z = x * y")
    for shape in ((), (1,), (1000,), (7, 33), (2, 3, 4, 5)):
        (a, x), (b, y) = both("moderate", char, shape, "first"), both("moderate", char, shape, "second")
        same(k(x, y), np.asarray(a * b))
        same(k(x.T, y.T), np.asarray(a * b).T)
    same(k(x[::-1, :, ::2, 1], y[0, :1, 1:3, 3]), a[::-1, :, ::2, 1] * b[0, :1, 1:3, 3])


def test_scalars_and_broadcasting():
    """Numbers of Python and of NumPy take the placeholder's dtype; shapes broadcast."""
    a, x = both("moderate", "f", (5, 1))
    b, y = both("moderate", "f", (4,))
    k = squared()
    assert_same(k(x, y), (a - b) * (a - b))
    assert_same(k(x, 5), (a - np.float32(5)) ** 2)
    assert_same(k(2.5, y), (np.float32(2.5) - b) ** 2)
    assert_same(k(x, np.float64(0.1)), (a - np.float32(0.1)) ** 2)
    assert_same(k(x, True), (a - np.float32(1)) ** 2)
    mixed = cp.ElementwiseKernel("T x, int64 k, complex64 z, bool flag, float16 h", "complex64 w", "w = flag ? z * x + (float)k : complex<float>(h, 0)")
    same(mixed(x, 3, 1 + 2j, True, 0), ((1 + 2j) * a + 3).astype("F"))
    assert_same(mixed(x, 3, 1 + 2j, False, 0.5), np.full((5, 1), 0.5, "F"))


def test_outputs():
    """Outputs may be given, overlap inputs, be several, or none."""
    a, x = both("moderate", "d", 1000)
    k = squared()
    out = cp.empty(1000)
    assert k(x, 1, out) is out
    assert_same(out, (a - 1) ** 2)
    strided = cp.zeros((1000, 3))
    k(x, 2, strided[:, 1])
    assert_same(strided[:, 1], (a - 2) ** 2)
    assert_same(strided[:, 0], np.zeros(1000))
    y = x.copy()
    k(y, 1, y)
    assert_same(y, (a - 1) ** 2)
    y = x.copy()
    k(y[1:], 0, y[:-1])
    assert_same(y[:-1], a[1:] ** 2)
    two = cp.ElementwiseKernel("T x", "T y, bool z", "y = -x; z = x > 0")
    y, z = two(x)
    assert_same(y, -a)
    assert_same(z, a > 0)
    assert cp.ElementwiseKernel("T x", "T y", "y = x", no_return=True)(x) is None
    inout = cp.ElementwiseKernel("_non_const T x", "", "x += 1")
    y = x.copy()
    assert inout(y) == ()
    assert_same(y, a + 1)


def test_raw_arguments():
    """Raw arrays are indexed by a flat index in C order or by an index for each axis."""
    a, x = both("moderate", "f", 100)
    reverse = cp.ElementwiseKernel("T x, raw T y", "T z", "z = x + y[_ind.size() - i - 1]")
    assert_same(reverse(x, x), a + a[::-1])
    gather = cp.ElementwiseKernel("raw T x, raw int64 at", "T z", "z = x[at[i]]")
    index = np.arange(99, -1, -2)
    with pytest.raises(ValueError, match="Loop size is undecided"):
        gather(x, cp.asarray(index))
    assert_same(gather(x, cp.asarray(index), size=50), a[index])
    b, y = both("moderate", "f", (6, 7))
    shape = cp.ElementwiseKernel("raw T x", "raw int64 out", "out[0] = x.size(); out[1] = x.shape()[0]; out[2] = x.shape()[1]; out[3] = x.strides()[0]; out[4] = x.ndim")
    got = cp.zeros(5, "l")
    shape(y.T, got, size=1)
    assert to_numpy(got).tolist() == [42, 7, 6, 4, 2]
    transposed = cp.ElementwiseKernel("raw T x", "T z", "ptrdiff_t at[] = {_ind.get()[1], _ind.get()[0]}; z = x[at]", reduce_dims=False)
    out = cp.empty((7, 6), "f")
    assert_same(transposed(y, out), b.T)
    flat = cp.ElementwiseKernel("raw T x", "T z", "z = x[i]")
    assert_same(flat(y.T, cp.empty(42, "f")), b.T.ravel())
    assert_same(flat(y[::2, ::-3], cp.empty(9, "f")), b[::2, ::-3].ravel())
    scatter = cp.ElementwiseKernel("T x", "raw T out", "atomicAdd(&out[i % 3], x)")
    total = cp.zeros(3, "i")
    scatter(cp.arange(99, dtype="i"), total)
    assert to_numpy(total).tolist() == [sum(range(k, 99, 3)) for k in range(3)]


def test_texts_around_the_loop():
    """Preamble, options, statements before and after the loop, and any number of threads."""
    a, x = both("moderate", "f", 1000)
    k = cp.ElementwiseKernel("T x", "T y", "y = twice(x) + START; count++", "around", preamble="template <typename A> __device__ A twice(A x) { return 2 * x; }", loop_prep="int count = 0", after_loop="if (count > 1) __trap()", options=("-DSTART=3",))
    assert_same(k(x, block_size=32), 2 * a + 3)
    assert_same(k(x, block_size=1024), 2 * a + 3)


def test_complex_functions():
    """Complex numbers have the usual functions."""
    for char in "FD":
        a = both("moderate", char, 300)[0]
        a = np.where(a == 0, a.dtype.type(1), a)  # the logarithm and the divisions have special cases there
        x = cp.asarray(a)
        for text, want in (
            ("exp(x / T(100))", np.exp(a / 100)), ("conj(x)", a.conj()), ("T(abs(x), arg(x))", np.abs(a) + 1j * np.angle(a)), ("x / T(1, 2)", a / (1 + 2j)),
            ("sqrt(x)", np.sqrt(a)), ("x * x - T(1)", a * a - 1), ("log(x)", np.log(a)), ("pow(x, 3)", a**3), ("sin(x / 10) + cos(x / 10) * tan(x / 20)", np.sin(a / 10) + np.cos(a / 10) * np.tan(a / 20)),
            ("tanh(x) + sinh(x / 5) - cosh(x / 5)", np.tanh(a) + np.sinh(a / 5) - np.cosh(a / 5)), ("T(real(x) * imag(x), norm(x))", a.real * a.imag + 1j * np.abs(a) ** 2),
        ):
            same(cp.ElementwiseKernel("T x", "T y", f"y = {text}")(x), want.astype(char), 64)


def test_elementwise_writes_pass_the_gate():
    """A value that was read before the kernel wrote keeps what it read, and inputs that wait are computed."""
    a, x = both("moderate", "f", 5000)
    later = x * 2 + 1
    part = x[::2]
    cp.ElementwiseKernel("T y", "T x", "x = y")(cp.zeros(5000, "f") + 7, x)
    assert_same(later, a * 2 + 1)
    assert_same(part, np.full(2500, 7, "f"))
    assert_same(squared()(later * 2, x + 1), ((a * 2 + 1) * 2 - np.float32(8)) ** 2)
    y = x * 3
    cp.ElementwiseKernel("T v", "raw T out", "out[2 * i] = v")(cp.arange(10, dtype="f"), x)
    assert_same(y, np.full(5000, 21, "f"))
    assert to_numpy(x)[:5].tolist() == [0, 7, 1, 7, 2]


@pytest.mark.parametrize("char", "bBilefdFD")
def test_reductions(char):
    """Sums over every choice of axes, in every layout."""
    k = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0", "user_sum")
    bare = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", None, "user_sum_bare")
    rng = np.random.default_rng(3)
    for shape in ((), (1,), (5,), (1000,), (100_003,), (30, 40), (7, 8, 9), (3, 1, 50, 2)):
        # Small whole numbers: every order of adding gives the same.
        a = np.asarray(rng.integers(0, 3, shape) if np.prod(shape) < 1500 else rng.random(shape) < 0.001).astype(char)
        x = cp.asarray(a)
        for axis in (None, 0, -1, (0, -1)) if a.ndim > 1 else (None,):
            for keepdims in (False, True):
                want = a.sum(axis=axis, keepdims=keepdims, dtype=a.dtype)
                assert_same(k(x, axis=axis, keepdims=keepdims), np.asarray(want))
                assert_same(bare(x.T, axis=None if axis is None else tuple(a.ndim - 1 - i % a.ndim for i in np.atleast_1d(axis))), np.asarray(a.sum(axis=axis, dtype=a.dtype)).T)
    assert_same(k(cp.zeros((0, 3), char), axis=0), np.zeros(3, char))
    assert_same(k(cp.zeros((0, 3), char)), np.zeros((), char))


def test_reductions_of_maps():
    """Several inputs, numbers, types of their own, places, several outputs and given ones."""
    a, x = both("moderate", "f", (50, 60))
    b, y = both("moderate", "f", (60,))
    dot = cp.ReductionKernel("T x, T y, float64 s", "float64 z", "x * y * s", "a + b", "z = a", "0", "dot")
    np.testing.assert_allclose(to_numpy(dot(x, y, 2, axis=1)), (a.astype("d") * b).sum(axis=1) * 2, rtol=1e-4, atol=1e-2)  # products are rounded to float32 or not
    np.testing.assert_allclose(to_numpy(norm()(x, axis=0)), np.sqrt((a * a).sum(axis=0)), rtol=1e-5)  # 50 sums in another order
    preamble = "template <typename A> struct Best { A value; long long at; __device__ Best() : value(0), at(-1) {} __device__ Best(A v, long long i) : value(v), at(i) {} };\ntemplate <typename A> __device__ Best<A> larger(Best<A> a, Best<A> b) { if (a.at < 0) return b; if (b.at < 0) return a; if (a.value == b.value) return a.at < b.at ? a : b; return a.value > b.value ? a : b; }"
    best = cp.ReductionKernel("T x", "int64 at, T value", "Best<T>(x, _J)", "larger(a, b)", "at = a.at; value = a.value", "Best<T>()", "best", "Best<T>", preamble=preamble)
    for axis in (None, 0, 1):
        for array, reference in ((x, a), (x.T, a.T)):
            at, value = best(array, axis=axis)
            assert_same(at, np.asarray(reference.argmax(axis=axis)))
            assert_same(value, np.asarray(reference.max(axis=axis)))
    mean = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a / (_in_ind.size() / _out_ind.size())", "0", "mean")
    assert_same(mean(cp.ones((4, 6)), axis=0), np.ones(6))
    table = cp.ReductionKernel("int32 x, raw T table", "T y", "table[x]", "a + b", "y = a", "0", "look_up")
    assert to_numpy(table(cp.asarray([0, 2, 2], "i"), cp.asarray([1.0, 10, 100]))).item() == 201
    out = cp.zeros((50, 2), "f")
    total = cp.ReductionKernel("T x", "T y", "x", "a + b", "y = a", "0")
    ones = cp.ones((50, 60), "f")
    given = out[:, 1]
    assert total(ones, given, axis=1) is given
    assert total(ones, axis=1, out=given) is given
    assert to_numpy(out).tolist() == [[0, 60]] * 50
    mean = cp.ReductionKernel(
        "T x, int32 i", "T y, int32 n", "Part(x + i, 1)", "Part(a.total + b.total, a.n + b.n)", "y = a.total / a.n; n = a.n", "Part(0, 0)", "mean", "Part",
        preamble="struct Part { double total; int n; __device__ Part() {} __device__ Part(double total, int n) : total(total), n(n) {} };",
    )
    middle, n = mean(cp.arange(12.0).reshape(3, 4), 1, axis=0)
    assert (to_numpy(middle).tolist(), to_numpy(n).tolist()) == ([5.0, 6.0, 7.0, 8.0], [3] * 4)
    some = cp.ReductionKernel("bool x", "bool y", "x", "a || b", "y = a", "false", "some")
    assert_same(some(x > 1e30, axis=0), (a > 1e30).any(axis=0))
    assert_same(total(x * 0 + 1, axis=1), np.full(50, 60, "f"))


def test_raw_kernels():
    """A raw kernel takes arrays by address and numbers by value."""
    (a, x), (b, y) = both("moderate", "f", 1000, "first"), both("moderate", "f", 1000, "second")
    k = cp.RawKernel(ADD, "add")
    z = cp.zeros(1000, "f")
    k((8,), (128,), (x, y, z, 1000))
    assert_same(z, a + b)
    k((8, 1, 1), (128, 1), (x + 1, y, z, np.int32(1000)), shared_mem=64, stream=cp.cuda.Stream.null)
    assert_same(z, a + np.float32(1) + b)
    assert (k.max_threads_per_block, k.kernel.name) == (1024, "add") and k.num_regs > 0 and k.binary_version >= 70
    assert {k.shared_size_bytes, k.const_size_bytes, k.local_size_bytes} >= {0} and set(k.attributes) >= {"num_regs", "ptx_version"}
    assert k.max_dynamic_shared_size_bytes >= 0
    k.max_dynamic_shared_size_bytes = 65536
    assert k.max_dynamic_shared_size_bytes == 65536
    k((1,), (32,), (x, y, z, 3), shared_mem=65536)
    values = cp.RawKernel('struct Pair { int i; float x; };\nextern "C" __global__ void f(double* out, float a, double b, signed char c, bool d, double2 e, void* null, unsigned long long g, Pair s) { out[0] = a; out[1] = b; out[2] = c; out[3] = d; out[4] = e.x; out[5] = e.y; out[6] = null == 0; out[7] = g; out[8] = s.i; out[9] = s.x; }', "f")
    out = cp.zeros(10)
    pair = np.array((7, 0.5), [("i", "i4"), ("x", "f4")])
    for s in (pair, pair[()], pair.tobytes()):
        values((1,), (1,), (out, np.float32(1.5), 2.5, -3, True, 1 + 2j, None, 2**63, s))
        assert to_numpy(out).tolist() == [1.5, 2.5, -3, 1, 1, 2, 1, 2.0**63, 7, 0.5]
        out[...] = 0


def test_raw_arguments_that_do_not_fit():
    """Too few arguments, too many, of a wrong width: errors, and the device goes on."""
    a, x = both("moderate", "f", 100)
    k = cp.RawKernel(ADD, "add")
    for args, error in (((x, x, x), TypeError), ((x, x, x, 1, 1), TypeError), ((x, x, x, 1.0), TypeError), ((x, x, x, 2**40), OverflowError), ((x, x, x, np.zeros(3)), TypeError), ((x, x, x, "a"), TypeError)):
        with pytest.raises(error):
            k((1,), (32,), args)
    for grid, block in (((0,), (1,)), ((1,), (0,)), ((1,), (4096,)), ((1, 1, 1 << 20), (1,)), ((1 << 40,), (1,))):
        with pytest.raises((ValueError, RuntimeError)):
            k(grid, block, (x, x, x, 100))
    with pytest.raises(RuntimeError, match="missing"):
        cp.RawKernel(ADD, "missing")((1,), (1,), ())
    assert_same(x + 1, a + 1)


def test_raw_writes_pass_the_gate():
    """Whatever still has to read an argument's memory reads it first, even beside a view that is passed."""
    a, x = both("moderate", "f", 3000)
    later, product = x * 2, x[1::2] * 3
    k = cp.RawKernel('extern "C" __global__ void fill(float* x, int n, float v) { for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] = v; }', "fill")
    k((1,), (256,), (x[:1], 3000, np.float32(4)))
    assert_same(later, a * 2)
    assert_same(product, a[1::2] * 3)
    assert_same(x, np.full(3000, 4, "f"))
    for n in range(20):
        # Memory that is freed while the kernel is queued is not handed to somebody else before it is done.
        y = cp.zeros(100_000, "f") + n
        k((1,), (32,), (y, 100_000, np.float32(n + 1)))
        total = y.sum()
        del y
        other = cp.zeros(100_000, "f")
        assert total.item() == 100_000 * (n + 1) and other.sum().item() == 0


def test_modules():
    """Functions by name and by expression, and global variables."""
    code = '__device__ int counter = 5;\n__constant__ float table[4];\ntemplate <typename T> __global__ void twice(T* x, int n) { for (int i = threadIdx.x; i < n; i += blockDim.x) x[i] = 2 * x[i] + OFFSET; }\nextern "C" __global__ void bump(float* x) { x[0] = table[1]; counter += 1; }\n'
    m = cp.RawModule(code=code, options=("-DOFFSET=1", "-std=c++14"), name_expressions=("twice<float>", "twice<double>"))
    for char, name in (("f", "twice<float>"), ("d", "twice<double>")):
        a, x = both("moderate", char, 70)
        m.get_function(name)((1,), (32,), (x, 70))
        assert_same(x, 2 * a + a.dtype.type(1))
    table = cp.ndarray((4,), "f", m.get_global("table"))
    table[...] = cp.asarray([1, 2, 3, 4], "f")
    counter = cp.ndarray((), "i", m.get_global("counter"))
    out = cp.zeros(1, "f")
    m.get_function("bump")((1,), (1,), (out,))
    assert to_numpy(out).item() == 2 and to_numpy(counter).item() == 6
    for missing in (lambda: m.get_function("twice<int>"), lambda: m.get_global("nothing")):
        with pytest.raises(RuntimeError) as caught:
            missing()
        assert "twice<double>" in str(caught.value)


def test_headers_of_cupy_and_cucomplex():
    """The headers that CuPy's users include are there, with or without CUDA's own."""
    code = '#include <cupy/complex.cuh>\n#include <cuComplex.h>\nextern "C" __global__ void f(complex<double>* z, cuDoubleComplex* w) { z[0] = exp(z[0]) * conj(z[1]); w[1] = cuCmul(w[0], make_cuDoubleComplex(0, 1)); }'
    z, w = cp.asarray([0, 1 + 2j]), cp.asarray([3 + 4j, 0])
    cp.RawKernel(code, "f", translate_cucomplex=True)((1,), (1,), (z, w))
    assert to_numpy(z)[0] == 1 - 2j and to_numpy(w)[1] == -4 + 3j


def test_cooperative_groups():
    """Blocks of a cooperative kernel can wait for each other."""
    code = '__device__ volatile int arrived = 0;\nextern "C" __global__ void f(int* x) { if (threadIdx.x == 0) { atomicAdd((int*)&arrived, 1); while (arrived % gridDim.x != 0) {} x[blockIdx.x] = arrived; } }'
    x = cp.zeros(4, "i")
    cp.RawKernel(code, "f", enable_cooperative_groups=True)((4,), (32,), (x,))
    assert to_numpy(x).tolist() == [4] * 4


def test_texts_that_were_compiled():
    """Kernels tell the texts that were compiled, by the types of the inputs; modules and kernels themselves compiled."""
    for k, text in ((squared(), "(x - y) * (x - y)"), (cp.ReductionKernel("T x, T y", "T z", "x * y", "a + b", "z = a", "0", "dot"), "x * y")):
        assert k.cached_codes == {}
        with pytest.raises(ValueError, match="not compiled yet"):
            k.cached_code
        x = cp.ones(5, "f")
        k(x, x)
        k(x.astype("d"), x.astype("d"))
        assert set(k.cached_codes) == {(np.float32, np.float32), (np.float64, np.float64)}
        assert k.cached_code in k.cached_codes.values() and all(text in code for code in k.cached_codes.values())
    m = cp.RawModule(code=ADD)
    assert m.module is m
    k = cp.RawKernel(ADD, "add")
    assert k.kernel is k
    with pytest.raises(cp.CompileError):
        cp.RawModule(code="nonsense").module


def test_compile_errors():
    """A text that does not compile raises an error with its lines, the log and the options; everything goes on."""
    a, x = both("moderate", "f", 100)
    wrong = cp.ElementwiseKernel("T x", "T y", "y = nothing_like_that(x)", "broken", options=("-DUSELESS=1",))
    for call in (lambda: wrong(x), lambda: cp.RawKernel("nonsense", "broken", ("-DUSELESS=1",)).compile(), lambda: cp.ReductionKernel("T x", "T y", "x", "a @ b", "y = a", "0", "broken", options=("-DUSELESS=1",))(x)):
        with pytest.raises(cp.cuda.compiler.CompileException) as caught:
            call()
        text = str(caught.value)
        assert "broken" in text and "-DUSELESS=1" in text and "   1 | " in text and "error" in text
        assert isinstance(caught.value, (cp.CompileError, RuntimeError))
    assert_same(squared()(x, 1), (a - 1) ** 2)


def test_compile_errors_are_dumped():
    """The exception writes itself to a file, as CuPy's does."""
    with pytest.raises(cp.cuda.compiler.CompileException) as caught:
        cp.RawModule(code="nonsense", options=("-DUSELESS=1",)).compile(log_stream=(log := io.StringIO()))
    caught.value.dump(file := io.StringIO())
    assert file.getvalue() == caught.value.get_message() + "\n" == str(caught.value) + "\n"
    assert all(part in file.getvalue() for part in ("-DUSELESS=1", "   1 | nonsense")) and "nonsense" in log.getvalue()


def test_other_compilers(monkeypatch, device):
    """nvcc is used on GPUs alone, where one that is missing is named; Jitify is never needed."""
    monkeypatch.setenv("NVCC", "/no/such/nvcc")
    x = cp.ones(5, "f")
    kernel = cp.RawKernel(ADD, "add", ("-DOTHER_COMPILERS", "-O3", "-Xcompiler", "-fopenmp"), backend="nvcc")
    assert kernel.backend == "nvcc"
    if device == "cuda":
        with pytest.raises(RuntimeError, match="/no/such/nvcc"):
            kernel((1,), (32,), (x, x, x, 5))
    else:
        kernel((1,), (32,), (x, x, x, 5))
        assert to_numpy(x).tolist() == [2.0] * 5
    x = cp.ones(5, "f")
    cp.RawKernel(ADD, "add", jitify=True)((1,), (32,), (x, x, x, 5))
    assert to_numpy(x).tolist() == [2.0] * 5


def test_handles_of_what_was_compiled():
    """Modules and kernels have a number of their own, the same for the same code."""
    m = cp.RawModule(code=ADD)
    k = m.get_function("add")
    assert isinstance(m.ptr, int) and isinstance(k.ptr, int) and 0 != m.ptr != k.ptr != 0
    assert (m.ptr, k.ptr) == (m.module.ptr, k.kernel.ptr) == (cp.RawModule(code=ADD).ptr, k.ptr)
