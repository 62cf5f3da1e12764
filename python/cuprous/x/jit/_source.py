"""The syntax trees of functions, and errors that say where in a function they arose."""

import ast
import inspect
import linecache
from functools import lru_cache


class Place:
    """A function's file, lines and name, for messages."""

    def __init__(self, function):
        self.name = function.__name__
        self.path = function.__code__.co_filename

    def describe(self, node):
        """Two lines that say where a part of the function stands."""
        number = getattr(node, "lineno", None)
        text = linecache.getline(self.path, number).strip() if number else ""
        return f'  in {self.name}, line {number} of {self.path}:\n    {text}'


def located(error, place, node):
    """The same kind of error, with the place in its message."""
    if getattr(error, "_names_its_line", False):
        return error
    message = error.args[0] if error.args and isinstance(error.args[0], str) else str(error)
    text = f"{message}\n{place.describe(node)}"
    try:
        made = type(error)(text)
    except Exception:
        made = TypeError(text)
    made._names_its_line = True
    return made


@lru_cache(maxsize=32)
def _parsed(text):
    return ast.parse(text)


def tree_of(function):
    """The definition of a function, or its lambda expression."""
    code = function.__code__
    try:
        lines, _ = inspect.findsource(function)
        tree = _parsed("".join(lines))
    except (OSError, SyntaxError) as error:
        raise ValueError(
            f"the source of {function.__name__} is not to be had ({error}): kernels are made from it, so define the "
            "function in a file"
        ) from None
    found = [node for node in ast.walk(tree) if _is_at(node, code)]
    if len(found) > 1:
        # The smallest one that holds the instructions: a lambda may stand in another one.
        found = sorted((n for n in found if _holds(n, code)), key=lambda n: (n.end_lineno - n.lineno, n.end_col_offset - n.col_offset))
    if not found:
        raise ValueError(f"{function.__name__} is not in {code.co_filename} as it was compiled: was the file changed?")
    return found[0]


def _is_at(node, code):
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return code.co_name == node.name and first == code.co_firstlineno
    return False


def _holds(node, code):
    """Whether the instructions come from a lambda's expression: there may be several in a line."""
    body = node.body if isinstance(node, ast.Lambda) else node
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    # Instructions that belong to no expression have no width.
    places = [p for p in code.co_positions() if None not in p and (p[0], p[2]) != (p[1], p[3])]
    return bool(places) and all(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places)
