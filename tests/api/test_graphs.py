"""Streams captured into graphs: our own operations in them, their memory, and what cannot be done meanwhile."""

import gc
import pickle

import numpy as np
import pytest

import cuprous as cp
from cuprous.cuda import runtime

HAS_GPU = cp.cuda.is_available()
on_a_gpu = pytest.mark.skipif(not HAS_GPU, reason="graphs need a GPU")
N = 100_000


def captured(work, *, warm=True):
    """The graph of some work on a new stream, with its result. Kernels are compiled before, as programs do it."""
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        if warm:
            work()
            stream.synchronize()
        stream.begin_capture()
        try:
            result = work()
        finally:
            graph = stream.end_capture()
    return stream, graph, result


def test_default_streams_are_not_captured():
    """The legacy default stream cannot be captured."""
    with pytest.raises(RuntimeError, match="default"):
        cp.cuda.Stream.null.begin_capture()
    assert cp.cuda.Stream.null.is_capturing() is False
    with pytest.raises(TypeError, match="end_capture"):
        cp.cuda.Graph()


@pytest.mark.skipif(HAS_GPU, reason="the CPU answers only where no GPU is")
def test_the_cpu_has_no_graphs():
    """The CPU says that it has none, and goes on."""
    stream = cp.cuda.Stream()
    for call in (stream.begin_capture, stream.end_capture):
        with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorStreamCaptureUnsupported"):
            call()
    assert stream.is_capturing() is False
    with stream:
        assert int(cp.arange(4).sum()) == 6


@on_a_gpu
def test_work_runs_at_each_launch():
    """Nothing runs while it is captured; each launch reads its operands anew."""
    x = cp.zeros(N, cp.float32)
    with cp.cuda.Stream(non_blocking=True) as stream:
        y = cp.full(N, -1, cp.float32)
        (x * 2 + 1).sum()
        stream.synchronize()
        stream.begin_capture()
        assert stream.is_capturing()
        y[...] = x * 2 + 1
        total = (y * 3).sum()
        graph = stream.end_capture()
        assert not stream.is_capturing()
        assert float(y[5]) == -1
        for value in (1, 5, -2):
            x[...] = value
            graph.launch()
            assert float(y[7]) == 2 * value + 1 and float(total) == N * 3 * (2 * value + 1)
    assert graph.graph and graph.graphExec and "digraph" in graph.debug_dot_str()


@on_a_gpu
def test_pending_values_belong_to_what_they_were_made_in():
    """What waited before is computed before; what waits at the end is part of the graph."""
    x = cp.arange(N, dtype=cp.float64)
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        before = cp.sin(x) * 2
        (before + 1).sum()
        stream.synchronize()
        before = cp.sin(x) * 2
        stream.begin_capture()
        after = before + 1
        graph = stream.end_capture()
        np.testing.assert_allclose(before.get(), np.sin(np.arange(N)) * 2, rtol=0, atol=1e-15)
        graph.launch()
        np.testing.assert_array_equal(after.get(), before.get() + 1)


@on_a_gpu
def test_memory_stays_with_the_graph():
    """Operands and results of a graph that nobody has any more are not given to others."""
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        x = cp.arange(N, dtype=cp.float32)
        out = cp.zeros(N, cp.float32)
        out[...] = cp.sqrt(x * x + 1) - x
        stream.synchronize()
        expected = out.get()
        out[...] = 0
        stream.begin_capture()
        y = cp.sqrt(x * x + 1)
        out[...] = y - x
        graph = stream.end_capture()
        del x, y
        gc.collect()
        filler = [cp.full(N, k, cp.float32) for k in range(20)]
        stream.synchronize()
        for _ in range(3):
            graph.launch()
            np.testing.assert_array_equal(out.get(), expected)
        assert all(float(f.sum()) == k * N for k, f in enumerate(filler))
        del filler
        gc.collect()
        used = cp.get_default_memory_pool().used_bytes()
        del graph
        gc.collect()
        assert cp.get_default_memory_pool().used_bytes() < used


@on_a_gpu
@pytest.mark.parametrize(
    "work",
    [
        lambda x: cp.cumsum(x), lambda x: cp.sort(x), lambda x: x.reshape(100, -1) @ x.reshape(-1, 100), lambda x: x[::-1][cp.arange(50)],
        lambda x: cp.where(x > 3, x, -x).max(), lambda x: cp.concatenate([x, x * 2]), lambda x: cp.clip(x, 2, 50).reshape(100, -1).sum(0),
    ],
    ids=["cumsum", "sort", "matmul", "take", "where", "concatenate", "rows"],
)
def test_families_can_be_captured(work):
    """Each family of work replays to the bits that it has when it runs at once."""
    x = cp.asarray(np.random.default_rng(4).integers(-100, 100, 10_000).astype(np.float32))
    cp.cuda.Device().synchronize()
    stream, graph, result = captured(lambda: work(x))
    with stream:
        graph.launch()
        first = result.get()
        x *= 2
        graph.launch()
        np.testing.assert_array_equal(result.get(), work(x).get())
        x /= 2
        np.testing.assert_array_equal(first, work(x).get())


