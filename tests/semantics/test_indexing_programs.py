"""Random programs of indexing: reads, writes and `ufunc.at` through random mixes of every kind of index, against NumPy.

A program holds an array and a view of it in some layout. Each statement draws an index (integers, slices, new axes, an
ellipsis, arrays of integers of shapes that broadcast, masks over one axis or more, truth values) and sometimes spoils
it: out of range, of a shape that does not fit, or with too many items. Results, memory and exceptions must be NumPy's.
"""

import os
import cuprous as cp
import hypothesis
import numpy as np
from hypothesis import note
from hypothesis import strategies as st
from support.compare import assert_same, assert_same_outcome, outcome

DTYPES = ["?", "i1", "u2", "i4", "i8", "f2", "f4", "f8", "c8", "c16"]
AT = ["add", "subtract", "multiply", "maximum", "minimum"]


def numbered(shape, dtype, first=0):
    """Small whole numbers, different ones where the dtype allows it: sums of them are exact in any order."""
    return (np.arange(first, first + int(np.prod(shape)), dtype="i8") % 97).astype(dtype).reshape(shape)


@st.composite
def arrays_of(draw, n, common):
    """An array of integers for an axis of length `n`, whose shape broadcasts to `common`; rarely it does not."""
    side = [draw(st.sampled_from((k, k, 1))) for k in common[draw(st.integers(0, len(common))) :]]
    if side and not draw(st.integers(0, 19)):
        side[0] += 1
    size = int(np.prod(side))
    dtype = draw(st.sampled_from(("i8", "i8", "i4", "i2", "u1")))
    low = 0 if dtype == "u1" else -n
    flat = draw(st.lists(st.integers(low, n - 1), min_size=size, max_size=size)) if n else [0] * size
    return np.array(flat, dtype).reshape(side)


@st.composite
def indices(draw, shape):
    """An index of an array of this shape, good ones for the most part."""
    common = draw(st.lists(st.integers(0, 3), max_size=2).map(lambda dims: [max(d, 1) if len(dims) == 2 else d for d in dims]))
    left, items, axis = len(shape), [], 0
    has_ellipsis = False
    while len(items) < 9 and draw(st.integers(0, 5)):
        kind = draw(st.sampled_from("isssaaaamMn.t"))
        if kind == "n":
            items.append(None)
        elif kind == "t":
            items.append(draw(st.booleans()))
        elif kind == "." and not has_ellipsis:
            # Some of the axes that are left are skipped; what follows counts from the end.
            skipped = draw(st.integers(0, left))
            items.append(...)
            has_ellipsis, axis, left = True, axis + skipped, left - skipped
        elif left and kind == "i" and shape[axis]:
            items.append(draw(st.integers(-shape[axis], shape[axis] - 1)))
            axis, left = axis + 1, left - 1
        elif left and kind == "s":
            items.append(draw(st.slices(shape[axis])))
            axis, left = axis + 1, left - 1
        elif left and kind == "a":
            items.append(draw(arrays_of(shape[axis], common)))
            axis, left = axis + 1, left - 1
        elif left > 1 and kind == "M":
            items.append(draw(masks(shape[axis : axis + 2])))
            axis, left = axis + 2, left - 2
        elif left and kind == "m":
            items.append(draw(masks(shape[axis : axis + 1])))
            axis, left = axis + 1, left - 1
    if has_ellipsis and left:
        # All axes behind the ellipsis must be named, else it stands for them too and the others fit wherever they do.
        items.extend([slice(None)] * left)
    if not draw(st.integers(0, 9)):
        items = draw(spoilt(items))
    return items[0] if len(items) == 1 and draw(st.booleans()) else tuple(items)


@st.composite
def masks(draw, shape):
    """A mask over some axes."""
    size = int(np.prod(shape))
    return np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), bool).reshape(shape)


@st.composite
def spoilt(draw, items):
    """One thing made wrong: an integer out of range, a mask of another shape, or an item too many."""
    items = list(items)
    k = draw(st.integers(0, len(items)))
    item = items[k] if k < len(items) else None
    if isinstance(item, np.ndarray) and item.dtype == bool:
        items[k] = np.concatenate([item, item[:1] if item.shape[0] else np.ones((1, *item.shape[1:]), bool)])
    elif isinstance(item, np.ndarray) and item.size:
        bad = item.astype("i8")
        bad.reshape(-1)[draw(st.integers(0, bad.size - 1))] = draw(st.sampled_from((100, -100)))
        items[k] = bad
    elif isinstance(item, int) and not isinstance(item, bool):
        items[k] = draw(st.sampled_from((100, -100)))
    else:
        items.insert(k, draw(st.sampled_from((0, 1.5, [0], ...))))
    return items


def moved(index, is_device):
    """The index with arrays of the device in place of NumPy's, if wanted."""
    one = lambda i: cp.asarray(i) if is_device and isinstance(i, np.ndarray) else i
    return tuple(one(i) for i in index) if isinstance(index, tuple) else one(index)


def is_let_pass(a, index):
    """Whether an index may be out of range without an error, where nothing is selected: arrays of the host are checked before that is known."""
    items = index if isinstance(index, tuple) else (index,)
    return 0 in a.shape or any(isinstance(i, np.ndarray) and i.dtype.kind == "i" and (abs(i) > 9).any() for i in items)


def settled(call):
    """The result of a call once the device has told what it found."""
    result = call()
    cp.asnumpy(cp.zeros(1))
    return result


