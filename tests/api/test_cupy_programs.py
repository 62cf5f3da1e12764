"""Programs of the kinds that users of CuPy write, run under its name: `python -m cuprous run`."""

import importlib.util
import subprocess
import sys
import textwrap

import pytest

PROGRAMS = {
    "a sigmoid as ElementwiseKernel": """
        import cupy as cp
        import numpy as np

        sigmoid = cp.ElementwiseKernel("T x", "T y", "y = 1 / (1 + exp(-x))", "sigmoid")
        for dtype in (np.float32, np.float64):
            x = cp.linspace(-8, 8, 1001, dtype=dtype)
            want = 1 / (1 + np.exp(-x.get().astype(float)))
            y = sigmoid(x)
            assert y.dtype == dtype and abs(y.get() - want).max() < (1e-6 if dtype == np.float32 else 1e-14)
            out = cp.empty_like(x)
            assert sigmoid(x, out) is out and (out == y).all()
        """,
    "a weighted sum as ReductionKernel": """
        import cupy as cp
        import numpy as np

        weighted_sum = cp.ReductionKernel(
            in_params="T x, T w", out_params="T y", map_expr="x * w", reduce_expr="a + b", post_map_expr="y = a",
            identity="0", name="weighted_sum")
        rng = np.random.default_rng(1)
        x, w = rng.random((50, 2000)), rng.random(2000)
        for axis in (None, 0, 1):
            found = weighted_sum(cp.asarray(x), cp.asarray(w), axis=axis)
            np.testing.assert_allclose(found.get(), (x * w).sum(axis=axis), rtol=1e-12)
        assert weighted_sum(cp.asarray(x), cp.asarray(w), axis=1, keepdims=True).shape == (50, 1)
        """,
    "a matrix addition as RawKernel": r"""
        import cupy as cp
        import numpy as np

        add = cp.RawKernel(r'''
        extern "C" __global__
        void matrix_add(const float* a, const float* b, float* c, int rows, int columns) {
            int j = blockIdx.x * blockDim.x + threadIdx.x;
            int i = blockIdx.y * blockDim.y + threadIdx.y;
            if (i < rows && j < columns) c[i * columns + j] = a[i * columns + j] + b[i * columns + j];
        }
        ''', "matrix_add")
        rows, columns = 37, 70
        a = cp.random.rand(rows, columns, dtype=cp.float32)
        b = cp.random.rand(rows, columns, dtype=cp.float32)
        c = cp.zeros((rows, columns), dtype=cp.float32)
        block = (16, 16)
        add(((columns + 15) // 16, (rows + 15) // 16), block, (a, b, c, np.int32(rows), np.int32(columns)))
        assert (c == a + b).all()
        """,
    "work split over all devices": """
        import cupy as cp
        import numpy as np

        n = cp.cuda.runtime.getDeviceCount()
        data = np.arange(100_000, dtype=np.float64)
        parts, sums = np.array_split(data, n), []
        for k, part in enumerate(parts):
            with cp.cuda.Device(k):
                x = cp.asarray(part)
                assert x.device == cp.cuda.Device(k)
                sums.append((x * x).sum())
        for k in range(n):
            cp.cuda.Device(k).synchronize()
        total = sum(float(s) for s in sums)
        assert abs(total - (data * data).sum()) <= 1e-9 * total
        """,
    "a fusing block in a timing loop": """
        import cupy as cp
        import numpy as np

        a = cp.arange(200_000, dtype=cp.float32)
        b = a[::-1]
        times = []
        for _ in range(5):
            start, end = cp.cuda.Event(), cp.cuda.Event()
            start.record()
            with cp.fuse():
                c = (a * 2 + b * 3) / (a + b + 1)
                d = cp.sqrt(c) - c
                cp.cuda.Stream.null.synchronize()
            end.record()
            end.synchronize()
            times.append(cp.cuda.get_elapsed_time(start, end))
        assert all(t >= 0 for t in times)
        h, k = a.get(), b.get()
        want = (h * 2 + k * 3) / (h + k + 1)
        np.testing.assert_allclose(d.get(), np.sqrt(want) - want, rtol=1e-5, atol=1e-6)
        """,
    "a fused function in a training loop": """
        import cupy as cp
        import numpy as np

        @cp.fuse(kernel_name="adam")
        def step(parameter, gradient, m, v, rate):
            m = 0.9 * m + 0.1 * gradient
            v = 0.999 * v + 0.001 * gradient * gradient
            return parameter - rate * m / (cp.sqrt(v) + 1e-8), m, v

        @cp.fuse()
        def loss(x, target):
            return cp.sum((x - target) ** 2)

        target = cp.asarray(np.random.default_rng(2).random(5000))
        x, m, v = cp.zeros_like(target), cp.zeros_like(target), cp.zeros_like(target)
        first = float(loss(x, target))
        for _ in range(200):
            x, m, v = step(x, 2 * (x - target), m, v, 0.01)
        assert float(loss(x, target)) < first / 100
        """,
    "streams, events and pinned memory": """
        import cupy as cp
        import cupyx
        import numpy as np

        host = cupyx.zeros_pinned((4, 50_000), dtype=np.float32)
        host[:] = np.arange(50_000)
        streams = [cp.cuda.Stream(non_blocking=True) for _ in range(4)]
        results = []
        for row, stream in zip(host, streams):
            with stream:
                x = cp.empty(row.shape, row.dtype)
                x.set(row, stream=stream)
                results.append((x * 2 + 1, stream.record()))
        for result, event in results:
            event.synchronize()
            assert event.done
        back = cupyx.empty_pinned(50_000, np.float32)
        for (result, _), stream in zip(results, streams):
            result.get(stream=stream, out=back)
            stream.synchronize()
            assert (back == np.arange(50_000) * 2 + 1).all()
        pool = cp.get_default_memory_pool()
        used = pool.used_bytes()
        large = cp.zeros(1_000_000)
        assert pool.used_bytes() >= used + large.nbytes and pool.total_bytes() >= pool.used_bytes()
        """,
    "a pool of managed memory": """
        import cupy as cp
        import numpy as np

        pool = cp.cuda.MemoryPool(cp.cuda.malloc_managed)
        usual = cp.get_default_memory_pool()
        cp.cuda.set_allocator(pool.malloc)
        before = usual.used_bytes()
        a = cp.arange(500_000, dtype=cp.float64)
        b = (a * 2 + 1).sum()
        assert float(b) == 500_000.0 ** 2
        assert pool.used_bytes() >= a.nbytes and pool.total_bytes() >= pool.used_bytes()
        # Kernels may need a little of the usual pool to work in.
        assert usual.used_bytes() - before < a.nbytes / 8
        cp.cuda.set_allocator(usual.malloc)
        c = a + 1
        assert usual.used_bytes() >= before + c.nbytes
        assert (c.get() == np.arange(500_000) + 1).all()
        del a, b
        pool.free_all_blocks()
        assert pool.used_bytes() == 0
        with cp.cuda.using_allocator(cp.cuda.MemoryPool(cp.cuda.malloc_managed).malloc):
            d = cp.ones(1000)
        assert d.sum() == 1000
        """,
    "measuring with cupyx": """
        import cupy as cp
        from cupyx.profiler import benchmark, time_range

        @time_range()
        def work(a, b):
            return (a * b).sum()

        result = benchmark(work, (cp.ones(10_000), cp.ones(10_000)), n_repeat=4, n_warmup=1)
        assert result.name == "work" and result.gpu_times.shape == (1, 4) and "CPU" in str(result)
        """,
    "code for either library": """
        import cupy as cp
        import numpy as np

        def softmax(x):
            xp = cp.get_array_module(x)
            e = xp.exp(x - xp.max(x, axis=1, keepdims=True))
            return e / xp.sum(e, axis=1, keepdims=True)

        x = np.random.default_rng(3).normal(size=(200, 300))
        on_host, on_device = softmax(x), softmax(cp.asarray(x))
        assert isinstance(on_host, np.ndarray) and isinstance(on_device, cp.ndarray)
        np.testing.assert_allclose(on_device.get(), on_host, rtol=1e-12)
        np.testing.assert_allclose(cp.asnumpy(np.add(cp.asarray(x), 1)), x + 1)
        """,
    "functions from tables of dtypes": """
        import cupy
        from cupy import _core

        logistic = _core.create_ufunc(
            "logistic", ("e->e", "f->f", "d->d"), "out0 = out0_type(1 / (1 + exp(-in0)))", doc="The logistic function.")
        longest = cupy._core.create_reduction_func(
            "longest", ("f->f", "d->d"), ("abs(in0)", "max(a, b)", "out0 = type_out0_raw(a)", None), 0)
        x = cupy.linspace(-3, 3, 7, dtype=cupy.float32)
        assert logistic(x).dtype == x.dtype and abs(logistic(x) - 1 / (1 + cupy.exp(-x))).max() < 1e-6
        assert float(longest(x)) == 3 and longest(x.reshape(1, 7), axis=1).shape == (1,)
        """,
    "plans of cuFFT": """
        import cupy as cp
        from cupy.cuda import cufft

        x = cp.random.random((5, 64)) + 1j
        plan = cufft.Plan1d(64, cufft.CUFFT_Z2Z, 5)
        out = plan.get_output_array(x)
        plan.fft(x, out, cufft.CUFFT_FORWARD)
        with plan:
            assert abs(out - cp.fft.fft(x)).max() < 1e-12
        plan.fft(out, out, cufft.CUFFT_INVERSE)
        assert abs(out / 64 - x).max() < 1e-12
        """,
    "a text that does not compile": """
        import sys
        import cupy as cp
        from cupy.cuda.compiler import CompileException

        try:
            cp.RawModule(code="no kernel", options=("-DN=3",), backend="nvrtc", jitify=False).get_function("f")
        except CompileException as e:
            e.dump(sys.stderr)
            assert "-DN=3" in e.get_message() and "no kernel" in str(e)
        else:
            raise AssertionError("it compiled")
        """,
    "shared memory and atomics": r"""
        import cupy as cp
        import numpy as np

        code = r'''
        template <int BINS> __global__ void count(const int* values, int n, int* bins) {
            __shared__ int own[BINS];
            for (int k = threadIdx.x; k < BINS; k += blockDim.x) own[k] = 0;
            __syncthreads();
            for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&own[values[i]], 1);
            __syncthreads();
            for (int k = threadIdx.x; k < BINS; k += blockDim.x) atomicAdd(&bins[k], own[k]);
        }
        '''
        module = cp.RawModule(code=code, name_expressions=["count<32>"], options=("-std=c++17",))
        values = np.random.default_rng(4).integers(0, 32, 10_000, dtype=np.int32)
        bins = cp.zeros(32, dtype=cp.int32)
        module.get_function("count<32>")((8,), (128,), (cp.asarray(values), values.size, bins))
        assert (bins.get() == np.bincount(values, minlength=32)).all()
        """,
}


