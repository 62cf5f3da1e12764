"""`cuprous.x.cutensor`: tensor operations by modes; and cuTENSOR itself, by its handles, where it is installed."""

import ctypes

import numpy as np
import pytest

import cuprous as cp
from cuprous.cuda import cutensor as lib
from cuprous.x import cutensor

EXTENTS = {"m": 3, "u": 4, "h": 5, "k": 6, "n": 2}
TOLERANCES = {"e": 2e-3, "f": 1e-6, "d": 1e-14, "F": 1e-6, "D": 1e-14}
on_a_gpu = pytest.mark.skipif(not cp.cuda.is_available(), reason="cuTENSOR needs a GPU")


def tensor(modes, char, seed=0):
    """Random numbers between 0.5 and 1.5 with the axes of `modes`."""
    r = np.random.default_rng([seed, len(modes)])
    x = r.uniform(0.5, 1.5, [EXTENTS[m] for m in modes])
    return (x + 1j * r.uniform(-1, 1, x.shape) if char in "FD" else x).astype(char)


def close(got, want, char):
    """Agreement to a few units of the result's dtype; sums of 30 products of numbers near 1 are behind each value."""
    assert got.dtype == np.dtype(char)
    np.testing.assert_allclose(got.get(), want, rtol=8 * TOLERANCES[char], atol=8 * TOLERANCES[char])


# Computed by cuprous, on any device


@pytest.mark.parametrize("char", "efdFD")
@pytest.mark.parametrize("alpha, beta", [(1, 0), (1.25, -0.5)])
def test_contraction(char, alpha, beta):
    """Axes that C lacks are summed over; the result replaces C and is returned."""
    a, b, c = tensor("mhkn", char), tensor("ukh", char, 1), tensor("nmu", char, 2)
    # Complex products in single precision lose more where real and imaginary parts cancel.
    wide = "D" if char in "FD" else "d"
    want = alpha * np.einsum("mhkn,ukh->nmu", a.astype(wide), b.astype(wide)) + beta * c.astype(wide)
    C = cp.asarray(c)
    got = cutensor.contraction(alpha, cp.asarray(a), tuple("mhkn"), cp.asarray(b), tuple("ukh"), beta, C, tuple("nmu"))
    assert got is C
    close(got, want, char)


def test_contraction_of_two_types():
    """Real by complex numbers of double precision, either way round."""
    a, b = tensor("mk", "d"), tensor("ku", "D")
    for x, y in ((a, b), (tensor("mk", "D"), tensor("ku", "d"))):
        C = cp.zeros((3, 4), complex)
        close(cutensor.contraction(1, cp.asarray(x), "mk", cp.asarray(y), "ku", 0, C, "mu"), x @ y, "D")


def test_what_is_multiplied_by_zero_is_not_read():
    """Whatever was in C does not matter where beta is 0."""
    a, b = tensor("mk", "f"), tensor("ku", "f")
    C = cp.full((3, 4), np.nan, cp.float32)
    close(cutensor.contraction(1, cp.asarray(a), "mk", cp.asarray(b), "ku", 0, C, "mu"), a @ b, "f")
    C = cp.full(3, np.nan, cp.float32)
    close(cutensor.reduction(1, cp.asarray(a), "mk", 0, C, "m"), a.sum(axis=1), "f")
    got = cutensor.elementwise_binary(1, cp.asarray(a), "mk", 0, cp.full((6, 3), np.inf, cp.float32), "km")
    np.testing.assert_array_equal(got.get(), a.T)


@pytest.mark.parametrize("op, reduce, char", [
    (*op, char)
    for op in (("OP_ADD", np.sum), ("OP_MUL", np.prod), ("OP_MAX", np.max), ("OP_MIN", np.min))
    for char in ("efdFD" if op[0] in ("OP_ADD", "OP_MUL") else "efd")
])
def test_reduction(op, reduce, char):
    """Sums, products, largest and smallest elements over the axes that C lacks; complex numbers have no order."""
    a, c = tensor("mkn", char), tensor("nm", char, 1)
    # Products of 6 numbers up to 1.5 are computed in half precision, factor by factor.
    want = 2 * reduce(a.astype("D" if char in "FD" else "d"), axis=1).T + 0.5 * c
    C = cp.asarray(c)
    assert cutensor.reduction(2, cp.asarray(a), tuple("mkn"), 0.5, C, tuple("nm"), op_reduce=getattr(lib, op)) is C
    np.testing.assert_allclose(C.get(), want, rtol=20 * TOLERANCES[char])


