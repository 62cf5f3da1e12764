"""Measuring time: `benchmark`, and ranges and captures for NVIDIA's profilers. CuPy's `cupyx.profiler`."""

import contextlib
import functools
import importlib
import math
import operator
import time

import numpy

from cuprous import _core

__all__ = ["benchmark", "load_ipython_extension", "profile", "time_range"]


def benchmark(func, args=(), kwargs={}, n_repeat=10000, *, name=None, n_warmup=10, max_duration=math.inf, devices=None):  # noqa: B006  CuPy's default
    """Measures a function: the host's time for each call, and the devices' time from before it to after its work.

    Parameters
    ----------
    func : callable
        The function.
    args : tuple
        Its arguments.
    kwargs : dict
        Its keyword arguments.
    n_repeat : int
        How many calls are measured.
    name : str, optional
        What the result is called, by default as the function.
    n_warmup : int
        How many calls come before.
    max_duration : float
        Seconds after which no further call is measured.
    devices : tuple of int, optional
        Numbers of the devices on which the function works, by default the current one.

    Returns
    -------
    An object that prints as a line of statistics: `name`, and `cpu_times` and `gpu_times`, NumPy arrays of seconds of shape
    `(n,)` and `(n_devices, n)`.

    Each call's result is held and computed before its time ends, so that lazy work counts. On a CPU the two times are alike.
    """
    if not callable(func):
        raise ValueError("`func` should be a callable object.")
    if not isinstance(args, tuple):
        raise ValueError("`args` should be of tuple type.")
    if not isinstance(kwargs, dict):
        raise ValueError("`kwargs` should be of dict type.")
    if not isinstance(n_repeat, int):
        raise ValueError("`n_repeat` should be an integer.")
    name = getattr(func, "__name__", str(func)) if name is None else name
    if not isinstance(name, str):
        raise ValueError("`name` should be a string.")
    if not isinstance(n_warmup, int):
        raise ValueError("`n_warmup` should be an integer.")
    cuda = _core.cuda
    devices = (cuda.get_device_id(),) if devices is None else tuple(map(operator.index, devices))
    if not devices:
        raise ValueError("`devices` should not be empty.")
    events = []
    for k in devices:
        with cuda.Device(k):
            events.append((cuda.Event(), cuda.Event(), cuda.get_current_stream()))

    for _ in range(n_warmup):
        func(*args, **kwargs)
    _each(devices, lambda k: cuda.get_current_stream().synchronize())
    host, device = [], [[] for _ in devices]
    deadline = time.perf_counter() + max_duration
    for _ in range(n_repeat):
        for k, (first, _, stream) in zip(devices, events, strict=True):
            with cuda.Device(k):
                first.record(stream)
        begin = time.perf_counter()
        result = func(*args, **kwargs)
        # Setting the event computes what waits, `result` for example, which is held until then.
        for k, (_, last, stream) in zip(devices, events, strict=True):
            with cuda.Device(k):
                last.record(stream)
        host.append(time.perf_counter() - begin)
        del result
        for k, (first, last, _), times in zip(devices, events, device, strict=True):
            with cuda.Device(k):
                last.synchronize()
                times.append(cuda.get_elapsed_time(first, last) * 1e-3)
        if time.perf_counter() > deadline:
            break
    return _PerfCaseResult(name, [host, *device], devices)


def _each(devices, call):
    for k in devices:
        with _core.cuda.Device(k):
            call(k)


class _PerfCaseResult:
    """The times of a function: what `benchmark` returns."""

    def __init__(self, name, ts, devices):
        self.name, self.devices = name, devices
        self._times = [list(row) for row in ts]

    @property
    def cpu_times(self):
        """Seconds of the host, one for each call."""
        return numpy.asarray(self._times[0], dtype=float)

    @property
    def gpu_times(self):
        """Seconds of the devices, of shape `(n_devices, n)`."""
        return numpy.asarray(self._times[1:], dtype=float)

    def to_str(self, show_gpu=False):
        """A line of statistics in microseconds: the mean, and with several calls their spread and extremes."""
        parts = [_statistics("CPU", self._times[0])]
        if show_gpu:
            parts += [_statistics(f"GPU-{k}", row) for k, row in zip(self.devices, self._times[1:], strict=True)]
        return f"{self.name:<20s}:{' '.join(parts)}"

    def __str__(self):
        return self.to_str(show_gpu=True)

    __repr__ = __str__


