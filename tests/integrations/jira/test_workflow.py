"""Ways through workflows nobody described."""

from hypothesis import given
from hypothesis import strategies as st

from domain.mirror.remote import RemoteStatus
from domain.mirror.written import ScreenField
from integrations.jira.workflow import MAX_HOPS, Exit, WorkflowMap, plan, read_exits

STATUSES = st.sampled_from("ABCDEFGHIJ")
GRAPHS = st.dictionaries(STATUSES, st.frozensets(STATUSES).map(tuple))


def shortest(graph: WorkflowMap, start: str, target: str, forbidden: frozenset[str]) -> int | None:
    """Length of the shortest way by widening the reached set, for comparison."""
    reached = {start}
    for length in range(MAX_HOPS + 1):
        if target in reached:
            return length
        reached |= {there for here in reached for there in graph.next_from(here) if there not in forbidden}
    return None


@given(GRAPHS, STATUSES, STATUSES, st.frozensets(STATUSES))
def test_a_plan_is_walkable_allowed_and_as_short_as_can_be(
    edges: dict[str, tuple[str, ...]], start: str, target: str, forbidden: frozenset[str]
) -> None:
    graph = WorkflowMap(seed=edges)

    way = plan(graph, start=start, target=target, forbidden=forbidden)

    expected = shortest(graph, start, target, forbidden)
    assert (None if way is None else len(way)) == expected
    if way:
        assert way[-1] == target
        assert not forbidden & set(way)
        assert all(there in graph.next_from(here) for here, there in zip((start, *way), way, strict=False))


def test_a_way_of_seven_hops_is_too_long() -> None:
    graph = WorkflowMap(seed={str(number): (str(number + 1),) for number in range(8)})

    assert plan(graph, start="0", target="6") == ("1", "2", "3", "4", "5", "6")
    assert plan(graph, start="0", target="7") is None


def test_what_is_seen_outranks_what_was_configured() -> None:
    graph = WorkflowMap(seed={"A": ("B",)})

    graph.observe("A", [Exit("1", RemoteStatus("C", "C"))])

    assert plan(graph, start="A", target="B") is None
    assert plan(graph, start="A", target="C") == ("C",)


def test_a_closed_way_is_gone_around() -> None:
    graph = WorkflowMap(seed={"A": ("B", "C"), "B": ("D",), "C": ("D",)})

    assert plan(graph, start="A", target="D", closed=frozenset({("A", "B")})) == ("C", "D")


def test_only_required_fields_without_a_default_are_asked_for() -> None:
    fields = {
        "resolution": {"required": True, "name": "Resolution", "allowedValues": [{"id": "1", "name": "Done"}]},
        "priority": {"required": True, "name": "Priority", "hasDefaultValue": True},
        "comment": {"required": False, "name": "Comment"},
    }
    raw = {"transitions": [{"id": 41, "name": "Done", "to": {"id": "9", "name": "Done"}, "fields": fields}]}

    (leaving,) = read_exits(raw)

    assert leaving.id == "41"
    assert leaving.missing(()) == (ScreenField("resolution", "Resolution", ("Done",)),)
    assert leaving.missing({"resolution"}) == ()