UNARY = {
    "OP_IDENTITY": lambda x: x, "OP_SQRT": np.sqrt, "OP_RELU": lambda x: np.maximum(x, 0), "OP_CONJ": np.conj, "OP_RCP": np.reciprocal,
    "OP_SIGMOID": lambda x: 1 / (1 + np.exp(-x)), "OP_TANH": np.tanh, "OP_EXP": np.exp, "OP_LOG": np.log, "OP_ABS": np.abs,
    "OP_NEG": np.negative, "OP_SIN": np.sin, "OP_COS": np.cos, "OP_TAN": np.tan, "OP_SINH": np.sinh, "OP_COSH": np.cosh,
    "OP_ASIN": np.arcsin, "OP_ACOS": np.arccos, "OP_ATAN": np.arctan, "OP_ASINH": np.arcsinh, "OP_ACOSH": np.arccosh,
    "OP_ATANH": np.arctanh, "OP_CEIL": np.ceil, "OP_FLOOR": np.floor,
}


@pytest.mark.parametrize("op", UNARY)
def test_unary_operators(op):
    """Each operator on the elements before they are scaled."""
    x = np.linspace(1, 2, 9) if op == "OP_ACOSH" else np.linspace(0.05, 0.95, 9) - (0.5 if op in ("OP_RELU", "OP_ABS", "OP_CEIL") else 0)
    got = cutensor.elementwise_binary(3, cp.asarray(x), ("i",), 0, cp.zeros(9), ("i",), op_A=getattr(lib, op))
    np.testing.assert_allclose(got.get(), 3 * UNARY[op](x), rtol=1e-14)


@pytest.mark.parametrize("op, join", [("OP_ADD", np.add), ("OP_MUL", np.multiply), ("OP_MAX", np.maximum), ("OP_MIN", np.minimum)])
def test_elementwise(op, join):
    """Two and three tensors: axes in another order, axes that one lacks, results of their own and in `out`."""
    a, b, c = tensor("km", "f"), tensor("n", "f", 1), tensor("mkn", "f", 2)
    A, B, C = map(cp.asarray, (a, b, c))
    number = getattr(lib, op)
    want = join(2 * a.T[:, :, None], 3 * c)
    got = cutensor.elementwise_binary(2, A, "km", 3, C, "mkn", op_AC=number)
    close(got, want, "f")
    np.testing.assert_array_equal(C.get(), c)
    got = cutensor.elementwise_trinary(2, A, "km", 3, B, "n", 4, C, "mkn", op_AB=number, op_ABC=number)
    close(got, join(join(2 * a.T[:, :, None], 3 * b), 4 * c), "f")
    out = cp.empty_like(C)
    assert cutensor.elementwise_trinary(2, A, "km", 3, B, "n", 4, C, "mkn", out=out, op_ABC=number) is out
    close(out, join(2 * a.T[:, :, None] + 3 * b, 4 * c), "f")
    assert cutensor.elementwise_binary(2, A, "km", 3, C, "mkn", C, op_AC=number) is C
    close(C, want, "f")


def test_modes():
    """Labels are characters or integers; modes of the same labels are equal."""
    mode = cutensor.create_mode("x", 7)
    assert repr(mode) == "mode(120, 7)" and mode == cutensor.create_mode(ord("x"), 7) != cutensor.create_mode("x") and mode.ndim == 2
    assert list((ctypes.c_int32 * 2).from_address(mode.data)) == [120, 7]
    with pytest.raises(TypeError, match="Cannot create tensor mode"):
        cutensor.create_mode(1.5)
    x = cp.ones((2, 3))
    np.testing.assert_array_equal(cutensor.reduction(1, x, cutensor.create_mode("a", 7), 0, cp.zeros(3), (7,)).get(), [2, 2, 2])


