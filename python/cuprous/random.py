"""Random numbers: one counter-based generator with the same stream on every device."""

from cuprous._core import RandomState

_state = RandomState()
seed, rand, randn, random, random_sample = _state.seed, _state.rand, _state.randn, _state.random, _state.random_sample

__all__ = ["RandomState", "rand", "randn", "random", "random_sample", "seed"]
