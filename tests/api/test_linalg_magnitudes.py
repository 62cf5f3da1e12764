"""Matrices whose numbers are near the ends of their dtype: squares overflow or vanish there, decompositions must not."""

import cuprous as cp
import numpy as np
import pytest

SCALES = {"f": (1e37, 1e25, 1e4, 1e5, 1e-4, 1e-5, 1e-25, 1e-37), "d": (1e300, 1e160, 1e38, 1e39, 1e-38, 1e-39, 1e-160, 1e-300)}
SCALES |= {"F": SCALES["f"], "D": SCALES["d"]}


def matrix(n, dtype):
    """Well conditioned, with the singular values 1 to 2, so that all results are known to a few roundings."""
    rng = np.random.default_rng(n)
    draw = lambda: np.linalg.qr(rng.standard_normal((n, n)) + (1j * rng.standard_normal((n, n)) if dtype in "FD" else 0))[0]  # noqa: E731
    return (draw() * np.linspace(1, 2, n)) @ draw()


def hermitian(n, dtype):
    """The same with eigenvalues of both signs."""
    q = np.linalg.qr(matrix(n, dtype))[0]
    return (q * np.linspace(-2, 1, n)) @ q.conj().T


@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("scale", range(8))
@pytest.mark.parametrize("dtype", "fdFD")
@pytest.mark.parametrize("is_stack", [False, True], ids=["one", "stack"])
def test_decompositions(is_stack, dtype, scale, n):
    """Values are those of the matrix near 1 times the scale, and the factors give the matrix back."""
    scale = SCALES[dtype][scale]
    tolerance = 400 * n * np.finfo(dtype).eps

    def given(a):
        a = (a * scale).astype(dtype)
        # In a stack each matrix has a magnitude of its own.
        return cp.asarray(np.stack([a, a / np.dtype(dtype).type(scale)]) if is_stack else a)

    def near(got, want, what):
        got = got.get().astype("D") / scale
        if is_stack:
            np.testing.assert_allclose(got[1] * scale, want, rtol=0, atol=tolerance * 4, err_msg=what)
            got = got[0]
        np.testing.assert_allclose(got, want, rtol=0, atol=tolerance * 4, err_msg=what)

    a, h = matrix(n, dtype), hermitian(n, dtype)
    adjoint = lambda x: cp.conj(cp.swapaxes(x, -1, -2))  # noqa: E731
    x, y = given(a), given(h)
    u, s, vh = cp.linalg.svd(x)
    near(s, np.linalg.svd(a, compute_uv=False), "singular values")
    near((u * s[..., None, :]) @ vh, a, "U S V^H")
    near(cp.linalg.svdvals(x), np.linalg.svd(a, compute_uv=False), "singular values alone")
    w, v = cp.linalg.eigh(y)
    near(w, np.linalg.eigvalsh(h), "eigenvalues")
    near((v * w[..., None, :]) @ adjoint(v), h, "V W V^H")
    near(cp.linalg.eigvalsh(y), np.linalg.eigvalsh(h), "eigenvalues alone")
    q, r = cp.linalg.qr(x)
    near(q @ r, a, "Q R")
    assert float(cp.abs(adjoint(q) @ q - cp.eye(n)).max()) < tolerance
    w, v = cp.linalg.eig(x)
    assert float(cp.abs(cp.linalg.norm(v, axis=-2) - 1).max()) < tolerance
    near(x @ v - v * w[..., None, :], np.zeros((n, n)), "A V - V W")
    assert cp.linalg.matrix_rank(x).get().tolist() == ([n, n] if is_stack else n)
    np.testing.assert_allclose(cp.linalg.cond(x).get(), np.linalg.cond(a), rtol=tolerance * 4)


@pytest.mark.parametrize("dtype", "fdFD")
def test_columns_of_other_magnitudes(dtype):
    """Within one matrix too: a column that is almost nothing is no division by zero."""
    tiny = {"f": 1e-30, "d": 1e-250}[dtype.lower()]
    a = matrix(6, dtype)
    a[:, 2] *= tiny
    a = a.astype(dtype)
    q, r = (part.get() for part in cp.linalg.qr(cp.asarray(a)))
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(q.conj().T @ q, np.eye(6), atol=tolerance)
    np.testing.assert_allclose(q @ r, a, atol=tolerance)
    np.testing.assert_allclose(cp.linalg.svd(cp.asarray(a), compute_uv=False).get(), np.linalg.svd(a, compute_uv=False), atol=tolerance)


@pytest.mark.parametrize("scale", [1e150, 1e-150])
def test_systems(scale):
    """Least squares, pseudo-inverses and norms see the same numbers."""
    a, b = matrix(5, "d") * scale, np.arange(5.0)
    for name in ("lstsq", "solve"):
        got, want = getattr(cp.linalg, name)(cp.asarray(a), cp.asarray(b)), getattr(np.linalg, name)(a, b)
        got, want = (got[0], want[0]) if name == "lstsq" else (got, want)
        np.testing.assert_allclose(got.get(), want, rtol=1e-12)
    np.testing.assert_allclose(cp.linalg.pinv(cp.asarray(a)).get(), np.linalg.pinv(a), rtol=1e-11, atol=1e-13 / scale)
    np.testing.assert_allclose(float(cp.linalg.norm(cp.asarray(a), 2)), np.linalg.norm(a, 2), rtol=1e-13)