def run(code):
    """A program in a process of its own, which must end well and print nothing but what it should."""
    done = subprocess.run(
        [sys.executable, "-m", "cuprous", "run", "-c", textwrap.dedent(code) + "\nprint('done')"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    """They run unmodified, and their own checks hold."""
    run(PROGRAMS[name])


# What may not be installed: the program runs where it is.
WITH_OTHERS = {
    "torch": """
        import cupy as cp
        import torch

        x = cp.arange(12, dtype=cp.float32).reshape(3, 4)
        t = torch.from_dlpack(x)
        t[0, 0] = 50
        assert float(x[0, 0]) == 50
        x[1, 1] = 60
        cp.cuda.Stream.null.synchronize()
        assert float(t[1, 1]) == 60
        u = torch.ones(5, device="cuda" if cp.cuda.is_available() and torch.cuda.is_available() else "cpu")
        y = cp.from_dlpack(u)
        y += 2
        cp.cuda.Stream.null.synchronize()
        assert u.tolist() == [3] * 5
        u *= 2
        assert y.tolist() == [6] * 5
        """,
    "numba": """
        import cupy as cp
        import numpy as np
        import numba

        if cp.cuda.is_available():
            from numba import cuda

            @cuda.jit
            def double(x):
                i = cuda.grid(1)
                if i < x.size:
                    x[i] *= 2

            x = cp.arange(100, dtype=cp.float32)
            double[4, 32](x)
            assert (x == cp.arange(100) * 2).all()
        else:
            @numba.njit
            def double(x):
                for i in range(x.size):
                    x[i] *= 2

            x = cp.arange(100, dtype=cp.float32)
            double(np.from_dlpack(x))
            assert (x == cp.arange(100) * 2).all()
        """,
}


@pytest.mark.parametrize("library", WITH_OTHERS)
def test_with_others(library):
    """Arrays are shared with other libraries, and writes are seen on the other side."""
    if not importlib.util.find_spec(library):
        pytest.skip(f"{library} is not installed here")
    run(WITH_OTHERS[library])
