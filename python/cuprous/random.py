"""Random numbers: one counter-based generator, Philox 4x32-10, with the same stream on every device.

Parameters out of range raise as in NumPy where the host knows them. The elements of arrays on a device are not read
to check them: where one is out of range the result is NaN, or the smallest integer.
"""

import numbers
import operator
import warnings
from functools import wraps
from inspect import signature

from cuprous import _core
from cuprous._bit_generators import (
    MT19937, PCG64, PCG64DXSM, SFC64, XORWOW, BitGenerator, MRG32k3a, Philox, Philox4x3210, SeedSequence, _key_of,
)


class _Distributions:
    """What `RandomState` and `Generator` draw alike."""

    def _draw(self, name, parameters, size, dtype, out=None):
        return self._stream.draw(name, parameters, size, dtype, out)

    def beta(self, a, b, size=None, dtype=float):
        """Numbers between 0 and 1 of the beta distribution of two shapes."""
        return self._draw("beta", (a, b), size, dtype)

    def binomial(self, n, p, size=None, dtype=int):
        """How many of `n` trials succeed, each with probability `p`."""
        return self._draw("binomial", (n, p), size, dtype)

    def bytes(self, length):
        """Random bytes, on the host."""
        length = int(length)
        if length >= 0:
            return self._stream.bytes(length)
        # NumPy slices the bytes of as many words as its division gives.
        words = 1 - (1 - length) // 4
        if words < 0:
            raise ValueError("negative dimensions are not allowed")
        return self._stream.bytes(4 * words)[:length]

    def chisquare(self, df, size=None, dtype=float):
        """Sums of the squares of `df` standard normal numbers."""
        return self._draw("chisquare", (df,), size, dtype)

    def dirichlet(self, alpha, size=None, dtype=float):
        """Shares of a whole, along the last axis, of Dirichlet's distribution."""
        len(alpha)
        return self._stream.dirichlet(alpha, size, dtype)

    def exponential(self, scale=1.0, size=None, dtype=float):
        """Waiting times of mean `scale`."""
        return self._draw("exponential", (scale,), size, dtype)

    def f(self, dfnum, dfden, size=None, dtype=float):
        """Ratios of two chi-square numbers, each divided by its degrees of freedom."""
        return self._draw("f", (dfnum, dfden), size, dtype)

    def gamma(self, shape, scale=1.0, size=None, dtype=float):
        """Numbers of the gamma distribution."""
        return self._draw("gamma", (shape, scale), size, dtype)

    def geometric(self, p, size=None, dtype="l"):
        """The trial of the first success, each with probability `p`."""
        return self._draw("geometric", (p,), size, dtype)

    def gumbel(self, loc=0.0, scale=1.0, size=None, dtype=float):
        """Numbers of the Gumbel distribution of largest values."""
        return self._draw("gumbel", (loc, scale), size, dtype)

    def hypergeometric(self, ngood, nbad, nsample, size=None, dtype="l"):
        """How many good ones are in a sample of good and bad ones."""
        return self._draw("hypergeometric", (ngood, nbad, nsample), size, dtype)

    def laplace(self, loc=0.0, scale=1.0, size=None, dtype=float):
        """Numbers of the Laplace distribution."""
        return self._draw("laplace", (loc, scale), size, dtype)

    def logistic(self, loc=0.0, scale=1.0, size=None, dtype=float):
        """Numbers of the logistic distribution."""
        return self._draw("logistic", (loc, scale), size, dtype)

    def lognormal(self, mean=0.0, sigma=1.0, size=None, dtype=float):
        """Numbers whose logarithms are normal."""
        return self._draw("lognormal", (mean, sigma), size, dtype)

    def logseries(self, p, size=None, dtype="l"):
        """Numbers of the logarithmic series distribution."""
        return self._draw("logseries", (p,), size, dtype)

    def multinomial(self, n, pvals, size=None):
        """How `n` trials fall on outcomes of the probabilities `pvals`."""
        return self._stream.multinomial(n, pvals, size)

    def multivariate_normal(self, mean, cov, size=None, check_valid="ignore", tol=1e-8, method="cholesky", dtype=float):
        """Vectors of the normal distribution of a mean and a covariance."""
        return _normal_vectors(self._stream, mean, cov, size, check_valid, tol, method, dtype)

    def negative_binomial(self, n, p, size=None, dtype=int):
        """How many trials fail before `n` succeed, each with probability `p`."""
        return self._draw("negative_binomial", (n, p), size, dtype)

    def noncentral_chisquare(self, df, nonc, size=None, dtype=float):
        """Chi-square numbers whose normal numbers have means of the sum of squares `nonc`."""
        return self._draw("noncentral_chisquare", (df, nonc), size, dtype)

    def noncentral_f(self, dfnum, dfden, nonc, size=None, dtype=float):
        """Ratios of a noncentral and a central chi-square number, each divided by its degrees of freedom."""
        return self._draw("noncentral_f", (dfnum, dfden, nonc), size, dtype)

    def normal(self, loc=0.0, scale=1.0, size=None, dtype=float):
        """Normal numbers of mean `loc` and deviation `scale`."""
        return self._draw("normal", (loc, scale), size, dtype)

    def pareto(self, a, size=None, dtype=float):
        """Numbers of the Pareto distribution of the second kind."""
        return self._draw("pareto", (a,), size, dtype)

    def poisson(self, lam=1.0, size=None, dtype="l"):
        """How many events happen where `lam` are expected."""
        return self._draw("poisson", (lam,), size, dtype)

    def power(self, a, size=None, dtype=float):
        """Numbers between 0 and 1 whose density is a power, `a - 1`."""
        return self._draw("power", (a,), size, dtype)

    def rayleigh(self, scale=1.0, size=None, dtype=float):
        """Lengths of vectors of two normal numbers."""
        return self._draw("rayleigh", (scale,), size, dtype)

    def standard_cauchy(self, size=None, dtype=float):
        """Numbers of the Cauchy distribution."""
        return self._draw("standard_cauchy", (), size, dtype)

    def standard_t(self, df, size=None, dtype=float):
        """Numbers of Student's distribution."""
        return self._draw("standard_t", (df,), size, dtype)

    def triangular(self, left, mode, right, size=None, dtype=float):
        """Numbers whose density rises from `left` to `mode` and falls to `right`."""
        return self._draw("triangular", (left, mode, right), size, dtype)

    def vonmises(self, mu, kappa, size=None, dtype=float):
        """Angles around `mu`, the nearer to it the larger `kappa`."""
        return self._draw("vonmises", (mu, kappa), size, dtype)

    def wald(self, mean, scale, size=None, dtype=float):
        """Numbers of the inverse Gauss distribution."""
        return self._draw("wald", (mean, scale), size, dtype)

    def weibull(self, a, size=None, dtype=float):
        """Numbers of the Weibull distribution."""
        return self._draw("weibull", (a,), size, dtype)

    def zipf(self, a, size=None, dtype=int):
        """Numbers whose probability falls with the power `a`."""
        return self._draw("zipf", (a,), size, dtype)


