"""``python -m caseward``: the same as ``caseward``."""

from caseward.cli import main

if __name__ == "__main__":
    main()
