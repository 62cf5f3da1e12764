"""Algorithms over ranges, with the interface of Thrust's. One thread does all of the work of a call.

The first argument of most says where the work runs, ``seq`` or ``device``, which is the same here. Ranges begin and end
where `begin()` and `end()` of an array say, or shared memory, moved by numbers.
"""

from cuprous.x.jit import _types as types
from cuprous.x.jit._values import Builtin, Constant, Value


class _Policy:
    """Where an algorithm runs."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return f"<jit.thrust.{self._name}>"


device, host, seq = _Policy("device"), _Policy("host"), _Policy("seq")

# Of each algorithm its forms: the parameters and the result. Parameters are places in ranges, but for `value`, a number of
# the type of the range's elements, and `start`, a number of its own type or of that of the elements.
_FORMS = {
    "adjacent_difference": ["first last result -> result"],
    "binary_search": ["first last value -> bool", "first last values values_last result -> result"],
    "copy": ["first last result -> result"],
    "count": ["first last value -> int64"],
    "equal": ["first last first2 -> bool"],
    "equal_range": ["first last value -> first first"],
    "exclusive_scan": ["first last result -> result", "first last result start -> result"],
    "exclusive_scan_by_key": ["first last values result -> result", "first last values result start -> result"],
    "fill": ["first last value -> void"],
    "find": ["first last value -> first"],
    "gather": ["map_first map_last first result -> result"],
    "inclusive_scan": ["first last result -> result"],
    "inclusive_scan_by_key": ["first last values result -> result"],
    "inner_product": ["first last first2 start -> start"],
    "is_sorted": ["first last -> bool"],
    "is_sorted_until": ["first last -> first"],
    "lower_bound": ["first last value -> first", "first last values values_last result -> result"],
    "mismatch": ["first last first2 -> first first2"],
    "reduce": ["first last -> item", "first last start -> start"],
    "reduce_by_key": ["first last values keys_result result -> keys_result result"],
    "remove": ["first last value -> first"],
    "remove_copy": ["first last result value -> result"],
    "replace": ["first last value value2 -> void"],
    "replace_copy": ["first last result value value2 -> result"],
    "reverse": ["first last -> void"],
    "reverse_copy": ["first last result -> result"],
    "scatter": ["first last map result -> void"],
    "sequence": ["first last -> void", "first last start -> void", "first last start step -> void"],
    "set_difference": ["first last first2 last2 result -> result"],
    "set_difference_by_key": ["first last first2 last2 values values2 keys_result result -> keys_result result"],
    "set_intersection": ["first last first2 last2 result -> result"],
    "set_intersection_by_key": ["first last first2 last2 values keys_result result -> keys_result result"],
    "set_symmetric_difference": ["first last first2 last2 result -> result"],
    "set_symmetric_difference_by_key": ["first last first2 last2 values values2 keys_result result -> keys_result result"],
    "set_union": ["first last first2 last2 result -> result"],
    "set_union_by_key": ["first last first2 last2 values values2 keys_result result -> keys_result result"],
    "sort": ["first last -> void"],
    "sort_by_key": ["first last values -> void"],
    "stable_sort": ["first last -> void"],
    "stable_sort_by_key": ["first last values -> void"],
    "swap_ranges": ["first last first2 -> first2"],
    "unique": ["first last -> first"],
    "unique_by_key": ["first last values -> first values"],
    "upper_bound": ["first last value -> first", "first last values values_last result -> result"],
}
_ORDERED = ("sort", "bound", "search", "range", "set_", "sorted")


def _arguments(translator, name, names, args):
    """The arguments of a form, as values by the names of its parameters."""
    found = {}
    for parameter, arg in zip(names, args):
        is_number = parameter.rstrip("2") in ("value", "start", "step")
        if is_number:
            item = next(v.type.item for v in found.values() if isinstance(v.type, types.Iterator))
            if parameter.startswith("value"):
                found[parameter] = translator.cast(arg, item)
            else:
                found[parameter] = translator.scalar(translator.adapted(arg, item), parameter)
            continue
        value = translator.place_in_range(arg) if isinstance(arg, Value) and isinstance(arg.type, types.Shared) else arg
        if not isinstance(value, Value) or not isinstance(value.type, types.Iterator):
            raise TypeError(f"thrust.{name} takes places in ranges, such as a.begin(), for {parameter}, not {translator.describe(arg)}")
        found[parameter] = value
    first, last = (found.get(n) for n in names[:2])
    if last is not None and first.type != last.type:
        raise TypeError(f"a range begins and ends in the same array: {first.type} and {last.type} do not")
    return found


def _algorithm(name):
    forms = [form.partition(" -> ") for form in _FORMS[name]]

    def emit(translator, exec_policy, *args):
        if not isinstance(exec_policy, Constant) or not isinstance(exec_policy.value, _Policy):
            raise TypeError(f"the first argument of thrust.{name} is thrust.seq or thrust.device")
        if exec_policy.value is host:
            raise TypeError("thrust.host is not for kernels: take thrust.seq or thrust.device")
        # Numbers tell apart forms of as many parameters.
        fitting = [(p.split(), r.split()) for p, _, r in forms if len(p.split()) == len(args)]
        if not fitting:
            counts = " or ".join(str(len(p.split()) + 1) for p, _, _ in forms)
            raise TypeError(f"thrust.{name} takes {counts} arguments, not {len(args) + 1}")
        names, results = fitting[0]
        found = _arguments(translator, name, names, args)
        item = found[names[0]].type.item
        if item.dtype.kind == "c" and any(word in name for word in _ORDERED):
            raise TypeError("complex numbers have no order")
        translator.program.headers["cuprous/jit_thrust.cuh"] = None
        plain = {"void": types.VOID, "bool": types.BOOL, "int64": types.INT64, "item": item}
        kinds = tuple(plain.get(r) or found[r].type for r in results)
        given = ", ".join(f"({v.type.name})({v.code})" if isinstance(v.type, types.Scalar) else v.code for v in found.values())
        return Value(f"jit_thrust::{name}({given})", kinds[0] if len(kinds) == 1 else types.Tuple(kinds))

    emit.__doc__ = f"Thrust's `{name}`: after the policy " + ", or ".join(f"``{', '.join(p.split())}``" for p, _, _ in forms) + "."
    return Builtin(emit, name, "jit.thrust")


def _make_constant_iterator(translator, x, i=None):
    """A range of equal numbers."""
    value = translator.scalar(x, "what is repeated")
    translator.program.headers["cuprous/jit_thrust.cuh"] = None
    name = f"jit_thrust::ConstantIterator<{value.type.name}>"
    return Value(f"{name}{{({value.type.name})({value.code})}}", types.Iterator(value.type, name, False))


def _make_counting_iterator(translator, x):
    """A range of numbers, each larger by one."""
    value = translator.scalar(x, "where counting begins")
    if value.type.dtype.kind not in "iuf":
        raise TypeError(f"{value.type} cannot be counted")
    translator.program.headers["cuprous/jit_thrust.cuh"] = None
    name = f"jit_thrust::CountingIterator<{value.type.name}>"
    return Value(f"{name}{{({value.type.name})({value.code})}}", types.Iterator(value.type, name, False))


globals().update({name: _algorithm(name) for name in _FORMS})
make_constant_iterator = Builtin(_make_constant_iterator, "make_constant_iterator", "jit.thrust")
make_counting_iterator = Builtin(_make_counting_iterator, "make_counting_iterator", "jit.thrust")

__all__ = sorted([*_FORMS, "device", "host", "make_constant_iterator", "make_counting_iterator", "seq"])
