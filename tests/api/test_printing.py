"""The text of arrays: NumPy's, to the letter, under all of its print options, of no more elements than are shown."""

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_raises_like
from support.values import both

SHAPES = [(), (0,), (1,), (7,), (0, 3), (2, 3), (11, 2), (2000,), (40, 50), (30, 4, 30), (1500, 2), (6, 7, 1, 40), (7, 7, 7, 7)]

OPTIONS = {
    "precision": [0, 3, 12, None], "threshold": [0, 5, 100, np.inf], "edgeitems": [0, 1, 2, 5], "linewidth": [20, 40, 200], "suppress": [True],
    "nanstr": ["not a number"], "infstr": ["INF"], "sign": ["+", " ", "-"], "floatmode": ["fixed", "unique", "maxprec", "maxprec_equal"],
    "legacy": ["1.13", "1.21", "1.25", "2.1", "2.2"],
    "formatter": [{"float": lambda v: f"<{v:g}>"}, {"int": hex}, {"bool": lambda v: "yes" if v else "no"}, {"complexfloat": lambda v: "z"}, {"all": lambda v: "*"}],
}
CASES = [{name: value} for name, values in OPTIONS.items() for value in values]
TOGETHER = [
    {"precision": 2, "suppress": True, "linewidth": 30, "threshold": 5, "edgeitems": 1}, {"threshold": 10, "edgeitems": 2, "sign": "+", "floatmode": "fixed"},
    {"legacy": "1.13", "threshold": 20, "edgeitems": 1}, {"threshold": 0, "edgeitems": 0, "precision": 1}, {"edgeitems": 4, "threshold": 30, "nanstr": "-", "infstr": "oo"},
    {"formatter": {"all": lambda v: "x" * 30}, "threshold": 3, "edgeitems": 1, "linewidth": 60},
]


@pytest.mark.parametrize("options", CASES + TOGETHER, ids=lambda o: " ".join(o))
def test_options(options):
    """`repr` and `str` follow NumPy's print options, and `cp.array_repr`, `cp.array_str`, `cp.array2string` do too."""
    for dtype in "?LefD" if options in TOGETHER else "?bdD":
        for shape in SHAPES:
            a, x = both("any", dtype, shape, "printing")
            with np.printoptions(**options):
                assert str(x) == str(a), (dtype, shape)
                assert repr(x) == repr(a), (dtype, shape)
                assert repr(x.T) == repr(a.T), (dtype, shape)
                assert cp.array2string(x) == np.array2string(a) and cp.array_repr(x) == np.array_repr(a) and cp.array_str(x) == np.array_str(a)
            assert repr(x) == repr(a), "the options end with the context"


ARGUMENTS = [
    {}, {"separator": ", "}, {"prefix": "name = "}, {"suffix": "!"}, {"precision": 3}, {"suppress_small": True}, {"max_line_width": 30}, {"threshold": 4},
    {"threshold": 4, "edgeitems": 1}, {"edgeitems": 1}, {"sign": "+"}, {"floatmode": "fixed"}, {"formatter": {"float_kind": lambda v: f"{v:.1f}"}}, {"legacy": "1.13"},
]


@pytest.mark.parametrize("words", ARGUMENTS, ids=lambda w: " ".join(w))
def test_array2string(words):
    """`array2string` takes NumPy's arguments; what they summarize is summarized."""
    for shape in SHAPES:
        a, x = both("moderate", "d", shape, "printing")
        assert cp.array2string(x, **words) == np.array2string(a, **words), shape
        assert cp.array2string(x[::2] if shape else x, **words) == np.array2string(a[::2] if shape else a, **words), shape
        # NumPy's functions on arrays of ours are ours.
        assert np.array2string(x, **words) == np.array2string(a, **words)


def test_array_repr_and_array_str():
    """Both take line width, precision and suppression."""
    for shape in SHAPES:
        a, x = both("moderate", "f", shape, "printing")
        for args in ((), (30,), (None, 2), (40, 3, True)):
            assert cp.array_repr(x, *args) == np.array_repr(a, *args)
            assert cp.array_str(x, *args) == np.array_str(a, *args)
    assert cp.array_repr(np.arange(3)) == "array([0, 1, 2])"


def test_bad_arguments():
    """What NumPy refuses is refused in its words."""
    a, x = both("moderate", "d", (3, 4))
    for words in ({"sign": "x"}, {"floatmode": "loud"}, {"threshold": "many"}, {"threshold": np.nan}, {"legacy": "0.1"}, {"precision": 1.5}, {"nothing": 1}):
        assert_raises_like(lambda: cp.array2string(x, **words), lambda: np.array2string(a, **words), match_message="nothing" not in words, what=str(words))


def test_options_are_numpys():
    """One set of options serves both: `cp.set_printoptions` is NumPy's."""
    a, x = both("moderate", "d", 5)
    before = cp.get_printoptions()
    try:
        cp.set_printoptions(precision=2)
        assert np.get_printoptions()["precision"] == 2 and repr(x) == repr(a)
    finally:
        cp.set_printoptions(**{k: v for k, v in before.items() if k != "override_repr"})
    with cp.printoptions(precision=1):
        assert str(x) == str(a)
    assert cp.get_printoptions() == before
    assert cp.format_float_positional(np.float32(0.1)) == "0.1" and cp.format_float_scientific(1e9) == "1.e+09"


def test_override_repr():
    """A function set by `set_printoptions(override_repr=...)` gets the elements."""
    with np.printoptions(override_repr=lambda a: f"{a.shape} of {a.dtype}"):
        assert repr(cp.zeros((2, 3))) == "(2, 3) of float64"
        assert repr(cp.zeros(5000, "f")) == "(5000,) of float32"


def test_long_arrays_stay_where_they_are():
    """Of an array that is summarized only the edges are copied: a broadcast one of 10^15 elements prints."""
    x = cp.broadcast_to(cp.arange(1000), (10**6, 10**6, 1000))
    a = np.broadcast_to(np.arange(1000), (10**6, 10**6, 1000))
    assert str(x) == str(a) and repr(x) == repr(a)
    assert repr(x[..., 0]) == repr(a[..., 0]) and repr(x[0]) == repr(a[0])


@pytest.mark.parametrize("spec", ["", ".2f", "e", "+.3g", "10.1f", "<8", ">12.2f", "d", "x", "s", "z"])
def test_format(spec):
    """`format` of a 0-d array formats its element; arrays with axes take no specification."""
    for value in (np.float64(3.14159), np.float32(0.1), np.float16(2.5), np.int16(-7), np.uint8(200), np.complex128(1 + 2j), np.bool_(True)):
        a, x = np.array(value), cp.asarray(value)
        try:
            want = format(a, spec)
        except (TypeError, ValueError) as error:
            with pytest.raises(type(error)):
                format(x, spec)
        else:
            assert format(x, spec) == want
    x = cp.zeros(3)
    if spec:
        with pytest.raises(TypeError, match="unsupported format string passed to cuprous.ndarray.__format__"):
            format(x, spec)
    else:
        assert f"{x}" == f"{np.zeros(3)}"


def test_subclasses():
    """The text of a subclass begins with its name, as in NumPy."""
    for shape in SHAPES:
        a, x = both("moderate", "d", shape, "printing")
        ours, theirs = x.view(type("Named", (cp.ndarray,), {})), a.view(type("Named", (np.ndarray,), {}))
        assert repr(ours) == repr(theirs) and str(ours) == str(theirs)