@st.composite
def pairs(draw, min_axes=0):
    """Memory and a view of it in some layout, in NumPy and in cuprous."""
    shape = draw(st.lists(st.sampled_from((0, 1, 2, 3, 3, 4, 5)), min_size=min_axes, max_size=4))
    steps = tuple(slice(None, None, draw(st.sampled_from((1, 1, 1, -1, 2, -2)))) for _ in shape)
    axes = draw(st.permutations(range(len(shape)))) if draw(st.booleans()) else range(len(shape))
    memory = numbered(shape, draw(st.sampled_from(DTYPES)))
    ours = cp.asarray(memory)
    return memory, memory[(..., *steps)].transpose(*axes), ours, ours[(..., *steps)].transpose(*axes)


def selected(a, index):
    """Which elements an index selects, by their numbers; none if it is wrong."""
    return outcome(lambda: np.asarray(np.arange(a.size).reshape(a.shape)[index]))[0]


@hypothesis.given(pairs(), st.data())
def test_reads(pair, data):
    """Any index reads what NumPy reads, a view where NumPy gives one, or raises the same."""
    _, a, _, x = pair
    for _ in range(3):
        index = data.draw(indices(a.shape))
        given = moved(index, data.draw(st.booleans()) or is_let_pass(a, index))
        what = f"{a.dtype} {a.shape} {a.strides} [{index}]"
        assert_same_outcome(lambda: settled(lambda: x[given]), lambda: np.asarray(a[index]), what=what)


@hypothesis.given(pairs(min_axes=1), st.data())
def test_writes(pair, data):
    """Numbers and arrays of any shape that may fit are written to what the index selects, and to nothing else."""
    memory, a, ours, x = pair
    for turn in range(3):
        index = data.draw(indices(a.shape))
        given = moved(index, data.draw(st.booleans()) or is_let_pass(a, index))
        part = selected(a, index)
        shape = () if part is None else data.draw(st.sampled_from((part.shape, part.shape, (), (1,) * part.ndim, part.shape[1:], (1, *part.shape), (2,), part.shape[::-1])))
        if part is not None and isinstance(a[index], np.generic):
            # One element takes a number; NumPy refuses an array of one element there in words of Python's own numbers.
            shape = ()
        value = numbered(shape, data.draw(st.sampled_from((a.dtype, "f4" if a.dtype.kind in "fc" else "i4"))), 40 + turn)
        if part is not None and value.size > 1 and len(np.unique(part)) < part.size:
            # Of several values for one element a GPU writes any.
            value = value.reshape(-1)[:1].reshape(())
        what = f"{a.dtype} {a.shape} {a.strides} [{index}] = {value.dtype} {value.shape}"
        note(what)
        assert_same_outcome(lambda: settled(lambda: x.__setitem__(given, cp.asarray(value)) or ours), lambda: a.__setitem__(index, value) or memory, what=what)
        if part is None and os.environ["CUPROUS_DEVICE"] != "cpu":
            # What of an index array lies inside is written on a GPU, before it is known that something does not.
            return
        assert_same(ours, memory, 0, what)


@hypothesis.given(pairs(min_axes=1), st.data())
def test_writes_from_the_same_memory(pair, data):
    """Values, and indices, may lie in the memory that is written: all are read before anything is written."""
    memory, a, ours, x = pair
    for _ in range(3):
        index = data.draw(indices(a.shape))
        part = selected(a, index)
        if part is None or part.ndim > a.ndim or len(np.unique(part)) < part.size:
            continue
        # A window of the same view, as large as what is written, or one element of it along an axis.
        lead = a.ndim - part.ndim
        if any(n > m for n, m in zip(part.shape, a.shape[lead:])) or 0 in a.shape[:lead]:
            continue
        window = []
        for n, m in zip(part.shape, a.shape[lead:]):
            first = data.draw(st.integers(0, m - n))
            window.append(slice(first, first + n))
        window = (*(0,) * lead, *window)
        if data.draw(st.booleans()):
            window += (...,)
        turned = (..., *(slice(None, None, data.draw(st.sampled_from((1, -1)))) for _ in part.shape))
        given = moved(index, data.draw(st.booleans()) or is_let_pass(a, index))
        what = f"{a.dtype} {a.shape} {a.strides} [{index}] = [{window}][{turned}]"
        value = a[window][turned].copy()
        assert_same_outcome(lambda: x.__setitem__(given, x[window][turned]) or ours, lambda: a.__setitem__(index, value) or memory, what=what)
        assert_same(ours, memory, 0, what)


@hypothesis.given(pairs(), st.data())
def test_at(pair, data):
    """`ufunc.at` applies as often as an element is selected, of one input and of two, or raises the same."""
    memory, a, ours, x = pair
    for turn in range(2):
        index = data.draw(indices(a.shape))
        given = moved(index, data.draw(st.booleans()) or is_let_pass(a, index))
        part = selected(a, index)
        shape = () if part is None else data.draw(st.sampled_from((part.shape, (), part.shape[1:])))
        name = data.draw(st.sampled_from((*AT, "negative")))
        if name == "multiply" or (a.dtype == "f2" and name in ("add", "subtract")):
            # Products and half floats soon grow beyond what is exact.
            value = numbered(shape, "?", turn).astype(a.dtype)
        else:
            value = numbered(shape, a.dtype, 40 + turn)
        operands = () if name == "negative" else (value,)
        mine = tuple(cp.asarray(v) for v in operands)
        what = f"{name}.at({a.dtype} {a.shape} {a.strides}, {index}, {shape})"
        note(what)
        # NumPy's words for what goes wrong inside `at` are those of its iterator.
        ok = assert_same_outcome(
            lambda: settled(lambda: getattr(cp, name).at(x, given, *mine) or ours), lambda: getattr(np, name).at(a, index, *operands) or memory, what=what
        )
        if ok:
            assert_same(ours, memory, 0, what)
