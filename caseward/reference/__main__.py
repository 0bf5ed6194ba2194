"""`python -m caseward.reference`: writes the pages that are out of date."""

import sys

from caseward.reference import write

if __name__ == "__main__":
    sys.stdout.writelines(f"{name}\n" for name in write())
