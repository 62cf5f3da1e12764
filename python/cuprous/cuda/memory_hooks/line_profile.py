"""`LineProfileHook`: how much memory each line of a program takes."""

import os
import sys
import traceback

from cuprous.cuda.memory_hook import MemoryHook

__all__ = ["LineProfileHook", "MemoryFrame", "StackFrame"]


class StackFrame:
    """A line of a program on the stack: what is told apart in the report."""

    def __init__(self, obj):
        self.filename = obj.filename
        self.lineno = obj.lineno
        self.name = obj.name

    def _key(self):
        return self.filename, self.lineno, self.name

    def __eq__(self, other):
        return isinstance(other, StackFrame) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())


class MemoryFrame:
    """The memory of a line and of what it called.

    Attributes:
        parent (MemoryFrame): The line that called it, None for the root.
        stackframe (StackFrame): The line, None for the root.
        children (list): The lines that it called.
        used_bytes (int): What was taken from pools.
        acquired_bytes (int): What pools took from the device meanwhile.
    """

    def __init__(self, parent, stackframe):
        self.parent = parent
        self.stackframe = stackframe
        self.children = []
        self.used_bytes = 0
        self.acquired_bytes = 0
        if parent is not None:
            parent.children.append(self)

    def humanized_bytes(self):
        """Gives both sums in words.

        Returns:
            tuple: `used_bytes` and `acquired_bytes`, as `4.00KB` for example.
        """
        return _in_words(self.used_bytes), _in_words(self.acquired_bytes)


def _in_words(n):
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1024:
            return f"{n:.2f}{unit}"
        n /= 1024
    return f"{n:.2f}TB"


class LineProfileHook(MemoryHook):
    """Counts the memory that each line of a program takes, with the lines that called it.

    Args:
        max_depth (int): How many frames, from the outermost, are told apart; 0 for all.
    """

    name = "LineProfileHook"

    def __init__(self, max_depth=0):
        self._max_depth = max_depth
        self._root = MemoryFrame(None, None)

    def malloc_preprocess(self, **kwargs):
        """Counts what is taken from a pool."""
        for frame in self._frames():
            frame.used_bytes += kwargs["mem_size"]

    def alloc_preprocess(self, **kwargs):
        """Counts what a pool takes from the device."""
        for frame in self._frames():
            frame.acquired_bytes += kwargs["mem_size"]

    def _frames(self):
        """The frames of the stack below this hook, from the root on."""
        stack = [StackFrame(f) for f in traceback.extract_stack(sys._getframe(2))]
        if self._max_depth:
            stack = stack[: self._max_depth]
        frame, found = self._root, [self._root]
        for line in stack:
            frame = next((c for c in frame.children if c.stackframe == line), None) or MemoryFrame(frame, line)
            found.append(frame)
        return found

    def print_report(self, file=sys.stdout):
        """Prints a line for each line of the program: its place, what was used and what was acquired, below its caller.

        Args:
            file: Where to, standard output by default.
        """
        waiting = [(self._root, 0)]
        while waiting:
            frame, depth = waiting.pop()
            line, (used, acquired) = frame.stackframe, frame.humanized_bytes()
            place = f"{_short(line.filename)}:{line.lineno}:{line.name}" if line else "_root"
            print(f"{'  ' * depth}{place} ({used}, {acquired})", file=file)
            waiting += [(child, depth + 1) for child in reversed(frame.children)]
        file.flush()


def _short(filename):
    """A path from the working directory if it lies below that, else its last three parts."""
    here = os.path.join(os.getcwd(), "")
    return filename.removeprefix(here) if filename.startswith(here) else os.path.join(*filename.split(os.sep)[-3:])