@pytest.mark.parametrize("call, error, message", [
    (lambda x, y: cutensor.elementwise_binary(1, x, "abc", 1, y, "abc"), ValueError, "ndim mismatch: 2 != 3"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "ab", 1, x, "ba"), ValueError, "the axes of mode 98 have 3 and 2 elements"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "ab", 1, x, "cd"), ValueError, "has axes that mode"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "aa", 1, x, "ab"), ValueError, "names an axis twice"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "ab", 1, x, "ab", out=y), ValueError, "shape mismatch"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "ab", 1, x, "ab", out=x.astype("f")), ValueError, "dtype mismatch"),
    (lambda x, y: cutensor.elementwise_binary(1, x, "ab", 1, x, "ab", op_A=lib.OP_ADD), ValueError, "no unary operator"),
    (lambda x, y: cutensor.elementwise_binary(1, x.astype(int), "ab", 1, x, "ab"), ValueError, "combination of dtypes"),
    (lambda x, y: cutensor.elementwise_trinary(1, x.astype("f"), "ab", 1, x, "ab", 1, x, "ab"), ValueError, "dtype mismatch"),
    (lambda x, y: cutensor.contraction(1, x, "ab", x, "ac", 0, x, "bd"), ValueError, "the axes of mode 98 have 3 and 2 elements"),
    (lambda x, y: cutensor.contraction(1, x, "ab", x, "cb", 0, x, "ad"), ValueError, "has axes that neither"),
    (lambda x, y: cutensor.contraction(1, x, "ab", x.astype("f"), "ab", 0, x, "ab"), ValueError, "combination of dtypes"),
    (lambda x, y: cutensor.reduction(1, x, "ab", 0, y, "abc"), ValueError, "has axes that mode"),
    (lambda x, y: cutensor.reduction(1, x, "ab", 0, x[0], "b", op_reduce=lib.OP_EXP), ValueError, "no reducing operator"),
])
def test_bad_calls(call, error, message):
    """What does not fit is an error before anything is written."""
    x, y = cp.ones((2, 3)), cp.zeros((2, 3, 4))
    with pytest.raises(error, match=message):
        call(x, y)
    assert float(x.sum()) == 6 and not y.any()


def test_nothing_and_numbers():
    """Empty tensors and those without axes."""
    assert float(cutensor.reduction(2, cp.ones((2, 3)), "ab", 1, cp.asarray(0.5), ())) == 12.5
    assert float(cutensor.contraction(1, cp.ones((0, 3)), "ab", cp.ones((3, 0)), "ba", 1, cp.asarray(0.5), ())) == 0.5
    assert cutensor.elementwise_binary(1, cp.ones((0, 3)), "ab", 1, cp.ones((0, 3)), "ab").shape == (0, 3)


def test_results_are_where_the_operands_are():
    """Operands on the CPU give results there, whatever the default device is; also where a factor is 0."""
    x = cp.ones((2, 3), device="cpu")
    for gamma in (0, 2):
        assert cutensor.elementwise_binary(1, x, "ab", gamma, x, "ab").device == x.device
    c = cp.ones((2, 2), device="cpu")
    cutensor.contraction(1, x, "ab", x, "cb", 0, c, "ac")
    np.testing.assert_array_equal(c.get(), np.full((2, 2), 3))


def test_availability():
    """What is computed here is there on any device."""
    assert cutensor.check_availability("contraction") and not cutensor.check_availability("contractMg")


# The library itself


def test_precisions_have_numbers():
    """A precision that the library does not know is an error without it."""
    with pytest.raises(ValueError, match="descCompute must be one of 1 .COMPUTE_DESC_16F."):
        lib.createContraction(*range(12), 7)


def handle():
    """The handle of cuTENSOR; skips where it is not installed."""
    if not lib.available:
        pytest.skip("cuTENSOR is not installed")
    return cp.cuda.Device().cutensor_handle


@on_a_gpu
def test_version():
    """Versions are numbers; the handle of a device is one object for each thread."""
    h = handle()
    assert lib.get_version() >= 20000 and lib.get_cudart_version() >= 12000
    assert h is cp.cuda.Device().cutensor_handle is cp.cuda.device.get_cutensor_handle() and h.ptr


def scalar(value, char):
    """A number on the host, for its address."""
    return np.asarray(value, char)


@on_a_gpu
@pytest.mark.parametrize("char", "fdFD")
def test_contraction_by_the_library(char):
    """A contraction through descriptor, preference and plan, on a stream of its own behind what is queued there."""
    h = handle()
    a, b, c = tensor("mhkn", char), tensor("ukh", char, 1), tensor("nmu", char, 2)
    with cp.cuda.Stream():
        A, B, C = cp.asarray(a) * 2, cp.asarray(b), cp.asarray(c)
        modes = [cutensor.create_mode(*m) for m in ("mhkn", "ukh", "nmu")]
        descs = [cutensor.create_tensor_descriptor(x) for x in (A, B, C)]
        assert cutensor.create_tensor_descriptor(cp.asarray(a)) is descs[0]
        triples = [x for d, m in zip(descs, modes) for x in (d, m, lib.OP_IDENTITY)]
        operation, preference = cutensor.create_contraction(*triples), cutensor.create_plan_preference()
        size = lib.estimateWorkspaceSize(h.ptr, operation.ptr, preference.ptr, lib.WORKSPACE_RECOMMENDED)
        plan = cutensor.create_plan(operation, preference, size)
        needed = np.zeros(1, np.uint64)
        lib.planGetAttribute(h.ptr, plan.ptr, lib.PLAN_REQUIRED_WORKSPACE, needed.ctypes.data, 8)
        assert needed[0] <= size
        workspace = cp.empty(max(size, 1), cp.int8)
        alpha, beta = scalar(1.5, char), scalar(-1, char)
        lib.contract(
            h, plan, alpha.ctypes.data, A.data.ptr, B.data.ptr, beta.ctypes.data, C.data.ptr, C.data.ptr, workspace.data.ptr, size
        )
        close(C + 0, 3 * np.einsum("mhkn,ukh->nmu", a, b) - c, char)


