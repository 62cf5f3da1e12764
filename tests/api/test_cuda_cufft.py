"""Plans for Fourier transforms as CuPy's programs make them: `cp.cuda.cufft.Plan1d` and `PlanNd`."""

import pickle
import threading

import cuprous as cp
import numpy as np
import pytest
from cuprous.cuda import cufft
from support.compare import to_numpy

on_a_gpu = pytest.mark.skipif(not cp.cuda.is_available(), reason="cuFFT itself needs a GPU")
where_the_cpu_answers = pytest.mark.skipif(cp.cuda.is_available(), reason="the CPU answers only where no GPU is")
FORWARD, INVERSE = cufft.CUFFT_FORWARD, cufft.CUFFT_INVERSE
# A type with the dtypes that it reads and writes.
COMPLEX = [(cufft.CUFFT_C2C, "F", "F"), (cufft.CUFFT_Z2Z, "D", "D")]
TO_COMPLEX = [(cufft.CUFFT_R2C, "f", "F"), (cufft.CUFFT_D2Z, "d", "D")]
TO_REAL = [(cufft.CUFFT_C2R, "F", "f"), (cufft.CUFFT_Z2D, "D", "d")]
LENGTHS = (1, 2, 7, 16, 60, 97)


def sample(shape, char):
    """Numbers around zero."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal(shape)
    return (x + 1j * rng.standard_normal(shape) if char in "FD" else x).astype(char)


def assert_close(got, want):
    """Equal within the bound of the algorithm: each of its stages rounds in proportion to the largest magnitude."""
    got = to_numpy(got)
    assert got.shape == want.shape
    eps = np.finfo(got.dtype).eps
    assert np.abs(got - want).max() <= 4 * eps * (np.log2(want.size) + 1) * np.abs(want).max()


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize(("kind", "reads", "writes"), COMPLEX)
def test_complex_lines(kind, reads, writes, n):
    """Neither direction is divided by the length; the result may go to where the elements are."""
    a = sample((3, n), reads)
    x = cp.asarray(a)
    plan = cufft.Plan1d(n, kind, 3)
    assert (plan.nx, plan.fft_type, plan.batch, plan.gpus) == (n, kind, 3, None)
    out = plan.get_output_array(x)
    assert out.shape == a.shape and out.dtype == writes
    plan.check_output_array(x, out)
    plan.fft(x, out, FORWARD)
    assert_close(out, np.fft.fft(a))
    plan.fft(out, out, INVERSE)
    assert_close(out, a * n)
    np.testing.assert_array_equal(x.get(), a)


@pytest.mark.parametrize("n", LENGTHS)
def test_real_lines(n):
    """Half of the transform of real lines, and back."""
    for (there, reads, writes), (back, _, _) in zip(TO_COMPLEX, TO_REAL):
        a = sample((5, n), reads)
        x = cp.asarray(a)
        plan = cufft.Plan1d(n, there, 5)
        half = plan.get_output_array(x)
        assert half.shape == (5, n // 2 + 1) and half.dtype == writes
        plan.fft(x, half, FORWARD)
        assert_close(half, np.fft.rfft(a))
        plan = cufft.Plan1d(n, back, 5)
        out = plan.get_output_array(half)
        assert out.shape == (5, n) and out.dtype == reads
        plan.fft(half, out, INVERSE)
        assert_close(out, a * n)


def test_real_lines_in_place():
    """In place each real line takes the room of its complex one."""
    for n in (8, 9):
        for (there, reads, writes), (back, _, _) in zip(TO_COMPLEX, TO_REAL):
            memory = cp.zeros((4, n // 2 + 1), writes)
            real = memory.view(reads)[:, :n]
            a = sample((4, n), reads)
            real[...] = cp.asarray(a)
            cufft.Plan1d(n, there, 4).fft(real, memory, FORWARD)
            assert_close(memory, np.fft.rfft(a))
            cufft.Plan1d(n, back, 4).fft(memory, real, INVERSE)
            assert_close(real, a * n)


def test_pending_values_are_transformed():
    """What waits is computed first, and views of what is written see it."""
    a = sample((2, 16), "F")
    out = cp.zeros((2, 16), "F")
    row = out[1]
    after = out + 0
    cufft.Plan1d(16, cufft.CUFFT_C2C, 2).fft(cp.asarray(a) * 2 + 1, out, FORWARD)
    assert_close(row, np.fft.fft(a * 2 + 1)[1])
    assert not after.any()


@pytest.mark.parametrize("shape", [(6,), (4, 6), (3, 4, 5)])
def test_several_axes(shape):
    """Transforms along one to three axes, several of them, packed."""
    rank, size = len(shape), int(np.prod(shape))
    axes = tuple(range(1, rank + 1))
    for kind, reads, writes in COMPLEX + TO_COMPLEX:
        a = sample((2, *shape), reads)
        x = cp.asarray(a)
        is_real = reads in "fd"
        last = shape[-1] // 2 + 1 if is_real else shape[-1]
        plan = cufft.PlanNd(shape, None, 1, 0, None, 1, 0, kind, 2, "C", rank, last)
        assert (plan.shape, plan.fft_type, plan.gpus, plan.order, plan.last_axis, plan.last_size) == (shape, kind, None, "C", rank, last)
        out = plan.get_output_array(x)
        assert out.shape == (2, *shape[:-1], last) and out.dtype == writes
        plan.check_output_array(x, out)
        plan.fft(x, out, FORWARD)
        assert_close(out, (np.fft.rfftn if is_real else np.fft.fftn)(a, axes=axes))
        back = dict(zip((cufft.CUFFT_R2C, cufft.CUFFT_D2Z), (cufft.CUFFT_C2R, cufft.CUFFT_Z2D))).get(kind, kind)
        plan = cufft.PlanNd(shape, None, 1, 0, None, 1, 0, back, 2, "C", rank, shape[-1])
        again = plan.get_output_array(out)
        plan.fft(out, again, INVERSE)
        assert_close(again, a * size)


def test_elements_that_lie_apart():
    """Transforms along the first axis, and of rows within longer rows."""
    a = sample((8, 3), "D")
    x, out = cp.asarray(a), cp.zeros((8, 3), "D")
    # The columns: elements are 3 apart, lines begin one behind the other.
    cufft.PlanNd((8,), (8,), 3, 1, (8,), 3, 1, cufft.CUFFT_Z2Z, 3, "C", 0, None).fft(x, out, FORWARD)
    assert_close(out, np.fft.fft(a, axis=0))
    wide = cp.asarray(sample((2, 5, 10), "d"))
    target = cp.full((2, 5, 7), 9, "D")
    plan = cufft.PlanNd((4, 6), (5, 10), 1, 50, (5, 7), 1, 35, cufft.CUFFT_D2Z, 2, "C", 2, 4)
    plan.fft(wide, target, FORWARD)
    want = np.full((2, 5, 7), 9, "D")
    want[:, :4, :4] = np.fft.rfftn(wide.get()[:, :4, :6], axes=(1, 2))
    assert_close(target, want)


def test_order_of_columns():
    """In Fortran's order the axes of the memory are those of the array turned round."""
    a = np.asfortranarray(sample((4, 6), "D"))
    x = cp.asarray(a, order="F")
    plan = cufft.PlanNd((6, 4), None, 1, 0, None, 1, 0, cufft.CUFFT_Z2Z, 1, "F", 1, None)
    out = plan.get_output_array(x, order="F")
    assert out.flags.f_contiguous
    plan.check_output_array(x, out)
    plan.fft(x, out, FORWARD)
    assert_close(out, np.fft.fftn(a))
    with pytest.raises(ValueError, match="order"):
        plan.check_output_array(x, cp.empty((4, 6), "D"))


