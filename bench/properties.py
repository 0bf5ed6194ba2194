"""Property tests for as long as one likes: ``make properties ARGS='--minutes 10'``. Exit code 1 at a counterexample.

`make test` runs each property once with some hundred examples. Here they run round after round, every round from
another seed, which is printed: ``pytest -m hypothesis --hypothesis-seed=SEED`` finds the same examples again.
"""

import argparse
import random
import re
import subprocess
import sys
import time

PASSING = re.compile(r"- (\d+) passing")
PASSED = re.compile(r"(\d+) passed")


def main() -> int:
    """Reads the command line; 0 where no round found a counterexample."""
    parser = argparse.ArgumentParser(prog="python -m bench.properties", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, help="of the first round; a new one where none is given")
    parser.add_argument("places", nargs="*", default=["tests/rules"], help="files and folders; without a database")
    given = parser.parse_args()
    chance = random.Random(given.seed)
    end = time.monotonic() + given.minutes * 60
    rounds = examples = 0
    while time.monotonic() < end:
        seed = chance.randrange(2**32) if rounds or given.seed is None else given.seed
        code, told = _round(given.places, seed)
        if code:
            print(told)
            print(f"seed {seed}: a counterexample, or a test that could not run")
            return 1
        rounds += 1
        examples += sum(int(found) for found in PASSING.findall(told))
        properties = next(iter(PASSED.findall(told)), "0")
        print(f"round {rounds}, seed {seed}: {properties} properties hold; {examples:,} examples so far", flush=True)
    return 0


def _round(places: list[str], seed: int) -> tuple[int, str]:
    options = ["-q", "-m", "hypothesis", f"--hypothesis-seed={seed}", "--hypothesis-show-statistics"]
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own tests
        [sys.executable, "-m", "pytest", *options, *places], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


if __name__ == "__main__":
    sys.exit(main())
