"""Random programs of views, expressions, writes and reductions, run on NumPy and on cuprous step by step.

A program holds variables, some of which share memory, and applies random statements to them in both
libraries. Its operations are those whose results have the same bits in any order of evaluation, so every
variable must be equal to NumPy's, at random moments and at the end. The first profile is repeatable; run
`--hypothesis-profile=long` for fresh and longer programs.
"""

import gc
import operator

import cuprous as cp
import numpy as np
import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support.compare import assert_same, assert_same_error, outcome
from support.values import values

DTYPES = ["?", "u1", "i2", "i4", "i8", "f2", "f4", "f8"]
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}
IN_PLACE = {"+=": operator.iadd, "-=": operator.isub, "*=": operator.imul}
COMPARISONS = {"<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge}
UFUNCS = ["add", "subtract", "multiply"]
INTEGER_REDUCTIONS = ["sum", "prod", "min", "max", "any", "all", "argmin", "argmax"]
FLOAT_REDUCTIONS = ["any", "all", "argmin", "argmax"]
MOST = 9

which = st.integers(0, 10**6)
numbers = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, -2.0, 1.25, True, False, 100]))
bounds = st.one_of(st.none(), st.integers(-12, 12), st.integers(-3500, 3500))
slices = st.builds(slice, bounds, bounds, st.sampled_from([None, None, 1, 2, 3, -1, -2]))


