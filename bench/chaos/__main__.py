"""`make chaos`: a desk under load and under fault, then the books are checked. Exit code 1 where anything is off."""

import argparse
import asyncio
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from bench.chaos import checks, faults
from bench.chaos.ground import Ground
from bench.chaos.load import Load
from bench.chaos.quiet import rows, until_at_rest
from caseward.demo import organisation
from caseward.demo.stage import Stage, set_up
from caseward.stack import Stack, forget, use_stack
from caseward.stack.place import place_of
from caseward.stack.programs import programs_for
from caseward.wiring import wire
from domain.mirror import actions as mirror
from integrations import postgres
from integrations.settings import Settings

SHOWN = 8
POLL_EVERY = timedelta(seconds=5)


def main() -> int:
    """Reads the command line; 0 where every check is right."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="how long faults happen")
    parser.add_argument("--seed", type=int, help="repeats a run's schedule; a new one where none is given")
    parser.add_argument("--valkey-seconds", type=float, default=20.0, help="how long Valkey is away (600: ten minutes)")
    parser.add_argument("--patience", type=float, default=420.0, help="seconds it may take to become quiet again")
    parser.add_argument("--keep", action="store_true", help="leave logs and data behind and say where")
    given = parser.parse_args()
    seed = random.randrange(100_000) if given.seed is None else given.seed
    home = Path(tempfile.mkdtemp(prefix="caseward-chaos-"))
    # Durable, other than a stack for tests: what was committed must outlive a crash of PostgreSQL.
    settings = Settings(home=home, api_port=0).model_copy(update={"database_url": None, "redis_url": None})
    print(f"chaos: seed {seed}, {given.minutes:g} min of faults", flush=True)
    good = False
    try:
        with use_stack(settings) as stack, set_up(settings, stack) as stage:
            wire()
            asyncio.run(postgres.migrate(stack.database_url))
            good = asyncio.run(trial(settings, stack, stage, given, seed=seed))
    finally:
        if given.keep:
            print(f"kept: {home}")
        else:
            forget(settings)
            shutil.rmtree(home, ignore_errors=True)
    if not good:
        print(f"Something is off. Repeat with: make chaos ARGS='--minutes {given.minutes:g} --seed {seed}'")
    return 0 if good else 1


async def trial(settings: Settings, stack: Stack, stage: Stage, given: argparse.Namespace, *, seed: int) -> bool:
    """Faults under load, healing, quiet, checks; whether every one is right."""
    reached = settings.model_copy(update={"jira_url": stage.jira, "public_url": stage.api})
    async with postgres.connected(stack.database_url, pool=(1, 2)):
        loaded = await organisation.load(reached)
        await polled_often(stage.jira)
    stage.ready()
    place = place_of(settings.home)
    ground = Ground(stage, place, programs_for(place))
    load = Load(ground, dict(loaded.tokens), random.Random(seed))
    supervisor = asyncio.create_task(ground.supervise())
    try:
        await _under_fault(load, given, seed=seed)
        async with postgres.connected(stack.database_url, pool=(1, 2)):
            return await _settled(load, given.patience)
    finally:
        supervisor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await supervisor
        await ground.http.aclose()


async def polled_often(jira: str) -> None:
    """Has the emulated Jira asked what changed every few seconds."""
    await mirror.connect(
        organisation.JIRA, by=organisation.BY, kind=organisation.JIRA, base_url=jira,
        doubt_grace=timedelta(seconds=5), doubt_probes=2, poll_every=POLL_EVERY,
    )  # fmt: skip


async def _under_fault(load: Load, given: argparse.Namespace, *, seed: int) -> None:
    print("what is done:")
    working = asyncio.create_task(load.run())
    # A stream of its own: the schedule is the same however fast the clients are.
    await faults.happen(
        load.ground, random.Random(seed + 1), seconds=given.minutes * 60, away=given.valkey_seconds
    )  # fmt: skip
    await faults.heal(load.ground)
    load.stopping = True
    await working


async def _settled(load: Load, patience: float) -> bool:
    _tell_load(load)
    begun = time.monotonic()
    # Jira gives a delivery up after some attempts, and one that got lost is not told again: it is asked what changed.
    left = await until_at_rest(patience, load.ground.on_its_way)
    print(f"quiet after {time.monotonic() - begun:.0f} s" if not left else f"not quiet after {patience:.0f} s: {left}")
    (gaps,) = await rows("SELECT sum(found) AS found, sum(missed) AS missed FROM mirror_cursor")
    print(f"asking Jira brought {gaps['found'] or 0} changes, {gaps['missed'] or 0} of which no webhook told of")
    await asyncio.sleep(1.5)  # the emulated Jira writes its file every second
    books = await checks.gather(load)
    print("what is checked:")
    good = not left
    for number, act in enumerate(checks.CHECKS, start=1):
        check = await act(books)
        good = good and not check.wrong
        print(f"  {'WRONG' if check.wrong else 'right'} {number:2}. {check.title}: {check.looked_at:,} looked at")
        for told in check.wrong[:SHOWN]:
            print(f"           {told}")
        if len(check.wrong) > SHOWN:
            print(f"           and {len(check.wrong) - SHOWN} more")
    return good


def _tell_load(load: Load) -> None:
    print("what the clients saw:")
    told = Counter(each.field for each in load.accepted)
    print(f"  accepted {sum(told.values()):,}: " + ", ".join(f"{name} {n}" for name, n in sorted(told.items())))
    print(f"  asked again {load.retries:,} times; {load.replayed} of the answers came from the first time")
    print(f"  errors: {dict(load.errors.most_common(6))}; refused: {dict(load.refused.most_common(6))}")
    print(f"  in Jira, Alice wrote {len(load.from_jira)} comments")


if __name__ == "__main__":
    sys.exit(main())