def _normal_vectors(stream, mean, cov, size, check_valid, tol, method, dtype):
    if method not in ("eigh", "svd", "cholesky"):
        raise ValueError("method must be one of {'eigh', 'svd', 'cholesky'}")
    mean, cov = _core.asarray(mean), _core.asarray(cov)
    if mean.ndim != 1:
        raise ValueError("mean must be 1 dimensional")
    if cov.ndim != 2 or cov.shape[0] != cov.shape[1]:
        raise ValueError("cov must be 2 dimensional and square")
    if mean.shape[0] != cov.shape[0]:
        raise ValueError("mean and cov must have same length")
    if check_valid not in ("warn", "raise", "ignore"):
        raise ValueError("check_valid must equal 'warn', 'raise', or 'ignore'")
    factor = _factor(cov.astype(float), method)
    # Only where it is asked for: the answer is read from the device.
    if check_valid != "ignore" and not _core.allclose(factor @ factor.T, cov, rtol=tol, atol=tol):
        words = "covariance is not symmetric positive-semidefinite."
        if check_valid == "raise":
            raise ValueError(words)
        warnings.warn(words, RuntimeWarning, stacklevel=3)
    return stream.normal_vectors(mean.astype(dtype), factor.astype(dtype), size, dtype)


def _factor(cov, method):
    """A matrix whose product with its own transpose is the covariance."""
    from cuprous import linalg

    if method == "cholesky":
        return linalg.cholesky(cov)
    if method == "eigh":
        values, vectors = linalg.eigh(cov)
        return vectors * _core.sqrt(_core.maximum(values, 0.0))
    _, values, vectors = linalg.svd(cov)
    return vectors.T * _core.sqrt(values)