class Programs(RuleBasedStateMachine):
    """The state of a program: pairs of arrays that must stay equal."""

    n = 24

    def __init__(self):
        super().__init__()
        self.pairs = []

    def pick(self, k):
        """One of the variables."""
        return self.pairs[k % len(self.pairs)]

    def add(self, a, x):
        """Keeps a new variable, dropping the oldest when there are many."""
        self.pairs.append((np.asarray(a), x))
        if len(self.pairs) > MOST:
            del self.pairs[0]

    def new(self, what, on_numpy, on_cuprous):
        """A statement that makes a value or raises, alike in both."""
        note(what)
        a, want = outcome(on_numpy)
        x, got = outcome(on_cuprous)
        if want is not None:
            assert_same_error(got, want, match_message=True, what=what)
            return
        assert got is None, f"{what}: {got!r}"
        assert x.shape == np.shape(a) and x.dtype == np.asarray(a).dtype, f"{what}: {x.dtype} {x.shape}, NumPy has {np.asarray(a).dtype} {np.shape(a)}"
        self.add(a, x)

    def write(self, what, on_numpy, on_cuprous):
        """A statement that writes or raises, alike in both."""
        note(what)
        _, want = outcome(on_numpy)
        _, got = outcome(on_cuprous)
        if want is not None:
            assert_same_error(got, want, match_message=False, what=what)
        else:
            assert got is None, f"{what}: {got!r}"

    def too_large(self, *arrays):
        """Whether a result would outgrow the program."""
        try:
            return np.prod(np.broadcast_shapes(*[a.shape for a in arrays])) > 4 * self.n
        except ValueError:
            return False

    @initialize(seed=which)
    def begin(self, seed):
        """Starts with a vector and a matrix of one dtype and a vector of another."""
        self.fresh(seed, 7, 0)
        self.fresh(seed + 1, 7, 2)
        self.fresh(seed + 2, seed % len(DTYPES), 0)

    @rule(seed=which, dtype=st.integers(0, len(DTYPES) - 1), shape=st.integers(0, 5))
    def fresh(self, seed, dtype, shape):
        """Copies an array from the host."""
        n = self.n
        shape = [(n,), (n // 4, 4), (6, n // 6), (n // 12, 3, 4), (1, n), (4,)][shape]
        a = values("small_int" if DTYPES[dtype][0] != "f" else "moderate", DTYPES[dtype], shape, seed % 50).copy()
        note(f"fresh {DTYPES[dtype]} {shape}")
        self.add(a, cp.asarray(a))

    # Views

    @rule(k=which, index=st.lists(st.one_of(slices, st.none(), st.just(Ellipsis), st.integers(-3, 2)), min_size=1, max_size=3))
    def view(self, k, index):
        """Takes a slice, a row or an element."""
        a, x = self.pick(k)
        self.new(f"view {index} of {a.shape}", lambda: a[tuple(index)], lambda: x[tuple(index)])

    @rule(k=which)
    def transpose(self, k):
        """Reverses the axes."""
        a, x = self.pick(k)
        self.new("T", lambda: a.T, lambda: x.T)

    @rule(k=which, rows=st.sampled_from([1, 2, 3, 4, 6, 12]), order=st.sampled_from("CF"))
    def reshape(self, k, rows, order):
        """Reshapes, which is a view or a copy as in NumPy."""
        a, x = self.pick(k)
        if a.size and a.flags.writeable:
            self.new(f"reshape {rows}", lambda: a.reshape((rows, -1), order=order), lambda: x.reshape((rows, -1), order=order))

    @rule(k=which, rows=st.integers(1, 4))
    def broadcast(self, k, rows):
        """Repeats without copying."""
        a, x = self.pick(k)
        if a.size * rows <= 4 * self.n and a.ndim < 5:
            self.new("broadcast", lambda: np.broadcast_to(a, (rows, *a.shape)), lambda: cp.broadcast_to(x, (rows, *a.shape)))

    # Lazy values

    @rule(i=which, j=which, op=st.sampled_from([*ARITHMETIC]))
    def binary(self, i, j, op):
        """Combines two variables."""
        (a, x), (b, y), f = self.pick(i), self.pick(j), ARITHMETIC[op]
        if not self.too_large(a, b):
            self.new(f"{a.dtype}{a.shape} {op} {b.dtype}{b.shape}", lambda: f(a, b), lambda: f(x, y))

    @rule(i=which, s=numbers, op=st.sampled_from([*ARITHMETIC]), swap=st.booleans())
    def scalar(self, i, s, op, swap):
        """Combines a variable with a number."""
        (a, x), f = self.pick(i), ARITHMETIC[op]
        self.new(f"{a.dtype} {op} {s}", lambda: f(s, a) if swap else f(a, s), lambda: f(s, x) if swap else f(x, s))

    @rule(i=which, j=which, op=st.sampled_from([*COMPARISONS]))
    def compare(self, i, j, op):
        """Compares two variables."""
        (a, x), (b, y), f = self.pick(i), self.pick(j), COMPARISONS[op]
        if not self.too_large(a, b) and not (a.shape != b.shape and op in ("==", "!=")):
            self.new(f"{a.shape} {op} {b.shape}", lambda: f(a, b), lambda: f(x, y))

    @rule(i=which, j=which, low=st.booleans())
    def extreme(self, i, j, low):
        """The larger or smaller elements of integers: of floats NumPy leaves the sign of zero open."""
        (a, x), (b, y), name = self.pick(i), self.pick(j), "minimum" if low else "maximum"
        if a.dtype.kind != "f" and b.dtype.kind != "f" and not self.too_large(a, b):
            self.new(name, lambda: getattr(np, name)(a, b), lambda: getattr(cp, name)(x, y))

    @rule(i=which, j=which, k=which)
    def select(self, i, j, k):
        """Selects by a condition."""
        (a, x), (b, y), (c, z) = self.pick(i), self.pick(j), self.pick(k)
        if not self.too_large(a, b, c):
            self.new("where", lambda: np.where(a, b, c), lambda: cp.where(x, y, z))

    @rule(i=which, dtype=st.sampled_from(DTYPES))
    def cast(self, i, dtype):
        """Casts where C defines the result."""
        a, x = self.pick(i)
        if a.dtype.kind == "f" and np.dtype(dtype).kind in "iu":
            limits = np.iinfo(dtype)
            if not (np.isfinite(a) & (a > limits.min / 2) & (a < limits.max / 2)).all() or (limits.min == 0 and (a <= -1).any()):
                return
        self.new(f"{a.dtype} as {dtype}", lambda: a.astype(dtype), lambda: x.astype(dtype))

    @rule(i=which)
    def copy(self, i):
        """Copies."""
        a, x = self.pick(i)
        self.new("copy", lambda: a.copy(), lambda: x.copy())

    # Writes

    @rule(i=which, j=which, op=st.sampled_from([*IN_PLACE]))
    def in_place(self, i, j, op):
        """Changes a variable by another, which may share its memory."""
        (a, x), (b, y), f = self.pick(i), self.pick(j), IN_PLACE[op]
        if a.flags.writeable:
            self.write(f"{a.dtype}{a.shape} {op} {b.dtype}{b.shape}", lambda: f(a, b), lambda: f(x, y))

    @rule(i=which, s=numbers, op=st.sampled_from([*IN_PLACE]))
    def in_place_scalar(self, i, s, op):
        """Changes a variable by a number."""
        (a, x), f = self.pick(i), IN_PLACE[op]
        if a.flags.writeable:
            self.write(f"{a.dtype} {op} {s}", lambda: f(a, s), lambda: f(x, s))

    @rule(i=which, start=st.integers(0, 3), op=st.sampled_from([*IN_PLACE]))
    def in_place_overlapping(self, i, start, op):
        """Changes a variable by a shifted or reversed view of itself."""
        (a, x), f = self.pick(i), IN_PLACE[op]
        if a.flags.writeable and a.ndim:
            n = a.shape[0]
            source = (slice(None, None, -1), slice(0, n - 1), slice(1, n), slice(0, 1))[start]
            target = (slice(None), slice(1, n), slice(0, n - 1), slice(None))[start]
            self.write(f"overlapping {op} {start}", lambda: f(a[target], a[source]), lambda: f(x[target], x[source]))

    @rule(i=which, j=which, k=which, name=st.sampled_from(UFUNCS))
    def out(self, i, j, k, name):
        """Writes an operation into a variable."""
        (a, x), (b, y), (c, z) = self.pick(i), self.pick(j), self.pick(k)
        if c.flags.writeable and not self.too_large(a, b, c):
            self.write(f"{name} into {c.dtype}{c.shape}", lambda: getattr(np, name)(a, b, out=c), lambda: getattr(cp, name)(x, y, out=z))

    @rule(i=which, j=which, m=which, name=st.sampled_from(UFUNCS))
    def masked(self, i, j, m, name):
        """Writes an operation into a variable where a condition holds."""
        (a, x), (b, y), (c, z) = self.pick(i), self.pick(j), self.pick(m)
        if a.flags.writeable and not self.too_large(a, b, c):
            self.write(
                f"masked {name} {a.dtype}{a.shape}",
                lambda: getattr(np, name)(a, b, out=a, where=np.not_equal(c, 0)), lambda: getattr(cp, name)(x, y, out=x, where=cp.not_equal(z, 0)),
            )

    @rule(i=which, j=which, index=st.one_of(slices, st.just(Ellipsis), st.integers(-3, 2)))
    def assign(self, i, j, index):
        """Assigns a variable to a part of another."""
        (a, x), (b, y) = self.pick(i), self.pick(j)
        single = isinstance(index, int) and a.ndim < 2 and b.ndim > 0
        # Floats beyond an integer's range have no value that C defines; a single element takes no array.
        if a.flags.writeable and not (b.dtype.kind == "f" and a.dtype.kind in "iu") and not single:
            self.write(f"{a.shape}[{index}] = {b.shape}", lambda: a.__setitem__(index, b), lambda: x.__setitem__(index, y))

    @rule(i=which, index=slices, s=numbers)
    def assign_scalar(self, i, index, s):
        """Assigns a number to a part of a variable."""
        a, x = self.pick(i)
        if a.flags.writeable:
            self.write(f"{a.shape}[{index}] = {s}", lambda: a.__setitem__(index, s), lambda: x.__setitem__(index, s))

    @rule(i=which, p=st.integers(0, 3), q=st.integers(-4, -1))
    def swap(self, i, p, q):
        """Exchanges two elements of a vector."""
        for m in self.pick(i):
            if m.ndim == 1 and m.shape[0] >= 4 and self.pick(i)[0].flags.writeable:
                m[p], m[q] = m[q], m[p]

    @rule(i=which, j=which, axes=st.booleans())
    def assign_expression(self, i, j, axes):
        """Assigns an expression of a variable's own views back to it."""
        (a, x), (b, y) = self.pick(i), self.pick(j)
        if a.flags.writeable and a.ndim == 2 and a.shape[0] == a.shape[1] and axes:
            self.write("a[...] = a.T", lambda: a.__setitem__(..., a.T), lambda: x.__setitem__(..., x.T))
        elif a.flags.writeable and a.ndim and a.dtype == b.dtype and a.dtype.kind != "b" and not self.too_large(a, b):
            n = a.shape[0]
            self.write(
                f"a[1:] = a[:-1] * 2 - b {a.shape} {b.shape}",
                lambda: a[1:n].__setitem__(..., a[: n - 1] * 2 - b), lambda: x[1:n].__setitem__(..., x[: n - 1] * 2 - y),
            )

    # Reductions

    @rule(i=which, name=st.sampled_from(INTEGER_REDUCTIONS), axis=st.one_of(st.none(), st.integers(-3, 2)), keepdims=st.booleans())
    def reduce(self, i, name, axis, keepdims):
        """Reduces, floats only where no order can show."""
        a, x = self.pick(i)
        if a.dtype.kind == "f" and name not in FLOAT_REDUCTIONS:
            return
        self.new(
            f"{name} {a.dtype}{a.shape} axis={axis}",
            lambda: getattr(np, name)(a, axis=axis, keepdims=keepdims), lambda: getattr(cp, name)(x, axis=axis, keepdims=keepdims),
        )

    @rule(i=which, axis=st.integers(-2, 1))
    def scan(self, i, axis):
        """Adds integers up along an axis."""
        a, x = self.pick(i)
        if a.dtype.kind != "f":
            self.new(f"cumsum {a.shape} axis={axis}", lambda: np.cumsum(a, axis=axis), lambda: cp.cumsum(x, axis=axis))

    # Lifetimes and reads

    @precondition(lambda self: len(self.pairs) > 3)
    @rule(k=which)
    def forget(self, k):
        """Drops a variable unread."""
        note("forget")
        del self.pairs[k % len(self.pairs)]

    @rule()
    def collect(self):
        """Collects garbage."""
        gc.collect()

    @rule()
    def synchronize(self):
        """Waits for everything."""
        cp.cuda.Stream.null.synchronize()

    @rule(k=which)
    def read(self, k):
        """Compares one variable."""
        a, x = self.pick(k)
        assert_same(x, a, 0, f"variable {k % len(self.pairs)}")

    @rule()
    def read_all(self):
        """Compares all variables."""
        for k, (a, x) in enumerate(self.pairs):
            assert_same(x, a, 0, f"variable {k}")

    def teardown(self):
        """Compares all variables at the end."""
        with np.errstate(all="ignore"):
            self.read_all()


class SmallPrograms(Programs):
    """Programs on arrays that are computed at once."""

    n = 24


class LargePrograms(Programs):
    """Programs on arrays that wait."""

    n = 3000


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
class TestSmallPrograms(SmallPrograms.TestCase):
    """Random programs on small arrays."""


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
class TestLargePrograms(LargePrograms.TestCase):
    """Random programs on arrays beyond the lazy threshold."""
