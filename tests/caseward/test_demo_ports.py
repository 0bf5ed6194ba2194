"""The demo's ports: another is taken where one is in use, save for the one its issues are linked to."""

import socket
from pathlib import Path

import pytest

from caseward.demo.stage import NotReady, set_up
from caseward.stack import Stack
from integrations.settings import Settings


def test_a_second_start_says_what_to_do_where_its_jiras_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        (tmp_path / "jira.port").write_text(str(taken.getsockname()[1]))
        stack = Stack(database_url="postgresql://nowhere", redis_url="redis://nowhere", owned=False)

        with pytest.raises(NotReady, match="make clean"), set_up(Settings(home=tmp_path), stack):
            pytest.fail("nothing may start")
