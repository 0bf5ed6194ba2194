"""The measurements still run. What they measure is nobody's verdict here: the sizes are tiny."""

from pathlib import Path

import pytest

from bench import bulk, business_time, clock_fold, log, logs, mutations, replay, streams
from bench.reads import __main__ as reads
from caseward.stack import Stack


def test_business_time_is_compared_and_every_way_agrees(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    business_time.main(["--spans", "40", "--rounds", "1", "--peer", str(tmp_path / "none")])

    assert capsys.readouterr().out.count("day loop") == 5


def test_events_are_folded_into_clocks(capsys: pytest.CaptureFixture[str]) -> None:
    clock_fold.main(["--events", "200"])

    assert "200 events of 20 cases, 100 clocks" in capsys.readouterr().out


@pytest.mark.usefixtures("template")
async def test_the_log_is_filled_watched_and_rebuilt(
    capsys: pytest.CaptureFixture[str], stack: Stack, tmp_path: Path
) -> None:
    given = log.read(["--events=20", "--rounds=1", "--seconds=0.2", "--per-second=20", "--cases=3", "--jobs=1"])

    await log.measure(stack, given)
    await log.measure_rebuilding(stack, given, tmp_path)

    told = capsys.readouterr().out
    assert told.count("plain INSERT") == 3
    assert "commit → position" in told
    assert "rebuilding all projections" in told


@pytest.mark.usefixtures("template")
async def test_a_replay_and_the_fold_in_sql_come_to_the_same(
    capsys: pytest.CaptureFixture[str], stack: Stack, tmp_path: Path
) -> None:
    file = logs.written(tmp_path, 5)

    await replay.measure(stack, file, rounds=1, jobs=1, home=tmp_path)

    assert "45 rows of 5 cases" in capsys.readouterr().out


@pytest.mark.usefixtures("template")
async def test_every_way_to_read_a_page_gives_the_same_answer(capsys: pytest.CaptureFixture[str], stack: Stack) -> None:
    given = reads.read(["--cases=400", "--rounds=1", "--seconds=0.2", "--connections", "2", "--sizes"])

    await reads.measure(stack, given)

    told = capsys.readouterr().out
    assert told.count("plain Strawberry") == told.count("bare JSON") == 1
    assert "one case with 200 events" in told


@pytest.mark.usefixtures("template")
async def test_a_batch_and_one_statement_write_the_same_number_of_rows(stack: Stack) -> None:
    seconds = await bulk.measure(stack, number=20, rounds=1)

    assert {name: len(taken) for name, taken in seconds.items()} == {"one statement": 1, "batch": 1}


@pytest.mark.usefixtures("template")
async def test_a_claim_over_http_and_both_ways_without_caseward_are_claims(
    capsys: pytest.CaptureFixture[str], stack: Stack, tmp_path: Path
) -> None:
    given = mutations.read(["--cases=900", "--rounds=1", "--seconds=0.4", "--connections=2"])

    await mutations.measure(stack, given, tmp_path)

    told = capsys.readouterr().out
    assert told.count("| the same statements") == told.count("| the fewest statements") == 2
    assert told.count("Caseward's rate / that of ") == 4


@pytest.mark.usefixtures("template")
async def test_every_stream_is_told_once_of_every_change_in_its_list(
    capsys: pytest.CaptureFixture[str], stack: Stack
) -> None:
    # as many cases as are commented on: of a case that changed twice its newest state may come alone
    sizes = ["--streams=12", "--groups=4", "--people=3", "--cases=20", "--per-second=20", "--seconds=1", "--joining=3"]

    run = await streams.measure(stack, streams.read([*sizes, "--last=3"]))

    # the last case's number lies beyond the last list
    assert len(run.waits) == run.due == 19 * 3
    assert run.lost == 0
    assert "12 in 4" in capsys.readouterr().out
