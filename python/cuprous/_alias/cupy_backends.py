"""`import cupy_backends` in a process whose path leads here: cuprous takes its place."""

from cuprous import compat

compat.take_over(__name__, __file__)
