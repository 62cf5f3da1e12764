"""Streams of random bits: all of them Philox 4x32-10, and the seeds that their keys follow from."""

import operator
import threading

from cuprous import _core
from cuprous._core import fresh_entropy as _fresh_entropy, seed_words as _seed_words


def _words_of(number):
    """A number that is not negative as words of 32 bits, the lowest first."""
    if number < 0:
        raise ValueError("expected non-negative integer")
    words = []
    while number or not words:
        words.append(number & 0xFFFFFFFF)
        number >>= 32
    return words


def _entropy_words(entropy):
    """Integers, or lists of them to any depth, as words of 32 bits."""
    if hasattr(entropy, "tolist"):
        entropy = entropy.tolist()
    if isinstance(entropy, (list, tuple, range)):
        return [word for item in entropy for word in _entropy_words(item)]
    try:
        return _words_of(operator.index(entropy))
    except TypeError:
        raise TypeError(f"SeedSequence expects int or sequence of ints for entropy not {entropy}") from None


class SeedSequence:
    """Mixes entropy into seeds, in the way of NumPy's class of this name.

    Parameters
    ----------
    entropy : int or sequence of int, optional
        What the seeds follow from; by default numbers of the operating system.
    spawn_key : sequence of int
        Which child of its parent this is.
    pool_size : int
        Words that hold the entropy.
    n_children_spawned : int
        How many children there are already.
    """

    def __init__(self, entropy=None, *, spawn_key=(), pool_size=4, n_children_spawned=0):
        if pool_size < 4:
            raise ValueError("The size of the entropy pool should be at least 4")
        if entropy is None:
            entropy = sum(word << (32 * k) for k, word in enumerate(_fresh_entropy()))
        self._words = _entropy_words(entropy)
        self.entropy, self.spawn_key, self.pool_size = entropy, tuple(spawn_key), pool_size
        self.n_children_spawned = n_children_spawned

    def __repr__(self):
        usual = {"entropy": None, "spawn_key": (), "pool_size": 4, "n_children_spawned": 0}
        lines = [f"    {name}={value},\n" for name, value in self.state.items() if value != usual[name]]
        return f"SeedSequence(\n{''.join(lines)})"

    @property
    def pool(self):
        """The words that hold the entropy, as an array of uint32."""
        return _core.asarray(_core.seed_pool(self._words, self._key_words(), self.pool_size), dtype="uint32")

    def _key_words(self):
        return [word for item in self.spawn_key for word in _words_of(operator.index(item))]

    def _make(self, n_words):
        return _seed_words(self._words, self._key_words(), self.pool_size, n_words)

    def generate_state(self, n_words, dtype="uint32"):
        """Words for a generator's state, as an array of uint32 or uint64."""
        dtype = _core.empty(0, dtype).dtype
        if dtype not in ("uint32", "uint64"):
            raise ValueError("only support uint32 or uint64")
        if dtype == "uint32":
            return _core.asarray(self._make(n_words), dtype="uint32")
        words = self._make(2 * n_words)
        return _core.asarray([low | high << 32 for low, high in zip(words[::2], words[1::2])], dtype="uint64")

    def spawn(self, n_children):
        """New sequences whose seeds have nothing to do with each other."""
        first = self.n_children_spawned
        self.n_children_spawned += n_children
        keys = ((*self.spawn_key, k) for k in range(first, first + n_children))
        return [SeedSequence(self.entropy, spawn_key=key, pool_size=self.pool_size) for key in keys]

    @property
    def state(self):
        """What another one like this is made from."""
        names = ("entropy", "spawn_key", "pool_size", "n_children_spawned")
        return {name: getattr(self, name) for name in names}


def _key_of(seed):
    """The key of a seed: a number below 2**64 is its own; what is longer is mixed."""
    if isinstance(seed, SeedSequence):
        low, high = seed._make(2)
        return low | high << 32
    if seed is None:
        seed = _fresh_entropy()
    words = _entropy_words(seed)
    if len(words) <= 2 and not hasattr(seed, "__len__"):
        return sum(word << (32 * k) for k, word in enumerate(words))
    low, high = _seed_words(words, [], 4, 2)
    return low | high << 32


