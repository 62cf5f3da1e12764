"""`cuprous.cuda.nvtx`: marks and ranges, which do nothing where NVTX is missing."""

from cuprous.cuda import nvtx


def test_marks_and_ranges():
    """All of it can be called, whether a profiler listens or not."""
    assert isinstance(nvtx.available, bool)
    assert nvtx.Mark("mark") is None and nvtx.Mark("mark", 5) is None and nvtx.MarkC("mark", 0xFF00FF00) is None
    nvtx.RangePush("outer", 3)
    nvtx.RangePushC("inner", 0xFF0000FF)
    assert nvtx.RangePop() is None
    nvtx.RangePop()
    number = nvtx.RangeStart("range", 0xFFFF0000)
    assert isinstance(number, int) and nvtx.RangeEnd(number) is None
