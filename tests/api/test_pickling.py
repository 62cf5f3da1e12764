"""Pickling and copying."""

import copy
import io
import pickle

import cuprous as cp
import numpy as np
import pytest
from support.compare import assert_same
from support.values import DTYPES, LAYOUTS, OTHER, laid_out, values


class Named(cp.ndarray):
    """A subclass, at module level as pickle wants it."""


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", DTYPES)
def test_round_trip(dtype, protocol):
    """Elements, dtype, shape and memory order survive every protocol."""
    for layout in [*LAYOUTS, *OTHER]:
        a, x = laid_out(layout, "any", dtype)
        y = pickle.loads(pickle.dumps(x, protocol))
        assert type(y) is cp.ndarray and y.device == x.device
        assert_same(y, a, 0, layout)
        # NumPy's newest protocol keeps other orders too; here they become C order.
        assert y.flags.f_contiguous if a.flags.f_contiguous else y.flags.c_contiguous, layout
        assert y.flags.owndata and y.flags.writeable


def test_out_of_band():
    """Protocol 5 hands the buffer over separately."""
    a, x = laid_out("contiguous", "any", "d")
    buffers = []
    text = pickle.dumps(x, 5, buffer_callback=buffers.append)
    assert len(buffers) == 1 and len(text) < 1000
    assert_same(pickle.loads(text, buffers=buffers), a)


def test_pickle_is_a_snapshot():
    """What is written later does not change it, and the copy is nobody else's."""
    x = cp.arange(5)
    text = pickle.dumps(x)
    x += 1
    y = pickle.loads(text)
    y[0] = 9
    assert_same(x, np.arange(1, 6))
    assert_same(y, np.array([9, 1, 2, 3, 4]))


def test_pending_values_are_computed():
    """Pickling reads."""
    a = values("moderate", "d", 5000)
    assert_same(pickle.loads(pickle.dumps(cp.asarray(a) * 2 + 1)), a * 2 + 1)


def test_dump(tmp_path):
    """`dumps` and `dump` pickle, to a path or to a file."""
    a, x = laid_out("transposed", "any", "f")
    assert_same(pickle.loads(x.dumps()), a)
    x.dump(tmp_path / "x.pickle")
    assert_same(pickle.loads((tmp_path / "x.pickle").read_bytes()), a)
    x.dump(str(tmp_path / "y.pickle"))
    assert_same(pickle.loads((tmp_path / "y.pickle").read_bytes()), a)
    file = io.BytesIO()
    x.dump(file)
    assert_same(pickle.loads(file.getvalue()), a)
    with pytest.raises(FileNotFoundError):
        x.dump(tmp_path / "nowhere" / "x.pickle")


def test_functions_and_dtypes_pickle():
    """What stands beside arrays in programs pickles too."""
    for obj in (cp.add, cp.sum, cp.ndarray):
        assert pickle.loads(pickle.dumps(obj)) is obj
    assert pickle.loads(pickle.dumps(cp.zeros(2).dtype)) == np.float64


def test_subclasses():
    """A subclass comes back as itself."""
    x = cp.arange(6.0).reshape(2, 3).view(Named)
    for y in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        assert type(y) is Named
        assert_same(y.view(cp.ndarray), np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: x.copy(), lambda x: x.copy("K"), lambda x: x.copy(order="F"), lambda x: x.copy("A")])
@pytest.mark.parametrize("layout", [*LAYOUTS, *OTHER])
def test_copies(layout, copied):
    """Copies own their memory and lie as NumPy's do."""
    a, x = laid_out(layout, "any", "d")
    y, want = copied(x), copied(a)
    assert_same(y, want, strides=True)
    assert y.base is None and y.flags.owndata and y.flags.writeable
    if x.size:
        y[...] = 7
        assert_same(x, a)


def test_deepcopy_within_containers():
    """An array that a container holds twice is copied once."""
    x = cp.arange(3)
    one, two = copy.deepcopy([x, x])
    assert one is two and one is not x


def test_bytes():
    """`tobytes` gives the elements in the order asked for, `bytes` those in C order."""
    for layout in [*LAYOUTS, *OTHER]:
        a, x = laid_out(layout, "any", "f")
        for order in ("C", "F", "A", None):
            assert x.tobytes(order) == a.tobytes(order), (layout, order)
        assert x.tobytes() == a.tobytes() and bytes(x) == a.tobytes()
    with pytest.raises(ValueError, match="order must be one of"):
        x.tobytes("Q")


def test_tofile(tmp_path):
    """`tofile` writes bytes, or text with a separator, to a path or a file."""
    a, x = laid_out("transposed", "moderate", "d")
    for words in ({}, {"sep": ","}, {"sep": " ", "format": "%.2f"}):
        x.tofile(tmp_path / "ours", **words)
        a.tofile(tmp_path / "theirs", **words)
        assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    with open(tmp_path / "ours", "wb") as file:
        file.write(b"head")
        file.flush()
        x.tofile(file)
    assert (tmp_path / "ours").read_bytes() == b"head" + a.tobytes()