@on_a_gpu
def test_bytes_of_the_host_are_copied_for_the_graph():
    """An array from the host in a capture is the same at each launch, whatever became of the host's memory."""
    values = np.arange(1000.0)
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        out = cp.asarray(values) * 2
        stream.synchronize()
        stream.begin_capture()
        out = cp.asarray(values) * 2
        graph = stream.end_capture()
        values[:] = -1
        for _ in range(2):
            out[...] = 0
            graph.launch(stream)
            np.testing.assert_array_equal(out.get(), np.arange(1000.0) * 2)


@on_a_gpu
def test_values_cannot_be_read_meanwhile():
    """Reading and waiting while a stream is captured are errors, and the capture goes on."""
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        x = cp.arange(10.0)
        y = x + 1
        stream.synchronize()
        stream.begin_capture()
        y = x + 1
        for call in (y.get, lambda: float(y[0]), stream.synchronize, lambda: stream.done):
            with pytest.raises(runtime.CUDARuntimeError, match="captured into a graph"):
                call()
        graph = stream.end_capture()
        graph.launch()
        np.testing.assert_array_equal(y.get(), np.arange(10.0) + 1)


@on_a_gpu
def test_calls_to_the_host_come_at_each_launch():
    """A function of the host is called whenever the graph comes to it."""
    called = []
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        stream.launch_host_func(called.append, "here")
        graph = stream.end_capture()
        assert called == []
        graph.upload()
        graph.launch()
        graph.launch()
        stream.synchronize()
    assert called == ["here", "here"]


@on_a_gpu
def test_streams_join_a_capture_by_events():
    """A stream that waits for an event of a captured one takes part."""
    a, b = cp.cuda.Stream(non_blocking=True), cp.cuda.Stream(non_blocking=True)
    x = cp.arange(N, dtype=cp.float32)
    warm = (x + 1) * 3
    cp.cuda.Device().synchronize()
    with a:
        a.begin_capture()
        y = x + 1
        fork = a.record(cp.cuda.Event(disable_timing=True))
        with b:
            b.wait_event(fork)
            assert b.is_capturing()
            z = y * 3
            join = b.record(cp.cuda.Event(disable_timing=True))
        a.wait_event(join)
        graph = a.end_capture()
        graph.launch()
        a.synchronize()
    np.testing.assert_array_equal(z.get(), warm.get())


@on_a_gpu
def test_raw_kernels_are_captured():
    """Kernels of users take part."""
    kernel = cp.RawKernel('extern "C" __global__ void add(float *x, float k) { x[threadIdx.x] += k; }', "add")
    x = cp.zeros(32, cp.float32)
    kernel((1,), (32,), (x, np.float32(0)))
    cp.cuda.Device().synchronize()
    stream, graph, _ = captured(lambda: kernel((1,), (32,), (x, np.float32(2))), warm=False)
    for _ in range(3):
        graph.launch(stream)
    stream.synchronize()
    np.testing.assert_array_equal(x.get(), np.full(32, 6, np.float32))


@on_a_gpu
def test_graphs_by_handles():
    """The runtime's functions capture and launch by numbers."""
    stream = cp.cuda.Stream(non_blocking=True)
    with stream:
        x, y = cp.ones(100), cp.zeros(100)
        y += x
        stream.synchronize()
        runtime.streamBeginCapture(stream.ptr)
        y += x
        graph = runtime.streamEndCapture(stream.ptr)
        ready = runtime.graphInstantiate(graph)
        runtime.graphUpload(ready, stream.ptr)
        for _ in range(3):
            runtime.graphLaunch(ready, stream.ptr)
        np.testing.assert_array_equal(y.get(), np.full(100, 4.0))
    with pytest.raises(TypeError, match="cannot pickle a graph"):
        pickle.dumps(captured(lambda: x + 1)[1])
    runtime.graphExecDestroy(ready)
    runtime.graphDestroy(graph)
    with pytest.raises(runtime.CUDARuntimeError, match="cudaErrorInvalidValue"):
        runtime.graphLaunch(ready, stream.ptr)


@on_a_gpu
def test_a_capture_that_failed_is_over():
    """Ending a capture that was not begun, or was spoiled, is an error; the next one works."""
    stream = cp.cuda.Stream(non_blocking=True)
    with pytest.raises(runtime.CUDARuntimeError):
        stream.end_capture()
    x = cp.arange(10.0)
    cp.cuda.Device().synchronize()
    _, graph, y = captured(lambda: x * 2)
    graph.launch()
    cp.cuda.Device().synchronize()
    np.testing.assert_array_equal(y.get(), np.arange(10.0) * 2)
