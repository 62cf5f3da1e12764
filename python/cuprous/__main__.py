"""`python -m cuprous doctor`: what was found, what is missing and how to mend it."""

import sys

from cuprous import _core


def main():
    """Runs the command that the arguments name."""
    if sys.argv[1:] != ["doctor"]:
        print("usage: python -m cuprous doctor", file=sys.stderr)
        return 2
    print(_core.report())
    return 0


if __name__ == "__main__":
    sys.exit(main())
