"""`python -m caseward.stack forget`: what `make clean` runs."""

import sys

from caseward.stack import StackError, forget
from integrations.settings import Settings


def main(arguments: list[str]) -> int:
    """0 once the data of the home folder is gone; 1 with the reason on standard error, 2 for a wrong call."""
    if arguments != ["forget"]:
        sys.stderr.write("usage: python -m caseward.stack forget\n")
        return 2
    try:
        forget(Settings())
    except StackError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
