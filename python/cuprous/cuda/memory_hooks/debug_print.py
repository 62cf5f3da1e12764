"""`DebugPrintHook`: a line of JSON for each thing that happens to memory."""

import json
import sys

from cuprous.cuda.memory_hook import MemoryHook

__all__ = ["DebugPrintHook"]


class DebugPrintHook(MemoryHook):
    """Prints a line of JSON after memory was taken from the device, taken from a pool, or given back to it.

    Args:
        file: Where to, standard output by default.
        flush (bool): Whether each line is flushed.
    """

    name = "DebugPrintHook"

    def __init__(self, file=sys.stdout, flush=True):
        self.file = file
        self.flush = flush

    def _print(self, hook, told):
        if "pmem_id" in told:
            told["pmem_id"] = hex(told["pmem_id"])
        print(json.dumps({"hook": hook, **told}, separators=(",", ":")), file=self.file, flush=self.flush)

    def alloc_postprocess(self, **kwargs):
        """Prints what was taken from the device."""
        self._print("alloc", kwargs)

    def malloc_postprocess(self, **kwargs):
        """Prints what was taken from a pool."""
        self._print("malloc", kwargs)

    def free_postprocess(self, **kwargs):
        """Prints what went back."""
        self._print("free", kwargs)