def _population(a):
    """What is chosen from: the number of things, and the array if there is one."""
    if isinstance(a, _core.ndarray):
        return (None, a) if a.ndim else (int(a.item()), None)
    try:
        return operator.index(a), None
    except TypeError:
        return None, _core.asarray(a)


class RandomState(_Distributions):
    """A stream of random numbers under NumPy's older names.

    Parameters
    ----------
    seed : int, sequence of int or SeedSequence, optional
        Where the stream begins; by default somewhere.
    method : optional
        The number of cuRAND's generator in CuPy; it has no effect.
    """

    def __init__(self, seed=None, method=None):
        self.method = method
        self._stream = _core.RandomStream(_seed_key(seed))

    def seed(self, seed=None):
        """Starts the stream of a seed, or of one from the operating system."""
        self._stream.set_state(_seed_key(seed), 0)

    def get_state(self, legacy=True):
        """Key and next block of the stream; `legacy` has no effect, for there is one form."""
        key, block = self._stream.state()
        return {"bit_generator": "Philox4x3210", "state": {"key": key, "block": block}}

    def set_state(self, state):
        """Goes on from what `get_state` gave."""
        self._stream.set_state(state["state"]["key"], state["state"]["block"])

    def __getstate__(self):
        return {"method": self.method, **self.get_state()}

    def __setstate__(self, state):
        self.__init__(0, state["method"])
        self.set_state(state)

    def random_sample(self, size=None, dtype=float):
        """Uniform numbers in [0, 1)."""
        return self._draw("random", (), size, dtype)

    def random(self, size=None, dtype=float):
        """Uniform numbers in [0, 1)."""
        return self._draw("random", (), size, dtype)

    def rand(self, *size, **kwarg):
        """Uniform numbers in [0, 1) of the given extents; `dtype` says which."""
        dtype = _only_dtype("rand", kwarg)
        return self._draw("random", (), size, dtype)

    def randn(self, *size, **kwarg):
        """Normal numbers of mean 0 and variance 1 of the given extents; `dtype` says which."""
        dtype = _only_dtype("randn", kwarg)
        return self._draw("standard_normal", (), size, dtype)

    def standard_normal(self, size=None, dtype=float):
        """Normal numbers of mean 0 and variance 1."""
        return self._draw("standard_normal", (), size, dtype)

    def standard_exponential(self, size=None, dtype=float):
        """Waiting times of mean 1."""
        return self._draw("standard_exponential", (), size, dtype)

    def standard_gamma(self, shape, size=None, dtype=float):
        """Numbers of the gamma distribution of scale 1."""
        return self._draw("standard_gamma", (shape,), size, dtype)

    def uniform(self, low=0.0, high=1.0, size=None, dtype=float):
        """Uniform numbers from `low` to `high`."""
        return self._draw("uniform", (low, high), size, dtype)

    def dirichlet(self, alpha, size=None, dtype=float):
        """Shares of a whole, along the last axis, of Dirichlet's distribution."""
        len(alpha)
        if not isinstance(alpha, _core.ndarray) and any(isinstance(a, numbers.Real) and a <= 0 for a in alpha):
            raise ValueError("alpha <= 0")
        return super().dirichlet(alpha, size, dtype)

    def randint(self, low, high=None, size=None, dtype=int):
        """Integers from `low` up to, not including, `high`; from 0 if there is no `high`."""
        return self._stream.integers("randint", low, high, size, dtype)

    def random_integers(self, low, high=None, size=None):
        """Integers from `low` up to and including `high`; from 1 if there is no `high`."""
        if high is None:
            low, high = 1, low
        return self._stream.integers("randint", low, high + 1, size, int)

    def tomaxint(self, size=None):
        """Integers from 0 to the largest int64."""
        return self._stream.integers("randint", 0, 2**63, size, int)

    def choice(self, a, size=None, replace=True, p=None):
        """Elements of an array, or numbers below an integer, chosen alike or with probabilities."""
        n, array = _population_of_state(a)
        count = n if array is None else array.shape[0]
        p = _probabilities(p, count, size, replace, _STATE_WORDS[0 if array is None else 1], _STATE_WORDS)
        chosen = self._stream.choice(max(count, 0), size, replace, p, array)
        return chosen if array is None else array[chosen]

    def permutation(self, a):
        """The elements of an array in random order along the first axis, or the numbers below an integer."""
        n, array = _population(a)
        if array is None and not isinstance(a, _core.ndarray):
            return self._stream.permutation(n)
        if array is None or array.ndim == 0:
            raise IndexError("x must be an integer or at least 1-dimensional")
        return self._stream.shuffled(array, 0)

    def shuffle(self, a):
        """Puts the elements of an array in random order along its first axis."""
        _check_array(a)
        self._stream.shuffle(a, 0)


