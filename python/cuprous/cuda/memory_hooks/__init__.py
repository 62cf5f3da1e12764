"""Memory hooks that are ready: one that prints what happens, one that counts for each line of the program."""

from cuprous.cuda.memory_hooks.debug_print import DebugPrintHook
from cuprous.cuda.memory_hooks.line_profile import LineProfileHook

__all__ = ["DebugPrintHook", "LineProfileHook"]