class BitGenerator:
    """A stream of random bits.

    All names of CuPy and NumPy stand for Philox 4x32-10 here, which alone gives the same numbers on every device: the same
    seed gives the same stream under each of them, and other numbers than the generator of that name elsewhere.

    Parameters
    ----------
    seed : int, sequence of int or SeedSequence, optional
        Where the stream begins; by default somewhere.
    """

    def __init__(self, seed=None):
        self.seed_seq = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
        self._stream = _core.RandomStream(_key_of(self.seed_seq if seed is None else seed))
        self.lock = threading.Lock()

    def random_raw(self, size=None, output=True):
        """Random bits as uint64."""
        drawn = self._stream.bits(size, 64)
        return drawn if output else None

    @property
    def state(self):
        """Key and next block of the stream, as a dictionary that can be assigned."""
        key, block = self._stream.state()
        return {"bit_generator": type(self).__name__, "state": {"key": key, "block": block}}

    @state.setter
    def state(self, value):
        if not isinstance(value, dict):
            raise TypeError("state must be a dict")
        if value.get("bit_generator", "") != type(self).__name__:
            raise ValueError(f"state must be for a {type(self).__name__} RNG")
        self._stream.set_state(value["state"]["key"], value["state"]["block"])

    def spawn(self, n_children):
        """New generators whose streams have nothing to do with each other."""
        return [type(self)(child) for child in self.seed_seq.spawn(n_children)]

    def __getstate__(self):
        return {"seed_seq": self.seed_seq, "state": self.state}

    def __setstate__(self, value):
        BitGenerator.__init__(self, 0)
        self.seed_seq, self.state = value["seed_seq"], value["state"]


class _Sized(BitGenerator):
    """CuPy's bit generators take the number of their states, which a counter does not need."""

    def __init__(self, seed=None, *, size=-1):
        super().__init__(seed)

    @property
    def generator(self):
        """The name of the generator."""
        return type(self).__name__


class _Jumping(BitGenerator):
    """A bit generator that goes to far places of its stream."""

    def jumped(self, jumps=1):
        """A new generator at the same place of a stream that this one does not meet; `jumps` names it."""
        key, block = self._stream.state()
        other = type(self)(self.seed_seq)
        # Keys that differ at all have nothing in common; an odd step meets each of them once.
        other._stream.set_state((key + operator.index(jumps) * 0x9E3779B97F4A7C15) % 2**64, block)
        return other


class _Advancing(_Jumping):
    """One that moves along its stream, too."""

    def advance(self, delta):
        """Goes on as if `delta` numbers of 64 bits had been drawn in one call, back if it is negative; gives itself."""
        key, block = self._stream.state()
        self._stream.set_state(key, (block + -(-operator.index(delta) // 2)) % 2**64)
        return self


def _named(base, *names):
    """Bit generators that differ in nothing but their names."""
    return [type(name, (base,), {"__doc__": BitGenerator.__doc__, "__module__": "cuprous.random"}) for name in names]


XORWOW, MRG32k3a, Philox4x3210 = _named(_Sized, "XORWOW", "MRG32k3a", "Philox4x3210")
PCG64, PCG64DXSM = _named(_Advancing, "PCG64", "PCG64DXSM")
(MT19937,) = _named(_Jumping, "MT19937")
(SFC64,) = _named(BitGenerator, "SFC64")


class Philox(_Advancing):
    """A stream of random bits, named by a seed or by its key and the place where it begins.

    Parameters
    ----------
    seed : int, sequence of int or SeedSequence, optional
        What the key follows from; by default numbers of the operating system.
    counter : int, optional
        The first block of 128 bits, below 2**64; by default 0.
    key : int or sequence of int, optional
        The key, instead of a seed; what is longer than 64 bits is mixed.
    """

    def __init__(self, seed=None, counter=None, key=None):
        if seed is not None and key is not None:
            raise ValueError("seed and key cannot be both used")
        block = 0 if counter is None else operator.index(counter)
        if not 0 <= block < 2**64:
            raise ValueError("counter must be positive and less than 2**64.")
        super().__init__(seed if key is None else key)
        self._stream.set_state(self._stream.state()[0], block)

# Where programs and pickles look for them.
for _class in (SeedSequence, BitGenerator, Philox):
    _class.__module__ = "cuprous.random"
del _class