class Generator(_Distributions):
    """Random numbers from a bit generator, under the names of NumPy's class.

    Parameters
    ----------
    bit_generator : BitGenerator
        Where the bits come from.
    """

    def __init__(self, bit_generator):
        if not isinstance(bit_generator, BitGenerator):
            raise TypeError(f"Generator takes a BitGenerator, not {type(bit_generator).__name__}")
        self.bit_generator = bit_generator
        self._stream = bit_generator._stream

    def __getstate__(self):
        return self.bit_generator

    def __setstate__(self, bit_generator):
        self.__init__(bit_generator)

    def spawn(self, n_children):
        """New generators whose streams have nothing to do with each other."""
        return [type(self)(child) for child in self.bit_generator.spawn(n_children)]

    def random(self, size=None, dtype=float, out=None):
        """Uniform numbers in [0, 1)."""
        return self._draw("random", (), size, dtype, out)

    def standard_normal(self, size=None, dtype=float, out=None):
        """Normal numbers of mean 0 and variance 1."""
        return self._draw("standard_normal", (), size, dtype, out)

    def standard_exponential(self, size=None, dtype=float, method="zig", out=None):
        """Waiting times of mean 1; `method` has no effect."""
        return self._draw("standard_exponential", (), size, dtype, out)

    def standard_gamma(self, shape, size=None, dtype=float, out=None):
        """Numbers of the gamma distribution of scale 1."""
        return self._draw("standard_gamma", (shape,), size, dtype, out)

    def uniform(self, low=0.0, high=1.0, size=None, dtype=float):
        """Uniform numbers from `low` to `high`."""
        return self._draw("ascending_uniform", (low, high), size, dtype)

    def hypergeometric(self, ngood, nbad, nsample, size=None, dtype="l"):
        """How many good ones are in a sample of good and bad ones, of each fewer than 10**9."""
        return self._draw("bounded_hypergeometric", (ngood, nbad, nsample), size, dtype)

    def negative_binomial(self, n, p, size=None, dtype=int):
        """How many trials fail before `n` succeed, each with probability `p`."""
        return self._draw("bounded_negative_binomial", (n, p), size, dtype)

    def integers(self, low, high=None, size=None, dtype=int, endpoint=False):
        """Integers from `low` up to `high`, which is one of them with `endpoint`; from 0 if there is no `high`."""
        return self._stream.integers("integers", low, high, size, dtype, endpoint)

    def multivariate_normal(self, mean, cov, size=None, check_valid="warn", tol=1e-8, *, method="svd", dtype=float):
        """Vectors of the normal distribution of a mean and a covariance."""
        return _normal_vectors(self._stream, mean, cov, size, check_valid, tol, method, dtype)

    def choice(self, a, size=None, replace=True, p=None, axis=0, shuffle=True):
        """Elements of an array along an axis, or numbers below an integer, chosen alike or with probabilities."""
        n, array = _population(a)
        if array is not None and array.ndim == 0:
            raise ValueError(f"a must be a sequence or an integer, not {type(a)}")
        count = n if array is None else array.shape[axis]
        p = _probabilities(p, count, size, replace, _GENERATOR_WORDS[0 if array is None else 1], _GENERATOR_WORDS)
        chosen = self._stream.choice(max(count, 0), size, replace, p, array)
        return chosen if array is None else _core.take(array, chosen, axis=axis)

    def permutation(self, x, axis=0):
        """The elements of an array in random order along an axis, or the numbers below an integer."""
        if not isinstance(x, _core.ndarray):
            n, array = _population(x)
            if array is None:
                return self._stream.permutation(n)
            x = array
        return self._stream.shuffled(x, axis)

    def permuted(self, x, *, axis=None, out=None):
        """The elements of an array in random order, in each line along an axis another one."""
        x = _core.asarray(x)
        if x.ndim == 0:
            raise TypeError("len() of unsized object")
        if out is None:
            return self._stream.permuted(x, axis)
        if out.shape != x.shape:
            raise ValueError("out must have the same shape as x")
        _core.copyto(out, self._stream.permuted(x, axis), casting="safe")
        return out

    def shuffle(self, x, axis=0):
        """Puts the elements of an array in random order along an axis."""
        _check_array(x)
        self._stream.shuffle(x, axis)

    def multivariate_hypergeometric(self, colors, nsample, size=None, method="marginals"):
        """How many of each colour are in samples of `nsample`."""
        if method not in ("count", "marginals"):
            raise ValueError('method must be "count" or "marginals".')
        most = 2**63 - 1
        if not hasattr(nsample, "__index__"):
            raise ValueError("nsample must be an integer")
        if nsample < 0:
            raise ValueError("nsample must be nonnegative.")
        if nsample > most:
            raise ValueError(f"nsample must not exceed {most}")
        colors = colors.tolist() if hasattr(colors, "tolist") else colors
        if not isinstance(colors, (list, tuple)) or not all(_is_count(n) and 0 <= n <= most for n in colors):
            raise ValueError(f"colors must be a one-dimensional sequence of nonnegative integers not exceeding {most}.")
        total = sum(int(n) for n in colors)
        if total > most:
            raise ValueError(f"sum(colors) must not exceed the maximum value of a 64 bit signed integer ({most})")
        if method == "marginals" and total >= 10**9:
            raise ValueError('When method is "marginals", sum(colors) must be less than 1000000000.')
        if total >= 2**60:
            raise ValueError(f"When method is 'count', sum(colors) must not exceed {2**60 - 1}")
        return self._stream.multivariate_hypergeometric(list(colors), nsample, size)


