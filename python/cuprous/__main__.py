"""`python -m cuprous doctor` and `python -m cuprous run`."""

import sys

from cuprous import _run, doctor

USAGE = f"""usage: python -m cuprous doctor
{_run.USAGE.replace("usage:", "      ")}

doctor  what was found, what is missing and how to mend it; exit code 0 if cuprous can compute here
run     a program that imports cupy, with cuprous in its place"""


def main(arguments):
    """Runs the command that the arguments name and gives the exit code."""
    match arguments:
        case ["doctor"]:
            return doctor.doctor()
        case ["run", *rest]:
            return _run.run(rest)
        case ["help" | "--help" | "-h"]:
            print(USAGE)
            return 0
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
