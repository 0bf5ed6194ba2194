"""What goes wrong, and when: a seed decides order, gaps and details; every fault comes before one repeats."""

import asyncio
import random
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from bench.chaos.ground import Ground

Fault = Callable[[Ground, random.Random, float], Coroutine[Any, Any, None]]
GAP = (1.0, 4.0)


async def api_killed(ground: Ground, _chance: random.Random, _away: float) -> None:
    ground.note("SIGKILL to the API")
    ground.kill("api")


async def worker_killed(ground: Ground, _chance: random.Random, _away: float) -> None:
    ground.note("SIGKILL to the worker (ticker)")
    ground.kill("worker")


async def answerer_killed(ground: Ground, _chance: random.Random, _away: float) -> None:
    for _ in range(50):
        if ground.kill_answerer():
            ground.note("SIGKILL to an arq worker")
            return
        await asyncio.sleep(0.1)


async def valkey_flushed(ground: Ground, _chance: random.Random, _away: float) -> None:
    ground.note("FLUSHALL")
    await ground.valkey("FLUSHALL")


async def valkey_away(ground: Ground, _chance: random.Random, away: float) -> None:
    if ground.valkey_is_away:
        return
    ground.valkey_is_away = True
    ground.note(f"Valkey stopped for {away:.0f} s")
    await ground.valkey("SHUTDOWN NOSAVE")
    await asyncio.sleep(away)
    async with ground.postgres_lock:
        await ground.start_servers()
    ground.valkey_is_away = False
    ground.note("Valkey is back")


async def postgres_crashed(ground: Ground, chance: random.Random, _away: float) -> None:
    away = chance.uniform(0.0, 3.0)
    ground.note(f"PostgreSQL stopped in immediate mode under load, started {away:.1f} s later")
    await ground.crash_postgres(signal.SIGQUIT, away=away)
    ground.note("PostgreSQL has recovered")


async def session_killed(ground: Ground, _chance: random.Random, _away: float) -> None:
    async with ground.postgres_lock:
        killed = ground.kill_backend()
    if killed:
        ground.note("SIGKILL to a server process of PostgreSQL: all sessions end, it recovers by itself")


async def two_workers(ground: Ground, chance: random.Random, _away: float) -> None:
    lasting, skew = chance.uniform(6.0, 15.0), chance.choice([-3600, -45, 0, 45, 3600])
    host = f", its host's clock {abs(skew)} s {'fast' if skew > 0 else 'slow'}" if skew else ""
    ground.note(f"a second worker beside the first for {lasting:.0f} s{host}")
    ground.skew = skew
    ground.wanted.add("second worker")
    await asyncio.sleep(lasting)
    ground.wanted.discard("second worker")
    if "second worker" in ground.stage.processes:
        ground.note("SIGKILL to the second worker")
        ground.kill("second worker")


async def webhooks_astray(ground: Ground, chance: random.Random, _away: float) -> None:
    lasting = chance.uniform(4.0, 9.0)
    mode = chance.choice(["duplicate", "reorder", "lose"])
    ground.note(f"Jira's webhooks: {mode} for {lasting:.0f} s")
    await ground.jira("PUT", "/webhooks", {mode: True})
    await asyncio.sleep(lasting)
    await ground.jira("PUT", "/webhooks", {mode: False})


async def tracker_drops(ground: Ground, chance: random.Random, _away: float) -> None:
    times = chance.randint(1, 4)
    path = chance.choice(["/issue", "/issue", "/issue/*/comment"])
    ground.note(f"Jira does as asked and cuts the line: the next {times} POST {path}")
    await ground.jira("POST", "/faults", {"kind": "commit-then-drop", "method": "POST", "path": path, "times": times})


async def tracker_refuses(ground: Ground, chance: random.Random, _away: float) -> None:
    status, times = chance.choice([429, 500, 502, 503]), chance.randint(2, 8)
    ground.note(f"Jira answers {status} to the next {times} requests")
    headers = {"Retry-After": "1"} if status == 429 else {}
    await ground.jira("POST", "/faults", {"kind": "status", "status": status, "times": times, "headers": headers})


async def platform_fails(ground: Ground, chance: random.Random, _away: float) -> None:
    mode, times = chance.choice(["UNAVAILABLE", "BROKEN", "LOST", "SLOW", "LATE"]), chance.randint(1, 3)
    ground.note(f"the platform is {mode} to the next {times} orders")
    await ground.platform("POST", "/faults", {"mode": mode, "times": times, "seconds": chance.uniform(0.5, 2.0)})


FAULTS: tuple[Fault, ...] = (
    api_killed, worker_killed, answerer_killed, valkey_flushed, valkey_away, postgres_crashed, session_killed,
    two_workers, webhooks_astray, tracker_drops, tracker_refuses, platform_fails,
)  # fmt: skip


async def happen(ground: Ground, chance: random.Random, *, seconds: float, away: float) -> None:
    """Lets faults happen, overlapping where they last, for this long; returns when the last of them is over."""
    end = asyncio.get_running_loop().time() + seconds
    waiting: list[Fault] = []
    async with asyncio.TaskGroup() as under_way:
        while asyncio.get_running_loop().time() < end:
            if not waiting:
                waiting = list(FAULTS)
                chance.shuffle(waiting)
            # Each fault's own chance: how long others last must not change what it draws.
            left = end - asyncio.get_running_loop().time()
            under_way.create_task(waiting.pop()(ground, random.Random(chance.random()), min(away, left)))
            await asyncio.sleep(chance.uniform(*GAP))


async def heal(ground: Ground) -> None:
    """Both servers up, one API, one worker, no faults left in the emulators."""
    ground.wanted = {"api", "worker"}
    async with ground.postgres_lock:
        await ground.start_servers()
    await ground.jira("DELETE", "/faults")
    await ground.jira("PUT", "/webhooks", {"duplicate": False, "reorder": False, "lose": False})
    await ground.platform("DELETE", "/faults")
    ground.note("everything is healed")