def _is_count(n):
    """Whether it is an integer, which a truth is not."""
    return hasattr(n, "__index__") and not isinstance(n, bool)


# What is said of an empty integer, an empty array, a sample too large, and of probabilities.
_STATE_WORDS = (
    "a must be greater than 0 unless no samples are taken", "'a' cannot be empty unless no samples are taken",
    "Cannot take a larger sample than population when 'replace=False'", "'p' must be 1-dimensional",
    "'a' and 'p' must have same size", "probabilities contain NaN", "probabilities are not non-negative",
    "probabilities do not sum to 1",
)
_GENERATOR_WORDS = (
    "a must be a positive integer unless no samples are taken", "a cannot be empty unless no samples are taken",
    "Cannot take a larger sample than population when replace is False", "p must be 1-dimensional",
    "a and p must have same size", "Probabilities contain NaN", "Probabilities are not non-negative",
    "Probabilities do not sum to 1. See Notes section of docstring for more information.",
)


def _population_of_state(a):
    n, array = _population(a)
    if array is not None and array.ndim == 0:
        raise ValueError("a must be 1-dimensional or an integer")
    if array is not None and array.ndim != 1:
        raise ValueError("a must be 1-dimensional")
    return n, array


def _taken(size):
    """How many elements a size has."""
    if size is None:
        return 1
    n = 1
    for extent in size if hasattr(size, "__iter__") else (size,):
        n *= operator.index(extent)
    return n