def test_blocks_of_a_plan():
    """Within a plan's block it is the thread's current one; the functions of `cp.fft` give what they always do."""
    a = sample((3, 16), "F")
    x = cp.asarray(a)
    plan, other = cufft.Plan1d(16, cufft.CUFFT_C2C, 3), cufft.Plan1d(8, cufft.CUFFT_C2C, 3)
    seen = []
    assert cufft.get_current_plan() is None
    with plan as entered:
        assert entered is plan is cufft.get_current_plan()
        assert_close(cp.fft.fft(x), np.fft.fft(a))
        with other:
            assert cufft.get_current_plan() is other
        assert cufft.get_current_plan() is plan
        thread = threading.Thread(target=lambda: seen.append(cufft.get_current_plan()))
        thread.start()
        thread.join()
    assert seen == [None] and cufft.get_current_plan() is None
    with pytest.raises(KeyError), plan:
        raise KeyError
    assert cufft.get_current_plan() is None


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: cufft.Plan1d(0, cufft.CUFFT_C2C, 1), cufft.CuFFTError, "CUFFT_INVALID_SIZE"),
        (lambda: cufft.Plan1d(-4, cufft.CUFFT_C2C, 1), cufft.CuFFTError, "CUFFT_INVALID_SIZE"),
        (lambda: cufft.Plan1d(4, cufft.CUFFT_C2C, 0), cufft.CuFFTError, "CUFFT_INVALID_SIZE"),
        (lambda: cufft.Plan1d(4, 7, 1), cufft.CuFFTError, "CUFFT_INVALID_TYPE"),
        (lambda: cufft.Plan1d(4.5, cufft.CUFFT_C2C, 1), TypeError, "integer"),
        (lambda: cufft.Plan1d(4, cufft.CUFFT_C2C, 1, devices=[0, 1]), NotImplementedError, "several GPUs"),
        (lambda: cufft.PlanNd((2,) * 4, None, 1, 0, None, 1, 0, cufft.CUFFT_C2C, 1, "C", 3, None), ValueError, "three axes"),
        (lambda: cufft.PlanNd((), None, 1, 0, None, 1, 0, cufft.CUFFT_C2C, 1, "C", 0, None), ValueError, "three axes"),
        (lambda: cufft.PlanNd((2, 2), (2,), 1, 0, None, 1, 0, cufft.CUFFT_C2C, 1, "C", 1, None), ValueError, "1 axes"),
        (lambda: cufft.PlanNd((2, 2), None, 1, 0, None, 1, 0, cufft.CUFFT_C2C, 1, "K", 1, None), ValueError, "'K'"),
        (lambda: cufft.PlanNd((2, 0), None, 1, 0, None, 1, 0, cufft.CUFFT_C2C, 1, "C", 1, None), cufft.CuFFTError, "CUFFT_INVALID_SIZE"),
    ],
)
def test_plans_that_make_no_sense(make, error, words):
    """They are refused when they are made."""
    with pytest.raises(error, match=words):
        make()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p, x: p.fft(x, x, 0), cufft.CuFFTError, "CUFFT_INVALID_VALUE"),
        (lambda p, x: p.fft(x.astype("D"), x, FORWARD), ValueError, "complex128"),
        (lambda p, x: p.fft(x, x.astype("D"), FORWARD), ValueError, "complex128"),
        (lambda p, x: p.fft(x[:1], x[1:].copy(), FORWARD), ValueError, "does not fit"),
        (lambda p, x: p.fft(x[1:], x.copy(), FORWARD), ValueError, "does not fit"),
        (lambda p, x: p.fft(x[:, ::2], x, FORWARD), ValueError, "one behind the other"),
        (lambda p, x: p.fft(x.get(), x, FORWARD), TypeError, "ndarray"),
        (lambda p, x: p.fft(x, None, FORWARD), TypeError, "NoneType"),
        (lambda p, x: p.check_output_array(x, x[:1]), ValueError, "shape"),
        (lambda p, x: p.check_output_array(x, x.real.copy()), ValueError, "float32"),
        (lambda p, x: p.check_output_array(x, x.get()), TypeError, "ndarray"),
        (lambda p, x: pickle.dumps(p), TypeError, "pickle"),
    ],
)
def test_calls_that_make_no_sense(call, error, words):
    """They are refused, nothing is written, and the plan goes on."""
    a = sample((2, 8), "F")
    x = cp.asarray(a)
    plan = cufft.Plan1d(8, cufft.CUFFT_C2C, 2)
    with pytest.raises(error, match=words):
        call(plan, x)
    np.testing.assert_array_equal(x.get(), a)
    plan.fft(x, x, FORWARD)
    assert_close(x, np.fft.fft(a))


