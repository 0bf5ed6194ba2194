"""Asking what may be done to a thing, and then doing it: the two must tell the same."""

from collections.abc import Awaitable, Callable, Mapping

from domain.core.actor import Actor
from tests.api.conftest import Client

Login = Callable[[Actor], Awaitable[Client]]
Verdicts = dict[str, str | None]


async def foretold(client: Client, ref: str, entity: str) -> Verdicts:
    """The code of the refusal of each action as ``viewerCan`` tells it; None where it is allowed."""
    may = f"... on {entity} {{ viewerCan {{ action allowed reasons {{ code }} }} }}"
    node = (await client(f"query($id: ID!) {{ node(id: $id) {{ {may} }} }}", id=ref))["node"]
    found: Verdicts = {}
    for ability in node["viewerCan"]:
        codes = [reason["code"] for reason in ability["reasons"]]
        assert ability["allowed"] is (codes == [])
        found[ability["action"]] = codes[0] if codes else None
    return found


async def met(client: Client, ref: str, mutation: str) -> str | None:
    """The code a mutation answers, written with ``$id`` where the thing's id belongs; None where it succeeds."""
    told = (await client(f"mutation($id: ID!) {{ told: {mutation} {{ ... on Problem {{ code }} }} }}", id=ref))["told"]
    code: str | None = told.get("code")
    return code


async def agreed(
    client: Client, make: Callable[[], Awaitable[str]], mutations: Mapping[str, str], *, entity: str
) -> Verdicts:
    """What may be done in the situation that ``make`` makes, after each action was tried in one of its own and
    answered as foretold."""
    verdicts: Verdicts = {}
    for action, mutation in mutations.items():
        ref = await make()
        verdicts = await foretold(client, ref, entity)
        assert set(verdicts) == set(mutations)
        assert (action, await met(client, ref, mutation)) == (action, verdicts[action])
    return verdicts