def _probabilities(p, count, size, replace, empty, words):
    """Whether there is enough to choose from; the probabilities, checked as far as the host knows them."""
    if count <= 0 and _taken(size) != 0:
        raise ValueError(empty)
    p = None if p is None else _checked(p, count, size, replace, words)
    if not replace and _taken(size) > count:
        raise ValueError(words[2])
    return p


def _checked(p, count, size, replace, words):
    if isinstance(p, _core.ndarray):
        if p.ndim != 1:
            raise ValueError(words[3])
        if p.shape[0] != count:
            raise ValueError(words[4])
        return p
    len(p)
    known = p.tolist() if hasattr(p, "tolist") else list(p)
    if any(hasattr(x, "__len__") for x in known):
        raise ValueError(words[3])
    if len(known) != count:
        raise ValueError(words[4])
    if any(x != x for x in known):
        raise ValueError(words[5])
    if any(x < 0 for x in known):
        raise ValueError(words[6])
    if abs(sum(known) - 1) > 1.5e-8:
        raise ValueError(words[7])
    if not replace and _taken(size) <= count and sum(x > 0 for x in known) < _taken(size):
        raise ValueError("Fewer non-zero entries in p than size")
    return known


def _check_array(a):
    if not isinstance(a, _core.ndarray):
        len(a)
        raise TypeError("The array must be cuprous.ndarray")


def _only_dtype(name, kwarg):
    dtype = kwarg.pop("dtype", float)
    if kwarg:
        raise TypeError(f"{name}() got an unexpected keyword argument '{next(iter(kwarg))}'")
    return dtype


def _seed_key(seed):
    """The key of an older seed: a number of up to 64 bits, or a sequence."""
    if isinstance(seed, str) or isinstance(seed, float):
        raise TypeError(f"the seed must be an integer, a sequence of integers or None, not {type(seed)}")
    if hasattr(seed, "__len__") and getattr(seed, "ndim", 1) and len(seed) == 0:
        raise ValueError("Seed must be non-empty")
    if hasattr(seed, "__index__") and not 0 <= operator.index(seed) < 2**64:
        raise ValueError("Seed must be between 0 and 2**64 - 1")
    return _key_of(seed)


def default_rng(seed=None):
    """A `Generator` of a seed: an integer, a sequence of them, a `SeedSequence`, a bit generator, or nothing.

    A `Generator` is returned as it is.
    """
    if isinstance(seed, Generator):
        return seed
    return Generator(seed if isinstance(seed, BitGenerator) else XORWOW(seed))


_current = RandomState()


def get_random_state():
    """The state from which the functions of this module draw, on every device."""
    return _current


def set_random_state(rs):
    """Makes the functions of this module draw from another state."""
    global _current
    if not isinstance(rs, RandomState):
        raise TypeError(f"Random state must be an instance of RandomState. Actual: {type(rs)}")
    _current = rs


def reset_states():
    """Makes the functions of this module draw from a fresh state."""
    set_random_state(RandomState())


def get_state(legacy=True):
    """Key and next block of the stream from which the functions of this module draw; `legacy` has no effect."""
    return _current.get_state(legacy)


def set_state(state):
    """Makes the functions of this module go on from what `get_state` gave."""
    _current.set_state(state)


def _forward(name):
    """A function of this module: the method of the current state."""
    method = getattr(RandomState, name)

    @wraps(method)
    def function(*args, **kwargs):
        return getattr(_current, name)(*args, **kwargs)

    function.__qualname__, function.__module__ = name, __name__
    own = signature(method)
    function.__signature__ = own.replace(parameters=list(own.parameters.values())[1:])
    del function.__wrapped__
    return function


_FORWARDED = sorted(n for n in dir(RandomState) if not n.startswith("_") and n not in ("get_state", "set_state", "tomaxint"))
globals().update({name: _forward(name) for name in _FORWARDED})
globals().update(dict.fromkeys(("ranf", "sample"), globals()["random_sample"]))

__all__ = sorted([
    "BitGenerator", "Generator", "MRG32k3a", "MT19937", "PCG64", "PCG64DXSM", "Philox", "Philox4x3210", "RandomState", "SFC64",
    "SeedSequence", "XORWOW", "default_rng", "get_random_state", "get_state", "ranf", "reset_states", "sample", "set_random_state", "set_state", *_FORWARDED,
])