def _statistics(what, seconds):
    if not seconds:
        return f"    {what}: no call"
    times = [1e6 * t for t in seconds]
    mean = sum(times) / len(times)
    text = f"    {what}: {mean:9.03f} us"
    if len(times) > 1:
        spread = math.sqrt(sum((t - mean) ** 2 for t in times) / len(times))
        text += f"   +/- {spread:6.03f} (min: {min(times):9.03f} / max: {max(times):9.03f}) us"
    return text


class time_range:  # noqa: N801  CuPy's name
    """A range on the time line of NVIDIA's profilers: a context manager, and a decorator.

    Parameters
    ----------
    message : str, optional
        The name of the range; by default, of a decorated function, its own.
    color_id : int, optional
        Which of the profiler's colours it has.
    argb_color : int, optional
        The colour itself, `0xAARRGGBB`; not with `color_id`.
    sync : bool
        Whether the current stream is waited for at both ends.

    What waits is computed at both ends, so that it lies in the range to which it belongs.
    """

    def __init__(self, message=None, color_id=None, argb_color=None, sync=False):
        if color_id is not None and argb_color is not None:
            raise ValueError("Only either color_id or argb_color can be specified")
        self.message, self.color_id, self.argb_color, self.sync = message, -1 if color_id is None else color_id, argb_color, sync

    def __enter__(self):
        if self.message is None:
            raise ValueError("when used as a context manager, time_range needs a message")
        self._push(self.message)
        return self

    def __exit__(self, kind, error, traceback):
        self._pop()

    def __call__(self, func):
        @functools.wraps(func)
        def call(*args, **kwargs):
            self._push(self.message or func.__name__)
            try:
                return func(*args, **kwargs)
            finally:
                self._pop()

        return call

    def _push(self, message):
        self._settle()
        if tool := _tool("nvtx"):
            if self.argb_color is not None:
                tool.RangePushC(message, self.argb_color)
            else:
                tool.RangePush(message, self.color_id)

    def _pop(self):
        try:
            self._settle()
        finally:
            if tool := _tool("nvtx"):
                tool.RangePop()

    def _settle(self):
        stream = _core.cuda.get_current_stream()
        # Recording an event computes what waits on the stream.
        stream.synchronize() if self.sync else stream.record()


@contextlib.contextmanager
def profile():
    """Within it NVIDIA's profilers collect, if they were told to wait for that; without a GPU nothing happens."""
    tool = _tool("profiler")
    if tool:
        tool.start()
    try:
        yield
    finally:
        _core.cuda.get_current_stream().record()
        if tool:
            tool.stop()


def _tool(name):
    """The bindings of one of NVIDIA's tools where there is a GPU."""
    return importlib.import_module(f"cuprous.cuda.{name}") if _core.is_available() else None


def load_ipython_extension(ipython):
    """Adds `%gpu_timeit [OPTIONS] STATEMENT` and the cell magic `%%gpu_timeit [OPTIONS]` to IPython.

    They print what `benchmark` measures. The options are `-n` or `--n-repeat`, `-w` or `--n-warmup`, and `--max-duration`.
    """

    def gpu_timeit(line, cell=None):
        options, statement = _options(line)
        code = compile(statement if cell is None else cell, "<gpu_timeit>", "exec")
        words = {"n_repeat": 10000, "max_duration": 2.0, **options}
        print(benchmark(lambda: exec(code, ipython.user_ns), name="run", **words))

    ipython.register_magic_function(gpu_timeit, magic_kind="line_cell", magic_name="gpu_timeit")


_WORDS = {
    "-n": ("n_repeat", int), "--n-repeat": ("n_repeat", int), "-w": ("n_warmup", int), "--n-warmup": ("n_warmup", int),
    "--max-duration": ("max_duration", float),
}


def _options(line):
    """The options with which a line begins, as keyword arguments of `benchmark`, and the rest."""
    options, rest = {}, line.strip()
    while rest.startswith("-") and (words := rest.split(maxsplit=2))[0] in _WORDS and len(words) > 1:
        name, kind = _WORDS[words[0]]
        options[name] = kind(words[1])
        rest = words[2] if len(words) > 2 else ""
    return options, rest
