"""Where a stack lives and as whom its servers run.

PostgreSQL refuses to run as root. Root therefore runs the servers as the owner of the home folder, or as `nobody`
where root owns it. Where that account cannot reach the home folder, the stack lies under /var/tmp, named by user and
home. No permission or owner of a folder that was there before is ever changed.
"""

import hashlib
import logging
import os
import pwd
import stat
import time
from dataclasses import dataclass
from pathlib import Path

from caseward.stack.errors import PlaceNotOurs

log = logging.getLogger("caseward.stack")

ELSEWHERE = Path("/var/tmp")  # noqa: S108 - what is made there is owned and checked, see _make
SOCKET_PATH_BYTES = 103
"""Bytes a socket's path may have: 107 on Linux, 103 on macOS."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """As whom the servers run, where that is somebody else than the caller, who then is root."""

    uid: int
    gid: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """The folders of one stack. ``root`` holds all of it, ``run`` the sockets."""

    home: Path
    root: Path
    run: Path
    account: Account | None

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    @property
    def owner(self) -> int:
        return self.account.uid if self.account else os.geteuid()

    def make(self) -> None:
        """Makes what is missing; refuses with STACK_PLACE_NOT_OURS what belongs to somebody else."""
        try:
            self._make_home()
            for folder in (self.root, self.run, self.root / "valkey"):
                self._make(folder)
        except (PermissionError, FileExistsError, NotADirectoryError) as error:
            raise PlaceNotOurs(
                f"Cannot make {error.filename}: {error.strerror}. Point CASEWARD_HOME at a folder you may write, or "
                "DATABASE_URL and REDIS_URL at servers of your own."
            ) from error
        if self.account and self.root.parent == ELSEWHERE:
            log.warning("%s is closed to %s: the embedded servers live in %s", self.home, self.account.name, self.root)

    def _make_home(self) -> None:
        if self.home.is_dir():
            return
        owner = _owner_above(self.home)
        self.home.mkdir(parents=True, exist_ok=True)  # another process of ours may make it in this moment
        if self.account and self.account.uid == owner:
            self.give(self.home)

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            self._await_hand_over(folder)
            ensure_ours(folder, self.owner)
        else:
            self.give(folder)

    def _await_hand_over(self, folder: Path) -> None:
        """Another process of ours may just have made it and not yet given it away: that takes no time at all."""
        for _ in range(50):
            if self.account is None or folder.lstat().st_uid != os.geteuid():
                return
            time.sleep(0.02)

    def give(self, path: Path | int) -> None:
        """Hands something just made to the account that runs the servers."""
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def ensure_ours(folder: Path, owner: int) -> None:
    """Refuses a link, a file, or a folder of somebody other than ``owner``."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise PlaceNotOurs(
            f"{folder} belongs to user {found.st_uid}, and Caseward needs it as user {owner}. Run Caseward as the user "
            "who ran it first, remove that folder, or point CASEWARD_HOME somewhere else."
        )


def place_of(home: Path) -> Place:
    """The place of the stack of ``home``; makes nothing."""
    home = home.expanduser().resolve()
    account = _account(home) if os.geteuid() == 0 else None
    elsewhere = elsewhere_of(home)
    root = home / "stack"
    if account and not reaches(account, home):
        root = elsewhere
    run = root / "run"
    if len(os.fsencode(run / ".s.PGSQL.5432")) > SOCKET_PATH_BYTES:
        run = elsewhere / "run" if root == elsewhere else elsewhere
    return Place(home=home, root=root, run=run, account=account)


def elsewhere_of(home: Path) -> Path:
    """The folder under /var/tmp that stands in for the home folder of this user."""
    named = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return ELSEWHERE / f"caseward-{os.geteuid()}-{named}"


def _account(home: Path) -> Account:
    owner = _owner_above(home)
    try:
        entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:  # initdb refuses a user without an entry, as the owner of a mounted volume may be
        entry = pwd.getpwnam("nobody")
    return Account(uid=entry.pw_uid, gid=entry.pw_gid, name=entry.pw_name)


def _owner_above(path: Path) -> int:
    return next(folder for folder in (path, *path.parents) if folder.exists()).stat().st_uid


def reaches(account: Account, path: Path) -> bool:
    """Whether the account may pass every folder that exists on the way to ``path``, itself included."""
    for folder in (path, *path.parents):
        try:
            found = folder.stat()
        except FileNotFoundError:
            continue
        if found.st_uid == account.uid:
            open_to = stat.S_IXUSR
        else:
            open_to = stat.S_IXGRP if found.st_gid == account.gid else stat.S_IXOTH
        if not found.st_mode & open_to:
            return False
    return True