@where_the_cpu_answers
def test_handles_need_a_gpu():
    """Without a GPU a plan has no handle, and says why; it needs no memory to work in."""
    plan = cufft.Plan1d(8, cufft.CUFFT_C2C, 2)
    assert plan.work_area.mem.size == 0
    for ask in (lambda: plan.handle, cufft.getVersion):
        with pytest.raises(RuntimeError, match="cuda:0"):
            ask()


@on_a_gpu
def test_handles_run():
    """By its handle a plan is cuFFT's own, run on the current stream with memory of our pool."""
    try:
        assert cufft.getVersion() >= 10_000
    except RuntimeError as e:
        if "is missing" not in str(e):
            raise
        pytest.skip(str(e))
    a = sample((3, 4, 10), "d")
    x = cp.asarray(a)
    plan = cufft.PlanNd((4, 10), None, 1, 0, None, 1, 0, cufft.CUFFT_D2Z, 3, "C", 2, 6)
    out = plan.get_output_array(x)
    stream = cp.cuda.Stream(non_blocking=True)
    cp.cuda.Device().synchronize()
    with stream:
        cufft.execD2Z(plan.handle, x.data.ptr, out.data.ptr)
        doubled = out * 2
    assert plan.handle == plan.handle and plan.work_area.mem.size >= 0
    assert_close(doubled, 2 * np.fft.rfftn(a, axes=(1, 2)))
    line = cufft.Plan1d(64, cufft.CUFFT_C2C, 2)
    b = sample((2, 64), "F")
    y = cp.asarray(b)
    cufft.execC2C(line.handle, y.data.ptr, y.data.ptr, INVERSE)
    assert_close(y, np.fft.ifft(b, norm="forward"))
