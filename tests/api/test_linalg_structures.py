"""Matrices with a structure that breaks algorithms: without enough eigenvectors, without rank, graded, of permutations, of zeros."""

import cuprous as cp
import numpy as np
import pytest


def ramp(n):
    """Numbers without a pattern."""
    return np.random.default_rng(n).standard_normal((n, n))


STRUCTURES = {
    "identity": np.eye,
    "zeros": lambda n: np.zeros((n, n)),
    "negative zeros": lambda n: -0.0 * np.eye(n),
    "ones": lambda n: np.ones((n, n)),
    "rank one": lambda n: np.outer(ramp(n)[0], ramp(n)[:, 0]),
    "hilbert": lambda n: 1 / (np.arange(n)[:, None] + np.arange(n) + 1.0),
    "one eigenvector": lambda n: 2 * np.eye(n) + np.eye(n, k=1),
    "nilpotent": lambda n: np.eye(n, k=1),
    "two blocks": lambda n: np.eye(n) + np.eye(n, k=1) * (np.arange(n) < n // 2)[:, None],
    "permutation": lambda n: np.eye(n)[np.random.default_rng(n).permutation(n)],
    "cycle": lambda n: np.roll(np.eye(n), 1, axis=0),
    "integers": lambda n: np.random.default_rng(n).integers(-3, 4, (n, n)).astype(float),
    "triangular": lambda n: np.triu(ramp(n)),
    "graded": lambda n: 10.0 ** -np.arange(n)[:, None] * ramp(n),
    "skew": lambda n: ramp(n) - ramp(n).T,
    "companion": lambda n: np.eye(n, k=-1) + np.outer(np.eye(n)[0], ramp(n)[0]),
    "turns": lambda n: np.kron(np.eye((n + 1) // 2), [[0, 1], [-1, 0]])[:n, :n],
    "least numbers": lambda n: np.full((n, n), 5e-324),
    "least integers": lambda n: 5e-324 * np.outer(*np.random.default_rng(n).integers(-3, 4, (2, n))),
}


@pytest.mark.parametrize("n", [1, 2, 3, 16, 17, 20, 33, 150])
@pytest.mark.parametrize("dtype", "fdFD")
@pytest.mark.parametrize("structure", STRUCTURES)
def test_factors_give_the_matrix_back(structure, dtype, n):
    """Residuals within the dtype's precision, orthogonal factors orthogonal, vectors of length 1, nothing lost."""
    a = STRUCTURES[structure](n).astype(dtype)
    exact, eye = a.astype("D"), np.eye(n)
    norm = max(np.linalg.norm(exact, 2), 1e-300)
    bound = 300 * n * np.finfo(dtype).eps

    def small(residual, scale, what):
        size = np.linalg.norm(residual)
        assert size <= bound * scale, f"{what}: {size:.3g} beyond {bound * scale:.3g}"

    def parts(result):
        return [part.get().astype("D") for part in result]

    x = cp.asarray(a)
    u, s, vh = parts(cp.linalg.svd(x))
    small((u * s) @ vh - exact, norm, "U S V^H")
    small(u.conj().T @ u - eye, 1, "U")
    small(vh @ vh.conj().T - eye, 1, "V")
    q, r = parts(cp.linalg.qr(x))
    small(q @ r - exact, norm, "Q R")
    small(q.conj().T @ q - eye, 1, "Q")
    w, v = parts(cp.linalg.eig(x))
    # Without balancing rows of all sizes cost digits: NumPy's own residual is half of the bound for 150 of them.
    small(exact @ v - v * w, norm * (20 if structure == "graded" else 1), "A V - V W")
    small(np.linalg.norm(v, axis=0) - 1, 1, "lengths of V")
    small(cp.linalg.eigvals(x).get().sum() - np.trace(exact), norm * n, "sum of eigenvalues")
    h = ((a + a.conj().T) / 2).astype(dtype)
    w, v = parts(cp.linalg.eigh(cp.asarray(h)))
    small(h.astype("D") @ v - v * w, norm, "H V - V W")
    small(v.conj().T @ v - eye, 1, "V of H")
    if structure not in ("hilbert", "graded"):
        assert int(cp.linalg.matrix_rank(x)) == np.linalg.matrix_rank(a)


@pytest.mark.parametrize("n", [1, 2, 3, 16, 33])
@pytest.mark.parametrize("dtype", "fdFD")
@pytest.mark.parametrize("structure", STRUCTURES)
def test_systems(structure, dtype, n):
    """What is solved, inverted or a determinant is so as with NumPy, and what is singular is so too."""
    a = STRUCTURES[structure](n).astype(dtype)
    if not structure.startswith("least") and np.linalg.cond(a.astype("D")) < 0.01 / np.finfo(dtype).eps:
        x, b = cp.asarray(a), np.arange(1, n + 1).astype(dtype)
        small = 300 * n * np.finfo(dtype).eps * np.linalg.cond(a.astype("D"))
        np.testing.assert_allclose(cp.linalg.solve(x, cp.asarray(b)).get(), np.linalg.solve(a, b), rtol=0, atol=small * np.abs(np.linalg.solve(a, b)).max())
        np.testing.assert_allclose(cp.linalg.inv(x).get(), np.linalg.inv(a), rtol=0, atol=small * np.abs(np.linalg.inv(a)).max())
        np.testing.assert_allclose(cp.linalg.slogdet(x)[1].get(), np.linalg.slogdet(a)[1], rtol=0, atol=small)
    elif structure in ("zeros", "negative zeros", "nilpotent"):
        for name in ("inv", "slogdet", "det"):
            function = getattr(np.linalg, name)
            if name == "inv":
                for call in (lambda: cp.linalg.inv(cp.asarray(a)), lambda: np.linalg.inv(a)):
                    with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
                        call()
            else:
                got, want = getattr(cp.linalg, name)(cp.asarray(a)), function(a)
                for g, w in zip(got, want) if name == "slogdet" else [(got, want)]:
                    np.testing.assert_array_equal(g.get(), w)
    elif not structure.startswith("least"):
        assert np.isfinite(cp.linalg.det(cp.asarray(a)).get())
