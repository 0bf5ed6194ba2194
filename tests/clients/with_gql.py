"""gql, by the Python of its own environment: the schema by introspection, a query, a change, and a case followed.

Arguments: where the desk is, and the token of whoever asks.
"""

import asyncio
import sys

from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

DESK, TOKEN = sys.argv[1:3]
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
OPEN = gql("""mutation ($input: OpenCaseInput!) { openCase(input: $input) {
    __typename ... on OpenCaseSuccess { case { id key } } ... on Problem { code message } } }""")
SAY = gql("mutation ($input: CommentOnCaseInput!) { commentOnCase(input: $input) { __typename } }")
FOLLOW = gql("""subscription ($id: ID!) { caseChanged(id: $id, after: 0) {
    position event { __typename ... on CaseCommented { text } } } }""")
LIST = gql("query ($first: Int) { viewer { name } cases(first: $first) { nodes { id key title } } }")


async def main() -> None:
    """Raises at whatever is not as it should be."""
    http = HTTPXAsyncTransport(url=f"{DESK}/graphql", headers=AUTHORIZATION)
    async with Client(transport=http, fetch_schema_from_transport=True) as session:
        OPEN.variable_values = {"input": {"title": "From gql", "kind": "REACTIVE"}}
        opened = (await session.execute(OPEN))["openCase"]
        assert opened["__typename"] == "OpenCaseSuccess", opened
        LIST.variable_values = {"first": 50}
        found = await session.execute(LIST)
        assert found["viewer"]["name"] == "Ada Okafor", found
        assert opened["case"]["key"] in [each["key"] for each in found["cases"]["nodes"]], found
        SAY.variable_values = {"input": {"id": opened["case"]["id"], "text": "Heard by gql"}}
        said = await session.execute(SAY)
        assert said["commentOnCase"]["__typename"] == "CommentOnCaseSuccess", said
        await asyncio.wait_for(following(opened["case"]["id"]), 20)


async def following(case_id: str) -> None:
    """Returns once the comment has been heard of."""
    url = f"{DESK.replace('http', 'ws', 1)}/graphql"
    socket = WebsocketsTransport(url=url, init_payload=AUTHORIZATION, subprotocols=["graphql-transport-ws"])
    FOLLOW.variable_values = {"id": case_id}
    async with Client(transport=socket) as session:
        async for told in session.subscribe(FOLLOW):
            if told["caseChanged"]["event"].get("text") == "Heard by gql":
                return


if __name__ == "__main__":
    asyncio.run(main())
