"""`MemoryHook`: objects that hear of the memory that their thread takes and gives back."""

import threading

from cuprous._core import cuda as _cuda

__all__ = ["MemoryHook", "get_memory_hooks"]

_of_thread = threading.local()


def get_memory_hooks():
    """Gives the hooks that are in effect in this thread, by their names.

    Returns:
        dict: Names and hooks, in the order in which they were entered.
    """
    try:
        return _of_thread.hooks
    except AttributeError:
        _of_thread.hooks = {}
        return _of_thread.hooks


class MemoryHook:
    """Hears of memory while the `with` block of it runs, in the thread that runs it.

    Subclasses override what they want to hear. `device_id` is the number of the device, `size` how many bytes were asked
    for, `mem_size` how many the pool takes for them, `mem_ptr` where they begin and `pmem_id` a number that tells blocks
    in use apart. An exception raised before memory is taken keeps it from being taken. While a hook is in effect each
    operation is computed when it is called, and what a hook does itself is not told.
    """

    name = "MemoryHook"

    def __enter__(self):
        """Begins to listen; a thread has one hook of a name."""
        hooks = get_memory_hooks()
        if self.name in hooks:
            raise KeyError(f"a memory hook named {self.name!r} is in effect already")
        _cuda._add_memory_hook(self)
        hooks[self.name] = self
        return self

    def __exit__(self, *_):
        """Ends it."""
        del get_memory_hooks()[self.name]
        _cuda._remove_memory_hook(self)

    def alloc_preprocess(self, **kwargs):
        """Called before a pool asks the device for memory: `device_id`, `mem_size`."""

    def alloc_postprocess(self, **kwargs):
        """Called after that: `device_id`, `mem_size`, `mem_ptr`, which is 0 if there was none."""

    def malloc_preprocess(self, **kwargs):
        """Called before memory is taken from a pool: `device_id`, `size`, `mem_size`."""

    def malloc_postprocess(self, **kwargs):
        """Called after that: `device_id`, `size`, `mem_size`, `mem_ptr`, which is 0 if there was none, `pmem_id`."""

    def free_preprocess(self, **kwargs):
        """Called before memory goes back to its pool: `device_id`, `mem_size`, `mem_ptr`, `pmem_id`."""

    def free_postprocess(self, **kwargs):
        """Called after that: `device_id`, `mem_size`, `mem_ptr`, `pmem_id`."""
