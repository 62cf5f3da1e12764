"""Settings of a thread: whether it may wait for devices, and what becomes of failures in linear algebra."""

import contextlib

from cuprous import _core

_NUMBERS = ("divide", "over", "under", "invalid")


@contextlib.contextmanager
def allow_synchronize(allow):
    """Within it this thread may wait for devices or not: where it must not, waiting raises `DeviceSynchronized`.

    To read an array's elements is to wait for them, and so is to ask a stream, an event or a device to finish. It shows where
    a program does so, on every device alike.

    Parameters
    ----------
    allow : bool
        Whether it may.
    """
    before = _core._allow_synchronize(bool(allow))
    try:
        yield
    finally:
        _core._allow_synchronize(before)


def geterr():
    """What becomes of errors: a dictionary by their kinds.

    `linalg` is `'raise'` or `'ignore'`. The values of elements never raise, which `None` says for the other kinds.
    """
    return {**dict.fromkeys(_NUMBERS), "linalg": _core._linalg_errors()}


def seterr(*, divide=None, over=None, under=None, invalid=None, linalg=None):
    """Sets what becomes of errors, for this thread, and returns what `geterr` gave before.

    Parameters
    ----------
    divide, over, under, invalid : None
        Nothing else is there: the values of elements never raise.
    linalg : 'raise' or 'ignore', optional
        Whether failures of linear algebra, a singular matrix for example, raise `LinAlgError`. With `'ignore'` nobody looks,
        so that nobody waits for the device either, and the results of such matrices are undefined.

    Differs from CuPy
    -----------------
    Failures raise unless they are told not to, as in NumPy.
    """
    for name, value in zip(_NUMBERS, (divide, over, under, invalid), strict=True):
        if value is not None:
            raise NotImplementedError(f"{name} must be None: the values of elements never raise")
    before = geterr()
    if linalg is not None:
        _core._linalg_errors(linalg)
    return before


@contextlib.contextmanager
def errstate(*, divide=None, over=None, under=None, invalid=None, linalg=None):
    """Within it, what `seterr` sets holds."""
    before = seterr(divide=divide, over=over, under=under, invalid=invalid, linalg=linalg)
    try:
        yield
    finally:
        seterr(linalg=before["linalg"])


class RuntimeInfo:
    """What was found on this machine: pairs of a subject and what is to be said of it."""

    def __init__(self, facts):
        self.facts = facts

    def __str__(self):
        width = max((len(subject) for subject, _ in self.facts), default=0)
        return "".join(f"{subject:{width}} : {found}\n" for subject, found in self.facts)

    __repr__ = __str__


def get_runtime_info(*, full=True):
    """What `cuprous.show_config()` prints, as an object that prints so; `full` has no effect."""
    from cuprous import doctor

    return RuntimeInfo(doctor.config())
