"""NVTX: marks and ranges that profilers show. Where it is missing they do nothing, and `available` is false."""

from cuprous.cuda import _foreign

_nvtx = _foreign.functions("nvtx")
__all__ = ["Mark", "MarkC", "RangeEnd", "RangePop", "RangePush", "RangePushC", "RangeStart", "available"]

# Colors by number, for those who do not choose one: told apart easily, opaque.
_COLORS = (0xFF1F77B4, 0xFFFF7F0E, 0xFF2CA02C, 0xFFD62728, 0xFF9467BD, 0xFF8C564B, 0xFFE377C2, 0xFF7F7F7F, 0xFFBCBD22, 0xFF17BECF)


def _is_there():
    try:
        _nvtx["_load"]()
    except RuntimeError:
        return False
    return True


available = _is_there()


def _color(id_color):
    return 0xFF00FF00 if id_color < 0 else _COLORS[id_color % len(_COLORS)]


def MarkC(message, color=0):
    """A mark in a color, as ARGB."""
    if available:
        _nvtx["_mark"](str(message), color)


def Mark(message, id_color=-1):
    """A mark in a color of the palette."""
    MarkC(message, _color(id_color))


def RangePushC(message, color=0):
    """Begins a range in a color, as ARGB, inside those of this thread that are open."""
    if available:
        _nvtx["_push"](str(message), color)


def RangePush(message, id_color=-1):
    """Begins a range in a color of the palette."""
    RangePushC(message, _color(id_color))


def RangePop():
    """Ends the range of this thread that began last."""
    if available:
        _nvtx["_pop"]()


def RangeStart(message, color=0):
    """Begins a range that any thread may end, and gives its number."""
    return _nvtx["_start"](str(message), color) if available else 0


def RangeEnd(range_id):
    """Ends the range of a number."""
    if available:
        _nvtx["_end"](range_id)