@on_a_gpu
def test_element_wise_by_the_library():
    """Two and three tensors, and a permutation, by calls with numbers alone."""
    h = handle()
    a, c = tensor("mkn", "f"), tensor("nmk", "f", 1)
    A, C, D = cp.asarray(a), cp.asarray(c), cp.zeros(c.shape, cp.float32)
    mode_a, mode_c = cutensor.create_mode(*"mkn"), cutensor.create_mode(*"nmk")
    da, dc = cutensor.create_tensor_descriptor(A), cutensor.create_tensor_descriptor(C)
    preference, two, three = cutensor.create_plan_preference(), scalar(2, "f"), scalar(3, "f")
    binary = cutensor.create_elementwise_binary(da, mode_a, lib.OP_IDENTITY, dc, mode_c, lib.OP_NEG, dc, mode_c, lib.OP_ADD)
    plan = cutensor.create_plan(binary, preference)
    lib.elementwiseBinaryExecute(h, plan, two.ctypes.data, A.data.ptr, three.ctypes.data, C.data.ptr, D.data.ptr)
    moved = a.transpose(2, 0, 1)
    close(D, 2 * moved - 3 * c, "f")
    trinary = cutensor.create_elementwise_trinary(
        da, mode_a, lib.OP_IDENTITY, dc, mode_c, lib.OP_IDENTITY, dc, mode_c, lib.OP_IDENTITY, dc, mode_c, lib.OP_MUL, lib.OP_ADD
    )
    lib.elementwiseTrinaryExecute(
        h, cutensor.create_plan(trinary, preference), two.ctypes.data, A.data.ptr, three.ctypes.data, C.data.ptr, two.ctypes.data,
        C.data.ptr, D.data.ptr,
    )
    close(D, 6 * moved * c + 2 * c, "f")
    operation = lib.createPermutation(h, da, mode_a.data, lib.OP_IDENTITY, dc, mode_c.data, lib.COMPUTE_DESC_32F)
    raw = lib.createPlan(h, operation, preference, 0)
    lib.permute(h, raw, three.ctypes.data, A.data.ptr, D.data.ptr)
    close(D, 3 * moved, "f")
    lib.destroyPlan(raw)
    lib.destroyOperationDescriptor(operation)


@on_a_gpu
def test_reduction_by_the_library():
    """A sum over two axes."""
    h = handle()
    a = tensor("mhkn", "f")
    A, C = cp.asarray(a), cp.zeros((2, 3), cp.float32)
    operation = cutensor.create_reduction(
        cutensor.create_tensor_descriptor(A), cutensor.create_mode(*"mhkn"), lib.OP_IDENTITY, cutensor.create_tensor_descriptor(C),
        cutensor.create_mode(*"nm"), lib.OP_IDENTITY, lib.OP_ADD,
    )
    preference = cutensor.create_plan_preference()
    size = lib.estimateWorkspaceSize(h, operation, preference, lib.WORKSPACE_RECOMMENDED)
    workspace, one, zero = cp.empty(max(size, 1), cp.int8), scalar(1, "f"), scalar(0, "f")
    plan = cutensor.create_plan(operation, preference, size)
    lib.reduce(h, plan, one.ctypes.data, A.data.ptr, zero.ctypes.data, C.data.ptr, C.data.ptr, workspace.data.ptr, size)
    close(C, a.sum(axis=(1, 2)).T, "f")


@on_a_gpu
def test_failures_of_the_library():
    """A type that the library lacks and a handle of nothing are errors with names; the next call works."""
    h = handle()
    with pytest.raises(lib.CuTensorError, match="CUTENSOR_STATUS_") as caught:
        lib.createTensorDescriptor(h, 1, np.array([3]).ctypes.data, 0, 999, 4)
    assert caught.value.status in (lib.STATUS_INVALID_VALUE, lib.STATUS_NOT_SUPPORTED)
    with pytest.raises(lib.CuTensorError, match="CUTENSOR_STATUS_"):
        lib.createPlanPreference(0, lib.ALGO_DEFAULT, lib.JIT_MODE_NONE)
    with pytest.raises(TypeError, match="dtype is not supported"):
        cutensor.create_tensor_descriptor(cp.ones(3, int))
    lib.destroyPlanPreference(lib.createPlanPreference(h, lib.ALGO_DEFAULT, lib.JIT_MODE_NONE))
